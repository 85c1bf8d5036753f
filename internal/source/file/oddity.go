package file

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// What is made of letters of other encodings.
const (
	unused     = "¤"      // the euro of ISO 8859-15
	oddInWords = "¿¡¶ªºµ" // beside figures and other signs
	rare       = "ðþÝÞ"   // of Turkey, unless this is Icelandic
)

// oddity reports whether a text would be odd in an encoding, and where it first
// is: signs stand within words, words are made of letters with accents alone,
// or many letters are ones that few languages have.
func oddity(text []byte, code *charmap.Charmap) (at int, isOdd bool) {
	letters, odd := 0, 0
	note := func(i int) {
		if odd == 0 {
			at = i
		}
		odd++
	}
	for i, c := range text {
		if c < utf8.RuneSelf {
			continue
		}
		letters++
		r := code.DecodeByte(c)
		before, after := neighbour(text, i-1, code), neighbour(text, i+1, code)
		isSign := unicode.IsSymbol(r) || unicode.Is(unicode.No, r) || strings.ContainsRune(oddInWords, r)
		beyond := before >= utf8.RuneSelf && unicode.IsLetter(before) && unicode.IsLetter(r) && after >= utf8.RuneSelf && unicode.IsLetter(after)
		switch {
		case strings.ContainsRune(unused, r):
			return i, true
		case r == utf8.RuneError || unicode.IsControl(r) || strings.ContainsRune(rare, r) || beyond,
			isSign && unicode.IsLetter(before) && unicode.IsLetter(after):
			note(i)
		}
	}
	return at, odd*10 >= letters && odd > 0
}

// neighbour is the letter at a place, a space beyond the ends.
func neighbour(text []byte, i int, code *charmap.Charmap) rune {
	if i < 0 || i >= len(text) {
		return ' '
	}
	return code.DecodeByte(text[i])
}
