// Package customer says what counts as one customer: the grain, the family
// tree behind it, identity across sources, and the base.
package customer

import (
	"fmt"
	"strings"
)

// Level is the kind of grain.
type Level uint8

// ByAccount counts each account; ByParent each account without a parent, with
// its whole family; ByEntity each account that is, say, a department, with
// what is beneath it; ByContact each person; ByAccountProduct each product
// that an account has.
const (
	ByAccount Level = iota
	ByParent
	ByEntity
	ByContact
	ByAccountProduct
)

// Grain is what a segmentation counts as one customer. The zero value is
// the account.
type Grain struct {
	Level  Level
	Entity string // ByEntity only: company, department, site ...
}

// ParseGrain reads "account", "parent", "entity: department", "contact" or
// "account x product".
func ParseGrain(s string) (Grain, error) {
	words := strings.Join(strings.Fields(s), " ")
	switch words {
	case "account":
		return Grain{}, nil
	case "parent":
		return Grain{Level: ByParent}, nil
	case "contact":
		return Grain{Level: ByContact}, nil
	case "account x product":
		return Grain{Level: ByAccountProduct}, nil
	}
	if entity, ok := strings.CutPrefix(words, "entity:"); ok && strings.TrimSpace(entity) != "" {
		return Grain{Level: ByEntity, Entity: strings.TrimSpace(entity)}, nil
	}
	return Grain{}, fmt.Errorf("unknown grain %q: want account, parent, entity: NAME, contact or account x product", s)
}

// String returns the grain as ParseGrain reads it.
func (g Grain) String() string {
	switch g.Level {
	case ByParent:
		return "parent"
	case ByEntity:
		return "entity: " + g.Entity
	case ByContact:
		return "contact"
	case ByAccountProduct:
		return "account x product"
	}
	return "account"
}

// Slug returns the grain as part of a table's name: letters, digits and _.
func (g Grain) Slug() string {
	switch g.Level {
	case ByParent:
		return "parent"
	case ByEntity:
		return "entity_" + slug(g.Entity)
	case ByContact:
		return "contact"
	case ByAccountProduct:
		return "account_product"
	}
	return "account"
}

func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(s))
}
