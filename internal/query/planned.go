package query

import (
	"fmt"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
)

// Planned is a placement beside the one that it would replace, as of the same
// day and on the same facts.
type Planned struct {
	Movement
	Grain                     customer.Grain
	RevenueBefore, RevenueNow string // columns; "" is none
	Currency                  money.Currency
}

// revenue is a customer's revenue in major units: as it would be, else, of who
// would be no customer, as it is. now and was are the aliases of the results.
func (p Planned) revenue(now, was string) Expr {
	switch {
	case p.RevenueNow != "" && p.RevenueBefore != "":
		return when(call(IsNull, col(now, "customer")), col(was, p.RevenueBefore), col(now, p.RevenueNow))
	case p.RevenueNow != "":
		return col(now, p.RevenueNow)
	case p.RevenueBefore != "":
		return col(was, p.RevenueBefore)
	}
	return lit(nil)
}

// both adds the step of everybody in either placement, n and was, with where
// they stand and would stand in one lens.
func (p Planned) both(out *Plan, lens int, more Column) string {
	return out.add("both", "where customers stand, and where they would", Select{
		From:  from(p.Now, "n"),
		Joins: []Join{{Kind: FullJoin, Source: from(p.Before, "was"), On: call(Eq, col("was", "customer"), col("n", "customer"))}},
		Columns: []Column{
			as("origin", placeOrAbsent("was", p.BeforeLenses[lens])), as("place", placeOrAbsent("n", p.NowLenses[lens])), more,
		},
	})
}

// PlannedMatrix counts customers by where they stand and where they would stand
// in one lens, by its number among the lenses. Rows: place, place then,
// customers, revenue in minor units, customers without known revenue.
func PlannedMatrix(p Planned, lens int) Plan {
	out := Plan{}
	both := p.both(&out, lens, as("revenue", p.revenue("n", "was")))
	out.add("matrix", "customers from each place to each", Select{
		From: from(both, "c"),
		Columns: []Column{
			as("origin", col("c", "origin")), as("place", col("c", "place")), as("customers", Agg{Fn: CountRows}),
			as("revenue", Agg{Fn: SumInt, Args: []Expr{minorOf("revenue", p.Currency)}}),
			as("unpriced", Agg{Fn: CountRows, Filter: call(IsNull, col("c", "revenue"))}),
		},
		GroupBy: []Expr{col("c", "origin"), col("c", "place")},
		OrderBy: []Order{{By: col("c", "origin")}, {By: col("c", "place")}},
	})
	return out
}

// CountTrue counts the rows of a table in which a column is true: one row, one
// column.
func CountTrue(table, column string) Plan {
	p := Plan{}
	p.add("counted", "how many it is true of", Select{
		From: from(table, "c"), Columns: []Column{as("n", Agg{Fn: CountRows, Filter: col("c", column)})},
	})
	return p
}

// PlannedMovers lists, out of a table of Moved, who would move in one lens, by
// its number among the lenses, the largest revenue first. Rows: id, name or
// NULL, revenue in major units or NULL, the end of the contract that ends next
// or NULL, then from and to of each lens; at most limit, 0 for all. ends is a
// step of NextEnds, or nil.
func PlannedMovers(p Planned, moved string, lens int, name, nameDomain string, ends *NextEnds, limit int) Plan {
	out := Plan{}
	s := Select{From: from(moved, "c")}
	decode := decoder(&s)
	joinWho(&s, p.Grain)
	s.Joins = append(s.Joins,
		Join{Kind: LeftJoin, Source: from(p.Now, "r"), On: call(Eq, col("r", "customer"), col("c", "customer"))},
		Join{Kind: LeftJoin, Source: from(p.Before, "b"), On: call(Eq, col("b", "customer"), col("c", "customer"))})
	called, end := Expr(lit(nil)), Expr(lit(nil))
	if name != "" {
		called = decode(nameDomain, call(Coalesce, col("r", name), col("b", name)))
	}
	if ends != nil {
		next := ends.step(&out)
		s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from(next, "e"), On: call(Eq, col("e", "account"), col("c", "customer"))})
		end = col("e", "ends")
	}
	revenue, id := p.revenue("r", "b"), shownID(p.Grain, decode)
	s.Columns = []Column{as("id", id), as("name", called), as("revenue", revenue), as("ends", end)}
	for _, l := range p.NowLenses {
		s.Columns = append(s.Columns, as(originColumn(l.Lens), col("c", originColumn(l.Lens))), as(placeColumn(l.Lens), col("c", placeColumn(l.Lens))))
	}
	of := p.NowLenses[lens].Lens
	s.Where = call(Ne, col("c", originColumn(of)), col("c", placeColumn(of)))
	if p.RevenueNow != "" || p.RevenueBefore != "" {
		s.OrderBy = []Order{{By: revenue, Desc: true}}
	}
	s.OrderBy = append(s.OrderBy, Order{By: id})
	s.Limit = limit
	out.add("movers", "who would move, the largest first", s)
	return out
}

