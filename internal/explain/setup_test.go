package explain_test

import (
	"testing/fstest"

	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/spec"
)

// acme is the strategy of the design, completed.
const acme = `
name: acme
currency: USD
timezone: America/New_York
traits:
  industry: {type: text}
  potential_arr: {type: money, title: Potential ARR}
  onboarded: {type: bool}
metrics:
  arr:          {title: ARR, unit: money, from: contract, sum: arr, where: in_force}
  seats:        {unit: seats, from: contract, sum: seats, where: in_force}
  active_users: {from: event, count_distinct: contact, over: 28d}
  events:       {from: event, count: true, over: 28d}
  goal_score:   {from: response, last: score, where: 'kind == "goal"'}
  nps:          {title: NPS, from: response, last: score, where: 'kind == "nps"', over: 180d}
  quiet_days:   {title: Days since a visit, from: activity, since: true}
  renewal:      {title: Renewal date, from: contract, min: ends, where: in_force}
  utilisation:  {unit: ratio, is: "active_users / seats"}
  usage_change: {unit: ratio, is: "events / ago(events, 28d) - 1", when: "ago(events, 28d) >= 20"}
  whitespace:   {title: White space, is: "potential_arr - arr"}
  arr_rank:     {title: ARR rank, rank: arr, within: [industry]}
dimensions:
  value:
    title: Value
    of: arr
    levels: {high: 100000, medium: 20000, low: 0}
  potential:
    of: whitespace
    levels: {high: p80, medium: p40, low: p0}
    within: [industry]
  usage:
    of: utilisation
    levels: {power: 0.8, healthy: 0.4, idle: 0}
  alignment:
    score: [{of: goal_score, from: 1, to: 5, weight: 3}, {of: nps, from: 0, to: 10, weight: 1}]
    min_evidence: 0.6
    levels: {aligned: 0.7, mixed: 0.4, apart: 0}
  warmth:
    points:
      - {when: 'quiet_days <= 90', points: 2}
      - {when: 'nps >= 9', points: 1}
    levels: {warm: 2, cool: 1, cold: 0}
  journey:
    levels:
      onboarding: '!onboarded'
      renewing:   'renewal - as_of <= days(90)'
      adopting:   'true'
  industry: {trait: industry}
segmentations:
  coverage:
    segments:
      strategic: {when: 'value == "high" && potential != "low"', touch: high, why: The few that carry the year.}
      keep:      {when: 'value == "high"', touch: high}
      diamond:   {when: 'value == "low" && potential == "high" && usage in ["power", "healthy"]', touch: hybrid}
      growth:    {when: 'value == "medium"', touch: hybrid}
      scaled:    {when: 'true', touch: tech}
  motion:
    on_unknown: unknown
    segments:
      save:   {when: 'usage == "idle" && (quiet_days > 120 || usage_change < -0.3)'}
      renew:  {when: 'journey == "renewing"'}
      listen: {when: 'alignment in ["mixed", "apart"]'}
      thank:  {when: 'warmth == "warm" && alignment == "aligned"'}
      run:    {when: 'true'}
  fields:
    on_unknown: no
    segments:
      top:    {when: 'arr_rank >= 0.9'}
      saas:   {when: 'industry == "SaaS"'}
audiences:
  busy: {when: 'utilisation >= 0.8'}
`

var day = period.NewDate(2026, 11, 22)

// failer is what load needs of a test, drawn by chance or not.
type failer interface {
	Helper()
	Fatal(args ...any)
}

func load(t failer, text string) *spec.Strategy {
	t.Helper()
	s, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(text)}})
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func number(x float64) rule.Value { return rule.Number(x) }

// acmeLtd is known in every respect.
func acmeLtd() explain.Customer {
	newest := (day - 12).Micros() + 3_600_000_000
	use := (day - 1).Micros()
	return explain.Customer{
		ID: "A-1", Name: "Acme Ltd", AsOf: day,
		Metrics: map[string]rule.Value{
			"arr": number(84000), "seats": number(300), "active_users": number(126), "events": number(900),
			explain.Earlier("events", 28): number(1200), "goal_score": number(4), "nps": number(8),
			"quiet_days": number(35), "renewal": rule.Time((day + 200).Micros()), "arr_rank": number(0.62),
		},
		Traits: map[string]rule.Value{
			"industry": rule.Text("SaaS"), "potential_arr": number(120000), "onboarded": rule.True,
		},
		Cuts: map[string][]float64{"potential": {60000, 12000, 0}},
		Evidence: map[string]explain.Evidence{
			"arr":          {Facts: 3, Newest: &newest, To: day + 1, Whole: true, Kind: "contract", Sources: []string{"billing"}},
			"seats":        {Facts: 3, Newest: &newest, To: day + 1, Whole: true, Kind: "contract", Sources: []string{"billing"}},
			"active_users": {Facts: 4310, Newest: &use, From: day - 27, To: day + 1, Kind: "event", Sources: []string{"usage"}, Assumed: true},
		},
		Previous: map[string]string{}, Unsettled: map[string]bool{},
	}
}
