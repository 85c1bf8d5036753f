package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// ErrEarlier is returned by a run of a day before that of the last placement:
// the ledger never goes back.
var ErrEarlier = errors.New("the last placement is of a later day")

// Kinds of a lens.
const (
	LensSegmentation = "segmentation"
	LensDimension    = "dimension"
)

// entering is the work of one run on the ledger.
type entering struct {
	engine   *Engine
	run      *state.Run
	previous *state.Run
	known    []state.Lens // as the ledger has them
	entry    state.Entry
	cause    segmentation.Cause
	counts   []MoveCount
}

// MoveCount is how many customers a run has moved in a segmentation.
type MoveCount struct {
	Segmentation string `json:"segmentation"`
	Grain        string `json:"grain"`
	Moved        int64  `json:"moved"`
	Came         int64  `json:"came"`
	Left         int64  `json:"left"`
}

// enter compares the run with the placement before and adds who moved to the
// ledger; nothing where nobody did. It does not begin with a draft.
func (e *Engine) enter(ctx context.Context, run, previous *state.Run, draft bool) ([]MoveCount, error) {
	if run.View {
		return nil, nil
	}
	known, _, err := e.State.Ledger(ctx)
	if err != nil || draft && len(known) == 0 {
		return nil, err
	}
	w := entering{engine: e, run: run, previous: previous, known: known}
	if previous != nil {
		if w.cause, err = e.causes(ctx, run, previous); err != nil {
			return nil, err
		}
	}
	w.close()
	for _, g := range e.grains() {
		i := slices.IndexFunc(run.Results, func(r state.Result) bool { return r.Grain == g.String() })
		if err := w.grain(ctx, g, run.Results[i]); err != nil {
			return nil, fmt.Errorf("enter the moves by %s: %w", g, err)
		}
	}
	if len(w.entry.Lenses) > 0 || w.entry.Moves > 0 {
		run.Entry = &w.entry
	}
	return w.counts, nil
}

// causes returns all that can have moved customers since the placement before.
func (e *Engine) causes(ctx context.Context, run, previous *state.Run) (segmentation.Cause, error) {
	var c segmentation.Cause
	if run.Hash != previous.Hash {
		c |= segmentation.ByDefinition
	}
	if run.AsOf > previous.AsOf {
		c |= segmentation.ByTime
	}
	facts, family, err := e.newSince(ctx, previous.KnownAt)
	if facts {
		c |= segmentation.ByData
	}
	if family {
		c |= segmentation.ByHierarchy
	}
	return c, err
}

// newSince reports whether facts came, or were erased, after a batch, and
// whether records of accounts were joined or parted.
func (e *Engine) newSince(ctx context.Context, batch int64) (facts, family bool, err error) {
	imports, err := e.State.Imports(ctx)
	if err != nil {
		return false, false, err
	}
	erasures, err := e.State.Erasures(ctx)
	if err != nil {
		return false, false, err
	}
	decisions, err := e.State.Decisions(ctx)
	facts = slices.ContainsFunc(imports, func(x state.Import) bool { return x.Batch > batch }) ||
		slices.ContainsFunc(erasures, func(x state.Erasure) bool { return x.Batch > batch })
	return facts, slices.ContainsFunc(decisions, func(x state.Decision) bool { return x.Batch > batch }), err
}

// lensOf is where a result holds the places of a lens, by name.
type lensOf struct {
	kind, name, column, domain string
	labels, was                []string // by code; what a label was called before, or ""
}

// lensesOf returns the lenses of a result.
func lensesOf(columns []query.ResultColumn, find func(name string) (segmentation.Definition, bool)) []lensOf {
	var list []lensOf
	for _, c := range columns {
		l := lensOf{name: c.Of, column: c.Name, domain: c.Domain, labels: c.Labels, was: make([]string, len(c.Labels))}
		switch {
		case c.Role == query.RoleSegment:
			l.kind = LensSegmentation
			if s, ok := find(c.Of); ok {
				for _, x := range s.Segments {
					if i := slices.Index(l.labels, x.Name); i >= 0 {
						l.was[i] = x.Was
					}
				}
			}
		case c.Role == query.RoleLevel && (c.Labels != nil || c.Domain != ""):
			l.kind = LensDimension
		default:
			continue
		}
		list = append(list, l)
	}
	return list
}

// lens returns the lens of the ledger that is still open.
func (w *entering) lens(l lensOf, grain string) (state.Lens, bool) {
	i := slices.IndexFunc(w.known, func(x state.Lens) bool {
		return x.Closed == 0 && x.Kind == l.kind && x.Name == l.name && x.Grain == grain && x.Domain == l.domain
	})
	if i < 0 {
		return state.Lens{}, false
	}
	return w.known[i], true
}

