package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// where lowers a metric's condition; nil takes all.
func (f *factScope) where(m *measure) (Expr, error) {
	if m.def.Where == nil {
		return nil, nil
	}
	f.ago = m.ago
	v, err := lower(m.def.Where, f.scope())
	return v.Expr, err
}

// condition says which facts of a scan of [low, high) one measure takes; nil
// takes all.
func (f *factScope) condition(m *measure, low, high int64) (Expr, error) {
	condition, err := f.where(m)
	if err != nil {
		return nil, err
	}
	condition = all(f.holds(f.kind, m), condition)
	from, to := f.window(f.kind, m)
	if from > low {
		condition = all(call(Ge, col("f", "_at"), lit(from)), condition)
	}
	if to < high {
		condition = all(call(Lt, col("f", "_at"), lit(to)), condition)
	}
	return condition, nil
}

// aggregate returns the columns of one measure over the facts that fulfil the
// condition.
func (f *factScope) aggregate(m *measure, condition Expr) ([]Column, error) {
	switch m.def.Aggregate {
	case metric.Count:
		return []Column{as(m.name, Agg{Fn: CountRows, Filter: condition})}, nil
	case metric.ActiveDays:
		return f.activeDays(m, condition), nil
	case metric.Since:
		return f.latest(m, condition), nil
	}
	column, ok := f.kind.Column(m.def.Column)
	if !ok {
		return f.builtinColumn(m, condition)
	}
	return f.overColumn(m, column, condition)
}

// builtinColumn aggregates `at`, the time of the fact itself.
func (f *factScope) builtinColumn(m *measure, condition Expr) ([]Column, error) {
	if m.def.Column != fact.ColAt && m.def.Column != fact.ColValidFrom {
		return nil, fmt.Errorf("%q is no column of %s", m.def.Column, f.kind.Name)
	}
	fn := Max
	if m.def.Aggregate == metric.Min || m.def.Aggregate == metric.First {
		fn = Min
	}
	return []Column{as(m.name, Agg{Fn: fn, Args: []Expr{col("f", "_at")}, Filter: condition})}, nil
}

func (f *factScope) overColumn(m *measure, column fact.Column, condition Expr) ([]Column, error) {
	stored := Expr(col("f", storedName(column.Name)))
	if column.Type == fact.Money {
		stored = f.converted(f.kind, column, "f")
	}
	one := func(fn AggFn, args ...Expr) []Column {
		return []Column{as(m.name, Agg{Fn: fn, Args: args, Filter: condition})}
	}
	order := call(OrderKey, col("f", "_at"), col("f", "_hash"))
	switch m.def.Aggregate {
	case metric.Sum:
		columns := one(SumInt, stored)
		if !column.Required || column.Type == fact.Money {
			gap := all(condition, call(IsNull, stored))
			columns = append(columns, as(m.name+"__gap", Agg{Fn: CountRows, Filter: gap}))
		}
		return columns, nil
	case metric.Avg:
		return append(one(SumInt, stored),
			as(m.name+"__n", Agg{Fn: CountRows, Filter: all(condition, call(IsNotNull, stored))})), nil
	case metric.Min:
		return one(Min, f.comparable(column, stored)), nil
	case metric.Max:
		return one(Max, f.comparable(column, stored)), nil
	case metric.First:
		return one(ArgMin, stored, order), nil
	case metric.Last:
		return one(ArgMax, stored, order), nil
	case metric.CountDistinct:
		shift := ShiftLeft
		if n := f.stored.Codes(f.kind.TextDomain(column)); n <= slimDays {
			shift = ShiftSlim
		}
		mask := when(all(condition, call(IsNotNull, stored)), call(shift, stored), lit(int64(0)))
		return []Column{as(m.name, Agg{Fn: BitOrAll, Args: []Expr{mask}})}, nil
	}
	return nil, fmt.Errorf("no form for %s", m.def.Aggregate)
}

// comparable returns what orders the column: texts as themselves, not as
// codes.
func (f *factScope) comparable(column fact.Column, stored Expr) Expr {
	if column.Type == fact.Text {
		return f.decode(f.kind.TextDomain(column), stored)
	}
	return stored
}

