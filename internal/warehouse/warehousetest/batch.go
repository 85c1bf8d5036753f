package warehousetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/segue-cs/segue/internal/warehouse"
)

func exerciseBatches(t *testing.T, open Open) {
	dir := t.TempDir()
	w := setupIn(t, open, dir)
	load(t, w, warehouse.Loading{Kind: Contract(), Batch: 1}, says{"account": "a", "id": "1", "at": "2026-01-01", "product": "x"})
	const everything = `SELECT 'fact', count(*) FROM fact_contract UNION ALL SELECT 'account', count(*) FROM account
		UNION ALL SELECT 'key', count(*) FROM key UNION ALL SELECT 'text', count(*) FROM text
		UNION ALL SELECT 'link', count(*) FROM account_key UNION ALL SELECT 'superseded', count(*) FROM superseded ORDER BY 1`
	before := ask(t, w, everything)

	change := []says{{"account": "a", "id": "1", "at": "2026-01-01", "product": "y"}, {"account": "b", "id": "2", "at": "2026-01-01", "arr": usd(1)}}
	ld, err := w.Load(t.Context(), warehouse.Loading{Kind: Contract(), Source: "contracts", Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Load(t.Context(), warehouse.Loading{Kind: Contract(), Source: "contracts", Batch: 2}); err == nil {
		t.Error("got no error for two loads at a time")
	}
	for _, r := range change {
		if err := ld.Add(Row(Contract(), r)); err != nil {
			t.Fatal(err)
		}
	}
	if err := ld.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, w, everything); got != before {
		t.Errorf("after Abort got\n%swant\n%s", got, before)
	}

	// A batch that was loaded and never settled.
	load(t, w, warehouse.Loading{Kind: Contract(), Batch: 3}, change...)
	load(t, w, warehouse.Loading{Kind: Account(), Batch: 3}, says{"account": "b", "today": "2026-01-01", "country": "Chad"})
	if err := w.Exec(t.Context(), warehouse.Statement{Text: `CREATE TABLE run_1 (n BIGINT)`}, warehouse.Statement{Text: `CREATE TABLE run_2 (n BIGINT)`}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = setupIn(t, open, dir)
	err = w.Sweep(t.Context(), func(b int64) bool { return b == 1 }, func(table string) bool { return table == "run_2" })
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, w, everything); got != before {
		t.Errorf("after Sweep got\n%swant\n%s", got, before)
	}
	if got := ask(t, w, `SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'run%'`); got != "run_2\n" {
		t.Errorf("got result tables %q, want run_2 only", got)
	}
	if p := profile(t, w); p.Kinds["contract"].Rows != 1 || p.Kinds["contract"].Superseded || len(p.Kinds) != 1 {
		t.Errorf("got profile %+v of the one settled row", p.Kinds)
	}
	got := load(t, w, warehouse.Loading{Kind: Contract(), Batch: 4}, change...)
	if got.Corrected != 1 || got.Added != 1 {
		t.Errorf("got %+v when a swept load is repeated, want one added and one corrected", got)
	}
	if got := ask(t, w, `SELECT count(DISTINCT _row), count(*) FROM fact_contract`); got != "3 3\n" {
		t.Errorf("got row ids %q, want 3 different", got)
	}
}

func exerciseProfile(t *testing.T, open Open) {
	w := setup(t, open)
	load(t, w, warehouse.Loading{Kind: Contract(), Batch: 1, Now: 5},
		says{"account": "a", "id": "1", "at": "2026-01-01", "arr": usd(-900), "product": "x"},
		says{"account": "b", "id": "2", "at": "2026-02-01", "arr": usd(300), "product": "y"})
	load(t, w, warehouse.Loading{Kind: Contract(), Batch: 2, Now: 7, Ids: "crm"},
		says{"account": "a", "id": "3", "at": "2025-01-01", "supersedes": "1"})
	p := profile(t, w)
	want := warehouse.KindProfile{
		Rows: 3, FirstAt: micros("2025-01-01"), LastAt: micros("2026-02-01"), Replaces: true,
		Currencies: map[string][]string{"arr": {"USD"}}, MaxAbs: map[string]int64{"arr": 900},
	}
	if diff := cmp.Diff(want, p.Kinds["contract"], cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("kind (-want +got):\n%s", diff)
	}
	source := warehouse.SourceProfile{
		Number: 1, Kind: "contract", Ids: "main", Rows: 3, FirstAt: micros("2025-01-01"), LastAt: micros("2026-02-01"), LastImport: 7, Unmatched: 3,
	}
	if diff := cmp.Diff(source, p.Sources["contracts"]); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	if got := p.Texts["contract.product"]; got != 2 {
		t.Errorf("got %d products, want 2", got)
	}
	code, ok := p.Code("contract.product", "y")
	if text, found := p.Text("contract.product", code); !ok || !found || text != "y" {
		t.Errorf("got %q for the code %d of y", text, code)
	}
	if _, ok := p.Code("contract.product", "z"); ok {
		t.Error("got a code for a text that was never stored")
	}
	if _, ok := p.Text("contract.product", 2); ok {
		t.Error("got a text for a code that was never given")
	}
	load(t, w, warehouse.Loading{Kind: Contract(), Batch: 3},
		says{"account": "b", "id": "2", "at": "2026-02-01", "arr": usd(301), "product": "y"})
	if !profile(t, w).Kinds["contract"].Superseded {
		t.Error("got no superseded rows after a correction")
	}
}
