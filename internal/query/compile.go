package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// Compile turns definitions into one plan for all customers of a grain. Rows
// of its result: one per customer of the base, in no order.
func Compile(d Definitions, r Request, s Stored) (Result, error) {
	c := &compiler{defs: d, req: r, stored: s, measures: map[string]*measure{}, columns: map[string]value{}}
	if err := c.choose(); err != nil {
		return Result{}, err
	}
	if err := c.collect(); err != nil {
		return Result{}, err
	}
	if err := c.customers(); err != nil {
		return Result{}, err
	}
	if err := c.scans(); err != nil {
		return Result{}, err
	}
	if err := c.layers(); err != nil {
		return Result{}, err
	}
	if err := c.segments(); err != nil {
		return Result{}, err
	}
	c.project()
	return Result{Plan: c.plan, Grain: r.Grain, Columns: c.out}, nil
}

type compiler struct {
	defs   Definitions
	req    Request
	stored Stored
	plan   Plan

	segmentations []segmentation.Definition
	audiences     []segmentation.Audience
	order         []string      // chosen metrics and dimensions
	traits        []string      // columns of the kind account that rules read
	read          []string      // those and the columns that every list shows
	tree          bool          // undated versions hold always
	withInternal  bool          // internal accounts are read too
	ago           int           // days before the date as of which traits are read
	earlier       []pendingName // traits that formulas read as of earlier days
	also          pendingName   // a metric as of some days before that is asked for beside the order
	baseOrder     []string      // those that the base needs
	measures      map[string]*measure
	measureOrder  []*measure
	gaps          map[string]Expr // by measure: whether a row that was rejected might count

	current string           // the step that holds all columns so far
	columns map[string]value // what names stand for in it
	out     []ResultColumn
	outExpr []Column
	waiting []holding       // dimensions of the layer under construction whose moves wait
	pins    map[string]bool // lenses that somebody is pinned in
}

// hasBase reports whether the strategy says who is a customer: contacts are
// whoever belongs to one.
func (c *compiler) hasBase() bool {
	return c.defs.BaseWhen != nil && c.req.Grain.Level != customer.ByContact
}

func (c *compiler) kind(name string) (fact.Kind, bool) {
	for _, k := range c.defs.Kinds {
		if k.Name == name {
			return k, true
		}
	}
	return fact.Kind{}, false
}

func (c *compiler) metric(name string) (metric.Definition, bool) {
	for _, m := range c.defs.Metrics {
		if m.Name == name {
			return m, true
		}
	}
	return metric.Definition{}, false
}

func (c *compiler) dimension(name string) (dimension.Definition, bool) {
	for _, d := range c.defs.Dimensions {
		if d.Name == name {
			return d, true
		}
	}
	return dimension.Definition{}, false
}

func (c *compiler) wanted(name string) bool {
	return c.req.Only == nil || slices.Contains(c.req.Only, name)
}

// choose picks what the request asks for and everything that it needs.
func (c *compiler) choose() error {
	need := map[string]bool{}
	for _, s := range c.defs.Segmentations {
		if s.Grain == c.req.Grain && c.wanted(s.Name) {
			c.segmentations = append(c.segmentations, s)
			for _, segment := range s.Segments {
				c.need(need, segment.When)
			}
		}
	}
	for _, a := range c.defs.Audiences {
		if a.Grain == c.req.Grain && c.wanted(a.Name) {
			c.audiences = append(c.audiences, a)
			c.need(need, a.When)
		}
	}
	for _, name := range c.defs.Order {
		if c.wanted(name) && c.measurable(name) {
			c.needName(need, name)
		}
	}
	base := map[string]bool{}
	if c.hasBase() {
		c.need(base, c.defs.BaseWhen)
		c.need(need, c.defs.BaseWhen)
	}
	for _, name := range c.defs.Order {
		if need[name] {
			c.order = append(c.order, name)
		}
		if base[name] {
			c.baseOrder = append(c.baseOrder, name)
		}
	}
	k, _ := c.kind("account")
	for _, column := range k.Columns {
		if need[column.Name] || base[column.Name] || need["account."+column.Name] {
			c.traits = append(c.traits, column.Name)
		}
	}
	return nil
}

// measurable reports whether every fact behind a definition can be told apart
// at the grain: a contact has no contract of its own.
func (c *compiler) measurable(name string) bool {
	column := map[customer.Level]string{customer.ByContact: "contact", customer.ByAccountProduct: "product"}[c.req.Grain.Level]
	need := map[string]bool{}
	c.needName(need, name)
	for used := range need {
		if (strings.HasPrefix(used, "account.") || strings.HasPrefix(used, fact.ContactPrefix)) && c.req.Grain.Level != customer.ByContact {
			return false
		}
		m, ok := c.metric(used)
		if !ok || m.Form != metric.FromFacts || column == "" {
			continue
		}
		k, _ := c.kind(m.Kind)
		if _, ok := k.Column(column); !ok {
			return false
		}
	}
	return true
}

