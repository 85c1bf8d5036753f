package money

import "math"

// MinorRate returns what one minor unit of a currency is worth in minor units
// of another, given the rate between their major units: how many of the second
// one of the first buys.
func MinorRate(from, to Currency, rate float64) float64 {
	return rate * math.Pow10(to.Exponent()-from.Exponent())
}
