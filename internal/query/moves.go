package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/segmentation"
)

// CodeAbsent is the place of who is no customer, beside CodeUnknown and
// CodeUnassigned.
const CodeAbsent = -3

// LensColumn is where results hold the places of a lens: in a column, as codes
// that stand for the places given. Without places the code is the place.
type LensColumn struct {
	Lens   int64
	Column string
	Places []int64

	// Waited are the lenses behind it whose moves wait, itself among them, by
	// the column of the result that holds their place.
	Waited []string

	// Pins are the lenses behind it that customers can be pinned in, itself among
	// them, by the column of the result that holds where to.
	Pins []PinColumn
}

// PinColumn is where a result holds where customers are pinned to in one lens.
type PinColumn struct {
	Name   string
	Places []string // by code
}

// place is the place that the column of a result holds.
func (l LensColumn) place(alias string) Expr {
	code := col(alias, l.Column)
	same := true
	for i, p := range l.Places {
		same = same && int64(i) == p
	}
	if same {
		return call(Coalesce, code, lit(int64(CodeUnknown)))
	}
	pick := Case{Else: call(Coalesce, code, lit(int64(CodeUnknown)))}
	for i, p := range l.Places {
		if int64(i) != p {
			pick.Whens = append(pick.Whens, When{call(Eq, code, lit(int64(i))), lit(p)})
		}
	}
	return pick
}

// placeOrAbsent is the place of a lens, or CodeAbsent for who is in no row of
// the joined result.
func placeOrAbsent(alias string, l LensColumn) Expr {
	return when(call(IsNull, col(alias, "customer")), lit(int64(CodeAbsent)), l.place(alias))
}

// Movement is what two results of one grain say of lenses that both hold: the
// first is the placement before. Lenses stand in one order.
type Movement struct {
	Before, Now             string // tables
	BeforeLenses, NowLenses []LensColumn

	// AsOf is the day of the second, where the first is of a day before;
	// otherwise nobody has waited.
	AsOf  period.Date
	Later bool
}

// delay is what began the wait that ends with today's move, and since when; the
// cause is 0, and the day NULL, where nothing waited.
func (m Movement) delay(l LensColumn) (cause, since Expr) {
	cause, since = lit(int64(0)), call(ToSlim, lit(nil))
	if !m.Later {
		return cause, since
	}
	var days []Expr
	for _, base := range l.Waited {
		part := func(name string) Expr { return col("c", base+"__"+name) }
		day := lit(int64(m.AsOf))
		ended := all(call(Eq, part(HoldMoved), day), call(Lt, part(HoldSince), day))
		cause = call(BitOr, cause, when(ended, call(ToBig, part(HoldCause)), lit(int64(0))))
		days = append(days, when(ended, part(HoldSince), nil))
	}
	switch len(days) {
	case 0:
		return cause, since
	case 1:
		return cause, days[0]
	}
	return cause, call(Least, days...)
}

// repinned is whether a customer was pinned, is so no longer, or is so elsewhere,
// in a lens or one behind it, and by which cause it moves then: an override, or
// the end of one where no other came. Both are nil where nobody can be pinned.
func repinned(before, now LensColumn) (changed, cause Expr) {
	var differs, pinned []Expr
	for _, name := range pinNames(before, now) {
		was, is := pinOf(before, "was", name), pinOf(now, "c", name)
		differs = append(differs, call(Ne, was, is))
		pinned = append(pinned, call(And, call(Ne, was, is), call(Ne, is, lit(""))))
	}
	if len(differs) == 0 {
		return nil, nil
	}
	return call(Or, differs...), when(call(Or, pinned...), lit(int64(segmentation.ByOverride)), lit(int64(segmentation.ByOverrideEnd)))
}

