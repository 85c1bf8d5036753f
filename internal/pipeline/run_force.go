package pipeline

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/query"
)

// nothingInForce reports whether contracts are on record and none of them
// counts on the day, so that every customer's ARR is 0: an export that was
// never renewed looks like this, and so does one of deals long done.
func (e *Engine) nothingInForce(r RunReport, stored query.Stored) bool {
	m, ok := e.Strategy.Metric(e.Strategy.RevenueMetric)
	if !ok || m.Where == nil || !slices.Contains(m.Where.Names(), "in_force") {
		return false
	}
	k, ok := e.Strategy.Kind(m.Kind)
	if !ok || k.Timing != fact.Term || stored.Kinds[m.Kind].Rows == 0 {
		return false
	}
	looked := false
	for _, g := range r.Grains {
		for _, s := range g.Segmentations {
			for _, c := range s.Segments {
				if c.RevenueMinor != 0 || c.Unpriced > 0 {
					return false
				}
				looked = looked || c.Customers > 0
			}
		}
	}
	return looked
}
