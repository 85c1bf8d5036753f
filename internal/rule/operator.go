package rule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

var comparisons = map[string]Op{
	operators.Equals: OpEq, operators.NotEquals: OpNe,
	operators.Less: OpLt, operators.LessEquals: OpLe, operators.Greater: OpGt, operators.GreaterEquals: OpGe,
}

var arithmetics = map[string]Op{
	operators.Add: OpAdd, operators.Subtract: OpSub, operators.Multiply: OpMul, operators.Divide: OpDiv, operators.Modulo: OpMod,
}

const dateHint = `write dates as date("2026-01-31")`

// junction checks && and ||, and takes nested ones of the same kind as one.
func (c *checker) junction(e ast.Expr, op Op) *Node {
	sign := map[Op]string{OpAnd: "&&", OpOr: "||"}[op]
	nodes, ok := c.all(e.AsCall().Args()...)
	var args []*Node
	for _, n := range nodes {
		switch {
		case n == nil:
		case !c.want(n, TypeBool, sign):
			ok = false
		case n.Op == op:
			args = append(args, n.Args...)
		default:
			args = append(args, n)
		}
	}
	if !ok {
		return nil
	}
	n := c.build(op, TypeBool, args[0].From, args...)
	for _, inner := range nodes {
		n.From, n.To = min(n.From, inner.From), max(n.To, inner.To)
	}
	n.From, n.To = c.balance(n.From, n.To)
	return n
}

func (c *checker) not(e ast.Expr) *Node {
	n := c.node(e.AsCall().Args()[0])
	if n == nil || !c.want(n, TypeBool, "!") {
		return nil
	}
	return c.build(OpNot, TypeBool, c.start(e), n)
}

func (c *checker) negate(e ast.Expr) *Node {
	n := c.node(e.AsCall().Args()[0])
	if n == nil {
		return nil
	}
	if n.Type != TypeDuration && !c.want(n, TypeNumber, "-") {
		return nil
	}
	minus := c.build(OpNeg, n.Type, c.start(e), n)
	minus.Unit = n.Unit
	if n.Op == OpConst {
		minus.Op, minus.Value, minus.Args = OpConst, unary(minus, n.Value), nil
	}
	return minus
}

func (c *checker) conditional(e ast.Expr) *Node {
	args, ok := c.all(e.AsCall().Args()...)
	if args[0] != nil && !c.want(args[0], TypeBool, "the part before ?") {
		ok = false
	}
	if args[1] != nil && args[2] != nil && !c.alike(args[1], args[2], "stand for one another") {
		ok = false
	}
	if !ok {
		return nil
	}
	n := c.build(OpIf, args[1].Type, c.start(e), args...)
	n.Unit, n.levels = args[1].Unit.join(args[2].Unit), joinLevels(args[1], args[2])
	return n
}

// alike reports two nodes that differ in type or unit. The verb ends "they
// cannot be".
func (c *checker) alike(a, b *Node, verb string) bool {
	from := min(a.From, b.From)
	if a.Type != b.Type {
		c.report(from, codeType, c.mixHint(a, b), "%s is %s and %s is %s: they cannot %s", c.subject(a), a.Type, c.subject(b), b.Type, verb)
		return false
	}
	if !a.Unit.fits(b.Unit) {
		c.report(from, codeUnit, "", "%s %s and %s %s: they cannot %s", c.subject(a), a.Unit.words(), c.subject(b), b.Unit.words(), verb)
		return false
	}
	return true
}

// mixHint says how two types can be brought together.
func (c *checker) mixHint(a, b *Node) string {
	if a.Type > b.Type {
		a, b = b, a
	}
	for _, pair := range [][2]*Node{{a, b}, {b, a}} {
		if h := c.rowHint(pair[0], pair[1].Type); h != "" && pair[0].Type != pair[1].Type {
			return h
		}
	}
	switch {
	case b.Type == TypeTextList && a.Type == TypeText:
		return fmt.Sprintf("ask %s in %s", c.slice(a.From, a.To), c.slice(b.From, b.To))
	case b.Type == TypeTime && a.Type == TypeText:
		return c.dateHint(a.Value.Text())
	case b.Type == TypeTime && a.Type == TypeNumber && isDate(c.slice(a.From, a.To)):
		return c.dateHint(c.slice(a.From, a.To))
	case b.Type == TypeTime && a.Type == TypeNumber:
		return dateHint + ", and numbers of days as days(n) or 28d"
	case b.Type == TypeDuration && a.Type == TypeNumber:
		return "write numbers of days as days(n) or 28d, or count them with days_between(a, b)"
	case a.Type == TypeNumber && b.Op == OpConst && b.Type == TypeText && isFigure(b.Value.Text()):
		return "write numbers without quotes"
	}
	return ""
}

