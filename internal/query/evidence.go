package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
)

// Keys reads the source keys of one customer. Rows: key, id space.
func Keys(r Request, s Stored, id int64) Plan {
	c := &compiler{req: r, stored: s}
	if r.Grain.Level == customer.ByAccountProduct {
		id >>= productBits
	}
	sel := Select{
		Columns: []Column{as("key", col("k", "key")), as("space", col("x", "space"))}, From: from(c.accountKeys(), "k"),
		Joins: []Join{{Kind: InnerJoin, Source: from("key", "x"), On: call(Eq, col("x", "key"), col("k", "key"))}},
	}
	switch r.Grain.Level {
	case customer.ByParent, customer.ByEntity:
		sel.Joins = append(sel.Joins, Join{Kind: InnerJoin, Source: from(r.Members, "m"), On: call(Eq, col("m", "account"), col("k", "account"))})
		sel.Where = call(Eq, col("m", "customer"), lit(id))
	default:
		sel.Where = call(Eq, col("k", "account"), lit(id))
	}
	c.plan.add("keys", "the ids under which sources know the customer", sel)
	return c.plan
}

// Trail is what stands behind one metric of one customer.
type Trail struct {
	Metric   string
	Kind     string
	From, To period.Date // the days looked at, [From, To)
	Whole    bool        // everything before To
	Sources  []string    // that know the customer
	Without  []string    // that have no key for it, and so say nothing of it
	Covered  bool        // false: no source can tell
	Reason   string      // why not
}

// Evidence reads the facts behind some metrics of one customer. Rows: one,
// with n_i (facts counted), at_i (civil time of the newest) and unrated_i (the
// code of a currency among them that has no rate) for each trail.
// keys are the ids under which sources know the customer, spaces the id spaces
// that they are of, nil for all; a contact is its own id.
func Evidence(d Definitions, r Request, s Stored, id int64, keys []int64, spaces []string, names []string) ([]Plan, [][]Trail, error) {
	c := &compiler{defs: d, req: r, stored: s, measures: map[string]*measure{}, columns: map[string]value{}}
	var plans []Plan
	var trails [][]Trail
	for _, k := range d.Kinds {
		var sel Select
		c.plan = Plan{}
		f := &factScope{compiler: c, kind: k, sel: &sel}
		f.decode = decoder(&sel)
		mine := ofCustomer(r, id, keys)
		var list []Trail
		for _, name := range names {
			m, ok := c.metric(name)
			if column, isOwn := strings.CutPrefix(name, fact.ContactPrefix); isOwn {
				m, ok = metric.Definition{Name: name, Kind: fact.ContactKind, Aggregate: metric.Last, Column: column}, true
			}
			if !ok || m.Form != metric.FromFacts || m.Kind != k.Name {
				continue
			}
			x := &measure{name: name, def: m}
			condition, err := f.where(x)
			if err != nil {
				return nil, nil, err
			}
			from, to := c.window(k, x)
			condition = all(between(from, to), c.holds(k, x), condition)
			unrated := Expr(lit(nil))
			if column, ok := k.Column(m.Column); ok && m.Aggregate != metric.Count {
				if in := c.inUnrated(k, column); in != nil && column.Type == fact.Money {
					unrated = Agg{Fn: Max, Args: []Expr{col("f", column.Name+"_cur")}, Filter: all(condition, in, call(IsNotNull, col("f", column.Name)))}
				}
				condition = all(condition, call(IsNotNull, col("f", storedName(column.Name))))
			}
			n := len(list)
			at := Expr(col("f", "_at"))
			sel.Columns = append(sel.Columns,
				as(fmt.Sprintf("n_%d", n), Agg{Fn: CountRows, Filter: condition}),
				as(fmt.Sprintf("at_%d", n), Agg{Fn: Max, Args: []Expr{at}, Filter: condition}),
				as(fmt.Sprintf("unrated_%d", n), unrated))
			list = append(list, c.trail(k.Name, x, spaces))
		}
		if len(list) == 0 {
			continue
		}
		sel.Where = all(c.facts(&sel, k, 0, mine), mine)
		c.plan.add("evidence", "the facts behind each metric", sel)
		plans, trails = append(plans, c.plan), append(trails, list)
	}
	return plans, trails, nil
}

// trail describes where a measure looks and who can tell of a customer with
// keys of the spaces; nil is of all.
func (c *compiler) trail(kind string, m *measure, spaces []string) Trail {
	span, bounded := c.span(m)
	t := Trail{Metric: m.def.Name, Kind: kind, From: span.From, To: span.To, Whole: !bounded}
	k, _ := c.kind(kind)
	covered, _, _ := c.covered(k, m)
	t.Covered = covered != Expr(lit(false))
	var lacking []lacks
	for _, source := range c.stored.Coverage[kind] {
		if c.hasSpace(source) != nil && spaces != nil && !slices.Contains(spaces, source.Ids) {
			t.Without = append(t.Without, source.Source)
			continue
		}
		v, names := c.voiceOf(source, m)
		if v == silent || v == unclear {
			lacking = append(lacking, lacks{source.Source, kind, names})
		}
		if v == silent {
			continue
		}
		t.Sources = append(t.Sources, source.Source)
		switch {
		case v == unclear:
			t.Reason = c.lacksWords(lacking)
		case c.stale(source, m):
			t.Reason = fmt.Sprintf("source %s ended on %s", source.Source, source.To)
		case bounded && !source.Always && source.From > span.From && m.def.Aggregate.CountsNothingAsZero():
			t.Reason = fmt.Sprintf("source %s begins on %s, the span on %s", source.Source, source.From, span.From)
		}
	}
	slices.Sort(t.Sources)
	slices.Sort(t.Without)
	switch {
	case len(t.Sources) > 0:
	case len(lacking) > 0:
		t.Reason = c.lacksWords(lacking)
	case len(t.Without) > 0:
		t.Reason = t.NoKey()
	default:
		t.Reason = fmt.Sprintf("no %s facts have been imported", kind)
	}
	return t
}

// NoKey names the sources that say nothing of the customer: "usage_eu has no
// key for this customer"; "" is none.
func (t Trail) NoKey() string {
	switch len(t.Without) {
	case 0:
		return ""
	case 1:
		return t.Without[0] + " has no key for this customer"
	}
	return strings.Join(t.Without, ", ") + " have no key for this customer"
}

func ofCustomer(r Request, id int64, keys []int64) Expr {
	if r.Grain.Level == customer.ByContact {
		return call(Eq, col("f", "contact"), lit(id))
	}
	args := []Expr{col("f", "_key")}
	for _, key := range keys {
		args = append(args, lit(key))
	}
	if len(keys) == 0 {
		return lit(false)
	}
	in := Expr(call(In, args...))
	if len(keys) == 1 {
		in = call(Eq, args[0], args[1])
	}
	if r.Grain.Level == customer.ByAccountProduct {
		product := id & (1<<productBits - 1)
		of := call(Eq, col("f", "product"), lit(product))
		if product == noProduct {
			of = call(IsNull, col("f", "product"))
		}
		in = call(And, in, of)
	}
	return in
}
