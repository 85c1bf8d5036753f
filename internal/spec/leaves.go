package spec

import (
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
)

// GrainOf returns how a segmentation or audience counts customers. A metric or
// dimension is asked for as the strategy counts them, and one that rests on
// what contacts say, or on their account, by contact.
func (s *Strategy) GrainOf(name string) customer.Grain {
	if d, ok := s.Segmentation(name); ok {
		return d.Grain
	}
	if a, ok := s.Audience(name); ok {
		return a.Grain
	}
	for _, leaf := range s.Leaves(name) {
		if isOfContact(leaf) || strings.HasPrefix(leaf, "account.") {
			return customer.Grain{Level: customer.ByContact}
		}
	}
	return s.Grain
}

// Leaf is a metric from facts, a trait, or a value of a contact's account that
// a definition rests on, or, as
// JudgedOnly, a derived metric on its way that is judged on a condition.
type Leaf struct {
	Name       string
	JudgedOnly bool
	// Through are the derived metrics by which alone it is used; nil when a
	// rule or a dimension uses it itself.
	Through []string
}

// Leaves returns the names of what a metric, dimension, segmentation or
// audience rests on in the end, in the order in which they are first needed.
func (s *Strategy) Leaves(name string) []string {
	var names []string
	for _, l := range s.LeavesOf(name) {
		if !l.JudgedOnly {
			names = append(names, l.Name)
		}
	}
	return names
}

// LeavesOf is Leaves with how each of them is used.
func (s *Strategy) LeavesOf(name string) []Leaf {
	var leaves []Leaf
	seen := map[[2]string]bool{}
	add := func(name, through string) {
		i := slices.IndexFunc(leaves, func(l Leaf) bool { return l.Name == name })
		switch {
		case i < 0 && through == "":
			leaves = append(leaves, Leaf{Name: name})
		case i < 0:
			leaves = append(leaves, Leaf{Name: name, Through: []string{through}})
		case through == "":
			leaves[i].Through = nil
		case leaves[i].Through != nil && !slices.Contains(leaves[i].Through, through):
			leaves[i].Through = append(leaves[i].Through, through)
		}
	}
	var visit func(name, through string)
	rules := func(through string, list ...*rule.Expr) {
		for _, x := range list {
			if x == nil {
				continue
			}
			for _, n := range x.Names() {
				visit(n, through)
			}
		}
	}
	visit = func(name, through string) {
		if seen[[2]string{name, through}] {
			return
		}
		seen[[2]string{name, through}] = true
		if m, ok := s.Metric(name); ok {
			if m.Form == metric.FromFacts {
				add(name, through)
				return
			}
			if m.When != nil && !slices.ContainsFunc(leaves, func(l Leaf) bool { return l.Name == name }) {
				leaves = append(leaves, Leaf{Name: name, JudgedOnly: true})
			}
			if through == "" {
				through = name
			}
			rules(through, m.Is, m.When)
			if m.Rank != "" {
				visit(m.Rank, through)
			}
			return
		}
		if strings.HasPrefix(name, "account.") {
			add(name, through)
			return
		}
		d, isDimension := s.Dimension(name)
		if _, isTrait := s.Trait(name); isTrait && (!isDimension || d.Trait == name) {
			add(name, through)
			return
		}
		if !isDimension {
			return
		}
		for _, n := range []string{d.Of, d.Trait} {
			if n != "" {
				visit(n, through)
			}
		}
		for _, part := range d.Score {
			visit(part.Of, through)
		}
		for _, p := range d.Points {
			rules(through, p.When)
		}
		for _, l := range d.Levels {
			rules(through, l.When)
		}
	}
	if g, ok := s.Segmentation(name); ok {
		for _, segment := range g.Segments {
			rules("", segment.When)
		}
		return leaves
	}
	if a, ok := s.Audience(name); ok {
		rules("", a.When)
		return leaves
	}
	visit(name, "")
	return leaves
}
