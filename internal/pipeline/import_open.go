package pipeline

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/source/file"
	"github.com/segue-cs/segue/internal/warehouse"
)

// matching returns the files of a source, sorted.
func (im *importing) matching(m fact.Mapping) ([]importFile, error) {
	patterns := m.Files
	if given, ok := im.request.Files[m.Name]; ok {
		patterns = given
	}
	if len(patterns) == 0 {
		return nil, errors.New("it names no files (say which under files:)")
	}
	paths, err := file.Glob(patterns, im.request.Root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w (put the files there, correct files:, or name the sources that you have)", err)
	}
	if err != nil {
		return nil, err
	}
	var list []importFile
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		list = append(list, importFile{path: path, name: im.shown(path), size: info.Size(), modified: info.ModTime()})
	}
	return list, nil
}

// shown returns a path as it is written on screen and in reports.
func (im *importing) shown(path string) string {
	if rel, err := filepath.Rel(im.request.Root, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

// open opens a file as rows of text.
func (im *importing) open(ctx context.Context, m fact.Mapping, f importFile) (source.Reader, error) {
	o := writing(m)
	o.Columns = m.FileColumns(nil)
	if isNDJSON(m, f) && (m.Names != nil || m.Unpivot != nil) {
		if has, err := im.sampled(m, f); err == nil { // else opening it says why
			o.Columns = m.FileColumns(has)
		}
	}
	r, err := file.Open(f.path, o)
	if err == nil {
		return r, nil
	}
	switch {
	case errors.Is(err, source.ErrParquet):
		return im.openParquet(ctx, f)
	case errors.Is(err, source.ErrEmpty):
		return nil, fmt.Errorf("%s: %w (export it again, or take it away)", f.name, source.ErrEmpty)
	}
	return nil, fmt.Errorf("%s: %w", f.name, err)
}

// check opens a file and holds its header against the mapping. Warnings are
// about columns that the first records of an NDJSON file do not have: later
// ones may.
func (im *importing) check(ctx context.Context, w *work, f importFile) (warnings []string, err error) {
	unsettled, err := im.isUnsettled(ctx, *w, f)
	if err != nil {
		return nil, err
	}
	if unsettled {
		if err := im.settle(ctx, w, f); err != nil {
			return nil, err
		}
	}
	if !isNDJSON(w.mapping, f) {
		return nil, nil
	}
	r, err := im.open(ctx, w.mapping, f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	has, err := im.sampled(w.mapping, f)
	if err != nil {
		return nil, err
	}
	for _, name := range r.Header() {
		if !slices.Contains(has, name) && !w.mapping.MayLack(name) {
			warnings = append(warnings, fmt.Sprintf("%s: none of its first records has %q", f.name, name))
		}
	}
	return warnings, nil
}

// sampled returns the columns of the first records of an NDJSON file.
func (im *importing) sampled(m fact.Mapping, f importFile) ([]string, error) {
	sample, err := file.Open(f.path, writing(m))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	defer sample.Close()
	return sample.Header(), nil
}

func isNDJSON(m fact.Mapping, f importFile) bool {
	name := strings.TrimSuffix(strings.ToLower(f.path), ".gz")
	return m.Format == file.NDJSON || m.Format == "" && (strings.HasSuffix(name, ".ndjson") || strings.HasSuffix(name, ".jsonl"))
}

func (im *importing) decoder(w work, r source.Reader) (*fact.Decoder, error) {
	s := im.engine.Strategy
	return fact.NewDecoder(w.kind, w.mapping, r.Header(), s.Zone, s.Currency, im.request.Now.UnixMicro())
}

// digest returns a digest of the file's bytes.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := xxh3.New128()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return "xxh3:" + hex.EncodeToString(h.Sum(nil)), nil
}

func (im *importing) openParquet(ctx context.Context, f importFile) (source.Reader, error) {
	r, err := im.engine.Warehouse.OpenParquet(ctx, f.path)
	if errors.Is(err, warehouse.ErrParquet) {
		return nil, fmt.Errorf("%s: %w (it may be cut off: copy or export it again)", f.name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return newParquetReader(r, f.size), nil
}

func newParquetReader(r warehouse.ParquetReader, size int64) *parquetReader {
	return &parquetReader{r: r, header: r.Columns(), size: size, fields: make([]source.Field, len(r.Columns()))}
}

// parquetReader reads a Parquet file as a source. The line of a row is the
// number of its record.
type parquetReader struct {
	r      warehouse.ParquetReader
	header []string
	fields []source.Field
	size   int64
	record int64
}

func (p *parquetReader) Header() []string { return p.header }

func (p *parquetReader) Next() (source.Row, error) {
	texts, err := p.r.Next()
	if err != nil {
		return source.Row{}, err
	}
	p.record++
	for i, text := range texts {
		p.fields[i] = source.Field{Text: text, Missing: text == nil, Number: true}
	}
	return source.Row{Line: int(p.record), Fields: p.fields}, nil
}

func (p *parquetReader) Offset() (read, total int64) {
	rows := p.r.Rows()
	if rows == 0 {
		return p.size, p.size
	}
	return int64(float64(p.size) * float64(p.record) / float64(rows)), p.size
}

func (p *parquetReader) Close() error { return p.r.Close() }
