// Package sqlite keeps the state in one SQLite file, and keeps a data folder to
// one process at a time.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// Store is a state.Store in one file. One goroutine writes at a time, the
// others wait; readers neither wait for it nor hold it up. What a method has
// written is on the disk when it returns.
type Store struct {
	writer *sql.DB // one connection
	reader *sql.DB
}

var _ state.Store = (*Store)(nil)

// The states of a batch.
const (
	open      = "open"
	committed = "committed"
	aborted   = "aborted"
)

// Close ends the use of the store.
func (s *Store) Close() error {
	// The last connection to close tidies the file up, which a reader may not.
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Begin opens a batch; see state.Store.
func (s *Store) Begin(ctx context.Context, kind, about string, now time.Time) (batch int64, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, batchBeginSQL, kind, about, now.UnixMicro()).Scan(&batch)
	})
	if err != nil {
		return 0, fmt.Errorf("begin batch of %s: %w", kind, err)
	}
	return batch, nil
}

// Commit makes a batch count; see state.Store.
func (s *Store) Commit(ctx context.Context, batch int64, now time.Time, summary json.RawMessage) error {
	err := s.write(ctx, func(tx *sql.Tx) error { return end(ctx, tx, batch, committed, now, summary) })
	if err != nil {
		return fmt.Errorf("commit batch %d: %w", batch, err)
	}
	return nil
}

// Abort ends a batch that never counts; see state.Store.
func (s *Store) Abort(ctx context.Context, batch int64, now time.Time) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if status, err := statusOf(ctx, tx, batch); err != nil || status == aborted {
			return err
		}
		return end(ctx, tx, batch, aborted, now, nil)
	})
	if err != nil {
		return fmt.Errorf("abort batch %d: %w", batch, err)
	}
	return nil
}

// Settled returns the committed batches; see state.Store.
func (s *Store) Settled(ctx context.Context) ([]int64, error) {
	var batches []int64
	err := each(ctx, s.reader, batchSettledSQL, func(scan scanFunc) error {
		var batch int64
		err := scan(&batch)
		batches = append(batches, batch)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list committed batches: %w", err)
	}
	return batches, nil
}

// Watermark returns the batch up to which all is decided; see state.Store.
func (s *Store) Watermark(ctx context.Context) (int64, error) {
	var batch int64
	if err := s.reader.QueryRowContext(ctx, batchWatermarkSQL).Scan(&batch); err != nil {
		return 0, fmt.Errorf("read watermark: %w", err)
	}
	return batch, nil
}

// KnownBefore returns the last batch that was known; see state.Store.
func (s *Store) KnownBefore(ctx context.Context, before time.Time) (int64, error) {
	var batch int64
	if err := s.reader.QueryRowContext(ctx, batchKnownBeforeSQL, before.UnixMicro()).Scan(&batch); err != nil {
		return 0, fmt.Errorf("read what was known before %s: %w", before.Format(time.RFC3339), err)
	}
	return batch, nil
}

// Imports returns the committed imports; see state.Store.
func (s *Store) Imports(ctx context.Context) ([]state.Import, error) {
	imports := []state.Import{}
	err := each(ctx, s.reader, batchImportsSQL, func(scan scanFunc) error {
		var (
			x       state.Import
			ended   sql.NullInt64
			summary sql.NullString
		)
		err := scan(&x.Batch, &x.Source, &ended, &summary)
		x.Ended, x.Summary = toTime(ended.Int64), toJSON(summary)
		imports = append(imports, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return imports, nil
}

// end ends a batch that is open.
func end(ctx context.Context, tx *sql.Tx, batch int64, status string, now time.Time, summary json.RawMessage) error {
	if err := wantOpen(ctx, tx, batch); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, batchEndSQL, status, now.UnixMicro(), fromJSON(summary), batch)
	return err
}

func wantOpen(ctx context.Context, tx *sql.Tx, batch int64) error {
	status, err := statusOf(ctx, tx, batch)
	if err == nil && status != open {
		err = fmt.Errorf("it is already %s", status)
	}
	return err
}

func statusOf(ctx context.Context, tx *sql.Tx, batch int64) (string, error) {
	var status string
	err := tx.QueryRowContext(ctx, batchStatusSQL, batch).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return "", state.ErrNotFound
	}
	return status, err
}

// write calls change in a transaction, and keeps all of it or nothing.
func (s *Store) write(ctx context.Context, change func(*sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := change(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// rollback undoes a transaction, unless its context has undone it.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// read calls look in a transaction, so that all it reads is of one moment.
func (s *Store) read(ctx context.Context, look func(*sql.Tx) error) error {
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return errors.Join(look(tx), rollback(tx))
}

type scanFunc func(into ...any) error

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls take for every row.
func each(ctx context.Context, from querier, query string, take func(scanFunc) error) error {
	rows, err := from.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// fromJSON returns the text that a row keeps: none for none.
func fromJSON(m json.RawMessage) sql.NullString {
	return sql.NullString{String: string(m), Valid: len(m) > 0}
}

func toJSON(text sql.NullString) json.RawMessage {
	if !text.Valid {
		return nil
	}
	return json.RawMessage(text.String)
}

func toTime(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
