package pipeline_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/pipeline"
)

// ravenReasons are the codes, and ravenWords the words, of the set's
// cancellations; no words at all is one of them.
func ravenReasons() []string {
	return []string{"budget", "competitor", "features", "pricing", "support", "unknown"}
}

func ravenWords() []string {
	return []string{"", "missing features", "switched to competitor", "too expensive"}
}

func ravenPriorities() []string { return []string{"high", "low", "medium", "urgent"} }

// ravenChecks defines what the checks ask for beside the example's own metrics:
// how long tickets took, which their own kind does not say in hours.
func ravenChecks() string {
	var b strings.Builder
	b.WriteString(`
facts:
  handling:
    timing: at
    coverage: sparse
    columns: {account: account, severity: text, hours: number, score: number}
sources:
  handlings:
    like: tickets
    fact: handling
    complete: true
    columns: {account: account_id, at: submitted_at, severity: priority, hours: resolution_time_hours, score: satisfaction_score}
metrics:
`)
	for i, name := range ravenReasons() {
		fmt.Fprintf(&b, "  reason_%d: {from: cancellation, count: true, where: 'reason == %q'}\n", i, name)
	}
	for i, words := range ravenWords() {
		where := fmt.Sprintf("feedback == %q", words)
		if words == "" {
			where = "!known(feedback)"
		}
		fmt.Fprintf(&b, "  words_%d: {from: cancellation, count: true, where: '%s'}\n", i, where)
	}
	for _, name := range ravenPriorities() {
		fmt.Fprintf(&b, "  n_%s: {from: handling, count: true, where: 'severity == %q'}\n", name, name)
		fmt.Fprintf(&b, "  hours_%s: {from: handling, sum: hours, where: 'severity == %q'}\n", name, name)
		fmt.Fprintf(&b, "  scored_%s: {from: handling, count: true, where: 'severity == %q && known(score)'}\n", name, name)
		fmt.Fprintf(&b, "  score_%s: {from: handling, sum: score, where: 'severity == %q && known(score)'}\n", name, name)
	}
	return b.String()
}

// raven is the imported set, evaluated as of its last day.
type raven struct {
	*example
	accounts []listed
}

func TestRavenstack(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "ravenstack")
	file := func(name string) []string { return []string{shared(t, "ravenstack/ravenstack_"+name+".csv")} }
	subscriptions, tickets := file("subscriptions"), file("support_tickets")
	x := raven{example: newExample(t, withChecks(t, "ravenstack", ravenChecks()), map[string][]string{
		"accounts": file("accounts"), "owners_of_subscriptions": subscriptions, "subscriptions": subscriptions,
		"usage": file("feature_usage"), "cancellations": file("churn_events"),
		"tickets": tickets, "marks": tickets, "handlings": tickets,
	})}
	x.runAsOf(t, "2024-12-31")
	x.accounts = x.list(t, pipeline.CustomersRequest{Columns: ravenColumns()})
	for _, check := range []struct {
		id   string
		rows func(*testing.T) [][]string
	}{
		{"RS-01", x.rows},
		{"RS-04", x.retention},
		{"RS-05", x.plans},
		{"RS-06", x.reasons},
		{"RS-07", x.use},
		{"RS-08", x.tickets},
	} {
		t.Run(check.id, func(t *testing.T) { want.is(t, check.id, check.rows(t)...) })
	}
	t.Run("RS-02", func(t *testing.T) {
		repeated, outside := ravenRows(t)
		want.is(t, "RS-02", []string{
			repeated, outside, whole(x.countOf(t, "marked_without_cancellation")), whole(x.countOf(t, "cancelled_without_mark")),
			whole(x.countOf(t, "marked_and_paying")), whole(x.countOf(t, "plan_of_nothing")),
		})
	})
	t.Run("doctor shows what contradicts the contracts", func(t *testing.T) { x.doctor(t, want["RS-02"][0]) })
	t.Run("RS-03", func(t *testing.T) {
		x.Strategy = load(t, withChecks(t, "ravenstack", ""))
		want.is(t, "RS-03", x.quarters(t)...)
	})
}

// doctor compares the findings of doctor with two of the contradictions of
// RS-02.
func (x raven) doctor(t *testing.T, contradictions []string) {
	asOf := dateOf(t, "2024-12-31")
	checkup, err := x.Doctor(t.Context(), pipeline.DoctorRequest{AsOf: &asOf})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range checkup.Findings {
		got[f.Name] = fmt.Sprint(f.Customers)
	}
	for name, want := range map[string]string{"left_and_pays.churn_flag": contradictions[4], "contract.plan_tier": contradictions[5]} {
		if got[name] != want {
			t.Errorf("%s: got %s customers, want %s", name, got[name], want)
		}
	}
}

// countOf returns how many customers a list has.
func (x raven) countOf(t *testing.T, audience string) int {
	t.Helper()
	return len(x.list(t, pipeline.CustomersRequest{Where: audience, Columns: []string{"arr"}}))
}

func (x raven) rows(t *testing.T) [][]string {
	var row []string
	for _, source := range []string{"accounts", "subscriptions", "usage", "tickets", "cancellations"} {
		row = append(row, fmt.Sprint(x.imported(t, source).Loaded))
	}
	return [][]string{row}
}

