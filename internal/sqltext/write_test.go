package sqltext_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/sqltext"
)

func write(t testing.TB, p query.Plan, o sqltext.Options) sqltext.Text {
	t.Helper()
	text, err := sqltext.Write(p, sqltext.DuckDB(), o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	quantity := col("f", "quantity")
	double := call(query.ToDouble, quantity)
	for _, test := range []struct {
		name string
		e    query.Expr
		want string
	}{
		{"a sum of doubles", agg(query.SumInt, double), "order of adding"},
		{"a sum of a literal", agg(query.SumInt, lit(1.5)), "order of adding"},
		{"a sum of a product with a double", agg(query.SumInt, call(query.Mul, quantity, lit(2.0))), "order of adding"},
		{"a sum of a branch that is a double", agg(query.SumInt, query.Case{Whens: []query.When{{If: lit(true), Then: double}}}), "order of adding"},
		{"a running sum of doubles", query.Window{Fn: query.RunningSum, Args: []query.Expr{double}}, "order of adding"},
		{"a lambda outside of a list", query.Lambda{Item: "x", Body: quantity}, "not a value"},
		{"a constant of another type", lit(1), "not a constant"},
		{"an operation without a form", call(query.Fn(255)), "no form"},
		{"an aggregate without a form", agg(query.AggFn(255)), "no form"},
		{"a window function without a form", query.Window{Fn: query.WindowFn(255)}, "no form"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := sqltext.Write(value(test.e).plan, sqltext.DuckDB(), sqltext.Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestEveryOperationHasAForm fails when the plan learns an operation that the
// dialect does not know.
func TestEveryOperationHasAForm(t *testing.T) {
	t.Parallel()
	d := sqltext.DuckDB()
	for fn := query.And; fn < query.ListApply; fn++ {
		_, infix := d.Infix[fn]
		_, called := d.Calls[fn]
		if infix == called {
			t.Errorf("operation %d: got infix %v and call %v, want one of them", fn, infix, called)
		}
	}
	for fn := query.CountRows; fn <= query.QuantileDisc; fn++ {
		if d.Aggregates[fn] == "" {
			t.Errorf("aggregate %d has no form", fn)
		}
	}
	for fn := query.RowNumber; fn <= query.SumOver; fn++ {
		if d.Windows[fn] == "" {
			t.Errorf("window function %d has no form", fn)
		}
	}
}

func TestCondition(t *testing.T) {
	t.Parallel()
	got, err := sqltext.Condition(call(query.Eq, col("c", "name"), lit("O'Neil")), sqltext.DuckDB(), sqltext.Options{Inline: true})
	if want := `("c"."name" = 'O''Neil')`; err != nil || got.SQL != want || got.Args != nil {
		t.Errorf("got %q with %v, %v, want %q", got.SQL, got.Args, err, want)
	}
}

// FuzzText puts a text wherever texts of people can come: as a comment it
// stays on its lines, as an argument it is not in the statement, inline and as
// a name it ends where it should.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "'", `"`, "--", "\n", "a\nDROP TABLE x", "\r", "\u2028", "\u0085", "\x00", "\\", "$$", "/*", "?", "{0}", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		commented, plain := steps(s, false), steps("", false)
		bare := write(t, plain.plan, sqltext.Options{}).SQL
		var kept []string
		for _, line := range strings.FieldsFunc(write(t, commented.plan, commented.options).SQL, func(r rune) bool {
			return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r)
		}) {
			if !strings.HasPrefix(line, "-- ") {
				kept = append(kept, line)
			}
		}
		if got := strings.Join(kept, "\n"); got != bare {
			t.Errorf("without comments: got %q, want %q", got, bare)
		}

		plan := value(call(query.Contains, col("f", s), lit(s))).plan
		given, inline := write(t, plan, sqltext.Options{}), write(t, plan, sqltext.Options{Inline: true})
		if len(given.Args) != 1 || given.Args[0] != s || len(inline.Args) != 0 {
			t.Errorf("got the arguments %q and %q, want %q and none", given.Args, inline.Args, s)
		}
		rest, ok := strings.CutPrefix(inline.SQL, `SELECT contains("f".`)
		name, rest := unquote(rest, '"')
		rest, then := strings.CutPrefix(rest, ", ")
		text, rest := unquote(rest, '\'')
		if !ok || !then || name != s || text != s || rest != ") AS \"x\"\nFROM \"fact_event\" AS \"f\"" {
			t.Errorf("for %q: got %q", s, inline.SQL)
		}
	})
}

// unquote reads a quoted text as an engine does: to the quote that is not
// doubled.
func unquote(sql string, quote byte) (text, rest string) {
	if sql == "" || sql[0] != quote {
		return "", sql
	}
	var read []byte
	for i := 1; i < len(sql); i++ {
		if sql[i] == quote {
			if i+1 == len(sql) || sql[i+1] != quote {
				return string(read), sql[i+1:]
			}
			i++
		}
		read = append(read, sql[i])
	}
	return string(read), ""
}
