package rule

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/segue-cs/segue/internal/diag"
)

type tokenKind uint8

const (
	tokenWord tokenKind = iota
	tokenNumber
	tokenText
	tokenSign // one or two characters
)

// token is a stretch [from, to) of the source's characters.
type token struct {
	kind     tokenKind
	from, to int
}

// scanner splits the source into tokens, reports what the language does not
// have, and rewrites the rest character for character into what the parser
// reads, so that every position stays the same.
type scanner struct {
	text   []rune // rewritten in place
	tokens []token
	env    *Env
	at     diag.Pos
	found  diag.List
	fatal  bool // something was found that cannot be rewritten
}

func (s *scanner) scan() {
	for i := 0; i < len(s.text); {
		switch c := s.text[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
			continue
		case c == '\u00a0' || c == '\u202f' || c == '\u2009':
			s.text[i] = ' '
			i++
			continue
		case c == '/' && s.peek(i+1) == '/':
			for i < len(s.text) && s.text[i] != '\n' {
				i++
			}
			continue
		case c == '"' || c == '\'':
			i = s.quoted(i, i, false)
		case isDigit(c) || c == '.' && isDigit(s.peek(i+1)):
			i = s.number(i)
		case isWordRune(c):
			i = s.word(i)
		default:
			i = s.sign(i)
		}
	}
}

func (s *scanner) peek(i int) rune {
	if i < 0 || i >= len(s.text) {
		return 0
	}
	return s.text[i]
}

func (s *scanner) add(kind tokenKind, from, to int) int {
	s.tokens = append(s.tokens, token{kind, from, to})
	return to
}

func (s *scanner) report(at int, code, hint, format string, args ...any) {
	s.found.Errorf(place(s.text, s.at, at), code, hint, format, args...)
}

// quoted reads a text whose quotation mark stands at open.
func (s *scanner) quoted(from, open int, raw bool) int {
	mark, triple := s.text[open], s.text[open] == s.peek(open+1) && s.text[open] == s.peek(open+2)
	width := 1
	if triple {
		width = 3
	}
	for i := open + width; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '\\' && !raw:
			i++
		case (c == '\n' || c == '\r') && !triple:
			i = len(s.text)
		case c == mark && (!triple || s.peek(i+1) == mark && s.peek(i+2) == mark):
			return s.add(tokenText, from, i+width)
		}
	}
	s.fatal = true
	s.report(from, codeSyntax, fmt.Sprintf("close the text with %c", mark), "the text that begins here has no end")
	return s.add(tokenText, from, len(s.text))
}

// number reads a number and rewrites 28d and 8w into 28u and 8u, which are
// whole numbers of their own kind to the parser.
func (s *scanner) number(from int) int {
	i := from
	digits := func() {
		for isDigit(s.peek(i)) {
			i++
		}
	}
	digits()
	whole := true
	if s.peek(i) == '.' && isDigit(s.peek(i+1)) {
		whole = false
		i++
		digits()
	}
	exponent := i + 1
	if c := s.peek(exponent); c == '+' || c == '-' {
		exponent++
	}
	if c := s.peek(i); (c == 'e' || c == 'E') && isDigit(s.peek(exponent)) {
		whole = false
		i = exponent
		digits()
	}
	end := i
	for isWordRune(s.peek(i)) {
		i++
	}
	figure, suffix := string(s.text[from:end]), string(s.text[end:i])
	switch {
	case suffix == "":
	case (suffix == "d" || suffix == "w") && whole:
		s.text[end] = 'u'
	default:
		s.fatal = true
		s.report(from, codeSyntax, suffixHint(figure, suffix), "%q is not a number", figure+suffix)
	}
	return s.add(tokenNumber, from, i)
}

func suffixHint(figure, suffix string) string {
	factor := map[string]float64{"k": 1e3, "m": 1e6, "bn": 1e9}[strings.ToLower(suffix)]
	x, err := strconv.ParseFloat(figure, 64)
	switch {
	case factor > 0 && err == nil:
		return "write " + formatNumber(x*factor)
	case suffix == "d" || suffix == "w":
		return "write whole days, as in 28d"
	case strings.HasPrefix(suffix, "_"):
		return "write " + figure + strings.ReplaceAll(suffix, "_", "")
	case suffix == "h" || suffix == "m" || suffix == "s":
		return "lengths of time are whole days (28d) or weeks (8w)"
	default:
		return "write numbers in plain figures; names do not begin with one"
	}
}

