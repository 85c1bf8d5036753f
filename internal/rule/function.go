package rule

import (
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
)

// function is one function of the language.
type function struct {
	form   string // how it is written, for messages
	method bool   // written after its first operand and a dot
	most   int    // how many operands it takes at most; it takes least at least
	least  int
	check  func(c *checker, f *usage) *Node // nil: op, params and result say it all
	op     Op
	params []Type
	result Type
	unit   Unit
}

// usage is a function as written at one place.
type usage struct {
	function
	name     string
	args     []ast.Expr
	from, to int // of the whole, without the operand before the dot
}

// newFunctions returns all functions by name.
func newFunctions() map[string]function {
	strict := func(form string, op Op, result Type, params ...Type) function {
		return function{form: form, op: op, params: params, result: result, least: len(params), most: len(params)}
	}
	method := func(f function) function { f.method = true; return f }
	counted := func(f function, u Unit) function { f.unit = u; return f }
	special := func(form string, least, most int, check func(*checker, *usage) *Node) function {
		return function{form: form, least: least, most: most, check: check}
	}
	return map[string]function{
		"known":        special("known(x)", 1, 1, (*checker).known),
		"or":           method(special("x.or(y)", 2, 2, (*checker).orElse)),
		"ago":          special("ago(x, 28d)", 2, 2, (*checker).ago),
		"date":         special(`date("2026-01-31")`, 1, 1, (*checker).date),
		"days":         special("days(n)", 1, 1, (*checker).days),
		"days_between": counted(strict("days_between(from, to)", OpDaysBetween, TypeNumber, TypeTime, TypeTime), UnitDays),
		"year":         strict("year(x)", OpYear, TypeNumber, TypeTime),
		"month":        strict("month(x)", OpMonth, TypeNumber, TypeTime),
		"day":          strict("day(x)", OpDay, TypeNumber, TypeTime),
		"abs":          special("abs(x)", 1, 1, (*checker).sameUnit),
		"round":        special("round(x)", 1, 1, (*checker).sameUnit),
		"min":          special("min(x, y)", 2, 100, (*checker).extreme),
		"max":          special("max(x, y)", 2, 100, (*checker).extreme),
		"size":         special("size(x)", 1, 1, (*checker).size),
		"contains":     method(strict(`x.contains("part")`, OpContains, TypeBool, TypeText, TypeText)),
		"startsWith":   method(strict(`x.startsWith("part")`, OpStartsWith, TypeBool, TypeText, TypeText)),
		"endsWith":     method(strict(`x.endsWith("part")`, OpEndsWith, TypeBool, TypeText, TypeText)),
		"matches":      method(special(`x.matches("^[A-Z]+$")`, 2, 2, (*checker).matches)),
		"lowerAscii":   method(strict("x.lowerAscii()", OpLower, TypeText, TypeText)),
		"upperAscii":   method(strict("x.upperAscii()", OpUpper, TypeText, TypeText)),
		"exists":       method(special("list.exists(t, t == \"x\")", 3, 3, (*checker).quantifier)),
		"all":          method(special("list.all(t, t != \"x\")", 3, 3, (*checker).quantifier)),
	}
}

// Functions returns the names of all functions, sorted.
func Functions() []string { return slices.Sorted(maps.Keys(newFunctions())) }

// otherNames are functions of other languages, and what stands for them here.
var otherNames = map[string]string{
	"has": "known(x)", "isnull": "!known(x)", "is_null": "!known(x)", "coalesce": "x.or(y)", "ifnull": "x.or(y)", "nvl": "x.or(y)",
	"len": "size(x)", "length": "size(x)", "lower": "x.lowerAscii()", "upper": "x.upperAscii()", "least": "min(x, y)", "greatest": "max(x, y)",
	"now": "as_of", "today": "as_of", "datediff": "days_between(from, to)", "date_diff": "days_between(from, to)",
	"duration": "28d or days(n)", "timestamp": `date("2026-01-31")`, "exists_one": "list.exists(t, ...)", "like": `x.contains("part")`,
	"if": "condition ? x : y", "iif": "condition ? x : y", "getFullYear": "year(x)", "getMonth": "month(x)", "getDate": "day(x)",
}

