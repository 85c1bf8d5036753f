package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

const asOf = "as_of"

// Placement is where a customer stands in all lenses.
type Placement struct {
	Metrics   map[string]rule.Value // all of them
	Levels    map[string]Level      // by dimension
	Segments  map[string]Segment    // by segmentation of the customer's grain
	Audiences map[string]rule.Value // by audience of the customer's grain: true, false or unknown
}

// Level is the place in one dimension.
type Level struct {
	Name  string // "" when it cannot be told
	Index int    // into the dimension's LevelNames; -1 without one

	Score    *float64 // of a score, 0 to 1, or the points; nil where unknown
	Evidence *float64 // share of a score's weight that is known

	// Missing names the metrics and traits that are lacking, sorted, or the
	// dimension itself where none of its rules holds.
	Missing []string

	// Where moves wait, Index is the level held, Raw the one of today's value
	// and Settled the one that it comes to if nothing changes. Held is nil
	// where they do not wait.
	Raw, Settled int
	Held         *dimension.Held

	ByRule *Level // where the rules put somebody who is pinned; nil is not
}

// Segment is the place in one segmentation.
type Segment struct {
	Name        string // a segment, segmentation.Unknown or segmentation.Unassigned
	Provisional bool   // taken for want of data, and not settled since: others are possible
	Held        bool   // stays where it was, while others are possible

	// Candidates are the segments that are still possible, in their order: nil
	// when the place is certain. Missing names what is lacking to tell.
	Candidates []string
	Missing    []string

	// Where moves wait, Name is the segment held and Raw the one of today, ""
	// where that cannot be told. Waits is nil where they do not wait.
	Raw   string
	Waits *dimension.Held

	ByRule *Segment // where the rules put somebody who is pinned; nil is not
}

// IsCertain reports whether nothing that is missing can change the place.
func (s Segment) IsCertain() bool { return len(s.Candidates) == 0 }

// notJudged says that the metric's own condition is false.
const notJudged = "not judged"

// Earlier returns the key of a metric as of some days before: "events__28d_ago".
func Earlier(metric string, days int) string {
	if days == 0 {
		return metric
	}
	return fmt.Sprintf("%s__%dd_ago", metric, days)
}

// Evaluate returns where the customer stands. It gives the same answer as the
// plan that package query makes of the strategy gives for all customers.
func Evaluate(s *spec.Strategy, c Customer) Placement {
	e := newModel(s).evaluation(&c)
	p := Placement{
		Metrics:   map[string]rule.Value{},
		Levels:    map[string]Level{},
		Segments:  map[string]Segment{},
		Audiences: map[string]rule.Value{},
	}
	for _, m := range s.Metrics {
		p.Metrics[m.Name] = e.value(m.Name, 0)
	}
	for _, d := range s.Dimensions {
		p.Levels[d.Name] = e.level(d.Name)
	}
	for _, d := range s.Segmentations {
		if d.Grain == c.Grain {
			p.Segments[d.Name] = e.place(d)
		}
	}
	for _, a := range s.Audiences {
		if a.Grain == c.Grain {
			p.Audiences[a.Name] = a.When.Eval(e.lookup)
		}
	}
	return p
}

// model is a strategy with its definitions by name.
type model struct {
	s          *spec.Strategy
	metrics    map[string]metric.Definition
	dimensions map[string]dimension.Definition
	traits     map[string]fact.Column
}

func newModel(s *spec.Strategy) *model {
	m := &model{
		s:          s,
		metrics:    make(map[string]metric.Definition, len(s.Metrics)),
		dimensions: make(map[string]dimension.Definition, len(s.Dimensions)),
		traits:     map[string]fact.Column{},
	}
	for _, d := range s.Metrics {
		m.metrics[d.Name] = d
	}
	for _, d := range s.Dimensions {
		m.dimensions[d.Name] = d
	}
	for _, c := range append(s.ContactTraits(), s.Traits()...) {
		m.traits[c.Name] = c
	}
	return m
}

func (m *model) evaluation(c *Customer) *evaluation {
	return &evaluation{m: m, c: c, values: map[string]rule.Value{}, notes: map[string]string{}, levels: map[string]Level{}}
}

// evaluation answers what the strategy says of one customer, each name once.
type evaluation struct {
	m *model
	c *Customer

	// other stands in for the value of the metric or trait called with
	with     string
	other    rule.Value
	replaces bool

	settled bool // levels and segments are those that the customer comes to

	values map[string]rule.Value
	notes  map[string]string // why a metric is unknown although nothing was missing
	levels map[string]Level
}

// assume lets the metric or trait have another value from here on.
func (e *evaluation) assume(name string, v rule.Value) {
	e.with, e.other, e.replaces = name, v, true
	clear(e.values)
	clear(e.levels)
	clear(e.notes)
}

// lookup is what rules read.
func (e *evaluation) lookup(name string, agoDays int) rule.Value {
	if v, ok := e.ofDay(name, 0); ok {
		return v
	}
	if _, ok := e.m.dimensions[name]; ok {
		return e.levelValue(name)
	}
	return e.value(name, agoDays)
}

// earlier is what the formula of a metric reads as of some days before: traits
// as they were stated then.
func (e *evaluation) earlier(ago int) rule.LookupFunc {
	return func(name string, agoDays int) rule.Value {
		if v, ok := e.ofDay(name, ago); ok {
			return v
		}
		if days := e.m.daysBefore(name, agoDays, ago); days > 0 {
			return e.value(name, days)
		}
		return e.lookup(name, 0)
	}
}

