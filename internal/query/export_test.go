package query

import "github.com/segue-cs/segue/internal/rule"

// MayBe says whether a condition may be true, false or unknown for a row of a
// source in which no column is empty that the source gives.
func MayBe(x *rule.Expr, source Coverage) (true_, false_, unknown bool) {
	o := outcomes(x.Root(), source)
	return o&isTrue != 0, o&isFalse != 0, o&isUnknown != 0
}
