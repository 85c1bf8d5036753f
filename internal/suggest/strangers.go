package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// webNames are names of columns with an account's place on the web.
var webNames = []string{"website", "web_site", "website_url", "url", "domain", "domain_name", "company_domain", "company_domain_name", "web", "homepage", "webseite", "site_web"}

// strangers gives rows whose ids are those of no listed account an id space of
// their own: files of one system share one. What such rows add up to is then
// unknown of the accounts, and not nothing.
func (p *proposing) strangers() {
	if len(p.accounts()) == 0 {
		return
	}
	var earlier []*group
	for _, g := range p.groups {
		c, ok := g.Column(g.bound["account"])
		switch {
		case g.kind == "" || g.kind == fact.AccountKind || g.known || g.via != nil || g.byID != nil,
			!ok || c.Distinct < 2 || !p.isAboutAccounts(g.kind) || p.shareOf(g, c.Name) >= refersLess || p.isOfOneSystem(g, c):
			continue
		}
		g.space, g.strange = p.idSpace(g), true
		for _, other := range earlier {
			of, _ := other.Column(other.bound["account"])
			if c.Within(of) >= refers || of.Within(c) >= refers {
				g.space = other.space
				break
			}
		}
		earlier = append(earlier, g)
	}
}

// isOfOneSystem reports whether the accounts of a file are those that another
// one lists, by the tool or by the name of the id, although none is found: the
// one may be a part of them.
func (p *proposing) isOfOneSystem(g *group, key Column) bool {
	return slices.ContainsFunc(p.accounts(), func(a *group) bool {
		if g.export != nil && a.export != nil {
			return g.export.Product == a.export.Product
		}
		id, _ := a.Column(a.bound["account"])
		return id.plain == key.plain
	})
}

// idSpace names the ids of a file's system.
func (p *proposing) idSpace(g *group) string {
	want := identifier(g.name)
	if g.export != nil {
		want = identifier(g.export.Product)
	}
	taken := func(space string) bool {
		return space == "main" || slices.ContainsFunc(p.groups, func(o *group) bool {
			_, has := o.keys[space]
			return has || o != g && o.space == space
		})
	}
	space := want
	for i := 2; taken(space); i++ {
		space = fmt.Sprintf("%s_%d", want, i)
	}
	return space
}

// strangersAsAccounts lists the accounts of each id space that no file lists:
// they are read from the rows that name them, together with what could tell
// which account they are.
func (p *proposing) strangersAsAccounts() {
	var spaces []string
	for _, g := range p.groups {
		if !g.strange || g.kind == "" || slices.Contains(spaces, g.space) {
			continue
		}
		of, name, web := p.described(g.space)
		if of == nil {
			continue
		}
		spaces = append(spaces, g.space)
		c, _ := of.Column(of.bound["account"])
		s := Source{
			Name: p.name(g.space + "_accounts"), Title: "Accounts, from " + plainWords(of.name), Files: patterns(of.files), Table: of.Name,
			Rows: of.Rows, Kind: fact.AccountKind, Confidence: Likely, Ids: g.space,
			Why:     fmt.Sprintf("its ids are of no account that another file lists; segue match proposes who is who by %s", orBoth(name, web)),
			Columns: []Binding{{To: "account", From: c.Name, Why: fmt.Sprintf("%s different values", count(c.Distinct)), Examples: c.Examples}},
		}
		if name != "" {
			n, _ := of.Column(name)
			s.Columns = append(s.Columns, Binding{To: "name", From: name, Why: fmt.Sprintf("%s different values", count(n.Distinct)), Examples: n.Examples})
		}
		if web != "" {
			n, _ := of.Column(web)
			s.Columns = append(s.Columns, Binding{To: p.webTrait(n), From: web, Why: "the same in all rows of an account", Examples: n.Examples})
		}
		p.out.Sources = append(p.out.Sources, s)
	}
}

// otherwise lets rows without the id of an account stand under its name, or its
// place on the web: what they carry can then be given to an account.
func (b *binding) otherwise(n *Binding, key Column) {
	if b.s.Kind == fact.AccountKind || key.Filled == 0 || key.Filled == b.g.Rows {
		return
	}
	names := []string{b.accountName(b.g, key)}
	for _, c := range b.g.Columns {
		if isWeb(c) && c.Name != key.Name {
			names = append(names, c.Name)
			break
		}
	}
	for _, name := range names {
		if name != "" {
			n.Else, b.used[name] = append(n.Else, name), true
		}
	}
	if n.Else != nil {
		n.Why = fmt.Sprintf("where it is empty, %s stands for it, and segue match asks whose the row is; %s", strings.Join(n.Else, " or "), n.Why)
	}
}

func orBoth(name, web string) string {
	switch {
	case name == "":
		return fmt.Sprintf("%q", web)
	case web == "":
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("%q and %q", name, web)
}

// described returns the file that says the most of the accounts of an id space:
// the columns with their names and their places on the web, "" for none.
func (p *proposing) described(space string) (of *group, name, web string) {
	most := 0
	for _, g := range p.groups {
		if !g.strange || g.space != space || g.kind == "" {
			continue
		}
		key, _ := g.Column(g.bound["account"])
		n, w, says := p.accountName(g, key), "", 0
		for _, c := range g.Columns {
			if w == "" && (isWeb(c) || c.Emails*2 > c.Filled) && g.Constant(key.Name, c.Name) {
				w = c.Name
			}
		}
		for _, column := range []string{n, w} {
			if column != "" {
				says++
			}
		}
		if says > most {
			of, name, web, most = g, n, w, says
		}
	}
	return of, name, web
}

// isWeb reports whether a column says where an account lives on the web.
func isWeb(c Column) bool {
	return slices.Contains(webNames, bare(c.Name)) && c.Filled > 0 && !c.IsNumber() && !c.IsDate() && !c.IsBool()
}

// webTrait returns the trait that a place on the web, or an address of a
// person there, goes into.
func (p *proposing) webTrait(c Column) string {
	t := Trait{Name: "website", Type: string(fact.Text), Title: "Website"}
	if !isWeb(c) {
		t = Trait{Name: "email", Type: string(fact.Text), Title: "E-mail", Personal: true}
	}
	if !slices.Contains(p.traits, t.Name) {
		p.traits = append(p.traits, t.Name)
		p.out.Traits = append(p.out.Traits, t)
	}
	return t.Name
}
