package explain

import (
	"fmt"
	"math"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

// Wait says that a customer would stand elsewhere if moves did not wait.
type Wait struct {
	Place string `json:"place"` // where it would stand
	Title string `json:"title"`

	// Toward is where it will go if it goes on as it is, "" where it stays: it
	// is within the margin. Since is the first close of that wait, MovesOn the
	// day of the move; "" where none is known.
	Toward  string   `json:"toward,omitempty"`
	Since   string   `json:"since,omitempty"`
	MovesOn string   `json:"moves_on,omitempty"`
	Holds   []string `json:"holds"` // what holds it
	Text    string   `json:"text"`  // "would be medium since 2026-05-03; moves on 2026-06-02 unless it recovers"
}

// hold takes a level of today to the one that is held.
func (e *evaluation) hold(d dimension.Definition, l Level) Level {
	l.Raw, l.Settled = l.Index, l.Index
	h, ok := e.c.Holds[d.Name]
	if !ok || h.Level == dimension.NoLevel {
		return l
	}
	l.Held, l.Settled = &h, h.Level
	if r := e.reach(d, l); r.Known {
		l.Settled = r.From(h.Level)
	}
	l.Index = h.Level
	if e.settled {
		l.Index = l.Settled
	}
	l.Missing = nil
	return l
}

// reach is where today's value leads.
func (e *evaluation) reach(d dimension.Definition, l Level) dimension.Reach {
	if l.Raw < 0 {
		return dimension.Reach{}
	}
	r := dimension.Reach{Known: true, Raw: l.Raw, Up: l.Raw, Down: l.Raw}
	if !d.Ordered() || !d.Hold.HasMargin() {
		return r
	}
	v := numberOr(l.Score)
	if d.Form == dimension.ByBound {
		v = e.value(d.Of, 0)
	}
	enter, leave := e.bounds(d), e.bounds(d)
	for i := range enter {
		enter[i], leave[i] = d.Hold.Enter(enter[i]), d.Hold.Leave(leave[i])
	}
	switch {
	case v.Kind() == rule.KindAtLeast && v.Number() < enter[0]: // whether it is past the margin cannot be told
		r.Up = len(d.LevelNames())
	case v.Kind() == rule.KindAtLeast, d.IsRelative() && v.Number() <= 0:
	default:
		r.Up, r.Down = levelIndex(d, enter, v.Number()), levelIndex(d, leave, v.Number())
	}
	return r
}

// Reach returns where today's values of a customer lead in a dimension or
// segmentation, whether or not its moves wait: what dimension.Hold steps by.
func Reach(s *spec.Strategy, c Customer, name string) dimension.Reach {
	e := newModel(s).evaluation(&c)
	if d, ok := e.m.dimensions[name]; ok {
		return e.reach(d, e.level(name))
	}
	d, ok := s.Segmentation(name)
	if !ok {
		return dimension.Reach{}
	}
	p := e.placeToday(d)
	if isDark(d, p) {
		return dimension.Reach{}
	}
	at := segmentNow(d, p.Name)
	if at < 0 {
		at = len(d.Segments)
	}
	return dimension.Reach{Known: true, Raw: at, Up: at, Down: at}
}

// isDark reports whether nothing can be told of a segment today.
func isDark(d segmentation.Definition, p Segment) bool {
	return !p.IsCertain() && (d.OnUnknown != segmentation.HoldPlace || p.Held || p.Name == segmentation.Unknown)
}

// lines returns the bounds as they are for this customer: with the margin of a
// move up above the level held, with that of one down below it.
func (e *evaluation) lines(d dimension.Definition) []float64 {
	bounds := e.bounds(d)
	h := e.level(d.Name).Held
	if h == nil {
		return bounds
	}
	for i, bound := range bounds {
		if i < h.Level {
			bounds[i] = d.Hold.Enter(bound)
		} else {
			bounds[i] = d.Hold.Leave(bound)
		}
	}
	return bounds
}

// holdPlace takes a segment of today to the one that is held.
func (e *evaluation) holdPlace(d segmentation.Definition, p Segment) Segment {
	p.Raw = p.Name
	h, ok := e.c.Holds[d.Name]
	if !ok || h.Level == dimension.NoLevel {
		return p
	}
	p.Waits = &h
	dark := isDark(d, p)
	if dark {
		p.Raw = ""
	}
	if dark || !e.settled {
		p.Name = placeAt(d, h.Level)
	}
	p.Provisional = p.Provisional && p.Name == p.Raw
	return p
}

// placeAt is the segment of an index; the one after the last is no segment.
func placeAt(d segmentation.Definition, index int) string {
	if index < len(d.Segments) {
		return d.Segments[index].Name
	}
	return segmentation.Unassigned
}

// waitOf tells of the wait in a dimension, nil where the customer stands where
// its value puts it.
func (e *evaluation) waitOf(d dimension.Definition, l Level) *Wait {
	if l.Held == nil || l.Raw == l.Held.Level {
		return nil
	}
	names := d.LevelNames()
	held := levelTitle(d, names[l.Held.Level])
	if l.Raw < 0 {
		return &Wait{Holds: []string{}, Text: "can't tell today; stays " + held}
	}
	w := &Wait{Place: names[l.Raw], Title: levelTitle(d, names[l.Raw]), Holds: []string{}}
	if l.Settled == l.Held.Level {
		side, line := "below", 0.0
		if lines := e.lines(d); l.Raw < l.Held.Level {
			side, line = "above", lines[l.Raw]
		} else if l.Held.Level < len(lines) {
			line = lines[l.Held.Level]
		}
		w.Holds = append(w.Holds, "margin")
		w.Text = fmt.Sprintf("would be %s without the margin; stays %s", w.Title, held)
		if !math.IsNaN(line) {
			verb := map[string]string{"below": "down to", "above": "up to"}[side]
			w.Text += " " + verb + " " + e.scaleOf(d).show(line)
		}
		return w
	}
	toward := l.Settled
	if l.Held.Toward != dimension.NoLevel {
		toward = l.Held.Toward
	}
	w.Toward = names[toward]
	e.tell(w, d.Hold, *l.Held, levelTitle(d, names[toward]), d.HasDirections())
	return w
}

// waitIn tells of the wait in a segmentation, nil where there is none.
func (e *evaluation) waitIn(d segmentation.Definition, at Segment) *Wait {
	if at.Waits == nil || at.Raw == at.Name || at.Raw == "" && at.Held { // which says the same
		return nil
	}
	if at.Raw == "" || at.Waits.Toward == dimension.NoLevel {
		return &Wait{Holds: []string{}, Text: "can't tell today; stays in " + segmentTitle(d, at.Name)}
	}
	w := &Wait{Place: at.Raw, Title: segmentTitle(d, at.Raw), Toward: placeAt(d, at.Waits.Toward), Holds: []string{}}
	e.tell(w, d.Hold, *at.Waits, "in "+segmentTitle(d, w.Toward), d.Ordered)
	return w
}

// tell says since when a customer waits, for what, and until when.
func (e *evaluation) tell(w *Wait, h dimension.Hold, held dimension.Held, title string, ordered bool) {
	up := ordered && held.Toward < held.Level
	wait, unless := h.Down, "unless it recovers"
	if up {
		wait, unless = h.Up, "unless it falls back"
	}
	if !ordered {
		wait, unless = dimension.Wait{}, "unless that changes"
	}
	if closes := held.ClosesToward(); wait.ConfirmDays > closes {
		w.Holds = append(w.Holds, fmt.Sprintf("%d of %s so far", closes, plural(float64(wait.ConfirmDays), "day")))
	}
	day := e.c.AsOf
	if last := held.Moved; last != 0 && int(day+1-last) < wait.DwellDays {
		w.Holds = append(w.Holds, fmt.Sprintf("stays %s from %s on", plural(float64(wait.DwellDays), "day"), last))
	}
	if came := held.Came; came != 0 && int(day+1-came) < h.GraceDays {
		w.Holds = append(w.Holds, fmt.Sprintf("a new customer stays %s, here since %s", plural(float64(h.GraceDays), "day"), came))
	}
	if !h.IsOpen(day + 1) {
		w.Holds = append(w.Holds, h.ClosedWords())
	}
	w.Text = "would be " + title
	if held.Since != 0 {
		w.Since = held.Since.String()
		w.Text += " since " + w.Since
	}
	if on, ok := h.MovesOn(held, day); ok {
		w.MovesOn = on.String()
		w.Text += "; moves on " + w.MovesOn + " " + unless
	}
	if len(w.Holds) > 0 {
		w.Text += " (" + strings.Join(w.Holds, "; ") + ")"
	}
}

// until says how long a place is held.
func until(w *Wait) string {
	switch {
	case w.Place == "":
		return w.Text
	case w.Toward == "":
		return "within the margin"
	case w.MovesOn == "":
		return "would be " + w.Title + ", and waits"
	}
	return "would be " + w.Title + ", and waits until " + w.MovesOn
}
