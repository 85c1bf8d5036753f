package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// Three to four segments are enough for people to work with; from these
// numbers on lint asks whether all are needed.
//
// Source: DOMAIN.md 1.2.
const (
	mostTiers    = 5
	mostSegments = 7
)

// Lint returns what is right but probably not meant: segments that no customer
// can reach, customers that no segment takes, definitions that nobody uses.
// The findings are ordered by place.
func Lint(s *Strategy) diag.List {
	var found diag.List
	for _, d := range s.Segmentations {
		lintSegmentation(s, d, &found)
	}
	for _, d := range s.Dimensions {
		lintDimension(s, d, &found)
	}
	lintHolds(s, &found)
	lintMetrics(s, &found)
	lintAudiences(s.Audiences, &found)
	lintUnused(s, &found)
	found.Sort()
	return found
}

// lintHolds reports, once for all, what of waits and review days runs do not
// apply.
func lintHolds(s *Strategy, found *diag.List) {
	var waits diag.List
	for _, d := range s.Segmentations {
		if d.Hold.HasMargin() {
			waits.Warnf(d.Hold.Pos, "hold_not_applied", "", "%q has margins, which only numbers have", d.Name)
		}
	}
	for _, d := range s.Dimensions {
		switch {
		case d.Form == dimension.ByTrait && !d.Hold.IsZero():
			waits.Warnf(d.Hold.Pos, "hold_not_applied", "", "the values of %q are what they are, and do not wait", d.Name)
		case d.Form == dimension.ByRules && d.Hold.HasMargin():
			waits.Warnf(d.Hold.Pos, "hold_not_applied", "", "%q has margins, which only numbers have", d.Name)
		}
		if d.Review != "" {
			waits.Warnf(d.Pos, "hold_not_applied", "", "%q is cut anew at every run, and at reviews by a later version", d.Name)
		}
	}
	if len(waits) == 0 {
		return
	}
	waits.Sort()
	said := make([]string, len(waits))
	for i, w := range waits {
		said[i] = w.Message
	}
	found.Warnf(waits[0].Pos, "hold_not_applied", "", "%s", strings.Join(said, "; "))
}

// waterfall is a list of rules of which the first that is true counts.
type waterfall struct {
	noun  string // segmentation "coverage"
	part  string // segment
	steps []step
	at    diag.Pos
}

type step struct {
	name string
	when *rule.Expr
	at   diag.Pos
}

func lintSegmentation(s *Strategy, d segmentation.Definition, found *diag.List) {
	w := waterfall{noun: fmt.Sprintf("segmentation %q", d.Name), part: "segment", at: d.Pos}
	tiers := false
	for _, s := range d.Segments {
		w.steps = append(w.steps, step{s.Name, s.When, s.Pos})
		tiers = tiers || s.Touch != ""
	}
	lintWaterfall(s, w, found)
	switch n := len(d.Segments); {
	case tiers && n > mostTiers:
		found.Warnf(d.Pos, "many_segments", "three to four are enough for most", "segmentation %q has %d segments with a touch model, more than %d", d.Name, n, mostTiers)
	case n > mostSegments:
		found.Warnf(d.Pos, "many_segments", "three to four are enough for most", "segmentation %q has %d segments, more than %d", d.Name, n, mostSegments)
	}
}

