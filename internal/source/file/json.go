package file

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/source"
)

// record reads one JSON object, strictly as RFC 8259 has it.
type record struct {
	text []byte
	at   int
	path []byte // the dotted name of the value being read
	each eachFunc

	// unescaped holds the texts that stand in the record with escapes.
	unescaped []byte
}

// eachFunc is called for every value of an object with its dotted name, and
// with leaf false for objects, whose values follow. It returns a reason to
// stop. The name is valid during the call.
type eachFunc func(name []byte, f source.Field, leaf bool) (reason string)

const maxDepth = 100

// read calls each for the values in the object, objects in it after the values
// they hold. It returns what is wrong with the text, or "".
func (r *record) read(text []byte, each eachFunc) (reason string) {
	*r = record{text: text, path: r.path[:0], each: each, unescaped: r.unescaped[:0]}
	r.space()
	if r.peek() != '{' {
		return "it is no JSON object"
	}
	if reason := r.object(0); reason != "" {
		return reason
	}
	if r.space(); r.at < len(r.text) {
		return r.unexpected("the end of the line")
	}
	return ""
}

// object reads an object whose values are columns.
func (r *record) object(depth int) string {
	if depth > maxDepth {
		return "its objects are nested too deeply"
	}
	r.at++ // the brace
	if r.space(); r.peek() == '}' {
		r.at++
		return ""
	}
	parent := len(r.path)
	for {
		if r.space(); r.peek() != '"' {
			return r.unexpected("a key in double quotes")
		}
		name, escaped, reason := r.quoted()
		if reason != "" {
			return reason
		}
		if depth > 0 {
			r.path = append(r.path, '.')
		}
		if escaped {
			r.path = unescape(r.path, name)
		} else {
			r.path = append(r.path, name...)
		}
		if r.space(); r.peek() != ':' {
			return r.unexpected("a colon")
		}
		r.at++
		r.space()
		if reason := r.column(depth); reason != "" {
			return reason
		}
		r.path = r.path[:parent]
		switch r.space(); r.peek() {
		case ',':
			r.at++
		case '}':
			r.at++
			return ""
		default:
			return r.unexpected("a comma or closing brace")
		}
	}
}

// column reads the value of a key and passes it on.
func (r *record) column(depth int) string {
	from := r.at
	f := source.Field{}
	switch r.peek() {
	case '{':
		if reason := r.object(depth + 1); reason != "" {
			return reason
		}
		return r.each(r.path, source.Field{Text: r.text[from:r.at:r.at]}, false)
	case '"':
		text, escaped, reason := r.quoted()
		if reason != "" {
			return reason
		}
		if escaped {
			start := len(r.unescaped)
			r.unescaped = unescape(r.unescaped, text)
			text = r.unescaped[start:len(r.unescaped):len(r.unescaped)]
		}
		f = source.Field{Text: text, Quoted: true}
	default:
		if reason := r.value(depth); reason != "" {
			return reason
		}
		if f.Text = r.text[from:r.at:r.at]; string(f.Text) == "null" {
			f = source.Field{Missing: true}
		}
	}
	return r.each(r.path, f, true)
}

// value passes over any value.
func (r *record) value(depth int) string {
	if depth > maxDepth {
		return "its values are nested too deeply"
	}
	switch c := r.peek(); {
	case c == '"':
		_, _, reason := r.quoted()
		return reason
	case c == '[':
		return r.list(depth, ']')
	case c == '{':
		return r.list(depth, '}')
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(r.text[r.at:], []byte(word)) {
			r.at += len(word)
			return ""
		}
	}
	return r.unexpected("a value")
}

