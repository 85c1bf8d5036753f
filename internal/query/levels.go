package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
)

// minGroup is the size under which a group uses the cut points of the whole
// base (SEMANTICS 16).
const minGroup = 20

// isRelative reports whether a level is cut where other customers stand.
func isRelative(l dimension.Level) bool {
	return l.Cut == dimension.Percentile || l.Cut == dimension.Cumulative
}

// cutPoints makes the steps that find the cut points of a dimension, joins
// them, and returns the cut of each level; nil for a level without one.
func (c *compiler) cutPoints(d dimension.Definition) ([]Expr, error) {
	relative := false
	for _, l := range d.Levels {
		relative = relative || isRelative(l)
	}
	if !relative {
		return nil, nil
	}
	of, ok := c.columns[d.Of]
	if !ok {
		return nil, fmt.Errorf("no %q for each %s", d.Of, c.req.Grain)
	}
	var groups []Expr
	for _, name := range d.Within {
		v, ok := c.columns[name]
		if !ok {
			return nil, fmt.Errorf("no %q for each %s", name, c.req.Grain)
		}
		groups = append(groups, v.Expr)
	}
	peers, err := c.peersOf(d, of.Expr, groups)
	if err != nil {
		return nil, err
	}
	c.cutStep("cuts_"+d.Name, d, peers, "the cut points within each "+fmt.Sprint(d.Within))
	if len(groups) > 0 {
		all := peers
		all.groups = nil
		all.only = c.smallGroups(d, peers)
		c.cutStep("cuts_"+d.Name+"_all", d, all, "the cut points over everybody, for groups under 20")
	}
	s := Select{Columns: []Column{star("c")}, From: from(c.current, "c")}
	var on []Expr
	for i, g := range groups {
		on = append(on, call(Eq, col("g", fmt.Sprintf("group_%d", i)), g))
	}
	join := Join{Kind: LeftJoin, Source: from("cuts_"+d.Name, "g"), On: all(on...)}
	if len(groups) == 0 {
		join.Kind = CrossJoin
	}
	s.Joins = append(s.Joins, join)
	if len(groups) > 0 {
		s.Joins = append(s.Joins, Join{Kind: CrossJoin, Source: from("cuts_"+d.Name+"_all", "a")})
	}
	cuts := make([]Expr, len(d.Levels))
	for i, l := range d.Levels {
		if !isRelative(l) {
			continue
		}
		name := fmt.Sprintf("cut_%s_%d", d.Name, i)
		e := Expr(col("g", fmt.Sprintf("cut_%d", i)))
		if len(groups) > 0 {
			e = when(call(Ge, col("g", "n"), lit(int64(minGroup))), e, col("a", fmt.Sprintf("cut_%d", i)))
		}
		s.Columns = append(s.Columns, as(name, e))
		cuts[i] = col("c", name)
		c.emit(ResultColumn{Name: name, Role: RoleCut, Of: d.Name, Type: rule.TypeNumber}, col("c", name))
	}
	c.current = c.plan.add("with_cuts_"+d.Name, "", s)
	return cuts, nil
}

// smallGroups makes the step that holds one row where some group is too small
// for cut points of its own, and none otherwise: those of everybody are found
// only when somebody is held against them. It returns "" where that is not known.
func (c *compiler) smallGroups(d dimension.Definition, p peers) string {
	if isCumulative(d) {
		return ""
	}
	name := "cuts_" + d.Name
	c.plan.Steps[len(c.plan.Steps)-1].Once = true
	small := []Expr{call(Lt, col("g", "n"), lit(int64(minGroup)))}
	for i := range p.groups {
		small = append(small, call(IsNull, col("g", fmt.Sprintf("group_%d", i))))
	}
	return c.plan.add(name+"_small", "whether a group is under 20", Select{
		Distinct: true, From: from(name, "g"), Columns: []Column{as("some", lit(true))}, Where: call(Or, small...),
	})
}

func isCumulative(d dimension.Definition) bool {
	return slices.ContainsFunc(d.Levels, func(l dimension.Level) bool { return l.Cut == dimension.Cumulative })
}

