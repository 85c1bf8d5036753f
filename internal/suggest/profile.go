package suggest

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
)

// How much of a column is kept.
const (
	maxExamples = 3
	maxValues   = 64 // different values that are counted one by one
	maxShown    = 40 // characters of an example
)

// Table is what is known of one export.
type Table struct {
	Name    string // of the file, as the strategy names it, with the sheet where it has several
	Sheet   string // of a workbook with several
	Rows    int64  // that were read
	Refused int64  // that could not be read, beside them
	Partial bool   // there are more
	Header  [2]int // rows that name the columns, and which of them does alone; 0 is one, and all
	Columns []Column

	fixed  []constancy
	terms  terms
	status standing // of contracts
}

// Column is what is known of one column of an export.
type Column struct {
	Name     string
	Rows     int64            // of the table
	Filled   int64            // of them with a value
	Distinct int64            // different values, about 1 % off beyond some thousands
	Repeats  bool             // some value comes twice
	Numbers  Numbers          // as the column writes them
	Dates    map[string]Days  // by layout, "" for ISO 8601; of 3/4/2026 in both
	Bools    int64            // yes and no, in any spelling
	Times    int64            // dates with a time of day
	Emails   int64            // texts with an @ inside
	Longest  int              // characters of the longest value
	Values   map[string]int64 // how often each value comes; nil where they are many
	Examples []string         // the first different values
	Nothing  map[string]int64 // texts that stand for no value: N/A, and how often
	Zeros    map[string]int64 // how the column writes 0, and how often
	NoDate   string           // the first value that is no day in any layout
	NoNumber string           // the first that is no number
	Lists    map[string]int64 // values with | or ; in them, by that

	values  *sketch
	firsts  *sketch  // of the first words of values of several; nil where there are none
	spaced  int64    // values of several words
	names   []string // texts such as NA that are values here
	plain   string   // the name, as names are compared
	isKey   bool     // the name says that it names accounts
	isTime  bool     // the name says that it holds times
	longIDs int64    // values that are ids of Salesforce with all 18 characters
	written *fact.Writing
	byComma Numbers // with a comma before decimals, as long as rows are added
}

// Numbers counts the values that are numbers.
type Numbers struct {
	Any        int64
	Fractions  int64 // that are no whole numbers
	Min, Max   float64
	Least      float64          // above 0; 0 is none
	Currencies map[string]int64 // of signs and codes beside them
}

// Days counts the values that can be read as days in one layout.
type Days struct {
	Values   int64
	Min, Max period.Date
}

// Profiler reads the rows of one export and says what its columns are like.
type Profiler struct {
	table  Table
	dates  fact.DateReader
	native []bool
	recent []dateMemo
	hashes []uint64 // of the row's values; 0 is none
}

// dateMemo spares looking twice at a date that follows itself.
type dateMemo struct {
	text string
	days []fact.WrittenDate
}

// NewProfiler returns a profiler of a file with that header.
func NewProfiler(name string, header []string) *Profiler {
	p := &Profiler{table: Table{Name: name, terms: newTerms(header)}, recent: make([]dateMemo, len(header)), hashes: make([]uint64, len(header))}
	for i, h := range header {
		isKey := isKeyName(h)
		if p.table.status.rows == nil && slices.Contains(statusNames, bare(h)) {
			p.table.status = standing{column: i, rows: map[string]int64{}}
		}
		if isKey {
			p.keep(i, len(header))
		}
		p.table.Columns = append(p.table.Columns, Column{
			Name: h, plain: plain(withoutScale(h)), isKey: isKey, isTime: isTimeName(h), Dates: map[string]Days{}, Values: map[string]int64{}, values: newSketch(),
			Nothing: map[string]int64{}, Zeros: map[string]int64{}, Lists: map[string]int64{}, written: &fact.Writing{}, Numbers: Numbers{Currencies: map[string]int64{}}, byComma: Numbers{Currencies: map[string]int64{}},
		})
	}
	for i, h := range header {
		if tellsWhose(h) && !p.table.Columns[i].isKey {
			p.keep(i, len(header))
		}
	}
	return p
}

// Header says how many rows name the columns, and which of them does so alone; 0
// is one row, and all of them.
func (p *Profiler) Header(rows, names int) { p.table.Header = [2]int{rows, names} }

// Sheet says which sheet of a workbook the rows are of.
func (p *Profiler) Sheet(name string) {
	p.table.Name, p.table.Sheet = SheetTable(p.table.Name, name), name
}

// Native says which fields of the next rows the source itself marks as numbers.
// It is kept, not copied.
func (p *Profiler) Native(fields []bool) { p.native = fields }

// Refuse counts a row that cannot be read.
func (p *Profiler) Refuse() { p.table.Refused++ }

// Add takes the next row: one field for each name of the header.
func (p *Profiler) Add(fields [][]byte) {
	p.table.Rows++
	for i := range p.table.Columns {
		p.hashes[i] = 0
		if i < len(fields) {
			switch text := bytes.TrimSpace(fields[i]); {
			case len(text) == 0:
			case isNothing(text):
				p.table.Columns[i].Nothing[string(text)]++
			default:
				p.hashes[i] = xxh3.Hash(p.table.Columns[i].shortID(text))
				p.add(i, text)
			}
		}
	}
	for i := range p.table.fixed {
		p.table.fixed[i].add(p.hashes)
	}
	if t := &p.table.terms; t.starts >= 0 && t.ends >= 0 && p.hashes[t.starts] != 0 && p.hashes[t.ends] != 0 {
		t.add(p.recent[t.starts].days, p.recent[t.ends].days)
	}
	if p.table.status.rows != nil {
		p.table.status.add(fields, p.hashes)
	}
}

