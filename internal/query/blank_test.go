package query_test

import (
	"math/rand/v2"
	"testing"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
)

func TestMayBe(t *testing.T) {
	t.Parallel()
	vars := []rule.Variable{
		{Name: "severity", Type: rule.TypeText},
		{Name: "closed", Type: rule.TypeTime},
		{Name: "as_of", Type: rule.TypeTime},
		{Name: "name", Type: rule.TypeText},
		{Name: "kind", Type: rule.TypeText},
		{Name: "urgent", Type: rule.TypeBool},
	}
	source := query.Coverage{Blank: []string{"severity", "closed"}, Fixed: map[string]string{"kind": "nps"}}
	for _, test := range []struct {
		name, rule string
		want       string // of true, false, unknown
	}{
		{"what it gives", `name == "a"`, "tf"},
		{"what it does not give", `severity == "high"`, "u"},
		{"one of the two", `name == "a" && severity == "high"`, "fu"},
		{"either", `name == "a" || severity == "high"`, "tu"},
		{"the negative", `!(severity in ["high", "low"])`, "u"},
		{"whether it is known", `known(severity)`, "f"},
		{"whether it is known, and more", `known(severity) && severity == "high"`, "f"},
		{"what stands where it is not known", `!known(closed) || closed > as_of`, "t"},
		{"that, and more", `urgent && (!known(closed) || closed > as_of)`, "tf"},
		{"a default", `severity.or("low") == "low"`, "tf"},
		{"what is always the same", `kind == "nps"`, "t"},
		{"what it never says", `kind == "csat" && severity == "high"`, "f"},
		{"what it never says, among others", `kind in ["csat", "ces"]`, "f"},
		{"another", `kind != "csat" && severity == "high"`, "u"},
		{"a choice", `urgent ? severity == "high" : name == "a"`, "tfu"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env, err := rule.NewEnv(vars)
			if err != nil {
				t.Fatal(err)
			}
			x, found := env.Compile(test.rule, rule.TypeBool, diag.Pos{})
			if err := found.Err(); err != nil {
				t.Fatal(err)
			}
			got := ""
			true_, false_, unknown := query.MayBe(x, source)
			for letter, is := range map[string]bool{"t": true_, "f": false_, "u": unknown} {
				if is {
					got += letter
				}
			}
			if !sameLetters(got, test.want) {
				t.Errorf("%s: got %q, want %q", test.rule, got, test.want)
			}
		})
	}
}

func sameLetters(a, b string) bool {
	count := map[rune]int{}
	for _, r := range a {
		count[r]++
	}
	for _, r := range b {
		count[r]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// A row of a source comes to nothing that is not among what its rows may come
// to, whatever the condition.
func TestMayBeIsWhatRowsComeTo(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	vars := ruletest.Variables()
	env, err := rule.NewEnv(vars)
	if err != nil {
		t.Fatal(err)
	}
	tried, narrow := 0, 0
	for tried < 20_000 {
		x, found := env.Compile(ruletest.Generate(r, vars, rule.TypeBool, 1+r.IntN(3)), rule.TypeBool, diag.Pos{})
		if found.Err() != nil || !isTotal(x) {
			continue
		}
		source := query.Coverage{Fixed: map[string]string{"industry": "a", "value": "high"}}
		row := map[string]rule.Value{}
		for _, v := range vars {
			value := ruletest.Value(r, v)
			for value.IsUnknown() {
				value = ruletest.Value(r, v)
			}
			if r.IntN(3) == 0 {
				source.Blank, value = append(source.Blank, v.Name), rule.Unknown(v.Name)
				delete(source.Fixed, v.Name)
			}
			if text, ok := source.Fixed[v.Name]; ok {
				value = rule.Text(text)
			}
			row[v.Name] = value
		}
		got := x.Eval(func(name string, _ int) rule.Value { return row[name] })
		true_, false_, unknown := query.MayBe(x, source)
		if got.IsTrue() && !true_ || got.IsFalse() && !false_ || got.IsUnknown() && !unknown {
			t.Fatalf("%s without %v: got %v, said to be true %v, false %v, unknown %v", x.Source(), source.Blank, got, true_, false_, unknown)
		}
		tried++
		if !true_ || !false_ {
			narrow++
		}
	}
	if narrow*10 < tried {
		t.Errorf("only %d of %d conditions were narrowed down", narrow, tried)
	}
}

// isTotal reports whether the condition is known wherever all variables are.
func isTotal(x *rule.Expr) bool {
	is := true
	x.Root().Walk(func(n *rule.Node) bool {
		switch n.Op {
		case rule.OpAdd, rule.OpSub, rule.OpMul, rule.OpDiv, rule.OpMod, rule.OpNeg, rule.OpAbs, rule.OpRound, rule.OpDays, rule.OpDaysBetween:
			is = false
		}
		return is
	})
	return is
}
