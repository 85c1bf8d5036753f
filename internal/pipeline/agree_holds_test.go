package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// TestAgreeHolds runs random customers day by day under random waits, once for
// all of them by the engine, and once each by dimension.Hold on what package
// explain says of the day.
func TestAgreeHolds(t *testing.T) {
	t.Parallel()
	seeds := uint64(2)
	if os.Getenv("SEGUE_AGREE") != "" {
		seeds = 60
	}
	compared, moved, waited := 0, 0, 0
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newHoldWorld(t, seed)
			for range 14 {
				w.day(t)
			}
			compared, moved, waited = compared+w.compared, moved+w.moved, waited+w.waited
		})
	}
	t.Logf("compared %d closes, on %d of which customers moved and on %d waited", compared, moved, waited)
	if moved*50 < compared || waited*20 < compared {
		t.Errorf("%d closes, %d moves, %d waits: too few to tell", compared, moved, waited)
	}
}

// holdWorld is a folder whose customers are followed from close to close.
type holdWorld struct {
	engine *pipeline.Engine
	root   string
	rand   *rand.Rand
	now    time.Time
	events strings.Builder
	kept   map[string]map[string]dimension.Held // by lens and customer

	compared, moved, waited int
}

const holdCustomers = 25

func newHoldWorld(t *testing.T, seed uint64) *holdWorld {
	t.Helper()
	house, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { house.Close() })
	w := &holdWorld{
		engine: &pipeline.Engine{Warehouse: house, State: openState(t)}, root: t.TempDir(), rand: rand.New(rand.NewPCG(seed, 15)),
		now: time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC), kept: map[string]map[string]dimension.Held{},
	}
	w.events.WriteString("customer,at,n\n")
	w.engine.Strategy = w.strategy(t)
	return w
}

