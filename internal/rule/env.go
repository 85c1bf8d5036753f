package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/parser"

	"github.com/segue-cs/segue/internal/diag"
)

// Env is the set of variables that conditions may use. It is immutable, and
// safe for concurrent use.
type Env struct {
	vars      map[string]Variable
	names     []string // sorted
	functions map[string]function
	parser    *parser.Parser
	row       bool // every name is a column of the row at hand
}

// NewEnv returns the Env of the variables. It fails when a name is declared
// twice, is not one word or two joined by a dot, or is reserved, when a
// variable has no type, and when levels are given to a variable without texts.
func NewEnv(vars []Variable) (*Env, error) {
	p, err := newParser()
	if err != nil {
		return nil, fmt.Errorf("set up the rule parser: %w", err)
	}
	e := &Env{vars: make(map[string]Variable, len(vars)), functions: newFunctions(), parser: p}
	for _, v := range vars {
		if err := checkVariable(v); err != nil {
			return nil, fmt.Errorf("declare %q: %w", v.Name, err)
		}
		if e.has(v.Name) {
			return nil, fmt.Errorf("declare %q: the name is declared twice", v.Name)
		}
		e.vars[v.Name] = v
	}
	e.names = slices.Sorted(maps.Keys(e.vars))
	return e, nil
}

// Variable returns the declaration of the name.
func (e *Env) Variable(name string) (Variable, bool) {
	v, ok := e.vars[name]
	return v, ok
}

// Names returns the names of all variables, sorted.
func (e *Env) Names() []string { return slices.Clone(e.names) }

// Compile checks the source, which begins at the given place of its file, and
// wants a value of the type; TypeNone takes any. Every finding has its own
// place; further lines of the source are taken to begin in the column of the
// first. The Expr is nil exactly when a finding is an error. Codes of findings:
//
//	syntax            the text cannot be read
//	unknown_name      a variable that is not declared
//	unknown_function  a function that does not exist
//	bad_argument      a function was given something that it does not take
//	type_mismatch     values of these types do not go together
//	unit_mismatch     numbers of these units do not go together
//	unknown_level     a text that the variable cannot have
//	too_costly        too long, too deep or too many parts
//	unsupported       a notation that the language leaves out
func (e *Env) Compile(source string, want Type, at diag.Pos) (*Expr, diag.List) {
	p, found := e.parse(source, at)
	if p == nil {
		found.Sort()
		return nil, found
	}
	c := &checker{parsed: p, env: e, at: at, found: found, closing: matching(p)}
	root := c.node(p.tree)
	if root != nil && want != TypeNone && root.Type != want {
		c.reportWanted(root, want)
	}
	c.found.Sort()
	if c.found.HasErrors() {
		return nil, c.found
	}
	return &Expr{source: source, root: root, at: at}, c.found
}

func (e *Env) has(name string) bool {
	_, ok := e.vars[name]
	return ok
}

func checkVariable(v Variable) error {
	words := strings.Split(v.Name, ".")
	if len(words) > 2 {
		return fmt.Errorf("a name has at most one dot")
	}
	for _, w := range words {
		if w == "" || isDigit(rune(w[0])) || strings.ContainsFunc(w, func(c rune) bool { return !isWordRune(c) }) {
			return fmt.Errorf("names are made of the letters a to z, figures and _")
		}
		if slices.Contains(reserved, w) {
			return fmt.Errorf("the word is reserved")
		}
	}
	switch {
	case v.Type == TypeNone || v.Type > TypeTextList:
		return fmt.Errorf("the type is missing")
	case v.Levels != nil && v.Type != TypeText && v.Type != TypeTextList:
		return fmt.Errorf("only texts have levels")
	case v.Unit != UnitNone && v.Type != TypeNumber:
		return fmt.Errorf("only numbers have a unit")
	}
	return nil
}

// reserved are the words that no name can be or contain as one of its two.
var reserved = []string{
	"and", "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "not", "null", "or", "package", "return", "true", "var", "void", "while",
}
