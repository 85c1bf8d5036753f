package spec

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/rule"
)

// maxWorlds is how many combinations are tried at most. More than that are
// left to the eyes of people.
const maxWorlds = 50_000

// worlds are all combinations of values that make a difference to some
// conditions: of a variable compared with constants, one value between each
// two of them; of a level, each; of anything else, true and false. Data is
// complete in a world. Combinations that no customer can have may be among
// them, but none that one can have is missing.
type worlds struct {
	levels func(name string) []string // closed sets, nil is open
	axes   map[string]*axis
	order  []*axis // by key
}

// axis is what one variable, or one part of a condition, can be.
type axis struct {
	key     string
	bounds  []float64 // of a number or a time
	texts   []string  // of a text
	isFlag  bool
	choices int
	at      int // the choice of the present world
}

// newWorlds returns the worlds that tell the conditions apart, nil when there
// are too many.
func newWorlds(levels func(string) []string, conditions []*rule.Expr) *worlds {
	w := &worlds{levels: levels, axes: map[string]*axis{}}
	for _, x := range conditions {
		w.collect(x.Root())
	}
	count := 1
	for _, key := range slices.Sorted(maps.Keys(w.axes)) {
		a := w.axes[key]
		a.settle(levels)
		w.order = append(w.order, a)
		if count *= a.choices; count > maxWorlds {
			return nil
		}
	}
	return w
}

func (a *axis) settle(levels func(string) []string) {
	switch {
	case a.bounds != nil:
		slices.Sort(a.bounds)
		a.bounds = slices.Compact(a.bounds)
		a.choices = 2*len(a.bounds) + 1
	case a.texts != nil:
		if closed := levels(a.key); closed != nil {
			a.texts, a.choices = closed, len(closed)
			return
		}
		slices.Sort(a.texts)
		a.texts = slices.Compact(a.texts)
		a.choices = len(a.texts) + 1 // and any other
	default:
		a.choices = 2
	}
}

// each calls visit in every world until it returns false.
func (w *worlds) each(visit func() bool) {
	for {
		if !visit() {
			return
		}
		i := 0
		for ; i < len(w.order); i++ {
			a := w.order[i]
			if a.at++; a.at < a.choices {
				break
			}
			a.at = 0
		}
		if i == len(w.order) {
			return
		}
	}
}

// axis returns the axis of that key, made at first use.
func (w *worlds) axis(key string) *axis {
	if w.axes[key] == nil {
		w.axes[key] = &axis{key: key}
	}
	return w.axes[key]
}

// collect adds the axes of a condition.
func (w *worlds) collect(n *rule.Node) {
	switch n.Op {
	case rule.OpAnd, rule.OpOr, rule.OpNot, rule.OpIf:
		for _, a := range n.Args {
			w.collect(a)
		}
		return
	case rule.OpConst:
		return
	}
	name, constants, ok := comparison(n)
	if !ok {
		w.axis(keyOf(n)).isFlag = true
		return
	}
	a := w.axis(name)
	for _, c := range constants {
		if c.Type == rule.TypeText {
			a.texts = append(a.texts, c.Value.Text())
		} else {
			a.bounds = append(a.bounds, numberOf(c.Value))
		}
	}
}

// comparison takes a comparison of one variable with constants apart.
func comparison(n *rule.Node) (name string, constants []*rule.Node, ok bool) {
	if !n.Op.IsComparison() && n.Op != rule.OpIn {
		return "", nil, false
	}
	for _, a := range n.Args {
		switch {
		case a.Op == rule.OpVar && name == "":
			name = keyOf(a)
		case a.Op == rule.OpConst:
			constants = append(constants, a)
		default:
			return "", nil, false
		}
	}
	if name == "" || len(constants) != len(n.Args)-1 {
		return "", nil, false
	}
	switch constants[0].Type {
	case rule.TypeNumber, rule.TypeTime:
		return name, constants, true
	case rule.TypeText:
		return name, constants, n.Op == rule.OpEq || n.Op == rule.OpNe || n.Op == rule.OpIn
	}
	return "", nil, false
}

