// Package money holds amounts: whole minor units with their currency, so that
// sums are exact and two currencies never meet unnoticed.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// ErrCurrencies is returned when amounts of two currencies meet.
var ErrCurrencies = errors.New("amounts of two currencies")

// Currency is an ISO 4217 code in capitals, such as "USD".
type Currency string

// exponents lists the currencies whose minor unit is not a hundredth.
// Source: ISO 4217, list one.
var exponents = map[Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// ParseCurrency reads a code of three letters in either case.
func ParseCurrency(s string) (Currency, error) {
	code := strings.ToUpper(strings.TrimSpace(s))
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("read currency %q: want three letters, such as USD", s)
	}
	return Currency(code), nil
}

// Exponent returns the number of decimals of the minor unit: USD 2, JPY 0,
// BHD 3.
func (c Currency) Exponent() int {
	if e, ok := exponents[c]; ok {
		return e
	}
	return 2
}

// Minor returns a number of major units in minor units, rounded half to even.
func (c Currency) Minor(major float64) int64 {
	return int64(math.RoundToEven(major * math.Pow10(c.Exponent())))
}

// Symbol returns "$" for USD and the like, or the code and a space.
func (c Currency) Symbol() string {
	switch c {
	case "USD":
		return "$"
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "JPY":
		return "¥"
	case "":
		return ""
	}
	return string(c) + " "
}

// Amount is a number of minor units of one currency.
type Amount struct {
	Minor    int64
	Currency Currency
}

// FromMajor returns the amount nearest to a number of major units, ties to
// even. It is nothing for NaN and infinity, and the largest amount that there
// is for what lies beyond.
func FromMajor(major float64, c Currency) Amount {
	r := new(big.Rat)
	if r.SetFloat64(major) == nil {
		return Amount{Currency: c}
	}
	return Amount{Minor: roundHalfEven(r.Mul(r, scale(c.Exponent()))), Currency: c}
}

// Major returns the amount in major units, the form in which rules see it.
func (a Amount) Major() float64 {
	f, _ := new(big.Rat).Quo(new(big.Rat).SetInt64(a.Minor), scale(a.Currency.Exponent())).Float64()
	return f
}

// Add returns the sum, or ErrCurrencies.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("add %s to %s: %w", b.Currency, a.Currency, ErrCurrencies)
	}
	return Amount{Minor: a.Minor + b.Minor, Currency: a.Currency}, nil
}

// String returns "$1,234.50": all decimals of the currency, groups of three.
func (a Amount) String() string {
	exponent := a.Currency.Exponent()
	digits := strconv.FormatInt(a.Minor, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for len(digits) <= exponent {
		digits = "0" + digits
	}
	whole, part := digits[:len(digits)-exponent], digits[len(digits)-exponent:]
	out := sign + a.Currency.Symbol() + group(whole)
	if part != "" {
		out += "." + part
	}
	return out
}

// Rounded returns the amount without decimals, ties to even: "$1,234".
func (a Amount) Rounded() string {
	r := new(big.Rat).Quo(new(big.Rat).SetInt64(a.Minor), scale(a.Currency.Exponent()))
	whole := strconv.FormatInt(roundHalfEven(r), 10)
	if strings.HasPrefix(whole, "-") {
		return "-" + a.Currency.Symbol() + group(whole[1:])
	}
	return a.Currency.Symbol() + group(whole)
}

func group(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func scale(exponent int) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil))
}

// roundHalfEven returns the whole number nearest to r, ties to even.
func roundHalfEven(r *big.Rat) int64 {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	twice.Add(twice, r.Denom())
	double := new(big.Int).Mul(r.Denom(), big.NewInt(2))
	q, m := new(big.Int).DivMod(twice, double, new(big.Int)) // floor(r + 1/2)
	if m.Sign() == 0 && q.Bit(0) == 1 {
		q.Sub(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		if q.Sign() < 0 {
			return math.MinInt64
		}
		return math.MaxInt64
	}
	return q.Int64()
}
