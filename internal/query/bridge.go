package query

import (
	"fmt"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// The places where a stored row can end on its way from a source to a sum over
// customers. A row is at the first of them that holds.
const (
	BridgeCorrected = iota // a later row of its source came in its place
	BridgeRetracted        // a snapshot no longer lists it, or its source leaves it out now
	BridgeUnmatched        // of no account that any source lists
	BridgeUnlisted         // of an account that is not on record on the day
	BridgeInternal         // of an internal account
	BridgeLater            // begins, or happens, after the day
	BridgeEarlier          // before the days that the metric looks at
	BridgeReplaced         // a line that has begun stands in for it
	BridgeEnded            // over, and not within the grace
	BridgeCondition        // the metric's condition does not hold
	BridgeNoAmount         // it would count, and says no amount
	BridgeNoRate           // it would count, and its currency has no rate
	BridgeOutside          // of an account that is no customer on the day
	BridgeUntold           // of a customer whose sum can't be told
	BridgeCounted
	BridgePlaces // how many there are
)

// Bridge finds where each stored row of a metric's fact kind ends on its way
// into the result of a run. The metric is an exact sum of amounts.
type Bridge struct {
	Definitions Definitions
	Request     Request // day, grain and members of the run
	Stored      Stored
	Metric      metric.Definition
	Result      string // the run's table
	Column      string // of the metric in it
}

// rows makes the step bridge, one row for each stored row. Columns: row,
// source, key, account, customer, place, of (code of the contract line's kind,
// where the condition leaves it out, else NULL), late (ended, and within the
// grace), cancelled (by the day), minor, amount, currency (code), and account names and lines as codes.
func (b Bridge) rows() (*compiler, error) {
	c := &compiler{defs: b.Definitions, req: b.Request, stored: b.Stored, columns: map[string]value{}, traits: []string{}, withInternal: true}
	k, ok := c.kind(b.Metric.Kind)
	column, isColumn := k.Column(b.Metric.Column)
	if !ok || !isColumn || column.Type != fact.Money || b.Metric.Aggregate != metric.Sum {
		return nil, fmt.Errorf("metric %q is no sum of amounts", b.Metric.Name)
	}
	accounts, _ := c.kind(fact.AccountKind)
	_, hasInternal := accounts.Column("internal")
	if hasInternal {
		c.traits = append(c.traits, "internal")
	}
	c.accounts()
	s := Select{From: from("fact_"+k.Name, "f")}
	b.joinGone(c, &s, k)
	if c.stored.KnownAt > 0 {
		s.Where = all(s.Where, call(Le, col("f", "_batch"), lit(c.stored.KnownAt)))
	}
	owner := c.keyJoin("owner", col("f", "_key"))
	owner.Kind = LeftJoin
	s.Joins = append(s.Joins, owner, Join{Kind: LeftJoin, Source: from("accounts", "a"), On: call(Eq, col("a", "customer"), col("owner", "account"))})
	id := Expr(col("owner", "account"))
	switch c.req.Grain.Level {
	case customer.ByAccountProduct:
		id = productID(id, col("f", "product"))
	case customer.ByParent, customer.ByEntity:
		s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from(c.req.Members, "m"), On: call(Eq, col("m", "account"), id)})
		id = col("m", "customer")
	}
	s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from(b.Result, "c"), On: call(Eq, col("c", "customer"), id)})
	f := &factScope{compiler: c, kind: k, sel: &s}
	f.decode = decoder(&s)
	place, late, err := b.place(f, column, hasInternal)
	if err != nil {
		return nil, err
	}
	of := Expr(lit(nil))
	if f.has("kind") {
		of = col("f", "kind")
	}
	s.Columns = []Column{
		as("row", col("f", "_row")), as("source", col("f", "_source")), as("key", col("f", "_key")), as("account", col("owner", "account")),
		as("customer", id), as("known_customer", col("c", "customer")), as("place", place), as("kind", of), as("late", late), as("cancelled", f.cancelled(c.req.AsOf)), as("minor", c.converted(k, column, "f")),
		as("amount", col("f", column.Name)), as("currency", col("f", column.Name+"_cur")),
	}
	c.plan.add("bridge", fmt.Sprintf("where each row of %s ends on its way into %s", k.Name, b.Metric.Label()), s)
	return c, nil
}

