package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse"
)

// TestsRequest asks for the tests of a strategy.
type TestsRequest struct {
	Names []string `json:"names,omitempty"` // of tests, or test/customer; none: all
}

// TestsReport says which golden customers land where they must.
type TestsReport struct {
	Tests  []TestReport  `json:"tests"`
	Passed int           `json:"passed"` // customers
	Failed int           `json:"failed"`
	Took   time.Duration `json:"took"`
}

// TestReport is what came of one test.
type TestReport struct {
	Name      string           `json:"name"`
	Title     string           `json:"title,omitempty"`
	AsOf      period.Date      `json:"as_of"`
	At        diag.Pos         `json:"at"`
	Customers []TestedCustomer `json:"customers"`
}

// TestedCustomer is one golden customer; it passed when nothing failed.
type TestedCustomer struct {
	Name     string        `json:"name"`
	At       diag.Pos      `json:"at"`
	Failures []TestFailure `json:"failures"`
}

// TestFailure is one expectation that is not met, or a row that is no fact;
// Want and Got are empty for a row.
type TestFailure struct {
	At   diag.Pos `json:"at"`
	Name string   `json:"name"` // a metric, dimension or segmentation; of a row its fact kind
	Want string   `json:"want,omitempty"`
	Got  string   `json:"got,omitempty"`
	Why  string   `json:"why"`
}

// RunTests places the golden customers of a strategy's tests, each test in a
// warehouse of its own that open makes, in memory.
//
// The facts of a test are loaded like an export: a row without `account` is
// the customer's own, a customer without an account row gets one with its name,
// a row that needs an `id` gets one, and a version without `valid_from` holds
// since ever. The fact kinds that the test mentions anywhere are covered
// without a gap up to its date, so that no row means none; all others are not
// covered, so that what rests on them is unknown. Values that a test gives
// stand over the facts, for whatever is computed from them too. Percentiles and
// ranks are among the customers of the test.
//
// Where a customer is given nothing, its place is the engine's, and the
// interpreter must come to the same.
func RunTests(ctx context.Context, s *spec.Strategy, r TestsRequest, open func(context.Context) (warehouse.Warehouse, error)) (TestsReport, error) {
	clock := newStopwatch()
	report := TestsReport{Tests: []TestReport{}}
	chosen, err := chooseTests(s.Tests, r.Names)
	if err != nil {
		return report, err
	}
	for _, c := range chosen {
		done, err := runTest(ctx, s, c, open)
		if err != nil {
			return report, fmt.Errorf("%s: test %q: %w", c.test.Pos, c.test.Name, err)
		}
		for _, tested := range done.Customers {
			if len(tested.Failures) > 0 {
				report.Failed++
			} else {
				report.Passed++
			}
		}
		report.Tests = append(report.Tests, done)
	}
	report.Took = clock.total()
	return report, nil
}

// chosenTest is a test, and which of its customers are asked for.
type chosenTest struct {
	test spec.Test
	only []string // nil is all of them
}

func chooseTests(tests []spec.Test, names []string) ([]chosenTest, error) {
	var list []chosenTest
	found := map[string]bool{}
	var known []string
	for _, t := range tests {
		c := chosenTest{test: t, only: []string{}}
		known = append(known, t.Name)
		if len(names) == 0 || slices.Contains(names, t.Name) {
			found[t.Name], c.only = true, nil
		}
		for _, golden := range t.Customers {
			name := t.Name + "/" + golden.Name
			known = append(known, name)
			if slices.Contains(names, name) {
				found[name] = true
				if c.only != nil {
					c.only = append(c.only, golden.Name)
				}
			}
		}
		if c.only == nil || len(c.only) > 0 {
			list = append(list, c)
		}
	}
	var problems []error
	for _, name := range names {
		if !found[name] {
			problems = append(problems, fmt.Errorf("no test is called %q%s", name, hint(name, known)))
		}
	}
	return list, errors.Join(problems...)
}

// trial is one test under way.
type trial struct {
	test     spec.Test
	strategy *spec.Strategy // with the test's facts as its sources
	house    warehouse.Warehouse
	isGiven  bool                     // some customer is given a value
	failures map[string][]TestFailure // by customer: rows that are no facts
	runs     int64                    // evaluations so far

	plain map[customer.Grain]*placed // as a run would place
	given map[customer.Grain]*placed // with the given values; only where there are any
}

