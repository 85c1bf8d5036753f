package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state"
)

// heldLenses returns the waits before moves, by dimension and segmentation.
func heldLenses(s *spec.Strategy) map[string]dimension.Hold {
	list := map[string]dimension.Hold{}
	for _, d := range s.Dimensions {
		if d.Form != dimension.ByTrait && !d.Hold.IsZero() {
			list[d.Name] = d.Hold
		}
	}
	for _, d := range s.Segmentations {
		if !d.Hold.IsZero() {
			list[d.Name] = d.Hold
		}
	}
	return list
}

// holdHashes tells whether what decides a lens that waits has changed.
func holdHashes(s *spec.Strategy) map[string]string {
	hashes := map[string]string{}
	for name := range heldLenses(s) {
		hashes[name] = s.HashOf(name)
	}
	return hashes
}

// CaughtUp is a day that had been missed, and was evaluated afterwards.
type CaughtUp struct {
	AsOf  period.Date `json:"as_of"`
	Run   int64       `json:"run"`
	Moves []MoveCount `json:"moves,omitempty"`
}

// catchUp evaluates, in order, the days between the last placement and a day,
// where moves wait: what is waited for is told at each day's close. It keeps
// whole days: where it fails, those before stay.
func (e *Engine) catchUp(ctx context.Context, r RunRequest, today period.Date) ([]CaughtUp, error) {
	if len(heldLenses(e.Strategy)) == 0 || r.Draft {
		return nil, nil
	}
	last, err := e.previousRun(ctx, false)
	if err != nil || last == nil || !hasHeld(*last) {
		return nil, err
	}
	var list []CaughtUp
	for day := last.AsOf + 1; day < today; day++ {
		report, err := e.runOn(ctx, r, day)
		if err != nil {
			return list, fmt.Errorf("catch up with %s: %w", day, err)
		}
		list = append(list, CaughtUp{AsOf: day, Run: report.Run, Moves: report.Moves})
	}
	return list, nil
}

// hasHeld reports whether a run has placed customers whose moves wait.
func hasHeld(run state.Run) bool {
	return slices.ContainsFunc(run.Results, func(r state.Result) bool {
		var columns []query.ResultColumn
		return json.Unmarshal(r.Columns, &columns) == nil && slices.ContainsFunc(columns, func(c query.ResultColumn) bool { return c.Hash != "" })
	})
}

// closeBefore returns the last placement of a day before: the close from which
// waits go on, however often a day is run.
func (e *Engine) closeBefore(ctx context.Context, day period.Date) (*state.Run, error) {
	runs, err := e.State.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if !r.View && r.AsOf < day {
			return &r, nil
		}
	}
	return nil, nil
}

// closeOf returns the close at a grain.
func closeOf(run *state.Run, grain customer.Grain, cause int64) query.Close {
	if run == nil {
		return query.Close{}
	}
	for _, r := range run.Results {
		if r.Grain != grain.String() {
			continue
		}
		c := query.Close{Table: r.Table, Cause: cause}
		if json.Unmarshal(r.Columns, &c.Columns) != nil {
			return query.Close{}
		}
		return c
	}
	return query.Close{}
}

// warmUp evaluates the days before a view, as many as the longest wait, and
// returns the close before it; nil where nothing waits. The caller drops its
// tables.
func (e *Engine) warmUp(ctx context.Context, asOf period.Date) (*state.Run, error) {
	var names []string
	memory := 0
	for name, h := range heldLenses(e.Strategy) {
		names, memory = append(names, name), max(memory, h.MemoryDays())
	}
	if memory == 0 {
		return nil, nil
	}
	slices.Sort(names)
	var before *state.Run
	for day := asOf - period.Date(memory); day < asOf; day++ {
		// No batch has the number: the tables of these days are nobody's.
		now := state.Run{Batch: -int64(day), AsOf: day, Hash: e.Strategy.Hash()}
		err := e.warmUpDay(ctx, &now, before, names)
		if before != nil {
			e.dropTables(ctx, before.Results)
		}
		if err != nil {
			e.dropTables(ctx, now.Results)
			return nil, fmt.Errorf("follow the waits from %s: %w", day, err)
		}
		before = &now
	}
	return before, nil
}

func (e *Engine) warmUpDay(ctx context.Context, now, before *state.Run, names []string) error {
	stored, _, err := e.stored(ctx, now.AsOf)
	if err != nil {
		return err
	}
	if _, err := e.settleLinks(ctx, &stored, now.AsOf, nil); err != nil {
		return err
	}
	w := placing{engine: e, run: now, stored: stored, before: before, only: names}
	for _, grain := range e.grains() {
		if _, _, err := w.place(ctx, grain); err != nil {
			return fmt.Errorf("evaluate by %s: %w", grain, err)
		}
	}
	return nil
}

// fillHold takes over one part of what a result keeps of a lens whose moves
// wait.
func (r reading) fillHold(c *explain.Customer, of string, v any) {
	name, part, _ := strings.Cut(of, ".")
	h, ok := c.Holds[name]
	if !ok {
		h = dimension.Held{Level: dimension.NoLevel, Toward: dimension.NoLevel}
	}
	n, known := v.(int64)
	switch {
	case part == query.HoldToward && known:
		h.Toward = int(n)
	case part == query.HoldMoved && known:
		h.Moved = period.Date(n)
	case part == query.HoldCame && known:
		h.Came = period.Date(n)
	case part == query.HoldSince && known:
		h.Since = period.Date(n)
	case strings.HasPrefix(part, query.HoldCloses):
		h.Closes = append(h.Closes, int(n))
	}
	if c.Holds == nil {
		c.Holds = map[string]dimension.Held{}
	}
	c.Holds[name] = h
}

// fillHeld adds the places that are held, which of who is pinned are those by
// the rules.
func (r reading) fillHeld(c *explain.Customer, values map[string]any) {
	byRule := map[string]bool{}
	for _, column := range r.columns {
		byRule[column.Of] = byRule[column.Of] || column.Role == query.RoleByRule
	}
	for _, column := range r.columns {
		of := strings.TrimSuffix(column.Of, query.ByRule)
		h, ok := c.Holds[of]
		isPlace := column.Role == query.RoleByRule || !byRule[of+query.ByRule] && (column.Role == query.RoleLevel || column.Role == query.RoleSegment)
		if !ok || !isPlace {
			continue
		}
		code, known := values[column.Name].(int64)
		switch {
		case known && code >= 0:
			h.Level = int(code)
		case known && code == query.CodeUnassigned:
			h.Level = len(column.Labels)
		}
		c.Holds[of] = h
	}
}
