package pipeline

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// rejectExamples is how many rejected cells a report shows.
const rejectExamples = 5

// keptRejects is how many files of rejected rows are kept of a source.
const keptRejects = 5

// rejectFile writes the rejected rows of one source to
// DIR/SOURCE-BATCH.csv, one line for each cell that is wrong, with the row as
// it stood. It appears with the first of them, and when it is closed the newest
// keptRejects files of the source stay.
type rejectFile struct {
	dir    string // "" keeps the examples only
	source string
	batch  int64

	file     string
	header   []string
	out      *os.File
	buffer   *bufio.Writer
	csv      *csv.Writer
	examples []fact.Rejection
	columns  map[string]bool // of the examples
}

// begin says which file the next rows come from.
func (r *rejectFile) begin(file string, header []string) { r.file, r.header = file, header }

// add writes the cells of one row. fields is nil when the row could not be
// read.
func (r *rejectFile) add(cells []fact.Rejection, fields [][]byte) error {
	for _, c := range cells {
		c.File = r.file
		r.exemplify(c)
		if r.dir == "" {
			continue
		}
		if err := r.write(c, fields); err != nil {
			return fmt.Errorf("write rejected rows: %w", err)
		}
	}
	return nil
}

// exemplify keeps the cell as an example, one of each column first.
func (r *rejectFile) exemplify(c fact.Rejection) {
	if len(r.examples) >= rejectExamples || r.columns[c.Column] && len(r.examples) >= rejectExamples-2 {
		return
	}
	if r.columns == nil {
		r.columns = map[string]bool{}
	}
	r.columns[c.Column] = true
	r.examples = append(r.examples, c)
}

func (r *rejectFile) path() string { return filepath.Join(r.dir, r.name(r.batch)) }

func (r *rejectFile) name(batch int64) string { return fmt.Sprintf("%s-%d.csv", r.source, batch) }

func (r *rejectFile) write(c fact.Rejection, fields [][]byte) error {
	if r.csv == nil {
		if err := os.MkdirAll(r.dir, 0o755); err != nil {
			return err
		}
		out, err := os.Create(r.path())
		if err != nil {
			return err
		}
		r.out, r.buffer = out, bufio.NewWriterSize(out, 1<<16)
		r.csv = csv.NewWriter(r.buffer)
		if err := r.csv.Write([]string{"file", "line", "column", "value", "reason", "row"}); err != nil {
			return err
		}
	}
	return r.csv.Write([]string{
		c.File, strconv.Itoa(c.Line), defused(c.Column), defused(c.Value), c.Reason, defused(r.rowText(fields)),
	})
}

// rowText returns the row as "column=value | column=value", without empty
// columns.
func (r *rejectFile) rowText(fields [][]byte) string {
	const longest = 4000
	var b strings.Builder
	for i, name := range r.header {
		if i >= len(fields) || len(fields[i]) == 0 {
			continue
		}
		if b.Len() > longest {
			b.WriteString(" ...")
			break
		}
		if b.Len() > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(name + "=")
		b.Write(fields[i][:min(len(fields[i]), longest)])
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// defused returns a text that no spreadsheet takes for a formula.
func defused(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// where says where the rejected rows can be read, for a message.
func (r *rejectFile) where() string {
	if r.csv == nil {
		return ""
	}
	return "they are in " + r.path() + "; "
}

// first returns the examples, a line each, for a message.
func (r *rejectFile) first() string {
	var b strings.Builder
	for _, c := range r.examples {
		b.WriteString("\n  " + told(c))
	}
	return b.String()
}

// told returns a rejected cell in one line.
func told(c fact.Rejection) string {
	if c.Column == "" {
		return fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.Reason)
	}
	return fmt.Sprintf("%s:%d: column %q: %s", c.File, c.Line, c.Column, c.Reason)
}

func (r *rejectFile) close() error {
	if r.csv == nil {
		return nil
	}
	r.csv.Flush()
	err := errors.Join(r.csv.Error(), r.buffer.Flush(), r.out.Close())
	if err == nil {
		err = r.clear()
	}
	if err != nil {
		return fmt.Errorf("write rejected rows: %w", err)
	}
	return nil
}

// clear removes the files of former imports of the source but for the newest.
func (r *rejectFile) clear() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	var batches []int64
	for _, entry := range entries {
		number, ok := strings.CutPrefix(strings.TrimSuffix(entry.Name(), ".csv"), r.source+"-")
		batch, err := strconv.ParseInt(number, 10, 64)
		if ok && err == nil && entry.Name() == r.name(batch) {
			batches = append(batches, batch)
		}
	}
	slices.Sort(batches)
	for _, batch := range batches[:max(len(batches)-keptRejects, 0)] {
		if err := os.Remove(filepath.Join(r.dir, r.name(batch))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
