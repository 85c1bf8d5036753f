package query

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// segments makes the steps that answer every rule and pick each customer's
// segment.
func (c *compiler) segments() error {
	c.emitMetrics()
	rules := c.newLayer()
	for _, s := range c.segmentations {
		if len(s.Segments) > segmentation.Most {
			return fmt.Errorf("segmentation %q: %d segments, at most %d", s.Name, len(s.Segments), segmentation.Most)
		}
		for i, segment := range s.Segments {
			v, err := lower(segment.When, rules.scope)
			if err != nil {
				return fmt.Errorf("segmentation %q, segment %q: %w", s.Name, segment.Name, err)
			}
			rules.add(ruleColumn(s.Name, i), v.Expr)
		}
	}
	for _, a := range c.audiences {
		v, err := lower(a.When, rules.scope)
		if err != nil {
			return fmt.Errorf("audience %q: %w", a.Name, err)
		}
		rules.add("a_"+a.Name, v.Expr)
		c.emit(ResultColumn{Name: "a_" + a.Name, Role: RoleAudience, Of: a.Name, Type: rule.TypeBool}, col("c", "a_"+a.Name))
	}
	c.finish(rules, "rules", "the answer of every rule: yes, no, or can't tell")
	if len(c.segmentations) == 0 {
		return nil
	}
	open := c.newLayer()
	for _, s := range c.segmentations {
		open.add("first_"+s.Name, firstTrue(s))
		open.add("open_"+s.Name, stillOpen(s))
	}
	c.finish(open, "candidates", "the first rule that is true, and those before it that might be")
	placed := c.newLayer()
	c.joinPrevious(placed)
	for _, s := range c.segmentations {
		c.place(placed, s)
	}
	c.finish(placed, "placed", "one segment for each customer")
	c.hold(c.waiting)
	c.waiting = nil
	return nil
}

func ruleColumn(segmentation string, i int) string { return fmt.Sprintf("r_%s_%d", segmentation, i) }

// firstTrue is the index of the first segment whose rule is true.
func firstTrue(s segmentation.Definition) Expr {
	pick := Case{}
	for i := range s.Segments {
		pick.Whens = append(pick.Whens, When{col("c", ruleColumn(s.Name, i)), lit(int64(i))})
	}
	return pick
}

// stillOpen has a bit for each segment whose rule is unknown.
func stillOpen(s segmentation.Definition) Expr {
	var mask Expr = lit(int64(0))
	for i := range s.Segments {
		bit := when(call(IsNull, col("c", ruleColumn(s.Name, i))), lit(int64(1)<<i), lit(int64(0)))
		mask = call(BitOr, mask, bit)
	}
	return mask
}

// place settles unknown answers as the segmentation says (SEMANTICS 14).
func (c *compiler) place(l *layer, s segmentation.Definition) {
	first, open := col("c", "first_"+s.Name), col("c", "open_"+s.Name)
	before := call(BitAnd, open, when(call(IsNull, first), lit(int64(-1)), call(Sub, call(ShiftLeft, first), lit(int64(1)))))
	certain := call(Eq, before, lit(int64(0)))
	unassigned := call(Coalesce, first, lit(int64(CodeUnassigned)))
	certainOrUnknown := call(Coalesce, first, lit(int64(CodeUnknown)))

	segment, provisional, dark := Expr(unassigned), Expr(lit(false)), Expr(call(Not, certain))
	switch s.OnUnknown {
	case segmentation.ToUnknown:
		segment = when(certain, unassigned, lit(int64(CodeUnknown)))
	case segmentation.AsNo:
	default:
		segment = when(certain, unassigned, certainOrUnknown)
		provisional = call(And, call(Not, certain), call(IsNotNull, first))
		if previous := c.previous(s); previous != nil {
			possible := call(Or, call(Eq, previous, first), call(Ne, call(BitAnd, before, call(ShiftLeft, call(Greatest, previous, lit(int64(0))))), lit(int64(0))))
			held := call(Coalesce, call(And, call(Ge, previous, lit(int64(0))), possible), lit(false))
			segment = Case{Whens: []When{{certain, unassigned}, {held, previous}}, Else: certainOrUnknown}
			dark = call(And, dark, call(Or, held, call(IsNull, first)))
			unsettled := call(And, held, call(Coalesce, col("was", "p_"+s.Name), lit(false)))
			provisional = call(Or, call(And, provisional, call(Not, held)), call(And, call(Not, certain), unsettled))
			names := make([]string, len(s.Segments))
			for i, segment := range s.Segments {
				names[i] = segment.Name
			}
			l.add("w_"+s.Name, previous)
			c.emit(ResultColumn{Name: "w_" + s.Name, Role: RolePrevious, Of: s.Name, Type: rule.TypeText, Labels: names}, col("c", "w_"+s.Name))
			l.add("wp_"+s.Name, unsettled)
			c.emit(ResultColumn{Name: "wp_" + s.Name, Role: RoleUnsettled, Of: s.Name, Type: rule.TypeBool}, col("c", "wp_"+s.Name))
		}
	}
	out := ResultColumn{Name: "s_" + s.Name, Role: RoleSegment, Of: s.Name, Type: rule.TypeText}
	l.add("p_"+s.Name, provisional)
	provisionally := Expr(col("c", "p_"+s.Name))
	if s.Hold.IsZero() {
		l.add("s_"+s.Name, segment)
	} else {
		h := c.waitIn(l, s, segment, dark)
		provisionally = call(And, provisionally, call(Eq, col("c", h.base), h.first))
		out.Hash = c.defs.Hashes[s.Name]
	}
	l.add("before_"+s.Name, before)
	l.add("u_"+s.Name, call(Not, certain))
	names := make([]string, len(s.Segments))
	for i, segment := range s.Segments {
		names[i] = segment.Name
	}
	out.Labels = names
	c.emit(out, c.pinned(out, col("c", "s_"+s.Name)))
	possible := Expr(col("c", "before_"+s.Name))
	if c.pins[s.Name] {
		possible = when(call(IsNull, col("c", pinColumn(s.Name))), possible, lit(int64(0)))
	}
	if len(s.Segments) <= slimDays {
		possible = call(ToSlim, possible)
	}
	c.emit(ResultColumn{Name: "open_" + s.Name, Role: RoleOpen, Of: s.Name}, possible)
	c.emit(ResultColumn{Name: "p_" + s.Name, Role: RoleProvisional, Of: s.Name + ".provisional", Type: rule.TypeBool}, c.unlessPinned(s.Name, provisionally))
	c.emit(ResultColumn{Name: "u_" + s.Name, Role: RoleUndecided, Of: s.Name + ".undecided", Type: rule.TypeBool}, c.unlessPinned(s.Name, col("c", "u_"+s.Name)))
}

