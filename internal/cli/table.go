package cli

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/segue-cs/segue/internal/money"
)

// table writes aligned columns. Cells are texts; numbers stand right.
type table struct {
	heads []string
	right []bool
	rows  [][]string
	faint func(row int) bool
	wide  bool // the last column is shown whole
}

func newTable(heads ...string) *table {
	return &table{heads: heads, right: make([]bool, len(heads))}
}

// numbers marks columns that stand right.
func (t *table) numbers(columns ...int) *table {
	for _, c := range columns {
		t.right[c] = true
	}
	return t
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

const maxCell = 40

func (t *table) write(w io.Writer, color bool) {
	widths := make([]int, len(t.heads))
	clip := func(column int, s string) string {
		s = strings.Map(visible, s)
		if t.wide && column == len(t.heads)-1 {
			return s
		}
		return runewidth.Truncate(s, maxCell, "…")
	}
	for i, h := range t.heads {
		widths[i] = runewidth.StringWidth(h)
	}
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(clip(i, cell)))
		}
	}
	line := func(cells []string, style string) {
		var b strings.Builder
		for i, cell := range cells {
			cell = clip(i, cell)
			pad := strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell))
			if i > 0 {
				b.WriteString("  ")
			}
			if t.right[i] {
				b.WriteString(pad + cell)
				continue
			}
			b.WriteString(cell + pad)
		}
		text := strings.TrimRight(b.String(), " ")
		if color && style != "" {
			text = style + text + reset
		}
		fmt.Fprintln(w, text)
	}
	line(t.heads, bold)
	for i, row := range t.rows {
		style := ""
		if t.faint != nil && t.faint(i) {
			style = faint
		}
		line(row, style)
	}
}

// plain writes the rows without heads, nothing cut.
func (t *table) plain(w io.Writer) {
	width := 0
	for _, row := range t.rows {
		width = max(width, runewidth.StringWidth(row[0]))
	}
	for _, row := range t.rows {
		fmt.Fprintln(w, row[0]+strings.Repeat(" ", width-runewidth.StringWidth(row[0]))+"  "+row[1])
	}
}

// Styles of a terminal.
const (
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

// visible keeps control characters of imported text off the terminal.
func visible(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return '·'
	}
	return r
}

func count(n int64) string { return groups(strconv.FormatInt(n, 10)) }

func groups(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

func percent(share float64) string {
	if share > 0 && share < 0.001 {
		return "<0.1 %"
	}
	if share < 0 && share > -0.0005 {
		share = 0 // and not minus zero
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64) + " %"
}

func amount(minor int64, c money.Currency) string {
	return money.Amount{Minor: minor, Currency: c}.Rounded()
}

// number writes a number with at most four significant decimals.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return count(int64(x))
	}
	text := strconv.FormatFloat(x, 'f', 4, 64)
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	if part == "" {
		return groups(whole)
	}
	return groups(whole) + "." + part
}
