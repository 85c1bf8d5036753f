package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// link is a file that says who stands under whom, a row for each pair.
type link struct{ child, parent, kind, status string }

var (
	childNames = []string{
		"child_lei", "child_id", "child_account_id", "child", "subsidiary_lei", "subsidiary_id", "subsidiary", "tochter_id", "filiale_id",
		"relationship_start_node_node_id", "start_node_node_id",
	}
	parentNames = []string{
		"parent_lei", "parent_id", "parent_account_id", "parent", "owner_lei", "mutter_id", "maison_mere_id",
		"relationship_end_node_node_id", "end_node_node_id",
	}
	linkKinds  = []string{"relationship_type", "relationship_relationship_type", "link_type", "type"}
	linkStates = []string{"relationship_status", "relationship_relationship_status"}
)

// linkIn returns what a file says of parents, nil where it says nothing.
func linkIn(t Table) *link {
	l := link{firstNamed(t, childNames), firstNamed(t, parentNames), firstNamed(t, linkKinds), firstNamed(t, linkStates)}
	if l.child == "" || l.parent == "" {
		return nil
	}
	if child, _ := t.Column(l.child); child.Distinct*3 < child.Filled { // the companies of ours that bill, say
		return nil
	}
	return &l
}

// bindLinks proposes the family tree: the parents as accounts, which often no
// other file lists, and who stands under them.
func (p *proposing) bindLinks(g *group) {
	child, _ := g.Column(g.link.child)
	parent, _ := g.Column(g.link.parent)
	s := Source{
		Name: p.name(g.name + "_parents"), Title: "Parents, as " + plainWords(g.name) + " names them", Files: patterns(g.files), Table: g.Name, Rows: g.Rows,
		Kind: fact.AccountKind, Confidence: Likely, Mode: "patch",
		Why: fmt.Sprintf("it says who stands under whom: %s accounts under %s parents", count(child.Distinct), count(parent.Distinct)),
		Columns: []Binding{
			{To: fact.ColAccount, From: parent.Name, Why: fmt.Sprintf("%s different parents", count(parent.Distinct)), Examples: parent.Examples},
		},
	}
	p.onlyDirect(g, &s)
	tree := s
	tree.Name, tree.Title = p.name(g.name), "Who stands under whom, as "+plainWords(g.name)+" says"
	tree.Columns = []Binding{
		{To: fact.ColAccount, From: child.Name, Why: fmt.Sprintf("%s different values", count(child.Distinct)), Examples: child.Examples},
		{To: "parent", From: parent.Name, Why: fmt.Sprintf("%s of its different values are accounts of %s too", percent(parent.Within(child)), child.Name), Examples: parent.Examples},
	}
	p.out.Sources = append(p.out.Sources, s, tree)
	g.notes = append(g.notes, fmt.Sprintf("%s: customer: parent in strategy.yaml counts each family once; so far each account counts", g.Name))
	p.out.Notes = append(p.out.Notes, g.notes...)
}

// onlyDirect keeps the links to direct parents that hold: an account has one
// parent at a time.
func (p *proposing) onlyDirect(g *group, s *Source) {
	if kinds, ok := g.Column(g.link.kind); ok {
		for _, text := range sortedKeys(kinds.Values) {
			if upper := strings.ToUpper(text); strings.Contains(upper, "DIRECT") && !strings.Contains(upper, "INDIRECT") {
				s.Where = append(s.Where, fmt.Sprintf("%s == %q", rowName(kinds.Name), text))
				s.WhereWhy = append(s.WhereWhy, fmt.Sprintf("%s of %s rows: the tree is made of direct parents", count(kinds.Values[text]), count(g.Rows)))
				break
			}
		}
	}
	if states, ok := g.Column(g.link.status); ok && states.Distinct > 1 {
		if i := slices.IndexFunc(sortedKeys(states.Values), func(text string) bool { return strings.EqualFold(text, "active") }); i >= 0 {
			text := sortedKeys(states.Values)[i]
			s.Where = append(s.Where, fmt.Sprintf("%s == %q", rowName(states.Name), text))
			s.WhereWhy = append(s.WhereWhy, "those that hold")
		}
	}
	child, _ := g.Column(g.link.child)
	if len(s.Where) == 0 && !child.IsUnique() {
		g.notes = append(g.notes, fmt.Sprintf("%s: %q comes more than once: of several parents of an account the last row counts. Is there a column that tells which is the direct one?", g.Name, child.Name))
	}
}
