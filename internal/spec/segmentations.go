package spec

import (
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// readSegmentations adds `segmentations:`.
func (l *loader) readSegmentations() {
	for _, e := range l.parts["segmentations"] {
		if !e.value.bad {
			l.readSegmentation(e)
		}
	}
}

func (l *loader) readSegmentation(e entry) {
	v := e.value
	d := segmentation.Definition{
		Name:      e.key,
		Title:     v.textOf("title"),
		Why:       v.textOf("why"),
		Cites:     v.textsOf("cites"),
		Grain:     l.grainOf(v),
		OnUnknown: segmentation.OnUnknown(v.textOf("on_unknown")),
		Ordered:   v.flagOf("ordered"),
		Hold:      l.readHold(v.get("hold")),
		Pos:       e.pos,
	}
	if d.OnUnknown == "" {
		d.OnUnknown = segmentation.HoldPlace
	}
	if !d.Ordered && (d.Hold.Up != dimension.Wait{} || d.Hold.Down != dimension.Wait{}) {
		l.errorf(v.get("hold").pos, "needs_key", "write ordered: true if the segments stand best first", "segmentation %q has no up and down", d.Name)
	}
	segments := v.get("segments")
	if _, taken := l.levels[d.Name]; taken {
		l.errorf(e.pos, "duplicate_name", "choose another name", "segmentation %q has the name of a dimension", d.Name)
	}
	if segments == nil {
		return
	}
	if len(segments.entries) == 0 {
		l.errorf(segments.pos, "missing_key", "", "segmentation %q has no segments", d.Name)
	}
	if n := len(segments.entries); n > segmentation.Most {
		l.errorf(segments.entries[segmentation.Most].pos, "too_many_segments", "use a dimension, or several segmentations", "segmentation %q has %d segments, more than %d", d.Name, n, segmentation.Most)
	}
	was := map[string]bool{}
	for _, s := range segments.entries {
		if s.key == segmentation.Unknown || s.key == segmentation.Unassigned {
			l.errorf(s.pos, "reserved_name", "choose another", "a segment cannot be called %q: that is a place of its own", s.key)
		}
		if s.value.bad {
			continue
		}
		segment := segmentation.Segment{
			Name:  s.key,
			Title: s.value.textOf("title"),
			Why:   s.value.textOf("why"),
			Touch: s.value.textOf("touch"),
			Was:   s.value.textOf("was"),
			Pos:   s.pos,
		}
		if segment.Was != "" && (segments.entry(segment.Was) != nil || was[segment.Was]) {
			l.errorf(s.value.posOf("was"), "duplicate_name", "", "segment %q cannot have been %q, which is taken", segment.Name, segment.Was)
		}
		was[segment.Was] = true
		segment.When = l.condition(s.value, d.Grain, fmt.Sprintf("segmentation %q", d.Name))
		d.Segments = append(d.Segments, segment)
	}
	l.s.Segmentations = append(l.s.Segmentations, d)
}

// grainOf returns the grain that is written, else that of the strategy.
func (l *loader) grainOf(v *value) customer.Grain {
	if g := v.get("customer"); g != nil {
		return l.grain(g)
	}
	return l.s.Grain
}

// theBase is how findings call what says who is a customer.
const theBase = "the base"

// condition checks the condition of a segment, an audience or the base, written
// alone or under `when`.
func (l *loader) condition(v *value, grain customer.Grain, of string) *rule.Expr {
	if v.form == mapping {
		v = v.get("when")
	}
	expr := l.compile(l.rules, v, rule.TypeBool)
	if expr == nil || grain.Level == customer.ByContact {
		return expr
	}
	for _, name := range expr.Names() {
		by := l.ofContacts(name, map[string]bool{})
		if by == "" {
			continue
		}
		what, hint := fmt.Sprintf("%q", name), "leave account. out"
		switch {
		case of == theBase:
			hint = "ask for what the account itself has"
		case by != name:
			what, hint = fmt.Sprintf("%q reads %q, which", name, by), "write customer: contact, or use another"
		case isOfContact(name):
			hint = "write customer: contact"
		}
		l.errorf(v.inside, "wrong_grain", hint, "%s counts customers by %s, but %s is only there for contacts", of, grain, what)
		break
	}
	return expr
}

// ofContacts returns the name account.X or contact.X that a definition reads in
// the end, "" when it reads none.
func (l *loader) ofContacts(name string, seen map[string]bool) string {
	if strings.HasPrefix(name, "account.") || isOfContact(name) {
		return name
	}
	if seen[name] {
		return ""
	}
	seen[name] = true
	var next []string
	if m, ok := l.metrics[name]; ok && m.d.Is != nil {
		next = m.d.Is.Names()
		if m.d.When != nil {
			next = append(next, m.d.When.Names()...)
		}
	} else if ok && m.d.Rank != "" {
		next = append([]string{m.d.Rank}, m.d.Within...)
	}
	if d, ok := l.lenses[name]; ok {
		next = append(append(next, d.d.Trait), d.reads()...)
	}
	for _, n := range next {
		if found := l.ofContacts(n, seen); found != "" {
			return found
		}
	}
	return ""
}

// readAudiences adds `audiences:`.
func (l *loader) readAudiences() {
	for _, e := range l.parts["audiences"] {
		if e.value.bad {
			continue
		}
		a := segmentation.Audience{
			Name:  e.key,
			Title: e.value.textOf("title"),
			Why:   e.value.textOf("why"),
			Grain: l.grainOf(e.value),
			Pos:   e.pos,
		}
		a.When = l.condition(e.value, a.Grain, fmt.Sprintf("audience %q", a.Name))
		l.s.Audiences = append(l.s.Audiences, a)
	}
}
