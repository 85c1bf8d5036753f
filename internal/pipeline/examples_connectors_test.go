package pipeline_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/pipeline"
)

// TestConnectors reads the tables of five systems by the example's sources.
func TestConnectors(t *testing.T) {
	t.Parallel()
	s := load(t, withChecks(t, "connectors", ""))
	files := map[string][]string{}
	for _, m := range s.Sources {
		for _, pattern := range m.Files {
			files[m.Name] = append(files[m.Name], shared(t, "connector_shapes/"+strings.TrimPrefix(pattern, "data/")))
		}
	}
	x := newExample(t, withChecks(t, "connectors", ""), files)
	for source, want := range map[string][3]int64{ // loaded, left out, unmatched
		"sf_accounts": {1, 9, 0}, "sf_users": {10, 0, 0}, "sf_won": {0, 10, 0}, // deleted ones
		"hs_companies": {24, 0, 0}, "hs_owners": {100, 0, 0},
		"zd_organizations": {10, 0, 0}, "zd_tickets": {8, 2, 1}, // two deleted, one without an organization
		"pendo_events": {15, 0, 0}, "stripe_payments": {11, 0, 4}, // four without a customer
	} {
		got := x.imported(t, source)
		if [3]int64{got.Loaded, got.LeftOut, got.Unmatched} != want || got.Rejected > 0 {
			t.Errorf("%s: got %d loaded, %d left out, %d unmatched, %d rejected, want %v", source, got.Loaded, got.LeftOut, got.Unmatched, got.Rejected, want)
		}
	}
	// 678.45 + 141.54 + 119.76 + 600 + 323 + 27 + 76 of two customers, and
	// 1,908 + 1,485 + 25,500 + 8,750 of nobody.
	if got, want := amountOf(x.imported(t, "stripe_payments").Money, "amount"), "39608.75"; got != want {
		t.Errorf("payments: got %s, want %s", got, want)
	}
	x.runAsOf(t, "2021-07-28")
	paid := x.list(t, pipeline.CustomersRequest{Where: `care == "paying"`, Columns: []string{"paid"}})
	if got, want := cents(sum(paid, "paid")), "1965.75"; len(paid) != 2 || got != want {
		t.Errorf("paying: got %d customers with %s, want 2 with %s", len(paid), got, want)
	}
}