// close ends the lenses that the run does not have any more.
func (w *entering) close() {
	for i := range w.known {
		k := &w.known[i]
		if k.Closed != 0 || slices.ContainsFunc(w.run.Results, func(r state.Result) bool {
			return r.Grain == k.Grain && slices.ContainsFunc(w.lenses(r), func(l lensOf) bool { return l.kind == k.Kind && l.name == k.Name && l.domain == k.Domain })
		}) {
			continue
		}
		k.Closed, k.ClosedOn = w.run.Batch, w.run.AsOf
		w.entry.Lenses = append(w.entry.Lenses, *k)
	}
}

// lenses returns those of a result that is kept with its columns.
func (w *entering) lenses(r state.Result) []lensOf {
	var columns []query.ResultColumn
	if json.Unmarshal(r.Columns, &columns) != nil {
		return nil
	}
	return lensesOf(columns, w.engine.Strategy.Segmentation)
}

// grain enters the moves at one grain: lenses that are new begin with the places
// of all, the others go on with who stands elsewhere.
func (w *entering) grain(ctx context.Context, grain customer.Grain, r state.Result) error {
	var (
		opened, now, before []query.LensColumn
		begun               []state.Lens
		beforeTable         string
		stoodIn             state.Result
	)
	was := map[string]lensOf{}
	if w.previous != nil {
		for _, p := range w.previous.Results {
			if p.Grain == r.Grain {
				beforeTable, stoodIn = p.Table, p
				for _, l := range w.lenses(p) {
					was[l.kind+l.name] = l
				}
			}
		}
	}
	next := int64(len(w.known)) + 1
	for _, l := range w.lenses(r) {
		k, ok := w.lens(l, r.Grain)
		last, stood := was[l.kind+l.name]
		if ok && !stood { // the placement before is lost: what the ledger knows of it ends here
			k.Closed, k.ClosedOn = w.run.Batch, w.run.AsOf
			w.entry.Lenses = append(w.entry.Lenses, k)
		}
		if !ok || !stood {
			k = state.Lens{ID: next, Kind: l.kind, Name: l.name, Grain: r.Grain, Domain: l.domain, Places: slices.Clone(l.labels), Opened: w.run.Batch, OpenedOn: w.run.AsOf, Opening: tableName("opening", w.run.Batch, grain)}
			next++
			begun = append(begun, k)
			opened = append(opened, query.LensColumn{Lens: k.ID, Column: l.column})
			continue
		}
		before = append(before, query.LensColumn{Lens: k.ID, Column: last.column, Places: numbersOf(last.labels, k.Places), Pins: w.pins(l.name, stoodIn)})
		if renumber(&k, l) {
			w.entry.Lenses = append(w.entry.Lenses, k)
		}
		now = append(now, query.LensColumn{Lens: k.ID, Column: l.column, Places: numbersOf(l.labels, k.Places), Waited: w.waited(l.name, r), Pins: w.pins(l.name, r)})
	}
	w.known, w.entry.Lenses = append(w.known, begun...), append(w.entry.Lenses, begun...)
	if len(opened) > 0 {
		if err := w.exec(ctx, sqltext.Options{CreateTable: begun[0].Opening}, query.Opened(r.Table, opened)); err != nil {
			return err
		}
		w.entry.Moves += r.Customers * int64(len(opened))
	}
	if len(now) == 0 {
		return nil
	}
	return w.moves(ctx, grain, query.Movement{
		Before: beforeTable, Now: r.Table, BeforeLenses: before, NowLenses: now, AsOf: w.run.AsOf, Later: w.previous.AsOf < w.run.AsOf,
	})
}

// waited returns where a result holds the lenses behind one whose moves wait.
func (w *entering) waited(name string, r state.Result) []string {
	var columns []query.ResultColumn
	if len(heldLenses(w.engine.Strategy)) == 0 || json.Unmarshal(r.Columns, &columns) != nil {
		return nil
	}
	behind := w.engine.Strategy.MadeOf(name)
	var list []string
	for _, c := range columns {
		if c.Hash != "" && slices.Contains(behind, c.Of) {
			list = append(list, c.Name)
		}
	}
	return list
}

// pins returns where a result holds where customers are pinned to in the lenses
// behind one.
func (w *entering) pins(name string, r state.Result) []query.PinColumn {
	var columns []query.ResultColumn
	if json.Unmarshal(r.Columns, &columns) != nil || !slices.ContainsFunc(columns, func(c query.ResultColumn) bool { return c.Role == query.RolePin }) {
		return nil
	}
	behind := w.engine.Strategy.MadeOf(name)
	var list []query.PinColumn
	for _, c := range columns {
		if c.Role == query.RolePin && slices.Contains(behind, c.Of) {
			list = append(list, query.PinColumn{Name: c.Name, Places: c.Labels})
		}
	}
	return list
}

