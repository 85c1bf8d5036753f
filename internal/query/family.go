package query

import (
	"fmt"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// Edges reads who stands under whom. Rows: account, parent or NULL, entity as
// text or NULL, internal or NULL; one per account as of the day, internal ones
// included. What is undated holds always, so that there are families on days
// before the first import.
func Edges(d Definitions, s Stored, asOf period.Date) (Plan, error) {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s, columns: map[string]value{}, withInternal: true, tree: true}
	k, ok := c.kind("account")
	if !ok {
		return Plan{}, fmt.Errorf("read the family tree: no fact kind account")
	}
	c.traits = []string{}
	parentColumn := c.parentColumn()
	for _, name := range []string{parentColumn, "entity", "internal"} {
		if _, ok := k.Column(name); ok {
			c.traits = append(c.traits, name)
		}
	}
	c.accounts()
	sel := Select{From: from("accounts", "c")}
	parent := Expr(col("c", parentColumn))
	if s.severalKeys() {
		sel.Joins = append(sel.Joins, Join{Kind: LeftJoin, Source: from(c.accountKeys(), "p"), On: call(Eq, col("p", "key"), parent)})
		parent = col("p", "account")
	}
	if s.Joined { // one that stood under another is not its own parent once they are one
		parent = when(call(Ne, parent, col("c", "customer")), parent, nil)
	}
	decode := decoder(&sel)
	entity := Expr(lit(nil))
	if column, ok := k.Column("entity"); ok {
		entity = decode(k.TextDomain(column), col("c", "entity"))
	}
	internal := Expr(lit(nil))
	if _, ok := k.Column("internal"); ok {
		internal = col("c", "internal")
	}
	sel.Columns = []Column{as("account", col("c", "customer")), as("parent", parent), as("entity", entity), as("internal", internal)}
	c.plan.add("edges", "who stands under whom", sel)
	return c.plan, nil
}

// StatedParents reads the parent that each source states for each account, as of
// a day. Rows: account, parent, source, and the day since when it says so, NULL
// where it does not say; of an account the newest statement first.
func StatedParents(d Definitions, s Stored, asOf period.Date) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	parent := col("f", c.parentColumn())
	sel := Select{From: from("fact_account", "f")}
	account := c.accountOf(&sel, "f")
	sel.Where = all(c.visible(&sel, fact.AccountKind, "f"), c.versionInForce(fact.AccountKind))
	if s.Kinds[fact.AccountKind].Patched {
		sel.Where = all(sel.Where, call(IsNotNull, parent)) // a patch without one says nothing of it
	}
	newest := []Order{{By: col("f", "_at"), Desc: true}, {By: col("f", "_row"), Desc: true}}
	sel.Columns = []Column{
		as("account", account), as("source", col("f", "_source")), as("parent", parent), as("at", col("f", "_at")), as("row", col("f", "_row")),
		as("since", when(call(Eq, call(BitAnd, col("f", "_flags"), lit(int64(flagAssumed))), lit(int64(0))), call(FloorDiv, col("f", "_at"), micros()), nil)),
		as("nth", Window{Fn: RowNumber, PartitionBy: []Expr{col("f", "_key"), col("f", "_source")}, OrderBy: newest}),
	}
	c.plan.add("statements", "what each source has said of each account, newest first", sel)
	out := Select{
		From:    from("statements", "f"),
		Joins:   []Join{{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("f", "source"))}},
		Where:   call(And, call(Eq, col("f", "nth"), lit(int64(1))), call(IsNotNull, col("f", "parent"))),
		OrderBy: []Order{{By: col("f", "account")}, {By: col("f", "at"), Desc: true}, {By: col("f", "row"), Desc: true}},
	}
	above := Expr(col("f", "parent"))
	if s.severalKeys() {
		out.Joins = append(out.Joins, c.keyJoin("p", col("f", "parent")))
		above = col("p", "account")
	}
	if s.Joined {
		out.Where = all(out.Where, call(Ne, above, col("f", "account")))
	}
	out.Columns = []Column{as("account", col("f", "account")), as("parent", above), as("source", col("s", "name")), as("since", col("f", "since"))}
	c.plan.add("parents", "the parent that each source states now", out)
	return c.plan
}

// AccountIDs reads how accounts are called at their source. Rows: account, id.
func AccountIDs(accounts []int64) Plan {
	in := []Expr{col("a", "account")}
	for _, account := range accounts {
		in = append(in, lit(account))
	}
	p := Plan{}
	p.add("named", "the ids of accounts", Select{
		Columns: []Column{as("account", col("a", "account")), as("id", col("k", "id"))}, From: from("account", "a"),
		Joins: []Join{{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("a", "key"))}},
		Where: call(In, in...),
	})
	return p
}

// UnknownParents finds the parents that no source lists as accounts. Rows: id
// of the parent, rows that name it; by id.
func UnknownParents(d Definitions, s Stored, asOf period.Date) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	parent := col("f", c.parentColumn())
	sel := Select{
		From: from("fact_account", "f"),
		Joins: []Join{
			{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), parent)},
			{Kind: AntiJoin, Source: from("account_key", "known"), On: call(Eq, col("known", "key"), parent)},
		},
		GroupBy: []Expr{col("k", "id")},
		OrderBy: []Order{{By: col("k", "id")}},
	}
	sel.Where = c.visible(&sel, fact.AccountKind, "f")
	sel.Columns = []Column{as("id", col("k", "id")), as("n", Agg{Fn: CountRows})}
	c.plan.add("parents", "parents that no source lists, and how many rows name them", sel)
	return c.plan
}

// parentColumn returns the column of the kind account that makes families.
func (c *compiler) parentColumn() string {
	if c.defs.Parent == "" {
		return "parent"
	}
	return c.defs.Parent
}

// HasAccount asks whether an id of an id space is that of an account, on
// whatever day; no space is the main one. Rows: one with the key, or none.
func HasAccount(space, id string) Plan {
	if space == "" {
		space = "main"
	}
	p := Plan{}
	p.add("known", "the id, if it is an account's", Select{
		Columns: []Column{as("key", col("k", "key"))}, From: from("key", "k"),
		Joins: []Join{{Kind: SemiJoin, Source: from(storedKeys, "a"), On: call(Eq, col("a", "key"), col("k", "key"))}},
		Where: call(And, call(Eq, col("k", "family"), lit("account")), call(Eq, col("k", "space"), lit(space)), call(Eq, col("k", "id"), lit(id))),
	})
	return p
}

// SpacesOfAccount finds the id spaces in which an id is one of accounts. Rows:
// space.
func SpacesOfAccount(id string) Plan {
	p := Plan{}
	p.add("spaces", "where an id is one of accounts", Select{
		Distinct: true, From: from("key", "k"), Columns: []Column{as("space", col("k", "space"))},
		Where:   call(And, call(Eq, col("k", "family"), lit("account")), call(Eq, col("k", "id"), lit(id))),
		OrderBy: []Order{{By: col("k", "space")}},
	})
	return p
}
