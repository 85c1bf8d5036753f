// Package statetest says in tests what every store of the state does.
package statetest

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
)

// OpenFunc opens the store kept in a folder, and makes it if there is none.
type OpenFunc func(t *testing.T, folder string) state.Store

// Exercise checks that the stores of open keep the contract of state.Store.
func Exercise(t *testing.T, open OpenFunc) {
	t.Parallel()
	tests := []struct {
		name string
		test func(t *testing.T, open OpenFunc)
	}{
		{"an empty store", exerciseEmpty},
		{"the ways a batch ends", exerciseEnds},
		{"batches that were never begun", exerciseUnknown},
		{"any order of batches", exerciseOrders},
		{"batches left open", exerciseReopened},
		{"what was known at a time", exerciseKnown},
		{"runs", exerciseRuns},
		{"runs that cannot be saved", exerciseRefusedRuns},
		{"dropped runs", exerciseDropped},
		{"the ledger", exerciseLedger},
		{"files", exerciseFiles},
		{"imports", exerciseImports},
		{"versions", exerciseVersions},
		{"decisions", exerciseDecisions},
		{"erasures", exerciseErasures},
		{"what an erasure forgets", exerciseForgotten},
		{"several goroutines", exerciseGoroutines},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, open)
		})
	}
}

// opened returns an empty store.
func opened(t *testing.T, open OpenFunc) state.Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

// noon is a time in a zone and with more digits than are kept.
func noon() time.Time {
	return time.Date(2026, 11, 22, 12, 0, 0, 123_456_789, time.FixedZone("", 2*3600))
}

// kept returns a time as a store gives it back.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b time.Time) bool {
		return a.Equal(b) && a.Location() == b.Location()
	})); diff != "" {
		t.Errorf("%s: got (+), want (-):\n%s", what, diff)
	}
}

func begin(t *testing.T, s state.Store, kind string) int64 {
	t.Helper()
	batch, err := s.Begin(t.Context(), kind, "accounts", noon())
	check(t, err)
	return batch
}

// decided checks which batches count, and up to which all is decided.
func decided(t *testing.T, s state.Store, settled []int64, watermark int64) {
	t.Helper()
	gotSettled, err := s.Settled(t.Context())
	check(t, err)
	same(t, "settled", gotSettled, settled)
	gotWatermark, err := s.Watermark(t.Context())
	check(t, err)
	if gotWatermark != watermark {
		t.Errorf("watermark: got %d, want %d", gotWatermark, watermark)
	}
}

// exerciseKnown ends batches at later and later times, and looks back.
func exerciseKnown(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	at := func(minutes int) time.Time { return noon().Add(time.Duration(minutes) * time.Minute) }
	first := begin(t, s, "import")
	check(t, s.Commit(t.Context(), first, at(1), nil))
	check(t, s.Commit(t.Context(), begin(t, s, "run"), at(2), nil))
	check(t, s.Abort(t.Context(), begin(t, s, "import"), at(3)))
	decision := begin(t, s, "match")
	check(t, s.Commit(t.Context(), decision, at(4), nil))
	slow := begin(t, s, "import")
	after := begin(t, s, "erase")
	check(t, s.Commit(t.Context(), after, at(6), nil))
	for _, c := range []struct {
		minutes int
		want    int64
	}{{1, 0}, {2, first}, {4, first}, {5, decision}, {7, decision}} { // what the open one brings is not known yet
		got, err := s.KnownBefore(t.Context(), at(c.minutes))
		check(t, err)
		if got != c.want {
			t.Errorf("known before minute %d: got %d, want %d", c.minutes, got, c.want)
		}
	}
	check(t, s.Commit(t.Context(), slow, at(8), nil))
	for minutes, want := range map[int]int64{7: decision, 8: decision, 9: after} {
		got, err := s.KnownBefore(t.Context(), at(minutes))
		check(t, err)
		if got != want {
			t.Errorf("known before minute %d, all decided: got %d, want %d", minutes, got, want)
		}
	}
}

func exerciseEmpty(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	decided(t, s, nil, 0)
	runs, err := s.Runs(t.Context())
	check(t, err)
	same(t, "runs", runs, []state.Run{})
	files, err := s.Files(t.Context())
	check(t, err)
	same(t, "files", files, []state.File{})
	versions, err := s.Versions(t.Context())
	check(t, err)
	same(t, "versions", versions, []state.Version{})
}

