package query

import (
	"errors"
	"fmt"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// Scope tells the lowering what a rule's names stand for.
type scope struct {
	variable func(name string, agoDays int) (value, error)
	code     func(domain, text string) (int64, bool)
	decode   func(domain string, code Expr) Expr
}

// lowering turns one rule into an Expr. Its result is NULL exactly where the
// rule's answer is unknown.
type lowering struct {
	scope    scope
	inItems  bool // in the condition of an exists or all
	named    int  // values that have been given a name
	problems []error
}

// lower returns what the expression is in the scope.
func lower(x *rule.Expr, s scope) (value, error) {
	l := &lowering{scope: s}
	v := l.node(x.Root())
	if err := errors.Join(l.problems...); err != nil {
		return value{}, fmt.Errorf("lower %q: %w", x.Source(), err)
	}
	return v, nil
}

// node lowers a part of the rule.
func (l *lowering) node(n *rule.Node) value { return l.checked(l.unchecked(n)) }

// unchecked lowers a part whose number may come out as not finite instead of
// NULL.
func (l *lowering) unchecked(n *rule.Node) value {
	switch n.Op {
	case rule.OpConst:
		return l.constant(n)
	case rule.OpVar:
		v, err := l.scope.variable(n.Name, n.AgoDays)
		if err != nil {
			l.problems = append(l.problems, err)
			return value{Expr: lit(nil), typ: n.Type}
		}
		return v
	case rule.OpItem:
		return value{Expr: Item{Name: itemName(n.Name)}, typ: rule.TypeText}
	case rule.OpEq, rule.OpNe, rule.OpLt, rule.OpLe, rule.OpGt, rule.OpGe:
		return l.comparison(n)
	case rule.OpIn:
		return l.membership(n)
	case rule.OpExists, rule.OpAll:
		return l.quantified(n)
	}
	if v, ok := l.arithmetic(n); ok {
		return v
	}
	args := make([]value, len(n.Args))
	for i, a := range n.Args {
		args[i] = l.node(a)
	}
	if v, ok := l.logic(n, args); ok {
		return v
	}
	if v, ok := l.time(n, args); ok {
		return v
	}
	if v, ok := l.text(n, args); ok {
		return v
	}
	l.problems = append(l.problems, fmt.Errorf("no form for operation %s", n.Op))
	return value{Expr: lit(nil), typ: n.Type}
}

func (l *lowering) constant(n *rule.Node) value {
	v := n.Value
	switch v.Kind() {
	case rule.KindBool:
		return value{Expr: lit(v.IsTrue()), typ: n.Type}
	case rule.KindNumber:
		return value{Expr: lit(v.Number()), typ: n.Type, size: constMagnitude(v.Number())}
	case rule.KindText:
		return value{Expr: lit(v.Text()), typ: n.Type}
	case rule.KindTime, rule.KindDuration:
		return value{Expr: lit(v.Micros()), typ: n.Type}
	case rule.KindList:
		var items []Expr
		for _, s := range v.List() {
			items = append(items, lit(s))
		}
		return value{Expr: call(TextList, items...), typ: n.Type}
	}
	l.problems = append(l.problems, fmt.Errorf("no form for the constant %s", v))
	return value{Expr: lit(nil), typ: n.Type}
}

func (l *lowering) logic(n *rule.Node, args []value) (value, bool) {
	out := value{typ: n.Type}
	switch n.Op {
	case rule.OpAnd:
		out.Expr = call(And, exprs(args)...)
	case rule.OpOr:
		out.Expr = call(Or, exprs(args)...)
	case rule.OpNot:
		out.Expr = call(Not, args[0].Expr)
	case rule.OpKnown:
		out.Expr = call(IsNotNull, args[0].Expr)
		if args[0].none != nil {
			out.Expr = call(Or, out.Expr, args[0].none)
		}
	case rule.OpIf:
		a, b := l.alike(args[1], args[2])
		out = branchOf(a, b)
		out.Expr = l.once(args[0].Expr, func(c Expr) Expr {
			return Case{Whens: []When{{c, a.Expr}, {call(Not, c), b.Expr}}}
		})
	case rule.OpOrElse:
		a, b := l.alike(args[0], args[1])
		out = branchOf(a, b)
		out.Expr = call(Coalesce, a.Expr, b.Expr)
	default:
		return out, false
	}
	return out, true
}

// alike gives two texts one encoding. A choice between codes that hangs on an
// item could not be decoded later, outside of the list.
func (l *lowering) alike(a, b value) (value, value) {
	if a.typ != rule.TypeText || a.sameCode(b) && !l.inItems {
		return a, b
	}
	return l.plainText(a), l.plainText(b)
}

// branchOf describes a choice between two values of one encoding.
func branchOf(a, b value) value {
	return value{typ: a.typ, domain: a.domain, labels: a.labels, size: a.size.union(b.size)}
}

var comparisons = map[rule.Op]Fn{
	rule.OpEq: Eq, rule.OpNe: Ne, rule.OpLt: Lt, rule.OpLe: Le, rule.OpGt: Gt, rule.OpGe: Ge,
}

func (l *lowering) comparison(n *rule.Node) value {
	out := value{typ: rule.TypeBool}
	a, b := l.node(n.Args[0]), l.node(n.Args[1])
	if a.typ == rule.TypeText {
		out.Expr = l.compareTexts(n, a, b)
		return out
	}
	if a.none == nil && b.none == nil {
		out.Expr = call(comparisons[n.Op], a.Expr, b.Expr)
		return out
	}
	out.Expr = l.onceAll([]Expr{a.Expr, b.Expr}, func(e []Expr) Expr {
		answer := Expr(call(comparisons[n.Op], e[0], e[1]))
		if b.none != nil {
			answer = settledBy(b, e[0], mirrored(n.Op), answer)
		}
		if a.none != nil {
			answer = settledBy(a, e[1], n.Op, answer)
		}
		return answer
	})
	return out
}

// settledBy compares where v is only known to be more than its bound.
func settledBy(v value, with Expr, op rule.Op, otherwise Expr) Expr {
	greater := op == rule.OpGt || op == rule.OpGe || op == rule.OpNe
	settled := when(call(Ge, lit(v.bound), with), lit(greater), nil)
	return when(v.none, settled, otherwise)
}

func mirrored(op rule.Op) rule.Op {
	switch op {
	case rule.OpLt:
		return rule.OpGt
	case rule.OpLe:
		return rule.OpGe
	case rule.OpGt:
		return rule.OpLt
	case rule.OpGe:
		return rule.OpLe
	}
	return op
}

func (l *lowering) compareTexts(n *rule.Node, a, b value) Expr {
	equality := n.Op == rule.OpEq || n.Op == rule.OpNe
	fn := comparisons[n.Op]
	switch {
	case equality && a.sameCode(b):
		return call(fn, a.Expr, b.Expr)
	case equality && a.encoded() && n.Args[1].Op == rule.OpConst:
		return call(fn, a.Expr, l.codeOf(a, n.Args[1].Value.Text()))
	case equality && b.encoded() && n.Args[0].Op == rule.OpConst:
		return call(fn, l.codeOf(b, n.Args[0].Value.Text()), b.Expr)
	}
	return call(fn, l.plainText(a).Expr, l.plainText(b).Expr)
}

func (l *lowering) membership(n *rule.Node) value {
	v := l.node(n.Args[0])
	args := []Expr{v.Expr}
	for _, item := range n.Args[1:] {
		if v.encoded() {
			args = append(args, l.codeOf(v, item.Value.Text()))
			continue
		}
		args = append(args, l.constant(item).Expr)
	}
	return value{Expr: call(In, args...), typ: rule.TypeBool}
}

func (l *lowering) quantified(n *rule.Node) value {
	list := l.node(n.Args[0])
	l.inItems = true
	body := l.node(n.Args[1])
	l.inItems = false
	answers := call(ListApply, list.Expr, Lambda{Item: itemName(n.Name), Body: body.Expr})
	fn := ListAnyTrue
	if n.Op == rule.OpAll {
		fn = ListAllTrue
	}
	return value{Expr: call(fn, answers), typ: rule.TypeBool}
}

func itemName(name string) string { return "item_" + name }

// arithmetic lowers operations whose result on something not finite is not
// finite either, so that one check at the end is enough for all of them.
func (l *lowering) arithmetic(n *rule.Node) (value, bool) {
	if n.Type != rule.TypeNumber {
		return value{}, false
	}
	one := func(fn Fn, size func(magnitude) magnitude) (value, bool) {
		a := l.unchecked(n.Args[0])
		a.Expr, a.size, a.none = call(fn, a.Expr), size(a.size), nil
		return a, true
	}
	two := func(fn Fn, b value, size func(m, n magnitude) magnitude) (value, bool) {
		a := l.unchecked(n.Args[0])
		out := value{Expr: call(fn, a.Expr, b.Expr), typ: n.Type, size: size(a.size, b.size)}
		out.open = a.open || b.open || !out.size.safe()
		return out, true
	}
	switch n.Op {
	case rule.OpAdd:
		return two(Add, l.unchecked(n.Args[1]), magnitude.plus)
	case rule.OpSub:
		return two(Sub, l.unchecked(n.Args[1]), magnitude.plus)
	case rule.OpMul:
		return two(Mul, l.unchecked(n.Args[1]), magnitude.times)
	case rule.OpDiv:
		return two(Div, l.divisor(n.Args[1]), magnitude.over)
	case rule.OpMod:
		return two(Mod, l.divisor(n.Args[1]), magnitude.mod)
	case rule.OpNeg:
		return one(Neg, func(m magnitude) magnitude { return m })
	case rule.OpAbs:
		return one(Abs, func(m magnitude) magnitude { return m })
	case rule.OpRound:
		return one(Round, magnitude.round)
	}
	return value{}, false
}

// divisor lowers what is divided by: NULL where it is zero.
func (l *lowering) divisor(n *rule.Node) value {
	v := l.node(n)
	v.none = nil
	if c, ok := v.Expr.(Lit); !ok || c.Value == float64(0) {
		v.Expr = l.once(v.Expr, func(e Expr) Expr { return call(NullIfZero, e) })
	}
	return v
}

// checked makes a number that is not finite NULL.
func (l *lowering) checked(v value) value {
	if !v.open {
		return v
	}
	e := l.once(v.Expr, func(e Expr) Expr { return when(call(IsFinite, e), e, nil) })
	return value{Expr: e, typ: v.typ, size: anyMagnitude}
}

// extreme is the least or greatest, NULL when any operand is.
func (l *lowering) extreme(op rule.Op, args []value) value {
	fn, out := Least, value{typ: args[0].typ, size: args[0].size}
	if op == rule.OpMax {
		fn = Greatest
	}
	for _, a := range args {
		out.size = out.size.union(a.size)
	}
	out.Expr = l.onceAll(exprs(args), func(list []Expr) Expr {
		return whereKnown(list, call(fn, list...))
	})
	return out
}

func (l *lowering) time(n *rule.Node, args []value) (value, bool) {
	switch n.Op {
	case rule.OpAdd:
		return l.inRange(call(Add, args[0].Expr, args[1].Expr), n.Type), true
	case rule.OpSub:
		apart := call(Sub, args[0].Expr, args[1].Expr)
		if args[1].typ == rule.TypeTime { // no two times are too far apart
			return value{Expr: apart, typ: n.Type}, true
		}
		return l.inRange(apart, n.Type), true
	case rule.OpNeg:
		return value{Expr: call(Neg, args[0].Expr), typ: n.Type}, true
	case rule.OpMin, rule.OpMax:
		return l.extreme(n.Op, args), true
	case rule.OpDays:
		span := call(Trunc, call(Mul, args[0].Expr, lit(float64(period.MicrosPerDay))))
		return value{Expr: l.once(span, func(e Expr) Expr {
			return when(call(Lt, call(Abs, e), lit(float64(maxDuration+1))), call(ToInt, e), nil)
		}), typ: n.Type}, true
	case rule.OpDaysBetween:
		days := call(Sub, daysSinceFirst(args[1]), daysSinceFirst(args[0]))
		return value{Expr: call(ToDouble, days), typ: n.Type, size: magnitude{1, 1e7}}, true
	case rule.OpYear, rule.OpMonth, rule.OpDay:
		fn := map[rule.Op]Fn{rule.OpYear: YearOf, rule.OpMonth: MonthOf, rule.OpDay: DayOf}[n.Op]
		day := call(Add, daysSinceFirst(args[0]), lit(int64(minTime/period.MicrosPerDay)))
		return value{Expr: call(ToDouble, call(fn, day)), typ: n.Type, size: magnitude{1, 1e4}}, true
	}
	return value{}, false
}

// daysSinceFirst counts the days from the first that a time can lie in: no
// remainder is negative then.
func daysSinceFirst(v value) Expr {
	return call(IntDiv, call(Sub, v.Expr, lit(int64(minTime))), micros())
}

// inRange makes a time or duration outside of the years 1 to 9999 NULL.
func (l *lowering) inRange(e Expr, typ rule.Type) value {
	low, high := int64(minTime), int64(maxTime)
	if typ == rule.TypeDuration {
		low, high = -maxDuration, maxDuration
	}
	return value{Expr: l.once(e, func(e Expr) Expr {
		return when(call(And, call(Ge, e, lit(low)), call(Le, e, lit(high))), e, nil)
	}), typ: typ}
}

var textFns = map[rule.Op]Fn{
	rule.OpConcat: Concat, rule.OpContains: Contains, rule.OpStartsWith: HasPrefix, rule.OpEndsWith: HasSuffix,
	rule.OpSize: Length, rule.OpLower: LowerASCII, rule.OpUpper: UpperASCII,
}

func (l *lowering) text(n *rule.Node, args []value) (value, bool) {
	size := magnitude{1, 1e9}
	switch {
	case n.Op == rule.OpSize && args[0].typ == rule.TypeTextList:
		return value{Expr: call(ListSize, args[0].Expr), typ: n.Type, size: size}, true
	case n.Op == rule.OpInList:
		return value{Expr: l.onceAll([]Expr{args[1].Expr, l.plainText(args[0]).Expr}, func(e []Expr) Expr {
			return whereKnown(e, call(ListHas, e...))
		}), typ: n.Type}, true
	}
	if n.Op == rule.OpMatches {
		return value{Expr: matches(l.plainText(args[0]).Expr, n.Args[1].Value.Text()), typ: n.Type}, true
	}
	fn, ok := textFns[n.Op]
	if !ok {
		return value{}, false
	}
	plain := make([]Expr, len(args))
	for i, a := range args {
		plain[i] = l.plainText(a).Expr
	}
	return value{Expr: call(fn, plain...), typ: n.Type, size: size}, true
}

func exprs(values []value) []Expr {
	list := make([]Expr, len(values))
	for i, v := range values {
		list[i] = v.Expr
	}
	return list
}
