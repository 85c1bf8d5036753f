package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/state"
)

// HistoryRequest asks where a customer has stood.
type HistoryRequest struct {
	Customer string   `json:"customer"`         // id, public id or name
	Lenses   []string `json:"lenses,omitempty"` // segmentations and dimensions; none: every segmentation
	Grain    string   `json:"grain,omitempty"`  // "" is that of the lenses, else the strategy's own
}

// HistoryReport answers it.
type HistoryReport struct {
	Customer string        `json:"customer"` // the source's id
	Name     string        `json:"name,omitempty"`
	Grain    string        `json:"grain"`
	Lenses   []LensHistory `json:"lenses"`
}

// LensHistory is where a customer stood in one lens, the first stay first.
type LensHistory struct {
	Lens  string `json:"lens"`
	Kind  string `json:"kind"` // segmentation or dimension
	Title string `json:"title"`
	Stays []Stay `json:"stays"`
}

// Stay is a span of days in one place.
type Stay struct {
	Place   string       `json:"place"`
	From    period.Date  `json:"from"`
	Until   *period.Date `json:"until,omitempty"` // the first day elsewhere
	Was     string       `json:"was,omitempty"`   // where the customer came from
	Causes  []string     `json:"causes"`          // why it came here, the one that counts first
	Run     int64        `json:"run"`
	Version int64        `json:"strategy_version"`
	Words   string       `json:"-"`

	WaitedSince *period.Date `json:"waited_since,omitempty"` // of a move that waited: the day that its causes are of
	HeldUntil   *period.Date `json:"held_until,omitempty"`
}

// ErrNoLedger is returned where no run has placed customers yet.
var ErrNoLedger = errors.New("nobody has been placed yet, so nothing has moved")

// History returns where a customer has stood by the ledger: as runs placed it on
// their days, whatever became known later.
func (e *Engine) History(ctx context.Context, r HistoryRequest) (HistoryReport, error) {
	lenses, passes, err := e.State.Ledger(ctx)
	if err != nil {
		return HistoryReport{}, err
	}
	if len(lenses) == 0 {
		return HistoryReport{}, ErrNoLedger
	}
	grain, err := e.lensGrain(r.Grain, r.Lenses)
	if err != nil {
		return HistoryReport{}, err
	}
	read, err := e.result(ctx, nil, grain)
	if err != nil {
		return HistoryReport{}, err
	}
	w, err := read.lookupEver(ctx, r.Customer)
	if err != nil {
		return HistoryReport{}, err
	}
	report := HistoryReport{Customer: w.id, Grain: grain.String(), Lenses: []LensHistory{}}
	if report.Name, err = read.nameOf(ctx, w); err != nil {
		return report, err
	}
	versions := map[int64]int64{}
	for _, p := range passes {
		versions[p.Batch] = p.Version
	}
	chosen, err := e.chosen(lenses, grain, r.Lenses)
	if err != nil {
		return report, err
	}
	profile, err := e.profile(ctx)
	if err != nil {
		return report, err
	}
	for _, l := range chosen {
		moves, err := e.movesOf(ctx, l, w.customer, profile.Text)
		if err != nil {
			return report, err
		}
		h := LensHistory{Lens: l.Name, Kind: l.Kind, Title: e.title(l.Name), Stays: []Stay{}}
		for _, s := range segmentation.Spans(moves) {
			stay := Stay{
				Place: s.Place, From: s.From, Until: s.To, Was: s.Began.From, Causes: s.Began.Cause.Names(), Words: s.Began.Words(),
				Run: s.Began.Run, Version: versions[s.Began.Run], WaitedSince: s.Began.Since,
			}
			if stay.WaitedSince != nil {
				stay.HeldUntil = &s.Began.AsOf
			}
			h.Stays = append(h.Stays, stay)
		}
		report.Lenses = append(report.Lenses, h)
	}
	return report, nil
}

// lensGrain is how the lenses that are asked for count customers.
func (e *Engine) lensGrain(asked string, names []string) (customer.Grain, error) {
	if asked != "" {
		return customer.ParseGrain(asked)
	}
	for _, name := range names {
		if _, ok := e.Strategy.Segmentation(name); ok {
			return e.Strategy.GrainOf(name), nil
		}
	}
	return e.Strategy.Grain, nil
}