// waitIn leaves it to the steps that follow to say which segment is held. Dark is
// where nothing can be told of today.
func (c *compiler) waitIn(l *layer, s segmentation.Definition, segment, dark Expr) holding {
	h := holding{base: "s_" + s.Name, of: s.Name, hold: s.Hold, ordered: s.Ordered, beyond: true}
	for _, x := range s.Segments {
		h.labels = append(h.labels, x.Name)
	}
	h.first = h.col("placed")
	h = c.stand(h)
	l.add(h.column("placed"), segment)
	outside := call(Eq, segment, lit(int64(CodeUnassigned)))
	l.add(h.column(HoldRaw), Case{Whens: []When{{dark, lit(nil)}, {outside, lit(int64(len(h.labels)))}}, Else: segment})
	c.emitHold(h)
	c.waiting = append(c.waiting, h)
	return h
}

// joinPrevious adds where customers stood before.
func (c *compiler) joinPrevious(l *layer) {
	if c.req.Previous == "" {
		return
	}
	l.sel.Joins = append(l.sel.Joins, Join{
		Kind: LeftJoin, Source: from(c.req.Previous, "was"),
		On: call(Eq, col("was", "customer"), c.customerID("c")),
	})
}

// previous returns where a customer stood before, as an index of today's
// segments; nil when nothing is known.
func (c *compiler) previous(s segmentation.Definition) Expr {
	before, ok := c.req.PreviousSegments[s.Name]
	if c.req.Previous == "" || !ok {
		return nil
	}
	now, stood := Case{}, col("was", cmp.Or(c.req.PreviousByRule[s.Name], "s_"+s.Name))
	same := true
	for i, name := range before {
		at := slices.IndexFunc(s.Segments, func(x segmentation.Segment) bool { return x.Name == name || x.Was == name && x.Was != "" })
		same = same && at == i
		if at >= 0 {
			now.Whens = append(now.Whens, When{call(Eq, stood, lit(int64(i))), lit(int64(at))})
		}
	}
	if same {
		return stood
	}
	if len(now.Whens) == 0 {
		return nil
	}
	return now
}