// joinGone joins what came in the place of rows, as known and as of the day.
func (b Bridge) joinGone(c *compiler, s *Select, k fact.Kind) {
	gone := Select{
		From: from("superseded", "s"), GroupBy: []Expr{col("s", "row")},
		Columns: []Column{as("row", col("s", "row")), as("reason", Agg{Fn: Min, Args: []Expr{col("s", "reason")}}), as("batch", Agg{Fn: Max, Args: []Expr{col("s", "batch")}})},
		Where: all(call(Eq, col("s", "kind"), lit(k.Name)),
			call(Le, call(Coalesce, col("s", "day"), lit(int64(c.req.AsOf))), lit(int64(c.req.AsOf)))),
	}
	if c.stored.KnownAt > 0 {
		gone.Where = all(gone.Where, call(Le, col("s", "batch"), lit(c.stored.KnownAt)))
	}
	c.plan.add("replaced_rows", "rows that a later import corrected or took back", gone)
	s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from("replaced_rows", "gone"), On: call(Eq, col("gone", "row"), col("f", "_row"))})
	// What its own import replaced was a repeat, and is counted as one there.
	s.Where = all(s.Where, call(Or, call(IsNull, col("gone", "row")), call(Ne, col("gone", "reason"), lit("corrected")), call(Ne, col("gone", "batch"), col("f", "_batch"))))
}

// place says at which of the places a row ends, and whether it counts within
// the grace.
func (b Bridge) place(f *factScope, column fact.Column, hasInternal bool) (place, late Expr, err error) {
	m := &measure{name: b.Metric.Name, def: b.Metric}
	holds, err := f.where(m)
	if err != nil {
		return nil, nil, err
	}
	low, high := f.window(f.kind, m)
	after := call(Ge, col("f", "_at"), lit(high))
	inside := between(low, high)
	counts := call(Coalesce, all(inside, holds), lit(false))
	place, late = Case{}, lit(false)
	var pick Case
	at := func(where int, when Expr) { pick.Whens = append(pick.Whens, When{when, lit(int64(where))}) }
	at(BridgeCorrected, call(And, call(IsNotNull, col("gone", "row")), call(Eq, col("gone", "reason"), lit("corrected"))))
	at(BridgeRetracted, call(IsNotNull, col("gone", "row")))
	at(BridgeUnmatched, call(IsNull, col("owner", "account")))
	at(BridgeUnlisted, call(IsNull, col("a", "customer")))
	if hasInternal {
		at(BridgeInternal, call(Coalesce, col("a", "internal"), lit(false)))
	}
	on := lit(int64(f.req.AsOf))
	inForce := f.kind.Timing == fact.Term && asksInForce(b.Metric.Where)
	at(BridgeLater, call(And, call(Not, counts), after))
	if low > -1<<62 {
		at(BridgeEarlier, call(And, call(Not, counts), call(Lt, col("f", "_at"), lit(low))))
	}
	if inForce {
		at(BridgeLater, call(And, call(Not, counts), call(Gt, col("f", fact.ColStarts), on)))
		if f.stored.Kinds[f.kind.Name].Replaces {
			at(BridgeReplaced, call(And, call(Not, counts), call(IsNotNull, f.mark("replaced", f.req.AsOf, f.replacedLines))))
		}
		over := call(Le, col("f", fact.ColEnds), on)
		if f.defs.LateRenewalGrace > 0 {
			lapsed := call(IsNotNull, f.mark("lapsed", f.req.AsOf, f.lapsedLines))
			late = call(And, counts, over, lapsed)
			over = call(And, over, call(Not, lapsed))
		}
		at(BridgeEnded, call(And, call(Not, counts), over))
	}
	at(BridgeCondition, call(Not, counts))
	at(BridgeNoAmount, call(IsNull, col("f", column.Name)))
	at(BridgeNoRate, call(IsNull, f.converted(f.kind, column, "f")))
	at(BridgeOutside, call(IsNull, col("c", "customer")))
	at(BridgeUntold, call(IsNull, col("c", b.Column)))
	pick.Else = lit(int64(BridgeCounted))
	return pick, late, nil
}

