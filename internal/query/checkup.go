package query

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
)

// Roster reads every account of the day that is not internal. Rows: account,
// its id, name or NULL, and the texts of the traits asked for or NULL; by id.
func Roster(d Definitions, s Stored, asOf period.Date, traits []string) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s, columns: map[string]value{}, traits: slices.Clone(traits)}
	c.accounts()
	sel := Select{
		From: from("accounts", "c"),
		Joins: []Join{
			{Kind: InnerJoin, Source: from("account", "a"), On: call(Eq, col("a", "account"), col("c", "customer"))},
			{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("a", "key"))},
		},
		OrderBy: []Order{{By: col("k", "id")}},
	}
	decode := decoder(&sel)
	textOf := func(name string) Expr {
		if v, ok := c.columns[name]; ok && v.domain != "" {
			return decode(v.domain, v.Expr)
		}
		return lit(nil)
	}
	sel.Columns = []Column{as("account", col("c", "customer")), as("id", col("k", "id")), as("name", textOf("name"))}
	for _, name := range traits {
		sel.Columns = append(sel.Columns, as("t_"+name, textOf(name)))
	}
	c.plan.add("roster", "every account of the day", sel)
	return c.plan
}

// Standings reads the revenue of each customer of a result. Rows: customer,
// revenue in minor units or NULL. revenue may be empty.
func Standings(table, revenue string, currency money.Currency) Plan {
	s := Select{From: from(table, "c"), Columns: []Column{as("customer", col("c", "customer")), as("minor", lit(nil))}}
	if revenue != "" {
		s.Columns[1].Expr = minorOf(revenue, currency)
	}
	p := Plan{}
	p.add("standings", "what each customer pays", s)
	return p
}

// FactsOf counts what is recorded of each account in the facts of a kind, from
// a day on; nil is since ever. Rows: account, source, rows; facts after the day
// are left out.
func FactsOf(d Definitions, s Stored, asOf period.Date, kind string, since *period.Date) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(kind)
	sel := Select{From: from("fact_"+kind, "f")}
	account := c.accountOf(&sel, "f")
	sel.Where = all(c.visible(&sel, kind, "f"), call(IsNotNull, col("f", "_key")))
	if k.Timing == fact.At {
		sel.Where = all(sel.Where, call(Lt, col("f", "_at"), lit(c.firstAfter(k, asOf))))
	}
	if since != nil {
		sel.Where = all(sel.Where, call(Ge, col("f", "_at"), lit(c.firstAfter(k, *since-1))))
	}
	sel.GroupBy = []Expr{account, col("f", "_source")}
	sel.Columns = []Column{as("account", account), as("source", col("f", "_source")), as("n", Agg{Fn: CountRows})}
	c.plan.add("counted", kind+" facts of each account", sel)
	c.plan.add("named", "", Select{
		From:    from("counted", "n"),
		Joins:   []Join{{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("n", "source"))}},
		Columns: []Column{as("account", col("n", "account")), as("source", col("s", "name")), as("n", col("n", "n"))},
	})
	return c.plan
}

// Stated reads what each source says now of a trait, of accounts of which it is
// said in different ways. Names are compared within each of the accounts that
// people joined: one company goes by several. Rows: account, source, value as
// text; by account and source.
func Stated(d Definitions, s Stored, asOf period.Date, trait fact.Column) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(fact.AccountKind)
	stated := col("f", trait.Name)
	sel := Select{From: from("fact_account", "f")}
	account := c.accountOf(&sel, "f")
	own := account
	if trait.Name == "name" {
		own = c.unjoined(account, "f")
	}
	sel.Where = all(c.visible(&sel, k.Name, "f"), c.versionInForce(k.Name), call(IsNotNull, stated))
	sel.Columns = []Column{
		as("account", account), as("own", own), as("source", col("f", "_source")), as("value", stated),
		as("nth", Window{Fn: RowNumber, PartitionBy: []Expr{own, col("f", "_source")}, OrderBy: []Order{{By: col("f", "_at"), Desc: true}, {By: col("f", "_row"), Desc: true}}}),
	}
	c.plan.add("statements", "what each source has said of each account, newest first", sel)
	c.plan.add("newest", "what it says now", Select{
		From: from("statements", "f"), Where: call(Eq, col("f", "nth"), lit(int64(1))),
		Columns: []Column{as("account", col("f", "account")), as("own", col("f", "own")), as("source", col("f", "source")), as("value", col("f", "value"))},
	})
	c.plan.add("several", "accounts of which sources say different things", Select{
		From: from("newest", "f"), GroupBy: []Expr{col("f", "own")},
		Columns: []Column{as("own", col("f", "own")), as("n", Agg{Fn: CountDistinct, Args: []Expr{col("f", "value")}})},
	})
	out := Select{From: from("newest", "f"), Joins: []Join{
		{Kind: InnerJoin, Source: from("several", "x"), On: call(And, call(Eq, col("x", "own"), col("f", "own")), call(Gt, col("x", "n"), lit(int64(1))))},
		{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("f", "source"))},
	}}
	out.Columns = []Column{as("account", col("f", "account")), as("source", col("s", "name")), as("value", written(k, trait, decoder(&out), col("f", "value")))}
	out.OrderBy = []Order{{By: col("f", "account")}, {By: col("s", "name")}}
	c.plan.add("conflicts", "", out)
	return c.plan
}