// activeDays spreads the days of the span over masks.
func (f *factScope) activeDays(m *measure, condition Expr) []Column {
	at := Expr(col("f", "_at"))
	if f.kind.Timing == fact.At {
		at = f.civil(at)
	}
	span, bounded := f.span(m)
	if !bounded || span.Days() > maskDays*maxMasks {
		day := call(FloorDiv, at, micros())
		return []Column{as(m.name, Agg{Fn: CountDistinct, Args: []Expr{day}, Filter: condition})}
	}
	nth := call(IntDiv, call(Sub, at, lit(span.From.Micros())), micros())
	var columns []Column
	for part := 0; part*maskDays < span.Days(); part++ {
		in := condition
		index := Expr(nth)
		if span.Days() > maskDays {
			low := int64(part * maskDays)
			in = all(condition, call(Ge, nth, lit(low)), call(Lt, nth, lit(low+maskDays)))
			index = call(Sub, nth, lit(low))
		}
		name := m.name
		if part > 0 {
			name = fmt.Sprintf("%s__%d", m.name, part)
		}
		shift := ShiftLeft
		if span.Days() <= slimDays {
			shift = ShiftSlim
		}
		mask := Expr(call(shift, index))
		if in != nil {
			mask = when(in, mask, lit(int64(0)))
		}
		columns = append(columns, as(name, Agg{Fn: BitOrAll, Args: []Expr{mask}}))
		m.parts++
	}
	return columns
}

// latest returns the time of the last fact.
func (f *factScope) latest(m *measure, condition Expr) []Column {
	at := Expr(col("f", "_at"))
	if column, ok := f.kind.Column(m.def.Column); ok {
		at = f.storedValue(f.kind, column, "f").Expr
	}
	return []Column{as(m.name, Agg{Fn: Max, Args: []Expr{at}, Filter: condition})}
}

// value returns a measure as the metric that it is, given the columns of its
// step under the alias.
func (c *compiler) measured(m *measure, alias string) (value, error) {
	k, _ := c.kind(m.def.Kind)
	covered, bound, err := c.covered(k, m)
	if err != nil {
		return value{}, err
	}
	raw := Expr(col(alias, m.name))
	v := value{typ: m.def.Type, size: storedMagnitude}
	column, hasColumn := k.Column(m.def.Column)
	switch m.def.Aggregate {
	case metric.Count:
		v.Expr = call(ToDouble, call(Coalesce, raw, lit(int64(0))))
	case metric.CountDistinct:
		n := raw
		if m.bits {
			n = call(BitCount, raw)
		}
		v.Expr = call(ToDouble, call(Coalesce, n, lit(int64(0))))
	case metric.ActiveDays:
		v.Expr = call(ToDouble, c.bitsOf(m, alias))
	case metric.Sum:
		v.Expr = call(Div, exactDouble(call(Coalesce, raw, lit(int64(0)))), lit(c.scaleOf(column)))
		if !column.Required || column.Type == fact.Money {
			gap := call(Gt, col(alias, m.name+"__gap"), lit(int64(0)))
			v.Expr = Case{Whens: []When{{gap, lit(nil)}}, Else: v.Expr}
		}
	case metric.Avg:
		n := call(NullIfZero, call(ToDouble, col(alias, m.name+"__n")))
		v.Expr = call(Div, call(Div, exactDouble(raw), lit(c.scaleOf(column))), n)
		v.size = averageMagnitude
	case metric.Since:
		return c.since(k, m, raw, covered, bound), nil
	default:
		if !hasColumn {
			v.Expr = raw
			if k.Timing == fact.At {
				v.Expr = c.civil(raw)
			}
			break
		}
		stored := c.storedValue(k, fact.Column{Name: m.name, Type: column.Type}, alias)
		v.Expr, v.typ = stored.Expr, stored.typ
		if column.Type == fact.Money {
			v.Expr = call(Div, call(ToDouble, raw), lit(c.minorUnits()))
		}
		if column.Type == fact.Text && (m.def.Aggregate == metric.First || m.def.Aggregate == metric.Last) {
			v.domain = k.TextDomain(column)
		}
	}
	if m.def.Missing != nil {
		v.Expr = call(Coalesce, gated(covered, v.Expr), lit(*m.def.Missing))
		v.size = v.size.union(constMagnitude(*m.def.Missing))
		return v, nil
	}
	v.Expr = gated(covered, v.Expr)
	return v, nil
}

// exactDouble rounds a sum to a double once: the engine goes from its wide
// whole numbers to doubles in two steps, and is exact from 64 bits.
func exactDouble(sum Expr) Expr {
	return call(Coalesce, call(ToDouble, call(ToInt, sum)), call(ToDouble, sum))
}

func (c *compiler) scaleOf(column fact.Column) float64 {
	if column.Type == fact.Money {
		return c.minorUnits()
	}
	return 1e6
}