// emitMetrics puts who the customer is and all metrics at the front of the
// result.
func (c *compiler) emitMetrics() {
	rest, restExpr := c.out, c.outExpr
	c.out, c.outExpr = nil, nil
	c.emit(ResultColumn{Name: "customer", Role: RoleCustomer}, c.customerID("c"))
	for _, who := range []struct {
		name string
		role Role
	}{{"name", RoleName}, {"owner", RoleOwner}} {
		if v, ok := c.columns[who.name]; ok {
			c.emit(ResultColumn{Name: "who_" + who.name, Role: who.role, Type: rule.TypeText, Domain: v.domain}, v.Expr)
		}
	}
	for _, name := range c.order {
		m, ok := c.metric(name)
		if !ok {
			continue
		}
		v, ok := c.columns[name]
		if !ok {
			continue
		}
		out := ResultColumn{Name: "m_" + name, Role: RoleMetric, Of: name, Type: m.Type, Domain: v.domain, Bound: v.bound}
		if m.Form == metric.FromFacts && v.none != nil {
			out.None = "m_" + name + "__none"
			c.emit(ResultColumn{Name: out.None, Role: RoleNone, Of: name, Type: rule.TypeBool}, col("c", out.None))
		}
		c.emit(out, col("c", "m_"+name))
		if m.When != nil {
			c.emit(ResultColumn{Name: "m_" + name + "__judged", Role: RoleJudged, Of: name, Type: rule.TypeBool}, col("c", "m_"+name+"__judged"))
		}
	}
	c.emitEarlier()
	c.emitOfAccount()
	c.emitOfContact()
	for _, name := range c.traits {
		k, _ := c.kind("account")
		column, _ := k.Column(name)
		v := c.columns[name]
		if d, isDimension := c.dimension(name); isDimension {
			if d.Trait == name && d.Form == dimension.ByTrait && v.typ == rule.TypeText {
				continue // its level says the same
			}
			v = c.storedValue(k, column, "c")
		}
		c.emit(ResultColumn{Name: "t_" + name, Role: RoleTrait, Of: name, Type: v.typ, Domain: v.domain}, v.Expr)
	}
	c.out, c.outExpr = append(c.out, rest...), append(c.outExpr, restExpr...)
}

// emitEarlier adds the metrics from facts and the traits that definitions read
// as of earlier days.
func (c *compiler) emitEarlier() {
	for _, m := range c.measureOrder {
		v, ok := c.columns[m.name]
		if m.ago == 0 || !ok {
			continue
		}
		out := ResultColumn{Name: "m_" + m.name, Role: RoleEarlier, Of: m.name, Type: m.def.Type, Domain: v.domain, Bound: v.bound}
		if v.none != nil {
			out.None = "m_" + m.name + "__none"
			c.emit(ResultColumn{Name: out.None, Role: RoleNone, Of: m.name, Type: rule.TypeBool}, col("c", out.None))
		}
		for _, name := range c.order {
			if c.columns[name].repeats == out.Name {
				out.Name = "m_" + name // its column stands for both
			}
		}
		c.emit(out, col("c", "m_"+m.name))
	}
	for _, p := range c.earlier {
		key := shifted(p.name, p.ago)
		if v, ok := c.columns[key]; ok {
			c.emit(ResultColumn{Name: earlierColumn(key), Role: RoleStatedThen, Of: key, Type: v.typ, Domain: v.domain}, v.Expr)
		}
	}
}

// emitOfContact adds what contacts say themselves.
func (c *compiler) emitOfContact() {
	k, _ := c.kind(fact.ContactKind)
	for _, column := range k.Columns {
		name := fact.ContactPrefix + column.Name
		if v, ok := c.columns[name]; ok {
			c.emit(ResultColumn{Name: "contact_" + column.Name, Role: RoleOfContact, Of: name, Type: v.typ, Domain: v.domain}, v.Expr)
		}
	}
}

// emitOfAccount adds what definitions of contacts read of their accounts.
func (c *compiler) emitOfAccount() {
	rules := c.allRules()
	for _, name := range c.order {
		if m, ok := c.metric(name); ok {
			rules = append(rules, formulas(m)...)
		}
	}
	read := map[string]bool{}
	for _, x := range rules {
		for _, name := range x.Names() {
			read[name] = true
		}
	}
	for _, trait := range c.traits {
		name := "account." + trait
		isLevel := slices.ContainsFunc(c.req.AccountColumns, func(r ResultColumn) bool { return r.Role == RoleLevel && r.Of == trait })
		if v, ok := c.columns[name]; ok && read[name] && !isLevel {
			c.emit(ResultColumn{Name: "account_t_" + trait, Role: RoleOfAccount, Of: name, Type: v.typ, Domain: v.domain}, v.Expr)
		}
	}
	for _, column := range c.req.AccountColumns {
		name := "account." + column.Of
		v, ok := c.columns[name]
		if !ok || !read[name] || column.Role != RoleMetric && column.Role != RoleLevel {
			continue
		}
		out := ResultColumn{Name: "account_" + column.Name, Role: RoleOfAccount, Of: name, Type: v.typ, Domain: v.domain, Labels: v.labels, Bound: v.bound}
		if v.none != nil {
			out.None = "account_" + column.None
			c.emit(ResultColumn{Name: out.None, Role: RoleNone, Of: name, Type: rule.TypeBool}, col("c", out.None))
		}
		c.emit(out, col("c", out.Name))
	}
}
