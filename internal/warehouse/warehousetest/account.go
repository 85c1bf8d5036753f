package warehousetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

func exerciseVersions(t *testing.T, open Open) {
	const first, second, third = "2026-01-01", "2026-01-02", "2026-01-03"
	tests := []struct {
		name     string
		steps    []step
		rows     string // account, day, seats, flags
		versions bool
		patched  bool
	}{
		{
			name: "the same undated rows on another day",
			steps: []step{
				{rows: []says{{"account": "a", "today": first, "seats": 1}}, want: warehouse.Loaded{Added: 1}},
				{rows: []says{{"account": "a", "today": second, "seats": 1}}, want: warehouse.Loaded{Unchanged: 1}},
			},
			rows: "a 20454 1 3\n",
		},
		{
			name: "undated rows that changed",
			steps: []step{
				{rows: []says{{"account": "a", "today": first, "seats": 1}, {"account": "b", "today": first, "seats": 1}}, want: warehouse.Loaded{Added: 2}},
				{rows: []says{{"account": "a", "today": second, "seats": 2}, {"account": "b", "today": second, "seats": 1}}, want: warehouse.Loaded{Added: 1, Unchanged: 1}},
				{rows: []says{{"account": "a", "today": third, "seats": 2}}, want: warehouse.Loaded{Unchanged: 1}},
			},
			rows:     "a 20454 1 3\na 20455 2 2\nb 20454 1 3\n",
			versions: true,
		},
		{
			name: "undated rows that changed within the day",
			steps: []step{
				{rows: []says{{"account": "a", "today": first, "seats": 1}}, want: warehouse.Loaded{Added: 1}},
				{rows: []says{{"account": "a", "today": first, "seats": 2}}, want: warehouse.Loaded{Corrected: 1}},
			},
			rows: "a 20454 2 3\n",
		},
		{
			name: "dated versions, and one of them corrected",
			steps: []step{
				{rows: []says{{"account": "a", "at": first, "seats": 1}, {"account": "a", "at": third, "seats": 3}}, want: warehouse.Loaded{Added: 2}},
				{rows: []says{{"account": "a", "at": first, "seats": 9}, {"account": "a", "at": second, "seats": 2}, {"account": "a", "at": third, "seats": 3}}, want: warehouse.Loaded{
					Added: 1, Corrected: 1, Unchanged: 1,
				}},
			},
			rows:     "a 20454 9 2\na 20455 2 2\na 20456 3 2\n",
			versions: true,
		},
		{
			name: "an account listed twice",
			steps: []step{
				{rows: []says{{"account": "a", "today": first, "seats": 1, "country": "Austria"}, {"account": "a", "today": first, "seats": 1, "country": "Cyprus"}}, want: warehouse.Loaded{
					Added: 1, Repeated: 1, Conflicts: 1, ConflictExamples: []string{"a: country Austria, then Cyprus"},
				}},
				{rows: []says{{"account": "a", "today": second, "seats": 1, "country": "Austria"}, {"account": "a", "today": second, "seats": 1, "country": "Cyprus"}}, want: warehouse.Loaded{
					Unchanged: 1, Repeated: 1, Conflicts: 1, ConflictExamples: []string{"a: country Austria, then Cyprus"},
				}},
			},
			rows: "a 20454 1 3\n",
		},
		{
			name: "patches of different columns on one day",
			steps: []step{
				{mode: fact.Patch, rows: []says{{"account": "a", "today": first, "seats": 1}, {"account": "a", "today": first, "country": "Chad"}}, want: warehouse.Loaded{Added: 2}},
				{mode: fact.Patch, rows: []says{{"account": "a", "today": second, "seats": 1}, {"account": "a", "today": second, "country": "Chad"}}, want: warehouse.Loaded{Unchanged: 2}},
			},
			rows:     "a 20454 1 7\na 20454 <nil> 7\n",
			versions: true, patched: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, open)
			for i, s := range tt.steps {
				got := load(t, w, warehouse.Loading{Kind: Account(), Batch: int64(i + 1), Mode: s.mode}, s.rows...)
				if diff := cmp.Diff(s.want, got); diff != "" {
					t.Errorf("load %d (-want +got):\n%s", i+1, diff)
				}
			}
			got := ask(t, w, `SELECT k.id, _at // 86400000000, seats // 1000000, _flags FROM fact_account f JOIN key k ON k.key = f._key
				WHERE `+current("account")+` ORDER BY 1, 2, _row`)
			if got != tt.rows {
				t.Errorf("got rows\n%swant\n%s", got, tt.rows)
			}
			p := profile(t, w).Kinds["account"]
			if p.Versions != tt.versions || p.Patched != tt.patched {
				t.Errorf("got versions %t, patched %t, want %t, %t", p.Versions, p.Patched, tt.versions, tt.patched)
			}
		})
	}
}

