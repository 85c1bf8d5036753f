package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// comparisons is how many answers TestAgree compares when SEGUE_AGREE does not
// say.
const comparisons = 100_000

const (
	rowsPerWorld      = 500
	rulesPerStatement = 50
)

// TestAgree answers random rules over random rows by the interpreter and by the
// engine: both give the same values, and are unknown together.
func TestAgree(t *testing.T) {
	t.Parallel()
	wanted := comparisons
	if s := os.Getenv("SEGUE_AGREE"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("SEGUE_AGREE: %v", err)
		}
		wanted = n
	}
	seed := uint64(1)
	if wanted > comparisons {
		seed = rand.Uint64()
	}
	a := newAgreement(t)
	for n := uint64(0); a.compared < wanted && !t.Failed(); n++ {
		a.check(t, seed+n, rowsPerWorld)
	}
	t.Logf("compared %d answers from seed %d on, %d of them unknown", a.compared, seed, a.unknown)
	if a.unknown*20 < a.compared || a.unknown*10 > a.compared*9 {
		t.Errorf("%d of %d answers are unknown: too few or too many to tell", a.unknown, a.compared)
	}
}

// TestAgreeOnRecord does the same with rules that once disagreed.
func TestAgreeOnRecord(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/agree.txt")
	if err != nil {
		t.Fatal(err)
	}
	a := newAgreement(t)
	var rules []*rule.Expr
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		x, found := a.env.Compile(line, rule.TypeNone, diag.Pos{})
		if x == nil {
			t.Fatalf("%s\n%v", line, found)
		}
		rules = append(rules, x)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 2 {
		w := newWorld(t, a.store, r, "world", rowsPerWorld)
		for batch := range slices.Chunk(rules, rulesPerStatement) {
			a.compare(t, w, batch)
		}
	}
}

// TestAgreeDeep nests each operation as deep as rules may, where the engine's
// text must not grow with every level.
func TestAgreeDeep(t *testing.T) {
	t.Parallel()
	a := newAgreement(t)
	r := rand.New(rand.NewPCG(2, 2))
	w := newWorld(t, a.store, r, "world", 20)
	for _, test := range []struct{ name, open, leaf, end string }{
		{"sums", "(", "nps", " + 1e300)"},
		{"quotients", "(nps / ", "utilisation", ")"},
		{"remainders", "(nps % ", "utilisation", ")"},
		{"remainders that need no check", "(seats % ", "seats", ")"},
		{"conditions", "((", "onboarded", ") ? in_trial : onboarded)"},
		{"choices", "(in_trial ? ", "country", " : industry)"},
		{"fallbacks", "(", "country", ").or(industry)"},
		{"least and greatest", "min(nps, max(1, ", "utilisation", "))"},
		{"comparisons", "(", "in_trial", " == onboarded)"},
		{"days", "(signed + days(days_between(as_of, ", "signed", ")))"},
		{"years", "days(year(signed - ", "response_time", "))"},
		{"negations", "!(", "in_trial", ")"},
		{"presence", "known(", "in_trial", ")"},
		{"levels", "(in_trial ? grade : ", "value", ")"},
		{"joined texts", "(city + ", "industry", ")"},
		{"lower case", "(", "city", ").lowerAscii()"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var rules []*rule.Expr
			for _, depth := range []int{1, 2, 3, 5, 8, 13, 20, 28} {
				x, _ := a.env.Compile(strings.Repeat(test.open, depth)+test.leaf+strings.Repeat(test.end, depth), rule.TypeNone, diag.Pos{})
				if x != nil {
					rules = append(rules, x)
				}
			}
			if len(rules) < 8 {
				t.Fatalf("only %d rules could be read", len(rules))
			}
			a.compare(t, w, rules)
		})
	}
}

func FuzzAgree(f *testing.F) {
	for seed := range uint64(3) {
		f.Add(seed)
	}
	a := newAgreement(f)
	f.Fuzz(func(t *testing.T, seed uint64) { a.check(t, seed, 60) })
}

// agreement compares the interpreter with an engine, one world at a time.
type agreement struct {
	store             *duckdb.Warehouse
	env               *rule.Env
	compared, unknown int
}

