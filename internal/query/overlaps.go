package query

import (
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// nothing stands for a missing value where lines are held against each other.
const nothing = int64(-1) << 40

// likeness are the columns in which two lines are the same when one is a copy
// of the other.
var likeness = []string{"kind", "arr", "arr_cur", "seats", "quota"}

// Overlaps finds contract lines that are in force on a day beside another of
// the same account and product, and look as if one stood in for the other
// (SEMANTICS 11). They do when they begin on different days and do not all end
// on the same stated day, or when one is a copy of the other. Lines that were
// sold together, and additions that end with the line they add to, are not
// among them; nor are credits, and lines of internal accounts. Of lines without
// a product only those of the same amount are compared.
//
// Rows: account, amount and currency of lines without a product, id and name of
// the account, product or NULL, line, starts, ends, ARR in minor units or NULL
// where there is no rate; those that are compared, which agree up to the
// product, together, by starts and line. keys, when not nil, are the accounts' keys that are looked at.
func Overlaps(d Definitions, s Stored, asOf period.Date, keys []int64) (Plan, bool) {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s, columns: map[string]value{}, traits: []string{}}
	k, ok := c.kind("contract")
	arr, hasARR := k.Column("arr")
	if !ok || !hasARR || arr.Type != fact.Money || s.Kinds[k.Name].Rows == 0 {
		return Plan{}, false
	}
	c.accounts()
	c.linesInForce(k, arr, keys)
	product := c.productsOfLines()
	pair := func(names ...string) Expr {
		var same []Expr
		for _, name := range names {
			same = append(same, call(Eq, col("l", name), col("g", name)))
		}
		return all(same...)
	}
	group := func(step, comment string, names []string, columns ...Column) {
		sel := Select{From: from("lines", "l"), Columns: columns}
		for _, name := range names {
			sel.Columns, sel.GroupBy = append(sel.Columns, as(name, col("l", name))), append(sel.GroupBy, col("l", name))
		}
		c.plan.add(step, comment, sel)
	}
	c.plan.add("followed", "where a line began while another ran, and not to end with it", Select{
		From: from("products", "g"), Columns: []Column{star("g")},
		Where: call(And, call(Lt, col("g", "first"), col("g", "last")), call(Or,
			call(Lt, col("g", "ends_first"), col("g", "ends_last")), call(Eq, col("g", "ends_last"), lit(int64(period.Open))))),
	})
	twin := append([]string{"account", "product", "starts", "ends"}, c.likenessOf(k)...)
	group("kinds", "lines that are the same but for their id", twin, as("n", Agg{Fn: CountRows}))
	c.plan.add("twins", "", Select{From: from("kinds", "g"), Columns: []Column{star("g")}, Where: call(Gt, col("g", "n"), lit(int64(1)))})
	for _, x := range []struct {
		step, of string
		on       Expr
	}{{"follow", "followed", pair(product...)}, {"copied", "twins", pair(twin...)}} {
		c.plan.add(x.step, "", Select{
			Distinct: true, From: from("lines", "l"), Columns: []Column{as("row", col("l", "row"))},
			Joins: []Join{{Kind: InnerJoin, Source: from(x.of, "g"), On: x.on}},
		})
	}
	c.namedOverlaps(k)
	return c.plan, true
}

// MayOverlap finds the accounts with more than one line of a product in force on
// a day: only they can have lines that overlap. Rows: account, each once. It
// costs a fraction of Overlaps. keys are as there.
func MayOverlap(d Definitions, s Stored, asOf period.Date, keys []int64) (Plan, bool) {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s, columns: map[string]value{}, traits: []string{}}
	k, ok := c.kind("contract")
	arr, hasARR := k.Column("arr")
	if !ok || !hasARR || arr.Type != fact.Money || s.Kinds[k.Name].Rows == 0 {
		return Plan{}, false
	}
	c.linesInForce(k, arr, keys)
	c.productsOfLines()
	c.plan.add("suspects", "accounts with several lines of a product", Select{
		Distinct: true, From: from("products", "g"), Columns: []Column{as("account", col("g", "account"))},
		Where: call(Gt, col("g", "n"), lit(int64(1))), OrderBy: []Order{{By: col("g", "account")}},
	})
	return c.plan, true
}

// productsOfLines makes the step of what each account has of one product, and
// returns by what lines are grouped in it.
func (c *compiler) productsOfLines() []string {
	names := []string{"account", "product", "amount", "amount_cur"}
	sel := Select{From: from("lines", "l"), Columns: []Column{
		as("n", Agg{Fn: CountRows}),
		as("first", Agg{Fn: Min, Args: []Expr{col("l", "starts")}}), as("last", Agg{Fn: Max, Args: []Expr{col("l", "starts")}}),
		as("ends_first", Agg{Fn: Min, Args: []Expr{col("l", "ends")}}), as("ends_last", Agg{Fn: Max, Args: []Expr{col("l", "ends")}}),
	}}
	for _, name := range names {
		sel.Columns, sel.GroupBy = append(sel.Columns, as(name, col("l", name))), append(sel.GroupBy, col("l", name))
	}
	c.plan.add("products", "what each account has of one product", sel)
	return names
}

