package file

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maskOfCode returns what a format shows that is one of ids: figures of a fixed
// number, as in 00000, 000-00 and "C-"0000. It is "" for formats of amounts,
// with a unit behind or a sign of money in front, and of one figure or none.
func maskOfCode(code string) string {
	code, _, _ = strings.Cut(code, ";")
	for strings.HasPrefix(code, "[") { // a language or a colour
		_, code, _ = strings.Cut(code, "]")
	}
	var mask strings.Builder
	for i := 0; i < len(code); i++ {
		literal := code[i : i+1]
		switch c := code[i]; {
		case c == '0':
			mask.WriteByte('0')
			continue
		case c == '"':
			n := max(strings.IndexByte(code[i+1:], '"'), 0)
			literal = code[i+1 : i+1+n]
			i += n + 1
		case c == '\\' && i+1 < len(code):
			i++
			literal = code[i : i+1]
		case strings.IndexByte("- ()", c) < 0:
			return ""
		}
		if strings.ContainsFunc(literal, isAmountSign) {
			return ""
		}
		mask.WriteString(literal)
	}
	shown := mask.String()
	if digits := strings.Count(shown, "0"); digits < 2 || digits > mostDigits || !strings.HasSuffix(shown, "0") {
		return ""
	}
	return shown
}

// isAmountSign reports whether a sign belongs to an amount, not to an id. A 0
// that stands for itself cannot be told from a figure.
func isAmountSign(r rune) bool { return r == '0' || r == '%' || unicode.Is(unicode.Sc, r) }

// masked writes a whole number into a mask, from behind; figures that it has no
// place for stand before the first.
func masked(n int64, mask string) string {
	if n < 0 {
		return "-" + masked(-n, mask)
	}
	figures := strconv.FormatInt(n, 10)
	figures = strings.Repeat("0", max(strings.Count(mask, "0")-len(figures), 0)) + figures
	first := strings.IndexByte(mask, '0')
	var backwards []byte
	for i := len(mask) - 1; i >= 0; i-- {
		last := len(figures) - 1
		switch {
		case mask[i] != '0':
			backwards = append(backwards, mask[i])
			continue
		case i > first:
			backwards = append(backwards, figures[last])
			figures = figures[:last]
			continue
		}
		for ; last >= 0; last-- {
			backwards = append(backwards, figures[last])
		}
	}
	slices.Reverse(backwards)
	return string(backwards)
}
