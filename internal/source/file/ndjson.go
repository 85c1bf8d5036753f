package file

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/source"
)

// jsonReader reads one JSON object a line.
type jsonReader struct {
	*input
	window

	header []string
	index  map[string]int
	fields []source.Field
	nulls  nulls
	record record
	each   eachFunc

	current int    // line of the record that is read
	setAt   []int  // per field: the line that set it
	refused string // column for which the record is refused

	maxCell, maxRow int
	line            int // of the text at window.from
}

// sampleRecords is how many records name the columns when Options does not.
const sampleRecords = 100

const jsonSpace = " \t\r\n"

func newNDJSON(in *input, o Options) (*jsonReader, error) {
	r := &jsonReader{
		input: in, window: newWindow(in.text), nulls: newNulls(o.NullTexts),
		maxCell: o.MaxCell, maxRow: max(4*o.MaxCell, minRow), line: 1,
	}
	if err := r.checkStart(); err != nil {
		return nil, err
	}
	for _, name := range o.Columns {
		r.header = append(r.header, strings.TrimSpace(name))
	}
	if len(o.Columns) == 0 {
		if r.header = r.sampleNames(); len(r.header) == 0 {
			return nil, errors.New("the first lines hold no JSON object with keys")
		}
	}
	if err := checkNames(r.header); err != nil {
		return nil, err
	}
	r.index = make(map[string]int, len(r.header))
	for i, name := range r.header {
		r.index[name] = i
	}
	r.fields = make([]source.Field, len(r.header))
	r.setAt = make([]int, len(r.header))
	r.each = r.set
	return r, nil
}

// checkStart refuses files that are JSON but not one object a line.
func (r *jsonReader) checkStart() error {
	for {
		for bytes.IndexByte(r.held(), '\n') < 0 && r.to-r.from <= r.maxRow && r.more() {
		}
		start := bytes.TrimLeft(r.held(), jsonSpace)
		if len(start) == 0 {
			if r.err == io.EOF {
				return source.ErrEmpty
			}
			if r.err != nil {
				return damage(r.err)
			}
			r.line += bytes.Count(r.held(), []byte{'\n'})
			r.from = r.to
			continue
		}
		first, _, _ := bytes.Cut(start, []byte{'\n'})
		switch first = bytes.TrimRight(first, jsonSpace); {
		case first[0] == '[':
			return errors.New("it is one JSON array; write its objects one a line, without the brackets")
		case string(first) == "{":
			return errors.New("it has a JSON object over several lines; write each object on one line")
		}
		return nil
	}
}

// sampleNames returns the keys of the first records in the order in which
// they appear.
func (r *jsonReader) sampleNames() []string {
	var names []string
	seen := map[string]bool{}
	text := r.held()
	for range sampleRecords {
		line, rest, found := bytes.Cut(text, []byte{'\n'})
		if !found && !r.atEnd() || len(line) == 0 && len(rest) == 0 {
			break
		}
		text = rest
		var leaves []string
		if r.record.read(line, func(name []byte, _ source.Field, leaf bool) string {
			if leaf {
				leaves = append(leaves, string(name))
			}
			return ""
		}) != "" || !utf8.Valid(line) {
			continue
		}
		for _, name := range leaves {
			if name != "" && name == strings.TrimSpace(name) && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// Layout returns what has been found out about the file so far.
func (r *jsonReader) Layout() Layout { return r.input.describe(Layout{Format: NDJSON}) }

func (r *jsonReader) Header() []string { return r.header }

func (r *jsonReader) Next() (source.Row, error) {
	for {
		text, line, err := r.nextLine()
		if err != nil {
			return source.Row{}, err
		}
		if len(bytes.Trim(text, jsonSpace)) == 0 {
			continue
		}
		if len(text) > r.maxRow {
			return source.Row{}, refuseLine(line, text, "the record is longer than "+byteSize(r.maxRow))
		}
		if r.damaged && !utf8.Valid(text) {
			return source.Row{}, refuseLine(line, text, "it is not UTF-8; save the file as UTF-8")
		}
		return r.row(line, text)
	}
}

func refuseLine(line int, text []byte, reason string) error {
	return &source.RowError{Line: line, Value: source.Excerpt(text), Reason: reason}
}

// row reads the record in the text.
func (r *jsonReader) row(line int, text []byte) (source.Row, error) {
	for i := range r.fields {
		r.fields[i] = source.Field{Missing: true}
	}
	r.current, r.refused = line, ""
	if reason := r.record.read(text, r.each); reason != "" {
		return source.Row{}, &source.RowError{
			Line: line, Column: r.refused, Value: source.Excerpt(text), Reason: reason,
		}
	}
	r.nulls.mark(r.fields)
	return source.Row{Line: line, Fields: r.fields}, nil
}

// set takes the value of a wanted column.
func (r *jsonReader) set(name []byte, f source.Field, _ bool) (reason string) {
	i, ok := r.index[string(name)]
	if !ok {
		return ""
	}
	switch {
	case r.setAt[i] == r.current:
		reason = "the key comes twice"
	case len(f.Text) > r.maxCell:
		reason = "the cell is longer than " + byteSize(r.maxCell)
	default:
		f.Number = !f.Quoted
		r.setAt[i] = r.current
		r.fields[i] = f
		return ""
	}
	r.refused = r.header[i]
	return reason
}

// nextLine consumes a line. Of one that is longer than maxRow it returns the
// first part.
func (r *jsonReader) nextLine() ([]byte, int, error) {
	for {
		held := r.held()
		n := bytes.IndexByte(held, '\n')
		switch {
		case n >= 0:
			r.from += n + 1
		case len(held) > r.maxRow:
			return r.skipLine()
		case r.more():
			continue
		case !r.atEnd():
			return nil, 0, r.fail(r.line, r.err)
		case len(r.held()) == 0:
			return nil, 0, io.EOF
		default:
			held = r.held()
			n = len(held)
			r.from = r.to
		}
		r.line++
		return held[:n:n], r.line - 1, nil
	}
}

// skipLine consumes a line that is too long to be held.
func (r *jsonReader) skipLine() ([]byte, int, error) {
	start := bytes.Clone(r.held()[:r.maxRow+1])
	for r.from < r.to || r.more() {
		if n := bytes.IndexByte(r.held(), '\n'); n >= 0 {
			r.from += n + 1
			break
		}
		r.from = r.to
	}
	r.line++
	return start, r.line - 1, nil
}
