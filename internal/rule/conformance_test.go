package rule_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	exprpb "cel.dev/expr"
	testpb "cel.dev/expr/conformance/test"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
)

// TestConformance runs the public cases of the Common Expression Language that
// conditions are a dialect of. Whole numbers are doubles here, and an error is
// unknown. A case that is out is listed in testdata/conformance_out.txt with
// its reason; one that neither passes nor is listed fails, and so does a listed
// one that passes.
func TestConformance(t *testing.T) {
	t.Parallel()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "cel.dev/expr").Output()
	if err != nil || strings.TrimSpace(string(dir)) == "" {
		t.Skip("needs the go command and the module cel.dev/expr")
	}
	reasons := readReasons(t)
	passed := 0
	for _, name := range []string{"logic", "string", "lists", "macros"} {
		for _, section := range readCases(t, strings.TrimSpace(string(dir)), name).GetSection() {
			for _, c := range section.GetTest() {
				id := name + "/" + section.GetName() + "/" + c.GetName()
				problem := runCase(c)
				_, listed := reasons[id]
				delete(reasons, id)
				switch {
				case problem == "":
					passed++
					if listed {
						t.Errorf("%s: passes, but is listed as out", id)
					}
				case !listed:
					t.Errorf("%s: %s\n\t%s", id, c.GetExpr(), problem)
				}
			}
		}
	}
	for id := range reasons {
		t.Errorf("%s: is listed as out, but does not exist", id)
	}
	t.Logf("%d cases pass", passed)
}

// readReasons reads lines of "case: reason", which may be long.
func readReasons(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "conformance_out.txt"))
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Errorf("conformance_out.txt: %q has no reason", line)
		}
		reasons[id] = reason
	}
	return reasons
}

func readCases(t *testing.T, dir, name string) *testpb.SimpleTestFile {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "tests", "simple", "testdata", name+".textproto"))
	if err != nil {
		t.Fatal(err)
	}
	cases := &testpb.SimpleTestFile{}
	if err := prototext.Unmarshal(data, cases); err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return cases
}

// runCase returns what is wrong with the result, or "".
func runCase(c *testpb.SimpleTest) string {
	if len(c.GetTypeEnv()) > 0 || len(c.GetBindings()) > 0 {
		return "uses variables of its own"
	}
	env, err := rule.NewEnv(nil)
	if err != nil {
		return err.Error()
	}
	x, found := env.Compile(c.GetExpr(), rule.TypeNone, diag.Pos{Line: 1, Column: 1})
	if x == nil {
		return found.Err().Error()
	}
	got := x.Eval(func(name string, _ int) rule.Value { return rule.Unknown(name) })
	if c.GetEvalError() != nil {
		if !got.IsUnknown() {
			return "got " + got.String() + ", want unknown"
		}
		return ""
	}
	want, ok := toValue(c.GetValue())
	if !ok {
		return "wants a value of another type"
	}
	if !got.Equal(want) {
		return "got " + got.String() + ", want " + want.String()
	}
	return ""
}

func toValue(v *exprpb.Value) (rule.Value, bool) {
	switch k := v.GetKind().(type) {
	case nil:
		return rule.True, true // the default of the format
	case *exprpb.Value_BoolValue:
		return rule.Bool(k.BoolValue), true
	case *exprpb.Value_Int64Value:
		return rule.Number(float64(k.Int64Value)), true
	case *exprpb.Value_DoubleValue:
		return rule.Number(k.DoubleValue), true
	case *exprpb.Value_StringValue:
		return rule.Text(k.StringValue), true
	case *exprpb.Value_ListValue:
		var items []string
		for _, item := range k.ListValue.GetValues() {
			text, ok := item.GetKind().(*exprpb.Value_StringValue)
			if !ok {
				return rule.Value{}, false
			}
			items = append(items, text.StringValue)
		}
		return rule.List(items...), true
	default:
		return rule.Value{}, false
	}
}
