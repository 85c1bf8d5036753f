package pipeline_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
)

// products are those of the set.
func openstackProducts() []string {
	return []string{"cinder", "glance", "heat", "horizon", "ironic", "keystone", "swift"}
}

// weeks are the last eight complete weeks of the set.
func openstackWeeks() []string {
	return []string{"2018-01-01", "2018-01-08", "2018-01-15", "2018-01-22", "2018-01-29", "2018-02-05", "2018-02-12", "2018-02-19", "2018-02-26"}
}

// openstackChecks defines what the checks ask for beside the example's own
// metrics: everyone as one customer, and each user as one.
func openstackChecks(terms [][]string) string {
	var b strings.Builder
	b.WriteString(`
sources:
  top: {files: top.csv, fact: account, columns: {account: account}}
  family: {files: data/accounts.csv, fact: account, columns: {account: account, parent: {value: everyone}}}
segmentations:
  everyone: {customer: parent, segments: {all: 'true'}}
  each_user: {customer: contact, segments: {all: 'true'}}
metrics:
  companies: {from: contribution, count_distinct: account}
  users: {from: contribution, count_distinct: contact}
  offsets: {from: contribution, count_distinct: tz_offset}
  odd_offsets: {from: contribution, count_distinct: tz_offset, where: 'tz_offset % 60 != 0'}
  odd_events: {from: contribution, count: true, where: 'tz_offset % 60 != 0'}
  other_day: {from: contribution, count: true, where: 'day(occurred_at) != day(occurred_at + days(tz_offset / 1440))'}
  late_1: {from: contribution, count: true, where: 'at - occurred_at > days(1)'}
  late_30: {from: contribution, count: true, where: 'at - occurred_at > days(30)'}
  late_90: {from: contribution, count: true, where: 'at - occurred_at > days(90)'}
  early: {from: contribution, count: true, where: 'occurred_at > at'}
`)
	for i, term := range terms {
		span := fmt.Sprintf("between: [%s, %s]", term[1], term[2])
		fmt.Fprintf(&b, "  events_%d: {from: contribution, count: true, %s}\n", i, span)
		fmt.Fprintf(&b, "  seats_%d: {from: contribution, count_distinct: contact, %s}\n", i, span)
		fmt.Fprintf(&b, "  products_%d: {from: contribution, count_distinct: product, %s}\n", i, span)
	}
	for _, name := range openstackProducts() {
		fmt.Fprintf(&b, "  events_of_%s: {from: contribution, count: true, where: 'product == %q'}\n", name, name)
		fmt.Fprintf(&b, "  users_of_%s: {from: contribution, count_distinct: contact, where: 'product == %q'}\n", name, name)
	}
	weeks := openstackWeeks()
	for i := range weeks[:8] {
		span := fmt.Sprintf("between: [%s, %s]", weeks[i], weeks[i+1])
		fmt.Fprintf(&b, "  events_week_%d: {from: contribution, count: true, %s}\n", i, span)
		fmt.Fprintf(&b, "  users_week_%d: {from: contribution, count_distinct: contact, %s}\n", i, span)
	}
	return b.String()
}

// openstackTerms reads the terms of the set that are over: name, first day,
// first day after.
func openstackTerms(t testing.TB) [][]string {
	t.Helper()
	f, err := os.Open(shared(t, "openstack_usage/terms.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 19 {
		t.Fatalf("got %d rows of terms (%v), want a header and 18", len(rows), err)
	}
	return rows[1:18]
}

// newOpenstack imports the set, with or without the list of pools that are no
// companies, and evaluates it as of its last day.
func newOpenstack(t *testing.T, terms [][]string, sources ...string) *example {
	t.Helper()
	events := []string{shared(t, "openstack_usage/events_to_2018-02-27.csv.gz")}
	accounts := []string{shared(t, "openstack_usage/accounts.csv")}
	pools, err := os.ReadFile("../../examples/openstack/pools.csv")
	if err != nil {
		t.Fatal(err)
	}
	x := newExample(t, withChecks(t, "openstack", openstackChecks(terms)), map[string][]string{
		"companies": accounts, "family": accounts, "users": events, "usage": events,
		"top": {smallFile(t, "account\neveryone\n")}, "pools": {smallFile(t, string(pools))},
	}, sources...)
	x.runAsOf(t, "2018-02-27")
	return x
}

// openstack is the imported set without its pools, evaluated as of its last day.
type openstack struct {
	*example
	terms     [][]string
	companies []listed
	queens    []listed // with use in the last term
	everyone  listed   // all companies as one customer
	active    [][]bool // by company and term
}

func TestOpenstack(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "openstack_usage")
	x := openstack{terms: openstackTerms(t)}
	x.example = newOpenstack(t, x.terms)
	x.companies = x.list(t, pipeline.CustomersRequest{Columns: openstackColumns(x.terms)})
	x.queens = kept(x.companies, func(c listed) bool { return c.number("events_16") > 0 })
	all := x.list(t, pipeline.CustomersRequest{Grain: "parent", Columns: openstackColumns(x.terms)})
	if len(all) != 1 {
		t.Fatalf("got %d customers by parent, want 1", len(all))
	}
	x.everyone = all[0]
	for _, c := range x.companies {
		var in []bool
		for i := range x.terms {
			in = append(in, c.number(fmt.Sprintf("events_%d", i)) > 0)
		}
		x.active = append(x.active, in)
	}
	for _, check := range []struct {
		id   string
		rows func(*testing.T) [][]string
	}{
		{"OS-02", x.byProduct},
		{"OS-03", x.byTerm},
		{"OS-04", x.renewalByUsage},
		{"OS-05", x.adoption},
		{"OS-06", x.largest},
		{"OS-07", x.cohorts},
		{"OS-08", x.weekly},
		{"OS-12", func(*testing.T) [][]string { return [][]string{longestRuns(x.active)} }},
	} {
		t.Run(check.id, func(t *testing.T) { want.is(t, check.id, check.rows(t)...) })
	}
	t.Run("a past date sees nothing of what came later", x.past)
}

