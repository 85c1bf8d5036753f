package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// unreadPart stands for a contact or product that could not be read.
const unreadPart = int64(-1)

// hasGaps reports whether rows of a kind were rejected that nothing has taken
// the place of, as known.
func (c *compiler) hasGaps(kind string) bool {
	isOpen, known := c.stored.Gaps[kind]
	return isOpen || known && c.stored.KnownAt > 0
}

// openGaps reads the rows g of a kind that were rejected and that nothing has
// taken the place of.
func (c *compiler) openGaps(kind string) Select {
	filled := call(Eq, col("e", "gap"), col("g", "gap"))
	known := Expr(nil)
	if c.stored.KnownAt > 0 {
		known = c.knownLink("g")
		filled = call(And, filled, c.knownLink("e"))
	}
	return Select{
		From: from("gap", "g"), Joins: []Join{{Kind: AntiJoin, Source: from("gap_end", "e"), On: filled}},
		Where: all(call(Eq, col("g", "kind"), lit(kind)), known),
	}
}

// joinGaps adds, where rows were rejected, for whom and for which measures they
// might count.
func (c *compiler) joinGaps(l *layer) {
	c.gaps = map[string]Expr{}
	for _, k := range c.defs.Kinds {
		var measures []*measure
		for _, m := range c.measureOrder {
			if m.def.Kind == k.Name {
				measures = append(measures, m)
			}
		}
		if len(measures) == 0 || !c.hasGaps(k.Name) {
			continue
		}
		of, part := c.customerID("c"), ""
		switch c.req.Grain.Level {
		case customer.ByContact:
			part = "contact"
		case customer.ByAccountProduct:
			part = "product"
		}
		c.joinGapStep(l, k, measures, part, of)
		if part == "" {
			continue
		}
		whole := col("c", "customer")
		if part == "contact" {
			whole = col("c", "account")
		}
		c.joinGapStep(l, k, measures, "", whole)
	}
}

// joinGapStep makes one step with the customers of whom rows of a kind were
// rejected, and joins it: by a part of the account if there is one, else by the
// whole account. Where parts are counted, a row is of the whole account if its
// part could not be read.
func (c *compiler) joinGapStep(l *layer, k fact.Kind, measures []*measure, part string, of Expr) {
	name, comment := "rejected_"+k.Name, "customers of whom rows of "+k.Name+" were rejected that might count"
	s := c.openGaps(k.Name)
	account := Expr(col("g", "key"))
	if c.stored.severalKeys() && part != "contact" {
		s.Joins = append(s.Joins, c.keyJoin("k", account))
		account = col("k", "account")
	}
	owner := account
	level := c.req.Grain.Level
	switch {
	case part == "contact":
		owner = col("g", part)
		s.Where = all(s.Where, call(Gt, owner, lit(int64(0))))
	case part == "product":
		owner = productID(account, col("g", part))
		s.Where = all(s.Where, call(Ne, call(Coalesce, col("g", part), lit(int64(noProduct))), lit(unreadPart)))
	case level == customer.ByContact || level == customer.ByAccountProduct:
		name += "_of_any"
		unread := "contact"
		if level == customer.ByAccountProduct {
			unread = "product"
		}
		s.Where = all(s.Where, call(Eq, col("g", unread), lit(unreadPart)))
	case c.req.Members != "":
		s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from(c.req.Members, "m"), On: call(Eq, col("m", "account"), account)})
		owner = col("m", "customer")
	}
	s.Columns, s.GroupBy = []Column{as(ownerColumn, owner)}, []Expr{owner}
	for _, m := range measures {
		s.Columns = append(s.Columns, as(m.name, Agg{Fn: AnyTrue, Args: []Expr{c.mightCount(k, m)}}))
	}
	c.plan.add(name, comment, s)
	l.sel.Joins = append(l.sel.Joins, Join{Kind: LeftJoin, Source: from(name, name), On: call(Eq, col(name, ownerColumn), of)})
	for _, m := range measures {
		gap := call(Coalesce, col(name, m.name), lit(false))
		if before := c.gaps[m.name]; before != nil {
			gap = call(Or, before, gap)
		}
		c.gaps[m.name] = gap
	}
}

