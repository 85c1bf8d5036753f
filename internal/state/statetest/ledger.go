package statetest

import (
	"testing"

	"github.com/segue-cs/segue/internal/state"
)

func exerciseLedger(t *testing.T, open OpenFunc) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	lenses, passes, err := s.Ledger(ctx)
	check(t, err)
	if len(lenses)+len(passes) > 0 {
		t.Errorf("got %v and %v of an empty ledger", lenses, passes)
	}

	first := run(begin(t, s, "run"))
	value := state.Lens{ID: 1, Kind: "dimension", Name: "value", Grain: "account", Places: []string{"high", "löw"}, Opened: first.Batch, OpenedOn: day(), Opening: "opening_1"}
	industry := state.Lens{ID: 2, Kind: "dimension", Name: "industry", Grain: "account", Domain: "account.industry", Opened: first.Batch, OpenedOn: day(), Opening: "opening_1"}
	first.Entry = &state.Entry{Lenses: []state.Lens{industry, value}, Moves: 9_000_000_000}
	check(t, s.SaveRun(ctx, first))

	silent := run(begin(t, s, "run")) // moves nobody
	check(t, s.SaveRun(ctx, silent))

	second := run(begin(t, s, "run"))
	value.Name, value.Places = "worth", []string{"top", "löw", "none"}
	industry.Closed, industry.ClosedOn = second.Batch, day()+1
	second.Entry = &state.Entry{Lenses: []state.Lens{value, industry}}
	check(t, s.SaveRun(ctx, second))

	refused := run(begin(t, s, "run"))
	refused.Entry = &state.Entry{Lenses: []state.Lens{{ID: 3, Kind: "neither", Opened: refused.Batch}}, Moves: 1}
	if err := s.SaveRun(ctx, refused); err == nil {
		t.Error("a lens of no kind: got no error")
	}
	check(t, s.Abort(ctx, refused.Batch, noon()))
	check(t, s.DropRun(ctx, first.Batch)) // the ledger stays
	check(t, s.Close())

	s = open(t, folder)
	t.Cleanup(func() { check(t, s.Close()) })
	lenses, passes, err = s.Ledger(ctx)
	check(t, err)
	same(t, "lenses", lenses, []state.Lens{value, industry})
	same(t, "passes", passes, []state.Pass{
		{Batch: first.Batch, AsOf: first.AsOf, KnownAt: first.KnownAt, Version: first.Version, Moves: 9_000_000_000},
		{Batch: second.Batch, AsOf: second.AsOf, KnownAt: second.KnownAt, Version: second.Version},
	})
}
