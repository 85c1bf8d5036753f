package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
)

// layer is a step under construction: all columns of the step before, and new
// ones.
type layer struct {
	sel   Select
	scope scope
	names []string
}

func (c *compiler) newLayer() *layer {
	l := &layer{sel: Select{Columns: []Column{star("c")}, From: from(c.current, "c")}}
	l.scope = c.scope(&l.sel)
	return l
}

// add puts a value into the layer under a name that rules may use from the
// next layer on.
func (l *layer) add(name string, e Expr) {
	l.sel.Columns = append(l.sel.Columns, as(name, e))
	l.names = append(l.names, name)
}

// finish makes the layer the current step.
func (c *compiler) finish(l *layer, name, comment string) {
	if len(l.names) == 0 {
		return
	}
	c.current = c.plan.add(name, comment, l.sel)
}

// layers makes the steps that turn measures into metrics and levels.
func (c *compiler) layers() error {
	if err := c.gather(); err != nil {
		return err
	}
	if c.hasBase() {
		if err := c.define(c.baseOrder); err != nil {
			return err
		}
		l := c.newLayer()
		in, err := lower(c.defs.BaseWhen, l.scope)
		if err != nil {
			return fmt.Errorf("base: %w", err)
		}
		l.sel.Where = call(Coalesce, in.Expr, lit(true))
		c.current = c.plan.add("base", "who is a customer on the day; whoever may be one stays", l.sel)
	}
	var rest []string
	for _, name := range c.order {
		if !slices.Contains(c.baseOrder, name) {
			rest = append(rest, name)
		}
	}
	return c.define(rest)
}

// gather joins the customers with what was counted for them, and makes the
// metrics that come straight from facts.
func (c *compiler) gather() error {
	l := c.newLayer()
	c.joinSpaces(l)
	c.joinGaps(l)
	c.joinPins(l)
	joined := map[string]string{}
	for _, m := range c.measureOrder {
		alias, ok := joined[m.step]
		if !ok {
			alias = m.step
			joined[m.step] = alias
			l.sel.Joins = append(l.sel.Joins, Join{
				Kind: LeftJoin, Source: from(m.step, alias),
				On: call(Eq, col(alias, ownerColumn), c.customerID("c")),
			})
		}
		v, err := c.measured(m, alias)
		if err != nil {
			return fmt.Errorf("metric %q: %w", m.def.Name, err)
		}
		c.define1(l, m.name, v)
	}
	c.finish(l, "counted", "each customer with what its facts come to; nothing where the data cannot tell")
	return nil
}

// define1 adds a metric's column, and the one that says "no fact at all".
func (c *compiler) define1(l *layer, name string, v value) {
	column := "m_" + name
	l.add(column, v.Expr)
	if v.none != nil {
		l.add(column+"__none", v.none)
		v.none = col("c", column+"__none")
	}
	v.Expr = col("c", column)
	c.columns[name] = v
}

// joinSpaces adds, where accounts have ids of several sources, which sources
// know each customer.
func (c *compiler) joinSpaces(l *layer) {
	if len(c.stored.Spaces) <= 1 || len(c.measureOrder) == 0 {
		return
	}
	owner := Expr(col("k", "account"))
	s := Select{From: from(c.accountKeys(), "k"), Joins: []Join{{Kind: InnerJoin, Source: from("key", "x"), On: call(Eq, col("x", "key"), col("k", "key"))}}}
	if c.req.Members != "" {
		s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from(c.req.Members, "m"), On: call(Eq, col("m", "account"), col("k", "account"))})
		owner = col("m", "customer")
	}
	s.Columns = []Column{as("account", owner)}
	s.GroupBy = []Expr{owner}
	for _, space := range c.stored.Spaces {
		s.Columns = append(s.Columns, as("_in_"+space, Agg{Fn: AnyTrue, Args: []Expr{call(Eq, col("x", "space"), lit(space))}}))
	}
	c.plan.add("known_to", "which sources know each account", s)
	account := col("c", "customer")
	switch c.req.Grain.Level {
	case customer.ByContact:
		account = col("c", "account")
	}
	joined := Select{
		Columns: []Column{star("c")}, From: from(c.current, "c"),
		Joins: []Join{{Kind: LeftJoin, Source: from("known_to", "k"), On: call(Eq, col("k", "account"), account)}},
	}
	for _, space := range c.stored.Spaces {
		joined.Columns = append(joined.Columns, as("_in_"+space, col("k", "_in_"+space)))
	}
	c.current = c.plan.add("customers_known", "", joined)
	l.sel.From = from(c.current, "c")
}

