package explain

import (
	"cmp"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// A probe is one question whose answer changes a segment: on which side of a
// bound a number lies. Its answer is a whole number that rises or falls step by
// step as one metric does.
type probe struct {
	roots  map[string]bool // metrics from facts and traits that it depends on
	answer func(e *evaluation) int
}

// noAnswer is a probe's answer where a side is unknown.
const noAnswer = -9

// surveyor collects the probes of a segmentation.
type surveyor struct {
	m      *model
	seen   map[string]bool
	probes []probe
	roots  []string // in the order of the rules

	// finest holds, by root, the most decimals among the numbers that it is
	// compared with, however far away
	finest map[string]int
}

func (m *model) survey(d segmentation.Definition) *surveyor {
	v := &surveyor{m: m, seen: map[string]bool{}, finest: map[string]int{}}
	for _, s := range d.Segments {
		v.rule(s.When, 0)
	}
	return v
}

// rule adds the comparisons of a condition or formula, and what it reads. Ago
// is how many days earlier a formula is evaluated.
func (v *surveyor) rule(x *rule.Expr, ago int) {
	var visit func(n *rule.Node)
	visit = func(n *rule.Node) {
		switch {
		case n.Op == rule.OpExists || n.Op == rule.OpAll:
			visit(n.Args[0])
			return
		case n.Op.IsComparison():
			v.comparison(x, n, ago, n.Args[0], n.Args[1])
		case n.Op == rule.OpIn && n.Args[0].Type == rule.TypeNumber:
			for _, c := range n.Args[1:] {
				v.comparison(x, n, ago, n.Args[0], c)
			}
		}
		for _, a := range n.Args {
			visit(a)
		}
	}
	visit(x.Root())
	for _, ref := range x.Refs() {
		v.name(ref.Name, v.m.daysBefore(ref.Name, ref.AgoDays, ago))
	}
}

// comparison adds a probe of which side is larger.
func (v *surveyor) comparison(x *rule.Expr, n *rule.Node, ago int, a, b *rule.Node) {
	if t := a.Type; t != rule.TypeNumber && t != rule.TypeTime && t != rule.TypeDuration {
		return
	}
	roots := map[string]bool{}
	fine := 0
	for _, side := range []*rule.Node{a, b} {
		side.Walk(func(n *rule.Node) bool {
			switch n.Op {
			case rule.OpVar:
				v.m.rootsOf(n.Name, v.m.daysBefore(n.Name, n.AgoDays, ago), roots)
			case rule.OpConst:
				fine = max(fine, decimals(n.Value.Number()))
			}
			return true
		})
	}
	if len(roots) == 0 {
		return
	}
	v.refine(roots, fine)
	v.probes = append(v.probes, probe{roots, func(e *evaluation) int {
		left, right := e.side(x, n, ago, a), e.side(x, n, ago, b)
		switch {
		case left.Kind() == rule.KindNumber && right.Kind() == rule.KindNumber:
			return cmp.Compare(left.Number(), right.Number())
		case left.Type() == rule.TypeTime || left.Type() == rule.TypeDuration:
			if right.IsUnknown() {
				return noAnswer
			}
			return cmp.Compare(left.Micros(), right.Micros())
		default:
			return noAnswer
		}
	}})
}

func (v *surveyor) refine(roots map[string]bool, decimals int) {
	for key := range roots {
		v.finest[key] = max(v.finest[key], decimals)
	}
}

// side returns the value of one side of a comparison within a rule.
func (e *evaluation) side(x *rule.Expr, n *rule.Node, ago int, side *rule.Node) rule.Value {
	switch side.Op {
	case rule.OpConst:
		return side.Value
	case rule.OpVar:
		return e.earlier(ago)(side.Name, side.AgoDays)
	}
	found := rule.Value{}
	var find func(t *rule.Trace) bool
	find = func(t *rule.Trace) bool {
		if t.Node == side {
			found = t.Value
			return true
		}
		for _, a := range t.Args {
			if find(a) {
				return true
			}
		}
		return false
	}
	find(x.Trace(e.earlier(ago)))
	return found
}

// name adds the probes of a dimension or derived metric, and notes the rest as
// roots.
func (v *surveyor) name(name string, ago int) {
	d, isDimension := v.m.dimensions[name]
	isDimension = isDimension && ago == 0
	m, isMetric := v.m.metrics[name]
	key := Earlier(name, ago)
	if isDimension {
		key = "dimension " + name
	}
	if v.seen[key] || v.m.isOfDay(name) {
		return
	}
	v.seen[key] = true
	switch {
	case isDimension:
		v.dimension(d)
	case isMetric && m.Form == metric.Derived:
		for _, x := range formulas(m) {
			v.rule(x, ago)
		}
	default:
		v.roots = append(v.roots, key)
	}
}

func (v *surveyor) dimension(d dimension.Definition) {
	for _, used := range madeOf(d) {
		v.name(used, 0)
	}
	for _, x := range conditions(d) {
		v.rule(x, 0)
	}
	if d.Form == dimension.ByTrait && d.Trait == d.Name && !v.seen[d.Trait] {
		v.seen[d.Trait] = true
		v.roots = append(v.roots, d.Trait)
	}
	if d.Form != dimension.ByBound && d.Form != dimension.ByScore {
		return
	}
	roots := map[string]bool{}
	v.m.rootsOf(d.Name, 0, roots)
	v.refine(roots, finestOf(d))
	v.probes = append(v.probes, probe{roots, func(e *evaluation) int {
		l := e.level(d.Name)
		if l.Index < 0 {
			return noAnswer
		}
		return l.Index
	}})
}

// finestOf returns the decimals in which a dimension speaks of its number; a
// score on a short scale is in decimals too.
func finestOf(d dimension.Definition) int {
	fine := 0
	for _, c := range d.Score {
		if abs(c.To-c.From) <= 2 {
			fine = 1
		}
		fine = max(fine, decimals(c.From), decimals(c.To))
	}
	for _, l := range d.Levels {
		if d.Form == dimension.ByBound && l.Cut == dimension.Absolute {
			fine = max(fine, decimals(l.Bound))
		}
	}
	return fine
}

// rootsOf adds the metrics from facts, ranks and traits that a name depends on.
func (m *model) rootsOf(name string, ago int, set map[string]bool) {
	if d, ok := m.dimensions[name]; ok && ago == 0 {
		if d.Form == dimension.ByTrait {
			set[d.Trait] = true
			return
		}
		for _, used := range madeOf(d) {
			m.rootsOf(used, 0, set)
		}
		for _, x := range conditions(d) {
			for _, ref := range x.Refs() {
				m.rootsOf(ref.Name, ref.AgoDays, set)
			}
		}
		return
	}
	d, isMetric := m.metrics[name]
	switch {
	case m.isOfDay(name):
	case isMetric && d.Form == metric.Derived:
		for _, x := range formulas(d) {
			for _, ref := range x.Refs() {
				m.rootsOf(ref.Name, m.daysBefore(ref.Name, ref.AgoDays, ago), set)
			}
		}
	default:
		set[Earlier(name, ago)] = true
	}
}