// dateHint says how to write a date, that of the text if it is one.
func (c *checker) dateHint(text string) string {
	if isDate(text) {
		return fmt.Sprintf("write date(%q)", text)
	}
	return dateHint
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isFigure(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) && r != '.' })
}

func (c *checker) comparison(e ast.Expr, op Op) *Node {
	a, b := c.pair(e.AsCall().Args())
	if a == nil || b == nil || !c.alike(a, b, "be compared") {
		return nil
	}
	ordered := op != OpEq && op != OpNe
	switch {
	case a.Type == TypeTextList:
		c.report(min(a.From, b.From), codeType, `ask "x" in list, or list.exists(t, ...)`, "lists of texts cannot be compared")
		return nil
	case ordered && a.Type == TypeBool:
		c.report(min(a.From, b.From), codeType, "", "%s is yes or no, which has no order", c.subject(a))
		return nil
	case ordered && (a.hasLevels() || b.hasLevels()):
		c.reportOrder(a, b)
		return nil
	case !c.levelFits(a, b) || !c.levelFits(b, a):
		return nil
	}
	return c.build(op, TypeBool, c.start(e), a, b)
}

// pair checks two operands. A name that is not declared but is a level of the
// other operand lacks its quotes.
func (c *checker) pair(args []ast.Expr) (a, b *Node) {
	if c.isUndeclared(args[0]) {
		b = c.node(args[1])
		return c.quoteless(args[0], b), b
	}
	a = c.node(args[0])
	if c.isUndeclared(args[1]) {
		return a, c.quoteless(args[1], a)
	}
	return a, c.node(args[1])
}

func (c *checker) isUndeclared(e ast.Expr) bool {
	return !c.env.row && e.Kind() == ast.IdentKind && !c.env.has(e.AsIdent()) && e.AsIdent() != c.item
}

func (c *checker) quoteless(e ast.Expr, other *Node) *Node {
	if other == nil || other.Type != TypeText || c.env.functions[e.AsIdent()].form != "" {
		return c.node(e)
	}
	word, hint := e.AsIdent(), ""
	if other.levels == nil {
		hint = near(word, c.env.names)
	}
	if hint == "" {
		hint = fmt.Sprintf("put texts in quotes: %q", word)
	}
	c.report(c.start(e), codeName, hint, "%q is not a name known here", word)
	return nil
}

func (c *checker) reportOrder(a, b *Node) {
	if !a.hasLevels() {
		a = b
	}
	hint := fmt.Sprintf("list those that count: %s in [%s]", c.slice(a.From, a.To), quoteSome(a.levels, 2))
	c.report(a.From, codeType, hint, "the levels of %s have no order", c.subject(a))
}

// levelFits reports a literal that is not among the levels of the other side.
func (c *checker) levelFits(n, literal *Node) bool {
	if !n.hasLevels() || literal.Op != OpConst || slices.Contains(n.levels, literal.Value.Text()) {
		return true
	}
	word := literal.Value.Text()
	hint := near(word, n.levels)
	if hint == "" {
		hint = "one of " + quoteSome(n.levels, 8)
	}
	c.report(literal.From, codeLevel, hint, "%s has no level %q", c.subject(n), word)
	return false
}

func quoteSome(words []string, most int) string {
	quoted := make([]string, 0, most+1)
	for i, w := range words {
		if i == most {
			quoted = append(quoted, "...")
			break
		}
		quoted = append(quoted, fmt.Sprintf("%q", w))
	}
	return strings.Join(quoted, ", ")
}