// chosen returns the lenses of those names at a grain: those that a strategy had
// once too, before those of today.
func (e *Engine) chosen(lenses []state.Lens, grain customer.Grain, names []string) ([]state.Lens, error) {
	var known []string
	list := slices.DeleteFunc(slices.Clone(lenses), func(l state.Lens) bool {
		if l.Grain != grain.String() {
			return true
		}
		known = append(known, l.Name)
		return len(names) == 0 && l.Kind != LensSegmentation || len(names) > 0 && !slices.Contains(names, l.Name)
	})
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no run has placed customers by %q, counted by %s%s", name, grain, hint(name, known))
		}
	}
	at := func(l state.Lens) int { return slices.Index(names, l.Name) }
	slices.SortStableFunc(list, func(a, b state.Lens) int { return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a.Opened, b.Opened)) })
	return list, nil
}

func bookOf(l state.Lens) query.Book {
	return query.Book{Lens: l.ID, Opening: l.Opening, OpenedOn: l.OpenedOn}
}

// placeOf returns what a place of a lens is called.
func placeOf(l state.Lens, number int64, text func(string, int64) (string, bool)) string {
	switch {
	case number == query.CodeAbsent:
		return segmentation.Absent
	case number == query.CodeUnassigned:
		return segmentation.Unassigned
	case l.Domain != "" && number >= 0:
		if s, ok := text(l.Domain, number); ok {
			return s
		}
	case number >= 0 && int(number) < len(l.Places):
		return l.Places[number]
	}
	return segmentation.Unknown
}

// movesOf returns the moves of a customer in a lens, the opening first.
func (e *Engine) movesOf(ctx context.Context, l state.Lens, id int64, text func(string, int64) (string, bool)) ([]segmentation.Move, error) {
	var moves []segmentation.Move
	first, err := e.query(ctx, query.OpenedWith(bookOf(l), id))
	if err != nil {
		return nil, err
	}
	for _, row := range first {
		moves = append(moves, segmentation.Move{Run: l.Opened, AsOf: l.OpenedOn, To: placeOf(l, whole(row[0]), text), Cause: segmentation.New})
	}
	rows, err := e.query(ctx, query.MovesOf(bookOf(l), id))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		moves = append(moves, segmentation.Move{
			Run: whole(row[0]), AsOf: period.Date(whole(row[1])), From: placeOf(l, whole(row[2]), text), To: placeOf(l, whole(row[3]), text),
			Cause: segmentation.Cause(whole(row[4])), Since: maybeDay(row[5]),
		})
	}
	if l.Closed != 0 && len(moves) > 0 {
		last := moves[len(moves)-1]
		moves = append(moves, segmentation.Move{Run: l.Closed, AsOf: l.ClosedOn, From: last.To, Cause: segmentation.ByDefinition})
	}
	return moves, nil
}

// maybeDay is a day that may be NULL.
func maybeDay(v any) *period.Date {
	if v == nil {
		return nil
	}
	day := period.Date(whole(v))
	return &day
}

// lookupEver returns the customer that a text means, one that is gone too.
func (r reading) lookupEver(ctx context.Context, text string) (who, error) {
	w, err := r.lookup(ctx, text, true)
	var ambiguous *AmbiguousError
	if !errors.As(err, &ambiguous) || len(ambiguous.Candidates) > 0 && !ambiguous.Like {
		return w, err
	}
	for _, byPublic := range []bool{false, true} {
		rows, failed := r.engine.query(ctx, query.LookupID("move", text, r.grain, byPublic))
		if failed != nil {
			return w, failed
		}
		if len(rows) > 0 {
			return who{customer: whole(rows[0][0]), id: fmt.Sprint(rows[0][2])}, nil
		}
	}
	return w, err
}

// nameOf is what a customer is called now, "" of one that is gone.
func (r reading) nameOf(ctx context.Context, w who) (string, error) {
	name, ok := query.Find(r.columns, query.RoleName, "")
	if !ok {
		return "", nil
	}
	rows, err := r.engine.query(ctx, query.Row(r.table, []string{name.Name}, w.customer))
	if err != nil || len(rows) == 0 {
		return "", err
	}
	profile, err := r.engine.profile(ctx)
	if err != nil {
		return "", err
	}
	code, ok := rows[0][0].(int64)
	if !ok {
		return "", nil
	}
	text, _ := profile.Text(name.Domain, code)
	return text, nil
}
