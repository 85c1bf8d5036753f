package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// search tries other values of one metric or trait at a time.
type search struct {
	m      *model
	c      *Customer
	d      segmentation.Definition
	probes []probe
	roots  []string
	finest map[string]int
	held   string // the segment that the customer is in

	now *evaluation // as things are
	e   *evaluation // as they might be
}

func (m *model) newSearch(c *Customer, d segmentation.Definition) *search {
	v := m.survey(d)
	return &search{m: m, c: c, d: d, probes: v.probes, roots: v.roots, finest: v.finest, now: m.settledEvaluation(c), e: m.settledEvaluation(c)}
}

// settledEvaluation is of where the customer comes to, however long that waits.
func (m *model) settledEvaluation(c *Customer) *evaluation {
	e := m.evaluation(c)
	e.settled = true
	return e
}

// placeWith returns the place with another value of one root.
func (p *search) placeWith(key string, v rule.Value) Segment {
	p.e.assume(key, v)
	return p.e.place(p.d)
}

func (p *search) valueNow(key string) rule.Value {
	name, ago, _ := CutEarlier(key)
	return p.now.value(name, ago)
}

// changes returns, for each segment that one number can lead to, the smallest
// change upwards and the smallest downwards, smallest first: by their share of
// the present value, those without one last.
func (p *search) changes(at Segment) []Change {
	list := []Change{}
	if at.Name == segmentation.Unknown {
		return list
	}
	type way struct {
		segment string
		up      bool
	}
	best := map[way]Change{}
	var order []way
	for _, key := range p.roots {
		for _, c := range p.changesOf(key, at) {
			w := way{c.Segment, c.Up}
			before, ok := best[w]
			if !ok {
				order = append(order, w)
			}
			if !ok || bySize(c, before) < 0 {
				best[w] = c
			}
		}
	}
	for _, w := range order {
		list = append(list, best[w])
	}
	slices.SortStableFunc(list, bySize)
	return list
}

// bySize orders changes by their share; those without one come last.
func bySize(a, b Change) int {
	size := func(c Change) float64 {
		if c.Share == nil {
			return math.Inf(1)
		}
		return *c.Share
	}
	return cmp.Compare(size(a), size(b))
}

// changesOf returns the nearest values of one root at which the customer goes
// to each other segment, upwards and downwards.
func (p *search) changesOf(key string, at Segment) []Change {
	v := p.valueNow(key)
	r := p.m.root(key, v, p.finest[key])
	if v.IsUnknown() || r.earlier || !r.isStepped() || v.Type() != r.typ || v.Micros() == period.Open.Micros() {
		return nil
	}
	below, above := r.around(v)
	isBound := v.Kind() == rule.KindAtLeast
	turns := []int64{below, above}
	if isBound { // more than it: only less is a change
		turns = append(turns[:1], p.turnsOf(r, below+1, r.high)...)
	} else {
		turns = append(turns, p.turnsOf(r, below, above)...)
	}
	slices.Sort(turns)
	var found []Change
	for _, up := range []bool{true, false} {
		if up && (isBound || p.isPast(r, v)) {
			continue
		}
		seen := map[string]bool{at.Name: true, segmentation.Unknown: true}
		for _, n := range outward(turns, r, v, up) {
			to := p.placeWith(key, r.value(n))
			if seen[to.Name] {
				continue
			}
			seen[to.Name] = true
			c := p.change(r, v, n, up, to)
			if !p.isPast(r, v) || p.byTime(&c, r, v, n, to) {
				found = append(found, c)
			}
		}
	}
	return found
}

// isPast reports whether a root is a day that is over, which nobody can push. An
// end or a due day that has passed can be: by a renewal.
func (p *search) isPast(r root, v rule.Value) bool {
	column := p.m.metrics[r.key].Column
	return r.typ == rule.TypeTime && v.Micros() < (p.c.AsOf+1).Micros() && column != fact.ColEnds && column != "expected_on"
}

// byTime makes of an earlier day in the past the day to come on which time alone
// has the same effect. It is false where it has not.
func (p *search) byTime(c *Change, r root, v rule.Value, n int64, to Segment) bool {
	_, above := r.around(v)
	later := *p.c
	later.AsOf += period.Date(above - n)
	if p.m.settledEvaluation(&later).place(p.d).Name != to.Name {
		return false
	}
	c.Share = nil
	c.On = later.AsOf.String()
	c.Text = fmt.Sprintf("On %s time alone would move it to %s, if nothing else changes (%s %s)", c.On, segmentTitle(p.d, to.Name), c.Title, p.m.show(r.key, v))
	return true
}

// outward returns the steps on one side of a value that can be taken, nearest
// first.
func outward(steps []int64, r root, v rule.Value, up bool) []int64 {
	var list []int64
	below, above := r.around(v)
	for _, n := range steps {
		beyond := n < above
		if up {
			beyond = n > below
		} else if v.Kind() == rule.KindAtLeast {
			beyond = n <= below
		}
		if beyond && n >= r.low && n <= r.high {
			list = append(list, n)
		}
	}
	if !up {
		slices.Reverse(list)
	}
	return list
}

func (p *search) change(r root, v rule.Value, n int64, up bool, to Segment) Change {
	c := Change{Name: r.key, Title: p.m.label(r.key), Up: up, To: r.at(n), Segment: to.Name, Provisional: to.Provisional}
	now := v.Number()
	asOf := float64(p.c.AsOf)
	if r.typ == rule.TypeTime {
		now = float64(v.Micros()) / float64(period.MicrosPerDay)
		c.Share = shareOf(c.To-now, now-asOf)
	} else {
		c.Share = shareOf(c.To-now, now)
	}
	by := abs(c.To - now)
	if v.Kind() != rule.KindAtLeast {
		c.Value, c.By = &now, &by
	}
	verb := "move it to"
	if to.Name == p.held {
		verb = "keep it in"
	}
	c.Text = fmt.Sprintf("%s %s would %s %s", c.Title, p.step(r, v, n, by, up), verb, segmentTitle(p.d, to.Name))
	if to.Name == segmentation.Unassigned {
		c.Text = fmt.Sprintf("%s %s would move it out of all segments", c.Title, p.step(r, v, n, by, up))
	}
	if c.Provisional {
		c.Text += " for now"
	}
	return c
}

// step says a change in words: "up by $16,000 (19 %)".
func (p *search) step(r root, v rule.Value, n int64, by float64, up bool) string {
	direction := "down"
	if up {
		direction = "up"
	}
	to := p.m.show(r.key, r.value(n))
	switch {
	case v.Kind() == rule.KindAtLeast:
		return "down to " + to
	case r.typ == rule.TypeTime:
		side := map[bool]string{true: "later", false: "earlier"}[up]
		below, above := r.around(v)
		days := abs(float64(n - below))
		if !up {
			days = abs(float64(n - above))
		}
		return plural(days, "day") + " " + side + ", " + to + ","
	case r.perUnit == 1000 && (r.unit == rule.UnitRatio || p.isRanked(r.key)):
		return fmt.Sprintf("%s from %s to %s", direction, percent(v.Number()), percent(r.at(n)))
	}
	text := direction + " by " + p.m.quantity(math.Round(by*r.perUnit*100)/(r.perUnit*100), p.m.saidUnit(r.key))
	if x := abs(v.Number()); x > 0 && by < 10*x {
		text += " (" + shareWords(by/x) + ")"
	} else {
		text += ", to " + to + ","
	}
	return text
}

func (p *search) isRanked(key string) bool {
	d, ok := p.m.metrics[key]
	return ok && d.Rank != ""
}
