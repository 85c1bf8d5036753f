package explain_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/rule"
)

// change lets a customer differ from the one that is known in every respect.
type change func(c *explain.Customer)

func metric(name string, v rule.Value) change {
	return func(c *explain.Customer) { c.Metrics[name] = v }
}

func trait(name string, v rule.Value) change {
	return func(c *explain.Customer) { c.Traits[name] = v }
}

func cuts(dimension string, at ...float64) change {
	return func(c *explain.Customer) { c.Cuts[dimension] = at }
}

func customerWith(changes ...change) explain.Customer {
	c := acmeLtd()
	for _, apply := range changes {
		apply(&c)
	}
	return c
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	cases := []struct {
		name   string
		c      explain.Customer
		metric string
		want   rule.Value
	}{
		{"a ratio of two counts", customerWith(), "utilisation", number(0.42)},                                                             // 126 / 300
		{"a change against an earlier span", customerWith(), "usage_change", number(-0.25)},                                                // 900 / 1200 - 1
		{"a difference from a trait", customerWith(), "whitespace", number(36000)},                                                         // 120000 - 84000
		{"division by zero", customerWith(metric("seats", number(0))), "utilisation", rule.Unknown("utilisation")},                         // nothing is missing but the answer
		{"a missing part", customerWith(metric("seats", rule.Value{})), "utilisation", rule.Unknown("seats")},                              // what is missing is named
		{"a missing earlier part", customerWith(metric("events__28d_ago", rule.Value{})), "usage_change", rule.Unknown("events__28d_ago")}, // not "events"
		{"a missing trait", customerWith(trait("potential_arr", rule.Unknown())), "whitespace", rule.Unknown("potential_arr")},             // as above
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := explain.Evaluate(s, tt.c).Metrics[tt.metric]
			if !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// judged is a strategy whose changes are not always judged.
const judged = `
currency: USD
quiet: [{from: 12-20, to: 01-05}, {from: 11-11, to: 11-11}]
metrics:
  events:  {from: event, count: true, over: 28d}
  seats:   {from: contract, sum: seats}
  change:  {unit: ratio, is: "events / ago(events, 28d) - 1", when: "ago(events, 28d) >= 20"}
  per_seat: {is: "events / seats", when: "seats > 1", missing: 0}
  before:  {is: "ago(change, 7d)"}
  since:   {is: "days_since_quiet"}
  earlier: {is: "ago(since, 11d)"}
  calm:    {is: "events", when: "days_since_quiet > 11"}
  calm_then: {is: "ago(calm, 12d)"}
  loud:    {is: "quiet"}
`

func TestMetricsThatAreJudged(t *testing.T) {
	t.Parallel()
	s := load(t, judged)
	earlier := func(events, days28, days7, days35, days12 float64) change {
		return func(c *explain.Customer) {
			for name, x := range map[string]float64{"events": events, "events__28d_ago": days28, "events__7d_ago": days7, "events__35d_ago": days35, "events__12d_ago": days12} {
				c.Metrics[name] = number(x)
			}
		}
	}
	cases := []struct {
		name   string
		c      explain.Customer
		metric string
		want   rule.Value
	}{
		{"enough to judge", customerWith(earlier(15, 20, 0, 0, 0)), "change", number(-0.25)}, // 15 / 20 - 1
		{"too little to judge", customerWith(earlier(15, 19, 0, 0, 0)), "change", rule.Unknown("change")},
		{"whether it is enough is not known", customerWith(earlier(15, 20, 0, 0, 0), metric("events__28d_ago", rule.Value{})), "change", rule.Unknown("events__28d_ago")},
		{"judged as of then", customerWith(earlier(1, 1, 10, 20, 0)), "before", number(-0.5)}, // 10 / 20 - 1
		{"not judged as of then", customerWith(earlier(90, 90, 10, 19, 0)), "before", rule.Unknown("change__7d_ago")},
		{"a value where it is not judged", customerWith(earlier(9, 0, 0, 0, 0), metric("seats", number(1))), "per_seat", number(0)},
		{"days since the nearer quiet span", customerWith(), "since", number(11)}, // from 11 to 22 November
		{"days since it as of then", customerWith(), "earlier", number(0)},        // on 11 November
		{"not quiet", customerWith(), "loud", rule.False},
		{"too soon after it", customerWith(earlier(9, 0, 0, 0, 0)), "calm", rule.Unknown("calm")},
		{"as of then, long after the one before", customerWith(earlier(9, 0, 0, 0, 8)), "calm_then", number(8)}, // 10 November: since 5 January
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := explain.Evaluate(s, tt.c).Metrics[tt.metric]
			if !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// bounds is a strategy for the edges of derived metrics and levels.
const edges = `
currency: USD
traits:
  fte: {type: number}
metrics:
  quiet:   {from: activity, since: true}
  gap:     {is: "quiet"}
  doubled: {is: "fte * 2", missing: 7}
  before:  {is: "ago(growth, 28d)"}
  growth:  {is: "e - ago(e, 7d)"}
  e:       {from: event, count: true, over: 7d}
  days_on: {unit: days, is: "days_between(date(\"2026-01-01\"), as_of)"}
  days_then: {unit: days, is: "ago(days_on, 10d)"}
dimensions:
  silence: {of: quiet, levels: {long: 90, some: 30, short: 0}}
  drift:   {of: quiet, levels: {far: p80, near: p0}}
  size:    {of: fte, bound: above, levels: {big: 100, mid: 10, small: 0}}
  share:   {of: fte, levels: {head: {cumulative: 50%}, middle: {cumulative: 80%}, tail: {cumulative: 100%}}}
  spread:  {of: fte, levels: {top: p50, none: p0}}
  health:
    score: [{of: fte, from: 0, to: 100}, {of: e, from: 20, to: 0, weight: 3}]
    levels: {good: 0.5, poor: 0}
  stage:
    levels:
      small: 'fte < 10'
      quiet: 'quiet > 60'
segmentations:
  one:
    segments:
      a: {when: 'stage == "small"'}
      b: {when: 'silence == "long"'}
`

func edgeCustomer(changes ...change) explain.Customer {
	c := explain.Customer{
		ID: "E", AsOf: day, Metrics: map[string]rule.Value{}, Traits: map[string]rule.Value{},
		Cuts: map[string][]float64{"drift": {120, 0}, "share": {500, 50, math.NaN()}, "spread": {40, 0}}, Previous: map[string]string{},
	}
	for _, apply := range changes {
		apply(&c)
	}
	return c
}

func TestDerivedEdges(t *testing.T) {
	t.Parallel()
	s := load(t, edges)
	events := func(now, week, then, before float64) change {
		return func(c *explain.Customer) {
			c.Metrics["e"], c.Metrics["e__7d_ago"] = number(now), number(week)
			c.Metrics["e__28d_ago"], c.Metrics["e__35d_ago"] = number(then), number(before)
		}
	}
	cases := []struct {
		name   string
		c      explain.Customer
		metric string
		want   rule.Value
	}{
		{"a bound, which formulas do not pass on", edgeCustomer(metric("quiet", rule.AtLeast(180))), "gap", rule.Unknown("quiet")},
		{"a formula with a value for what is missing", edgeCustomer(), "doubled", number(7)},
		{"a formula whose parts are known", edgeCustomer(trait("fte", number(4))), "doubled", number(8)},
		{"distances in time that add up", edgeCustomer(events(9, 7, 5, 1)), "before", number(4)}, // 28 days ago: 5 - 1
		{"the present next to them", edgeCustomer(events(9, 7, 5, 1)), "growth", number(2)},      // 9 - 7
		{"the date", edgeCustomer(), "days_on", number(325)},                                     // 31+28+31+30+31+30+31+31+30+31 = 304 days to 1 November, and 21
		{"an earlier date", edgeCustomer(), "days_then", number(315)},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := explain.Evaluate(s, tt.c).Metrics[tt.metric]
			if !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	s := load(t, edges)
	fte := func(x float64) change { return trait("fte", number(x)) }
	quiet := func(x float64) change { return metric("quiet", number(x)) }
	never := func(x float64) change { return metric("quiet", rule.AtLeast(x)) }
	cases := []struct {
		name      string
		c         explain.Customer
		dimension string
		want      string // "" is can't tell
	}{
		{"a value on a bound", edgeCustomer(quiet(90)), "silence", "long"},
		{"a value just below a bound", edgeCustomer(quiet(math.Nextafter(90, 0))), "silence", "some"},
		{"a value below all bounds", edgeCustomer(quiet(-5)), "silence", "short"},
		{"a bound that settles the best level", edgeCustomer(never(90)), "silence", "long"}, // more than 90 days
		{"a bound that settles nothing", edgeCustomer(never(89)), "silence", ""},            // 89.5 or 90
		{"a missing value", edgeCustomer(), "silence", ""},
		{"a strict bound", edgeCustomer(fte(100)), "size", "mid"},
		{"a value above a strict bound", edgeCustomer(fte(100.5)), "size", "big"},

		{"a value on a cut", edgeCustomer(quiet(120)), "drift", "far"},
		{"a value below a cut", edgeCustomer(quiet(119)), "drift", "near"},
		{"zero under percentiles", edgeCustomer(quiet(0)), "drift", "none"},
		{"less than zero under percentiles", edgeCustomer(quiet(-1)), "drift", "none"},
		{"a bound above a cut", edgeCustomer(never(120)), "drift", "far"},
		{"a bound below a cut", edgeCustomer(never(119)), "drift", ""}, // whatever number stands for the percentile
		{"no cut on the day", edgeCustomer(quiet(500), cuts("drift", math.NaN(), 0)), "drift", "near"},
		{"cuts that nobody told", edgeCustomer(quiet(500), cuts("drift")), "drift", "near"},
		{"the first half of a sum", edgeCustomer(fte(500)), "share", "head"},
		{"the next part of a sum", edgeCustomer(fte(499)), "share", "middle"},
		{"the tail of a sum", edgeCustomer(fte(49)), "share", "tail"},
		{"nothing of a sum", edgeCustomer(fte(0)), "share", "none"},
		{"a lowest level that is called none", edgeCustomer(fte(0)), "spread", "none"},
		{"little under a lowest level called none", edgeCustomer(fte(39)), "spread", "none"},

		// (50-0)/100 = 0.5, weight 1; (5-20)/(0-20) = 0.75, weight 3: (0.5 + 2.25) / 4 = 0.6875
		{"a score", edgeCustomer(fte(50), metric("e", number(5))), "health", "good"},
		// 0.5; (15-20)/-20 = 0.25: (0.5 + 0.75) / 4 = 0.3125
		{"a lower score", edgeCustomer(fte(50), metric("e", number(15))), "health", "poor"},
		// clipped: 1 and 0 / 3: 1 / 4
		{"values beyond the scale", edgeCustomer(fte(900), metric("e", number(90))), "health", "poor"},
		{"a score without a part", edgeCustomer(fte(50)), "health", ""},

		{"the first rule that is true", edgeCustomer(fte(5), quiet(100)), "stage", "small"},
		{"the second rule", edgeCustomer(fte(50), quiet(100)), "stage", "quiet"},
		{"an unknown rule before a true one", edgeCustomer(quiet(100)), "stage", ""},
		{"rules that are all false", edgeCustomer(fte(50), quiet(10)), "stage", ""},
		{"a bound that settles a rule", edgeCustomer(fte(50), never(60)), "stage", "quiet"},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := explain.Evaluate(s, tt.c).Levels[tt.dimension]
			if got.Name != tt.want {
				t.Errorf("got %q, want %q", got.Name, tt.want)
			}
			if (got.Index < 0) != (tt.want == "") || tt.want == "" && len(got.Missing) == 0 {
				t.Errorf("got index %d and %v missing for level %q", got.Index, got.Missing, got.Name)
			}
		})
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	cases := []struct {
		name            string
		c               explain.Customer
		level           string
		score, evidence float64 // NaN: none
	}{
		// (4-1)/4 = 0.75 x 3, 8/10 = 0.8 x 1: 3.05 / 4
		{"all parts", customerWith(), "aligned", 0.7625, 1},
		// 0.75 x 3 / 3; 3 of 4 is more than the least share of 0.6
		{"enough evidence", customerWith(metric("nps", rule.Unknown())), "aligned", 0.75, 0.75},
		{"too little evidence", customerWith(metric("goal_score", rule.Unknown())), "", math.NaN(), 0.25},
		{"no evidence", customerWith(metric("goal_score", rule.Unknown()), metric("nps", rule.Unknown())), "", math.NaN(), 0},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := explain.Evaluate(s, tt.c).Levels["alignment"]
			if got.Name != tt.level || fmt.Sprint(deref(got.Score)) != fmt.Sprint(tt.score) || deref(got.Evidence) != tt.evidence {
				t.Errorf("got %q, score %v on %v, want %q, %v on %v", got.Name, deref(got.Score), deref(got.Evidence), tt.level, tt.score, tt.evidence)
			}
		})
	}
}

func deref(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

func TestPoints(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	cases := []struct {
		name  string
		quiet rule.Value
		nps   rule.Value
		want  string
	}{
		{"all points", number(90), number(9), "warm"},                        // 2 + 1
		{"points that just reach a bound", number(90), number(8), "warm"},    // 2
		{"a lower bound", number(91), number(9), "cool"},                     // 1
		{"no points", number(91), number(8), "cold"},                         // 0
		{"a rule that cannot be told", number(90), rule.Unknown(), ""},       // 2 would do, but points may be negative
		{"a bound that settles a rule", rule.AtLeast(90), number(9), "cool"}, // more than 90 days
		{"a bound that settles nothing", rule.AtLeast(89), number(9), ""},    // 89.5 days or 91
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := customerWith(metric("quiet_days", tt.quiet), metric("nps", tt.nps))
			if got := explain.Evaluate(s, c).Levels["warmth"].Name; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// answers is a strategy whose rules are traits: yes, no or unknown.
func answers(onUnknown string) string {
	return `
currency: USD
traits: {x: {type: bool}, y: {type: bool}, z: {type: bool}}
segmentations:
  s:
    on_unknown: ` + onUnknown + `
    segments:
      a: {when: x, was: old_a}
      b: {when: y}
      c: {when: z}
`
}

// TestPlaces goes through SEMANTICS 14. Answers stand for the rules of a, b and
// c: y yes, n no, ? unknown.
func TestPlaces(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		onUnknown string
		answers   string
		previous  string // "?" after it: provisional
		want      string // place, candidates in brackets, marks
	}{
		{"the first rule that is true", "hold", "nyy", "", "b"},
		{"rules that are all false", "hold", "nnn", "", "unassigned"},
		{"an unknown rule after a true one", "hold", "ny?", "", "b"},
		{"a first place with a better one possible", "hold", "?ny", "", "c [a c] provisional"},
		{"two better ones possible", "hold", "??y", "", "c [a b c] provisional"},
		{"nothing certain", "hold", "?nn", "", "unknown [a]"},
		{"a place that is still possible", "hold", "??y", "b", "b [a b c] held"},
		{"a place that is the certain one", "hold", "?ny", "c", "c [a c] held"},
		{"a place that is ruled out", "hold", "?ny", "b", "c [a c] provisional"},
		{"a place that is possible with nothing certain", "hold", "?nn", "a", "a [a] held"},
		{"a place that is ruled out with nothing certain", "hold", "?nn", "b", "unknown [a]"},
		{"a segment under its old name", "hold", "?ny", "old_a", "a [a c] held"},
		{"a segment that is no more", "hold", "?ny", "dropped", "c [a c] provisional"},
		{"a customer that could not be told", "hold", "?ny", "unknown", "c [a c] provisional"},
		{"a place that data certainly change", "hold", "nyn", "c", "b"},
		{"a provisional place that is still possible", "hold", "?ny", "c?", "c [a c] provisional held"},
		{"a provisional place with nothing certain", "hold", "n?n", "b?", "b [b] provisional held"},
		{"a provisional place that is ruled out", "hold", "?ny", "b?", "c [a c] provisional"},
		{"a provisional place that data settle", "hold", "nny", "c?", "c"},
		{"can't tell", "unknown", "?yn", "", "unknown [a b]"},
		{"can't tell, although it was provisional", "unknown", "?yn", "b?", "unknown [a b]"},
		{"can't tell, wherever it was", "unknown", "?yn", "a", "unknown [a b]"},
		{"unknown counted as no", "no", "?yn", "a", "b [a b]"},
		{"unknown counted as no, and nothing else", "no", "??n", "", "unassigned [a b]"},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			previous, unsettled := strings.CutSuffix(tt.previous, "?")
			c := explain.Customer{
				AsOf: day, Traits: map[string]rule.Value{},
				Previous: map[string]string{"s": previous}, Unsettled: map[string]bool{"s": unsettled},
			}
			for i, name := range []string{"x", "y", "z"} {
				c.Traits[name] = map[byte]rule.Value{'y': rule.True, 'n': rule.False, '?': rule.Unknown()}[tt.answers[i]]
			}
			if got := placeWords(explain.Evaluate(load(t, answers(tt.onUnknown)), c).Segments["s"]); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func placeWords(s explain.Segment) string {
	text := s.Name
	if !s.IsCertain() {
		text += " [" + strings.Join(s.Candidates, " ") + "]"
	}
	if s.Provisional {
		text += " provisional"
	}
	if s.Held {
		text += " held"
	}
	return text
}

func TestGrains(t *testing.T) {
	t.Parallel()
	s := load(t, `
currency: USD
traits: {x: {type: bool}}
segmentations:
  accounts: {segments: {a: {when: x}}}
  families: {customer: parent, segments: {a: {when: x}}}
audiences:
  listed: {when: x}
  top:    {customer: parent, when: '!x'}
`)
	c := explain.Customer{AsOf: day, Grain: customer.Grain{Level: customer.ByParent}, Traits: map[string]rule.Value{"x": rule.True}}
	got := explain.Evaluate(s, c)
	if len(got.Segments) != 1 || got.Segments["families"].Name != "a" {
		t.Errorf("got segments %v, want those of the grain only", got.Segments)
	}
	if diff := cmp.Diff(got.Audiences, map[string]rule.Value{"top": rule.False}, cmp.Comparer(rule.Value.Equal)); diff != "" {
		t.Errorf("audiences (-got +want):\n%s", diff)
	}
}
