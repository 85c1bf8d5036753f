package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

const stepsStrategy = `
name: steps
currency: USD
sources:
  accounts: {files: contracts.csv, fact: account, columns: {account: customer}}
  contracts:
    files: contracts.csv
    fact: contract
    columns: {id: line, account: customer, arr: {from: arr, currency: USD}, starts: starts}
metrics:
  arr: {from: contract, sum: arr, where: in_force}
dimensions:
  value: {of: arr, levels: {high: %d, low: 0}, hold: {down: {confirm: 3d}}}
segmentations:
  coverage: {segments: {named: 'value == "high"', pooled: 'true'}}
`

var errKilled = errors.New("killed")

// mortal counts down the calls that write; the one after the last, and all that
// follow, fail and write nothing, as nothing is written after a kill.
type mortal struct{ left, made int }

func (m *mortal) step() error {
	if m.left <= 0 {
		return errKilled
	}
	m.left--
	m.made++
	return nil
}

// mortalHouse and mortalState write as long as their process lives.
type mortalHouse struct {
	warehouse.Warehouse
	life *mortal
}

func (w mortalHouse) Exec(ctx context.Context, s ...warehouse.Statement) error {
	if err := w.life.step(); err != nil {
		return err
	}
	return w.Warehouse.Exec(ctx, s...)
}

func (w mortalHouse) Enter(ctx context.Context, batch int64, s ...warehouse.Statement) error {
	if err := w.life.step(); err != nil {
		return err
	}
	return w.Warehouse.Enter(ctx, batch, s...)
}

func (w mortalHouse) Fill(ctx context.Context, table string, columns []string, rows iter.Seq[[]int64]) error {
	if err := w.life.step(); err != nil {
		return err
	}
	return w.Warehouse.Fill(ctx, table, columns, rows)
}

type mortalState struct {
	state.Store
	life *mortal
}

func (s mortalState) Begin(ctx context.Context, kind, about string, now time.Time) (int64, error) {
	if err := s.life.step(); err != nil {
		return 0, err
	}
	return s.Store.Begin(ctx, kind, about, now)
}

func (s mortalState) Abort(ctx context.Context, batch int64, now time.Time) error {
	if err := s.life.step(); err != nil {
		return err
	}
	return s.Store.Abort(ctx, batch, now)
}

func (s mortalState) SaveRun(ctx context.Context, run state.Run) error {
	if err := s.life.step(); err != nil {
		return err
	}
	return s.Store.SaveRun(ctx, run)
}

func (s mortalState) DropRun(ctx context.Context, batch int64) error {
	if err := s.life.step(); err != nil {
		return err
	}
	return s.Store.DropRun(ctx, batch)
}

