package suggest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/suggest"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Close Date": "close_date", "customerID": "customer_id", "MonthlyCharges": "monthly_charges", "SaaS-Sales": "saas_sales",
		"\ufeffRow ID": "row_id", "Kündigungsdatum": "kuendigungsdatum", "\"END\"": "end", "ARR (USD)": "arr_usd", "InvoiceNo": "invoice_no",
	} {
		if got := suggest.Plain(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDatedPattern(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"exports/contracts-2026-01-31.csv": "exports/contracts-*.csv",
		"exports/contracts_202601.csv.gz":  "exports/contracts_*.csv.gz",
		"online_retail_2011.csv":           "online_retail_2011.csv",
		"2026-01-31/accounts.csv":          "2026-01-31/accounts.csv",
		"order 66.csv":                     "order 66.csv",
	} {
		if got := suggest.DatedPattern(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// A sketch is exact up to some thousands of values, and good to a few per cent
// beyond.
func TestDistinctAndWithin(t *testing.T) {
	t.Parallel()
	profile := func(from, to int) suggest.Column {
		p := suggest.NewProfiler("t", []string{"id"})
		for range 2 {
			for i := from; i < to; i++ {
				p.Add([][]byte{[]byte(fmt.Sprintf("id-%d", i))})
			}
		}
		return p.Table(false).Columns[0]
	}
	for _, tt := range []struct {
		name               string
		aFrom, aTo         int
		bFrom, bTo         int
		distinct           int64
		within, tolerance  float64
		distinctTolerance  int64
		otherWayRoundIsOne bool
	}{
		{"a few", 0, 100, 50, 200, 100, 0.5, 0, 0, false},
		{"none in common", 0, 100, 100, 200, 100, 0, 0, 0, false},
		{"many", 0, 100_000, 25_000, 200_000, 100_000, 0.75, 0.03, 3_000, false},
		{"a few of many", 0, 1_000, 0, 100_000, 1_000, 1, 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b := profile(tt.aFrom, tt.aTo), profile(tt.bFrom, tt.bTo)
			if d := a.Distinct - tt.distinct; d < -tt.distinctTolerance || d > tt.distinctTolerance {
				t.Errorf("distinct: got %d, want %d", a.Distinct, tt.distinct)
			}
			if d := a.Within(b) - tt.within; d < -tt.tolerance || d > tt.tolerance {
				t.Errorf("within: got %v, want %v", a.Within(b), tt.within)
			}
			if !a.Repeats || a.IsUnique() {
				t.Error("values that come twice are taken to be unique")
			}
		})
	}
}

func TestScalar(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"account_id": "account_id", "Close Date": "Close Date", "yes": `"yes"`, "m/d/Y": "m/d/Y", "2026": `"2026"`, "a: b": `"a: b"`,
		"": `""`, "#1": `"#1"`, "Y": `"Y"`, "x #1": `"x #1"`, "null": `"null"`, `"END"`: `'"END"'`,
	} {
		if got := suggest.Scalar(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// tableOf profiles the rows of a small file: columns apart by commas, rows by
// line ends.
func tableOf(name, text string) suggest.Table {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	p := suggest.NewProfiler(name, strings.Split(lines[0], ","))
	for _, line := range lines[1:] {
		var fields [][]byte
		for _, f := range strings.Split(line, ",") {
			fields = append(fields, []byte(f))
		}
		p.Add(fields)
	}
	return p.Table(false)
}
