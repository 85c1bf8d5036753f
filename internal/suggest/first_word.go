package suggest

import (
	"bytes"
	"fmt"

	"github.com/zeebo/xxh3"
)

// firstWords is how much of a column's first words must be ids of accounts before
// it is taken to name them by id and name: "CUST101 Acme Inc.".
const firstWords = 0.9

// addFirst notes the first word of a text of several.
func (c *Column) addFirst(text []byte) {
	i := bytes.IndexByte(text, ' ')
	if i <= 0 {
		return
	}
	if c.firsts == nil {
		c.firsts = newSketch()
	}
	c.spaced++
	c.firsts.add(xxh3.Hash(text[:i]))
}

// FirstWithin returns the share of the column's different first words that
// another column has as its values; 0 where hardly all values are of several
// words.
func (c Column) FirstWithin(other Column) float64 {
	if c.firsts == nil || other.values == nil || !c.most(c.spaced) || c.IsDate() || c.IsNumber() {
		return 0
	}
	return c.firsts.within(other.values)
}

// bestFirstWord returns the column whose values begin with ids that another file
// lists of accounts, as tools write "id and name".
func (p *proposing) bestFirstWord(g *group) reference {
	var best reference
	for a, id := range p.idsBeside(g) {
		for _, c := range g.Columns {
			if share := c.FirstWithin(id); c.Distinct > 2 && share >= firstWords && share > best.share {
				best = reference{column: c.Name, share: share, of: a, id: id.Name, first: true}
			}
		}
	}
	return best
}

// firstWordOf is the formula for the first word of a column.
func firstWordOf(column string) string { return fmt.Sprintf(`%s.part(" ", 1)`, rowName(column)) }
