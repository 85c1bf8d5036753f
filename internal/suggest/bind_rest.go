package suggest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// finish adds what no column says as it is: annual revenue from monthly, the
// names of events, the kind of answers, since when an account is as it is.
func (b *binding) finish() {
	switch b.s.Kind {
	case "contract":
		b.annual()
		b.numbered()
		b.ended()
	case readingKind:
		b.untilNextMonth()
		b.untilNextWeek()
		b.readings()
	case "event", "milestone":
		b.untilNextMonth()
		if b.g.bound["name"] == "" {
			b.constant("name", strings.TrimSuffix(single(b.g.name), "_data"), "no column names what happened: it is called as the file is")
		}
	case "response":
		b.question()
	case "opportunity":
		b.closing()
	case "goal":
	case fact.AccountKind, "contact":
		if from := b.g.bound["created_on"]; from != "" {
			c, _ := b.g.Column(from)
			n := Binding{To: fact.ColValidFrom, From: from}
			b.day(&n, c)
			n.Why = "the export says what is true today; that is taken to hold since then, so that past days can be looked at"
			b.s.Columns = append(b.s.Columns, n)
		}
	}
	b.where()
	b.require()
}

// constant fills a column with one text.
func (b *binding) constant(to, text, why string) {
	b.s.Columns = append(b.s.Columns, Binding{To: to, Value: text, Why: why})
}

// numbered gives contract lines an id where the file has none: a line is told
// from the next by what is said of the same account.
func (b *binding) numbered() {
	if b.g.bound[fact.ColID] != "" {
		return
	}
	account, _ := b.g.Column(b.g.bound[fact.ColAccount])
	if account.IsUnique() {
		b.s.Columns = append(b.s.Columns, Binding{To: fact.ColID, From: account.Name, Why: "there is one line for each account"})
		return
	}
	for _, c := range b.g.Columns {
		if c.IsUnique() && !b.used[c.Name] && !c.IsDate() {
			b.used[c.Name] = true
			b.s.Columns = append(b.s.Columns, Binding{To: fact.ColID, From: c.Name, Why: filled(c), Examples: c.Examples})
			return
		}
	}
	if starts := b.g.bound[fact.ColStarts]; starts != "" {
		b.s.Columns = append(b.s.Columns, b.lineID(starts))
	}
}

// annual makes annual revenue of what the file says: a year's, a month's, or
// that of the whole term.
func (b *binding) annual() {
	if b.g.bound["arr"] != "" {
		return
	}
	from, per := b.g.bound["mrr"], "month"
	if from == "" {
		from, per = b.g.bound["amount"], ""
	}
	c, ok := b.g.Column(from)
	if !ok {
		if b.g.export != nil {
			for _, to := range sortedKeys(b.g.export.Lacks) {
				b.g.notes = append(b.g.notes, b.g.Name+": "+b.g.export.Lacks[to])
			}
		}
		return
	}
	if per == "" {
		choices := []Choice{{"year", "it is what a year costs"}, {"month", "it is what a month costs"}}
		if b.g.bound[fact.ColEnds] != "" {
			choices = append(choices, Choice{"term", "it is the total from the first day to the last"})
		}
		per = b.ask(Question{
			Key:     "amount." + b.g.name,
			Text:    fmt.Sprintf("%s: is %q (%s) what a customer pays a year, a month, or for the whole term?", b.g.Name, from, strings.Join(c.Examples, ", ")),
			Choices: choices,
		})
	}
	b.used[from] = true
	n := Binding{To: "arr", From: from, Is: b.yearly(from, per), Examples: c.Examples}
	b.price(&n, c)
	if n.Is != "" {
		n.From = ""
		n.Why += "; made a year's"
		b.times(&n, c)
	} else {
		b.scaled(&n, c)
	}
	b.s.Columns = append(b.s.Columns, n)
}

// yearly returns the formula that makes an amount one of a year; "" leaves it
// as it is.
func (b *binding) yearly(from, per string) string {
	switch per {
	case "month":
		return fmt.Sprintf("number(%s) * 12", rowName(from))
	case "term":
		ends := fmt.Sprintf("date(%s)", rowName(b.g.bound[fact.ColEnds]))
		if b.isLast {
			ends = dayAfter(b.g.bound[fact.ColEnds])
		}
		return fmt.Sprintf("number(%s) * 12 / months_between(date(%s), %s)", rowName(from), rowName(b.g.bound[fact.ColStarts]), ends)
	}
	return ""
}

// rowName is how a formula over a row calls a column of the file.
func rowName(column string) string {
	if word.MatchString(column) && !slices.Contains(rowWords, column) {
		return column
	}
	return fmt.Sprintf("col(%q)", column)
}

var (
	word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// rowWords mean something else in formulas.
	rowWords = []string{"true", "false", "null", "in", "as_of", "known", "col", "number", "date", "text"}
)

