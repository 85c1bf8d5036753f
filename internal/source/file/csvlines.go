package file

import "bytes"

// lineEnd returns where the line at from ends and where the next one starts,
// or false when the window does not hold its end.
func (r *csvReader) lineEnd(from int) (end, next int, ok bool) {
	if r.lone {
		return r.mixedEnd(from)
	}
	if n := bytes.IndexByte(r.buf[from:r.to], '\n'); n >= 0 {
		return from + n, from + n + 1, true
	}
	return r.to, r.to, r.atEnd()
}

// mixedEnd is lineEnd in a text in which CR stands alone. It ends a line in
// files that know no LF; elsewhere only where a row follows it, else it belongs
// to the text.
func (r *csvReader) mixedEnd(from int) (end, next int, ok bool) {
	for {
		n := bytes.IndexAny(r.buf[from:r.to], "\r\n")
		if n < 0 {
			return r.to, r.to, r.atEnd()
		}
		end = from + n
		after := end
		for after < r.to && r.buf[after] == '\r' {
			after++
		}
		switch {
		case after == r.to && !r.atEnd():
			return r.to, r.to, false
		case after < r.to && r.buf[after] == '\n':
			return end, after + 1, true
		case r.onlyCR || r.header == nil || after == r.to:
			return end, end + 1, true
		}
		isRow, known := r.startsRow(after)
		if n := r.countFields(r.buf[r.from:end]); n >= 0 && n < len(r.header) {
			isRow = false
		}
		switch {
		case !known:
			return r.to, r.to, false
		case isRow:
			return end, end + 1, true
		}
		from = after
	}
}

// startsRow reports whether the text at from reads like a row, as far as its
// own line says; known is false when the window does not hold that.
func (r *csvReader) startsRow(from int) (isRow, known bool) {
	text := r.buf[from:r.to]
	if n := bytes.IndexAny(text, "\r\n"); n >= 0 {
		text = text[:n]
	} else if !r.atEnd() {
		return false, false
	}
	n := r.countFields(text)
	if n < 0 { // a quote that a later line closes
		return text[0] == r.quote || bytes.IndexByte(text, r.delimiter) >= 0, true
	}
	return n >= len(r.header) && n <= r.width, true
}

// linesIn returns the number of line ends in a text that ends with one, or
// within a line.
func (r *csvReader) linesIn(text []byte) int {
	if !r.lone {
		return bytes.Count(text, []byte{'\n'})
	}
	lines := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			lines++
		case '\r':
			after := i
			for after < len(text) && text[after] == '\r' {
				after++
			}
			if after == len(text) || text[after] != '\n' {
				lines++
			} else {
				i = after - 1
			}
		}
	}
	return lines
}

// trimCR returns the line's text without the CR of CRLF, of which broken
// conversions write several.
func (r *csvReader) trimCR(from, end int) []byte {
	for end > from && r.buf[end-1] == '\r' {
		end--
	}
	return r.buf[from:end]
}