func (c *compiler) bitsOf(m *measure, alias string) Expr {
	if m.parts == 0 {
		return call(Coalesce, col(alias, m.name), lit(int64(0)))
	}
	sum := Expr(nil)
	for part := range m.parts {
		name := m.name
		if part > 0 {
			name = fmt.Sprintf("%s__%d", m.name, part)
		}
		bits := call(Coalesce, call(ToBig, call(BitCount, col(alias, name))), lit(int64(0))) // engines count bits in a byte
		if sum == nil {
			sum = bits
			continue
		}
		sum = call(Add, sum, bits)
	}
	return sum
}

// since counts the days from the last fact to the day asked for. Without a
// fact it is longer than what the source covers.
func (c *compiler) since(k fact.Kind, m *measure, raw, covered Expr, bound float64) value {
	last := raw
	if _, ok := k.Column(m.def.Column); !ok && k.Timing == fact.At {
		last = c.civil(raw)
	}
	day := call(FloorDiv, last, micros())
	days := call(ToDouble, call(Sub, lit(int64(c.req.AsOf-period.Date(m.ago))), day))
	v := value{Expr: gated(covered, days), typ: rule.TypeNumber, size: magnitude{1, 1e7}, bound: bound}
	if m.def.Missing != nil {
		v.Expr = call(Coalesce, v.Expr, lit(*m.def.Missing))
		return v
	}
	if bound > 0 {
		none := Expr(call(IsNull, raw))
		if covered != nil {
			none = call(And, call(Coalesce, covered, lit(false)), none)
		}
		v.none = none
	}
	return v
}

// gated is the value where the source covers the customer, else NULL.
func gated(covered, e Expr) Expr {
	if covered == nil {
		return e
	}
	if l, ok := covered.(Lit); ok && l.Value == false {
		return lit(nil)
	}
	return when(covered, e, nil)
}

// stale is whether a source ends too long before the last day that a measure
// looks at. What lies wholly within what the source covers stays known, however
// long ago that was.
func (c *compiler) stale(source Coverage, m *measure) bool {
	last := c.req.AsOf - period.Date(m.ago)
	if span, bounded := c.span(m); bounded && m.def.Aggregate != metric.Since {
		last = min(last, span.To-1)
	}
	return source.Stale && source.isStale(last)
}

// covered says for which customers the sources of a kind cover the span of a
// measure: nil is all of them. bound is the number of days that the absence of
// a fact covers.
func (c *compiler) covered(k fact.Kind, m *measure) (covered Expr, bound float64, err error) {
	span, bounded := c.span(m)
	sources := c.stored.Coverage[k.Name]
	if len(sources) == 0 {
		return lit(false), 0, nil
	}
	day := c.req.AsOf - period.Date(m.ago)
	bound = -1
	good, bad := []Expr{}, []Expr{}
	everywhere := false
	for _, source := range sources {
		// Only what counts the absence of facts needs the whole span.
		counts := m.def.Aggregate.CountsNothingAsZero()
		fits := !c.stale(source, m) && (!bounded || !counts || source.Always || source.From <= span.From) && (m.ago == 0 || source.Always || source.From <= day)
		has := c.hasSpace(source)
		switch v, _ := c.voiceOf(source, m); {
		case v == silent, v == unclear && !counts && m.def.Aggregate != metric.Since:
			continue
		case v == unclear:
			fits = false
		}
		reach := float64(day - source.From)
		if bounded && m.def.Aggregate == metric.Since {
			reach = min(reach, float64(span.Days()))
		}
		if bound < 0 || reach < bound {
			bound = max(reach, 0)
		}
		switch {
		case fits && has == nil:
			everywhere = true
		case fits:
			good = append(good, has)
		case has == nil:
			return lit(false), 0, nil
		default:
			bad = append(bad, has)
		}
	}
	if !everywhere && len(good) == 0 {
		return lit(false), 0, nil
	}
	if !everywhere {
		covered = good[0]
		if len(good) > 1 {
			covered = call(Or, good...)
		}
	}
	for _, has := range bad {
		covered = all(covered, call(Not, has))
	}
	if gap := c.gaps[m.name]; gap != nil {
		covered = all(covered, call(Not, gap))
	}
	return covered, bound, nil
}

// hasSpace says whether a customer has a key of a source; nil is all of them.
func (c *compiler) hasSpace(source Coverage) Expr {
	switch {
	case source.Complete, len(c.stored.Spaces) == 0:
		return nil
	case !slices.Contains(c.stored.Spaces, source.Ids):
		return lit(false) // no account has ids of it
	case len(c.stored.Spaces) == 1:
		return nil
	}
	return call(Coalesce, col("c", "_in_"+source.Ids), lit(false))
}
