package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

// Of the 70 accounts of a ledger, those from number 40 on are no customers, in
// this order.
const (
	reconcileTests    = 40 // outside the base
	reconcileInternal = 45
	reconcileGhosts   = 50 // no source lists them
)

func openReconciled(t *testing.T, b ledger) *importer {
	t.Helper()
	fx := "base: {when: 'industry != \"Test\"'}\n"
	if b.basis != nil {
		fx += "fx: {basis: " + b.basis.String() + "}"
	}
	strategy := fmt.Sprintf(signedStrategy, b.grace, fx)
	strategy = strings.Replace(strategy, "columns: {account: id,", "columns: {account: id, industry: industry, internal: internal,", 1)
	accounts := "id,since,industry,internal\n"
	for account := range reconcileGhosts {
		industry, internal := "Retail", account >= reconcileInternal
		if account >= reconcileTests && !internal {
			industry = "Test"
		}
		accounts += fmt.Sprintf("a%02d,2020-01-01,%s,%v\n", account, industry, internal)
	}
	rates := "currency,day,rate\n"
	for currency, list := range b.rates {
		for day, rate := range list {
			rates += fmt.Sprintf("%s,%s,%d.%06d\n", currency, day, rate/1_000_000, rate%1_000_000)
		}
	}
	return newImporter(t, strategy, map[string]string{"accounts.csv": accounts, "rates.csv": rates})
}

// bridged is what ends at one line.
type bridged struct{ rows, minor int64 }

// place says at which line a contract line ends, by SEMANTICS 11.
func (b ledger) place(lines []signed, l signed, day period.Date) string {
	var nth int
	fmt.Sscanf(l.account, "a%d", &nth)
	_, known := b.cents(l, day)
	untold := func() bool {
		arr, _, _ := b.counted(l.account, day)
		return arr == nil
	}
	switch {
	case nth >= reconcileGhosts:
		return "unmatched"
	case nth >= reconcileInternal:
		return "internal"
	case b.inForce(lines, l, day) && l.arr == "":
		return "no_amount"
	case b.inForce(lines, l, day) && !known:
		return "no_rate"
	case b.inForce(lines, l, day) && nth >= reconcileTests:
		return "outside"
	case b.inForce(lines, l, day) && untold():
		return "untold"
	case b.inForce(lines, l, day):
		return "counted"
	case l.starts > day:
		return "not_started"
	case replaced(lines, l, day):
		return "replaced"
	}
	return "ended"
}

// TestReconcile holds the bridges of random contracts, in several currencies,
// corrected and imported again, against the lines worked out one by one.
func TestReconcile(t *testing.T) {
	t.Parallel()
	met := map[string]int64{}
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 23))
		b := drawLedger(r)
		im := openReconciled(t, b)
		b.load(t, im)
		b.correct(r)
		b.load(t, im)
		for range 3 {
			day := signedFrom + period.Date(r.IntN(900))
			if _, err := im.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: signedNow}); err != nil {
				t.Fatal(err)
			}
			got, err := im.Reconcile(t.Context(), pipeline.ReconcileRequest{AsOf: &day})
			if err != nil {
				t.Fatalf("seed %d, as of %s: %v", seed, day, err)
			}
			want, corrected := map[string]bridged{}, false
			for _, l := range b.lines {
				cents, _ := b.cents(l, day)
				at := b.place(b.of(l.account), l, day)
				if at != "counted" {
					cents = -cents
				}
				want[at] = bridged{want[at].rows + 1, want[at].minor + cents}
				if at == "counted" && l.canceled != nil && *l.canceled <= day { // it runs until its end
					want["cancelled"] = bridged{want["cancelled"].rows + 1, want["cancelled"].minor + cents}
				}
			}
			for _, l := range got.Lines {
				met[l.Line]++
				if l.Line == "stated" || l.Line == "converted" || l.Line == "late" {
					continue
				}
				if x := (bridged{l.Rows, l.Minor}); x != want[l.Line] {
					t.Errorf("seed %d, as of %s, %s: got %+v, want %+v", seed, day, l.Line, x, want[l.Line])
				}
				delete(want, l.Line)
			}
			delete(want, "counted")
			if len(want) > 0 {
				t.Errorf("seed %d, as of %s: no lines %v", seed, day, want)
			}
			for _, l := range got.Sources[0].Imported {
				corrected = corrected || l.Line == "corrected" && l.Rows < 0
			}
			segments, err := im.Segments(t.Context(), pipeline.SegmentsRequest{AsOf: &day, Names: []string{"size"}})
			if err != nil {
				t.Fatal(err)
			}
			if total := segments.Counts[0].RevenueMinor; got.Minor != total || !corrected {
				t.Errorf("seed %d, as of %s: got %v, want the %v of all segments; corrected %v", seed, day,
					money.Amount{Minor: got.Minor, Currency: "USD"}, money.Amount{Minor: total, Currency: "USD"}, corrected)
			}
		}
	}
	for _, line := range []string{"stated", "converted", "unmatched", "internal", "not_started", "replaced", "ended", "no_amount", "no_rate", "outside", "untold", "counted", "late", "cancelled"} {
		if met[line] == 0 {
			t.Errorf("line %s was never met", line)
		}
	}
}
