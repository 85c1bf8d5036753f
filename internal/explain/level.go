package explain

import (
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
)

// level returns the place in a dimension.
func (e *evaluation) level(name string) Level {
	if l, ok := e.levels[name]; ok {
		return l
	}
	d := e.m.dimensions[name]
	var l Level
	switch d.Form {
	case dimension.ByBound:
		l = e.byBound(d)
	case dimension.ByScore:
		l = e.byScore(d)
	case dimension.ByPoints:
		l = e.byPoints(d)
	case dimension.ByTrait:
		v := e.value(d.Trait, 0)
		l = Level{Name: v.Text(), Index: slices.Index(d.LevelNames(), v.Text()), Missing: v.Missing()}
	default:
		l = e.byRules(d)
	}
	l = e.hold(d, l)
	if d.Form != dimension.ByTrait && l.Index >= 0 {
		l.Name = d.LevelNames()[l.Index]
	}
	l = e.pin(d, l)
	e.levels[name] = l
	return l
}

// levelValue is a level as rules see it.
func (e *evaluation) levelValue(name string) rule.Value {
	d := e.m.dimensions[name]
	if d.Form == dimension.ByTrait {
		return e.value(d.Trait, 0)
	}
	l := e.level(name)
	if l.Index < 0 {
		return rule.Unknown(l.Missing...)
	}
	return rule.Text(l.Name)
}

func (e *evaluation) byBound(d dimension.Definition) Level {
	v := e.value(d.Of, 0)
	bounds := e.bounds(d)
	switch v.Kind() {
	case rule.KindAtLeast:
		// more than the bound: settled only where that is enough for the best
		if len(bounds) > 0 && v.Number() >= bounds[0] {
			return Level{Index: 0}
		}
		return Level{Index: -1, Missing: []string{d.Of}}
	case rule.KindNumber:
		if d.IsRelative() && v.Number() <= 0 {
			return Level{Index: len(d.LevelNames()) - 1}
		}
		return Level{Index: levelIndex(d, bounds, v.Number())}
	default:
		return Level{Index: -1, Missing: v.Missing()}
	}
}

// bounds returns the lower bound of each level, NaN where there is none.
func (e *evaluation) bounds(d dimension.Definition) []float64 {
	bounds := make([]float64, len(d.Levels))
	cuts := e.c.Cuts[d.Name]
	for i, l := range d.Levels {
		bounds[i] = l.Bound
		if l.Cut != dimension.Percentile && l.Cut != dimension.Cumulative {
			continue
		}
		bounds[i] = math.NaN()
		if i < len(cuts) {
			bounds[i] = cuts[i]
		}
	}
	return bounds
}

// levelIndex is the first level whose bound the number reaches; the last level
// has none.
func levelIndex(d dimension.Definition, bounds []float64, x float64) int {
	for i, bound := range bounds[:len(bounds)-1] {
		if x > bound || x == bound && !d.Above {
			return i
		}
	}
	return len(bounds) - 1
}

// byScore adds and divides in the order of the parts, as the plan for all
// customers does; the conversions keep each step a float64 of its own.
func (e *evaluation) byScore(d dimension.Definition) Level {
	var sum, weight, total float64
	var lacks []string
	for _, part := range d.Score {
		total += part.Weight
		v := e.value(part.Of, 0)
		if v.Kind() == rule.KindAtLeast && part.IsEndFrom(v.Number()) {
			v = rule.Number(v.Number()) // however much more it is
		}
		if v.Kind() != rule.KindNumber {
			lacks = append(lacks, part.Of)
			if v.IsUnknown() {
				lacks = append(lacks[:len(lacks)-1], v.Missing()...)
			}
			continue
		}
		sum += float64(part.Clip(v.Number()) * part.Weight)
		weight += part.Weight
	}
	evidence := weight / total
	l := Level{Index: -1, Evidence: &evidence}
	need := d.MinEvidence
	if need == 0 {
		need = 1
	}
	if !(evidence >= need) || weight <= 0 {
		slices.Sort(lacks)
		l.Missing = slices.Compact(lacks)
		return l
	}
	score := rule.Tidy(sum / weight)
	l.Score, l.Index = &score, levelIndex(d, e.bounds(d), score)
	return l
}

func (e *evaluation) byPoints(d dimension.Definition) Level {
	var sum float64
	var lacks []string
	for _, p := range d.Points {
		switch v := p.When.Eval(e.lookup); {
		case v.IsTrue():
			sum += p.Points
		case v.IsUnknown():
			lacks = append(lacks, lacking(v, d.Name)...)
		}
	}
	if lacks != nil {
		slices.Sort(lacks)
		return Level{Index: -1, Missing: slices.Compact(lacks)}
	}
	sum = rule.Tidy(sum)
	return Level{Score: &sum, Index: levelIndex(d, e.bounds(d), sum)}
}

// byRules takes the first level whose rule is true. It cannot tell when an
// earlier rule is unknown, or when none is true.
func (e *evaluation) byRules(d dimension.Definition) Level {
	for i, l := range d.Levels {
		switch v := l.When.Eval(e.lookup); {
		case v.IsTrue():
			return Level{Index: i}
		case v.IsUnknown():
			return Level{Index: -1, Missing: lacking(v, d.Name)}
		}
	}
	return Level{Index: -1, Missing: []string{d.Name}}
}

// lacking returns what an unknown value lacks; nothing but the definition
// itself where its own arithmetic gave no number.
func lacking(v rule.Value, definition string) []string {
	if names := v.Missing(); len(names) > 0 {
		return names
	}
	return []string{definition}
}
