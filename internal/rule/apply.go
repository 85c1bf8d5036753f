package rule

import (
	"cmp"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// compare applies a comparison. An AtLeast bound is used where the operand is a
// variable, and counts as unknown against another bound.
func compare(op Op, a, b Value, args []*Node) Value {
	switch {
	case a.kind == KindAtLeast && b.kind == KindNumber:
		return compareBound(op, a, b, args[0])
	case b.kind == KindAtLeast && a.kind == KindNumber:
		return compareBound(op.mirror(), b, a, args[1])
	}
	a, b = exact(args[0], a), exact(args[1], b)
	if a.IsUnknown() || b.IsUnknown() {
		return missing(a, b)
	}
	c := order(a, b)
	switch op {
	case OpEq:
		return Bool(c == 0)
	case OpNe:
		return Bool(c != 0)
	case OpLt:
		return Bool(c < 0)
	case OpLe:
		return Bool(c <= 0)
	case OpGt:
		return Bool(c > 0)
	default:
		return Bool(c >= 0)
	}
}

// compareBound compares a number above a bound with an exact one.
func compareBound(op Op, bound, c Value, n *Node) Value {
	if bound.Number() < c.Number() {
		return Unknown(n.Name)
	}
	return Bool(op == OpGt || op == OpGe || op == OpNe)
}

// order compares two known values of one type.
func order(a, b Value) int {
	switch a.kind {
	case KindNumber:
		return cmp.Compare(a.Number(), b.Number())
	case KindText:
		return strings.Compare(a.text, b.text)
	default:
		return cmp.Compare(int64(a.bits), int64(b.bits))
	}
}

func in(v Value, constants []*Node) Value {
	if v.IsUnknown() {
		return v
	}
	for _, c := range constants {
		if order(v, c.Value) == 0 {
			return True
		}
	}
	return False
}

func extreme(op Op, a, b Value) Value {
	if a.IsUnknown() || b.IsUnknown() {
		return missing(a, b)
	}
	if c := order(a, b); op == OpMin && c > 0 || op == OpMax && c < 0 {
		return b
	}
	return a
}

// unary applies a strict operation on one value.
func unary(n *Node, v Value) Value {
	if v.IsUnknown() {
		return v
	}
	switch n.Op {
	case OpNot:
		return Bool(v.IsFalse())
	case OpNeg:
		if v.kind == KindDuration {
			return Duration(-v.Micros())
		}
		return Number(-v.Number())
	case OpAbs:
		return Number(math.Abs(v.Number()))
	case OpRound:
		return Number(math.Round(v.Number()))
	case OpSize:
		if v.kind == KindList {
			return Number(float64(len(v.List())))
		}
		return Number(float64(utf8.RuneCountInString(v.text)))
	case OpLower:
		return Text(mapASCII(v.text, 'A', 'Z', 'a'-'A'))
	case OpUpper:
		return Text(mapASCII(v.text, 'a', 'z', 'A'-'a'))
	case OpDays:
		us := math.Trunc(v.Number() * dayMicros)
		if math.Abs(us) > maxDuration {
			return noted(noteTimeRange)
		}
		return Duration(int64(us))
	default:
		return calendar(n.Op, v.Micros())
	}
}

func calendar(op Op, us int64) Value {
	year, month, day := time.UnixMicro(us).UTC().Date()
	switch op {
	case OpYear:
		return Number(float64(year))
	case OpMonth:
		return Number(float64(month))
	default:
		return Number(float64(day))
	}
}

// binary applies a strict operation on two values.
func binary(n *Node, a, b Value) Value {
	if a.IsUnknown() || b.IsUnknown() {
		return missing(a, b)
	}
	switch n.Op {
	case OpAdd, OpSub, OpMul, OpDiv, OpMod:
		if n.Type == TypeNumber {
			return arithmetic(n.Op, a.Number(), b.Number())
		}
		return timeArithmetic(n, a.Micros(), b.Micros())
	case OpConcat:
		return Text(a.text + b.text)
	case OpContains:
		return Bool(strings.Contains(a.text, b.text))
	case OpStartsWith:
		return Bool(strings.HasPrefix(a.text, b.text))
	case OpEndsWith:
		return Bool(strings.HasSuffix(a.text, b.text))
	case OpMatches:
		return Bool(n.pattern.MatchString(a.text))
	case OpInList:
		for _, s := range b.List() {
			if s == a.text {
				return True
			}
		}
		return False
	default:
		return Number(float64(dayOf(b.Micros()) - dayOf(a.Micros())))
	}
}

func arithmetic(op Op, a, b float64) Value {
	if b == 0 && (op == OpDiv || op == OpMod) {
		return noted(noteDivision)
	}
	switch op {
	case OpAdd:
		return Number(a + b)
	case OpSub:
		return Number(a - b)
	case OpMul:
		return Number(a * b)
	case OpDiv:
		return Number(a / b)
	default:
		return Number(math.Mod(a, b))
	}
}

// timeArithmetic adds or subtracts within the ranges of times and durations,
// whose sums cannot overflow.
func timeArithmetic(n *Node, a, b int64) Value {
	if n.Op == OpSub {
		b = -b
	}
	if n.Type == TypeTime {
		return Time(a + b)
	}
	return Duration(a + b)
}

// dayOf returns the day a time lies in, counted from 1970-01-01.
func dayOf(us int64) int64 {
	day := us / dayMicros
	if us%dayMicros < 0 {
		day--
	}
	return day
}

// mapASCII shifts the letters from first to last and leaves the rest.
func mapASCII(s string, first, last byte, shift int) string {
	return strings.Map(func(r rune) rune {
		if r >= rune(first) && r <= rune(last) {
			return r + rune(shift)
		}
		return r
	}, s)
}
