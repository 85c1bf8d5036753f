package suggest

import (
	"fmt"

	"github.com/segue-cs/segue/internal/fact"
)

// parentByName is a column of a list of accounts that names their parents by
// their names, or by another id, where the list tells its accounts apart by ids.
type parentByName struct {
	column, space string
	id            Column // of the list, with those names or ids
	first         bool   // the ids are the first words of the values
}

// parentsNamed takes a column with the names of parents out of what a file says
// of its accounts by id, nil where parents are named by id. Names that several
// accounts have say nothing.
func (p *proposing) parentsNamed(g *group) *parentByName {
	from := g.bound["parent"]
	parent, key, name := columnOf(g, "parent"), columnOf(g, fact.ColAccount), columnOf(g, "name")
	if g.kind != fact.AccountKind || from == "" {
		return nil
	}
	for _, id := range g.Columns {
		if id.Name != from && (id.IsUnique() || id.Name == key.Name) && parent.FirstWithin(id) >= firstWords {
			delete(g.bound, "parent")
			return &parentByName{from, g.spaceFor(id, key, bare(id.Name)), id, true}
		}
	}
	if g.bound["name"] == "" || name.Name == key.Name {
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
	return &parentByName{from, g.spaceFor(name, key, "name"), name, false}
}

// spaceFor returns the space of a column of ids of a list of accounts, "" for its
// key, and makes it one of that name where it is none yet.
func (g *group) spaceFor(id, key Column, called string) string {
	if id.Name == key.Name {
		return ""
	}
	if space := spaceOf(g, id.Name); space != "" {
		return space
	}
	if g.keys == nil {
		g.keys = map[string]string{}
	}
	called = identifier(called)
	g.keys[called] = id.Name
	return called
}

// bindParents proposes a second source of a list of accounts: who stands under
// whom, by their names.
func (p *proposing) bindParents(g *group, of Source, by *parentByName) {
	if by == nil {
		return
	}
	parent, _ := g.Column(by.column)
	name := by.id
	within, named := parent.Within(name), "by their names"
	is := Binding{To: "parent", From: parent.Name, Why: filled(parent), Examples: parent.Examples}
	if by.first {
		within, named = parent.FirstWithin(name), fmt.Sprintf("by their %s, which is the first word of each", name.Name)
		is.From, is.Is = "", firstWordOf(parent.Name)
	}
	s := Source{
		Name: p.name(of.Name + "_parents"), Title: of.Title + ": parents", Files: of.Files, Table: of.Table, Rows: of.Rows, Kind: fact.AccountKind,
		Confidence: of.Confidence, Mode: "patch", Dates: of.Dates, Ids: by.space,
		Why:      fmt.Sprintf("%s names parents %s: %s of its %s different values are in %s", parent.Name, named, percent(within), count(parent.Distinct), name.Name),
		Where:    []string{fmt.Sprintf("known(%s)", rowName(parent.Name))},
		WhereWhy: []string{fmt.Sprintf("%s of %s rows have a parent", count(parent.Filled), count(g.Rows))},
		Columns: []Binding{
			{To: fact.ColAccount, From: name.Name, Why: filled(name), Examples: name.Examples},
			is,
		},
	}
	if since, ok := of.Binding(fact.ColValidFrom); ok {
		s.Columns = append(s.Columns, since)
	}
	p.out.Sources = append(p.out.Sources, s)
	p.out.Notes = append(p.out.Notes, fmt.Sprintf("%s: customer: parent in strategy.yaml counts each family once; so far each account counts", g.Name))
}