// list passes over an array, or an object inside one, up to its closing
// bracket.
func (r *record) list(depth int, closing byte) string {
	r.at++
	if r.space(); r.peek() == closing {
		r.at++
		return ""
	}
	for {
		r.space()
		if closing == '}' {
			if r.peek() != '"' {
				return r.unexpected("a key in double quotes")
			}
			if _, _, reason := r.quoted(); reason != "" {
				return reason
			}
			if r.space(); r.peek() != ':' {
				return r.unexpected("a colon")
			}
			r.at++
			r.space()
		}
		if reason := r.value(depth + 1); reason != "" {
			return reason
		}
		switch r.space(); r.peek() {
		case ',':
			r.at++
		case closing:
			r.at++
			return ""
		default:
			return r.unexpected(fmt.Sprintf("a comma or %q", closing))
		}
	}
}

// quoted reads a string and returns what is between its quotes.
func (r *record) quoted() (text []byte, escaped bool, reason string) {
	from := r.at + 1
	for i := from; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.at = i + 1
			return r.text[from:i:i], escaped, ""
		case c < ' ':
			r.at = i
			return nil, false, r.unexpected("the rest of a text")
		case c == '\\':
			escaped = true
			n := escapeLen(r.text[i:])
			if n == 0 {
				r.at = i
				return nil, false, r.unexpected("an escape such as \\n")
			}
			i += n - 1
		}
	}
	return nil, false, "the text that opens " + r.position() + " is not closed"
}

func (r *record) number() string {
	if r.peek() == '-' {
		r.at++
	}
	if r.peek() == '0' {
		r.at++
	} else if !r.digits() {
		return r.unexpected("a digit")
	}
	if r.peek() == '.' {
		if r.at++; !r.digits() {
			return r.unexpected("a digit")
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.at++
		if c := r.peek(); c == '+' || c == '-' {
			r.at++
		}
		if !r.digits() {
			return r.unexpected("a digit")
		}
	}
	return ""
}

func (r *record) digits() bool {
	from := r.at
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.at++
	}
	return r.at > from
}

func (r *record) space() {
	for c := r.peek(); c == ' ' || c == '\t' || c == '\r' || c == '\n'; c = r.peek() {
		r.at++
	}
}

// peek returns the next byte, and 0 at the end.
func (r *record) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *record) unexpected(wanted string) string {
	if r.at >= len(r.text) {
		return "it ends where " + wanted + " should follow"
	}
	c, _ := utf8.DecodeRune(r.text[r.at:])
	return fmt.Sprintf("there is %q %s where %s should be", c, r.position(), wanted)
}

// position says where in the record the next byte is.
func (r *record) position() string {
	return fmt.Sprintf("at character %d", utf8.RuneCount(r.text[:r.at])+1)
}

// escapeLen returns the length of the escape at the start of the text, or 0
// when it is none.
func escapeLen(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	if bytes.IndexByte([]byte(`"\/bfnrt`), text[1]) >= 0 {
		return 2
	}
	if text[1] != 'u' || len(text) < 6 {
		return 0
	}
	for _, c := range text[2:6] {
		if !isHex(c) {
			return 0
		}
	}
	return 6
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// unescape appends the text with its escapes resolved. Half of a surrogate
// pair becomes the replacement character.
func unescape(to, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			to = append(to, text[i])
			continue
		}
		i++
		switch text[i] {
		case 'b':
			to = append(to, '\b')
		case 'f':
			to = append(to, '\f')
		case 'n':
			to = append(to, '\n')
		case 'r':
			to = append(to, '\r')
		case 't':
			to = append(to, '\t')
		case 'u':
			c := hex4(text[i+1:])
			i += 4
			if utf16.IsSurrogate(c) {
				low := rune(utf8.RuneError)
				if len(text) > i+6 && text[i+1] == '\\' && text[i+2] == 'u' {
					low = hex4(text[i+3:])
				}
				if c = utf16.DecodeRune(c, low); c != utf8.RuneError {
					i += 6
				}
			}
			to = utf8.AppendRune(to, c)
		default:
			to = append(to, text[i])
		}
	}
	return to
}

// hex4 returns the number in four hexadecimal digits.
func hex4(text []byte) rune {
	var n rune
	for _, c := range text[:4] {
		n <<= 4
		switch {
		case c <= '9':
			n |= rune(c - '0')
		default:
			n |= rune(c|0x20-'a') + 10
		}
	}
	return n
}
