// Package period holds dates, spans of days and the reporting zone: what "a
// day" is and which instants belong to it.
package period

import (
	"fmt"
	"strings"
	"time"
)

// Date is a calendar day without a zone: days since 1970-01-01.
type Date int32

// Open is the end of what has no end, such as a contract that runs until it
// is cancelled. It is known, later than every real day, and shown as "none".
const Open Date = 2932896 // 9999-12-31

// MicrosPerDay is the number of microseconds in a day without clock changes.
const MicrosPerDay int64 = 86_400_000_000

// The first and the last day that a fact may carry.
var (
	Earliest = NewDate(1900, 1, 1)
	Latest   = NewDate(2199, 12, 31)
)

// NewDate returns the day of a year, month and day of the Gregorian calendar.
// Values out of range roll over, as in time.Date.
func NewDate(year, month, day int) Date {
	return Date(floorDiv(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix(), 86400))
}

// ParseDate reads "2026-01-31".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("read date %q: want year-month-day, such as 2026-01-31", s)
	}
	return NewDate(t.Year(), int(t.Month()), t.Day()), nil
}

// Time returns the day's midnight in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Micros returns the day's midnight as microseconds of civil time.
func (d Date) Micros() int64 { return int64(d) * MicrosPerDay }

// String returns "2026-01-31", or "none" for Open.
func (d Date) String() string {
	if d == Open {
		return "none"
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes the day as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes: a day, or "none" for Open.
func (d *Date) UnmarshalText(text []byte) error {
	if string(text) == Open.String() {
		*d = Open
		return nil
	}
	read, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = read
	return nil
}

// AddMonths returns the same day n months later, clipped to the month's end:
// a month after 31 January is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	t := d.Time()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return NewDate(first.Year(), int(first.Month()), min(t.Day(), last))
}

// Months returns how many months later than that of d the month of to is, whatever
// the days are: 1 from 2026-01-31 to 2026-02-01.
func (d Date) Months(to Date) int {
	a, b := d.Time(), to.Time()
	return 12*(b.Year()-a.Year()) + int(b.Month()) - int(a.Month())
}

// Span is the half-open span of days [From, To).
type Span struct{ From, To Date }

// Trailing returns the n whole days that end with d: D-n+1 .. D.
func Trailing(d Date, n int) Span { return Span{From: d - Date(n) + 1, To: d + 1} }

// Days returns the number of days in the span.
func (s Span) Days() int { return int(s.To - s.From) }

// Contains reports whether the day lies in the span.
func (s Span) Contains(d Date) bool { return s.From <= d && d < s.To }

// String returns the span as "2026-01-01 to 2026-01-31", both days included.
func (s Span) String() string { return s.From.String() + " to " + (s.To - 1).String() }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