// function checks a function by its entry.
func (c *checker) function(e ast.Expr) *Node {
	call := e.AsCall()
	open := c.token(c.start(e))
	u := &usage{name: call.FunctionName(), args: call.Args(), from: c.tokens[max(open-1, 0)].from}
	_, u.to = c.bracket(c.start(e))
	f, ok := c.env.functions[u.name]
	if !ok {
		c.unknownFunction(u, call)
		return nil
	}
	u.function = f
	if call.IsMemberFunction() {
		u.args = append([]ast.Expr{call.Target()}, u.args...)
	}
	if call.IsMemberFunction() != f.method || len(u.args) < f.least || len(u.args) > f.most {
		c.report(u.from, codeArgument, "write "+f.form, "%q is not used like that", u.name)
		return nil
	}
	if f.check != nil {
		return f.check(c, u)
	}
	args, ok := c.all(u.args...)
	for i, a := range args {
		if a != nil && !c.want(a, f.params[i], u.name) {
			ok = false
		}
	}
	if !ok {
		return nil
	}
	n := c.apply(u, f.op, f.result, args...)
	n.Unit = f.unit
	if f.op == OpCall {
		n.Name = u.name
	}
	return n
}

func (c *checker) unknownFunction(u *usage, call ast.CallExpr) {
	if call.IsMemberFunction() {
		c.node(call.Target())
	}
	hint := near(u.name, slices.Collect(maps.Keys(c.env.functions)))
	others := otherNames
	if c.env.row {
		others = otherRowNames
	}
	if other, ok := others[u.name]; ok {
		hint = "write " + other
	} else if other, ok := others[strings.ToLower(u.name)]; ok {
		hint = "write " + other
	}
	c.report(u.from, codeFunction, hint, "there is no function %q", u.name)
}

// apply builds the node of a function, which spans all of its text.
func (c *checker) apply(u *usage, op Op, typ Type, args ...*Node) *Node {
	n := c.build(op, typ, u.from, args...)
	n.To = max(n.To, u.to)
	n.From, n.To = c.balance(n.From, n.To)
	return n
}

func (c *checker) known(u *usage) *Node {
	n := c.node(u.args[0])
	if n == nil {
		return nil
	}
	return c.apply(u, OpKnown, TypeBool, n)
}

func (c *checker) orElse(u *usage) *Node {
	args, ok := c.all(u.args...)
	if !ok || !c.alike(args[0], args[1], "stand for one another") {
		return nil
	}
	n := c.apply(u, OpOrElse, args[0].Type, args...)
	n.Unit, n.levels = args[0].Unit.join(args[1].Unit), joinLevels(args[0], args[1])
	return n
}

// ago checks ago(x, 28d), which becomes the variable at an earlier date.
func (c *checker) ago(u *usage) *Node {
	n, span := c.node(u.args[0]), c.node(u.args[1])
	if n == nil || span == nil {
		return nil
	}
	ok := true
	switch v := c.env.vars[n.Name]; {
	case n.Op != OpVar || n.AgoDays != 0:
		c.report(n.From, codeArgument, "write "+u.form+" with a name alone, and calculate with the result", "ago takes one metric by its name, not %s", c.subject(n))
		ok = false
	case !v.Shiftable:
		c.report(n.From, codeArgument, "", "%q cannot be looked up at an earlier date", n.Name)
		ok = false
	}
	days := span.Value.Micros() / dayMicros
	if span.Op != OpConst || span.Type != TypeDuration || span.Value.Micros()%dayMicros != 0 || days < 1 || days > 36_500 {
		c.report(span.From, codeArgument, "write whole days or weeks, as in 28d or 8w", "ago needs a fixed number of days from 1 to 36500, not %s", c.subject(span))
		ok = false
	}
	if !ok {
		return nil
	}
	n.AgoDays, n.From, n.To = int(days), u.from, u.to
	return n
}

func (c *checker) date(u *usage) *Node {
	n := c.node(u.args[0])
	if n == nil || !c.want(n, TypeText, u.name) {
		return nil
	}
	if n.Op != OpConst {
		c.report(n.From, codeArgument, dateHint, "date needs a fixed text, not %s", c.subject(n))
		return nil
	}
	t, err := time.Parse(time.DateOnly, n.Value.Text())
	value := Time(t.UnixMicro())
	if err != nil || value.IsUnknown() {
		c.report(n.From, codeArgument, dateHint, "%q is not a date of the years 1 to 9999", n.Value.Text())
		return nil
	}
	n = c.apply(u, OpConst, TypeTime)
	n.Value, n.literal = value, true
	return n
}

