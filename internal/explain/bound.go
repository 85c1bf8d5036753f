package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
)

// scale is the number that a dimension cuts.
type scale struct {
	label string
	value rule.Value
	show  func(float64) string
	gap   func(float64) string // shows a difference
	next  func(bound float64, up, above bool) float64
}

// across returns the first value beyond a bound that one would say: a cent, a
// day or a seat further where the bound itself is not enough.
func (r root) across(bound float64, up, above bool) float64 {
	at := bound * r.perUnit
	switch {
	case up == above && up: // above the bound
		return r.at(int64(math.Floor(at+nearInt)) + 1)
	case up: // from the bound on
		return r.at(int64(math.Ceil(at - nearInt)))
	case above: // the bound itself is below
		return r.at(int64(math.Floor(at + nearInt)))
	default: // below the bound
		return r.at(int64(math.Ceil(at-nearInt)) - 1)
	}
}

// nearInt is how far from a whole step a bound may lie that is meant to be one.
const nearInt = 1e-6

func (s scale) words() string {
	switch s.value.Kind() {
	case rule.KindNumber:
		return s.show(s.value.Number())
	case rule.KindAtLeast:
		return "more than " + s.show(s.value.Number())
	default:
		return ""
	}
}

// scaleOf returns what an ordered dimension cuts; a score counts to 100.
func (e *evaluation) scaleOf(d dimension.Definition) scale {
	switch d.Form {
	case dimension.ByBound:
		u, v := e.m.saidUnit(d.Of), e.value(d.Of, 0)
		s := scale{
			label: e.m.label(d.Of), value: v,
			show: func(x float64) string { return e.m.quantity(x, u) },
			gap:  func(x float64) string { return e.m.gap(x, u) },
		}
		if v.Kind() == rule.KindNumber {
			s.next = func(bound float64, up, above bool) float64 {
				return e.m.root(d.Of, v, decimals(bound)).across(bound, up, above)
			}
		}
		return s
	case dimension.ByScore:
		hundred := func(x float64) string { return figure(x * 100) }
		return scale{label: "Score", value: numberOr(e.level(d.Name).Score), show: hundred, gap: hundred}
	default:
		return scale{label: "Points", value: numberOr(e.level(d.Name).Score), show: figure, gap: figure}
	}
}

func numberOr(x *float64) rule.Value {
	if x == nil {
		return rule.Unknown()
	}
	return rule.Number(*x)
}

// measure fills in the value, the bounds and the distance to the next ones.
func (e *evaluation) measure(out *Lens, d dimension.Definition, level Level) {
	s, bounds := e.scaleOf(d), e.bounds(d)
	if d.Form == dimension.ByBound {
		out.Of = d.Of
	}
	out.Shown = s.words()
	if s.value.Kind() == rule.KindNumber {
		x := s.value.Number()
		out.Value = &x
	}
	for i, l := range d.Levels {
		b := Bound{Level: l.Name, Title: levelWords(d.Levels, l.Name), Cut: cutWords(l)}
		if from := bounds[i]; i < len(bounds)-1 && !math.IsNaN(from) {
			b.From, b.Shown = &from, s.show(from)
		}
		out.Bounds = append(out.Bounds, b)
	}
	if names := d.LevelNames(); len(names) > len(d.Levels) {
		out.Bounds = append(out.Bounds, Bound{Level: dimension.None, Title: dimension.None})
	}
	if out.Value == nil || level.Settled < 0 || level.Settled >= len(bounds) {
		return
	}
	x, lines := *out.Value, e.lines(d)
	if i := nearestAbove(lines, min(level.Settled, len(lines)-1)); i >= 0 {
		out.Up = distance(s, d, i, x, line{bounds[i], lines[i], true, level.Held != nil})
	}
	if i := level.Settled; i < len(lines)-1 {
		below := i + 1
		out.Down = distance(s, d, below, x, line{bounds[i], lines[i], false, level.Held != nil})
	}
}

// line is a bound, and where it stands for a customer: with its margin.
type line struct {
	bound, at float64
	up        bool // it is passed upwards
	held      bool // moves across it wait, if any do
}