// Apply is killed before each of its writes in turn. The folder opens again and
// shows the placement before, or the one before on the facts of now, or the new
// one, with the version that it is of; the ledger says the same; and the same
// apply then completes, as if it had never been killed.
func TestApplyIsKilledAtEachStep(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("applies a strategy two dozen times, and this is a short test")
	}
	day := func(n int) time.Time { return lawDay.AddDate(0, 0, n) }
	edited := fmt.Sprintf(stepsStrategy, 2500)
	folder := t.TempDir()
	im := &importer{root: folder}
	im.write(t, "strategy.yaml", fmt.Sprintf(stepsStrategy, 1000))
	im.write(t, "contracts.csv", "line,customer,arr,starts\n1,a,5000,2026-01-01\n2,b,2000,2026-01-01\n3,c,10,2026-01-01\n")
	var old string
	inFolder(t, folder, func(c company) {
		c.Files = map[string]string{"strategy.yaml": fmt.Sprintf(stepsStrategy, 1000)}
		c.read(t)
		c.runOn(t, day(0))
		old = c.stands(t)
		// Facts of which no run knows, days that none has seen, and an edit.
		im.write(t, "contracts.csv", "line,customer,arr,starts\n1,a,5000,2026-01-01\n2,b,2000,2026-01-01\n3,c,1500,2026-01-01\n4,d,3000,2026-01-01\n")
		c.read(t)
	})
	im.write(t, "strategy.yaml", edited)
	apply := pipeline.ApplyRequest{Now: day(2), MostMoves: 1, AcceptLeavers: true}
	again := func(work func(c company)) (reopen func(func(c company))) {
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
		open := func(work func(c company)) {
			inFolder(t, copied, func(c company) {
				c.Files = map[string]string{"strategy.yaml": edited}
				work(c)
			})
		}
		open(work)
		return open
	}

	var fresh, between string
	again(func(c company) {
		if _, err := c.Apply(t.Context(), apply); err != nil {
			t.Fatal(err)
		}
		fresh = c.stands(t)
	})
	again(func(c company) {
		before, err := c.Applied(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := before.Run(t.Context(), pipeline.RunRequest{Now: day(2)}); err != nil {
			t.Fatal(err)
		}
		between = c.stands(t)
	})
	if old == between || between == fresh {
		t.Fatalf("the three placements are not all different:\n%s\n%s\n%s", old, between, fresh)
	}

	seen := map[string]int{}
	for steps, killed := 0, true; killed; steps++ {
		reopen := again(func(c company) {
			life := &mortal{left: steps}
			e := *c.Engine
			e.Warehouse, e.State = mortalHouse{c.Warehouse, life}, mortalState{c.State, life}
			_, err := e.Apply(t.Context(), apply)
			if killed = err != nil; killed && !errors.Is(err, errKilled) {
				t.Fatalf("step %d: %v", steps, err)
			}
		})
		reopen(func(c company) {
			got := c.stands(t)
			seen[got]++
			if got != old && got != between && got != fresh {
				t.Errorf("killed at step %d: got\n%s\nwant one of\n%s\n%s\n%s", steps, got, old, between, fresh)
			}
			if _, err := c.Apply(t.Context(), apply); err != nil {
				t.Fatalf("killed at step %d, then applied: %v", steps, err)
			}
			if diff := cmp.Diff(fresh, c.stands(t)); diff != "" {
				t.Errorf("killed at step %d, then applied (-want +got):\n%s", steps, diff)
			}
			if shown := c.shown(t); !slices.Equal(shown.tables, shown.kept) {
				t.Errorf("killed at step %d, then applied: tables %v, needed %v", steps, shown.tables, shown.kept)
			}
		})
		if steps > 200 {
			t.Fatal("apply does not end")
		}
	}
	for _, x := range []struct{ name, stands string }{{"before", old}, {"brought up to date", between}, {"new", fresh}} {
		if seen[x.stands] == 0 {
			t.Errorf("no step left the placement %s", x.name)
		}
	}
}

func (c company) runOn(t *testing.T, now time.Time) {
	t.Helper()
	if _, err := c.Run(t.Context(), pipeline.RunRequest{Now: now}); err != nil {
		t.Fatal(err)
	}
}

// stands is where customers stand, by which version, and what the ledger says
// of how they came there.
func (c company) stands(t *testing.T) string {
	t.Helper()
	versions, err := c.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	placed, err := c.Applied(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := placed.Customers(t.Context(), pipeline.CustomersRequest{Columns: []string{"value", "coverage"}})
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprintf("version %d\n", len(versions))
	for _, row := range list.Rows {
		out += fmt.Sprintln(row...)
		h, err := placed.History(t.Context(), pipeline.HistoryRequest{Customer: row[0].(string), Lenses: []string{"value", "coverage"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range h.Lenses {
			for _, s := range l.Stays {
				out += fmt.Sprintf("  %s: %s from %s, %v, version %d\n", l.Lens, s.Place, s.From, s.Causes, s.Version)
			}
			last := l.Stays[len(l.Stays)-1].Place
			if !slices.ContainsFunc(row, func(v any) bool { return v == last }) {
				t.Errorf("%s of %v stands elsewhere than at %s, as the ledger says", l.Lens, row, last)
			}
		}
	}
	return out
}