func (x openstack) byProduct(*testing.T) (rows [][]string) {
	for _, name := range openstackProducts() {
		events := "events_of_" + name
		users := figure(x.everyone.number("users_of_" + name))
		rows = append(rows, []string{name, figure(sum(x.companies, events)), whole(positive(x.companies, events)), users})
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(b[1], a[1]) }) // four digits each
	return rows
}

func (x openstack) byTerm(*testing.T) (rows [][]string) {
	for i, term := range x.terms {
		rows = append(rows, renewals(x.companies, term[0], i, len(x.terms)))
	}
	return rows
}

func (x openstack) adoption(*testing.T) (rows [][]string) {
	for n := 1; n <= 7; n++ {
		of := kept(x.queens, func(c listed) bool { return c.number("products_16") == float64(n) })
		rows = append(rows, []string{whole(n), whole(len(of)), figure(sum(of, "seats_16") / float64(len(of)))})
	}
	return rows
}

func (x openstack) largest(t *testing.T) (rows [][]string) {
	list := x.list(t, pipeline.CustomersRequest{Columns: []string{"events_queens", "seats_16", "products_16"}, Sort: []string{"-events_queens"}, Limit: 10})
	for _, c := range list {
		rows = append(rows, []string{c.id, figure(c.number("events_queens")), figure(c.number("seats_16")), figure(c.number("products_16"))})
	}
	return rows
}

func (x openstack) cohorts(*testing.T) [][]string {
	var names []string
	for _, term := range x.terms {
		names = append(names, term[0])
	}
	return retained(names, x.active)
}

func (x openstack) weekly(*testing.T) (rows [][]string) {
	for i, week := range openstackWeeks()[:8] {
		events, users := fmt.Sprintf("events_week_%d", i), x.everyone.number(fmt.Sprintf("users_week_%d", i))
		rows = append(rows, []string{week, figure(users), whole(positive(x.companies, events)), figure(sum(x.companies, events))})
	}
	return rows
}

// past evaluates the last day of Pike.
func (x openstack) past(t *testing.T) {
	x.Strategy = load(t, withChecks(t, "openstack", ""))
	x.runAsOf(t, "2017-08-29")
	list := x.list(t, pipeline.CustomersRequest{Columns: []string{"events_pike", "events_queens"}})
	if got, want := sum(list, "events_pike"), sum(x.companies, "events_15"); got != want {
		t.Errorf("events of Pike: got %v, want %v", got, want)
	}
	if got := sum(list, "events_queens"); got != 0 {
		t.Errorf("events of Queens on the day before: got %v, want 0", got)
	}
}

