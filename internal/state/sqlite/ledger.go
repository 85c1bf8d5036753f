package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
)

// insertEntry keeps what a run adds to the ledger.
func insertEntry(ctx context.Context, tx *sql.Tx, run state.Run) error {
	if run.Entry == nil {
		return nil
	}
	for _, l := range run.Entry.Lenses {
		places, err := json.Marshal(append([]string{}, l.Places...))
		if err != nil {
			return err
		}
		closed, closedOn := sql.NullInt64{}, sql.NullInt64{}
		if l.Closed != 0 {
			closed, closedOn = sql.NullInt64{Int64: l.Closed, Valid: true}, sql.NullInt64{Int64: int64(l.ClosedOn), Valid: true}
		}
		_, err = tx.ExecContext(ctx, lensSaveSQL, l.ID, l.Kind, l.Name, l.Grain, l.Domain, string(places), l.Opened, int64(l.OpenedOn), l.Opening, closed, closedOn)
		if err != nil {
			return fmt.Errorf("lens %q: %w", l.Name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, passInsertSQL, run.Batch, int64(run.AsOf), run.KnownAt, run.Version, run.Entry.Moves); err != nil {
		return fmt.Errorf("pass: %w", err)
	}
	return nil
}

// Ledger returns what runs have entered in the ledger; see state.Store.
func (s *Store) Ledger(ctx context.Context) ([]state.Lens, []state.Pass, error) {
	var (
		lenses []state.Lens
		passes []state.Pass
	)
	err := s.read(ctx, func(tx *sql.Tx) error {
		err := each(ctx, tx, lensListSQL, func(scan scanFunc) error {
			l, err := toLens(scan)
			lenses = append(lenses, l)
			return err
		})
		if err != nil {
			return err
		}
		return each(ctx, tx, passListSQL, func(scan scanFunc) error {
			var p state.Pass
			err := scan(&p.Batch, &p.AsOf, &p.KnownAt, &p.Version, &p.Moves)
			passes = append(passes, p)
			return err
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the ledger: %w", err)
	}
	return lenses, passes, nil
}

func toLens(scan scanFunc) (state.Lens, error) {
	var (
		l                state.Lens
		places           string
		closed, closedOn sql.NullInt64
	)
	err := scan(&l.ID, &l.Kind, &l.Name, &l.Grain, &l.Domain, &places, &l.Opened, &l.OpenedOn, &l.Opening, &closed, &closedOn)
	if err != nil {
		return l, err
	}
	l.Closed, l.ClosedOn = closed.Int64, period.Date(closedOn.Int64)
	if err := json.Unmarshal([]byte(places), &l.Places); err != nil {
		return l, fmt.Errorf("places of lens %q: %w", l.Name, err)
	}
	if len(l.Places) == 0 {
		l.Places = nil
	}
	return l, nil
}
