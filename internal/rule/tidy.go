package rule

import "math"

// What a number is tidied by: results of arithmetic below a million are whole
// multiples of a billionth.
const (
	TidyBelow = 1e6
	TidyScale = 1e9
)

// Tidy takes off what binary fractions leave behind, so that a result that is
// 0.3 by hand is 0.3 where it meets a bound: 11.0/10 - 1 is 0.1. It is the same
// arithmetic that query writes for all customers. Numbers from a million on are
// left as they are.
func Tidy(x float64) float64 {
	if !(math.Abs(x) < TidyBelow) {
		return x
	}
	return math.RoundToEven(x*TidyScale) / TidyScale
}

// Computes reports whether a number is the result of arithmetic, and not what
// another name stands for.
func (x *Expr) Computes() bool {
	return x.root.Type == TypeNumber && x.root.Op != OpVar && x.root.Op != OpConst
}