func (c *compiler) need(set map[string]bool, x *rule.Expr) {
	if x == nil {
		return
	}
	for _, name := range x.Names() {
		c.needName(set, name)
	}
}

// needName adds a name and, for a definition, all that it is made of.
func (c *compiler) needName(set map[string]bool, name string) {
	if set[name] {
		return
	}
	set[name] = true
	if m, ok := c.metric(name); ok {
		c.need(set, m.Is)
		c.need(set, m.When)
		if m.Form == metric.Ranked {
			c.needName(set, m.Rank)
		}
		for _, w := range m.Within {
			c.needName(set, w)
		}
		return
	}
	d, ok := c.dimension(name)
	if !ok || d.Form == dimension.ByTrait && d.Trait == name {
		return
	}
	for _, used := range dimensionNeeds(d) {
		c.needName(set, used)
	}
}

// dimensionNeeds returns the names that a dimension is made of.
func dimensionNeeds(d dimension.Definition) []string {
	var names []string
	if d.Of != "" {
		names = append(names, d.Of)
	}
	if d.Trait != "" {
		names = append(names, d.Trait)
	}
	names = append(names, d.Within...)
	for _, part := range d.Score {
		names = append(names, part.Of)
	}
	for _, p := range d.Points {
		names = append(names, p.When.Names()...)
	}
	for _, l := range d.Levels {
		if l.When != nil {
			names = append(names, l.When.Names()...)
		}
	}
	return names
}

// scope resolves names against the current step; texts that must be read as
// text are joined to the Select.
func (c *compiler) scope(s *Select) scope {
	return scope{
		variable: func(name string, agoDays int) (value, error) {
			if v, ok := c.ofDay(name, 0); ok {
				return v, nil
			}
			key := shifted(name, agoDays)
			v, ok := c.columns[key]
			if !ok {
				return value{}, fmt.Errorf("%q cannot be told for each %s", name, c.req.Grain)
			}
			return v, nil
		},
		code:   c.stored.Code,
		decode: decoder(s),
	}
}

// ofDay returns what the date alone decides: the date itself, as of some days
// before, and whether that is quiet.
func (c *compiler) ofDay(name string, agoDays int) (value, bool) {
	day := c.req.AsOf - period.Date(agoDays)
	return valueOfDay(c.defs.Quiet, name, day)
}

func valueOfDay(quiet metric.Quiet, name string, day period.Date) (value, bool) {
	if name == "as_of" {
		return value{Expr: lit(day.Micros()), typ: rule.TypeTime}, true
	}
	v, ok := quiet.Value(name, day)
	switch {
	case !ok:
		return value{}, false
	case v.Kind() == rule.KindBool:
		return value{Expr: lit(v.IsTrue()), typ: rule.TypeBool}, true
	}
	return value{Expr: lit(v.Number()), typ: rule.TypeNumber, size: constMagnitude(v.Number())}, true
}

// formulas returns what a derived metric is computed by: its formula, and when
// it is judged.
func formulas(m metric.Definition) []*rule.Expr {
	var list []*rule.Expr
	for _, x := range []*rule.Expr{m.Is, m.When} {
		if x != nil {
			list = append(list, x)
		}
	}
	return list
}

// decoder joins the dictionary to a Select once for each coded expression.
func decoder(s *Select) func(string, Expr) Expr {
	joined := map[string]string{}
	return func(domain string, code Expr) Expr {
		key := fmt.Sprintf("%s %#v", domain, code)
		alias, ok := joined[key]
		if !ok {
			alias = fmt.Sprintf("text_%d", len(s.Joins))
			joined[key] = alias
			s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from("text", alias), On: call(And,
				call(Eq, col(alias, "domain"), lit(domain)),
				call(Eq, col(alias, "code"), code))})
		}
		return col(alias, "value")
	}
}

func shifted(name string, agoDays int) string {
	if agoDays == 0 {
		return name
	}
	return fmt.Sprintf("%s__%dd_ago", name, agoDays)
}

// project makes the last step: what the result holds, under stable names.
func (c *compiler) project() {
	s := Select{From: from(c.current, "c")}
	made := map[string]bool{}
	for i, column := range c.out {
		if made[column.Name] {
			continue // it stands for two definitions that are the same
		}
		made[column.Name] = true
		s.Columns = append(s.Columns, as(column.Name, c.outExpr[i].Expr))
	}
	c.plan.add("result", "the result: one row for each "+c.req.Grain.String(), s)
}

// tinyCodes is how many labels have codes of 8 bits, with room for codes that
// stand for no label.
const tinyCodes = 120

func (c *compiler) emit(column ResultColumn, e Expr) {
	if column.Labels != nil && len(column.Labels) <= tinyCodes {
		e = call(ToTiny, e)
	}
	c.out = append(c.out, column)
	c.outExpr = append(c.outExpr, as(column.Name, e))
}
