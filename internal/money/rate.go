package money

// Rate turns minor units of one currency into minor units of another: times
// Millionths, divided by Divisor, a power of ten, and rounded half to even.
type Rate struct{ Millionths, Divisor int64 }

// RateOf returns the rate between the minor units of two currencies, given how
// many millionths of the second one's major unit the first one's buys.
func RateOf(from, to Currency, millionths int64) Rate {
	divisor := int64(1)
	for range 6 + from.Exponent() - to.Exponent() {
		divisor *= 10
	}
	return Rate{Millionths: millionths, Divisor: divisor}
}
