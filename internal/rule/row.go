package rule

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
)

// NewRowEnv returns the Env of formulas over one row of an export. Every name
// is a column of the file and a text; col("Deal Amount") names one that is not
// written as a word. Beside the functions that conditions have, those of
// RowFunctions make numbers and dates of texts and take texts apart. Their
// nodes have OpCall. Package fact answers such formulas: their numbers are
// exact, and Eval does not know them.
func NewRowEnv() (*Env, error) {
	p, err := newParser()
	if err != nil {
		return nil, fmt.Errorf("set up the rule parser: %w", err)
	}
	e := &Env{parser: p, row: true, functions: newFunctions()}
	for _, name := range []string{"ago", "exists", "all", "lowerAscii", "upperAscii"} {
		delete(e.functions, name)
	}
	maps.Copy(e.functions, newRowFunctions())
	return e, nil
}

// RowFunction is a function that only formulas over a row have.
type RowFunction struct {
	Name string
	Form string // how it is written
	Doc  string // what it is, in a sentence part
}

// RowFunctions returns the functions that only formulas over a row have, in
// the order in which people meet them.
func RowFunctions() []RowFunction { return slices.Clone(rowFunctions) }

var rowFunctions = []RowFunction{
	{"col", `col("Deal Amount")`, "the text in that column of the file, whatever the column is called"},
	{"number", "number(x)", "the number that a text is written as, in the way of its whole column; what is not a number rejects the row"},
	{"date", `date(x) or date(x, "d/m/Y")`, "the day that a text is written as, in the way of its whole column or by the layout given; what is not a date rejects the row"},
	{"text", "text(x)", "a number or a date as a text: 12.5, 2026-01-31"},
	{"add_months", "add_months(day, n)", "the same day n whole months later, clipped to the month's end"},
	{"months_between", "months_between(from, to)", "the months between two days: whole ones, and what is left as a part of the next"},
	{"lower", "x.lower()", "the text in small letters"},
	{"upper", "x.upper()", "the text in capitals"},
	{"trim", "x.trim()", "the text without spaces at its ends"},
	{"replace", `x.replace("a", "b")`, "the text with every a replaced by b"},
	{"part", `x.part("/", 1)`, "the first piece of a text that is split there; -1 is the last; missing where there are fewer pieces"},
	{"extract", `x.extract("([0-9]+)")`, "what the pattern, or the group in it, finds first; missing where it finds nothing"},
	{"sfid18", "sfid18(x)", "a Salesforce id with its 18 characters; one of 15 gets its ending, one whose capitals were lost gets them back, and other texts stay as they are"},
}

// otherRowNames are functions of other languages, and what stands for them in
// formulas over a row.
var otherRowNames = map[string]string{
	"has": "known(x)", "isnull": "!known(x)", "is_null": "!known(x)", "isblank": "!known(x)", "coalesce": "x.or(y)", "ifnull": "x.or(y)", "nvl": "x.or(y)",
	"len": "size(x)", "length": "size(x)", "lowerascii": "x.lower()", "upperascii": "x.upper()", "least": "min(x, y)", "greatest": "max(x, y)",
	"int": "number(x)", "float": "number(x)", "double": "number(x)", "decimal": "number(x)", "value": "number(x)", "string": "text(x)",
	"todate": "date(x)", "to_date": "date(x)", "timestamp": "date(x)", "edate": "add_months(day, n)", "datediff": "days_between(from, to)",
	"split": `x.part("/", 1)`, "left": `x.extract("^..")`, "right": `x.extract("..$")`, "substring": `x.extract("^...")`, "concat": "x + y",
	"row": `col("Deal Amount")`, "column": `col("Deal Amount")`, "if": "condition ? x : y", "iif": "condition ? x : y", "like": `x.contains("part")`,
}

func newRowFunctions() map[string]function {
	forms := map[string]string{}
	for _, f := range rowFunctions {
		forms[f.Name] = f.Form
	}
	strict := func(name string, result Type, params ...Type) function {
		return function{form: forms[name], op: OpCall, params: params, result: result, least: len(params), most: len(params)}
	}
	method := func(f function) function { f.method = true; return f }
	special := func(name string, least, most int, check func(*checker, *usage) *Node) function {
		return function{form: forms[name], least: least, most: most, check: check}
	}
	return map[string]function{
		"col":            special("col", 1, 1, (*checker).column),
		"number":         strict("number", TypeNumber, TypeText),
		"date":           special("date", 1, 2, (*checker).rowDate),
		"text":           special("text", 1, 1, (*checker).rowText),
		"add_months":     strict("add_months", TypeTime, TypeTime, TypeNumber),
		"months_between": strict("months_between", TypeNumber, TypeTime, TypeTime),
		"lower":          method(strict("lower", TypeText, TypeText)),
		"upper":          method(strict("upper", TypeText, TypeText)),
		"trim":           method(strict("trim", TypeText, TypeText)),
		"replace":        method(strict("replace", TypeText, TypeText, TypeText, TypeText)),
		"part":           method(special("part", 3, 3, (*checker).part)),
		"extract":        method(special("extract", 2, 2, (*checker).extract)),
		"sfid18":         strict("sfid18", TypeText, TypeText),
	}
}

