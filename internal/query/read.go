package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// Find returns the column of a role and definition.
func Find(columns []ResultColumn, role Role, of string) (ResultColumn, bool) {
	i := slices.IndexFunc(columns, func(c ResultColumn) bool { return c.Role == role && (of == "" || c.Of == of) })
	if i < 0 {
		return ResultColumn{}, false
	}
	return columns[i], true
}

// minorOf is a metric in major units as whole minor units, which can be summed
// exactly.
func minorOf(column string, currency money.Currency) Expr {
	scale := 1.0
	for range currency.Exponent() {
		scale *= 10
	}
	return call(ToInt, call(RoundEven, call(Mul, col("c", column), lit(scale))))
}

// Counts groups the customers of a result by the codes of some columns. Rows:
// one per group: the codes as g_0, g_1 ..., customers, provisional customers,
// revenue in minor units, customers without known revenue, undecided customers.
// provisional, undecided and revenue may be empty.
func Counts(table string, columns []string, provisional, undecided, revenue string, currency money.Currency) Plan {
	s := Select{From: from(table, "c")}
	for i, name := range columns {
		e := col("c", name)
		s.Columns = append(s.Columns, as(fmt.Sprintf("g_%d", i), e))
		s.GroupBy = append(s.GroupBy, e)
		s.OrderBy = append(s.OrderBy, Order{By: e})
	}
	s.Columns = append(s.Columns, as("customers", Agg{Fn: CountRows}))
	if provisional != "" {
		s.Columns = append(s.Columns, as("provisional", Agg{Fn: CountRows, Filter: col("c", provisional)}))
	} else {
		s.Columns = append(s.Columns, as("provisional", lit(int64(0))))
	}
	if revenue != "" {
		s.Columns = append(s.Columns,
			as("revenue", Agg{Fn: SumInt, Args: []Expr{minorOf(revenue, currency)}}),
			as("unpriced", Agg{Fn: CountRows, Filter: call(IsNull, col("c", revenue))}))
	} else {
		s.Columns = append(s.Columns, as("revenue", lit(nil)), as("unpriced", lit(int64(0))))
	}
	if undecided != "" {
		s.Columns = append(s.Columns, as("undecided", Agg{Fn: CountRows, Filter: col("c", undecided)}))
	} else {
		s.Columns = append(s.Columns, as("undecided", lit(int64(0))))
	}
	p := Plan{}
	p.add("counts", "customers and revenue of each group", s)
	return p
}

// Missing is a column of a result that may be unknown. Where only derived
// columns use it, it is missed when one of them is unknown too. One that says
// whether a metric is judged is missed where it says no.
type Missing struct {
	ResultColumn
	Through []ResultColumn
}

// MaxMissing is how many columns one Lacking takes.
const MaxMissing = 62

// Lacking is Counts of a segmentation, split by what customers whose segment
// is open miss. Rows: as those of Counts, then a mask with bit i for column i,
// 0 of customers whose segment is certain. Columns are at most MaxMissing; open
// is the column of that role, and may be empty where there are no columns.
func Lacking(table, segment, provisional, undecided, open string, columns []Missing, revenue string, currency money.Currency) Plan {
	p := Counts(table, []string{segment}, provisional, undecided, revenue, currency)
	mask := Expr(lit(int64(0)))
	for i, c := range columns {
		mask = call(BitOr, mask, when(c.missed(), lit(int64(1)<<i), lit(int64(0))))
	}
	s := &p.Steps[0].Select
	if len(columns) > 0 {
		isOpen := call(Or, call(Ne, col("c", open), lit(int64(0))), call(Eq, col("c", segment), lit(int64(CodeUnknown))))
		mask = when(isOpen, mask, lit(int64(0)))
		s.GroupBy, s.OrderBy = append(s.GroupBy, mask), append(s.OrderBy, Order{By: mask})
	}
	s.Columns = append(s.Columns, as("missed", mask))
	return p
}

