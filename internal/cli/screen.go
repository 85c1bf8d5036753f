package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"
)

// screen is what answers are written to. It remembers the first write that fails,
// which nothing else looks at, and takes control characters out of texts: names
// come from files of others, and must not drive the reader's terminal.
type screen struct {
	io.Writer
	colored func() bool // colours are asked for
	err     error
}

// paint is what colours are written as; no other sequence goes through.
var paint = regexp.MustCompile(`^\x1b\[[0-9;]*m`)

// Write passes a text on. It reports all of it as written even where it had to
// be shortened.
func (s *screen) Write(text []byte) (int, error) {
	clean := text
	if bytes.ContainsFunc(text, isControl) {
		clean = harmless(text, s.colored())
	}
	_, err := s.Writer.Write(clean)
	if err == nil {
		return len(text), nil
	}
	if s.err == nil {
		s.err = fmt.Errorf("write the answer: %w", err)
	}
	return 0, err
}

func isControl(r rune) bool {
	return visible(r) != r && r != '\n' && r != '\t' && r != '\r'
}

// harmless writes a dot for each control character, but for those of colours where
// they are asked for.
func harmless(text []byte, colored bool) []byte {
	var out bytes.Buffer
	for len(text) > 0 {
		if colour := paint.Find(text); colour != nil && colored {
			out.Write(colour)
			text = text[len(colour):]
			continue
		}
		r, size := utf8.DecodeRune(text)
		if isControl(r) {
			out.WriteRune('·')
		} else {
			out.Write(text[:size])
		}
		text = text[size:]
	}
	return out.Bytes()
}

// shownOn returns where the answers appear: what a screen writes to.
func shownOn(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		return s.Writer
	}
	return w
}
