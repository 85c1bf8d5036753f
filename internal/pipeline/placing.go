package pipeline

import (
	"context"
	"encoding/json"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// placing is the work of one run on its results.
type placing struct {
	engine   *Engine
	run      *state.Run
	stored   query.Stored
	previous *state.Run // the present placement; nil holds customers against nothing
	before   *state.Run // the close before; nil where nothing waits
	cause    int64      // what can have moved customers since
	only     []string   // lenses; nil are all definitions

	accounts state.Result
	seconds  []SecondParent
	members  int64
}

// recall finds the close before, from which waits go on. Done, where it is not
// nil, drops what only this run needs.
func (w *placing) recall(ctx context.Context) (done func(), err error) {
	e := w.engine
	if len(heldLenses(e.Strategy)) == 0 {
		return nil, nil
	}
	if w.run.View {
		if w.before, err = e.warmUp(ctx, w.run.AsOf); err != nil || w.before == nil {
			return nil, err
		}
		return func() { e.dropTables(ctx, w.before.Results) }, nil
	}
	if w.before, err = e.closeBefore(ctx, w.run.AsOf); err != nil || w.before == nil {
		return nil, err
	}
	cause, err := e.causes(ctx, w.run, w.before)
	w.cause = int64(cause)
	return nil, err
}

// grain evaluates the customers of a grain and counts them.
func (w *placing) grain(ctx context.Context, grain customer.Grain) (GrainReport, error) {
	e, report := w.engine, GrainReport{Grain: grain.String()}
	w.seconds, w.members = nil, 0
	at, columns, err := w.place(ctx, grain)
	if err != nil {
		return report, err
	}
	report.Accounts, report.seconds = w.members, w.seconds
	read := reading{engine: e, run: *w.run, grain: grain, table: w.run.Results[at].Table, columns: columns, asOf: w.run.AsOf}
	if report.Customers, err = read.count(ctx); err != nil {
		return report, err
	}
	w.run.Results[at].Customers = report.Customers
	for _, s := range e.Strategy.Segmentations {
		if s.Grain != grain {
			continue
		}
		counts, err := read.segmentation(ctx, s.Name)
		if err != nil {
			return report, err
		}
		report.Segmentations = append(report.Segmentations, counts)
	}
	return report, nil
}

// place makes the table of a grain, and returns its number among the results of
// the run.
func (w *placing) place(ctx context.Context, grain customer.Grain) (at int, columns []query.ResultColumn, err error) {
	e := w.engine
	request := query.Request{Grain: grain, AsOf: w.run.AsOf, Only: w.only, Close: closeOf(w.before, grain, w.cause)}
	if w.accounts.Table != "" && grain.Level == customer.ByContact {
		request.AccountResult = w.accounts.Table
		if err := json.Unmarshal(w.accounts.Columns, &request.AccountColumns); err != nil {
			return 0, nil, err
		}
	}
	if grain.Level == customer.ByParent || grain.Level == customer.ByEntity {
		tree, err := e.family(ctx, w.stored, w.run.AsOf)
		if err != nil {
			return 0, nil, err
		}
		if w.seconds, err = e.secondParents(ctx, tree); err != nil {
			return 0, nil, err
		}
		if request.Members, w.members, err = e.members(ctx, w.run, grain, tree); err != nil {
			return 0, nil, err
		}
	}
	if w.previous != nil {
		before := standing(*w.previous, grain)
		request.Previous, request.PreviousSegments, request.PreviousByRule = before.table, before.segments, before.byRule
	}
	compiled, err := query.Compile(definitions(e.Strategy), request, w.stored)
	if err != nil {
		return 0, nil, err
	}
	written, err := json.Marshal(compiled.Columns)
	if err != nil {
		return 0, nil, err
	}
	result := state.Result{Grain: grain.String(), Table: tableName("result", w.run.Batch, grain), Columns: written}
	w.run.Results = append(w.run.Results, result)
	if grain.Level == customer.ByAccount {
		w.accounts = result
	}
	text, err := sqltext.Write(compiled.Plan, sqltext.DuckDB(), sqltext.Options{CreateTable: result.Table})
	if err != nil {
		return 0, nil, err
	}
	return len(w.run.Results) - 1, compiled.Columns, e.Warehouse.Exec(ctx, warehouse.Statement{Text: text.SQL, Args: text.Args})
}
