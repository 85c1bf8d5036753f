package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// SaveErasure commits the erasure's batch and keeps the erasure; see
// state.Store.
func (s *Store) SaveErasure(ctx context.Context, e state.Erasure) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := end(ctx, tx, e.Batch, committed, e.Decided, nil); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, erasureInsertSQL, e.Batch, e.Subject, e.Decided.UnixMicro(), e.Facts); err != nil {
			return err
		}
		for _, k := range e.Keys {
			if _, err := tx.ExecContext(ctx, erasureKeyInsertSQL, e.Batch, k.Number, k.Family, k.Space, k.Salt, k.Digest, k.Surrogate); err != nil {
				return fmt.Errorf("id %d: %w", k.Number, err)
			}
			if _, err := tx.ExecContext(ctx, decisionScrubSQL, k.Number); err != nil {
				return fmt.Errorf("id %d: %w", k.Number, err)
			}
		}
		_, err := tx.ExecContext(ctx, summaryScrubSQL)
		return err
	})
	if err != nil {
		return fmt.Errorf("save erasure %d: %w", e.Batch, err)
	}
	return nil
}

// FinishErasure notes that the warehouse has done it; see state.Store.
//
// The file is written anew before, so that an erasure whose finish is noted
// has left nothing behind.
func (s *Store) FinishErasure(ctx context.Context, batch int64, now time.Time) error {
	err := s.forget(ctx)
	if err == nil {
		err = s.write(ctx, func(tx *sql.Tx) error {
			finished, err := tx.ExecContext(ctx, erasureFinishSQL, now.UnixMicro(), batch)
			if err != nil {
				return err
			}
			if n, err := finished.RowsAffected(); err != nil || n > 0 {
				return err
			}
			return state.ErrNotFound
		})
	}
	if err != nil {
		return fmt.Errorf("finish erasure %d: %w", batch, err)
	}
	return nil
}

// forget writes the file anew without what was changed or deleted, and empties
// its log.
func (s *Store) forget(ctx context.Context) error {
	for _, statement := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.writer.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("write the file anew: %w", err)
		}
	}
	return nil
}

// Erasures returns the erasures in order; see state.Store.
func (s *Store) Erasures(ctx context.Context) ([]state.Erasure, error) {
	var erasures []state.Erasure
	err := s.read(ctx, func(tx *sql.Tx) error {
		keys := map[int64][]state.ErasedKey{}
		err := each(ctx, tx, erasureKeyListSQL, func(scan scanFunc) error {
			var (
				erasure int64
				k       state.ErasedKey
			)
			err := scan(&erasure, &k.Number, &k.Family, &k.Space, &k.Salt, &k.Digest, &k.Surrogate)
			keys[erasure] = append(keys[erasure], k)
			return err
		})
		if err != nil {
			return err
		}
		return each(ctx, tx, erasureListSQL, func(scan scanFunc) error {
			var (
				e       state.Erasure
				decided int64
			)
			err := scan(&e.Batch, &e.Subject, &decided, &e.Facts, &e.Finished)
			e.Decided, e.Keys = toTime(decided), keys[e.Batch]
			erasures = append(erasures, e)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return erasures, nil
}
