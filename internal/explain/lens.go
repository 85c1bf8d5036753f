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
		u := e.m.unit(d.Of)
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

func levelWords(levels []dimension.Level, name string) string {
	for _, l := range levels {
		if l.Name == name && l.Title != "" {
			return within(l.Title)
		}
	}
	return words(name)
}

// levelTitle returns a level in words; the values of a trait stay as they are.
func levelTitle(d dimension.Definition, name string) string {
	if d.Form == dimension.ByTrait {
		return name
	}
	return levelWords(d.Levels, name)
}

// lens explains the place in one dimension.
func (e *evaluation) lens(d dimension.Definition) Lens {
	level := e.level(d.Name)
	out := Lens{
		Name: d.Name, Title: e.m.label(d.Name), Level: level.Name, LevelTitle: levelTitle(d, level.Name),
		Evidence: level.Evidence, Bounds: []Bound{}, Parts: []Part{},
	}
	if level.Index < 0 && level.Name == "" {
		out.LevelTitle, out.Reason = "can't tell", e.lensReason(d, level)
	}
	if d.Ordered() {
		e.measure(&out, d, level)
	}
	switch d.Form {
	case dimension.ByScore:
		out.Parts = e.scoreParts(d)
	case dimension.ByPoints:
		out.Parts = e.pointParts(d)
	case dimension.ByRules:
		if level.Index >= 0 {
			c := e.condition(d.Levels[level.Index].When.Trace(e.lookup))
			out.Because = &c
		}
	case dimension.ByTrait:
		out.Of, out.Shown = d.Trait, e.m.show("", e.value(d.Trait, 0))
	}
	out.Text = e.lensText(out, d)
	return out
}

// lensReason says why there is no level.
func (e *evaluation) lensReason(d dimension.Definition, l Level) string {
	if d.Form != dimension.ByRules && d.Form != dimension.ByPoints || !slices.Contains(l.Missing, d.Name) {
		return e.reasons(l.Missing)
	}
	for _, x := range conditions(d) {
		if zero := zeroDivisor(x.Trace(e.lookup)); zero != nil {
			return e.m.say(zero) + " is 0"
		}
	}
	return e.reasons(l.Missing)
}

