package spec

import (
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/rule"
)

// word is a name in the text of a condition.
type word struct {
	text   string
	from   int    // in characters
	before string // what calls it: known(contact) has "known(" before contact
}

// wordsOf returns the names that a condition reads, functions and texts left
// out. It reads conditions that may be wrong, and is used to find out what
// must be known before they can be checked.
func wordsOf(source string) []word {
	var words []word
	text := []rune(source)
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			i = afterQuote(text, i)
		case c == '/' && i+1 < len(text) && text[i+1] == '/':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case isLetter(c):
			from := i
			for i < len(text) && (isLetter(text[i]) || isFigure(text[i]) || text[i] == '.' && i+1 < len(text) && isLetter(text[i+1])) {
				i++
			}
			if rest := strings.TrimLeft(string(text[i:]), " \n"); !strings.HasPrefix(rest, "(") {
				words = append(words, word{string(text[from:i]), from, strings.TrimRight(string(text[:from]), " \n")})
			} else if name, _, called := cutLast(string(text[from:i])); called { // nps.or(0)
				words = append(words, word{name, from, ""})
			}
		case isFigure(c):
			for i < len(text) && (isLetter(text[i]) || isFigure(text[i])) {
				i++
			}
		default:
			i++
		}
	}
	return words
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func afterQuote(text []rune, open int) int {
	for i := open + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[open]:
			return i + 1
		}
	}
	return len(text)
}

func isLetter(c rune) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isFigure(c rune) bool { return c >= '0' && c <= '9' }

// reads returns the distinct names that a condition reads; account.arr also
// reads arr, while contact.role is no other's.
func reads(source string) []string {
	var names []string
	for _, w := range wordsOf(source) {
		names = append(names, w.text)
		if !isOfContact(w.text) {
			names = append(names, strings.Split(w.text, ".")...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// compile checks a condition, unless it reads something that has been
// reported. It returns nil when there is a finding.
func (l *loader) compile(env *rule.Env, v *value, want rule.Type) *rule.Expr {
	if v == nil || env == nil {
		return nil
	}
	for _, name := range reads(v.source()) {
		if l.broken[name] {
			return nil
		}
	}
	expr, found := env.Compile(v.source(), want, v.inside)
	l.found = append(l.found, found...)
	return expr
}

// env declares the variables. Names have been checked, so that it does not
// fail.
func (l *loader) env(vars []rule.Variable) *rule.Env {
	env, err := rule.NewEnv(vars)
	if err != nil {
		l.errorf(diag.Pos{}, "wrong_name", "", "%v", err)
		return nil
	}
	return env
}

// isUsable reports whether a rule can name a definition so, and reports it
// otherwise.
func (l *loader) isUsable(noun string, e entry) bool {
	if !aName.pattern.MatchString(e.key) {
		return false // reported
	}
	if e.key == asOf {
		l.errorf(e.pos, "reserved_name", "choose another", "%s %q has the name of the date in rules", noun, e.key)
		return false
	}
	if e.key == "id" {
		l.errorf(e.pos, "reserved_name", "choose another", "%s %q has the name of the customer's id in lists", noun, e.key)
		return false
	}
	if l.isOfQuiet(e.key) {
		l.errorf(e.pos, "reserved_name", "choose another", "%s %q has the name of quiet periods in rules, since the strategy declares some", noun, e.key)
		return false
	}
	if _, err := rule.NewEnv([]rule.Variable{{Name: e.key, Type: rule.TypeBool}}); err != nil {
		l.errorf(e.pos, "reserved_name", "choose another", "%s %q cannot be named in rules: the word means something there", noun, e.key)
		return false
	}
	return true
}

// isOfQuiet reports whether rules read quiet spans under the name.
func (l *loader) isOfQuiet(name string) bool {
	return slices.ContainsFunc(l.s.Quiet.Variables(), func(v rule.Variable) bool { return v.Name == name })
}

// declare settles which names rules can use: traits, metrics and dimensions
// share one space of names, except that a dimension made of a trait may have
// the trait's name.
func (l *loader) declare() {
	for _, c := range l.traits() {
		if l.isOfQuiet(c.Name) {
			l.errorf(c.Pos, "reserved_name", "choose another", "trait %q has the name of quiet periods in rules, since the strategy declares some", c.Name)
			continue
		}
		l.values[c.Name] = columnVariable(c)
	}
	for _, e := range l.parts["metrics"] {
		l.declareMetric(e)
	}
	for _, e := range l.parts["dimensions"] {
		l.declareDimension(e)
	}
}

// traits returns the columns of the kind account that rules can name.
func (l *loader) traits() []fact.Column {
	if account := l.kind("account"); account != nil {
		return usable(account.Columns)
	}
	return nil
}

// usable returns the columns whose values rules can read.
func usable(columns []fact.Column) []fact.Column {
	var list []fact.Column
	for _, c := range columns {
		if c.Type != fact.Account && c.Type != fact.Contact {
			list = append(list, c)
		}
	}
	return list
}

func (l *loader) trait(name string) (fact.Column, bool) {
	for _, c := range l.traits() {
		if c.Name == name {
			return c, true
		}
	}
	return fact.Column{}, false
}

// names returns the declared names that fit, sorted, for hints.
func names(declared map[string]rule.Variable, fits func(rule.Variable) bool) []string {
	var list []string
	for name, v := range declared {
		if fits(v) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// isOfContact reports whether a name is that of a contact's own column.
func isOfContact(name string) bool { return strings.HasPrefix(name, fact.ContactPrefix) }

// contactVars declares what a contact itself says: contact.role.
func (l *loader) contactVars() []rule.Variable {
	var vars []rule.Variable
	for _, c := range l.s.ContactTraits() {
		vars = append(vars, columnVariable(c))
	}
	return vars
}

// formulaVars returns what formulas can name: metrics, traits, each of them
// also as account.NAME, the contact's own columns, the date, and quiet spans where there are any.
func (l *loader) formulaVars() []rule.Variable {
	vars := append([]rule.Variable{{Name: asOf, Type: rule.TypeTime, Title: "the date"}}, l.s.Quiet.Variables()...)
	for _, v := range l.values {
		ofAccount := v
		ofAccount.Name, ofAccount.Shiftable = "account."+v.Name, false
		vars = append(vars, v, ofAccount)
	}
	return append(vars, l.contactVars()...)
}

// ruleVars returns what rules can name: what formulas can, and levels, each of
// them also as account.NAME. The level of a dimension stands for the trait of the same name.
func (l *loader) ruleVars() []rule.Variable {
	var vars []rule.Variable
	for _, v := range l.formulaVars() {
		if _, ok := l.levels[v.Name]; !ok {
			vars = append(vars, v)
		}
	}
	for _, v := range l.levels {
		vars = append(vars, v)
		if _, ok := l.values[v.Name]; !ok {
			v.Name = "account." + v.Name
			vars = append(vars, v)
		}
	}
	return vars
}
