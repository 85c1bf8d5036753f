package fact

import (
	"regexp"
	"slices"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// formula is a formula of rule.NewRowEnv, ready to be answered for rows.
type formula struct {
	root     step
	typ      rule.Type
	writings writings // of a text that is read as a number or a date
}

// step is one node of a formula.
type step struct {
	op   rule.Op
	call call
	typ  rule.Type
	args []step

	field int    // of a column; -1 is one that the file lacks
	name  string // of a column, as the file has it
	text  string // of the source, for messages

	value   datum // of a constant
	by      []byte
	place   int
	pattern *regexp.Regexp
	layout  *layout

	writings writings // of what number and date read
}

// call is a function that only formulas over rows have.
type call uint8

const (
	callNone call = iota
	callNumber
	callDate
	callText
	callAddMonths
	callMonthsBetween
	callLower
	callUpper
	callTrim
	callReplace
	callPart
	callExtract
	callSfid18
)

var calls = map[string]call{
	"number": callNumber, "date": callDate, "text": callText, "add_months": callAddMonths, "months_between": callMonthsBetween, "lower": callLower, "upper": callUpper,
	"trim": callTrim, "replace": callReplace, "part": callPart, "extract": callExtract, "sfid18": callSfid18,
}

// datum is a value in a formula. Of what is not known the rest is void.
type datum struct {
	known bool
	n     int64 // bool: 0 or 1; time, duration: microseconds
	num   ratio
	text  []byte

	origin origin // of a text
}

// fieldFunc finds a column of the file: its place, -1 for one that the file
// may lack, and its name there. It reports what it does not find.
type fieldFunc func(at diag.Pos, name string) (field int, shown string)

// CheckFormula reports what can be said of a formula for a column without a
// file: that its value does not fit the column, and layouts of dates that
// cannot be read.
func CheckFormula(x *rule.Expr, column Column) diag.List {
	var found diag.List
	newFormula(x, func(diag.Pos, string) (int, string) { return -1, "" }, &found)
	return append(found, misfits(x, column)...)
}

// misfits reports a formula whose value the column cannot hold.
func misfits(x *rule.Expr, column Column) diag.List {
	var found diag.List
	if !takes(column.Type, x.Type()) {
		found.Errorf(x.Pos(x.Root()), "wrong_type", "", "%q is %s, but the formula is %s", column.Name, columnWords[column.Type], x.Type())
	}
	return found
}

var columnWords = map[Type]string{
	Text: "a text", Number: "a number", Money: "an amount of money", Date: "a day", Time: "a time", Bool: "yes or no",
	Account: "an account", Contact: "a contact",
}

// takes reports whether a column can hold what a formula gives. A text is read
// as the same text in a cell would be.
func takes(t Type, given rule.Type) bool {
	switch given {
	case rule.TypeText:
		return true
	case rule.TypeNumber:
		return t == Number || t == Money
	case rule.TypeTime:
		return t == Date || t == Time
	case rule.TypeBool:
		return t == Bool
	}
	return false
}

// newFormula resolves a formula against a file.
func newFormula(x *rule.Expr, find fieldFunc, found *diag.List) *formula {
	c := formulaCompiler{x: x, find: find, found: found}
	return &formula{root: c.step(x.Root()), typ: x.Type()}
}

type formulaCompiler struct {
	x     *rule.Expr
	find  fieldFunc
	found *diag.List
}

func (c *formulaCompiler) step(n *rule.Node) step {
	s := step{op: n.Op, typ: n.Type, text: c.x.Slice(n), pattern: n.Pattern()}
	switch n.Op {
	case rule.OpConst:
		s.value = c.constant(n)
		return s
	case rule.OpVar:
		s.field, s.name = c.find(c.x.Pos(n), n.Name)
		return s
	case rule.OpCall:
		s.call = calls[n.Name]
	}
	for _, a := range n.Args {
		s.args = append(s.args, c.step(a))
	}
	switch {
	case s.call == callPart:
		s.by, s.place = s.args[1].value.text, int(n.Args[2].Value.Number())
	case s.call == callDate && len(n.Args) == 2:
		l, err := parseLayout(n.Args[1].Value.Text(), 0)
		if err != nil {
			c.found.Errorf(c.x.Pos(n.Args[1]), "bad_layout", "", "%v", err)
		}
		s.layout = l
	}
	return s
}

// constant takes a number as it is written, since 0.1 is no float64.
func (c *formulaCompiler) constant(n *rule.Node) datum {
	d := datum{known: true}
	switch n.Type {
	case rule.TypeBool:
		if n.Value.IsTrue() {
			d.n = 1
		}
	case rule.TypeNumber:
		for _, text := range []string{c.x.Slice(n), n.Value.String()} {
			written, p := parseDecimal([]byte(text))
			if r, ok := written.ratio(); p == fine && ok {
				d.num = r
				return d
			}
		}
		c.found.Errorf(c.x.Pos(n), "bad_argument", "", "the number %s has too many digits", c.x.Slice(n))
	case rule.TypeText:
		d.text = []byte(n.Value.Text())
	case rule.TypeTime, rule.TypeDuration:
		d.n = n.Value.Micros()
	}
	return d
}

// fault is why a formula has no value for a row.
type fault struct {
	column string // "" is that of the formula
	value  []byte
	reason string
}

// derive returns the value of a cell that has a formula.
func (d *Decoder) derive(c *cell, line int, fields [][]byte) Value {
	d.fault = nil
	v := d.eval(&c.formula.root, fields)
	switch {
	case d.fault != nil:
		d.rejectFault(c.column.Name, line)
		return Value{Missing: true}
	case !v.known:
		return d.none(c, line)
	}
	switch c.formula.typ {
	case rule.TypeNumber:
		return d.deriveNumber(c, line, fields, v.num)
	case rule.TypeTime:
		return d.deriveTime(c, line, v.n)
	case rule.TypeBool:
		return Value{Int: v.n}
	}
	text := trim(v.text)
	if c.values != nil {
		if meant, ok := c.values[string(text)]; ok {
			text = meant
		}
	}
	if d.isMissing(text) {
		return d.none(c, line)
	}
	if w := c.formula.writings.of(v.origin); w.dates != nil {
		c.date = w.dates
	} else if w.numbers != nil {
		c.numbers = []*numberColumn{w.numbers}
	}
	return d.convertOrReject(c, line, fields, text)
}

// rejectFault rejects the row for what went wrong, once where several formulas
// stumble over the same cell.
func (d *Decoder) rejectFault(column string, line int) {
	f := d.fault
	if d.current >= 0 {
		d.unread[d.current] = true
	}
	if f.column != "" {
		column = f.column
	}
	if !slices.ContainsFunc(d.rejections, func(r Rejection) bool { return r.Column == column && r.Reason == f.reason }) {
		d.reject(column, line, f.value, f.reason)
	}
}

func (d *Decoder) deriveNumber(c *cell, line int, fields [][]byte, n ratio) Value {
	decimals := millionths
	var v Value
	if c.column.Type == Money {
		cur, p := d.currencyOf(c, "", fields)
		if p != fine {
			written := at(fields, c.currencyFrom)
			d.reject(c.currencyName, line, written, d.explain(p, nil, nil, written))
			return Value{Missing: true}
		}
		v.Currency, decimals = cur.code, c.decimals(cur)
	}
	scaled, ok := n.scaled(decimals)
	if !ok {
		text, _ := n.decimalText()
		d.reject(c.column.Name, line, []byte(text), "the result is too large to be kept exactly")
		return Value{Missing: true}
	}
	v.Int = scaled
	return v
}

func (d *Decoder) deriveTime(c *cell, line int, micros int64) Value {
	day := period.Date(floorDiv(micros, period.MicrosPerDay))
	if sane(day) != fine && !(c.column.Open && day == period.Open) {
		d.reject(c.column.Name, line, nil, "the result "+day.String()+" cannot be meant: dates lie between 1900 and 2199")
		return Value{Missing: true}
	}
	if c.column.Type == Date {
		return Value{Int: int64(day)}
	}
	return Value{Int: d.clock.Instant(micros)}
}

// Fate is what becomes of a row before it is decoded.
type Fate uint8

// A row is kept, left out by the condition of its source, left out because a
// column that the condition asks about is empty, or wrong.
const (
	Kept Fate = iota
	LeftOut
	LeftOutUnknown
	Wrong
)

// Judge answers the condition of the source for a row. The row last decoded is
// void after it; the rejections of a row that is wrong are valid until the
// next call.
func (d *Decoder) Judge(line int, fields [][]byte) (Fate, []Rejection) {
	if d.where == nil {
		return Kept, nil
	}
	d.fault, d.rejections, d.made = nil, d.rejections[:0], d.made[:0]
	d.current = -1
	v := d.eval(&d.where.root, fields)
	switch {
	case d.fault != nil:
		d.rejectFault("where", line)
		return Wrong, d.rejections
	case !v.known:
		return LeftOutUnknown, nil
	case v.n == 0:
		return LeftOut, nil
	}
	return Kept, nil
}
