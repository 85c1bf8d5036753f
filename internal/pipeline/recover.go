package pipeline

import (
	"context"
	"slices"
)

// Recover makes the store ready: what an import or a run that was killed has
// left behind is removed.
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
	return e.Warehouse.Sweep(ctx,
		func(batch int64) bool { return slices.Contains(settled, batch) },
		func(table string) bool { return slices.Contains(tables, table) })
}
