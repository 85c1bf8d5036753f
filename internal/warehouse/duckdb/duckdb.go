// Package duckdb keeps facts and results in one DuckDB file beside the
// program, without a server.
package duckdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Options say how much of the machine the engine may use.
type Options struct {
	Threads     int    // 0 is one for each core
	MemoryLimit string // "512MB"; "" is the engine's default
	ReadOnly    bool
	ChunkRows   int // rows of a load held before they are compared with what is stored; 0 is by their size
}

// Warehouse is a warehouse in a DuckDB file.
//
// Its methods may be called from several goroutines; loads come one at a time.
type Warehouse struct {
	db      *sql.DB
	options Options
	path    string // as given, for messages; "" is in memory
	file    string // the same, absolute
	scratch string // folder for what does not fit in memory
	memory  string // the engine's own limit, where the options set none
	blocks  *blocks

	mu      sync.Mutex
	loading bool
	known   *known               // dictionaries, nil until a load needs them
	kinds   map[string]fact.Kind // as prepared
	nextRow int64                // 0 is not known yet

	profiles keptProfiles
}

// Open opens the file at path, and makes it when there is none; an empty path
// is a warehouse in memory. The engine cannot read or write any other file or
// fetch extensions, and cannot be told otherwise afterwards.
//
// It returns warehouse.ErrForeign for a file that holds something else.
func Open(ctx context.Context, path string, options Options) (*Warehouse, error) {
	w := &Warehouse{options: options, path: path, blocks: newBlocks(), kinds: map[string]fact.Kind{}}
	if path != "" {
		if strings.ContainsAny(path, "?%") {
			return nil, fmt.Errorf("open facts %q: the path contains ? or %%, which the engine cannot read", path)
		}
		absolute, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("open facts %q: %w", path, err)
		}
		w.file, w.scratch = absolute, filepath.Join(filepath.Dir(absolute), "tmp")
	}
	if err := w.connect(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

// connect opens the file.
func (w *Warehouse) connect(ctx context.Context) error {
	dsn := w.file
	if w.file != "" {
		if err := checkMagic(w.file, w.options.ReadOnly); err != nil {
			return fmt.Errorf("open facts %q: %w", w.path, err)
		}
		if w.options.ReadOnly {
			dsn += "?access_mode=READ_ONLY"
		}
	}
	adviseHugePages()
	connector, err := driver.NewConnector(dsn, nil)
	if err != nil {
		return fmt.Errorf("open facts %q: %w", w.path, damaged(err))
	}
	w.db = sql.OpenDB(connector)
	if err := w.start(ctx); err != nil {
		return errors.Join(fmt.Errorf("open facts %q: %w", w.path, damaged(understood(err))), w.db.Close())
	}
	return nil
}

// damaged says so where the engine cannot read what the file should hold.
func damaged(err error) error {
	var e *driver.Error
	if errors.As(err, &e) && (e.Type == driver.ErrorTypeIO || e.Type == driver.ErrorTypeSerialization) {
		return warehouse.ErrDamaged
	}
	return err
}

// checkMagic tells a DuckDB file from others by its first bytes. An empty file
// is as good as none and makes way.
func checkMagic(path string, readOnly bool) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 12)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.EOF) && !readOnly {
		return os.Remove(path)
	}
	if n < len(head) || !bytes.Equal(head[8:12], []byte("DUCK")) {
		return fmt.Errorf("the file is %w", warehouse.ErrForeign)
	}
	return nil
}

func (w *Warehouse) start(ctx context.Context) error {
	threads := w.options.Threads
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	w.options.Threads = threads
	settings := []string{
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET preserve_insertion_order = false",
		"SET threads = " + strconv.Itoa(threads),
	}
	if w.options.MemoryLimit != "" {
		settings = append(settings, "SET memory_limit = "+literal(w.options.MemoryLimit))
	}
	if w.scratch != "" {
		settings = append(settings, "SET temp_directory = "+literal(w.scratch))
	}
	settings = append(settings, "SET enable_external_access = false")
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, s := range settings {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	// RESET would not do after a limit: the engine goes on with what was set.
	if err := conn.QueryRowContext(ctx, "SELECT current_setting('memory_limit')").Scan(&w.memory); err != nil {
		return fmt.Errorf("read the limit of memory: %w", err)
	}
	if err := w.blocks.register(conn, threads); err != nil {
		return fmt.Errorf("register the reader of blocks: %w", err)
	}
	return w.prepareSystem(ctx, conn)
}

// Close ends the use of the file. A load that is under way is dropped.
func (w *Warehouse) Close() error { return w.db.Close() }

// literal quotes a text for SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quote quotes a name for SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// inTransaction runs f in a transaction on one connection.
func (w *Warehouse) inTransaction(ctx context.Context, f func(tx *sql.Tx) error) error {
	defer w.profiles.changed()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(understood(err), ignoreDone(tx.Rollback()))
	}
	return understood(tx.Commit())
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

var _ warehouse.Warehouse = (*Warehouse)(nil)
