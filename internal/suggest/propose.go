package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// OrderLine is the fact kind that is proposed for lines of orders and invoices.
// It is declared in the strategy, for the catalogue has none.
const OrderLine = "order_line"

// Propose says how files become facts. It fails on answers that answer nothing.
func Propose(r Request) (Proposal, error) {
	k, err := known()
	if err != nil {
		return Proposal{}, err
	}
	if !slices.ContainsFunc(r.Kinds, func(k fact.Kind) bool { return k.Name == OrderLine }) {
		r.Kinds = append(slices.Clone(r.Kinds), orderLines())
	}
	p := &proposing{Request: r, knowledge: k, taken: slices.Clone(r.Taken), traits: slices.Clone(r.Traits)}
	p.group()
	for _, g := range p.groups {
		if !g.known {
			p.recognize(g)
		}
	}
	p.currency()
	p.findAccounts()
	p.roles()
	for _, lists := range []bool{true, false} { // rows may be about accounts that a list names as another does
		for _, g := range p.groups {
			if g.kind != "" && lists == (g.kind == fact.AccountKind) {
				p.refer(g)
			}
		}
	}
	p.strangers()
	p.bindAll()
	p.wonContracts()
	p.deriveAccounts()
	p.strangersAsAccounts()
	p.forgetCurrency()
	p.layouts()
	slices.SortStableFunc(p.out.Sources, func(a, b Source) int {
		return cmp.Or(cmp.Compare(turn(a.Kind), turn(b.Kind)), cmp.Compare(a.byOtherIDs(), b.byOtherIDs()))
	})
	if _, ok := p.out.Source(OrderLine); ok {
		p.out.Kinds = append(p.out.Kinds, OrderLine)
	}
	p.out.Notes = once(p.out.Notes)
	p.markPersonal()
	p.out.readable = append(p.kinds(), "none")
	return p.out, p.checkAnswers()
}

// once drops texts that came before.
func once(texts []string) []string {
	var list []string
	for _, t := range texts {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// layouts says of each source which sheet of its file it reads, and how many
// rows name the columns.
func (p *proposing) layouts() {
	for i, s := range p.out.Sources {
		for _, t := range p.Tables {
			if t.Name == s.Table {
				p.out.Sources[i].Sheet, p.out.Sources[i].Header = t.Sheet, t.Header
			}
		}
	}
}

// byOtherIDs puts lists of accounts by the ids of another list behind it: 1 is
// such a one, 0 is none.
func (s Source) byOtherIDs() int {
	if s.Kind == fact.AccountKind && s.Ids != "" {
		return 1
	}
	return 0
}

func turn(kind string) int {
	return slices.Index([]string{"opportunity", "event", "order_line", "contract", "contact", "account"}, kind) * -1
}

// proposing is one proposal in the making.
type proposing struct {
	Request
	knowledge
	groups []*group
	out    Proposal
	taken  []string
	traits []string
	money  string // the reporting currency
}

// group is files that are read as one source.
type group struct {
	Table // of the newest by name
	files []string

	kind   string
	export *export
	score  int
	margin int
	bound  map[string]string // column of the kind -> column of the file
	name   string
	keys   map[string]string // of accounts: further id spaces, and their columns
	space  string            // of the ids by which rows name accounts; "" is the key
	byID   *reference        // where they are listed
	via    *through
	first  bool // the column that names accounts begins with their ids
	link   *link
	survey *survey
	months *months
	split  *Split // of the column that names accounts

	measures []string // of readings: the columns that say how much, where none names what
	strange  bool     // its ids are those of no listed account
	known    bool     // the strategy reads it already: it is looked at only for its ids
	notes    []string
}

// through is how rows find their account by the id of something else.
type through struct {
	space string // of the ids
	from  *group
	id    string // column of from with the ids
}

// recognize settles which kind of fact a file holds: as one of a known tool, or
// by its names and values.
func (p *proposing) recognize(g *group) {
	if kind := p.answer("kind." + g.name); kind != "" {
		if _, ok := p.Words[kind]; ok {
			g.kind, g.score, g.margin = kind, 99, 99
			g.bound, _ = p.fit(g.Table, kind)
			p.measure(g)
			return
		}
		if kind == "none" {
			p.skip(g.Name, "you said so")
			return
		}
	}
	names := map[string]bool{}
	for _, c := range g.Columns {
		names[c.plain] = true
	}
	for i, e := range p.exports {
		if !e.matches(names, len(g.Columns)) {
			continue
		}
		if e.Skip != "" {
			p.skip(g.Name, fmt.Sprintf("%s: %s (%s)", e.Product, e.Export, e.Skip))
			return
		}
		g.export, g.kind, g.score, g.margin = &p.exports[i], e.Kind, 99, 99
		for _, to := range sortedKeys(e.Columns) {
			from := firstNamed(g.Table, e.Columns[to])
			if c, _ := g.Column(from); from != "" && (c.Filled == 0 || fits(c, typeOf(p.Kinds, e.Kind, to))) {
				g.bound[to] = from
			}
		}
		return
	}
	if g.link = linkIn(g.Table); g.link != nil {
		return
	}
	if g.months = monthsIn(g.Table); g.months != nil && p.byMonths(g) {
		return
	}
	if g.survey = p.surveyIn(g.Table); g.survey != nil && g.survey.account != "" {
		g.kind, g.bound = "response", map[string]string{"account": g.survey.account}
		return
	}
	p.byWords(g)
	if g.survey != nil && g.kind == "" {
		p.skip(g.Name, g.survey.notWhose())
		return
	}
	g.survey = nil
	p.measure(g)
	if g.kind == "event" && p.isLeaving(g) {
		p.skip(g.Name, "it tells who left, not what was used: give the contracts their ends (ends, canceled_on)")
		g.kind = ""
	}
}

// isLeaving reports whether a file lists customers that left: by its name, or
// by what its day is called.
func (p *proposing) isLeaving(g *group) bool {
	words := append(g.words(), strings.Split(bare(g.bound[fact.ColAt]), "_")...)
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(p.Leaving, w) })
}

