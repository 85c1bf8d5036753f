package suggest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// months is a file with a row for each customer and a column for each month.
type months struct {
	columns   []string // as the file orders them
	patterns  []string // that fit them, and those of months to come
	layout    string   // of their names
	ascending bool     // the oldest month stands first
	numbers   []Column // their columns
}

// leastMonths is how many columns are called as months in a table of months.
const leastMonths = 3

// monthsIn returns the months of a file, nil where its columns are none.
func monthsIn(t Table) *months {
	found := map[string]*months{}
	days := map[string][]period.Date{}
	for _, c := range t.Columns {
		for _, layout := range monthLayouts(c.Name) {
			if found[layout.Layout] == nil {
				found[layout.Layout] = &months{layout: layout.Layout}
			}
			m := found[layout.Layout]
			m.columns, m.numbers = append(m.columns, c.Name), append(m.numbers, c)
			days[layout.Layout] = append(days[layout.Layout], layout.Day)
		}
	}
	var best *months
	for _, layout := range sortedKeys(found) {
		m := found[layout]
		if len(m.columns) < leastMonths || best != nil && len(m.columns) <= len(best.columns) || !m.areNumbers() || hasRepeats(days[layout]) {
			continue
		}
		best = m
	}
	if best != nil {
		best.ascending = slices.IsSorted(days[best.layout])
		best.patterns = patternsOf(best.columns, t)
	}
	return best
}

// areNumbers reports whether the columns hold numbers, and some at all.
func (m *months) areNumbers() bool {
	filled := int64(0)
	for _, c := range m.numbers {
		if c.Filled > 0 && !c.IsNumber() {
			return false
		}
		filled += c.Filled
	}
	return filled > 0
}

func hasRepeats(days []period.Date) bool {
	sorted := slices.Sorted(slices.Values(days))
	return len(slices.Compact(sorted)) < len(days)
}

var (
	monthName  = regexp.MustCompile(`^(\p{L}{3,10})([ '_./-]+)((?:19|20)\d\d|\d\d)$`)
	fullYear   = regexp.MustCompile(`(?:19|20)\d\d`)
	monthParts = regexp.MustCompile(`^(\d{1,4})([_./-])(\d{1,4})(?:[_./-](\d{1,4}))?$`)
)

// monthLayouts returns the ways in which the name of a column can be read as a
// month: as one, or as its first day.
func monthLayouts(name string) []fact.WrittenDate {
	var layouts []string
	if p := monthName.FindStringSubmatch(name); p != nil && len(p[3]) == 2 {
		layouts = []string{"M" + p[2] + "y"}
	} else if p != nil {
		layouts = []string{"M" + p[2] + "Y"}
	} else if p := monthParts.FindStringSubmatch(name); p != nil {
		layouts = numberedMonth(p[1], p[2], p[3], p[4])
	}
	var list []fact.WrittenDate
	var dates fact.DateReader
	for _, layout := range layouts {
		day, ok := dates.ReadAs(name, layout)
		if ok && day >= period.NewDate(1990, 1, 1) && day < period.NewDate(2100, 1, 1) && day.Time().Day() == 1 {
			list = append(list, fact.WrittenDate{Layout: layout, Day: day})
		}
	}
	return list
}

// numberedMonth returns the layouts of a month in figures, or of its first day.
func numberedMonth(a, by, b, c string) []string {
	switch {
	case c == "" && len(a) == 4 && len(b) == 2:
		return []string{"Y" + by + "m"}
	case c == "" && len(a) == 2 && len(b) == 4:
		return []string{"m" + by + "Y"}
	case len(a) == 4 && by == "-" && c != "":
		return []string{iso}
	case len(c) == 4 && by == ".":
		return []string{"d.m.Y"}
	case len(c) == 4:
		return []string{"d" + by + "m" + by + "Y", "m" + by + "d" + by + "Y"}
	}
	return nil
}

// patternsOf returns patterns that fit columns of months, those to come
// included, and no other column of the file; else the columns themselves.
func patternsOf(columns []string, t Table) []string {
	var patterns []string
	for _, name := range columns {
		year := fullYear.FindStringIndex(name)
		var b strings.Builder
		letters := false
		for i, r := range name {
			switch {
			case year != nil && i >= year[0] && i < year[0]+2:
				b.WriteRune(r) // the century
			case unicode.IsLetter(r):
				if !letters {
					b.WriteByte('*')
				}
				letters = true
			case unicode.IsDigit(r):
				b.WriteByte('?')
			default:
				b.WriteRune(r)
			}
		}
		if p := b.String(); !slices.Contains(patterns, p) {
			patterns = append(patterns, p)
		}
	}
	u := fact.Unpivot{Columns: patterns}
	for _, c := range t.Columns {
		if u.Takes(c.Name) != slices.Contains(columns, c.Name) {
			return columns
		}
	}
	return patterns
}

