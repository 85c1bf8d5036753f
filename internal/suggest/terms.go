package suggest

import (
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// terms finds out of the rows of contracts whether their ends are the last day,
// as 2026-12-31, or the first day after it.
type terms struct {
	starts, ends int                  // columns; -1 is none
	by           map[string]*[3]int64 // by layout: ends that are the same day of a later month as the start, those a day before it, and all
}

// newTerms takes the columns that contracts begin and end with, by name.
func newTerms(header []string) terms {
	t := terms{starts: -1, ends: -1, by: map[string]*[3]int64{}}
	k, err := known()
	if err != nil {
		return t
	}
	named := func(names []string) int {
		for _, name := range names {
			for i, h := range header {
				if bare(h) == name {
					return i
				}
			}
		}
		return -1
	}
	columns := k.Words["contract"].Columns
	t.starts, t.ends = named(columns[fact.ColStarts]), named(columns[fact.ColEnds])
	return t
}

// add takes the days of a row, as they can be read.
func (t *terms) add(starts, ends []fact.WrittenDate) {
	for _, s := range starts {
		for _, e := range ends {
			if s.Layout != e.Layout || e.Day <= s.Day {
				continue
			}
			n := t.by[s.Layout]
			if n == nil {
				n = &[3]int64{}
				t.by[s.Layout] = n
			}
			n[2]++
			months := s.Day.Months(e.Day)
			switch {
			case s.Day.AddMonths(months) == e.Day:
				n[0]++
			case s.Day.AddMonths(months)-1 == e.Day, s.Day.AddMonths(months+1)-1 == e.Day:
				n[1]++
			}
		}
	}
}

// areLast reports whether a column of ends names last days, read by layouts, and
// how many of how many rows say so: most of them, and hardly any the contrary.
func (t *terms) areLast(layouts string) (last, all int64, ok bool) {
	for _, layout := range append(fact.SplitLayouts(layouts), layouts) {
		if n := t.by[layout]; n != nil && n[1]*2 > n[2] && n[0]*20 <= n[1] {
			return n[1], n[2], true
		}
	}
	return 0, 0, false
}

// lastDay makes the end of contracts the first day after it where the file names
// the last day.
func (b *binding) lastDay(n *Binding, from string) {
	t := b.g.terms
	if t.ends < 0 || b.g.Columns[t.ends].Name != from || t.starts < 0 || b.g.Columns[t.starts].Name != b.g.bound[fact.ColStarts] {
		return
	}
	last, all, ok := t.areLast(n.Dates)
	if !ok {
		return
	}
	n.From, n.Is = "", dayAfter(from)
	n.Why += fmt.Sprintf("; it is the last day: %s end a day before whole months are over", share(last, all))
	b.isLast = true
}

// dayAfter is the formula for the first day after the last one.
func dayAfter(column string) string { return fmt.Sprintf("date(%s) + 1d", rowName(column)) }

// lineID is what tells a line of a contract from the others where the file does
// not number its lines: its document, what it is of, and its first day.
func (b *binding) lineID(starts string) Binding {
	n := Binding{To: fact.ColID, From: starts, Why: "the file numbers no lines: those of one account are told apart by their first day"}
	var parts, words []string
	add := func(column string) {
		if column != "" && column != starts {
			parts, words = append(parts, fmt.Sprintf("%s.or(\"\")", rowName(column))), append(words, column)
		}
	}
	for _, c := range b.g.Columns {
		if isNamed(c.Name, b.Documents) && c.Filled*10 >= c.Rows*9 && c.Name != b.g.bound[fact.ColAccount] {
			add(c.Name)
			b.used[c.Name] = true
			break
		}
	}
	add(b.g.bound["product"])
	if len(parts) == 0 {
		return n
	}
	n.From = ""
	n.Is = strings.Join(append(parts, fmt.Sprintf("%s.or(\"\")", rowName(starts))), ` + " " + `)
	n.Why = fmt.Sprintf("the file numbers no lines: those of one account are told apart by %s and their first day", listed(words))
	return n
}
