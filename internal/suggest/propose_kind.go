package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
)

// kinds returns the fact kinds that a file can be read as, in the order of the
// catalogue.
func (p *proposing) kinds() []string {
	var list []string
	for _, k := range p.Kinds {
		if _, ok := p.Words[k.Name]; ok {
			list = append(list, k.Name)
		}
	}
	return list
}

// checkKind refuses an answer that is no kind a file can be read as.
func (p *proposing) checkKind(file string) error {
	kinds := append(p.kinds(), "none")
	kind := p.answer("kind." + file)
	if kind == "" || slices.Contains(kinds, kind) {
		return nil
	}
	err := fmt.Errorf("the answer kind.%s=%s is none of %s", file, kind, strings.Join(kinds, ", "))
	if hint := diag.DidYouMean(kind, kinds); hint != "" {
		err = fmt.Errorf("%w (%s)", err, hint)
	}
	return err
}

// hasTerms reports whether a file says from when to when something costs how
// much: what a contract says, and no list of accounts.
func (p *proposing) hasTerms(t Table) bool {
	bound := p.bindWords(t, "contract")
	return bound[fact.ColStarts] != "" && bound[fact.ColEnds] != "" && cmp.Or(bound["arr"], bound["mrr"], bound["amount"]) != ""
}

// anyAccount takes what tells accounts apart otherwise where no column is named
// as their ids are: the web sites, say, of a billing tool with ids of its own, or
// the e-mail addresses of who answered.
func (p *proposing) anyAccount(t Table, kind string, bound map[string]string, used map[string]bool) {
	if kind == fact.AccountKind || bound[fact.ColAccount] != "" || p.Words[kind].Columns[fact.ColAccount] == nil {
		return
	}
	for _, name := range p.Whose {
		for _, c := range t.Columns {
			if isNamed(c.Name, []string{name}) && !used[c.Name] && !c.IsNumber() && !c.IsDate() && c.Filled*10 >= c.Rows*9 {
				bound[fact.ColAccount], used[c.Name] = c.Name, true
				return
			}
		}
	}
	if !slices.Contains([]string{"response", "ticket", "activity"}, kind) {
		return
	}
	for _, c := range t.Columns {
		if c.isEmail() && (!used[c.Name] || bound["contact"] == c.Name) {
			bound[fact.ColAccount], used[c.Name] = c.Name, true
			return
		}
	}
}

// confirmKind asks what a file holds where that is a guess.
func (p *proposing) confirmKind(g *group) {
	if g.export != nil || g.confidence() != Guess {
		return
	}
	p.ask(Question{
		Key: "kind." + g.name, Preset: g.kind, Choices: p.kindChoices(g),
		Text: fmt.Sprintf("%s: that it holds %s is a guess (%s). What does it hold?", g.Name, p.kindTitle(g.kind), p.why(g)),
	})
}

// kindChoices returns the kinds that a file can be read as, those that fit best
// first.
func (p *proposing) kindChoices(g *group) []Choice {
	score := map[string]int{}
	kinds := p.kinds()
	for _, kind := range kinds {
		_, score[kind] = p.fit(g.Table, kind)
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return cmp.Compare(score[b], score[a]) })
	var choices []Choice
	for _, kind := range kinds {
		choices = append(choices, Choice{kind, p.kindTitle(kind)})
	}
	return append(choices, Choice{"none", "nothing about customers: it is not read"})
}

// markPersonal notes which columns are about someone: what is erased must not stay
// as an example in the strategy, of which every version is kept.
func (p *proposing) markPersonal() {
	isAddress := func(text string) bool { return strings.Contains(text, "@") }
	for i, s := range p.out.Sources {
		at := slices.IndexFunc(p.Kinds, func(k fact.Kind) bool { return k.Name == s.Kind })
		for j, n := range s.Columns {
			personal := slices.ContainsFunc(n.Examples, isAddress)
			if at >= 0 {
				c, ok := p.Kinds[at].Column(n.To)
				personal = personal || ok && (c.Personal || c.Type == fact.Contact)
			}
			p.out.Sources[i].Columns[j].personal = personal
		}
	}
}

// kindTitle is what a fact kind is called on screens, in the plural.
func (p *proposing) kindTitle(kind string) string {
	for _, k := range p.Kinds {
		if k.Name == kind && k.Title != "" {
			return strings.ToLower(k.Title[:1]) + k.Title[1:]
		}
	}
	return plainWords(kind)
}