// linesInForce makes the step of the lines that could stand in for another.
func (c *compiler) linesInForce(k fact.Kind, arr fact.Column, keys []int64) {
	s := Select{From: from("fact_"+k.Name, "f")}
	on := lit(int64(c.req.AsOf))
	runs := call(And, call(Le, col("f", fact.ColStarts), on), call(Gt, col("f", fact.ColEnds), on), call(Gt, col("f", "arr"), lit(int64(0))))
	if !c.stored.severalKeys() && !c.stored.MovedKeys {
		c.severalLines(k, runs, keys)
		s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from("several", "m"), On: call(Eq, col("m", "key"), col("f", "_key"))})
	}
	known := c.visible(&s, k.Name, "f")
	f := &factScope{compiler: c, kind: k, sel: &s}
	var replaced Expr
	if c.stored.Kinds[k.Name].Replaces {
		replaced = call(IsNull, f.mark("replaced", c.req.AsOf, f.replacedLines))
	}
	account := c.accountOf(&s, "f")
	s.Where = all(known, ofKeys(keys), runs, replaced)
	or := func(e Expr) Expr { return call(Coalesce, call(ToBig, e), lit(nothing)) }
	product := Expr(lit(nothing))
	if f.has("product") {
		product = or(col("f", "product"))
	}
	nameless := func(e Expr) Expr { return when(call(Eq, product, lit(nothing)), or(e), lit(nothing)) }
	s.Columns = []Column{
		as("row", col("f", "_row")), as("account", account), as("product", product),
		as("starts", col("f", fact.ColStarts)), as("ends", col("f", fact.ColEnds)),
		as("amount", nameless(col("f", "arr"))), as("amount_cur", nameless(col("f", "arr_cur"))),
		as("id", col("f", "id")), as("minor", c.converted(k, arr, "f")),
	}
	for _, name := range c.likenessOf(k) {
		s.Columns = append(s.Columns, as(name, or(col("f", name))))
	}
	c.plan.add("lines", "contract lines in force that nothing replaces", s)
}

// severalLines makes the step of the keys that have more than one line, most
// having one: an account of one key alone cannot have lines that overlap
// otherwise.
func (c *compiler) severalLines(k fact.Kind, runs Expr, keys []int64) {
	key := col("f", "_key")
	c.plan.add("lines_of_key", "how many lines each key has", Select{
		From: from("fact_"+k.Name, "f"), Where: all(ofKeys(keys), runs), GroupBy: []Expr{key},
		Columns: []Column{as("key", key), as("n", Agg{Fn: CountRows})},
	})
	c.plan.add("several", "", Select{From: from("lines_of_key", "n"), Columns: []Column{as("key", col("n", "key"))}, Where: call(Gt, col("n", "n"), lit(int64(1)))})
}

func (c *compiler) likenessOf(k fact.Kind) []string {
	var names []string
	for _, name := range likeness {
		if _, ok := k.Column(name); ok || name == "arr_cur" {
			names = append(names, name)
		}
	}
	return names
}

// namedOverlaps makes the last step: the lines, and how all is called.
func (c *compiler) namedOverlaps(k fact.Kind) {
	s := Select{From: from("lines", "l"), Joins: []Join{
		{Kind: LeftJoin, Source: from("follow", "o"), On: call(Eq, col("o", "row"), col("l", "row"))},
		{Kind: LeftJoin, Source: from("copied", "t"), On: call(Eq, col("t", "row"), col("l", "row"))},
		{Kind: InnerJoin, Source: from("accounts", "c"), On: call(Eq, col("c", "customer"), col("l", "account"))},
		{Kind: InnerJoin, Source: from("account", "a"), On: call(Eq, col("a", "account"), col("l", "account"))},
		{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("a", "key"))},
	}}
	s.Where = call(Or, call(IsNotNull, col("o", "row")), call(IsNotNull, col("t", "row")))
	decode := decoder(&s)
	name, product, line := Expr(lit(nil)), Expr(lit(nil)), Expr(lit(nil))
	if v, ok := c.columns["name"]; ok {
		name = decode(v.domain, v.Expr)
	}
	if column, ok := k.Column("product"); ok {
		product = decode(k.TextDomain(column), col("l", "product"))
	}
	if column, ok := k.Column("id"); ok {
		line = decode(k.TextDomain(column), col("l", "id"))
	}
	s.Columns = []Column{
		as("account", col("l", "account")), as("amount", col("l", "amount")), as("amount_cur", col("l", "amount_cur")), as("id", col("k", "id")), as("name", name), as("product", product),
		as("line", line), as("starts", col("l", "starts")), as("ends", col("l", "ends")), as("minor", col("l", "minor")),
	}
	s.OrderBy = []Order{{By: col("k", "id")}, {By: product}, {By: col("l", "amount")}, {By: col("l", "amount_cur")}, {By: col("l", "starts")}, {By: line}, {By: col("l", "row")}}
	c.plan.add("overlaps", "lines that overlap, each product of an account together", s)
}
