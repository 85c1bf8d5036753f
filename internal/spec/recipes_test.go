package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/spec"
)

// TestRecipes loads a strategy with every recipe of the catalogue, and sees
// that each reads the file by its names alone, so that people can say what
// their file calls a column.
func TestRecipes(t *testing.T) {
	t.Parallel()
	recipes, err := spec.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	if len(recipes) < 12 {
		t.Fatalf("got %d recipes, want all", len(recipes))
	}
	var text strings.Builder
	text.WriteString("currency: USD\nsources:\n")
	for _, r := range recipes {
		if r.Title == "" || r.Why == "" || len(r.Names) == 0 {
			t.Errorf("%s has no title, reason or names", r.Name)
		}
		fmt.Fprintf(&text, "  %s: {recipe: %s, files: export.csv}\n", r.Name, r.Name)
	}
	s, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(text.String())}})
	if s == nil {
		t.Fatal(found.Err())
	}
	for i, m := range s.Sources {
		var names []string
		for _, n := range recipes[i].Names {
			names = append(names, n.Name)
			if len(n.Columns) == 0 || slices.Contains(n.Columns, "") {
				t.Errorf("%s: the name %s stands for %q", m.Name, n.Name, n.Columns)
			}
		}
		for _, name := range m.Optional {
			if !slices.Contains(names, name) {
				t.Errorf("%s: %q is optional and no name", m.Name, name)
			}
		}
		plain := m
		plain.Names = nil
		for _, column := range plain.FileColumns(nil) {
			if !slices.Contains(names, column) {
				t.Errorf("%s reads the column %q, which is no name", m.Name, column)
			}
		}
		for _, name := range names {
			if !slices.Contains(plain.FileColumns(nil), name) {
				t.Errorf("%s: the name %q is not used", m.Name, name)
			}
		}
	}
}

// TestSourceOverRecipe checks that what a source says goes before its recipe
// and before the source that it is like.
func TestSourceOverRecipe(t *testing.T) {
	t.Parallel()
	s, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(`
currency: USD
sources:
  crm: {files: crm.csv, delimiter: ";", dates: d/m/Y, fact: account, names: {who: Konto}, columns: {account: who}}
  deals:
    like: crm
    dates: m/d/Y
    recipe: won_opportunities
    names: {amount: Volumen}
    where: 'won == "gewonnen"'
    columns: {product: {value: suite}, kind: {value: new}}
`)}})
	if s == nil {
		t.Fatal(found.Err())
	}
	got := s.Sources[1]
	if got.Files[0] != "crm.csv" || got.Delimiter != ";" || got.Dates != "m/d/Y" || got.Kind != "contract" {
		t.Errorf("got files %v, delimiter %q, dates %q, fact %q", got.Files, got.Delimiter, got.Dates, got.Kind)
	}
	if got.Names["amount"][0] != "Volumen" || got.Names["who"][0] != "Konto" || len(got.Names["account"]) < 5 {
		t.Errorf("got names %v", got.Names)
	}
	if got.Where.Source() != `won == "gewonnen"` {
		t.Errorf("got where %s", got.Where.Source())
	}
	var columns []string
	for _, b := range got.Columns {
		columns = append(columns, b.To)
		if b.To == "product" && (b.Constant == nil || *b.Constant != "suite") {
			t.Errorf("got product %+v, want the one of the source", b)
		}
	}
	if want := "id account product starts ends arr supersedes signed_on received_at kind"; strings.Join(columns, " ") != want {
		t.Errorf("got columns %v, want %s", columns, want)
	}
}

func TestFormulaFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, source, want string }{
		{
			"a column taken as a number", `columns: {account: a, id: i, starts: s, arr: {is: 'amount * 12'}}`,
			`4:87: "amount" is text and 12 is a number: they cannot be multiplied (columns are texts: write number(amount)) [type_mismatch]`,
		},
		{
			"a function of another language", `columns: {account: a, id: i, starts: {is: 'to_date(s)'}}`,
			`4:79: there is no function "to_date" (write date(x)) [unknown_function]`,
		},
		{
			"a column in square brackets", `columns: {account: a, id: i, starts: s, arr: {is: 'number(row["Deal Amount"])'}}`,
			`4:97: columns are not picked with square brackets (write col("Deal Amount")) [unsupported]`,
		},
		{
			"a number for a day", `columns: {account: a, id: i, starts: {is: 'number(s)'}}`,
			`4:79: "starts" is a day, but the formula is a number [wrong_type]`,
		},
		{
			"a layout that is none", `columns: {account: a, id: i, starts: {is: 'date(s, "DD.MM.YYYY")'}}`,
			`4:87: read date layout "DD.MM.YYYY": unknown letter "D"; the letters are Y y m M d H h A i s P U W, as in d/m/Y H:i [bad_layout]`,
		},
		{
			"a condition that is a text", `where: 'stage', columns: {account: a, id: i, starts: s}`,
			`4:44: "stage" is text, but yes or no is needed here (columns are texts: write stage == "true") [type_mismatch]`,
		},
		{
			"a formula and a column", `columns: {account: a, id: i, starts: {from: s, is: 'date(s)'}}`,
			`4:73: "starts" has more than one of from, value, product and is (keep one) [too_many_keys]`,
		},
		{
			"a fact kind beside a recipe", `columns: {account: a}, recipe: won_opportunities`,
			`4:59: source "deals" has both "fact" and "recipe"`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte("currency: USD\nsources:\n  deals:\n    {files: d.csv, fact: contract, " + tt.source + "}\n")}})
			if len(found) != 1 || !strings.Contains(found[0].String(), tt.want) {
				t.Errorf("got %v, want %s", found, tt.want)
			}
		})
	}
}

func TestSourceFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, source, want string }{
		{"a recipe that is misspelt", `{files: d.csv, recipe: won_oportunities}`, `3:33: there is no recipe "won_oportunities" (did you mean "won_opportunities"?) [unknown_recipe]`},
		{"a source like none", `{like: crn, fact: account, columns: {account: a}}`, `3:17: source "deals" is like "crn", which is no other source [unknown_source]`},
		{"a source like itself", `{like: deals, fact: account, columns: {account: a}}`, `3:17: source "deals" is like "deals", which is no other source [unknown_source]`},
		{"no files", `{fact: account, columns: {account: a}}`, `3:10: source "deals" has no "files" (Patterns of files, relative to the strategy.) [missing_key]`},
		{"no columns", `{files: d.csv, fact: account}`, `3:10: source "deals" has no "columns" (Columns of the fact kind, and where they come from.) [missing_key]`},
		{
			"names and values in one column", `{files: d.csv, fact: account, unpivot: {columns: [a], name: x, value: x}, columns: {account: a}}`,
			`3:80: the names and the values of an unpivot share the column "x" (choose another) [duplicate_name]`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte("currency: USD\nsources:\n  deals: " + tt.source + "\n")}})
			if len(found) != 1 || found[0].String() != "strategy.yaml:"+tt.want {
				t.Errorf("got %v, want %s", found, tt.want)
			}
		})
	}
}
