package suggest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// foresee says which rows the import will reject, and declares the texts that
// stand for no value where they would be the reason.
func (b *binding) foresee() {
	texts := map[string]bool{}
	for i, n := range b.s.Columns {
		c, ok := b.g.Column(n.From)
		column, listed := b.column(n.To)
		if b.isTraitBinding(n.To) {
			column, listed = b.traitColumn(n.To), true
		}
		if listed && b.s.Unpivot != nil && n.From == b.s.Unpivot.Value {
			b.foreseeUnpivoted(n, column, texts)
			continue
		}
		if !ok || !listed || n.Values != nil {
			continue
		}
		if column.Type != fact.Text {
			for text := range c.Nothing {
				if b.isName(text) {
					b.s.Columns[i].setValue(text, "")
				} else {
					texts[text] = true
				}
			}
		}
		b.foreseeColumn(n, c, column)
	}
	b.noValues(texts)
	b.s.Missing = append(b.s.Missing, sortedKeys(texts)...)
}

// noValues adds the texts that stand for no value in columns of text, such as
// N/A, and tells once how many cells of which columns have one. NA is none of
// them: it is North America as well.
func (b *binding) noValues(texts map[string]bool) {
	var where []string
	cells := int64(0)
	said := map[string]bool{}
	for _, n := range b.s.Columns {
		c, ok := b.g.Column(n.From)
		column, listed := b.column(n.To)
		if b.isTraitBinding(n.To) {
			column, listed = b.traitColumn(n.To), true
		}
		if !ok || !listed || column.Type != fact.Text {
			continue
		}
		own := int64(0)
		for text, times := range c.Nothing {
			if !strings.EqualFold(text, "na") {
				own += times
				said[text], texts[text] = true, true
			}
		}
		if own > 0 {
			cells += own
			where = append(where, fmt.Sprintf("%s %s", c.Name, count(own)))
		}
	}
	if cells == 0 {
		return
	}
	noun, verb := "cells say", "are"
	if cells == 1 {
		noun, verb = "cell says", "is"
	}
	var quoted []string
	for _, text := range sortedKeys(said) {
		quoted = append(quoted, strconv.Quote(text))
	}
	b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %s %s %s and %s taken for empty (%s); take the text out of missing: where it says something",
		b.g.Name, count(cells), noun, strings.Join(quoted, " or "), verb, strings.Join(where, ", ")))
}

// foreseeUnpivoted foresees what becomes of the cells of columns that become
// rows; those that are empty become none.
func (b *binding) foreseeUnpivoted(n Binding, column fact.Column, texts map[string]bool) {
	for _, name := range b.s.Unpivot.Columns {
		c, ok := b.g.Column(name)
		if !ok || column.Type == fact.Text {
			continue
		}
		for text := range c.Nothing {
			texts[text] = true
		}
		c.Rows = c.Filled
		b.foreseeColumn(n, c, column)
	}
}

// foreseeColumn says how many rows a column will cost.
func (b *binding) foreseeColumn(n Binding, c Column, column fact.Column) {
	what, good, example := "", c.Filled, ""
	switch column.Type {
	case fact.Date, fact.Time:
		what, good, example = "date", c.In(n.Dates).Values, c.NoDate
	case fact.Number, fact.Money:
		what, good, example = "number", c.Numbers.Any, c.NoNumber
	case fact.Bool:
		what, good = "yes or no", c.Bools
	}
	rows := fmt.Sprintf("of %s rows", count(c.Rows))
	if bad := c.Filled - good; bad > 0 && c.Filled > 0 && what != "" {
		note := fmt.Sprintf("%s: %s %s have something else than a %s in %q", b.g.Name, count(bad), rows, what, c.Name)
		if column.Type == fact.Bool {
			note = fmt.Sprintf("%s: %s %s have something else than yes or no in %q", b.g.Name, count(bad), rows, c.Name)
		}
		if example != "" {
			note += fmt.Sprintf(", such as %q", example)
		}
		b.g.notes = append(b.g.notes, note+": the import will reject them")
	}
	isUnmatched := n.To == fact.ColAccount && b.s.Kind != fact.AccountKind // kept, and listed
	if empty := c.Rows - c.Filled; empty > 0 && column.Required && !isUnmatched {
		if what == "" {
			what = "value"
		}
		b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %s %s have no %s in %q, which every %s needs: the import will reject them", b.g.Name, count(empty), rows, what, c.Name, plainWords(b.s.Kind)))
	}
}

// isTraitBinding reports whether a binding fills a trait that is proposed.
func (b *binding) isTraitBinding(to string) bool {
	return b.s.Kind == fact.AccountKind && slices.ContainsFunc(b.out.Traits, func(t Trait) bool { return t.Name == to })
}

func (b *binding) traitColumn(name string) fact.Column {
	i := slices.IndexFunc(b.out.Traits, func(t Trait) bool { return t.Name == name })
	return fact.Column{Name: name, Type: fact.Type(b.out.Traits[i].Type)}
}

// isName reports whether a text that stands for no value among numbers is one
// among the texts that the source reads: NA, North America.
func (b *binding) isName(text string) bool {
	return slices.ContainsFunc(b.s.Columns, func(n Binding) bool {
		c, ok := b.g.Column(n.From)
		return ok && slices.Contains(c.names, text)
	})
}

// setValue says what a text of the column means; what it means already stays.
func (n *Binding) setValue(text, means string) {
	if n.Is != "" {
		return // a formula has no such list: its rows are rejected, and said so
	}
	if n.Values == nil {
		n.Values = map[string]string{}
	}
	if _, said := n.Values[text]; !said {
		n.Values[text] = means
	}
}
