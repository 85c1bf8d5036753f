package period_test

import (
	"testing"

	"github.com/segue-cs/segue/internal/period"
)

func TestYearly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first, last, day string
		contains         bool
		since            int
	}{
		{"12-20", "01-05", "2025-12-19", false, 348}, // 2025-01-05 is day 5 of the year, 2025-12-19 day 353
		{"12-20", "01-05", "2025-12-20", true, 0},
		{"12-20", "01-05", "2026-01-05", true, 0},
		{"12-20", "01-05", "2026-01-06", false, 1},
		{"12-20", "01-05", "2026-01-31", false, 26},
		{"07-15", "08-31", "2026-08-31", true, 0},
		{"07-15", "08-31", "2026-09-28", false, 28},
		{"07-15", "08-31", "2026-07-14", false, 317}, // 2025-08-31 is day 243 of 365, 2026-07-14 day 195
		{"02-01", "02-29", "2026-03-01", false, 1},   // 2026 has 28 days of February
		{"02-01", "02-29", "2024-02-29", true, 0},
		{"02-29", "02-29", "2026-03-01", false, 731}, // 2024-02-29 to 2026-02-28 are 730 days
		{"05-05", "05-05", "2026-05-05", true, 0},
	} {
		t.Run(tt.first+" to "+tt.last+" on "+tt.day, func(t *testing.T) {
			t.Parallel()
			y := period.Yearly{First: monthDay(t, tt.first), Last: monthDay(t, tt.last)}
			day, err := period.ParseDate(tt.day)
			if err != nil {
				t.Fatal(err)
			}
			if got := y.Contains(day); got != tt.contains {
				t.Errorf("got contains %v, want %v", got, tt.contains)
			}
			if got := y.Since(day); got != tt.since {
				t.Errorf("got %d days since, want %d", got, tt.since)
			}
		})
	}
}

func monthDay(t *testing.T, s string) period.MonthDay {
	t.Helper()
	m, err := period.ParseMonthDay(s)
	if err != nil {
		t.Fatal(err)
	}
	if m.String() != s {
		t.Errorf("got %s, want %s", m, s)
	}
	return m
}

func TestParseMonthDayRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "13-01", "02-30", "04-31", "12", "12-20-01"} {
		if m, err := period.ParseMonthDay(s); err == nil {
			t.Errorf("got %s of %q, want an error", m, s)
		}
	}
}
