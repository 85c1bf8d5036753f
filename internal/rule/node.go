package rule

import (
	"regexp"
	"slices"
)

// Op is what a node does with the values of its Args. The set is closed.
//
// Unless an Op says otherwise it is strict: unknown when any operand is, and
// then its names are those of all unknown operands.
type Op uint8

// The operations.
const (
	OpConst Op = iota // Value, never unknown
	OpVar             // the variable Name, as AgoDays days before the date asked for
	OpItem            // the item called Name that the enclosing OpExists or OpAll looks at

	OpAnd // two or more bools. False if any is false, else unknown if any is, else true
	OpOr  // two or more bools. True if any is true, else unknown if any is, else false
	OpNot // one bool
	OpIf  // condition, then, else: unknown when the condition is, else the branch's value

	// Two of one type. Eq and Ne take bool, number, text, time, duration; the
	// others not bool. Texts order by bytes. An AtLeast bound settles what it
	// can where the operand is an OpVar.
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe

	OpIn     // Args[0] equals one of the OpConst that follow, one or more of its type
	OpInList // text Args[0] is one of the items of text list Args[1]

	// Add takes numbers, durations, or a time and a duration in either order.
	// Sub takes numbers, durations, a time and a duration, or two times: a
	// duration. A result that is not finite or out of range is unknown.
	OpAdd
	OpSub
	OpMul // two numbers
	OpDiv // two numbers; unknown when the second is 0
	OpMod // two numbers: a - b*trunc(a/b) as C's fmod, with the sign of the first; unknown when the second is 0
	OpNeg // a number or a duration

	OpAbs   // |number|
	OpRound // a number to the nearest whole one, halves away from zero
	OpMin   // the least of two or more numbers, times or durations; strict
	OpMax   // the greatest of two or more; strict

	OpConcat     // two texts
	OpContains   // text Args[0] contains text Args[1]; the empty text is in every text
	OpStartsWith // text, prefix
	OpEndsWith   // text, suffix
	OpMatches    // text, an OpConst with an RE2 expression that matches somewhere in it
	OpSize       // Unicode code points of a text, or items of a text list
	OpLower      // A to Z become a to z, nothing else changes
	OpUpper      // a to z become A to Z, nothing else changes

	OpKnown  // never unknown: whether the operand is known, true for an OpVar with an AtLeast bound
	OpOrElse // Args[0] unless it is unknown, then Args[1]; two of one type

	// Args[0] is a text list and Args[1] a bool in which OpItem is each item in
	// turn; the two never nest. Unknown when the list is.
	OpExists // true if true for any item, else unknown if unknown for any, else false
	OpAll    // false if false for any item, else unknown if unknown for any, else true

	OpDays        // a number of days as a duration: trunc(days * 86400e6) microseconds
	OpDaysBetween // two times a, b: floor(b / 1 day) - floor(a / 1 day), negative when b is before a
	OpYear        // of a time: 1 to 9999
	OpMonth       // of a time: 1 to 12
	OpDay         // day of the month of a time: 1 to 31

	OpCall // the function Name of NewRowEnv, which package fact defines

	opCount
)

var opNames = [opCount]string{
	"const", "var", "item", "and", "or", "not", "if", "eq", "ne", "lt", "le", "gt", "ge", "in", "in_list",
	"add", "sub", "mul", "div", "mod", "neg", "abs", "round", "min", "max",
	"concat", "contains", "starts_with", "ends_with", "matches", "size", "lower", "upper",
	"known", "or_else", "exists", "all", "days", "days_between", "year", "month", "day", "call",
}

// String returns a stable lower_snake name.
func (op Op) String() string {
	if op >= opCount {
		return "none"
	}
	return opNames[op]
}

// IsComparison reports whether the Op compares two operands: Eq to Ge.
func (op Op) IsComparison() bool { return op >= OpEq && op <= OpGe }

// mirror returns the comparison with its sides exchanged.
func (op Op) mirror() Op {
	switch op {
	case OpLt:
		return OpGt
	case OpLe:
		return OpGe
	case OpGt:
		return OpLt
	case OpGe:
		return OpLe
	default:
		return op
	}
}

// Node is one operation of a checked condition. Nodes must not be changed.
type Node struct {
	Op      Op
	Type    Type
	Unit    Unit   // of a number
	Name    string // OpVar and OpItem; of OpExists and OpAll, what they call an item
	AgoDays int    // OpVar: how many days earlier, 0 for the date asked for
	Value   Value  // OpConst
	Args    []*Node

	// From and To delimit the characters of the source that the node and its
	// Args were read from, [From, To).
	From, To int

	levels  []string // the closed set of texts, nil is open
	literal bool     // no variable has a part in the value
	pattern *regexp.Regexp
}

// Walk calls visit for the node and all below it, parents first and from left
// to right, until visit returns false.
func (n *Node) Walk(visit func(*Node) bool) bool {
	if !visit(n) {
		return false
	}
	for _, a := range n.Args {
		if !a.Walk(visit) {
			return false
		}
	}
	return true
}

// hasLevels reports whether the texts come from a closed set, a literal aside.
func (n *Node) hasLevels() bool { return n.levels != nil && n.Op != OpConst }

// joinLevels returns the closed set of a choice between two texts: nil unless
// one is from a closed set and the other too, or a literal.
func joinLevels(a, b *Node) []string {
	if !a.hasLevels() && !b.hasLevels() {
		return nil
	}
	var joined []string
	for _, n := range []*Node{a, b} {
		switch {
		case n.hasLevels():
			joined = append(joined, n.levels...)
		case n.Op == OpConst && n.Type == TypeText:
			joined = append(joined, n.Value.Text())
		default:
			return nil
		}
	}
	slices.Sort(joined)
	return slices.Compact(joined)
}
