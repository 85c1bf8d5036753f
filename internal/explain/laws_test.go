package explain_test

import (
	"encoding/json"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// choices are, by metric and trait of the strategy acme, values on and around
// what rules ask about; numbers are in the steps in which they come.
var choices = map[string][]rule.Value{
	"arr":                         numbers(0, 5000, 19999.99, 20000, 84000, 99999.99, 100000, 108000.01, 250000),
	"seats":                       numbers(0, 1, 50, 157, 158, 300, 315, 316, 1000),
	"active_users":                numbers(0, 1, 40, 126, 240, 400),
	"events":                      numbers(0, 19, 839, 840, 841, 900, 1200),
	explain.Earlier("events", 28): numbers(0, 900, 1200),
	"goal_score":                  numbers(1, 2, 3, 4, 5),
	"nps":                         numbers(0, 6, 8, 9, 10),
	"quiet_days":                  append(numbers(0, 35, 90, 91, 120, 121, 400), rule.AtLeast(60), rule.AtLeast(90), rule.AtLeast(180)),
	"renewal":                     times(-30, 0, 90, 91, 200),
	"arr_rank":                    numbers(0, 0.5, 0.899, 0.9, 1),
	"industry":                    {rule.Text("SaaS"), rule.Text("Retail"), rule.Text("")},
	"potential_arr":               numbers(0, 65000, 120000, 160000.5),
	"onboarded":                   {rule.True, rule.False},
}

func numbers(list ...float64) []rule.Value {
	var values []rule.Value
	for _, x := range list {
		values = append(values, rule.Number(x))
	}
	return values
}

func times(daysAhead ...int) []rule.Value {
	var values []rule.Value
	for _, n := range daysAhead {
		values = append(values, rule.Time((day + period.Date(n)).Micros()))
	}
	return values
}

func set(c *explain.Customer, name string, v rule.Value) {
	values := &c.Metrics
	if name == "industry" || name == "potential_arr" || name == "onboarded" {
		values = &c.Traits
	}
	*values = maps.Clone(*values)
	(*values)[name] = v
}

// drawCustomer draws what is known of a customer; a share of it is missing.
func drawCustomer(t *rapid.T, missing int) explain.Customer {
	c := acmeLtd()
	for _, name := range slices.Sorted(maps.Keys(choices)) {
		if rapid.IntRange(1, 100).Draw(t, "luck of "+name) <= missing {
			set(&c, name, rule.Unknown())
			continue
		}
		set(&c, name, rapid.SampledFrom(choices[name]).Draw(t, name))
	}
	for _, s := range []string{"coverage", "motion", "fields"} {
		places := []string{"", "strategic", "diamond", "scaled", "run", "save", segmentation.Unknown}
		c.Previous[s] = rapid.SampledFrom(places).Draw(t, "previous "+s)
		c.Unsettled[s] = rapid.Bool().Draw(t, "provisional "+s)
	}
	return c
}

func drawSegmentation(t *rapid.T) string {
	return rapid.SampledFrom([]string{"coverage", "motion", "fields"}).Draw(t, "segmentation")
}

// TestChangesMove checks that each change does move the customer as said.
func TestChangesMove(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		c, name := drawCustomer(t, 15), drawSegmentation(t)
		e, err := explain.Explain(s, c, name)
		if err != nil {
			t.Fatal(err)
		}
		if got := explain.Evaluate(s, c).Segments[name].Name; e.Segment != got {
			t.Fatalf("explained %q, but evaluated %q", e.Segment, got)
		}
		share := 0.0
		for _, change := range e.Changes {
			found++
			got := explain.Evaluate(s, changed(c, change.Name, change.To)).Segments[name]
			if got.Name != change.Segment || got.Provisional != change.Provisional || change.Segment == e.Segment {
				t.Fatalf("%s: moved from %s to %s", change.Text, e.Segment, placeWords(got))
			}
			now := sizeOf(change)
			if now < share {
				t.Fatalf("%s: share %v after %v, want the smallest first", change.Text, now, share)
			}
			share = now
			if shown := shareShown(t, change.Text); shown >= 0 && math.Abs(shown-now) > 0.00051 {
				t.Fatalf("%s: share %v, want what is shown", change.Text, now)
			}
			if change.Value != nil && (*change.Value < change.To) != change.Up {
				t.Fatalf("%s: up is %v from %v to %v", change.Text, change.Up, *change.Value, change.To)
			}
		}
	})
	if found == 0 {
		t.Error("no change was found at all")
	}
}

