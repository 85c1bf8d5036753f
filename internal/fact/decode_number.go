package fact

import (
	"math"
	"math/bits"
)

// millionths is the number of decimals with which numbers are stored.
const millionths = 6

// decimal is coef / 10^scale, negated when neg. Of digits past the nineteenth
// it keeps the first, cut, and whether any after that was not zero, below.
type decimal struct {
	coef  uint64
	scale int
	neg   bool
	cut   uint64
	below bool
}

// wideDecimal is (hi, lo) / 10^scale with 128 bits, else as decimal.
type wideDecimal struct {
	hi, lo uint64
	scale  int
	neg    bool
	cut    uint64
	below  bool
}

var powersOfTen = func() (list [20]uint64) {
	list[0] = 1
	for i := 1; i < len(list); i++ {
		list[i] = list[i-1] * 10
	}
	return list
}()

// digits19 is how many digits always fit into 64 bits.
const digits19 = 19

// parseDecimal reads "12", "-0.5", ".5" and "1.2e3".
func parseDecimal(b []byte) (decimal, problem) {
	var d decimal
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		d.neg = b[i] == '-'
		i++
	}
	digits, significant, point := 0, 0, false
	for ; i < len(b); i++ {
		ch := b[i]
		if ch == '.' && !point {
			point = true
			continue
		}
		if ch < '0' || ch > '9' {
			break
		}
		digits++
		if significant > 0 || ch != '0' {
			significant++
		}
		if significant > digits19 {
			if significant == digits19+1 {
				d.cut = uint64(ch - '0')
			} else {
				d.below = d.below || ch != '0'
			}
			if !point {
				d.scale--
			}
			continue
		}
		d.coef = d.coef*10 + uint64(ch-'0')
		if point {
			d.scale++
		}
	}
	if digits == 0 {
		return d, notNumber
	}
	if i < len(b) {
		exponent, ok := parseExponent(b[i:])
		if !ok {
			return d, notNumber
		}
		d.scale -= exponent
	}
	return d, fine
}

// parseExponent reads "e3", "E-07". Beyond a thousand it is a thousand.
func parseExponent(b []byte) (int, bool) {
	if b[0] != 'e' && b[0] != 'E' {
		return 0, false
	}
	b = b[1:]
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	n := 0
	for _, ch := range b {
		if ch < '0' || ch > '9' {
			return 0, false
		}
		n = min(n*10+int(ch-'0'), 1000)
	}
	if neg {
		n = -n
	}
	return n, true
}

// scaled returns the number times 10^decimals as a whole number, rounded half
// to even, and whether it had to be rounded. ok is false when it does not fit.
func (d decimal) scaled(decimals int) (whole int64, rounded, ok bool) {
	if up := decimals - d.scale; up >= 0 && up <= digits19 && d.cut == 0 && !d.below {
		hi, lo := bits.Mul64(d.coef, powersOfTen[up])
		whole, ok = signed(hi, lo, d.neg)
		return whole, false, ok
	}
	return wideDecimal{lo: d.coef, scale: d.scale, neg: d.neg, cut: d.cut, below: d.below}.scaled(decimals)
}

// times returns the exact product; ok is false when it does not fit into 128
// bits or the factor itself is not exact.
func (w wideDecimal) times(f decimal) (wideDecimal, bool) {
	if f.cut != 0 || f.below {
		return w, false
	}
	carry, lo := bits.Mul64(w.lo, f.coef)
	over, hi := bits.Mul64(w.hi, f.coef)
	hi, more := bits.Add64(hi, carry, 0)
	if over != 0 || more != 0 {
		return w, false
	}
	return wideDecimal{hi: hi, lo: lo, scale: w.scale + f.scale, neg: w.neg != f.neg}, true
}

// scaled is as decimal.scaled.
func (w wideDecimal) scaled(decimals int) (whole int64, rounded, ok bool) {
	if w.hi == 0 && w.lo == 0 {
		return 0, false, true
	}
	hi, lo, shift := w.hi, w.lo, w.scale-decimals
	for ; shift < 0; shift++ { // at most 39 rounds: then it overflows
		over, low := bits.Mul64(lo, 10)
		top, high := bits.Mul64(hi, 10)
		high, carry := bits.Add64(high, over, 0)
		if top != 0 || carry != 0 {
			return 0, false, false
		}
		hi, lo = high, low
	}
	half, below := w.cut, w.below // the first digit cut, and whether more follow
	for ; shift > 0 && (hi != 0 || lo != 0 || half != 0); shift-- {
		below = below || half != 0
		hi, lo, half = divideByTen(hi, lo)
	}
	if shift > 0 { // nothing but zeros is left, however far down
		below, half = below || half != 0, 0
	}
	if half > 5 || half == 5 && (below || lo&1 == 1) {
		var carry uint64
		lo, carry = bits.Add64(lo, 1, 0)
		hi += carry
	}
	whole, ok = signed(hi, lo, w.neg)
	return whole, half != 0 || below, ok
}

func divideByTen(hi, lo uint64) (quotientHi, quotientLo, remainder uint64) {
	quotientHi, remainder = hi/10, hi%10
	quotientLo, remainder = bits.Div64(remainder, lo, 10)
	return quotientHi, quotientLo, remainder
}

// signed returns the number when it lies within ±(2^63 - 1).
func signed(hi, lo uint64, neg bool) (int64, bool) {
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if neg {
		return -int64(lo), true
	}
	return int64(lo), true
}

// parseBool reads yes and no in the spellings of exports, in either case.
func parseBool(b []byte) (Value, problem) {
	if len(b) > 5 {
		return Value{}, notBool
	}
	var lower [5]byte
	for i, ch := range b {
		if ch >= 'A' && ch <= 'Z' {
			ch += 'a' - 'A'
		}
		lower[i] = ch
	}
	switch string(lower[:len(b)]) {
	case "true", "yes", "t", "y", "1":
		return Value{Int: 1}, fine
	case "false", "no", "f", "n", "0":
		return Value{}, fine
	}
	return Value{}, notBool
}
