package fact

import (
	"bytes"
	"strings"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// mostMonths is how many months can be added to a day.
const mostMonths = 12 * 10_000

// mostText is how long a text that a formula makes may be.
const mostText = 1 << 20

// evalCall applies a function of rows to known values.
func (d *Decoder) evalCall(s *step, a datum, more []datum) datum {
	switch s.call {
	case callNumber:
		return d.callNumber(s, a)
	case callDate:
		return d.callDate(s, a)
	case callText:
		return d.callText(s, a)
	case callAddMonths:
		return d.addMonths(s, a.n, more[0].num)
	case callMonthsBetween:
		return datum{known: true, num: monthsBetween(a.n, more[0].n)}
	case callLower:
		return datum{known: true, text: bytes.ToLower(a.text)}
	case callUpper:
		return datum{known: true, text: bytes.ToUpper(a.text)}
	case callTrim:
		return datum{known: true, text: bytes.TrimSpace(a.text), origin: a.origin}
	case callReplace:
		if grown := bytes.Count(a.text, more[0].text) * len(more[1].text); grown > mostText {
			return d.fail("", []byte(s.text), "%s makes a text that is too long", s.text)
		}
		return datum{known: true, text: bytes.ReplaceAll(a.text, more[0].text, more[1].text)}
	case callPart:
		return part(a.text, s.by, s.place)
	case callExtract:
		return extracted(s, a.text)
	case callSfid18:
		if id, ok := Sfid18(string(a.text)); ok {
			return datum{known: true, text: []byte(id)}
		}
		return datum{known: true, text: a.text}
	}
	return unknown
}

// failText says what is wrong with the text of an argument; where that is a
// column, the column has the blame.
func (d *Decoder) failText(arg *step, text []byte, reason string) datum {
	if !strings.HasPrefix(reason, `"`) {
		reason = `"` + excerpt(text, reasonRunes) + `"` + reason
	}
	return d.fail(arg.column(), text, "%s", reason)
}

// callNumber reads a number as a cell would be read.
func (d *Decoder) callNumber(s *step, a datum) datum {
	text := trim(a.text)
	if d.isMissing(text) {
		return unknown
	}
	n, _, p := d.number(s.writings.of(a.origin).numbers, text)
	r, ok := n.ratio()
	if p == fine && !ok {
		p = tooLarge
	}
	if p != fine {
		return d.failText(&s.args[0], text, d.explain(p, nil, nil, text))
	}
	return datum{known: true, num: r}
}

// callDate reads a day as a cell would be read, or by a layout of its own.
func (d *Decoder) callDate(s *step, a datum) datum {
	text := trim(a.text)
	if d.isMissing(text) {
		return unknown
	}
	l := s.layout
	var column *dateColumn
	if l == nil {
		if column = s.writings.of(a.origin).dates; column != nil {
			l = column.layout
		}
	}
	day, p := d.day(l, text)
	if p != fine {
		d.doubt(column, text)
		return d.failText(&s.args[0], text, d.explain(p, l, nil, text))
	}
	return datum{known: true, n: day.Micros()}
}

func (d *Decoder) callText(s *step, a datum) datum {
	if s.args[0].typ == rule.TypeTime {
		return datum{known: true, text: []byte(period.Date(floorDiv(a.n, period.MicrosPerDay)).String())}
	}
	text, ok := a.num.decimalText()
	if !ok {
		return d.fail("", []byte(s.text), "%s is too large to be kept exactly", s.text)
	}
	return datum{known: true, text: []byte(text)}
}

func (d *Decoder) addMonths(s *step, micros int64, months ratio) datum {
	n, ok := months.int()
	if !ok || n > mostMonths || n < -mostMonths {
		text, _ := months.decimalText()
		return d.fail(s.args[1].column(), []byte(text), "%s is no whole number of months", text)
	}
	day := period.Date(floorDiv(micros, period.MicrosPerDay))
	sum := day.AddMonths(int(n)).Micros() + micros - day.Micros()
	if sum < firstMicros || sum > lastMicros {
		return d.fail("", []byte(s.text), "%s lies outside of the calendar", s.text)
	}
	return datum{known: true, n: sum}
}

// monthsBetween counts the months from one day to another: the whole ones, and
// what is left as a part of the next.
func monthsBetween(from, to int64) ratio {
	if to < from {
		return monthsBetween(to, from).negated()
	}
	start, end := period.Date(floorDiv(from, period.MicrosPerDay)), period.Date(floorDiv(to, period.MicrosPerDay))
	months := start.Months(end)
	if start.AddMonths(months) > end {
		months--
	}
	last := start.AddMonths(months)
	rest := whole(int64(end - last)).times(whole(int64(start.AddMonths(months+1) - last)).inverse())
	return whole(int64(months)).plus(rest)
}

// column returns the only column that a step reads, "" where there is none or
// several.
func (s *step) column() string {
	name := s.name
	for i := range s.args {
		below := s.args[i].column()
		if below != "" && name != "" && below != name {
			return ""
		}
		if below != "" {
			name = below
		}
	}
	return name
}

// part returns the n-th piece of a text, counted from 1, from its end where n
// is negative. It is missing where there are fewer, or the piece is empty.
func part(text, by []byte, n int) datum {
	pieces := bytes.Split(text, by)
	if n < 0 {
		n += len(pieces) + 1
	}
	if n < 1 || n > len(pieces) {
		return unknown
	}
	piece := trim(pieces[n-1])
	return datum{known: len(piece) > 0, text: piece}
}

// extracted returns what the first group of the pattern matches, or all of it
// where it has none.
func extracted(s *step, text []byte) datum {
	found := s.pattern.FindSubmatch(text)
	switch {
	case found == nil:
		return unknown
	case len(found) > 1:
		return datum{known: len(found[1]) > 0, text: found[1]}
	}
	return datum{known: len(found[0]) > 0, text: found[0]}
}

// Sfid18 returns a Salesforce id with its 18 characters, and whether the text
// is one. Ids of 15 characters tell capitals from small letters; the three
// more say which letters are capitals, five bits each, so that ids remain
// different where case does not count. Of an id of 18 the letters are given
// the case that its ending says.
func Sfid18(id string) (string, bool) {
	const endings = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
	if len(id) != 15 && len(id) != 18 {
		return "", false
	}
	b := []byte(id)
	for _, ch := range b {
		if !isLetter(ch) && (ch < '0' || ch > '9') {
			return "", false
		}
	}
	for group := range 3 {
		bits := 0
		if len(id) == 18 {
			ending := b[15+group]
			if isLetter(ending) {
				ending &^= 0x20
			}
			if bits = strings.IndexByte(endings, ending); bits < 0 {
				return "", false
			}
		}
		for i := range 5 {
			ch := &b[group*5+i]
			switch capital := bits&(1<<i) != 0; {
			case len(id) == 15 && *ch >= 'A' && *ch <= 'Z':
				bits |= 1 << i
			case len(id) == 15:
			case capital && !isLetter(*ch):
				return "", false
			case capital:
				*ch &^= 0x20
			case isLetter(*ch):
				*ch |= 0x20
			}
		}
		if len(id) == 15 {
			b = append(b, endings[bits])
		} else {
			b[15+group] = endings[bits]
		}
	}
	return string(b), true
}

func isLetter(ch byte) bool { return ch|0x20 >= 'a' && ch|0x20 <= 'z' }
