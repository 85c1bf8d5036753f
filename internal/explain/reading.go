package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// reading says what a metric or trait stands at, and where that comes from.
func (e *evaluation) reading(key string) Reading {
	name, ago, _ := CutEarlier(key)
	v := e.value(name, ago)
	out := Reading{
		Name: key, Title: e.m.label(key), Unit: string(e.m.unit(key)), Value: plainValue(v), More: v.Kind() == rule.KindAtLeast,
		Shown: e.m.show(name, v), From: []string{}, Sources: []string{},
	}
	if v.IsUnknown() {
		out.Shown, out.Reason = "can't tell", e.reason(key)
	}
	d, isMetric := e.m.metrics[name]
	if isMetric && d.Form == metric.Derived {
		out.From = e.refs(d, ago)
		out.Formula = e.m.say(d.Is.Root())
		if d.When != nil {
			out.Formula += ", judged where " + e.m.say(d.When.Root())
		}
		out.Text = out.Formula
		if v.IsUnknown() {
			out.Text = e.whyUnknown(v, key) + " (" + e.m.say(d.Is.Root()) + ")"
		}
		return out
	}
	e.evidence(&out, key, isMetric && d.Form == metric.Ranked)
	if ago > 0 && !isMetric && !v.IsUnknown() {
		out.Text = "as of " + (e.c.AsOf - period.Date(ago)).String()
	}
	return out
}

func (e *evaluation) refs(d metric.Definition, ago int) []string {
	list := []string{}
	for _, x := range formulas(d) {
		for _, ref := range x.Refs() {
			if key := Earlier(ref.Name, e.m.daysBefore(ref.Name, ref.AgoDays, ago)); !e.m.isOfDay(ref.Name) && !slices.Contains(list, key) {
				list = append(list, key)
			}
		}
	}
	return list
}

// whyUnknown names what an unknown value lacks.
func (e *evaluation) whyUnknown(v rule.Value, key string) string {
	if names := v.Missing(); len(names) > 0 {
		return e.reasons(names)
	}
	return e.reason(key)
}

// evidence fills in what a value from facts rests on.
func (e *evaluation) evidence(out *Reading, key string, ranked bool) {
	ev, ok := e.c.Evidence[key]
	var parts []string
	if out.Reason != "" {
		parts = append(parts, out.Reason)
		if !ev.Last.IsUnknown() {
			parts = append(parts, "last known "+e.m.show(key, ev.Last))
		}
	}
	switch {
	case ranked:
		parts = append(parts, "standing among peers, 0 % the lowest and 100 % the highest")
	case !ok:
		out.Text = strings.Join(parts, ", ")
		return
	}
	if ev.Kind != "" {
		out.Kind = ev.Kind
		out.Facts = &ev.Facts
		if out.Reason == "" || ev.Facts > 0 {
			parts = append(parts, plural(float64(ev.Facts), words(ev.Kind)+" fact"))
		}
	}
	if ev.Newest != nil {
		age := e.age(*ev.Newest)
		out.AgeDays = &age
		parts = append(parts, "newest "+ageWords(age))
	}
	if ev.Whole {
		if ev.To != 0 {
			out.Span = "everything up to " + (ev.To - 1).String()
		}
	} else if ev.To > ev.From {
		out.Span = period.Span{From: ev.From, To: ev.To}.String()
		parts = append(parts, out.Span)
	}
	if len(ev.Sources) > 0 {
		out.Sources = ev.Sources
		parts = append(parts, "from "+strings.Join(ev.Sources, ", "))
	}
	if out.Assumed = ev.Assumed; ev.Assumed {
		parts = append(parts, "some days assumed")
	}
	out.Text = strings.Join(parts, ", ")
	if out.Notes = ev.Notes; len(ev.Notes) > 0 {
		out.Text += "; " + strings.Join(ev.Notes, "; ")
	}
}

func ageWords(days int) string {
	switch {
	case days == 0:
		return "of the day"
	case days < 0:
		return fmt.Sprintf("%s ahead", plural(float64(-days), "day"))
	}
	return plural(float64(days), "day") + " old"
}

// plainValue returns a value as programs read it; nil is unknown.
func plainValue(v rule.Value) any {
	switch v.Kind() {
	case rule.KindNumber, rule.KindAtLeast:
		return v.Number()
	case rule.KindBool:
		return v.IsTrue()
	case rule.KindText:
		return v.Text()
	case rule.KindTime:
		return moment(v.Micros())
	case rule.KindList:
		return v.List()
	default:
		return nil
	}
}
