package suggest

import (
	"fmt"

	"github.com/segue-cs/segue/internal/fact"
)

// parentByName is a column of a list of accounts that names their parents by
// their names, where the list tells its accounts apart by ids.
type parentByName struct{ column, space string }

// parentsNamed takes a column with the names of parents out of what a file says
// of its accounts by id, nil where parents are named by id. Names that several
// accounts have say nothing.
func (p *proposing) parentsNamed(g *group) *parentByName {
	from := g.bound["parent"]
	parent, key, name := columnOf(g, "parent"), columnOf(g, fact.ColAccount), columnOf(g, "name")
	if g.kind != fact.AccountKind || from == "" || g.bound["name"] == "" || name.Name == key.Name {
		return nil
	}
	byName := parent.Within(name)
	if byName < refersLess || byName <= parent.Within(key) {
		return nil
	}
	if !name.IsUnique() {
		g.notes = append(g.notes, fmt.Sprintf("%s: %q names parents by their names, and several accounts have one name: who stands under whom is not read. Export the parents' ids as well", g.Name, from))
		delete(g.bound, "parent")
		return nil
	}
	delete(g.bound, "parent")
	space := spaceOf(g, name.Name)
	if space == "" {
		space = "name"
		if g.keys == nil {
			g.keys = map[string]string{}
		}
		g.keys[space] = name.Name
	}
	return &parentByName{from, space}
}

// bindParents proposes a second source of a list of accounts: who stands under
// whom, by their names.
func (p *proposing) bindParents(g *group, of Source, by *parentByName) {
	if by == nil {
		return
	}
	parent, _ := g.Column(by.column)
	name := columnOf(g, "name")
	s := Source{
		Name: p.name(of.Name + "_parents"), Title: of.Title + ": parents", Files: of.Files, Table: of.Table, Rows: of.Rows, Kind: fact.AccountKind,
		Confidence: of.Confidence, Mode: "patch", Dates: of.Dates, Ids: by.space,
		Why:      fmt.Sprintf("%s names parents by their names: %s of its %s different values are in %s", parent.Name, percent(parent.Within(name)), count(parent.Distinct), name.Name),
		Where:    []string{fmt.Sprintf("known(%s)", rowName(parent.Name))},
		WhereWhy: []string{fmt.Sprintf("%s of %s rows have a parent", count(parent.Filled), count(g.Rows))},
		Columns: []Binding{
			{To: fact.ColAccount, From: name.Name, Why: filled(name), Examples: name.Examples},
			{To: "parent", From: parent.Name, Why: filled(parent), Examples: parent.Examples},
		},
	}
	if since, ok := of.Binding(fact.ColValidFrom); ok {
		s.Columns = append(s.Columns, since)
	}
	p.out.Sources = append(p.out.Sources, s)
	p.out.Notes = append(p.out.Notes, fmt.Sprintf("%s: customer: parent in strategy.yaml counts each family once; so far each account counts", g.Name))
}
