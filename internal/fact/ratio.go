package fact

import (
	"math"
	"math/big"
	"math/bits"
	"strings"
)

// ratio is an exact number: num / den, den > 0, or wide where that does not
// fit. A wide ratio is never changed.
type ratio struct {
	num, den int64
	wide     *big.Rat
}

// widest is how many bits an exact number may take.
const widest = 4096

// farthest is how many digits a number in a formula may have on either side
// of its point.
const farthest = 60

func whole(n int64) ratio { return ratio{num: n, den: 1} }

// ratio returns the number exactly; ok is false where digits were cut off or
// lie too far from the point.
func (d decimal) ratio() (r ratio, ok bool) {
	switch {
	case d.cut != 0 || d.below:
		return ratio{}, false
	case d.coef == 0:
		return whole(0), true
	case d.scale > farthest || d.scale < -farthest:
		return ratio{}, false
	case d.coef <= math.MaxInt64 && d.scale >= 0 && d.scale < digits19:
		r = ratio{num: int64(d.coef), den: int64(powersOfTen[d.scale])}
		if d.neg {
			r.num = -r.num
		}
		return r, true
	}
	n, power := new(big.Int).SetUint64(d.coef), new(big.Int)
	wide := new(big.Rat)
	if d.scale > 0 {
		wide.SetFrac(n, power.Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil))
	} else {
		wide.SetInt(n.Mul(n, power.Exp(big.NewInt(10), big.NewInt(int64(-d.scale)), nil)))
	}
	if d.neg {
		wide.Neg(wide)
	}
	return narrow(wide), true
}

// narrow returns the number, in 64 bits where it fits.
func narrow(wide *big.Rat) ratio {
	if wide.Num().IsInt64() && wide.Denom().IsInt64() && wide.Num().Int64() != math.MinInt64 {
		return ratio{num: wide.Num().Int64(), den: wide.Denom().Int64()}
	}
	return ratio{wide: wide}
}

func (r ratio) rat() *big.Rat {
	if r.wide != nil {
		return r.wide
	}
	return big.NewRat(r.num, r.den)
}

// tooWide reports whether the number takes more than anyone means.
func (r ratio) tooWide() bool {
	return r.wide != nil && (r.wide.Num().BitLen() > widest || r.wide.Denom().BitLen() > widest)
}

func (r ratio) sign() int {
	if r.wide != nil {
		return r.wide.Sign()
	}
	switch {
	case r.num < 0:
		return -1
	case r.num > 0:
		return 1
	}
	return 0
}

func (r ratio) negated() ratio {
	if r.wide != nil {
		return narrow(new(big.Rat).Neg(r.wide))
	}
	r.num = -r.num
	return r
}

func (r ratio) plus(s ratio) ratio {
	if r.wide == nil && s.wide == nil {
		if r.den == s.den {
			if sum, ok := addInts(r.num, s.num); ok {
				return ratio{num: sum, den: r.den}
			}
		}
		a, ok1 := timesInts(r.num, s.den)
		b, ok2 := timesInts(s.num, r.den)
		den, ok3 := timesInts(r.den, s.den)
		sum, ok4 := addInts(a, b)
		if ok1 && ok2 && ok3 && ok4 {
			return ratio{num: sum, den: den}
		}
	}
	return narrow(new(big.Rat).Add(r.rat(), s.rat()))
}

func (r ratio) times(s ratio) ratio {
	if r.wide == nil && s.wide == nil {
		num, ok1 := timesInts(r.num, s.num)
		den, ok2 := timesInts(r.den, s.den)
		if ok1 && ok2 {
			return ratio{num: num, den: den}
		}
	}
	return narrow(new(big.Rat).Mul(r.rat(), s.rat()))
}

// inverse returns 1 / r, which is not zero.
func (r ratio) inverse() ratio {
	if r.wide != nil {
		return narrow(new(big.Rat).Inv(r.wide))
	}
	if r.num < 0 {
		return ratio{num: -r.den, den: -r.num}
	}
	return ratio{num: r.den, den: r.num}
}

// compare returns -1, 0 or 1.
func (r ratio) compare(s ratio) int { return r.plus(s.negated()).sign() }

// truncated returns the whole part, towards zero.
func (r ratio) truncated() ratio {
	if r.wide != nil {
		return narrow(new(big.Rat).SetInt(new(big.Int).Quo(r.wide.Num(), r.wide.Denom())))
	}
	return whole(r.num / r.den)
}

// rounded returns the nearest whole number, halves away from zero.
func (r ratio) rounded() ratio {
	half := ratio{num: 1, den: 2}
	if r.sign() < 0 {
		half.num = -1
	}
	return r.plus(half).truncated()
}

// int returns the number if it is whole and fits.
func (r ratio) int() (int64, bool) {
	if r.wide != nil || r.num%r.den != 0 {
		return 0, false
	}
	return r.num / r.den, true
}

// scaled returns the number times 10^decimals as a whole number, rounded once,
// half to even. ok is false when it does not fit.
func (r ratio) scaled(decimals int) (int64, bool) {
	if r.wide == nil {
		magnitude := uint64(r.num)
		if r.num < 0 {
			magnitude = -magnitude
		}
		hi, lo := bits.Mul64(magnitude, powersOfTen[decimals])
		den := uint64(r.den)
		if hi >= den {
			return 0, false
		}
		quotient, rest := bits.Div64(hi, lo, den)
		if quotient > math.MaxInt64 {
			return 0, false
		}
		if twice := rest * 2; twice > den || twice == den && quotient&1 == 1 {
			quotient++
		}
		return signed(0, quotient, r.num < 0)
	}
	n := new(big.Int).Mul(r.wide.Num(), new(big.Int).SetUint64(powersOfTen[decimals]))
	den := r.wide.Denom()
	rest := new(big.Int)
	n.QuoRem(n, den, rest)
	if side := rest.Lsh(rest.Abs(rest), 1).Cmp(den); side > 0 || side == 0 && n.Bit(0) == 1 {
		n.Add(n, big.NewInt(int64(r.wide.Sign())))
	}
	if !n.IsInt64() || n.Int64() == math.MinInt64 {
		return 0, false
	}
	return n.Int64(), true
}

// decimalText returns the number with at most six decimals and no zeros at
// its end.
func (r ratio) decimalText() (string, bool) {
	n, ok := r.scaled(millionths)
	if !ok {
		return "", false
	}
	text := big.NewRat(n, int64(powersOfTen[millionths])).FloatString(millionths)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), true // six decimals are always written
}

func addInts(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0) && sum != math.MinInt64
}

func timesInts(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	product := a * b
	return product, product/b == a && product != math.MinInt64 && a != math.MinInt64 && b != math.MinInt64
}