// cutStep finds the cut points of positive values for each group. Groups
// without such values have a row too where only percentiles are asked for.
func (c *compiler) cutStep(name string, d dimension.Definition, p peers, comment string) {
	if isCumulative(d) {
		c.cumulativeCuts(name, d, p, comment)
		return
	}
	positive := call(Gt, p.of, lit(float64(0)))
	s := Select{From: from(p.step, "c"), GroupBy: p.groups}
	value, counted := Expr(when(positive, p.of, nil)), Expr(positive)
	if len(p.groups) == 0 {
		s.Where, value, counted = positive, p.of, nil
	}
	if p.only != "" {
		s.Joins = append(s.Joins, Join{Kind: CrossJoin, Source: from(p.only, "s")})
	}
	var bounds []Expr
	of := Select{From: from(name+"_found", "f")}
	for i, g := range p.groups {
		group := fmt.Sprintf("group_%d", i)
		s.Columns, of.Columns = append(s.Columns, as(group, g)), append(of.Columns, as(group, col("f", group)))
	}
	of.Columns = append(of.Columns, as("n", col("f", "n")))
	for i, l := range d.Levels {
		if l.Cut == dimension.Percentile {
			bounds = append(bounds, lit(l.Bound))
			of.Columns = append(of.Columns, as(fmt.Sprintf("cut_%d", i), call(ListItem, col("f", "cuts"), lit(int64(len(bounds))))))
		}
	}
	s.Columns = append(s.Columns, as("n", Agg{Fn: CountRows, Filter: counted}),
		as("cuts", Agg{Fn: QuantileDisc, Args: []Expr{value, call(ListOf, bounds...)}}))
	c.plan.add(name+"_found", d.Name+": "+comment, s)
	c.plan.add(name, "", of)
}

// cumulativeCuts finds the values at which the largest have some share of all.
func (c *compiler) cumulativeCuts(name string, d dimension.Definition, p peers, comment string) {
	c.shareStep("shares_"+name, p)
	s := Select{From: from("shares_"+name, "c")}
	for i := range p.groups {
		g := col("c", fmt.Sprintf("group_%d", i))
		s.Columns, s.GroupBy = append(s.Columns, as(g.Name, g)), append(s.GroupBy, g)
	}
	s.Columns = append(s.Columns, as("n", Agg{Fn: CountRows}))
	for i, l := range d.Levels {
		column := fmt.Sprintf("cut_%d", i)
		switch l.Cut {
		case dimension.Percentile:
			s.Columns = append(s.Columns, as(column, Agg{Fn: QuantileDisc, Args: []Expr{col("c", "x"), lit(l.Bound)}}))
		case dimension.Cumulative:
			larger := call(ToDouble, call(Sub, col("c", "running"), col("c", "units")))
			in := call(Lt, larger, call(Mul, lit(l.Bound), call(ToDouble, col("c", "total"))))
			s.Columns = append(s.Columns, as(column, Agg{Fn: Min, Args: []Expr{col("c", "x")}, Filter: in}))
		}
	}
	c.plan.add(name, d.Name+": "+comment, s)
}

// shareStep sums the values from the largest down, in exact millionths.
func (c *compiler) shareStep(name string, p peers) {
	units := call(ToInt, call(RoundEven, call(Mul, p.of, lit(1e6))))
	s := Select{From: from(p.step, "c"), Where: call(Gt, p.of, lit(float64(0)))}
	s.Columns = []Column{as("x", p.of), as("units", units)}
	for i, g := range p.groups {
		s.Columns = append(s.Columns, as(fmt.Sprintf("group_%d", i), g))
	}
	s.Columns = append(s.Columns,
		as("running", Window{Fn: RunningSum, Args: []Expr{units}, PartitionBy: p.groups, OrderBy: []Order{{By: p.of, Desc: true}}}),
		as("total", Window{Fn: SumOver, Args: []Expr{units}, PartitionBy: p.groups}))
	c.plan.add(name, "values summed from the largest down", s)
}