func TestOpenstackAllRows(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "openstack_usage")
	x := newOpenstack(t, openstackTerms(t), "top", "companies", "family", "users", "usage")
	companies := x.list(t, pipeline.CustomersRequest{Columns: []string{"events_ever"}})
	all := x.list(t, pipeline.CustomersRequest{Grain: "parent", Columns: []string{
		"events_ever", "users", "offsets", "odd_offsets", "odd_events", "other_day", "late_1", "late_30", "late_90", "early", "companies",
	}})
	if len(all) != 1 {
		t.Fatalf("got %d customers by parent, want 1", len(all))
	}
	figures := func(names ...string) (row []string) {
		for _, name := range names {
			row = append(row, figure(all[0].number(name)))
		}
		return row
	}
	t.Run("OS-01", func(t *testing.T) {
		pooled := 0.0
		for _, c := range companies {
			if strings.HasPrefix(c.id, "*") {
				pooled += c.number("events_ever")
			}
		}
		profile, err := x.Warehouse.Profile(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		const layout = "2006-01-02 15:04:05+00"
		usage := profile.Kinds["contribution"]
		first, last := time.UnixMicro(usage.FirstAt).UTC(), time.UnixMicro(usage.LastAt).UTC()
		want.is(t, "OS-01", append(figures("events_ever", "companies", "users"), figure(pooled), first.Format(layout), last.Format(layout)))
		if got := x.imported(t, "usage"); got.Loaded != 40895 || got.Rejected+got.Unmatched != 0 {
			t.Errorf("imported: got %s", counts(got))
		}
		if got := x.imported(t, "users").Loaded; fmt.Sprint(got) != want["OS-01"][0][2] {
			t.Errorf("imported users: got %d, want %s", got, want["OS-01"][0][2])
		}
	})
	t.Run("OS-09", func(t *testing.T) { want.is(t, "OS-09", figures("other_day", "offsets", "odd_offsets", "odd_events")) })
	t.Run("OS-10", func(t *testing.T) { want.is(t, "OS-10", figures("late_1", "late_30", "late_90", "early")) })
	t.Run("OS-11", func(t *testing.T) {
		moved := x.list(t, pipeline.CustomersRequest{Grain: "contact", Where: "companies > 1", Columns: []string{"companies"}})
		if got := whole(len(moved)); got != want["OS-11"][0][0] {
			t.Errorf("users in several companies: got %s, want %s", got, want["OS-11"][0][0])
		}
	})
}

func openstackColumns(terms [][]string) []string {
	var list []string
	for i := range terms {
		list = append(list, fmt.Sprintf("events_%d", i), fmt.Sprintf("seats_%d", i), fmt.Sprintf("products_%d", i))
	}
	for _, name := range openstackProducts() {
		list = append(list, "events_of_"+name, "users_of_"+name)
	}
	for i := range openstackWeeks()[:8] {
		list = append(list, fmt.Sprintf("events_week_%d", i), fmt.Sprintf("users_week_%d", i))
	}
	return list
}

// renewals returns the row of a term: companies, seats, events, and how many of
// them the next term kept, in companies and in percent of events.
func renewals(list []listed, name string, term, terms int) []string {
	now := fmt.Sprintf("events_%d", term)
	row := []string{name, whole(positive(list, now)), figure(sum(list, fmt.Sprintf("seats_%d", term))), figure(sum(list, now))}
	if term == terms-1 {
		return append(row, "", "", "")
	}
	renewed, next, kept := 0, 0.0, 0.0
	for _, c := range list {
		before, after := c.number(now), c.number(fmt.Sprintf("events_%d", term+1))
		if before == 0 {
			continue
		}
		if after > 0 {
			renewed++
		}
		next, kept = next+after, kept+min(before, after)
	}
	return append(row, whole(renewed), figure(100*next/sum(list, now)), figure(100*kept/sum(list, now)))
}

// renewalByUsage cuts the companies of Pike into the largest fifth, the next
// three tenths and the rest, equal ones by name, and counts who left.
func (x openstack) renewalByUsage(t *testing.T) (rows [][]string) {
	list := x.list(t, pipeline.CustomersRequest{Where: "events_pike > 0", Columns: []string{"events_pike", "events_queens", "renewal"}})
	slices.SortFunc(list, func(a, b listed) int {
		return cmp.Or(cmp.Compare(b.number("events_pike"), a.number("events_pike")), strings.Compare(a.id, b.id))
	})
	high, medium := int(math.Ceil(0.2*float64(len(list)))), int(math.Ceil(0.5*float64(len(list))))
	for _, cut := range []struct {
		name string
		of   []listed
	}{{"high", list[:high]}, {"low", list[medium:]}, {"medium", list[high:medium]}} {
		lost := kept(cut.of, func(c listed) bool { return c.text("renewal") == "left" })
		rows = append(rows, []string{cut.name, whole(len(cut.of)), whole(len(cut.of) - len(lost)), whole(len(lost)), figure(sum(lost, "events_pike"))})
	}
	return rows
}

// longestRuns returns the longest unbroken run of active terms, and how many
// companies have 5, 8 and 10 in a row.
func longestRuns(active [][]bool) []string {
	longest := 0
	reached := map[int]int{}
	for _, terms := range active {
		best, run := 0, 0
		for _, is := range terms {
			run++
			if !is {
				run = 0
			}
			best = max(best, run)
		}
		longest = max(longest, best)
		for _, n := range []int{5, 8, 10} {
			if best >= n {
				reached[n]++
			}
		}
	}
	return []string{whole(longest), whole(reached[5]), whole(reached[8]), whole(reached[10])}
}
