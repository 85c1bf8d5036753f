package suggest_test

import (
	"strings"
	"testing"
)

func TestProposeCents(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, header, rows string
		answers            map[string]string
		minor              bool
		asks               bool
	}{
		{"a name that says it", "account_id,starts,ends,mrr_in_cents", "2026-01-01,2027-01-01,4900\n2026-01-01,2027-01-01,24950", nil, true, false},
		{"in brackets", "account_id,starts,ends,Annual Amount (cents)", "2026-01-01,2027-01-01,490000\n2026-01-01,2027-01-01,2495000", nil, true, false},
		{"whole numbers of a billing tool", "account_id,starts,ends,mrr,currency", "2026-01-01,2027-01-01,4900,usd\n2026-01-01,2027-01-01,24900,usd", nil, false, true},
		{"and what somebody says of them", "account_id,starts,ends,mrr,currency", "2026-01-01,2027-01-01,4900,usd\n2026-01-01,2027-01-01,24900,usd", map[string]string{"cents.billing": "yes"}, true, true},
		{"decimals", "account_id,starts,ends,mrr,currency", "2026-01-01,2027-01-01,4900.50,usd\n2026-01-01,2027-01-01,24900,usd", nil, false, false},
		{"signs", "account_id,starts,ends,mrr,currency", "2026-01-01,2027-01-01,$4900,usd\n2026-01-01,2027-01-01,$24900,usd", nil, false, false},
		{"small amounts", "account_id,starts,ends,mrr,currency", "2026-01-01,2027-01-01,49,usd\n2026-01-01,2027-01-01,24900,usd", nil, false, false},
		{"no sign of a tool", "account_id,starts,ends,mrr", "2026-01-01,2027-01-01,4900\n2026-01-01,2027-01-01,24900", nil, false, false},
		{"percent, which are no cents", "account_id,starts,ends,mrr,discount percent", "2026-01-01,2027-01-01,4900,5\n2026-01-01,2027-01-01,24900,5", nil, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := tt.header
			for i, row := range strings.Split(tt.rows, "\n") {
				text += "\n" + [...]string{"A1,", "A2,"}[i] + row
			}
			p := propose(t, tt.answers, tableOf("accounts.csv", accountsFile), tableOf("billing.csv", text))
			s, ok := p.Source("contract")
			arr, has := s.Binding("arr")
			if !ok || !has || arr.Minor != tt.minor {
				t.Errorf("got %+v, want minor %v", arr, tt.minor)
			}
			asks := false
			for _, q := range p.Questions {
				asks = asks || q.Key == "cents.billing"
			}
			if asks != tt.asks {
				t.Errorf("asks %v, want %v: %+v", asks, tt.asks, p.Questions)
			}
			if tt.minor && !strings.Contains(p.YAML(), "minor: true") {
				t.Errorf("got %s", p.YAML())
			}
		})
	}
}

// An amount by no name that is known is one by its sign, if it is the only one;
// what a name says of taxes is no part of it.
func TestProposeAnyAmount(t *testing.T) {
	t.Parallel()
	const terms = "account_id,starts,ends,"
	const first, second = "\nA1,2026-01-01,2027-01-01,", "\nA2,2026-01-01,2027-01-01,"
	for _, tt := range []struct{ name, text, want string }{
		{"a month's, net", terms + "Monatsbetrag netto" + first + "49.90" + second + "990.00", `number(col("Monatsbetrag netto")) * 12`},
		{"a month's, by a sign", terms + "Monatliche Rate" + first + "€49" + second + "€99", `number(col("Monatliche Rate")) * 12`},
		{"a year's, as somebody says", terms + "Our charge" + first + "49.50" + second + "99", "Our charge"},
		{"two of them", terms + "List,Paid" + first + "€49,€40" + second + "€99,€90", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var answers map[string]string
			if tt.want == "Our charge" {
				answers = map[string]string{"amount.contracts": "year"}
			}
			p := propose(t, answers, tableOf("accounts.csv", accountsFile), tableOf("contracts.csv", tt.text))
			s, _ := p.Source("contract")
			arr, _ := s.Binding("arr")
			if got := arr.From + arr.Is; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
