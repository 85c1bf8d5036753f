package suggest

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// How much of a column is kept.
const (
	maxExamples = 3
	maxValues   = 64 // different values that are counted one by one
	maxShown    = 40 // characters of an example
)

// Table is what is known of one export.
type Table struct {
	Name    string // how the strategy names the file
	Rows    int64  // that were read
	Partial bool   // there are more
	Columns []Column

	fixed []constancy
}

// Column is what is known of one column of an export.
type Column struct {
	Name     string
	Rows     int64 // of the table
	Filled   int64 // of them with a value
	Distinct int64 // different values, about 1 % off beyond some thousands
	Repeats  bool  // some value comes twice
	Numbers  Numbers
	Dates    map[string]Days  // by layout, "" for ISO 8601
	Bools    int64            // yes and no, in any spelling
	Times    int64            // dates with a time of day
	Emails   int64            // texts with an @ inside
	Longest  int              // characters of the longest value
	Values   map[string]int64 // how often each value comes; nil where they are many
	Examples []string         // the first different values

	values *sketch
	plain  string // the name, as names are compared
	isKey  bool   // the name says that it names accounts
}

// Numbers counts the values that can be read as numbers.
type Numbers struct {
	Any                 int64 // in any way
	Plain, Point, Comma int64 // 1234.5; 1,234.5; 1.234,5
	Dressed             int64 // with a sign, a code, a per cent or brackets
	Percent             int64
	Negative            int64
	Fractions           int64 // that are no whole numbers
	Min, Max, Sum       float64
	Currencies          map[string]int64
}

// Days counts the values that can be read as days in one layout.
type Days struct {
	Values   int64
	Min, Max int // as 20260131; seconds since 1970 for layout U
}

// Profiler reads the rows of one export and says what its columns are like.
type Profiler struct {
	table  Table
	recent []dateMemo
	hashes []uint64 // of the row's values; 0 is none
}

// dateMemo spares looking twice at a date that follows itself.
type dateMemo struct {
	text  string
	forms []dateForm
}

// NewProfiler returns a profiler of a file with that header.
func NewProfiler(name string, header []string) *Profiler {
	p := &Profiler{table: Table{Name: name}, recent: make([]dateMemo, len(header)), hashes: make([]uint64, len(header))}
	for i, h := range header {
		isKey := isKeyName(h)
		if isKey && len(p.table.fixed) < maxKeys {
			p.table.fixed = append(p.table.fixed, constancy{key: i, first: map[uint64][]uint64{}, differs: make([]int64, len(header))})
		}
		p.table.Columns = append(p.table.Columns, Column{
			Name: h, plain: plain(h), isKey: isKey, Dates: map[string]Days{}, Values: map[string]int64{}, values: newSketch(),
			Numbers: Numbers{Currencies: map[string]int64{}},
		})
	}
	return p
}

// Add takes the next row: one field for each name of the header.
func (p *Profiler) Add(fields [][]byte) {
	p.table.Rows++
	for i := range p.table.Columns {
		p.hashes[i] = 0
		if i < len(fields) {
			if text := bytes.TrimSpace(fields[i]); len(text) > 0 && !isNothing(text) {
				p.hashes[i] = xxh3.Hash(text)
				p.add(i, text)
			}
		}
	}
	for i := range p.table.fixed {
		p.table.fixed[i].add(p.hashes)
	}
}

// nothings are the texts that exports write for no value.
var nothings = []string{"null", "n/a", "na", "#n/a", "none", "nan", "nil", "(blank)", "-", "--"}

func isNothing(text []byte) bool {
	if len(text) > 7 {
		return false
	}
	for _, n := range nothings {
		if strings.EqualFold(string(text), n) {
			return true
		}
	}
	return false
}

func (p *Profiler) add(i int, text []byte) {
	c := &p.table.Columns[i]
	c.Filled++
	isNew := c.values.add(p.hashes[i])
	if !isNew {
		c.Repeats = true
	}
	if isNew && len(c.Examples) < maxExamples {
		c.Examples = append(c.Examples, shown(text))
	}
	if c.Values != nil {
		if c.Values[string(text)]++; len(c.Values) > maxValues {
			c.Values = nil
		}
	}
	c.Longest = max(c.Longest, utf8.RuneCount(text))
	if len(text) <= 40 {
		c.count(string(text), &p.recent[i])
	}
}