// missed says whether a customer lacks the column.
func (m Missing) missed() Expr {
	missing := Expr(call(IsNull, col("c", m.Name)))
	if m.Role == RoleJudged {
		return call(Not, col("c", m.Name))
	}
	if m.None != "" {
		missing = call(And, missing, call(Not, col("c", m.None)))
	}
	if len(m.Through) == 0 {
		return missing
	}
	unknown := make([]Expr, len(m.Through))
	for i, t := range m.Through {
		unknown[i] = call(IsNull, col("c", t.Name))
	}
	return call(And, missing, call(Or, unknown...))
}

// Listing says which customers of a result to list.
type Listing struct {
	Table   string
	Columns []ResultColumn // of the result
	Show    []string       // names of columns, in order
	Filter  *rule.Expr     // over metrics, traits, levels, segments; nil is everybody
	OrderBy []Order        // over alias c; the public id breaks ties
	Limit   int
	Offset  int
	Code    func(domain, text string) (int64, bool)
	AsOf    period.Date
	Grain   customer.Grain
	Raw     bool // leaves texts as codes

	// Traits are traits of the account that Show, Filter or OrderBy name and
	// the result does not hold; Definitions and Stored say how to read them.
	Traits      []string
	Definitions Definitions
	Stored      Stored
}

// IDName is what conditions of lists call the customer's id.
const IDName = "id"

// List reads rows of a result with texts as texts. Rows: one per customer,
// columns public, id, then Show in order; levels and segments stay codes.
func List(l Listing) (Plan, error) {
	p := Plan{}
	s := Select{From: from(l.Table, "c")}
	decode := decoder(&s)
	l.Columns = append(slices.Clone(l.Columns), l.joinTraits(&p, &s)...)
	joinWho(&s, l.Grain)
	public := publicID(l.Grain, decode)
	id := shownID(l.Grain, decode)
	s.Columns = []Column{as("customer", col("c", "customer")), as("public", public), as("id", id)}
	for _, name := range l.Show {
		i := slices.IndexFunc(l.Columns, func(c ResultColumn) bool { return c.Name == name })
		if i < 0 {
			return Plan{}, fmt.Errorf("the result has no column %q", name)
		}
		e := l.stored(l.Columns[i])
		if d := l.Columns[i].Domain; d != "" && !l.Raw {
			e = decode(d, e)
		}
		s.Columns = append(s.Columns, as(name, e))
	}
	if l.Filter != nil {
		v, err := lower(l.Filter, l.scope(decode, id))
		if err != nil {
			return Plan{}, err
		}
		s.Where = v.Expr
	}
	for _, o := range l.OrderBy {
		if c, ok := o.By.(Col); ok {
			i := slices.IndexFunc(l.Columns, func(x ResultColumn) bool { return x.Name == c.Name })
			if i >= 0 {
				o.By = l.stored(l.Columns[i])
			}
			if i >= 0 && l.Columns[i].Domain != "" {
				o.By = decode(l.Columns[i].Domain, o.By)
			}
		}
		s.OrderBy = append(s.OrderBy, o)
	}
	s.OrderBy = append(s.OrderBy, Order{By: public}, Order{By: id})
	s.Limit, s.Offset = l.Limit, l.Offset
	p.add("list", "customers, one a row", s)
	return p, nil
}

// CountOf counts the customers of a listing, whatever its limit: one row, one
// column.
func CountOf(l Listing) (Plan, error) {
	l.Show, l.OrderBy, l.Limit, l.Offset = nil, nil, 0, 0
	p, err := List(l)
	if err != nil {
		return Plan{}, err
	}
	p.add("counted", "customers of the list", Select{
		From: from("list", "l"), Columns: []Column{as("customers", Agg{Fn: CountRows})},
	})
	return p, nil
}

// joinWho adds, to a Select from customers c, the account a of each, which a
// person does not have, and the key k of its id.
func joinWho(s *Select, grain customer.Grain) {
	account, key := Expr(col("c", "customer")), Expr(col("a", "key"))
	if grain.Level == customer.ByAccountProduct {
		account = call(IntDiv, account, lit(int64(1)<<productBits))
	}
	if grain.Level == customer.ByContact {
		key = account
	} else {
		s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from("account", "a"), On: call(Eq, col("a", "account"), account)})
	}
	s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), key)})
}

