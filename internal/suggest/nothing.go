package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// whyNothing says why nothing can be made of a file: what it lacks of the kind
// that it is most like, else which of customer, day and amount it does not say.
func (p *proposing) whyNothing(g *group) string {
	data := func(c Column) bool {
		_, isNumber := fact.ReadNumber([]byte(c.Name))
		return isNumber || c.Name == ""
	}
	switch {
	case len(g.Columns) == 1:
		if words := len(strings.Fields(g.Columns[0].Name)); words > 2 {
			return "it has a single column: are its values apart by spaces? Save it with commas between them"
		}
	case !slices.ContainsFunc(g.Columns, func(c Column) bool { return !data(c) }):
		return "its first row is data, and none names the columns: write one above that does"
	case !slices.ContainsFunc(g.Columns, func(c Column) bool { return c.isKey || c.IsUnique() && !c.IsDate() && !c.hasFractions() }):
		return noCustomer
	}
	if why := p.whyNotLike(g); why != "" {
		return why
	}
	return p.notSaid(g)
}

// noCustomer is why a file says nothing, and what helps.
const noCustomer = "no column seems to name a customer: add one with an id or a name, the same as in your other exports"

// whyNotLike says what a file lacks of the kind that it is most like; "" where
// it is like none, or lacks nothing.
func (p *proposing) whyNotLike(g *group) string {
	best, like := leastScore-1, ""
	for _, kind := range p.kinds() {
		if _, score := p.likeness(g.Table, kind); score > best {
			best, like = score, kind
		}
	}
	if like == "" {
		return ""
	}
	bound, _ := p.likeness(g.Table, like)
	var lacks, has []string
	for _, needs := range p.Words[like].Needs {
		i := slices.IndexFunc(needs, func(to string) bool { return bound[to] != "" })
		switch {
		case i >= 0:
			has = append(has, bound[needs[i]])
		case slices.Equal(needs, []string{fact.ColAccount}):
			lacks = append(lacks, "of which customer it is")
		default:
			lacks = append(lacks, p.meanings(like, needs))
		}
	}
	if len(lacks) == 0 || len(has) == 0 {
		return ""
	}
	return fmt.Sprintf("it looks like %s (it has %s), but no column says %s: add one, or rename the one that does", p.kindTitle(like), listed(slices.Compact(has)), strings.Join(lacks, ", nor "))
}

// meanings are what columns of a kind hold, any of which would do.
func (p *proposing) meanings(kind string, columns []string) string {
	var list []string
	for _, to := range columns {
		text := plainWords(to)
		for _, k := range p.Kinds {
			if c, ok := k.Bindable(to); ok && k.Name == kind {
				text = titled(c)
			}
		}
		list = append(list, fmt.Sprintf("%q", text))
	}
	if len(list) > 1 {
		return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
	}
	return list[0]
}

// notSaid says which of customer, day and amount a file does not tell.
func (p *proposing) notSaid(g *group) string {
	whose, when, much := p.bestReference(g).column, "", ""
	for _, c := range g.Columns {
		switch {
		case c.Filled == 0:
		case c.isKey || tellsWhose(c.Name) || c.isEmail():
			if whose == "" {
				whose = c.Name
			}
		case c.IsDate():
			when = c.Name
		case c.IsNumber() && !isID(c.Name):
			much = c.Name
		}
	}
	var missing []string
	for _, said := range []struct{ column, what string }{{whose, "of which customer"}, {when, "when"}, {much, "how much"}} {
		if said.column == "" {
			missing = append(missing, said.what)
		}
	}
	switch len(missing) {
	case 0:
		return fmt.Sprintf("it says of which customer (%s), when (%s) and how much (%s), but not what that is", whose, when, much)
	case 1:
		return "no column says " + missing[0]
	}
	return "no column says " + strings.Join(missing[:len(missing)-1], ", ") + " or " + missing[len(missing)-1]
}
