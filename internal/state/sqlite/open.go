package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// applicationID marks the file as ours, in its header: "Segu".
const applicationID = 0x53656775

// Open opens the state kept in a file, and makes the file if there is none or
// an empty one. Its folder must exist. The caller holds the folder's lock:
// batches found open belong to processes that have ended, and are aborted.
//
// It refuses, and leaves as it is, a file that is not ours, is damaged, or was
// written by a newer version of the program.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := openFile(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open state %q: %w", path, err)
	}
	return s, nil
}

func openFile(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := touch(path); err != nil {
		return nil, err
	}
	writer, err := sql.Open("sqlite", source(path, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	if err := prepare(ctx, writer); err != nil {
		return nil, errors.Join(remedy(err), writer.Close())
	}
	reader, err := sql.Open("sqlite", source(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return &Store{writer: writer, reader: reader}, nil
}

// touch makes the file if there is none, for the owner alone. SQLite gives the
// files that it puts beside it the same permissions.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return plain(err)
	}
	return f.Close()
}

// plain returns what was wrong with a file without its path, which the caller
// names.
func plain(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

// source names the file and how a connection to it is set up.
func source(path, more string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	file := url.URL{Scheme: "file", Path: slashed}
	return file.String() + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&" + more
}

// prepare checks the file before anything in it changes, and brings it up to
// date.
func prepare(ctx context.Context, db *sql.DB) error {
	if err := check(ctx, db); err != nil {
		return err
	}
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the journal is %q and cannot be a write-ahead log here", mode)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = migrate(ctx, tx, migrationFiles)
	if err == nil {
		_, err = tx.ExecContext(ctx, batchRecoverSQL)
	}
	if err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// check refuses a file that is not ours, or is damaged.
func check(ctx context.Context, db *sql.DB) error {
	var id, objects int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&objects); err != nil {
		return err
	}
	isNew := id == 0 && objects == 0
	if id != applicationID && !isNew {
		return errors.New("it is the database of another program; name another data folder")
	}
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		// What was found stands below a headline.
		return damaged(strings.ReplaceAll(strings.TrimPrefix(found, "*** in database main ***\n"), "\n", "; "))
	}
	return nil
}

func damaged(how string) error {
	return fmt.Errorf("the file is damaged (%s); put a copy of the data folder in its place", how)
}

// remedy says what to do about errors of the engine that people can meet.
func remedy(err error) error {
	engine, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	switch engine.Code() & 0xff { // the rest tells kinds of one error apart
	case lib.SQLITE_NOTADB:
		return errors.New("it is not a state file, or its beginning is damaged; put a copy of the data folder in its place")
	case lib.SQLITE_CORRUPT:
		return damaged(engine.Error())
	case lib.SQLITE_BUSY:
		return errors.New("another program is writing to it; wait until it has ended")
	default:
		return err
	}
}
