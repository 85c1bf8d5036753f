package pipeline_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/spec"
)

// happened is an event as its export says it.
type happened struct {
	at            time.Time // where the vendor is
	name, feature string    // "" is missing
	quantity      *int64    // millionths
}

func localDay(t time.Time) period.Date { return period.NewDate(t.Year(), int(t.Month()), t.Day()) }

func (e happened) lookup(asOf period.Date) rule.LookupFunc {
	return func(name string, _ int) rule.Value {
		text := map[string]string{"name": e.name, "feature": e.feature}[name]
		switch {
		case name == "as_of":
			return rule.Time(asOf.Micros())
		case name == "quantity" && e.quantity != nil:
			return rule.Number(float64(*e.quantity) / 1e6)
		case text != "":
			return rule.Text(text)
		}
		return rule.Unknown(name)
	}
}

// counted works a metric out from the events of a customer. It is undecided,
// and ok false, where two events at the same instant both are the last.
func counted(m metric.Definition, events []happened, covered query.Coverage, asOf period.Date, ago int) (v rule.Value, ok bool) {
	day := asOf - period.Date(ago)
	from := period.Date(math.MinInt32)
	if m.Over > 0 {
		from = day - period.Date(m.Over) + 1
	}
	var in []happened
	for _, e := range events {
		at := localDay(e.at)
		if at >= from && at <= day && (m.Where == nil || m.Where.Eval(e.lookup(day)).IsTrue()) {
			in = append(in, e)
		}
	}
	slices.SortFunc(in, func(a, b happened) int { return a.at.Compare(b.at) })
	isCovered := (!covered.Stale || day-covered.To <= period.Date(covered.Fresh)) && (m.Over == 0 || covered.From <= from || !m.Aggregate.CountsNothingAsZero()) && (ago == 0 || covered.From <= day)
	v, ok = rule.Unknown(), true
	if isCovered {
		v, ok = aggregated(m, in, day, covered)
	}
	if m.Missing != nil && v.Kind() != rule.KindNumber {
		v = rule.Number(*m.Missing)
	}
	return v, ok
}

func aggregated(m metric.Definition, in []happened, day period.Date, covered query.Coverage) (v rule.Value, ok bool) {
	var quantities []int64
	features, days := map[string]bool{}, map[string]bool{}
	for _, e := range in {
		if e.quantity != nil {
			quantities = append(quantities, *e.quantity)
		}
		if e.feature != "" {
			features[e.feature] = true
		}
		days[e.at.Format(time.DateOnly)] = true
	}
	switch m.Aggregate {
	case metric.Count:
		return rule.Number(float64(len(in))), true
	case metric.CountDistinct:
		return rule.Number(float64(len(features))), true
	case metric.ActiveDays:
		return rule.Number(float64(len(days))), true
	case metric.Since:
		if len(in) == 0 {
			bound := float64(day - covered.From)
			if m.Over > 0 {
				bound = min(bound, float64(m.Over))
			}
			if bound <= 0 {
				return rule.Unknown(), true
			}
			return rule.AtLeast(bound), true
		}
		last := in[len(in)-1].at
		return rule.Number(float64(day - localDay(last))), true
	case metric.Sum:
		if len(quantities) < len(in) {
			return rule.Unknown(), true
		}
		return rule.Number(total(quantities) / 1e6), true
	case metric.First:
		for i, e := range in {
			if e.feature != "" {
				tie := slices.IndexFunc(in[i+1:], func(f happened) bool { return f.at.Equal(e.at) && f.feature != "" })
				return rule.Text(e.feature), tie < 0
			}
		}
		return rule.Unknown(), true
	}
	if len(quantities) == 0 {
		return rule.Unknown(), true
	}
	switch m.Aggregate {
	case metric.Avg:
		return rule.Number(total(quantities) / 1e6 / float64(len(quantities))), true
	case metric.Min:
		return rule.Number(float64(slices.Min(quantities)) / 1e6), true
	default: // the last
		known := slices.DeleteFunc(slices.Clone(in), func(e happened) bool { return e.quantity == nil })
		n := len(known)
		return rule.Number(float64(*known[n-1].quantity) / 1e6), n == 1 || !known[n-1].at.Equal(known[n-2].at)
	}
}

// total is the exact sum, rounded once. The engine rounds twice beyond 64 bits
// and below -2^53, where these tests do not go.
func total(quantities []int64) float64 {
	sum := new(big.Int)
	for _, q := range quantities {
		sum.Add(sum, big.NewInt(q))
	}
	x, _ := new(big.Float).SetInt(sum).Float64()
	return x
}