// shownID is a customer's id as people read and write it: the source's id of
// the account or person, and "account x product" at the grain of that name.
func shownID(grain customer.Grain, decode func(string, Expr) Expr) Expr {
	id := Expr(col("k", "id"))
	if grain.Level != customer.ByAccountProduct {
		return id
	}
	return call(Concat, id, lit(" x "), call(Coalesce, decode("product", productOf(col("c", "customer"))), lit("(no product)")))
}

// productOf returns the product's code of an account x product.
func productOf(id Expr) Expr { return call(BitAnd, id, lit(int64(1)<<productBits-1)) }

// publicID is a customer's id that is the same on every store: the account's,
// followed by the product at that grain, or the source's id of a person.
func publicID(grain customer.Grain, decode func(string, Expr) Expr) Expr {
	switch grain.Level {
	case customer.ByContact:
		return col("k", "id")
	case customer.ByAccountProduct:
		return call(Concat, col("a", "public"), lit(":"), call(Coalesce, decode("product", productOf(col("c", "customer"))), lit("")))
	}
	return col("a", "public")
}

// Row reads what a result holds of one customer. Rows: one at most, the named
// columns in order, texts as codes.
func Row(table string, columns []string, id int64) Plan {
	s := Select{From: from(table, "c"), Where: call(Eq, col("c", "customer"), lit(id))}
	for _, name := range columns {
		s.Columns = append(s.Columns, as(name, col("c", name)))
	}
	p := Plan{}
	p.add("row", "one customer", s)
	return p
}

// TraitColumn is the name of a trait in a listing.
func TraitColumn(name string) string { return "t_" + name }

// joinTraits joins the accounts for traits that the result does not hold.
func (l Listing) joinTraits(p *Plan, s *Select) []ResultColumn {
	if len(l.Traits) == 0 || l.Grain.Level == customer.ByContact {
		return nil
	}
	c := &compiler{defs: l.Definitions, req: Request{AsOf: l.AsOf}, stored: l.Stored, columns: map[string]value{}, traits: l.Traits}
	c.accounts()
	*p = c.plan
	account := Expr(col("c", "customer"))
	if l.Grain.Level == customer.ByAccountProduct {
		account = call(IntDiv, account, lit(int64(1)<<productBits))
	}
	s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from("accounts", "tr"), On: call(Eq, col("tr", "customer"), account)})
	k, _ := c.kind("account")
	var columns []ResultColumn
	for _, name := range l.Traits {
		column, ok := k.Column(name)
		if !ok {
			continue
		}
		v := c.storedValue(k, column, "tr")
		columns = append(columns, ResultColumn{Name: TraitColumn(name), Role: RoleTrait, Of: name, Type: v.typ, Domain: v.domain, joined: v.Expr})
	}
	return columns
}

// stored returns a column as it stands in the result, or in the account.
func (l Listing) stored(c ResultColumn) Expr {
	if c.joined != nil {
		return c.joined
	}
	return col("c", c.Name)
}

// By orders a listing by a column of the result.
func By(column string, desc bool) Order { return Order{By: col("c", column), Desc: desc} }

// ByID orders a listing by the source's own id.
func ByID(desc bool) Order { return Order{By: col("k", "id"), Desc: desc} }

// scope resolves names against a result; segmentations are texts here, and id is
// the customer's id as it is shown.
func (l Listing) scope(decode func(string, Expr) Expr, id Expr) scope {
	return scope{code: l.Code, decode: decode, variable: func(name string, ago int) (value, error) {
		if name == IDName {
			return value{Expr: id, typ: rule.TypeText, size: anyMagnitude}, nil
		}
		if v, ok := valueOfDay(l.Definitions.Quiet, name, l.AsOf); ok {
			return v, nil
		}
		for _, role := range slices.Concat([]Role{RoleLevel, RoleMetric, RoleTrait, RoleSegment, RoleAudience}, OfLens, []Role{RoleOfContact, RoleOfAccount}) {
			c, ok := Find(l.Columns, role, name)
			if !ok || ago != 0 {
				continue
			}
			v := value{Expr: l.stored(c), typ: c.Type, domain: c.Domain, size: anyMagnitude, bound: c.Bound}
			if slices.Contains(Places, role) {
				v.Expr = segmentCode(c)
				v.labels = append(slices.Clone(c.Labels), "unknown", "unassigned")
			} else {
				v.labels = c.Labels
			}
			if c.None != "" {
				v.none = col("c", c.None)
			}
			return v, nil
		}
		return value{}, fmt.Errorf("%q is not in the result", name)
	}}
}