// which rows count: those of trials are no contracts, and rows that a tool has
// marked as deleted are nothing.
func (b *binding) where() {
	for _, c := range b.g.Columns {
		isTrial := b.s.Kind == "contract" && isNamed(c.Name, b.Trial)
		isDeleted := plain(c.Name) == "is_deleted" || plain(c.Name) == "fivetran_deleted"
		if !isTrial && !isDeleted || c.Filled == 0 || !c.IsBool() {
			continue
		}
		marked := int64(0)
		for text, n := range c.Values {
			if slices.Contains(yes, strings.ToLower(text)) {
				marked += n
			}
		}
		if marked == 0 {
			continue
		}
		b.used[c.Name] = true
		b.s.Where = append(b.s.Where, fmt.Sprintf(`!(%s.or("").lower() in ["true", "yes", "t", "y", "1"])`, rowName(c.Name)))
		b.s.WhereWhy = append(b.s.WhereWhy, fmt.Sprintf("%s of %s rows are left out: %s says that they are none", count(marked), count(c.Rows), c.Name))
	}
}

var yes = []string{"true", "yes", "t", "y", "1"}

// question settles what kind of answers a survey holds.
func (b *binding) question() {
	score := b.g.bound["score"]
	c, _ := b.g.Column(score)
	kind, why := "other", "nothing says what was asked"
	name := bare(score)
	switch {
	case isNPS(score) || slices.Contains(b.g.words(), "nps"):
		kind, why = "nps", fmt.Sprintf("%q asks who would recommend you", score)
	case strings.Contains(name, "csat") || strings.Contains(name, "satisf") || strings.Contains(name, "rating"):
		kind, why = "csat", fmt.Sprintf("%q asks how satisfied they are", score)
	case c.Filled > 0 && c.Numbers.Min >= 0 && c.Numbers.Max == 10 && c.Numbers.Fractions == 0:
		kind, why = "nps", "its scores are whole numbers up to 10"
	}
	b.constant("kind", kind, why)
}

// require finds out whether something is missing without which no row can be
// read.
func (b *binding) require() {
	if _, ok := b.s.Binding(fact.ColAt); !ok && b.s.Kind == "opportunity" && b.g.bound["expected_on"] != "" {
		b.bind(fact.ColAt, b.g.bound["expected_on"])
		n := &b.s.Columns[len(b.s.Columns)-1]
		n.Why = "no column says when it was opened; " + n.Why
		b.g.notes = append(b.g.notes, fmt.Sprintf("%s: no column says when an opportunity was opened, so each counts from its %q on only: add the day of its creation to the export for those that are open", b.g.Name, n.From))
	}
	for _, k := range b.Kinds {
		if k.Name != b.s.Kind {
			continue
		}
		for _, c := range append(slices.Clone(k.Columns), k.SystemColumns()...) {
			if _, ok := b.s.Binding(c.Name); ok || !c.Required {
				continue
			}
			b.lacks = fmt.Sprintf("no column of it says %q, without which no %s can be read", titled(c), plainWords(k.Name))
			if b.g.export != nil && b.g.export.Lacks[c.Name] != "" {
				b.lacks = b.g.export.Lacks[c.Name]
			}
			return
		}
	}
}

func titled(c fact.Column) string {
	if c.Title != "" {
		return strings.ToLower(c.Title)
	}
	if c.Name == fact.ColAt {
		return "when it happened"
	}
	return plainWords(c.Name)
}

// maxTraits is how many traits are made of one file.
const maxTraits = 24

// traits makes traits of an account's other columns, where they say something
// that customers can be told apart by.
func (b *binding) traits() {
	taken := 0
	if i := slices.IndexFunc(b.g.Columns, func(c Column) bool { return isWeb(c) && !b.used[c.Name] }); i >= 0 {
		c := b.g.Columns[i]
		b.used[c.Name] = true
		b.s.Columns = append(b.s.Columns, Binding{To: b.webTrait(c), From: c.Name, Why: filled(c) + "; tells who is who", Examples: c.Examples})
	}
	for _, c := range b.g.Columns {
		kind, why := b.trait(c)
		if kind != "" && taken >= maxTraits && !b.used[c.Name] {
			kind, why = "", "there are many columns: declare it under traits: if customers are to be told apart by it"
		}
		if kind == "" || b.used[c.Name] {
			if why != "" && !b.used[c.Name] {
				b.s.Left = append(b.s.Left, Left{c.Name, why})
			}
			continue
		}
		b.used[c.Name] = true
		taken++
		name, isKnown := b.sameTrait(c.Name, kind)
		if !isKnown {
			name = b.traitName(b.calledAs(c.Name))
			b.out.Traits = append(b.out.Traits, Trait{Name: name, Type: string(kind), Title: titleWords(b.calledAs(c.Name))})
		}
		switch kind {
		case fact.Bool:
			b.gone(name, c)
		case fact.Text:
			b.prospects(name, c)
		}
		n := Binding{To: name, From: c.Name, Why: filled(c), Examples: c.Examples}
		switch kind {
		case fact.Money:
			b.price(&n, c)
			b.scaled(&n, c)
		case fact.Number:
			n.Numbers = b.style(c, false)
			b.scaled(&n, c)
		case fact.Date:
			b.day(&n, c)
		}
		b.s.Columns = append(b.s.Columns, n)
	}
}

