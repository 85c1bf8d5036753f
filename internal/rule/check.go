package rule

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/segue-cs/segue/internal/diag"
)

// checker turns a parsed source into checked nodes. Its methods return nil
// after they have reported why there is no node; nodes above then stay silent.
type checker struct {
	*parsed
	env     *Env
	at      diag.Pos
	found   diag.List
	closing map[int]int // token to its partner, for brackets

	item  string   // what the enclosing exists or all calls an item
	over  []string // the levels an item can have, nil is open
	nodes int
}

// node checks one expression of the parser.
func (c *checker) node(e ast.Expr) *Node {
	if c.nodes++; c.nodes > maxNodes {
		if c.nodes == maxNodes+1 {
			c.report(c.start(e), codeCost, "split it into several metrics or dimensions", "the condition has more than %d parts", maxNodes)
		}
		return nil
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return c.literal(e)
	case ast.IdentKind, ast.SelectKind:
		return c.name(e)
	case ast.CallKind:
		return c.call(e)
	case ast.ListKind:
		return c.list(e)
	default:
		c.report(c.start(e), codeUnsupported, "", "curly brackets are not a part of the language")
		return nil
	}
}

func (c *checker) report(at int, code, hint, format string, args ...any) {
	c.found.Errorf(place(c.text, c.at, at), code, hint, format, args...)
}

// reportWanted says that a whole source has the wrong type.
func (c *checker) reportWanted(root *Node, want Type) {
	hint := c.rowHint(root, want)
	if want == TypeBool && root.Type == TypeNumber {
		hint = fmt.Sprintf("compare it with something, as in %s > 0", c.slice(root.From, root.To))
	}
	c.report(root.From, codeType, hint, "%s is %s, but %s is needed here", c.subject(root), root.Type, want)
}

func (c *checker) literal(e ast.Expr) *Node {
	i := c.token(c.start(e))
	n := &Node{Op: OpConst, literal: true, From: c.tokens[i].from, To: c.tokens[i].to}
	if c.slice(n.From, n.To) == "-" && i+1 < len(c.tokens) {
		n.To = c.tokens[i+1].to
	}
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		n.Type, n.Value = TypeBool, Bool(bool(v))
	case types.Int:
		n.Type, n.Value = TypeNumber, Number(float64(v))
	case types.Double:
		n.Type, n.Value = TypeNumber, Number(float64(v))
	case types.Uint:
		return c.durationLiteral(n, uint64(v))
	case types.String:
		n.Type, n.Value = TypeText, Text(string(v))
		if strings.ContainsRune(string(v), 0) {
			c.report(n.From, codeUnsupported, "", "a text cannot hold the character with the number 0")
			return nil
		}
	default:
		c.report(n.From, codeUnsupported, "ask known(x), or !known(x), whether something is missing", "%q is not a part of the language", c.slice(n.From, n.To))
		return nil
	}
	return n
}

// durationLiteral reads 28d and 8w.
func (c *checker) durationLiteral(n *Node, count uint64) *Node {
	perUnit := uint64(1)
	if c.text[n.To-1] == 'w' {
		perUnit = 7
	}
	if count > maxDuration/dayMicros/perUnit {
		c.report(n.From, codeArgument, "", "%s is longer than any date allows", c.slice(n.From, n.To))
		return nil
	}
	n.Type, n.Value = TypeDuration, Duration(int64(count*perUnit)*dayMicros)
	return n
}

// name checks a variable, which may have one dot in it, or an item.
func (c *checker) name(e ast.Expr) *Node {
	name, from, ok := c.dotted(e)
	if !ok {
		c.report(c.start(e), codeUnsupported, "", "only names can have a dot and a second name")
		return nil
	}
	to := from + len(name)
	if e.Kind() == ast.SelectKind {
		to = c.tokens[c.token(c.start(e))+1].to
	}
	if name == c.item && c.item != "" {
		return &Node{Op: OpItem, Type: TypeText, Name: name, From: from, To: to, levels: c.over}
	}
	v, ok := c.env.vars[name]
	if c.env.row {
		v, ok = Variable{Name: name, Type: TypeText}, true
	}
	if !ok {
		c.report(from, codeName, c.nameHint(name), "%q is not a name known here", name)
		return nil
	}
	return &Node{Op: OpVar, Type: v.Type, Unit: v.Unit, Name: name, From: from, To: to, levels: v.Levels}
}

func (c *checker) nameHint(name string) string {
	if f, ok := c.env.functions[name]; ok {
		return "write " + f.form
	}
	candidates := c.env.names
	if c.item != "" {
		candidates = append(slices.Clone(candidates), c.item)
	}
	return near(name, candidates)
}

// near is diag.DidYouMean for words that could be names.
func near(word string, candidates []string) string {
	if len(word) > 100 {
		return ""
	}
	return diag.DidYouMean(word, candidates)
}

