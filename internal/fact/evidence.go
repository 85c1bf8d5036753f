package fact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
)

// What is wrong with a column that can be read in two ways.
const (
	codeAmbiguousNumbers = "ambiguous_numbers"
	codeMixedNumbers     = "mixed_numbers"
	codeAmbiguousDates   = "ambiguous_dates"
	codeMixedDates       = "mixed_dates"
)

// Found is how the columns of a file are written that declare nothing, decided
// on all of their values: number styles and layouts, by column of the file.
type Found struct {
	Numbers map[string]string
	Dates   map[string]string
}

// Unsettled reports whether a row has been decoded with a number or a date
// whose meaning rests on the whole column, while nothing is declared and
// nothing found: then the file has to be looked through (Look) from its start,
// and decoded anew with what is found (Settle).
func (d *Decoder) Unsettled() bool { return d.unsettled }

// Native says which fields of the next rows the source itself marks as numbers
// and so writes with a point before decimals. It is kept, not copied.
func (d *Decoder) Native(fields []bool) { d.native = fields }

// Look takes the values of one row into account.
func (d *Decoder) Look(line int, fields [][]byte) {
	for _, c := range d.numbers {
		if text := trim(at(fields, c.field)); !c.settled && !d.isMissing(text) && !d.isNative(c.field) {
			c.seen.look(line, text)
		}
	}
	for _, c := range d.days {
		if text := trim(at(fields, c.field)); !c.settled && !d.isMissing(text) {
			c.seen.look(line, text)
		}
	}
	d.lookAtMade(line, fields)
}

// Settle decides how the columns are written from what Look has seen: each
// column as a whole, never row by row. Where the dates of a column do not tell
// day from month, the other columns of the file do, and then those of others,
// which are decoders that have looked at the source's other files.
//
// Readings say, a sentence for each column that is not plain, what was found
// and why. Settle fails with a diag.Failure that lists the columns whose values
// can be read in two ways, and what to declare.
func (d *Decoder) Settle(others ...*Decoder) (found Found, readings []string, err error) {
	var list diag.List
	found = Found{Numbers: map[string]string{}, Dates: map[string]string{}}
	for _, c := range d.numbers {
		if c.settled {
			continue
		}
		style, because, problem, code := c.seen.decide(c.use == asMoney)
		if problem != "" {
			if style, because = d.foundElsewhere(c.name, code, others); style == "" {
				doubtful(&list, c.at.Pos, code, columnWord(c.name), problem)
				continue
			}
		}
		found.Numbers[c.name] = style
		if written, read := c.seen.sample(style); written != "" && style != plainStyle.name {
			readings = append(readings, fmt.Sprintf("%s: %s is read as %s, %s", columnWord(c.name), written, read, because))
		}
	}
	for _, c := range d.days {
		if c.settled {
			continue
		}
		orders, problem, code := d.dayOrders(c, others)
		if code != "" {
			doubtful(&list, c.at.Pos, code, columnWord(c.name), problem)
			continue
		}
		layouts := c.seen.layouts(orders, true)
		found.Dates[c.name] = cmp.Or(layouts, isoDates)
		if layouts != "" {
			readings = append(readings, d.dateReading(c, layouts, orders.because(c.seen.separators())))
		}
	}
	return found, readings, list.Err()
}

// columnWord says which column is meant, or which part of a formula.
func columnWord(name string) string {
	if formula, ok := strings.CutPrefix(name, madeName); ok {
		return fmt.Sprintf("what %s gives", formula)
	}
	return fmt.Sprintf("column %q", name)
}

// doubtful reports a column that can be read in two ways.
func doubtful(list *diag.List, at diag.Pos, code, column, problem string) {
	const format = "%s: %s"
	switch code {
	case codeAmbiguousNumbers:
		list.Errorf(at, codeAmbiguousNumbers, "", format, column, problem)
	case codeMixedNumbers:
		list.Errorf(at, codeMixedNumbers, "", format, column, problem)
	case codeAmbiguousDates:
		list.Errorf(at, codeAmbiguousDates, "", format, column, problem)
	default:
		list.Errorf(at, codeMixedDates, "", format, column, problem)
	}
}

