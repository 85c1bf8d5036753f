package query

import "github.com/segue-cs/segue/internal/fact"

// BridgeRows says which rows of a bridge are meant: all at some places, or of
// those that count the ones that are late, or that were cancelled.
type BridgeRows struct {
	Places          []int
	Late, Cancelled bool
}

// Rows lists the rows that end at a place. Rows: source, id of the row, id of
// the account as the source writes it, name of the account, product, first day
// or time, end or NULL, currency, amount as written, amount in minor units of
// the reporting currency, id of the row in its place, place; missing is NULL.
// They are ordered by the amount, the largest first, then by source, account
// and id. source and kind may be "" for all.
func (b Bridge) Rows(at BridgeRows, source, kind string, limit, offset int) (Plan, error) {
	c, err := b.rows()
	if err != nil {
		return Plan{}, err
	}
	k, _ := c.kind(b.Metric.Kind)
	in := []Expr{col("b", "place")}
	for _, place := range at.Places {
		in = append(in, lit(int64(place)))
	}
	s := Select{From: from("bridge", "b"), Limit: limit, Offset: offset, Joins: []Join{
		{Kind: InnerJoin, Source: from("fact_"+k.Name, "f"), On: call(Eq, col("f", "_row"), col("b", "row"))},
		{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("b", "source"))},
		{Kind: LeftJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("b", "key"))},
		{Kind: LeftJoin, Source: from("accounts", "a"), On: call(Eq, col("a", "customer"), col("b", "account"))},
	}}
	decode := decoder(&s)
	text := func(name, alias string) Expr {
		if column, ok := k.Column(name); ok && column.Type == fact.Text {
			return decode(k.TextDomain(column), col(alias, name))
		}
		return lit(nil)
	}
	s.Where = call(In, in...)
	switch {
	case at.Late:
		s.Where = all(s.Where, isLate())
	case at.Cancelled:
		s.Where = all(s.Where, isCancelled())
	}
	if source != "" {
		s.Where = all(s.Where, call(Eq, col("s", "name"), lit(source)))
	}
	if kind != "" {
		s.Where = all(s.Where, call(Eq, text("kind", "f"), lit(kind)))
	}
	name, ends := Expr(lit(nil)), Expr(lit(nil))
	if v, ok := c.columns["name"]; ok {
		v.Expr = col("a", "name")
		name = decode(v.domain, v.Expr)
	}
	if k.Timing == fact.Term {
		ends = col("f", fact.ColEnds)
	}
	id := text("id", "f")
	s.Columns = []Column{
		as("source", col("s", "name")), as("id", id), as("account", col("k", "id")), as("name", name), as("product", text("product", "f")),
		as("at", col("f", "_at")), as("ends", ends), as("currency", decode("currency", col("b", "currency"))), as("amount", col("b", "amount")),
		as("minor", col("b", "minor")), as("instead", b.instead(c, &s, k, decode)), as("place", col("b", "place")),
	}
	s.OrderBy = []Order{
		{By: call(Abs, call(Coalesce, col("b", "minor"), col("b", "amount"))), Desc: true},
		{By: col("s", "name")},
		{By: col("k", "id")},
		{By: id},
		{By: col("b", "row")},
	}
	c.plan.add("listed", "the rows, the largest amount first", s)
	return c.plan, nil
}

// instead is the id of the line that stands in for a row.
func (b Bridge) instead(c *compiler, s *Select, k fact.Kind, decode func(string, Expr) Expr) Expr {
	id, hasID := k.Column("id")
	if _, links := k.Column("supersedes"); !hasID || !links || !c.stored.Kinds[k.Name].Replaces {
		return lit(nil)
	}
	by := Select{From: from("fact_"+k.Name, "n")}
	by.Where = all(c.visible(&by, k.Name, "n"), call(IsNotNull, col("n", "supersedes")), call(Le, col("n", fact.ColStarts), lit(int64(c.req.AsOf))))
	key := c.keyOfNamed(&by, k, "n", "supersedes", c.req.AsOf)
	by.Columns = []Column{as("key", key), as("line", col("n", "supersedes")), as("by", Agg{Fn: Min, Args: []Expr{col("n", "id")}})}
	by.GroupBy = []Expr{key, col("n", "supersedes")}
	c.plan.add("replacing", "which line stands in for another", by)
	s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from("replacing", "r"), On: all(
		call(Eq, col("r", "key"), col("b", "key")), call(Eq, col("r", "line"), col("f", "id")), call(Eq, col("b", "place"), lit(int64(BridgeReplaced))))})
	return decode(k.TextDomain(id), col("r", "by"))
}
