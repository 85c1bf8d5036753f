// Package pipeline does the work of the verbs: it imports, evaluates and
// answers. Each verb is one function from a request to an answer, and both can
// be sent over a wire.
package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Engine is what the verbs work with.
type Engine struct {
	Warehouse warehouse.Warehouse
	State     state.Store
	Strategy  *spec.Strategy
	Files     map[string]string // the strategy's files, kept with each version

	then *moment // of which it knows no more than was known; nil is now
}

// Errors of a run without customers: ErrNothingImported before the first
// import, ErrNoAccounts when facts came and nothing says whose accounts they
// are.
var (
	ErrNothingImported = errors.New("no accounts have been imported yet")
	ErrNoAccounts      = errors.New("facts have been imported, but no accounts: add a source with \"fact: account\" (it may read the same file), then import again")
)

// keptViews is how many runs of past dates stay readable.
const keptViews = 8

// RunRequest asks for an evaluation of the whole base.
type RunRequest struct {
	AsOf          *period.Date `json:"as_of,omitempty"` // nil is today
	Now           time.Time    `json:"now"`
	AcceptLeavers bool         `json:"accept_leavers,omitempty"`
	Draft         bool         `json:"draft,omitempty"` // the strategy is still being made: it is no version yet

	as *PlanReport // whose moves are the only ones; nil is any
}

// RunReport says what a run did.
type RunReport struct {
	Run           int64         `json:"run"`
	AsOf          period.Date   `json:"as_of"`
	View          bool          `json:"view"`
	Version       int64         `json:"strategy_version"`
	Grains        []GrainReport `json:"grains"`
	Ends          []SourceEnd   `json:"sources_ended_before"`
	Begins        []SourceStart `json:"sources_begin_after"`
	SuggestedAsOf *period.Date  `json:"suggested_as_of,omitempty"`
	Lapsed        int           `json:"late_renewal_grace_days"` // 0 where no metric asks what is in force
	Overlaps      *Overlaps     `json:"overlaps,omitempty"`      // contract lines that may be counted twice
	Circles       []Circle      `json:"circles,omitempty"`       // contract lines that name each other

	NoRates       []NoRate       `json:"no_rates,omitempty"`             // amounts that no rate converts
	LeftOver      []LeftOver     `json:"of_no_account,omitempty"`        // revenue that counts for nobody
	SecondParents []SecondParent `json:"second_parents,omitempty"`       // of customers that count families
	Anybodys      []Anybodys     `json:"rejected_of_anybody,omitempty"`  // rows that were rejected and may be any customer's
	NothingRuns   bool           `json:"no_contract_in_force,omitempty"` // contracts are on record, and all ARR is 0
	Moves         []MoveCount    `json:"moves,omitempty"`                // since the placement before
	CaughtUp      []CaughtUp     `json:"caught_up,omitempty"`            // days since the placement before that had been missed
	Unchanged     bool           `json:"unchanged,omitempty"`            // nothing is new since the placement before, which this is
	Pending       bool           `json:"strategy_pending,omitempty"`     // the folder says something else than the version that is applied
	Steps         []state.Step   `json:"steps"`
	Took          time.Duration  `json:"took"`
}

// GrainReport is the part of a run at one grain.
type GrainReport struct {
	Grain         string               `json:"grain"`
	Customers     int64                `json:"customers"`
	Accounts      int64                `json:"accounts,omitempty"` // of grains above the account
	Segmentations []SegmentationCounts `json:"segmentations"`

	seconds []SecondParent
}

// Run evaluates every customer and keeps the result, all or nothing. A run
// without a date is the present placement, by the version of the strategy that
// is applied: the first run applies the first. One as of a past date is a view,
// by what the folder says.
func (e *Engine) Run(ctx context.Context, r RunRequest) (RunReport, error) {
	if r.AsOf == nil && !r.Draft {
		applied, err := e.Applied(ctx)
		if err != nil {
			return RunReport{}, err
		}
		if applied != e {
			report, err := applied.run(ctx, r)
			report.Pending = true
			return report, err
		}
	}
	return e.run(ctx, r)
}

// run is Run by what the folder says.
func (e *Engine) run(ctx context.Context, r RunRequest) (RunReport, error) {
	asOf := e.day(r.AsOf, r.Now)
	if today := e.day(nil, r.Now); asOf > today {
		return RunReport{AsOf: asOf, View: r.AsOf != nil, Lapsed: e.grace()}, fmt.Errorf("evaluate as of %s: that day is still to come; today is %s", asOf, today)
	}
	var caught []CaughtUp
	if r.AsOf == nil {
		var err error
		if caught, err = e.catchUp(ctx, r, asOf); err != nil {
			return RunReport{AsOf: asOf, Lapsed: e.grace(), CaughtUp: caught}, err
		}
	}
	report, err := e.runOn(ctx, r, asOf)
	report.CaughtUp = caught
	return report, err
}