// nothings are the texts that exports write for no value.
var nothings = []string{"null", "n/a", "na", "#n/a", "none", "nan", "nil", "unknown", "(blank)", "-", "--"}

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
	for _, by := range []string{"|", ";"} {
		if bytes.Contains(text, []byte(by)) {
			c.Lists[by]++
		}
	}
	c.addFirst(text)
	c.Longest = max(c.Longest, utf8.RuneCount(text))
	if len(text) <= longestWritten {
		p.count(i, text)
		return
	}
	c.NoDate, c.NoNumber = cmp.Or(c.NoDate, shown(text)), cmp.Or(c.NoNumber, shown(text))
}

// longestWritten is how many bytes a number or a date has at most.
const longestWritten = 40

// count lets one value vote on what the column holds.
func (p *Profiler) count(i int, text []byte) {
	c, memo := &p.table.Columns[i], &p.recent[i]
	c.written.Look(int(p.table.Rows)+1, text, i < len(p.native) && p.native[i])
	if n, ok := fact.ReadNumber(text); ok && (n.Currency == "" || money.IsKnown(n.Currency)) { // CLI1000 is no amount
		if isZero := n.HasPoint && n.Point == 0 || n.HasComma && n.Comma == 0; isZero && (len(c.Zeros) < maxExamples || c.Zeros[string(text)] > 0) {
			c.Zeros[string(text)]++
		}
		c.Numbers.count(n.Point, n.HasPoint, n.Currency)
		c.byComma.count(n.Comma, n.HasComma, n.Currency)
	} else if c.NoNumber == "" {
		c.NoNumber = shown(text)
	}
	switch strings.ToLower(string(text)) {
	case "true", "false", "yes", "no", "t", "f", "y", "n", "0", "1":
		c.Bools++
	}
	if at := bytes.IndexByte(text, '@'); at > 0 && at < len(text)-1 {
		c.Emails++
	}
	if memo.text != string(text) || memo.text == "" {
		*memo = dateMemo{string(text), p.days(c, string(text))}
	}
	if len(memo.days) == 0 && c.NoDate == "" {
		c.NoDate = shown(text)
	}
	for _, day := range memo.days {
		c.countDay(day)
	}
	if len(memo.days) > 0 && bytes.IndexByte(text, ':') > 0 && !bytes.Contains(text, []byte("00:00:00")) {
		c.Times++
	}
}

// days returns the ways in which a value can be read as a day. Figures alone are
// days only where that is likely: in a column that is called so, or as 20260131
// and as seconds since 1970 of our time.
func (p *Profiler) days(c *Column, text string) []fact.WrittenDate {
	days := p.dates.Read(text)
	if c.isKey { // 10-2045 is a customer, and no October
		days = slices.DeleteFunc(days, func(d fact.WrittenDate) bool { return isMonths(d.Layout) })
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil || c.isTime {
		return days
	}
	if len(days) == 0 {
		return nil
	}
	usual := days[0].Layout == "Ymd" || days[0].Layout == "U"
	if usual && days[0].Day >= period.NewDate(1950, 1, 1) && days[0].Day < period.NewDate(2100, 1, 1) {
		return days
	}
	return nil
}

// timeWords are in the names of columns that hold times.
var timeWords = []string{"date", "at", "on", "time", "timestamp", "created", "updated", "modified", "closed", "day", "month", "monat", "mois", "period"}

func isTimeName(name string) bool {
	words := strings.Split(bare(name), "_")
	return slices.Contains(timeWords, words[len(words)-1]) || strings.HasSuffix(words[len(words)-1], "date")
}

// mostLayouts is how many layouts of one column are told apart.
const mostLayouts = 16

func (c *Column) countDay(day fact.WrittenDate) {
	d, known := c.Dates[day.Layout]
	if !known && len(c.Dates) >= mostLayouts {
		return
	}
	if d.Values == 0 || day.Day < d.Min {
		d.Min = day.Day
	}
	if d.Values == 0 || day.Day > d.Max && day.Day != period.Open {
		d.Max = day.Day
	}
	d.Values++
	c.Dates[day.Layout] = d
}

func (n *Numbers) count(x float64, ok bool, currency string) {
	if !ok {
		return
	}
	if n.Any == 0 || x < n.Min {
		n.Min = x
	}
	if n.Any == 0 || x > n.Max {
		n.Max = x
	}
	if x > 0 && (n.Least == 0 || x < n.Least) {
		n.Least = x
	}
	n.Any++
	if x != float64(int64(x)) {
		n.Fractions++
	}
	if currency != "" {
		n.Currencies[currency]++
	}
}

// Table returns what was found. partial says that not all rows were read.
func (p *Profiler) Table(partial bool) Table {
	t := p.table
	t.Partial = partial
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Rows = t.Rows
		c.takeNA()
		c.Distinct = min(c.values.distinct(), c.Filled)
		if style := c.written.Numbers(true).As; strings.HasSuffix(style, ",56") {
			c.Numbers = c.byComma
		}
	}
	return t
}

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
