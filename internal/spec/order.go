package spec

import (
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
)

// resolveDefinitions checks metrics and dimensions, each after those that it
// needs, and puts them into the strategy in the order written.
func (l *loader) resolveDefinitions() {
	needs := map[string][]string{}
	var all []string
	for _, e := range slices.Concat(l.parts["metrics"], l.parts["dimensions"]) {
		if m, ok := l.metrics[e.key]; ok {
			needs[e.key] = m.needs
		} else if d, ok := l.lenses[e.key]; ok {
			needs[e.key] = d.needs
		} else {
			continue
		}
		all = append(all, e.key)
	}
	waves := l.waves(all, needs)
	formulas := l.env(l.formulaVars())
	l.rules = l.env(l.ruleVars())
	l.stale = false
	for _, wave := range waves {
		for _, name := range wave {
			if m, ok := l.metrics[name]; ok {
				l.resolveMetric(m, formulas)
			}
		}
		if l.stale {
			formulas, l.rules, l.stale = l.env(l.formulaVars()), l.env(l.ruleVars()), false
		}
		for _, name := range wave {
			if d, ok := l.lenses[name]; ok {
				l.resolveDimension(d)
			}
		}
		l.s.order = append(l.s.order, wave...)
	}
	for _, e := range l.parts["metrics"] {
		if m, ok := l.metrics[e.key]; ok {
			l.s.Metrics = append(l.s.Metrics, m.d)
		}
	}
	if arr, ok := l.s.Metric("arr"); ok && arr.Unit == rule.UnitMoney {
		l.s.RevenueMetric = arr.Name
	}
	for _, e := range l.parts["dimensions"] {
		if d, ok := l.lenses[e.key]; ok {
			l.s.Dimensions = append(l.s.Dimensions, d.d)
		}
	}
}

// waves returns the names in groups, each of which needs only earlier groups.
// Within a group the order is the one written. Names in a circle are reported
// once, and left out.
func (l *loader) waves(all []string, needs map[string][]string) [][]string {
	done := map[string]bool{}
	var waves [][]string
	for left := all; len(left) > 0; {
		var wave, rest []string
		for _, name := range left {
			ready := !slices.ContainsFunc(needs[name], func(n string) bool { _, exists := needs[n]; return exists && !done[n] })
			if ready {
				wave = append(wave, name)
			} else {
				rest = append(rest, name)
			}
		}
		if len(wave) == 0 {
			l.reportCircles(rest, needs)
			return waves
		}
		for _, name := range wave {
			done[name] = true
		}
		waves = append(waves, wave)
		left = rest
	}
	return waves
}

// reportCircles reports each circle among the names once, and marks as broken
// what is in or behind one.
func (l *loader) reportCircles(left []string, needs map[string][]string) {
	reported := map[string]bool{}
	for _, name := range left {
		l.broken[name] = true
		circle := circleFrom(name, left, needs)
		if circle == nil || slices.ContainsFunc(circle, func(n string) bool { return reported[n] }) {
			continue
		}
		for _, n := range circle {
			reported[n] = true
		}
		if len(circle) == 1 {
			l.errorf(l.placeOf(name), "circle", "", "%q is defined by itself", name)
			continue
		}
		l.errorf(l.placeOf(name), "circle", "", "%s depend on each other in a circle", strings.Join(append(circle, name), " -> "))
	}
}

func (l *loader) placeOf(name string) diag.Pos {
	if m, ok := l.metrics[name]; ok {
		return m.d.Pos
	}
	return l.lenses[name].d.Pos
}

// circleFrom returns the shortest way from a name back to it, nil when there
// is none.
func circleFrom(name string, left []string, needs map[string][]string) []string {
	before := map[string]string{}
	queue := []string{name}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range needs[at] {
			if next == name {
				way := []string{at}
				for at != name {
					at = before[at]
					way = append(way, at)
				}
				slices.Reverse(way)
				return way
			}
			if _, seen := before[next]; !seen && slices.Contains(left, next) {
				before[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}
