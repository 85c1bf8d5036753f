package spec

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
)

// Leaves returns the metrics from facts and the traits that a metric,
// dimension, segmentation or audience rests on, in the order in which they are
// first needed.
func (s *Strategy) Leaves(name string) []string {
	var leaves []string
	seen := map[string]bool{}
	var visit func(name string)
	rules := func(list ...*rule.Expr) {
		for _, x := range list {
			if x == nil {
				continue
			}
			for _, n := range x.Names() {
				visit(n)
			}
		}
	}
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if m, ok := s.Metric(name); ok {
			if m.Form == metric.FromFacts {
				leaves = append(leaves, name)
				return
			}
			rules(m.Is)
			if m.Rank != "" {
				visit(m.Rank)
			}
			return
		}
		d, isDimension := s.Dimension(name)
		if isTrait := slices.ContainsFunc(s.Traits(), func(c fact.Column) bool { return c.Name == name }); isTrait && (!isDimension || d.Trait == name) {
			leaves = append(leaves, name)
			return
		}
		if !isDimension {
			return
		}
		for _, n := range []string{d.Of, d.Trait} {
			if n != "" {
				visit(n)
			}
		}
		for _, part := range d.Score {
			visit(part.Of)
		}
		for _, p := range d.Points {
			rules(p.When)
		}
		for _, l := range d.Levels {
			rules(l.When)
		}
	}
	if g, ok := s.Segmentation(name); ok {
		for _, segment := range g.Segments {
			rules(segment.When)
		}
		return leaves
	}
	if a, ok := s.Audience(name); ok {
		rules(a.When)
		return leaves
	}
	visit(name)
	return leaves
}
