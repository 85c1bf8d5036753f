package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state"
)

// ErrNothingApplied is returned where no version of the strategy has placed
// anybody yet: there is nothing to plan a change of.
var ErrNothingApplied = errors.New("no version of the strategy is applied yet")

// renewsWithin is how many days before the end of a contract a move is told as
// one that comes close to a renewal.
const renewsWithin = 90

// PlanRequest asks what the strategy would change if it were applied.
type PlanRequest struct {
	Now     time.Time `json:"now"`
	Version int64     `json:"version,omitempty"` // an older one instead of what the folder says
	Limit   int       `json:"limit"`             // of movers in each segmentation; 0 for all
}

// PlanReport answers it: both strategies as of one day, on the same facts.
type PlanReport struct {
	AsOf         period.Date    `json:"as_of"`
	KnownAt      int64          `json:"known_at"`     // the last batch of facts that it knows
	From         int64          `json:"from_version"` // the one that is applied
	To           int64          `json:"to_version"`   // 0 where it is none yet
	FromHash     string         `json:"from_hash"`
	ToHash       string         `json:"to_hash"`
	Changes      []spec.Change  `json:"changes"` // of definitions
	Currency     money.Currency `json:"currency"`
	Revenue      string         `json:"revenue_metric"`
	Renewing     int            `json:"renewing_within"` // days
	Lenses       []PlannedLens  `json:"lenses"`          // segmentations, then dimensions whose places change
	Load         *PlannedLoad   `json:"load,omitempty"`  // by the segmentation that says how customers are looked after
	RevenueTitle string         `json:"-"`

	// News is true where facts came, or records were joined, since the last
	// placement: apply first places by the version before on them, and those
	// moves are not in the plan.
	News bool       `json:"news_since_the_last_placement,omitempty"`
	Void []Override `json:"overrides_without_place,omitempty"` // those that would do nothing any more
}

// Moves is how many moves the plan has in segmentations.
func (p PlanReport) Moves() int64 {
	var n int64
	for _, l := range p.Lenses {
		if l.Kind == LensSegmentation {
			n += l.Moves()
		}
	}
	return n
}

// PlannedLens is what becomes of one segmentation or dimension.
type PlannedLens struct {
	Kind          string            `json:"kind"`
	Name          string            `json:"name"`
	Title         string            `json:"title"`
	Grain         string            `json:"grain"`
	How           string            `json:"how,omitempty"` // added or removed; else it stands in both
	Customers     int64             `json:"customers"`
	Moved         int64             `json:"moved"`
	Came          int64             `json:"came"`
	Left          int64             `json:"left"`
	Places        []string          `json:"places,omitempty"`
	Cells         []Transition      `json:"transitions,omitempty"`
	Undecided     int64             `json:"undecided"`      // customers who could be elsewhere for want of data, as it is
	UndecidedThen int64             `json:"undecided_then"` // and as it would be
	Renewing      int64             `json:"movers_renewing"`
	RenewingM     int64             `json:"movers_renewing_minor"`
	Movers        []PlannedMove     `json:"movers,omitempty"`
	Touch         map[string]string `json:"touch,omitempty"` // by place, as it would be
}

// Moves is how many customers move, come or leave.
func (l PlannedLens) Moves() int64 { return l.Moved + l.Came + l.Left }

// Dark counts customers that can't be told in a lens: as it is, and as it would
// be.
func (l PlannedLens) Dark() (before, then int64) {
	for _, c := range l.Cells {
		if c.From == segmentation.Unknown {
			before += c.Customers
		}
		if c.To == segmentation.Unknown {
			then += c.Customers
		}
	}
	return before, then
}

// PlannedMove is one customer that would move.
type PlannedMove struct {
	Customer string       `json:"customer"`
	Name     string       `json:"name,omitempty"`
	From     string       `json:"from"`
	To       string       `json:"to"`
	Revenue  *float64     `json:"revenue,omitempty"`
	Renews   *period.Date `json:"renews,omitempty"` // within the days that the plan looks ahead
	Steps    []PlacedStep `json:"because,omitempty"`
}

// PlacedStep is that a customer would stand elsewhere in a dimension.
type PlacedStep struct {
	Dimension string `json:"dimension"`
	Title     string `json:"title"`
	From      string `json:"from"`
	To        string `json:"to"`
}

// planning is the work of one plan.
type planning struct {
	before, now         *Engine
	asOf                period.Date
	runBefore, runNow   state.Run
	storedNow           query.Stored
	text                func(domain string, code int64) (string, bool)
	report              PlanReport
	limit               int
	titleBefore, titles func(string) string
}

// Numbers of the two placements of a plan: no batch has them, so their tables
// are nobody's and are swept where a plan was killed.
const (
	planBefore = -1
	planNow    = -2
)