// What the numbers of a table of months say.
const (
	monthsMRR   = "mrr"
	monthsARR   = "arr"
	monthsUsage = "usage"
	monthsNone  = "none"
)

// byMonths settles what a table of months holds. It returns false where
// somebody said that it is something else.
func (p *proposing) byMonths(g *group) bool {
	preset, why := p.monthsMean(g)
	if kind := p.answer("kind." + g.name); kind != "" {
		switch kind {
		case "contract":
			preset = monthsMRR
		case readingKind:
			preset = monthsUsage
		default:
			g.months = nil
			return false
		}
	}
	first, last := g.months.columns[0], g.months.columns[len(g.months.columns)-1]
	low, high := g.months.spread()
	answer := p.ask(Question{
		Key: "months." + g.name, Preset: preset,
		Text: fmt.Sprintf("%s has a column for each of %d months (%s to %s). What do its numbers (%s to %s) say? %s", g.Name, len(g.months.columns), first, last, figure(low), figure(high), why),
		Choices: []Choice{
			{monthsMRR, "what each customer paid for the month: 12 times that is ARR"},
			{monthsARR, "the ARR as it stood in the month"},
			{monthsUsage, "how much was used in the month"},
			{monthsNone, "something else: it is not read"},
		},
	})
	if answer == monthsNone {
		p.skip(g.Name, "you said so")
		return true
	}
	g.kind, g.score, g.margin = "contract", 8, 2
	if answer == monthsUsage {
		g.kind = readingKind
	}
	bound := p.bindWords(g.Table, g.kind)
	g.bound = map[string]string{}
	for _, to := range []string{fact.ColAccount, "product"} {
		if from := bound[to]; from != "" && !slices.Contains(g.months.columns, from) {
			g.bound[to] = from
		}
	}
	if g.kind == readingKind {
		delete(g.bound, "product")
	}
	return true
}

// spread returns the least and the greatest number.
func (m *months) spread() (low, high float64) {
	isFirst := true
	for _, c := range m.numbers {
		if c.Numbers.Any == 0 {
			continue
		}
		if isFirst {
			low, high = c.Numbers.Min, c.Numbers.Max
		}
		low, high, isFirst = min(low, c.Numbers.Min), max(high, c.Numbers.Max), false
	}
	return low, high
}

// monthsMean says what the numbers are taken for, and why.
func (p *proposing) monthsMean(g *group) (answer, why string) {
	words := g.words()
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) || slices.Contains(list, single(w)) })
	}
	isMoney := slices.ContainsFunc(g.months.numbers, func(c Column) bool { return len(c.Numbers.Currencies) > 0 })
	isUsage := has(p.Words[readingKind].Files) || has(p.Words["event"].Files)
	switch {
	case slices.Contains(words, monthsARR):
		return monthsARR, "Its name says ARR."
	case has(p.vocabulary.Money) || has(p.Words["contract"].Files) || has(p.Words["order_line"].Files):
		return monthsMRR, "Its name speaks of money."
	case isMoney:
		return monthsMRR, "They are written as money."
	case isUsage:
		return monthsUsage, "Its name speaks of usage."
	case slices.ContainsFunc(g.months.numbers, Column.hasFractions):
		return monthsMRR, "They have decimals, as amounts do."
	}
	return monthsUsage, "They are whole numbers."
}

// bindMonths proposes contracts or readings from a table of months: one for
// each month in which a customer has a number.
func (p *proposing) bindMonths(g *group) {
	m := g.months
	isMoney := g.kind == "contract"
	s := Source{
		Name: p.name(g.name), Title: titleOf(g), Files: patterns(g.files), Table: g.Name, Rows: g.Rows, Refused: g.Refused, Kind: g.kind, Confidence: Likely,
		Why:     fmt.Sprintf("it has a column for each of %d months, %s to %s", len(m.columns), m.columns[0], m.columns[len(m.columns)-1]),
		Unpivot: &Unpivot{Columns: m.columns, Patterns: m.patterns, Name: g.free("month"), Value: g.free("amount")},
	}
	b := &binding{proposing: p, g: g, s: &s, used: map[string]bool{}}
	for _, name := range m.columns {
		b.used[name] = true
	}
	b.bind(fact.ColAccount, g.bound[fact.ColAccount])
	month := Binding{To: fact.ColStarts, From: s.Unpivot.Name, Dates: m.layout, Why: "the month that the column is called"}
	end := Binding{To: fact.ColEnds, Is: afterMonth(month.From), Dates: m.layout, Why: "the month ends where the next one begins"}
	if isMoney {
		b.monthlyID()
		if g.bound["product"] != "" {
			b.bind("product", g.bound["product"])
		}
		s.Columns = append(s.Columns, month, end)
		b.stopped(m.layout)
		b.monthlyAmount()
	} else {
		s.Fresh = freshMonths
		s.Unpivot.Value = g.free("value")
		s.Columns = append(s.Columns, month, end)
		b.monthlyReading()
	}
	b.leave()
	b.foresee()
	b.dates()
	p.out.Notes = append(p.out.Notes, g.notes...)
	p.out.Sources = append(p.out.Sources, s)
}