// unjoined returns the account that a record counted for account is about where
// nobody joins any; accountOf has been asked of the same alias.
func (c *compiler) unjoined(account Expr, alias string) Expr {
	switch {
	case !c.stored.Joined:
		return account
	case c.stored.SharedKeys:
		return col("k", "own")
	}
	return col(alias, "_key")
}

// written is a stored value as text; of numbers and amounts the stored whole
// number.
func written(k fact.Kind, column fact.Column, decode func(string, Expr) Expr, e Expr) Expr {
	switch column.Type {
	case fact.Text:
		return decode(k.TextDomain(column), e)
	case fact.Date:
		return call(TimeText, call(Mul, call(ToBig, e), micros()))
	}
	return call(ToText, e)
}

// Versions reads the versions of a trait that one source states of an account,
// of accounts with three or more of them. Rows: account, source, day, code; by
// account, source and time.
func Versions(d Definitions, s Stored, asOf period.Date, trait fact.Column) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(fact.AccountKind)
	sel := Select{From: from("fact_account", "f")}
	account := c.accountOf(&sel, "f")
	sel.Where = all(c.visible(&sel, k.Name, "f"), c.versionInForce(k.Name), call(IsNotNull, col("f", trait.Name)))
	sel.Columns = []Column{
		as("account", account), as("source", col("f", "_source")), as("at", col("f", "_at")), as("row", col("f", "_row")), as("value", col("f", trait.Name)),
		as("n", Window{Fn: CountOver, Args: []Expr{col("f", trait.Name)}, PartitionBy: []Expr{account, col("f", "_source")}}),
	}
	c.plan.add("statements", "what each source has said of each account", sel)
	out := Select{
		From: from("statements", "f"), Where: call(Ge, col("f", "n"), lit(int64(3))),
		Joins:   []Join{{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("f", "source"))}},
		OrderBy: []Order{{By: col("f", "account")}, {By: col("s", "name")}, {By: col("f", "at")}, {By: col("f", "row")}},
	}
	out.Columns = []Column{as("account", col("f", "account")), as("source", col("s", "name")), as("at", col("f", "at")), as("value", decoder(&out)(k.TextDomain(trait), col("f", "value")))}
	c.plan.add("versions", "", out)
	return c.plan
}

// Spellings counts the values of a text column. Rows: value, rows; those with
// the most rows first.
func Spellings(d Definitions, s Stored, asOf period.Date, kind string, column fact.Column) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(kind)
	sel := Select{From: from("fact_"+kind, "f"), GroupBy: []Expr{col("f", column.Name)}}
	sel.Where = all(c.visible(&sel, kind, "f"), call(IsNotNull, col("f", column.Name)))
	sel.Columns = []Column{as("code", col("f", column.Name)), as("n", Agg{Fn: CountRows})}
	c.plan.add("values", "how often each value is stated", sel)
	out := Select{From: from("values", "v")}
	value := decoder(&out)(k.TextDomain(column), col("v", "code"))
	out.Columns = []Column{as("value", value), as("n", col("v", "n"))}
	out.OrderBy = []Order{{By: col("v", "n"), Desc: true}, {By: value}}
	c.plan.add("spellings", "", out)
	return c.plan
}

// Spelled lists the accounts of rows with a value in a text column. Rows:
// account, rows.
func Spelled(d Definitions, s Stored, asOf period.Date, kind string, column fact.Column, value string) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(kind)
	code, ok := s.Code(k.TextDomain(column), value)
	if !ok {
		code = -1
	}
	sel := Select{From: from("fact_"+kind, "f")}
	account := c.accountOf(&sel, "f")
	sel.Where = all(c.visible(&sel, kind, "f"), call(Eq, col("f", column.Name), lit(code)))
	sel.GroupBy = []Expr{account}
	sel.Columns = []Column{as("account", account), as("n", Agg{Fn: CountRows})}
	c.plan.add("spelled", "whose rows say it", sel)
	return c.plan
}

