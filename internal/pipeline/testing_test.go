package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

const testedStrategy = `
name: test
currency: USD
timezone: America/New_York
late_renewal_grace: 0d
metrics:
  arr:         {title: ARR, from: contract, sum: arr, where: in_force}
  seats:       {title: Seats, from: contract, sum: seats, where: in_force}
  share:       {title: Share of seats used, unit: ratio, is: users / seats}
  events:      {title: Actions, from: event, count: true, over: 28d}
  users:       {title: Active users, from: event, count_distinct: contact, over: 28d}
  change:      {title: Change of use, unit: ratio, is: 'users / ago(users, 28d) - 1'}
  started:     {title: Started, from: contract, min: starts}
  ends:        {title: Ends, from: contract, max: ends}
  solved:      {title: Last solved, from: ticket, last: closed_at}
  since_call:  {title: Days since we spoke, from: activity, since: true}
  third:       {title: A third, is: 'arr / 3'}
  standing:    {title: Standing, rank: arr}
dimensions:
  value: {title: Value, of: arr, levels: {high: 100000, medium: 20000, low: 0}}
  peers: {title: Among peers, of: arr, levels: {top: p75, middle: p50, rest: p0}}
  local: {title: Among those of the industry, of: arr, within: [industry], levels: {top: p95, rest: p0}}
  most:  {title: Holds most, of: arr, levels: {most: {cumulative: 60%}, rest: {cumulative: 100%}}}
  care:  {title: Care, levels: {forgotten: 'since_call > 90', cared_for: 'true'}}
  industry: {title: Industry, trait: industry}
segmentations:
  coverage:
    title: Coverage
    segments:
      keep: {title: Keep, when: 'value == "high"'}
      grow: {title: Grow, when: 'value == "medium" && share > 0.5'}
      scaled: {title: Scaled, when: 'true'}
  certain:
    title: Certain
    on_unknown: unknown
    segments:
      used: {title: Used, when: 'share > 0.5'}
      unused: {title: Unused, when: 'true'}
`

func inMemory(ctx context.Context) (warehouse.Warehouse, error) {
	return duckdb.Open(ctx, "", duckdb.Options{Threads: 1})
}

// runTests runs the tests of a test file, whose lines count from 1.
func runTests(t *testing.T, strategy, tests string, names ...string) (pipeline.TestsReport, error) {
	t.Helper()
	s, found := spec.Load(fstest.MapFS{"s.yaml": {Data: []byte(strategy)}, "x.test.yaml": {Data: []byte(tests)}})
	if s == nil {
		t.Fatal(found.Err())
	}
	return pipeline.RunTests(context.Background(), s, pipeline.TestsRequest{Names: names}, inMemory)
}

// failures lists what failed, one a line. What is wrong with a row stands in
// place of its values.
func failures(r pipeline.TestsReport) []string {
	list := []string{}
	for _, test := range r.Tests {
		for _, c := range test.Customers {
			for _, f := range c.Failures {
				if f.Want == "" {
					list = append(list, fmt.Sprintf("%s %s: %s: %s", f.At, c.Name, f.Name, f.Why))
					continue
				}
				list = append(list, fmt.Sprintf("%s %s: %s is %s, want %s", f.At, c.Name, f.Name, f.Got, f.Want))
			}
		}
	}
	return list
}

// oneTest is a test file with the customers, the first of which is on line 4.
func oneTest(customers string) string {
	var b strings.Builder
	b.WriteString("tests:\n  t:\n    as_of: 2026-01-31\n    customers:\n")
	for line := range strings.Lines(strings.TrimPrefix(customers, "\n")) {
		b.WriteString("      " + line)
	}
	return b.String()
}