// word reads a name, or a text with a prefix. It turns the words and, or, not
// into signs after reporting them.
func (s *scanner) word(from int) int {
	i := from
	for isWordRune(s.peek(i)) {
		i++
	}
	word := string(s.text[from:i])
	if c := s.peek(i); c == '"' || c == '\'' {
		switch strings.ToLower(word) {
		case "r":
			return s.quoted(from, i, true)
		case "b", "br", "rb":
			s.fatal = true
			s.report(from, codeSyntax, "leave out the "+word, "text cannot be written as bytes")
			return s.quoted(from, i, len(word) == 2)
		}
	}
	sign, isSign := map[string]string{"and": "&&", "or": "||", "not": "!"}[strings.ToLower(word)]
	if isSign && s.peek(from-1) != '.' && !s.env.has(word) {
		s.report(from, codeSyntax, "write "+sign, "%q is not a word of the language", word)
		for j := from; j < i; j++ {
			s.text[j] = ' '
		}
		copy(s.text[from:], []rune(sign))
		return s.add(tokenSign, from, from+len(sign))
	}
	return s.add(tokenWord, from, i)
}

// signHints say what to write instead of signs that the language lacks.
var signHints = map[rune]string{
	'=': "write == to compare", '&': "write &&", '|': "write ||", '≥': "write >=", '≤': "write <=", '≠': "write !=",
	'“': `write texts in straight quotes: "high"`, '”': `write texts in straight quotes: "high"`,
	'‘': `write texts in straight quotes: "high"`, '’': `write texts in straight quotes: "high"`,
	'$': "write amounts as plain numbers", '€': "write amounts as plain numbers", '£': "write amounts as plain numbers",
	'×': "write *", '÷': "write /", '−': "write - (a plain hyphen)", '–': "write - (a plain hyphen)",
	'`': "write names without marks around them", ';': "join conditions with && or ||",
}

func (s *scanner) sign(from int) int {
	c, next := s.text[from], s.peek(from+1)
	switch {
	case strings.ContainsRune("=!<>", c) && next == '=', c == '&' && next == '&', c == '|' && next == '|':
		return s.add(tokenSign, from, from+2)
	case c == '<' && next == '>':
		s.fatal = true
		s.report(from, codeSyntax, "write !=", "%q is not a sign of the language", "<>")
		return s.add(tokenSign, from, from+2)
	case strings.ContainsRune("()[]{}.,+-*/%?:!<>", c):
		return s.add(tokenSign, from, from+1)
	}
	s.fatal = true
	if unicode.IsLetter(c) {
		return s.foreign(from)
	}
	s.report(from, codeSyntax, signHints[c], "%q is not a sign of the language", string(c))
	return s.add(tokenSign, from, from+1)
}

// foreign reports a name with letters that names do not have.
func (s *scanner) foreign(at int) int {
	from, to := at, at
	for isWordRune(s.peek(from - 1)) {
		from--
	}
	for unicode.IsLetter(s.peek(to)) || isWordRune(s.peek(to)) {
		to++
	}
	hint := "names are made of the letters a to z, figures and _; texts stand in quotes"
	if s.env.row {
		hint = fmt.Sprintf("write col(%q)", string(s.text[from:to]))
	}
	s.report(from, codeSyntax, hint, "%q is not a name", string(s.text[from:to]))
	return s.add(tokenWord, at, to)
}

func isDigit(c rune) bool { return c >= '0' && c <= '9' }

func isWordRune(c rune) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// place returns where the n-th character of the text stands in its file, when
// the text begins at the given place. Further lines begin in the same column,
// as those of a YAML block do.
func place(text []rune, at diag.Pos, n int) diag.Pos {
	if at.Line == 0 {
		return at
	}
	begin := 0
	for i, c := range text[:min(n, len(text))] {
		if c == '\n' {
			at.Line++
			begin = i + 1
		}
	}
	return at.Shift(n - begin)
}
