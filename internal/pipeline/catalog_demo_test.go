package pipeline_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/demo"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

// emptyOnDemo are the places of the catalogue where the demo's data puts
// nobody, and why.
var emptyOnDemo = map[string]string{
	"wallet":               "the demo has no ranks of suppliers",
	"support_package":      "the demo has no support packages",
	"growth/growing":       "the demo knows one number of employees for each account",
	"growth/shrinking":     "the same",
	"need/other":           "all answers are among those listed",
	"needs_based/other":    "the same",
	"their_revenue/none":   "whose revenue is known earns something",
	"movement/gone_before": "few leave and stay in the base for 90 days",
}

// TestCatalogueOnTheDemo takes the whole catalogue into a strategy with the
// demo's sources, runs it, and finds somebody on every level for which the demo
// has data.
func TestCatalogueOnTheDemo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes and runs a demo base, and this is a short test")
	}
	c, err := spec.ReadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := fs.ReadFile(examples.Acme(), "sources.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names := c.Names()
	slices.Reverse(names)
	files := map[string]string{"base.yaml": "base: {when: 'arr > 0 || days_since_end.or(9999) < 90'}\n"}
	for name, file := range adopted(t, c, names, string(sources)) {
		files[name] = string(file.Data)
	}
	e := newImporter(t, bare, files)
	day := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	if _, err := demo.Write(t.Context(), demo.Options{Dir: e.root, Accounts: 400, Seed: 1, AsOf: day}); err != nil {
		t.Fatal(err)
	}
	now := day.Add(12 * time.Hour)
	if _, err := e.Import(t.Context(), pipeline.ImportRequest{Root: e.root, Now: now, RejectsDir: filepath.Join(e.root, "rejects")}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(t.Context(), pipeline.RunRequest{Now: now}); err != nil {
		t.Fatal(err)
	}
	counts := told(t, e.Engine)
	checkPopulated(t, counts)
	checkReady(t, e, counts, now)
}

// told counts the customers on each level and in each segment.
func told(t *testing.T, e *pipeline.Engine) map[string]map[string]int64 {
	t.Helper()
	var lenses []string
	counts := map[string]map[string]int64{}
	add := func(name string, places []string) {
		lenses, counts[name] = append(lenses, name), map[string]int64{}
		for _, p := range places {
			counts[name][p] = 0
		}
	}
	for _, d := range e.Strategy.Dimensions {
		add(d.Name, d.LevelNames())
	}
	for _, d := range e.Strategy.Segmentations {
		var places []string
		for _, s := range d.Segments {
			places = append(places, s.Name)
		}
		add(d.Name, places)
	}
	list, err := e.Customers(t.Context(), pipeline.CustomersRequest{Columns: lenses})
	if err != nil {
		t.Fatal(err)
	}
	first := len(list.Columns) - len(lenses)
	for _, row := range list.Rows {
		for i, name := range lenses {
			if place, ok := row[first+i].(string); ok && place != "unknown" {
				counts[name][place]++
			}
		}
	}
	return counts
}

func checkPopulated(t *testing.T, counts map[string]map[string]int64) {
	t.Helper()
	for name, places := range counts {
		all := int64(0)
		for place, n := range places {
			all += n
			why := emptyOnDemo[name+"/"+place]
			if n == 0 && emptyOnDemo[name] == "" && why == "" {
				t.Errorf("nobody is in %s of %s", place, name)
			}
			if n > 0 && why != "" {
				t.Errorf("%d customers are in %s of %s, which is listed as empty", n, place, name)
			}
		}
		if (all == 0) != (emptyOnDemo[name] != "") {
			t.Errorf("%s tells of %d customers", name, all)
		}
	}
}

// checkReady holds what the catalogue says of the data against the run: as many
// customers are told of, and nothing is kept.
func checkReady(t *testing.T, e *importer, counts map[string]map[string]int64, now time.Time) {
	t.Helper()
	ready, err := e.Ready(t.Context(), pipeline.ReadyRequest{Root: e.root, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ready.Definitions {
		if !d.Yours || d.Misfit != "" {
			t.Errorf("%s: got yours %v, misfit %q", d.Name, d.Yours, d.Misfit)
		}
		want := int64(0)
		for _, n := range counts[d.Name] {
			want += n
		}
		if d.Section == "dimensions" && d.Known != want {
			t.Errorf("%s: %d customers can be told of, want %d", d.Name, d.Known, want)
		}
	}
	tables, err := e.Warehouse.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	results := slices.DeleteFunc(tables, func(name string) bool { return !strings.HasPrefix(name, "result_") })
	if len(results) != 1 {
		t.Errorf("got the results %v, want that of the run alone", results)
	}
}