// segmentCode counts the places beside the segments on from the last segment.
func segmentCode(c ResultColumn) Expr {
	n := int64(len(c.Labels))
	e := col("c", c.Name)
	return Case{Whens: []When{{call(Eq, e, lit(int64(CodeUnknown))), lit(n)}, {call(Eq, e, lit(int64(CodeUnassigned))), lit(n + 1)}}, Else: e}
}

// Rates reads the rates of currencies as of a day. Rows: currency as text,
// rate in millionths; one per currency.
func Rates(d Definitions, s Stored, asOf period.Date) (Plan, bool) {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s, columns: map[string]value{}}
	k, ok := c.kind("fx_rate")
	if !ok || s.Kinds["fx_rate"].Rows == 0 {
		return Plan{}, false
	}
	currency, _ := k.Column("currency")
	sel := Select{From: from("fact_fx_rate", "f")}
	sel.Where = all(c.visible(&sel, "fx_rate", "f"), call(Lt, col("f", "_at"), lit(c.firstAfter(k, asOf))))
	sel.Columns = []Column{
		as("code", col("f", "currency")),
		as("rate", Agg{Fn: ArgMax, Args: []Expr{col("f", "rate"), call(OrderKey, col("f", "_at"), col("f", "_hash"))}}),
	}
	sel.GroupBy = []Expr{col("f", "currency")}
	c.plan.add("rates", "the last rate of each currency", sel)
	out := Select{From: from("rates", "r")}
	decode := decoder(&out)
	text := Expr(col("r", "code"))
	if currency.Type == fact.Text {
		text = decode(k.TextDomain(currency), text)
	}
	out.Columns = []Column{as("currency", text), as("rate", col("r", "rate"))}
	c.plan.add("named", "", out)
	return c.plan, true
}

// LookupID finds a customer by its id, or by its public id. Rows: customer,
// public, id.
func LookupID(table, text string, grain customer.Grain, byPublic bool) Plan {
	s := Select{From: from("key", "k")}
	id := Expr(col("k", "key"))
	family := "contact"
	if grain.Level != customer.ByContact {
		family = "account"
		s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from("account", "a"), On: call(Eq, col("a", "key"), col("k", "key"))})
		id = col("a", "account")
	}
	customers := Expr(col("c", "customer"))
	if grain.Level == customer.ByAccountProduct {
		customers = call(IntDiv, customers, lit(int64(1)<<productBits))
	}
	s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from(table, "c"), On: call(Eq, customers, id)})
	decode := decoder(&s)
	shown, public := shownID(grain, decode), publicID(grain, decode)
	is := call(Eq, col("k", "id"), lit(text))
	if grain.Level == customer.ByAccountProduct {
		is = call(Or, is, call(Eq, shown, lit(text)))
	}
	if byPublic {
		is = call(Eq, public, lit(text))
	}
	s.Where = call(And, call(Eq, col("k", "family"), lit(family)), is)
	s.Columns = []Column{as("customer", col("c", "customer")), as("public", public), as("id", shown)}
	p := Plan{}
	p.add("lookup", "who is meant", s)
	return p
}

// LookupAccount finds an account by an id of any space, whether or not it counts
// as a customer. Rows: id, at most one.
func LookupAccount(text string) Plan {
	p := Plan{}
	p.add("lookup", "an account of that id", Select{
		From: from("key", "k"), Columns: []Column{as("id", col("k", "id"))}, Limit: 1,
		Joins: []Join{{Kind: InnerJoin, Source: from("account", "a"), On: call(Eq, col("a", "key"), col("k", "key"))}},
		Where: call(And, call(Eq, col("k", "family"), lit("account")), call(Eq, col("k", "id"), lit(text))),
	})
	return p
}

