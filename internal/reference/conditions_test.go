package reference_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/reference"
	"github.com/segue-cs/segue/internal/rule"
)

// newEnv declares the names that the examples use.
func newEnv(t *testing.T) *rule.Env {
	t.Helper()
	money, plain := rule.UnitMoney, rule.UnitNone
	var vars []rule.Variable
	for name, unit := range map[string]rule.Unit{
		"arr": money, "expected_spend": money, "seats": "seats", "seats_reported": "seats", "active_users": plain, "nps": plain,
		"events": rule.UnitCount, "utilisation": rule.UnitRatio, "usage_change": rule.UnitRatio, "tenure_days": rule.UnitDays, "quiet_days": rule.UnitDays,
	} {
		vars = append(vars, rule.Variable{Name: name, Type: rule.TypeNumber, Unit: unit, Shiftable: name == "events"})
	}
	for _, name := range []string{"industry", "deployment", "role", "stage"} {
		vars = append(vars, rule.Variable{Name: name, Type: rule.TypeText})
	}
	for _, name := range []string{"as_of", "renewal_date", "first_start"} {
		vars = append(vars, rule.Variable{Name: name, Type: rule.TypeTime})
	}
	vars = append(vars, rule.Variable{Name: "onboarded", Type: rule.TypeBool},
		rule.Variable{Name: "value", Type: rule.TypeText, Levels: []string{"high", "medium", "low"}},
		rule.Variable{Name: "usage", Type: rule.TypeText, Levels: []string{"power", "healthy", "light", "idle"}})
	env, err := rule.NewEnv(vars)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

var givenPart = regexp.MustCompile(`^([a-z_]+?)( 28 days ago)?( more than)? ("[^"]*"|[-0-9.]+)$`)

// given reads `arr 5, industry "Retail", events 28 days ago 100`.
func given(t *testing.T, text string) map[rule.Ref]rule.Value {
	t.Helper()
	values := map[rule.Ref]rule.Value{}
	if text == "" {
		return values
	}
	for part := range strings.SplitSeq(text, ", ") {
		m := givenPart.FindStringSubmatch(part)
		if m == nil {
			t.Fatalf("given %q cannot be read", part)
		}
		ref := rule.Ref{Name: m[1]}
		if m[2] != "" {
			ref.AgoDays = 28
		}
		number, err := strconv.ParseFloat(m[4], 64)
		day, dayErr := period.ParseDate(m[4])
		switch {
		case m[4][0] == '"':
			values[ref] = rule.Text(strings.Trim(m[4], `"`))
		case dayErr == nil:
			values[ref] = rule.Time(day.Micros())
		case err != nil:
			t.Fatalf("given %q cannot be read: %v", part, err)
		case m[3] != "":
			values[ref] = rule.AtLeast(number)
		default:
			values[ref] = rule.Number(number)
		}
	}
	return values
}

// TestExamples evaluates every example of the page.
func TestExamples(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	list := reference.AllExamples()
	if len(list) < 60 {
		t.Fatalf("got %d examples, want all", len(list))
	}
	for _, e := range list {
		values := given(t, e.Given)
		x, found := env.Compile(e.Source, rule.TypeNone, diag.Pos{})
		if x == nil {
			if got := "not allowed: " + found[0].Code; got != e.Want {
				t.Errorf("%s: got %s (%s), want %s", e.Source, got, found[0], e.Want)
			}
			continue
		}
		for ref := range values {
			if !slices.Contains(x.Names(), ref.Name) {
				t.Errorf("%s: what is given of %s is not used", e.Source, ref.Name)
			}
		}
		v := x.Eval(func(name string, ago int) rule.Value {
			if v, ok := values[rule.Ref{Name: name, AgoDays: ago}]; ok {
				return v
			}
			return rule.Unknown(name)
		})
		got := v.String()
		if v.IsUnknown() {
			got = "unknown"
		}
		if got != e.Want {
			t.Errorf("%s given %q: got %s, want %s", e.Source, e.Given, got, e.Want)
		}
	}
}

// TestEveryFunctionIsThere looks for each function of the language.
func TestEveryFunctionIsThere(t *testing.T) {
	t.Parallel()
	forms := strings.Join(reference.FunctionForms(), "\n")
	for _, name := range rule.Functions() {
		if !regexp.MustCompile(`(^|[^a-zA-Z_])` + name + `\(`).MatchString(forms) {
			t.Errorf("function %q is not explained", name)
		}
	}
	if got := len(rule.Functions()); got < 20 {
		t.Errorf("got %d functions, want all", got)
	}
}