func numberOf(v rule.Value) float64 {
	if v.Kind() == rule.KindTime {
		return float64(v.Micros())
	}
	return v.Number()
}

// keyOf tells parts of conditions apart: equal parts have equal keys.
func keyOf(n *rule.Node) string {
	var b strings.Builder
	switch n.Op {
	case rule.OpVar:
		b.WriteString(n.Name)
		if n.AgoDays > 0 {
			fmt.Fprintf(&b, " %d days ago", n.AgoDays)
		}
		return b.String()
	case rule.OpConst:
		return n.Value.String()
	}
	b.WriteString(n.Op.String() + " " + n.Name + "(")
	for _, a := range n.Args {
		b.WriteString(keyOf(a) + ", ")
	}
	return b.String() + ")"
}

// holds reports whether the condition is true in the present world.
func (w *worlds) holds(n *rule.Node) bool {
	switch n.Op {
	case rule.OpAnd:
		return !slices.ContainsFunc(n.Args, func(a *rule.Node) bool { return !w.holds(a) })
	case rule.OpOr:
		return slices.ContainsFunc(n.Args, w.holds)
	case rule.OpNot:
		return !w.holds(n.Args[0])
	case rule.OpIf:
		if w.holds(n.Args[0]) {
			return w.holds(n.Args[1])
		}
		return w.holds(n.Args[2])
	case rule.OpConst:
		return n.Value.IsTrue()
	}
	name, constants, ok := comparison(n)
	if !ok {
		return w.axes[keyOf(n)].at == 1
	}
	a := w.axes[name]
	return slices.ContainsFunc(constants, func(c *rule.Node) bool {
		order := a.compare(c)
		if n.Args[0].Op == rule.OpConst {
			order = -order
		}
		return settles(n.Op, order)
	})
}

// settles reports whether a comparison is true of two values in that order.
func settles(op rule.Op, order int) bool {
	switch op {
	case rule.OpNe:
		return order != 0
	case rule.OpLt:
		return order < 0
	case rule.OpLe:
		return order <= 0
	case rule.OpGt:
		return order > 0
	case rule.OpGe:
		return order >= 0
	}
	return order == 0
}

// compare returns how the variable's present value stands to a constant. Texts
// are only equal or not.
func (a *axis) compare(c *rule.Node) int {
	if c.Type != rule.TypeText {
		return cmp.Compare(a.number(), numberOf(c.Value))
	}
	if a.at < len(a.texts) && a.texts[a.at] == c.Value.Text() {
		return 0
	}
	return 1
}

// number returns the present value: below the first bound, at it, between it
// and the next, and so on.
func (a *axis) number() float64 {
	i := a.at / 2
	switch {
	case a.at%2 == 1:
		return a.bounds[i]
	case i == 0:
		return math.Inf(-1)
	case i == len(a.bounds):
		return math.Inf(1)
	}
	return a.bounds[i-1] + (a.bounds[i]-a.bounds[i-1])/2
}

// example describes the present world in a few words.
func (w *worlds) example() string {
	var parts []string
	for _, a := range w.order {
		switch {
		case a.texts != nil && a.at < len(a.texts):
			parts = append(parts, fmt.Sprintf("%s %q", a.key, a.texts[a.at]))
		case a.texts != nil:
			parts = append(parts, a.key+" anything else")
		case a.bounds != nil && a.bounds[0] < 1e12:
			parts = append(parts, a.key+" "+a.describe())
		}
	}
	if len(parts) > 3 {
		parts = parts[:3]
	}
	return strings.Join(parts, ", ")
}

func (a *axis) describe() string {
	figure := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	i := a.at / 2
	switch {
	case a.at%2 == 1:
		return figure(a.bounds[i])
	case i == 0:
		return "below " + figure(a.bounds[0])
	case i == len(a.bounds):
		return "above " + figure(a.bounds[i-1])
	}
	return "between " + figure(a.bounds[i-1]) + " and " + figure(a.bounds[i])
}
