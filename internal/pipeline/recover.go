package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// Recover makes the store ready: what an import or a run that was killed has
// left behind is removed, there is a place for every kind of fact that the
// strategy knows, and an erasure that was decided is completed. It fails where
// the strategy gives a column another type than what is stored has.
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
	err = e.Warehouse.Sweep(ctx,
		func(batch int64) bool { return slices.Contains(settled, batch) },
		func(table string) bool { return slices.Contains(tables, table) })
	if err != nil {
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

// forgetLost forgets runs whose tables are gone, as when somebody removed the
// file of facts.
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
