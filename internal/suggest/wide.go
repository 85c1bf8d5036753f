package suggest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// sayAll fills a list of accounts from a file that has a row for each of them and
// that other facts are read from as well: one sheet with everything. What those
// facts take, the accounts do not.
func (p *proposing) sayAll(of *group, s *Source) {
	key := of.bound[fact.ColAccount]
	a := *of
	a.kind, a.notes, a.keys = fact.AccountKind, nil, nil
	a.bound = map[string]string{fact.ColAccount: key}
	b := &binding{proposing: p, g: &a, s: s, used: map[string]bool{key: true}}
	for _, other := range p.out.Sources {
		if other.Table != of.Table.Name {
			continue
		}
		for _, n := range other.Columns {
			b.used[n.From] = true
			for _, c := range of.Columns {
				b.used[c.Name] = b.used[c.Name] || asks(n.Is, c.Name)
			}
		}
		if other.Unpivot != nil {
			for _, name := range other.Unpivot.Columns {
				b.used[name] = true
			}
		}
	}
	bound := p.bindWords(of.Table, fact.AccountKind)
	for _, to := range p.order(fact.AccountKind, bound) {
		if _, has := s.Binding(to); has {
			b.used[bound[to]] = true
			continue
		}
		if from := bound[to]; to != fact.ColAccount && from != key && !b.used[from] {
			a.bound[to] = from
			b.bind(to, from)
		}
	}
	b.traits()
	b.countOwners()
	b.sayRoles()
	b.foresee()
	b.dates()
	s.Left = nil // the other source lists what nothing takes
	p.out.Notes = append(p.out.Notes, a.notes...)
	for i := range p.out.Sources {
		if other := &p.out.Sources[i]; other.Table == of.Table.Name {
			other.Left = slices.DeleteFunc(other.Left, func(l Left) bool { return b.used[l.Column] })
		}
	}
	s.Why = fmt.Sprintf("each row is of another %s, and says more of it", key)
}

// asks reports whether a formula reads a column: its whole name, not a part of
// another.
func asks(formula, column string) bool {
	name := rowName(column)
	for rest, before := formula, ""; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		before, rest = before+rest[:i], rest[i+len(name):]
		if !endsInName.MatchString(before) && !beginsName.MatchString(rest) {
			return true
		}
		before += name
	}
}

var (
	endsInName = regexp.MustCompile(`[A-Za-z0-9_]$`)
	beginsName = regexp.MustCompile(`^[A-Za-z0-9_]`)
)

// tiers are how customers are ranked, and no products.
var tiers = regexp.MustCompile(`(?i)^(?:platinum|gold|silver|bronze|strategic|key|core|high|medium|mid|low|[a-d][+-]?|(?:tier|t|level)?[ _-]?[1-5])$`)

// isTier reports whether a column ranks customers: it is called a tier, and says
// gold, silver and bronze or the like.
func (c Column) isTier() bool {
	if bare(c.Name) != "tier" || len(c.Values) == 0 {
		return false
	}
	for text := range c.Values {
		if !tiers.MatchString(text) {
			return false
		}
	}
	return true
}
