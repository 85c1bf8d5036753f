package rule_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
)

// TestTruthTables states Kleene's logic in full: t, f and u for unknown.
func TestTruthTables(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		// The nine pairs of onboarded and in_trial: tt tf tu, ft ff fu, ut uf uu.
		{"onboarded && in_trial", "tfu fff ufu"},
		{"onboarded || in_trial", "ttt tfu tuu"},
		{"!(onboarded && in_trial)", "ftu ttt utu"},
		{"!onboarded || !in_trial", "ftu ttt utu"},
		{"onboarded == in_trial", "tfu ftu uuu"},
		{"onboarded != in_trial", "ftu tfu uuu"},
		{"onboarded ? in_trial : true", "tfu ttt uuu"},
		{"onboarded ? true : in_trial", "ttt tfu uuu"},
		{"onboarded in [true]", "ttt fff uuu"},
		{"onboarded.or(in_trial)", "ttt fff tfu"},
		{"known(onboarded)", "ttt ttt fff"},
		{"known(onboarded) && known(in_trial)", "ttf ttf fff"},
		{`["x"].exists(t, onboarded) || in_trial`, "ttt tfu tuu"},
		{`["x"].all(t, onboarded) && in_trial`, "tfu fff ufu"},
	}
	values := []rule.Value{rule.True, rule.False, rule.Unknown()}
	env := newEnv(t)
	for _, tt := range tests {
		t.Run("it handles "+tt.source, func(t *testing.T) {
			t.Parallel()
			x := compile(t, env, tt.source, rule.TypeBool)
			var got strings.Builder
			for i, a := range values {
				if i > 0 {
					got.WriteByte(' ')
				}
				for _, b := range values {
					v := x.Eval(lookup(map[string]rule.Value{"onboarded": a, "in_trial": b}))
					got.WriteByte(v.String()[0])
				}
			}
			if got.String() != tt.want {
				t.Errorf("got %s, want %s", got.String(), tt.want)
			}
		})
	}
}

func TestExpr(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	x := compile(t, env, "arr / ago(arr, 4w) > 0.5 || nps > 3 && account.arr >= 100000 || 7 >= nps && nps != 3 && nps > 3", rule.TypeBool)
	if got, want := x.Names(), []string{"account.arr", "arr", "nps"}; !slices.Equal(got, want) {
		t.Errorf("Names: got %v, want %v", got, want)
	}
	refs := []rule.Ref{{"account.arr", 0}, {"arr", 0}, {"arr", 28}, {"nps", 0}}
	if diff := cmp.Diff(x.Refs(), refs); diff != "" {
		t.Errorf("Refs (-got +want):\n%s", diff)
	}
	boundaries := map[string][]rule.Boundary{
		"nps":         {{rule.OpGt, 3}, {rule.OpLe, 7}, {rule.OpNe, 3}},
		"account.arr": {{rule.OpGe, 100000}},
		"arr":         nil,
	}
	for name, want := range boundaries {
		if diff := cmp.Diff(x.Boundaries(name), want); diff != "" {
			t.Errorf("Boundaries(%q) (-got +want):\n%s", name, diff)
		}
	}
	if got := compile(t, env, "arr / account.arr", rule.TypeNumber).Unit(); got != rule.UnitRatio {
		t.Errorf("Unit: got %q, want %q", got, rule.UnitRatio)
	}
	if got := x.Root().Op; got != rule.OpOr || len(x.Root().Args) != 3 {
		t.Errorf("Root: got %v of %d, want or of 3", got, len(x.Root().Args))
	}
}