// count lets one value vote on what the column holds.
func (c *Column) count(text string, memo *dateMemo) {
	if w, ok := readNumber(text); ok {
		c.Numbers.count(w)
	}
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "t", "f", "y", "n", "0", "1":
		c.Bools++
	}
	if at := strings.IndexByte(text, '@'); at > 0 && at < len(text)-1 {
		c.Emails++
	}
	if memo.text != text || memo.text == "" {
		*memo = dateMemo{text, dateForms(text)}
	}
	for _, f := range memo.forms {
		d, known := c.Dates[f.layout]
		if !known && len(c.Dates) >= 16 {
			continue
		}
		if d.Values == 0 || f.day < d.Min {
			d.Min = f.day
		}
		if day := f.day; day > d.Max && day/10000 != 9999 {
			d.Max = day
		}
		d.Values++
		c.Dates[f.layout] = d
	}
	if len(memo.forms) > 0 && strings.IndexByte(text, ':') > 0 && !strings.Contains(text, "00:00:00") {
		c.Times++
	}
}

func (n *Numbers) count(w written) {
	if n.Any == 0 || w.value < n.Min {
		n.Min = w.value
	}
	if n.Any == 0 || w.value > n.Max {
		n.Max = w.value
	}
	n.Any++
	n.Sum += w.value
	for _, is := range []struct {
		yes bool
		of  *int64
	}{
		{w.plain && !w.dressed, &n.Plain},
		{w.point, &n.Point},
		{w.comma, &n.Comma},
		{w.dressed, &n.Dressed},
		{w.percent, &n.Percent},
		{w.value < 0, &n.Negative},
		{w.value != float64(int64(w.value)), &n.Fractions},
	} {
		if is.yes {
			*is.of++
		}
	}
	if w.currency != "" {
		n.Currencies[w.currency]++
	}
}

// Table returns what was found. partial says that not all rows were read.
func (p *Profiler) Table(partial bool) Table {
	t := p.table
	t.Partial = partial
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Rows = t.Rows
		c.Distinct = min(c.values.distinct(), c.Filled)
	}
	return t
}

// Column returns the column of that name.
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// IsUnique reports whether no value comes twice, and there are values in all
// but a few rows.
func (c Column) IsUnique() bool {
	if c.Filled == 0 || c.Filled*100 < c.Rows*98 {
		return false
	}
	return !c.Repeats
}

// Within returns the share of the column's different values that another
// column has as well.
func (c Column) Within(other Column) float64 {
	if c.values == nil || other.values == nil {
		return 0
	}
	return c.values.within(other.values)
}

// nearly is the share of values that must agree before a column is taken to
// hold something: exports have bad rows.
const nearly = 0.97

func (c Column) most(n int64) bool { return c.Filled > 0 && float64(n) >= nearly*float64(c.Filled) }

// IsNumber reports whether nearly all values are numbers.
func (c Column) IsNumber() bool { return c.most(c.Numbers.Any) }

// IsBool reports whether nearly all values are yes or no.
func (c Column) IsBool() bool { return c.most(c.Bools) && c.Distinct <= 4 }

// Layouts returns the layouts in which most values are days, those that most
// values have first: none for a column of something else, two or more for one
// that can be read in two ways.
func (c Column) Layouts() []string {
	var best []string
	top := int64(0)
	for _, layout := range sortedKeys(c.Dates) {
		n := c.Dates[layout].Values
		switch {
		case !c.most(n):
		case n > top:
			best, top = []string{layout}, n
		case n == top:
			best = append(best, layout)
		}
	}
	return best
}

// IsDate reports whether nearly all values are days in one layout.
func (c Column) IsDate() bool { return len(c.Layouts()) > 0 }

// shown is a value as it stands in a comment: one line, not long.
func shown(text []byte) string {
	s := strings.ToValidUTF8(string(text), "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > maxShown {
		s = string([]rune(s)[:maxShown-1]) + "…"
	}
	return s
}
