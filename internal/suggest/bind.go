package suggest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// bindAll makes sources of the files that hold facts.
func (p *proposing) bindAll() {
	for _, g := range p.groups {
		switch {
		case g.known:
		case g.link != nil:
			p.bindLinks(g)
		case g.survey != nil && g.kind != "":
			p.bindSurvey(g)
		case g.months != nil && g.kind != "":
			p.bindMonths(g)
		case g.kind != "":
			p.bindGroup(g)
		case !slices.ContainsFunc(p.out.Skipped, func(s Skipped) bool { return s.Table == g.Name }):
			p.out.Skipped = append(p.out.Skipped, Skipped{g.Name, p.whyNothing(g), g.name})
		}
	}
}

func (p *proposing) bindGroup(g *group) {
	parents := p.parentsNamed(g)
	s := Source{
		Keys: g.keys, Table: g.Name, Rows: g.Rows, Refused: g.Refused, Kind: g.kind, Files: patterns(g.files), Confidence: g.confidence(), Why: p.why(g),
	}
	if p.byRecipe(g, &s) {
		return
	}
	if key := columnOf(g, "account"); g.kind == fact.AccountKind && !key.IsUnique() {
		s.Mode = "patch" // what the rows of one account say is put together
	}
	b := &binding{proposing: p, g: g, s: &s, used: map[string]bool{}}
	for _, to := range p.order(g.kind, g.bound) {
		if to == "value" && len(g.measures) > 1 {
			continue // readings makes rows of all of them
		}
		b.bind(to, g.bound[to])
	}
	b.finish()
	if b.lacks != "" {
		p.skip(g.Name, b.lacks)
		g.kind = ""
		return
	}
	s.Name, s.Title = p.name(g.name), titleOf(g)
	if parents != nil {
		b.used[parents.column] = true
	}
	if g.kind == fact.AccountKind {
		b.traits()
		b.countOwners()
		b.sayRoles()
	}
	b.leave()
	b.foresee()
	b.dates()
	p.confirmKind(g)
	p.out.Notes = append(p.out.Notes, g.notes...)
	p.out.Sources = append(p.out.Sources, s)
	p.bindParents(g, s, parents)
}

func columnOf(g *group, to string) Column {
	c, _ := g.Column(g.bound[to])
	return c
}

func titleOf(g *group) string {
	title := plainWords(g.name)
	title = strings.ToUpper(title[:1]) + title[1:]
	if g.export != nil {
		return g.export.Product + ": " + g.export.Export
	}
	return title
}

func (g *group) confidence() Confidence {
	switch {
	case g.score >= 10 && g.margin >= 3:
		return Sure
	case g.score >= 6 && g.margin >= 2:
		return Likely
	}
	return Guess
}

// why says why a file is taken to hold facts of its kind.
func (p *proposing) why(g *group) string {
	if g.export != nil {
		return fmt.Sprintf("it has the columns of %s's %s", g.export.Product, g.export.Export)
	}
	var reasons []string
	w := p.Words[g.kind]
	for _, word := range g.words() {
		if slices.Contains(w.Files, word) || slices.Contains(w.Files, single(word)) {
			reasons = append(reasons, fmt.Sprintf("its name says %q", word))
			break
		}
	}
	var telling []string
	for _, to := range w.Telling {
		if from := g.bound[to]; from != "" && from != g.bound["account"] {
			telling = append(telling, from)
		}
	}
	if len(telling) > 0 {
		reasons = append(reasons, "it has "+listed(telling))
	}
	if key := columnOf(g, "account"); g.kind == fact.AccountKind && key.IsUnique() {
		reasons = append(reasons, fmt.Sprintf("%s is different in every row", key.Name))
	} else if g.kind == fact.AccountKind {
		reasons = append(reasons, fmt.Sprintf("%s tells companies apart, in several rows each", key.Name))
	}
	if len(reasons) == 0 {
		return "you said so"
	}
	return strings.Join(reasons, "; ")
}