// TestSpans cuts every node out of the source by its span.
func TestSpans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source string
		want   []string
	}{
		{"(arr + 1) * 2 > (3)", []string{"(arr + 1) * 2 > (3)", "(arr + 1) * 2", "arr + 1", "arr", "1", "2", "3"}},
		{`industry == "日本" && known( nps )`, []string{`industry == "日本" && known( nps )`, `industry == "日本"`, "industry", `"日本"`, "known( nps )", "nps"}},
		{"-28d < as_of - account.signed", nil},
		{"- 5 < nps", []string{"- 5 < nps", "- 5", "nps"}},
		{`tags.exists(t, (t) == "a")`, []string{`tags.exists(t, (t) == "a")`, "tags", `(t) == "a"`, "t", `"a"`}},
		{"ago( arr , 28d ) in [ 1, -2 ]", []string{"ago( arr , 28d ) in [ 1, -2 ]", "ago( arr , 28d )", "1", "-2"}},
		{`signed > date( "2026-01-31" )`, []string{`signed > date( "2026-01-31" )`, "signed", `date( "2026-01-31" )`}},
		{"!(onboarded)", []string{"!(onboarded)", "onboarded"}},
		{"onboarded || (in_trial || (nps > 1)) // why", []string{"onboarded || (in_trial || (nps > 1))", "onboarded", "in_trial", "nps > 1", "nps", "1"}},
		{"account . arr > 1", []string{"account . arr > 1", "account . arr", "1"}},
		{"(nps).or((1)) > 1", []string{"(nps).or((1)) > 1", "(nps).or((1))", "nps", "1", "1"}},
	}
	env := newEnv(t)
	for _, tt := range tests {
		t.Run("it handles "+tt.source, func(t *testing.T) {
			t.Parallel()
			if tt.want == nil {
				tt.source = strings.ReplaceAll(tt.source, "account.signed", "signed")
				tt.want = []string{tt.source, "-28d", "as_of - signed", "as_of", "signed"}
			}
			x := compile(t, env, tt.source, rule.TypeBool)
			var got []string
			x.Root().Walk(func(n *rule.Node) bool {
				got = append(got, string([]rune(tt.source)[n.From:n.To]))
				return true
			})
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("spans (-got +want):\n%s", diff)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	source := "arr > 1 &&\n  frist == 1 && // ärger\n  \"日本\" == secnd"
	_, found := env.Compile(source, rule.TypeBool, diag.Pos{File: "segments.yaml", Line: 12, Column: 7})
	var got []string
	for _, d := range found {
		got = append(got, d.Pos.String())
	}
	if want := []string{"segments.yaml:13:9", "segments.yaml:14:17"}; !slices.Equal(got, want) {
		t.Errorf("places: got %v, want %v", got, want)
	}
	_, found = env.Compile("frist", rule.TypeBool, diag.Pos{File: "segments.yaml"})
	if got, want := found[0].Pos, (diag.Pos{File: "segments.yaml"}); got != want {
		t.Errorf("unknown place: got %v, want %v", got, want)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source, want string
	}{
		{"a long text", `industry == "` + strings.Repeat("x", 10_000) + `"`, "longer than 10000 characters"},
		{"nested brackets", strings.Repeat("(", 4999) + "1" + strings.Repeat(")", 4999), "nested more than"},
		{"nested lists", strings.Repeat("[", 9000), "nested more than"},
		{"nested functions", strings.Repeat("abs(", 1900) + "1" + strings.Repeat(")", 1900), "nested more than"},
		{"a long sum", strings.Repeat("1+", 4000) + "1", "nested more than"},
		{"a long chain of methods", "arr" + strings.Repeat(".or(1)", 1600), "nested more than"},
		{"a long chain of names", "arr" + strings.Repeat(".a", 4000), "nested more than"},
		{"nested choices", strings.Repeat("onboarded ? true : ", 500) + "true", "nested more than"},
		{"many parts", strings.Repeat("1>1||", 1900) + "1>1", "more than 2000 parts"},
		{"a long list", "nps in [" + strings.Repeat("1,", 3000) + "1]", "more than 2000 parts"},
		{"an empty text", " \n", "empty"},
		{"broken UTF-8", "industry == \"\xff\"", "not UTF-8"},
	}
	env := newEnv(t)
	for _, tt := range tests {
		t.Run("it handles "+tt.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			x, found := env.Compile(tt.source, rule.TypeBool, diag.Pos{Line: 1, Column: 1})
			if x != nil || len(found) == 0 || !strings.Contains(found[0].Message, tt.want) {
				t.Errorf("got %v, want %q", found.Err(), tt.want)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	for _, source := range []string{
		strings.Repeat("!", 9990) + "onboarded",
		strings.Repeat("onboarded && ", 500) + "onboarded",
		strings.Repeat("(", 90) + "onboarded" + strings.Repeat(")", 90),
	} {
		if x, found := env.Compile(source, rule.TypeBool, diag.Pos{}); x == nil {
			t.Errorf("Compile(%.40q...): %v", source, found.Err())
		}
	}
}

func TestNewEnv(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		vars []rule.Variable
		want string
	}{
		{"a name declared twice", []rule.Variable{{Name: "a", Type: rule.TypeBool}, {Name: "a", Type: rule.TypeText}}, "declared twice"},
		{"an empty name", []rule.Variable{{Type: rule.TypeBool}}, "names are made of"},
		{"a name with two dots", []rule.Variable{{Name: "a.b.c", Type: rule.TypeBool}}, "at most one dot"},
		{"a name that ends with a dot", []rule.Variable{{Name: "a.", Type: rule.TypeBool}}, "names are made of"},
		{"a name with a space", []rule.Variable{{Name: "a b", Type: rule.TypeBool}}, "names are made of"},
		{"a name that begins with a figure", []rule.Variable{{Name: "2a", Type: rule.TypeBool}}, "names are made of"},
		{"a reserved word", []rule.Variable{{Name: "account.in", Type: rule.TypeBool}}, "reserved"},
		{"no type", []rule.Variable{{Name: "a"}}, "type is missing"},
		{"levels of a number", []rule.Variable{{Name: "a", Type: rule.TypeNumber, Levels: []string{"x"}}}, "only texts have levels"},
		{"the unit of a text", []rule.Variable{{Name: "a", Type: rule.TypeText, Unit: "money"}}, "only numbers have a unit"},
	}
	for _, tt := range tests {
		t.Run("it handles "+tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := rule.NewEnv(tt.vars)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		got  rule.Value
		want string
	}{
		{"the zero value", rule.Value{}, "unknown"},
		{"names in any order, repeated", rule.Unknown("b", "a", "b"), "unknown(a, b)"},
		{"not a number", rule.Number(math.NaN()), "unknown(not a finite number)"},
		{"infinity", rule.AtLeast(math.Inf(1)), "unknown(not a finite number)"},
		{"the last microsecond", rule.Time(253_402_300_799_999_999), "9999-12-31T23:59:59.999999"},
		{"the year 10000", rule.Time(253_402_300_800_000_000), "unknown(outside of the years 1 to 9999)"},
		{"the first microsecond", rule.Time(-62_135_596_800_000_000), "0001-01-01"},
		{"before the year 1", rule.Time(-62_135_596_800_000_001), "unknown(outside of the years 1 to 9999)"},
		{"an endless duration", rule.Duration(math.MinInt64), "unknown(outside of the years 1 to 9999)"},
		{"a list", rule.List("a", ""), `["a", ""]`},
		{"a tiny number", rule.Number(1e-9), "1e-09"},
	}
	for _, tt := range tests {
		t.Run("it handles "+tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.got.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if !tt.got.Equal(tt.got) {
				t.Errorf("%s is not equal to itself", tt.want)
			}
		})
	}
}

// TestStoredType holds a value of another type than declared to be unknown.
func TestStoredType(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	wrong := lookup(map[string]rule.Value{"nps": rule.Text("9"), "onboarded": rule.AtLeast(1)})
	got := compile(t, env, "nps > 3 && onboarded", rule.TypeBool).Eval(wrong)
	if want := "unknown(nps, onboarded, stored as another type)"; got.String() != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
