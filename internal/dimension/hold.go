package dimension

import (
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
)

// Hold is the wait before a move (SEMANTICS 15). The zero Hold waits for
// nothing.
type Hold struct {
	Up, Down   Wait
	Review     string // monthly, quarterly or yearly: moves happen on these days only
	GraceDays  int    // for new customers
	FreezeFrom string // month-day, the first without moves; "" is never
	FreezeTo   string // month-day, the last without moves
	Pos        diag.Pos

	// YearStarts is the month-day on which the fiscal year starts, by which
	// review days are told; "" is 1 January.
	YearStarts string `json:",omitempty"`
}

// Wait is the hold in one direction.
type Wait struct {
	Margin      float64 // in the metric's unit, or a share of the bound
	MarginShare bool
	ConfirmDays int
	DwellDays   int
}

// IsZero reports whether moves wait for nothing.
func (h Hold) IsZero() bool {
	h.Pos, h.YearStarts = diag.Pos{}, ""
	return h == Hold{}
}

// HasMargin reports whether a bound is passed later, or left later, than where
// it stands.
func (h Hold) HasMargin() bool { return h.Up.Margin != 0 || h.Down.Margin != 0 }

// beyond is how far from a bound the margin lies.
func (w Wait) beyond(bound float64) float64 {
	if w.MarginShare {
		return float64(w.Margin * max(bound, -bound))
	}
	return w.Margin
}

// Enter returns the bound that must be reached to come up to a level.
func (h Hold) Enter(bound float64) float64 { return bound + h.Up.beyond(bound) }

// Leave returns the bound under which a level is left downwards.
func (h Hold) Leave(bound float64) float64 { return bound - h.Down.beyond(bound) }

// MemoryDays is for how many days before one the closes must be known to tell
// where customers stand on it: the longest hold.
func (h Hold) MemoryDays() int {
	days := max(h.Up.ConfirmDays, h.Down.ConfirmDays, h.Up.DwellDays, h.Down.DwellDays, h.GraceDays)
	months := map[string]int{"monthly": 31, "quarterly": 92, "yearly": 366}
	days = max(days, months[h.Review])
	if span, ok := h.freeze(); ok {
		const year = 366
		last := period.NewDate(2001, int(span.Last/100), int(span.Last%100))
		first := period.NewDate(2001, int(span.First/100), int(span.First%100))
		days = max(days, (int(last-first)+year)%year+2)
	}
	return days
}

func (h Hold) freeze() (period.Yearly, bool) {
	if h.FreezeFrom == "" {
		return period.Yearly{}, false
	}
	from, err := period.ParseMonthDay(h.FreezeFrom)
	if err != nil {
		return period.Yearly{}, false
	}
	to, err := period.ParseMonthDay(h.FreezeTo)
	return period.Yearly{First: from, Last: to}, err == nil
}

// IsOpen reports whether customers may move on a day: one of review that is not
// frozen.
func (h Hold) IsOpen(day period.Date) bool {
	if span, ok := h.freeze(); ok && span.Contains(day) {
		return false
	}
	return h.isReview(day)
}

// isReview reports whether a day begins a month, quarter or year.
func (h Hold) isReview(day period.Date) bool {
	months := map[string]int{"monthly": 1, "quarterly": 3, "yearly": 12}[h.Review]
	if months == 0 {
		return true
	}
	start, err := period.ParseMonthDay(h.YearStarts)
	if err != nil {
		start = 101
	}
	year := day.Time().Year() - 1
	begun := period.NewDate(year, int(start/100), 1)
	for n := 0; ; n += months {
		first := begun.AddMonths(n)
		first = min(first+period.Date(start%100)-1, first.AddMonths(1)-1)
		if first >= day {
			return first == day
		}
	}
}

// NextOpen returns the first day from one on, on which customers may move; ok is
// false where none comes within two years.
func (h Hold) NextOpen(day period.Date) (open period.Date, ok bool) {
	for d := day; d <= day+2*366; d++ {
		if h.IsOpen(d) {
			return d, true
		}
	}
	return 0, false
}

// NoLevel is the index of no level.
const NoLevel = -1

// Reach is where a value of today leads: the level that it reaches from below,
// past the margin of a move up, and the one that it falls to from above. Both
// are the same without margins. The zero Reach is unknown.
type Reach struct {
	Known         bool
	Raw, Up, Down int // indexes of levels, the highest is 0; Raw is without margins
}

// From returns the level that it leads to from another, which is the other
// itself within the margins. Unordered levels have one that it leads to.
func (r Reach) From(level int) int {
	switch {
	case r.Up < level:
		return r.Up
	case r.Down > level:
		return r.Down
	}
	return level
}

// Held is where one customer stands at the close of a day in a lens whose moves
// wait.
type Held struct {
	Level int         // index; NoLevel before the first that is known
	Moved period.Date // the last move, which the first level is not; 0 is none
	Came  period.Date // as a new customer; 0 is one that was there from the beginning

	// Closes counts, by bound, the closes in a row that were beyond it, seen
	// from the level held; as many as count. Bound i lies between the levels i
	// and i + 1. Without order it is nil.
	Closes []int

	// Toward is the level that it waits for, NoLevel where it waits for none,
	// and Since the first close of that wait.
	Toward int
	Since  period.Date
}

