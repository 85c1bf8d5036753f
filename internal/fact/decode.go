package fact

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
)

// Decoder turns the rows of one export into facts of one kind.
//
// Spaces around a value do not count. A cell is missing when it is empty or
// one of the mapping's missing texts. Numbers are exact: beyond six decimals
// they are rounded half to even and counted (Rounded), and so are amounts
// beyond the minor unit of their currency. A product is computed exactly and
// rounded once. An amount beyond MostMinor is wrong.
//
// Dates lie in 1900 to 2199. A date column takes the day as it is written,
// whatever time and offset follow it; 9999-12-31 in a column that may be open
// is open. A time without an offset is read in the mapping's time zone: where
// the clock skips it, it is as much later as the skip is long; where it comes
// twice, it is the first. Fractions are cut to microseconds.
//
// An account that names itself as its parent has none.
//
// A Decoder serves one goroutine.
type Decoder struct {
	kind      Kind
	cells     []cell
	missing   map[string]struct{}
	clock     *period.Clock
	numbers   []*numberColumn
	days      []*dateColumn
	watched   []watched // what formulas make, as long as it is not settled
	pivot     int       // years of two digits lie in the hundred years from it
	native    []bool
	unsettled bool
	where     *formula // nil keeps all rows
	spread    spread

	spaces []string // further id spaces of accounts, sorted
	keys   []int    // and their fields
	others [][]byte

	importedAt int64
	importDay  period.Date

	currency   currency            // of amounts that name none
	currencies map[string]currency // by what is written

	at, starts, ends, validFrom, received, updated int // cells; -1 is none
	parent                                         int // in Kind.Columns; -1 is none

	rejections []Rejection
	current    int     // the cell at hand; -1 is none
	unread     []bool  // by cell: it is wrong, in the row last decoded
	fault      *fault  // of the formula at hand
	made       []byte  // texts that formulas made of the row at hand
	scratch    []Value // what each cell holds
	knownFrom  int64
}

// currency is a code with the number of decimals of its minor unit.
type currency struct {
	code     string
	exponent int
}

// Spaces returns the further id spaces of the mapping, sorted. It is the
// order of Others.
func (d *Decoder) Spaces() []string { return d.spaces }

// Others returns the further ids of the row last decoded; nil is none. They
// are valid until the next row.
func (d *Decoder) Others() [][]byte { return d.others }

// Rounded returns how many values lost decimals, by column of the file.
func (d *Decoder) Rounded() map[string]int64 {
	counts := map[string]int64{}
	for i := range d.cells {
		if c := &d.cells[i]; c.rounded > 0 {
			counts[c.name] += c.rounded
		}
	}
	return counts
}

// Contradictions says which amounts carry the sign of another currency than the
// one that the mapping gives them, a sentence for each.
func (d *Decoder) Contradictions() []string {
	var list []string
	for i := range d.cells {
		c := &d.cells[i]
		for _, what := range slices.Sorted(maps.Keys(c.otherSigns)) {
			list = append(list, fmt.Sprintf("column %q: %d amounts in %s, as the mapping says", c.name, c.otherSigns[what], what))
		}
	}
	return list
}

// Decode reads one row into row: fields has one entry for each name of the
// header, empty where there is none. It returns every cell that is wrong;
// with any, the row is no fact, though its other values can be read.
//
// The row's texts are parts of fields. The rejections, which carry no file
// name, are valid until the next call.
func (d *Decoder) Decode(line int, fields [][]byte, row *Row) []Rejection {
	values := row.Values
	if cap(values) < len(d.kind.Columns) {
		values = make([]Value, len(d.kind.Columns))
	}
	values = values[:len(d.kind.Columns)]
	for i := range values {
		values[i] = Value{Missing: true}
	}
	*row = Row{Line: line, Values: values}
	d.rejections, d.knownFrom, d.made = d.rejections[:0], 0, d.made[:0]
	clear(d.unread)
	for i := range d.cells {
		c := &d.cells[i]
		d.current = i
		v := d.read(c, line, fields)
		if v.Int > MostMinor || v.Int < -MostMinor {
			v = d.refuseAbsurd(c, line, fields, v)
		}
		if c.marked && !v.Missing {
			v.Text = d.keep(v.Text, d.spread.mark)
		}
		d.scratch[i] = v
		if c.to >= 0 {
			values[c.to] = v
		}
		if v.Missing {
			continue
		}
		switch c.role {
		case roleAccount:
			row.Account = v.Text
		case roleID:
			row.ID = v.Text
		}
		if c.knownFrom >= 0 && !(c.column.Open && v.Int == int64(period.Open) && d.isMissing(trim(at(fields, c.knownFrom)))) {
			d.learn(c, line, fields) // that there is no end yet is nothing to learn
		}
	}
	d.current = -1
	if d.kind.Name == AccountKind {
		d.family(row, fields)
	}
	d.place(line, row, fields)
	return d.rejections
}

