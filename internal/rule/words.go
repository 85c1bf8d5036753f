package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Words returns the condition as a sentence part without the notation of the
// language:
//
//	value == "high" && potential != "low"   value is high and potential is not low
//	arr >= 20000                            ARR is at least $20,000
//
// The title of a name says what screens call it. Show says how a value looks
// beside the named variable; the name is empty where the value stands beside
// none. Either may be nil: then names stand as they are, and values in plain
// figures.
func (n *Node) Words(title func(name string) string, show func(name string, v Value) string) string {
	w := speaker{title: title, show: show}
	if title == nil {
		w.title = func(name string) string { return name }
	}
	if show == nil {
		w.show = func(_ string, v Value) string { return Plain(v) }
	}
	return w.say(n, nil)
}

// MostDays is more than the days between any two that an export can hold, and
// less than those from any of them to the day that stands for none.
const MostDays = 2_500_000.0

// NoDays reports whether a number of days leads to or from a day that there is
// none, as the end of a contract that runs on. It lies beyond every bound.
func NoDays(days float64) bool { return math.Abs(days) >= MostDays }

type speaker struct {
	title func(string) string
	show  func(string, Value) string
	item  string // what an item of the list at hand is called
}

// comparisonWords hold, for each comparison, what stands between its sides:
// for quantities, and for times.
var comparisonWords = map[Op][2]string{
	OpEq: {"is", "is"}, OpNe: {"is not", "is not"},
	OpLt: {"is less than", "is before"}, OpLe: {"is at most", "is on or before"},
	OpGt: {"is more than", "is after"}, OpGe: {"is at least", "is on or after"},
}

// verbWords hold, for the tests of texts, what stands between the sides, said
// of one that passes and of one that does not.
var verbWords = map[Op][2]string{
	OpContains:   {"contains", "does not contain"},
	OpStartsWith: {"starts with", "does not start with"},
	OpEndsWith:   {"ends with", "does not end with"},
	OpMatches:    {"matches the pattern", "does not match the pattern"},
}

// formWords hold the words around the single operand of a function.
var formWords = map[Op]string{
	OpNeg: "−%s", OpAbs: "%s without its sign", OpRound: "%s, rounded", OpLower: "%s in small letters", OpUpper: "%s in capitals",
	OpDays: "%s days", OpYear: "the year of %s", OpMonth: "the month of %s", OpDay: "the day of the month of %s",
}

// say returns the words of a node. Beside is the node whose variable decides
// how a constant looks; it may be nil.
func (w *speaker) say(n, beside *Node) string {
	switch n.Op {
	case OpConst:
		return w.constant(n, beside)
	case OpVar:
		if n.AgoDays > 0 {
			return fmt.Sprintf("%s %s ago", w.title(n.Name), dayWords(n.AgoDays))
		}
		return w.title(n.Name)
	case OpItem:
		return w.item
	case OpAnd, OpOr:
		return w.join(n)
	case OpNot:
		return w.deny(n.Args[0])
	case OpIf:
		return fmt.Sprintf("(if %s then %s, else %s)", w.say(n.Args[0], nil), w.say(n.Args[1], n.Args[2]), w.say(n.Args[2], n.Args[1]))
	case OpIn, OpInList, OpContains, OpStartsWith, OpEndsWith, OpMatches, OpKnown:
		return w.test(n, true)
	case OpOrElse:
		return fmt.Sprintf("%s (%s if missing)", w.say(n.Args[0], n.Args[1]), w.say(n.Args[1], n.Args[0]))
	case OpExists, OpAll:
		return w.quantified(n)
	case OpMin, OpMax:
		return w.extreme(n)
	case OpSize:
		if n.Args[0].Type == TypeTextList {
			return "the number of " + w.say(n.Args[0], nil)
		}
		return "the length of " + w.say(n.Args[0], nil)
	case OpCall:
		parts := make([]string, len(n.Args))
		for i, a := range n.Args {
			parts[i] = w.say(a, nil)
		}
		return n.Name + " of " + strings.Join(parts, ", ")
	case OpDaysBetween:
		return fmt.Sprintf("the days from %s to %s", w.say(n.Args[0], nil), w.say(n.Args[1], nil))
	}
	if n.Op.IsComparison() {
		return w.comparison(n.Op, n)
	}
	if form, ok := formWords[n.Op]; ok {
		return fmt.Sprintf(form, w.operand(n.Args[0], n, false))
	}
	return w.sum(n)
}