// Pos returns where a node of the expression begins in its file.
func (x *Expr) Pos(n *Node) diag.Pos { return place([]rune(x.source), x.at, n.From) }

// Slice returns the source of a node.
func (x *Expr) Slice(n *Node) string {
	text := []rune(x.source)
	return string(text[min(n.From, len(text)):min(n.To, len(text))])
}

// column checks col("Deal Amount").
func (c *checker) column(u *usage) *Node {
	n := c.node(u.args[0])
	if n == nil {
		return nil
	}
	if n.Op != OpConst || n.Type != TypeText || strings.TrimSpace(n.Value.Text()) == "" {
		c.report(n.From, codeArgument, "write "+u.form, "col needs the name of a column in quotes, not %s", c.subject(n))
		return nil
	}
	v := c.apply(u, OpVar, TypeText)
	v.Name, v.literal = strings.TrimSpace(n.Value.Text()), false
	return v
}

// rowDate checks date(x) and date(x, "d/m/Y"). A fixed day becomes a constant.
func (c *checker) rowDate(u *usage) *Node {
	args, ok := c.all(u.args...)
	if !ok || !c.want(args[0], TypeText, u.name) {
		return nil
	}
	if len(args) == 1 && args[0].Op == OpConst {
		c.nodes -= 2 // of the argument, which is checked again
		return c.date(u)
	}
	if len(args) == 2 && (args[1].Op != OpConst || args[1].Type != TypeText) {
		c.report(args[1].From, codeArgument, "write "+u.form, "date needs a fixed layout, not %s", c.subject(args[1]))
		return nil
	}
	n := c.apply(u, OpCall, TypeTime, args...)
	n.Name = u.name
	return n
}

func (c *checker) rowText(u *usage) *Node {
	n := c.node(u.args[0])
	if n == nil {
		return nil
	}
	if n.Type != TypeTime && !c.want(n, TypeNumber, u.name) {
		return nil
	}
	text := c.apply(u, OpCall, TypeText, n)
	text.Name = u.name
	return text
}

func (c *checker) part(u *usage) *Node {
	args, ok := c.all(u.args...)
	if !ok || !c.want(args[0], TypeText, u.name) || !c.want(args[1], TypeText, u.name) || !c.want(args[2], TypeNumber, u.name) {
		return nil
	}
	by, which := args[1], args[2]
	switch place := which.Value.Number(); {
	case by.Op != OpConst || by.Value.Text() == "":
		c.report(by.From, codeArgument, "write "+u.form, "part needs a fixed text to split at, not %s", c.subject(by))
		return nil
	case which.Op != OpConst || place == 0 || place != float64(int(place)) || place < -1000 || place > 1000:
		c.report(which.From, codeArgument, "write "+u.form+"; -1 is the last", "part needs the number of the piece, counted from 1, not %s", c.subject(which))
		return nil
	}
	n := c.apply(u, OpCall, TypeText, args...)
	n.Name = u.name
	return n
}

func (c *checker) extract(u *usage) *Node {
	n := c.matches(u)
	if n == nil {
		return nil
	}
	n.Op, n.Type, n.Name = OpCall, TypeText, u.name
	return n
}

// Pattern returns the pattern of an OpMatches or of a call of extract.
func (n *Node) Pattern() *regexp.Regexp { return n.pattern }

// rowHint says how a text of the row becomes what is needed.
func (c *checker) rowHint(n *Node, t Type) string {
	if !c.env.row || n.Type != TypeText || n.Op == OpConst {
		return ""
	}
	switch t {
	case TypeNumber:
		return fmt.Sprintf("columns are texts: write number(%s)", c.slice(n.From, n.To))
	case TypeTime:
		return fmt.Sprintf("columns are texts: write date(%s)", c.slice(n.From, n.To))
	case TypeBool:
		return fmt.Sprintf(`columns are texts: write %s == "true"`, c.slice(n.From, n.To))
	}
	return ""
}