// Strays reads the rows of a kind that belong to no account, by the id that
// they name. Rows: source, id or NULL, rows, the amounts of lines that run on the
// day in minor units of the reporting currency or NULL, and how many those are;
// the largest amount first, then the most rows. column may be empty.
func Strays(d Definitions, s Stored, asOf period.Date, kind, column string) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(kind)
	sel := c.outside(kind)
	worth, running := Expr(lit(nil)), Expr(lit(int64(0)))
	if money, ok := k.Column(column); ok && money.Type == fact.Money && k.Timing == fact.Term {
		on := lit(int64(asOf))
		runs := call(And, call(Le, col("f", fact.ColStarts), on), call(Gt, col("f", fact.ColEnds), on))
		worth = Agg{Fn: SumInt, Args: []Expr{c.converted(k, money, "f")}, Filter: runs}
		running = Agg{Fn: CountRows, Filter: runs}
	}
	sel.Columns = []Column{as("source", col("s", "name")), as("id", col("k", "id")), as("n", Agg{Fn: CountRows}), as("minor", worth), as("running", running)}
	c.plan.add("outside", "rows of "+kind+" whose account no source lists, by id", sel)
	minor := call(Coalesce, col("o", "minor"), lit(int64(0)))
	c.plan.add("strays", "", Select{
		From:    from("outside", "o"),
		Columns: []Column{as("source", col("o", "source")), as("id", col("o", "id")), as("n", col("o", "n")), as("minor", col("o", "minor")), as("running", col("o", "running"))},
		OrderBy: []Order{{By: minor, Desc: true}, {By: col("o", "n"), Desc: true}, {By: col("o", "source")}, {By: col("o", "id")}},
	})
	return c.plan
}

// Unlevelled reads the customers whose level of a dimension can't be told.
// Rows: customer, a mask with bit i where column i is missed. Columns are at
// most MaxMissing.
func Unlevelled(table, level string, columns []Missing) Plan {
	mask := Expr(lit(int64(0)))
	for i, m := range columns {
		bit := when(m.missed(), lit(int64(1)<<i), lit(int64(0)))
		if i == 0 {
			mask = bit
			continue
		}
		mask = call(BitOr, mask, bit)
	}
	p := Plan{}
	p.add("unlevelled", "customers whose level can't be told, and what they miss", Select{
		From: from(table, "c"), Where: call(IsNull, col("c", level)),
		Columns: []Column{as("customer", col("c", "customer")), as("missed", mask)},
	})
	return p
}

// OutsideTerms counts the facts of each account that happened on days on which
// none of its contract lines ran, of accounts with any. Rows: account, facts
// outside, facts, day of the newest outside.
func OutsideTerms(d Definitions, s Stored, asOf period.Date, kind string) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind(kind)
	sel := Select{From: from("fact_"+kind, "f")}
	account := c.accountOf(&sel, "f")
	at := Expr(col("f", "_at"))
	if k.Timing == fact.At {
		at = c.civil(at)
	}
	day := call(FloorDiv, at, micros())
	sel.Where = all(c.visible(&sel, kind, "f"), call(IsNotNull, col("f", "_key")), call(Lt, col("f", "_at"), lit(c.firstAfter(k, asOf))))
	sel.GroupBy = []Expr{account, day}
	sel.Columns = []Column{as("account", account), as("day", day), as("n", Agg{Fn: CountRows})}
	c.plan.add("days", "days with "+kind+" facts of each account", sel)
	lines := Select{From: from("fact_contract", "f")}
	owner := c.accountOf(&lines, "f")
	lines.Where = all(c.visible(&lines, "contract", "f"), call(IsNotNull, col("f", "_key")))
	lines.Columns = []Column{as("account", owner), as("starts", col("f", fact.ColStarts)), as("ends", col("f", fact.ColEnds))}
	c.plan.add("terms", "when contract lines run", lines)
	c.plan.add("uncovered", "days on which none of them did", Select{
		From: from("days", "d"), Columns: []Column{star("d")},
		Joins: []Join{{Kind: AntiJoin, Source: from("terms", "t"), On: call(And,
			call(Eq, col("t", "account"), col("d", "account")), call(Le, col("t", "starts"), col("d", "day")), call(Gt, col("t", "ends"), col("d", "day")))}},
	})
	c.plan.add("outside", "", Select{
		From: from("uncovered", "d"), GroupBy: []Expr{col("d", "account")},
		Columns: []Column{as("account", col("d", "account")), as("n", call(ToBig, Agg{Fn: SumInt, Args: []Expr{col("d", "n")}})), as("last", Agg{Fn: Max, Args: []Expr{col("d", "day")}})},
	})
	c.plan.add("all_days", "", Select{
		From: from("days", "d"), GroupBy: []Expr{col("d", "account")},
		Columns: []Column{as("account", col("d", "account")), as("n", call(ToBig, Agg{Fn: SumInt, Args: []Expr{col("d", "n")}}))},
	})
	c.plan.add("outside_terms", "", Select{
		From: from("outside", "o"),
		Joins: []Join{
			{Kind: SemiJoin, Source: from("terms", "t"), On: call(Eq, col("t", "account"), col("o", "account"))},
			{Kind: InnerJoin, Source: from("all_days", "a"), On: call(Eq, col("a", "account"), col("o", "account"))},
		},
		Columns: []Column{as("account", col("o", "account")), as("outside", col("o", "n")), as("n", col("a", "n")), as("last", col("o", "last"))},
	})
	return c.plan
}

// IsOpenText reports whether a column holds words of people's own choice, which
// may be misspelt.
func IsOpenText(k fact.Kind, c fact.Column) bool {
	switch c.Name {
	case fact.ColID, "supersedes", "renews", "name", "owner":
		return false
	}
	return c.Type == fact.Text && c.Values == nil && !c.Personal && (k.IsAboutAccounts() || k.Name == fact.AccountKind)
}
