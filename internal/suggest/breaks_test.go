package suggest_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/suggest"
)

func TestCuts(t *testing.T) {
	t.Parallel()
	// Ten customers pay 550 in all. By share: 100 + 90 + 80 = 270 is less than
	// half (275), with 70 it is 340: high from 70. 80 % are 440: 340 + 60 = 400,
	// with 50 it is 450: medium from 50. By percentile: the eighth of ten is 80,
	// the fifth 50.
	tens := []float64{50, 10, 100, 20, 90, 30, 80, 40, 70, 60, 0, -5}
	cuts := suggest.Cuts(tens)
	got := map[string][2]float64{}
	for _, c := range cuts {
		got[c.Name] = [2]float64{c.High, c.Medium}
	}
	if got["share"] != [2]float64{70, 50} || got["percentile"] != [2]float64{80, 50} {
		t.Errorf("got %v", got)
	}
	want := []suggest.Tier{{Level: "high", Customers: 4, Sum: 340}, {Level: "medium", Customers: 2, Sum: 110}, {Level: "low", Customers: 4, Sum: 100}}
	if diff := cmp.Diff(cuts[0].Tiers, want); diff != "" {
		t.Errorf("tiers by share (-got +want):\n%s", diff)
	}

	// Three heaps: the breaks lie between them, at the least of each.
	heaps := []float64{10, 11, 12, 13, 990, 1000, 1010, 95_000, 100_000, 105_000}
	for _, c := range suggest.Cuts(heaps) {
		if c.Name == "natural" && (c.High != 95_000 || c.Medium != 990) {
			t.Errorf("natural: got high from %v, medium from %v, want 95000 and 990", c.High, c.Medium)
		}
	}
	for name, values := range map[string][]float64{"none": nil, "two": {1, 2}, "all alike": {5, 5, 5, 5}, "zeros": {0, 0, 0, 1}} {
		if cuts := suggest.Cuts(values); len(cuts) > 0 {
			t.Errorf("%s: got %+v, want no cut", name, cuts)
		}
	}
}

// Whatever the values, each customer above zero is in one tier and one bin, and
// their sums are those of all.
func FuzzCuts(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 100, 7})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var values []float64
		customers, sum := int64(0), 0.0
		for i, b := range raw {
			v := float64(b) * math.Pow(10, float64(i%7)-2)
			values = append(values, v)
			if v > 0 {
				customers++
				sum += v
			}
		}
		same := func(what string, n int64, total float64) {
			if n != customers || math.Abs(total-sum) > 1e-6*sum {
				t.Errorf("%s: got %d customers and %v, want %d and %v", what, n, total, customers, sum)
			}
		}
		for _, c := range suggest.Cuts(values) {
			n, total := int64(0), 0.0
			for _, tier := range c.Tiers {
				n += tier.Customers
				total += tier.Sum
			}
			same(c.Name, n, total)
			if c.High <= c.Medium || c.Medium <= 0 {
				t.Errorf("%s: got high from %v, medium from %v", c.Name, c.High, c.Medium)
			}
		}
		n, total := int64(0), 0.0
		bins := suggest.Histogram(values)
		for _, b := range bins {
			n += b.Customers
			total += b.Sum
		}
		same("histogram", n, total)
		if len(bins) > 14 {
			t.Errorf("histogram: got %d lines", len(bins))
		}
	})
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	got := suggest.Histogram([]float64{900, 1500, 1999, 2000, 7000, 60_000, 0})
	want := []suggest.Bin{
		{From: 500, To: 1000, Customers: 1, Sum: 900},
		{From: 1000, To: 2000, Customers: 2, Sum: 3499},
		{From: 2000, To: 5000, Customers: 1, Sum: 2000},
		{From: 5000, To: 10000, Customers: 1, Sum: 7000},
		{From: 10_000, To: 20_000},
		{From: 20_000, To: 50_000},
		{From: 50_000, To: 100_000, Customers: 1, Sum: 60_000},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