// in checks membership in a list literal or in a text list.
func (c *checker) in(e ast.Expr) *Node {
	args := e.AsCall().Args()
	if args[1].Kind() != ast.ListKind {
		nodes, ok := c.all(args...)
		if !ok {
			return nil
		}
		return c.inList(e, nodes[0], nodes[1])
	}
	needle := c.node(args[0])
	list, ok := c.all(args[1].AsList().Elements()...)
	if len(list) == 0 {
		c.report(c.start(args[1]), codeArgument, "", "nothing is in an empty list")
		return nil
	}
	if needle == nil || !ok {
		return nil
	}
	if needle.Type == TypeTextList {
		c.report(needle.From, codeType, "ask for one text at a time", "%s is a list of texts: it cannot be in a list", c.subject(needle))
		return nil
	}
	for _, el := range list {
		switch {
		case el.Op != OpConst:
			c.report(el.From, codeArgument, "compare with == and join with ||", "%s is not a fixed value: lists hold fixed values only", c.subject(el))
			ok = false
		case !c.alike(needle, el, "be compared") || !c.levelFits(needle, el):
			ok = false
		}
	}
	if !ok {
		return nil
	}
	n := c.build(OpIn, TypeBool, c.start(e), append([]*Node{needle}, list...)...)
	_, n.To = c.bracket(c.start(args[1]))
	n.From, n.To = c.balance(n.From, n.To)
	return n
}

func (c *checker) inList(e ast.Expr, text, list *Node) *Node {
	if list.Type == TypeText {
		c.report(list.From, codeType, fmt.Sprintf("write %s.contains(%s)", c.slice(list.From, list.To), c.slice(text.From, text.To)),
			"%s is text, but in needs a list", c.subject(list))
		return nil
	}
	if !c.want(list, TypeTextList, "in") || !c.want(text, TypeText, "in") || !c.levelFits(list, text) {
		return nil
	}
	return c.build(OpInList, TypeBool, c.start(e), text, list)
}

// arithmetic checks + - * / and %.
func (c *checker) arithmetic(e ast.Expr, op Op) *Node {
	args, ok := c.all(e.AsCall().Args()...)
	if !ok {
		return nil
	}
	a, b := args[0], args[1]
	typ := resultType(op, a.Type, b.Type)
	verb := map[Op]string{OpAdd: "be added", OpSub: "be subtracted", OpMul: "be multiplied", OpDiv: "be divided", OpMod: "be divided"}[op]
	if typ == TypeNone {
		from := min(a.From, b.From)
		if a.Type == b.Type {
			hint := c.rowHint(a, TypeNumber)
			c.report(from, codeType, hint, "%s and %s are %s: they cannot %s", c.subject(a), c.subject(b), plural[a.Type], verb)
			return nil
		}
		c.report(from, codeType, c.mixHint(a, b), "%s is %s and %s is %s: they cannot %s", c.subject(a), a.Type, c.subject(b), b.Type, verb)
		return nil
	}
	if (op == OpAdd || op == OpSub || op == OpMod) && typ == TypeNumber && !c.alike(a, b, verb) {
		return nil
	}
	if typ == TypeText {
		op = OpConcat
	}
	n := c.build(op, typ, c.start(e), a, b)
	if typ == TypeNumber {
		n.Unit = resultUnit(op, a, b)
	}
	return n
}

var plural = [...]string{"nothing", "yes or no", "numbers", "texts", "dates", "lengths of time", "lists of texts"}

// resultType returns TypeNone where the operation takes no such operands.
func resultType(op Op, a, b Type) Type {
	switch {
	case a == TypeNumber && b == TypeNumber:
		return TypeNumber
	case op != OpAdd && op != OpSub:
		return TypeNone
	case a == TypeDuration && b == TypeDuration, op == OpSub && a == TypeTime && b == TypeTime:
		return TypeDuration
	case a == TypeTime && b == TypeDuration, op == OpAdd && a == TypeDuration && b == TypeTime:
		return TypeTime
	case op == OpAdd && a == TypeText && b == TypeText:
		return TypeText
	default:
		return TypeNone
	}
}

func resultUnit(op Op, a, b *Node) Unit {
	switch op {
	case OpMul:
		return a.Unit.times(b.Unit, a.literal, b.literal)
	case OpDiv:
		return a.Unit.over(b.Unit, b.literal)
	default:
		return a.Unit.join(b.Unit)
	}
}
