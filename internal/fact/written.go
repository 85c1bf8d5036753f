package fact

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// NumberStyles are the ways to write a number that a mapping may declare, by
// the example of 1234.56. Each also reads a number without anything between
// its thousands; the last two read no other.
var NumberStyles = []string{"1,234.56", "1.234,56", "1 234,56", "1 234.56", "1'234.56", "1234.56", "1234,56"}

// numberStyle is how the numbers of a column are written.
type numberStyle struct {
	name  string
	point byte // before the decimals
	group byte // between thousands; 0 is nothing; a space stands for each kind of it
}

// plainStyle is how programs write.
var plainStyle = numberStyle{name: "1234.56", point: '.'}

// styleOf returns the style of that name, plainStyle for others.
func styleOf(name string) numberStyle {
	switch name {
	case "1,234.56":
		return numberStyle{name, '.', ','}
	case "1.234,56":
		return numberStyle{name, ',', '.'}
	case "1 234,56":
		return numberStyle{name, ',', ' '}
	case "1 234.56":
		return numberStyle{name, '.', ' '}
	case "1'234.56":
		return numberStyle{name, '.', '\''}
	case "1234,56":
		return numberStyle{name, ',', 0}
	}
	return plainStyle
}

// dress is what stands around the digits of a number.
type dress struct {
	core     []byte // the digits, with what stands between them
	neg      bool
	percent  bool
	currency string // a code, "$" for a dollar of any country, "?" for another sign
}

// signs are the currencies that a sign stands for. Longer ones come first.
var signs = []struct{ sign, code string }{
	{"US$", "USD"},
	{"CA$", "CAD"},
	{"AU$", "AUD"},
	{"NZ$", "NZD"},
	{"HK$", "HKD"},
	{"A$", "AUD"},
	{"C$", "CAD"},
	{"S$", "SGD"},
	{"R$", "BRL"},
	{"$", "$"},
	{"€", "EUR"},
	{"£", "GBP"},
	{"¥", "JPY"},
	{"₹", "INR"},
	{"₩", "KRW"},
	{"₪", "ILS"},
	{"₺", "TRY"},
	{"₽", "RUB"},
	{"zł", "PLN"},
	{"Kč", "CZK"},
	{"Fr.", "CHF"},
	{"kr.", "?"},
	{"kr", "?"},
}