// lintWaterfall reports rules that cannot be reached and customers that all
// rules leave out.
func lintWaterfall(s *Strategy, w waterfall, found *diag.List) {
	var conditions []*rule.Expr
	for _, step := range w.steps {
		conditions = append(conditions, step.when)
	}
	worlds := newWorlds(s.closedSet, conditions)
	if worlds == nil {
		lintTexts(w, found)
		return
	}
	taken := make([]bool, len(w.steps))
	holds := make([]bool, len(w.steps))
	covers := make([]cover, len(w.steps))
	gap := ""
	worlds.each(func() bool {
		first := -1
		for i, step := range w.steps {
			if holds[i] = worlds.holds(step.when.Root()); !holds[i] {
				continue
			}
			if first < 0 {
				first = i
				taken[i] = true
			}
			covers[i].add(holds[:i])
		}
		if first < 0 && gap == "" {
			gap = cmp.Or(worlds.example(), "those for whom no condition is true")
		}
		return true
	})
	for i, step := range w.steps {
		switch {
		case taken[i]:
		case !covers[i].seen:
			found.Warnf(step.at, "unreachable", "", "%s %q of %s takes nobody: its condition is never true", w.part, step.name, w.noun)
		case len(covers[i].by) > 0:
			found.Warnf(step.at, "unreachable", "move it up, or drop it", "%s %q of %s takes nobody: %q takes them all before", w.part, step.name, w.noun, w.steps[covers[i].by[0]].name)
		default:
			found.Warnf(step.at, "unreachable", "move it up, or drop it", "%s %q of %s takes nobody: those before it take them all", w.part, step.name, w.noun)
		}
	}
	if gap != "" {
		found.Warnf(w.at, "no_catch_all", fmt.Sprintf("end with a %s whose condition is true", w.part), "%s leaves customers out, such as %s", w.noun, gap)
	}
}

// cover is which earlier rules are true wherever a rule is.
type cover struct {
	seen bool // the rule is true somewhere
	by   []int
}

// add takes another world in which the rule is true.
func (c *cover) add(earlier []bool) {
	if !c.seen {
		for i := range earlier {
			c.by = append(c.by, i)
		}
	}
	c.seen = true
	c.by = slices.DeleteFunc(c.by, func(i int) bool { return !earlier[i] })
}

// lintTexts does what it can where there are too many combinations to try.
func lintTexts(w waterfall, found *diag.List) {
	for i, step := range w.steps {
		for _, before := range w.steps[:i] {
			if same := text(before.when); same == "true" || same == text(step.when) {
				found.Warnf(step.at, "unreachable", "move it up, or drop it", "%s %q of %s takes nobody: %q takes them all before", w.part, step.name, w.noun, before.name)
				break
			}
		}
	}
	if n := len(w.steps); text(w.steps[n-1].when) != "true" {
		found.Warnf(w.at, "no_catch_all", fmt.Sprintf("end with a %s whose condition is true", w.part), "%s may leave customers out", w.noun)
	}
}

// closedSet returns the texts that a name can have, nil for an open set.
func (s *Strategy) closedSet(name string) []string {
	if d, ok := s.Dimension(name); ok && d.Form != dimension.ByTrait {
		return d.LevelNames()
	}
	c, _ := s.Trait(name)
	return c.Values
}

func lintDimension(s *Strategy, d dimension.Definition, found *diag.List) {
	if d.Form == dimension.ByRules {
		w := waterfall{noun: fmt.Sprintf("dimension %q", d.Name), part: "level", at: d.Pos}
		for _, l := range d.Levels {
			w.steps = append(w.steps, step{l.Name, l.When, l.Pos})
		}
		lintWaterfall(s, w, found)
	}
	if d.Form == dimension.ByBound && !d.IsRelative() && len(d.Levels) > 1 {
		last := d.Levels[len(d.Levels)-1]
		if last.Cut == dimension.Lowest && last.Bound > 0 {
			found.Warnf(last.Pos, "lowest_bound", "add a level beneath it, such as low: 0", "level %q of dimension %q takes everything below %v as well: the lowest level has no bound", last.Name, d.Name, last.Bound)
		}
	}
	if d.Form == dimension.ByPoints {
		lintPoints(d, found)
	}
	if d.Form == dimension.ByScore && len(d.Levels) > 0 && d.Levels[0].Bound > 1 {
		found.Warnf(d.Levels[0].Pos, "unreachable", "scores lie between 0 and 1", "level %q of dimension %q takes nobody: no score passes 1", d.Levels[0].Name, d.Name)
	}
	for _, other := range s.Dimensions {
		if other.Name < d.Name && isSame(d, other) {
			found.Warnf(d.Pos, "same_dimension", "keep one", "dimension %q is cut as %q is", d.Name, other.Name)
		}
	}
}

