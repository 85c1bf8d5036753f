package suggest

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// How much of a column must be found among ids before it is taken to refer to
// them.
const (
	refers     = 0.5 // without a name that says so
	refersLess = 0.05

	refersSites = 0.95 // of web sites, which are written in several ways
)

// findAccounts settles which files list the accounts. Of several that list the
// same ids all stay; a file whose key is that of something else does not.
func (p *proposing) findAccounts() {
	for _, g := range p.groups {
		if g.kind != fact.AccountKind || g.export != nil || g.known {
			continue
		}
		if g.bound["account"] == "" {
			g.kind = ""
			p.skip(g.Name, "no column of it names accounts, each once")
		}
	}
}

func (p *proposing) accounts() []*group {
	var list []*group
	for _, g := range p.groups {
		if g.kind == fact.AccountKind {
			list = append(list, g)
		}
	}
	return list
}

// refer finds the column of a file that says whose its rows are: by its values,
// where a file lists the accounts, else by its name.
func (p *proposing) refer(g *group) {
	kind := g.kind
	if kind == fact.AccountKind {
		p.referByName(g)
		return
	}
	if !p.isAboutAccounts(kind) {
		return
	}
	named := g.bound["account"]
	best := p.bestReference(g)
	if best.share < refers {
		if first := p.bestFirstWord(g); first.share > 0 {
			best = first
		}
	}
	switch {
	case best.share >= refers && best.share < refersSites && tellsWhose(best.column) && !best.first:
		for to, from := range g.bound {
			if from == best.column {
				delete(g.bound, to)
			}
		}
		g.bound["account"] = best.column // segue match compares web sites however they are written
	case best.share >= refers && (named == "" || best.column == named || p.shareOf(g, named) < refersLess):
		p.take(g, best)
	case named == "" || tellsWhose(named):
		p.referThrough(g, "")
	case p.shareOf(g, named) < refersLess:
		p.referThrough(g, named)
	}
	if g.bound["account"] == "" && g.via == nil {
		why := fmt.Sprintf("it looks like %s, but no column says of which customer it is: add one with an id, a name, a web site or an e-mail address", p.kindTitle(kind))
		if g.export != nil && g.export.Lacks["account"] != "" {
			why = g.export.Lacks["account"]
		}
		p.skip(g.Name, why)
		g.kind = ""
	}
}

// referByName makes a list of accounts by their name one about the accounts that
// the export of a tool lists by id, where most of them are there.
func (p *proposing) referByName(g *group) {
	if g.export != nil || g.known {
		return
	}
	best := p.bestReference(g)
	if best.share >= refers && best.column == g.bound["account"] && best.of.export != nil && best.id == best.of.bound["name"] {
		p.take(g, best)
	}
}

func (p *proposing) isAboutAccounts(kind string) bool {
	for _, k := range p.Kinds {
		if k.Name == kind {
			return k.IsAboutAccounts()
		}
	}
	return true
}

// shareOf returns how much of a column is found among accounts.
func (p *proposing) shareOf(g *group, column string) float64 {
	c, ok := g.Column(column)
	if !ok {
		return 0
	}
	best := 0.0
	for _, a := range p.accounts() {
		key, _ := a.Column(a.bound["account"])
		best = max(best, c.Within(key))
	}
	return best
}

// reference is a column of a file whose values are ids of accounts.
type reference struct {
	column string
	share  float64 // of its different values
	of     *group  // that lists the accounts
	id     string  // its column with those ids
	first  bool    // the ids are the first words of the values
}

// bestReference returns the column with the most values among the ids that
// other files list of accounts: their keys or, where those do not fit, another
// column that is different for each account, such as the name.
func (p *proposing) bestReference(g *group) reference {
	var best reference
	for a, id := range p.idsBeside(g) {
		isKey := id.Name == a.bound["account"]
		for _, c := range g.Columns {
			if c.Distinct < 2 || c.IsBool() || c.hasFractions() {
				continue
			}
			s := c.Within(id)
			if s > best.share+0.05 || s > 0 && s >= best.share-0.05 && isKey && best.of != nil && best.id != best.of.bound["account"] {
				best = reference{column: c.Name, share: s, of: a, id: id.Name}
			}
		}
	}
	return best
}