func exerciseAccounts(t *testing.T, open Open) {
	w := setup(t, open)
	load(t, w, warehouse.Loading{Kind: Event(), Batch: 1},
		says{"account": "a", "name": "x", "at": noon}, says{"account": "b", "name": "x", "at": noon}, says{"name": "x", "at": noon})
	if got := profile(t, w).Sources["events"].Unmatched; got != 3 {
		t.Errorf("got %d unmatched before accounts are known, want 3", got)
	}
	accounts := warehouse.Loading{Kind: Account(), Batch: 2, KeySpaces: []string{"billing"}}
	got := load(t, w, accounts,
		says{"account": "a", "today": "2026-01-01", "others": []string{"B-1"}, "parent": "c"},
		says{"account": "c", "today": "2026-01-01", "others": []string{"B-1"}},
		says{"account": "d", "today": "2026-01-01", "others": []string{"B-2"}})
	day, _ := period.ParseDate("2026-01-01")
	want := warehouse.Loaded{Added: 3, Refused: []warehouse.Handovers{{
		Ids: "billing", Count: 1, Examples: []warehouse.Handover{{ID: "B-1", From: "a", To: "c", Since: day}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	p := profile(t, w)
	if got := p.Sources["events"].Unmatched; got != 2 {
		t.Errorf("got %d unmatched after accounts are known, want 2", got)
	}
	if !p.SharedKeys {
		t.Error("got no shared keys, though accounts have billing ids")
	}
	keys := ask(t, w, `SELECT own.id, k.space, k.id FROM account a JOIN account_key USING (account) JOIN key k ON k.key = account_key.key
		JOIN key own ON own.key = a.key ORDER BY ALL`)
	if want := "a billing B-1\na main a\nc main c\nd billing B-2\nd main d\n"; keys != want {
		t.Errorf("got keys\n%swant\n%s", keys, want)
	}
	invoices := Contract()
	bill := load(t, w, warehouse.Loading{Kind: invoices, Source: "invoices", Ids: "billing", Batch: 3},
		says{"account": "B-2", "id": "1", "at": "2026-01-01"}, says{"account": "B-3", "id": "2", "at": "2026-01-01"})
	if bill.Unmatched != 1 {
		t.Errorf("got %d unmatched invoices, want 1: %+v", bill.Unmatched, bill)
	}
	// The first 26 base-32 digits of SHA-256 of "account", "main" and the id,
	// after two zero bits.
	public := ask(t, w, `SELECT public FROM account a JOIN key k ON k.key = a.key WHERE k.id = 'a'`)
	if want := publicOfA + "\n"; public != want {
		t.Errorf("got public id %q, want %q", public, want)
	}
	other := setup(t, open)
	load(t, other, warehouse.Loading{Kind: Account(), Batch: 9}, says{"account": "z", "today": "2026-01-01"}, says{"account": "a", "today": "2026-01-01"})
	if got := ask(t, other, `SELECT public FROM account a JOIN key k ON k.key = a.key WHERE k.id = 'a'`); got != public {
		t.Errorf("got public id %q in another store, want %q", got, public)
	}
}

func exerciseSnapshot(t *testing.T, open Open) {
	w := setup(t, open)
	rows := func(from, to int) []says {
		var all []says
		for i := from; i < to; i++ {
			all = append(all, says{"account": string(rune('a' + i)), "id": string(rune('A' + i)), "at": "2026-01-01", "arr": usd(100 + i)})
		}
		return all
	}
	l := warehouse.Loading{Kind: Contract(), Mode: fact.Snapshot}
	l.Batch = 1
	load(t, w, l, rows(0, 20)...)
	l.Batch, l.Source = 2, "another"
	load(t, w, l, says{"account": "a", "id": "A", "at": "2026-01-01"})
	l.Batch, l.Source = 3, ""
	got := load(t, w, l, rows(1, 20)...)
	want := warehouse.Loaded{Unchanged: 19, Retracted: 1, Money: totals(warehouse.MoneyTotals{Unchanged: 2090, Retracted: 100})}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("one key less (-want +got):\n%s", diff)
	}
	l.Batch = 4
	if _, err := tryLoad(t.Context(), w, l, rows(5, 20)...); !errors.Is(err, warehouse.ErrRetraction) {
		t.Errorf("got %v for four of nineteen keys less, want %v", err, warehouse.ErrRetraction)
	}
	const count = `SELECT count(*) FROM fact_contract f WHERE `
	if got := ask(t, w, count+current("contract")); got != "20\n" {
		t.Errorf("got %q rows after a refused snapshot, want 20", got)
	}
	l.Batch, l.AllowRetract = 5, true
	if got := load(t, w, l, rows(5, 20)...); got.Retracted != 4 {
		t.Errorf("got %d retracted, want 4", got.Retracted)
	}
	if got := ask(t, w, count+current("contract")); got != "16\n" {
		t.Errorf("got %q rows, want 16", got)
	}
	l.Batch = 6
	if got := load(t, w, l, rows(0, 20)...); got.Added != 5 || got.Unchanged != 15 {
		t.Errorf("got %+v for keys that come back, want 5 added", got)
	}
}

func profile(t *testing.T, w warehouse.Warehouse) warehouse.Profile {
	t.Helper()
	p, err := w.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// publicOfA is the public id of account "a" of the space "main".
const publicOfA = "531PGPDHJ09E7TY7J27RWNJXXY"
