package spec

import (
	"strconv"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/fact"
)

// readWriting reads how the files of a source are written.
func (l *loader) readWriting(m *fact.Mapping, v *value) {
	m.Encoding = v.textOf("encoding")
	m.Sheet = v.textOf("sheet")
	m.KeepFooter = v.textOf("footer") == "keep"
	m.Numbers = v.textOf("numbers")
	m.YearsFrom = v.wholeOf("years_from")
	switch m.Delimiter = v.textOf("delimiter"); m.Delimiter {
	case "tab":
		m.Delimiter = "\t"
	case "spaces":
		m.Delimiter = " "
	}
	if d := m.Delimiter; utf8.RuneCountInString(d) > 1 {
		l.errorf(v.posOf("delimiter"), "wrong_value", `a tab is written "\t"`, "the delimiter %q is not one character", d)
	}
	h := v.get("header")
	switch {
	case h == nil:
	case h.text == "none":
		m.Header.None = true
	default:
		m.Header = fact.Header{Row: h.wholeOf("row"), Rows: h.wholeOf("rows"), Names: h.wholeOf("names")}
		if m.Header.Names > m.Header.Rows && m.Header.Rows > 0 {
			l.errorf(h.posOf("names"), "wrong_value", "", "the header has %d rows, and row %d is to name the columns", m.Header.Rows, m.Header.Names)
		}
	}
}

// wholeOf returns a whole number that fits its shape, and 0 where there is
// none.
func (v *value) wholeOf(key string) int {
	n, err := strconv.Atoi(v.textOf(key))
	if err != nil {
		return 0
	}
	return n
}
