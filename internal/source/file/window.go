package file

import (
	"bytes"
	"io"
	"unicode/utf8"
)

const windowSize = 256 << 10

// window is the part of a text that is in memory: buf[from:to] is read and
// not yet consumed.
type window struct {
	text     io.Reader
	buf      []byte
	from, to int
	err      error // why nothing more can be read; io.EOF at the end
	fills    int   // grows whenever positions in buf lose their meaning
	damaged  bool  // the text has bytes that are not UTF-8
	lone     bool  // the text has a CR without an LF behind it
}

func newWindow(text io.Reader) window {
	return window{text: text, buf: make([]byte, windowSize)}
}

// more reads on, and reports whether there is more text than before. It moves
// what is not consumed to the front, and makes the window larger only when
// that fills it.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	w.fills++
	held := w.to - w.from
	if held == len(w.buf) {
		larger := make([]byte, 2*len(w.buf))
		copy(larger, w.buf[w.from:w.to])
		w.buf = larger
	} else {
		copy(w.buf, w.buf[w.from:w.to])
	}
	w.from, w.to = 0, held
	defer w.look(held)
	for idle := 0; w.to < len(w.buf) && w.err == nil; {
		n, err := w.text.Read(w.buf[w.to:])
		w.to += n
		w.err = err
		if n > 0 {
			idle = 0
		} else if idle++; idle > 100 && err == nil {
			w.err = io.ErrNoProgress
		}
	}
	return w.to > held
}

// look notes what is to be known of the text that came in from on.
func (w *window) look(from int) {
	if !w.damaged {
		start := max(0, from-utf8.UTFMax+1)
		for start < from && !utf8.RuneStart(w.buf[start]) {
			start++
		}
		text := w.buf[start:w.to]
		if w.err == nil {
			text = completeRunes(text)
		}
		w.damaged = !utf8.Valid(text)
	}
	if !w.lone {
		w.lone = hasLoneCR(w.buf[max(0, from-1):w.to], w.err != nil)
	}
}

// hasLoneCR reports whether there is a CR that neither LF nor a further CR
// follows.
func hasLoneCR(text []byte, atEnd bool) bool {
	for {
		n := bytes.IndexByte(text, '\r')
		switch {
		case n < 0:
			return false
		case n+1 == len(text):
			return atEnd
		case text[n+1] != '\n' && text[n+1] != '\r':
			return true
		}
		text = text[n+1:]
	}
}

// held is the text that is read and not yet consumed.
func (w *window) held() []byte { return w.buf[w.from:w.to] }

// atEnd reports whether the text ends where the window does.
func (w *window) atEnd() bool { return w.err == io.EOF }