func pinNames(before, now LensColumn) []string {
	var names []string
	for _, p := range append(slices.Clone(before.Pins), now.Pins...) {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// pinOf is the place that a customer is pinned to by its name, "" for none.
func pinOf(l LensColumn, alias, name string) Expr {
	i := slices.IndexFunc(l.Pins, func(p PinColumn) bool { return p.Name == name })
	if i < 0 {
		return lit("")
	}
	return call(Coalesce, named(col(alias, name), l.Pins[i].Places), lit(""))
}

func originColumn(lens int64) string { return fmt.Sprintf("from_%d", lens) }
func placeColumn(lens int64) string  { return fmt.Sprintf("to_%d", lens) }
func causeColumn(lens int64) string  { return fmt.Sprintf("cause_%d", lens) }
func sinceColumn(lens int64) string  { return fmt.Sprintf("since_%d", lens) }

// Moved lists the customers that stand elsewhere than before in any lens, those
// who came and those who left among them. Rows: customer, and of each lens
// from_LENS, to_LENS, and what is known of a wait that ended: cause_LENS and
// since_LENS.
func Moved(m Movement) Plan {
	s := Select{
		From:    from(m.Now, "c"),
		Joins:   []Join{{Kind: FullJoin, Source: from(m.Before, "was"), On: call(Eq, col("was", "customer"), col("c", "customer"))}},
		Columns: []Column{as("customer", call(Coalesce, col("c", "customer"), col("was", "customer")))},
	}
	var differs []Expr
	for i, l := range m.NowLenses {
		before, now := placeOrAbsent("was", m.BeforeLenses[i]), placeOrAbsent("c", l)
		cause, since := m.delay(l)
		if changed, by := repinned(m.BeforeLenses[i], l); changed != nil {
			cause, since = when(changed, by, cause), when(changed, lit(nil), since)
		}
		s.Columns = append(s.Columns, as(originColumn(l.Lens), before), as(placeColumn(l.Lens), now), as(causeColumn(l.Lens), cause), as(sinceColumn(l.Lens), since))
		differs = append(differs, call(Ne, before, now))
	}
	s.Where = call(Or, differs...)
	p := Plan{}
	p.add("moved", "who stands elsewhere than before", s)
	return p
}

// MovesIn counts the rows of a table of Moved. Rows: one: for each lens who moved
// from one place to another, who came and who left.
func MovesIn(moved string, lenses []LensColumn) Plan {
	s := Select{From: from(moved, "m")}
	absent := lit(int64(CodeAbsent))
	for _, l := range lenses {
		origin, place := col("m", originColumn(l.Lens)), col("m", placeColumn(l.Lens))
		s.Columns = append(s.Columns,
			as(fmt.Sprintf("moved_%d", l.Lens), Agg{Fn: CountRows, Filter: all(call(Ne, origin, place), call(Ne, origin, absent), call(Ne, place, absent))}),
			as(fmt.Sprintf("came_%d", l.Lens), Agg{Fn: CountRows, Filter: all(call(Ne, origin, place), call(Eq, origin, absent))}),
			as(fmt.Sprintf("left_%d", l.Lens), Agg{Fn: CountRows, Filter: all(call(Ne, origin, place), call(Eq, place, absent))}))
	}
	p := Plan{}
	p.add("moves", "how many moved", s)
	return p
}

// Entry is what is entered of a run: Cause of moves between two places, First
// and Last of those from and to CodeAbsent.
type Entry struct {
	Batch              int64
	AsOf               period.Date
	Cause, First, Last int64
}

// Entering makes rows of the ledger of one lens out of a table of Moved. Rows:
// batch, lens, customer, origin, place, as_of, cause, since.
func Entering(moved string, lens int64, e Entry) Plan {
	origin, place := col("m", originColumn(lens)), col("m", placeColumn(lens))
	absent := lit(int64(CodeAbsent))
	began := col("m", causeColumn(lens))
	p := Plan{}
	p.add("entered", "one row for each move", Select{
		From: from(moved, "m"),
		Columns: []Column{
			as("batch", lit(e.Batch)), as("lens", lit(lens)), as("customer", col("m", "customer")),
			as("origin", origin), as("place", place), as("as_of", lit(int64(e.AsOf))),
			as("cause", Case{Whens: []When{{call(Eq, origin, absent), lit(e.First)}, {call(Eq, place, absent), lit(e.Last)}, {call(Gt, began, lit(int64(0))), began}}, Else: lit(e.Cause)}),
			as("since", when(call(Or, call(Eq, origin, absent), call(Eq, place, absent)), lit(nil), col("m", sinceColumn(lens)))),
		},
		Where: call(Ne, origin, place),
	})
	return p
}

// OpeningColumn holds the first places of a lens in the table of Opened.
func OpeningColumn(lens int64) string { return fmt.Sprintf("place_%d", lens) }

// Opened keeps the first places of lenses. Rows: one per customer, customer and
// place_LENS of each lens.
func Opened(table string, lenses []LensColumn) Plan {
	s := Select{From: from(table, "c"), Columns: []Column{as("customer", col("c", "customer"))}}
	for _, l := range lenses {
		s.Columns = append(s.Columns, as(OpeningColumn(l.Lens), l.place("c")))
	}
	p := Plan{}
	p.add("opening", "where the ledger begins", s)
	return p
}

// Book is the ledger of one lens, as far as it goes.
type Book struct {
	Lens     int64
	Opening  string // table of Opened
	OpenedOn period.Date
}

// MovesOf lists the moves of one customer in a lens, in order. Rows: batch,
// as_of, origin, place, cause, since.
func MovesOf(b Book, customer int64) Plan {
	p := Plan{}
	p.add("moves", "the moves of one customer", Select{
		From: from("move", "m"),
		Columns: []Column{
			as("batch", col("m", "batch")), as("as_of", col("m", "as_of")), as("origin", col("m", "origin")), as("place", col("m", "place")), as("cause", col("m", "cause")), as("since", col("m", "since")),
		},
		Where:   all(call(Eq, col("m", "lens"), lit(b.Lens)), call(Eq, col("m", "customer"), lit(customer))),
		OrderBy: []Order{{By: col("m", "as_of")}, {By: col("m", "batch")}},
	})
	return p
}

// OpenedWith is the first place of one customer in a lens. Rows: place; none
// where the opening does not have the customer.
func OpenedWith(b Book, customer int64) Plan {
	p := Plan{}
	p.add("opening", "where the customer stood at first", Select{
		From:    from(b.Opening, "o"),
		Columns: []Column{as("place", col("o", OpeningColumn(b.Lens)))},
		Where:   call(Eq, col("o", "customer"), lit(customer)),
	})
	return p
}

// standing adds the steps that say where customers stood at the close of a day
// by the ledger, and returns the last: (customer, place). Who has never been a
// customer until then is not in it.
func (b Book) standing(p *Plan, day period.Date, name string) string {
	last := p.add("last_"+name, "the last move until then", Select{
		From: from("move", "m"),
		Columns: []Column{
			as("customer", col("m", "customer")),
			as("place", Agg{Fn: ArgMax, Args: []Expr{col("m", "place"), call(OrderKey, call(ToBig, col("m", "as_of")), call(ToBig, col("m", "batch")))}}),
		},
		Where:   all(call(Eq, col("m", "lens"), lit(b.Lens)), call(Le, col("m", "as_of"), lit(int64(day)))),
		GroupBy: []Expr{col("m", "customer")},
	})
	if b.OpenedOn > day {
		return last
	}
	return p.add("stood_"+name, "who has moved until then, and who has not", Select{
		From:  from(b.Opening, "o"),
		Joins: []Join{{Kind: FullJoin, Source: from(last, "l"), On: call(Eq, col("l", "customer"), col("o", "customer"))}},
		Columns: []Column{
			as("customer", call(Coalesce, col("o", "customer"), col("l", "customer"))),
			as("place", call(Coalesce, col("l", "place"), col("o", OpeningColumn(b.Lens)))),
		},
	})
}

// Between is what is asked of the ledger of a lens: from the close of a day to
// that of another, or from its first places on.
type Between struct {
	Book
	FromFirst bool // From does not matter
	From, To  period.Date
	Grain     customer.Grain
	Revenue   string // column of Result; "" is none
	Result    string // table of the placement whose revenue is shown
}

// start adds the steps that say where customers stood at first, or at the close
// of the first day.
func (b Between) start(p *Plan) string {
	if !b.FromFirst {
		return b.standing(p, b.From, "at_start")
	}
	return p.add("at_first", "where the ledger begins", Select{
		From:    from(b.Opening, "o"),
		Columns: []Column{as("customer", col("o", "customer")), as("place", col("o", OpeningColumn(b.Lens)))},
	})
}

// Matrix counts customers by where they stood at the close of both days. Rows:
// place then, place at the end, customers, revenue in minor units, customers
// without known revenue.
func Matrix(b Between, currency money.Currency) Plan {
	p := Plan{}
	start, end := b.start(&p), b.standing(&p, b.To, "at_end")
	absent := lit(int64(CodeAbsent))
	origin, place := call(Coalesce, col("s", "place"), absent), call(Coalesce, col("e", "place"), absent)
	both := p.add("both", "where they stood then, and at the end", Select{
		From:    from(start, "s"),
		Joins:   []Join{{Kind: FullJoin, Source: from(end, "e"), On: call(Eq, col("e", "customer"), col("s", "customer"))}},
		Columns: []Column{as("customer", call(Coalesce, col("s", "customer"), col("e", "customer"))), as("origin", origin), as("place", place)},
	})
	s := Select{
		From:    from(both, "b"),
		Columns: []Column{as("origin", col("b", "origin")), as("place", col("b", "place")), as("customers", Agg{Fn: CountRows})},
		Where:   call(Not, all(call(Eq, col("b", "origin"), absent), call(Eq, col("b", "place"), absent))),
		GroupBy: []Expr{col("b", "origin"), col("b", "place")},
		OrderBy: []Order{{By: col("b", "origin")}, {By: col("b", "place")}},
	}
	if b.Revenue == "" {
		s.Columns = append(s.Columns, as("revenue", lit(nil)), as("unpriced", lit(int64(0))))
	} else {
		s.Joins = []Join{{Kind: LeftJoin, Source: from(b.Result, "c"), On: call(Eq, col("c", "customer"), col("b", "customer"))}}
		s.Columns = append(s.Columns,
			as("revenue", Agg{Fn: SumInt, Args: []Expr{minorOf(b.Revenue, currency)}}),
			as("unpriced", Agg{Fn: CountRows, Filter: call(IsNull, col("c", b.Revenue))}))
	}
	p.add("matrix", "customers from each place to each", s)
	return p
}

// moves is true of the moves of the span.
func (b Between) moves(alias string) Expr {
	in := all(call(Eq, col(alias, "lens"), lit(b.Lens)), call(Le, col(alias, "as_of"), lit(int64(b.To))))
	if b.FromFirst {
		return in
	}
	return all(in, call(Gt, col(alias, "as_of"), lit(int64(b.From))))
}

// CountMoves counts what Movers lists. Rows: one: moves.
func CountMoves(b Between) Plan {
	p := Plan{}
	p.add("moves", "how many moved", Select{From: from("move", "c"), Columns: []Column{as("moves", Agg{Fn: CountRows})}, Where: b.moves("c")})
	return p
}

// Movers lists the moves after the close of the first day up to the close of
// the second, the latest first. Rows: id, name or NULL, as_of, batch, origin,
// place, cause, revenue in major units or NULL, since; at most limit, 0 for all.
func Movers(b Between, name, nameDomain string, limit int) Plan {
	p := Plan{}
	s := Select{From: from("move", "c")}
	decode := decoder(&s)
	joinWho(&s, b.Grain)
	s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from(b.Result, "r"), On: call(Eq, col("r", "customer"), col("c", "customer"))})
	revenue := Expr(lit(nil))
	if b.Revenue != "" {
		revenue = col("r", b.Revenue)
	}
	called := Expr(lit(nil))
	if name != "" {
		called = decode(nameDomain, col("r", name))
	}
	id := shownID(b.Grain, decode)
	s.Columns = []Column{
		as("id", id), as("name", called), as("as_of", col("c", "as_of")), as("batch", col("c", "batch")),
		as("origin", col("c", "origin")), as("place", col("c", "place")), as("cause", col("c", "cause")), as("revenue", revenue), as("since", col("c", "since")),
	}
	s.Where = b.moves("c")
	s.OrderBy = []Order{{By: col("c", "as_of"), Desc: true}, {By: col("c", "batch"), Desc: true}}
	if b.Revenue != "" {
		s.OrderBy = append(s.OrderBy, Order{By: revenue, Desc: true})
	}
	s.OrderBy = append(s.OrderBy, Order{By: id})
	s.Limit = limit
	p.add("movers", "who moved, the latest first", s)
	return p
}
