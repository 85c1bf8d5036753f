package file

import (
	"errors"
	"io"

	"github.com/segue-cs/segue/internal/source"
)

// Layout is how a file is written, as it was found or declared. What is found
// late, such as the encoding of a text that begins in ASCII and the footer, is
// there once that part has been read.
type Layout struct {
	Format string // CSV, NDJSON or XLSX
	Inner  string // the file's name in a zip archive

	Encoding string   // one of Encodings; UTF8 as long as the text is ASCII
	Sure     bool     // false where another encoding is nearly as likely
	Example  LineText // what decided the encoding; empty when nothing had to

	Delimiter rune // of CSV; a space stands for any number of them
	Sheet     string
	Sheets    []string // all of a workbook's, in their order

	HeaderLine int        // where the names of the columns begin
	Title      []LineText // lines before them that were recognised as a title
	Footer     []LineText // rows at the end that were left out
}

// LineText is what stands on a line, as by source.Excerpt.
type LineText struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Described is what Open returns, beside being a source.Reader.
type Described interface {
	Layout() Layout
}

// describe adds what the input knows.
func (in *input) describe(l Layout) Layout {
	l.Inner, l.Encoding, l.Sure = in.inner, in.found.encoding, in.found.sure
	if in.found.example != "" {
		l.Example = LineText{in.found.line, in.found.example}
	}
	return l
}

// Sniffed is a file at a glance.
type Sniffed struct {
	Layout
	Header []string
	Rows   [][]string // the first ones that can be read; missing fields are ""
	Lines  []int      // the line of each
}

// Sniff reads the first rows of a file, at most so many, to propose how to read
// and map it. It fails as Open does.
func Sniff(path string, o Options, rows int) (Sniffed, error) {
	r, err := Open(path, o)
	if err != nil {
		return Sniffed{}, err
	}
	defer r.Close()
	s := Sniffed{Header: r.Header()}
	for len(s.Rows) < rows {
		row, err := r.Next()
		if _, isRow := errors.AsType[*source.RowError](err); isRow {
			continue
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return s, err
		}
		texts := make([]string, len(row.Fields))
		for i, f := range row.Fields {
			texts[i] = string(f.Text)
		}
		s.Rows, s.Lines = append(s.Rows, texts), append(s.Lines, row.Line)
	}
	s.Layout = r.(Described).Layout()
	return s, nil
}
