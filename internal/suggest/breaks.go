package suggest

import (
	"math"
	"slices"
)

// Cut is one way of cutting customers into three levels by a number: high from
// High, medium from Medium, low above zero.
type Cut struct {
	Name   string  `json:"name"` // share, natural or percentile
	Why    string  `json:"why"`
	High   float64 `json:"high"`
	Medium float64 `json:"medium"`
	Tiers  []Tier  `json:"tiers"` // high, medium, low
}

// Tier is what falls on one side of a cut.
type Tier struct {
	Level     string  `json:"level"`
	Customers int64   `json:"customers"`
	Sum       float64 `json:"sum"`
}

// Bin is one line of a histogram: the customers with a value in [From, To).
type Bin struct {
	From      float64 `json:"from"`
	To        float64 `json:"to"`
	Customers int64   `json:"customers"`
	Sum       float64 `json:"sum"`
}

// Cuts proposes where to cut: by the share of the whole that the largest hold
// (the first 50 and 80 %), by natural breaks, and by percentiles (the top 20 %
// and the half). Bounds are rounded to two figures, and the customers counted
// with them. Values of zero and below are left out. A cut that leaves a level
// empty is not proposed; where values hardly differ, none is.
func Cuts(values []float64) []Cut {
	all := positive(values)
	if len(all) < 3 || all[0] == all[len(all)-1] {
		return nil
	}
	var cuts []Cut
	add := func(name, why string, high, medium float64) {
		c := Cut{Name: name, Why: why, High: rounded(high), Medium: rounded(medium)}
		c.count(all)
		if c.High > c.Medium && !slices.ContainsFunc(c.Tiers, func(t Tier) bool { return t.Customers == 0 }) {
			cuts = append(cuts, c)
		}
	}
	high, medium := byShare(all)
	add("share", "high: those that hold the first 50 % of the whole; medium: up to 80 %", high, medium)
	high, medium = natural(all)
	add("natural", "where the values leave the widest gaps, on a scale of tenfolds", high, medium)
	add("percentile", "high: the top 20 % of customers; medium: the 30 % after them", quantile(all, 0.8), quantile(all, 0.5))
	return cuts
}

// positive returns the values above zero, in order.
func positive(values []float64) []float64 {
	var list []float64
	for _, v := range values {
		if v > 0 {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return list
}

func (c *Cut) count(values []float64) {
	c.Tiers = []Tier{{Level: "high"}, {Level: "medium"}, {Level: "low"}}
	for _, v := range values {
		i := 2
		switch {
		case v >= c.High:
			i = 0
		case v >= c.Medium:
			i = 1
		}
		c.Tiers[i].Customers++
		c.Tiers[i].Sum += v
	}
}

// byShare returns the value of the customer with whom the largest reach half of
// the sum, and 80 % of it.
func byShare(sorted []float64) (high, medium float64) {
	total := 0.0
	for _, v := range sorted {
		total += v
	}
	sum := 0.0
	for i := len(sorted) - 1; i >= 0; i-- {
		sum += sorted[i]
		if high == 0 && sum >= total/2 {
			high = sorted[i]
		}
		if sum >= 0.8*total {
			return high, sorted[i]
		}
	}
	return high, sorted[0]
}

// quantile is the discrete quantile: the least value with at least that share
// of customers at or below it.
func quantile(sorted []float64, share float64) float64 {
	i := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[max(0, min(i, len(sorted)-1))]
}

// naturalBins is on how many steps of a logarithmic scale natural breaks are
// looked for.
const naturalBins = 200

// natural returns the breaks between three classes that differ least within
// themselves (Jenks), on a logarithmic scale.
func natural(sorted []float64) (high, medium float64) {
	low, top := math.Log(sorted[0]), math.Log(sorted[len(sorted)-1])
	step := (top - low) / naturalBins
	var n, sum, squares [naturalBins + 1]float64 // running totals
	least := [naturalBins]float64{}
	for _, v := range sorted {
		x := math.Log(v)
		b := min(int((x-low)/step), naturalBins-1)
		if least[b] == 0 {
			least[b] = v
		}
		n[b+1]++
		sum[b+1] += x
		squares[b+1] += x * x
	}
	for b := range naturalBins {
		n[b+1] += n[b]
		sum[b+1] += sum[b]
		squares[b+1] += squares[b]
	}
	spread := func(from, to int) float64 {
		count := n[to] - n[from]
		if count == 0 {
			return 0
		}
		s := sum[to] - sum[from]
		return squares[to] - squares[from] - s*s/count
	}
	best := math.Inf(1)
	for i := 1; i < naturalBins; i++ {
		if least[i] == 0 {
			continue
		}
		for j := i + 1; j < naturalBins; j++ {
			if least[j] == 0 {
				continue
			}
			if s := spread(0, i) + spread(i, j) + spread(j, naturalBins); s < best {
				best, medium, high = s, least[i], least[j]
			}
		}
	}
	return high, medium
}

// rounded cuts a bound down to two figures, so that who stands at it stays in.
func rounded(x float64) float64 {
	if x <= 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	r := math.Floor(x/unit+1e-9) * unit
	if unit < 1 {
		return math.Round(r/unit) / math.Round(1/unit)
	}
	return r
}

// maxBins is how many lines a histogram has at most.
const maxBins = 12

// Histogram counts values above zero between round numbers, on a scale of
// tenfolds: the finest of a few that has twelve lines at most.
func Histogram(values []float64) []Bin {
	all := positive(values)
	if len(all) == 0 {
		return nil
	}
	var bins []Bin
	for _, series := range [][]float64{{1, 1.5, 2, 3, 4, 5, 7}, {1, 2, 5}, {1, 3}, {1}} {
		bins = binned(all, series)
		if len(bins) <= maxBins {
			break
		}
	}
	return bins
}

func binned(sorted []float64, series []float64) []Bin {
	var edges []float64
	low := math.Floor(math.Log10(sorted[0]))
	for decade := low; ; decade++ {
		for _, s := range series {
			edges = append(edges, s*math.Pow(10, decade))
		}
		if edges[len(edges)-1] > sorted[len(sorted)-1] || math.Pow(10, decade+1) > sorted[len(sorted)-1]*10 {
			edges = append(edges, math.Pow(10, decade+1))
			break
		}
	}
	var bins []Bin
	i := 0
	for e := 0; e+1 < len(edges); e++ {
		b := Bin{From: edges[e], To: edges[e+1]}
		for i < len(sorted) && sorted[i] < b.To {
			b.Customers++
			b.Sum += sorted[i]
			i++
		}
		bins = append(bins, b)
	}
	for len(bins) > 1 && bins[0].Customers == 0 {
		bins = bins[1:]
	}
	for len(bins) > 1 && bins[len(bins)-1].Customers == 0 {
		bins = bins[:len(bins)-1]
	}
	return bins
}