// daysBefore returns as of how many days before a formula that is evaluated as
// of ago days before reads a name. What holds always is read as it is.
func (m *model) daysBefore(name string, agoDays, ago int) int {
	if _, ok := m.metrics[name]; ok {
		return agoDays + ago
	}
	c, ok := m.traits[strings.TrimPrefix(name, "account.")]
	if c.Name = strings.TrimPrefix(c.Name, fact.ContactPrefix); ok && c.HoldsAlways() {
		return 0
	}
	return ago
}

// ofDay returns what the date alone decides: the date itself, as of some days
// before, and whether that is quiet.
func (e *evaluation) ofDay(name string, ago int) (rule.Value, bool) {
	day := e.c.AsOf - period.Date(ago)
	if name == asOf {
		return rule.Time(day.Micros()), true
	}
	return e.m.s.Quiet.Value(name, day)
}

// isOfDay reports whether the date alone decides what a name stands for.
func (m *model) isOfDay(name string) bool {
	if name == asOf {
		return true
	}
	_, ok := m.s.Quiet.Value(name, 0)
	return ok
}

// formulas returns what a derived metric is computed by: its formula, and when
// it is judged.
func formulas(d metric.Definition) []*rule.Expr {
	var list []*rule.Expr
	for _, x := range []*rule.Expr{d.Is, d.When} {
		if x != nil {
			list = append(list, x)
		}
	}
	return list
}

// value returns a metric or trait. An unknown lists the metrics from facts and
// the traits that it lacks.
func (e *evaluation) value(name string, ago int) rule.Value {
	key := Earlier(name, ago)
	if v, ok := e.values[key]; ok {
		return v
	}
	if v, ok := e.ofDay(name, ago); ok {
		return v
	}
	m, isMetric := e.m.metrics[name]
	var v rule.Value
	switch {
	case isMetric && m.Form == metric.Derived:
		v = e.derived(m, ago)
	case e.replaces && e.with == key:
		v = e.other
	default:
		v = e.given(key, isMetric)
	}
	if v.IsUnknown() && len(v.Missing()) == 0 {
		v = rule.Unknown(key)
	}
	e.values[key] = v
	return v
}

func (e *evaluation) given(key string, isMetric bool) rule.Value {
	if v, ok := e.c.Traits[key]; ok && !isMetric {
		return v
	}
	return e.c.Metrics[key]
}

func (e *evaluation) derived(m metric.Definition, ago int) rule.Value {
	v := m.Is.Eval(e.earlier(ago))
	note := v.Note()
	if m.When != nil {
		switch judged := m.When.Eval(e.earlier(ago)); {
		case judged.IsFalse():
			v, note = rule.Unknown(), notJudged
		case judged.IsUnknown():
			v, note = judged, judged.Note()
		}
	}
	if v.Kind() == rule.KindAtLeast { // a bound is told of the facts themselves only
		v = rule.Unknown(m.Is.Names()...)
	}
	if v.Kind() == rule.KindNumber && m.Is.Computes() {
		v = rule.Number(rule.Tidy(v.Number()))
	}
	if v.IsUnknown() && m.Missing != nil {
		return rule.Number(*m.Missing)
	}
	if v.IsUnknown() && note != "" && len(v.Missing()) == 0 {
		e.notes[Earlier(m.Name, ago)] = note
	}
	if v.IsUnknown() {
		return rule.Unknown(v.Missing()...)
	}
	return v
}

// place returns the segment that the customer is in (SEMANTICS 14, 15).
func (e *evaluation) place(d segmentation.Definition) Segment {
	return e.pinPlace(d, e.holdPlace(d, e.placeToday(d)))
}

// placeToday is the segment where no move waits.
func (e *evaluation) placeToday(d segmentation.Definition) Segment {
	var open []int
	var lacks []string
	first := -1
	for i, s := range d.Segments {
		v := s.When.Eval(e.lookup)
		if v.IsTrue() {
			first = i
			break
		}
		if v.IsUnknown() {
			open = append(open, i)
			lacks = append(lacks, v.Missing()...)
		}
	}
	p := Segment{Name: segmentation.Unassigned}
	if first >= 0 {
		p.Name = d.Segments[first].Name
	}
	if len(open) == 0 {
		return p
	}
	possible := open
	if first >= 0 {
		possible = append(slices.Clone(open), first)
	}
	for _, i := range possible {
		p.Candidates = append(p.Candidates, d.Segments[i].Name)
	}
	slices.Sort(lacks)
	p.Missing = slices.Compact(lacks)
	switch d.OnUnknown {
	case segmentation.AsNo:
	case segmentation.ToUnknown:
		p.Name = segmentation.Unknown
	default:
		before := segmentNow(d, e.c.Previous[d.Name])
		switch {
		case slices.Contains(possible, before):
			p.Name, p.Held, p.Provisional = d.Segments[before].Name, true, e.c.Unsettled[d.Name]
		case first >= 0:
			p.Provisional = true
		default:
			p.Name = segmentation.Unknown
		}
	}
	return p
}

// segmentNow returns the index of the segment that once had the name, -1 for
// none.
func segmentNow(d segmentation.Definition, name string) int {
	if name == "" {
		return -1
	}
	return slices.IndexFunc(d.Segments, func(s segmentation.Segment) bool { return s.Name == name || s.Was == name })
}
