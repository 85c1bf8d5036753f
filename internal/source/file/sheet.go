package file

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// tokens reads XML, none of whose texts is longer than memory allows.
type tokens struct {
	decoder *xml.Decoder
	bound   *boundedText
}

// longestToken is how much text may stand between two tags.
const longestToken = 16 << 20

var errLongCell = fmt.Errorf("a cell is longer than %d MiB", longestToken>>20)

// boundedText ends a text in which no tag comes.
type boundedText struct {
	text io.Reader
	left int
}

func (b *boundedText) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongCell
	}
	n, err := b.text.Read(p)
	b.left -= n
	return n, err
}

func newTokens(text io.Reader) *tokens {
	bound := &boundedText{text: text}
	return &tokens{xml.NewDecoder(bound), bound}
}

func (t *tokens) next() (xml.Token, error) {
	t.bound.left = longestToken
	return t.decoder.RawToken()
}

// sheetRows reads the rows of a sheet one after another.
type sheetRows struct {
	book *workbook
	part io.ReadCloser
	xml  *tokens

	row   sheetRow
	made  []byte // texts of the row
	spans [][2]int
	done  bool
}

func (b *workbook) open(s sheet) (*sheetRows, error) {
	part, err := b.part(s.part)
	if err != nil {
		return nil, err
	}
	return &sheetRows{book: b, part: part, xml: newTokens(part)}, nil
}

func (r *sheetRows) close() { r.part.Close() }

// next returns the next row that has cells, and io.EOF after the last one.
func (r *sheetRows) next() (sheetRow, error) {
	for !r.done {
		token, err := r.xml.next()
		if err == io.EOF {
			return sheetRow{}, io.ErrUnexpectedEOF
		}
		if err != nil {
			return sheetRow{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "row" {
				continue
			}
			if err := r.readRow(t); err != nil {
				return sheetRow{}, err
			}
			if len(r.row.cells) > 0 {
				return r.row, nil
			}
		case xml.EndElement:
			r.done = t.Name.Local == "sheetData"
		}
	}
	return sheetRow{}, io.EOF
}

func (r *sheetRows) readRow(start xml.StartElement) error {
	r.row.line++
	r.row.cells, r.made, r.spans = r.row.cells[:0], r.made[:0], r.spans[:0]
	for _, a := range start.Attr {
		if a.Name.Local != "r" {
			continue
		}
		line, err := strconv.Atoi(a.Value)
		if err != nil || line < r.row.line {
			return fmt.Errorf("row %q stands after row %d", a.Value, r.row.line-1)
		}
		r.row.line = line
	}
	column := -1
	for {
		token, err := r.xml.next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			column++
			if err := r.readCell(t, &column); err != nil {
				return err
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				for i, s := range r.spans {
					r.row.cells[i].text = r.made[s[0]:s[1]:s[1]]
				}
				return nil
			}
		}
	}
}

// readCell reads a cell; column is where it stands if it does not say so.
func (r *sheetRows) readCell(start xml.StartElement, column *int) error {
	kind, style := "n", 0
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "r":
			at, ok := columnOf(a.Value)
			if !ok || at < *column {
				return fmt.Errorf("cell %q stands out of order", a.Value)
			}
			*column = at
		case "t":
			kind = a.Value
		case "s":
			style, _ = strconv.Atoi(a.Value) // another format shows the same number
		}
	}
	begin := len(r.made)
	inValue, inReading := false, false
	for {
		token, err := r.xml.next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			inReading = inReading || t.Name.Local == "rPh"
			inValue = !inReading && (t.Name.Local == "v" || t.Name.Local == "t")
		case xml.CharData:
			if inValue {
				r.made = append(r.made, t...)
			}
		case xml.EndElement:
			inValue = false
			switch t.Name.Local {
			case "rPh":
				inReading = false
			case "c":
				return r.finish(*column, begin, kind, style)
			}
		}
	}
}

// finish makes the text of a cell from its value.
func (r *sheetRows) finish(column, begin int, kind string, style int) error {
	value := r.made[begin:]
	if len(value) == 0 {
		return nil
	}
	isNumber := false
	var text []byte
	switch kind {
	case "s":
		i, err := strconv.Atoi(string(value))
		shared, ok := r.book.strings.at(i)
		if err != nil || !ok {
			return fmt.Errorf("a cell names text %q, which the workbook does not have", value)
		}
		text = shared
	case "b":
		text, isNumber = []byte("false"), true
		if value[0] == '1' {
			text = []byte("true")
		}
	case "str", "inlineStr", "e", "d":
		text = value
	default:
		var format cellFormat
		if style >= 0 && style < len(r.book.styles) {
			format = r.book.styles[style]
		}
		written, err := r.book.number(string(bytes.TrimSpace(value)), format)
		if err != nil {
			return err
		}
		text, isNumber = []byte(written), true
	}
	if bytes.Contains(text, []byte("_x")) {
		text = unescaped(text)
	}
	if len(text) != len(value) || len(text) > 0 && &text[0] != &value[0] {
		r.made = append(r.made[:begin], text...)
	}
	r.row.cells = append(r.row.cells, sheetCell{column: column, isNumber: isNumber})
	r.spans = append(r.spans, [2]int{begin, len(r.made)})
	return nil
}

// number writes a number as its format shows it.
func (b *workbook) number(text string, format cellFormat) (string, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return "", fmt.Errorf("a cell has the number %q, which is none", text)
	}
	const lastDay = 2958465 // 9999-12-31
	if format.form != aNumber && v >= 1 && v <= lastDay {
		return b.dayText(v), nil
	}
	if format.mask != "" && v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return masked(int64(v), format.mask), nil
	}
	if len(text) <= mostDigits {
		return text, nil
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', mostDigits, 64), 64)
	if err != nil {
		return "", errors.New("a number cannot be rounded")
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64), nil
}

// dayText writes a day as Excel counts it, with its time to the millisecond if
// it has one. Before March 1900 Excel counts one day too many.
func (b *workbook) dayText(v float64) string {
	day := math.Floor(v)
	millis := int64(math.Round((v - day) * 86_400_000))
	if b.from == from1900 && day < 60 {
		day++
	}
	at := time.UnixMilli((int64(day)-int64(b.from))*86_400_000 + millis).UTC()
	switch {
	case millis == 0:
		return at.Format("2006-01-02")
	case millis%1000 == 0:
		return at.Format("2006-01-02T15:04:05")
	}
	return at.Format("2006-01-02T15:04:05.000")
}

// columnOf returns the column of a cell such as "AB12", from 0.
func columnOf(cell string) (int, bool) {
	n := 0
	for i := 0; i < len(cell); i++ {
		c := cell[i]
		if c < 'A' || c > 'Z' {
			return n - 1, n > 0
		}
		if n = n*26 + int(c-'A') + 1; n > maxColumns {
			return 0, false
		}
	}
	return 0, false
}
