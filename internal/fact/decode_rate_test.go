package fact_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/fact"
)

// A rate of nothing or less, and a percentage for an amount, are wrong cells.
func TestDecodeRatesAndShares(t *testing.T) {
	t.Parallel()
	rates := fact.Kind{
		Name: "fx_rate", Timing: fact.Version,
		Columns: []fact.Column{{Name: "currency", Type: fact.Text, Required: true}, {Name: "rate", Type: fact.Number, Required: true}},
	}
	m := fact.Mapping{Name: "fx", Columns: []fact.Binding{{To: "currency", From: "currency"}, {To: "rate", From: "rate"}, {To: "valid_from", From: "day"}}}
	for rate, want := range map[string]string{"1.1": "", "0": "cannot be a rate", "-1": "cannot be a rate", "0.0000001": "cannot be a rate"} {
		if got := reasonOf(t, rates, m, "currency,rate,day", "EUR,"+rate+",2025-01-01"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("rate %s: got %q, want %q", rate, got, want)
		}
	}
	sums := fact.Kind{
		Name: "deal", Timing: fact.At,
		Columns: []fact.Column{{Name: "amount", Type: fact.Money}},
	}
	m = fact.Mapping{Name: "deals", Columns: []fact.Binding{{To: "amount", From: "amount", Currency: "USD"}, {To: "at", From: "day"}}}
	for amount, want := range map[string]string{"12": "", "$12": "", "12%": "is a share and no amount", "% 12": "is a share and no amount"} {
		if got := reasonOf(t, sums, m, "amount,day", amount+",2025-01-01"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("amount %s: got %q, want %q", amount, got, want)
		}
	}
}

// reasonOf returns why a row is rejected, "" where it is not.
func reasonOf(t *testing.T, k fact.Kind, m fact.Mapping, header, row string) string {
	t.Helper()
	d, err := fact.NewDecoder(k, m, strings.Split(header, ","), berlin(t), "USD", imported)
	if err != nil {
		t.Fatal(err)
	}
	var fields [][]byte
	for text := range strings.SplitSeq(row, ",") {
		fields = append(fields, []byte(text))
	}
	var out fact.Row
	var reasons []string
	for _, r := range d.Decode(2, fields, &out) {
		reasons = append(reasons, r.Reason)
	}
	return strings.Join(reasons, "; ")
}
