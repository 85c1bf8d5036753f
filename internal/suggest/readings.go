package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

const (
	readingKind = "reading"
	activeSeats = "active_seats" // what the catalogue's lens of usage reads
)

// measure finds what a file of readings measures, a column each, where no
// column names it. A file that is about usage, and says of a customer and a day
// nothing but numbers, is one of readings.
func (p *proposing) measure(g *group) {
	if g.export != nil || g.kind != readingKind && g.kind != "event" && g.kind != "" {
		return
	}
	bound := g.bound
	if g.kind != readingKind {
		if g.score == 99 || !p.isMeasured(g) { // 99: somebody said what it holds
			return
		}
		bound, _ = p.likeness(g.Table, readingKind)
	}
	if bound["name"] != "" {
		return
	}
	measures := p.measures(g.Table, bound)
	if len(measures) == 0 {
		return
	}
	if g.kind != readingKind {
		g.kind, g.score, g.margin = readingKind, max(g.score, 8), 2
	}
	if bound["value"] == "" {
		bound["value"] = measures[0]
	}
	g.bound, g.measures = bound, measures
}

// isMeasured reports whether each row of a file tells only numbers of a customer
// and a span of days.
func (p *proposing) isMeasured(g *group) bool {
	files := p.Words[readingKind].Files
	if !slices.ContainsFunc(g.words(), func(w string) bool { return slices.Contains(files, w) || slices.Contains(files, single(w)) }) {
		return false
	}
	for _, to := range []string{"contact", "name", "feature", "product", fact.ColID, "quantity"} {
		if g.kind == "event" && g.bound[to] != "" {
			return false
		}
	}
	bound := p.bindWords(g.Table, readingKind)
	day, ok := g.Column(bound[fact.ColStarts])
	if bound[fact.ColAccount] == "" || !ok || day.Times > 0 || bound["name"] != "" {
		return false
	}
	least := 2
	if !isNamed(day.Name, []string{"date", "day"}) {
		least = 1
	}
	return len(p.measures(g.Table, bound)) >= least
}

// measures lists the columns with numbers that nothing else takes.
func (p *proposing) measures(t Table, bound map[string]string) []string {
	var list []string
	for _, c := range t.Columns {
		isTaken := false
		for to, from := range bound {
			isTaken = isTaken || from == c.Name && to != "value"
		}
		isMoney := namesAny(c.Name, p.vocabulary.Money) || len(c.Numbers.Currencies) > 0 || currencyInName(c.Name) != ""
		switch {
		case isTaken || isMoney || c.Name == "" || !c.IsNumber() || c.IsDate() || isID(c.Name) || isPrivate(c.Name, p.Private), isNamed(c.Name, p.NoMeasure):
		default:
			list = append(list, c.Name)
		}
	}
	return list
}

// readings names what was read. Of several columns each becomes readings of its
// name; seats in use are called as the lens of usage knows them.
func (b *binding) readings() {
	if b.g.bound["name"] != "" {
		b.s.readings = sortedKeys(columnOf(b.g, "name").Values)
		return
	}
	columns := b.g.measures
	if len(columns) == 0 {
		columns = []string{b.g.bound["value"]}
	}
	used := b.seatsInUse(columns)
	if len(columns) == 1 {
		from := columns[0]
		switch {
		case from == used:
			b.constant("name", activeSeats, fmt.Sprintf("the lens usage of the catalogue reads what is called so; the file calls it %q", from))
		case isNamed(from, b.AnyMeasure):
			b.constant("name", strings.TrimSuffix(single(b.g.name), "_data"), "no column names what was read: it is called as the file is")
		default:
			b.constant("name", identifier(bare(from)), "as its column is called")
		}
		n, _ := b.s.Binding("name")
		b.s.readings = []string{n.Value}
		return
	}
	b.unpivotNumbers(columns, used)
}

// unpivotNumbers makes a reading of each number of a row.
func (b *binding) unpivotNumbers(columns []string, used string) {
	name, value := b.g.free("measure"), b.g.free("value")
	b.s.Unpivot = &Unpivot{Columns: columns, Name: name, Value: value}
	n := Binding{To: "name", From: name, Values: map[string]string{}}
	v := Binding{To: "value", From: value, Why: "what these columns say, each number a reading"}
	var ranges []string
	for _, from := range columns {
		c, _ := b.g.Column(from)
		b.used[from] = true
		called := identifier(bare(from))
		if from == used {
			called = activeSeats
			b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q is read as %s, by which the lens usage of the catalogue knows seats in use", b.g.Name, from, activeSeats))
		}
		b.s.readings = append(b.s.readings, called)
		if called != from {
			n.Values[from] = called
		}
		if style := b.style(c, false); style != "" {
			v.Numbers = style
		}
		ranges = append(ranges, fmt.Sprintf("%s (%s to %s)", from, figure(c.Numbers.Min), figure(c.Numbers.Max)))
	}
	if len(n.Values) == 0 {
		n.Values = nil
	}
	n.Why = "the name of the column: " + strings.Join(ranges, ", ")
	b.s.Columns = append(b.s.Columns, n, v)
}

// seatsInUse returns the column that counts the seats or people that use the
// product, "" for none. Of seats alone nobody knows whether they were bought.
func (b *binding) seatsInUse(columns []string) string {
	for _, name := range b.SeatsUsed {
		for _, c := range columns {
			if isNamed(c, []string{name}) {
				return c
			}
		}
	}
	for _, c := range columns {
		if !isNamed(c, b.Seats) {
			continue
		}
		answer := b.ask(Question{
			Key: "seats." + b.g.name, Preset: "used",
			Text: fmt.Sprintf("%s: are the %q (%s) those in use, or those that were bought?", b.g.Name, c, strings.Join(columnExamples(b.g, c), ", ")),
			Choices: []Choice{
				{"used", "in use: the share of seats used is told from them"},
				{"bought", "bought: they are read under their own name"},
			},
		})
		if answer == "used" {
			return c
		}
	}
	return ""
}

func columnExamples(g *group, column string) []string {
	c, _ := g.Column(column)
	return c.Examples
}

// untilNextWeek ends what is read of a week with that week, where nothing else
// says when it ends.
func (b *binding) untilNextWeek() {
	i := slices.IndexFunc(b.s.Columns, func(n Binding) bool { return n.To == fact.ColStarts })
	if i < 0 || b.g.bound[fact.ColEnds] != "" || isMonths(b.s.Columns[i].Dates) || !isNamed(b.s.Columns[i].From, b.Week) {
		return
	}
	n := b.s.Columns[i]
	b.s.Columns = slices.Insert(b.s.Columns, i+1, Binding{
		To: fact.ColEnds, Is: fmt.Sprintf("date(%s) + 7d", rowName(n.From)), Dates: n.Dates, Why: "the week ends where the next one begins", Examples: n.Examples,
	})
}
