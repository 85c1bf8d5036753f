package explain_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// terms are numbers to make rules of, with bounds worth asking about. Each
// goes one way as one metric does.
var terms = map[string][]string{
	"money":                            {"20000", "84000", "84000.5", "0"},
	"people":                           {"50", "49.5", "300", "0"},
	"rate":                             {"0.42", "0.5", "1"},
	"quiet":                            {"60", "90", "180"},
	"money - plan * 0.5":               {"0", "34000"},
	"per_head":                         {"100", "280.5"},
	"filled":                           {"0.3", "1"},
	"people * 2.0 + users":             {"150", "700"},
	"min(rate, filled)":                {"0.42", "0.2"},
	"days_between(as_of, ends)":        {"0", "90"},
	"(known(plan) ? plan : money)":     {"50000", "120000"},
	"round(money / 1000.0)":            {"20", "84"},
	"money.or(30000)":                  {"20000", "90000"},
	"(people > 100 ? money : plan)":    {"20000", "100000"},
	"max(people, users.or(0)) - users": {"10"},
}

const termsStrategy = `
currency: USD
traits:
  plan: {type: money}
  rate: {type: number, unit: ratio}
metrics:
  money:    {unit: money, from: contract, sum: arr}
  people:   {unit: seats, from: contract, sum: seats}
  users:    {unit: seats, from: event, count_distinct: contact, over: 28d}
  quiet:    {from: activity, since: true}
  ends:     {from: contract, max: ends}
  per_head: {unit: money, is: "money / people.or(1)", missing: 250}
  filled:   {unit: ratio, is: "users / people"}
dimensions:
  size: {of: money, levels: {big: 80000, mid: 20000, small: 0}}
  seat: {of: people, bound: above, levels: {many: 300, few: 0}}
  part: {of: money, levels: {top: p80, mid: p50, low: p0}}
  fit:
    score: [{of: rate, from: 0, to: 1, weight: 2}, {of: quiet, from: 180, to: 0}]
    levels: {good: 0.6, poor: 0}
segmentations:
  s:
    on_unknown: %s
    segments:
`

// drawRule draws a condition of a few comparisons.
func drawRule(t *rapid.T, depth int) string {
	if depth > 0 && rapid.Bool().Draw(t, "join") {
		parts := []string{drawRule(t, depth-1), drawRule(t, depth-1)}
		sign := rapid.SampledFrom([]string{" && ", " || "}).Draw(t, "sign")
		not := rapid.SampledFrom([]string{"", "", "!"}).Draw(t, "not")
		return not + "(" + strings.Join(parts, sign) + ")"
	}
	level := func(lens string, levels ...string) string {
		return fmt.Sprintf("%s == %q", lens, rapid.SampledFrom(levels).Draw(t, lens))
	}
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return level("size", "big", "mid", "small")
	case 1:
		return level("seat", "many", "few")
	case 2:
		return level("part", "top", "mid", "low", "none")
	case 3:
		return level("fit", "good", "poor")
	}
	term := rapid.SampledFrom(slices.Sorted(maps.Keys(terms))).Draw(t, "term")
	op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "op")
	return fmt.Sprintf("%s %s %s", term, op, rapid.SampledFrom(terms[term]).Draw(t, "bound"))
}

// steppedChoices are values in the steps in which they come.
var steppedChoices = map[string][]rule.Value{
	"money":  numbers(0, 5000, 20000, 20000.01, 60000, 84000, 84000.5, 300000),
	"people": numbers(0, 1, 49, 50, 120, 300, 301),
	"users":  numbers(0, 1, 40, 126, 300),
	"quiet":  append(numbers(0, 60, 61, 90, 180, 400), rule.AtLeast(75)),
	"rate":   numbers(0, 0.3, 0.42, 0.5, 1),
	"plan":   numbers(0, 50000, 100000.5, 168000),
	"ends":   times(-10, 0, 1, 90, 200),
}

func drawKnown(t *rapid.T) explain.Customer {
	c := explain.Customer{
		ID: "R", AsOf: day, Metrics: map[string]rule.Value{}, Traits: map[string]rule.Value{},
		Cuts: map[string][]float64{"part": {80000, 30000, 0}}, Previous: map[string]string{},
	}
	for _, name := range []string{"money", "people", "users", "quiet", "rate", "plan", "ends"} {
		if rapid.IntRange(0, 9).Draw(t, "luck of "+name) > 0 {
			give(&c, name, rapid.SampledFrom(steppedChoices[name]).Draw(t, name))
		}
	}
	return c
}

func give(c *explain.Customer, name string, v rule.Value) {
	if name == "rate" || name == "plan" {
		c.Traits[name] = v
		return
	}
	c.Metrics[name] = v
}

// TestRandomRules checks, for rules made by chance, that changes move the
// customer as said, and that none found by chance is smaller.
func TestRandomRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := fmt.Sprintf(termsStrategy, rapid.SampledFrom([]string{"hold", "unknown", "no"}).Draw(t, "on_unknown"))
		for i := range rapid.IntRange(1, 3).Draw(t, "segments") {
			text += fmt.Sprintf("      s%d: {when: '%s'}\n", i, drawRule(t, 2))
		}
		s := load(t, text+"      rest: {when: 'true'}\n")
		for range 6 {
			c := drawKnown(t)
			e, err := explain.Explain(s, c, "s")
			if err != nil {
				t.Fatal(err)
			}
			for _, change := range e.Changes {
				got := explain.Evaluate(s, given(c, change.Name, change.To)).Segments["s"]
				if got.Name != change.Segment || got.Name == segmentation.Unknown {
					t.Fatalf("%s: moved from %s to %s", change.Text, e.Segment, placeWords(got))
				}
			}
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(steppedChoices))).Draw(t, "other")
			before, after := c.Metrics[name], rapid.SampledFrom(steppedChoices[name]).Draw(t, "value")
			if v, ok := c.Traits[name]; ok {
				before = v
			}
			to := explain.Evaluate(s, given(c, name, stepOf(after))).Segments["s"].Name
			bounded := before.Kind() == rule.KindAtLeast || after.Kind() == rule.KindAtLeast
			if !before.IsUnknown() && !bounded && e.Segment != segmentation.Unknown && to != e.Segment && to != segmentation.Unknown {
				checkSmallest(t, e, name, before, after, to)
			}
		}
	})
}

// given returns the customer with another number, or day, of one name.
func given(c explain.Customer, name string, x float64) explain.Customer {
	v := rule.Number(x)
	if name == "ends" {
		v = rule.Time(int64(x) * period.MicrosPerDay)
	}
	c.Metrics, c.Traits = maps.Clone(c.Metrics), maps.Clone(c.Traits)
	give(&c, name, v)
	return c
}