func (c *compiler) customerID(alias string) Expr {
	if c.req.Grain.Level == customer.ByAccountProduct {
		return col(alias, "_id")
	}
	return col(alias, "customer")
}

// define makes the definitions of the order that do not stand yet, as many in
// one layer as do not need each other.
func (c *compiler) define(order []string) error {
	pending := c.pending(order)
	for round := 1; len(pending) > 0; round++ {
		var ready, later []pendingName
		for _, p := range pending {
			if c.isReady(p) {
				ready = append(ready, p)
				continue
			}
			later = append(later, p)
		}
		if len(ready) == 0 {
			return fmt.Errorf("%q cannot be told for each %s", pending[0].name, c.req.Grain)
		}
		if err := c.defineLayer(ready); err != nil {
			return err
		}
		pending = later
	}
	return nil
}

// pendingName is a metric or dimension that is still to be computed, as of
// some days earlier.
type pendingName struct {
	name string
	ago  int
}

// pending returns the derived metrics, ranks and dimensions of the order, and
// the earlier values of derived metrics that rules ask for.
func (c *compiler) pending(order []string) []pendingName {
	var list []pendingName
	seen := map[pendingName]bool{}
	var add func(p pendingName)
	add = func(p pendingName) {
		m, isMetric := c.metric(p.name)
		if seen[p] || isMetric && m.Form == metric.FromFacts {
			return
		}
		seen[p] = true
		if isMetric && m.Form == metric.Derived {
			for _, x := range formulas(m) {
				for _, ref := range x.Refs() {
					if _, ok := c.metric(ref.Name); ok && ref.AgoDays+p.ago > 0 {
						add(pendingName{ref.Name, ref.AgoDays + p.ago})
					}
				}
			}
		}
		if _, done := c.columns[shifted(p.name, p.ago)]; done && isMetric {
			return
		}
		list = append(list, p)
	}
	for _, name := range order {
		add(pendingName{name: name})
	}
	for _, x := range c.allRules() {
		for _, ref := range x.Refs() {
			if _, ok := c.metric(ref.Name); ok && ref.AgoDays > 0 {
				add(pendingName{ref.Name, ref.AgoDays})
			}
		}
	}
	if c.also.ago > 0 {
		add(c.also)
	}
	return list
}

// isReady reports whether all that a definition needs stands in the current
// step.
func (c *compiler) isReady(p pendingName) bool {
	for _, need := range c.directNeeds(p) {
		if _, ok := c.columns[need]; !ok {
			return false
		}
		if d, ok := c.dimension(need); ok && need != p.name && !c.defined("d_"+d.Name) {
			return false
		}
	}
	return true
}

func (c *compiler) defined(column string) bool {
	return slices.ContainsFunc(c.out, func(o ResultColumn) bool { return o.Name == column })
}

func (c *compiler) directNeeds(p pendingName) []string {
	var needs []string
	refs := func(x *rule.Expr) {
		if x == nil {
			return
		}
		for _, ref := range x.Refs() {
			if _, ok := c.ofDay(ref.Name, 0); ok {
				continue
			}
			needs = append(needs, c.asRead(ref.Name, ref.AgoDays, p.ago))
		}
	}
	if m, ok := c.metric(p.name); ok {
		refs(m.Is)
		refs(m.When)
		if m.Form == metric.Ranked {
			needs = append(needs, m.Rank)
		}
		return append(needs, m.Within...)
	}
	d, _ := c.dimension(p.name)
	for _, l := range d.Levels {
		refs(l.When)
	}
	for _, point := range d.Points {
		refs(point.When)
	}
	for _, part := range d.Score {
		needs = append(needs, part.Of)
	}
	if d.Of != "" {
		needs = append(needs, d.Of)
	}
	if d.Trait != "" && d.Trait != d.Name {
		needs = append(needs, d.Trait)
	}
	return append(needs, d.Within...)
}

