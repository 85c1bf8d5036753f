package explain

import (
	"errors"
	"fmt"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

// ErrNoSegmentation is returned for a segmentation that the strategy does not
// have, or that counts customers otherwise.
var ErrNoSegmentation = errors.New("no such segmentation")

// Explain says why the customer is where it is in one segmentation, how far
// it is from other levels, and what would move it. It fails with
// ErrNoSegmentation.
func Explain(s *spec.Strategy, c Customer, name string) (Explanation, error) {
	d, ok := s.Segmentation(name)
	if !ok {
		return Explanation{}, fmt.Errorf("explain %q: %w", name, ErrNoSegmentation)
	}
	if d.Grain != c.Grain {
		return Explanation{}, fmt.Errorf("explain %q, which counts customers by %s, for one counted by %s: %w", name, d.Grain, c.Grain, ErrNoSegmentation)
	}
	m := newModel(s)
	e := m.evaluation(&c)
	out := Explanation{
		Customer: c.ID, CustomerName: c.Name, Grain: c.Grain.String(), AsOf: c.AsOf.String(),
		Segmentation: d.Name, SegmentationTitle: titleOf(d.Title, d.Name), Previous: c.Previous[d.Name],
	}
	at := e.place(d)
	e.stand(&out, d, at)
	out.Pinned = e.pinnedIn(d, at)
	last := e.rules(&out, d, at.unpinned())
	e.lenses(&out, d.Segments[:last])
	if out.Pinned != nil {
		out.Changes, out.Questions = []Change{}, []Question{}
		return out, nil
	}
	p := m.newSearch(&c, d)
	p.held = at.Name
	at = p.now.place(d)
	out.Changes = p.changes(at)
	out.Questions = p.questions(at)
	return out, nil
}

func titleOf(title, name string) string {
	if title != "" {
		return title
	}
	return capital(words(name))
}

func segmentTitle(d segmentation.Definition, name string) string {
	for _, s := range d.Segments {
		if s.Name == name {
			return titleOf(s.Title, s.Name)
		}
	}
	if name == segmentation.Unknown {
		return "Can't tell"
	}
	return capital(words(name))
}

// stand fills in the place and how firm it is.
func (e *evaluation) stand(out *Explanation, d segmentation.Definition, at Segment) {
	out.Segment, out.SegmentTitle = at.Name, segmentTitle(d, at.Name)
	for _, s := range d.Segments {
		if s.Name == at.Name {
			out.SegmentWhy, out.Touch = s.Why, s.Touch
		}
	}
	switch {
	case at.ByRule != nil:
		out.Standing = ByHand
	case at.Provisional:
		out.Standing = Provisional
	case at.Held:
		out.Standing = Held
	case at.Name == segmentation.Unknown:
		out.Standing = CantTell
	case !at.IsCertain():
		out.Standing = MissingAsNo
	case at.Name == segmentation.Unassigned:
		out.Standing = NoSegment
	default:
		out.Standing = Certain
	}
	out.Wait = e.waitIn(d, at)
	out.Possible, out.Missing = []Place{}, []Gap{}
	for _, name := range at.Candidates {
		out.Possible = append(out.Possible, Place{Name: name, Title: segmentTitle(d, name)})
	}
	for _, name := range at.Missing {
		out.Missing = append(out.Missing, Gap{Name: name, Title: e.m.label(name), Reason: e.reason(name)})
	}
}

// rules explains the rule of the segment and those before it, and returns how
// many rules were looked at.
func (e *evaluation) rules(out *Explanation, d segmentation.Definition, at Segment) (last int) {
	out.Missed = []Miss{}
	wait := e.waitIn(d, at)
	waits := false // for a segment that is true, and stands before that of the customer
	for i, s := range d.Segments {
		t := s.When.Trace(e.lookup)
		last = i + 1
		if s.Name == at.Name {
			c := e.condition(t)
			out.Because = &c
		}
		if t.Value.IsTrue() && !waits && wait != nil && s.Name == at.Raw && out.Because == nil && at.Name != segmentation.Unassigned {
			waits = true
			out.Missed = append(out.Missed, Miss{Name: s.Name, Title: titleOf(s.Title, s.Name), Truth: Yes, Because: []Condition{}, Text: until(wait)})
			continue
		}
		if t.Value.IsTrue() && !waits || waits && s.Name == at.Name {
			break
		}
		if s.Name == at.Name || waits {
			continue
		}
		miss := Miss{Name: s.Name, Title: titleOf(s.Title, s.Name), Truth: truthOf(t.Value), Because: []Condition{}, Text: e.refusals(t)}
		for _, part := range deciders(t) {
			miss.Because = append(miss.Because, e.condition(part))
		}
		out.Missed = append(out.Missed, miss)
	}
	return last
}

// lenses fills in the dimensions that the rules read, and the metrics and
// traits behind them.
func (e *evaluation) lenses(out *Explanation, segments []segmentation.Segment) {
	out.Dimensions, out.Values = []Lens{}, []Reading{}
	r := reader{m: e.m, seen: map[string]bool{}}
	for _, s := range segments {
		r.rule(s.When)
	}
	for _, d := range e.m.s.Dimensions {
		if r.seen[d.Name] {
			out.Dimensions = append(out.Dimensions, e.lens(d))
		}
	}
	for _, key := range r.values {
		out.Values = append(out.Values, e.reading(key))
	}
}

// reader collects what rules read, all the way down.
type reader struct {
	m      *model
	seen   map[string]bool
	values []string // metrics and traits, each before what it is made of
}

func (r *reader) rule(x *rule.Expr) {
	for _, ref := range x.Refs() {
		r.name(ref.Name, ref.AgoDays)
	}
}

func (r *reader) name(name string, ago int) {
	key := Earlier(name, ago)
	if r.seen[key] || r.m.isOfDay(name) {
		return
	}
	r.seen[key] = true
	if d, ok := r.m.dimensions[name]; ok && ago == 0 {
		for _, used := range madeOf(d) {
			r.name(used, 0)
		}
		for _, x := range conditions(d) {
			r.rule(x)
		}
		if d.Form == dimension.ByTrait && d.Trait == name {
			r.values = append(r.values, name)
		}
		return
	}
	r.values = append(r.values, key)
	if d, ok := r.m.metrics[name]; ok && d.Form == metric.Derived {
		for _, x := range formulas(d) {
			for _, ref := range x.Refs() {
				r.name(ref.Name, r.m.daysBefore(ref.Name, ref.AgoDays, ago))
			}
		}
	}
}

// madeOf returns the names that a level is made of, beside those that its rules
// read. Names that only group customers are left out, since cuts are given.
func madeOf(d dimension.Definition) []string {
	var list []string
	if d.Of != "" {
		list = append(list, d.Of)
	}
	if d.Trait != "" && d.Trait != d.Name {
		list = append(list, d.Trait)
	}
	for _, c := range d.Score {
		list = append(list, c.Of)
	}
	return list
}
