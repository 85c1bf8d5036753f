package period

import "sort"

// Clock turns wall-clock times of one zone into instants and back, for the
// many rows of an import. It serves one goroutine.
type Clock struct {
	stretches []Offset
	last      int // the stretch that answered last
}

// Clock returns a clock for the days [from, to).
func (z Zone) Clock(from, to Date) *Clock {
	return &Clock{stretches: z.Offsets(from.Micros(), to.Micros())}
}

// Instant returns the instant, in UTC microseconds, at which the clocks show a
// civil time in microseconds.
//
// Where they skip it, the answer is as much later as the skip is long: 02:30
// in a night that goes from 02:00 to 03:00 is 03:30. Where they show it twice,
// it is the first.
func (c *Clock) Instant(civil int64) int64 {
	i := c.last
	if !c.shows(i, civil) || i > 0 && c.shows(i-1, civil) {
		i = c.find(civil)
		c.last = i
	}
	return civil - c.stretches[i].Micros
}

// Civil returns the civil time that the clocks show at an instant.
func (c *Clock) Civil(micros int64) int64 {
	i := sort.Search(len(c.stretches), func(i int) bool { return c.stretches[i].From > micros })
	return micros + c.stretches[max(i-1, 0)].Micros
}

// find returns the first stretch that shows the time, else the last one that
// ends before it.
func (c *Clock) find(civil int64) int {
	after := sort.Search(len(c.stretches), func(i int) bool {
		return c.stretches[i].From+c.stretches[i].Micros > civil
	})
	i := max(after-1, 0) // the last stretch that begins by then
	for j := max(i-2, 0); j < i; j++ {
		if c.shows(j, civil) {
			return j
		}
	}
	return i
}

// shows reports whether the clocks show the time within the stretch.
func (c *Clock) shows(i int, civil int64) bool {
	s := c.stretches[i]
	if i > 0 && civil < s.From+s.Micros {
		return false
	}
	return i+1 == len(c.stretches) || civil < c.stretches[i+1].From+s.Micros
}
