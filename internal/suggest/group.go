package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// group puts files of one layout together, and sets aside those that repeat
// others in another form.
func (p *proposing) group() {
	for _, t := range p.Tables {
		if a, ok := p.Accounts[t.Name]; ok {
			p.groups = append(p.groups, &group{Table: t, kind: fact.AccountKind, known: true, bound: map[string]string{"account": a.Key}, keys: a.Spaces})
			if !a.Asked {
				continue
			}
		}
		switch {
		case slices.Contains(p.Read, t.Name):
			p.skip(t.Name, "the strategy reads it already")
			continue
		case t.Rows == 0:
			p.skip(t.Name, "it has no rows")
			continue
		}
		if of := p.repeats(t); of != "" {
			p.skip(t.Name, fmt.Sprintf("it repeats %s, with columns named a little otherwise", of))
			continue
		}
		i := slices.IndexFunc(p.groups, func(g *group) bool { return !g.known && g.Sheet == t.Sheet && sameHeader(g.Table, t) })
		if i < 0 {
			p.groups = append(p.groups, &group{Table: t, files: []string{t.File()}, bound: map[string]string{}})
			continue
		}
		g := p.groups[i]
		if column := otherDates(g.Table, t); column != "" {
			p.skip(t.Name, fmt.Sprintf("it repeats %s with dates in another form (%s)", g.Name, column))
			continue
		}
		g.files = append(g.files, t.File())
		g.Table = t
	}
	prefix := p.commonPrefix()
	for i, g := range p.groups {
		g.name = nameOf(g.words(), prefix)
		isTaken := func(o *group) bool { return o.name == g.name }
		if slices.ContainsFunc(p.groups[:i], isTaken) && g.Sheet == "" { // they differ by a year, say
			base := g.File()[strings.LastIndexByte(g.File(), '/')+1:]
			base, _, _ = strings.Cut(base, ".")
			g.name = identifier(base)
		}
		for n, name := 2, g.name; slices.ContainsFunc(p.groups[:i], isTaken); n++ {
			g.name = fmt.Sprintf("%s_%d", name, n)
		}
	}
}

func (p *proposing) skip(table, why string) {
	p.out.Skipped = append(p.out.Skipped, Skipped{Table: table, Why: why})
}

func sameHeader(a, b Table) bool {
	return slices.EqualFunc(a.Columns, b.Columns, func(a, b Column) bool { return a.Name == b.Name })
}

// leastRows is how many rows say that two files are the same.
const leastRows = 5

// repeats returns the file that has the same rows under nearly the same names,
// or "".
func (p *proposing) repeats(t Table) string {
	for _, g := range p.groups {
		if g.known || sameHeader(g.Table, t) || len(g.Columns) != len(t.Columns) || t.Rows < leastRows {
			continue
		}
		alike, same := 0, false
		for _, c := range g.Columns {
			i := slices.IndexFunc(t.Columns, func(o Column) bool { return o.plain == c.plain })
			if i < 0 {
				continue
			}
			alike++
			same = same || c.IsUnique() && c.Within(t.Columns[i]) > 0.9 && t.Columns[i].Within(c) > 0.9
		}
		if same && alike*10 >= len(t.Columns)*8 {
			return g.Name
		}
	}
	return ""
}

// otherDates returns a column that both tables write in different layouts
// although their rows are largely the same, or "".
func otherDates(a, b Table) string {
	same := false
	for i, c := range a.Columns {
		same = same || c.IsUnique() && c.Within(b.Columns[i]) > 0.5
	}
	if !same {
		return ""
	}
	for i, c := range a.Columns {
		if c.IsDate() && !slices.ContainsFunc(c.Layouts(), func(l string) bool { return slices.Contains(b.Columns[i].Layouts(), l) }) {
			return c.Name
		}
	}
	return ""
}

// commonPrefix returns the first words that all files have in common.
func (p *proposing) commonPrefix() []string {
	if len(p.groups) < 2 {
		return nil
	}
	prefix := p.groups[0].words()
	for _, g := range p.groups[1:] {
		words := g.words()
		n := 0
		for n < min(len(prefix), len(words)) && prefix[n] == words[n] {
			n++
		}
		prefix = prefix[:n]
	}
	return prefix
}

func nameOf(words, prefix []string) string {
	if len(words) > len(prefix) {
		words = words[len(prefix):]
	}
	for len(words) > 1 && slices.Contains([]string{"data", "export", "table", "snowflake", "postgres"}, words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) > 1 && words[0] == "sf" {
		words = words[1:]
	}
	return identifier(strings.Join(words, "_"))
}