func runTest(ctx context.Context, s *spec.Strategy, c chosenTest, open func(context.Context) (warehouse.Warehouse, error)) (report TestReport, err error) {
	report = TestReport{Name: c.test.Name, Title: c.test.Title, AsOf: c.test.AsOf, At: c.test.Pos}
	t := &trial{test: c.test, failures: map[string][]TestFailure{}, given: map[customer.Grain]*placed{}, plain: map[customer.Grain]*placed{}}
	for _, golden := range c.test.Customers {
		t.isGiven = t.isGiven || len(golden.Given) > 0
	}
	if t.house, err = open(ctx); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, t.house.Close()) }()
	if err := t.load(ctx, s); err != nil {
		return report, err
	}
	if err := t.place(ctx); err != nil {
		return report, err
	}
	for _, golden := range c.test.Customers {
		if c.only != nil && !slices.Contains(c.only, golden.Name) {
			continue
		}
		failures, err := t.judge(ctx, golden)
		if err != nil {
			return report, err
		}
		report.Customers = append(report.Customers, TestedCustomer{Name: golden.Name, At: golden.Pos, Failures: failures})
	}
	return report, nil
}

// judge holds a customer against what is expected of it.
func (t *trial) judge(ctx context.Context, golden spec.TestCustomer) ([]TestFailure, error) {
	failures := append([]TestFailure{}, t.failures[golden.Name]...)
	for _, want := range golden.Expect {
		failure, err := t.check(ctx, golden, want)
		if err != nil {
			return nil, err
		}
		if failure != nil {
			failure.At, failure.Name, failure.Want = want.Pos, want.Name, valueText(want.Value)
			failures = append(failures, *failure)
		}
	}
	return failures, nil
}

// check returns nil when the expectation is met.
func (t *trial) check(ctx context.Context, golden spec.TestCustomer, want spec.TestValue) (*TestFailure, error) {
	grain := t.grainOf(want.Name)
	stand := t.plain[grain]
	if len(golden.Given) == 0 && stand.of[golden.Name] != nil {
		p := stand.of[golden.Name]
		engine, interpreted := p.answers[want.Name], t.interpret(t.strategy, p)[want.Name]
		if !agree(engine, interpreted) {
			return &TestFailure{
				Got: valueText(engine) + " or " + valueText(interpreted),
				Why: "computed for everybody, it is the first, and for this customer alone, the second: a mistake in segue, please report it",
			}, nil
		}
	}
	if t.isGiven {
		stand = t.given[grain]
	}
	p := stand.of[golden.Name]
	if p == nil {
		return &TestFailure{Got: "no customer", Why: stand.absent(t, golden.Name)}, nil
	}
	got, ok := p.answers[want.Name]
	if !ok {
		return &TestFailure{Got: "nothing", Why: fmt.Sprintf("it cannot be told for each %s", grain)}, nil
	}
	if meets(got, want.Value) {
		return nil, nil
	}
	why, err := t.why(ctx, stand, p, want)
	return &TestFailure{Got: valueText(got), Why: why}, err
}

// tolerance is how far two numbers may be apart, as a share of the larger.
const tolerance = 1e-9

func near(x, y float64) bool {
	return x == y || max(x-y, y-x) <= tolerance*max(x, -x, y, -y)
}

// meets reports whether a value is the one expected. Times are expected by the
// day, and what is only known to be more than a bound counts as unknown.
func meets(got, want rule.Value) bool {
	switch {
	case want.IsUnknown():
		return got.IsUnknown() || got.Kind() == rule.KindAtLeast
	case got.Kind() != want.Kind():
		return false
	case want.Kind() == rule.KindNumber:
		return near(got.Number(), want.Number()) || near(got.Number(), rule.Tidy(want.Number()))
	case want.Kind() == rule.KindTime:
		return dayOf(got.Micros()) == dayOf(want.Micros())
	}
	return got.Equal(want)
}

// agree reports whether two computations came to the same.
func agree(a, b rule.Value) bool {
	switch {
	case a.IsUnknown() || b.IsUnknown():
		return a.IsUnknown() && b.IsUnknown()
	case a.Kind() != b.Kind():
		return false
	case a.Kind() == rule.KindNumber || a.Kind() == rule.KindAtLeast:
		return near(a.Number(), b.Number())
	}
	return a.Equal(b)
}

func dayOf(micros int64) period.Date {
	day := period.Date(micros / period.MicrosPerDay)
	if micros%period.MicrosPerDay < 0 {
		day--
	}
	return day
}

// valueText writes a value as a test would.
func valueText(v rule.Value) string {
	switch v.Kind() {
	case rule.KindUnknown:
		return "unknown"
	case rule.KindText:
		return v.Text()
	case rule.KindTime:
		return civilText(v.Micros())
	case rule.KindAtLeast:
		return "more than " + strings.TrimPrefix(v.String(), "at least ")
	}
	return v.String()
}