// free returns a name that no column of the file has.
func (g *group) free(name string) string {
	if _, taken := g.Column(name); taken {
		return "of_" + name
	}
	return name
}

// monthlyID tells the lines of one customer apart. The month is added to it by
// the import.
func (b *binding) monthlyID() {
	account, product := columnOf(b.g, fact.ColAccount), b.g.bound["product"]
	switch {
	case account.IsUnique():
		b.s.Columns = append(b.s.Columns, Binding{To: fact.ColID, From: account.Name, Why: "there is one row for each account"})
	case product != "":
		b.s.Columns = append(b.s.Columns, Binding{To: fact.ColID, Is: fmt.Sprintf(`%s + "/" + %s`, rowName(account.Name), rowName(product)), Why: "an account has a row for each " + product})
	default:
		b.numbered()
		if _, ok := b.s.Binding(fact.ColID); !ok {
			b.s.Columns = append(b.s.Columns, Binding{To: fact.ColID, From: account.Name, Why: "the file numbers no lines"})
			b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q comes more than once, and no column numbers its lines: of two rows of one customer the last counts", b.g.Name, account.Name))
		}
	}
}

// stopped ends what a customer had where the next month is empty: nobody waits
// for its renewal then.
func (b *binding) stopped(layout string) {
	if !b.g.months.ascending {
		b.g.notes = append(b.g.notes, b.g.Name+": the newest month stands first, so that a customer who stopped counts until late_renewal_grace is over; with the oldest month first it is seen at once")
		return
	}
	b.s.Unpivot.Empty = b.g.free("stopped")
	b.s.Columns = append(b.s.Columns, Binding{
		To: "canceled_on", From: b.s.Unpivot.Empty, Dates: layout, KnownFrom: b.s.Unpivot.Empty, Why: "the next month, where that is empty: the customer has left",
	})
	all := b.g.months.numbers
	last, before := all[len(all)-1], all[len(all)-2]
	had := func(c Column) int64 {
		n := c.Filled
		for _, zeros := range c.Zeros {
			n -= zeros
		}
		return n
	}
	if had(last)*10 < had(before)*8 {
		b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q has %s of the %s customers of %q. Is that month complete? Those without it are taken to have left: else leave it out with except: under unpivot:",
			b.g.Name, last.Name, count(had(last)), count(had(before)), before.Name))
	}
}

// monthlyAmount fills ARR.
func (b *binding) monthlyAmount() {
	value := b.s.Unpivot.Value
	n := Binding{To: "arr", From: value}
	if b.ask(Question{Key: "months." + b.g.name}) == monthsMRR {
		n.From, n.Is = "", fmt.Sprintf("number(%s) * 12", rowName(value))
	}
	wide := b.g.months.widest()
	b.price(&n, wide)
	low, high := b.g.months.spread()
	n.Why = fmt.Sprintf("what the columns say, %s to %s", figure(low), figure(high))
	if n.Is != "" {
		n.Why += "; made a year's"
	}
	if code := sortedKeys(wide.Numbers.Currencies); len(code) == 1 {
		n.Why += "; written with " + code[0]
	}
	b.s.Columns = append(b.s.Columns, n)
	b.s.Missing = append(b.s.Missing, b.g.months.zeros()...)
}

// widest returns the column with the most numbers.
func (m *months) widest() Column {
	return slices.MaxFunc(m.numbers, func(a, b Column) int { return int(a.Filled - b.Filled) })
}

// zeros returns how the columns write that nothing was paid.
func (m *months) zeros() []string {
	var list []string
	for _, c := range m.numbers {
		for text := range c.Zeros {
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	slices.Sort(list)
	return list
}

// monthlyReading fills the name and the number of a reading.
func (b *binding) monthlyReading() {
	value := b.s.Unpivot.Value
	called := identifier(strings.TrimSuffix(single(b.g.name), "_data"))
	why := "it is called as the file is"
	if slices.ContainsFunc(b.SeatsUsed, func(name string) bool { return strings.Contains(b.g.name, name) }) {
		called, why = activeSeats, "the lens usage of the catalogue reads what is called so"
	}
	b.constant("name", called, why)
	b.s.readings = []string{called}
	low, high := b.g.months.spread()
	b.s.Columns = append(b.s.Columns, Binding{To: "value", From: value, Numbers: b.style(b.g.months.widest(), false), Why: fmt.Sprintf("what the columns say, %s to %s", figure(low), figure(high))})
}
