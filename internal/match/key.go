package match

import (
	"slices"
	"strings"
	"unicode"
)

// key is a value that no two companies share, such as a VAT number.
type key struct{ kind, text, written string }

// minKey is how many characters a key has at least.
const minKey = 3

// readKeys reads the keys of a record, each once, without what people write
// where they know none.
func readKeys(list []ID) []key {
	var keys []key
	for _, id := range list {
		k := key{id.Space, foldedID(id.Text), ""}
		_, isNone := placeholders[strings.Join(wordsOf(plain(id.Text)), " ")]
		if len(k.text) < minKey || isNone || strings.Trim(k.text, k.text[:1]) == "" {
			continue
		}
		if !slices.ContainsFunc(keys, func(o key) bool { return o.kind == k.kind && o.text == k.text }) {
			k.written = strings.TrimSpace(id.Text)
			keys = append(keys, k)
		}
	}
	return keys
}

func keysOf(keys []key, kind string) []key {
	var list []key
	for _, k := range keys {
		if k.kind == kind {
			list = append(list, k)
		}
	}
	return list
}

// mayBeSame reports whether a key of each may be one that is written with the
// country in front and without: DE123456789 and 123456789.
func mayBeSame(a, b []key) bool {
	const country = 2
	for _, x := range a {
		for _, y := range b {
			short, long := x.text, y.text
			if len(short) > len(long) {
				short, long = long, short
			}
			if front, ok := strings.CutSuffix(long, short); ok && len(front) <= country {
				return true
			}
		}
	}
	return false
}

// isTelling reports whether an id is no small number that any system may have.
func isTelling(id string) bool {
	return len(id) >= minID || len(id) >= minKey && strings.ContainsFunc(id, unicode.IsLetter)
}
