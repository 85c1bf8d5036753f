package explain_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/rule"
)

// shop has a lens in which less is better, a journey by rules, and a trait
// that is called as its unit is.
const shop = `
currency: USD
traits:
  employees: {type: number, unit: employees}
  turnover: {type: money}
metrics:
  spent: {title: Spent, unit: money, from: contract, sum: arr}
  quiet: {title: Days without an order, from: activity, since: true}
dimensions:
  recency:
    of: quiet
    bound: above
    levels: {late: 30, fair: 13, fresh: 0}
  journey:
    levels:
      new: 'spent == 0'
      lapsed: 'quiet > 180'
      active: 'true'
segmentations:
  care:
    segments:
      keep: {when: 'journey != "lapsed" && recency == "fresh"'}
      large: {when: 'employees >= 1000'}
      rich: {when: 'turnover >= 3000'}
      dear: {when: 'spent >= 500'}
      rest: {when: 'true'}
`

func TestWords(t *testing.T) {
	t.Parallel()
	s := load(t, shop)
	for _, tt := range []struct {
		name                              string
		spent, quiet, employees, turnover float64
		want                              []string
	}{
		{
			"the best level where less is better", 100, 11, 10, 1000,
			[]string{"Days without an order 11 days; fresh up to 13 days\n", "11 days; 3 days more for fair; late above 30 days"},
		},
		{"a level in between", 100, 20, 10, 1000, []string{"20 days; 11 days more for late; 7 days less for fresh;", "is 7 days over)"}},
		{"a value at the line", 100, 13, 10, 1000, []string{"13 days; at the line to fair;"}},
		{
			"the rule that gave a level that is not wanted", 100, 200, 10, 1000,
			[]string{"journey is lapsed (days without an order is more than 180 days: Days without an order 200"},
		},
		{"a name that is its unit", 100, 200, 2000, 1000, []string{"employees is at least 1,000  Employees 2,000\n", "Employees down by 1,001 (50 %)"}},
		{
			"the smallest change is the one with the smallest percentage", 300, 200, 400, 1000,
			[]string{"Smallest change: Spent up by $200 (66.7 %)", "to Keep.\n  Employees up by 600 (150 %)", "to Large.\n  Turnover up by $2,000 (200 %)"},
		},
		{
			"changes from nothing come last", 0, 200, 400, 1000,
			[]string{"Smallest change: Days without an order down by 187 days (93.5 %)", "to Rich.\n  Spent up by $500, to $500, would move it to Dear."},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := explain.Customer{
				ID: "C", AsOf: day,
				Metrics: map[string]rule.Value{"spent": number(tt.spent), "quiet": number(tt.quiet)},
				Traits:  map[string]rule.Value{"employees": number(tt.employees), "turnover": number(tt.turnover)},
			}
			e, err := explain.Explain(s, c, "care")
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := e.Text(&text, explain.TextOptions{Width: 400}); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(text.String(), want) {
					t.Errorf("got\n%s\nwant %q in it", text.String(), want)
				}
			}
		})
	}
}
