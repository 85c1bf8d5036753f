package explain_test

import (
	"testing"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

const steady = `
name: steady
currency: USD
metrics:
  seats: {title: Seats, from: contract, sum: seats, where: in_force}
dimensions:
  size:
    of: seats
    levels: {large: 100, medium: 50, small: 0}
    hold: {up: {margin: 10, confirm: 3d}, down: {margin: 20%, confirm: 30d, dwell: 60d}, grace: 90d}
  reviewed:
    of: seats
    levels: {many: 70, few: 0}
    hold: {review: monthly, freeze: {from: 12-01, to: 12-31}}
segmentations:
  tiers:
    ordered: true
    hold: {down: {confirm: 5d}}
    segments: {top: {title: Top, when: 'size == "large"'}, mid: {title: Middle, when: 'reviewed == "many"'}, rest: {title: Rest, when: 'true'}}
`

// As of Sunday 2026-11-22.
func TestWait(t *testing.T) {
	t.Parallel()
	const large, medium = 0, 1
	none := dimension.NoLevel
	tests := []struct {
		name  string
		seats rule.Value
		size  dimension.Held
		level string
		want  string
	}{
		{"where the value puts it", number(120), dimension.Held{Level: large, Toward: none, Closes: []int{0, 0}}, "large", ""},
		{"within the margin", number(85), dimension.Held{Level: large, Toward: none, Closes: []int{0, 0}}, "large", "would be medium without the margin; stays large down to 80"},
		{"within the margin of a move up", number(105), dimension.Held{Level: medium, Toward: none, Closes: []int{0, 0}}, "medium", "would be large without the margin; stays medium up to 110"},
		// 30 closes from 13 November on: the 30th is 12 December.
		{
			"closes", number(60),
			dimension.Held{Level: large, Toward: medium, Closes: []int{10, 0}, Since: day - 9},
			"large",
			"would be medium since 2026-11-13; moves on 2026-12-12 unless it recovers (10 of 30 days so far)",
		},
		// 1 November + 60 days = 31 December.
		{
			"a stay", number(60),
			dimension.Held{Level: large, Toward: medium, Closes: []int{10, 0}, Since: day - 9, Moved: day - 21},
			"large",
			"would be medium since 2026-11-13; moves on 2026-12-31 unless it recovers (10 of 30 days so far; stays 60 days from 2026-11-01 on)",
		},
		// 21 November + 90 days = 19 February.
		{
			"a new customer", number(130),
			dimension.Held{Level: medium, Toward: large, Closes: []int{2, 0}, Since: day - 1, Came: day - 1},
			"medium",
			"would be large since 2026-11-21; moves on 2027-02-19 unless it falls back (2 of 3 days so far; a new customer stays 90 days, here since 2026-11-21)",
		},
		{"a day that can't tell", rule.Unknown("seats"), dimension.Held{Level: large, Toward: medium, Closes: []int{10, 0}, Since: day - 9}, "large", "can't tell today; stays large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := explain.Customer{ID: "A1", AsOf: day, Metrics: map[string]rule.Value{"seats": tt.seats}, Holds: map[string]dimension.Held{"size": tt.size}}
			x, err := explain.Explain(load(t, steady), c, "tiers")
			if err != nil {
				t.Fatal(err)
			}
			lens, got := x.Dimensions[0], ""
			if lens.Wait != nil {
				got = lens.Wait.Text
			}
			if lens.Level != tt.level || got != tt.want {
				t.Errorf("got %s, %q\nwant %s, %q", lens.Level, got, tt.level, tt.want)
			}
		})
	}
}

// A review in a freeze is none: the first that is open is that of January.
func TestWaitForReview(t *testing.T) {
	t.Parallel()
	c := explain.Customer{ID: "A1", AsOf: day, Metrics: map[string]rule.Value{"seats": number(80)}, Holds: map[string]dimension.Held{
		"reviewed": {Level: 1, Toward: 0, Closes: []int{1}, Since: period.NewDate(2026, 11, 3)},
		"tiers":    {Level: 1, Toward: 2, Closes: []int{0, 4, 0}, Since: day - 3},
	}}
	x, err := explain.Explain(load(t, steady), c, "tiers")
	if err != nil {
		t.Fatal(err)
	}
	want := "would be many since 2026-11-03; moves on 2027-01-01 unless it falls back (moves on monthly reviews only, no moves from 12-01 to 12-31)"
	if got := x.Dimensions[1].Wait.Text; got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	// Size is medium and reviewed few: the rules say Rest, the fifth close is tomorrow.
	want = "would be in Rest since 2026-11-19; moves on 2026-11-23 unless it recovers (4 of 5 days so far)"
	if x.Segment != "mid" || x.Wait == nil || x.Wait.Text != want {
		t.Errorf("got %s, %+v\nwant mid, %q", x.Segment, x.Wait, want)
	}
}

// The segment that waits stands among those before it, and the rule of the one
// held is told though it need not be true any more.
func TestWaitUp(t *testing.T) {
	t.Parallel()
	s := load(t, steady+"  slow: {ordered: true, hold: {up: {confirm: 9d}}, segments: {top: {title: Top, when: 'seats > 100'}, mid: 'seats > 50', rest: 'true'}}\n")
	c := explain.Customer{ID: "A1", AsOf: day, Metrics: map[string]rule.Value{"seats": number(150)}, Holds: map[string]dimension.Held{
		"slow": {Level: 2, Toward: 0, Closes: []int{2, 2, 0}, Since: day - 1},
	}}
	x, err := explain.Explain(s, c, "slow")
	if err != nil {
		t.Fatal(err)
	}
	if x.Segment != "rest" || x.Because == nil || len(x.Missed) != 1 || x.Missed[0].Text != "would be Top, and waits until 2026-11-29" {
		t.Errorf("got %s because %+v, missed %+v", x.Segment, x.Because, x.Missed)
	}
}