// First is where a customer stands on the day of its first close. Levels is how
// many ordered levels there are, 0 where they have no order.
func First(levels int, r Reach, came period.Date) Held {
	h := Held{Level: NoLevel, Came: came, Toward: NoLevel}
	if levels > 0 {
		h.Closes = make([]int, levels-1)
	}
	if r.Known {
		h.Level = r.Raw
	}
	return h
}

// Step returns where the customer stands at the close of a day, when was is the
// close before. A day that cannot tell changes nothing. On the day of a move
// Since is when its wait began.
func (h Hold) Step(was Held, r Reach, day period.Date) Held {
	now := was
	now.Closes = slices.Clone(was.Closes)
	switch {
	case !r.Known:
		return now
	case was.Level == NoLevel:
		now.Level = r.Raw
		return now
	}
	now.count(h, r)
	to := r.From(was.Level)
	if to == was.Level {
		now.Toward, now.Since = NoLevel, 0
		return now
	}
	wait, closes := h.wait(to < was.Level), 1
	now.Toward = to
	if now.Closes != nil {
		closes = now.nearest(to < was.Level)
		now.Toward = now.furthest(to < was.Level, closes)
	}
	if was.Toward == NoLevel || (was.Toward < was.Level) != (to < was.Level) && was.Closes != nil {
		now.Since = day - period.Date(closes-1)
	}
	if closes >= wait.closes() && h.mayMove(was, wait, day) {
		now.move(day)
	}
	return now
}

// wait is the hold of a move up, or of one down.
func (h Hold) wait(up bool) Wait {
	if up {
		return h.Up
	}
	return h.Down
}

// closes is how many closes beyond a bound it takes.
func (w Wait) closes() int { return max(w.ConfirmDays, 1) }

// count counts a close beyond each bound.
func (s *Held) count(h Hold, r Reach) {
	for i := range s.Closes {
		switch {
		case i < s.Level && r.Up <= i:
			s.Closes[i] = min(s.Closes[i]+1, h.Up.closes())
		case i >= s.Level && r.Down > i:
			s.Closes[i] = min(s.Closes[i]+1, h.Down.closes())
		default:
			s.Closes[i] = 0
		}
	}
}

// nearest returns the closes beyond the next bound.
func (s *Held) nearest(up bool) int {
	if up {
		return s.Closes[s.Level-1]
	}
	return s.Closes[s.Level]
}

// furthest returns the level behind the last bound that has as many closes.
func (s *Held) furthest(up bool, closes int) int {
	to := s.Level
	for up && to > 0 && s.Closes[to-1] >= closes {
		to--
	}
	for !up && to < len(s.Closes) && s.Closes[to] >= closes {
		to++
	}
	return to
}

// move takes the customer to where it waited for: closes count on beyond the
// bounds that lie further.
func (s *Held) move(day period.Date) {
	for i := range s.Closes {
		if min(s.Level, s.Toward) <= i && i < max(s.Level, s.Toward) {
			s.Closes[i] = 0
		}
	}
	s.Level, s.Moved, s.Toward = s.Toward, day, NoLevel
}

// mayMove reports whether all but the closes lets a customer move on a day.
func (h Hold) mayMove(was Held, wait Wait, day period.Date) bool {
	stayed := was.Moved == 0 || int(day-was.Moved) >= wait.DwellDays
	known := was.Came == 0 || int(day-was.Came) >= h.GraceDays
	return stayed && known && h.IsOpen(day)
}

// ClosesToward counts the closes of the wait so far, 0 where there is none.
func (s Held) ClosesToward() int {
	switch {
	case s.Toward == NoLevel:
		return 0
	case s.Closes == nil:
		return 1
	}
	return s.nearest(s.Toward < s.Level)
}

// ClosedWords says on which days nobody moves.
func (h Hold) ClosedWords() string {
	var words []string
	if h.Review != "" {
		words = append(words, "moves on "+h.Review+" reviews only")
	}
	if h.FreezeFrom != "" {
		words = append(words, "no moves from "+h.FreezeFrom+" to "+h.FreezeTo)
	}
	return strings.Join(words, ", ")
}

// MovesOn returns the day on which a customer that waits at the close of a day
// will move, if it goes on as it is.
func (h Hold) MovesOn(now Held, day period.Date) (on period.Date, ok bool) {
	if now.Toward == NoLevel {
		return 0, false
	}
	wait := h.wait(now.Toward < now.Level)
	on = day + period.Date(max(wait.closes()-now.ClosesToward(), 1))
	if now.Moved != 0 {
		on = max(on, now.Moved+period.Date(wait.DwellDays))
	}
	if now.Came != 0 {
		on = max(on, now.Came+period.Date(h.GraceDays))
	}
	return h.NextOpen(on)
}