// Plan says who would move if the strategy were applied, and changes nothing.
// Waits and unknown data are those of the last placement in both.
func (e *Engine) Plan(ctx context.Context, r PlanRequest) (PlanReport, error) {
	w, err := e.planning(ctx, r)
	if err != nil {
		return PlanReport{}, err
	}
	defer func() {
		e.dropTables(ctx, w.runBefore.Results)
		e.dropTables(ctx, w.runNow.Results)
	}()
	if w.report.FromHash == w.report.ToHash {
		return w.report, nil
	}
	if err := w.placeBoth(ctx); err != nil {
		return w.report, err
	}
	for _, g := range w.grains() {
		if err := w.grain(ctx, g); err != nil {
			return w.report, fmt.Errorf("plan by %s: %w", g, err)
		}
	}
	slices.SortStableFunc(w.report.Lenses, func(a, b PlannedLens) int { return rankOf(a.Kind) - rankOf(b.Kind) })
	return w.report, w.voided(ctx)
}

// voided lists the overrides of places that are in the strategy before and not in
// the one that would be applied.
func (w *planning) voided(ctx context.Context) error {
	set, err := w.now.overridesOf(ctx, w.asOf, nil, 0)
	for _, o := range set {
		ended := o.Until != nil && *o.Until <= w.asOf
		if !ended && w.before.canPin(o.Lens, o.Place) == nil && w.now.canPin(o.Lens, o.Place) != nil {
			o.Status = OverrideDead
			w.report.Void = append(w.report.Void, o)
		}
	}
	return err
}

func rankOf(kind string) int {
	if kind == LensSegmentation {
		return 0
	}
	return 1
}

func (e *Engine) planning(ctx context.Context, r PlanRequest) (*planning, error) {
	versions, err := e.State.Versions(ctx)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, ErrNothingApplied
	}
	before, err := e.version(versions[0])
	if err != nil {
		return nil, err
	}
	now, to := e, int64(0)
	if r.Version != 0 {
		v, err := versionOf(versions, r.Version)
		if err != nil {
			return nil, err
		}
		if now, err = e.version(v); err != nil {
			return nil, err
		}
		to = v.Number
	}
	w := &planning{before: before, now: now, asOf: now.day(nil, r.Now), limit: r.Limit, titles: now.title, titleBefore: before.title}
	w.report = PlanReport{
		AsOf: w.asOf, From: versions[0].Number, To: to, FromHash: before.Strategy.Hash(), ToHash: now.Strategy.Hash(),
		Changes: spec.Compare(before.Strategy, now.Strategy), Currency: now.Strategy.Currency, Renewing: renewsWithin, Lenses: []PlannedLens{},
	}
	if w.report.KnownAt, err = e.State.Watermark(ctx); err != nil {
		return nil, err
	}
	if name := now.Strategy.RevenueMetric; name != "" {
		w.report.Revenue, w.report.RevenueTitle = name, now.title(name)
	}
	return w, nil
}

// placeBoth evaluates both strategies as of the day, on the same facts.
func (w *planning) placeBoth(ctx context.Context) error {
	previous, err := w.before.previousRun(ctx, false)
	if err != nil {
		return err
	}
	if previous != nil && previous.AsOf > w.asOf {
		return fmt.Errorf("plan as of %s: %w, %s", w.asOf, ErrEarlier, previous.AsOf)
	}
	if previous != nil {
		facts, family, err := w.before.newSince(ctx, previous.KnownAt)
		if err != nil {
			return err
		}
		w.report.News = facts || family
	}
	w.runBefore = state.Run{Batch: planBefore, AsOf: w.asOf, Hash: w.report.FromHash}
	if _, err := w.before.placeAll(ctx, &w.runBefore, previous); err != nil {
		return fmt.Errorf("place customers by version %d: %w", w.report.From, err)
	}
	w.runNow = state.Run{Batch: planNow, AsOf: w.asOf, Hash: w.report.ToHash}
	if w.storedNow, err = w.now.placeAll(ctx, &w.runNow, &w.runBefore); err != nil {
		return err
	}
	profile, err := w.now.profile(ctx)
	w.text = profile.Text
	return err
}

// placeAll makes the tables of a placement that is not kept.
func (e *Engine) placeAll(ctx context.Context, run, previous *state.Run) (query.Stored, error) {
	stored, _, err := e.stored(ctx, run.AsOf)
	if err != nil {
		return stored, err
	}
	if _, err := e.settleLinks(ctx, &stored, run.AsOf, nil); err != nil {
		return stored, err
	}
	if run.KnownAt, err = e.State.Watermark(ctx); err != nil {
		return stored, err
	}
	w := placing{engine: e, run: run, stored: stored, previous: previous}
	if done, err := w.recall(ctx); err != nil {
		return stored, err
	} else if done != nil {
		defer done()
	}
	for _, grain := range e.grains() {
		if _, _, err := w.place(ctx, grain); err != nil {
			return stored, fmt.Errorf("evaluate by %s: %w", grain, err)
		}
	}
	return stored, nil
}