// lintPoints reports levels that no sum of points reaches.
func lintPoints(d dimension.Definition, found *diag.List) {
	most := 0.0
	for _, p := range d.Points {
		most += max(p.Points, 0)
	}
	most = rule.Tidy(most)
	for _, l := range d.Levels {
		if l.Cut != dimension.Lowest && (l.Bound > most || d.Above && l.Bound == most) {
			found.Warnf(l.Pos, "unreachable", "", "level %q of dimension %q takes nobody: all points together are %v", l.Name, d.Name, most)
		}
	}
}

func isSame(a, b dimension.Definition) bool {
	if a.Form != dimension.ByBound || b.Form != dimension.ByBound || a.Of != b.Of || a.Above != b.Above || len(a.Levels) != len(b.Levels) {
		return false
	}
	for i := range a.Levels {
		if a.Levels[i].Cut != b.Levels[i].Cut || a.Levels[i].Cut != dimension.Lowest && a.Levels[i].Bound != b.Levels[i].Bound {
			return false
		}
	}
	return slices.Equal(a.Within, b.Within)
}

// lintMetrics reports metrics that are never judged.
func lintMetrics(s *Strategy, found *diag.List) {
	for _, m := range s.Metrics {
		if m.When != nil && !canHold(s, m.When) {
			found.Warnf(m.Pos, "never_judged", "", "metric %q is always unknown: its \"when\" is never true", m.Name)
		}
	}
}

// canHold reports whether a condition may be true of some customer.
func canHold(s *Strategy, x *rule.Expr) bool {
	worlds := newWorlds(s.closedSet, []*rule.Expr{x})
	if worlds == nil {
		return text(x) != "false"
	}
	holds := false
	worlds.each(func() bool {
		holds = worlds.holds(x.Root())
		return !holds
	})
	return holds
}

func lintAudiences(audiences []segmentation.Audience, found *diag.List) {
	for i, a := range audiences {
		if text(a.When) == "false" {
			found.Warnf(a.Pos, "unreachable", "", "audience %q has nobody: its condition is never true", a.Name)
		}
		for _, b := range audiences[:i] {
			if text(a.When) == text(b.When) && a.Grain == b.Grain {
				found.Warnf(a.Pos, "same_audience", "keep one", "audience %q has the same customers as %q", a.Name, b.Name)
				break
			}
		}
	}
}

// lintUnused reports metrics that nothing reads. Dimensions are lenses to look
// through, and need no reader.
func lintUnused(s *Strategy, found *diag.List) {
	used := map[string]bool{s.RevenueMetric: true}
	read := func(x *rule.Expr) {
		if x == nil {
			return
		}
		for _, name := range x.Names() {
			used[strings.TrimPrefix(name, "account.")] = true
		}
	}
	read(s.BaseWhen)
	for _, m := range s.Metrics {
		read(m.Is)
		read(m.When)
		used[m.Rank] = true
		for _, name := range m.Within {
			used[name] = true
		}
	}
	for _, d := range s.Dimensions {
		used[d.Of] = true
		for _, name := range d.Within {
			used[name] = true
		}
		for _, c := range d.Score {
			used[c.Of] = true
		}
		for _, p := range d.Points {
			read(p.When)
		}
		for _, l := range d.Levels {
			read(l.When)
		}
	}
	for _, d := range s.Segmentations {
		for _, segment := range d.Segments {
			read(segment.When)
		}
	}
	for _, a := range s.Audiences {
		read(a.When)
	}
	for _, m := range s.Metrics {
		if !used[m.Name] && m.Why == "" { // what is looked at in lists says why
			found.Warnf(m.Pos, "unused", "drop it, or say in why: what it is looked at for", "nothing uses metric %q", m.Name)
		}
	}
}
