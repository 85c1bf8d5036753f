package fact

import (
	"github.com/segue-cs/segue/internal/period"
)

const (
	microsPerSecond = 1_000_000
	microsPerMinute = 60 * microsPerSecond
	microsPerHour   = 60 * microsPerMinute
)

// moment is a date, perhaps with a time of day, perhaps with an offset.
type moment struct {
	year, month, day int
	micros           int64 // since midnight
	hasOffset        bool
	offset           int64 // ahead of UTC, microseconds
	instant          bool  // micros is UTC microseconds since 1970, the rest is void
}

// day returns the day as it is written.
func (d *Decoder) day(l *layout, text []byte) (period.Date, problem) {
	m, p := d.moment(l, text)
	if p != fine {
		return 0, p
	}
	if m.instant {
		m.micros = d.clock.Civil(m.micros)
		day := period.Date(floorDiv(m.micros, period.MicrosPerDay))
		return day, sane(day)
	}
	day, p := m.date()
	if p != fine {
		return 0, p
	}
	return day, sane(day)
}

// instant returns the time in UTC microseconds, and whether the text had a
// time zone.
func (d *Decoder) instant(l *layout, text []byte) (micros int64, zoned bool, p problem) {
	m, p := d.moment(l, text)
	if p != fine {
		return 0, false, p
	}
	if m.instant {
		return m.micros, true, sane(period.Date(floorDiv(m.micros, period.MicrosPerDay)))
	}
	day, p := m.date()
	if p != fine {
		return 0, false, p
	}
	if p := sane(day); p != fine {
		return 0, false, p
	}
	civil := day.Micros() + m.micros
	if m.hasOffset {
		return civil - m.offset, true, fine
	}
	return d.clock.Instant(civil), false, fine
}

func (d *Decoder) moment(l *layout, text []byte) (moment, problem) {
	if l != nil {
		return l.parse(text)
	}
	return parseISO(text)
}

// sane refuses days that no export means.
func sane(day period.Date) problem {
	if day < period.Earliest || day > period.Latest {
		return absurd
	}
	return fine
}

// date returns the day, which must exist.
func (m moment) date() (period.Date, problem) {
	if m.month < 1 || m.month > 12 || m.day < 1 || m.day > daysIn(m.year, m.month) {
		if m.year == 0 || m.month == 0 || m.day == 0 {
			return 0, absurd
		}
		return 0, noSuchDay
	}
	return period.Date(daysSince1970(m.year, m.month, m.day)), fine
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSince1970 counts in years that begin in March, so that the leap day is
// the last of its year.
func daysSince1970(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	inYear := (153*(month-3)+2)/5 + day - 1
	return 365*year + year/4 - year/100 + year/400 + inYear - 719468
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// parseISO reads "2026-01-31", "2026-01-31 15:04", "2026-01-31T15:04:05.25Z"
// and the like: an hour of one digit, "+02", "+0200" and "UTC" are understood.
func parseISO(b []byte) (moment, problem) {
	var m moment
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return m, notDate
	}
	y, ok1 := fourDigits(b)
	mon, ok2 := twoDigits(b[5:])
	day, ok3 := twoDigits(b[8:])
	if !ok1 || !ok2 || !ok3 {
		return m, notDate
	}
	m.year, m.month, m.day = y, mon, day
	if len(b) == 10 {
		return m, fine
	}
	if b[10] != 'T' && b[10] != ' ' && b[10] != 't' {
		return m, notDate
	}
	r := reader{text: b[11:]}
	r.clock(&m)
	r.zone(&m)
	if r.bad || len(r.text) > 0 {
		return m, notTime
	}
	return m, fine
}

func fourDigits(b []byte) (int, bool) {
	hi, ok1 := twoDigits(b)
	lo, ok2 := twoDigits(b[2:])
	return hi*100 + lo, ok1 && ok2
}

func twoDigits(b []byte) (int, bool) {
	x, y := b[0]-'0', b[1]-'0'
	return int(x)*10 + int(y), x <= 9 && y <= 9
}

// reader takes parts off the front of a text. Once something does not fit it
// is bad, and stays so.
type reader struct {
	text []byte
	bad  bool

	hour      int // of a layout, in which AM or PM may come later
	twelve    bool
	afternoon bool
}

// number takes between low and high digits.
func (r *reader) number(low, high int) int {
	n, i := 0, 0
	for i < len(r.text) && i < high && r.text[i] >= '0' && r.text[i] <= '9' {
		n = n*10 + int(r.text[i]-'0')
		i++
	}
	r.bad = r.bad || i < low
	r.text = r.text[i:]
	return n
}

// take takes the character if it is next.
func (r *reader) take(ch byte) bool {
	if len(r.text) > 0 && r.text[0] == ch {
		r.text = r.text[1:]
		return true
	}
	return false
}

// below marks the text as bad when n is not less than the limit.
func (r *reader) below(n, limit int) int64 {
	r.bad = r.bad || n >= limit
	return int64(n)
}

// clock takes "15:04", "15:04:05" or "15:04:05.123456789".
func (r *reader) clock(m *moment) {
	m.micros += r.below(r.number(1, 2), 24) * microsPerHour
	r.bad = r.bad || !r.take(':')
	m.micros += r.below(r.number(2, 2), 60) * microsPerMinute
	if r.take(':') {
		m.micros += r.below(r.number(2, 2), 60) * microsPerSecond
		r.fraction(m)
	}
}

// fraction takes ".25" or ",25", and cuts it to microseconds.
func (r *reader) fraction(m *moment) {
	if len(r.text) < 2 || r.text[0] != '.' && r.text[0] != ',' {
		return
	}
	r.text = r.text[1:]
	unit, digits := int64(microsPerSecond/10), 0
	for len(r.text) > 0 && r.text[0] >= '0' && r.text[0] <= '9' {
		m.micros += int64(r.text[0]-'0') * unit
		unit /= 10
		digits++
		r.text = r.text[1:]
	}
	r.bad = r.bad || digits == 0
}

// zone takes "Z", "UTC", "GMT", "+02:00", "-0330" or "+02", or nothing.
func (r *reader) zone(m *moment) {
	for r.take(' ') {
	}
	if len(r.text) == 0 {
		return
	}
	m.hasOffset = true
	switch string(r.text) {
	case "Z", "z", "UTC", "GMT":
		r.text = nil
		return
	}
	sign := int64(1)
	if r.take('-') {
		sign = -1
	} else if !r.take('+') {
		r.bad = true
		return
	}
	m.offset = r.below(r.number(2, 2), 19) * microsPerHour
	if r.take(':') || len(r.text) > 0 {
		m.offset += r.below(r.number(2, 2), 60) * microsPerMinute
	}
	m.offset *= sign
}
