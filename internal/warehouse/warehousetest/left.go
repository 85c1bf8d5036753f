package warehousetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// line is a subscription of 100; more is said over it.
func line(id string, more says) says {
	row := says{"account": "a", "id": id, "at": "2026-01-01", "arr": usd(100)}
	for k, v := range more {
		row[k] = v
	}
	return row
}

// leftLoad is one load of a series, a day later than the one before.
type leftLoad struct {
	rows []says
	mode fact.RowMode
	want warehouse.Loaded // of the counts alone: without money and unmatched rows
	sums []int64          // what holds as of 1 January, and on the days of import from the first on
}

// exerciseLeft loads rows that the condition of their source leaves out. The
// first load is on 10 January, each next one on the day after.
func exerciseLeft(t *testing.T, open Open) {
	out := says{"left": fact.LeftOut}
	later := says{"left": fact.LeftOut, "file": 1}
	untold := says{"left": fact.LeftOutUnknown}
	at := func(day string, more says) says {
		row := says{"updated": day}
		for k, v := range more {
			row[k] = v
		}
		return row
	}
	tests := []struct {
		name  string
		loads []leftLoad
	}{
		{"a row that no longer matches, twice, and matches again", []leftLoad{
			{rows: []says{line("1", nil), line("2", nil)}, want: warehouse.Loaded{Added: 2}, sums: []int64{200, 200}},
			{rows: []says{line("1", out), line("2", nil)}, want: warehouse.Loaded{Unchanged: 1, Retracted: 1}, sums: []int64{200, 200, 100}},
			{rows: []says{line("1", out), line("2", nil)}, want: warehouse.Loaded{Unchanged: 1}, sums: []int64{200, 200, 100, 100}},
			{rows: []says{line("1", nil), line("2", nil)}, want: warehouse.Loaded{Added: 1, Unchanged: 1}, sums: []int64{200, 200, 200, 200, 200}},
			{rows: []says{line("1", nil), line("2", nil)}, want: warehouse.Loaded{Unchanged: 2}, sums: []int64{200, 200, 200, 200, 200, 200}},
			{rows: []says{line("1", out)}, want: warehouse.Loaded{Retracted: 1}, sums: []int64{200, 200, 200, 200, 200, 200, 100}},
		}},
		{"a row of which it cannot be told", []leftLoad{
			{rows: []says{line("1", nil)}, want: warehouse.Loaded{Added: 1}, sums: []int64{100, 100}},
			{rows: []says{line("1", untold)}, sums: []int64{100, 100, 100}},
			{rows: []says{line("1", out), line("1", untold)}, sums: []int64{100, 100, 100, 100}},
		}},
		{"rows that were never stored, of nobody, and of others", []leftLoad{
			{rows: []says{line("1", nil), line("2", out)}, want: warehouse.Loaded{Added: 1}, sums: []int64{100, 100}},
			{rows: []says{line("2", out), {"at": "2026-01-01", "left": fact.LeftOut}, line("3", says{"account": "b", "left": fact.LeftOut})}, sums: []int64{100, 100, 100}},
		}},
		{"an older row, which takes nothing back", []leftLoad{
			{rows: []says{line("1", at("2026-01-05", nil))}, want: warehouse.Loaded{Added: 1}, sums: []int64{100, 100}},
			{rows: []says{line("1", at("2026-01-04", out))}, sums: []int64{100, 100, 100}},
			{rows: []says{line("1", at("2026-01-05", out))}, want: warehouse.Loaded{Retracted: 1}, sums: []int64{100, 0, 0, 0}}, // from 5 January on
			{rows: []says{line("1", at("2026-01-04", nil))}, want: warehouse.Loaded{Unchanged: 1}, sums: []int64{100, 0, 0, 0, 0}},
			{rows: []says{line("1", at("2026-01-06", nil))}, want: warehouse.Loaded{Added: 1}, sums: []int64{100, 100, 100, 100, 100, 100}},
		}},
		{"an older row within a load, whatever its place", []leftLoad{
			{
				rows: []says{line("1", at("2026-01-06", out)), line("1", at("2026-01-05", nil)), line("2", at("2026-01-05", nil)), line("2", at("2026-01-06", out))},
				want: warehouse.Loaded{Added: 2, Retracted: 2}, sums: []int64{200, 0},
			},
			{
				rows: []says{line("1", at("2026-01-05", nil)), line("1", at("2026-01-07", nil)), line("2", at("2026-01-07", nil)), line("2", at("2026-01-06", out))},
				want: warehouse.Loaded{Added: 2, Unchanged: 1}, sums: []int64{200, 200, 200},
			},
		}},
		{"rows that share an id in one file, of which one matches", []leftLoad{
			{rows: []says{line("1", nil), line("1", out), line("2", out), line("2", nil)}, want: warehouse.Loaded{Added: 2}, sums: []int64{200, 200}},
			{rows: []says{line("1", at("2026-01-05", nil)), line("1", at("2026-01-05", out))}, want: warehouse.Loaded{Unchanged: 1}, sums: []int64{200, 200, 200}},
			{
				rows: []says{line("1", says{"file": 1}), line("1", later), line("2", says{"file": 2}), line("2", says{"file": 3, "left": fact.LeftOut})},
				want: warehouse.Loaded{Unchanged: 2, Retracted: 1}, sums: []int64{200, 200, 200, 100},
			},
		}},
		{"rows of one key in one load, again and again", []leftLoad{
			{rows: []says{line("1", nil), line("1", later)}, want: warehouse.Loaded{Added: 1, Retracted: 1}, sums: []int64{100, 0}},
			{rows: []says{line("1", nil), line("1", later)}, want: warehouse.Loaded{Unchanged: 1}, sums: []int64{100, 0, 0}},
			{rows: []says{line("1", out), line("1", nil)}, want: warehouse.Loaded{Added: 1}, sums: []int64{100, 100, 100, 100}},
			{rows: []says{line("1", out), line("1", nil)}, want: warehouse.Loaded{Unchanged: 1}, sums: []int64{100, 100, 100, 100, 100}},
		}},
		{"a row that comes back with another amount, twice in one load, and goes", []leftLoad{
			{rows: []says{line("1", nil)}, want: warehouse.Loaded{Added: 1}, sums: []int64{100, 100}},
			{rows: []says{line("1", out)}, want: warehouse.Loaded{Retracted: 1}, sums: []int64{100, 100, 0}},
			{
				rows: []says{line("1", says{"arr": usd(300)}), line("1", says{"arr": usd(500)}), line("1", later)},
				want: warehouse.Loaded{Unchanged: 1, Repeated: 1, Conflicts: 1}, sums: []int64{100, 100, 0, 0},
			},
			{
				rows: []says{line("1", says{"arr": usd(300)}), line("1", says{"arr": usd(500)})},
				want: warehouse.Loaded{Added: 1, Repeated: 1, Conflicts: 1}, sums: []int64{500, 500, 500, 500, 500},
			},
		}},
		{"a snapshot, which lists what cannot be told, and from which a row is gone and comes back", []leftLoad{
			{mode: fact.Snapshot, rows: many(11, line("", nil)), want: warehouse.Loaded{Added: 11}, sums: []int64{1100, 1100}},
			{mode: fact.Snapshot, rows: append(many(10, line("", nil)), line("10", untold)), want: warehouse.Loaded{Unchanged: 10}, sums: []int64{1100, 1100, 1100}},
			{mode: fact.Snapshot, rows: append(many(10, line("", nil)), line("10", out)), want: warehouse.Loaded{Unchanged: 10, Retracted: 1}, sums: []int64{1100, 1100, 1100, 1000}},
			{mode: fact.Snapshot, rows: many(11, line("", nil)), want: warehouse.Loaded{Added: 1, Unchanged: 10}, sums: []int64{1100, 1100, 1100, 1100, 1100}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, open)
			first := period.Date(micros("2026-01-10") / period.MicrosPerDay)
			for i, l := range tt.loads {
				day := first + period.Date(i)
				got := load(t, w, warehouse.Loading{Kind: Contract(), Batch: int64(i + 1), Mode: l.mode, Conditional: true, Now: day.Micros()}, l.rows...)
				got.Money, got.Unmatched, got.ConflictExamples = nil, 0, nil
				if diff := cmp.Diff(l.want, got); diff != "" {
					t.Errorf("load %d (-want +got):\n%s", i+1, diff)
				}
				sums := []int64{sumOn(t, w, period.Date(micros("2026-01-01")/period.MicrosPerDay))}
				for d := first; d <= day; d++ {
					sums = append(sums, sumOn(t, w, d))
				}
				if diff := cmp.Diff(l.sums, sums); diff != "" {
					t.Errorf("sums after load %d (-want +got):\n%s", i+1, diff)
				}
			}
		})
	}
	t.Run("more than half of the source", func(t *testing.T) { exerciseLeftTooMany(t, open) })
	t.Run("versions", func(t *testing.T) { exerciseLeftVersions(t, open) })
}

