package period

import (
	"fmt"
	"time"
)

// Yearly is a span of days that comes back every year, such as 20 December to
// 5 January: its first and its last day are in it. Where the first stands later
// in the year than the last, the span passes the turn of the year.
type Yearly struct {
	First, Last MonthDay
}

// MonthDay is a day of every year: a hundred times the month, and the day of
// the month.
type MonthDay int16

// ParseMonthDay reads "12-20". The 29th of February is a day of leap years
// only.
func ParseMonthDay(s string) (MonthDay, error) {
	t, err := time.Parse("2006-01-02", "2024-"+s)
	if err != nil {
		return 0, fmt.Errorf("read day of the year %q: want month-day, such as 12-20", s)
	}
	return monthDay(t), nil
}

// String returns "12-20".
func (m MonthDay) String() string { return fmt.Sprintf("%02d-%02d", m/100, m%100) }

func monthDay(t time.Time) MonthDay { return MonthDay(int(t.Month())*100 + t.Day()) }

// Contains reports whether the day is in the span of some year.
func (y Yearly) Contains(d Date) bool {
	day := monthDay(d.Time())
	if y.First <= y.Last {
		return y.First <= day && day <= y.Last
	}
	return day >= y.First || day <= y.Last
}

// Since returns how many days the span was over on the day: 0 on its own days,
// 1 on the day after its last.
func (y Yearly) Since(d Date) int {
	if y.Contains(d) {
		return 0
	}
	for year := d.Time().Year(); ; year-- {
		month := int(y.Last / 100)
		end := NewDate(year, month+1, 1) - 1
		last := NewDate(year, month, min(int(y.Last%100), end.Time().Day()))
		if last <= d && y.Contains(last) {
			return int(d - last)
		}
	}
}
