package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
)

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
	out.Pinned = e.pinnedAt(d, level)
	level = level.unpinned()
	if out.Pinned == nil {
		out.Wait = e.waitOf(d, level)
	}
	if out.Pinned == nil && level.Index < 0 && level.Name == "" {
		out.LevelTitle, out.Reason = "can't tell", e.lensReason(d, level)
	}
	if d.Ordered() {
		e.measure(&out, d, level)
	}
	if out.Pinned != nil { // no change of a value moves it
		out.Up, out.Down = nil, nil
	}
	switch d.Form {
	case dimension.ByScore:
		out.Parts = e.scoreParts(d)
	case dimension.ByPoints:
		out.Parts = e.pointParts(d)
	case dimension.ByRules:
		if level.Raw >= 0 {
			c := e.condition(d.Levels[level.Raw].When.Trace(e.lookup))
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

// scoreParts explains each number of a score.
func (e *evaluation) scoreParts(d dimension.Definition) []Part {
	parts := []Part{}
	for _, c := range d.Score {
		p := Part{Words: e.m.label(c.Of), Weight: c.Weight, Truth: Yes}
		v := e.value(c.Of, 0)
		shown := e.m.show(c.Of, v)
		if v.Kind() == rule.KindAtLeast && c.IsEndFrom(v.Number()) {
			v = rule.Number(v.Number())
		}
		if v.Kind() != rule.KindNumber {
			p.Truth, p.Detail = Maybe, "can't tell: "+e.reason(c.Of)
			if v.Kind() == rule.KindAtLeast {
				p.Detail = "can't tell: " + e.m.show(c.Of, v)
			}
			parts = append(parts, p)
			continue
		}
		scaled := c.Clip(v.Number())
		u := e.m.saidUnit(c.Of)
		p.Scaled = &scaled
		p.Detail = fmt.Sprintf("%s, on a scale from %s to %s", shown, e.m.quantity(c.From, u), e.m.quantity(c.To, u))
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
	if l.Pinned != nil {
		parts = append(parts, l.Pinned.Text)
	}
	if l.Wait != nil {
		parts = append(parts, l.Wait.Text)
	}
	for _, to := range []*Distance{l.Up, l.Down} {
		if to != nil {
			parts = append(parts, to.Text)
		}
	}
	if raw := e.level(d.Name).Raw; d.Form == dimension.ByRules && raw >= 0 {
		parts = append(parts, e.ruleWords(d, raw))
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

// levelRule says which rule gives the level that a customer has.
func (e *evaluation) levelRule(d dimension.Definition) string {
	index := e.level(d.Name).Raw
	if index < 0 {
		return ""
	}
	t := d.Levels[index].When.Trace(e.lookup)
	if t.Node.Op == rule.OpConst {
		return e.ruleWords(d, index)
	}
	text := e.m.say(t.Node)
	if values := e.detail(t); values != "" {
		text += ": " + values
	}
	return text
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
// $84,000; medium from $20,000, high from $100,000". The lowest level has its
// upper end: "ARR $5,000; low below $20,000".
func (e *evaluation) lensBrief(d dimension.Definition) string {
	level := e.level(d.Name)
	name := e.m.label(d.Name)
	switch {
	case level.ByRule != nil:
		return within(name) + " " + e.c.Pins[d.Name].brief()
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
	if w := e.waitOf(d, level); w != nil {
		return head + "; " + until(w)
	}
	var around []string
	if i := level.Index; i < len(bounds)-1 {
		around = append(around, e.boundWords(d, s, i, bounds[i]))
	}
	if i := nearestAbove(bounds, min(level.Index, len(bounds)-1)); i >= 0 {
		around = append(around, e.boundWords(d, s, i, bounds[i]))
	}
	switch {
	case len(around) == 0:
		return head
	case level.Index == len(bounds)-1: // it has no bound of its own
		i := nearestAbove(bounds, len(bounds)-1)
		return head + "; " + e.endWords(d, s, level.Name, bounds[i])
	}
	return head + "; " + strings.Join(around, ", ")
}
