package file

import "io"

// spaces makes one tab of the spaces and tabs between the words of a line, and
// nothing of those around it. What stands in quotes stays as it is.
type spaces struct {
	text   io.Reader
	quote  byte
	quotes bool

	inQuotes bool
	started  bool // the line has a word
	gap      bool // spaces since then
	in       [32 << 10]byte
	made     []byte
	out      []byte // of made, to be passed on
	err      error
}

func (s *spaces) Read(p []byte) (int, error) {
	for len(s.out) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		n, err := s.text.Read(s.in[:])
		s.err = err
		s.made = s.made[:0]
		for _, c := range s.in[:n] {
			s.take(c)
		}
		s.out = s.made
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

func (s *spaces) take(c byte) {
	switch {
	case s.inQuotes:
		s.inQuotes = c != s.quote
	case c == ' ' || c == '\t':
		s.gap = s.started
		return
	case c == '\n' || c == '\r':
		s.started, s.gap = false, false
		s.made = append(s.made, c)
		return
	default:
		if s.gap {
			s.made = append(s.made, '\t')
		}
		s.started, s.gap = true, false
		s.inQuotes = s.quotes && c == s.quote
	}
	s.made = append(s.made, c)
}
