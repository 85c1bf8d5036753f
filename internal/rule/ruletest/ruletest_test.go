package ruletest_test

import (
	"math/rand/v2"
	"testing"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
)

func TestGenerate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		vars []rule.Variable
	}{
		{"every type", ruletest.Variables()},
		{"no variables", nil},
		{"a name that items would have", []rule.Variable{{Name: "t", Type: rule.TypeTextList}, {Name: "t_", Type: rule.TypeText}}},
		{"one unit", []rule.Variable{{Name: "arr", Type: rule.TypeNumber, Unit: rule.UnitMoney}}},
		{"two units without literals in common", []rule.Variable{
			{Name: "seats", Type: rule.TypeNumber, Unit: "seats"}, {Name: "share", Type: rule.TypeNumber, Unit: rule.UnitRatio},
		}},
	}
	for _, tt := range tests {
		t.Run("it handles "+tt.name, func(t *testing.T) {
			t.Parallel()
			env, err := rule.NewEnv(tt.vars)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(5, 6))
			for i := range 3000 {
				want := rule.Type(1 + i%6)
				source := ruletest.Generate(r, tt.vars, want, i%6)
				if x, found := env.Compile(source, want, diag.Pos{}); x == nil {
					t.Fatalf("%s\n%v", source, found.Err())
				}
			}
		})
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for _, v := range ruletest.Variables() {
		known := 0
		for range 200 {
			value := ruletest.Value(r, v)
			if value.IsUnknown() {
				continue
			}
			known++
			if value.Type() != v.Type || value.Kind() == rule.KindAtLeast {
				t.Errorf("%s: got %v, want %v", v.Name, value, v.Type)
			}
		}
		if known < 100 || known == 200 {
			t.Errorf("%s: %d of 200 values are known", v.Name, known)
		}
	}
}
