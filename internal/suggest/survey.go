package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// Unpivot makes rows of columns, one for each cell that says something.
type Unpivot struct {
	Columns  []string `json:"columns"`
	Patterns []string `json:"patterns,omitempty"`   // that fit them, and those of later files
	Name     string   `json:"name"`                 // the column with the names
	Value    string   `json:"value"`                // and the one with the values
	Empty    string   `json:"next_empty,omitempty"` // and the one with the next name, where that column is empty
}

// Split makes rows of the items of a list in one column.
type Split struct {
	Column string `json:"column"`
	By     string `json:"by"`
}

// survey is a file with a row for each respondent and a column for each
// question.
type survey struct {
	account, at, contact string

	nps     string   // who would recommend us
	ratings []string // answered with a number up to 10
	words   []string // answered in words
	lists   []string // answered with several of a list

	questions int
}

var respondentNames = []string{"respondent", "respondent_id", "response_id", "recipient_email", "email", "email_address", "e_mail", "user_id", "contact_id"}

// surveyIn returns what a survey asks, nil for a file that is none.
func (p *proposing) surveyIn(t Table) *survey {
	w := p.Words["response"]
	s := &survey{account: namedAccount(t, w.Columns["account"]), at: firstDate(t, w.Columns["at"]), contact: firstNamed(t, respondentNames)}
	questions := 0
	for _, c := range t.Columns {
		switch {
		case c.Name == "" || c.Filled == 0 || c.Name == s.account || c.Name == s.at || c.Name == s.contact || isID(c.Name) || isPrivate(c.Name, p.Private):
			continue
		case c.isRating() && isNPS(c.Name):
			s.nps = cmp.Or(s.nps, c.Name)
		case c.isRating():
			s.ratings = append(s.ratings, c.Name)
		case c.list() != "" && !isNamed(c.Name, w.Columns["text"]):
			s.lists = append(s.lists, c.Name)
		case !c.IsNumber() && !c.IsDate() && !c.IsBool() && c.Distinct*2 > c.Filled && c.Longest > 30:
			s.words = append(s.words, c.Name)
		}
		if isQuestion(c.Name) {
			questions++
		}
	}
	if only, _ := t.Column(onlyOne(s.ratings)); s.nps == "" && only.Numbers.Max == 10 && only.Numbers.Min >= 0 && isNamed(only.Name, w.Columns["score"]) {
		s.nps, s.ratings = only.Name, nil // one score up to 10: who would recommend us
	}
	isOfFile := slices.ContainsFunc(t.words(), func(word string) bool {
		return slices.Contains(w.Files, word) || slices.Contains(w.Files, single(word))
	})
	hasRespondent := slices.Contains(respondentNames[:3], bare(s.contact))
	asked := len(s.ratings) + len(s.lists)
	if asked == 0 || asked == 1 && s.nps == "" && len(s.lists) == 0 || !isOfFile && !hasRespondent && questions < 2 {
		return nil
	}
	if s.account == "" {
		s.account, s.contact = s.contact, ""
	}
	s.questions = asked + len(s.words)
	if s.nps != "" {
		s.questions++
	}
	return s
}

// notWhose is why a survey says nothing of customers.
func (s *survey) notWhose() string {
	return fmt.Sprintf("it is a survey (%d questions), and no column says who answered: export it with the respondent's id, company or e-mail address", s.questions)
}

// namedAccount returns the column that names accounts, one or a list of them.
func namedAccount(t Table, names []string) string {
	if from := firstNamed(t, names); from != "" {
		return from
	}
	for _, c := range t.Columns {
		if c.list() != "" && slices.Contains(names, single(c.plain)) {
			return c.Name
		}
	}
	for _, c := range t.Columns { // "What's your company's name?"
		asks := func(w string) bool { return slices.Contains(strings.Split(c.plain, "_"), w) }
		if isQuestion(c.Name) && slices.ContainsFunc([]string{"company", "organization", "organisation", "employer"}, asks) && !c.IsNumber() && !c.isEmail() && c.Filled*2 > c.Rows && c.Longest < 60 {
			return c.Name
		}
	}
	return ""
}

// firstDate returns the column of one of the names, else the first, that holds
// days.
func firstDate(t Table, names []string) string {
	if from := firstNamed(t, names); from != "" {
		if c, _ := t.Column(from); c.IsDate() {
			return from
		}
	}
	for _, c := range t.Columns {
		if c.IsDate() && !c.IsNumber() {
			return c.Name
		}
	}
	return ""
}

// isRating reports whether the values are whole numbers up to 10.
func (c Column) isRating() bool {
	return c.IsNumber() && !c.IsDate() && c.Numbers.Fractions == 0 && c.Numbers.Min >= 0 && c.Numbers.Max <= 10 && c.Numbers.Max > 1 && c.Distinct > 1
}

// recommends are parts of questions after who would recommend us.
var recommends = []string{"nps", "recommend", "recommand", "weiterempfehl", "empfehlen"}

func isNPS(name string) bool {
	name = plain(name)
	return slices.ContainsFunc(recommends, func(w string) bool { return strings.Contains(name, w) })
}

// isQuestion reports whether a column is called as somebody was asked.
func isQuestion(name string) bool {
	return strings.Contains(name, "?") || strings.Contains(name, " / ") || len(strings.Fields(name)) >= 5
}

