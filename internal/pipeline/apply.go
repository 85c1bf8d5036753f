package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// Errors of applying a strategy.
var (
	// ErrSuperseded is returned where what was planned is not what would be
	// applied now: another version is applied, or the strategy was edited.
	ErrSuperseded = errors.New("the plan is out of date")
	// ErrDrift is returned where other customers would move than the plan says.
	ErrDrift = errors.New("other customers would move than the plan says")
	// ErrManyMoves is returned where more customers would move than the guard
	// lets through.
	ErrManyMoves = errors.New("more customers would move than are let through")
)

// ApplyRequest asks to place customers by the strategy of the folder, or by an
// older version.
type ApplyRequest struct {
	Now           time.Time   `json:"now"`
	Version       int64       `json:"version,omitempty"`
	Agreed        *PlanReport `json:"agreed,omitempty"` // with all movers; nil agrees to what is planned now
	AcceptDrift   bool        `json:"accept_drift,omitempty"`
	AcceptLeavers bool        `json:"accept_leavers,omitempty"`
	MostMoves     float64     `json:"most_moves"` // share of the customers of a segmentation, 0 to 1
}

// ApplyReport says what was applied.
type ApplyReport struct {
	Updated RunReport     `json:"updated"` // by the version before, on the facts of now
	Plan    PlanReport    `json:"plan"`
	Drift   []Drift       `json:"drift,omitempty"`
	Since   []SinceImport `json:"imported_since,omitempty"` // what was agreed
	Run     RunReport     `json:"run"`
}

// Drift is one customer of whom a plan says something else than is planned now,
// or a dimension in which other numbers move.
type Drift struct {
	Segmentation string       `json:"segmentation"`
	Customer     string       `json:"customer"`
	Name         string       `json:"name,omitempty"`
	Agreed       *PlannedMove `json:"agreed,omitempty"` // nil: stays
	Now          *PlannedMove `json:"now,omitempty"`

	Dimension string    `json:"dimension,omitempty"`
	Counts    *[2]int64 `json:"counts,omitempty"` // of a dimension: the moves agreed, and those of now
}

// SinceImport is an import since a plan was made.
type SinceImport struct {
	Batch  int64     `json:"batch"`
	Source string    `json:"source"`
	On     time.Time `json:"on"`
}

// Apply brings the placement up to date by the version that is applied, and then
// places customers by the new one, on the same facts (SEMANTICS 20): the moves
// of the second step are those of the plan. Where it is refused, or killed
// half-way, the version before goes on.
func (e *Engine) Apply(ctx context.Context, r ApplyRequest) (ApplyReport, error) {
	var report ApplyReport
	all := PlanRequest{Now: r.Now, Version: r.Version}
	w, err := e.planning(ctx, all)
	if err != nil {
		return report, err
	}
	if err := w.stillAgreed(r.Agreed); err != nil {
		return report, err
	}
	if w.report.FromHash == w.report.ToHash {
		report.Plan = w.report
		return report, nil
	}
	if report.Updated, err = w.before.run(ctx, RunRequest{Now: r.Now, AcceptLeavers: r.AcceptLeavers}); err != nil {
		return report, fmt.Errorf("bring version %d up to date: %w", w.report.From, err)
	}
	if report.Plan, err = e.Plan(ctx, all); err != nil {
		return report, err
	}
	if r.Agreed != nil {
		if report.Drift = drift(*r.Agreed, report.Plan); len(report.Drift) > 0 {
			if report.Since, err = e.arrived(ctx, r.Agreed.KnownAt); err != nil {
				return report, err
			}
			if !r.AcceptDrift {
				return report, ErrDrift
			}
		}
	} else if err := report.Plan.guard(r.MostMoves); err != nil {
		return report, err
	}
	report.Run, err = w.now.run(ctx, RunRequest{Now: r.Now, AcceptLeavers: r.AcceptLeavers, as: &report.Plan})
	return report, err
}

// stillAgreed checks that a plan is of what would be applied.
func (w *planning) stillAgreed(agreed *PlanReport) error {
	switch {
	case agreed == nil:
		return nil
	case agreed.FromHash != w.report.FromHash || agreed.From != w.report.From:
		return fmt.Errorf("%w: it changes version %d, and version %d is applied by now", ErrSuperseded, agreed.From, w.report.From)
	case agreed.ToHash != w.report.ToHash:
		return fmt.Errorf("%w: the strategy was edited after it was made", ErrSuperseded)
	}
	return nil
}

