package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	utf16 "golang.org/x/text/encoding/unicode"
)

// The encodings that are found without being named.
const (
	UTF8        = "utf-8"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1252 = "windows-1252"
	MacRoman    = "mac-roman"
)

// encodings are those that Options may name, in the order of Encodings.
var encodings = []struct {
	name string
	code encoding.Encoding
}{
	{UTF8, nil},
	{UTF16LE, utf16.UTF16(utf16.LittleEndian, utf16.IgnoreBOM)},
	{UTF16BE, utf16.UTF16(utf16.BigEndian, utf16.IgnoreBOM)},
	{Windows1252, charmap.Windows1252},
	{MacRoman, charmap.Macintosh},
	{"iso-8859-1", charmap.ISO8859_1},
	{"iso-8859-2", charmap.ISO8859_2},
	{"iso-8859-15", charmap.ISO8859_15},
	{"windows-1250", charmap.Windows1250},
	{"windows-1251", charmap.Windows1251},
	{"windows-1253", charmap.Windows1253},
	{"windows-1254", charmap.Windows1254},
	{"shift-jis", japanese.ShiftJIS},
	{"gb18030", simplifiedchinese.GB18030},
	{"big5", traditionalchinese.Big5},
	{"euc-kr", korean.EUCKR},
}

// Encodings returns the encodings that Options may name.
func Encodings() []string {
	var names []string
	for _, e := range encodings {
		names = append(names, e.name)
	}
	return names
}

// decoderOf returns what turns the encoding into UTF-8; nil is UTF-8 itself.
func decoderOf(name string) (encoding.Encoding, error) {
	for _, e := range encodings {
		if e.name == name {
			return e.code, nil
		}
	}
	return nil, fmt.Errorf("unknown encoding %q (known: %s)", name, strings.Join(Encodings(), ", "))
}

// finding is how a text is encoded, and how that was found out.
type finding struct {
	encoding string
	sure     bool   // false where another encoding is nearly as likely
	marked   bool   // a byte order mark says it
	example  string // a word that decided it, as read; "" when none was needed
	line     int    // of the example
}

const (
	asciiPeek    = 4 << 10  // how far UTF-16 without a mark is looked for
	evidenceSize = 64 << 10 // how much text decides, from the first letter beyond ASCII on
	fewLetters   = 16       // with no more of them, more text is read
	mostEvidence = 4 << 20
)

// finder passes on a text in UTF-8 whose encoding it finds out.
//
// Text in ASCII passes as it is: it is the same in all the encodings. At the
// first letter beyond ASCII, wherever in the file that stands, the text from
// there on decides.
type finder struct {
	stored io.Reader
	found  *finding
	text   io.Reader // set once it is decided
	held   []byte    // read, not yet passed on
	before []byte    // the end of what was passed on
	err    error
	lines  int // passed on so far
}

func (f *finder) Read(p []byte) (int, error) {
	if f.text != nil {
		return f.text.Read(p)
	}
	n, err := f.stored.Read(p)
	ascii := asciiPrefix(p[:n])
	if ascii == n {
		f.lines += bytes.Count(p[:n], []byte{'\n'})
		return n, err
	}
	f.lines += bytes.Count(p[:ascii], []byte{'\n'})
	f.before = bytes.Clone(p[max(0, ascii-wordSize):ascii])
	f.held, f.err = bytes.Clone(p[ascii:n]), err
	f.decide()
	return ascii, nil
}

// asciiPrefix returns how many bytes come before the first beyond ASCII.
func asciiPrefix(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 != 0 {
			break
		}
	}
	for ; i < len(b) && b[i] < utf8.RuneSelf; i++ {
	}
	return i
}

