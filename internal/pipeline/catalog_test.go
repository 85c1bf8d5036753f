package pipeline_test

import (
	"errors"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

const bare = "name: bare\ncurrency: USD\n"

// TestCatalogueWorkedExamples holds the definitions of the catalogue against
// figures worked out by hand, each test on what it is about.
func TestCatalogueWorkedExamples(t *testing.T) {
	t.Parallel()
	c, err := spec.ReadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/catalogue/catalogue.test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names := c.Names()
	slices.Reverse(names) // most definitions come with what needs them
	files := adopted(t, c, names)
	files["catalogue.test.yaml"] = &fstest.MapFile{Data: text}
	all := load(t, files)
	expected := map[string]bool{}
	for _, test := range all.Tests {
		needed := []string{}
		for _, golden := range test.Customers {
			for _, want := range golden.Expect {
				expected[want.Name] = true
				needed = append(needed, want.Name)
			}
			for _, given := range golden.Given {
				needed = append(needed, given.Name)
			}
		}
		small := load(t, adopted(t, c, needed))
		small.Tests = []spec.Test{test}
		report, err := pipeline.RunTests(t.Context(), small, pipeline.TestsRequest{}, inMemory)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range failures(report) {
			t.Error(f)
		}
	}
	for _, m := range all.Metrics {
		if !expected[m.Name] {
			t.Errorf("metric %q has no worked example", m.Name)
		}
	}
	for _, d := range all.Dimensions {
		if !expected[d.Name] && d.Form != dimension.ByTrait {
			t.Errorf("dimension %q has no worked example", d.Name)
		}
	}
	for _, d := range all.Segmentations {
		if !expected[d.Name] {
			t.Errorf("segmentation %q has no worked example", d.Name)
		}
	}
}

// adopted is a strategy in memory with definitions of the catalogue, and with
// sources where they are given; names that it does not have are left out.
func adopted(t *testing.T, c *spec.Catalog, names []string, more ...string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{"strategy.yaml": {Data: []byte(bare)}}
	for _, text := range more {
		files["sources.yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	there := map[string]bool{}
	for _, name := range names {
		if _, _, ok := c.Find(name); !ok || there[name] {
			continue
		}
		a, err := spec.Adopt(files, c, name, "")
		if errors.Is(err, spec.ErrThere) {
			continue
		}
		if err != nil {
			t.Fatalf("add %s: %v", name, err)
		}
		for _, p := range a.Added {
			there[p.Name] = true
		}
		for file, text := range a.Files {
			files[file] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}