// NextEnds is when, by account, the contract that ends next does: lines in
// force on the day that end within some days after it.
type NextEnds struct {
	Definitions Definitions
	Stored      Stored
	AsOf        period.Date
	Days        int
}

// step adds the step: (account, ends).
func (n NextEnds) step(p *Plan) string {
	c := &compiler{defs: n.Definitions, req: Request{AsOf: n.AsOf}, stored: n.Stored}
	s := Select{From: from("fact_contract", "f")}
	known := c.visible(&s, "contract", "f")
	account := c.accountOf(&s, "f")
	ends, day := col("f", "ends"), int64(n.AsOf)
	s.Where = all(known, call(Le, col("f", "starts"), lit(day)), call(Gt, ends, lit(day)), call(Le, ends, lit(day+int64(n.Days))))
	s.Columns = []Column{as("account", account), as("ends", Agg{Fn: Min, Args: []Expr{ends}})}
	s.GroupBy = []Expr{account}
	p.Steps = append(p.Steps, c.plan.Steps...)
	return p.add("next_ends", fmt.Sprintf("whose contract ends within %d days", n.Days), s)
}

// Renewing counts, out of a table of Moved, who would move in one lens and has a
// contract that ends soon. Rows: one: customers, revenue in minor units.
func Renewing(p Planned, moved string, lens int, ends NextEnds) Plan {
	out := Plan{}
	next := ends.step(&out)
	of := p.NowLenses[lens].Lens
	both := out.add("renewing", "movers whose contract ends soon", Select{
		From: from(moved, "m"),
		Joins: []Join{
			{Kind: InnerJoin, Source: from(next, "e"), On: call(Eq, col("e", "account"), col("m", "customer"))},
			{Kind: LeftJoin, Source: from(p.Now, "r"), On: call(Eq, col("r", "customer"), col("m", "customer"))},
			{Kind: LeftJoin, Source: from(p.Before, "b"), On: call(Eq, col("b", "customer"), col("m", "customer"))},
		},
		Columns: []Column{as("revenue", p.revenue("r", "b"))},
		Where:   call(Ne, col("m", originColumn(of)), col("m", placeColumn(of))),
	})
	out.add("count", "", Select{From: from(both, "c"), Columns: []Column{
		as("customers", Agg{Fn: CountRows}), as("revenue", Agg{Fn: SumInt, Args: []Expr{minorOf("revenue", p.Currency)}}),
	}})
	return out
}

// PlannedLoad counts the customers of each owner by where they stand and would
// stand in one lens. Rows: owner or NULL, place, place then, customers; owner
// names the column of both results that holds who looks after a customer.
func PlannedLoad(p Planned, lens int, owner, domain string) Plan {
	out := Plan{}
	both := p.both(&out, lens, as("owner", call(Coalesce, col("n", owner), col("was", owner))))
	counted := out.add("counted", "", Select{
		From:    from(both, "b"),
		Columns: []Column{as("owner", col("b", "owner")), as("origin", col("b", "origin")), as("place", col("b", "place")), as("customers", Agg{Fn: CountRows})},
		GroupBy: []Expr{col("b", "owner"), col("b", "origin"), col("b", "place")},
	})
	s := Select{From: from(counted, "c")}
	who := decoder(&s)(domain, col("c", "owner"))
	s.Columns = []Column{as("owner", who), as("origin", col("c", "origin")), as("place", col("c", "place")), as("customers", col("c", "customers"))}
	s.OrderBy = []Order{{By: who}, {By: col("c", "origin")}, {By: col("c", "place")}}
	out.add("load", "customers of each owner, then and now", s)
	return out
}