func (c *checker) days(u *usage) *Node {
	n := c.node(u.args[0])
	if n == nil || !c.want(n, TypeNumber, u.name) {
		return nil
	}
	if !n.Unit.fits(UnitDays) {
		c.report(n.From, codeUnit, "", "%s %s, but days needs a number of days", c.subject(n), n.Unit.words())
		return nil
	}
	span := c.apply(u, OpDays, TypeDuration, n)
	if n.Op != OpConst {
		return span
	}
	span.Op, span.Value, span.Args = OpConst, unary(span, n.Value), nil
	if span.Value.IsUnknown() {
		c.report(n.From, codeArgument, "", "%s days are longer than any date allows", c.subject(n))
		return nil
	}
	return span
}

// sameUnit checks functions of one number that keep its unit.
func (c *checker) sameUnit(u *usage) *Node {
	n := c.node(u.args[0])
	if n == nil || !c.want(n, TypeNumber, u.name) {
		return nil
	}
	same := c.apply(u, map[string]Op{"abs": OpAbs, "round": OpRound}[u.name], TypeNumber, n)
	same.Unit = n.Unit
	return same
}

// extreme checks min and max.
func (c *checker) extreme(u *usage) *Node {
	args, ok := c.all(u.args...)
	if !ok {
		return nil
	}
	if t := args[0].Type; t != TypeTime && t != TypeDuration && !c.want(args[0], TypeNumber, u.name) {
		return nil
	}
	widest := args[0]
	for _, a := range args[1:] {
		if !c.alike(widest, a, "be compared") {
			return nil
		}
		if widest.Unit == UnitNone {
			widest = a
		}
	}
	n := c.apply(u, map[string]Op{"min": OpMin, "max": OpMax}[u.name], args[0].Type, args...)
	n.Unit = widest.Unit
	return n
}

func (c *checker) size(u *usage) *Node {
	n := c.node(u.args[0])
	if n == nil || n.Type != TypeTextList && !c.want(n, TypeText, u.name) {
		return nil
	}
	count := c.apply(u, OpSize, TypeNumber, n)
	count.Unit = UnitCount
	return count
}

func (c *checker) matches(u *usage) *Node {
	args, ok := c.all(u.args...)
	if !ok || !c.want(args[0], TypeText, u.name) || !c.want(args[1], TypeText, u.name) {
		return nil
	}
	source := args[1]
	if source.Op != OpConst {
		c.report(source.From, codeArgument, "", "matches needs a fixed pattern, not %s", c.subject(source))
		return nil
	}
	pattern, err := regexp.Compile(source.Value.Text())
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		c.report(source.From, codeArgument, "", "the pattern cannot be read: %s", reason)
		return nil
	}
	if readsApart(source.Value.Text()) {
		c.report(source.From, codeUnsupported, `ask for what stands there, as in [a-z]`, `the pattern uses \B, which engines read differently`)
		return nil
	}
	if steps(source.Value.Text()) > maxPatternSteps {
		c.report(source.From, codeCost, "use smaller repeats", "the pattern is too complicated")
		return nil
	}
	n := c.apply(u, OpMatches, TypeBool, args...)
	n.pattern = pattern
	return n
}

// maxPatternSteps keeps patterns to what every engine accepts.
const maxPatternSteps = 400

// steps returns how large a pattern is that can be read.
func steps(pattern string) int {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

// readsApart reports whether a pattern asks for a place that is no edge of a
// word: RE2 finds such places inside of letters beyond ASCII too, Go does not.
func readsApart(pattern string) bool {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	var asks func(*syntax.Regexp) bool
	asks = func(r *syntax.Regexp) bool {
		return r.Op == syntax.OpNoWordBoundary || slices.ContainsFunc(r.Sub, asks)
	}
	return err == nil && asks(tree)
}

// quantifier checks exists and all.
func (c *checker) quantifier(u *usage) *Node {
	list := c.node(u.args[0])
	name, from, ok := c.dotted(u.args[1])
	switch {
	case list == nil || !c.want(list, TypeTextList, u.name):
		return nil
	case c.item != "":
		c.report(u.from, codeUnsupported, "", "%s cannot stand inside of another exists or all", u.name)
		return nil
	case !ok || u.args[1].Kind() != ast.IdentKind:
		c.report(c.start(u.args[1]), codeArgument, "write "+u.form, "%s first needs a name for the items", u.name)
		return nil
	case c.env.has(name):
		c.report(from, codeArgument, "choose another", "the name %q is taken", name)
		return nil
	}
	c.item, c.over = name, list.levels
	body := c.node(u.args[2])
	c.item, c.over = "", nil
	if body == nil || !c.want(body, TypeBool, u.name) {
		return nil
	}
	n := c.apply(u, map[string]Op{"exists": OpExists, "all": OpAll}[u.name], TypeBool, list, body)
	n.Name = name
	return n
}