// guard refuses a plan that moves more than a share of the customers of a
// segmentation.
func (p PlanReport) guard(most float64) error {
	for _, l := range p.Lenses {
		if l.Kind != LensSegmentation || l.Customers == 0 {
			continue
		}
		if share := float64(l.Moves()) / float64(l.Customers); share > most {
			return fmt.Errorf("%w: %s would move %d of %d customers, %.0f %%, and up to %.0f %% go without a look", ErrManyMoves, l.Name, l.Moves(), l.Customers, 100*share, 100*most)
		}
	}
	return nil
}

// drift lists the customers of whom two plans say different things, in
// segmentations that both compare, and the dimensions in which other numbers
// move.
func drift(agreed, now PlanReport) []Drift {
	list := []Drift{}
	type lens struct{ grain, name string }
	counts := map[lens][3]int64{}
	for _, l := range agreed.Lenses {
		if l.Kind == LensDimension && l.How == "" {
			counts[lens{l.Grain, l.Name}] = [3]int64{l.Moved, l.Came, l.Left}
		}
	}
	for _, l := range now.Lenses {
		if l.Kind != LensDimension || l.How != "" {
			continue
		}
		was := counts[lens{l.Grain, l.Name}]
		delete(counts, lens{l.Grain, l.Name})
		if was != [3]int64{l.Moved, l.Came, l.Left} {
			list = append(list, Drift{Dimension: l.Name, Counts: &[2]int64{was[0] + was[1] + was[2], l.Moves()}})
		}
	}
	for l, was := range counts {
		if sum := was[0] + was[1] + was[2]; sum > 0 {
			list = append(list, Drift{Dimension: l.name, Counts: &[2]int64{sum, 0}})
		}
	}
	for _, l := range now.Lenses {
		if l.Kind != LensSegmentation || l.How != "" {
			continue
		}
		moves := map[string]PlannedMove{}
		for _, x := range agreed.Lenses {
			if x.Kind == l.Kind && x.Name == l.Name && x.Grain == l.Grain {
				for _, m := range x.Movers {
					moves[m.Customer] = m
				}
			}
		}
		for _, m := range l.Movers {
			was, ok := moves[m.Customer]
			delete(moves, m.Customer)
			switch {
			case !ok:
				list = append(list, Drift{Segmentation: l.Name, Customer: m.Customer, Name: m.Name, Now: &m})
			case was.From != m.From || was.To != m.To:
				list = append(list, Drift{Segmentation: l.Name, Customer: m.Customer, Name: m.Name, Agreed: &was, Now: &m})
			}
		}
		for _, m := range moves {
			list = append(list, Drift{Segmentation: l.Name, Customer: m.Customer, Name: m.Name, Agreed: &m})
		}
	}
	slices.SortStableFunc(list, func(a, b Drift) int {
		return cmp.Or(cmp.Compare(a.Segmentation, b.Segmentation), cmp.Compare(a.Dimension, b.Dimension), cmp.Compare(a.Customer, b.Customer))
	})
	return list
}

// arrived lists the imports after a batch.
func (e *Engine) arrived(ctx context.Context, batch int64) ([]SinceImport, error) {
	imports, err := e.State.Imports(ctx)
	if err != nil {
		return nil, err
	}
	imports = slices.DeleteFunc(imports, func(x state.Import) bool { return x.Batch <= batch })
	list := make([]SinceImport, 0, len(imports))
	for _, x := range imports {
		list = append(list, SinceImport{Batch: x.Batch, Source: x.Source, On: x.Ended})
	}
	return list, nil
}

// asPlanned checks the moves that a run is about to enter against its plan.
func asPlanned(p *PlanReport, counts []MoveCount) error {
	if p == nil {
		return nil
	}
	for _, l := range p.Lenses {
		if l.Kind != LensSegmentation || l.How != "" {
			continue
		}
		var c MoveCount
		if i := slices.IndexFunc(counts, func(c MoveCount) bool { return c.Segmentation == l.Name && c.Grain == l.Grain }); i >= 0 {
			c = counts[i]
		}
		if c.Moved != l.Moved || c.Came != l.Came || c.Left != l.Left {
			return fmt.Errorf("%w: by %s, %d moved, %d came and %d left, planned are %d, %d and %d", ErrDrift, l.Name, c.Moved, c.Came, c.Left, l.Moved, l.Came, l.Left)
		}
	}
	return nil
}