// cancelled says that a row of contract lines was cancelled by a day.
func (f *factScope) cancelled(day period.Date) Expr {
	if !f.has("canceled_on") {
		return lit(false)
	}
	return call(Coalesce, call(Le, col("f", "canceled_on"), lit(int64(day))), lit(false))
}

func asksInForce(x *rule.Expr) bool {
	if x == nil {
		return false
	}
	for _, name := range x.Names() {
		if name == "in_force" || name == "lapsed" {
			return true
		}
	}
	return false
}

// Totals adds the rows up by where they end. Rows: source, place, kind of line
// as text or NULL, late, currency as text or NULL, rows, sum in minor units of
// the reporting currency or NULL, sum in minor units as written or NULL; in no
// order.
func (b Bridge) Totals() (Plan, error) {
	c, err := b.rows()
	if err != nil {
		return Plan{}, err
	}
	kind := b.ofCondition()
	c.plan.add("totals", "rows and amounts by where they end", Select{
		From: from("bridge", "b"), GroupBy: []Expr{col("b", "source"), col("b", "place"), kind, isLate(), col("b", "currency")},
		Columns: []Column{
			as("source", col("b", "source")), as("place", col("b", "place")), as("kind", kind), as("late", isLate()), as("currency", col("b", "currency")),
			as("n", Agg{Fn: CountRows}), as("minor", Agg{Fn: SumInt, Args: []Expr{col("b", "minor")}}), as("amount", Agg{Fn: SumInt, Args: []Expr{col("b", "amount")}}),
		},
	})
	s := Select{From: from("totals", "t"), Joins: []Join{{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("t", "source"))}}}
	decode := decoder(&s)
	s.Columns = []Column{
		as("source", col("s", "name")), as("place", col("t", "place")), as("kind", decode(b.kindDomain(), col("t", "kind"))), as("late", col("t", "late")),
		as("currency", decode("currency", col("t", "currency"))), as("n", col("t", "n")), as("minor", col("t", "minor")), as("amount", col("t", "amount")),
	}
	c.plan.add("named_totals", "", s)
	return c.plan, nil
}

// isLate says that a row counts although it has ended.
func isLate() Expr {
	return call(And, call(Eq, col("b", "place"), lit(int64(BridgeCounted))), col("b", "late"))
}

// isCancelled says that a row counts although it was cancelled by the day: it
// runs until its end.
func isCancelled() Expr {
	return call(And, call(Eq, col("b", "place"), lit(int64(BridgeCounted))), call(Not, isLate()), col("b", "cancelled"))
}

// Cancelled adds up the rows that count and were cancelled by the day. Rows:
// one: how many rows, of how many customers, their sum in minor units of the
// reporting currency or NULL for none.
func (b Bridge) Cancelled() (Plan, error) {
	c, err := b.rows()
	if err != nil {
		return Plan{}, err
	}
	c.plan.add("cancelled", "rows that count until their end", Select{
		From: from("bridge", "b"), Where: isCancelled(),
		Columns: []Column{
			as("n", Agg{Fn: CountRows}), as("customers", Agg{Fn: CountDistinct, Args: []Expr{col("b", "known_customer")}}),
			as("minor", Agg{Fn: SumInt, Args: []Expr{col("b", "minor")}}),
		},
	})
	return c.plan, nil
}

// ofCondition is the kind of a line that the metric's condition leaves out.
func (b Bridge) ofCondition() Expr {
	return when(call(Eq, col("b", "place"), lit(int64(BridgeCondition))), col("b", "kind"), nil)
}

