package rule_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/rule/ruletest"
)

// celSigns are the operations that both languages have, as cel-go writes them.
var celSigns = map[rule.Op]string{
	rule.OpAnd: " && ", rule.OpOr: " || ", rule.OpEq: " == ", rule.OpNe: " != ", rule.OpLt: " < ", rule.OpLe: " <= ", rule.OpGt: " > ",
	rule.OpGe: " >= ", rule.OpAdd: " + ", rule.OpSub: " - ", rule.OpMul: " * ", rule.OpDiv: " / ", rule.OpConcat: " + ",
}

var celMethods = map[rule.Op]string{
	rule.OpContains: "contains", rule.OpStartsWith: "startsWith", rule.OpEndsWith: "endsWith", rule.OpMatches: "matches",
}

// toCEL writes the tree for cel-go, or says that cel-go lacks a part of it.
func toCEL(n *rule.Node) (source string, ok bool) {
	if n.Type == rule.TypeTime || n.Type == rule.TypeDuration {
		return "", false
	}
	args := make([]string, len(n.Args))
	for i, a := range n.Args {
		if args[i], ok = toCEL(a); !ok {
			return "", false
		}
	}
	if sign, ok := celSigns[n.Op]; ok {
		return "(" + strings.Join(args, sign) + ")", true
	}
	if method, ok := celMethods[n.Op]; ok {
		return fmt.Sprintf("%s.%s(%s)", args[0], method, args[1]), true
	}
	switch n.Op {
	case rule.OpConst:
		if n.Type == rule.TypeNumber {
			return "(" + strconv.FormatFloat(n.Value.Number(), 'e', -1, 64) + ")", true
		}
		return n.Value.String(), true
	case rule.OpVar:
		return strings.ReplaceAll(n.Name, ".", "_"), n.AgoDays == 0
	case rule.OpItem:
		return n.Name, true
	case rule.OpNot:
		return "!(" + args[0] + ")", true
	case rule.OpNeg:
		return "-(" + args[0] + ")", true
	case rule.OpIf:
		return fmt.Sprintf("(%s ? %s : %s)", args[0], args[1], args[2]), true
	case rule.OpIn:
		return fmt.Sprintf("(%s in [%s])", args[0], strings.Join(args[1:], ", ")), true
	case rule.OpInList:
		return fmt.Sprintf("(%s in %s)", args[0], args[1]), true
	case rule.OpExists, rule.OpAll:
		return fmt.Sprintf("%s.%s(%s, %s)", args[0], n.Op, n.Name, args[1]), true
	default:
		return "", false
	}
}

func newCELEnv(t *testing.T) *cel.Env {
	t.Helper()
	var options []cel.EnvOption
	for _, v := range ruletest.Variables() {
		celType := map[rule.Type]*cel.Type{
			rule.TypeBool: cel.BoolType, rule.TypeNumber: cel.DoubleType, rule.TypeText: cel.StringType, rule.TypeTextList: cel.ListType(cel.StringType),
		}[v.Type]
		if celType != nil {
			options = append(options, cel.Variable(strings.ReplaceAll(v.Name, ".", "_"), celType))
		}
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func toCELValue(v rule.Value) any {
	switch v.Kind() {
	case rule.KindBool:
		return v.IsTrue()
	case rule.KindNumber:
		return v.Number()
	case rule.KindText:
		return v.Text()
	case rule.KindList:
		return v.List()
	default:
		return types.NewUnknown(1, nil)
	}
}

func fromCEL(t *testing.T, v ref.Val) rule.Value {
	switch v := v.(type) {
	case types.Bool:
		return rule.Bool(bool(v))
	case types.Double:
		return rule.Number(float64(v))
	case types.String:
		return rule.Text(string(v))
	case *types.Unknown:
		return rule.Unknown()
	}
	t.Fatalf("cel-go returned %v", v)
	return rule.Value{}
}

// TestAgreesWithCEL evaluates random conditions by cel-go as well: what both
// languages have means the same, missing values included. Rows in which a
// number is not finite are left out, since cel-go goes on with infinities.
func TestAgreesWithCEL(t *testing.T) {
	t.Parallel()
	env, celEnv := newEnv(t), newCELEnv(t)
	r := rand.New(rand.NewPCG(7, 8))
	compared, unknown := 0, 0
	for i := range 20_000 {
		x := compile(t, env, ruletest.Generate(r, ruletest.Variables(), rule.TypeBool, 1+i%4), rule.TypeBool)
		source, ok := toCEL(x.Root())
		if !ok {
			continue
		}
		ast, issues := celEnv.Compile(source)
		if issues.Err() != nil {
			t.Fatalf("%s\n%s\n%v", x.Source(), source, issues.Err())
		}
		program, err := celEnv.Program(ast, cel.EvalOptions(cel.OptPartialEval))
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			values, given := map[string]rule.Value{}, map[string]any{}
			for _, name := range x.Names() {
				v, _ := env.Variable(name)
				values[name] = ruletest.Value(r, v)
				given[strings.ReplaceAll(name, ".", "_")] = toCELValue(values[name])
			}
			if !isFinite(x.Trace(lookup(values))) {
				continue
			}
			got := x.Eval(lookup(values))
			result, _, err := program.Eval(given)
			if err != nil {
				t.Fatalf("%s\n%v\n%v", source, values, err)
			}
			want := fromCEL(t, result)
			if got.IsUnknown() != want.IsUnknown() || !got.IsUnknown() && !got.Equal(want) {
				t.Fatalf("%s\nwith %v\ngot %v, cel-go says %v", x.Source(), values, got, want)
			}
			compared++
			if got.IsUnknown() {
				unknown++
			}
		}
	}
	if compared < 10_000 || unknown < 1_000 {
		t.Errorf("compared only %d, %d of them unknown", compared, unknown)
	}
}

func isFinite(trace *rule.Trace) bool {
	for _, a := range trace.Args {
		if !isFinite(a) {
			return false
		}
	}
	return trace.Value.Note() == ""
}
