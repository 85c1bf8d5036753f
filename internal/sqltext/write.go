// Package sqltext writes a plan as SQL for an engine. It makes text only from
// plan nodes: names are quoted, texts are arguments, numbers are written as
// typed literals so that the engine can prune with them.
package sqltext

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/query"
)

// Text is a statement and its arguments, one for each "?" in order.
type Text struct {
	SQL  string
	Args []any
}

// Options say how the text is written.
type Options struct {
	// Inline writes texts as quoted literals instead of arguments, for people
	// who want to paste the statement into a shell.
	Inline bool
	// Comments puts each step's comment before it.
	Comments bool
	// CreateTable, when set, makes the result a table of that name.
	CreateTable string
	// InsertInto, when set, adds the result to a table of that name, whose
	// columns are those of the result in their order.
	InsertInto string
}

// Write returns the plan as one statement of the dialect.
//
// It fails on a sum or an average over doubles: their result would depend on
// the order in which threads add.
func Write(p query.Plan, d Dialect, o Options) (Text, error) {
	w := &writer{dialect: d, options: o}
	w.plan(p)
	if len(w.problems) > 0 {
		return Text{}, errors.Join(w.problems...)
	}
	return Text{SQL: w.text.String(), Args: w.args}, nil
}

// Condition returns one boolean value as text, for a filter on a table.
func Condition(e query.Expr, d Dialect, o Options) (Text, error) {
	w := &writer{dialect: d, options: o}
	w.expr(e)
	if len(w.problems) > 0 {
		return Text{}, errors.Join(w.problems...)
	}
	return Text{SQL: w.text.String(), Args: w.args}, nil
}

type writer struct {
	dialect  Dialect
	options  Options
	text     strings.Builder
	args     []any
	problems []error
}

func (w *writer) plan(p query.Plan) {
	if len(p.Steps) == 0 {
		w.problem("a plan without steps")
		return
	}
	if w.options.CreateTable != "" {
		w.put("CREATE TABLE ", w.dialect.Quote(w.options.CreateTable), " AS\n")
	}
	if w.options.InsertInto != "" {
		w.put("INSERT INTO ", w.dialect.Quote(w.options.InsertInto), "\n")
	}
	last := len(p.Steps) - 1
	for i, step := range p.Steps[:last] {
		if i == 0 {
			w.put("WITH\n")
		}
		w.comment(step.Comment)
		w.put(w.dialect.Quote(step.Name), " AS ")
		if w.dialect.Materialized != nil {
			w.put(w.dialect.Materialized(step.Once))
		}
		w.put("(\n")
		w.selectFrom(step.Select)
		w.put("\n)")
		if i < last-1 {
			w.put(",")
		}
		w.put("\n")
	}
	w.comment(p.Steps[last].Comment)
	w.selectFrom(p.Steps[last].Select)
}

func (w *writer) comment(text string) {
	if !w.options.Comments || text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		w.put("-- ", strings.Map(printable, line), "\n")
	}
}

// printable keeps a comment on its line.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85 {
		return ' '
	}
	return r
}

func (w *writer) selectFrom(s query.Select) {
	w.put("SELECT ")
	if s.Distinct {
		w.put("DISTINCT ")
	}
	for i, c := range s.Columns {
		w.put(comma(i, ",\n       "))
		if c.Expr == nil {
			w.put(w.dialect.Quote(c.Star), ".*")
			continue
		}
		w.expr(c.Expr)
		w.put(" AS ", w.dialect.Quote(c.As))
	}
	w.put("\nFROM ")
	w.source(s.From)
	for _, j := range s.Joins {
		w.put("\n", joinWords[j.Kind], " ")
		w.source(j.Source)
		if j.On != nil {
			w.put(" ON ")
			w.expr(j.On)
		}
	}
	if s.Where != nil {
		w.put("\nWHERE ")
		w.expr(s.Where)
	}
	w.list("\nGROUP BY ", s.GroupBy)
	w.order("\nORDER BY ", s.OrderBy)
	if s.Limit > 0 {
		w.put("\nLIMIT ", strconv.Itoa(s.Limit))
	}
	if s.Offset > 0 {
		w.put("\nOFFSET ", strconv.Itoa(s.Offset))
	}
}

var joinWords = [...]string{
	query.InnerJoin: "JOIN", query.LeftJoin: "LEFT JOIN", query.SemiJoin: "SEMI JOIN",
	query.AntiJoin: "ANTI JOIN", query.CrossJoin: "CROSS JOIN", query.FullJoin: "FULL JOIN",
}

func (w *writer) source(s query.Source) {
	w.put(w.dialect.Quote(s.Table))
	if s.Alias != "" && s.Alias != s.Table {
		w.put(" AS ", w.dialect.Quote(s.Alias))
	}
}

func (w *writer) list(word string, exprs []query.Expr) {
	for i, e := range exprs {
		w.put(pick(i == 0, word, ", "))
		w.expr(e)
	}
}

func (w *writer) order(word string, keys []query.Order) {
	for i, k := range keys {
		w.put(pick(i == 0, word, ", "))
		w.expr(k.By)
		w.put(pick(k.Desc, " DESC", ""), " NULLS LAST")
	}
}

func (w *writer) expr(e query.Expr) {
	switch e := e.(type) {
	case query.Col:
		if e.Table != "" {
			w.put(w.dialect.Quote(e.Table), ".")
		}
		w.put(w.dialect.Quote(e.Name))
	case query.Lit:
		w.literal(e.Value)
	case query.Call:
		w.call(e)
	case query.Case:
		w.caseOf(e)
	case query.Agg:
		w.aggregate(e)
	case query.Window:
		w.window(e)
	case query.Item:
		w.put(w.dialect.Quote(e.Name))
	default:
		w.problem("write %T: not a value", e)
	}
}

