package spec_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/catalog"
	"github.com/segue-cs/segue/internal/spec"
)

func readCatalog(t *testing.T) *spec.Catalog {
	t.Helper()
	c, err := spec.ReadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCatalogSaysWhatPeopleNeed checks that each approach says what it is for,
// what to do while the data is thin and where it comes from, that no name is
// taken twice, and that no file is forgotten.
func TestCatalogSaysWhatPeopleNeed(t *testing.T) {
	t.Parallel()
	c := readCatalog(t)
	names := map[string]bool{}
	for _, a := range c.Approaches {
		if a.Title == "" || !strings.HasSuffix(a.Asks, "?") || len(a.Why) < 40 || len(a.Thin) < 40 || len(a.Cites) == 0 || len(a.Entries) == 0 {
			t.Errorf("%s does not say all of title, asks, why, thin and cites", a.Name)
		}
		for _, e := range a.Entries {
			if names[e.Name] {
				t.Errorf("%q is there twice", e.Name)
			}
			names[e.Name] = true
			if e.Title == "" || e.Why == "" && e.Section != "metrics" {
				t.Errorf("%s %q says neither title nor why", e.Section, e.Name)
			}
			if len(c.Strategy.Requirements(e.Name)) == 0 && !slices.Contains([]string{"traits"}, e.Section) && a.Name != "wallet" && len(e.Reads) == 0 {
				t.Errorf("%s %q rests on no data", e.Section, e.Name)
			}
		}
	}
	dimensions := []string{
		"value", "potential", "time_to_potential", "alignment", "usage", "commitment", "size", "need", "industry", "suite",
		"geo", "stage", "experience", "fit", "effort",
	}
	for _, name := range append(dimensions, "value_tiers", "value_potential", "needs_based", "usage_commitment", "journey_plays", "renewal_cycle") {
		if !names[name] {
			t.Errorf("there is no %q", name)
		}
	}
	files := 0
	for _, group := range []string{"lenses", "measures", "strategies"} {
		list, err := fs.Glob(catalog.Files, group+"/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		files += len(list)
	}
	if files != len(catalog.Order) {
		t.Errorf("got %d files, but the order lists %d", files, len(catalog.Order))
	}
}

// TestCatalogLints takes each definition by itself into a strategy with the
// demo's sources: the only findings are the reviews that runs do not apply, and
// that nothing reads a metric taken alone.
func TestCatalogLints(t *testing.T) {
	t.Parallel()
	c := readCatalog(t)
	sources, err := fs.ReadFile(examples.Acme(), "sources.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base := fstest.MapFS{
		"strategy.yaml": {Data: []byte("name: bare\ncurrency: USD\n")},
		"sources.yaml":  {Data: sources},
	}
	for _, a := range c.Approaches {
		for _, e := range a.Entries {
			s := take(t, base, c, e.Name)
			for _, d := range spec.Lint(s) {
				isAlone := d.Code == "unused" && e.Section == "metrics" && strings.Contains(d.Message, `"`+e.Name+`"`)
				if d.Code != "hold_not_applied" && !isAlone {
					t.Errorf("%s: %v", e.Name, d)
				}
			}
		}
	}
}

// take loads a strategy with a definition of the catalogue; traits that it has
// stay its own.
func take(t *testing.T, base fstest.MapFS, c *spec.Catalog, name string) *spec.Strategy {
	t.Helper()
	files := fstest.MapFS{}
	for file, content := range base {
		files[file] = content
	}
	a, err := spec.Adopt(files, c, name, "")
	if err != nil && !errors.Is(err, spec.ErrThere) {
		t.Fatalf("add %s: %v", name, err)
	}
	for file, text := range a.Files {
		files[file] = &fstest.MapFile{Data: []byte(text)}
	}
	s, found := spec.Load(files)
	if s == nil {
		t.Fatalf("add %s: %v", name, found.Err())
	}
	return s
}

// TestAdoptWrites shows where a definition lands in files of many forms. The
// rest of the file stays as it is.
func TestAdoptWrites(t *testing.T) {
	t.Parallel()
	const line = `industry: {title: Industry, why: As the CRM says., trait: industry}`
	tests := []struct {
		name, file, before, after string
	}{
		{"no such section", "strategy.yaml", "currency: USD\n", ""},
		{"a section below", "dimensions.yaml", "dimensions:\n  a: {trait: region}\n", "dimensions:\n  a: {trait: region}\n  " + line + "\n"},
		{"no newline at the end", "dimensions.yaml", "dimensions:\n  a: {trait: region}", "dimensions:\n  a: {trait: region}\n  " + line + "\n"},
		{"an empty section", "dimensions.yaml", "dimensions:\n", "dimensions:\n  " + line + "\n"},
		{"an empty file", "dimensions.yaml", "", "dimensions:\n  " + line + "\n"},
		{"a comment behind the section", "dimensions.yaml", "# first\ndimensions:   # ours\n   a: {trait: region}\n   # last\n\n# next\naudiences:\n  b: 'true'\n", "# first\ndimensions:   # ours\n   a: {trait: region}\n   # last\n   " + line + "\n\n# next\naudiences:\n  b: 'true'\n"},
		{"lines of Windows", "dimensions.yaml", "dimensions:\r\n  a: {trait: region}\r\n", "dimensions:\r\n  a: {trait: region}\r\n  " + line + "\r\n"},
		{"a file of another name", "mine.yaml", "dimensions:\n  a: {trait: region}\n", "dimensions:\n  a: {trait: region}\n  " + line + "\n"},
		{"a text of several lines", "dimensions.yaml", "dimensions:\n  a:\n    why: |\n      one\n\n      two\n    trait: region\n", "dimensions:\n  a:\n    why: |\n      one\n\n      two\n    trait: region\n  " + line + "\n"},
	}
	c := readCatalog(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{"head.yaml": {Data: []byte("timezone: Europe/Berlin\n")}, tt.file: {Data: []byte(tt.before)}}
			if tt.file != "strategy.yaml" {
				files["strategy.yaml"] = &fstest.MapFile{Data: []byte("currency: USD\n")}
			}
			a, err := spec.Adopt(files, c, "industry", "")
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{tt.file: tt.after}
			if tt.after == "" {
				want = map[string]string{"dimensions.yaml": "dimensions:\n  " + line + "\n"}
			}
			if diff := cmp.Diff(a.Files, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// TestAdoptInBrackets gives a section that is written in brackets a file
// beside it.
func TestAdoptInBrackets(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"strategy.yaml": {Data: []byte("currency: USD\ndimensions: {a: {trait: region}}\n")}}
	a, err := spec.Adopt(files, readCatalog(t), "geo", "where_they_are")
	if err != nil {
		t.Fatal(err)
	}
	got := a.Files["catalog_dimensions.yaml"]
	if want := "dimensions:\n  where_they_are: {title: Where they are, why: The region that a team serves., trait: region}\n"; got != want || len(a.Files) != 1 {
		t.Errorf("got %q in %d files, want %q in one", got, len(a.Files), want)
	}
}

// TestAdoptRefuses writes nothing where the result would not be a strategy.
func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	c := readCatalog(t)
	files := fstest.MapFS{"strategy.yaml": {Data: []byte("currency: USD\nmetrics:\n  arr: {from: contract, sum: arr}\ndimensions:\n  value: {of: arr, levels: {gold: 10, silver: 0}}\n")}}
	for name, want := range map[string]string{
		"value":       "there already",
		"value_tiers": `"value" has no level "high"`,
		"valu":        `did you mean "value"`,
	} {
		a, err := spec.Adopt(files, c, name, "")
		if err == nil || !strings.Contains(err.Error(), want) || a.Files != nil {
			t.Errorf("add %s: got %v, want an error with %s", name, err, want)
		}
	}
}