// MostMinor is the largest amount that is taken, in minor units: 100 trillion
// in a currency with cents. Sums of amounts then stay exact.
const MostMinor = 10_000_000_000_000_000

// refuseAbsurd rejects an amount that nobody can mean.
func (d *Decoder) refuseAbsurd(c *cell, line int, fields [][]byte, v Value) Value {
	if c.column.Type != Money || v.Missing {
		return v
	}
	d.reject(c.name, line, c.text(fields), d.explain(absurdAmount, nil, nil, c.text(fields)))
	return Value{Missing: true}
}

// DecodeKey is Decode for a row of which no more is asked than which one it is:
// how its numbers and dates are written settles nothing.
func (d *Decoder) DecodeKey(line int, fields [][]byte, row *Row) {
	unsettled := d.unsettled
	d.Decode(line, fields, row)
	d.unsettled = unsettled
}

// ContactKind is the kind of fact whose rows are persons, and ContactPrefix
// what rules write before its columns: contact.role.
const (
	ContactKind   = "contact"
	ContactPrefix = "contact."
)

// OverrideKind is the kind of fact by which people set a level or segment,
// OverrideOf its column with the dimension or segmentation, OverrideTo the one
// with the place.
const (
	OverrideKind = "override"
	OverrideOf   = "of"
	OverrideTo   = "to"
)

// AccountKind is the kind of fact whose rows are the accounts themselves.
const AccountKind = "account"

// family settles whose row it is, for the kind account.
func (d *Decoder) family(row *Row, fields [][]byte) {
	if row.Account == nil {
		row.Account = row.ID
	}
	if d.parent >= 0 {
		if p := &row.Values[d.parent]; !p.Missing && bytes.Equal(p.Text, row.Account) {
			*p = Value{Missing: true}
		}
	}
	for i, field := range d.keys {
		d.others[i] = nil
		text := trim(at(fields, field))
		if _, none := d.missing[string(text)]; len(text) > 0 && !none && utf8.Valid(text) {
			d.others[i] = text
		}
	}
}

// place settles the row's times from those of its cells.
func (d *Decoder) place(line int, row *Row, fields [][]byte) {
	switch {
	case d.kind.Timing == At && d.has(d.at):
		row.At = d.scratch[d.at].Int
	case d.kind.Timing == Term && d.has(d.starts):
		row.At = period.Date(d.scratch[d.starts].Int).Micros()
	case d.kind.Timing == Version && d.has(d.validFrom):
		row.At = period.Date(d.scratch[d.validFrom].Int).Micros()
	case d.kind.Timing == At: // the row is rejected: it says no time
	default:
		row.At, row.AtAssumed = d.importDay.Micros(), true
	}
	if d.has(d.updated) {
		row.Updated = d.scratch[d.updated].Int
	}
	if d.has(d.received) {
		row.Received = d.scratch[d.received].Int
	}
	switch {
	case d.knownFrom > row.Received:
		row.Received = d.knownFrom
		row.ReceivedAssumed = d.knownFrom == d.importedAt
	case row.Received == 0:
		row.Received, row.ReceivedAssumed = row.At, true
	}
	if d.has(d.starts) && d.has(d.ends) {
		starts, ends := period.Date(d.scratch[d.starts].Int), period.Date(d.scratch[d.ends].Int)
		if ends < starts {
			c := &d.cells[d.ends]
			d.unread[d.starts], d.unread[d.ends] = true, true // one of them is wrong
			d.reject(c.name, line, c.text(fields), "ends on "+ends.String()+", before it starts on "+starts.String())
		}
	}
}

func (d *Decoder) has(cell int) bool { return cell >= 0 && !d.scratch[cell].Missing }

