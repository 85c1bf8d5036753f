package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/segue-cs/segue"

// floors says which package may import which: those of lower floors, and those
// to its left on its own floor. A new package is a line here.
var floors = [][]string{
	{"diag", "money", "period"},
	{"account", "customer", "match", "rule", "rule/ruletest", "fact", "metric", "dimension", "segmentation"},
	{"catalog", "spec", "query", "sqltext", "explain", "reference", "suggest"},
	{"warehouse", "warehouse/duckdb", "warehouse/warehousetest", "state", "state/sqlite", "state/statetest", "source", "source/file"},
	{"pipeline", "demo"},
	{"cli"},
}

// pureFloors are the floors without clock, disk, network and goroutines.
const pureFloors = 3

// keepers are the packages that alone may import something from outside.
var keepers = []struct {
	imported string   // with everything below
	by       []string // with everything below
}{
	{"cel.dev/cel-go", []string{"rule"}},
	{"github.com/google/cel-go", nil},
	{"github.com/duckdb", []string{"warehouse/duckdb"}},
	{"modernc.org/sqlite", []string{"state/sqlite"}},
	{"database/sql", []string{"warehouse/duckdb", "state/sqlite", "source/table"}},
	{"github.com/goccy/go-yaml", []string{"spec", "suggest"}},
	{"github.com/spf13/cobra", []string{"cli"}},
	{"net/http", []string{"cli", "httpapi"}},
}

// impure are imports that pure floors do without.
var impure = []string{"os", "net", "database", "syscall", "os/exec", "runtime/cgo", "C", "math/rand", "log", "log/slog", "path/filepath", "io/ioutil"}

// impureNames are members of packages that are pure otherwise.
var impureNames = map[string][]string{
	"time": {"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep", "Local"},
}

// adapters do not know one another.
var adapters = []string{"warehouse/duckdb", "state/sqlite", "source/file"}

func TestFloors(t *testing.T) {
	t.Parallel()
	for _, f := range readTree(t, "..") {
		for _, problem := range f.problems() {
			t.Error(problem)
		}
	}
}

// TestFloorsCatch plants violations and sees them found.
func TestFloorsCatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pkg, source string
		want              string
	}{
		{"a lower floor", "spec", `import _ "github.com/segue-cs/segue/internal/rule"`, ""},
		{"the left on its own floor", "dimension", `import _ "github.com/segue-cs/segue/internal/rule"`, ""},
		{"a higher floor", "rule", `import _ "github.com/segue-cs/segue/internal/spec"`, "above"},
		{"the right on its own floor", "rule", `import _ "github.com/segue-cs/segue/internal/metric"`, "above"},
		{"a package nobody has placed", "parts", ``, "no floor"},
		{"an import nobody has placed", "cli", `import _ "github.com/segue-cs/segue/internal/parts"`, "no floor"},
		{"cel-go outside of rule", "spec", `import _ "cel.dev/cel-go/cel"`, "kept"},
		{"cel-go within rule", "rule", `import _ "cel.dev/cel-go/cel"`, ""},
		{"the driver outside of its adapter", "pipeline", `import _ "github.com/duckdb/duckdb-go/v2"`, "kept"},
		{"database/sql on a pure floor", "query", `import _ "database/sql"`, "kept"},
		{"the disk on a pure floor", "spec", `import _ "os"`, "pure"},
		{"a part of the network on a pure floor", "spec", `import _ "net/url"`, "pure"},
		{"fs on a pure floor", "spec", `import _ "io/fs"`, ""},
		{"the clock on a pure floor", "period", `import "time"; var now = time.Now`, "time.Now"},
		{"the clock under another name", "period", `import clock "time"; var now = clock.Now()`, "time.Now"},
		{"a date on a pure floor", "period", `import "time"; var day = time.Unix(0, 0)`, ""},
		{"a goroutine on a pure floor", "rule", `func f() { go f() }`, "goroutine"},
		{"a goroutine above", "pipeline", `func f() { go f() }`, ""},
		{"one adapter in another", "source/file", `import _ "github.com/segue-cs/segue/internal/state/sqlite"`, "adapter"},
		{"the edge below the edge", "pipeline", `import _ "github.com/segue-cs/segue/internal/cli"`, "above"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, "planted.go", "package p; "+tt.source, 0)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(file{fset: fset, File: parsed, pkg: tt.pkg}.problems(), "\n")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want something with %q", got, tt.want)
			}
		})
	}
}

