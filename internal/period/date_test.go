package period_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/period"
)

func date(t testing.TB, s string) period.Date {
	t.Helper()
	d, err := period.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, from string
		months     int
		want       string
	}{
		{"a short month", "2026-01-31", 1, "2026-02-28"},
		{"a leap year", "2024-01-31", 1, "2024-02-29"},
		{"a century without a leap day", "1900-01-31", 1, "1900-02-28"},
		{"a year's end", "2025-12-15", 1, "2026-01-15"},
		{"months backwards", "2026-03-31", -1, "2026-02-28"},
		{"years backwards across January", "2026-01-31", -14, "2024-11-30"},
		{"no month", "2026-05-31", 0, "2026-05-31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := date(t, tt.from).AddMonths(tt.months).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDateText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		day  period.Date
		want string
	}{
		{"the first day of the count", 0, "1970-01-01"},
		{"a day before it", -1, "1969-12-31"},
		{"what has no end", period.Open, "none"},
		{"the earliest", period.Earliest, "1900-01-01"},
		{"the latest", period.Latest, "2199-12-31"},
	} {
		if got := tt.day.String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := period.NewDate(9999, 12, 31); got != period.Open {
		t.Errorf("9999-12-31: got %d, want %d", got, period.Open)
	}
	for _, bad := range []string{"", "2026-02-30", "2026-2-3", "31.01.2026", "2026-01-31T00:00:00Z"} {
		if _, err := period.ParseDate(bad); err == nil {
			t.Errorf("date %q was accepted", bad)
		}
	}
}

func TestDateInJSON(t *testing.T) {
	t.Parallel()
	type request struct {
		AsOf  period.Date
		Until *period.Date         `json:",omitempty"`
		Days  map[period.Date]bool `json:",omitempty"`
	}
	january := date(t, "2026-01-31")
	for _, tt := range []struct {
		name, text string
		want       request
	}{
		{"a day", `{"AsOf":"2026-01-31"}`, request{AsOf: january}},
		{"what has no end", `{"AsOf":"none"}`, request{AsOf: period.Open}},
		{
			"a day that is set and one that is a key", `{"AsOf":"1969-12-31","Until":"2026-01-31","Days":{"none":true}}`,
			request{AsOf: -1, Until: &january, Days: map[period.Date]bool{period.Open: true}},
		},
	} {
		t.Run("it handles "+tt.name, func(t *testing.T) {
			t.Parallel()
			var got request
			if err := json.Unmarshal([]byte(tt.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("read (-got +want):\n%s", diff)
			}
			written, err := json.Marshal(got)
			if err != nil || string(written) != tt.text {
				t.Errorf("written: got %s (%v), want %s", written, err, tt.text)
			}
		})
	}
	for _, bad := range []string{`""`, `"None"`, `"2026-02-30"`, `20000`} {
		got := january
		if err := json.Unmarshal([]byte(bad), &got); err == nil || got != january {
			t.Errorf("%s was read as %s (%v)", bad, got, err)
		}
	}
}

func TestTrailing(t *testing.T) {
	t.Parallel()
	span := period.Trailing(date(t, "2026-03-28"), 28)
	if got, want := span.String(), "2026-03-01 to 2026-03-28"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if span.Days() != 28 || !span.Contains(date(t, "2026-03-01")) || !span.Contains(date(t, "2026-03-28")) ||
		span.Contains(date(t, "2026-03-29")) || span.Contains(date(t, "2026-02-28")) {
		t.Errorf("the span %v does not hold its 28 days and no other", span)
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("2026-01-31")
	f.Add(" 0001-01-01 ")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := period.ParseDate(s)
		if err != nil || d == period.Open {
			return
		}
		again, err := period.ParseDate(d.String())
		if err != nil || again != d {
			t.Errorf("%q reads as %d, written %q, read again as %d (%v)", s, d, d.String(), again, err)
		}
	})
}

// Months add up as long as no month's end clips the day.
func TestAddMonthsAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := period.NewDate(rapid.IntRange(1900, 2199).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
		a, b := rapid.IntRange(-600, 600).Draw(t, "a"), rapid.IntRange(-600, 600).Draw(t, "b")
		if got, want := d.AddMonths(a).AddMonths(b), d.AddMonths(a+b); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