// renumber gives a number to places that have none yet, and their new name to
// those that were renamed. It reports whether any did.
func renumber(k *state.Lens, l lensOf) bool {
	changed := false
	k.Places = slices.Clone(k.Places)
	for i, name := range l.labels {
		if slices.Contains(k.Places, name) {
			continue
		}
		changed = true
		if at := slices.Index(k.Places, l.was[i]); at >= 0 && l.was[i] != "" {
			k.Places[at] = name
			continue
		}
		k.Places = append(k.Places, name)
	}
	return changed
}

// numbersOf returns the numbers of places by the codes of a result.
func numbersOf(labels, places []string) []int64 {
	var numbers []int64
	for _, name := range labels {
		numbers = append(numbers, int64(slices.Index(places, name)))
	}
	return numbers
}

// moves enters who stands elsewhere than before.
func (w *entering) moves(ctx context.Context, grain customer.Grain, m query.Movement) error {
	e := w.engine
	moved := tableName("moved", w.run.Batch, grain)
	if err := w.exec(ctx, sqltext.Options{CreateTable: moved}, query.Moved(m)); err != nil {
		return err
	}
	drop := warehouse.Statement{Text: `DROP TABLE "` + moved + `"`}
	rows, err := e.query(ctx, query.MovesIn(moved, m.NowLenses))
	if err != nil {
		return err
	}
	var count int64
	for i, l := range m.NowLenses {
		c := MoveCount{Grain: grain.String(), Moved: whole(rows[0][3*i]), Came: whole(rows[0][3*i+1]), Left: whole(rows[0][3*i+2])}
		moves := c.Moved + c.Came + c.Left
		count += moves
		at := slices.IndexFunc(w.known, func(x state.Lens) bool { return x.ID == l.Lens })
		if moves > 0 && w.known[at].Kind == LensSegmentation {
			c.Segmentation = w.known[at].Name
			w.counts = append(w.counts, c)
		}
	}
	if count == 0 {
		return e.Warehouse.Exec(ctx, drop)
	}
	w.entry.Moves += count
	entry := query.Entry{Batch: w.run.Batch, AsOf: w.run.AsOf, Cause: int64(w.cause), First: int64(segmentation.New), Last: int64(segmentation.Gone)}
	var statements []warehouse.Statement
	for _, l := range m.NowLenses {
		text, err := sqltext.Write(query.Entering(moved, l.Lens, entry), sqltext.DuckDB(), sqltext.Options{InsertInto: "move"})
		if err != nil {
			return err
		}
		statements = append(statements, warehouse.Statement{Text: text.SQL, Args: text.Args})
	}
	return e.Warehouse.Enter(ctx, w.run.Batch, append(statements, drop)...)
}

func (w *entering) exec(ctx context.Context, o sqltext.Options, p query.Plan) error {
	text, err := sqltext.Write(p, sqltext.DuckDB(), o)
	if err != nil {
		return err
	}
	return w.engine.Warehouse.Exec(ctx, warehouse.Statement{Text: text.SQL, Args: text.Args})
}

// forgetMoves takes back what a run has entered that never counts; what stays
// is swept at the next start.
func (e *Engine) forgetMoves(ctx context.Context, run state.Run) {
	_ = e.Warehouse.Exec(context.WithoutCancel(ctx), warehouse.Statement{Text: "DELETE FROM move WHERE batch = ?", Args: []any{run.Batch}})
	if run.Entry == nil {
		return
	}
	for _, l := range run.Entry.Lenses {
		if l.Opened == run.Batch {
			e.dropTables(ctx, []state.Result{{Table: l.Opening}})
		}
	}
}

// unchanged returns the placement that a run would repeat: of the same day, by
// the same strategy, with nothing imported, erased or decided since.
func (e *Engine) unchanged(ctx context.Context, asOf period.Date, view bool) (*state.Run, error) {
	before, err := e.previousRun(ctx, view)
	if err != nil || before == nil || before.AsOf != asOf || before.Hash != e.Strategy.Hash() || len(before.Summary) == 0 {
		return nil, err
	}
	facts, family, err := e.newSince(ctx, before.KnownAt)
	if err != nil || facts || family {
		return nil, err
	}
	lenses, _, err := e.State.Ledger(ctx)
	if err != nil || len(lenses) == 0 {
		return nil, err
	}
	return before, nil
}

// asBefore is the report of a run that has nothing to do.
func (e *Engine) asBefore(before state.Run, overlaps Overlaps, took time.Duration) (RunReport, error) {
	var report RunReport
	if err := json.Unmarshal(before.Summary, &report); err != nil {
		return report, fmt.Errorf("read run %d: %w", before.Batch, err)
	}
	report.Unchanged, report.Moves, report.Took = true, nil, took
	if len(overlaps.List) > 0 {
		report.Overlaps = &overlaps
	}
	return report, nil
}