// compareFacts says which metric of a customer is not what its events come to.
func (c *placedCount) compareFacts(s *spec.Strategy, p pipeline.Placed, events []happened, covered query.Coverage) string {
	for _, m := range s.Metrics {
		for _, ago := range []int{0, 1, 7, 28} {
			key := m.Name
			if ago > 0 {
				key = fmt.Sprintf("%s__%dd_ago", m.Name, ago)
			}
			if _, ok := p.Metrics[key]; !ok || m.Form != metric.FromFacts {
				continue
			}
			want, ok := counted(m, events, covered, p.AsOf, ago)
			if !ok {
				continue
			}
			c.compared++
			got := p.Metrics[key]
			if got.IsUnknown() != want.IsUnknown() || !got.IsUnknown() && !got.Equal(want) {
				return fmt.Sprintf("%s of %+v: got %v, want %v from %v, covered from %s, as of %s", key, m, got, want, events, covered.From, p.AsOf)
			}
		}
	}
	return ""
}

// compareStanding says which rank or cut is not where the other customers put
// it.
func (c *placedCount) compareStanding(s *spec.Strategy, all []pipeline.Placed) string {
	for _, m := range s.Metrics {
		if m.Form != metric.Ranked {
			continue
		}
		for _, p := range all {
			got, want := p.Metrics[m.Name], rank(p, all, m)
			c.compared++
			if got.IsUnknown() != want.IsUnknown() || !got.IsUnknown() && !got.Equal(want) {
				return fmt.Sprintf("%s of %s: got %v, want %v", m.Name, p.ID, got, want)
			}
		}
	}
	for _, d := range s.Dimensions {
		if !d.IsRelative() {
			continue
		}
		for _, p := range all {
			for i, want := range cutsAmong(p, all, d) {
				c.compared++
				got := math.NaN()
				if i < len(p.Cuts[d.Name]) {
					got = p.Cuts[d.Name][i]
				}
				if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
					return fmt.Sprintf("cut %d of %+v for %s: got %v, want %v", i, d, p.ID, got, want)
				}
			}
		}
	}
	return ""
}

// valueAt is what the result holds under a name.
func valueAt(p pipeline.Placed, name string) any {
	for _, prefix := range []string{"m_", "t_", "d_"} {
		if v, ok := p.Row[prefix+name]; ok {
			return v
		}
	}
	return nil
}

func isPeer(p, q pipeline.Placed, within []string) bool {
	return !slices.ContainsFunc(within, func(name string) bool { return valueAt(p, name) != valueAt(q, name) })
}

// rank is the share of the other peers that have less.
func rank(p pipeline.Placed, all []pipeline.Placed, m metric.Definition) rule.Value {
	own, ok := valueAt(p, m.Rank).(float64)
	if !ok {
		return rule.Unknown(m.Name)
	}
	below, peers := 0, 0
	for _, q := range all {
		x, ok := valueAt(q, m.Rank).(float64)
		if !ok || !isPeer(p, q, m.Within) {
			continue
		}
		peers++
		if x < own {
			below++
		}
	}
	if peers == 1 {
		return rule.Number(0)
	}
	return rule.Number(float64(below) / float64(peers-1))
}

// cutsAmong are the cut points among the peers with more than nothing, or among
// everybody where those are fewer than 20 or the customer is in no group; NaN
// where a level has none.
func cutsAmong(p pipeline.Placed, all []pipeline.Placed, d dimension.Definition) []float64 {
	values := positives(all, d.Of, func(q pipeline.Placed) bool { return isPeer(p, q, d.Within) })
	isBlank := slices.ContainsFunc(d.Within, func(name string) bool { return valueAt(p, name) == nil })
	if len(d.Within) > 0 && (len(values) < 20 || isBlank) {
		values = positives(all, d.Of, func(pipeline.Placed) bool { return true })
	}
	list := make([]float64, len(d.Levels))
	for i, l := range d.Levels {
		list[i] = math.NaN()
		switch {
		case len(values) == 0:
		case l.Cut == dimension.Percentile:
			percent := int(math.Round(l.Bound * 100))
			nth := (percent*len(values) + 99) / 100
			list[i] = values[max(nth, 1)-1]
		case l.Cut == dimension.Cumulative:
			list[i] = holders(values, l.Bound)
		}
	}
	return list
}

// positives returns the positive values, the least first.
func positives(all []pipeline.Placed, of string, fits func(pipeline.Placed) bool) []float64 {
	var values []float64
	for _, q := range all {
		if x, ok := valueAt(q, of).(float64); ok && x > 0 && fits(q) {
			values = append(values, x)
		}
	}
	slices.Sort(values)
	return values
}

// holders returns the least value of those that hold the first share of the
// sum, to the precision of a float64. Values whose millionths do not fit 64
// bits have no part in the sum.
func holders(values []float64, share float64) float64 {
	if i := slices.IndexFunc(values, func(x float64) bool { return math.RoundToEven(x*1e6) >= 1<<63 }); i >= 0 {
		values = values[:i]
	}
	units := make([]int64, len(values))
	for i, x := range values {
		units[i] = int64(math.RoundToEven(x * 1e6))
	}
	part, cut := share*total(units), math.NaN()
	for i, x := range slices.Backward(values) {
		if total(units[i+1:]) >= part {
			break
		}
		cut = x
	}
	return cut
}
