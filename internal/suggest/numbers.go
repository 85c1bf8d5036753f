package suggest

import (
	"strconv"
	"strings"
)

// The ways in which numbers are written.
const (
	plainNumbers = ""         // 1234.5
	pointNumbers = "1,234.56" // commas between thousands
	commaNumbers = "1.234,56" // a comma before decimals
)

// written is what a text says as a number.
type written struct {
	plain, point, comma bool // how it can be read
	value               float64
	currency            string // of a sign or a code beside it
	percent             bool
	dressed             bool // by a sign, a code, brackets: no bare number
}

// signs are the currencies that a sign stands for. $ stands for several, and
// is taken as US dollars until told otherwise.
var signs = []struct{ sign, code string }{
	{"US$", "USD"},
	{"$", "USD"},
	{"€", "EUR"},
	{"£", "GBP"},
	{"¥", "JPY"},
	{"₹", "INR"},
	{"USD", "USD"},
	{"EUR", "EUR"},
	{"GBP", "GBP"},
	{"CHF", "CHF"},
	{"JPY", "JPY"},
	{"CAD", "CAD"},
	{"AUD", "AUD"},
	{"SEK", "SEK"},
}

// readNumber says how a text can be read as a number.
func readNumber(text string) (w written, ok bool) {
	if len(text) > 32 {
		return w, false
	}
	text = w.undress(text)
	if text == "" {
		return w, false
	}
	neg := text[0] == '-' || text[0] == '+'
	body := strings.TrimLeft(text, "-+")
	if len(text)-len(body) > 1 || body == "" || body[0] != '.' && body[0] != ',' && (body[0] < '0' || body[0] > '9') {
		return w, false
	}
	for i := range len(body) {
		if strings.IndexByte("0123456789.,eE+-' ", body[i]) < 0 {
			return w, false
		}
	}
	if v, err := strconv.ParseFloat(body, 64); err == nil {
		w.plain, w.point, w.value = true, true, v
	}
	if isGrouped(body, ',', '.') {
		w.point = true
		w.value, _ = strconv.ParseFloat(strings.ReplaceAll(body, ",", ""), 64)
	}
	if isGrouped(body, '.', ',') || isDecimalComma(body) {
		w.comma = true
		if !w.plain && !w.point {
			w.value, _ = strconv.ParseFloat(strings.ReplaceAll(strings.ReplaceAll(body, ".", ""), ",", "."), 64)
		}
	}
	if neg && text[0] == '-' {
		w.value = -w.value
	}
	return w, w.plain || w.point || w.comma
}

// undress takes off what stands around a number.
func (w *written) undress(text string) string {
	negative := false
	if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
		text, negative, w.dressed = strings.TrimSpace(text[1:len(text)-1]), true, true
	}
	if strings.HasSuffix(text, "%") {
		text, w.percent, w.dressed = strings.TrimSpace(strings.TrimSuffix(text, "%")), true, true
	}
	minus := ""
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		minus, text = "-", rest
	}
	for _, s := range signs {
		rest, before := strings.CutPrefix(text, s.sign)
		if !before {
			if rest, before = strings.CutSuffix(text, s.sign); !before {
				continue
			}
		}
		text, w.currency, w.dressed = strings.TrimSpace(rest), s.code, true
		break
	}
	if negative {
		minus = "-"
	}
	return minus + text
}

// isGrouped reports whether a text is a number with thousands set apart: at
// most three digits first, then threes, then perhaps decimals.
func isGrouped(text string, group, point byte) bool {
	whole, part, hasPart := strings.Cut(text, string(point))
	if hasPart && !allDigits(part) {
		return false
	}
	groups := strings.Split(whole, string(group))
	if len(groups) < 2 || len(groups[0]) > 3 || !allDigits(groups[0]) {
		return false
	}
	for _, g := range groups[1:] {
		if len(g) != 3 || !allDigits(g) {
			return false
		}
	}
	return true
}

// isDecimalComma reports whether a text is digits, a comma and decimals.
func isDecimalComma(text string) bool {
	whole, part, ok := strings.Cut(text, ",")
	return ok && allDigits(whole) && allDigits(part) || !ok && allDigits(text)
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
