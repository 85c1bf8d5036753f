package file

import (
	"bytes"
	"fmt"

	"github.com/segue-cs/segue/internal/source"
)

// recover makes an error of the record that could not be scanned and moves to
// where reading goes on.
//
// That is the line after the one with the offending quote, when what the
// quote would swallow looks like rows; else the quote was meant, and all that
// belongs to its field goes with it.
func (r *csvReader) recover(what outcome) error {
	s := &r.scan
	line := r.line
	openLine := line + r.linesIn(r.buf[r.from:s.open])
	isQuoted := r.quotes && s.open < r.to && r.buf[s.open] == r.quote
	end, next, ok := r.lineEnd(s.open)
	err := &source.RowError{Line: line, Column: r.name(s.count), Value: source.Excerpt(r.trimCR(s.open, end))}
	switch what {
	case unclosed:
		err.Reason = fmt.Sprintf("the quote that opens on line %d is never closed", openLine)
	case afterQuote:
		err.Column = r.name(s.count - 1)
		err.Reason = "there is text after the closing quote; a quote inside quotes is written twice"
	default:
		err.Reason = "the cell is longer than " + byteSize(r.maxCell)
		if r.to-s.open <= r.maxCell {
			err.Reason, err.Column = "the row is longer than "+byteSize(r.maxRow), ""
		}
	}
	switch {
	case what == unclosed || isQuoted && ok && r.looksLikeRows(next, s.stopped):
		if what == tooLong {
			err.Reason += fmt.Sprintf(", or the quote that opens on line %d is never closed", openLine)
		}
		r.resume(next)
		r.suspect = line
	case what == afterQuote:
		r.suspect = line
		if _, next, ok = r.lineEnd(s.stopped); ok {
			r.resume(next)
			break
		}
		fallthrough
	default:
		r.skipRecord()
		if last := r.line - 1; last > line {
			err.Reason += fmt.Sprintf(" (lines %d to %d)", line, last)
		}
	}
	return err
}

// resume goes on with the line at next.
func (r *csvReader) resume(next int) {
	r.line += r.linesIn(r.buf[r.from:next])
	r.from = next
}

const sampleLines = 8

// looksLikeRows reports whether at least half of the first lines from from to
// the one with to are rows in their own right.
func (r *csvReader) looksLikeRows(from, to int) bool {
	if len(r.header) < 2 {
		return false
	}
	lines, rows := 0, 0
	for lines < sampleLines && from <= to && from < r.to {
		end, next, ok := r.lineEnd(from)
		if !ok {
			break
		}
		text := r.trimCR(from, end)
		from = next
		if len(text) == 0 {
			continue
		}
		lines++
		if n := r.countFields(text); n >= len(r.header) && n <= r.width {
			rows++
		}
	}
	return lines > 0 && 2*rows >= lines
}

// countFields returns the number of fields in a line, or -1 when its quotes do
// not match.
func (r *csvReader) countFields(text []byte) int {
	for count := 1; ; count++ {
		field := text
		if r.quotes && len(text) > 0 && text[0] == r.quote {
			end := 1
			for end < len(text) && (text[end] != r.quote || end+1 < len(text) && text[end+1] == r.quote) {
				if text[end] == r.quote {
					end++
				}
				end++
			}
			if end >= len(text) {
				return -1
			}
			text = text[end+1:]
			if len(text) == 0 {
				return count
			}
			if text[0] != r.delimiter {
				return -1
			}
			text = text[1:]
			continue
		}
		n := bytes.IndexByte(text, r.delimiter)
		if n >= 0 {
			field = text[:n]
		}
		if r.quotes && bytes.IndexByte(field, r.quote) >= 0 {
			return -1
		}
		if n < 0 {
			return count
		}
		text = text[n+1:]
	}
}

// checkQuotes refuses rows with a stray quote that follow one whose quotes do
// not match: they may be the rest of it.
func (r *csvReader) checkQuotes(line int, text []byte) error {
	if r.suspect == 0 || !r.scan.bare {
		r.suspect = 0
		return nil
	}
	return &source.RowError{
		Line: line, Value: source.Excerpt(text),
		Reason: fmt.Sprintf("it may be the rest of line %d, whose quotes do not match", r.suspect),
	}
}

// skipRecord moves to the end of the record at window.from without holding
// it.
func (r *csvReader) skipRecord() {
	const (
		atStart = iota
		inPlain
		inQuotes
		atQuote // a quote inside quotes: the closing one, or the first of two
	)
	state, afterCR := atStart, false
	for r.from < r.to || r.more() {
		for i, c := range r.held() {
			isQuote := r.quotes && c == r.quote
			isEnd := c == '\n' || afterCR && r.onlyCR
			afterCR = c == '\r'
			switch {
			case state == inQuotes:
				if isQuote {
					state = atQuote
				} else if isEnd {
					r.line++
				}
			case isEnd:
				r.line++
				r.from += i
				if c == '\n' {
					r.from++
				}
				return
			case isQuote && state != inPlain:
				state = inQuotes
			case c == r.delimiter:
				state = atStart
			default:
				state = inPlain
			}
		}
		r.from = r.to
	}
}
