// Package source is where records come from: exports on disk, tables and
// calls, each read as rows of text that a mapping turns into facts.
package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrEmpty is returned on opening a source that has no text at all, not even
// a header. A source with a header and no rows is no error.
var ErrEmpty = errors.New("it is empty")

// ErrParquet is returned on opening a Parquet file as rows of text. The
// warehouse decodes Parquet.
var ErrParquet = errors.New("it is a Parquet file, which the warehouse reads")

// Reader reads the rows of one source, in the order in which they stand.
//
// One goroutine at a time may use it; Offset may be called from any.
type Reader interface {
	// Header returns the names of the columns, without spaces around them and
	// in the order of a row's fields. No name comes twice, except that of
	// columns without a name, which is "".
	Header() []string

	// Next returns the next row, and io.EOF after the last one.
	//
	// A *RowError says that one row cannot be read; the call after it goes on
	// with the row that follows. Any other error ends the source, and every
	// later call returns it again.
	Next() (Row, error)

	// Offset returns how many bytes have been read of how many, as stored,
	// which means compressed for a compressed file. total is 0 when the size
	// is not known.
	Offset() (read, total int64)

	// Close releases what the reader holds. The reader is not used after it.
	Close() error
}

// Row is one record. The row, its fields and their texts are valid until the
// next call of Next.
type Row struct {
	// Line is the line on which the record starts, counted from 1 and the
	// header included, in the decompressed text; for Parquet it is the number
	// of the record.
	Line int

	// Fields has one entry per name of the header.
	Fields []Field
}

// Field is what a row says in one column.
type Field struct {
	// Text is the text as written, spaces included, without the quotes around
	// it. It is UTF-8, and empty when the field is missing.
	Text []byte

	// Missing says that the row has no value here: the key is absent, the
	// value is null or one of the texts that the source uses for null. An
	// empty text is not missing.
	Missing bool

	// Quoted tells "7" from 7: the text stood in quotes.
	Quoted bool

	// Number says that the source itself knows the value as a number, or as a
	// date: it is written as programs do, with a point before decimals.
	Number bool
}

// RowError says that one row of a source cannot be read, and why.
type RowError struct {
	Line   int    // as in Row
	Column string // "" when it is about the whole row
	Value  string // of the column or the row, as by Excerpt
	Reason string // one line, lower case, for the person who made the file

	// Fields are the texts of a row that has too few or too many of them, by
	// the header's names as far as it goes, without spaces around them; those
	// after the place where it went wrong stand under another's name. It is nil
	// for any other row.
	Fields []string
}

// Error returns line, column, reason and value in one line.
func (e *RowError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d: ", e.Line)
	if e.Column != "" {
		fmt.Fprintf(&b, "column %q: ", e.Column)
	}
	b.WriteString(e.Reason)
	if e.Value != "" {
		fmt.Fprintf(&b, ": %q", e.Value)
	}
	return b.String()
}

const excerptRunes = 200

// Excerpt returns the first 200 characters of the text, with a replacement
// character in place of whatever is not UTF-8.
func Excerpt(text []byte) string {
	end, runes := 0, 0
	for end < len(text) && runes < excerptRunes {
		_, size := utf8.DecodeRune(text[end:])
		end += size
		runes++
	}
	return strings.ToValidUTF8(string(text[:end]), "\uFFFD")
}