// runOn evaluates one day.
func (e *Engine) runOn(ctx context.Context, r RunRequest, asOf period.Date) (RunReport, error) {
	report := RunReport{AsOf: asOf, View: r.AsOf != nil, Lapsed: e.grace()}
	clock := newStopwatch()
	stored, ends, err := e.stored(ctx, asOf)
	if err != nil {
		return report, err
	}
	if stored.Kinds["account"].Rows == 0 {
		for _, k := range stored.Kinds {
			if k.Rows > 0 {
				return report, ErrNoAccounts
			}
		}
		return report, ErrNothingImported
	}
	report.Ends, report.SuggestedAsOf = ends, suggestion(ends, asOf)
	if report.Begins, err = e.begins(stored, asOf); err != nil {
		return report, err
	}
	if report.Circles, err = e.settleLinks(ctx, &stored, asOf, nil); err != nil {
		return report, err
	}
	if report.NoRates, err = e.noRates(ctx, stored, asOf); err != nil {
		return report, err
	}
	if report.LeftOver, err = e.leftOver(ctx, stored, asOf); err != nil {
		return report, err
	}
	if report.Anybodys, err = e.anybodys(ctx); err != nil {
		return report, err
	}
	clock.lap("read what is stored")
	overlaps := beside(ctx, func(ctx context.Context) (Overlaps, error) { return e.overlaps(ctx, stored, asOf, nil) })
	defer overlaps.stop()
	if before, err := e.unchanged(ctx, asOf, report.View); err != nil {
		return report, err
	} else if before != nil {
		found, err := overlaps.wait()
		if err != nil {
			return report, err
		}
		return e.asBefore(*before, found, clock.total())
	}

	batch, err := e.State.Begin(ctx, "run", asOf.String(), r.Now)
	if err != nil {
		return report, err
	}
	report.Run = batch
	run := state.Run{Batch: batch, AsOf: asOf, View: report.View, Hash: e.Strategy.Hash(), Started: r.Now}
	if run.KnownAt, err = e.State.Watermark(ctx); err == nil {
		err = e.limit(&run)
	}
	if err == nil {
		err = e.evaluate(ctx, &run, &report, stored, r, clock, overlaps)
	}
	if err != nil {
		return report, e.abandon(ctx, run, r.Now, err)
	}
	if found, err := overlaps.wait(); err == nil && len(found.List) > 0 {
		report.Overlaps = &found // not kept with the run: it can be asked for at any time
	}
	report.Steps = clock.laps
	report.Took = clock.total()
	return report, e.prune(ctx)
}

// abandon takes back what a run that failed has made, and returns why it failed.
func (e *Engine) abandon(ctx context.Context, run state.Run, now time.Time, why error) error {
	if err := e.State.Abort(context.WithoutCancel(ctx), run.Batch, now); err != nil {
		return errors.Join(why, err) // it may count, so its tables stay
	}
	e.dropTables(ctx, run.Results)
	e.forgetMoves(ctx, run)
	return why
}

// grace returns for how many days a lapsed contract counts, or 0 where no
// metric asks which contracts are in force.
func (e *Engine) grace() int {
	if e.asksInForce() {
		return e.Strategy.LateRenewalGrace
	}
	return 0
}

// asksInForce reports whether a metric asks which contracts are in force.
func (e *Engine) asksInForce() bool {
	return slices.ContainsFunc(e.Strategy.Metrics, func(m metric.Definition) bool {
		return m.Where != nil && slices.Contains(m.Where.Names(), "in_force")
	})
}

// evaluate makes the tables of each grain and commits the run.
func (e *Engine) evaluate(ctx context.Context, run *state.Run, report *RunReport, stored query.Stored, r RunRequest, clock *stopwatch, overlaps *aside[Overlaps]) error {
	previous, err := e.previousRun(ctx, run.View)
	if err != nil {
		return err
	}
	if previous != nil && previous.AsOf > run.AsOf {
		return fmt.Errorf("place customers as of %s: %w, %s; a past day is shown by segue run --as-of", run.AsOf, ErrEarlier, previous.AsOf)
	}
	w := placing{engine: e, run: run, stored: stored, previous: previous}
	if done, err := w.recall(ctx); err != nil {
		return err
	} else if done != nil {
		defer done()
		clock.lap("follow the waits until the day before")
	}
	for _, grain := range e.grains() {
		grainReport, err := w.grain(ctx, grain)
		if err != nil {
			return fmt.Errorf("evaluate by %s: %w", grain, err)
		}
		report.Grains = append(report.Grains, grainReport)
		if grainReport.seconds != nil {
			report.SecondParents = grainReport.seconds
		}
		clock.lap("evaluate by " + grain.String())
	}
	report.NothingRuns = e.nothingInForce(*report, stored)
	if err := e.guardLeavers(ctx, previous, run, stored, r); err != nil {
		return err
	}
	if _, err := overlaps.wait(); err != nil {
		return err
	}
	if err := e.versionFor(ctx, run, r); err != nil {
		return err
	}
	report.Version = run.Version
	if report.Moves, err = e.enter(ctx, run, previous, r.Draft); err != nil {
		return err
	}
	if err := asPlanned(r.as, report.Moves); err != nil {
		return err
	}
	clock.lap("enter the moves")
	run.Steps, run.Finished = clock.laps, r.Now.Add(clock.total())
	if run.Summary, err = json.Marshal(report); err != nil {
		return err
	}
	return e.State.SaveRun(ctx, *run)
}

