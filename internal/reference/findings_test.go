package reference_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/reference"
)

// codesUsed gathers the codes that the program gives to findings: the second
// operand of the methods that report one, and the constants that stand for it.
func codesUsed(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	constants := map[string]string{}
	var named []string
	add := func(x ast.Expr) {
		switch x := x.(type) {
		case *ast.BasicLit:
			if code, err := strconv.Unquote(x.Value); err == nil && x.Kind == token.STRING {
				used[code] = true
			}
		case *ast.Ident:
			named = append(named, x.Name)
		}
	}
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if lit, ok := constantOf(n, i); ok && strings.HasPrefix(id.Name, "code") {
						constants[id.Name] = lit
					}
				}
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.SelectorExpr)
				isReport := ok && (f.Sel.Name == "Errorf" || f.Sel.Name == "Warnf" || f.Sel.Name == "errorf" || f.Sel.Name == "report")
				if isReport && len(n.Args) >= 4 {
					if pkg, ok := f.X.(*ast.Ident); !ok || pkg.Name != "fmt" {
						add(n.Args[1])
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range named {
		if code, ok := constants[name]; ok {
			used[code] = true
		}
	}
	return used
}

func constantOf(spec *ast.ValueSpec, i int) (string, bool) {
	if i >= len(spec.Values) {
		return "", false
	}
	lit, ok := spec.Values[i].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// TestEveryCodeIsDocumented compares the codes in the source with those of the
// page, both ways.
func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	used := codesUsed(t)
	if len(used) < 60 {
		t.Errorf("found %d codes, want all", len(used))
	}
	documented := map[string]bool{}
	for _, f := range reference.Findings() {
		if documented[f.Code] {
			t.Errorf("%s is documented twice", f.Code)
		}
		documented[f.Code] = true
		if !used[f.Code] {
			t.Errorf("%s is documented, but nothing reports it", f.Code)
		}
	}
	for code := range used {
		if !documented[code] {
			t.Errorf("%s is not documented in findings_list.go", code)
		}
	}
}

// TestFindingsHaveTheirExample sees that each example has the mistake that it
// is there to show, and no other.
func TestFindingsHaveTheirExample(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`^[^ ].* \[([a-z_0-9]+)\]$`)
	for _, f := range reference.Findings() {
		if m := line.FindStringSubmatch(f.Printed); m == nil || m[1] != f.Code {
			t.Errorf("%s prints %q", f.Code, f.Printed)
		}
		if f.Means == "" || f.Remedy == "" {
			t.Errorf("%s does not say what it means or what to do", f.Code)
		}
		for _, other := range f.Others {
			if !strings.Contains(other, "warning: ") {
				t.Errorf("the example of %s has another mistake: %s", f.Code, other)
			}
		}
	}
}
