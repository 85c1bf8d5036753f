package fact

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/diag"
)

// problem says what is wrong with a cell.
type problem uint8

const (
	fine problem = iota
	notNumber
	tooLarge
	absurdAmount
	notBool
	notDate
	notTime
	notLayout
	noSuchDay
	absurd
	notListed
	notText
	noCurrency
	badCurrency
	sheetError
	isShare
	noRate
)

// The column with the rates of currencies, which are above zero.
const (
	rateKind   = "fx_rate"
	rateColumn = "rate"
)

const (
	valueRunes  = 200 // of a value in Rejection.Value
	reasonRunes = 60  // of a value within a sentence
)

// explain returns the reason in words, with what to do where that is known.
// The layout is that of a date or time, nil for ISO; c may be nil.
func (d *Decoder) explain(p problem, l *layout, c *cell, text []byte) string {
	quoted := fmt.Sprintf("%q", excerpt(text, reasonRunes))
	switch p {
	case notNumber:
		return quoted + " is not a number" + numberHint(text)
	case tooLarge:
		return quoted + " is too large or has too many digits to be kept exactly"
	case absurdAmount:
		return quoted + " cannot be meant: amounts are taken up to 100 trillion"
	case isShare:
		return quoted + " is a share and no amount: say of what it is, as in is: 'number(share) * number(total)'"
	case noRate:
		return quoted + " cannot be a rate: one unit of a currency is worth more than nothing"
	case notBool:
		return quoted + " is neither yes nor no: write true or false, or say under values: what it means"
	case notDate:
		return quoted + " is not a date: want year-month-day such as 2026-01-31, or give the mapping its layout, such as dates: d/m/Y"
	case notTime:
		return quoted + " is not a time: want 2026-01-31 15:04:05, with an offset such as +02:00 or without"
	case notLayout:
		return quoted + " is not written as " + l.text
	case noSuchDay:
		return quoted + " is no day of the calendar"
	case absurd:
		return quoted + " cannot be meant: dates lie between 1900 and 2199; list it under missing: if it stands for none"
	case notListed:
		hint := diag.DidYouMean(string(text), c.column.Values)
		if hint == "" {
			hint = "it may be " + listed(c.column.Values)
		}
		return quoted + " is not allowed here: " + strings.TrimSuffix(hint, "?") + "; say under values: what it means"
	case notText:
		return quoted + " is not readable text: save the file as UTF-8"
	case sheetError:
		return quoted + " is an error of a spreadsheet: mend its formula, or list it under missing: if it stands for none"
	case noCurrency:
		return "the amount has no currency"
	case badCurrency:
		return quoted + " is not a currency: want three letters, such as USD"
	}
	return quoted + " cannot be read"
}

// numberHint says what most likely went wrong with a number.
func numberHint(text []byte) string {
	digits := bytes.ContainsAny(text, "0123456789")
	comma, point := bytes.LastIndexByte(text, ','), bytes.LastIndexByte(text, '.')
	switch {
	case !digits:
		return ": list it under missing: if it stands for none"
	case bytes.ContainsAny(text, "$€£¥%"):
		return ": leave out signs such as $ and %"
	case comma >= 0 && point > comma:
		return ": leave out the comma between thousands"
	case comma >= 0 && bytes.Count(text, []byte(",")) == 1 && (point < 0 || point < comma):
		if point < 0 && len(text)-comma == 4 {
			return ": leave out the comma between thousands, and use a point for decimals"
		}
		return ": use a point for decimals"
	case comma >= 0:
		return ": leave out the comma between thousands"
	case bytes.ContainsAny(text, " '\u00a0\u202f"):
		return ": leave out what stands between thousands"
	case text[0] == '(':
		return ": write a minus for what is below zero"
	}
	return ""
}

// checkText refuses what is not UTF-8, and the character NUL.
func checkText(b []byte) problem {
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return notText
	}
	return fine
}

// excerpt returns the first characters of a text, with a replacement for
// whatever is not UTF-8.
func excerpt(b []byte, runes int) string {
	end := 0
	for ; end < len(b) && runes > 0; runes-- {
		_, size := utf8.DecodeRune(b[end:])
		end += size
	}
	return strings.ToValidUTF8(string(b[:end]), "\uFFFD")
}

func at(fields [][]byte, i int) []byte {
	if i < 0 || i >= len(fields) {
		return nil
	}
	return fields[i]
}

// trim cuts white space off both ends.
func trim(b []byte) []byte {
	if len(b) > 0 && b[0] > ' ' && b[0] < utf8.RuneSelf && b[len(b)-1] > ' ' && b[len(b)-1] < utf8.RuneSelf {
		return b
	}
	return bytes.TrimSpace(b)
}