// list returns what stands between the items of the column's values, "" where
// they are no lists.
func (c Column) list() string {
	if c.Filled == 0 || c.IsNumber() || c.IsDate() {
		return ""
	}
	for _, list := range []struct {
		by   string
		rows int64 // one in so many must be a list: a sentence may have a ; in it
	}{{"|", 10}, {";", 4}} {
		if c.Lists[list.by]*list.rows > c.Filled {
			return list.by
		}
	}
	return ""
}

// bindSurvey proposes a source for each sort of answer.
func (p *proposing) bindSurvey(g *group) {
	q := g.survey
	day := p.askedOn(g)
	if q.at == "" && day == "" {
		p.skip(g.Name, "it is a survey, and no column says on which day it was answered")
		g.kind = ""
		return
	}
	if from := g.bound["account"]; from != "" {
		q.account = from // where its values are found
	}
	g.bound["account"] = q.account
	account, _ := g.Column(q.account)
	if by := account.list(); by != "" {
		g.split = &Split{q.account, by}
	}
	add := func(name, title, kind, why string, fill func(b *binding)) {
		s := Source{
			Name: p.name(g.name + "_" + name), Title: titleOf(g) + ": " + title, Files: patterns(g.files), Table: g.Name, Rows: g.Rows,
			Kind: "response", Confidence: Likely, Why: why, Split: g.split,
		}
		b := &binding{proposing: p, g: g, s: &s, used: map[string]bool{}}
		b.bind(fact.ColAccount, q.account)
		if g.split != nil {
			s.Columns[0].Why = fmt.Sprintf("each item of a list with %s between: %d of %d rows have several", g.split.By, account.Lists[g.split.By], account.Filled)
		}
		if q.at != "" {
			b.bind(fact.ColAt, q.at)
		} else {
			s.Columns = append(s.Columns, Binding{To: fact.ColAt, Value: day, Why: "you said so"})
		}
		if q.contact != "" {
			b.bind("contact", q.contact)
		}
		b.constant("kind", kind, "what is asked")
		fill(b)
		b.foresee()
		b.dates()
		p.out.Sources = append(p.out.Sources, s)
	}
	p.askedNumbers(g, add)
	if len(q.words) > 0 {
		add("words", "in their words", "interview", fmt.Sprintf("%d questions are answered in words", len(q.words)), func(b *binding) { b.unpivot(q.words, "text") })
	}
	for _, name := range q.lists {
		c, _ := g.Column(name)
		if g.split != nil {
			g.notes = append(g.notes, fmt.Sprintf("%s: %q holds lists as %q does, and one row can be taken apart by one of them only: the answers to %q are left out. Export them with a row for each %s to have both", g.Name, name, g.split.Column, name, g.split.Column))
			continue
		}
		add(shortName(name), titleWords(name), "need", fmt.Sprintf("%q holds lists with %s between", name, c.list()), func(b *binding) {
			b.s.Split = &Split{name, c.list()}
			b.bind("subject", name)
		})
	}
	p.out.Notes = append(p.out.Notes, g.notes...)
}

// longestName is how many characters of a question go into a name.
const longestName = 40

// shortName makes a name of a question: its first words.
func shortName(question string) string {
	name := identifier(bare(question))
	if len(name) <= longestName {
		return name
	}
	if end := strings.LastIndexByte(name[:longestName+1], '_'); end > 0 {
		return name[:end]
	}
	return name[:longestName]
}

// askedOn returns the day on which a survey was answered, as somebody says; ""
// where a column says it, or nobody.
func (p *proposing) askedOn(g *group) string {
	if g.survey.at != "" {
		return ""
	}
	day := p.ask(Question{
		Key: "asked." + g.name, Preset: "none",
		Text: fmt.Sprintf("%s is a survey, and no column says on which day it was answered. On which day, such as 2026-01-31? Without one it is not read.", g.Name),
	})
	if day == "none" {
		return ""
	}
	return day
}

type addSource func(name, title, kind, why string, fill func(b *binding))

// askedNumbers adds the answers that are numbers.
func (p *proposing) askedNumbers(g *group, add addSource) {
	q := g.survey
	if q.nps != "" {
		add("nps", "would recommend us", "nps", fmt.Sprintf("%q asks who would recommend you", q.nps), func(b *binding) { b.bind("score", q.nps) })
	}
	if len(q.ratings) == 0 {
		return
	}
	kind := "other"
	for _, words := range []struct{ in, kind string }{{"satisf", "csat"}, {"zufrieden", "csat"}, {"csat", "csat"}, {"rating", "csat"}, {"need", "need"}} {
		if slices.ContainsFunc(q.ratings, func(name string) bool { return strings.Contains(plain(name), words.in) }) {
			kind = words.kind
			break
		}
	}
	add("answers", "answers", kind, fmt.Sprintf("%d questions are answered with a number up to 10, a column each", len(q.ratings)), func(b *binding) { b.unpivot(q.ratings, "score") })
}

// unpivot makes a row of each answer; to is the column that takes it.
func (b *binding) unpivot(columns []string, to string) {
	name, value := b.g.free("question"), b.g.free("answer")
	b.s.Unpivot = &Unpivot{Columns: columns, Name: name, Value: value}
	b.s.Columns = append(b.s.Columns,
		Binding{To: "subject", From: name, Why: "the name of the column"},
		Binding{To: to, From: value, Why: "what the column says"})
}

// onlyOne returns the one text of a list, "" where there are none or several.
func onlyOne(list []string) string {
	if len(list) != 1 {
		return ""
	}
	return list[0]
}