func newAgreement(tb testing.TB) *agreement {
	tb.Helper()
	store, err := duckdb.Open(context.Background(), "", duckdb.Options{Threads: 1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	env, err := rule.NewEnv(declared(answeredVariables()))
	if err != nil {
		tb.Fatal(err)
	}
	return &agreement{store: store, env: env}
}

// check compares the rules of a seed over the rows of a seed.
func (a *agreement) check(t *testing.T, seed uint64, rows int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t, a.store, r, "world", rows)
	vars := declared(answeredVariables())
	for range 4 {
		var rules []*rule.Expr
		for len(rules) < rulesPerStatement {
			want, source := rule.TypeBool, ""
			switch r.IntN(8) {
			case 0:
				source = patternRule(r)
			case 1, 2:
				want = []rule.Type{rule.TypeNumber, rule.TypeText, rule.TypeTime, rule.TypeDuration}[r.IntN(4)]
			}
			if source == "" {
				source = ruletest.Generate(r, vars, want, r.IntN(5))
			}
			x, found := a.env.Compile(source, want, diag.Pos{})
			if x == nil {
				t.Fatalf("%s\n%v", source, found)
			}
			rules = append(rules, x)
		}
		a.compare(t, w, rules)
	}
}

// compare fails with the smallest part of a rule that disagrees.
func (a *agreement) compare(t *testing.T, w *world, rules []*rule.Expr) {
	t.Helper()
	answers, err := w.answers(rules)
	if err != nil {
		for _, x := range rules {
			if _, err := w.answers([]*rule.Expr{x}); err != nil {
				t.Errorf("%s\n%v", x.Source(), err)
				return
			}
		}
		t.Fatal(err)
	}
	for i, x := range rules {
		for row := range w.rows {
			got, want := answers[row][i], expected(x.Eval(w.lookup(row)))
			a.compared++
			if want == nil {
				a.unknown++
			}
			if got != want {
				a.explain(t, w, x, row)
				return
			}
		}
	}
}

// answers asks the engine; one list for each row of the world.
func (w *world) answers(rules []*rule.Expr) ([][]any, error) {
	plan, err := query.Answers(rules, w.table, "id", w.columns, w.code)
	if err != nil {
		return nil, err
	}
	text, err := sqltext.Write(plan, sqltext.DuckDB(), sqltext.Options{})
	if err != nil {
		return nil, err
	}
	rows, err := w.warehouse.Query(context.Background(), warehouse.Statement{Text: text.SQL, Args: text.Args})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	answers := make([][]any, len(w.rows))
	n := 0
	for rows.Next() {
		values := slices.Clone(rows.Values())
		for i, v := range values {
			if x, ok := v.(float64); ok {
				values[i] = x + 0 // no answer tells -0 from 0
			}
		}
		answers[values[0].(int64)] = values[1:]
		n++
	}
	if n != len(w.rows) && rows.Err() == nil {
		return nil, fmt.Errorf("%d rows for %d", n, len(w.rows))
	}
	return answers, rows.Err()
}

func (w *world) lookup(row int) rule.LookupFunc {
	return func(name string, ago int) rule.Value { return w.rows[row][rule.Ref{Name: name, AgoDays: ago}] }
}

// expected is a value as the engine gives it.
func expected(v rule.Value) any {
	switch v.Kind() {
	case rule.KindBool:
		return v.IsTrue()
	case rule.KindNumber:
		return v.Number() + 0
	case rule.KindText:
		return v.Text()
	case rule.KindTime, rule.KindDuration:
		return v.Micros()
	}
	return nil
}

// explain reports the smallest part of the rule on which both disagree.
func (a *agreement) explain(t *testing.T, w *world, x *rule.Expr, row int) {
	t.Helper()
	for _, part := range a.parts(x) {
		answers, err := w.answers([]*rule.Expr{part})
		value := part.Eval(w.lookup(row))
		if err == nil && answers[row][0] == expected(value) {
			continue
		}
		var given []string
		for _, ref := range part.Refs() {
			given = append(given, fmt.Sprintf("%s %d days ago: %v", ref.Name, ref.AgoDays, w.rows[row][ref]))
		}
		got := any(err)
		if err == nil {
			got = answers[row][0]
		}
		t.Errorf("%s\ngot %#v, interpreted %v\n%s\nin %s", part.Source(), got, value, strings.Join(given, "\n"), x.Source())
		return
	}
}

// parts returns all parts of a rule that stand alone, the shortest first.
func (a *agreement) parts(x *rule.Expr) []*rule.Expr {
	parts := []*rule.Expr{x}
	x.Root().Walk(func(n *rule.Node) bool {
		source := string([]rune(x.Source())[n.From:n.To])
		if part, _ := a.env.Compile(source, rule.TypeNone, diag.Pos{}); part != nil && part.Type() != rule.TypeTextList {
			parts = append(parts, part)
		}
		return true
	})
	slices.SortStableFunc(parts, func(a, b *rule.Expr) int { return len(a.Source()) - len(b.Source()) })
	return parts
}

// patternRule matches a text with a pattern that engines could read apart.
func patternRule(r *rand.Rand) string {
	patterns := []string{
		`.`, `^.$`, `^..$`, `a.b`, `(?s)a.b`, `(?s)^.*$`, `^a$`, `(?m)^a$`, `(?m)^b`, `\z`, `^\s*$`, `\S`, `\w`, `\W`, `\bab\b`, `a\b`, `(?i)s`, `(?i)k`, `(?i)ß`,
		`(?i)^É$`, `(?i)i`, `\pL`, `\p{Lu}`, `\P{L}`, `\p{Greek}`, `[[:alpha:]]`, `[^[:alpha:]]`, `[^a]`, `^[^a]$`, `\x{1F642}`, `é`, `e\x{301}`, `\Q.\E`, `\.`,
		`%`, `_`, `\?`, `\$1`, `'`, `"`, `\\`, `(ab)+`, `^(ab){2}$`, `(?:a|b)*?$`, `a|`, `^(|a)$`, `[\s]`, `[\w']`, `\t`, `\r\n`, `(?P<x>a)`, `(?U)a*`, `^.*a`, `a.*$`,
		`\A\w`, `[a-c]{1,3}`, `\d|\D`, `[^\n]`, `^[\x{0}-\x{10FFFF}]$`, `O'N`, `^O`, `neil$`, `(?i)o'neil`, `(?i:a)b`, `日.語`,
	}
	names := []string{"city", "country", "industry", "sector", "(city + country)", "(city).lowerAscii()", "value", "(industry).upperAscii()"}
	pattern := patterns[r.IntN(len(patterns))]
	if r.IntN(3) == 0 {
		pattern += patterns[r.IntN(len(patterns))]
	}
	return fmt.Sprintf("%s.matches(%s)", names[r.IntN(len(names))], strconv.Quote(pattern))
}