// LookupJoined finds the customer that an id counts for which is not its own: an
// id of another system, or of a record that was joined to it. Rows: customer, id.
func LookupJoined(table, text string, s Stored, asOf period.Date) Plan {
	c := &compiler{req: Request{AsOf: asOf}, stored: s}
	sel := Select{
		Distinct: true, From: from("key", "k"),
		Joins: []Join{
			{Kind: InnerJoin, Source: from(c.accountKeys(), "o"), On: call(Eq, col("o", "key"), col("k", "key"))},
			{Kind: InnerJoin, Source: from(table, "c"), On: call(Eq, col("c", "customer"), col("o", "account"))},
			{Kind: InnerJoin, Source: from("account", "a"), On: call(Eq, col("a", "account"), col("o", "account"))},
			{Kind: InnerJoin, Source: from("key", "x"), On: call(Eq, col("x", "key"), col("a", "key"))},
		},
		Where: call(And, call(Eq, col("k", "family"), lit("account")),
			call(Or, call(Eq, col("k", "id"), lit(text)), call(Eq, call(Concat, col("k", "space"), lit(":"), col("k", "id")), lit(text)))),
		Columns: []Column{as("customer", col("c", "customer")), as("id", col("x", "id"))},
	}
	c.plan.add("lookup", "whom an id counts for", sel)
	return c.plan
}

// LookupName finds customers whose name holds a text. Rows: customer, id,
// name, exact (the text is the whole name), exact ones first; at most limit.
func LookupName(table, nameDomain, text string, grain customer.Grain, limit int) Plan {
	return lookupLike(table, text, grain, limit, func(decode decoding) Expr { return decode(nameDomain, col("c", "who_name")) })
}

// LookupLikeID finds customers whose id holds a text, in small letters or large.
// Rows as of LookupName, the name being the id.
func LookupLikeID(table, text string, grain customer.Grain, limit int) Plan {
	return lookupLike(table, text, grain, limit, func(decode decoding) Expr { return shownID(grain, decode) })
}

// decoding reads a code of a domain as its text.
type decoding = func(domain string, code Expr) Expr

func lookupLike(table, text string, grain customer.Grain, limit int, nameBy func(decoding) Expr) Plan {
	s := Select{From: from(table, "c")}
	decode := decoder(&s)
	name := nameBy(decode)
	joinWho(&s, grain)
	exact := call(Eq, call(LowerASCII, name), call(LowerASCII, lit(text)))
	s.Where = call(Contains, call(LowerASCII, name), call(LowerASCII, lit(text)))
	id := shownID(grain, decode)
	s.Columns = []Column{as("customer", col("c", "customer")), as("id", id), as("name", name), as("exact", exact)}
	s.OrderBy, s.Limit = []Order{{By: exact, Desc: true}, {By: name}, {By: id}}, limit
	p := Plan{}
	p.add("lookup", "who is meant", s)
	return p
}

// Leaving is what Leavers and LeaverNames compare: two results of one grain, of
// which the second is as of a day.
type Leaving struct {
	Before, Now string // tables
	Revenue     string // column of Before; "" is none
	Grain       customer.Grain
	Stored      Stored
	AsOf        period.Date
}

// leavers reads the customers c of the first result with the second's n. gone
// says that one has left: who counts as another since then has not.
func (l Leaving) leavers() (c *compiler, s Select, gone Expr) {
	c = &compiler{req: Request{AsOf: l.AsOf}, stored: l.Stored}
	gone = call(IsNull, col("n", "customer"))
	s = Select{
		From:  from(l.Before, "c"),
		Joins: []Join{{Kind: LeftJoin, Source: from(l.Now, "n"), On: call(Eq, col("n", "customer"), col("c", "customer"))}},
	}
	if l.Stored.Joined && l.Grain.Level != customer.ByContact {
		account := Expr(col("c", "customer"))
		if l.Grain.Level == customer.ByAccountProduct {
			account = call(IntDiv, account, lit(int64(1)<<productBits))
		}
		s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from(c.joins(), "j"), On: call(Eq, col("j", "account"), account)})
		gone = call(And, gone, call(IsNull, col("j", "survivor")))
	}
	return c, s, gone
}

