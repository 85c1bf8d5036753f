package suggest

import (
	"fmt"
	"strings"
)

// Lines returns the proposal for people: what becomes of each file, and from
// which of its columns.
func (p Proposal) Lines() []string {
	var lines []string
	for _, s := range p.Sources {
		lines = append(lines, "", fmt.Sprintf("%s -> %s (%s), %s", s.Reads(), plainWords(s.Kind), s.Confidence, rows(s.Rows+s.Refused)),
			"  because "+s.Why)
		if s.Unpivot != nil {
			lines = append(lines, fmt.Sprintf("  each row becomes one for every %s in %s", s.rowOf(), few(shownAll(s.Unpivot.Columns))))
		}
		to, from := 0, 0
		for _, n := range s.Columns {
			to, from = max(to, len(n.To)), max(from, min(len(n.comes()), 30))
		}
		for _, n := range s.Columns {
			line := fmt.Sprintf("  %-*s  <- %-*s  %s", to, n.To, from, n.comes(), n.Why)
			if len(n.Examples) > 0 {
				line += ": " + n.Examples[0]
			}
			lines = append(lines, line)
		}
	}
	if len(p.Skipped) > 0 {
		lines = append(lines, "", "Not read:")
		for _, line := range p.NotRead() {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// shownAll cuts long names short.
func shownAll(names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, shown([]byte(name)))
	}
	return list
}

// Reads says which files are read, and which sheet of them.
func (s Source) Reads() string { return SheetTable(strings.Join(s.Files, ", "), s.Sheet) }

// comes is where a binding's values come from, in short.
func (n Binding) comes() string {
	switch {
	case n.Is != "":
		return n.Is
	case n.From == "":
		return fmt.Sprintf("%q", n.Value)
	}
	return n.From
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return count(n) + " rows"
}
