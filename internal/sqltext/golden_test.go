package sqltext_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/sqltext"
)

var rewrite = flag.Bool("rewrite", false, "write the texts that come out into the files under testdata")

// TestGolden writes what each line of the files under testdata asks for. The
// indented lines below a question are the text, then its arguments. A question
// is a rule, or in plans.*.txt the name of one of the plans.
func TestGolden(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := answerRule(t)
			if strings.HasPrefix(name, "plans.") {
				answer = answerPlan(t)
			}
			golden(t, path, answer)
		})
	}
}

func golden(t *testing.T, path string, answer func(question string) string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	var got strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(want, "\n"), "\n") {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		got.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for text := range strings.SplitSeq(answer(line), "\n") {
			got.WriteString("\t" + text + "\n")
		}
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(got.String(), want); diff != "" {
		t.Errorf("%s (-got +want):\n%s", path, diff)
	}
}

// columns are a table with each encoding that a result uses.
func columns() ([]rule.Variable, []query.AnswerColumn) {
	var vars []rule.Variable
	var list []query.AnswerColumn
	add := func(v rule.Variable, c query.AnswerColumn) {
		c.Of, c.Type = v.Name, v.Type
		if c.Name == "" {
			c.Name = "m_" + v.Name
		}
		if c.AgoDays == 0 {
			vars = append(vars, v)
		}
		list = append(list, c)
	}
	levels := []string{"high", "low"}
	number := rule.Variable{Type: rule.TypeNumber, Shiftable: true}
	number.Name = "arr"
	add(number, query.AnswerColumn{Stored: true})
	add(number, query.AnswerColumn{Stored: true, AgoDays: 28, ResultColumn: query.ResultColumn{Name: "m_arr__28d_ago"}})
	number.Name = "seats"
	add(number, query.AnswerColumn{Stored: true})
	number.Name = "trend"
	add(number, query.AnswerColumn{})
	number.Name = "since"
	add(number, query.AnswerColumn{ResultColumn: query.ResultColumn{None: "m_since__none", Bound: 90}})
	add(rule.Variable{Name: "active", Type: rule.TypeBool}, query.AnswerColumn{})
	add(rule.Variable{Name: "paid", Type: rule.TypeBool}, query.AnswerColumn{})
	add(rule.Variable{Name: "value", Type: rule.TypeText, Levels: levels}, query.AnswerColumn{ResultColumn: query.ResultColumn{Labels: levels}})
	add(rule.Variable{Name: "grade", Type: rule.TypeText, Levels: levels}, query.AnswerColumn{ResultColumn: query.ResultColumn{Labels: levels}})
	add(rule.Variable{Name: "city", Type: rule.TypeText}, query.AnswerColumn{})
	add(rule.Variable{Name: "country", Type: rule.TypeText}, query.AnswerColumn{ResultColumn: query.ResultColumn{Domain: "country"}})
	add(rule.Variable{Name: "billed_in", Type: rule.TypeText}, query.AnswerColumn{ResultColumn: query.ResultColumn{Domain: "country"}})
	add(rule.Variable{Name: "industry", Type: rule.TypeText}, query.AnswerColumn{ResultColumn: query.ResultColumn{Domain: "industry"}})
	add(rule.Variable{Name: "ends", Type: rule.TypeTime}, query.AnswerColumn{})
	add(rule.Variable{Name: "starts", Type: rule.TypeTime}, query.AnswerColumn{})
	add(rule.Variable{Name: "tags", Type: rule.TypeTextList}, query.AnswerColumn{})
	return vars, list
}

// code knows two countries.
func code(domain, text string) (int64, bool) {
	codes := map[string]int64{"country DE": 0, "country FR": 1}
	c, ok := codes[domain+" "+text]
	return c, ok
}

func answerRule(t *testing.T) func(string) string {
	t.Helper()
	vars, list := columns()
	env, err := rule.NewEnv(vars)
	if err != nil {
		t.Fatal(err)
	}
	return func(source string) string {
		x, found := env.Compile(source, rule.TypeNone, diag.Pos{})
		if x == nil {
			t.Fatalf("%s\n%v", source, found)
		}
		plan, err := query.Answers([]*rule.Expr{x}, "rows", "id", list, code)
		if err != nil {
			t.Fatal(err)
		}
		s := &plan.Steps[0].Select
		s.Columns = s.Columns[1:] // the row's number is not asked for
		return written(t, plan, sqltext.Options{})
	}
}

func answerPlan(t *testing.T) func(string) string {
	t.Helper()
	return func(name string) string {
		p, ok := plans()[name]
		if !ok {
			t.Fatalf("no plan %q", name)
		}
		return written(t, p.plan, p.options)
	}
}

func written(t *testing.T, p query.Plan, o sqltext.Options) string {
	t.Helper()
	text, err := sqltext.Write(p, sqltext.DuckDB(), o)
	if err != nil {
		return "refused: " + err.Error()
	}
	for i, arg := range text.Args {
		text.SQL += fmt.Sprintf("\n? %d = %q", i+1, arg)
	}
	return text.SQL
}
