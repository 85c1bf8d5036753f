package explain_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

const seasoned = `
name: seasoned
currency: USD
traits:
  customer_since: {type: date, title: Customer since}
metrics:
  seats:   {title: Seats, from: contract, sum: seats, where: in_force}
  renewal: {title: Renewal date, from: contract, min: ends}
segmentations:
  journey:
    segments:
      renew: {title: Renew, when: 'renewal > as_of && renewal - as_of < days(30)'}
      early: {title: Early adopters, when: 'customer_since < date("2020-01-01")'}
      young: {title: Young, when: 'as_of - customer_since < days(365)'}
      large: {title: Large, when: 'seats >= 100'}
      known: {title: Known, when: 'true'}
`

// A day that is over cannot be pushed: time alone moves whom it will, and says
// when. A renewal that has passed can be.
//
//	2025-06-30 + 365 days = 2026-06-30; as of 2026-03-02 that is in 120 days
func TestTimeAloneMoves(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, since string
		want        []string
		wantNot     string
	}{
		{
			"young",
			"2025-06-30",
			[]string{"On 2026-06-30 time alone would move it to Known, if nothing else changes (Customer since 2025-06-30)", "Renewal date 31 days later"},
			"days earlier",
		},
		{"known", "2021-06-30", []string{"Seats up by 60 (150 %) would move it to Large"}, "Customer since"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			since, err := period.ParseDate(tt.since)
			if err != nil {
				t.Fatal(err)
			}
			asOf := period.NewDate(2026, 3, 2)
			c := explain.Customer{
				ID: "A1", AsOf: asOf, Traits: map[string]rule.Value{"customer_since": rule.Time(since.Micros())},
				Metrics: map[string]rule.Value{"seats": rule.Number(40), "renewal": rule.Time((asOf - 30).Micros())},
			}
			e, err := explain.Explain(load(t, seasoned), c, "journey")
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, change := range e.Changes {
				texts = append(texts, change.Text)
			}
			got := strings.Join(texts, "\n")
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant %q in it", got, want)
				}
			}
			if strings.Contains(got, tt.wantNot) {
				t.Errorf("got\n%s\nwant no %q in it", got, tt.wantNot)
			}
		})
	}
}