func (w *writer) literal(v any) {
	switch v := v.(type) {
	case nil:
		w.put("NULL")
	case bool:
		w.put(pick(v, "TRUE", "FALSE"))
	case int64:
		w.put(w.dialect.Int(v))
	case float64:
		w.put(w.dialect.Double(v))
	case string:
		if w.options.Inline {
			w.put(w.dialect.Text(v))
			return
		}
		w.put(w.dialect.Placeholder)
		w.args = append(w.args, v)
	default:
		w.problem("write %T: not a constant", v)
	}
}

func (w *writer) caseOf(e query.Case) {
	w.put("CASE")
	for _, branch := range e.Whens {
		w.put(" WHEN ")
		w.expr(branch.If)
		w.put(" THEN ")
		w.expr(branch.Then)
	}
	if e.Else != nil {
		w.put(" ELSE ")
		w.expr(e.Else)
	}
	w.put(" END")
}

// call fills the dialect's template: {0}, {1} ... are operands, {*} all of
// them with commas.
func (w *writer) call(e query.Call) {
	if e.Fn == query.ListApply {
		w.lambda(e)
		return
	}
	if infix, ok := w.dialect.Infix[e.Fn]; ok {
		w.put("(")
		for i, a := range e.Args {
			w.put(comma(i, " "+infix+" "))
			w.expr(a)
		}
		w.put(")")
		return
	}
	template, ok := w.dialect.Calls[e.Fn]
	if !ok {
		w.problem("write operation %d: %s has no form for it", e.Fn, w.dialect.Name)
		return
	}
	w.template(template, e.Args)
}

func (w *writer) template(template string, args []query.Expr) {
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		w.put(before)
		if !found {
			return
		}
		slot, after, _ := strings.Cut(rest, "}")
		template = after
		switch slot {
		case "*":
			w.commaList(args)
		case "1*":
			w.commaList(args[1:])
		default:
			n, err := strconv.Atoi(slot)
			if err != nil || n >= len(args) {
				w.problem("write %q: no operand %s", template, slot)
				return
			}
			w.expr(args[n])
		}
	}
}

func (w *writer) commaList(args []query.Expr) {
	for i, a := range args {
		w.put(comma(i, ", "))
		w.expr(a)
	}
}

func (w *writer) lambda(e query.Call) {
	l, ok := e.Args[1].(query.Lambda)
	if !ok {
		w.problem("write a list operation: no body")
		return
	}
	open, arrow, end := w.dialect.Lambda[0], w.dialect.Lambda[1], w.dialect.Lambda[2]
	w.put(open)
	w.expr(e.Args[0])
	w.put(arrow, w.dialect.Quote(l.Item), ": ")
	w.expr(l.Body)
	w.put(end)
}

func (w *writer) aggregate(e query.Agg) {
	template, ok := w.dialect.Aggregates[e.Fn]
	if !ok {
		w.problem("write aggregate %d: %s has no form for it", e.Fn, w.dialect.Name)
		return
	}
	if e.Fn == query.SumInt && w.isInexact(e.Args) {
		return
	}
	w.template(template, e.Args)
	if e.Filter != nil {
		w.put(" FILTER (WHERE ")
		w.expr(e.Filter)
		w.put(")")
	}
}

// isInexact reports a sum over doubles.
func (w *writer) isInexact(args []query.Expr) bool {
	if !slices.ContainsFunc(args, isDouble) {
		return false
	}
	w.problem("write a sum over doubles: its result would depend on the order of adding")
	return true
}

// isDouble reports whether the value is certainly a double.
func isDouble(e query.Expr) bool {
	switch e := e.(type) {
	case query.Lit:
		_, ok := e.Value.(float64)
		return ok
	case query.Call:
		switch e.Fn {
		case query.ToDouble, query.Div:
			return true
		case query.Add, query.Sub, query.Mul, query.Mod, query.Neg, query.Abs, query.Round, query.RoundEven, query.Trunc,
			query.NullIfZero, query.Coalesce, query.Least, query.Greatest:
			return slices.ContainsFunc(e.Args, isDouble)
		}
	case query.Case:
		for _, branch := range e.Whens {
			if isDouble(branch.Then) {
				return true
			}
		}
		return e.Else != nil && isDouble(e.Else)
	}
	return false
}

func (w *writer) window(e query.Window) {
	template, ok := w.dialect.Windows[e.Fn]
	if !ok {
		w.problem("write window function %d: %s has no form for it", e.Fn, w.dialect.Name)
		return
	}
	if (e.Fn == query.RunningSum || e.Fn == query.SumOver) && w.isInexact(e.Args) {
		return
	}
	w.template(template, e.Args)
	w.put(" OVER (")
	w.list("PARTITION BY ", e.PartitionBy)
	if len(e.PartitionBy) > 0 && len(e.OrderBy) > 0 {
		w.put(" ")
	}
	w.order("ORDER BY ", e.OrderBy)
	if e.Fn == query.RunningSum || e.Fn == query.LastKnown || e.Fn == query.LastSaid {
		w.put(" ROWS UNBOUNDED PRECEDING")
	}
	w.put(")")
}

func (w *writer) put(parts ...string) {
	for _, p := range parts {
		w.text.WriteString(p)
	}
}

func (w *writer) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Errorf(format, args...))
}

func comma(i int, separator string) string { return pick(i == 0, "", separator) }

func pick(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}
