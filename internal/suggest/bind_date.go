package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// day settles how the dates of a column are written, on all of its values.
func (b *binding) day(n *Binding, c Column) {
	layouts := c.Layouts()
	switch {
	case len(layouts) == 0:
		n.Why = filled(c)
		return
	case len(layouts) == 1:
		n.Dates = layouts[0]
	default:
		n.Dates = b.which(c, layouts)
	}
	d := c.In(n.Dates)
	how := n.Dates
	if how == iso {
		how = "Y-m-d"
	}
	n.Why = fmt.Sprintf("%s read as %s, %s to %s", share(d.Values, c.Filled), how, d.Min, d.Max)
	if c.Filled < c.Rows {
		n.Why += fmt.Sprintf("; empty in %s rows", count(c.Rows-c.Filled))
	}
}

// which settles a column whose dates can be read in two ways: as another date
// of the same file is written, or as somebody says.
func (b *binding) which(c Column, layouts []string) string {
	for _, other := range b.g.Columns {
		if w := c.written.Dates(other.written); w.Other == "" && other.Name != c.Name && other.IsDate() {
			b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q could be read in two ways; it is read as %q is", b.g.Name, c.Name, other.Name))
			return w.As
		}
	}
	q := Question{
		Key:  "dates." + b.g.name,
		Text: fmt.Sprintf("%s: every date of %q, such as %s, can be read in two ways. Which is it?", b.g.Name, c.Name, strings.Join(c.Examples, ", ")),
	}
	for _, l := range layouts {
		d := c.In(l)
		q.Choices = append(q.Choices, Choice{l, fmt.Sprintf("%s to %s", d.Min, d.Max)})
	}
	if answer := b.ask(q); slices.Contains(layouts, answer) {
		return answer
	}
	return layouts[0] // until it is answered: nothing is written before
}

// dates says once how dates are written where all are alike.
func (b *binding) dates() {
	var layouts []string
	for _, n := range b.s.Columns {
		if column, ok := b.column(n.To); ok && (n.From != "" || n.Is != "") && (column.Type == "date" || column.Type == "time") {
			layouts = append(layouts, n.Dates)
		}
	}
	slices.Sort(layouts)
	if all := slices.Compact(layouts); len(all) != 1 || all[0] == iso {
		return
	}
	b.s.Dates = layouts[0]
	for i := range b.s.Columns {
		b.s.Columns[i].Dates = ""
	}
}

// iso is the layout that needs no saying.
const iso = ""

// isMonths reports whether dates are written without a day: as months, of which
// the first day is read.
func isMonths(layouts string) bool {
	return layouts != "" && !slices.ContainsFunc(fact.SplitLayouts(layouts), func(l string) bool {
		return !strings.ContainsAny(l, "mM") || strings.ContainsAny(l, "dU") || !strings.ContainsAny(l, "Yy")
	})
}

// afterMonth is the formula for the first day after the month that a column
// names.
func afterMonth(column string) string { return fmt.Sprintf("add_months(date(%s), 1)", rowName(column)) }

// freshMonths is how long what comes by the month is fresh: that month, the next
// one, and some days until that one is exported.
const freshMonths = "70d"

// untilNextMonth ends what is read of a month with that month, where nothing
// else says when it ends.
func (b *binding) untilNextMonth() {
	i := slices.IndexFunc(b.s.Columns, func(n Binding) bool { return n.To == fact.ColStarts })
	if i < 0 || b.g.bound[fact.ColEnds] != "" || !isMonths(b.s.Columns[i].Dates) {
		return
	}
	b.s.Fresh = freshMonths
	n := b.s.Columns[i]
	b.s.Columns = slices.Insert(b.s.Columns, i+1, Binding{
		To: fact.ColEnds, Is: afterMonth(n.From), Dates: n.Dates, Why: "the month ends where the next one begins", Examples: n.Examples,
	})
}