func firstNamed(t Table, names []string) string {
	for _, name := range names {
		for _, c := range t.Columns {
			if c.plain == name && (c.Filled > 0 || t.Rows < 20) {
				return c.Name
			}
		}
	}
	return ""
}

// leastScore is how well a kind must fit to be proposed at all.
const leastScore = 4

// byWords takes the kind whose words fit best.
func (p *proposing) byWords(g *group) {
	best, second := leastScore-1, 0
	for _, kind := range sortedKeys(p.Words) {
		bound, score := p.fit(g.Table, kind)
		switch {
		case score > best:
			best, second = score, best
			g.kind, g.bound = kind, bound
		case score > second:
			second = score
		}
	}
	g.score, g.margin = best, best-second
}

// fit binds the columns of a file to those of a kind, and says how well they
// fit; 0 is not at all.
func (p *proposing) fit(t Table, kind string) (map[string]string, int) {
	w := p.Words[kind]
	bound, score := p.likeness(t, kind)
	file := t.words()
	for _, group := range w.Needs {
		if !slices.ContainsFunc(group, func(to string) bool { return bound[to] != "" }) && !p.excused(t, kind, group) {
			return bound, 0
		}
	}
	if kind == fact.AccountKind {
		key, _ := t.Column(bound["account"])
		if !key.IsUnique() && (!isNamed(key.Name, masterIDs) || bound["name"] == "") {
			return bound, 0
		}
		if slices.Contains(anyID, plain(key.Name)) && !slices.ContainsFunc(file, func(f string) bool { return slices.Contains(w.Files, single(f)) }) {
			return bound, 0
		}
		score += 3
		if p.hasTerms(t) {
			score -= 5 // that a name is there, and each once, is no wonder
		}
	}
	return bound, score
}

// likeness binds the columns of a file to those of a kind, and says how much it
// is like it, whether or not it has what the kind needs.
func (p *proposing) likeness(t Table, kind string) (bound map[string]string, score int) {
	w := p.Words[kind]
	bound = p.bindWords(t, kind)
	for to := range bound {
		score++
		if slices.Contains(w.Telling, to) {
			score += 2
		}
	}
	for _, word := range w.Files {
		if slices.ContainsFunc(t.words(), func(f string) bool { return f == word || single(f) == word }) {
			return bound, score + 4
		}
	}
	return bound, score
}

// masterIDs are names of ids that companies have wherever they are listed: a
// file that repeats them still says what the companies are.
var masterIDs = []string{"lei", "duns", "duns_number", "vat_id", "cik"}

// anyID are names of ids that do not say of what.
var anyID = []string{"id", "record_id", "name"}

// excused reports whether a need is met otherwise: rows of some kinds may find
// their account by the id of something else, and accounts need nothing but a
// key where the file is about nothing else.
func (p *proposing) excused(t Table, kind string, group []string) bool {
	if slices.Equal(group, []string{"account"}) {
		return kind != fact.AccountKind && kind != "order_line" && p.hasForeignID(t)
	}
	return kind == fact.AccountKind
}

// hasForeignID reports whether a column holds ids that are unique in another
// file.
func (p *proposing) hasForeignID(t Table) bool {
	for _, c := range t.Columns {
		if !c.Repeats || c.Distinct < 2 || c.IsDate() || c.hasFractions() {
			continue
		}
		for _, other := range p.groups {
			if other.Name == t.Name {
				continue
			}
			for _, id := range other.Columns {
				if id.IsUnique() && ((id.plain == c.plain || id.isKey) && c.Within(id) > 0.8 || c.FirstWithin(id) >= firstWords) {
					return true
				}
			}
		}
	}
	return false
}

