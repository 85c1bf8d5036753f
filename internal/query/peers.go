package query

import (
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
)

// peers are the customers among whom a dimension is cut: a step that has each
// of them, their value and their groups.
type peers struct {
	step   string
	of     Expr
	groups []Expr
	only   string // a step: nobody is taken where it has no row; "" takes all
}

// peersOf returns whom a dimension is cut among. The cut points are needed
// before everybody's level, and both read the same customers. Where the value
// is cheap to find, it is found twice: keeping the wide rows of all customers in
// between costs more time and memory.
func (c *compiler) peersOf(d dimension.Definition, of Expr, groups []Expr) (peers, error) {
	if !c.isCheap(d) {
		for i := range c.plan.Steps {
			c.plan.Steps[i].Once = c.plan.Steps[i].Once || c.plan.Steps[i].Name == c.current
		}
		return peers{step: c.current, of: of, groups: groups}, nil
	}
	r := c.req
	r.Only = append([]string{d.Of}, d.Within...)
	sub := &compiler{defs: c.defs, req: r, stored: c.stored, measures: map[string]*measure{}, columns: map[string]value{}}
	for _, make := range []func() error{sub.choose, sub.choosePeers, sub.collect, sub.customers, sub.scans, sub.layers} {
		if err := make(); err != nil {
			return peers{}, err
		}
	}
	prefix := "peers_" + d.Name + "_"
	c.plan.Steps = append(c.plan.Steps, prefixed(sub.plan, prefix)...)
	p := peers{step: prefix + sub.current, of: sub.columns[d.Of].Expr}
	for _, name := range d.Within {
		p.groups = append(p.groups, sub.columns[name].Expr)
	}
	return p, nil
}

// choosePeers adds traits that are asked for by themselves.
func (c *compiler) choosePeers() error {
	k, _ := c.kind("account")
	for _, name := range c.req.Only {
		if _, ok := k.Column(name); ok && !slices.Contains(c.traits, name) {
			c.traits = append(c.traits, name)
		}
	}
	return nil
}

// isCheap reports whether what a dimension is cut by rests on few facts:
// contracts and traits, not usage. One that tells who is in the base is cut
// among all, before there is a base.
func (c *compiler) isCheap(d dimension.Definition) bool {
	if c.req.Grain.Level == customer.ByContact || slices.Contains(c.baseOrder, d.Name) {
		return false
	}
	need := map[string]bool{}
	for _, name := range append([]string{d.Of}, d.Within...) {
		c.needName(need, name)
	}
	if c.hasBase() {
		c.need(need, c.defs.BaseWhen)
	}
	for name := range need {
		m, ok := c.metric(name)
		if !ok || m.Form != metric.FromFacts {
			continue
		}
		if k, _ := c.kind(m.Kind); k.Coverage == fact.Flow {
			return false
		}
	}
	return true
}

// prefixed returns the steps of a plan under other names.
func prefixed(p Plan, prefix string) []Step {
	names := map[string]bool{}
	for _, s := range p.Steps {
		names[s.Name] = true
	}
	rename := func(s Source) Source {
		if !names[s.Table] {
			return s
		}
		if s.Alias == "" {
			s.Alias = s.Table
		}
		s.Table = prefix + s.Table
		return s
	}
	steps := slices.Clone(p.Steps)
	for i := range steps {
		steps[i].Name = prefix + steps[i].Name
		steps[i].Select.From = rename(steps[i].Select.From)
		steps[i].Select.Joins = slices.Clone(steps[i].Select.Joins)
		for j := range steps[i].Select.Joins {
			steps[i].Select.Joins[j].Source = rename(steps[i].Select.Joins[j].Source)
		}
	}
	return steps
}