// sizeOf returns the share of a change, infinite without one.
func sizeOf(c explain.Change) float64 {
	if c.Share == nil {
		return math.Inf(1)
	}
	return *c.Share
}

var shownShare = regexp.MustCompile(`\(([0-9.]+) %\) would move`)

// shareShown returns the percentage that a text shows as a share, -1 for none.
func shareShown(t *rapid.T, text string) float64 {
	m := shownShare.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	x, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return x / 100
}

// changed returns the customer with another number, or day, of one name.
func changed(c explain.Customer, name string, x float64) explain.Customer {
	v := rule.Number(x)
	if name == "renewal" {
		v = rule.Time(int64(x) * period.MicrosPerDay)
	}
	set(&c, name, v)
	return c
}

// TestChangesAreSmallest checks that no other value found by chance moves the
// customer to the same segment with a smaller change in the same direction.
func TestChangesAreSmallest(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	stepped := []string{"arr", "seats", "active_users", "events", "goal_score", "nps", "quiet_days", "renewal", "arr_rank", "potential_arr"}
	moves := 0
	rapid.Check(t, func(t *rapid.T) {
		c, name := drawCustomer(t, 5), drawSegmentation(t)
		e, err := explain.Explain(s, c, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, root := range stepped {
			before, ok := c.Metrics[root]
			if !ok {
				before = c.Traits[root]
			}
			for _, after := range choices[root] {
				if before.Kind() != after.Kind() || before.IsUnknown() || before.Kind() == rule.KindAtLeast || e.Segment == segmentation.Unknown {
					continue
				}
				to := explain.Evaluate(s, changed(c, root, stepOf(after))).Segments[name].Name
				if to == e.Segment || to == segmentation.Unknown {
					continue
				}
				moves++
				checkSmallest(t, e, root, before, after, to)
			}
		}
	})
	t.Logf("%d moves", moves)
	if moves == 0 {
		t.Error("no move was drawn at all")
	}
}

// stepOf returns a number, or a date as days since 1970-01-01.
func stepOf(v rule.Value) float64 {
	if v.Kind() == rule.KindTime {
		return float64(v.Micros() / period.MicrosPerDay)
	}
	return v.Number()
}

// checkSmallest checks that an explanation knows a change to the segment, in
// the direction and no larger than the one that was found.
func checkSmallest(t *rapid.T, e explain.Explanation, name string, before, after rule.Value, to string) {
	x, y, zero := stepOf(before), stepOf(after), 0.0
	if before.Kind() == rule.KindTime {
		zero = float64(day)
	}
	share := math.Abs(x-y) / math.Abs(x-zero) // infinite where the value is 0
	as := func(c explain.Change) bool { return c.Segment == to && c.Up == (y > x) && sizeOf(c) <= share+1e-12 }
	if !slices.ContainsFunc(e.Changes, as) {
		t.Fatalf("%s from %v to %v (%v) moves from %s to %s, but the changes are %+v", name, before, after, share, e.Segment, to, e.Changes)
	}
}

// TestQuestionsSettle checks that an answer to a question that settles the
// place does so, and leads where it says.
func TestQuestionsSettle(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	rapid.Check(t, func(t *rapid.T) {
		c, name := drawCustomer(t, 30), drawSegmentation(t)
		e, err := explain.Explain(s, c, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range e.Questions {
			v := rapid.SampledFrom(choices[q.Name]).Draw(t, "answer")
			if v.Kind() == rule.KindAtLeast {
				continue
			}
			if now := c.Metrics[q.Name]; now.Kind() == rule.KindAtLeast && v.Number() <= now.Number() {
				continue // not an answer that is possible
			}
			answered := c
			set(&answered, q.Name, v)
			got := explain.Evaluate(s, answered).Segments[name]
			if q.Settles && !got.IsCertain() {
				t.Fatalf("%s: answer %v leads to %s", q.Text, v, placeWords(got))
			}
			if !slices.Contains(q.Segments, got.Name) {
				t.Fatalf("%s: answer %v leads to %s, not one of %v", q.Text, v, placeWords(got), q.Segments)
			}
		}
	})
}

// TestCertainStays checks that what is missing never changes a place that was
// certain, nor takes a customer to a place that was not possible.
func TestCertainStays(t *testing.T) {
	t.Parallel()
	// a score that makes do with part of the evidence changes with the rest
	s := load(t, strings.Replace(acme, "    min_evidence: 0.6\n", "", 1))
	rapid.Check(t, func(t *rapid.T) {
		c := drawCustomer(t, 40)
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(choices))).Draw(t, "found out")
		v := c.Metrics[name]
		if trait, ok := c.Traits[name]; ok {
			v = trait
		}
		if !v.IsUnknown() {
			return
		}
		after := c
		set(&after, name, rapid.SampledFrom(choices[name]).Draw(t, "value"))
		was, is := explain.Evaluate(s, c), explain.Evaluate(s, after)
		for _, d := range s.Segmentations {
			x, y := was.Segments[d.Name], is.Segments[d.Name]
			if x.IsCertain() && (y.Name != x.Name || !y.IsCertain()) {
				t.Fatalf("%s: knowing %s moved a certain %s to %s", d.Name, name, placeWords(x), placeWords(y))
			}
			isSegment := y.Name != segmentation.Unassigned
			if !x.IsCertain() && y.IsCertain() && isSegment && !slices.Contains(x.Candidates, y.Name) && x.Name != segmentation.Unknown {
				t.Fatalf("%s: knowing %s moved %s to %s", d.Name, name, placeWords(x), placeWords(y))
			}
		}
		for name, x := range was.Levels {
			if y := is.Levels[name]; x.Name != "" && y.Name != x.Name {
				t.Fatalf("%s: a level that was known went from %s to %s", name, x.Name, y.Name)
			}
		}
	})
}