// dollars are the currencies that write $.
var dollars = []string{"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "ARS", "CLP", "COP", "TWD"}

// undress takes signs, codes, brackets and spaces off a number. ok is false
// when one comes twice, or when nothing is left.
func undress(b []byte) (d dress, ok bool) {
	signed := false
	for {
		b = trimSpaces(b)
		if len(b) == 0 {
			return d, false
		}
		first, last := b[0], b[len(b)-1]
		switch {
		case first == '(' && last == ')' && !signed:
			d.neg, signed, b = true, true, b[1:len(b)-1]
		case (first == '-' || first == '+') && !signed:
			d.neg, signed, b = first == '-', true, b[1:]
		case (last == '-' || last == '+') && !signed:
			d.neg, signed, b = last == '-', true, b[:len(b)-1]
		case bytes.HasPrefix(b, minus) && !signed:
			d.neg, signed, b = true, true, b[len(minus):]
		case last == '%' && !d.percent:
			d.percent, b = true, b[:len(b)-1]
		case first == '%' && !d.percent:
			d.percent, b = true, b[1:]
		case isDigit(first) && (isDigit(last) || last == '.'), first == '.' && isDigit(last), first == ',' && isDigit(last):
			d.core = b
			return d, true
		case d.currency != "":
			return d, false
		default:
			if b, d.currency = takeSign(b); d.currency == "" {
				return d, false
			}
		}
	}
}

var minus = []byte("−")

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// takeSign takes the sign or the code of a currency off either end.
func takeSign(b []byte) (rest []byte, code string) {
	for _, s := range signs {
		if after, ok := bytes.CutPrefix(b, []byte(s.sign)); ok {
			return after, s.code
		}
		if before, ok := bytes.CutSuffix(b, []byte(s.sign)); ok {
			return before, s.code
		}
	}
	if len(b) <= 3 {
		return b, ""
	}
	for _, at := range [2]int{0, len(b) - 3} {
		word := b[at : at+3]
		if !isCode(word) {
			continue
		}
		if at == 0 && (isDigit(b[3]) || b[3] == ' ' || b[3] == '-' || b[3] == '(' || b[3] >= utf8.RuneSelf) {
			return b[3:], string(word)
		}
		if c := b[max(at-1, 0)]; at > 0 && (isDigit(c) || c == ' ' || c == '-' || c >= utf8.RuneSelf) {
			return b[:at], string(word)
		}
	}
	return b, ""
}

func isCode(word []byte) bool {
	for _, c := range word {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// spaceAt returns how long the space at the beginning of the text is; 0 is
// none.
func spaceAt(b []byte) int {
	switch {
	case b[0] == ' ':
		return 1
	case bytes.HasPrefix(b, []byte("\u00a0")):
		return 2
	case bytes.HasPrefix(b, []byte("\u202f")), bytes.HasPrefix(b, []byte("\u2009")):
		return 3
	}
	return 0
}

func trimSpaces(b []byte) []byte { return bytes.Trim(b, " \t\u00a0\u202f\u2009") }

const longestNumber = 64 // bytes of a number with its thousands

// flatten writes a number without its thousands and with a point into buf. ok
// is false when it is not written in the style.
func (s numberStyle) flatten(core []byte, buf []byte) (flat []byte, ok bool) {
	if len(core) > longestNumber {
		return nil, false
	}
	buf = buf[:0]
	run, groups := 0, 0 // digits since the last group, groups so far
	var runs [longestNumber]int
	for i := 0; i < len(core); {
		c := core[i]
		size := 1
		switch kind := c; {
		case isDigit(c):
			run++
			buf = append(buf, c)
		case c == s.point:
			if !rightGroups(runs[:groups], run) {
				return nil, false
			}
			return s.decimals(core[i+1:], append(buf, '.'))
		case (c == 'e' || c == 'E') && groups == 0:
			return append(buf, core[i:]...), true
		default:
			switch size = spaceAt(core[i:]); {
			case size > 0:
				kind = ' '
			case bytes.HasPrefix(core[i:], []byte("’")):
				kind, size = '\'', 3
			default:
				size = 1
			}
			if kind != s.group || s.group == 0 {
				return nil, false
			}
			runs[groups] = run
			groups++
			run = 0
		}
		i += size
	}
	return buf, rightGroups(runs[:groups], run)
}

// decimals adds what stands after the point.
func (s numberStyle) decimals(rest, buf []byte) ([]byte, bool) {
	for i, c := range rest {
		if !isDigit(c) {
			if (c == 'e' || c == 'E') && s.group == 0 {
				return append(buf, rest[i:]...), true
			}
			return nil, false
		}
		buf = append(buf, c)
	}
	return buf, true
}

// rightGroups reports whether the digits between separators are those of
// thousands, or of hundreds above the thousands as India writes.
func rightGroups(runs []int, last int) bool {
	if len(runs) == 0 {
		return true
	}
	if last != 3 || runs[0] < 1 || runs[0] > 3 {
		return false
	}
	pairs, triples := true, true
	for _, n := range runs[1:] {
		pairs, triples = pairs && n == 2, triples && n == 3
	}
	return triples || pairs && runs[0] <= 2
}

// numberColumn is a column of the file that holds numbers.
type numberColumn struct {
	name    string
	style   numberStyle
	settled bool // declared, or decided on the whole column
	pointed bool // a value has shown that the point stands before decimals

	field int
	use   numberUse
	at    *Binding
	seen  numberEvidence
}

// numberUse says what the numbers of a column are read as.
type numberUse uint8

const (
	inFormula numberUse = iota // as a formula needs them
	asMoney
	asNumber
)

// number reads a number as the column writes it. A value whose meaning rests on
// the rest of the column makes the decoder unsettled.
func (d *Decoder) number(c *numberColumn, text []byte) (n decimal, sign string, p problem) {
	if c == nil {
		n, p = parseDecimal(text)
		return n, "", p
	}
	if c.style.point == '.' {
		n, p = parseDecimal(text)
		if p == fine {
			if c.settled || c.pointed || n.scale == 0 {
				return n, "", fine
			}
			if !looksGrouped(text, '.') {
				c.pointed = true
			} else if !d.isNative(c.field) {
				d.unsettled = true
			}
			return n, "", fine
		}
	} else if d.isNative(c.field) {
		n, p = parseDecimal(text)
		return n, "", p
	}
	w, ok := undress(text)
	if !ok {
		return n, "", notNumber
	}
	if !c.settled && (bytes.IndexByte(w.core, ',') >= 0 || looksGrouped(w.core, '.')) {
		d.unsettled = true
	}
	var buf [longestNumber]byte
	flat, ok := c.style.flatten(w.core, buf[:0])
	if !ok && !c.settled {
		for _, other := range [...]byte{' ', '\''} {
			if flat, ok = (numberStyle{point: '.', group: other}).flatten(w.core, buf[:0]); ok {
				break
			}
		}
	}
	if !ok {
		return n, "", notNumber
	}
	if n, p = parseDecimal(flat); p != fine {
		return n, "", p
	}
	n.neg = w.neg
	if w.percent {
		n.scale += 2
	}
	return n, w.currency, fine
}

// looksGrouped reports whether a number can be read as one with thousands: one
// to three digits that do not begin with 0, the separator, and three digits.
func looksGrouped(text []byte, separator byte) bool {
	text = bytes.TrimLeft(text, "-+")
	i := bytes.IndexByte(text, separator)
	return i >= 1 && i <= 3 && len(text) == i+4 && text[0] != '0' &&
		strings.IndexFunc(string(text[:i])+string(text[i+1:]), func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// isNative reports whether the source itself says that the field is a number,
// and so writes it as programs do.
func (d *Decoder) isNative(field int) bool {
	return field >= 0 && field < len(d.native) && d.native[field]
}