// bindWords finds the column of the file for each column of a kind. A column of
// the file is used once, but that an account's name may be its key.
func (p *proposing) bindWords(t Table, kind string) map[string]string {
	w := p.Words[kind]
	type match struct {
		to, from string
		rank     int
	}
	var matches []match
	for _, to := range sortedKeys(w.Columns) {
		for rank, name := range w.Columns[to] {
			for _, c := range t.Columns {
				if (c.plain == name || bare(c.Name) == name || untaxed(c.Name) == name) && c.Filled > 0 && !(to == "product" && c.isTier()) && fits(c, typeOf(p.Kinds, kind, to)) {
					matches = append(matches, match{to, c.Name, rank})
				}
			}
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		urgent := func(m match) int {
			if m.to == fact.ColAccount || m.to == fact.ColID || m.to == kind {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(urgent(a), urgent(b)), cmp.Compare(a.rank, b.rank))
	})
	bound, used := map[string]string{}, map[string]bool{}
	for _, m := range matches {
		if bound[m.to] != "" || used[m.from] && !(m.to == "name" && m.from == bound[fact.ColAccount] && kind == fact.AccountKind) {
			continue
		}
		c, _ := t.Column(m.from)
		if m.to == fact.ColID && !c.IsUnique() || kind == fact.AccountKind && m.to == fact.ColAccount && !c.IsUnique() && !isNamed(c.Name, masterIDs) {
			continue
		}
		bound[m.to], used[m.from] = m.from, true
	}
	p.anyAccount(t, kind, bound, used)
	p.anyDate(t, kind, bound, used)
	anyScore(t, kind, bound, used)
	p.anyAmount(t, kind, bound, used)
	return bound
}

// taxes are the ends of names that say whether an amount holds taxes.
var taxes = []string{"_netto", "_net", "_brutto", "_gross", "_ht", "_ttc", "_hors_taxes", "_excl_vat", "_ex_vat", "_excl_tax"}

// untaxed is the bare name of a column without what it says of taxes.
func untaxed(name string) string {
	name = bare(name)
	for _, end := range taxes {
		if rest, ok := strings.CutSuffix(name, end); ok {
			return rest
		}
	}
	return name
}

// anyAmount takes, of contracts without an amount by a name that is known, the
// only column that holds one: by a sign beside its values, or a word in its name.
func (p *proposing) anyAmount(t Table, kind string, bound map[string]string, used map[string]bool) {
	if kind != "contract" || cmp.Or(bound["arr"], bound["mrr"], bound["amount"]) != "" || bound[fact.ColStarts] == "" {
		return
	}
	var found []Column
	for _, c := range t.Columns {
		isMoney := len(c.Numbers.Currencies) > 0 || currencyInName(c.Name) != "" || namesAny(c.Name, p.vocabulary.Money)
		if !used[c.Name] && isMoney && c.IsNumber() && !c.IsDate() && !isID(c.Name) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return
	}
	to := "amount"
	for _, part := range strings.Split(bare(found[0].Name), "_") {
		for _, word := range p.vocabulary.Month {
			if strings.HasPrefix(part, word) {
				to = "mrr"
			}
		}
	}
	bound[to], used[found[0].Name] = found[0].Name, true
}

// anyScore takes, of answers without a score by a name that is known, the one
// that is asked for in a sentence: "How likely are you to recommend us?".
func anyScore(t Table, kind string, bound map[string]string, used map[string]bool) {
	if kind != "response" || bound["score"] != "" {
		return
	}
	asks := func(c Column) bool {
		return slices.ContainsFunc(append([]string{"satisf", "how_likely", "zufrieden"}, recommends...), func(w string) bool { return strings.Contains(c.plain, w) })
	}
	for _, c := range t.Columns {
		if !used[c.Name] && c.IsNumber() && c.Numbers.Min >= 0 && c.Numbers.Max <= 10 && asks(c) {
			bound["score"], used[c.Name] = c.Name, true
			return
		}
	}
}

// anyDate takes the first date there is where a kind needs one and no name
// says which.
func (p *proposing) anyDate(t Table, kind string, bound map[string]string, used map[string]bool) {
	to := fact.ColAt
	if kind == "contract" || kind == "account" || kind == "contact" || kind == "reading" || bound[to] != "" || p.Words[kind].Columns[to] == nil {
		return
	}
	for _, c := range t.Columns {
		if c.IsDate() && !c.IsNumber() && !used[c.Name] && !isNamed(c.Name, p.Private) {
			bound[to], used[c.Name] = c.Name, true
			return
		}
	}
}
