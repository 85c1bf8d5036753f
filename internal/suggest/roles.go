package suggest

import (
	"fmt"

	"github.com/segue-cs/segue/internal/fact"
)

// csmTrait is the trait that says who an account's customer success manager is,
// where the owner is somebody else.
const (
	csmTrait = "csm"
	csmTitle = "CSM"
)

// roles tells the owners of accounts from their CSMs. Who looks after an account
// is its owner: a column of owners where there is one, in whichever file or in
// the strategy, else one of CSMs. What is left is a trait, so that two roles are
// never two statements about one.
func (p *proposing) roles() {
	owner := p.Owner
	for _, g := range p.accounts() {
		if from := g.bound["owner"]; from != "" && !g.known && (owner == "" || p.isCSM(owner) && p.Owner == "") {
			owner = from
		}
	}
	for _, g := range p.accounts() {
		from := g.bound["owner"]
		if g.known || from == "" || p.isCSM(from) == p.isCSM(owner) {
			continue
		}
		delete(g.bound, "owner")
		for _, c := range g.Columns {
			if c.Filled > 0 && p.isCSM(owner) && p.isCSM(c.Name) && g.bound["owner"] == "" {
				g.bound["owner"] = c.Name
			}
		}
	}
}

// isCSM reports whether a column is called as one of CSMs is.
func (p *proposing) isCSM(column string) bool { return isNamed(column, p.CSM) }

// countOwners notes how many people look after the accounts of a file: its CSMs
// where it names them, else its owners.
func (b *binding) countOwners() {
	for _, to := range []string{csmTrait, "owner"} {
		n, _ := b.s.Binding(to)
		if c, ok := b.g.Column(n.From); ok {
			p := b.proposing
			isCSM := b.isCSM(c.Name)
			if isCSM && !p.out.areCSMs {
				p.out.owners, p.out.areCSMs = 0, true
			}
			if isCSM == p.out.areCSMs {
				p.out.owners = max(p.out.owners, c.Distinct)
			}
		}
	}
}

// sayRoles says what becomes of the CSMs where a file names owners beside them.
func (b *binding) sayRoles() {
	n, ok := b.s.Binding(csmTrait)
	if !ok || !b.isCSM(n.From) {
		return
	}
	b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q is not the owner but a role of its own: it becomes the trait %s, so that the two can differ", b.g.Name, n.From, csmTrait))
}

// isRole reports whether a column names who looks after the accounts.
func (b *binding) isRole(c Column) bool {
	if b.s.Kind != fact.AccountKind || c.Filled == 0 || c.IsNumber() || c.IsDate() || c.IsBool() || c.isEmail() {
		return false
	}
	return b.isCSM(c.Name) || isNamed(c.Name, b.Words[fact.AccountKind].Columns["owner"])
}

// calledAs returns what a trait of a column is called after: of all names of
// CSMs it is one.
func (b *binding) calledAs(column string) string {
	if b.isCSM(column) {
		return csmTitle
	}
	return column
}
