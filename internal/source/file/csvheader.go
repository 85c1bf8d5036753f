package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/source"
)

// delimiters are those that Open looks for. Of two that fit as well the
// earlier one is taken: commas stand in names and numbers, too.
var delimiters = [...]byte{'\t', ';', '|', ','}

const (
	maxColumns = 20_000
	maxNamed   = 5 // names in one message
)

// dialectOf returns what the options fix.
func dialectOf(o Options) (dialect, error) {
	d := dialect{quote: '"', quotes: true, eol: '\n'}
	if o.Quote == NoQuote {
		d.quotes = false
	} else if o.Quote != 0 {
		d.quote = byte(o.Quote)
	}
	for _, c := range []rune{o.Delimiter, max(o.Quote, 0)} {
		if c >= utf8.RuneSelf || c == '\n' || c == '\r' || c < 0 {
			return d, fmt.Errorf("delimiter and quote are one ASCII character each, not %q", c)
		}
	}
	d.delimiter = byte(o.Delimiter)
	if d.quotes && d.delimiter == d.quote {
		return d, fmt.Errorf("delimiter and quote are both %q", d.quote)
	}
	return d, nil
}

// readHeader finds out the dialect and reads the names of the columns.
func (r *csvReader) readHeader() error {
	if !r.more() {
		if r.err == io.EOF {
			return source.ErrEmpty
		}
		return damage(r.err)
	}
	if r.hasOnlyCR() {
		r.eol = '\r'
	}
	r.readSep()
	if err := r.skipBlank(); err != nil {
		return err
	}
	if r.delimiter == 0 {
		r.delimiter = r.detectDelimiter()
	}
	names, err := r.scanHeader()
	if err != nil {
		return fmt.Errorf("line %d: header: %w", r.line, err)
	}
	r.width = len(names)
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	if len(names) == 0 {
		return errors.New("header: the first row names no column")
	}
	r.header = names
	r.fields = make([]source.Field, len(names))
	return checkNames(names)
}

// skipBlank moves to the first line that says something.
func (r *csvReader) skipBlank() error {
	for {
		end, next, ok := r.lineEnd(r.from)
		if !ok || len(bytes.TrimSpace(r.buf[r.from:end])) > 0 {
			return nil
		}
		r.from = next
		r.line++
		if r.from == r.to && !r.more() {
			if r.err == io.EOF {
				return source.ErrEmpty
			}
			return damage(r.err)
		}
	}
}

// scanHeader consumes the record at window.from and returns the names in it.
func (r *csvReader) scanHeader() ([]string, error) {
	r.scan.limit = maxColumns
	for {
		switch what := r.scanRecord(); what {
		case needsMore:
			if !r.more() && !r.atEnd() {
				return nil, damage(r.err)
			}
			continue
		case unclosed:
			return nil, errors.New("a quote is opened and never closed")
		case afterQuote:
			return nil, errors.New("there is text after a closing quote")
		case tooLong:
			return nil, errors.New("it is longer than " + byteSize(r.maxCell) + "; is this a text file?")
		}
		break
	}
	if r.scan.count > maxColumns {
		return nil, fmt.Errorf("it has %d columns, more than %d", r.scan.count, maxColumns)
	}
	raw := r.buf[r.from:r.scan.next]
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, errors.New("it has NUL bytes; save the file as UTF-8, or as UTF-16 with byte order mark")
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("it is not UTF-8; save the file as UTF-8")
	}
	r.resume(r.scan.next)
	var names []string
	for _, s := range r.scan.spans {
		text := r.buf[s.from:s.to]
		if s.doubled {
			text = r.undouble(text)
		}
		names = append(names, strings.TrimSpace(string(text)))
	}
	return names, nil
}

// checkNames refuses names that come twice.
func checkNames(names []string) error {
	first := make(map[string]int, len(names))
	var twice []string
	for i, name := range names {
		if name == "" {
			continue
		}
		if at, ok := first[name]; ok {
			twice = append(twice, fmt.Sprintf("%q (columns %d and %d)", source.Excerpt([]byte(name)), at+1, i+1))
			continue
		}
		first[name] = i
	}
	if len(twice) == 0 {
		return nil
	}
	if more := len(twice) - maxNamed; more > 0 {
		twice = append(twice[:maxNamed], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("header: two columns with one name: %s; rename one of each", strings.Join(twice, ", "))
}

// readSep consumes the line "sep=;" with which spreadsheets say the delimiter.
func (r *csvReader) readSep() {
	end, next, ok := r.lineEnd(r.from)
	text := r.trimCR(r.from, end)
	if !ok || len(text) != 5 || !bytes.EqualFold(text[:4], []byte("sep=")) || text[4] >= utf8.RuneSelf {
		return
	}
	if r.delimiter == 0 {
		r.delimiter = text[4]
	}
	r.from = next
	r.line++
}

// hasOnlyCR reports whether lines end in CR alone.
func (r *csvReader) hasOnlyCR() bool {
	held := r.held()
	var lf, cr int
	for i, c := range held {
		switch {
		case c == '\n':
			lf++
		case c == '\r' && i+1 < len(held) && held[i+1] != '\n' && held[i+1] != '\r':
			cr++
		}
	}
	return cr > lf
}

// detectDelimiter returns the delimiter that the header has most often, among
// those that the next row has as often, if there are any.
func (r *csvReader) detectDelimiter() byte {
	header, rest := r.countDelimiters(r.held())
	row, _ := r.countDelimiters(rest)
	best, bestCount, bestFits := byte(','), 0, false
	for i, c := range delimiters {
		fits := header[i] == row[i]
		if header[i] > 0 && (fits && !bestFits || fits == bestFits && header[i] > bestCount) {
			best, bestCount, bestFits = c, header[i], fits
		}
	}
	return best
}

// countDelimiters counts each of delimiters outside quotes in the first
// record of the text.
func (r *csvReader) countDelimiters(text []byte) (counts [len(delimiters)]int, rest []byte) {
	inQuotes := false
	for i, c := range text {
		switch {
		case r.quotes && c == r.quote:
			inQuotes = !inQuotes
		case inQuotes:
		case c == r.eol:
			return counts, text[i+1:]
		default:
			if n := bytes.IndexByte(delimiters[:], c); n >= 0 {
				counts[n]++
			}
		}
	}
	return counts, nil
}
