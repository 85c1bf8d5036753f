package warehousetest

import (
	"testing"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// exerciseJoined joins an id that no account has: its rows are no strangers from
// then on, until that is taken back; and a batch that is never settled leaves
// nothing of it.
func exerciseJoined(t *testing.T, open Open) {
	w := setup(t, open)
	load(t, w, warehouse.Loading{Kind: Account(), Batch: 1}, says{"account": "a", "today": "2026-01-01"})
	load(t, w, warehouse.Loading{Kind: Event(), Batch: 2}, says{"account": "a", "name": "x", "at": noon}, says{"account": "b", "name": "x", "at": noon})
	check := func(when string, unmatched int64, joined bool) {
		t.Helper()
		p := profile(t, w)
		if got := p.Sources["events"].Unmatched; got != unmatched {
			t.Errorf("%s: got %d unmatched, want %d", when, got, unmatched)
		}
		if p.Joined != joined {
			t.Errorf("%s: got joined %t, want %t", when, p.Joined, joined)
		}
	}
	check("before", 1, false)
	const a, b = 1, 2 // in the order in which they were met
	if err := w.Join(t.Context(), 3, []customer.Span{{Record: b, Into: a, From: period.Earliest}}); err != nil {
		t.Fatal(err)
	}
	check("joined", 0, true)
	later := load(t, w, warehouse.Loading{Kind: Event(), Batch: 4}, says{"account": "b", "name": "y", "at": noon})
	if later.Added != 1 || later.Unmatched != 0 {
		t.Errorf("a row of a joined id: got %+v, want 1 added and none unmatched", later)
	}
	if err := w.Join(t.Context(), 5, []customer.Span{{Record: b, From: period.Earliest}}); err != nil {
		t.Fatal(err)
	}
	check("parted", 1, false)
	if err := w.Sweep(t.Context(), func(batch int64) bool { return batch < 5 }, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	check("parted, and never settled", 0, true)
}
