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
	d := dialect{quote: '"', quotes: true}
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
	if d.delimiter == ' ' {
		d.delimiter = '\t' // spaces are made one tab
	}
	if d.quotes && d.delimiter == d.quote {
		return d, fmt.Errorf("delimiter and quote are both %q", d.quote)
	}
	return d, nil
}

// readHeader finds out the dialect and reads the names of the columns.
func (r *csvReader) readHeader(h Header) error {
	if !r.more() {
		if r.err == io.EOF {
			return source.ErrEmpty
		}
		return damage(r.err)
	}
	r.onlyCR = r.hasOnlyCR()
	r.readSep()
	if err := r.skipTo(h.Row); err != nil {
		return err
	}
	if err := r.skipBlank(); err != nil {
		return err
	}
	if r.delimiter == 0 {
		r.delimiter = r.detectDelimiter()
	}
	if h == (Header{}) {
		if err := r.skipTitle(); err != nil {
			return err
		}
	}
	r.layout.HeaderLine = r.line
	names, err := r.readNames(h)
	if err != nil {
		return fmt.Errorf("line %d: header: %w", r.line, err)
	}
	if h.Rows > 1 {
		numberTwice(names)
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
	err = checkNames(names)
	if err != nil && h.Rows < 2 && !h.None {
		return fmt.Errorf("%w, or say header: {rows: 2} if the next row tells them apart", err)
	}
	return err
}

// skipTo moves to the line that was named; 0 stays.
func (r *csvReader) skipTo(line int) error {
	for r.line < line {
		_, next, ok := r.lineEnd(r.from)
		if !ok {
			if r.more() {
				continue
			}
			return damage(r.err)
		}
		r.from = next
		r.line++
		if r.from == r.to && !r.more() && r.err == io.EOF {
			return fmt.Errorf("header: it is to stand on line %d, and the file has %s", line, plural(r.line-1, "line"))
		}
	}
	return nil
}

// readNames consumes the rows of the header and returns the names of the
// columns.
func (r *csvReader) readNames(h Header) ([]string, error) {
	if h.None {
		record, _, err := r.peekRecord()
		return numbered(len(record)), err
	}
	var rows [][]string
	for range max(h.Rows, 1) {
		if len(rows) > 0 {
			if err := r.skipBlank(); err != nil {
				return nil, err
			}
		}
		names, err := r.scanHeader()
		if err != nil {
			return nil, err
		}
		rows = append(rows, names)
	}
	return joinNames(rows, h.Names), nil
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
	names, next, err := r.peekRecord()
	if err != nil {
		return nil, err
	}
	raw := r.buf[r.from:next]
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, errors.New("it has NUL bytes; save the file as UTF-8")
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("it is not UTF-8, and not throughout another encoding; say which with encoding:, or save the file as UTF-8")
	}
	r.resume(next)
	return names, nil
}

// peekRecord returns the texts of the record at window.from, without spaces
// around them, and where the next one starts.
func (r *csvReader) peekRecord() (texts []string, next int, err error) {
	r.scan.limit = maxColumns
	for {
		switch what := r.scanRecord(); what {
		case needsMore:
			if !r.more() && !r.atEnd() {
				return nil, 0, damage(r.err)
			}
			continue
		case unclosed:
			return nil, 0, errors.New("a quote is opened and never closed")
		case afterQuote:
			return nil, 0, errors.New("there is text after a closing quote")
		case tooLong:
			return nil, 0, errors.New("it is longer than " + byteSize(r.maxCell) + "; is this a text file?")
		}
		break
	}
	if r.scan.count > maxColumns {
		return nil, 0, fmt.Errorf("it has %d columns, more than %d", r.scan.count, maxColumns)
	}
	for _, s := range r.scan.spans {
		text := bytes.Clone(r.buf[s.from:s.to])
		if s.doubled {
			text = r.undouble(text)
		}
		texts = append(texts, oneLine(strings.TrimSpace(string(text))))
	}
	return texts, r.scan.next, nil
}

// skipTitle moves past the lines of a title.
func (r *csvReader) skipTitle() error {
	start, line := r.from, r.line
	var rows [][]string
	var froms, lines []int
	for len(rows) < titleSample {
		r.scan.limit = maxColumns
		if r.from == r.to || r.scanRecord() != scanned || r.scan.count > maxColumns {
			break // what is in the window has to do
		}
		texts, next, err := r.peekRecord()
		if err != nil {
			break
		}
		froms, lines, rows = append(froms, r.from), append(lines, r.line), append(rows, texts)
		r.resume(next)
	}
	n := titleRows(rows)
	for i := range n {
		text := strings.TrimRight(strings.Join(rows[i], " "), " ")
		if text != "" {
			r.layout.Title = append(r.layout.Title, LineText{lines[i], source.Excerpt([]byte(text))})
		}
	}
	r.from, r.line = start, line
	if n > 0 {
		r.from, r.line = froms[n], lines[n]
	}
	return nil
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
// those that the next row has as often, if there are any. Where the first line
// is no header, the lines that agree with one another tell.
func (r *csvReader) detectDelimiter() byte {
	header, rest := r.countDelimiters(r.held())
	row, _ := r.countDelimiters(rest)
	best, bestCount, bestFits := -1, 0, false
	for i := range delimiters {
		fits := header[i] == row[i]
		if header[i] > 0 && (fits && !bestFits || fits == bestFits && header[i] > bestCount) {
			best, bestCount, bestFits = i, header[i], fits
		}
	}
	agreed, lines := r.tallyDelimiters()
	most := -1
	for i := range delimiters {
		if agreed[i] >= 3 && 2*agreed[i] >= lines && (most < 0 || agreed[i] > agreed[most]) {
			most = i
		}
	}
	switch {
	case most >= 0 && (best < 0 || !bestFits && agreed[most] > agreed[best] || agreed[most] > 2*agreed[best]):
		return delimiters[most]
	case best >= 0:
		return delimiters[best]
	}
	return ','
}

// tallyDelimiters returns, for each delimiter, how many of the first lines
// have it the same number of times, and how many lines there are.
func (r *csvReader) tallyDelimiters() (agreed [len(delimiters)]int, lines int) {
	var with [len(delimiters)]map[int]int
	for i := range with {
		with[i] = map[int]int{}
	}
	for rest := r.held(); len(rest) > 0 && lines < titleSample; {
		var counts [len(delimiters)]int
		before := rest
		counts, rest = r.countDelimiters(rest)
		if len(bytes.TrimSpace(before[:len(before)-len(rest)])) == 0 {
			continue
		}
		lines++
		for i, n := range counts {
			if n > 0 {
				with[i][n]++
				agreed[i] = max(agreed[i], with[i][n])
			}
		}
	}
	return agreed, lines
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
		case c == '\n' || c == '\r' && r.onlyCR:
			return counts, text[i+1:]
		default:
			if n := bytes.IndexByte(delimiters[:], c); n >= 0 {
				counts[n]++
			}
		}
	}
	return counts, nil
}
