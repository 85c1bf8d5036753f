package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// Recover makes the store ready: what an import or a run that was killed has
// left behind is removed, there is a place for every kind of fact that the
// strategy knows, and an erasure that was decided is completed. It fails where
// the strategy gives a column another type than what is stored has, and with
// ErrLost or ErrForgotten.
func (e *Engine) Recover(ctx context.Context) error {
	settled, err := e.State.Settled(ctx)
	if err != nil {
		return err
	}
	runs, err := e.State.Runs(ctx)
	if err != nil {
		return err
	}
	var tables []string
	for _, r := range runs {
		for _, result := range r.Results {
			tables = append(tables, result.Table)
		}
	}
	if err := e.checkForgotten(ctx); err != nil {
		return err
	}
	lenses, _, err := e.State.Ledger(ctx)
	if err != nil {
		return err
	}
	for _, l := range lenses {
		tables = append(tables, l.Opening)
	}
	err = e.Warehouse.Sweep(ctx,
		func(batch int64) bool { return slices.Contains(settled, batch) },
		func(table string) bool { return slices.Contains(tables, table) })
	if err != nil {
		return err
	}
	if err := e.checkLost(ctx); err != nil {
		return err
	}
	if err := e.forgetLost(ctx, runs); err != nil {
		return err
	}
	if err := e.Warehouse.Prepare(ctx, e.Strategy.Kinds); err != nil {
		return err
	}
	return e.finishErasures(ctx, time.Now())
}

// ErrLost is returned for a store whose facts are gone although imports of
// them are recorded.
var ErrLost = errors.New("the facts are gone (facts.duckdb is new or empty), although imports are recorded beside them: " +
	"put back a copy of the data folder, or delete the folder and import again")

// ErrForgotten is returned for a store that holds facts of imports of which the
// state beside them knows nothing: what was erased would come back.
var ErrForgotten = errors.New("what is kept beside the facts is gone or older than they are (state.sqlite): imports, erasures, decisions and versions are recorded there; " +
	"put back a copy of the whole data folder, or delete the folder and import again")

// checkForgotten tells a state that was lost from one that is new.
func (e *Engine) checkForgotten(ctx context.Context) error {
	known, err := e.State.Watermark(ctx) // no batch is open
	if err != nil {
		return err
	}
	last, err := e.Warehouse.LastBatch(ctx)
	if err == nil && last > known {
		err = ErrForgotten
	}
	return err
}

// checkLost tells a store that lost its facts from one that has none yet.
func (e *Engine) checkLost(ctx context.Context) error {
	files, err := e.State.Files(ctx)
	if err != nil || len(files) == 0 {
		return err
	}
	profile, err := e.profile(ctx)
	if err == nil && len(profile.Sources) == 0 {
		err = ErrLost
	}
	return err
}

// forgetLost forgets runs whose tables are gone.
func (e *Engine) forgetLost(ctx context.Context, runs []state.Run) error {
	tables, err := e.Warehouse.Tables(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		for _, result := range r.Results {
			if slices.Contains(tables, result.Table) {
				continue
			}
			if err := e.State.DropRun(ctx, r.Batch); err != nil {
				return err
			}
			break
		}
	}
	return nil
}
