package pipeline_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// sharedData is where real exports lie, beside the repository.
const sharedData = "../../../shared/data"

// shared returns the path of a real export, and skips the test without it.
func shared(t testing.TB, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("reads large exports, and this is a short test")
	}
	path, err := filepath.Abs(filepath.Join(sharedData, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs %s of the shared data: put it into %s beside the repository", name, filepath.Clean(sharedData))
	}
	return path
}

// TestExamplesHold checks that each example has no finding but the reviews of
// percentiles that runs do not apply yet, and that its golden customers land where they must.
func TestExamplesHold(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../../examples/*/strategy.yaml")
	if err != nil || len(folders) < 3 {
		t.Fatalf("got the examples %v (%v), want three or more", folders, err)
	}
	for _, path := range folders {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			s, found := spec.Load(os.DirFS(folder))
			if s == nil {
				t.Fatal(found.Err())
			}
			for _, d := range append(found, spec.Lint(s)...) {
				if d.Code != "hold_not_applied" {
					t.Error(d)
				}
			}
			report, err := pipeline.RunTests(t.Context(), s, pipeline.TestsRequest{}, inMemory)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range failures(report) {
				t.Error(f)
			}
			if report.Passed == 0 {
				t.Error("there is no golden customer")
			}
		})
	}
}

// answers are the rows that hand-written SQL gave for each check.
type answers map[string][][]string

func readAnswers(t testing.TB, set string) answers {
	t.Helper()
	text, err := os.ReadFile(shared(t, "checks/"+set+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Checks []struct {
			ID   string     `json:"id"`
			Rows [][]string `json:"rows"`
		} `json:"checks"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	all := answers{}
	for _, c := range file.Checks {
		all[c.ID] = c.Rows
	}
	return all
}

// is compares what the language gives with the rows of a check.
func (a answers) is(t *testing.T, id string, got ...[]string) {
	t.Helper()
	if len(a[id]) == 0 {
		t.Fatalf("there is no check %s", id)
	}
	if diff := cmp.Diff(got, a[id]); diff != "" {
		t.Errorf("%s (-got +want):\n%s", id, diff)
	}
}

// example is a store with an imported set of exports.
type example struct {
	*pipeline.Engine
	report pipeline.ImportReport
}

// newExample imports files by the sources of a strategy.
func newExample(t *testing.T, strategy fs.FS, files map[string][]string, sources ...string) *example {
	t.Helper()
	w, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "facts.duckdb"), duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	x := &example{Engine: &pipeline.Engine{Warehouse: w, State: openState(t), Strategy: load(t, strategy)}}
	x.report, err = x.Import(t.Context(), pipeline.ImportRequest{Root: t.TempDir(), Files: files, Sources: sources, Now: importedAt}, nil)
	if err != nil {
		t.Fatal(err)
	}
	reconcile(t, x.report)
	return x
}

func load(t testing.TB, strategy fs.FS) *spec.Strategy {
	t.Helper()
	s, found := spec.Load(strategy)
	if s == nil {
		t.Fatal(found.Err())
	}
	return s
}

// withChecks returns the strategy of an example and what checks need beside it.
func withChecks(t testing.TB, name, checks string) fs.FS {
	t.Helper()
	folder := os.DirFS(filepath.Join("../../examples", name))
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := fstest.MapFS{"checks.yaml": {Data: []byte(checks)}}
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: text}
	}
	return all
}

// smallFile writes a small file and returns its path.
func smallFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.csv")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// runAsOf evaluates the base as of a day.
func (x *example) runAsOf(t *testing.T, day string) {
	t.Helper()
	date := dateOf(t, day)
	if _, err := x.Run(t.Context(), pipeline.RunRequest{AsOf: &date, Now: importedAt}); err != nil {
		t.Fatal(err)
	}
}

func dateOf(t testing.TB, day string) period.Date {
	t.Helper()
	date, err := period.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	return date
}

// imported returns the report about a source.
func (x *example) imported(t testing.TB, source string) pipeline.SourceReport {
	t.Helper()
	i := slices.IndexFunc(x.report.Sources, func(s pipeline.SourceReport) bool { return s.Source == source })
	if i < 0 {
		t.Fatalf("source %q was not imported", source)
	}
	return x.report.Sources[i]
}

// listed is a customer of a list.
type listed struct {
	id    string
	cells map[string]any
}

func (c listed) number(name string) float64 {
	x, ok := c.cells[name].(float64)
	if !ok {
		return math.NaN() // which no check expects
	}
	return x
}

func (c listed) text(name string) string { return fmt.Sprint(c.cells[name]) }

// list lists customers of the newest run.
func (x *example) list(t testing.TB, r pipeline.CustomersRequest) []listed {
	t.Helper()
	report, err := x.Customers(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]listed, len(report.Rows))
	for i, row := range report.Rows {
		list[i] = listed{id: fmt.Sprint(row[0]), cells: map[string]any{}}
		for j, c := range report.Columns {
			list[i].cells[c.Name] = row[j]
		}
	}
	return list
}

// count returns how many customers meet a condition.
func (x *example) count(t testing.TB, condition string) int {
	t.Helper()
	return len(x.list(t, pipeline.CustomersRequest{Where: condition, Columns: []string{"country"}}))
}

// kept returns the customers for which the condition holds.
func kept(list []listed, holds func(listed) bool) []listed {
	return slices.DeleteFunc(slices.Clone(list), func(c listed) bool { return !holds(c) })
}

// sum adds up a column over customers.
func sum(list []listed, name string) float64 {
	total := 0.0
	for _, c := range list {
		total += c.number(name)
	}
	return total
}

// positive counts the customers with more than nothing in a column.
func positive(list []listed, name string) int {
	n := 0
	for _, c := range list {
		if c.number(name) > 0 {
			n++
		}
	}
	return n
}

// figure writes a number as the checks do: to two decimals, without trailing
// zeros.
func figure(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

// cents writes an amount as the checks do.
func cents(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

func whole(n int) string { return strconv.Itoa(n) }

// retained writes how many customers of each cohort were active again how many
// spans later. active says, per customer, in which spans.
func retained(names []string, active [][]bool) [][]string {
	table := make([][]int, len(names))
	for i := range table {
		table[i] = make([]int, len(names))
	}
	for _, spans := range active {
		first := slices.Index(spans, true)
		for i, is := range spans {
			if is {
				table[first][i-first]++
			}
		}
	}
	var rows [][]string
	for i, counts := range table {
		var parts []string
		for k, n := range counts {
			if n > 0 {
				parts = append(parts, fmt.Sprintf("%d:%d", k, n))
			}
		}
		if counts[0] > 0 {
			rows = append(rows, []string{names[i], whole(counts[0]), strings.Join(parts, " ")})
		}
	}
	return rows
}