func (x raven) quarters(t *testing.T) (rows [][]string) {
	for _, day := range []string{
		"2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31", "2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31",
	} {
		x.runAsOf(t, day)
		list := x.list(t, pipeline.CustomersRequest{Where: "mrr > 0", Columns: []string{"mrr"}})
		rows = append(rows, []string{day, whole(len(list)), figure(sum(list, "mrr"))})
	}
	return rows
}

// retention looks at those that paid half a year before.
func (x raven) retention(*testing.T) (rows [][]string) {
	of := map[string][]listed{}
	for _, c := range x.accounts {
		if c.number("mrr_before") > 0 {
			of["(all)"] = append(of["(all)"], c)
			of[c.text("industry")] = append(of[c.text("industry")], c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		list := of[name]
		before := sum(list, "mrr_before")
		rows = append(rows, []string{
			name, whole(len(list)), figure(before), figure(100 * sum(list, "mrr") / before), figure(100 * sum(list, "mrr_kept") / before),
			figure(100 * float64(positive(list, "mrr")) / float64(len(list))),
		})
	}
	return rows
}

func (x raven) plans(*testing.T) (rows [][]string) {
	for _, plan := range []string{"Basic", "Enterprise", "Pro"} {
		of := kept(x.accounts, func(c listed) bool { return c.text("plan_tier") == plan })
		flagged := kept(of, func(c listed) bool { return c.cells["churn_flag"] == true })
		rows = append(rows, []string{plan, whole(len(of)), whole(len(flagged)), figure(sum(of, "account_seats"))})
	}
	return rows
}

func (x raven) reasons(*testing.T) (rows [][]string) {
	row := func(title, metric string) {
		rows = append(rows, []string{title, figure(sum(x.accounts, metric)), whole(positive(x.accounts, metric))})
	}
	for i, name := range ravenReasons() {
		row(name, fmt.Sprintf("reason_%d", i))
	}
	for i, words := range ravenWords() {
		row("text: "+cmp.Or(words, "(missing)"), fmt.Sprintf("words_%d", i))
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return rows
}

func (x raven) use(*testing.T) (rows [][]string) {
	list := slices.SortedFunc(slices.Values(x.accounts), func(a, b listed) int {
		return cmp.Or(cmp.Compare(b.number("uses_ever"), a.number("uses_ever")), strings.Compare(a.id, b.id))
	})
	all := figure(sum(list, "uses_ever"))
	for _, c := range list[:5] {
		rows = append(rows, []string{c.id, figure(c.number("uses_ever")), figure(c.number("features")), figure(c.number("errors")), all})
	}
	return rows
}

func (x raven) tickets(*testing.T) (rows [][]string) {
	for _, name := range ravenPriorities() {
		n, scored := sum(x.accounts, "n_"+name), sum(x.accounts, "scored_"+name)
		score := sum(x.accounts, "score_"+name) / scored
		rows = append(rows, []string{
			name, figure(n), figure(sum(x.accounts, "hours_"+name) / n), figure(100 * scored / n),
			strconv.FormatFloat(math.Round(score*1000)/1000, 'f', -1, 64),
		})
	}
	return rows
}

func ravenColumns() []string {
	list := []string{
		"industry", "plan_tier", "churn_flag", "account_seats", "mrr", "mrr_before", "mrr_kept", "uses_ever", "features", "errors",
	}
	for i := range ravenReasons() {
		list = append(list, fmt.Sprintf("reason_%d", i))
	}
	for i := range ravenWords() {
		list = append(list, fmt.Sprintf("words_%d", i))
	}
	for _, name := range ravenPriorities() {
		list = append(list, "n_"+name, "hours_"+name, "scored_"+name, "score_"+name)
	}
	return list
}

// eachUse reads every subscription as an account, and every row of usage as a
// person of it: so that a row can be held against the days of its subscription.
const eachUse = `
name: each_use
currency: USD
timezone: UTC
customer: contact
traits: {first_day: date, last_day: date}
sources:
  subscriptions:
    files: subscriptions.csv
    fact: account
    columns:
      account: subscription_id
      valid_from: {value: "2023-01-01"}
      first_day: start_date
      last_day: {from: end_date, values: {"": "2199-12-31"}}
  uses:
    files: usage.csv
    fact: contact
    columns:
      contact: {is: 'usage_id + "/" + subscription_id'}
      account: subscription_id
      valid_from: {value: "2023-01-01"}
      created_on: usage_date
  usage_ids: {like: uses, fact: account, columns: {account: usage_id}}
segmentations:
  days:
    segments:
      outside: 'contact.created_on < account.first_day || contact.created_on > account.last_day'
      inside: 'true'
`

// ravenRows returns how many ids of usage are repeated, and how many rows lie
// outside the days of their subscription.
func ravenRows(t *testing.T) (repeated, outside string) {
	t.Helper()
	usage := []string{shared(t, "ravenstack/ravenstack_feature_usage.csv")}
	x := newExample(t, fstest.MapFS{"strategy.yaml": {Data: []byte(eachUse)}}, map[string][]string{
		"subscriptions": {shared(t, "ravenstack/ravenstack_subscriptions.csv")}, "uses": usage, "usage_ids": usage,
	})
	x.runAsOf(t, "2024-12-31")
	report, err := x.Segments(t.Context(), pipeline.SegmentsRequest{Names: []string{"days"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range report.Counts[0].Segments {
		if s.Name == "outside" {
			outside = fmt.Sprint(s.Customers)
		}
	}
	return fmt.Sprint(x.imported(t, "usage_ids").Repeated), outside
}
