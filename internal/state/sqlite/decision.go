package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
)

// SaveDecisions commits the batch of decisions and keeps them; see state.Store.
func (s *Store) SaveDecisions(ctx context.Context, batch int64, now time.Time, list []state.Decision) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := end(ctx, tx, batch, committed, now, nil); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, decisionInsertSQL)
		if err != nil {
			return err
		}
		defer insert.Close()
		for place, d := range list {
			var since sql.NullInt64
			if d.Since != nil {
				since = sql.NullInt64{Int64: int64(*d.Since), Valid: true}
			}
			evidence, err := json.Marshal(append([]string{}, d.Evidence...))
			if err != nil {
				return err
			}
			_, err = insert.ExecContext(ctx, batch, place, d.Verdict, d.Record, d.Into, since, d.Decided.UnixMicro(), d.Author, d.Why, d.Strength, string(evidence))
			if err != nil {
				return fmt.Errorf("decision %d: %w", place+1, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save decisions %d: %w", batch, err)
	}
	return nil
}

// Decisions returns what was decided, in order; see state.Store.
func (s *Store) Decisions(ctx context.Context) ([]state.Decision, error) {
	var list []state.Decision
	err := each(ctx, s.reader, decisionListSQL, func(scan scanFunc) error {
		var (
			d        state.Decision
			since    sql.NullInt64
			decided  int64
			evidence string
		)
		err := scan(&d.Batch, &d.Verdict, &d.Record, &d.Into, &since, &decided, &d.Author, &d.Why, &d.Strength, &evidence)
		if err != nil {
			return err
		}
		if since.Valid {
			day := period.Date(since.Int64)
			d.Since = &day
		}
		d.Decided = toTime(decided)
		if err := json.Unmarshal([]byte(evidence), &d.Evidence); err != nil {
			return fmt.Errorf("decision of batch %d: %w", d.Batch, err)
		}
		list = append(list, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	return list, nil
}
