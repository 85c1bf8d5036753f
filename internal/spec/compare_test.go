package spec_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/spec"
)

const comparedBase = `
name: acme
currency: USD
metrics:
  arr:   {from: contract, sum: arr, where: in_force}
  seats: {from: contract, sum: seats, where: in_force}
  each:  {is: arr / seats}
dimensions:
  value: {of: arr, levels: {high: 100, low: 0}}
  price: {of: each, levels: {dear: 10, cheap: 0}}
segmentations:
  tiers: {segments: {top: {when: 'value == "high"'}, rest: {when: 'true'}}}
`

func loaded(t *testing.T, text string) *spec.Strategy {
	t.Helper()
	s, problems := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(text)}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, from, to string
		want           []spec.Change
	}{
		{"a title and layout", "{of: arr, levels: {high: 100, low: 0}}", "\n    title: Value\n    of: arr\n    levels: {high: 100.0, low: 0}", nil},
		{"a bound, and who reads it", "high: 100", "high: 200", []spec.Change{{"dimension", "value", spec.Changed}, {"segmentation", "tiers", spec.Follows}}},
		{"a metric, and who reads it", "sum: seats", "max: seats", []spec.Change{
			{"metric", "seats", spec.Changed}, {"metric", "each", spec.Follows}, {"dimension", "price", spec.Follows},
		}},
		{"new and gone", "price:", "dearness:", []spec.Change{{"dimension", "dearness", spec.Added}, {"dimension", "price", spec.Removed}}},
		{"who is a customer", "currency: USD", "currency: USD\nbase: {when: 'arr > 0'}", []spec.Change{{"strategy", "", spec.Changed}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			before := loaded(t, comparedBase)
			after := loaded(t, replaced(t, comparedBase, x.from, x.to))
			if got := spec.Compare(before, after); !slices.Equal(got, x.want) {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
	}
}

func replaced(t *testing.T, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("no %q to replace", from)
	}
	return strings.Replace(text, from, to, 1)
}