// foundElsewhere returns the style of the column in the other files.
func (d *Decoder) foundElsewhere(column, code string, others []*Decoder) (style, because string) {
	if code != codeAmbiguousNumbers {
		return "", ""
	}
	for _, other := range others {
		for _, c := range other.numbers {
			if c.name != column || c.settled {
				continue
			}
			if found, why, problem, _ := c.seen.decide(c.use == asMoney); problem == "" && why != "" {
				return found, why + " of another file of the source"
			}
		}
	}
	return "", ""
}

// dayOrders tells day from month in the dates of a column, for each separator
// by the values that have it: of the column, else of other columns of the file,
// else of the other files. Code is set where that cannot be told.
func (d *Decoder) dayOrders(c *dateColumn, others []*Decoder) (orders decided, problem, code string) {
	orders, open, problem, code := c.seen.decide(func(separator string) (dayOrder, bool) {
		return d.orderElsewhere(c, separator, others)
	})
	if code != codeAmbiguousDates {
		return orders, problem, code
	}
	day, month := c.seen.layouts(orders, true), c.seen.layouts(orders, false)
	tells := "no value tells which"
	if len(orders) > 0 {
		tells = "no value written so tells which"
	}
	return nil, fmt.Sprintf("%s on line %d can be %s or %s, and %s; say dates: %s or dates: %s",
		open.text, open.line, d.readAs(open.text, day), d.readAs(open.text, month), tells, day, month), codeAmbiguousDates
}

// orderElsewhere tells day from month by what other columns, then other files,
// have with the same separator.
func (d *Decoder) orderElsewhere(c *dateColumn, separator string, others []*Decoder) (o dayOrder, ok bool) {
	for i, from := range append([]*Decoder{d}, others...) {
		for _, other := range from.days {
			seen := other.seen.orders[separator]
			if seen == nil || other == c {
				continue
			}
			found, problem, code := seen.decide(separator)
			if problem != "" || code != "" || found.isUsual {
				continue
			}
			found.because += " in " + columnWord(other.name)
			if i > 0 {
				found.because += " of another file of the source"
			}
			return found, true
		}
	}
	return o, false
}

// unread is what readAs returns for what is no date in the layouts.
const unread = "?"

// readAs returns a date as ISO 8601.
func (d *Decoder) readAs(text, layouts string) string {
	l, err := parseLayout(layouts, d.pivot)
	if err != nil {
		return unread
	}
	m, p := l.parse([]byte(text))
	if p != fine {
		return unread
	}
	if m.instant {
		m = civil(d.clock.Civil(m.micros))
	}
	day, p := m.date()
	if p != fine {
		return unread
	}
	if m.micros == 0 {
		return day.String()
	}
	minutes := m.micros / microsPerMinute
	return fmt.Sprintf("%s %02d:%02d", period.Date(day), minutes/60, minutes%60)
}

func (d *Decoder) dateReading(c *dateColumn, layouts, because string) string {
	text := c.seen.sample(func(text string) bool { return d.readAs(text, layouts) != unread })
	var b strings.Builder
	if text == "" { // the samples are among what will be rejected
		fmt.Fprintf(&b, "%s: dates are read as %s", columnWord(c.name), layouts)
	} else {
		fmt.Fprintf(&b, "%s: %s is read as %s", columnWord(c.name), text, d.readAs(text, layouts))
		if because != "" {
			b.WriteString(", " + because)
		}
		fmt.Fprintf(&b, " (dates: %s)", layouts)
	}
	if c.seen.hasShortYears() && !slices.Contains([]int{defaultPivot}, d.pivot) {
		fmt.Fprintf(&b, "; years of two digits begin with %d", d.pivot)
	} else if c.seen.hasShortYears() {
		fmt.Fprintf(&b, "; years of two digits lie in %d to %d (years_from: says others)", d.pivot, d.pivot+99)
	}
	return b.String()
}