func (b Bridge) kindDomain() string {
	for _, k := range b.Definitions.Kinds {
		if column, ok := k.Column("kind"); ok && k.Name == b.Metric.Kind {
			return k.TextDomain(column)
		}
	}
	return ""
}

// Who counts whom the rows are of: customers, or accounts of rows that are of
// no customer. Rows: source as text, or NULL for all of them, place or NULL for
// every live row, late, kind of line as text or NULL, how many.
func (b Bridge) Who(bySource bool) (Plan, error) {
	c, err := b.rows()
	if err != nil {
		return Plan{}, err
	}
	whose := Agg{Fn: CountDistinct, Args: []Expr{call(Coalesce, col("b", "customer"), col("b", "account"), col("b", "key"))}}
	kind := b.ofCondition()
	s := Select{From: from("bridge", "b"), Columns: []Column{as("place", col("b", "place")), as("kind", kind), as("late", isLate())}, GroupBy: []Expr{col("b", "place"), kind, isLate()}}
	if bySource {
		live := call(Gt, col("b", "place"), lit(int64(BridgeRetracted)))
		s = Select{From: from("bridge", "b"), Where: live, Columns: []Column{as("source", col("b", "source"))}, GroupBy: []Expr{col("b", "source")}}
		counted := whose
		counted.Filter = call(Eq, col("b", "place"), lit(int64(BridgeCounted)))
		s.Columns = append(s.Columns, as("counted", counted))
	}
	s.Columns = append(s.Columns, as("n", whose))
	c.plan.add("who", "whose rows they are", s)
	out := Select{From: from("who", "w")}
	if bySource {
		out.Joins = []Join{{Kind: InnerJoin, Source: from("source", "s"), On: call(Eq, col("s", "id"), col("w", "source"))}}
		out.Columns = []Column{as("source", col("s", "name")), as("counted", col("w", "counted")), as("n", col("w", "n"))}
	} else {
		decode := decoder(&out)
		out.Columns = []Column{as("place", col("w", "place")), as("kind", decode(b.kindDomain(), col("w", "kind"))), as("late", col("w", "late")), as("n", col("w", "n"))}
	}
	c.plan.add("named_who", "", out)
	return c.plan, nil
}

// CountedCustomers counts the customers whose rows count. Rows: one: how many.
func (b Bridge) CountedCustomers() (Plan, error) {
	c, err := b.rows()
	if err != nil {
		return Plan{}, err
	}
	c.plan.add("customers_counted", "", Select{
		From: from("bridge", "b"), Where: call(Eq, col("b", "place"), lit(int64(BridgeCounted))),
		Columns: []Column{as("n", Agg{Fn: CountDistinct, Args: []Expr{col("b", "known_customer")}})},
	})
	return c.plan, nil
}

// Differences holds what the rows of each customer come to against the result.
// Rows: customer, sum of its counted rows, value in the result; customers where
// the two differ.
func (b Bridge) Differences() (Plan, error) {
	c, err := b.rows()
	if err != nil {
		return Plan{}, err
	}
	c.plan.add("counted", "what the rows of each customer come to", Select{
		From: from("bridge", "b"), GroupBy: []Expr{col("b", "known_customer")}, Where: call(Eq, col("b", "place"), lit(int64(BridgeCounted))),
		Columns: []Column{as("customer", col("b", "known_customer")), as("minor", Agg{Fn: SumInt, Args: []Expr{col("b", "minor")}})},
	})
	sum := call(Coalesce, col("n", "minor"), lit(int64(0)))
	value := minorOf(b.Column, c.defs.Currency)
	c.plan.add("differences", "customers of whom the result says something else", Select{
		From:    from(b.Result, "c"),
		Joins:   []Join{{Kind: LeftJoin, Source: from("counted", "n"), On: call(Eq, col("n", "customer"), col("c", "customer"))}},
		Columns: []Column{as("customer", col("c", "customer")), as("minor", sum), as("value", value)},
		Where:   call(Ne, sum, value),
		OrderBy: []Order{{By: col("c", "customer")}},
	})
	return c.plan, nil
}
