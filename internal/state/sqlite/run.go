package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// SaveRun commits the run's batch and keeps the run; see state.Store.
func (s *Store) SaveRun(ctx context.Context, run state.Run) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := end(ctx, tx, run.Batch, committed, run.Finished, run.Summary); err != nil {
			return err
		}
		if err := insertRun(ctx, tx, run); err != nil {
			return err
		}
		if run.Applies != nil {
			if err := insertVersion(ctx, tx, run.Version, *run.Applies); err != nil {
				return err
			}
		}
		return insertEntry(ctx, tx, run)
	})
	if err != nil {
		return fmt.Errorf("save run %d: %w", run.Batch, err)
	}
	return nil
}

func insertRun(ctx context.Context, tx *sql.Tx, run state.Run) error {
	_, err := tx.ExecContext(ctx, runInsertSQL, run.Batch, int64(run.AsOf), run.KnownAt, run.View, run.Limited, run.Version, run.Hash,
		run.Started.UnixMicro(), run.Finished.UnixMicro(), fromJSON(run.Summary))
	if err != nil {
		return err
	}
	for i, step := range run.Steps {
		if _, err := tx.ExecContext(ctx, runStepInsertSQL, run.Batch, i, step.Name, int64(step.Took)); err != nil {
			return fmt.Errorf("step %q: %w", step.Name, err)
		}
	}
	for i, r := range run.Results {
		if _, err := tx.ExecContext(ctx, runResultInsertSQL, run.Batch, i, r.Grain, r.Table, r.Customers, fromJSON(r.Columns)); err != nil {
			return fmt.Errorf("result by %s: %w", r.Grain, err)
		}
	}
	return nil
}

// Runs returns the kept runs, newest first; see state.Store.
func (s *Store) Runs(ctx context.Context) ([]state.Run, error) {
	var runs []state.Run
	err := s.read(ctx, func(tx *sql.Tx) error {
		steps, err := stepsByRun(ctx, tx)
		if err != nil {
			return err
		}
		results, err := resultsByRun(ctx, tx)
		if err != nil {
			return err
		}
		return each(ctx, tx, runListSQL, func(scan scanFunc) error {
			run, err := toRun(scan)
			run.Steps, run.Results = steps[run.Batch], results[run.Batch]
			runs = append(runs, run)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	return runs, nil
}

// DropRun forgets a run; see state.Store.
func (s *Store) DropRun(ctx context.Context, batch int64) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		dropped, err := tx.ExecContext(ctx, runDropSQL, batch)
		if err != nil {
			return err
		}
		if n, err := dropped.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return state.ErrNotFound
	})
	if err != nil {
		return fmt.Errorf("drop run %d: %w", batch, err)
	}
	return nil
}

func toRun(scan scanFunc) (state.Run, error) {
	var (
		run               state.Run
		started, finished int64
		summary           sql.NullString
	)
	err := scan(&run.Batch, &run.AsOf, &run.KnownAt, &run.View, &run.Limited, &run.Version, &run.Hash, &started, &finished, &summary)
	run.Started, run.Finished, run.Summary = toTime(started), toTime(finished), toJSON(summary)
	return run, err
}

func stepsByRun(ctx context.Context, tx *sql.Tx) (map[int64][]state.Step, error) {
	steps := map[int64][]state.Step{}
	err := each(ctx, tx, runStepListSQL, func(scan scanFunc) error {
		var (
			run, took int64
			step      state.Step
		)
		err := scan(&run, &step.Name, &took)
		step.Took = time.Duration(took)
		steps[run] = append(steps[run], step)
		return err
	})
	return steps, err
}

func resultsByRun(ctx context.Context, tx *sql.Tx) (map[int64][]state.Result, error) {
	results := map[int64][]state.Result{}
	err := each(ctx, tx, runResultListSQL, func(scan scanFunc) error {
		var (
			run     int64
			result  state.Result
			columns sql.NullString
		)
		err := scan(&run, &result.Grain, &result.Table, &result.Customers, &columns)
		result.Columns = toJSON(columns)
		results[run] = append(results[run], result)
		return err
	})
	return results, err
}