func exerciseEnds(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	first, second := begin(t, s, "import"), begin(t, s, "import")
	if first < 1 || second <= first {
		t.Fatalf("got batches %d and %d, want them to increase from 1 up", first, second)
	}
	decided(t, s, nil, 0)
	check(t, s.Abort(ctx, first, noon()))
	decided(t, s, nil, first)
	check(t, s.Abort(ctx, first, noon()))
	check(t, s.Commit(ctx, second, noon(), json.RawMessage(`{"rows": 3}`)))
	decided(t, s, []int64{second}, second)

	if err := s.Commit(ctx, first, noon(), nil); err == nil {
		t.Error("commit of an aborted batch: got no error")
	}
	if err := s.Commit(ctx, second, noon(), nil); err == nil {
		t.Error("second commit: got no error")
	}
	if err := s.Abort(ctx, second, noon()); err == nil {
		t.Error("abort of a committed batch: got no error")
	}
	if err := s.SaveRun(ctx, state.Run{Batch: first}); err == nil {
		t.Error("run of an aborted batch: got no error")
	}
	decided(t, s, []int64{second}, second)
}

func exerciseUnknown(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	unknown := begin(t, s, "import") + 1
	for what, err := range map[string]error{
		"commit":    s.Commit(ctx, unknown, noon(), nil),
		"abort":     s.Abort(ctx, unknown, noon()),
		"save run":  s.SaveRun(ctx, state.Run{Batch: unknown}),
		"save file": s.SaveFile(ctx, state.File{Batch: unknown}),
		"drop run":  s.DropRun(ctx, unknown),
	} {
		if !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", what, err, state.ErrNotFound)
		}
	}
}

// exerciseOrders takes a long walk, the same in every test, and holds the store
// against a list of what became of each batch.
func exerciseOrders(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	walk := rand.New(rand.NewPCG(22, 11))
	var begun, pending, settled []int64
	for range 120 {
		if len(pending) == 0 || walk.IntN(5) < 2 {
			batch := begin(t, s, "import")
			begun, pending = append(begun, batch), append(pending, batch)
		} else {
			i := walk.IntN(len(pending))
			if batch := pending[i]; walk.IntN(3) == 0 {
				check(t, s.Abort(ctx, batch, noon()))
			} else {
				check(t, s.Commit(ctx, batch, noon(), nil))
				settled = append(settled, batch)
			}
			pending = slices.Delete(pending, i, i+1)
		}
		watermark := int64(0)
		for _, batch := range begun {
			if slices.Contains(pending, batch) {
				break
			}
			watermark = batch
		}
		decided(t, s, slices.Sorted(slices.Values(settled)), watermark)
	}
	if !slices.IsSorted(begun) || len(slices.Compact(begun)) != len(begun) {
		t.Errorf("got batches %v, want them to increase", begun)
	}
}

func exerciseReopened(t *testing.T, open OpenFunc) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	done, left := begin(t, s, "import"), begin(t, s, "run")
	check(t, s.SaveFile(ctx, state.File{Batch: left, Path: "lost.csv"}))
	check(t, s.Commit(ctx, done, noon(), nil))
	decided(t, s, []int64{done}, done)
	check(t, s.Close())

	s = open(t, folder)
	t.Cleanup(func() { check(t, s.Close()) })
	decided(t, s, []int64{done}, left)
	if err := s.Commit(ctx, left, noon(), nil); err == nil {
		t.Error("commit of a batch that its process left open: got no error")
	}
	files, err := s.Files(ctx)
	check(t, err)
	same(t, "files", files, []state.File{})
	if next := begin(t, s, "import"); next <= left {
		t.Errorf("got batch %d after %d, want numbers to increase", next, left)
	}
}

func exerciseGoroutines(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	const writers, batches = 4, 5
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() {
			for range batches {
				batch, err := s.Begin(t.Context(), "run", "", noon())
				if err == nil {
					err = s.SaveRun(t.Context(), run(batch))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		wait.Go(func() {
			for range 4 * batches {
				wantWhole(t, s)
			}
		})
	}
	wait.Wait()
	settled, err := s.Settled(t.Context())
	check(t, err)
	if len(settled) != writers*batches {
		t.Errorf("got %d committed batches, want %d", len(settled), writers*batches)
	}
}

// wantWhole checks that every run is there with all its parts, and its batch
// committed. It may be called from any goroutine.
func wantWhole(t *testing.T, s state.Store) {
	runs, err := s.Runs(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	settled, err := s.Settled(t.Context())
	if err != nil {
		t.Error(err)
	}
	last := int64(0)
	for _, r := range slices.Backward(runs) {
		same(t, "run", r, keptRun(run(r.Batch)))
		if !slices.Contains(settled, r.Batch) || r.Batch <= last {
			t.Errorf("got run %d after %d and committed batches %v", r.Batch, last, settled)
		}
		last = r.Batch
	}
}

// day is the date that runs are of.
func day() period.Date { return period.NewDate(2026, 11, 15) }