func (w *speaker) constant(n, beside *Node) string {
	if n.Type == TypeBool && beside == nil {
		if n.Value.IsTrue() {
			return "always"
		}
		return "never"
	}
	name := ""
	if beside != nil && beside.Op == OpYear {
		return formatNumber(n.Value.Number())
	}
	if beside != nil {
		beside.Walk(func(v *Node) bool {
			if v.Op == OpVar && v.Type == n.Type && (v == beside || v.Unit == beside.Unit && v.Unit != UnitNone) {
				name = v.Name
			}
			return name == ""
		})
	}
	return w.show(name, n.Value)
}

// join says "and" or "or"; a part of the other kind stands in brackets.
func (w *speaker) join(n *Node) string {
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		parts[i] = w.say(a, nil)
		if a.Op == OpAnd || a.Op == OpOr {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " "+n.Op.String()+" ")
}

// negated are the comparisons that say the opposite, unknown included.
var negated = map[Op]Op{OpEq: OpNe, OpNe: OpEq, OpLt: OpGe, OpLe: OpGt, OpGt: OpLe, OpGe: OpLt}

// deny says the opposite of a condition.
func (w *speaker) deny(n *Node) string {
	switch n.Op {
	case OpNot:
		return w.say(n.Args[0], nil)
	case OpIn, OpInList, OpContains, OpStartsWith, OpEndsWith, OpMatches, OpKnown:
		return w.test(n, false)
	case OpAnd, OpOr, OpExists, OpAll:
		return "not (" + w.say(n, nil) + ")"
	}
	if n.Op.IsComparison() {
		return w.comparison(negated[n.Op], n)
	}
	return "not " + w.say(n, nil)
}

func (w *speaker) comparison(op Op, n *Node) string {
	a, b := n.Args[0], n.Args[1]
	if a.Op == OpConst && b.Op != OpConst {
		a, b, op = b, a, op.mirror()
	}
	if b.Op == OpConst && b.Type == TypeBool {
		if b.Value.IsTrue() == (op == OpEq) {
			return w.say(a, nil)
		}
		return w.deny(a)
	}
	words := comparisonWords[op][0]
	if a.Type == TypeTime {
		words = comparisonWords[op][1]
	}
	return w.say(a, b) + " " + words + " " + w.say(b, a)
}

// test says whether a text or list passes, or with passes false that it does
// not.
func (w *speaker) test(n *Node, passes bool) string {
	pick := func(yes, no string) string {
		if passes {
			return yes
		}
		return no
	}
	first := n.Args[0]
	switch n.Op {
	case OpKnown:
		return w.say(first, nil) + pick(" is known", " is missing")
	case OpInList:
		return w.say(n.Args[1], nil) + pick(" include ", " do not include ") + w.say(first, n.Args[1])
	case OpIn:
		switch len(n.Args) {
		case 2:
			return w.say(first, nil) + pick(" is ", " is not ") + w.say(n.Args[1], first)
		case 3:
			return w.say(first, nil) + pick(" is ", " is neither ") + w.enumerate(n.Args[1:], first, pick("or", "nor"))
		}
		return w.say(first, nil) + pick(" is one of ", " is none of ") + w.enumerate(n.Args[1:], first, "or")
	default:
		return w.say(first, n.Args[1]) + " " + pick(verbWords[n.Op][0], verbWords[n.Op][1]) + " " + w.say(n.Args[1], first)
	}
}

