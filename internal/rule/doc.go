// Package rule reads and answers the conditions a strategy is written in, such
// as value == "high" && arr >= 100000.
//
// Compile checks a condition against declared variables and returns a tree of
// Nodes. Eval answers it for one customer; package query lowers the same tree
// to SQL. Both must agree on every input, so the set of operations is closed
// and what each does is stated once, at its Op.
//
// # Numbers, times, texts
//
// Every number is a float64. An operation that divides by zero, or whose
// result is not finite, is unknown. Times are microseconds of wall-clock time
// in the reporting zone, a date is its midnight, and both lie in the years 1 to
// 9999; durations are microseconds, and none is longer than that whole span. A
// result outside is unknown. Texts compare by their UTF-8 bytes.
//
// # Missing
//
// What is missing is Unknown, never zero and never false. And, Or and Not
// follow Kleene's logic:
//
//	false && unknown // false
//	true || unknown  // true
//	!unknown         // unknown
//
// Every other operation on an unknown operand is unknown, even where the answer
// would be the same whatever the value. Known and OrElse alone ask about it.
// Two laws follow, for conditions without those two: replacing an unknown by
// any value never changes an answer that was known, and evaluating more parts
// than needed never changes it either.
//
// # At least
//
// The value AtLeast(b) of a number is "more than b, we cannot see further
// back". Where a variable is an operand of a comparison, the bound settles what
// it can: against c, with c <= b, the variable is greater than c. Known is true
// of it. Everywhere else, OrElse included, it counts as unknown.
package rule
