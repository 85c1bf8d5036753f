package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	driver "github.com/duckdb/duckdb-go/v2"
)

// freshName is what a copy of the file is called until it takes its place.
const freshName = ".new"

// rewrite writes everything that is stored to a file of its own, which then
// takes the place of the former one: what was changed or deleted stays in a
// file until its room is used again. No other call may be under way.
func (w *Warehouse) rewrite(ctx context.Context) error {
	if w.file == "" {
		return nil
	}
	if _, err := w.db.ExecContext(ctx, "FORCE CHECKPOINT"); err != nil {
		return err
	}
	if err := w.db.Close(); err != nil {
		return err
	}
	err := w.replace(ctx)
	return errors.Join(err, w.connect(context.WithoutCancel(ctx)))
}

func (w *Warehouse) replace(ctx context.Context) error {
	fresh := w.file + freshName
	for _, left := range []string{fresh, fresh + ".wal"} {
		if err := ignoreMissing(os.Remove(left)); err != nil {
			return err
		}
	}
	// A log that is still there would be read into the new file.
	if info, err := os.Stat(w.file + ".wal"); err == nil && info.Size() > 0 {
		return errors.New("its log could not be closed")
	}
	if err := w.copyTo(ctx, fresh); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(fresh)), ignoreMissing(os.Remove(fresh+".wal")))
	}
	info, err := os.Stat(w.file)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(fresh, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(info.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, w.file); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(w.file)), w.clearScratch())
}

// copyTo copies the file, in the order in which rows are stored.
func (w *Warehouse) copyTo(ctx context.Context, fresh string) error {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	statements := []string{
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET threads = " + strconv.Itoa(w.options.Threads),
		"SET temp_directory = " + literal(w.scratch),
	}
	if w.options.MemoryLimit != "" {
		statements = append(statements, "SET memory_limit = "+literal(w.options.MemoryLimit))
	}
	statements = append(statements,
		"ATTACH "+literal(w.file)+" AS former (READ_ONLY)",
		"ATTACH "+literal(fresh)+" AS fresh",
		"COPY FROM DATABASE former TO fresh",
		"CHECKPOINT fresh",
		"DETACH fresh",
		"DETACH former")
	for _, s := range statements {
		if _, err = conn.ExecContext(ctx, s); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(), db.Close())
}

// clearScratch removes what the engine put aside for want of memory.
func (w *Warehouse) clearScratch() error {
	entries, err := os.ReadDir(w.scratch)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(w.scratch, e.Name())))
	}
	return err
}

// syncFolder makes a new name in a folder outlast a loss of power, where the
// system can.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	_ = f.Sync() // some systems cannot
	return f.Close()
}
