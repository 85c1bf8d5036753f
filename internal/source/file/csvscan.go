package file

import (
	"bytes"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/source"
)

// scan is what was found out about the record at window.from. Positions are
// those of window.buf.
type scan struct {
	limit int    // how many spans to keep
	spans []span // the first fields
	count int    // all fields
	extra bool   // text in a field from csvReader.width on
	next  int    // where the next record starts
	size  int    // of the longest field
	bare  bool   // there is a quote in a field that does not start with one

	open    int // where the field starts at which the scan stopped
	stopped int // where it stopped
}

// span is one field, without its quotes.
type span struct {
	from, to        int
	quoted, doubled bool
}

// outcome is how a scan ended.
type outcome int

const (
	scanned    outcome = iota
	needsMore          // the window ends inside the record
	unclosed           // the text ends inside quotes
	afterQuote         // text between a closing quote and the delimiter
	tooLong            // a field or the record is longer than allowed
)

// nextScanned reads the record at window.from field by field. again is true
// when there was nothing to read there.
func (r *csvReader) nextScanned() (row source.Row, again bool, err error) {
	r.scan.limit = len(r.header)
	what := r.scanRecord()
	switch what {
	case needsMore:
		if r.more() || r.atEnd() {
			return row, true, nil
		}
		return row, false, r.stop()
	case scanned:
	default:
		return row, false, r.recover(what)
	}
	s := &r.scan
	raw, line := r.buf[r.from:s.next], r.line
	r.from = s.next
	r.line += r.linesIn(raw)
	text := bytes.TrimRight(raw, "\r\n")
	if s.count == 1 && !s.spans[0].quoted && r.isBlank(text) {
		r.blank = true
		return row, true, nil
	}
	if err := r.checkQuotes(line, text); err != nil {
		return row, false, err
	}
	if err := r.checkShape(line, text, s.count, s.extra); err != nil {
		for _, span := range s.spans {
			r.short = append(r.short, string(bytes.TrimSpace(r.buf[span.from:span.to])))
		}
		return row, false, r.withFields(err)
	}
	valid := !r.damaged || utf8.Valid(raw)
	for i, span := range s.spans {
		text := r.buf[span.from:span.to:span.to]
		if span.doubled {
			text = r.undouble(text)
		}
		r.fields[i] = source.Field{Text: text, Quoted: span.quoted}
	}
	row, err = r.finish(line, valid, s.size)
	return row, false, err
}

// scanRecord finds the fields of the record at window.from.
func (r *csvReader) scanRecord() outcome {
	s := &r.scan
	*s = scan{limit: s.limit, spans: s.spans[:0]}
	at := r.from
	end, next, ok := r.lineEnd(at)
	for {
		s.open, s.stopped = at, r.to
		if r.quotes && at < r.to && r.buf[at] == r.quote {
			after, what := r.scanQuoted(at)
			if what != scanned {
				return what
			}
			if after > end {
				end, next, ok = r.lineEnd(after)
			}
			at = after
			switch {
			case !ok && (after == r.to || len(bytes.Trim(r.buf[after:r.to], "\r")) == 0):
				return needsMore
			case ok && len(r.trimCR(after, end)) == 0:
				s.next = next
				return scanned
			case r.buf[after] != r.delimiter:
				s.stopped = after
				return afterQuote
			}
			at++
			continue
		}
		n := bytes.IndexByte(r.buf[at:end], r.delimiter)
		switch {
		case n >= 0:
			r.add(span{from: at, to: at + n})
			at += n + 1
		case ok:
			r.add(span{from: at, to: at + len(r.trimCR(at, end))})
			s.next = next
			return scanned
		case end-at > r.maxCell || end-r.from > r.maxRow:
			return tooLong
		default:
			return needsMore
		}
	}
}

// scanQuoted finds the closing quote of the field at at, and returns the
// position after it.
func (r *csvReader) scanQuoted(at int) (int, outcome) {
	field := span{from: at + 1, quoted: true}
	for j := at + 1; ; {
		n := bytes.IndexByte(r.buf[j:r.to], r.quote)
		if n < 0 {
			j = r.to
		} else {
			j += n
		}
		switch {
		case j-at-1 > r.maxCell || j-r.from > r.maxRow:
			r.scan.stopped = j
			return 0, tooLong
		case n < 0 && r.atEnd():
			return 0, unclosed
		case n < 0 || j+1 == r.to && !r.atEnd():
			return 0, needsMore
		case j+1 < r.to && r.buf[j+1] == r.quote:
			field.doubled = true
			j += 2
		default:
			field.to = j
			r.add(field)
			return j + 1, scanned
		}
	}
}

func (r *csvReader) add(f span) {
	s := &r.scan
	size := f.to - f.from
	if s.count < s.limit {
		s.spans = append(s.spans, f)
	} else if s.count >= r.width && size > 0 {
		s.extra = true
	}
	s.count++
	s.size = max(s.size, size)
	if !f.quoted && !s.bare && bytes.IndexByte(r.buf[f.from:f.to], r.quote) >= 0 {
		s.bare = r.quotes
	}
}

// undouble makes one quote of two, in place.
func (r *csvReader) undouble(text []byte) []byte {
	to := 0
	for from := 0; from < len(text); from++ {
		c := text[from]
		text[to] = c
		to++
		if c == r.quote {
			from++
		}
	}
	return text[:to:to]
}
