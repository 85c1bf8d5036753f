package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/segue-cs/segue/internal/warehouse"
)

// pageRows is how many rows of a Parquet file are held in memory.
const pageRows = 100_000

// OpenParquet implements warehouse.Warehouse.
func (w *Warehouse) OpenParquet(ctx context.Context, path string) (warehouse.ParquetReader, error) {
	return OpenParquet(ctx, path)
}

// OpenParquet reads a Parquet file without a warehouse. Numbers, dates and times
// are read as the engine writes them: "1.5", "2026-01-31", "2026-01-31 12:00:00";
// columns of lists or structures as their text.
func OpenParquet(ctx context.Context, path string) (warehouse.ParquetReader, error) {
	if err := checkEnds(path); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	db, err := openOutside(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	p := &parquet{ctx: ctx, db: db, file: literal(escapeGlob(path))}
	if err := p.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, unreadable(err)), db.Close())
	}
	return p, nil
}

// unreadable is warehouse.ErrParquet for what the engine says, without the
// statement that it says it of.
func unreadable(err error) error {
	said, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return fmt.Errorf("%w: %w", warehouse.ErrParquet, err)
	}
	words, _, _ := strings.Cut(said.Msg, "\n")
	if _, after, ok := strings.Cut(words, "Error: "); ok {
		words = after
	}
	return fmt.Errorf("%w: %s", warehouse.ErrParquet, words)
}

// checkEnds looks for the mark that a whole Parquet file begins and ends with.
func checkEnds(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	const mark = "PAR1"
	head, tail := make([]byte, len(mark)), make([]byte, len(mark))
	_, headErr := f.ReadAt(head, 0)
	_, tailErr := f.ReadAt(tail, max(0, info.Size()-int64(len(mark))))
	switch {
	case headErr != nil || tailErr != nil || string(head) != mark:
		return warehouse.ErrParquet
	case string(tail) != mark:
		return fmt.Errorf("%w: its end is missing", warehouse.ErrParquet)
	}
	return nil
}

// escapeGlob keeps the engine from taking a file's name for a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(path)
}

// parquet reads a file page by page, as answers are held in memory as a whole.
type parquet struct {
	ctx     context.Context
	db      *sql.DB
	file    string
	columns []string
	texts   string // the columns as texts, for SELECT
	total   int64
	next    int64
	page    *sql.Rows
	fields  [][]byte
	targets []any
}

func (p *parquet) open() error {
	rows, err := p.db.QueryContext(p.ctx, "SELECT * FROM read_parquet("+p.file+") LIMIT 0")
	if err != nil {
		return err
	}
	p.columns, err = rows.Columns()
	if err := errors.Join(err, rows.Close()); err != nil {
		return err
	}
	var texts []string
	for _, c := range p.columns {
		texts = append(texts, quote(c)+"::VARCHAR")
	}
	p.texts = strings.Join(texts, ", ")
	p.fields, p.targets = make([][]byte, len(p.columns)), make([]any, len(p.columns))
	for i := range p.fields {
		p.targets[i] = &scanText{&p.fields[i]}
	}
	return p.db.QueryRowContext(p.ctx, "SELECT count(*) FROM read_parquet("+p.file+")").Scan(&p.total)
}

// scanText takes a text without copying it twice.
type scanText struct{ into *[]byte }

func (s *scanText) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s.into = nil
	case string:
		*s.into = []byte(v)
	case []byte:
		*s.into = append([]byte(nil), v...)
	default:
		return fmt.Errorf("got %T for a text", v)
	}
	return nil
}

func (p *parquet) Columns() []string { return p.columns }

func (p *parquet) Rows() int64 { return p.total }

func (p *parquet) Next() ([][]byte, error) {
	for {
		if p.page == nil {
			if p.next >= p.total {
				return nil, io.EOF
			}
			rows, err := p.db.QueryContext(p.ctx, fmt.Sprintf(
				"SELECT %s FROM read_parquet(%s, file_row_number = true) WHERE file_row_number >= %d AND file_row_number < %d",
				p.texts, p.file, p.next, p.next+pageRows))
			if err != nil {
				return nil, unreadable(err)
			}
			p.page, p.next = rows, p.next+pageRows
		}
		if p.page.Next() {
			return p.fields, p.page.Scan(p.targets...)
		}
		err := errors.Join(p.page.Err(), p.page.Close())
		p.page = nil
		if err != nil {
			return nil, unreadable(err)
		}
	}
}

func (p *parquet) Close() error {
	var err error
	if p.page != nil {
		err = p.page.Close()
	}
	return errors.Join(err, p.db.Close())
}
