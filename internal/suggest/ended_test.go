package suggest_test

import (
	"strings"
	"testing"
)

// Contracts that a status calls over: they end when they were cancelled, or are
// cancelled when they end, or are left out for want of a day.
func TestProposeEndsContractsByTheirStatus(t *testing.T) {
	t.Parallel()
	const head = "subscription_id,customer_id,mrr,currency,started_at,status,"
	tests := []struct {
		name, file  string
		ends        string
		canceled    string
		where, note string
	}{
		{"a day of cancellation", head + `canceled_at
s1,A1,100,USD,2026-01-01,active,
s2,A2,200,USD,2026-01-01,canceled,2026-03-01
s3,A3,300,USD,2026-01-01,active,2026-12-31`, `date(status.or("") in ["canceled"] ? canceled_at : "")`, "", "", ""},
		{"a day of cancellation, and an end for some", head + `ended_at,canceled_at
s1,A1,100,USD,2026-01-01,active,,
s2,A2,200,USD,2026-01-01,Canceled,2026-04-01,2026-03-01
s3,A3,300,USD,2026-01-01,canceled,,2026-03-01`, `date(ended_at.or(status.or("") in ["Canceled", "canceled"] ? canceled_at : ""))`, "", "", ""},
		{"an end", head + `end_date
s1,A1,100,USD,2026-01-01,active,2027-01-01
s2,A2,200,USD,2026-01-01,expired,2026-03-01
s3,A3,300,USD,2026-01-01,active,`, "", `date(status.or("") in ["expired"] ? end_date : "")`, "", ""},
		{"an end, cancelled before it", head + `end_date
s1,A1,100,USD,2026-01-01,active,2027-01-01
s2,A2,200,USD,2026-01-01,canceled,2027-03-01
s3,A3,300,USD,2026-01-01,active,`, "", `date(status.or("") in ["canceled"] ? end_date : "")`, "", `these count until the day on which they end, in "end_date". If they should not, write under the source: where: '!(status.or("") in ["canceled"])'`},
		{"an end for some", head + `end_date
s1,A1,100,USD,2026-01-01,active,2027-01-01
s2,A2,200,USD,2026-01-01,expired,2026-03-01
s3,A3,300,USD,2026-01-01,expired,`, "", `date(status.or("") in ["expired"] ? end_date : "")`, `(!(status.or("") in ["expired"]) || known(end_date))`, `"status" is "expired" in 2 of 3 rows, and no column says since when for 1:`},
		{"no day at all", head + `plan
s1,A1,100,USD,2026-01-01,active,Pro
s2,A2,200,USD,2026-01-01,canceled,Pro
s3,A3,300,USD,2026-01-01,active,Pro`, "", "", `!(status.or("") in ["canceled"])`, `"status" is "canceled" in 1 of 3 rows, and no column says since when for any:`},
		{"nothing is over", head + `plan
s1,A1,100,USD,2026-01-01,active,Pro`, "", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("billing.csv", tt.file))
			s, ok := p.Source("contract")
			if !ok {
				t.Fatalf("got the sources %v, want one of contracts", p.Sources)
			}
			ends, _ := s.Binding("ends")
			canceled, _ := s.Binding("canceled_on")
			if ends.Is != tt.ends || canceled.Is != tt.canceled || strings.Join(s.Where, " && ") != tt.where {
				t.Errorf("got ends %q, cancelled %q, where %q; want %q, %q, %q", ends.Is, canceled.Is, s.Where, tt.ends, tt.canceled, tt.where)
			}
			if got := strings.Join(p.Notes, "\n"); !strings.Contains(got, tt.note) || tt.note == "" && (strings.Contains(got, "since when") || strings.Contains(got, "until the day")) {
				t.Errorf("got the notes %q, want %q among them", got, tt.note)
			}
		})
	}
}
