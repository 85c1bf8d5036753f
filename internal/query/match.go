package query

import (
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// IDsOfAccounts reads under which ids sources know accounts, whomever those
// count as. Rows: account, id space, id, whether it is the account's own; by
// account, its own first.
func IDsOfAccounts(s Stored, asOf period.Date) Plan {
	s.Joined = false
	c := &compiler{req: Request{AsOf: asOf}, stored: s}
	isOwn := call(Eq, col("k", "key"), col("k", "account"))
	sel := Select{
		From:    from(c.accountKeys(), "k"),
		Joins:   []Join{{Kind: InnerJoin, Source: from("key", "x"), On: call(Eq, col("x", "key"), col("k", "key"))}},
		Columns: []Column{as("account", col("k", "account")), as("space", col("x", "space")), as("id", col("x", "id")), as("own", isOwn)},
		OrderBy: []Order{{By: col("k", "account")}, {By: isOwn, Desc: true}, {By: col("x", "space")}, {By: col("x", "id")}},
	}
	c.plan.add("ids", "the ids of each account", sel)
	return c.plan
}

// Carries reads what the rows of a kind add up to for each account, whomever it
// counts as. Rows: account, rows, and of kinds with terms the amounts of lines
// that run on the day in minor units of the reporting currency or NULL, the
// first day and the last, which the last line does not reach. column may be
// empty.
func Carries(d Definitions, s Stored, asOf period.Date, kind, column string) Plan {
	s.Joined = false
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(kind)
	sel := Select{From: from("fact_"+kind, "f")}
	account := c.accountOf(&sel, "f")
	sel.Where = all(c.visible(&sel, kind, "f"), call(IsNotNull, col("f", "_key")))
	sel.GroupBy = []Expr{account}
	sel.Columns = append([]Column{as("account", account)}, c.carried(k, column)...)
	c.plan.add("carries", "what "+kind+" adds up to for each account", sel)
	return c.plan
}

// carried counts rows f of a kind, and adds up what runs on the day.
func (c *compiler) carried(k fact.Kind, column string) []Column {
	columns := []Column{as("n", Agg{Fn: CountRows}), as("minor", lit(nil)), as("begins", lit(nil)), as("ends", lit(nil))}
	if k.Timing != fact.Term {
		return columns
	}
	columns[2].Expr = Agg{Fn: Min, Args: []Expr{col("f", fact.ColStarts)}}
	columns[3].Expr = Agg{Fn: Max, Args: []Expr{col("f", fact.ColEnds)}}
	if money, ok := k.Column(column); ok && money.Type == fact.Money {
		on := lit(int64(c.req.AsOf))
		columns[1].Expr = Agg{
			Fn: SumInt, Args: []Expr{c.converted(k, money, "f")},
			Filter: call(And, call(Le, col("f", fact.ColStarts), on), call(Gt, col("f", fact.ColEnds), on)),
		}
	}
	return columns
}

// Unclaimed reads the rows of a kind that belong to no account, by the key that
// they name. Rows: key, id space, id, all NULL where they name none, source, then
// as Carries; by key and source.
func Unclaimed(d Definitions, s Stored, asOf period.Date, kind, column string) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(kind)
	sel := c.outside(kind)
	sel.GroupBy = append(sel.GroupBy, col("k", "space"))
	sel.Columns = append([]Column{
		as("key", col("f", "_key")), as("space", col("k", "space")), as("id", col("k", "id")), as("source", col("s", "name")),
	}, c.carried(k, column)...)
	sel.OrderBy = []Order{{By: col("f", "_key")}, {By: col("s", "name")}}
	c.plan.add("unclaimed", "rows of "+kind+" whose account no source lists, by id", sel)
	return c.plan
}

// IDsOfJoined reads how records that were ever joined are called. Rows: record,
// id space, id.
func IDsOfJoined() Plan {
	p := Plan{}
	p.add("named", "the ids of records that were joined", Select{
		Columns: []Column{as("key", col("k", "key")), as("space", col("k", "space")), as("id", col("k", "id"))}, From: from("key", "k"),
		Joins:   []Join{{Kind: SemiJoin, Source: from(storedJoins, "j"), On: call(Eq, col("j", "account"), col("k", "key"))}},
		OrderBy: []Order{{By: col("k", "key")}},
	})
	return p
}

// JoinedOfBatch reads which records that were ever joined an import said
// something new of. Rows: record; each once, in order.
func JoinedOfBatch(batch int64) Plan {
	p := Plan{}
	p.add("said", "records that were joined, and that the import lists", Select{
		Distinct: true, Columns: []Column{as("key", col("f", "_key"))}, From: from("fact_account", "f"),
		Joins:   []Join{{Kind: SemiJoin, Source: from(storedJoins, "j"), On: call(Eq, col("j", "account"), col("f", "_key"))}},
		Where:   call(Eq, col("f", "_batch"), lit(batch)),
		OrderBy: []Order{{By: col("f", "_key")}},
	})
	return p
}

// NamesOfRecords reads how some records are called. Rows: record, id space, id,
// name as last stated or NULL; each record once.
func NamesOfRecords(records []int64) Plan {
	in := []Expr{col("k", "key")}
	for _, record := range records {
		in = append(in, lit(record))
	}
	p := Plan{}
	p.add("named", "the ids of records", Select{
		Columns: []Column{as("key", col("k", "key")), as("space", col("k", "space")), as("id", col("k", "id"))}, From: from("key", "k"),
		Where: call(In, in...),
	})
	newest := call(OrderKey, col("f", "_at"), col("f", "_row"))
	p.add("stated", "", Select{
		From: from("fact_account", "f"), GroupBy: []Expr{col("f", "_key")},
		Joins:   []Join{{Kind: SemiJoin, Source: from("named", "n"), On: call(Eq, col("n", "key"), col("f", "_key"))}},
		Columns: []Column{as("key", col("f", "_key")), as("name", Agg{Fn: ArgMax, Args: []Expr{col("f", "name"), newest}})},
	})
	out := Select{
		From:  from("named", "n"),
		Joins: []Join{{Kind: LeftJoin, Source: from("stated", "s"), On: call(Eq, col("s", "key"), col("n", "key"))}},
	}
	name := decoder(&out)("account.name", col("s", "name"))
	out.Columns = []Column{as("key", col("n", "key")), as("space", col("n", "space")), as("id", col("n", "id")), as("name", name)}
	p.add("records", "with their names", out)
	return p
}
