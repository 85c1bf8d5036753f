package duckdb_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
	"github.com/segue-cs/segue/internal/warehouse/warehousetest"
)

// Few loads are added up one by one, many by the engine: both say the same.
func TestProfileOfFewAndManyLoads(t *testing.T) {
	t.Parallel()
	w, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "facts.duckdb"), duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	kind := warehousetest.Contract()
	if err := w.Prepare(t.Context(), []fact.Kind{kind}); err != nil {
		t.Fatal(err)
	}
	type amount struct {
		account  string
		minor    int64
		currency string
	}
	// Two sources, the second loaded twice: the greatest amount comes first, and
	// the currencies are noted out of order.
	for i, load := range []struct {
		source  string
		amounts []amount
	}{
		{"one", []amount{{"a", 90_000, "USD"}, {"b", 500_000, "EUR"}}},
		{"two", []amount{{"c", 7_000, "CHF"}}},
		{"two", []amount{{"d", 120_000, "USD"}, {"e", 4_000, "EUR"}}},
	} {
		l, err := w.Load(t.Context(), warehouse.Loading{Kind: kind, Source: load.source, Batch: int64(i + 1), Mode: fact.Append, Ids: "main", ContactIds: "main", Now: int64(i + 1)})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range load.amounts {
			row := warehousetest.Row(kind, map[string]any{"account": a.account, "id": a.account, "at": "2026-01-01"})
			row.Values[slices.IndexFunc(kind.Columns, func(c fact.Column) bool { return c.Name == "arr" })] = fact.Value{Int: a.minor, Currency: a.currency}
			if err := l.Add(row); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	few, err := w.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	many, err := w.ProfileAddedUp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(few, many, cmpopts.IgnoreFields(warehouse.Profile{}, "Code", "Text")); diff != "" {
		t.Errorf("few loads (-) and many (+) differ:\n%s", diff)
	}
	got := few.Kinds[kind.Name]
	if diff := cmp.Diff(got.Currencies, map[string][]string{"arr": {"CHF", "EUR", "USD"}}); diff != "" {
		t.Errorf("currencies: got (-), want (+):\n%s", diff)
	}
	if got, want := got.MaxAbs["arr"], int64(500_000); got != want {
		t.Errorf("largest amount: got %d minor units, want %d", got, want)
	}
	if got, want := few.Sources["two"].Rows, int64(3); got != want {
		t.Errorf("rows of the source that was loaded twice: got %d, want %d", got, want)
	}
}
