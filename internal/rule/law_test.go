package rule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
)

// row returns random values for every reference; numbers are bounds now and
// then.
func row(r *rand.Rand, env *rule.Env, x *rule.Expr) map[string]rule.Value {
	values := map[string]rule.Value{}
	for _, ref := range x.Refs() {
		v, _ := env.Variable(ref.Name)
		value := ruletest.Value(r, v)
		if value.Kind() == rule.KindNumber && r.IntN(6) == 0 {
			value = rule.AtLeast(value.Number())
		}
		values[key(ref)] = value
	}
	return values
}

func key(ref rule.Ref) string {
	if ref.AgoDays == 0 {
		return ref.Name
	}
	return fmt.Sprintf("%s@%d", ref.Name, ref.AgoDays)
}

// refine replaces every unknown by a random value, and every bound by a number
// that keeps to it.
func refine(r *rand.Rand, env *rule.Env, x *rule.Expr, values map[string]rule.Value) map[string]rule.Value {
	refined := map[string]rule.Value{}
	for _, ref := range x.Refs() {
		value := values[key(ref)]
		v, _ := env.Variable(ref.Name)
		for value.IsUnknown() {
			value = ruletest.Value(r, v)
		}
		if bound := value.Number(); value.Kind() == rule.KindAtLeast {
			for value = rule.AtLeast(bound); value.Kind() != rule.KindNumber || value.Number() <= bound; {
				value = rule.Number(bound + r.ExpFloat64()*(1+max(bound, -bound)))
			}
		}
		refined[key(ref)] = value
	}
	return refined
}

func asksAboutAbsence(x *rule.Expr) bool {
	return !x.Root().Walk(func(n *rule.Node) bool { return n.Op != rule.OpKnown && n.Op != rule.OpOrElse })
}

// checkLaws states what holds for every expression and every row.
func checkLaws(t *testing.T, r *rand.Rand, env *rule.Env, x *rule.Expr) {
	t.Helper()
	values := row(r, env, x)
	got := x.Eval(lookup(values))
	if !got.IsUnknown() && got.Type() != x.Type() {
		t.Errorf("%s\nhas the type %v, but the value %v", x.Source(), x.Type(), got)
	}
	for _, name := range got.Missing() {
		if !slices.Contains(x.Names(), name) {
			t.Errorf("%s\nlacks %q, which it does not read", x.Source(), name)
		}
	}
	if got.IsUnknown() && got.Note() == "" && len(got.Missing()) == 0 {
		t.Errorf("%s\nis unknown without a reason", x.Source())
	}
	if trace := x.Trace(lookup(values)); !trace.Value.Equal(got) {
		t.Errorf("%s\nTrace: got %v, Eval: %v\nvalues %v", x.Source(), trace.Value, got, values)
	}
	if got.IsUnknown() || asksAboutAbsence(x) || got.Kind() == rule.KindAtLeast {
		return
	}
	refined := refine(r, env, x, values)
	if after := x.Eval(lookup(refined)); !after.Equal(got) {
		t.Errorf("%s\nwith %v\nis %v, but with %v\nit is %v", x.Source(), values, got, refined, after)
	}
}

// checkTree states what holds for every tree.
func checkTree(t *testing.T, x *rule.Expr) {
	t.Helper()
	size := len([]rune(x.Source()))
	x.Root().Walk(func(n *rule.Node) bool {
		if n.From < 0 || n.From >= n.To || n.To > size {
			t.Errorf("%s\n%v spans [%d, %d)", x.Source(), n.Op, n.From, n.To)
		}
		for _, a := range n.Args {
			if a.From < n.From || a.To > n.To {
				t.Errorf("%s\n%v [%d, %d) is not inside of %v [%d, %d)", x.Source(), a.Op, a.From, a.To, n.Op, n.From, n.To)
			}
		}
		return true
	})
	words := x.Root().Words(nil, nil)
	if words == "" || strings.Contains(words, "%!") {
		t.Errorf("%s\nsays %q", x.Source(), words)
	}
}

var allTypes = []rule.Type{rule.TypeBool, rule.TypeNumber, rule.TypeText, rule.TypeTime, rule.TypeDuration, rule.TypeTextList}

