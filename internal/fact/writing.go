package fact

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/period"
)

// Writing is what the values of one column say about how its numbers and dates
// are written. The zero value has seen nothing.
type Writing struct {
	dates   dateEvidence
	numbers numberEvidence
}

// Look takes one value into account. A number that the source itself marks as
// one is written with a point and tells nothing of others.
func (w *Writing) Look(line int, text []byte, isNative bool) {
	if !isNative {
		w.numbers.look(line, text)
	}
	w.dates.look(line, text)
}

// Written is how the values of a column are written, as a mapping declares it:
// "" is ISO 8601 for dates, and as programs do for numbers. Other is the second
// reading where values can be read in two ways and none tells which, Doubt such
// a value; both are "" where there is no doubt.
type Written struct {
	As, Other string
	Doubt     string
}

// Dates returns the layouts of the column. Where its values do not tell day from
// month, those of other columns do that are written with the same separator.
// Where they contradict each other the most count.
func (w *Writing) Dates(others ...*Writing) Written {
	orders, open, _, code := w.dates.decide(func(separator string) (dayOrder, bool) {
		for _, other := range others {
			if seen := other.dates.orders[separator]; seen != nil {
				if o, problem, code := seen.decide(separator); problem == "" && code == "" && !o.isUsual {
					return o, true
				}
			}
		}
		return dayOrder{}, false
	})
	if code == codeMixedDates {
		orders = decided{}
		for separator, seen := range w.dates.orders {
			orders[separator] = dayOrder{dayFirst: seen.dayFirst.count >= seen.monFirst.count}
		}
	}
	out := Written{As: w.dates.layouts(orders, true)}
	if code == codeAmbiguousDates {
		out.Other, out.Doubt = w.dates.layouts(orders, false), open.text
	}
	return out
}

// Numbers returns the style of the column. Where its values contradict each
// other the most count.
func (w *Writing) Numbers(isMoney bool) Written {
	style, _, _, code := w.numbers.decide(isMoney)
	switch code {
	case codeAmbiguousNumbers:
		doubt := cmp.Or(w.numbers.eitherPoint.text, w.numbers.eitherComma.text)
		return Written{As: "1,234.56", Other: "1.234,56", Doubt: doubt}
	case codeMixedNumbers:
		style = w.numbers.style('.')
		if w.numbers.comma.count > w.numbers.point.count {
			style = w.numbers.style(',')
		}
	}
	if style == plainStyle.name {
		style = ""
	}
	return Written{As: style}
}

// Numeral is a text read as a number: with a point before its decimals, with a
// comma there, or either way.
type Numeral struct {
	Point, Comma       float64
	HasPoint, HasComma bool

	Currency string // the code of a sign or code beside it; $ is USD; "" is none
}

// ReadNumber reads a text in all ways in which numbers are written; ok is false
// for what is none.
func ReadNumber(text []byte) (n Numeral, ok bool) {
	w, ok := undress(text)
	if !ok || len(w.core) > longestNumber {
		return n, false
	}
	var buf [longestNumber]byte
	for _, name := range NumberStyles {
		s := styleOf(name)
		if s.point == '.' && n.HasPoint || s.point == ',' && n.HasComma {
			continue
		}
		flat, ok := s.flatten(w.core, buf[:0])
		if !ok {
			continue
		}
		x, err := strconv.ParseFloat(string(flat), 64)
		if err != nil {
			continue
		}
		if w.neg {
			x = -x
		}
		if w.percent {
			x /= 100
		}
		if s.point == '.' {
			n.Point, n.HasPoint = x, true
		} else {
			n.Comma, n.HasComma = x, true
		}
	}
	switch w.currency {
	case "$":
		n.Currency = "USD"
	case "?":
	default:
		n.Currency = w.currency
	}
	return n, n.HasPoint || n.HasComma
}

// WrittenDate is a text read as a day by one layout; "" is ISO 8601.
type WrittenDate struct {
	Layout string
	Day    period.Date
}

// DateReader reads texts as days in all ways in which days are written. Years of
// two digits lie in the hundred years that a mapping takes by default.
type DateReader struct{ layouts map[string]*layout }

// Read returns each way in which a text can be read as a day: of 3/4/2026 there
// are two, the day first and the month first.
func (r *DateReader) Read(text string) []WrittenDate {
	if m, p := parseISO([]byte(text)); p == fine {
		return r.taken(nil, "", m)
	}
	form, ok := formOf(text)
	if !ok {
		return nil
	}
	var list []WrittenDate
	for _, dayFirst := range []bool{true, false} {
		name := resolved(form.layout, dayFirst)
		if len(list) > 0 && list[0].Layout == name {
			break
		}
		if l := r.layout(name); l != nil {
			if m, p := l.parse([]byte(text)); p == fine {
				list = r.taken(list, name, m)
			}
		}
	}
	return list
}

// ReadAs reads a text as a day that is written by a layout; ok is false for one
// that is not.
func (r *DateReader) ReadAs(text, layout string) (day period.Date, ok bool) {
	if layout == "" {
		layout = "Y-m-d"
	}
	l := r.layout(layout)
	if l == nil {
		return 0, false
	}
	m, p := l.parse([]byte(text))
	if p != fine {
		return 0, false
	}
	for _, written := range r.taken(nil, layout, m) {
		return written.Day, true
	}
	return 0, false
}

// taken adds the day of a moment to the ways in which a text can be read, where
// it is one that makes sense.
func (r *DateReader) taken(list []WrittenDate, layout string, m moment) []WrittenDate {
	if m.instant {
		m = civil(m.micros)
	}
	day, p := m.date()
	if p != fine || sane(day) != fine && day != period.Open {
		return list
	}
	return append(list, WrittenDate{layout, day})
}

func (r *DateReader) layout(name string) *layout {
	if l, known := r.layouts[name]; known {
		return l
	}
	if r.layouts == nil || len(r.layouts) > mostLayouts {
		r.layouts = map[string]*layout{}
	}
	l, err := parseLayout(name, 0)
	if err != nil {
		l = nil // what a form cannot say is no date
	}
	r.layouts[name] = l
	return l
}

// mostLayouts is how many layouts a DateReader holds.
const mostLayouts = 256

// SplitLayouts returns the layouts that a mapping declares one after another;
// ISO 8601 among them is "".
func SplitLayouts(layouts string) []string {
	list := strings.Split(layouts, "|")
	for i := range list {
		if list[i] = strings.TrimSpace(list[i]); list[i] == isoDates {
			list[i] = ""
		}
	}
	return list
}
