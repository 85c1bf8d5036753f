package demo

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/period"
)

// File is one file of the base.
type File struct {
	Name  string `json:"name"`  // relative to the folder, with slashes
	Rows  int64  `json:"rows"`  // without the header
	Bytes int64  `json:"bytes"` // on disk
}

// table writes one CSV file (RFC 4180, UTF-8, lines ending in a line feed).
// Cells are appended left to right and end closes the row. The file carries
// its own name only once it is complete; until then it ends in ".partial".
type table struct {
	name    string // relative, without .gz
	path    string // final
	file    *os.File
	zip     *gzip.Writer
	out     io.Writer
	cells   []byte
	rows    int64
	written int64
	err     error
}

const flushAt = 1 << 16

func newTable(dir, name, header string, zipped bool) (*table, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	other := path + ".gz"
	if zipped {
		path, other = other, path
	}
	if err := os.Remove(other); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	file, err := os.Create(path + ".partial")
	if err != nil {
		return nil, err
	}
	t := &table{name: name, path: path, file: file, cells: make([]byte, 0, flushAt+4096)}
	t.out = counter{t}
	if zipped {
		t.zip, err = gzip.NewWriterLevel(counter{t}, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		t.out = t.zip
	}
	t.cells = append(append(t.cells, header...), '\n')
	return t, nil
}

// counter passes bytes on to the file of a table and counts them.
type counter struct{ *table }

func (c counter) Write(b []byte) (int, error) {
	n, err := c.file.Write(b)
	c.written += int64(n)
	return n, err
}

// raw appends a cell that needs no quotes.
func (t *table) raw(s string) *table {
	t.cells = append(append(t.cells, s...), ',')
	return t
}

// text appends a cell, in quotes where it needs them.
func (t *table) text(s string) *table {
	if !strings.ContainsAny(s, ",\"\r\n") && !strings.HasPrefix(s, " ") {
		return t.raw(s)
	}
	t.cells = append(t.cells, '"')
	t.cells = append(t.cells, strings.ReplaceAll(s, `"`, `""`)...)
	t.cells = append(t.cells, '"', ',')
	return t
}

func (t *table) empty() *table {
	t.cells = append(t.cells, ',')
	return t
}

func (t *table) whole(n int64) *table {
	t.cells = append(strconv.AppendInt(t.cells, n, 10), ',')
	return t
}

// positive appends n, or nothing when it is not above zero.
func (t *table) positive(n int) *table {
	if n <= 0 {
		return t.empty()
	}
	return t.whole(int64(n))
}

func (t *table) decimal(x float64, digits int) *table {
	t.cells = append(strconv.AppendFloat(t.cells, x, 'f', digits, 64), ',')
	return t
}

// minor appends an amount of minor units with that many decimals.
func (t *table) minor(n int64, exponent int) *table {
	if exponent == 0 {
		return t.whole(n)
	}
	if n < 0 {
		t.cells = append(t.cells, '-')
		n = -n
	}
	t.cells = strconv.AppendInt(t.cells, n/100, 10)
	t.cells = append(t.cells, '.', byte('0'+n/10%10), byte('0'+n%10), ',')
	return t
}

func (t *table) flag(b bool) *table {
	t.cells = append(strconv.AppendBool(t.cells, b), ',')
	return t
}

// id appends the letter and number of an account, such as A000123.
func (t *table) id(letter byte, number int) *table {
	t.cells = append(appendID(t.cells, letter, number), ',')
	return t
}

// part appends the id of the nth part of an account, such as C000123-4.
func (t *table) part(letter byte, number, nth int) *table {
	t.cells = appendID(t.cells, letter, number)
	t.cells = append(t.cells, '-')
	return t.whole(int64(nth))
}

// date appends a day, or nothing for never.
func (t *table) date(d period.Date) *table {
	if d == never {
		return t.empty()
	}
	t.cells = append(appendDate(t.cells, d), ',')
	return t
}

// instant appends seconds since 1970 in UTC as RFC 3339.
func (t *table) instant(seconds int64) *table {
	d := period.Date(seconds / 86400)
	t.cells = appendClock(appendDate(t.cells, d), int(seconds%86400))
	t.cells = append(t.cells, ',')
	return t
}

// end closes the row. The first error stays and is returned by close.
func (t *table) end() {
	t.cells[len(t.cells)-1] = '\n'
	t.rows++
	if len(t.cells) >= flushAt {
		t.flush()
	}
}

func (t *table) flush() {
	if t.err == nil {
		_, t.err = t.out.Write(t.cells)
	}
	t.cells = t.cells[:0]
}

// close completes the file and gives it its name.
func (t *table) close() (File, error) {
	t.flush()
	if t.zip != nil && t.err == nil {
		t.err = t.zip.Close()
	}
	if err := t.file.Close(); t.err == nil {
		t.err = err
	}
	if t.err == nil {
		t.err = os.Rename(t.path+".partial", t.path)
	}
	if t.err != nil {
		return File{}, fmt.Errorf("write %s: %w", t.name, t.err)
	}
	name := t.name
	if t.zip != nil {
		name += ".gz"
	}
	return File{Name: name, Rows: t.rows, Bytes: t.written}, nil
}

// abandon removes what was written so far.
func (t *table) abandon() {
	_ = t.file.Close()
	_ = os.Remove(t.path + ".partial")
}

func appendID(b []byte, letter byte, number int) []byte {
	b = append(b, letter)
	for limit := 100_000; limit > number && limit > 1; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(number), 10)
}

func appendDate(b []byte, d period.Date) []byte {
	year, month, day := civil(d)
	b = append(b, byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-')
	return append(b, byte('0'+month/10), byte('0'+month%10), '-', byte('0'+day/10), byte('0'+day%10))
}

func appendClock(b []byte, seconds int) []byte {
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	b = append(b, 'T', byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10))
	return append(b, ':', byte('0'+s/10), byte('0'+s%10), 'Z')
}