// trait returns what a column holds as a trait, or why it is none.
func (b *binding) trait(c Column) (fact.Type, string) {
	switch {
	case b.isRole(c):
		return fact.Text, ""
	case isPrivate(c.Name, b.Private):
		return "", forItself
	case c.Name == "":
		return "", "it has no name"
	case c.Filled == 0:
		return "", "it is empty"
	case c.Distinct < 2 && c.Rows > 20:
		return "", fmt.Sprintf("it is %q everywhere", strings.Join(c.Examples, ""))
	case c.Emails*2 > c.Filled:
		return "", "e-mail addresses are of people"
	case c.IsDate() && !c.IsNumber():
		return fact.Date, ""
	case c.IsBool() && (!c.IsNumber() || c.Distinct == 2):
		return fact.Bool, ""
	case c.IsNumber() && !c.onlyCompactDates():
		switch {
		case c.IsUnique() && c.Numbers.Fractions == 0 && c.Rows >= manyRows || isID(c.Name):
			return "", "it is a number of something else"
		case namesAny(c.Name, b.vocabulary.Money) || len(c.Numbers.Currencies) > 0 || currencyInName(c.Name) != "":
			return fact.Money, ""
		}
		return fact.Number, ""
	case isID(c.Name):
		return "", "it names something else"
	case c.Values != nil && (c.Distinct <= 12 || c.Distinct*2 <= c.Filled):
		return fact.Text, ""
	}
	return "", fmt.Sprintf("%s different texts", count(c.Distinct))
}

// manyRows is how many rows make it unlikely that a whole number is different
// in each of them, unless it is an id.
const manyRows = 1000

func isID(name string) bool {
	words := strings.Split(plain(name), "_")
	return slices.Contains([]string{"id", "ids", "number", "no", "nr", "key", "code", "uuid", "lei", "cik", "isin", "duns"}, words[len(words)-1])
}

// forItself is why columns of tools are left out.
const forItself = "what a tool or a person wrote for itself"

// isPrivate reports whether a column's name, or its end, is one of those that
// tell nothing about a customer.
func isPrivate(name string, list []string) bool {
	name = plain(name)
	return slices.ContainsFunc(list, func(p string) bool { return name == p || strings.HasSuffix(name, "_"+strings.TrimPrefix(p, "_")) })
}

// sameTrait returns the trait that another file of the proposal fills from a
// column of the same name.
func (b *binding) sameTrait(column string, kind fact.Type) (string, bool) {
	name := identifier(bare(b.calledAs(column)))
	if name == csmTrait && kind == fact.Text && slices.Contains(b.Request.Traits, name) {
		return name, true
	}
	is := func(t Trait) bool { return t.Name == name && t.Type == string(kind) }
	_, twice := b.s.Binding(name)
	return name, !twice && slices.ContainsFunc(b.out.Traits, is)
}

// traitName makes a name for a trait that nobody has.
func (b *binding) traitName(column string) string {
	name := identifier(bare(column))
	if slices.Contains(metricNames, name) {
		name = "account_" + name
	}
	for i := 2; ; i++ {
		taken := slices.Contains(b.proposing.traits, name) || slices.Contains(reserved, name)
		for _, k := range b.Kinds {
			if k.Name == fact.AccountKind {
				_, listed := k.Bindable(name)
				taken = taken || listed
			}
		}
		if !taken {
			break
		}
		name = fmt.Sprintf("%s_%d", strings.TrimSuffix(name, fmt.Sprintf("_%d", i-1)), i)
	}
	b.proposing.traits = append(b.proposing.traits, name)
	return name
}

// metricNames are those that the proposed metrics have.
var metricNames = []string{"arr", "seats", "events", "active_users", "latest_usage", "tickets", "nps", "revenue", "quiet_days", "won", "pipeline"}

// reserved are names that have a meaning of their own in conditions.
var reserved = []string{"customer", "product", "id", "at", "as_of", "in_force", "arr", "true", "false", "null", "in", "known", "now", "value", "tiers"}

func titleWords(column string) string {
	words := plainWords(bare(column))
	isShort := len(column) <= 5 && column == strings.ToUpper(column) // ARR, NPS
	if words == "" || column == csmTitle || isShort {
		return column
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// leave lists the columns that are not read, with the reason.
func (b *binding) leave() {
	for _, c := range b.g.Columns {
		if b.used[c.Name] || slices.ContainsFunc(b.s.Left, func(l Left) bool { return l.Column == c.Name }) || c.Name == "" {
			continue
		}
		why := "nothing takes it yet"
		switch {
		case c.Filled == 0:
			why = "it is empty"
		case isPrivate(c.Name, b.Private):
			why = forItself
		}
		b.s.Left = append(b.s.Left, Left{c.Name, why})
	}
}
