package pipeline_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/demo"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

// planned is the demo's base with its strategy, which plans change.
type planned struct {
	*importer
	files map[string]string
}

func newPlanned(t *testing.T, now time.Time) *planned {
	t.Helper()
	p := &planned{files: map[string]string{}}
	names, err := fs.Glob(examples.Acme(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(examples.Acme(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, ".test.yaml") {
			p.files[name] = string(text)
		}
	}
	p.importer = newImporter(t, p.files["strategy.yaml"], p.files)
	p.Files = p.files
	if _, err := demo.Write(t.Context(), demo.Options{Dir: p.root, Accounts: 300, Seed: 7, AsOf: now}); err != nil {
		t.Fatal(err)
	}
	p.take(t, now)
	if _, err := p.Run(t.Context(), pipeline.RunRequest{Now: now}); err != nil {
		t.Fatal(err)
	}
	return p
}

// take imports what the sources name.
func (p *planned) take(t *testing.T, now time.Time) {
	t.Helper()
	if _, err := p.Import(t.Context(), pipeline.ImportRequest{Root: p.root, Now: now, RejectsDir: filepath.Join(p.root, "rejects")}, nil); err != nil {
		t.Fatal(err)
	}
}

// edit changes a file of the strategy.
func (p *planned) edit(t *testing.T, name, from, to string) {
	t.Helper()
	files := map[string]string{}
	for n, text := range p.files {
		files[n] = text
	}
	if !strings.Contains(files[name], from) {
		t.Fatalf("%s has no %q", name, from)
	}
	files[name] = strings.Replace(files[name], from, to, 1)
	p.write(t, name, files[name])
	s, found := spec.LoadWithoutTests(os.DirFS(p.root))
	if s == nil || found.Err() != nil {
		t.Fatal(found.Err())
	}
	p.files = files
	p.Engine = &pipeline.Engine{Warehouse: p.Warehouse, State: p.State, Strategy: s, Files: files}
}

var planEdits = []struct{ name, file, from, to string }{
	{"a bound comes down", "dimensions.yaml", "levels: {high: 100000, medium: 20000, low: 0}", "levels: {high: 40000, medium: 20000, low: 0}"},
	{"a bound goes up, against its hold", "dimensions.yaml", "levels: {high: 40000, medium: 20000, low: 0}", "levels: {high: 150000, medium: 30000, low: 0}"},
	{"a percentile", "dimensions.yaml", "levels: {high: p80, medium: p40, low: p0}", "levels: {high: p60, medium: p30, low: p0}"},
	{"a hold goes", "dimensions.yaml", "    hold: {up: {confirm: 0d}, down: {margin: 10%, confirm: 30d}}\n", ""},
	{"a segment is renamed", "segmentations.yaml", renamedFrom + ":", renamedTo + ":\n        was: " + renamedFrom},
	{"who is a customer", "strategy.yaml", "days_since_end.or(9999) < 90", "days_since_end.or(9999) < 5"},
}

// TestPlanEqualsApply checks, edit by edit, that apply enters the moves of the
// plan row for row and no others, and that in each plan start x matrix = end:
// its rows add up to where customers stood, its columns to where they stand.
func TestPlanEqualsApply(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes and runs a demo base, and this is a short test")
	}
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	p := newPlanned(t, now)
	moved := int64(0)
	for _, x := range planEdits {
		p.edit(t, x.file, x.from, x.to)
		before, err := p.Applied(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		start := p.stand(t, before)
		plan, err := p.Plan(t.Context(), pipeline.PlanRequest{Now: now})
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		report, err := p.Apply(t.Context(), pipeline.ApplyRequest{Now: now, Agreed: &plan})
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		moved += plan.Moves()
		end := p.stand(t, p.Engine)
		for _, l := range plan.Lenses {
			if l.Kind != "segmentation" || l.How != "" {
				continue
			}
			checkMatrix(t, x.name, l, start[l.Name], end[l.Name])
			if diff := cmp.Diff(p.entered(t, l.Name, report.Run.Run), movesOf(l)); diff != "" {
				t.Errorf("%s: by %s, entered (-) and planned (+):\n%s", x.name, l.Name, diff)
			}
		}
	}
	if moved == 0 {
		t.Error("no edit moved anybody")
	}
}

// stand counts the customers of each segment, by segmentation.
func (p *planned) stand(t *testing.T, e *pipeline.Engine) map[string]map[string]int64 {
	t.Helper()
	out := map[string]map[string]int64{}
	for _, s := range e.Strategy.Segmentations {
		report, err := e.Segments(t.Context(), pipeline.SegmentsRequest{Names: []string{s.Name}})
		if err != nil {
			t.Fatal(err)
		}
		out[s.Name] = map[string]int64{}
		for _, c := range report.Counts {
			for _, x := range c.Segments {
				out[s.Name][x.Name] += x.Customers
			}
		}
	}
	return out
}

func checkMatrix(t *testing.T, edit string, l pipeline.PlannedLens, start, end map[string]int64) {
	t.Helper()
	from, to := map[string]int64{}, map[string]int64{}
	for _, c := range l.Cells {
		from[c.From] += c.Customers
		to[c.To] += c.Customers
	}
	delete(from, "")
	delete(to, "")
	if n, ok := start[renamedFrom]; ok && from[renamedTo] > 0 { // the plan calls it by its new name
		start = maps.Clone(start)
		delete(start, renamedFrom)
		start[renamedTo] = n
	}
	for _, side := range []struct {
		name      string
		got, want map[string]int64
	}{{"start", from, start}, {"end", to, end}} {
		nobody := func(_ string, n int64) bool { return n == 0 }
		want := maps.Clone(side.want)
		maps.DeleteFunc(want, nobody)
		maps.DeleteFunc(side.got, nobody)
		if diff := cmp.Diff(side.got, want); diff != "" {
			t.Errorf("%s: by %s, the matrix (-) and the segments (+) at the %s:\n%s", edit, l.Name, side.name, diff)
		}
	}
}

// An edit renames a segment.
const renamedFrom, renamedTo = "diamond", "gem"

// entered lists the moves of a run in the ledger.
func (p *planned) entered(t *testing.T, segmentation string, run int64) []string {
	t.Helper()
	report, err := p.Transitions(t.Context(), pipeline.TransitionsRequest{Lens: segmentation})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range report.Movers {
		if m.Run == run {
			list = append(list, fmt.Sprintf("%s: %q to %q", m.Customer, m.From, m.To))
		}
	}
	slices.Sort(list)
	return list
}

func movesOf(l pipeline.PlannedLens) []string {
	var list []string
	for _, m := range l.Movers {
		list = append(list, fmt.Sprintf("%s: %q to %q", m.Customer, m.From, m.To))
	}
	slices.Sort(list)
	return list
}