func (w *speaker) enumerate(nodes []*Node, beside *Node, and string) string {
	parts := make([]string, len(nodes))
	for i, a := range nodes {
		parts[i] = w.say(a, beside)
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " " + and + " " + parts[last]
}

// quantified says a condition of the items. One that mentions the item once
// reads as a sentence about it.
func (w *speaker) quantified(n *Node) string {
	list, mentions := w.say(n.Args[0], nil), 0
	n.Args[1].Walk(func(v *Node) bool {
		if v.Op == OpItem {
			mentions++
		}
		return true
	})
	which := map[Op]string{OpExists: "one of ", OpAll: "each of "}[n.Op] + list
	inner := *w
	if mentions == 1 && n.Args[1].Op != OpAnd && n.Args[1].Op != OpOr {
		inner.item = which
		return inner.say(n.Args[1], nil)
	}
	inner.item = "it"
	return "for " + which + ": (" + inner.say(n.Args[1], nil) + ")"
}

func (w *speaker) extreme(n *Node) string {
	words := map[Op][2]string{OpMin: {"the smaller", "the smallest"}, OpMax: {"the larger", "the largest"}}[n.Op]
	if n.Type == TypeTime {
		words = map[Op][2]string{OpMin: {"the earlier", "the earliest"}, OpMax: {"the later", "the latest"}}[n.Op]
	}
	beside, which := n.Args[0], words[0]
	if beside.Op == OpConst {
		beside = n.Args[1]
	}
	if len(n.Args) > 2 {
		which = words[1]
	}
	return which + " of " + w.enumerate(n.Args, beside, "and")
}

var signWords = map[Op]string{OpAdd: " + ", OpSub: " − ", OpMul: " × ", OpDiv: " ÷ ", OpConcat: " followed by "}

// sum says arithmetic with its signs, and dates before and after one another.
func (w *speaker) sum(n *Node) string {
	a, b := n.Args[0], n.Args[1]
	switch {
	case n.Op == OpMod:
		return fmt.Sprintf("the remainder of %s ÷ %s", w.operand(a, n, false), w.operand(b, n, true))
	case n.Op == OpSub && n.Type == TypeDuration && a.Type == TypeTime:
		return fmt.Sprintf("the time from %s to %s", w.say(b, a), w.say(a, b))
	case n.Type == TypeTime && a.Type == TypeTime:
		return w.say(b, nil) + map[Op]string{OpAdd: " after ", OpSub: " before "}[n.Op] + w.say(a, nil)
	case n.Type == TypeTime:
		return w.say(a, nil) + " after " + w.say(b, nil)
	}
	return w.operand(a, n, false) + signWords[n.Op] + w.operand(b, n, true)
}

// operand puts brackets around arithmetic inside of stronger arithmetic.
func (w *speaker) operand(n, above *Node, right bool) string {
	var beside *Node
	if above.Op == OpAdd || above.Op == OpSub {
		beside = above.Args[0]
		if beside == n {
			beside = above.Args[len(above.Args)-1]
		}
	}
	s := w.say(n, beside)
	inner, outer := strength(n.Op), strength(above.Op)
	if inner > 0 && (inner < outer || inner == outer && right) {
		return "(" + s + ")"
	}
	return s
}

func strength(op Op) int {
	switch op {
	case OpAdd, OpSub:
		return 1
	case OpMul, OpDiv, OpMod:
		return 2
	case OpNeg, OpAbs, OpRound, OpDays:
		return 3
	default:
		return 0
	}
}

func dayWords(days int) string {
	if days == 1 {
		return "1 day"
	}
	return strconv.Itoa(days) + " days"
}

// Plain returns a value as one would write it without knowing the project:
// 20,000, 28 days, yes, 2026-01-31. Texts stand without quotes.
func Plain(v Value) string {
	switch v.kind {
	case KindBool:
		if v.IsTrue() {
			return "yes"
		}
		return "no"
	case KindNumber:
		return groupDigits(formatNumber(v.Number()))
	case KindText:
		if v.text == "" {
			return "empty"
		}
		return v.text
	case KindDuration:
		if us := v.Micros(); us%dayMicros == 0 {
			return dayWords(int(us / dayMicros))
		}
		return v.String()
	case KindList:
		if len(v.List()) == 0 {
			return "none"
		}
		items := make([]string, len(v.List()))
		for i, item := range v.List() {
			items[i] = Plain(Text(item))
		}
		return strings.Join(items, ", ")
	case KindAtLeast:
		return "more than " + groupDigits(formatNumber(v.Number()))
	case KindUnknown:
		return "not known"
	default:
		return v.String()
	}
}

// groupDigits writes 20000 as 20,000.
func groupDigits(s string) string {
	whole, rest, _ := strings.Cut(s, ".")
	if strings.Contains(s, "e") || len(strings.TrimPrefix(whole, "-")) <= 3 {
		return s
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if rest != "" {
		return sign + b.String() + "." + rest
	}
	return sign + b.String()
}
