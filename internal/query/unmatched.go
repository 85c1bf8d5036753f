package query

import "github.com/segue-cs/segue/internal/period"

// Unmatched finds the rows of a kind that still count and belong to no account.
// Rows: source, id or NULL for none, rows of the id, rows of the source, ids of
// the source; for each source its ids with the most rows, at most limit, then
// the rows without an id.
func Unmatched(kind string, s Stored, asOf period.Date, limit int) Plan {
	c := &compiler{req: Request{AsOf: asOf}, stored: s}
	sel := c.outside(kind)
	sel.Columns = []Column{as("source", col("s", "name")), as("id", col("k", "id")), as("n", Agg{Fn: CountRows})}
	p := &c.plan
	p.add("outside", "rows of "+kind+" whose account no source lists, by id", sel)
	source, id, n := col("o", "source"), col("o", "id"), col("o", "n")
	p.add("ranked", "the ids with the most rows first", Select{
		From: from("outside", "o"),
		Columns: []Column{
			star("o"),
			as("nth", Window{Fn: RowNumber, PartitionBy: []Expr{source, call(IsNull, id)}, OrderBy: []Order{{By: n, Desc: true}, {By: id}}}),
			as("total", call(ToBig, Window{Fn: SumOver, Args: []Expr{n}, PartitionBy: []Expr{source}})),
			as("ids", Window{Fn: CountOver, Args: []Expr{id}, PartitionBy: []Expr{source}}),
		},
	})
	p.add("examples", "", Select{
		From: from("ranked", "o"),
		Columns: []Column{
			as("source", source), as("id", id), as("n", n), as("total", col("o", "total")), as("ids", col("o", "ids")),
		},
		Where:   call(Le, col("o", "nth"), lit(int64(limit))),
		OrderBy: []Order{{By: source}, {By: call(IsNull, id)}, {By: col("o", "nth")}},
	})
	return c.plan
}

// outside reads the rows f of a kind that still count and belong to no account,
// grouped by their source s and the id k that they name.
func (c *compiler) outside(kind string) Select {
	keys := storedKeys // an id that some account has on any day is no stranger
	if c.stored.Joined {
		keys = c.accountKeys()
	}
	key := call(Coalesce, col("f", "_key"), lit(int64(0)))
	sel := Select{
		From: from("fact_"+kind, "f"),
		Joins: []Join{
			{Kind: SemiJoin, Source: from("unmatched", "u"), On: call(And, call(Eq, col("u", "key"), key), call(Eq, col("u", "source"), col("f", "_source")))},
			{Kind: AntiJoin, Source: from(keys, "known"), On: call(Eq, col("known", "key"), col("f", "_key"))},
			{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("f", "_source"))},
			{Kind: LeftJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("f", "_key"))},
		},
		GroupBy: []Expr{col("s", "name"), col("k", "id"), col("f", "_key")},
	}
	sel.Where = c.visible(&sel, kind, "f")
	return sel
}