// idsBeside yields the columns by which other files than g tell accounts apart.
func (p *proposing) idsBeside(g *group) iter.Seq2[*group, Column] {
	return func(yield func(*group, Column) bool) {
		for _, a := range p.accounts() {
			if a == g {
				continue
			}
			for _, id := range a.Columns {
				isKey := id.Name == a.bound["account"]
				if a.known && !isKey && spaceOf(a, id.Name) == "" {
					continue // the strategy gives its accounts no such ids
				}
				if !isKey && (!id.IsUnique() || id.IsDate() || id.IsNumber() && !isID(id.Name)) {
					continue
				}
				if !yield(a, id) {
					return
				}
			}
		}
	}
}

// take makes a column say whose the rows are.
func (p *proposing) take(g *group, r reference) {
	if named := g.bound["account"]; named != "" && named != r.column {
		g.notes = append(g.notes, fmt.Sprintf("%s: %q is not in %s, %q is", g.Name, named, r.of.Name, r.column))
	}
	for to, from := range g.bound {
		if from == r.column {
			delete(g.bound, to)
		}
	}
	g.bound["account"], g.first = r.column, r.first
	if r.id == r.of.bound["account"] {
		g.space = r.of.space
		return
	}
	g.byID = &r
	if g.space = spaceOf(r.of, r.id); g.space != "" {
		return
	}
	g.space = identifier(bare(r.id))
	if r.of.bound["name"] == r.id {
		g.space = "name"
	}
	if r.of.keys == nil {
		r.of.keys = map[string]string{}
	}
	r.of.keys[g.space] = r.id
}

// spaceOf returns the id space that a column of accounts fills already, or "".
func spaceOf(accounts *group, column string) string {
	for _, space := range sortedKeys(accounts.keys) {
		if accounts.keys[space] == column {
			return space
		}
	}
	return ""
}

// referThrough finds accounts by the ids of something that has one: usage of
// subscriptions, say, where the subscriptions name their accounts.
// With a name it is that column which says so, or none.
func (p *proposing) referThrough(g *group, named string) {
	for _, other := range p.groups {
		if other == g || other.bound["account"] == "" {
			continue
		}
		for _, id := range other.Columns {
			if !id.IsUnique() || id.Name == other.bound["account"] {
				continue
			}
			for _, c := range g.Columns {
				isCount := c.IsNumber() && !isID(c.Name) // small numbers are among any running ones
				if (named == "" || c.Name == named) && !c.IsUnique() && c.Distinct > 2 && !isCount && c.Within(id) > 0.8 {
					space := strings.TrimSuffix(plain(id.Name), "_id")
					g.via = &through{space: identifier(space), from: other, id: id.Name}
					g.bound["account"] = c.Name
					return
				}
			}
		}
	}
}

// deriveAccounts adds what lists the accounts where no file does: the file that
// names the most of them, read a second time. It adds as well the ids through
// which other rows find their account.
func (p *proposing) deriveAccounts() {
	var told []through
	for _, g := range p.groups {
		isTold := slices.ContainsFunc(told, func(v through) bool { return g.via != nil && v == *g.via })
		if g.via != nil && g.kind != "" && !isTold {
			told = append(told, *g.via)
			p.out.Sources = append(p.out.Sources, p.idSource(g))
		}
	}
	lists := func(s Source) bool { return s.Kind == fact.AccountKind && s.Mode == "patch" }
	if len(p.accounts()) > 0 || p.HasAccounts || slices.ContainsFunc(p.out.Sources, lists) {
		return
	}
	var best *group
	most := int64(0)
	for _, g := range p.groups {
		if g.kind == "" || g.via != nil || !p.isAboutAccounts(g.kind) {
			continue
		}
		c, ok := g.Column(g.bound["account"])
		if ok && (c.Distinct > most || c.Distinct == most && p.says(g) > p.says(best)) {
			best, most = g, c.Distinct
		}
	}
	if best == nil {
		return
	}
	key := best.bound["account"]
	c, _ := best.Column(key)
	s := Source{
		Name: p.name("accounts"), Title: "Accounts, from " + plainWords(best.name), Files: patterns(best.files), Table: best.Name,
		Rows: best.Rows, Kind: fact.AccountKind, Confidence: Likely, Split: best.split,
		Why:     fmt.Sprintf("no file lists the accounts, each once: they are those that %s names, %s of them", best.Name, count(c.Distinct)),
		Columns: []Binding{{To: "account", From: key, Why: fmt.Sprintf("%s different values", count(c.Distinct)), Examples: c.Examples}},
	}
	if name := p.accountName(best, c); name != "" {
		n, _ := best.Column(name)
		s.Columns = append(s.Columns, Binding{To: "name", From: name, Why: fmt.Sprintf("%s different values", count(n.Distinct)), Examples: n.Examples})
	}
	if c.IsUnique() && (best.kind == "contract" || best.months != nil) {
		p.sayAll(best, &s)
		p.out.Sources = append(p.out.Sources, s)
		return
	}
	for _, to := range ofAccounts {
		from := firstNamed(best.Table, p.Words[fact.AccountKind].Columns[to])
		if from == "" {
			continue
		}
		if best.Constant(key, from) {
			col, _ := best.Column(from)
			s.Columns = append(s.Columns, Binding{To: to, From: from, Why: "the same in all rows of an account", Examples: col.Examples})
		} else {
			s.Left = append(s.Left, Left{from, "it differs between rows of one account, so it is none of the account's"})
		}
	}
	p.out.Sources = append(p.out.Sources, s)
}

