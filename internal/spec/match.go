package spec

import (
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
)

// Match names the traits by which records of one company are known, each a text
// of the kind account.
type Match struct {
	IDs     []string // only one company has the same value
	Domains []string // a web address or an e-mail address
	Names   []string // beside name
	Country string   // "" is none
	Shared  []string // domains that many companies have in common
}

// usualDomains are traits that hold where a company lives on the web, by their
// names alone.
var usualDomains = []string{"domain", "website", "web_site", "url", "email", "e_mail"}

const usualCountry = "country"

// readMatch reads by what records of one company are known; traits are known by
// then. What is not said goes by the usual names of traits.
func (l *loader) readMatch() {
	v := &value{form: mapping}
	if e, ok := l.head["match"]; ok {
		v = e.value
	}
	m := Match{
		IDs: l.matchTraits(v.get("id")), Domains: l.matchTraits(v.get("domain")), Names: l.matchTraits(v.get("name")),
		Country: strings.Join(l.matchTraits(v.get("country")), ""), Shared: v.textsOf("shared"),
	}
	for _, c := range l.s.Traits() {
		switch {
		case c.Type != fact.Text:
		case v.get("domain") == nil && slices.Contains(usualDomains, c.Name):
			m.Domains = append(m.Domains, c.Name)
		case v.get("country") == nil && c.Name == usualCountry:
			m.Country = c.Name
		}
	}
	l.s.Match = m
}

// matchTraits reads names of traits that are texts.
func (l *loader) matchTraits(given *value) []string {
	if given == nil {
		return nil
	}
	items := given.items
	if given.form == scalar {
		items = []*value{given}
	}
	var names []string
	for _, item := range items {
		c, ok := find(l.s.Traits(), item.text, func(c fact.Column) string { return c.Name })
		switch {
		case item.bad || l.broken[item.text]: // reported
		case !ok:
			l.errorf(item.pos, "unknown_trait", diag.DidYouMean(item.text, l.textTraits()), "unknown trait %q", item.text)
		case c.Type != fact.Text:
			l.errorf(item.pos, "wrong_type", "", "%q is %s: only texts tell who a company is", c.Name, typeWords[c.Type])
		case !slices.Contains(names, c.Name):
			names = append(names, c.Name)
		}
	}
	return names
}

func (l *loader) textTraits() []string {
	var names []string
	for _, c := range l.s.Traits() {
		if c.Type == fact.Text {
			names = append(names, c.Name)
		}
	}
	return names
}