func TestRunTests(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		customers string
		want      []string
	}{
		{"facts that land where they must", `
a:
  facts:
    contract:
      - {starts: 2025-02-01, ends: 2026-02-01, arr: 90000, seats: 2}
      - {id: K2, starts: 2025-02-01, arr: 15000.50, seats: 2}
    event: [{contact: ann, at: 2026-01-04}, {contact: bob, at: 2026-01-31T23:59:59}, {contact: cid, at: 2026-01-31}]
    activity: [{at: 2026-01-01T10:00:00}]
    ticket: [{at: 2026-01-01, closed_at: 2026-01-30T23:00:00}]
  expect: {arr: 105000.5, seats: 4, users: 3, share: 0.75, value: high, coverage: keep, certain: used, started: 2025-02-01, ends: 9999-12-31, solved: 2026-01-30, since_call: 30, care: cared_for}
`, []string{}},
		{"numbers that cannot be written out", `
a: {facts: {contract: [{starts: 2025-02-01, arr: 100}]}, expect: {third: 33.3333333333}}
b: {facts: {contract: [{starts: 2025-02-01, arr: 100}]}, expect: {third: 33.333333}}
`, []string{"x.test.yaml:6:80 b: third is 33.333333333, want 33.333333"}},
		{"kinds that are mentioned anywhere as known to the end", `
a: {facts: {event: [{contact: ann, at: 2026-01-20}]}, expect: {users: 1, arr: ~, value: unknown, since_call: ~}}
b: {facts: {activity: []}, expect: {users: 0, since_call: ~, care: forgotten, coverage: scaled, certain: unknown}}
`, []string{}},
		{"earlier days", `
a:
  facts: {event: [{contact: ann, at: 2025-12-20}, {contact: ann, at: 2026-01-20}, {contact: bob, at: 2026-01-20}]}
  expect: {change: 1}
`, []string{}},
		{"amounts in other currencies", `
a:
  facts:
    fx_rate: [{currency: EUR, rate: 1.25}]
    contract: [{starts: 2025-02-01, arr: 80000 EUR}, {starts: 2025-02-01, arr: 20}]
  expect: {arr: 100020, value: high}
`, []string{}},
		{"given values over the facts", `
a:
  facts: {contract: [{starts: 2025-02-01, arr: 5, seats: 10}]}
  metrics: {arr: 50000, users: 6}
  traits: {industry: Software}
  expect: {arr: 50000, third: 16666.666666667, share: 0.6, value: medium, coverage: grow, certain: used, industry: Software}
b:
  metrics: {arr: 50000, share: 0.51}
  expect: {coverage: grow, share: 0.51, seats: 0}
c:
  facts: {contract: [{starts: 2025-02-01, arr: 7}]}
  expect: {arr: 7, coverage: scaled}
`, []string{}},
		{"a given null as unknown", `
a:
  facts: {contract: [{starts: 2025-02-01, arr: 30000, seats: 4}]}
  metrics: {arr: ~, share: ~}
  expect: {arr: ~, third: ~, value: unknown, certain: unknown, seats: 4}
`, []string{}},
		{"places that are others", `
a:
  metrics: {arr: 84000, share: 0.3}
  traits: {industry: Retail}
  expect: {value: high, coverage: keep, industry: Software, arr: 84001}
b: {metrics: {arr: 100000}, expect: {coverage: grow, value: unknown}}
c: {metrics: {seats: ~}, expect: {certain: used}}
d: {metrics: {share: 0.9}, expect: {certain: unknown}}
`, []string{
			"x.test.yaml:8:25 a: value is medium, want high",
			"x.test.yaml:8:41 a: coverage is scaled, want keep",
			"x.test.yaml:8:57 a: industry is Retail, want Software",
			"x.test.yaml:8:72 a: arr is 84000, want 84001",
			"x.test.yaml:9:54 b: coverage is keep, want grow",
			"x.test.yaml:9:67 b: value is high, want unknown",
			"x.test.yaml:10:50 c: certain is unknown, want used",
			"x.test.yaml:11:52 d: certain is used, want unknown",
		}},
		{"rows that are no facts", `
a:
  facts:
    contract: [{starts: 2025-13-01, arr: many}, {arr: 5}, {starts: 2025-01-01, arr: 1, account: other}]
  expect: {arr: 0}
`, []string{
			`x.test.yaml:7:103 a: contract: account: the test has no account "other"`,
			`x.test.yaml:7:31 a: contract: starts: "2025-13-01" is no day of the calendar`,
			`x.test.yaml:7:48 a: contract: arr: "many" is not a number`,
			"x.test.yaml:7:55 a: contract: starts: it is empty, and every row needs it",
		}},
		{"internal accounts", `
a: {facts: {account: [{internal: true}]}, expect: {coverage: scaled}}
`, []string{"x.test.yaml:5:68 a: coverage is no customer, want scaled"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report, err := runTests(t, testedStrategy, oneTest(tt.customers))
			if err != nil {
				t.Fatal(err)
			}
			got := failures(report)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunTestsSaysWhy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, customer string
		want           []string // parts of the one line
	}{
		{"a level of a given value", "{metrics: {arr: 84000}, expect: {value: high}}", []string{"$84,000", "$16,000 more for high"}},
		{"an earlier segment", "{metrics: {arr: 84000}, expect: {coverage: keep}}", []string{"is medium, not high", "$16,000"}},
		{"a later segment", "{metrics: {arr: 100000}, expect: {coverage: scaled}}", []string{"Keep comes first", "value is high"}},
		{"a metric of facts", "{facts: {contract: [{starts: 2025-02-01, arr: 7}]}, expect: {arr: 8}}", []string{"ARR $7", "1 contract fact", "from the test"}},
		{"a metric of metrics", "{metrics: {arr: 9}, expect: {third: 4}}", []string{"A third $3", "ARR ÷ 3"}},
		{"a given metric", "{metrics: {arr: 9}, expect: {arr: 4}}", []string{"ARR $9", "from the test"}},
		{"a kind without rows", "{expect: {users: 0}}", []string{"the test has no event facts"}},
		{"a place that cannot be told", "{facts: {event: []}, expect: {certain: used}}", []string{"can't tell", "the test has no contract facts"}},
		{"a place that can be told", "{metrics: {share: 0.9}, expect: {certain: unknown}}", []string{"nothing is missing that matters", "50 %"}},
		{"a trait", "{traits: {industry: Retail}, expect: {industry: Software}}", []string{"Retail", "from the test"}},
		{"the base", "{metrics: {arr: 9}, facts: {account: [{internal: true}]}, expect: {arr: 9}}", []string{"an internal account"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report, err := runTests(t, testedStrategy, oneTest("a: "+tt.customer+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			failed := report.Tests[0].Customers[0].Failures
			if len(failed) != 1 {
				t.Fatalf("got %q, want one failure", failures(report))
			}
			for _, part := range tt.want {
				if !strings.Contains(failed[0].Why, part) || strings.Contains(failed[0].Why, "\n") {
					t.Errorf("got %q, want a line with %q", failed[0].Why, part)
				}
			}
		})
	}
}

func TestRunTestsKeepsTheBase(t *testing.T) {
	t.Parallel()
	strategy := testedStrategy + "base: {when: 'arr > 0'}\n"
	const outside = "no customer"
	tests := []struct {
		name, customer string
		want           string
	}{
		{"a customer inside", "{facts: {contract: [{starts: 2025-02-01, arr: 5}]}, expect: {coverage: scaled}}", ""},
		{"one that left", "{facts: {contract: [{starts: 2025-02-01, ends: 2025-03-01, arr: 5}]}, expect: {arr: 0}}", outside},
		{"one that may be inside", "{expect: {coverage: scaled}}", ""},
		{"one that is given in", "{facts: {contract: []}, metrics: {arr: 5}, expect: {coverage: scaled}}", ""},
		{"one that is given out", "{facts: {contract: [{starts: 2025-02-01, arr: 5}]}, metrics: {arr: 0}, expect: {arr: 0}}", outside},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report, err := runTests(t, strategy, oneTest("a: "+tt.customer+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range report.Tests[0].Customers[0].Failures {
				got = f.Got
			}
			if got != tt.want {
				t.Errorf("got %q, want %q: %q", got, tt.want, failures(report))
			}
		})
	}
}

func TestRunTestsByName(t *testing.T) {
	t.Parallel()
	const two = `
tests:
  one:
    as_of: 2026-01-31
    customers: {a: {metrics: {arr: 1}, expect: {arr: 1}}, b: {metrics: {arr: 1}, expect: {arr: 2}}}
  two:
    as_of: 2026-01-31
    customers: {a: {metrics: {arr: 1}, expect: {arr: 1}}}
`
	tests := []struct {
		name   string
		names  []string
		passed int
		failed int
		err    string
	}{
		{"no name", nil, 2, 1, ""},
		{"a test", []string{"two"}, 1, 0, ""},
		{"a customer of a test", []string{"one/b"}, 0, 1, ""},
		{"both of one", []string{"one/b", "one"}, 1, 1, ""},
		{"a name that is none", []string{"onee"}, 0, 0, `no test is called "onee" (did you mean "one"?)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report, err := runTests(t, testedStrategy, two, tt.names...)
			if message := fmt.Sprint(err); err != nil && message != tt.err || err == nil && tt.err != "" {
				t.Fatalf("got %v, want %q", err, tt.err)
			}
			if report.Passed != tt.passed || report.Failed != tt.failed {
				t.Errorf("got %d passed and %d failed, want %d and %d", report.Passed, report.Failed, tt.passed, tt.failed)
			}
		})
	}
}

func TestRunTestsWithoutTests(t *testing.T) {
	t.Parallel()
	s, found := spec.Load(fstest.MapFS{"s.yaml": {Data: []byte(testedStrategy)}})
	if s == nil {
		t.Fatal(found.Err())
	}
	report, err := pipeline.RunTests(context.Background(), s, pipeline.TestsRequest{}, nil)
	if err != nil || len(report.Tests) != 0 {
		t.Errorf("got %+v, %v", report, err)
	}
}
