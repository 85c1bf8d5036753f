package period

import (
	"fmt"
	"time"
	_ "time/tzdata" // the zones travel with the binary
)

// Zone is the reporting zone. The zero value is UTC.
type Zone struct{ location *time.Location }

// LoadZone returns the zone of an IANA name such as "America/New_York"; ""
// is UTC.
func LoadZone(name string) (Zone, error) {
	if name == "Local" {
		return Zone{}, fmt.Errorf("load time zone %q: name a zone such as Europe/Berlin", name)
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, fmt.Errorf("load time zone %q: no such zone; names look like Europe/Berlin", name)
	}
	return Zone{location: location}, nil
}

// String returns the zone's name.
func (z Zone) String() string { return z.where().String() }

// Start returns the first instant of the day, in UTC microseconds. Where the
// clocks skip midnight it is the first instant that the day has; a day that
// the zone skips altogether starts with the next one.
func (z Zone) Start(d Date) int64 {
	stretches := z.Offsets(d.Micros()-2*MicrosPerDay, d.Micros()+2*MicrosPerDay)
	for i, s := range stretches {
		at := max(d.Micros()-s.Micros, s.From)
		isWithin := i+1 == len(stretches) || at < stretches[i+1].From
		if isWithin && floorDiv(at+s.Micros, MicrosPerDay) == int64(d) {
			return at
		}
	}
	return z.Start(d + 1)
}

// Date returns the day that an instant in UTC microseconds falls on.
func (z Zone) Date(micros int64) Date {
	return Date(floorDiv(z.Civil(micros), MicrosPerDay))
}

// Civil returns an instant in UTC microseconds as wall-clock microseconds.
func (z Zone) Civil(micros int64) int64 {
	_, offset := time.UnixMicro(micros).In(z.where()).Zone()
	return micros + int64(offset)*1_000_000
}

// Offset is a stretch of instants with one distance from UTC.
type Offset struct {
	From   int64 // first instant, UTC microseconds
	Micros int64 // civil time minus UTC, microseconds
}

const microsPerHour int64 = 3_600_000_000

// Offsets returns the offsets in force within [from, to), both UTC
// microseconds, in order. The first begins at or before from.
func (z Zone) Offsets(from, to int64) []Offset {
	var list []Offset
	for at := from; at < to || len(list) == 0; {
		t := time.UnixMicro(at).In(z.where())
		_, seconds := t.Zone()
		micros := int64(seconds) * 1_000_000
		if len(list) == 0 || list[len(list)-1].Micros != micros {
			list = append(list, Offset{From: at, Micros: micros})
		}
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		// On the last day of a leap year beyond the zone's table, ZoneBounds
		// ends before it begins.
		at = max(end.UnixMicro(), at+microsPerHour)
	}
	return list
}

func (z Zone) where() *time.Location {
	if z.location == nil {
		return time.UTC
	}
	return z.location
}