// sumOn adds up the lines that hold on a day.
func sumOn(t *testing.T, w warehouse.Warehouse, day period.Date) int64 {
	t.Helper()
	var sum int64
	text := ask(t, w, fmt.Sprintf(`SELECT coalesce(sum(arr), 0)::BIGINT FROM fact_contract f WHERE NOT EXISTS
		(SELECT 1 FROM superseded s WHERE s.kind = 'contract' AND s.row = f._row AND coalesce(s.day, %d) <= %d)`, day, day))
	if _, err := fmt.Sscan(text, &sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

func exerciseLeftTooMany(t *testing.T, open Open) {
	w := setup(t, open)
	l := warehouse.Loading{Kind: Contract(), Batch: 1, Conditional: true}
	load(t, w, l, many(40, line("", nil))...)
	l.Batch = 2
	if _, err := tryLoad(t.Context(), w, l, many(21, line("", says{"left": fact.LeftOut}))...); !errors.Is(err, warehouse.ErrLeaving) {
		t.Errorf("got %v for 21 of 40 rows, want %v", err, warehouse.ErrLeaving)
	}
	l.Batch = 3
	if got := load(t, w, l, many(20, line("", says{"left": fact.LeftOut}))...); got.Retracted != 20 {
		t.Errorf("got %d of 40 rows taken back, want 20", got.Retracted)
	}
	l.Batch, l.AllowRetract = 4, true
	if got := load(t, w, l, many(40, line("", says{"left": fact.LeftOut}))...); got.Retracted != 20 {
		t.Errorf("got %d rows taken back where it is allowed, want the other 20", got.Retracted)
	}
}

// exerciseLeftVersions: an account that its source leaves out is gone, with all
// of its versions, from that day on, unless the same load lists it too.
func exerciseLeftVersions(t *testing.T, open Open) {
	w := setup(t, open)
	l := warehouse.Loading{Kind: Account(), Batch: 1, Conditional: true, Now: micros("2026-01-10")}
	a := func(day string, more says) says {
		row := says{"account": "a", "at": day}
		for k, v := range more {
			row[k] = v
		}
		return row
	}
	load(t, w, l, a("2026-01-01", nil), says{"account": "b", "at": "2026-01-01"})
	l.Batch = 2
	load(t, w, l, a("2026-01-05", says{"name": "x"}))
	l.Batch = 3
	if got := load(t, w, l, a("2026-01-05", says{"name": "x"}), a("2026-01-06", says{"left": fact.LeftOut})); got.Retracted != 0 {
		t.Errorf("got %d versions taken back of an account that is listed, want 0", got.Retracted)
	}
	l.Batch = 4
	if got := load(t, w, l, a("2026-01-06", says{"left": fact.LeftOut})); got.Retracted != 2 {
		t.Errorf("got %d versions taken back, want 2", got.Retracted)
	}
	const count = `SELECT count(*) FROM fact_account f WHERE `
	if got := ask(t, w, count+current("account")); got != "1\n" {
		t.Errorf("got %q rows that count, want 1", got)
	}
	l.Batch, l.Now = 5, micros("2026-01-20")
	if got := load(t, w, l, says{"account": "a", "today": "2026-01-20"}); got.Added != 1 {
		t.Errorf("got %+v for an account that comes back, want 1 added", got)
	}
	if got := ask(t, w, `SELECT _at, _flags & 1 FROM fact_account f WHERE _batch = 5`); got != fmt.Sprintf("%d 0\n", micros("2026-01-20")) {
		t.Errorf("got %q, want the account from the day of import on", got)
	}
}
