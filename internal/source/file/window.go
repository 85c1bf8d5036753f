package file

import "io"

const windowSize = 256 << 10

// window is the part of a text that is in memory: buf[from:to] is read and
// not yet consumed.
type window struct {
	text     io.Reader
	buf      []byte
	from, to int
	err      error // why nothing more can be read; io.EOF at the end
	fills    int   // grows whenever positions in buf lose their meaning
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

// held is the text that is read and not yet consumed.
func (w *window) held() []byte { return w.buf[w.from:w.to] }

// atEnd reports whether the text ends where the window does.
func (w *window) atEnd() bool { return w.err == io.EOF }