var snake = regexp.MustCompile(`^[a-z][a-z_]*$`)

// TestJSON checks the form: keys in lower_snake, lists never null, and no
// notation of the rule language in any text.
func TestJSON(t *testing.T) {
	t.Parallel()
	s := load(t, acme)
	rapid.Check(t, func(t *rapid.T) {
		e, err := explain.Explain(s, drawCustomer(t, 25), drawSegmentation(t))
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(data, &tree); err != nil {
			t.Fatal(err)
		}
		checkTree(t, "", tree)
		if err := e.Text(io.Discard, explain.TextOptions{Color: true, Width: 40}); err != nil {
			t.Fatal(err)
		}
	})
}

// mayBeNull are the keys whose value can be missing.
var mayBeNull = []string{"value", "by", "share", "from"}

func checkTree(t *rapid.T, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if !snake.MatchString(k) {
				t.Fatalf("key %q is not in lower_snake", k)
			}
			checkTree(t, k, inner)
		}
	case []any:
		for _, inner := range v {
			checkTree(t, key, inner)
		}
	case string:
		for _, notation := range []string{"==", "&&", "||", "__", "NaN", "unknown(", "null"} {
			if strings.Contains(v, notation) && key != "name" && !(key == "from" && strings.HasSuffix(v, "_ago")) {
				t.Fatalf("%s says %q", key, v)
			}
		}
	case nil:
		if !slices.Contains(mayBeNull, key) {
			t.Fatalf("%s is null", key)
		}
	}
}
