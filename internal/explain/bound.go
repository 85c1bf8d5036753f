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
}

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
		u := e.m.saidUnit(d.Of)
		return scale{
			label: e.m.label(d.Of), value: e.value(d.Of, 0),
			show: func(x float64) string { return e.m.quantity(x, u) },
			gap:  func(x float64) string { return e.m.gap(x, u) },
		}
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
		out.Up = distance(s, d.Levels, i, x, lines[i], "more")
	}
	if i := level.Settled; i < len(lines)-1 {
		below := i + 1
		out.Down = distance(s, d.Levels, below, x, lines[i], "less")
	}
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
func distance(s scale, levels []dimension.Level, to int, x, bound float64, side string) *Distance {
	out := &Distance{Level: levels[to].Name, By: abs(x - bound), Share: shareOf(abs(x-bound), x)}
	out.Text = fmt.Sprintf("%s %s for %s", s.gap(out.By), side, levelWords(levels, out.Level))
	if s.gap(abs(x)) == noDay {
		out.Text = noDay + ", so far from " + levelWords(levels, out.Level)
	}
	if out.By == 0 {
		out.Text = "at the line to " + levelWords(levels, out.Level)
	}
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
