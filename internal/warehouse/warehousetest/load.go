package warehousetest

import (
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

func exercisePrepare(t *testing.T, open Open) {
	w := setup(t, open)
	if err := w.Prepare(t.Context(), kinds()); err != nil {
		t.Errorf("prepare again: %v", err)
	}
	load(t, w, warehouse.Loading{Kind: Event(), Batch: 1}, says{"account": "a", "name": "login", "at": "2026-01-01"})

	wider := Event()
	wider.Columns = append(wider.Columns, fact.Column{Name: "price", Type: fact.Money})
	if err := w.Prepare(t.Context(), []fact.Kind{wider}); err != nil {
		t.Fatalf("add a column: %v", err)
	}
	load(t, w, warehouse.Loading{Kind: wider, Batch: 2}, says{"account": "a", "name": "buy", "at": "2026-01-02", "price": usd(250)})
	if got, want := ask(t, w, `SELECT price, price_cur FROM fact_event ORDER BY _row`), "<nil> <nil>\n250 0\n"; got != want {
		t.Errorf("got prices %q, want %q", got, want)
	}

	for _, tt := range []struct {
		name   string
		change func(c []fact.Column)
	}{
		{"a number that becomes a truth", func(c []fact.Column) { c[4].Type = fact.Bool }},
		{"a text that becomes a date", func(c []fact.Column) { c[3].Type = fact.Date }},
		{"a text of another domain", func(c []fact.Column) { c[3].Domain = "region" }},
		{"a time that becomes a number", func(c []fact.Column) { c[5].Type = fact.Number }},
		{"a person that becomes a text", func(c []fact.Column) { c[1].Type = fact.Text }},
		{"a column added later, with another type", func(c []fact.Column) { c[6] = fact.Column{Name: "price", Type: fact.Number} }},
	} {
		other := Event()
		tt.change(other.Columns)
		err := w.Prepare(t.Context(), []fact.Kind{other})
		if err == nil || !strings.Contains(err.Error(), "was imported with another type") {
			t.Errorf("%s: got %v, want that it was imported with another type", tt.name, err)
		}
	}
	if err := w.Prepare(t.Context(), []fact.Kind{wider}); err != nil {
		t.Errorf("prepare what is stored, after refusals: %v", err)
	}
}

// a day and times in it, in microseconds.
const (
	noon   = int64(1_767_268_800_000_000) // 2026-01-01 12:00
	minute = int64(60_000_000)
)

// step is one load of a series.
type step struct {
	rows []says
	mode fact.RowMode
	want warehouse.Loaded
}

func exerciseLoad(t *testing.T, open Open) {
	tests := []struct {
		name  string
		kind  fact.Kind
		steps []step
		query string // of the rows that count
		rows  string
	}{
		{
			name: "the same file again",
			kind: Event(),
			steps: []step{
				{rows: []says{{"account": "a", "name": "x", "at": noon}, {"account": "b", "name": "x", "at": noon}}, want: warehouse.Loaded{Added: 2, Unmatched: 2}},
				{rows: []says{{"account": "b", "name": "x", "at": noon}, {"account": "a", "name": "x", "at": noon}}, want: warehouse.Loaded{Unchanged: 2}},
			},
			query: `SELECT count(*) FROM fact_event f`, rows: "2\n",
		},
		{
			name: "genuine repeats without an id",
			kind: Event(),
			steps: []step{
				{rows: []says{{"account": "a", "name": "x", "at": noon}, {"account": "a", "name": "x", "at": noon}, {"account": "a", "name": "x", "at": noon}}, want: warehouse.Loaded{Added: 3, Unmatched: 3}},
				{rows: []says{{"account": "a", "name": "x", "at": noon}, {"account": "a", "name": "x", "at": noon}, {"account": "a", "name": "x", "at": noon}}, want: warehouse.Loaded{Unchanged: 3}},
				{rows: []says{{"account": "a", "name": "x", "at": noon}}, want: warehouse.Loaded{Unchanged: 1}},
				{rows: []says{
					{"account": "a", "name": "x", "at": noon},
					{"account": "a", "name": "x", "at": noon},
					{"account": "a", "name": "x", "at": noon},
					{"account": "a", "name": "x", "at": noon},
				}, want: warehouse.Loaded{Added: 1, Unchanged: 3, Unmatched: 1}},
			},
			query: `SELECT count(*) FROM fact_event f`, rows: "4\n",
		},
		{
			name: "files that overlap, and repeat rows of their own",
			kind: Event(),
			steps: []step{
				{rows: []says{
					{"account": "a", "name": "x", "at": noon},
					{"account": "a", "name": "x", "at": noon},
					{"account": "a", "name": "y", "at": noon},
					{"account": "a", "name": "x", "at": noon, "file": 1},
					{"account": "a", "name": "x", "at": noon, "file": 1},
					{"account": "a", "name": "x", "at": noon, "file": 1},
					{"account": "a", "name": "z", "at": noon, "file": 1},
					{"account": "a", "name": "y", "at": noon, "file": 2},
					{"account": "a", "name": "z", "at": noon, "file": 2},
				}, want: warehouse.Loaded{Added: 5, Repeated: 4, Unmatched: 5}},
				{rows: []says{{"account": "a", "name": "x", "at": noon}, {"account": "a", "name": "z", "at": noon}}, want: warehouse.Loaded{Unchanged: 2}},
			},
			query: `SELECT value, count(*) FROM fact_event f JOIN text ON domain = 'event.name' AND code = name GROUP BY 1 ORDER BY 1`, rows: "x 3\ny 1\nz 1\n",
		},
		{
			name: "a corrected row with an id",
			kind: Event(),
			steps: []step{
				{rows: []says{{"account": "a", "id": "1", "name": "x", "at": noon, "quantity": 1}}, want: warehouse.Loaded{Added: 1, Unmatched: 1}},
				{rows: []says{{"account": "a", "id": "1", "name": "x", "at": noon + minute, "quantity": 2}}, want: warehouse.Loaded{Corrected: 1, Unmatched: 1}},
				{rows: []says{{"account": "a", "id": "1", "name": "x", "at": noon + minute, "quantity": 2}}, want: warehouse.Loaded{Unchanged: 1}},
			},
			query: `SELECT quantity // 1000000 FROM fact_event f WHERE ` + current("event"), rows: "2\n",
		},
		{
			name: "the same id of another account or on another day",
			kind: Event(),
			steps: []step{
				{rows: []says{{"account": "a", "id": "1", "name": "x", "at": noon}}, want: warehouse.Loaded{Added: 1, Unmatched: 1}},
				{rows: []says{
					{"account": "b", "id": "1", "name": "x", "at": noon}, {"account": "a", "id": "1", "name": "x", "at": noon + 24*60*minute},
				}, want: warehouse.Loaded{Added: 2, Unmatched: 2, Elsewhere: warehouse.Elsewhere{Count: 1, Examples: []warehouse.Displaced{
					{Was: warehouse.Place{Account: "a", At: noon}, Now: warehouse.Place{Account: "b", At: noon}},
				}}}},
				{rows: []says{{"account": "c", "id": "1", "name": "x", "at": noon}}, want: warehouse.Loaded{Added: 1, Unmatched: 1}}, // counted anew
			},
			query: `SELECT count(*) FROM fact_event f WHERE ` + current("event"), rows: "4\n",
		},
		{
			name: "an id on another day, a corrected one, and rows of nobody",
			kind: Event(),
			steps: []step{
				{rows: []says{
					{"account": "a", "id": "1", "name": "x", "at": noon},
					{"account": "a", "id": "2", "name": "x", "at": noon},
					{"id": "3", "name": "x", "at": noon},
					{"account": "a", "name": "x", "at": noon},
				}, want: warehouse.Loaded{Added: 4, Unmatched: 4}},
				{rows: []says{
					{"account": "a", "id": "2", "name": "y", "at": noon + minute},
					{"account": "a", "id": "1", "name": "x", "at": noon - 24*60*minute},
					{"account": "a", "id": "3", "name": "x", "at": noon},
					{"account": "a", "name": "x", "at": noon},
				}, want: warehouse.Loaded{Added: 2, Corrected: 1, Unchanged: 1, Unmatched: 3, Elsewhere: warehouse.Elsewhere{Count: 2, Examples: []warehouse.Displaced{
					{Was: warehouse.Place{Account: "a", At: noon}, Now: warehouse.Place{Account: "a", At: noon - 24*60*minute}},
					{Was: warehouse.Place{At: noon}, Now: warehouse.Place{Account: "a", At: noon}},
				}}}},
			},
			query: `SELECT count(*) FROM fact_event f WHERE ` + current("event"), rows: "6\n",
		},
		{
			name: "a snapshot, which takes back what it no longer lists",
			kind: Event(),
			steps: []step{
				{mode: fact.Snapshot, rows: many(20, says{"account": "a", "name": "x", "at": noon}), want: warehouse.Loaded{Added: 20, Unmatched: 20}},
				{
					mode: fact.Snapshot, rows: append(many(19, says{"account": "a", "name": "x", "at": noon}), says{"account": "b", "id": "19", "name": "x", "at": noon}),
					want: warehouse.Loaded{Added: 1, Unchanged: 19, Retracted: 1, Reassigned: 1, Unmatched: 1},
				},
			},
			query: `SELECT count(*) FROM fact_event f WHERE ` + current("event"), rows: "20\n",
		},
		{
			name: "lines that name their account later",
			kind: keyed(Contract(), "account", "id"),
			steps: []step{
				{rows: []says{
					{"id": "1", "at": "2026-01-01", "arr": usd(200)}, {"id": "2", "at": "2026-01-01", "arr": usd(30)}, {"id": "3", "at": "2026-01-01", "arr": usd(4)},
				}, want: warehouse.Loaded{Added: 3, Unmatched: 3, Money: totals(warehouse.MoneyTotals{Added: 234, Unmatched: 234})}},
				// 1 is a's; 2 is listed with an account and without; 3 is of two accounts.
				{rows: []says{
					{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(200)},
					{"id": "2", "at": "2026-01-01", "arr": usd(30)},
					{"account": "a", "id": "2", "at": "2026-01-01", "arr": usd(30)},
					{"account": "a", "id": "3", "at": "2026-01-01", "arr": usd(4)},
					{"account": "b", "id": "3", "at": "2026-01-01", "arr": usd(4)},
				}, want: warehouse.Loaded{
					Added: 4, Unchanged: 1, Retracted: 1, Reassigned: 1, Unmatched: 4,
					Money: totals(warehouse.MoneyTotals{Added: 238, Unchanged: 30, Retracted: 200, Unmatched: 238}),
				}},
			},
			query: `SELECT sum(arr) FROM fact_contract f WHERE ` + current("contract"), rows: "272\n", // 234 - 200 + 238
		},
		{
			name: "an older update that comes late",
			kind: Contract(),
			steps: []step{
				{rows: []says{{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(200), "updated": "2026-02-02"}}, want: warehouse.Loaded{
					Added: 1, Unmatched: 1, Money: totals(warehouse.MoneyTotals{Added: 200, Unmatched: 200}),
				}},
				{rows: []says{{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(100), "updated": "2026-02-01"}}, want: warehouse.Loaded{
					Unchanged: 1, Money: totals(warehouse.MoneyTotals{Unchanged: 100}),
				}},
				{rows: []says{{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(300), "updated": "2026-02-03"}}, want: warehouse.Loaded{
					Corrected: 1, Unmatched: 1, Money: totals(warehouse.MoneyTotals{Corrected: 300, Unmatched: 300}),
				}},
			},
			query: `SELECT arr FROM fact_contract f WHERE ` + current("contract"), rows: "300\n",
		},
		{
			name: "a key that comes twice",
			kind: Contract(),
			steps: []step{
				{rows: []says{
					{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(100)},
					{"account": "a", "id": "2", "at": "2026-01-01", "arr": usd(7)},
					{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(150)},
					{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(150)},
				}, want: warehouse.Loaded{
					Added: 2, Repeated: 2, Conflicts: 1, Unmatched: 2, ConflictExamples: []string{"1: arr $1.00, then $1.50"},
					Money: totals(warehouse.MoneyTotals{Added: 157, Repeated: 250, Unmatched: 157}),
				}},
				{rows: []says{
					{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(100)},
					{"account": "a", "id": "2", "at": "2026-01-01", "arr": usd(7)},
					{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(150)},
					{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(150)},
				}, want: warehouse.Loaded{
					Unchanged: 2, Repeated: 2, Conflicts: 1, ConflictExamples: []string{"1: arr $1.00, then $1.50"},
					Money: totals(warehouse.MoneyTotals{Unchanged: 157, Repeated: 250}),
				}},
			},
			query: `SELECT arr FROM fact_contract f WHERE ` + current("contract") + ` ORDER BY 1`, rows: "7\n150\n",
		},
		{
			name: "a key that comes twice, the older one last",
			kind: Contract(),
			steps: []step{{rows: []says{
				{"account": "a", "id": "1", "at": "2026-01-01", "product": "new", "updated": "2026-03-02"},
				{"account": "a", "id": "1", "at": "2026-01-01", "product": "old", "updated": "2026-03-01"},
			}, want: warehouse.Loaded{Added: 1, Repeated: 1, Conflicts: 1, Unmatched: 1, ConflictExamples: []string{"1: product new, then old"}}}},
			query: `SELECT value FROM fact_contract f JOIN text ON domain = 'contract.product' AND code = product WHERE ` + current("contract"), rows: "new\n",
		},
		{
			name: "a stored row that a file corrects and repeats",
			kind: Contract(),
			steps: []step{
				{rows: []says{{"account": "a", "id": "1", "at": "2026-01-01", "product": "x"}}, want: warehouse.Loaded{Added: 1, Unmatched: 1}},
				{rows: []says{
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "x"}, {"account": "a", "id": "1", "at": "2026-01-01", "product": "y"},
				}, want: warehouse.Loaded{Corrected: 1, Repeated: 1, Conflicts: 1, Unmatched: 1, ConflictExamples: []string{"1: product x, then y"}}},
				{rows: []says{
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "z"}, {"account": "a", "id": "1", "at": "2026-01-01", "product": "y"},
				}, want: warehouse.Loaded{Unchanged: 1, Repeated: 1, Conflicts: 1, ConflictExamples: []string{"1: product z, then y"}}},
			},
			query: `SELECT value FROM fact_contract f JOIN text ON domain = 'contract.product' AND code = product WHERE ` + current("contract"), rows: "y\n",
		},
		{
			name: "a stored row that a file corrects again and again",
			kind: Contract(),
			steps: []step{
				{rows: []says{{"account": "a", "id": "1", "at": "2026-01-01", "product": "x"}}, want: warehouse.Loaded{Added: 1, Unmatched: 1}},
				{rows: []says{
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "y"},
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "z"},
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "q"},
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "x"},
				}, want: warehouse.Loaded{
					Unchanged: 1, Repeated: 3, Conflicts: 3,
				}},
				{rows: []says{
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "x"},
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "z"},
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "q"},
					{"account": "a", "id": "1", "at": "2026-01-01", "product": "w"},
				}, want: warehouse.Loaded{
					Corrected: 1, Repeated: 3, Conflicts: 3, Unmatched: 1,
				}},
			},
			query: `SELECT value FROM fact_contract f JOIN text ON domain = 'contract.product' AND code = product WHERE ` + current("contract"), rows: "w\n",
		},
		{
			name: "missing values and open ends",
			kind: Contract(),
			steps: []step{{rows: []says{
				{"account": "a", "id": "1", "at": "2026-01-01"}, {"account": "b", "id": "2", "at": "2026-01-01", "ends": "2027-01-01", "product": ""},
			}, want: warehouse.Loaded{Added: 2, Unmatched: 2}}},
			query: `SELECT id, product, ends, arr, arr_cur, supersedes, _at FROM fact_contract f ORDER BY _row`,
			rows: "0 <nil> 2932896 <nil> <nil> <nil> 1767225600000000\n" +
				"1 0 20819 <nil> <nil> <nil> 1767225600000000\n",
		},
		{
			name: "every type of value, before 1970 too",
			kind: Event(),
			steps: []step{
				{rows: []says{
					{"account": "ä", "contact": "u", "name": "x", "quantity": -3, "seen": "1969-12-31", "test": true, "at": int64(-1)},
					{"name": "x", "test": false, "at": int64(1)},
				}, want: warehouse.Loaded{Added: 2, Unmatched: 2}},
				{rows: []says{
					{"account": "ä", "contact": "u", "name": "x", "quantity": -3, "seen": "1969-12-31", "test": true, "at": int64(-1)},
					{"name": "x", "test": false, "at": int64(1)},
				}, want: warehouse.Loaded{Unchanged: 2}},
			},
			query: `SELECT k.id, c.id, quantity, seen, test, _at FROM fact_event f LEFT JOIN key k ON k.key = f._key LEFT JOIN key c ON c.key = f.contact ORDER BY _row`,
			rows:  "ä u -3000000 -86400000000 true -1\n<nil> <nil> <nil> <nil> false 1\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, open)
			for i, s := range tt.steps {
				got := load(t, w, warehouse.Loading{Kind: tt.kind, Batch: int64(i + 1), Mode: s.mode}, s.rows...)
				if s.want.ConflictExamples == nil && got.Conflicts > 1 {
					got.ConflictExamples = nil // which of them are told depends on the chunks
				}
				if diff := cmp.Diff(s.want, got, cmpopts.IgnoreFields(warehouse.Displaced{}, "IDHash")); diff != "" {
					t.Errorf("load %d (-want +got):\n%s", i+1, diff)
				}
			}
			if got := ask(t, w, tt.query); got != tt.rows {
				t.Errorf("got rows\n%swant\n%s", got, tt.rows)
			}
		})
	}
}

// many are rows that differ in their ids alone, which count from 0.
func many(n int, row says) []says {
	var rows []says
	for i := range n {
		r := maps.Clone(row)
		r["id"] = strconv.Itoa(i)
		rows = append(rows, r)
	}
	return rows
}

func totals(t warehouse.MoneyTotals) map[string]warehouse.MoneyTotals {
	return map[string]warehouse.MoneyTotals{"arr USD": t}
}

// keyed is a kind with other columns for a key.
func keyed(k fact.Kind, columns ...string) fact.Kind {
	k.Key = columns
	return k
}
