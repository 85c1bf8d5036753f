// Package file reads exports on disk, separated by commas or the like, one
// JSON object a line, or the sheet of a workbook, plain or compressed, as rows
// of text. It finds out by itself how a file is written, and says what it took
// it for (Layout).
//
// Files of any length are read in bounded memory: a few times the longest
// cell that Options allows.
package file

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/segue-cs/segue/internal/source"
)

// The formats of Options.
const (
	CSV    = "csv"    // fields separated by a delimiter, the first row names the columns
	TSV    = "tsv"    // CSV with tabs
	NDJSON = "ndjson" // one JSON object a line
	XLSX   = "xlsx"   // a sheet of an Excel workbook
)

// NoQuote as the quote of Options says that quotes are text like any other.
const NoQuote rune = -1

// DefaultMaxCell is the longest cell, in bytes, when Options does not say.
const DefaultMaxCell = 1 << 20

// Options say how a file is to be read. The zero value finds everything out
// from the file.
type Options struct {
	// Format is CSV, TSV, NDJSON or XLSX. When empty, the file's name says it:
	// .csv and .txt, .tsv, .ndjson and .jsonl, each also with .gz after it,
	// and .xlsx.
	Format string

	// Encoding is one of Encodings. When empty it is found out: a byte order
	// mark, UTF-16 by its zero bytes, UTF-8, else Windows-1252 or Mac Roman by
	// which of them makes words. A byte order mark counts whatever is said.
	Encoding string

	// Header says where the names of the columns stand. When zero they stand
	// in the first row, after lines of title that are recognised as such.
	Header Header

	// Sheet is the sheet of a workbook by its name. When empty it is the only
	// one that is visible and has cells.
	Sheet string

	// KeepFooter takes the last rows as they are. Else totals and the footers
	// of reports are left out, and told by Layout.
	KeepFooter bool

	// Keys are the columns that say whose row it is: a total has none.
	Keys []string

	// Delimiter separates the fields of CSV, and is one ASCII character; a
	// space stands for any number of spaces and tabs. When 0 it is the one of
	// comma, semicolon, tab and bar that the header has most often, preferring
	// one that the first row has as often.
	Delimiter rune

	// Quote is the ASCII character around CSV fields that contain a delimiter
	// or a line end. 0 stands for the double quote.
	Quote rune

	// MaxCell is the longest cell in bytes; a row with a longer one is a
	// *source.RowError. 0 stands for DefaultMaxCell.
	MaxCell int

	// NullTexts are the texts that the source writes for "no value", such as
	// NULL. A field that is exactly one of them is missing, quoted or not.
	NullTexts []string

	// Columns are the wanted columns of NDJSON, and become the header. When
	// empty, the header is the keys of the first hundred records. CSV ignores
	// it.
	Columns []string
}

// Header says where the names of the columns stand.
type Header struct {
	Row   int  // the line on which it begins; 0 finds it
	Rows  int  // how many rows it has; 0 stands for 1
	Names int  // which of them names the columns, from 1; 0 joins them all
	None  bool // there is none: columns are called 1, 2, 3 ...
}

// Open opens the file as rows of text.
//
// The text is in any of Encodings; gzip, and a zip archive with one file, are
// recognised by content whatever the name. In CSV, lines end in LF, CRLF or CR,
// also in turns, and what stands in quotes keeps its line ends; empty lines are skipped; delimiters at the end of a row, as
// spreadsheets add, do not count as fields. In NDJSON, the key "b" in the
// object under "a" is the column "a.b", and arrays are kept as JSON text.
//
// It fails with source.ErrEmpty on a file without text, source.ErrParquet on
// a Parquet file, and fs.ErrNotExist or fs.ErrPermission.
func Open(path string, o Options) (source.Reader, error) {
	r, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return r, nil
}

