package explain

import (
	"math"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
)

func truthOf(v rule.Value) Truth {
	switch {
	case v.IsTrue():
		return Yes
	case v.IsFalse():
		return No
	default:
		return Maybe
	}
}

// condition turns a traced rule into words, values and answers.
func (e *evaluation) condition(t *rule.Trace) Condition {
	c := Condition{Words: e.m.say(t.Node), Truth: truthOf(t.Value)}
	switch t.Node.Op {
	case rule.OpConst:
		if t.Value.IsTrue() {
			c.Words = "everyone who is left"
		}
	case rule.OpAnd, rule.OpOr:
		c.Join = map[rule.Op]string{rule.OpAnd: "all", rule.OpOr: "any"}[t.Node.Op]
		for _, a := range t.Args {
			c.Parts = append(c.Parts, e.condition(a))
		}
		return c
	case rule.OpNot:
		if inner := t.Args[0]; inner.Node.Op == rule.OpAnd || inner.Node.Op == rule.OpOr {
			c.Join = "not"
			c.Parts = []Condition{e.condition(inner)}
			return c
		}
	}
	c.Detail = e.detail(t)
	return c
}

// deciders returns the parts that make the whole what it is: what is false of
// a false "and", what is unknown of an unknown one.
func deciders(t *rule.Trace) []*rule.Trace {
	if t.Node.Op != rule.OpAnd && t.Node.Op != rule.OpOr {
		return []*rule.Trace{t}
	}
	var list []*rule.Trace
	for _, a := range t.Args {
		if truthOf(a.Value) == truthOf(t.Value) {
			list = append(list, deciders(a)...)
		}
	}
	return list
}

// detail says which values stand behind a condition without parts, or what is
// missing.
func (e *evaluation) detail(t *rule.Trace) string {
	if t.Value.IsUnknown() {
		return "can't tell: " + e.lacksWords(t)
	}
	var parts []string
	seen := map[string]bool{}
	t.Node.Walk(func(n *rule.Node) bool {
		key := Earlier(n.Name, n.AgoDays)
		if n.Op == rule.OpVar && !seen[key] && n.Name != asOf {
			seen[key] = true
			parts = append(parts, e.brief(n.Name, n.AgoDays))
		}
		return true
	})
	return strings.Join(parts, "; ")
}

// lacksWords says why a traced condition is unknown.
func (e *evaluation) lacksWords(t *rule.Trace) string {
	if names := t.Value.Missing(); len(names) > 0 {
		return e.reasons(names)
	}
	if zero := zeroDivisor(t); zero != nil {
		return e.m.say(zero) + " is 0"
	}
	return t.Value.Note()
}

// brief says what a name stands at: "ARR $84,000", or a level with what it is
// cut from.
func (e *evaluation) brief(name string, ago int) string {
	if d, ok := e.m.dimensions[name]; ok {
		return e.lensBrief(d)
	}
	v := e.value(name, ago)
	key := Earlier(name, ago)
	if v.IsUnknown() {
		return e.m.inner(key) + ": " + e.reason(key)
	}
	return e.m.label(key) + " " + e.m.show(name, v)
}

// refusals says why a rule is false or cannot be told, each reason once.
func (e *evaluation) refusals(t *rule.Trace) string {
	var list []string
	for _, part := range deciders(t) {
		if text := e.refusal(part); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, "; ")
}

// refusal says why a deciding part is not so: "value is medium, not high (ARR
// is $16,000 short)".
func (e *evaluation) refusal(t *rule.Trace) string {
	n := t.Node
	switch {
	case t.Value.IsUnknown():
		return "can't tell whether " + e.m.say(n) + ": " + e.lacksWords(t)
	case n.Op == rule.OpVar:
		return e.m.inner(n.Name) + " is no"
	case n.Op == rule.OpNot && n.Args[0].Op == rule.OpVar:
		return e.m.inner(n.Args[0].Name) + " is yes"
	case n.Op.IsComparison() || n.Op == rule.OpIn:
		if s := e.comparisonRefusal(t); s != "" {
			return s
		}
	}
	text := e.m.say(&rule.Node{Op: rule.OpNot, Type: rule.TypeBool, Args: []*rule.Node{n}})
	if values := e.detail(t); values != "" {
		text += " (" + values + ")"
	}
	return text
}

// comparisonRefusal says what the left side is instead; "" where the right one
// is no fixed value.
func (e *evaluation) comparisonRefusal(t *rule.Trace) string {
	n, left, right := t.Node, t.Args[0], t.Args[1]
	if left.Node.Op == rule.OpConst && n.Op != rule.OpIn {
		left, right = right, left
	}
	if right.Node.Op != rule.OpConst {
		return ""
	}
	text := e.m.say(left.Node) + " is " + e.m.showBeside(left.Node, left.Value)
	if left.Value.Type() == rule.TypeBool {
		return text
	}
	var names, wants []string
	for _, a := range n.Args {
		if a.Op == rule.OpConst {
			names, wants = append(names, a.Value.Text()), append(wants, e.m.showBeside(left.Node, a.Value))
		}
	}
	switch n.Op {
	case rule.OpNe:
	case rule.OpEq, rule.OpIn:
		text += ", not " + orList(wants)
	default:
		text += ", not " + strings.TrimPrefix(e.m.say(n), e.m.say(left.Node)+" is ")
	}
	gap := ""
	if d, ok := e.m.dimensions[left.Node.Name]; ok && left.Node.Op == rule.OpVar {
		if n.Op == rule.OpNe {
			names = slices.DeleteFunc(d.LevelNames(), func(level string) bool { return level == names[0] })
		}
		if gap = e.gapTo(d, names); n.Op == rule.OpNe && d.Form == dimension.ByRules {
			gap = e.levelRule(d)
		}
	} else if left.Value.Kind() == rule.KindNumber && n.Op.IsComparison() {
		gap = e.gapWords(left.Value.Number(), right.Value.Number(), e.m.unitBeside(left.Node))
	}
	if gap != "" {
		text += " (" + gap + ")"
	}
	return text
}

// gapWords says how far a number is from what it should reach: "$16,000
// short".
func (e *evaluation) gapWords(x, bound float64, u rule.Unit) string {
	switch {
	case x == bound || u == rule.UnitDays && rule.NoDays(x):
		return ""
	case x < bound:
		return e.m.gap(bound-x, u) + " short"
	default:
		return e.m.gap(x-bound, u) + " over"
	}
}

// showBeside returns a value as it looks beside what a node stands for.
func (m *model) showBeside(n *rule.Node, v rule.Value) string {
	if n.Op == rule.OpVar {
		return m.show(n.Name, v)
	}
	if v.Kind() == rule.KindNumber {
		return m.quantity(v.Number(), n.Unit)
	}
	return m.show("", v)
}

// unitBeside returns the unit that a number gets beside what a node stands for.
func (m *model) unitBeside(n *rule.Node) rule.Unit {
	if n.Op == rule.OpVar {
		return m.saidUnit(n.Name)
	}
	return n.Unit
}

func orList(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// shareOf returns a difference as a share of the present value, nil where that
// is 0 or next to it.
func shareOf(by, now float64) *float64 {
	share := abs(by) / abs(now)
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return nil
	}
	return &share
}
