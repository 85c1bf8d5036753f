package spec_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/spec"
)

// TestSchemaHasTheKeysThatAreRead compares the keys of the schema with those
// that the decoders ask for by name, in both directions.
func TestSchemaHasTheKeysThatAreRead(t *testing.T) {
	t.Parallel()
	var schema any
	if err := json.Unmarshal(spec.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	collectKeys(schema, written)
	read := keysRead(t)
	for _, a := range metric.Aggregates {
		read[string(a)] = true // read in a loop over them
	}
	for _, key := range []string{"approach", "asks", "recipes", "thin"} {
		delete(read, key) // of the catalogue's own files
	}
	got := slices.Sorted(maps.Keys(read))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(written)), got); diff != "" {
		t.Errorf("keys (-schema +decoders):\n%s", diff)
	}
	if len(got) < 80 {
		t.Errorf("got %d keys, want all", len(got))
	}
}

// collectKeys gathers the names of properties.
func collectKeys(schema any, keys map[string]bool) {
	switch s := schema.(type) {
	case []any:
		for _, x := range s {
			collectKeys(x, keys)
		}
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for key, property := range properties {
			keys[key] = true
			collectKeys(property, keys)
		}
		for key, x := range s {
			if key != "properties" {
				collectKeys(x, keys)
			}
		}
	}
}

// keysRead gathers the texts that decoders pass to the methods that read a
// key, or look up in what the files say.
func keysRead(t *testing.T) map[string]bool {
	t.Helper()
	readers := []string{"get", "textOf", "textsOf", "flagOf", "numberOf", "wholeOf", "daysOf", "entriesOf", "headText"}
	keys := map[string]bool{}
	add := func(x ast.Expr) {
		if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			key, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			keys[key] = true
		}
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 1 && slices.Contains(readers, f.Sel.Name) {
					add(n.Args[0])
				}
			case *ast.IndexExpr:
				if x, ok := n.X.(*ast.SelectorExpr); ok && (x.Sel.Name == "head" || x.Sel.Name == "parts") {
					add(n.Index)
				}
			}
			return true
		})
	}
	return keys
}

func TestSchemaSaysWhatIsClosed(t *testing.T) {
	t.Parallel()
	schema := string(spec.Schema())
	for _, want := range []string{
		`"$schema": "https://json-schema.org/draft/2020-12/schema"`,
		`"additionalProperties": false`,
		`"dependentRequired"`,
		`"account x product"`,
		`"hybrid"`,
	} {
		if !strings.Contains(schema, want) && !strings.Contains(schema, strings.Trim(want, `"`)) {
			t.Errorf("the schema lacks %s", want)
		}
	}
	if !json.Valid([]byte(schema)) {
		t.Error("the schema is not JSON")
	}
}