// decide reads on until there is enough text to tell.
func (f *finder) decide() {
	beyond := beyondASCII(f.held)
	more := make([]byte, evidenceSize)
	for idle := 0; f.err == nil && idle < 100 && len(f.held) < mostEvidence && (len(f.held) < evidenceSize || beyond <= fewLetters); {
		n, err := f.stored.Read(more)
		f.held, f.err = append(f.held, more[:n]...), err
		beyond += beyondASCII(more[:n])
		if n == 0 {
			idle++
		}
	}
	rest := io.Reader(f.stored)
	if f.err != nil {
		rest = failing{f.err}
	}
	sample := f.held
	f.text = io.MultiReader(bytes.NewReader(f.held), rest)
	f.held = nil
	if f.err != io.EOF {
		sample = completeRunes(sample)
	}
	if isMostlyUTF8(sample) {
		f.found.encoding, f.found.sure = UTF8, true
		return
	}
	name, code := Windows1252, charmap.Windows1252
	forMac := plausibility(sample, charmap.Macintosh) - plausibility(sample, charmap.Windows1252)
	if forMac > 0 {
		name, code = MacRoman, charmap.Macintosh
	}
	*f.found = finding{encoding: name, sure: forMac >= 2 || forMac < 0, example: wordAt(f.before, sample, code), line: f.lines + 1}
	whole := append(f.before, sample...)
	if at, isOdd := oddity(whole, code); isOdd {
		f.found.sure, f.found.example = false, wordAt(whole[:at], whole[at:], code)
		f.found.line += bytes.Count(whole[len(f.before):at], []byte{'\n'})
	}
	f.text = code.NewDecoder().Reader(f.text)
}

// failing is a text that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// completeRunes cuts off the beginning of a rune at the end.
func completeRunes(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// isMostlyUTF8 reports whether the text is UTF-8, or was before a few bytes of
// it were damaged. Letters of other encodings hardly ever make one of UTF-8.
func isMostlyUTF8(b []byte) bool {
	if utf8.Valid(b) {
		return true
	}
	letters, wrong := 0, 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			wrong++
		case size > 1:
			letters++
		}
		b = b[size:]
	}
	return letters >= 2*wrong
}

func beyondASCII(b []byte) int {
	n := 0
	for _, c := range b {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// plausibility says how much a text in an encoding of one byte a letter looks
// like words: letters beyond ASCII within words are small, quotes stand around
// words, and no letter is a control.
func plausibility(text []byte, code *charmap.Charmap) int {
	score := 0
	for i, c := range text {
		if c < utf8.RuneSelf {
			continue
		}
		before, after := ' ', ' '
		if i > 0 {
			before = code.DecodeByte(text[i-1])
		}
		if i+1 < len(text) {
			after = code.DecodeByte(text[i+1])
		}
		score += fitness(before, code.DecodeByte(c), after)
	}
	return score
}

func fitness(before, r, after rune) int {
	inWord := unicode.IsLetter(before) && unicode.IsLetter(after)
	switch {
	case r == utf8.RuneError || unicode.IsControl(r):
		return -4
	case unicode.IsLower(r):
		if unicode.IsLetter(before) {
			return 2
		}
		return 1
	case unicode.IsUpper(r):
		if unicode.IsLower(before) {
			return -2
		}
		if unicode.IsLetter(after) || unicode.IsUpper(before) {
			return 1
		}
		return -1
	case r == '’' && unicode.IsLetter(before):
		return 4
	case slices.Contains([]rune("“‘„«"), r) && !unicode.IsLetter(before), slices.Contains([]rune("”’»"), r) && !unicode.IsLetter(after):
		return 3
	case slices.Contains([]rune("–—…•€£\u00a0"), r) && !inWord, slices.Contains([]rune("®™©°²³½"), r) && !unicode.IsLetter(after):
		return 1
	case inWord:
		return -2
	default:
		return -1
	}
}

const wordSize = 24 // of an example, on each side of its letter

const wordEnds = "\r\n\t,;|\""

// wordAt returns the words around the place between the two texts.
func wordAt(before, after []byte, code *charmap.Charmap) string {
	before = before[bytes.LastIndexAny(before, wordEnds)+1:]
	after = after[:min(len(after), wordSize)]
	if i := bytes.IndexAny(after, wordEnds); i >= 0 {
		after = after[:i]
	}
	word, err := code.NewDecoder().Bytes(append(bytes.Clone(before), after...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(word))
}

// marklessUTF16 returns the encoding of a text in UTF-16 without a byte order
// mark, "" for other texts: of its letters, nearly all begin, or end, with a
// zero byte.
func marklessUTF16(first []byte) string {
	first = first[:len(first)&^1]
	var high, low int
	for i := 0; i < len(first); i += 2 {
		switch {
		case first[i] == 0 && first[i+1] != 0:
			high++
		case first[i] != 0 && first[i+1] == 0:
			low++
		}
	}
	switch pairs := len(first) / 2; {
	case pairs < 2:
		return ""
	case low*10 >= pairs*6 && high*20 <= pairs:
		return UTF16LE
	case high*10 >= pairs*6 && low*20 <= pairs:
		return UTF16BE
	}
	return ""
}
