package fact

import (
	"bytes"
	"cmp"
	"fmt"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

var (
	unknown  = datum{}
	yes, no  = datum{known: true, n: 1}, datum{known: true}
	dayRatio = whole(period.MicrosPerDay)
)

// The days that a formula can reach: the years 1 to 9999.
const (
	firstMicros = -62_135_596_800_000_000
	lastMicros  = 253_402_300_799_999_999
)

// eval answers one step. What goes wrong is kept in d.fault, the first of it,
// and the value is void then.
func (d *Decoder) eval(s *step, fields [][]byte) datum {
	switch s.op {
	case rule.OpConst:
		return s.value
	case rule.OpVar:
		text := trim(at(fields, s.field))
		if d.isMissing(text) {
			return unknown
		}
		return datum{known: true, text: text, origin: originOf(s.field)}
	case rule.OpAnd, rule.OpOr:
		return d.evalLogic(s, fields)
	case rule.OpIf:
		cond := d.eval(&s.args[0], fields)
		switch {
		case !cond.known || d.fault != nil:
			return unknown
		case cond.n == 1:
			return d.eval(&s.args[1], fields)
		}
		return d.eval(&s.args[2], fields)
	case rule.OpKnown:
		return truth(d.eval(&s.args[0], fields).known)
	case rule.OpOrElse:
		if v := d.eval(&s.args[0], fields); v.known || d.fault != nil {
			return v
		}
		return d.eval(&s.args[1], fields)
	case rule.OpIn:
		return d.evalIn(s, fields)
	case rule.OpMin, rule.OpMax:
		return d.evalExtreme(s, fields)
	}
	a := d.eval(&s.args[0], fields)
	if len(s.args) == 1 {
		if !a.known || d.fault != nil {
			return unknown
		}
		return d.evalOne(s, a)
	}
	b := d.eval(&s.args[1], fields)
	if d.fault != nil || !a.known || !b.known {
		return unknown
	}
	return d.evalTwo(s, fields, a, b)
}

func truth(is bool) datum {
	if is {
		return yes
	}
	return no
}

// fail notes the first thing that goes wrong in a row's formula.
func (d *Decoder) fail(column string, value []byte, format string, args ...any) datum {
	if d.fault == nil {
		d.fault = &fault{column: column, value: value, reason: fmt.Sprintf(format, args...)}
	}
	return unknown
}

// evalLogic is Kleene's "and" or "or", and stops where the rest cannot matter.
func (d *Decoder) evalLogic(s *step, fields [][]byte) datum {
	settled := int64(0)
	if s.op == rule.OpOr {
		settled = 1
	}
	v := datum{known: true, n: 1 - settled}
	for i := range s.args {
		a := d.eval(&s.args[i], fields)
		switch {
		case d.fault != nil:
			return unknown
		case !a.known:
			v = unknown
		case a.n == settled:
			return a
		}
	}
	return v
}

func (d *Decoder) evalIn(s *step, fields [][]byte) datum {
	v := d.eval(&s.args[0], fields)
	if !v.known || d.fault != nil {
		return unknown
	}
	for i := range s.args[1:] {
		if order(s.args[0].typ, v, s.args[1+i].value) == 0 {
			return yes
		}
	}
	return no
}

func (d *Decoder) evalExtreme(s *step, fields [][]byte) datum {
	var best datum
	for i := range s.args {
		v := d.eval(&s.args[i], fields)
		if !v.known || d.fault != nil {
			return unknown
		}
		c := 0
		if i > 0 {
			c = order(s.typ, v, best)
		}
		if i == 0 || s.op == rule.OpMin && c < 0 || s.op == rule.OpMax && c > 0 {
			best = v
		}
	}
	return best
}

// order compares two known values of one type.
func order(t rule.Type, a, b datum) int {
	switch t {
	case rule.TypeText:
		return bytes.Compare(a.text, b.text)
	case rule.TypeNumber:
		return a.num.compare(b.num)
	}
	return cmp.Compare(a.n, b.n)
}

// evalOne applies an operation to one known value.
func (d *Decoder) evalOne(s *step, a datum) datum {
	switch s.op {
	case rule.OpNot:
		return datum{known: true, n: 1 - a.n}
	case rule.OpNeg:
		if s.typ == rule.TypeDuration {
			return datum{known: true, n: -a.n}
		}
		return datum{known: true, num: a.num.negated()}
	case rule.OpAbs:
		if a.num.sign() < 0 {
			a.num = a.num.negated()
		}
		return a
	case rule.OpRound:
		return datum{known: true, num: a.num.rounded()}
	case rule.OpSize:
		return datum{known: true, num: whole(int64(utf8.RuneCount(a.text)))}
	case rule.OpDays:
		micros, ok := a.num.times(dayRatio).truncated().int()
		if !ok || micros > lastMicros-firstMicros || micros < firstMicros-lastMicros {
			return d.fail("", []byte(s.text), "%s is longer than any date allows", s.text)
		}
		return datum{known: true, n: micros}
	case rule.OpYear, rule.OpMonth, rule.OpDay:
		year, month, day := period.Date(floorDiv(a.n, period.MicrosPerDay)).Time().Date()
		switch s.op {
		case rule.OpYear:
			return datum{known: true, num: whole(int64(year))}
		case rule.OpMonth:
			return datum{known: true, num: whole(int64(month))}
		}
		return datum{known: true, num: whole(int64(day))}
	}
	return d.evalCall(s, a, nil)
}

// evalTwo applies an operation to two known values, or a call to more.
func (d *Decoder) evalTwo(s *step, fields [][]byte, a, b datum) datum {
	if s.op.IsComparison() {
		c := order(s.args[0].typ, a, b)
		switch s.op {
		case rule.OpEq:
			return truth(c == 0)
		case rule.OpNe:
			return truth(c != 0)
		case rule.OpLt:
			return truth(c < 0)
		case rule.OpLe:
			return truth(c <= 0)
		case rule.OpGt:
			return truth(c > 0)
		}
		return truth(c >= 0)
	}
	switch s.op {
	case rule.OpAdd, rule.OpSub, rule.OpMul, rule.OpDiv, rule.OpMod:
		if s.typ == rule.TypeNumber {
			return d.calculate(s, a.num, b.num)
		}
		return d.shift(s, a.n, b.n)
	case rule.OpConcat:
		return datum{known: true, text: d.keep(a.text, b.text)}
	case rule.OpContains:
		return truth(bytes.Contains(a.text, b.text))
	case rule.OpStartsWith:
		return truth(bytes.HasPrefix(a.text, b.text))
	case rule.OpEndsWith:
		return truth(bytes.HasSuffix(a.text, b.text))
	case rule.OpMatches:
		return truth(s.pattern.Match(a.text))
	case rule.OpDaysBetween:
		return datum{known: true, num: whole(floorDiv(b.n, period.MicrosPerDay) - floorDiv(a.n, period.MicrosPerDay))}
	}
	more := []datum{b}
	for i := range s.args[2:] {
		v := d.eval(&s.args[2+i], fields)
		if !v.known || d.fault != nil {
			return unknown
		}
		more = append(more, v)
	}
	return d.evalCall(s, a, more)
}

func (d *Decoder) calculate(s *step, a, b ratio) datum {
	if b.sign() == 0 && (s.op == rule.OpDiv || s.op == rule.OpMod) {
		return d.fail("", []byte(s.text), "division by zero in %s", s.text)
	}
	var r ratio
	switch s.op {
	case rule.OpAdd:
		r = a.plus(b)
	case rule.OpSub:
		r = a.plus(b.negated())
	case rule.OpMul:
		r = a.times(b)
	case rule.OpDiv:
		r = a.times(b.inverse())
	default:
		r = a.plus(b.times(a.times(b.inverse()).truncated()).negated())
	}
	if r.tooWide() {
		return d.fail("", []byte(s.text), "%s has more digits than can be kept", s.text)
	}
	return datum{known: true, num: r}
}

// shift adds or subtracts dates and lengths of time.
func (d *Decoder) shift(s *step, a, b int64) datum {
	if s.op == rule.OpSub {
		b = -b
	}
	sum := a + b // neither is longer than the years 1 to 9999, so that it fits
	low, high := int64(firstMicros), int64(lastMicros)
	if s.typ == rule.TypeDuration {
		low, high = firstMicros-lastMicros, lastMicros-firstMicros
	}
	if sum < low || sum > high {
		return d.fail("", []byte(s.text), "%s lies outside of the calendar", s.text)
	}
	return datum{known: true, n: sum}
}

// keep returns the texts joined. It is valid until the next row.
func (d *Decoder) keep(parts ...[]byte) []byte {
	from := len(d.made)
	for _, part := range parts {
		d.made = append(d.made, part...)
	}
	return d.made[from:len(d.made):len(d.made)]
}