func open(path string, o Options) (source.Reader, error) {
	if strings.TrimSpace(path) == "" {
		return nil, errors.New("the file name is blank")
	}
	isArchive := o.Format == "" && strings.EqualFold(filepath.Ext(path), ".zip")
	format, err := formatOf(path, o.Format)
	if err != nil && !isArchive {
		return nil, err
	}
	if o.MaxCell <= 0 {
		o.MaxCell = DefaultMaxCell
	}
	if _, err := decoderOf(cmp.Or(o.Encoding, UTF8)); err != nil {
		return nil, err
	}
	if format == NDJSON && o.Encoding == "" {
		o.Encoding = UTF8 // JSON is nothing else
	}
	in, err := openInput(path, o)
	if err != nil {
		return nil, err
	}
	if isArchive && in.book == nil {
		if format, err = formatOf(in.inner, ""); err != nil {
			in.Close()
			return nil, err
		}
	}
	if in.book != nil && o.Format == "" {
		format = XLSX
	}
	r, err := read(in, format, o)
	if err != nil {
		in.Close()
		return nil, err
	}
	return r, nil
}

// read returns the reader of a format.
func read(in *input, format string, o Options) (source.Reader, error) {
	switch {
	case (in.book != nil) != (format == XLSX):
		if in.book != nil {
			return nil, fmt.Errorf("it is an Excel workbook, not %s", format)
		}
		return nil, errors.New("it is no Excel workbook, whatever its name says")
	case format == NDJSON:
		return newNDJSON(in, o)
	}
	if format == TSV && o.Delimiter == 0 {
		o.Delimiter = '\t'
	}
	var r tableReader
	var err error
	if format == XLSX {
		r, err = newXLSX(in, o)
	} else {
		r, err = newCSV(in, o)
	}
	if err != nil {
		return nil, err
	}
	if o.KeepFooter {
		return r, nil
	}
	return newTail(r, o.Keys), nil
}

// formatOf returns the format that the options name, else the one that the
// file's name ends in.
func formatOf(path, named string) (string, error) {
	switch named {
	case CSV, TSV, NDJSON, XLSX:
		return named, nil
	case "parquet":
		return "", source.ErrParquet
	case "":
	default:
		return "", fmt.Errorf("unknown format %q (known: csv, tsv, ndjson, xlsx)", named)
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	switch ext := filepath.Ext(name); ext {
	case ".csv", ".txt":
		return CSV, nil
	case ".tsv", ".tab":
		return TSV, nil
	case ".ndjson", ".jsonl":
		return NDJSON, nil
	case ".parquet":
		return "", source.ErrParquet
	case ".xlsx", ".xlsm":
		return XLSX, nil
	case ".xls", ".xlsb", ".ods":
		return "", errors.New("it is a spreadsheet of another format; save it as .xlsx or as CSV (UTF-8)")
	case ".json":
		return "", errors.New("a .json file can be laid out in several ways; name it .ndjson if it has one object a line")
	case "":
		return "", errors.New("its name does not say the format; set format to csv, tsv, ndjson or xlsx")
	default:
		return "", fmt.Errorf("%q is no known ending (.csv, .tsv, .txt, .ndjson, .jsonl, each also with .gz, .xlsx, .zip); set format", ext)
	}
}

// nulls are the texts that stand for "no value".
type nulls struct {
	texts   [][]byte
	lengths uint64 // bit n is set when a text has n bytes, bit 63 for more
}

func newNulls(texts []string) nulls {
	var n nulls
	for _, text := range texts {
		n.texts = append(n.texts, []byte(text))
		n.lengths |= 1 << min(len(text), 63)
	}
	return n
}

// mark makes the fields missing whose text stands for "no value".
func (n nulls) mark(fields []source.Field) {
	for i := range fields {
		f := &fields[i]
		if n.lengths>>min(len(f.Text), 63)&1 == 0 || f.Missing {
			continue
		}
		for _, text := range n.texts {
			if bytes.Equal(text, f.Text) {
				*f = source.Field{Missing: true}
				break
			}
		}
	}
}