// learn notes since when the cell's value was known. Where the row does not
// say, it is known from the import.
func (d *Decoder) learn(c *cell, line int, fields [][]byte) {
	text := trim(at(fields, c.knownFrom))
	known := d.importedAt
	if _, none := d.missing[string(text)]; len(text) > 0 && !none {
		micros, _, p := d.instant(c.known.layout, text)
		if p != fine {
			d.doubt(c.known, text)
			d.reject(c.knownName, line, text, d.explain(p, c.known.layout, nil, text))
			return
		}
		known = micros
	}
	d.knownFrom = max(d.knownFrom, known)
}

// read returns what the cell holds; a value that is wrong is rejected and
// missing.
func (d *Decoder) read(c *cell, line int, fields [][]byte) Value {
	if c.formula != nil {
		return d.derive(c, line, fields)
	}
	if c.from == nil {
		if c.column.Type == Money && c.currencyFrom >= 0 {
			return d.convertOrReject(c, line, fields, c.constantText)
		}
		return c.constant
	}
	if len(c.from) > 1 {
		return d.multiply(c, line, fields)
	}
	text := trim(at(fields, c.from[0]))
	for i := 0; i < len(c.others) && d.isMissing(text); i++ {
		text = trim(at(fields, c.others[i]))
	}
	if c.values != nil {
		if meant, ok := c.values[string(text)]; ok {
			text = meant
		} else if c.mangled != nil {
			if written, ok := c.mangled.repair(line, text); ok {
				text = c.values[string(written)]
			}
		}
	}
	if d.isMissing(text) {
		return d.none(c, line)
	}
	if c.mangled != nil && c.values == nil {
		text = c.unmangle(line, text)
	}
	return d.convertOrReject(c, line, fields, text)
}

// unmangle returns the declared range that the text stands for, else the text.
func (c *cell) unmangle(line int, text []byte) []byte {
	if c.allowed == nil {
		c.mangled.watch(line, text)
		return text
	}
	if _, ok := c.allowed[string(text)]; !ok {
		if meant, ok := c.mangled.repair(line, text); ok {
			return meant
		}
	}
	return text
}

func (d *Decoder) convertOrReject(c *cell, line int, fields [][]byte, text []byte) Value {
	v, p := d.convert(c, fields, text)
	if p == fine {
		return v
	}
	if p == noCurrency || p == badCurrency {
		written := at(fields, c.currencyFrom)
		d.reject(c.currencyName, line, written, d.explain(p, nil, nil, written))
	} else {
		d.reject(c.name, line, text, d.explain(p, c.layout(), c, text))
	}
	return Value{Missing: true}
}

func (d *Decoder) isMissing(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	if len(d.missing) == 0 {
		return false
	}
	_, none := d.missing[string(text)]
	return none
}

// none is the value of a cell in which there is nothing.
func (d *Decoder) none(c *cell, line int) Value {
	if c.required {
		d.reject(c.name, line, nil, "it is empty, and every row needs it")
	}
	if c.column.Open {
		return Value{Int: int64(period.Open)}
	}
	return Value{Missing: true}
}

// convert turns a text that is not missing into a value.
func (d *Decoder) convert(c *cell, fields [][]byte, text []byte) (Value, problem) {
	if text[0] == '#' && isSheetError(text) {
		return Value{}, sheetError
	}
	switch c.column.Type {
	case Number:
		n, _, p := d.number(c.number(0), text)
		if p != fine {
			return Value{}, p
		}
		v, p := d.scaled(c, n, millionths)
		if p == fine && v.Int <= 0 && d.kind.Name == rateKind && c.column.Name == rateColumn {
			p = noRate
		}
		return v, p
	case Money:
		if text[0] == '%' || text[len(text)-1] == '%' {
			return Value{}, isShare
		}
		n, sign, p := d.number(c.number(0), text)
		if p != fine {
			return Value{}, p
		}
		cur, p := d.currencyOf(c, sign, fields)
		if p != fine {
			return Value{}, p
		}
		v, p := d.scaled(c, n, c.decimals(cur))
		v.Currency = cur.code
		return v, p
	case Date:
		day, p := d.day(c.layout(), text)
		if p == absurd && c.column.Open && day == period.Open {
			p = fine
		}
		if p != fine {
			d.doubt(c.date, text)
		}
		return Value{Int: int64(day)}, p
	case Time:
		micros, _, p := d.instant(c.layout(), text)
		if p != fine {
			d.doubt(c.date, text)
		}
		return Value{Int: micros}, p
	case Bool:
		return parseBool(text)
	}
	if p := checkText(text); p != fine {
		return Value{}, p
	}
	if c.allowed != nil {
		if _, ok := c.allowed[string(text)]; !ok {
			return Value{}, notListed
		}
	}
	return Value{Text: text}, fine
}

