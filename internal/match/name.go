// Package match finds records that are one company under different ids: by what
// their names, web addresses, ids and dates have in common. It proposes, and
// never joins.
package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Name is what of a company's name tells it from others.
type Name struct {
	Key  string // its words, folded, without the legal form; "" says nothing
	Form string // the legal form: "gmbh", "ltd"; "" is not written
}

// maxName is how many characters of a name are looked at.
const maxName = 200

// NameOf takes a name apart. Case, accents, punctuation, "The", "&" for "and",
// and how a legal form is written make no difference. What stands for no name,
// such as "n/a" or "test", has no key.
func NameOf(text string) Name {
	s := plain(text)
	s, form := withoutFormsWithin(s)
	words := wordsOf(s)
	if n := len(words); n > 1 && words[0] == "the" {
		words = words[1:]
	} else if n > 1 && words[n-1] == "the" {
		words = words[:n-1]
	}
	words, written := withoutForm(words)
	if written != "" {
		form = written
	}
	key := strings.Join(words, " ")
	if _, ok := placeholders[key]; ok || len([]rune(key)) < 2 {
		return Name{}
	}
	return Name{key, form}
}

// plain folds case, accents and ways to write one letter, and leaves out what
// is not seen.
func plain(text string) string {
	if len(text) > maxName {
		runes := []rune(text)
		text = string(runes[:min(maxName, len(runes))])
	}
	if isPlain(text) {
		return strings.Map(func(r rune) rune {
			if r == '\'' || r == '`' {
				return -1
			}
			return unicode.ToLower(r)
		}, text)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(text, "")) {
		switch {
		case r >= 0x300 && r <= 0x36f: // accents; the marks of other scripts are letters
		case unicode.Is(unicode.Cf, r):
		default:
			b.WriteRune(r)
		}
	}
	folded := cases.Fold().String(norm.NFC.String(b.String()))
	return letters.Replace(folded)
}

// isPlain reports whether a text has no character beyond ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// letters are letters that no accent makes, as people without them write them.
var letters = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i", "ё", "е", "'", "", "’", "", "`", "", "´", "")

// wordsOf cuts a folded name into words. Single letters that follow one another
// are one word: "s. a.", "i.b.m.", "a/s".
func wordsOf(s string) []string {
	isMark := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) } // "&" is one, too
	var words []string
	runs := false // the last word is of single letters
	for _, w := range strings.FieldsFunc(s, isMark) {
		if w == "and" || w == "und" || w == "et" || w == "y" && len(words) > 0 {
			continue
		}
		runes := []rune(w)
		single := len(runes) == 1 && unicode.IsLetter(runes[0])
		if single && runs {
			words[len(words)-1] += w
			continue
		}
		words, runs = append(words, w), single
	}
	return words
}

// withoutForm takes legal forms off a name, and returns the one that stands
// nearest to it. A name of nothing else keeps its words.
func withoutForm(words []string) (rest []string, form string) {
	rest = words
	for {
		n := min(maxForm, len(rest)-1)
		for ; n > 0; n-- {
			if f, ok := forms[strings.Join(rest[len(rest)-n:], " ")]; ok {
				form, rest = f, rest[:len(rest)-n]
				break
			}
		}
		if n <= 0 {
			break
		}
	}
	if len(rest) > 1 {
		if _, ok := formsInFront[rest[0]]; ok {
			form, rest = forms[rest[0]], rest[1:]
		}
	}
	return rest, form
}

func withoutFormsWithin(s string) (rest, form string) {
	for _, f := range formsWithin {
		for _, cut := range []func(string, string) (string, bool){strings.CutPrefix, strings.CutSuffix} {
			if after, ok := cut(strings.TrimSpace(s), f.text); ok && strings.TrimSpace(after) != "" {
				return after, f.form
			}
		}
	}
	return s, ""
}

// placeholders are names that people write where they know none.
var placeholders = func() map[string]struct{} {
	set := setOf("account accounts anonymous client company customer default demo dummy example individual na nan nil none null other private sample self test tbd unknown unnamed")
	for _, s := range []string{"n a", "not available", "not applicable", "no name", "test account", "test company", "demo account"} {
		set[s] = struct{}{}
	}
	return set
}()

// contains reports whether all words of the shorter key begin the longer one:
// "acme" and "acme software".
func contains(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 4 && strings.HasPrefix(b, a+" ")
}

// spelling is a key as it is compared with others that differ by little.
type spelling struct {
	key    string
	joined string // without spaces
	sorted string // its words in order of the alphabet
	words  []string
}

func spellingOf(key string) spelling {
	words := strings.Fields(key)
	if len(words) == 1 {
		return spelling{key, key, key, words}
	}
	sorted := slices.Clone(words)
	slices.Sort(sorted)
	return spelling{key, strings.Join(words, ""), strings.Join(sorted, " "), words}
}

// near reports whether two keys differ by little: one beginning the other, the
// same words in another order, or by a letter or two.
func near(a, b *spelling) bool {
	return a.joined == b.joined || contains(a.key, b.key) || a.sorted == b.sorted || slips(a.words, b.words)
}

// minSlip is how many letters a word has at least in which one may be a slip: of
// short words every letter counts.
const minSlip = 5

// slips reports whether two names are the same but for a letter in one word, or
// two in a long one.
func slips(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	differ := -1
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if differ >= 0 {
			return false
		}
		differ = i
	}
	if differ < 0 {
		return true
	}
	x, y := a[differ], b[differ]
	switch shorter := min(utf8.RuneCountInString(x), utf8.RuneCountInString(y)); {
	case shorter >= 12:
		return within(x, y, 2)
	case shorter >= minSlip:
		return within(x, y, 1)
	}
	return false
}

// within reports whether most letters must be put in, left out, changed or
// swapped with the next to make one text of another. Digits are never a slip:
// "store 12" is not "store 13".
func within(a, b string, most int) bool {
	a, b = withoutCommonEnds(a, b)
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > most || len(y)-len(x) > most || most == 1 && max(len(x), len(y)) > 2 {
		return false
	}
	isNoDigit := func(r rune) bool { return !unicode.IsDigit(r) }
	if !slices.Equal(slices.DeleteFunc(slices.Clone(x), isNoDigit), slices.DeleteFunc(slices.Clone(y), isNoDigit)) {
		return false
	}
	before, last, now := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			least = min(least, now[j])
		}
		if least > most {
			return false
		}
		before, last, now = last, now, before
	}
	return last[len(y)] <= most
}

// withoutCommonEnds cuts off what two texts begin and end with alike, in whole
// characters: what is left differs by as much.
func withoutCommonEnds(a, b string) (restA, restB string) {
	from := 0
	for from < min(len(a), len(b)) && a[from] == b[from] {
		from++
	}
	for from > 0 && (from < len(a) && !utf8.RuneStart(a[from]) || from < len(b) && !utf8.RuneStart(b[from])) {
		from--
	}
	a, b = a[from:], b[from:]
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(a[len(a)-n]) {
		n--
	}
	return a[:len(a)-n], b[:len(b)-n]
}