func TestLaws(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[rule.Op]int{}
	known, monotone := 0, 0
	for i := range 20_000 {
		want := allTypes[0]
		if i%3 == 0 {
			want = allTypes[i/3%len(allTypes)]
		}
		source := ruletest.Generate(r, ruletest.Variables(), want, i%5)
		x := compile(t, env, source, want)
		checkTree(t, x)
		checkLaws(t, r, env, x)
		if !x.Eval(lookup(row(r, env, x))).IsUnknown() {
			known++
			if !asksAboutAbsence(x) && len(x.Names()) > 0 {
				monotone++
			}
		}
		x.Root().Walk(func(n *rule.Node) bool { seen[n.Op]++; return true })
		if t.Failed() {
			return
		}
	}
	for op := rule.OpConst; op < rule.OpCall; op++ {
		if seen[op] < 30 {
			t.Errorf("Generate wrote %v %d times", op, seen[op])
		}
	}
	if known < 5000 || monotone < 1000 {
		t.Errorf("only %d results were known, %d of them under the law of refinement", known, monotone)
	}
}

func FuzzEval(f *testing.F) {
	for i := range uint64(8) {
		f.Add(i, i*i, uint8(i))
	}
	env := newEnv(f)
	f.Fuzz(func(t *testing.T, a, b uint64, shape uint8) {
		r := rand.New(rand.NewPCG(a, b))
		want := allTypes[int(shape)%len(allTypes)]
		x := compile(t, env, ruletest.Generate(r, ruletest.Variables(), want, int(shape)/len(allTypes)%6), want)
		checkTree(t, x)
		for range 8 {
			checkLaws(t, r, env, x)
		}
	})
}

// foreign are words that authors must never meet.
var foreign = []string{"overload", "CEL", "google", "proto", "uint", "int64", "IDENT", "EOF", "token", "mismatched", "Syntax error", "<nil>", "%!"}

func FuzzCompile(f *testing.F) {
	for _, source := range []string{
		`value == "high" && potential != "low"`, `arr >= 100000 || ago(arr, 28d) / 8w`, "tags.exists(t, t.matches('^a'))", `r"a\b" == '''x'''`,
		"date('2026-01-31') + days(-1) < as_of // why", "-(5) % .5e-3 in [1, 2.0]", "{a: 1}[0].b", "`x`", "a?b:c?d:e", "\"", "0x5d", "28d8w", "1.2.3",
		"nps > 1 and not (arr = 2)", "x\u00a0== \u201cy\u201d", "\U0001F642", "in in in", "known(known(known", `"\U0010FFFF\777"`, "- - 5", "!-5", "[[[", "é.or(1)",
	} {
		f.Add(source)
	}
	env := newEnv(f)
	f.Fuzz(func(t *testing.T, source string) {
		x, found := env.Compile(source, rule.TypeNone, diag.Pos{File: "f", Line: 1, Column: 1})
		if (x == nil) != found.HasErrors() {
			t.Fatalf("%q: expression %v, findings %v", source, x, found)
		}
		lines := strings.Split(source, "\n")
		for _, d := range found {
			if d.Line < 1 || d.Line > len(lines) || d.Column < 1 || d.Column > len([]rune(lines[d.Line-1]))+1 {
				t.Errorf("%q: %v is outside of the text", source, d)
			}
			for _, word := range foreign {
				if strings.Contains(d.Message+d.Hint, word) && !strings.Contains(source, word) {
					t.Errorf("%q: %v says %q", source, d, word)
				}
			}
		}
		if x == nil {
			return
		}
		checkTree(t, x)
		checkLaws(t, rand.New(rand.NewPCG(3, 4)), env, x)
	})
}

func BenchmarkCompile(b *testing.B) {
	env := newEnv(b)
	for b.Loop() {
		env.Compile(`value == "high" && arr >= 100000 && (nps < 0 || events / ago(events, 28d) - 1 > 0.2)`, rule.TypeBool, diag.Pos{})
	}
}

func BenchmarkEval(b *testing.B) {
	env := newEnv(b)
	x := compile(b, env, `value == "high" && arr >= 100000 && (nps < 0 || events / ago(events, 28d) - 1 > 0.2)`, rule.TypeBool)
	values := map[string]rule.Value{
		"value": rule.Text("high"), "arr": rule.Number(2e5), "nps": rule.Number(9), "events": rule.Number(120), "before": rule.Number(90),
	}
	find := func(name string, agoDays int) rule.Value {
		if agoDays > 0 {
			name = "before"
		}
		return values[name]
	}
	b.ReportAllocs()
	for b.Loop() {
		if !x.Eval(find).IsTrue() {
			b.Fatal("not true")
		}
	}
}
