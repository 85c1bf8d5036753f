package pipeline

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/segue-cs/segue/internal/query"
)

// RejectedRow is a cell for which a row of a file was rejected.
type RejectedRow struct {
	Source string `json:"source"`
	Import int64  `json:"import"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"`
	Why    string `json:"why"`
	Row    string `json:"row,omitempty"` // column=value, as the file has it
}

// rejectedRows reads the files in which the imports that a run has read keep
// what they rejected, the newest import first. The files of older imports may be
// gone.
func (e *Engine) rejectedRows(ctx context.Context, b query.Bridge, r ReconcileRowsRequest, out *ReconcileRows) error {
	list, err := e.State.Imports(ctx)
	if err != nil {
		return err
	}
	out.Rejected = []RejectedRow{}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Batch > b.Stored.KnownAt || r.Source != "" && list[i].Source != r.Source {
			continue
		}
		var s SourceReport
		if err := json.Unmarshal(list[i].Summary, &s); err != nil {
			return fmt.Errorf("read what import %d did: %w", list[i].Batch, err)
		}
		if s.Kind != b.Metric.Kind || s.Rejected == 0 {
			continue
		}
		rows, err := readRejects(filepath.Join(r.RejectsDir, filepath.Base(s.RejectsFile)), s)
		switch {
		case s.RejectsFile == "" || errors.Is(err, fs.ErrNotExist):
			out.Gone += s.Rejected
		case err != nil:
			return err
		}
		out.Rejected = append(out.Rejected, rows...)
	}
	out.Rejected = out.Rejected[min(r.Offset, len(out.Rejected)):]
	if r.Limit > 0 {
		out.Rejected = out.Rejected[:min(r.Limit, len(out.Rejected))]
	}
	return nil
}

// readRejects reads a file that a rejectFile has written.
func readRejects(path string, s SourceReport) ([]RejectedRow, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the rejected rows of import %d: %w", s.Batch, err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	var list []RejectedRow
	for n := 0; ; n++ {
		row, err := in.Read()
		switch {
		case err == io.EOF:
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("read the rejected rows of import %d: %w", s.Batch, err)
		case n == 0 || len(row) < 6:
			continue
		}
		line, err := strconv.Atoi(row[1])
		if err != nil {
			return nil, fmt.Errorf("read the rejected rows of import %d in %s: %w", s.Batch, path, err)
		}
		list = append(list, RejectedRow{Source: s.Source, Import: s.Batch, File: row[0], Line: line, Column: row[2], Value: row[3], Why: row[4], Row: row[5]})
	}
}