// file is one Go file that is no test.
type file struct {
	*ast.File
	fset *token.FileSet
	pkg  string // below internal, "" elsewhere
}

// isForTests reports whether only tests use the package: suites such as
// rule/ruletest.
func (f file) isForTests() bool { return strings.HasSuffix(f.pkg, "test") }

// readTree parses the module's files. It does not ask the go command, whose
// answers the test cache would keep.
func readTree(t *testing.T, root string) []file {
	t.Helper()
	var files []file
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != root && (base == "testdata" || strings.HasPrefix(base, ".") || base == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		pkg, isInternal := strings.CutPrefix(filepath.ToSlash(rel), "internal/")
		if !isInternal {
			pkg = ""
		}
		files = append(files, file{File: parsed, fset: fset, pkg: pkg})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files were found: is this the module's root?", len(files))
	}
	return files
}

// placeOf returns the floor of a package and its place on it.
func placeOf(pkg string) (floor, place int, ok bool) {
	for floor, packages := range floors {
		if place := slices.Index(packages, pkg); place >= 0 {
			return floor, place, true
		}
	}
	return 0, 0, false
}

// isBelow reports whether a path is another, or lies in it.
func isBelow(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

func (f file) problems() []string {
	var list []string
	report := func(at token.Pos, problem string) {
		list = append(list, f.fset.Position(at).String()+": "+problem)
	}
	floor, _, placed := placeOf(f.pkg)
	if !placed && f.pkg != "" {
		report(f.Package, "package "+f.pkg+" has no floor: decide where it stands")
		return list
	}
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			report(spec.Pos(), err.Error())
			continue
		}
		if problem := f.importProblem(name); problem != "" {
			report(spec.Pos(), problem)
		}
	}
	if placed && floor < pureFloors && !f.isForTests() {
		f.checkPure(report)
	}
	return list
}

// importProblem says why the file may not import a package, "" when it may.
func (f file) importProblem(name string) string {
	if own, ok := strings.CutPrefix(name, module+"/internal/"); ok {
		return f.ownProblem(own)
	}
	for _, k := range keepers {
		if isBelow(name, k.imported) && !slices.ContainsFunc(k.by, func(by string) bool { return isBelow(f.pkg, by) }) {
			return name + " is kept to " + strings.Join(k.by, ", ")
		}
	}
	floor, _, placed := placeOf(f.pkg)
	if placed && floor < pureFloors && !f.isForTests() && slices.ContainsFunc(impure, func(p string) bool { return isBelow(name, p) }) {
		return "package " + f.pkg + " is pure and does without " + name
	}
	return ""
}

func (f file) ownProblem(imported string) string {
	toFloor, to, ok := placeOf(imported)
	if !ok {
		return "package " + imported + " has no floor: decide where it stands"
	}
	if f.pkg == "" {
		return "" // commands and examples stand above the house
	}
	fromFloor, from, _ := placeOf(f.pkg)
	if slices.Contains(adapters, f.pkg) && slices.Contains(adapters, imported) {
		return "adapter " + f.pkg + " knows adapter " + imported
	}
	if toFloor > fromFloor || toFloor == fromFloor && to >= from {
		return "package " + f.pkg + " imports " + imported + ", which stands above or to the right"
	}
	return ""
}

// checkPure reports goroutines and clocks.
func (f file) checkPure(report func(token.Pos, string)) {
	aliases := map[string]string{}
	for _, spec := range f.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		alias := path.Base(name)
		if spec.Name != nil {
			alias = spec.Name.Name
		}
		aliases[alias] = name
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			report(n.Pos(), "package "+f.pkg+" is pure and starts no goroutine")
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && slices.Contains(impureNames[aliases[x.Name]], n.Sel.Name) {
				report(n.Pos(), "package "+f.pkg+" is pure and does not call "+aliases[x.Name]+"."+n.Sel.Name)
			}
		}
		return true
	})
}
