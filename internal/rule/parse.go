package rule

import (
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/parser"

	"github.com/segue-cs/segue/internal/diag"
)

// The codes of findings.
const (
	codeSyntax      = "syntax"
	codeName        = "unknown_name"
	codeFunction    = "unknown_function"
	codeArgument    = "bad_argument"
	codeType        = "type_mismatch"
	codeUnit        = "unit_mismatch"
	codeLevel       = "unknown_level"
	codeCost        = "too_costly"
	codeUnsupported = "unsupported"
)

// Limits keep conditions from other people from costing too much.
const (
	maxCharacters = 10_000
	maxDepth      = 100
	maxNodes      = 2_000
)

// newParser returns the parser of every Env. Without macros, exists and all
// arrive as the calls that were written.
func newParser() (*parser.Parser, error) {
	return parser.NewParser(
		parser.EnablePrattParser(true),
		parser.EnableVariadicOperatorASTs(true),
		parser.EnableIdentEscapeSyntax(false),
		parser.MaxRecursionDepth(maxDepth),
		parser.ErrorReportingLimit(10),
		parser.ErrorRecoveryLimit(10),
	)
}

// parsed is a source that could be read.
type parsed struct {
	text   []rune // as written
	tokens []token
	tree   ast.Expr
	info   *ast.SourceInfo
}

// parse reads the source, or says why it cannot be read. The finding is nil
// only when the source is well formed.
func (e *Env) parse(source string, at diag.Pos) (*parsed, diag.List) {
	var found diag.List
	switch {
	case !utf8.ValidString(source):
		found.Errorf(at, codeSyntax, "save the file as UTF-8", "the text holds bytes that are not UTF-8")
		return nil, found
	case utf8.RuneCountInString(source) > maxCharacters:
		found.Errorf(at, codeCost, "split it into several metrics or dimensions", "the condition is longer than %d characters", maxCharacters)
		return nil, found
	case strings.TrimSpace(source) == "":
		found.Errorf(at, codeSyntax, `write true where everyone is meant`, "the condition is empty")
		return nil, found
	}
	text := []rune(source)
	s := &scanner{text: []rune(source), env: e, at: at}
	s.scan()
	if s.fatal {
		return nil, s.found
	}
	tree, errs := e.parser.Parse(common.NewTextSource(string(s.text)))
	if list := errs.GetErrors(); len(list) > 0 {
		p := &parsed{text: text, tokens: s.tokens}
		for _, err := range list {
			p.report(&s.found, at, err)
		}
		return nil, s.found
	}
	p := &parsed{text: text, tokens: s.tokens, tree: tree.Expr(), info: tree.SourceInfo()}
	return p, s.found
}

// report adds a finding of the parser in the words of the language.
func (p *parsed) report(found *diag.List, at diag.Pos, err *common.Error) {
	message := strings.TrimPrefix(err.Message, "Syntax error: ")
	if strings.Contains(message, "recursion") {
		found.Errorf(at, codeCost, "split it into several metrics or dimensions", "the condition is nested more than %d deep", maxDepth)
		return
	}
	from := p.offset(err.Location)
	pos := place(p.text, at, from)
	shown := p.tokenAt(from)
	ends := shown == ""
	switch {
	case strings.HasPrefix(message, "reserved identifier"):
		found.Errorf(pos, codeSyntax, "", "%q is a reserved word and cannot be a name", shown)
	case strings.HasPrefix(message, "invalid"):
		found.Errorf(pos, codeSyntax, "", "the number %s is too large", shown)
	case strings.Contains(message, "escape") || strings.Contains(message, "string") && strings.HasPrefix(shown, `"`):
		found.Errorf(pos, codeSyntax, `write \\ for a backslash`, "the text %s has a backslash that means nothing", shown)
	case strings.Contains(message, "expected ')'") || strings.Contains(message, "expecting ')'"):
		if ends {
			found.Errorf(pos, codeSyntax, "", `a ")" is missing at the end`)
			return
		}
		found.Errorf(pos, codeSyntax, p.strayHint(from), `%q stands where ")" is expected`, shown)
	case strings.Contains(message, "expected ']'"):
		found.Errorf(pos, codeSyntax, "", `a "]" is missing`)
	case strings.Contains(message, "expected ':'"):
		found.Errorf(pos, codeSyntax, `write condition ? value : other value`, `a ":" is missing after "?"`)
	case ends && len(p.tokens) > 1 && p.slice(p.last().from, p.last().to) == "%":
		found.Errorf(place(p.text, at, p.last().from), codeSyntax, "write 10 % as 0.1", `something is missing after "%%"`)
	case ends:
		found.Errorf(pos, codeSyntax, "", "something is missing at the end")
	default:
		found.Errorf(pos, codeSyntax, p.strayHint(from), "%q is not expected here", shown)
	}
}

// strayHint guesses what was meant by a token that is out of place.
func (p *parsed) strayHint(from int) string {
	for i, t := range p.tokens {
		if t.from != from {
			continue
		}
		switch word := p.slice(t.from, t.to); {
		case word == ",":
			if i > 0 && i+1 < len(p.tokens) && p.tokens[i-1].kind == tokenNumber && p.tokens[i+1].kind == tokenNumber {
				return "write large numbers without commas"
			}
		case word == "%":
			return "write 10 % as 0.1"
		case word == "is" || word == "equals":
			return "write =="
		case i > 0 && t.kind != tokenSign:
			return "join conditions with && or ||"
		}
	}
	return ""
}

// offset returns the character that a location of the parser means.
func (p *parsed) offset(loc common.Location) int {
	if loc == nil || loc.Line() < 1 {
		return 0
	}
	line, i := 1, 0
	for ; i < len(p.text) && line < loc.Line(); i++ {
		if p.text[i] == '\n' {
			line++
		}
	}
	return min(i+loc.Column(), len(p.text))
}

// tokenAt returns the token that begins at the character, "" at the end.
func (p *parsed) tokenAt(from int) string {
	for _, t := range p.tokens {
		if t.from >= from {
			return p.slice(t.from, t.to)
		}
	}
	return ""
}

func (p *parsed) last() token { return p.tokens[len(p.tokens)-1] }

func (p *parsed) slice(from, to int) string { return string(p.text[from:to]) }
