package suggest

import "fmt"

// style returns how a column's numbers are to be declared: "" where the import
// finds that out, else as those of another column of the file are written, or
// what somebody says of values that can be read in two ways.
func (b *binding) style(c Column, isMoney bool) string {
	w := c.written.Numbers(isMoney)
	if w.Other == "" {
		return ""
	}
	for _, other := range b.g.Columns {
		if o := other.written.Numbers(true); other.Name != c.Name && other.IsNumber() && o.Other == "" && (o.As == w.As || o.As == w.Other) {
			b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q could be read in two ways; it is read as %q is", b.g.Name, c.Name, other.Name))
			return o.As
		}
	}
	answer := b.ask(Question{
		Key:  "numbers." + b.g.name,
		Text: fmt.Sprintf("%s: numbers of %q, such as %s, can be read in two ways. Which is it?", b.g.Name, c.Name, w.Doubt),
		Choices: []Choice{
			{w.As, "a point before the decimals"},
			{w.Other, "a comma before the decimals"},
		},
	})
	if answer == w.Other {
		return w.Other
	}
	return w.As // until it is answered: nothing is written before
}
