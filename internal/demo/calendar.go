package demo

import (
	"time"

	"github.com/segue-cs/segue/internal/period"
)

// never is the day of what does not happen or has no end.
const never = period.Open

// civil returns the year, month and day of a date. It is quicker than going
// through time.Time, which matters once per event row.
//
// Source: Hinnant, "chrono-compatible low-level date algorithms".
func civil(d period.Date) (year, month, day int) {
	z := int(d) + 719468
	era := z / 146097
	ofEra := z - era*146097
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	fromMarch := (5*ofYear + 2) / 153
	day = ofYear - (153*fromMarch+2)/5 + 1
	month = fromMarch + 3
	if month > 12 {
		month -= 12
	}
	year = yearOfEra + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// weekday returns 0 for Sunday to 6 for Saturday.
func weekday(d period.Date) int { return (int(d) + 4) % 7 }

// season is the yearly and weekly rhythm of an account's work.
type season uint8

const (
	officeNorth season = iota
	officeSouth
	schoolNorth
	schoolSouth
	shop
	gulf // Friday and Saturday off
	seasons
)

// level returns how much of its usual work an account of the season does on
// the day, with 1 for a plain weekday.
func (s season) level(d period.Date) float64 {
	_, month, day := civil(d)
	level := 1.0
	off := weekday(d) == 0 || weekday(d) == 6
	switch s {
	case officeNorth, gulf:
		level = [13]float64{0, .98, 1.02, 1.04, 1, .98, .98, .88, .76, 1.04, 1.06, 1.04, .9}[month]
		if s == gulf {
			off = weekday(d) == 5 || weekday(d) == 6
		}
	case officeSouth:
		level = [13]float64{0, .72, .95, 1.04, 1, 1.02, 1, .98, 1.02, 1.04, 1.04, 1.02, .85}[month]
	case schoolNorth:
		level = [13]float64{0, 1, 1.05, 1.02, .9, 1.1, .7, .12, .15, 1.2, 1.15, 1.1, .8}[month]
	case schoolSouth:
		level = [13]float64{0, .12, .75, 1.15, .95, 1.1, 1.05, .6, 1.1, 1.1, 1.1, 1.1, .4}[month]
	case shop:
		level = [13]float64{0, .9, .92, .95, 1, 1, .98, .92, .9, 1, 1.1, 1.3, 1.25}[month]
		if off {
			return level * .45 * holiday(month, day, s)
		}
	}
	if off {
		level *= .07
	} else {
		level *= [7]float64{1, 1.02, 1.08, 1.06, 1.02, .86, 1}[weekday(d)]
	}
	return level * holiday(month, day, s)
}

// holiday returns what is left of a day's work on the days that most of the
// world takes off.
func holiday(month, day int, s season) float64 {
	switch {
	case month == 12 && (day == 25 || day == 26), month == 1 && day == 1:
		return .06
	case month == 12 && day >= 22, month == 1 && day <= 3:
		switch s {
		case shop:
			return .8
		case schoolNorth, schoolSouth:
			return .08
		}
		return .35
	case month == 5 && day == 1:
		return .4
	}
	return 1
}

// clock knows how far each zone is from UTC on each day, so that working
// hours are those of where the account is.
type clock struct {
	from    period.Date
	offsets [][]int32 // zone, day: seconds at noon
}

func newClock(from, to period.Date) (*clock, error) {
	c := &clock{from: from, offsets: make([][]int32, len(zones))}
	for i, name := range zones {
		where, err := time.LoadLocation(name)
		if err != nil {
			return nil, err
		}
		c.offsets[i] = make([]int32, to-from+1)
		for d := from; d <= to; d++ {
			_, seconds := time.Unix(int64(d)*86400+43200, 0).In(where).Zone()
			c.offsets[i][d-from] = int32(seconds)
		}
	}
	return c, nil
}

// utc returns the instant of a second of the local day, in seconds since 1970.
func (c *clock) utc(zone uint8, d period.Date, second int) int64 {
	at := min(max(int(d-c.from), 0), len(c.offsets[zone])-1)
	return int64(d)*86400 + int64(second) - int64(c.offsets[zone][at])
}

// workSecond draws a second of the local day: mostly late morning and early
// afternoon, some early and late.
func workSecond(s *stream) int {
	u, v, w := s.unit(), s.unit(), s.unit()
	switch {
	case u < .47:
		return 8*3600 + int((v+w)*2*3600) // peaks at ten
	case u < .93:
		return 13*3600 + int((v+w)*2.25*3600) // peaks after three
	}
	return 6*3600 + int(v*17*3600)
}