// ofAccounts are what other files than a list of accounts say of them.
var ofAccounts = []string{"industry", "country", "region"}

// says returns how much a file says of accounts beside their ids.
func (p *proposing) says(g *group) int {
	n := 0
	for _, to := range ofAccounts {
		if firstNamed(g.Table, p.Words[fact.AccountKind].Columns[to]) != "" {
			n++
		}
	}
	return n
}

// accountName returns the column with the names of accounts beside their ids.
func (p *proposing) accountName(g *group, key Column) string {
	for _, name := range slices.Concat(p.Words[fact.AccountKind].Columns["name"], p.Whose) {
		for _, c := range g.Columns {
			if bare(c.Name) == name && !isWeb(c) && c.Name != key.Name && !c.IsNumber() && !c.IsDate() && g.Constant(key.Name, c.Name) {
				return c.Name
			}
		}
	}
	return ""
}

// idSource reads a file for the ids of something that has an account.
func (p *proposing) idSource(g *group) Source {
	v := g.via
	key := v.from.bound["account"]
	id, _ := v.from.Column(v.id)
	account, _ := v.from.Column(key)
	return Source{
		Name: p.name("accounts_by_" + v.space), Title: "Whose each " + plainWords(v.space) + " is", Files: patterns(v.from.files), Table: v.from.Name,
		Rows: v.from.Rows, Kind: fact.AccountKind, Confidence: Likely,
		Why:  fmt.Sprintf("rows of %s name a %s, and %s says whose it is", g.Name, plainWords(v.space), v.from.Name),
		Keys: map[string]string{v.space: v.id},
		Columns: []Binding{{
			To: "account", From: key, Why: fmt.Sprintf("%s accounts of %s ids", count(account.Distinct), count(id.Distinct)), Examples: account.Examples,
		}},
	}
}

// name makes a name of a source that nobody has.
func (p *proposing) name(want string) string {
	name := want
	for i := 2; slices.Contains(p.taken, name); i++ {
		name = fmt.Sprintf("%s_%d", want, i)
	}
	p.taken = append(p.taken, name)
	return name
}

// patterns are the files of a source: with a star for the date in the name, so
// that the next export is read as well.
func patterns(files []string) []string {
	var list []string
	for _, f := range files {
		list = append(list, datedPattern(f))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// datedPattern puts a star in place of a date in a file's name: of eight
// figures, or of a year and more.
func datedPattern(file string) string {
	dir, base := "", file
	if i := strings.LastIndexByte(file, '/'); i >= 0 {
		dir, base = file[:i+1], file[i+1:]
	}
	for i := 0; i < len(base); i++ {
		if base[i] < '0' || base[i] > '9' || i > 0 && base[i-1] >= '0' && base[i-1] <= '9' {
			continue
		}
		end := i
		for end < len(base) && (base[end] >= '0' && base[end] <= '9' || end > i && (base[end] == '-' || base[end] == '_') && end+1 < len(base) && base[end+1] >= '0' && base[end+1] <= '9') {
			end++
		}
		figures := strings.NewReplacer("-", "", "_", "").Replace(base[i:end])
		if y, err := strconv.Atoi(figures[:min(4, len(figures))]); err == nil && len(figures) >= 6 && y >= 1990 && y < 2100 {
			return dir + base[:i] + "*" + base[end:]
		}
		i = end
	}
	return file
}

func plainWords(name string) string { return strings.ReplaceAll(name, "_", " ") }

// count returns a whole number with its digits in groups of three.
func count(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