// defineLayer makes one layer of definitions that stand side by side. Those
// that need the cut points of all customers get steps of their own first.
func (c *compiler) defineLayer(ready []pendingName) error {
	cuts := map[string][]Expr{}
	for _, p := range ready {
		d, ok := c.dimension(p.name)
		if !ok {
			continue
		}
		columns, err := c.cutPoints(d)
		if err != nil {
			return fmt.Errorf("dimension %q: %w", d.Name, err)
		}
		cuts[d.Name] = columns
	}
	l := c.newLayer()
	made := map[string]value{}
	titles := ""
	for _, p := range ready {
		key := shifted(p.name, p.ago)
		if m, ok := c.metric(p.name); ok {
			v, err := c.defineMetric(l, m, p.ago)
			if err != nil {
				return fmt.Errorf("metric %q: %w", m.Name, err)
			}
			v.repeats = ""
			if same, ok := v.Expr.(Col); ok && same.Table == "c" && v.typ == rule.TypeNumber {
				v.repeats = same.Name
			}
			l.add("m_"+key, v.Expr)
			v.Expr = col("c", "m_"+key)
			made[key] = v
		} else {
			d, _ := c.dimension(p.name)
			v, err := c.defineDimension(l, d, cuts[d.Name])
			if err != nil {
				return fmt.Errorf("dimension %q: %w", d.Name, err)
			}
			made[key] = v
		}
		titles += ", " + key
	}
	c.finish(l, fmt.Sprintf("defined_%d", len(c.plan.Steps)), titles[2:])
	c.hold(c.waiting)
	c.waiting = nil
	for key, v := range made {
		c.columns[key] = v
	}
	return nil
}

func (c *compiler) defineMetric(l *layer, m metric.Definition, ago int) (value, error) {
	if m.Form == metric.Ranked {
		return c.rank(l, m)
	}
	s := l.scope
	s.variable = func(name string, agoDays int) (value, error) {
		if v, ok := c.ofDay(name, ago); ok {
			return v, nil
		}
		return l.scope.variable(c.asRead(name, agoDays, ago), 0)
	}
	v, err := lower(m.Is, s)
	if err != nil {
		return value{}, err
	}
	if m.Is.Computes() {
		v.Expr = tidy(v.Expr)
	}
	if v.typ == rule.TypeText && v.domain == "" {
		low := &lowering{scope: s}
		v = low.plainText(v)
	}
	if m.When != nil {
		judged, err := lower(m.When, s)
		if err != nil {
			return value{}, err
		}
		if ago == 0 {
			l.add("m_"+m.Name+"__judged", judged.Expr)
		}
		v.Expr = when(judged.Expr, v.Expr, nil)
	}
	if m.Missing != nil {
		v.Expr = call(Coalesce, v.Expr, lit(*m.Missing))
		v.size = v.size.union(constMagnitude(*m.Missing))
		v.none = nil
	}
	v.none = nil
	return v, nil
}

// rank is the share of the peers with a value that have a lower one.
func (c *compiler) rank(l *layer, m metric.Definition) (value, error) {
	of, err := l.scope.variable(m.Rank, 0)
	if err != nil {
		return value{}, err
	}
	peers := []Expr{call(IsNull, of.Expr)}
	for _, name := range m.Within {
		v, err := l.scope.variable(name, 0)
		if err != nil {
			return value{}, err
		}
		peers = append(peers, v.Expr)
	}
	w := Window{Fn: PercentRank, PartitionBy: peers, OrderBy: []Order{{By: of.Expr}}}
	return value{Expr: when(call(IsNotNull, of.Expr), w, nil), typ: rule.TypeNumber, size: ratioMagnitude}, nil
}
