package duckdb

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/segue-cs/segue/internal/warehouse"
)

// Export implements warehouse.Warehouse.
//
// In CSV a missing value is an empty field, and a text that a spreadsheet would
// take for a formula begins with an apostrophe. In NDJSON a missing value is
// null. Texts that are dates or times stay texts in Parquet.
func (w *Warehouse) Export(ctx context.Context, s warehouse.Statement, path, format string) (int64, error) {
	var write func(context.Context, *answer, string) (int64, error)
	switch format {
	case "csv":
		write = writeCSV
	case "ndjson":
		write = writeNDJSON
	case "parquet":
		write = writeParquet
	default:
		return 0, fmt.Errorf("export %s: unknown format %q, want csv, ndjson or parquet", path, format)
	}
	a, err := query(ctx, w.db, s)
	if err != nil {
		return 0, fmt.Errorf("export %s: %w", path, err)
	}
	defer a.Close()
	rows, err := whole(path, func(temporary string) (int64, error) { return write(ctx, a, temporary) })
	if err != nil {
		return 0, fmt.Errorf("export %s: %w", path, err)
	}
	return rows, nil
}

// whole lets write fill a file beside path, and gives it its name once it is
// safely on disk. A link stays, and what it leads to becomes the file; into a
// pipe or a device the file is written once it is whole.
func whole(path string, write func(temporary string) (int64, error)) (int64, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	dir, finish := filepath.Dir(path), keep
	if is, err := os.Stat(path); err == nil && !is.Mode().IsRegular() && !is.IsDir() {
		dir, finish = os.TempDir(), pour
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return 0, err
	}
	temporary := f.Name()
	if err := f.Close(); err != nil {
		return 0, err
	}
	rows, err := write(temporary)
	if err == nil {
		err = finish(temporary, path)
	}
	if err != nil {
		return 0, errors.Join(err, ignoreMissing(os.Remove(temporary)))
	}
	return rows, nil
}

// pour writes a file into what stands at path, and removes it.
func pour(temporary, path string) error {
	in, err := os.Open(temporary)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close(), os.Remove(temporary))
}

func keep(temporary, path string) error {
	f, err := os.OpenFile(temporary, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// writeText runs write over a buffered file.
func writeText(path string, write func(*bufio.Writer) (int64, error)) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	rows, err := write(b)
	return rows, errors.Join(err, b.Flush(), f.Close())
}

func writeCSV(_ context.Context, a *answer, path string) (int64, error) {
	return writeText(path, func(b *bufio.Writer) (rows int64, err error) {
		c := csv.NewWriter(b)
		record := make([]string, len(a.columns))
		for i, name := range a.columns {
			record[i] = defuse(name)
		}
		if err := c.Write(record); err != nil {
			return 0, err
		}
		for a.Next() {
			for i, v := range a.values {
				record[i] = csvField(v)
			}
			if err := c.Write(record); err != nil {
				return rows, err
			}
			rows++
		}
		c.Flush()
		return rows, errors.Join(a.Err(), c.Error())
	})
}

// csvField writes a value as a field of CSV.
func csvField(v any) string {
	switch v := v.(type) {
	case string:
		return defuse(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// defuse keeps spreadsheets from taking a text for a formula.
func defuse(text string) string {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if trimmed == "" || !strings.ContainsRune("=+-@", rune(trimmed[0])) {
		return text
	}
	if _, err := strconv.ParseFloat(trimmed, 64); err == nil && !strings.ContainsAny(trimmed, "xXpPnN_") {
		return text
	}
	return "'" + text
}

func writeNDJSON(_ context.Context, a *answer, path string) (int64, error) {
	return writeText(path, func(b *bufio.Writer) (rows int64, err error) {
		names := make([][]byte, len(a.columns))
		for i, name := range a.columns {
			if names[i], err = json.Marshal(name); err != nil {
				return 0, err
			}
		}
		for a.Next() {
			for i, v := range a.values {
				text, err := json.Marshal(v)
				if err != nil {
					return rows, fmt.Errorf("column %s: %w", a.columns[i], err)
				}
				separator := byte(',')
				if i == 0 {
					separator = '{'
				}
				b.WriteByte(separator) // a failure stays with the writer until Flush
				b.Write(names[i])
				b.WriteByte(':')
				b.Write(text)
			}
			b.WriteString("}\n")
			rows++
		}
		return rows, a.Err()
	})
}

// writeParquet streams the rows through a second engine, which may write
// files.
func writeParquet(ctx context.Context, a *answer, path string) (int64, error) {
	types, err := a.rows.ColumnTypes()
	if err != nil {
		return 0, err
	}
	infos := make([]driver.ColumnInfo, len(types))
	for i, t := range types {
		info, err := driver.NewTypeInfo(parquetType(t.DatabaseTypeName()))
		if err != nil {
			return 0, err
		}
		infos[i] = driver.ColumnInfo{Name: a.columns[i], T: info}
	}
	stream := &answerStream{answer: a, infos: infos}
	err = outside(ctx, func(conn *sql.Conn) error {
		err := driver.RegisterTableUDF(conn, "segue_rows", driver.ChunkTableFunction{
			BindArguments: func(map[string]any, ...any) (driver.ChunkTableSource, error) { return stream, nil },
		})
		if err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, "COPY (SELECT * FROM segue_rows()) TO "+literal(path)+" (FORMAT parquet, COMPRESSION zstd)")
		return err
	})
	return stream.rows, errors.Join(err, a.Err())
}

// parquetType returns the type that a column of an answer is written in.
func parquetType(engineType string) driver.Type {
	switch {
	case engineType == "BOOLEAN":
		return driver.TYPE_BOOLEAN
	case engineType == "DOUBLE", engineType == "FLOAT", strings.HasPrefix(engineType, "DECIMAL"):
		return driver.TYPE_DOUBLE
	case strings.HasSuffix(engineType, "INT"), engineType == "INTEGER", engineType == "UINTEGER":
		return driver.TYPE_BIGINT
	}
	return driver.TYPE_VARCHAR
}

// outside runs f on an engine in memory that may read and write files.
func outside(ctx context.Context, f func(*sql.Conn) error) error {
	db, err := openOutside(ctx)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return errors.Join(f(conn), conn.Close(), db.Close())
}

func openOutside(ctx context.Context) (*sql.DB, error) {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	for _, s := range []string{
		"SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false",
		"SET threads = 1", "SET memory_limit = '512MB'", "SET temp_directory = ''", "SET TimeZone = 'UTC'",
	} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", s, err), db.Close())
		}
	}
	return db, nil
}

// answerStream gives the rows of an answer to an engine, chunk by chunk.
type answerStream struct {
	answer *answer
	infos  []driver.ColumnInfo
	rows   int64
}

func (s *answerStream) ColumnInfos() []driver.ColumnInfo     { return s.infos }
func (s *answerStream) Cardinality() *driver.CardinalityInfo { return nil }
func (s *answerStream) Init()                                {}

func (s *answerStream) FillChunk(chunk driver.DataChunk) error {
	row := 0
	for row < driver.GetDataChunkCapacity() && s.answer.Next() {
		for i, v := range s.answer.values {
			if err := chunk.SetValue(i, row, v); err != nil {
				return fmt.Errorf("column %s: %w", s.infos[i].Name, err)
			}
		}
		row++
	}
	s.rows += int64(row)
	if err := s.answer.Err(); err != nil {
		return err
	}
	return chunk.SetSize(row)
}