// words says what a move across the line waits for: "(below $72,000 with the
// margin, on 30 days in a row)"; "" is nothing.
func (l line) words(s scale, d dimension.Definition) string {
	if !l.held {
		return ""
	}
	var parts []string
	wait := d.Hold.Down
	if l.up {
		wait = d.Hold.Up
	}
	if l.at != l.bound {
		side := "below"
		switch {
		case l.up && d.Above:
			side = "above"
		case l.up:
			side = "from"
		case d.Above:
			side = "up to"
		}
		parts = append(parts, fmt.Sprintf("%s %s with the margin", side, s.show(l.at)))
	}
	if wait.ConfirmDays > 1 {
		parts = append(parts, fmt.Sprintf("on %d days in a row", wait.ConfirmDays))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// nearestAbove returns the next higher level that has a bound, -1 for none.
func nearestAbove(bounds []float64, index int) int {
	for i := index - 1; i >= 0; i-- {
		if !math.IsNaN(bounds[i]) {
			return i
		}
	}
	return -1
}

// distance says how much more or less another level takes. It speaks of the
// number, since the highest level need not be the best.
func distance(s scale, d dimension.Definition, to int, x float64, l line) *Distance {
	reached, side := l.at, "less"
	if l.up {
		side = "more"
	}
	if s.next != nil {
		reached = s.next(l.at, l.up, d.Above)
	}
	out := &Distance{Level: d.Levels[to].Name, By: abs(x - reached), Share: shareOf(abs(x-reached), x)}
	out.Text = fmt.Sprintf("%s %s for %s", s.gap(out.By), side, levelWords(d.Levels, out.Level))
	if s.gap(abs(x)) == noDay {
		out.Text = noDay + ", so far from " + levelWords(d.Levels, out.Level)
	}
	if x == l.at {
		out.Text = "at the line to " + levelWords(d.Levels, out.Level)
	}
	out.Text += l.words(s, d)
	return out
}

// cutWords says where a bound moves with other customers.
func cutWords(l dimension.Level) string {
	switch l.Cut {
	case dimension.Percentile:
		return "highest " + percent(math.Round((1-l.Bound)*1e6)/1e6)
	case dimension.Cumulative:
		return "the first " + percent(l.Bound) + " of the total"
	}
	return ""
}

// boundWords says where a level begins: "high from $100,000".
func (e *evaluation) boundWords(d dimension.Definition, s scale, i int, bound float64) string {
	l := d.Levels[i]
	from := " from "
	if d.Above {
		from = " above "
	}
	text := levelWords(d.Levels, l.Name) + from + s.show(bound)
	if cut := cutWords(l); cut != "" {
		text += " (" + cut + e.group(d) + ")"
	}
	return text
}

// endWords says where the lowest level ends: "low below $20,000".
func (e *evaluation) endWords(d dimension.Definition, s scale, name string, bound float64) string {
	to := " below "
	if d.Above {
		to = " up to "
	}
	return levelWords(d.Levels, name) + to + s.show(bound)
}

// group names those among whom a bound is cut.
func (e *evaluation) group(d dimension.Definition) string {
	var names []string
	for _, w := range d.Within {
		v := e.lookup(w, 0)
		if v.IsUnknown() {
			return ""
		}
		names = append(names, e.m.show(w, v))
	}
	if names == nil {
		return ""
	}
	return " of " + strings.Join(names, ", ")
}

// gapTo says how far the nearest of the wanted levels is: "ARR is $16,000
// short".
func (e *evaluation) gapTo(d dimension.Definition, wanted []string) string {
	level := e.level(d.Name)
	if level.ByRule != nil {
		return e.m.label(d.Name) + " is " + e.c.Pins[d.Name].brief()
	}
	if d.Form == dimension.ByRules && level.Index >= 0 {
		return e.earlierLevel(d, level.Index, wanted)
	}
	if level.Settled >= 0 && level.Settled != level.Index && slices.Contains(wanted, d.LevelNames()[level.Settled]) {
		return e.m.label(d.Name) + " " + until(e.waitOf(d, level))
	}
	if !d.Ordered() || level.Index < 0 {
		return ""
	}
	s, bounds := e.scaleOf(d), e.lines(d)
	if s.value.Kind() != rule.KindNumber {
		return ""
	}
	x, best, text := s.value.Number(), math.Inf(1), ""
	for _, name := range wanted {
		to := slices.Index(d.LevelNames(), name)
		at, side := to, "short"
		if to > level.Settled {
			at, side = to-1, "over"
		}
		if to < 0 || at >= len(bounds)-1 || math.IsNaN(bounds[at]) || abs(bounds[at]-x) >= best {
			continue
		}
		best = abs(bounds[at] - x)
		text = fmt.Sprintf("%s is %s %s", s.label, s.gap(best), side)
		if nominal := e.bounds(d)[at]; nominal != bounds[at] {
			text += fmt.Sprintf(", with the margin at %s", s.show(bounds[at]))
		}
		if s.gap(abs(x)) == noDay {
			text = fmt.Sprintf("%s is %s", s.label, noDay)
		}
		if best == 0 {
			text = fmt.Sprintf("%s is just at the line", s.label)
		}
	}
	return text
}

// earlierLevel says why not the first of the wanted levels, where its rule
// stands before that of the level taken.
func (e *evaluation) earlierLevel(d dimension.Definition, index int, wanted []string) string {
	for _, l := range d.Levels[:index] {
		if slices.Contains(wanted, l.Name) {
			return e.refusals(l.When.Trace(e.lookup))
		}
	}
	return ""
}