func (d *Decoder) scaled(c *cell, n decimal, decimals int) (Value, problem) {
	whole, rounded, ok := n.scaled(decimals)
	if !ok {
		return Value{}, tooLarge
	}
	if rounded {
		c.rounded++
	}
	return Value{Int: whole}, fine
}

// multiply returns the exact product of the cell's columns, rounded once. It
// is missing when a factor is.
func (d *Decoder) multiply(c *cell, line int, fields [][]byte) Value {
	decimals := millionths
	var code, sign string
	product := wideDecimal{lo: 1}
	for i, field := range c.from {
		text := trim(at(fields, field))
		if d.isMissing(text) {
			return d.none(c, line)
		}
		factor, of, p := d.number(c.number(i), text)
		sign = cmp.Or(sign, of)
		ok := p == fine
		if ok {
			product, ok = product.times(factor)
			if !ok {
				p = tooLarge
			}
		}
		if !ok {
			d.reject(c.factors[i], line, text, d.explain(p, nil, nil, text))
			return Value{Missing: true}
		}
	}
	if c.column.Type == Money {
		cur, p := d.currencyOf(c, sign, fields)
		if p != fine {
			written := at(fields, c.currencyFrom)
			d.reject(c.currencyName, line, written, d.explain(p, nil, nil, written))
			return Value{Missing: true}
		}
		code, decimals = cur.code, c.decimals(cur)
	}
	whole, _, ok := product.scaled(decimals)
	if !ok {
		d.reject(c.name, line, c.text(fields), d.explain(tooLarge, nil, nil, c.text(fields)))
		return Value{Missing: true}
	}
	return Value{Int: whole, Currency: code}
}

// currencyOf returns the currency of an amount: that of its column, else the
// one the mapping names, else that of the sign beside it, else the reporting
// currency.
func (d *Decoder) currencyOf(c *cell, sign string, fields [][]byte) (currency, problem) {
	if c.currencyFrom < 0 {
		if sign != "" && !c.declaresCurrency {
			return d.ofSign(c, sign), fine
		}
		c.contradict(sign, c.currency.code)
		return c.currency, fine
	}
	text := trim(at(fields, c.currencyFrom))
	if d.isMissing(text) {
		switch {
		case sign != "" && !c.declaresCurrency:
			return d.ofSign(c, sign), fine
		case c.currency.code == "":
			return currency{}, noCurrency
		}
		return c.currency, fine
	}
	if known, ok := d.currencies[string(text)]; ok {
		c.contradict(sign, known.code)
		return known, fine
	}
	code, err := money.ParseCurrency(string(text))
	if err != nil {
		return currency{}, badCurrency
	}
	known := currency{code: string(code), exponent: code.Exponent()}
	d.currencies[string(text)] = known
	c.contradict(sign, known.code)
	return known, fine
}

// ofSign returns the currency that a sign stands for: $ is the reporting
// currency where that is a dollar.
func (d *Decoder) ofSign(c *cell, sign string) currency {
	if sign == "$" {
		sign = "USD"
		if slices.Contains(dollars, d.currency.code) {
			sign = d.currency.code
		}
	}
	code, err := money.ParseCurrency(sign)
	if err != nil {
		return cmp.Or(c.currency, d.currency)
	}
	return currency{code: string(code), exponent: code.Exponent()}
}

// contradict counts an amount whose sign is not that of its currency.
func (c *cell) contradict(sign, code string) {
	if sign == "" || sign == code || sign == "?" || sign == "$" && slices.Contains(dollars, code) {
		return
	}
	if c.otherSigns == nil {
		c.otherSigns = map[string]int64{}
	}
	c.otherSigns[sign+" read as "+code]++
}

// doubt makes the decoder unsettled when a text is a date in another form.
func (d *Decoder) doubt(c *dateColumn, text []byte) {
	if c == nil || c.settled || d.unsettled {
		return
	}
	_, d.unsettled = formOf(string(text))
}

func (d *Decoder) reject(column string, line int, value []byte, reason string) {
	if d.current >= 0 {
		d.unread[d.current] = true
	}
	d.rejections = append(d.rejections, Rejection{Line: line, Column: column, Value: excerpt(value, valueRunes), Reason: reason})
}
