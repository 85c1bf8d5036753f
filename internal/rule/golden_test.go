package rule_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
)

var rewrite = flag.Bool("rewrite", false, "write the answers that come out into the files under testdata")

// golden runs answer on every question of a file and compares. A question is
// one or more lines, its answer the lines below that begin with a tab. Lines
// with # and empty lines separate them.
func golden(t *testing.T, name string, answer func(t *testing.T, question string) string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want, got, question strings.Builder
	flush := func() {
		if question.Len() == 0 {
			return
		}
		a := answer(t, strings.TrimSuffix(question.String(), "\n"))
		question.Reset()
		for line := range strings.SplitSeq(a, "\n") {
			got.WriteString("\t" + line + "\n")
		}
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		want.WriteString(line + "\n")
		if strings.HasPrefix(line, "\t") {
			flush()
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			flush()
		} else {
			question.WriteString(line + "\n")
		}
		got.WriteString(line + "\n")
	}
	flush()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(got.String(), want.String()); diff != "" {
		t.Errorf("%s (-got +want):\n%s", path, diff)
	}
}

// newEnv returns the declarations of ruletest.
func newEnv(t testing.TB) *rule.Env {
	t.Helper()
	env, err := rule.NewEnv(ruletest.Variables())
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func compile(t testing.TB, env *rule.Env, source string, want rule.Type) *rule.Expr {
	t.Helper()
	x, found := env.Compile(source, want, diag.Pos{Line: 1, Column: 1})
	if x == nil {
		t.Fatalf("Compile(%q): %v", source, found.Err())
	}
	return x
}

// TestMessages asks what authors read: one line for each finding.
func TestMessages(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	golden(t, "messages.txt", func(t *testing.T, source string) string {
		want := rule.TypeBool
		if rest, ok := strings.CutPrefix(source, "number: "); ok {
			source, want = rest, rule.TypeNumber
		}
		_, found := env.Compile(source, want, diag.Pos{Line: 1, Column: 1})
		lines := make([]string, len(found))
		for i, d := range found {
			lines[i] = d.String()
		}
		if len(lines) == 0 {
			return "ok"
		}
		return strings.Join(lines, "\n")
	})
}

// TestAnswers asks "values | expression" for the value.
func TestAnswers(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	golden(t, "answers.txt", func(t *testing.T, question string) string {
		given, source, found := strings.Cut(question, " | ")
		if !found {
			given, source = "", question
		}
		values := parseValues(t, given)
		x := compile(t, env, source, rule.TypeNone)
		got := x.Eval(lookup(values))
		if trace := x.Trace(lookup(values)); !trace.Value.Equal(got) {
			t.Errorf("%s: Trace %v, Eval %v", question, trace.Value, got)
		}
		return got.String()
	})
}

// TestWords asks for a condition in the words of people.
func TestWords(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	title := func(name string) string {
		if v, _ := env.Variable(name); v.Title != "" {
			return v.Title
		}
		return strings.ReplaceAll(name, "_", " ")
	}
	show := func(name string, v rule.Value) string {
		unit := rule.UnitNone
		if v, ok := env.Variable(name); ok {
			unit = v.Unit
		}
		switch {
		case unit == rule.UnitMoney:
			return "$" + rule.Plain(v)
		case unit == rule.UnitRatio && v.Kind() == rule.KindNumber:
			return rule.Plain(rule.Number(v.Number()*100)) + " %"
		default:
			return rule.Plain(v)
		}
	}
	golden(t, "words.txt", func(t *testing.T, source string) string {
		return compile(t, env, source, rule.TypeNone).Root().Words(title, show)
	})
}

// parseValues reads name=value, separated by semicolons. A value is a literal,
// "unknown" or "more than 90".
func parseValues(t *testing.T, given string) map[string]rule.Value {
	t.Helper()
	none, err := rule.NewEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]rule.Value{}
	for part := range strings.SplitSeq(given, "; ") {
		name, literal, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		if bound, ok := strings.CutPrefix(literal, "more than "); ok {
			values[name] = rule.AtLeast(compile(t, none, bound, rule.TypeNumber).Eval(nil).Number())
			continue
		}
		values[name] = compile(t, none, literal, rule.TypeNone).Eval(nil)
	}
	return values
}

// lookup finds a value at an earlier date under "name@28"; what is not given is
// missing.
func lookup(values map[string]rule.Value) rule.LookupFunc {
	return func(name string, agoDays int) rule.Value {
		key := name
		if agoDays > 0 {
			key = fmt.Sprintf("%s@%d", name, agoDays)
		}
		if v, ok := values[key]; ok {
			return v
		}
		return rule.Unknown(name)
	}
}