// conditions returns the rules of a dimension.
func conditions(d dimension.Definition) []*rule.Expr {
	var list []*rule.Expr
	for _, l := range d.Levels {
		if l.When != nil {
			list = append(list, l.When)
		}
	}
	for _, p := range d.Points {
		list = append(list, p.When)
	}
	return list
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
	if out.Value == nil || level.Index < 0 || level.Index >= len(bounds) {
		return
	}
	x := *out.Value
	if i := nearestAbove(bounds, min(level.Index, len(bounds)-1)); i >= 0 {
		out.Up = distance(s, d.Levels, i, x, bounds[i], "below "+levelWords(d.Levels, d.Levels[i].Name))
	}
	if i := level.Index; i < len(bounds)-1 {
		below := i + 1
		out.Down = distance(s, d.Levels, below, x, bounds[i], "above "+levelWords(d.Levels, d.Levels[below].Name))
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

func distance(s scale, levels []dimension.Level, to int, x, bound float64, side string) *Distance {
	out := &Distance{Level: levels[to].Name, By: abs(x - bound), Share: shareOf(x, bound)}
	out.Text = fmt.Sprintf("%s (%s) %s", s.gap(out.By), percent(out.Share), side)
	if out.By == 0 {
		out.Text = "just " + side
	}
	return out
}

// cutWords says where a bound moves with other customers.
func cutWords(l dimension.Level) string {
	switch l.Cut {
	case dimension.Percentile:
		return "top " + percent(math.Round((1-l.Bound)*1e6)/1e6)
	case dimension.Cumulative:
		return "the first " + percent(l.Bound) + " of the total"
	}
	return ""
}

// scoreParts explains each number of a score.
func (e *evaluation) scoreParts(d dimension.Definition) []Part {
	parts := []Part{}
	for _, c := range d.Score {
		p := Part{Words: e.m.label(c.Of), Weight: c.Weight, Truth: Yes}
		v := e.value(c.Of, 0)
		if v.Kind() != rule.KindNumber {
			p.Truth, p.Detail = Maybe, "can't tell: "+e.reason(c.Of)
			if v.Kind() == rule.KindAtLeast {
				p.Detail = "can't tell: " + e.m.show(c.Of, v)
			}
			parts = append(parts, p)
			continue
		}
		scaled := clipped(c, v.Number())
		u := e.m.unit(c.Of)
		p.Scaled = &scaled
		p.Detail = fmt.Sprintf("%s, on a scale from %s to %s", e.m.show(c.Of, v), e.m.quantity(c.From, u), e.m.quantity(c.To, u))
		parts = append(parts, p)
	}
	return parts
}

// pointParts explains each rule that gives points.
func (e *evaluation) pointParts(d dimension.Definition) []Part {
	parts := []Part{}
	for _, p := range d.Points {
		t := p.When.Trace(e.lookup)
		c := e.condition(t)
		part := Part{Words: c.Words, Truth: c.Truth, Weight: p.Points, Detail: c.Detail}
		if part.Detail == "" {
			part.Detail = e.detail(t)
		}
		parts = append(parts, part)
	}
	return parts
}

// lensText says the value, the distances and the bounds in one line.
func (e *evaluation) lensText(l Lens, d dimension.Definition) string {
	var parts []string
	if d.Ordered() && l.Shown != "" {
		parts = append(parts, e.headWords(d))
	}
	if l.Reason != "" {
		parts = append(parts, l.Reason)
	}
	for _, to := range []*Distance{l.Up, l.Down} {
		if to != nil {
			parts = append(parts, to.Text)
		}
	}
	if d.Form == dimension.ByRules && l.Level != "" {
		parts = append(parts, e.ruleWords(d, e.level(d.Name).Index))
	}
	if !d.Ordered() {
		return strings.Join(parts, "; ")
	}
	var list []string
	s := e.scaleOf(d)
	for i, bound := range e.bounds(d) {
		if i < len(d.Levels)-1 && !math.IsNaN(bound) {
			list = append(list, e.boundWords(d, s, i, bound))
		}
	}
	if list != nil {
		parts = append(parts, strings.Join(list, ", "))
	}
	return strings.Join(parts, "; ")
}

// ruleWords says why the rules give a level: its own rule, or where that takes
// everyone who is left, why not those before.
func (e *evaluation) ruleWords(d dimension.Definition, index int) string {
	t := d.Levels[index].When.Trace(e.lookup)
	if t.Node.Op != rule.OpConst {
		return e.m.say(t.Node) + " (" + e.detail(t) + ")"
	}
	var list []string
	for _, l := range d.Levels[:index] {
		list = append(list, "not "+levelWords(d.Levels, l.Name)+": "+e.refusals(l.When.Trace(e.lookup)))
	}
	return strings.Join(list, "; ")
}

// headWords says the number that is cut: "score 71 on 62 % of the evidence".
func (e *evaluation) headWords(d dimension.Definition) string {
	s, level := e.scaleOf(d), e.level(d.Name)
	head := s.label + " " + s.words()
	if level.Evidence != nil && *level.Evidence < 1 {
		head += " on " + percent(*level.Evidence) + " of the evidence"
	}
	return head
}

// lensBrief says a dimension's value beside the bounds next to it: "ARR
// $84,000; medium from $20,000, high from $100,000".
func (e *evaluation) lensBrief(d dimension.Definition) string {
	level := e.level(d.Name)
	name := e.m.label(d.Name)
	switch {
	case level.Index < 0 && level.Name == "":
		return within(name) + ": " + e.lensReason(d, level)
	case d.Form == dimension.ByTrait:
		return name + " " + level.Name
	case d.Form == dimension.ByRules:
		values := e.detail(d.Levels[level.Index].When.Trace(e.lookup))
		if values == "" {
			return name + " " + levelWords(d.Levels, level.Name)
		}
		return name + " " + levelWords(d.Levels, level.Name) + ": " + values
	}
	s, bounds := e.scaleOf(d), e.bounds(d)
	head := e.headWords(d)
	var around []string
	if i := level.Index; i < len(bounds)-1 {
		around = append(around, e.boundWords(d, s, i, bounds[i]))
	}
	if i := nearestAbove(bounds, min(level.Index, len(bounds)-1)); i >= 0 {
		around = append(around, e.boundWords(d, s, i, bounds[i]))
	}
	if len(around) == 0 {
		return head
	}
	return head + "; " + strings.Join(around, ", ")
}

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

// gapTo says how far the nearest of the wanted levels is: "ARR is $16,000 or
// 16 % short".
func (e *evaluation) gapTo(d dimension.Definition, wanted []*rule.Node) string {
	level := e.level(d.Name)
	if d.Form == dimension.ByRules && level.Index >= 0 {
		return e.earlierLevel(d, level.Index, wanted)
	}
	if !d.Ordered() || level.Index < 0 {
		return ""
	}
	s, bounds := e.scaleOf(d), e.bounds(d)
	if s.value.Kind() != rule.KindNumber {
		return ""
	}
	x, best, text := s.value.Number(), math.Inf(1), ""
	for _, n := range wanted {
		to := slices.Index(d.LevelNames(), n.Value.Text())
		at, side := to, "short"
		if to > level.Index {
			at, side = to-1, "over"
		}
		if n.Op != rule.OpConst || to < 0 || at >= len(bounds)-1 || math.IsNaN(bounds[at]) || abs(bounds[at]-x) >= best {
			continue
		}
		best = abs(bounds[at] - x)
		text = fmt.Sprintf("%s is %s or %s %s", s.label, s.gap(best), percent(shareOf(x, bounds[at])), side)
		if best == 0 {
			text = fmt.Sprintf("%s is just at the line", s.label)
		}
	}
	return text
}

// earlierLevel says why not the first of the wanted levels, where its rule
// stands before that of the level taken.
func (e *evaluation) earlierLevel(d dimension.Definition, index int, wanted []*rule.Node) string {
	for i, l := range d.Levels[:index] {
		isWanted := func(n *rule.Node) bool { return n.Op == rule.OpConst && n.Value.Text() == l.Name }
		if slices.ContainsFunc(wanted, isWanted) {
			return e.refusals(d.Levels[i].When.Trace(e.lookup))
		}
	}
	return ""
}