// defineDimension adds a dimension's columns to the layer and returns what its
// name stands for.
func (c *compiler) defineDimension(l *layer, d dimension.Definition, cuts []Expr) (value, error) {
	name := "d_" + d.Name
	out := ResultColumn{Name: name, Role: RoleLevel, Of: d.Name, Type: rule.TypeText}
	if d.Form == dimension.ByTrait {
		v, err := l.scope.variable(d.Trait, 0)
		if err != nil {
			return value{}, err
		}
		if v.typ != rule.TypeText {
			v = value{Expr: call(ToText, v.Expr), typ: rule.TypeText}
		}
		l.add(name, v.Expr)
		out.Domain, out.Labels = v.domain, v.labels
		c.emit(out, col("c", name))
		v.Expr = col("c", name)
		return v, nil
	}
	pick, err := c.levelOf(l, d, cuts)
	if err != nil {
		return value{}, err
	}
	out.Labels = d.LevelNames()
	if !holds(d) {
		l.add(name, pick(nil))
	} else {
		c.wait(l, d, name, pick)
		out.Hash = c.defs.Hashes[d.Name]
	}
	level := c.pinned(out, col("c", name))
	c.emit(out, level)
	return value{Expr: level, typ: rule.TypeText, labels: out.Labels}, nil
}

// picking makes the level of today's value; where shift is not nil, by bounds
// that it moves.
type picking func(shift func(bound Expr) Expr) Expr

// wait leaves it to the steps that follow to say which level is held.
func (c *compiler) wait(l *layer, d dimension.Definition, name string, pick picking) {
	h := c.stand(holding{base: name, of: d.Name, hold: d.Hold, labels: d.LevelNames(), ordered: d.HasDirections(), margins: d.Ordered() && d.Hold.HasMargin()})
	l.add(h.column(HoldRaw), pick(nil))
	if h.margins {
		l.add(h.column(HoldUp), pick(func(bound Expr) Expr { return beyond(bound, d.Hold.Up, Add, d.Hold.Enter) }))
		l.add(h.column(HoldDown), pick(func(bound Expr) Expr { return beyond(bound, d.Hold.Down, Sub, d.Hold.Leave) }))
	}
	c.emitHold(h)
	c.waiting = append(c.waiting, h)
}

// beyond moves a bound by a margin.
func beyond(bound Expr, w dimension.Wait, way Fn, by func(float64) float64) Expr {
	if x, ok := bound.(Lit); ok {
		return lit(by(x.Value.(float64)))
	}
	margin := Expr(lit(w.Margin))
	if w.MarginShare {
		margin = call(Mul, margin, call(Abs, bound))
	}
	return call(way, bound, margin)
}

func (c *compiler) levelOf(l *layer, d dimension.Definition, cuts []Expr) (picking, error) {
	byBound := func(of value, cuts []Expr) picking {
		return func(shift func(Expr) Expr) Expr { return levelByBound(d, of, cuts, shift) }
	}
	switch d.Form {
	case dimension.ByBound:
		of, err := l.scope.variable(d.Of, 0)
		if err != nil {
			return nil, err
		}
		return byBound(of, cuts), nil
	case dimension.ByScore:
		score, evidence, err := c.score(l, d)
		if err != nil {
			return nil, err
		}
		l.add("score_"+d.Name, score)
		l.add("evidence_"+d.Name, evidence)
		c.emit(ResultColumn{Name: "score_" + d.Name, Role: RoleScore, Of: d.Name, Type: rule.TypeNumber}, col("c", "score_"+d.Name))
		c.emit(ResultColumn{Name: "evidence_" + d.Name, Role: RoleEvidence, Of: d.Name, Type: rule.TypeNumber}, col("c", "evidence_"+d.Name))
		return byBound(value{Expr: score}, nil), nil
	case dimension.ByPoints:
		points, err := c.points(l, d)
		if err != nil {
			return nil, err
		}
		l.add("score_"+d.Name, points)
		c.emit(ResultColumn{Name: "score_" + d.Name, Role: RoleScore, Of: d.Name, Type: rule.TypeNumber}, col("c", "score_"+d.Name))
		return byBound(value{Expr: points}, nil), nil
	}
	pick := Case{}
	for i, level := range d.Levels {
		v, err := lower(level.When, l.scope)
		if err != nil {
			return nil, err
		}
		pick.Whens = append(pick.Whens, When{v.Expr, lit(int64(i))}, When{call(IsNull, v.Expr), lit(nil)})
	}
	return func(func(Expr) Expr) Expr { return pick }, nil
}