// dotted returns a name with its dots, and where it begins.
func (c *checker) dotted(e ast.Expr) (name string, from int, ok bool) {
	if e.Kind() == ast.IdentKind {
		return e.AsIdent(), c.start(e), true
	}
	if e.Kind() != ast.SelectKind {
		return "", 0, false
	}
	name, from, ok = c.dotted(e.AsSelect().Operand())
	return name + "." + e.AsSelect().FieldName(), from, ok
}

// list checks a list literal that stands for a text list.
func (c *checker) list(e ast.Expr) *Node {
	n := &Node{Op: OpConst, Type: TypeTextList, literal: true}
	items, ok := make([]string, 0, e.AsList().Size()), true
	for _, el := range e.AsList().Elements() {
		item := c.node(el)
		switch {
		case item == nil:
			ok = false
		case item.Op == OpConst && item.Type == TypeText:
			items = append(items, item.Value.Text())
		case ok:
			c.report(item.From, codeType, "", "%s is not a fixed text: lists hold fixed texts only", c.subject(item))
			ok = false
		}
	}
	if !ok {
		return nil
	}
	n.Value = List(items...)
	n.From, n.To = c.bracket(c.start(e))
	return n
}

// call checks operators and functions.
func (c *checker) call(e ast.Expr) *Node {
	args := e.AsCall().Args()
	switch name := e.AsCall().FunctionName(); name {
	case operators.LogicalAnd:
		return c.junction(e, OpAnd)
	case operators.LogicalOr:
		return c.junction(e, OpOr)
	case operators.LogicalNot:
		return c.not(e)
	case operators.Conditional:
		return c.conditional(e)
	case operators.In:
		return c.in(e)
	case operators.Negate:
		return c.negate(e)
	case operators.Index:
		if c.env.row {
			c.report(c.start(e), codeUnsupported, `write col("Deal Amount")`, "columns are not picked with square brackets")
			return nil
		}
		c.node(args[0])
		c.report(c.start(e), codeUnsupported, `ask "x" in list, or list.exists(t, ...)`, "single items of a list cannot be picked by their place")
		return nil
	default:
		if op, ok := comparisons[name]; ok {
			return c.comparison(e, op)
		}
		if op, ok := arithmetics[name]; ok {
			return c.arithmetic(e, op)
		}
		return c.function(e)
	}
}

// all checks several expressions, every one of them before it gives up.
func (c *checker) all(exprs ...ast.Expr) ([]*Node, bool) {
	nodes, ok := make([]*Node, len(exprs)), true
	for i, e := range exprs {
		nodes[i] = c.node(e)
		ok = ok && nodes[i] != nil
	}
	return nodes, ok
}

// build returns a node over its args, whose span covers the operator, or
// whatever else begins at the given character, and all args.
func (c *checker) build(op Op, typ Type, at int, args ...*Node) *Node {
	n := &Node{Op: op, Type: typ, Args: args, From: at, To: c.tokens[c.token(at)].to, literal: true}
	for _, a := range args {
		n.From, n.To = min(n.From, a.From), max(n.To, a.To)
		n.literal = n.literal && a.literal
	}
	n.From, n.To = c.balance(n.From, n.To)
	return n
}

// want reports an argument that is not of the type.
func (c *checker) want(n *Node, t Type, where string) bool {
	if n.Type == t {
		return true
	}
	hint := ""
	if t == TypeBool && n.Type == TypeNumber {
		hint = fmt.Sprintf("compare it with something, as in %s > 0", c.slice(n.From, n.To))
	}
	if t == TypeTime && n.Type == TypeText {
		hint = c.dateHint(n.Value.Text())
	}
	if h := c.rowHint(n, t); h != "" {
		hint = h
	}
	c.report(n.From, codeType, hint, "%s is %s, but %s needs %s", c.subject(n), n.Type, where, needed[t])
	return false
}

// needed says what a place needs, after "needs".
var needed = [...]string{"something else", "yes or no", "a number", "a text", "a date", "a length of time", "a list of texts"}

// subject returns how messages call a node: by name, a literal by what it says,
// anything else by its source.
func (c *checker) subject(n *Node) string {
	if n.Op == OpVar && n.AgoDays == 0 || n.Op == OpItem {
		return fmt.Sprintf("%q", n.Name)
	}
	text := strings.Join(strings.Fields(c.slice(n.From, n.To)), " ")
	if n.Op == OpConst && n.Type == TypeText {
		text = n.Value.Text()
	}
	if runes := []rune(text); len(runes) > 40 {
		text = string(runes[:37]) + "..."
	}
	if n.Op == OpConst && n.Type != TypeText {
		return text
	}
	if strings.Contains(text, `"`) {
		return "`" + text + "`"
	}
	return fmt.Sprintf("%q", text)
}