func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// order returns the columns of a kind that are bound, as the kind lists them.
func (p *proposing) order(kind string, bound map[string]string) []string {
	var list []string
	for _, k := range p.Kinds {
		if k.Name != kind {
			continue
		}
		for _, c := range append(k.SystemColumns(), k.Columns...) {
			if bound[c.Name] != "" {
				list = append(list, c.Name)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(first(a), first(b)) })
	for _, to := range sortedKeys(bound) {
		if !slices.Contains(list, to) {
			list = append(list, to)
		}
	}
	return list
}

// first puts what says whose and when before the rest.
func first(column string) int {
	for i, name := range []string{fact.ColAccount, fact.ColID, fact.ColAt, fact.ColStarts, fact.ColEnds} {
		if column == name {
			return i
		}
	}
	return 9
}

// binding is one source in the making.
type binding struct {
	*proposing
	g     *group
	s     *Source
	used  map[string]bool // columns of the file
	lacks string          // why it cannot be read after all

	isLast bool // the ends are the last day, not the first after it
}

// bind fills one column of the kind from one of the file.
func (b *binding) bind(to, from string) {
	c, ok := b.g.Column(from)
	column, listed := b.column(to)
	if !ok || !listed {
		return // what stands for something else, such as mrr: finish takes it
	}
	b.used[from] = true
	n := Binding{To: to, From: from, Examples: c.Examples, Why: filled(c)}
	switch column.Type {
	case fact.Money:
		b.price(&n, c)
		b.scaled(&n, c)
	case fact.Number:
		n.Numbers = b.style(c, false)
		b.scaled(&n, c)
	case fact.Date, fact.Time:
		b.day(&n, c)
		n.KnownFrom = b.knownFrom(to)
		if to == fact.ColEnds && isMonths(n.Dates) {
			n.From, n.Is = "", afterMonth(from)
			n.Why += "; a month ends with its last day"
		} else if to == fact.ColEnds && b.s.Kind == "contract" {
			b.lastDay(&n, from)
		}
	case fact.Account:
		n.Why = b.whose(to, c)
		if to == fact.ColAccount {
			b.s.Ids = b.g.space
			if b.g.via != nil {
				b.s.Ids = b.g.via.space
			}
			b.otherwise(&n, c)
			if b.g.first {
				n.From, n.Is = "", firstWordOf(from)
				n.Why += "; the id is the first word of each"
			}
		}
		b.lengthened(&n, c)
	case fact.Text:
		if to == "stage" {
			n.Values = ends(c)
		}
	}
	b.s.Columns = append(b.s.Columns, n)
}

// knownFrom returns the column with the day since which a value was known: what
// ends something was not known before it did.
func (b *binding) knownFrom(to string) string {
	switch {
	case to == "closed_at" || to == "closed_on" || to == "reached_on":
		return b.g.bound[to]
	case to == fact.ColEnds && b.g.bound["canceled_on"] != "":
		return b.g.bound["canceled_on"]
	}
	return ""
}

// column returns a column of the source's kind.
func (b *binding) column(name string) (fact.Column, bool) {
	for _, k := range b.Kinds {
		if k.Name == b.s.Kind {
			return k.Bindable(name)
		}
	}
	return fact.Column{}, false
}

func filled(c Column) string {
	switch {
	case c.Filled == 0:
		return "empty in this file"
	case c.IsUnique():
		return fmt.Sprintf("%s of %s filled, none twice", count(c.Filled), count(c.Rows))
	case c.IsNumber() && !c.onlyCompactDates():
		low, high := figure(c.Numbers.Min), figure(c.Numbers.Max)
		if c.Numbers.Min >= 1800 && c.Numbers.Max < 2200 && c.Numbers.Fractions == 0 { // years
			low, high = fmt.Sprint(int(c.Numbers.Min)), fmt.Sprint(int(c.Numbers.Max))
		}
		return fmt.Sprintf("%s of %s filled, %s to %s", count(c.Filled), count(c.Rows), low, high)
	}
	return fmt.Sprintf("%s of %s filled, %s different", count(c.Filled), count(c.Rows), count(c.Distinct))
}

// whose says how many of a column's values are accounts that a file lists.
func (b *binding) whose(to string, c Column) string {
	if b.s.Kind == fact.AccountKind && to == fact.ColAccount {
		return filled(c)
	}
	if b.g.via != nil {
		id, _ := b.g.via.from.Column(b.g.via.id)
		return fmt.Sprintf("%s of its values are %s of %s", percent(c.Within(id)), b.g.via.id, b.g.via.from.Name)
	}
	if r := b.g.byID; r != nil && to == fact.ColAccount {
		return fmt.Sprintf("%s filled; %s of its %s different values are %q in %s", share(c.Filled, c.Rows), percent(r.share), count(c.Distinct), r.id, r.of.Name)
	}
	best, of := 0.0, ""
	for _, a := range b.accounts() {
		key, _ := a.Column(a.bound["account"])
		within := c.Within
		if b.g.first && to == fact.ColAccount {
			within = c.FirstWithin
		}
		if s := within(key); of == "" || s > best {
			best, of = s, a.Name
		}
	}
	switch {
	case of == "" || b.s.Kind == fact.AccountKind && best == 0:
		return filled(c)
	case b.g.strange && tellsWhose(c.Name) || c.isEmail():
		b.g.notes = append(b.g.notes, fmt.Sprintf("%s: no column holds ids of %s, so %q says whose its rows are: segue match finds out, once the files are imported", b.g.Name, of, c.Name))
		return fmt.Sprintf("%s filled, %s different; segue match says of which accounts", share(c.Filled, c.Rows), count(c.Distinct))
	case best < refersLess:
		b.g.notes = append(b.g.notes, fmt.Sprintf("%s: hardly any %q is an account of %s. Does another export list those accounts, or another column their ids? Else segue match proposes who is who, once the files are imported", b.g.Name, c.Name, of))
	}
	return fmt.Sprintf("%s filled; %s of its %s different values are accounts of %s", share(c.Filled, c.Rows), percent(best), count(c.Distinct), of)
}

func percent(share float64) string {
	if share > 0.995 && share < 1 {
		return "nearly all"
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

func share(n, of int64) string { return fmt.Sprintf("%s of %s", count(n), count(of)) }

// price says in which currency amounts are.
func (b *binding) price(n *Binding, c Column) {
	n.Why = filled(c)
	n.Numbers = b.style(c, n.Is == "")
	b.minor(n, c)
	if of, ok := b.currencyColumn(); ok {
		n.CurrencyFrom = of
		b.used[of] = true
		n.Why += "; " + of + " says the currency"
		return
	}
	n.Currency = b.money
	codes := sortedKeys(c.Numbers.Currencies)
	switch code := currencyInName(c.Name); {
	case code != "":
		n.Currency = code
		n.Why += "; the name says " + code
	case len(codes) == 1:
		n.Currency = codes[0]
		n.Why += "; written with " + codes[0]
	case len(codes) > 1:
		b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %q is written in several currencies (%s): add a column that says which, and name it in currency_from", b.g.Name, c.Name, strings.Join(codes, ", ")))
	}
}

func (b *binding) currencyColumn() (string, bool) {
	for _, c := range b.g.Columns {
		if isNamed(c.Name, currencyNames) && c.Filled > 0 {
			return c.Name, true
		}
	}
	return "", false
}

// ends says which stages of opportunities are the ends.
func ends(c Column) map[string]string {
	values := map[string]string{}
	for _, text := range slices.Sorted(maps.Keys(c.Values)) {
		switch strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(text)) {
		case "won", "closedwon", "gewonnen", "gagne":
			values[text] = "won"
		case "lost", "closedlost", "verloren", "perdu":
			values[text] = "lost"
		}
		if values[text] == text {
			delete(values, text)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return values
}