// grains returns those that either strategy uses, the account first.
func (w *planning) grains() []customer.Grain {
	list := w.now.grains()
	for _, g := range w.before.grains() {
		if !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

// resultAt returns the result of a placement at a grain, and its columns.
func resultAt(run state.Run, grain customer.Grain) (state.Result, []query.ResultColumn, error) {
	for _, r := range run.Results {
		if r.Grain == grain.String() {
			var columns []query.ResultColumn
			err := json.Unmarshal(r.Columns, &columns)
			return r, columns, err
		}
	}
	return state.Result{}, nil, nil
}

// revenueColumn returns the column of the metric shown as ARR, or "".
func (e *Engine) revenueColumn(columns []query.ResultColumn) string {
	if e.Strategy.RevenueMetric == "" {
		return ""
	}
	c, _ := query.Find(columns, query.RoleMetric, e.Strategy.RevenueMetric)
	return c.Name
}

// grain compares the placements at one grain.
func (w *planning) grain(ctx context.Context, grain customer.Grain) error {
	was, wasColumns, err := resultAt(w.runBefore, grain)
	if err != nil {
		return err
	}
	is, isColumns, err := resultAt(w.runNow, grain)
	if err != nil {
		return err
	}
	shared := w.pair(grain, lensesOf(wasColumns, w.before.Strategy.Segmentation), lensesOf(isColumns, w.now.Strategy.Segmentation))
	if len(shared) == 0 {
		return nil
	}
	g := plannedGrain{planning: w, grain: grain, pairs: shared, was: wasColumns, columns: isColumns, planned: query.Planned{
		Movement: query.Movement{Before: was.Table, Now: is.Table}, Grain: grain, Currency: w.now.Strategy.Currency,
		RevenueBefore: w.before.revenueColumn(wasColumns), RevenueNow: w.now.revenueColumn(isColumns),
	}}
	for i, p := range shared {
		g.planned.BeforeLenses = append(g.planned.BeforeLenses, query.LensColumn{Lens: int64(i + 1), Column: p.was.column, Places: p.numbersBefore()})
		g.planned.NowLenses = append(g.planned.NowLenses, query.LensColumn{Lens: int64(i + 1), Column: p.is.column, Places: numbersOf(p.is.labels, p.lens.Places)})
	}
	return g.compare(ctx)
}

// lensPair is a lens that both placements have.
type lensPair struct {
	was, is lensOf
	lens    state.Lens // its places: as they would be called, then those that would be gone
}

// numbersBefore returns the numbers of the places that there are now.
func (p lensPair) numbersBefore() []int64 {
	var numbers []int64
	for _, name := range p.was.labels {
		at := slices.Index(p.is.labels, name)
		if at < 0 {
			at = slices.Index(p.is.was, name)
		}
		if at < 0 {
			at = slices.Index(p.lens.Places, name)
		}
		numbers = append(numbers, int64(at))
	}
	return numbers
}

// pair finds the lenses that both have, and reports those that only one has.
func (w *planning) pair(grain customer.Grain, was, is []lensOf) []lensPair {
	var list []lensPair
	for _, l := range is {
		at := slices.IndexFunc(was, func(x lensOf) bool { return x.kind == l.kind && x.name == l.name && x.domain == l.domain })
		if at < 0 {
			w.report.Lenses = append(w.report.Lenses, PlannedLens{Kind: l.kind, Name: l.name, Title: w.titles(l.name), Grain: grain.String(), How: spec.Added})
			continue
		}
		p := lensPair{was: was[at], is: l, lens: state.Lens{Name: l.name, Kind: l.kind, Domain: l.domain, Places: slices.Clone(l.labels)}}
		for _, name := range p.was.labels {
			if !slices.Contains(l.labels, name) && !slices.Contains(l.was, name) {
				p.lens.Places = append(p.lens.Places, name)
			}
		}
		list = append(list, p)
	}
	for _, l := range was {
		if !slices.ContainsFunc(is, func(x lensOf) bool { return x.kind == l.kind && x.name == l.name && x.domain == l.domain }) {
			w.report.Lenses = append(w.report.Lenses, PlannedLens{Kind: l.kind, Name: l.name, Title: w.titleBefore(l.name), Grain: grain.String(), How: spec.Removed})
		}
	}
	return list
}