// Leavers compares two results. Rows: one: customers only in the first, customers
// of the first, and the revenue of each in minor units.
func Leavers(l Leaving, currency money.Currency) Plan {
	c, s, gone := l.leavers()
	s.Columns = []Column{as("gone", Agg{Fn: CountRows, Filter: gone}), as("customers", Agg{Fn: CountRows})}
	if l.Revenue != "" {
		minor := minorOf(l.Revenue, currency)
		s.Columns = append(s.Columns, as("gone_revenue", Agg{Fn: SumInt, Args: []Expr{minor}, Filter: gone}), as("revenue", Agg{Fn: SumInt, Args: []Expr{minor}}))
	} else {
		s.Columns = append(s.Columns, as("gone_revenue", lit(int64(0))), as("revenue", lit(int64(0))))
	}
	c.plan.add("leavers", "customers that are no longer in the base", s)
	return c.plan
}

// LeaverNames lists customers of the first result that the second lacks, the
// largest revenue first. Rows: name; at most limit.
func LeaverNames(l Leaving, nameDomain string, limit int) Plan {
	c, s, gone := l.leavers()
	s.Where, s.Limit = gone, limit
	name := decoder(&s)(nameDomain, col("c", "who_name"))
	s.Columns = []Column{as("name", name)}
	if l.Revenue != "" {
		s.OrderBy = append(s.OrderBy, Order{By: col("c", l.Revenue), Desc: true})
	}
	s.OrderBy = append(s.OrderBy, Order{By: name})
	c.plan.add("leavers", "who they are", s)
	return c.plan
}

// ExportColumn is one column of an export, under its own name.
type ExportColumn struct {
	As     string
	Column ResultColumn
	Days   bool // a number of days: empty where there is no day to count to
}

// ExportOf is a listing whose codes are written out: levels and segments by
// name, times as text. Rows: one per customer, columns id, public_id, then
// those asked for, in the order of the listing. A column of days since
// something is followed by NAME_more_than: the bound, where it did not happen
// as far back as the source reaches.
func ExportOf(l Listing, columns []ExportColumn) (Plan, error) {
	l.Show = nil
	for _, c := range columns {
		l.Show = append(l.Show, c.Column.Name)
	}
	p, err := List(l)
	if err != nil {
		return p, err
	}
	list := &p.Steps[len(p.Steps)-1].Select
	out := []Column{as("id", list.Columns[2].Expr), as("public_id", list.Columns[1].Expr)}
	for i, c := range columns {
		e := list.Columns[3+i].Expr
		switch {
		case slices.Contains(Places, c.Column.Role):
			e = named(segmentCode(c.Column), append(slices.Clone(c.Column.Labels), "unknown", "unassigned"))
		case c.Column.Labels != nil:
			e = named(e, c.Column.Labels)
		case c.Column.Type == rule.TypeTime:
			e = call(TimeText, e)
		case c.Column.Type == rule.TypeNumber:
			e = when(call(Eq, e, lit(0.0)), lit(0.0), e) // never -0
			if c.Days {
				e = when(call(And, call(Gt, e, lit(-rule.MostDays)), call(Lt, e, lit(rule.MostDays))), e, nil)
			}
		}
		out = append(out, as(c.As, e))
		if c.Column.None != "" {
			out = append(out, as(c.As+"_more_than", when(col("c", c.Column.None), lit(c.Column.Bound), nil)))
		}
	}
	list.Columns = out
	return p, nil
}

func named(code Expr, labels []string) Expr {
	pick := Case{}
	for i, label := range labels {
		pick.Whens = append(pick.Whens, When{call(Eq, code, lit(int64(i))), lit(label)})
	}
	return pick
}
