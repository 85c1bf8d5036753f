package fact

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mangled turns back what a spreadsheet makes of ranges: it takes 10-49 for
// October 1949 and shows Oct-49, and 1-9 for the 9th of January, or the 1st of
// September where days stand first.
//
// A range is turned back only if it is declared, and no other declared range
// is shown so.
type mangled struct {
	meant map[string]string // by what is shown; "" where two ranges are

	repaired sighting
	as       string   // what the first repaired one is read as
	doubtful sighting // texts shown so that nothing declared explains
	ranges   sighting // texts that are ranges
}

// newMangled takes the texts that are declared; nil is none.
func newMangled(declared []string) *mangled {
	m := &mangled{meant: map[string]string{}}
	for _, text := range declared {
		from, to, ok := rangeOf(text)
		if !ok {
			continue
		}
		for _, shown := range shownAs(from, to) {
			if other, twice := m.meant[shown]; twice && other != text {
				m.meant[shown] = ""
				continue
			}
			m.meant[shown] = text
		}
	}
	return m
}

// rangeOf reads "10-49".
func rangeOf(text string) (from, to int, ok bool) {
	before, after, found := strings.Cut(strings.NewReplacer(" ", "", "–", "-").Replace(text), "-")
	if !found || len(before) > 2 || len(after) > 4 {
		return 0, 0, false
	}
	from, err := strconv.Atoi(before)
	if err != nil {
		return 0, 0, false
	}
	to, err = strconv.Atoi(after)
	return from, to, err == nil && from >= 1 && to >= 1
}

// shownAs returns the keys, as of shownKey, under which a spreadsheet can show
// a range.
func shownAs(from, to int) []string {
	var list []string
	isMonthAndYear := from <= 12 && (to >= 32 && to <= 99 || to >= 1900)
	if from <= 12 && to <= 31 {
		list = append(list, fmt.Sprintf("day %d-%d", from, to))
	}
	if from <= 31 && to <= 12 {
		list = append(list, fmt.Sprintf("day %d-%d", to, from))
	}
	if isMonthAndYear {
		list = append(list, fmt.Sprintf("year %d-%02d", from, to%100))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// shownKeys returns what a text that shows a day or a month can stand for.
func shownKeys(text []byte) []string {
	if len(text) > 10 || len(text) < 5 {
		return nil
	}
	before, after, found := bytes.Cut(text, []byte("-"))
	if !found {
		return nil
	}
	r := reader{text: before}
	if month := r.monthName(); month > 0 && len(r.text) == 0 && len(after) == 2 && isDigit(after[0]) && isDigit(after[1]) {
		return []string{fmt.Sprintf("year %d-%s", month, after)}
	}
	r = reader{text: after}
	if month := r.monthName(); month > 0 && len(r.text) == 0 && len(before) <= 2 {
		if day, err := strconv.Atoi(string(before)); err == nil {
			return []string{fmt.Sprintf("day %d-%d", month, day)}
		}
	}
	if m, p := parseISO(text); p == fine && len(text) == 10 {
		keys := []string{fmt.Sprintf("day %d-%d", m.month, m.day)}
		if m.day == 1 {
			keys = append(keys, fmt.Sprintf("year %d-%02d", m.month, m.year%100))
		}
		return keys
	}
	return nil
}

// repair returns the declared range that the text stands for. ok is false when
// it is none, or when that is not certain.
func (m *mangled) repair(line int, text []byte) (meant []byte, ok bool) {
	found := ""
	for _, key := range shownKeys(text) {
		if one, known := m.meant[key]; known {
			if one == "" || found != "" && found != one {
				return nil, false
			}
			found = one
		}
	}
	if found == "" {
		return nil, false
	}
	if m.repaired.count == 0 {
		m.as = found
	}
	m.repaired.add(line, text)
	return []byte(found), true
}

// watch counts texts that look like mangled ranges, and ranges, in a column
// that declares none.
func (m *mangled) watch(line int, text []byte) {
	if len(text) > 6 || bytes.IndexByte(text, '-') < 0 {
		return
	}
	if keys := shownKeys(text); keys != nil {
		m.doubtful.add(line, text)
	} else if _, _, ok := rangeOf(string(text)); ok {
		m.ranges.add(line, text)
	}
}

// Repairs says which texts were read as the ranges that a spreadsheet had taken
// for dates, a sentence for each column.
func (d *Decoder) Repairs() []string {
	var list []string
	for i := range d.cells {
		if m := d.cells[i].mangled; m != nil && m.repaired.count > 0 {
			list = append(list, fmt.Sprintf("column %q: %s is read as %s, which a spreadsheet had taken for a date (%s)",
				d.cells[i].name, m.repaired.text, m.as, such(m.repaired.count)))
		}
	}
	return list
}

// Mangled says which columns have texts that look like ranges which a
// spreadsheet took for dates, where nothing is declared that would tell.
func (d *Decoder) Mangled() []string {
	var list []string
	for i := range d.cells {
		if m := d.cells[i].mangled; m != nil && m.doubtful.count > 0 && m.ranges.count > 0 {
			list = append(list, fmt.Sprintf("column %q: %d values such as %s on line %d look like ranges that a spreadsheet took for dates (others are as %s); list what the column can hold under values:",
				d.cells[i].name, m.doubtful.count, m.doubtful.text, m.doubtful.line, m.ranges.text))
		}
	}
	return list
}

// isSheetError reports whether a spreadsheet says that it could not compute the
// cell.
func isSheetError(text []byte) bool {
	switch string(text) {
	case "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!":
		return true
	}
	return false
}

func such(n int64) string {
	if n == 1 {
		return "1 such value"
	}
	return fmt.Sprintf("%d such values", n)
}
