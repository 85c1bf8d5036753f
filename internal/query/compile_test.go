package query_test

import (
	"context"
	"testing"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// TestCompileAcme runs the statement of each grain on an empty warehouse, under
// every combination of what may be stored.
func TestCompileAcme(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(examples.Acme())
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	w, err := duckdb.Open(ctx, "", duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Prepare(ctx, s.Kinds); err != nil {
		t.Fatal(err)
	}
	if err := w.Fill(ctx, "members", []string{"customer", "account"}, func(func([]int64) bool) {}); err != nil {
		t.Fatal(err)
	}
	defs := query.Definitions{
		Currency: s.Currency, Zone: s.Zone, BaseWhen: s.BaseWhen, Quiet: s.Quiet, LateRenewalGrace: s.LateRenewalGrace,
		Kinds: s.Kinds, Metrics: s.Metrics, Dimensions: s.Dimensions, Segmentations: s.Segmentations, Audiences: s.Audiences, Order: s.Order(),
	}
	for _, grain := range []customer.Grain{{}, {Level: customer.ByParent}, {Level: customer.ByContact}, {Level: customer.ByAccountProduct}} {
		for _, busy := range []bool{false, true} {
			stored := query.Stored{
				Kinds: map[string]query.KindStats{}, Coverage: map[string][]query.Coverage{},
				Code: func(string, string) (int64, bool) { return 3, true }, Codes: func(string) int64 { return 10 },
			}
			for _, k := range s.Kinds {
				stored.Kinds[k.Name] = query.KindStats{
					Rows: 10, First: period.NewDate(2024, 1, 1).Micros(), Superseded: busy, Versions: busy,
					Replaces: busy && k.Name == "contract", Assumed: busy,
				}
				stored.Coverage[k.Name] = []query.Coverage{{Source: k.Name, Ids: "main", Always: true}}
			}
			if busy {
				stored.Gaps = map[string]bool{"contract": true, "event": true, "contact": true}
				stored.SharedKeys, stored.MovedKeys, stored.Spaces, stored.KnownAt = true, true, []string{"billing", "main"}, 7
			}
			request := query.Request{Grain: grain, AsOf: period.NewDate(2026, 6, 30)}
			if grain.Level == customer.ByParent {
				request.Members = "members"
			}
			compiled, err := query.Compile(defs, request, stored)
			if err != nil {
				t.Errorf("compile by %s: %v", grain, err)
				continue
			}
			text, err := sqltext.Write(compiled.Plan, sqltext.DuckDB(), sqltext.Options{Comments: true})
			if err != nil {
				t.Errorf("write by %s: %v", grain, err)
				continue
			}
			rows, err := w.Query(ctx, warehouse.Statement{Text: text.SQL, Args: text.Args})
			if err != nil {
				t.Errorf("run by %s, busy %v: %v", grain, busy, err)
				continue
			}
			if got, want := len(rows.Columns()), len(compiled.Columns); got != want {
				t.Errorf("by %s: %d columns, want %d", grain, got, want)
			}
			rows.Close()
		}
	}
}