// mightCount says whether a row g that was rejected might be one that a measure
// counts. It does not where what could be read of it puts it outside for sure.
func (c *compiler) mightCount(k fact.Kind, m *measure) Expr {
	from, to := c.window(k, m)
	within := call(Lt, col("g", "moment"), lit(to))
	if _, bounded := c.span(m); bounded {
		within = call(And, call(Ge, col("g", "moment"), lit(from)), within)
	}
	might := call(Coalesce, within, lit(true))
	if m.def.Where != nil && asksOnlyInForce(m.def.Where.Root()) {
		day := int64(c.req.AsOf-period.Date(m.ago)) - int64(c.defs.LateRenewalGrace)
		might = call(And, might, call(Coalesce, call(Gt, col("g", "until"), lit(day)), lit(true)))
	}
	var silences []Expr
	for _, source := range c.stored.Coverage[k.Name] {
		if v, _ := c.voiceOf(source, m); v == silent {
			silences = append(silences, lit(int64(source.Number)))
		}
	}
	if len(silences) > 0 {
		might = call(And, might, call(Not, call(In, append([]Expr{col("g", "source")}, silences...)...)))
	}
	return might
}

// asksOnlyInForce reports whether a condition is false of every line that is not
// in force.
func asksOnlyInForce(n *rule.Node) bool {
	switch n.Op {
	case rule.OpVar:
		return n.Name == "in_force" || n.Name == "lapsed"
	case rule.OpAnd:
		return slices.ContainsFunc(n.Args, asksOnlyInForce)
	}
	return false
}

// Rejected reads the rows of a customer that were rejected and might count for
// some of the metrics named, a plan for each kind that has any. Rows: file,
// line, reason, then for each of its metrics whether it might count there. keys
// are as in Evidence.
func Rejected(d Definitions, r Request, s Stored, id int64, keys []int64, names []string) ([]Plan, [][]string) {
	c := &compiler{defs: d, req: r, stored: s, measures: map[string]*measure{}, columns: map[string]value{}}
	var plans []Plan
	var of [][]string
	for _, k := range d.Kinds {
		if !c.hasGaps(k.Name) {
			continue
		}
		sel := c.openGaps(k.Name)
		sel.Where = all(sel.Where, gapOfCustomer(r, id, keys))
		sel.Columns = []Column{as("file", col("g", "file")), as("line", col("g", "line")), as("reason", col("g", "reason"))}
		var asked []string
		for _, name := range names {
			m, ok := c.metric(name)
			if !ok || m.Kind != k.Name {
				continue
			}
			sel.Columns = append(sel.Columns, as(fmt.Sprintf("counts_%d", len(asked)), c.mightCount(k, &measure{name: name, def: m})))
			asked = append(asked, name)
		}
		if len(asked) == 0 {
			continue
		}
		sel.OrderBy = []Order{{By: col("g", "file")}, {By: col("g", "line")}, {By: col("g", "gap")}}
		c.plan = Plan{}
		c.plan.add("rejected", "rows of the customer that were rejected", sel)
		plans, of = append(plans, c.plan), append(of, asked)
	}
	return plans, of
}

// gapOfCustomer keeps the rejected rows g of one customer.
func gapOfCustomer(r Request, id int64, keys []int64) Expr {
	if r.Grain.Level == customer.ByContact {
		return call(Eq, col("g", "contact"), lit(id))
	}
	if len(keys) == 0 {
		return lit(false)
	}
	args := []Expr{col("g", "key")}
	for _, key := range keys {
		args = append(args, lit(key))
	}
	in := Expr(call(In, args...))
	if r.Grain.Level != customer.ByAccountProduct {
		return in
	}
	product := call(Coalesce, col("g", "product"), lit(int64(noProduct)))
	return call(And, in, call(In, product, lit(id&(1<<productBits-1)), lit(unreadPart)))
}

// AllRejected reads the rows of a kind that were rejected and that nothing has
// taken the place of. Rows: source, account or NULL, id of the account as the
// source writes it, file, line, reason, amount in minor units or NULL, its
// currency or NULL; by file and line.
func AllRejected(kind string, s Stored, asOf period.Date) Plan {
	c := &compiler{req: Request{AsOf: asOf}, stored: s}
	sel := c.openGaps(kind)
	sel.Joins = append(sel.Joins,
		Join{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("g", "source"))},
		Join{Kind: InnerJoin, Source: from("key", "x"), On: call(Eq, col("x", "key"), col("g", "key"))},
		Join{Kind: LeftJoin, Source: from(c.accountKeys(), "k"), On: call(Eq, col("k", "key"), col("g", "key"))})
	sel.Columns = []Column{
		as("source", col("s", "name")), as("account", col("k", "account")), as("id", col("x", "id")), as("file", col("g", "file")), as("line", col("g", "line")),
		as("reason", col("g", "reason")), as("minor", col("g", "minor")), as("currency", col("g", "currency")),
	}
	sel.OrderBy = []Order{{By: col("g", "file")}, {By: col("g", "line")}, {By: col("g", "gap")}}
	c.plan.add("all_rejected", "rows of "+kind+" that were rejected", sel)
	return c.plan
}
