package query

import (
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// ByRule is where the rules put a customer, in a lens that somebody is pinned
// in: a column of RoleByRule is of "NAME.by_rule".
const ByRule = ".by_rule"

// Pinned is whether somebody is pinned in a lens: a column of RolePinned is of
// "NAME.pinned".
const Pinned = ".pinned"

// pinColumn holds the place that a customer is pinned to in a lens, as a code of
// its places; NULL where it is not.
func pinColumn(lens string) string { return "pin_" + lens }

// pinnable returns the places of the lenses of the request that customers can be
// pinned to. At the grains of the contact and of the account x product, and in a
// dimension that shows a trait as it is, nobody can be.
func (c *compiler) pinnable() (lenses []string, places map[string][]place) {
	k, ok := c.kind(fact.OverrideKind)
	if !ok || c.stored.Kinds[fact.OverrideKind].Rows == 0 || !CanPin(c.req.Grain) {
		return nil, nil
	}
	of, _ := k.Column(fact.OverrideOf)
	places = map[string][]place{}
	take := func(lens string, list []place) {
		if _, named := c.stored.Code(k.TextDomain(of), lens); named {
			lenses, places[lens] = append(lenses, lens), list
		}
	}
	for _, name := range c.order {
		if d, ok := c.dimension(name); ok && d.Form != dimension.ByTrait {
			var list []place
			for _, l := range d.LevelNames() {
				list = append(list, place{name: l})
			}
			take(name, list)
		}
	}
	for _, s := range c.segmentations {
		var list []place
		for _, x := range s.Segments {
			list = append(list, place{x.Name, x.Was})
		}
		take(s.Name, list)
	}
	return lenses, places
}

// place is what a level or segment is called, and was called before.
type place struct{ name, was string }

// CanPin reports whether customers of a grain can be pinned: an override names
// an account.
func CanPin(g customer.Grain) bool {
	return g.Level == customer.ByAccount || g.Level == customer.ByParent || g.Level == customer.ByEntity
}

// overrides adds the steps of what people have set, and returns the last: the
// columns of the facts, whose they are (customer), and _nth, 1 for those that
// count: of what several sources say of one account, lens and first day, the last
// that was stored, so that what a file says can be lifted by hand.
func (c *compiler) overrides() string {
	s := Select{From: from("fact_override", "f")}
	s.Where = c.visible(&s, fact.OverrideKind, "f")
	account := c.accountOf(&s, "f")
	s.Columns = []Column{star("f"), as("customer", account)}
	stated := c.plan.add("overrides_stated", "what people have set", s)
	return c.plan.add("overrides", "the last of each", Select{From: from(stated, "o"), Columns: []Column{
		star("o"),
		as("_nth", Window{
			Fn: RowNumber, PartitionBy: []Expr{col("o", "customer"), col("o", fact.OverrideOf), col("o", fact.ColStarts)},
			OrderBy: []Order{{By: col("o", "_row"), Desc: true}},
		}),
	}})
}

// joinPins adds, where somebody is pinned, the place that each customer is
// pinned to. Of several overrides of one lens the one that began last holds.
func (c *compiler) joinPins(l *layer) {
	lenses, places := c.pinnable()
	if len(lenses) == 0 {
		return
	}
	k, _ := c.kind(fact.OverrideKind)
	of, _ := k.Column(fact.OverrideOf)
	to, _ := k.Column(fact.OverrideTo)
	day := lit(int64(c.req.AsOf))
	s := Select{
		From: from(c.overrides(), "o"), GroupBy: []Expr{col("o", "customer")}, Columns: []Column{as("account", col("o", "customer"))},
		Where: all(call(Eq, col("o", "_nth"), lit(int64(1))), call(Le, col("o", fact.ColStarts), day), call(Gt, col("o", fact.ColEnds), day)),
	}
	for _, lens := range lenses {
		code, _ := c.stored.Code(k.TextDomain(of), lens)
		index := Case{}
		for i, p := range places[lens] {
			for _, name := range []string{p.name, p.was} {
				if at, ok := c.stored.Code(k.TextDomain(to), name); ok && name != "" {
					index.Whens = append(index.Whens, When{call(Eq, col("o", "to"), lit(at)), lit(int64(i))})
				}
			}
		}
		pinned := Expr(lit(nil))
		if len(index.Whens) > 0 {
			pinned = Agg{
				Fn: ArgMax, Args: []Expr{index, call(OrderKey, call(ToBig, col("o", "starts")), col("o", "_row"))},
				Filter: call(Eq, col("o", "of"), lit(code)),
			}
		}
		s.Columns = append(s.Columns, as(pinColumn(lens), slim(pinned)))
	}
	step := c.plan.add("pins", "where people have pinned customers", s)
	l.sel.Joins = append(l.sel.Joins, Join{Kind: LeftJoin, Source: from(step, "pins"), On: call(Eq, col("pins", "account"), c.customerID("c"))})
	c.pins = map[string]bool{}
	for _, lens := range lenses {
		l.add(pinColumn(lens), col("pins", pinColumn(lens)))
		c.pins[lens] = true
	}
}

// pinned returns the place of a lens where overrides count, given the one by its
// rules, and adds both to the result.
func (c *compiler) pinned(out ResultColumn, byRule Expr) Expr {
	if !c.pins[out.Of] {
		return byRule
	}
	pin := col("c", pinColumn(out.Of))
	c.emit(ResultColumn{Name: out.Name + "__rule", Role: RoleByRule, Of: out.Of + ByRule, Type: rule.TypeText, Labels: out.Labels}, byRule)
	c.emit(ResultColumn{Name: pinColumn(out.Of), Role: RolePin, Of: out.Of, Type: rule.TypeText, Labels: out.Labels}, pin)
	c.emit(ResultColumn{Name: pinColumn(out.Of) + "__is", Role: RolePinned, Of: out.Of + Pinned, Type: rule.TypeBool}, call(IsNotNull, pin))
	return call(Coalesce, pin, byRule)
}

// unlessPinned is a condition that does not matter of who is pinned.
func (c *compiler) unlessPinned(lens string, e Expr) Expr {
	if !c.pins[lens] {
		return e
	}
	return call(And, call(IsNull, col("c", pinColumn(lens))), e)
}

// byRuleColumn is the column of a result that holds where the rules put
// customers in a lens whose place is in another.
func byRuleColumn(columns []ResultColumn, lens string) (string, bool) {
	i := slices.IndexFunc(columns, func(c ResultColumn) bool { return c.Role == RoleByRule && c.Of == lens+ByRule })
	if i < 0 {
		return "", false
	}
	return columns[i].Name, true
}

// Overrides lists what people have set, in force on the day or not, the oldest
// first; account, when not nil, is the number of the one that matters. Rows:
// account, its id, of, to, starts, ends, reason, owner, approved_by,
// lifted_by, lift_reason, _row.
func Overrides(d Definitions, s Stored, asOf period.Date, account *int64) (Plan, bool) {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, ok := c.kind(fact.OverrideKind)
	if !ok || s.Kinds[fact.OverrideKind].Rows == 0 {
		return Plan{}, false
	}
	list := Select{From: from(c.overrides(), "c"), Where: call(Eq, col("c", "_nth"), lit(int64(1)))}
	decode := decoder(&list)
	joinWho(&list, customer.Grain{})
	list.Columns = []Column{as("account", col("c", "customer")), as("id", col("k", "id"))}
	for _, name := range []string{fact.OverrideOf, fact.OverrideTo, fact.ColStarts, fact.ColEnds, "reason", "owner", "approved_by", "lifted_by", "lift_reason"} {
		column, _ := k.Column(name)
		e := Expr(col("c", name))
		if column.Type == fact.Text {
			e = decode(k.TextDomain(column), e)
		}
		list.Columns = append(list.Columns, as(name, e))
	}
	list.Columns = append(list.Columns, as("_row", col("c", "_row")))
	if account != nil {
		list.Where = all(list.Where, call(Eq, col("c", "customer"), lit(*account)))
	}
	list.OrderBy = []Order{{By: col("c", fact.ColStarts)}, {By: col("c", "_row")}}
	c.plan.add("list", "each with whose it is", list)
	return c.plan, true
}

// OwnID is the id of an account, by its number. Rows: space, id.
func OwnID(account int64) Plan {
	p := Plan{}
	p.add("own_id", "the id of the account itself", Select{
		From:    from("account", "a"),
		Joins:   []Join{{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("a", "key"))}},
		Columns: []Column{as("space", col("k", "space")), as("id", col("k", "id"))},
		Where:   call(Eq, col("a", "account"), lit(account)),
	})
	return p
}
