package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/segue-cs/segue/internal/source"
)

// sheetReader reads one sheet of a workbook. The line of a row is its number
// in the sheet.
//
// Texts, and what formulas last came to, are as they stand; numbers are written
// with a point and at most fifteen digits, which is what Excel keeps, whatever
// their format shows of them: 12% is 0.12, 1.2K is 1200. Whole ones are written
// as ids where their format is one of ids, such as 00000 or "C-"0000; days and
// times as 2026-01-31 and 2026-01-31T15:04:05, by the format of the cell and
// the way in which the workbook counts days; truths as true and false.
type sheetReader struct {
	*input
	rows *sheetRows

	header  []string
	fields  []source.Field
	nulls   nulls
	layout  Layout
	maxCell int

	ahead []sheetRow // read to find the header
	blank bool
	line  int // of the row last read
	err   error
}

func newXLSX(in *input, o Options) (*sheetReader, error) {
	b, err := openWorkbook(in)
	if err != nil {
		return nil, err
	}
	r := &sheetReader{input: in, nulls: newNulls(o.NullTexts), maxCell: o.MaxCell}
	sheet, err := b.choose(o.Sheet)
	if err != nil {
		return nil, err
	}
	if r.rows, err = b.open(sheet); err != nil {
		return nil, err
	}
	r.layout = Layout{Format: XLSX, Sheet: sheet.name}
	for _, s := range b.sheets {
		r.layout.Sheets = append(r.layout.Sheets, s.name)
	}
	in.found = finding{encoding: UTF8, sure: true}
	if err := r.readHeader(o.Header); err != nil {
		r.rows.close()
		return nil, err
	}
	return r, nil
}

// readHeader finds the names of the columns.
func (r *sheetReader) readHeader(h Header) error {
	for len(r.ahead) < max(titleSample, h.Rows+1) {
		row, err := r.rows.next()
		if err == io.EOF {
			r.err = err
			break
		}
		if err != nil {
			return r.damaged(err)
		}
		if row.line >= h.Row {
			r.ahead = append(r.ahead, row.clone())
		}
	}
	if len(r.ahead) == 0 {
		return source.ErrEmpty
	}
	skipped := 0
	if h == (Header{}) {
		var texts [][]string
		for _, row := range r.ahead {
			texts = append(texts, row.texts())
		}
		skipped = titleRows(texts)
		for i, row := range r.ahead[:skipped] {
			r.layout.Title = append(r.layout.Title, LineText{row.line, source.Excerpt([]byte(said(texts[i])))})
		}
	}
	r.ahead = r.ahead[skipped:]
	r.layout.HeaderLine = r.ahead[0].line
	names := numbered(len(r.ahead[0].texts()))
	if !h.None {
		var rows [][]string
		last := r.ahead[0].line + max(h.Rows, 1)
		for len(r.ahead) > 0 && r.ahead[0].line < last {
			rows = append(rows, r.ahead[0].texts())
			r.line = r.ahead[0].line
			r.ahead = r.ahead[1:]
		}
		names = joinNames(rows, h.Names)
	}
	r.header = names[:usedWidth(names)]
	if len(r.header) == 0 {
		return errors.New("header: the first row names no column")
	}
	if len(r.header) > maxColumns {
		return fmt.Errorf("header: it has %d columns, more than %d", len(r.header), maxColumns)
	}
	r.fields = make([]source.Field, len(r.header))
	return checkNames(r.header)
}

// Layout returns what has been found out about the file so far.
func (r *sheetReader) Layout() Layout { return r.describe(r.layout) }

func (r *sheetReader) Header() []string { return r.header }

func (r *sheetReader) cut() []string { return nil }

func (r *sheetReader) afterBlank() bool { return r.blank }

func (r *sheetReader) Next() (source.Row, error) {
	r.blank = false
	for {
		row, err := r.take()
		if err != nil {
			return source.Row{}, err
		}
		r.blank = r.blank || row.line > r.line+1
		r.line = row.line
		isEmpty := true
		for i := range r.fields {
			r.fields[i] = source.Field{}
		}
		for _, c := range row.cells {
			if c.column >= len(r.fields) || len(c.text) == 0 {
				continue
			}
			if len(c.text) > r.maxCell {
				return source.Row{}, &source.RowError{
					Line: row.line, Column: r.header[c.column], Value: source.Excerpt(c.text), Reason: "the cell is longer than " + byteSize(r.maxCell),
				}
			}
			isEmpty = isEmpty && len(bytes.TrimSpace(c.text)) == 0
			r.fields[c.column] = source.Field{Text: c.text, Number: c.isNumber}
		}
		if isEmpty {
			r.blank = true
			continue
		}
		if r.nulls.lengths != 0 {
			r.nulls.mark(r.fields)
		}
		return source.Row{Line: row.line, Fields: r.fields}, nil
	}
}

// take returns the next row of the sheet.
func (r *sheetReader) take() (sheetRow, error) {
	if len(r.ahead) > 0 {
		row := r.ahead[0]
		r.ahead = r.ahead[1:]
		return row, nil
	}
	if r.err != nil {
		return sheetRow{}, r.err
	}
	row, err := r.rows.next()
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read %q: after row %d: %w", r.path, r.line, r.damaged(err))
	}
	r.err = err
	return row, err
}

// damaged says in plain words what is wrong with a workbook.
func (r *sheetReader) damaged(err error) error {
	if errors.Is(err, errBomb) || errors.Is(err, errLongCell) {
		return err
	}
	return fmt.Errorf("the workbook is damaged or stops before its end: copy or save it again: %w", damage(err))
}

// Close closes the file.
func (r *sheetReader) Close() error {
	r.rows.close()
	return r.input.Close()
}

// sheetRow is a row as it stands in the sheet.
type sheetRow struct {
	line  int
	cells []sheetCell // those that are there, in order
}

// sheetCell is a cell. Its text is valid until the next row.
type sheetCell struct {
	column   int
	text     []byte
	isNumber bool // a number, a day, a time or a truth
}

func (r sheetRow) clone() sheetRow {
	cells := make([]sheetCell, len(r.cells))
	for i, c := range r.cells {
		cells[i] = c
		cells[i].text = bytes.Clone(c.text)
	}
	return sheetRow{r.line, cells}
}

// texts returns the texts of all columns up to the last one that has any,
// without spaces around them.
func (r sheetRow) texts() []string {
	var list []string
	for _, c := range r.cells {
		if c.column >= maxColumns {
			break
		}
		for len(list) <= c.column {
			list = append(list, "")
		}
		list[c.column] = strings.TrimSpace(string(c.text))
	}
	return list
}
