package suggest

import (
	"fmt"

	"github.com/segue-cs/segue/internal/fact"
)

// An id of Salesforce has 15 characters in reports and 18 elsewhere: the same,
// and three that say which of them are capitals.
const (
	shortIDLength = 15
	longIDLength  = 18
)

// shortID returns the first 15 characters of an id of Salesforce with 18, which
// it counts, so that both forms are one value; other texts as they are.
func (c *Column) shortID(text []byte) []byte {
	if len(text) != longIDLength {
		return text
	}
	if full, ok := fact.Sfid18(string(text[:shortIDLength])); !ok || full != string(text) {
		return text
	}
	c.longIDs++
	return text[:shortIDLength]
}

// lengthened makes ids of 15 characters ids of 18 where a file has those, so
// that both are one.
func (b *binding) lengthened(n *Binding, c Column) {
	if c.Longest != shortIDLength || c.Filled == 0 || c.longIDs > 0 {
		return
	}
	for _, g := range b.groups {
		for _, other := range g.Columns {
			if other.longIDs > 0 && other.longIDs == other.Filled && (c.Within(other) >= refersLess || other.Within(c) >= refersLess) {
				n.From, n.Is = "", fmt.Sprintf("sfid18(%s)", rowName(c.Name))
				n.Why += fmt.Sprintf("; made 18 characters long, as %q of %s is", other.Name, g.Name)
				return
			}
		}
	}
}