// grains returns the grains in use, the account first.
func (e *Engine) grains() []customer.Grain {
	list := []customer.Grain{e.Strategy.Grain}
	for _, s := range e.Strategy.Segmentations {
		list = append(list, s.Grain)
	}
	for _, a := range e.Strategy.Audiences {
		list = append(list, a.Grain)
	}
	if slices.ContainsFunc(list, func(g customer.Grain) bool { return g.Level == customer.ByContact }) {
		list = append(list, customer.Grain{})
	}
	slices.SortFunc(list, func(a, b customer.Grain) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), strings.Compare(a.Entity, b.Entity))
	})
	return slices.Compact(list)
}

func tableName(what string, batch int64, grain customer.Grain) string {
	return fmt.Sprintf("%s_%d_%s", what, batch, grain.Slug())
}

// stood is where customers of a grain stood in a run.
type stood struct {
	table    string
	segments map[string][]string // by segmentation: what its codes stand for
	byRule   map[string]string   // by segmentation that somebody was pinned in: the column of where the rules put customers
}

// standing returns where customers of a grain stood in a run.
func standing(run state.Run, grain customer.Grain) stood {
	for _, r := range run.Results {
		if r.Grain != grain.String() {
			continue
		}
		var columns []query.ResultColumn
		if json.Unmarshal(r.Columns, &columns) != nil {
			return stood{}
		}
		out := stood{table: r.Table, segments: map[string][]string{}, byRule: map[string]string{}}
		for _, c := range columns {
			switch c.Role {
			case query.RoleSegment:
				out.segments[c.Of] = c.Labels
			case query.RoleByRule:
				out.byRule[strings.TrimSuffix(c.Of, query.ByRule)] = c.Name
			}
		}
		return out
	}
	return stood{}
}

// previousRun returns the present placement, which customers are held against;
// a view of a past date is held against nothing.
func (e *Engine) previousRun(ctx context.Context, view bool) (*state.Run, error) {
	if view {
		return nil, nil
	}
	runs, err := e.State.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if !r.View {
			return &r, nil
		}
	}
	return nil, nil
}

// prune drops the tables of runs that are no longer shown.
func (e *Engine) prune(ctx context.Context) error {
	runs, err := e.State.Runs(ctx)
	if err != nil {
		return err
	}
	var present *state.Run
	views, closed := 0, len(heldLenses(e.Strategy)) == 0
	for _, r := range runs {
		keep := false
		switch {
		case r.View:
			views++
			keep = views <= keptViews
		case present == nil:
			present, keep = &r, true
		case !closed && r.AsOf < present.AsOf: // the close from which a run of the same day goes on
			closed, keep = true, true
		}
		if keep {
			continue
		}
		if err := e.State.DropRun(ctx, r.Batch); err != nil {
			return err
		}
		e.dropTables(ctx, r.Results)
	}
	return nil
}

// dropTables removes tables; one that stays is swept at the next start.
func (e *Engine) dropTables(ctx context.Context, results []state.Result) {
	for _, r := range results {
		_ = e.Warehouse.Exec(context.WithoutCancel(ctx), warehouse.Statement{Text: "DROP TABLE IF EXISTS \"" + r.Table + "\""})
	}
}

// suggestion is the day up to which all sources reach, when some are too old
// for the day asked for.
func suggestion(ends []SourceEnd, asOf period.Date) *period.Date {
	var last *period.Date
	for _, s := range ends {
		if s.Stale && (last == nil || s.Last > *last) {
			last = &s.Last
		}
	}
	if last != nil && *last >= asOf {
		return nil
	}
	return last
}

// stopwatch measures the steps of a run.
type stopwatch struct {
	begun, last time.Time
	laps        []state.Step
}

func newStopwatch() *stopwatch {
	now := time.Now()
	return &stopwatch{begun: now, last: now}
}

func (s *stopwatch) lap(name string) {
	now := time.Now()
	s.laps = append(s.laps, state.Step{Name: name, Took: now.Sub(s.last)})
	s.last = now
}

func (s *stopwatch) total() time.Duration { return time.Since(s.begun) }
