package pipeline

import (
	"math"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
)

// smallGroup is the size under which a group uses the cuts of everybody
// (SEMANTICS 16).
const smallGroup = 20

// settle computes what depends on where others stand, ranks and cuts, from the
// values as they are given.
func (t *trial) settle(peers []*peer) {
	for _, name := range t.strategy.Order() {
		if m, ok := t.strategy.Metric(name); ok && m.Form == metric.Ranked {
			rank(peers, m)
		}
		if d, ok := t.strategy.Dimension(name); ok && d.IsRelative() {
			cut(peers, d)
		}
	}
}

// seen is one customer beside its peers.
type seen struct {
	*peer
	x     float64
	known bool   // the number is
	group string // of its peers; "" where it cannot be told
}

// look reads a number of all customers, and the group of each.
func look(peers []*peer, of string, within []string) []seen {
	list := make([]seen, len(peers))
	for i, p := range peers {
		at := explain.Evaluate(p.strategy, p.known)
		value := func(name string) rule.Value {
			if v, ok := at.Metrics[name]; ok {
				return v
			}
			if v, ok := p.known.Traits[name]; ok {
				return v
			}
			return placeValue(at.Levels[name].Name, "")
		}
		v := value(of)
		list[i] = seen{peer: p, x: v.Number(), known: v.Kind() == rule.KindNumber}
		var parts []string
		for _, name := range within {
			g := value(name)
			if g.IsUnknown() {
				parts = nil
				break
			}
			parts = append(parts, g.String())
		}
		list[i].group = strings.Join(parts, "\x00")
	}
	return list
}

// rank sets a metric to the share of the other peers that have less.
func rank(peers []*peer, m metric.Definition) {
	list := look(peers, m.Rank, m.Within)
	for _, own := range list {
		if _, ok := own.given[m.Name]; ok {
			continue
		}
		if !own.known {
			own.peer.known.Metrics[m.Name] = rule.Unknown(m.Name)
			continue
		}
		others, less := -1, 0
		for _, other := range list {
			if !other.known || other.group != own.group {
				continue
			}
			others++
			if other.x < own.x {
				less++
			}
		}
		own.peer.known.Metrics[m.Name] = rule.Number(float64(less) / float64(max(others, 1)))
	}
}

// cut sets the cuts of a dimension for every customer.
func cut(peers []*peer, d dimension.Definition) {
	list := look(peers, d.Of, d.Within)
	var all []float64
	groups := map[string][]float64{}
	for _, s := range list {
		if !s.known || s.x <= 0 {
			continue
		}
		all = append(all, s.x)
		if s.group != "" {
			groups[s.group] = append(groups[s.group], s.x)
		}
	}
	for _, s := range list {
		values := all
		if g := groups[s.group]; len(g) >= smallGroup {
			values = g
		}
		s.peer.known.Cuts[d.Name] = cutsOf(values, d)
	}
}

// cutsOf returns the cut of each level among positive values.
func cutsOf(values []float64, d dimension.Definition) []float64 {
	values = slices.Sorted(slices.Values(values))
	cuts := make([]float64, len(d.Levels))
	for i, l := range d.Levels {
		switch {
		case len(values) == 0:
			cuts[i] = math.NaN()
		case l.Cut == dimension.Percentile:
			cuts[i] = quantile(values, l.Bound)
		case l.Cut == dimension.Cumulative:
			cuts[i] = cumulative(values, l.Bound)
		default:
			cuts[i] = math.NaN()
		}
	}
	return cuts
}

// quantile is the least of the sorted values that a share of them does not
// exceed.
func quantile(values []float64, share float64) float64 {
	n := float64(len(values))
	above := math.Floor(n - share*n)
	return values[max(int(n-above), 1)-1]
}

// cumulative is the least of the sorted values that, from the largest down,
// begins before a share of the sum is reached.
func cumulative(values []float64, share float64) float64 {
	units := func(x float64) int64 { return int64(math.RoundToEven(x * 1e6)) }
	var total, larger int64
	for _, x := range values {
		total += units(x)
	}
	least := math.NaN()
	for _, x := range slices.Backward(values) {
		if float64(larger) < share*float64(total) {
			least = x
		}
		larger += units(x)
	}
	return least
}