// levelByBound is the index of the first level whose bound the value reaches.
// The last level has no bound; under relative cuts nothing above zero is its
// own last level.
func levelByBound(d dimension.Definition, of value, cuts []Expr, shift func(Expr) Expr) Expr {
	shifted := func(bound Expr) Expr {
		if shift == nil {
			return bound
		}
		return shift(bound)
	}
	reaches := Ge
	if d.Above {
		reaches = Gt
	}
	pick := Case{Whens: []When{{call(IsNull, of.Expr), lit(nil)}}}
	relative := len(cuts) > 0
	if relative {
		none := int64(len(d.LevelNames()) - 1)
		pick.Whens = append(pick.Whens, When{call(Le, of.Expr, lit(float64(0))), lit(none)})
	}
	for i, l := range d.Levels {
		bound := Expr(lit(l.Bound))
		if isRelative(l) {
			bound = cuts[i]
		}
		last := i == len(d.Levels)-1
		if last {
			pick.Else = lit(int64(i))
			break
		}
		pick.Whens = append(pick.Whens, When{call(reaches, of.Expr, shifted(bound)), lit(int64(i))})
	}
	if of.none == nil || len(d.Levels) == 0 {
		return pick
	}
	highest := Expr(lit(d.Levels[0].Bound))
	if relative {
		highest = cuts[0]
	}
	top := when(call(Ge, lit(of.bound), shifted(highest)), lit(int64(0)), nil)
	return when(of.none, top, pick)
}

// score returns the weighted score, from 0 to 1, and the share of the weight
// whose components are known.
func (c *compiler) score(l *layer, d dimension.Definition) (score, evidence Expr, err error) {
	total := 0.0
	for _, part := range d.Score {
		total += part.Weight
	}
	var sum, weight Expr
	for _, part := range d.Score {
		v, err := l.scope.variable(part.Of, 0)
		if err != nil {
			return nil, nil, err
		}
		scaled := call(Div, call(Sub, v.Expr, lit(part.From)), lit(part.To-part.From))
		clipped := call(Greatest, call(Least, scaled, lit(float64(1))), lit(float64(0)))
		weighted := when(call(IsNotNull, v.Expr), call(Mul, clipped, lit(part.Weight)), lit(float64(0)))
		known := when(call(IsNotNull, v.Expr), lit(part.Weight), lit(float64(0)))
		if v.none != nil && part.IsEndFrom(v.bound) { // more than the bound, and so at the end of the scale
			end := part.Clip(v.bound) * part.Weight
			weighted, known = when(v.none, lit(end), weighted), when(v.none, lit(part.Weight), known)
		}
		if sum == nil {
			sum, weight = weighted, known
			continue
		}
		sum, weight = call(Add, sum, weighted), call(Add, weight, known)
	}
	evidence = call(Div, weight, lit(total))
	need := d.MinEvidence
	if need == 0 {
		need = 1
	}
	enough := call(And, call(Ge, evidence, lit(need)), call(Gt, weight, lit(float64(0))))
	return when(enough, tidy(call(Div, sum, call(NullIfZero, weight))), nil), evidence, nil
}

// tidy is rule.Tidy for all customers.
func tidy(x Expr) Expr {
	rounded := call(Div, call(RoundEven, call(Mul, x, lit(float64(rule.TidyScale)))), lit(float64(rule.TidyScale)))
	return when(call(Lt, call(Abs, x), lit(float64(rule.TidyBelow))), rounded, x)
}

// points sums the points of the rules that are true; unknown when any rule is.
func (c *compiler) points(l *layer, d dimension.Definition) (Expr, error) {
	var sum Expr = lit(float64(0))
	for _, p := range d.Points {
		v, err := lower(p.When, l.scope)
		if err != nil {
			return nil, err
		}
		part := Case{Whens: []When{{v.Expr, lit(p.Points)}, {call(Not, v.Expr), lit(float64(0))}}}
		sum = call(Add, sum, part)
	}
	return tidy(sum), nil
}