func (w *holdWorld) hold(margin bool) string {
	wait := func() string {
		parts := []string{fmt.Sprintf("confirm: %dd", w.rand.IntN(4)), fmt.Sprintf("dwell: %dd", w.rand.IntN(5))}
		if margin {
			parts = append(parts, "margin: "+[]string{"0", "2.5", "20%"}[w.rand.IntN(3)])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	text := "{up: " + wait() + ", down: " + wait()
	for _, more := range []string{", grace: 5d", ", freeze: {from: 03-26, to: 03-30}", ", review: monthly"} {
		if w.rand.IntN(4) == 0 {
			text += more
		}
	}
	return text + "}"
}

func (w *holdWorld) strategy(t *testing.T) *spec.Strategy {
	t.Helper()
	text := `name: holds
currency: USD
base: {when: 'units.or(0) != 13'}
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, parent: parent}}
  events: {files: events.csv, fact: event, columns: {account: customer, at: at, quantity: n}}
metrics:
  units: {from: event, last: quantity, over: 2d}
dimensions:
  value:
    of: units
    levels: {top: 30, high: 20, medium: 10, low: 0}
    hold: ` + w.hold(true) + `
  strict:
    of: units
    bound: above
    levels: {more: 15, less: 0}
    hold: ` + w.hold(true) + `
  points:
    points: [{when: 'units > 5', points: 2}, {when: 'units > 25', points: 3}]
    levels: {many: 4, some: 1, none: 0}
    hold: ` + w.hold(true) + `
  ruled:
    levels: {good: 'units > 22', fair: 'units > 11', poor: 'true'}
    hold: ` + w.hold(false) + `
  ranked:
    of: units
    within: [value]
    levels: {much: p80, some: p40, little: p0}
    hold: ` + w.hold(true) + `
  free:
    levels: {odd: 'units == 15', even: 'units != 15'}
    hold: {review: monthly, freeze: {from: 03-25, to: 03-28}}
segmentations:
  better:
    ordered: true
    on_unknown: ` + []string{"hold", "no"}[w.rand.IntN(2)] + `
    hold: ` + w.hold(false) + `
    segments: {first: 'value == "top"', second: 'units > 18 || strict == "more"', third: 'units > 3'}
  families:
    customer: parent
    ordered: true
    hold: ` + w.hold(false) + `
    segments: {large: 'units > 60', middle: 'value == "top" || units > 30', small: 'true'}
  plain:
    segments: {one: 'ruled == "good" && value != "low"', two: 'units > 9', three: 'true'}
`
	files := map[string]string{"strategy.yaml": text}
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, found := spec.Load(os.DirFS(folder))
	if s == nil {
		t.Fatalf("%v\n%s", found.Err(), text)
	}
	return s
}

// day lets the customers use something or nothing, runs, and compares.
func (w *holdWorld) day(t *testing.T) {
	t.Helper()
	accounts := "id,parent\n"
	for i := range holdCustomers {
		accounts += fmt.Sprintf("c%d,%s\n", i, map[bool]string{true: fmt.Sprint("c", i-i%3)}[i%3 > 0])
		if w.rand.IntN(5) > 0 {
			fmt.Fprintf(&w.events, "c%d,%s,%d\n", i, w.now.Format("2006-01-02T15:04:05Z"), w.rand.IntN(9)*5-w.rand.IntN(2)*2)
		}
	}
	for name, text := range map[string]string{"accounts.csv": accounts, "events.csv": w.events.String()} {
		if err := os.WriteFile(filepath.Join(w.root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.engine.Import(t.Context(), pipeline.ImportRequest{Root: w.root, Now: w.now}, nil); err != nil {
		t.Fatal(err)
	}
	for range 1 + w.rand.IntN(2) { // the second has nothing to do, unless the strategy differs
		if _, err := w.engine.Run(t.Context(), pipeline.RunRequest{Now: w.now, AcceptLeavers: true}); err != nil {
			t.Fatal(err)
		}
	}
	now := map[string]map[string]dimension.Held{}
	for _, grain := range []customer.Grain{{}, {Level: customer.ByParent}} {
		placed, columns, err := w.engine.Placed(t.Context(), grain)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range placed {
			w.compare(t, p, columns, now)
		}
	}
	w.kept, w.now = now, w.now.AddDate(0, 0, 1)
}

// compare follows one customer over one close.
func (w *holdWorld) compare(t *testing.T, p pipeline.Placed, columns []query.ResultColumn, now map[string]map[string]dimension.Held) {
	t.Helper()
	s, day := w.engine.Strategy, p.AsOf
	stands := explain.Evaluate(s, p.Customer)
	check := func(name string, h dimension.Hold, levels int, r dimension.Reach) {
		at := name + " by " + p.Grain.String()
		want, ok := w.kept[at][p.ID]
		switch {
		case ok:
			want = h.Step(want, r, day)
		case len(w.kept) > 0 && h.GraceDays > 0:
			want = dimension.First(levels, r, day)
		default:
			want = dimension.First(levels, r, 0)
		}
		if d, ok := s.Segmentation(name); ok && want.Level == dimension.NoLevel && d.OnUnknown == segmentation.AsNo { // a first place by what counts as no
			want.Level = segmentIndex(d, p, columns)
		}
		if now[at] == nil {
			now[at] = map[string]dimension.Held{}
		}
		now[at][p.ID] = want
		got := p.Holds[name]
		w.compared++
		if got.Moved == day {
			w.moved++
		}
		if got.Toward != dimension.NoLevel {
			w.waited++
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s, customer %s, on %s, %+v, value %v: got %+v, want %+v", name, p.ID, day, h, p.Metrics["units"], got, want)
		}
	}
	for _, d := range s.Dimensions {
		if d.Hold.IsZero() { // waits of no days at all: nothing is kept
			continue
		}
		levels := len(d.LevelNames())
		if !d.HasDirections() {
			levels = 0
		}
		check(d.Name, d.Hold, levels, explain.Reach(s, p.Customer, d.Name))
	}
	for _, d := range s.Segmentations {
		if d.Grain == p.Grain && !d.Hold.IsZero() {
			check(d.Name, d.Hold, len(d.Segments)+1, explain.Reach(s, p.Customer, d.Name))
		}
	}
	for _, column := range columns {
		switch column.Role {
		case query.RoleSegment:
			if got, want := p.Row[column.Name], segmentCode(stands.Segments[column.Of], column); got != want {
				t.Fatalf("%s, customer %s, on %s: got %v, want %v", column.Name, p.ID, day, got, want)
			}
		case query.RoleProvisional:
			if got, want := p.Row[column.Name], stands.Segments[strings.TrimSuffix(column.Of, ".provisional")].Provisional; got != want {
				t.Fatalf("%s, customer %s, on %s: got %v, want %v", column.Name, p.ID, day, got, want)
			}
		}
	}
}

// segmentIndex is the place in a segmentation as the engine has it; the one after
// the last segment is none of them.
func segmentIndex(d segmentation.Definition, p pipeline.Placed, columns []query.ResultColumn) int {
	column, _ := query.Find(columns, query.RoleSegment, d.Name)
	if code := p.Row[column.Name].(int64); code >= 0 {
		return int(code)
	}
	return len(d.Segments)
}

// missedDays is as long as the longest wait of missedStrategy, so that a view of
// its last day begins with its first.
const missedDays = 12

const missedStrategy = `name: missed
currency: USD
late_renewal_grace: 0d
sources:
  accounts: {files: lines.csv, fact: account, columns: {account: customer}}
  contracts: {files: lines.csv, fact: contract, columns: {id: line, account: customer, arr: {from: arr, currency: USD}, starts: starts, ends: ends}}
metrics:
  arr: {from: contract, sum: arr, where: in_force}
dimensions:
  value:
    of: arr
    levels: {high: 75000, medium: 25000, low: 0}
    hold: {up: {confirm: 2d}, down: {confirm: 3d, dwell: 12d}}
segmentations:
  tiers: {segments: {top: 'value == "high"', rest: 'true'}}
`

var missedFirst = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// missedLines are contract lines that follow each other at random.
func missedLines() string {
	r := rand.New(rand.NewPCG(7, 15))
	lines := "line,customer,arr,starts,ends\n"
	for i := range 30 {
		for from := -30; from <= missedDays; {
			to := from + 1 + r.IntN(6)
			lines += fmt.Sprintf("l%d_%d,c%d,%d,%s,%s\n", i, from+30, i, r.IntN(5)*25_000,
				missedFirst.AddDate(0, 0, from).Format(time.DateOnly), missedFirst.AddDate(0, 0, to).Format(time.DateOnly))
			from = to
		}
	}
	return lines
}

// missedEngine has imported the lines on the first day.
func missedEngine(t *testing.T, lines, strategy string) (*pipeline.Engine, *spec.Strategy) {
	t.Helper()
	house, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { house.Close() })
	root := t.TempDir()
	for name, text := range map[string]string{"lines.csv": lines, "strategy.yaml": strategy} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, found := spec.Load(os.DirFS(root))
	if s == nil {
		t.Fatal(found.Err())
	}
	e := &pipeline.Engine{Warehouse: house, State: openState(t), Strategy: s}
	if _, err := e.Import(t.Context(), pipeline.ImportRequest{Root: root, Now: missedFirst}, nil); err != nil {
		t.Fatal(err)
	}
	return e, s
}

// missedRuns imports the lines on the first day and runs on some days, or looks
// at them. It returns where customers stand, and what the ledger says.
func missedRuns(t *testing.T, lines string, asOf bool, on ...int) ([]pipeline.Placed, string) {
	t.Helper()
	e, s := missedEngine(t, lines, missedStrategy)
	for _, n := range on {
		request := pipeline.RunRequest{Now: missedFirst.AddDate(0, 0, n), AcceptLeavers: true}
		if asOf {
			day := s.Zone.Date(request.Now.UnixMicro())
			request.AsOf = &day
		}
		if _, err := e.Run(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	placed, _, err := e.Placed(t.Context(), customer.Grain{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(placed, func(a, b pipeline.Placed) int { return strings.Compare(a.ID, b.ID) })
	if asOf {
		return placed, ""
	}
	moves, err := e.Transitions(t.Context(), pipeline.TransitionsRequest{Lens: "value"})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range moves.Movers {
		told = append(told, fmt.Sprint(m.Customer, m.On, m.From, m.To, m.Causes, m.WaitedSince))
	}
	slices.Sort(told)
	return placed, strings.Join(told, "\n")
}

// TestMissedDays: a folder that is run every day, one that misses all days
// between, and a view of the last day in a third agree on where customers stand,
// and the first two on what moved when.
func TestMissedDays(t *testing.T) {
	t.Parallel()
	lines := missedLines()
	var every []int
	for n := range missedDays + 1 {
		every = append(every, n)
	}
	daily, told := missedRuns(t, lines, false, every...)
	missed, toldMissed := missedRuns(t, lines, false, 0, missedDays)
	view, _ := missedRuns(t, lines, true, missedDays)
	if told != toldMissed || strings.Count(told, "\n") < 10 {
		t.Errorf("moves of daily runs:\n%s\nof missed days:\n%s", told, toldMissed)
	}
	for i, p := range daily {
		for name, other := range map[string]pipeline.Placed{"caught up": missed[i], "view": view[i]} {
			if !reflect.DeepEqual(p.Holds, other.Holds) {
				t.Errorf("%s, customer %s: got %+v, want %+v", name, p.ID, other.Holds, p.Holds)
			}
		}
	}
}

// TestCatchUpKeepsWholeDays: a run that fails on a missed day has kept those
// before, and the next one goes on from there.
func TestCatchUpKeepsWholeDays(t *testing.T) {
	t.Parallel()
	// Six of seven leave the base on 6 May, which stops a run.
	lines := "line,customer,arr,starts,ends\na,a,100000,2026-01-01,2027-01-01\n"
	for i := range 6 {
		lines += fmt.Sprintf("b%d,b%d,100000,2026-01-01,2026-05-06\n", i, i)
	}
	strategy := strings.Replace(missedStrategy, "sources:", "base: {when: 'arr > 0'}\nsources:", 1)
	e, _ := missedEngine(t, lines, strategy)
	if _, err := e.Run(t.Context(), pipeline.RunRequest{Now: missedFirst}); err != nil {
		t.Fatal(err)
	}
	report, err := e.Run(t.Context(), pipeline.RunRequest{Now: missedFirst.AddDate(0, 0, 9)})
	if err == nil || !strings.Contains(err.Error(), "catch up with 2026-05-06: ") || len(report.CaughtUp) != 4 {
		t.Fatalf("got %d days, %v; want four and to stop on 6 May", len(report.CaughtUp), err)
	}
	if runs, err := e.State.Runs(t.Context()); err != nil || len(runs) != 2 || runs[0].AsOf.String() != "2026-05-05" {
		t.Errorf("got %+v, %v; want the placement of 5 May and the close before", runs, err)
	}
	report, err = e.Run(t.Context(), pipeline.RunRequest{Now: missedFirst.AddDate(0, 0, 9), AcceptLeavers: true})
	if err != nil || len(report.CaughtUp) != 4 || report.CaughtUp[0].AsOf.String() != "2026-05-06" {
		t.Errorf("got %+v, %v; want the four days that were left", report.CaughtUp, err)
	}
}
