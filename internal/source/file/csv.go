package file

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/source"
)

// csvReader reads RFC 4180 and what exports make of it.
//
// Lines without a quote are cut up where they stand; only records with quotes
// are scanned field by field.
type csvReader struct {
	*input
	window
	dialect

	header []string
	width  int // fields of the header's row, with those after the last name
	fields []source.Field
	nulls  nulls
	layout Layout // what readHeader found out

	maxCell, maxRow int

	short []string // texts of the row refused last, if it has too few fields
	blank bool     // blank lines stood before the last row

	line    int // of the text at window.from
	suspect int // line whose quotes do not match, until a row reads well again

	// The first quote at or after window.from, valid for one fill.
	quoteAt, quoteFill int

	scan scan
}

// dialect is how a file writes its records down.
type dialect struct {
	delimiter byte
	quote     byte
	quotes    bool // whether there are quotes at all
	onlyCR    bool // every CR ends a line: the file knows no LF
}

const minRow = windowSize

// replacement stands in UTF-8 for what is wrong in another encoding.
var replacement = []byte("\uFFFD")

func newCSV(in *input, o Options) (*csvReader, error) {
	d, err := dialectOf(o)
	if err != nil {
		return nil, err
	}
	r := &csvReader{
		input: in, window: newWindow(in.text), dialect: d,
		nulls: newNulls(o.NullTexts), maxCell: o.MaxCell, maxRow: max(4*o.MaxCell, minRow),
		line: 1, quoteFill: -1,
	}
	if o.Delimiter == ' ' {
		r.window = newWindow(&spaces{text: in.text, quote: r.quote, quotes: r.quotes})
	}
	if err := r.readHeader(o.Header); err != nil {
		return nil, err
	}
	r.layout.Format, r.layout.Delimiter = CSV, rune(r.delimiter)
	if o.Delimiter == ' ' {
		r.layout.Delimiter = ' '
	}
	return r, nil
}

// Layout returns what has been found out about the file so far.
func (r *csvReader) Layout() Layout { return r.input.describe(r.layout) }

func (r *csvReader) Header() []string { return r.header }

func (r *csvReader) cut() []string { return r.short }

func (r *csvReader) afterBlank() bool { return r.blank }

func (r *csvReader) Next() (source.Row, error) {
	r.short, r.blank = nil, false
	for {
		if r.from == r.to && !r.more() {
			return source.Row{}, r.stop()
		}
		end, next, ok := r.lineEnd(r.from)
		if !ok || r.hasQuote(end) {
			row, again, err := r.nextScanned()
			if again {
				continue
			}
			return row, err
		}
		text, line := r.trimCR(r.from, end), r.line
		r.from = next
		r.line++
		if r.isBlank(text) {
			r.blank = true
			continue
		}
		r.suspect = 0
		count, extra := r.split(text)
		if err := r.checkShape(line, text, count, extra); err != nil {
			for _, f := range r.fields[:min(count, len(r.fields))] {
				r.short = append(r.short, string(bytes.TrimSpace(f.Text)))
			}
			return source.Row{}, r.withFields(err)
		}
		return r.finish(line, !r.damaged || utf8.Valid(text), len(text))
	}
}

// stop says why there are no more rows.
func (r *csvReader) stop() error {
	if r.err == io.EOF {
		return io.EOF
	}
	return r.fail(r.line, r.err)
}

// hasQuote reports whether there is a quote before end.
func (r *csvReader) hasQuote(end int) bool {
	if !r.quotes {
		return false
	}
	if r.quoteFill != r.fills || r.quoteAt < r.from {
		r.quoteFill, r.quoteAt = r.fills, r.to
		if n := bytes.IndexByte(r.held(), r.quote); n >= 0 {
			r.quoteAt = r.from + n
		}
	}
	return r.quoteAt < end
}

// isBlank reports whether a line says nothing: it is empty or, where a row
// has several fields, nothing but spaces.
func (r *csvReader) isBlank(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	if text[0] > ' ' || len(r.header) == 1 {
		return false
	}
	for _, c := range text {
		if c == r.delimiter || c != ' ' && c != '\t' {
			return false
		}
	}
	return true
}

// split cuts a line without quotes into the fields. extra reports text in
// fields for which the header has no place.
func (r *csvReader) split(text []byte) (count int, extra bool) {
	fields := r.fields
	for {
		n := bytes.IndexByte(text, r.delimiter)
		field := text
		if n >= 0 {
			field = text[:n:n]
		}
		if count < len(fields) {
			fields[count] = source.Field{Text: field}
		} else if count >= r.width && len(field) > 0 {
			extra = true
		}
		count++
		if n < 0 {
			return count, extra
		}
		text = text[n+1:]
	}
}

// checkShape refuses a row that has fewer fields than the header, or more and
// text in them, and one that is too long as a whole.
func (r *csvReader) checkShape(line int, raw []byte, count int, extra bool) *source.RowError {
	var reason string
	switch {
	case len(raw) > r.maxRow:
		reason = "the row is longer than " + byteSize(r.maxRow)
	case count < len(r.header) || extra:
		reason = fmt.Sprintf("it has %s where the header has %d", plural(count, "field"), len(r.header))
	default:
		return nil
	}
	return &source.RowError{Line: line, Value: source.Excerpt(raw), Reason: reason}
}

// withFields gives the refusal of a row that can be read but for its shape the
// texts of it.
func (r *csvReader) withFields(err *source.RowError) *source.RowError {
	err.Fields = r.short
	return err
}

// finish checks the fields of a row that has the right number of them. size
// is a bound on the longest.
func (r *csvReader) finish(line int, valid bool, size int) (source.Row, error) {
	if !valid {
		for i, f := range r.fields {
			if !utf8.Valid(f.Text) {
				return r.refuse(line, i, "it is not UTF-8; save the file as UTF-8")
			}
		}
	}
	if size > r.maxCell {
		for i, f := range r.fields {
			if len(f.Text) > r.maxCell {
				return r.refuse(line, i, "the cell is longer than "+byteSize(r.maxCell))
			}
		}
	}
	if r.isUTF16() {
		for i, f := range r.fields {
			if bytes.Contains(f.Text, replacement) {
				return r.refuse(line, i, "it holds half a character: the file was damaged on its way")
			}
		}
	}
	if r.nulls.lengths != 0 {
		r.nulls.mark(r.fields)
	}
	return source.Row{Line: line, Fields: r.fields}, nil
}

func (r *csvReader) refuse(line, column int, reason string) (source.Row, error) {
	return source.Row{}, &source.RowError{
		Line: line, Column: r.name(column), Value: source.Excerpt(r.fields[column].Text), Reason: reason,
	}
}

// name returns the name of a column, also of those past the header.
func (r *csvReader) name(column int) string {
	if column < len(r.header) && r.header[column] != "" {
		return r.header[column]
	}
	return fmt.Sprintf("#%d", column+1)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func byteSize(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	default:
		return plural(n, "byte")
	}
}
