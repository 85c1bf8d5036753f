package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/state"
)

// TransitionsRequest asks who moved in a lens.
type TransitionsRequest struct {
	Lens  string       `json:"lens,omitempty"` // "" is the segmentation that explain takes
	Grain string       `json:"grain,omitempty"`
	From  *period.Date `json:"from,omitempty"` // nil: the first run
	To    *period.Date `json:"to,omitempty"`   // nil: the last run
	Limit int          `json:"limit"`          // of movers; 0 for all
}

// TransitionsReport answers it: from the close of From, or the first run, to the
// close of To.
type TransitionsReport struct {
	Lens         string         `json:"lens"`
	Title        string         `json:"title"`
	Grain        string         `json:"grain"`
	From         period.Date    `json:"from"`
	FromFirst    bool           `json:"from_first_run"` // its places, not those at the day's close
	To           period.Date    `json:"to"`
	Begins       period.Date    `json:"ledger_begins"`
	Currency     money.Currency `json:"currency"`
	Revenue      string         `json:"revenue_metric,omitempty"` // of the last run
	RevenueAsOf  period.Date    `json:"revenue_as_of"`            // the day of that run, whatever the span
	Places       []string       `json:"places"`                   // from and to, as the strategy orders them; "" is no customer
	Cells        []Transition   `json:"transitions"`
	Movers       []Mover        `json:"movers"`
	RevenueTitle string         `json:"-"`
	Moves        int64          `json:"moves"` // all of the span, those that were taken back too
}

// placesOf orders the places of some transitions: as the lens has them, then
// those that cannot be told, then who is no customer.
func placesOf(l state.Lens, cells []Transition) []string {
	rank := func(place string) int {
		switch place {
		case segmentation.Unassigned:
			return len(l.Places) + 1
		case segmentation.Unknown:
			return len(l.Places) + 2
		case segmentation.Absent:
			return len(l.Places) + 3
		}
		if i := slices.Index(l.Places, place); i >= 0 {
			return i
		}
		return len(l.Places)
	}
	places := map[string]bool{}
	for _, c := range cells {
		places[c.From], places[c.To] = true, true
	}
	list := slices.Sorted(maps.Keys(places))
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// Transition counts the customers that went from one place to another, or
// stayed where both are the same. An empty place is of who was, or is, no
// customer.
type Transition struct {
	From         string `json:"from"`
	To           string `json:"to"`
	Customers    int64  `json:"customers"`
	RevenueMinor int64  `json:"revenue_minor"`
	Unpriced     int64  `json:"revenue_unknown,omitempty"`
}

// Mover is one move of a customer.
type Mover struct {
	Customer string      `json:"customer"`
	Name     string      `json:"name,omitempty"`
	On       period.Date `json:"on"`
	From     string      `json:"from"`
	To       string      `json:"to"`
	Causes   []string    `json:"causes"`
	Words    string      `json:"-"`
	Run      int64       `json:"run"`
	Version  int64       `json:"strategy_version"`
	Revenue  *float64    `json:"revenue,omitempty"`

	WaitedSince *period.Date `json:"waited_since,omitempty"` // of a move that waited: the day that its causes are of
	HeldUntil   *period.Date `json:"held_until,omitempty"`
}

// Transitions counts who went where between two days, and lists who moved.
func (e *Engine) Transitions(ctx context.Context, r TransitionsRequest) (TransitionsReport, error) {
	var report TransitionsReport
	lenses, passes, err := e.State.Ledger(ctx)
	if err != nil {
		return report, err
	}
	if len(lenses) == 0 {
		return report, ErrNoLedger
	}
	if r.Lens == "" {
		if len(e.Strategy.Segmentations) == 0 {
			return report, errors.New("the strategy has no segmentation: name a dimension")
		}
		r.Lens = mainSegmentation(e.Strategy)
	}
	grain, err := e.lensGrain(r.Grain, []string{r.Lens})
	if err != nil {
		return report, err
	}
	chosen, err := e.chosen(lenses, grain, []string{r.Lens})
	if err != nil {
		return report, err
	}
	l := chosen[len(chosen)-1]
	read, err := e.result(ctx, nil, grain)
	if err != nil {
		return report, err
	}
	between := query.Between{Book: bookOf(l), FromFirst: r.From == nil, From: l.OpenedOn, To: read.asOf, Grain: grain, Revenue: read.revenue(), Result: read.table}
	if r.From != nil {
		between.From = *r.From
	}
	if r.To != nil {
		between.To = *r.To
	}
	if between.From > between.To {
		return report, fmt.Errorf("from %s to %s: the span ends before it begins", between.From, between.To)
	}
	report = TransitionsReport{
		Lens: l.Name, Title: e.title(l.Name), Grain: grain.String(), From: between.From, FromFirst: between.FromFirst, To: between.To, Begins: l.OpenedOn,
		Currency: e.Strategy.Currency, Cells: []Transition{}, Movers: []Mover{},
	}
	report.RevenueAsOf = read.asOf
	if read.revenue() != "" {
		report.Revenue, report.RevenueTitle = e.Strategy.RevenueMetric, e.title(e.Strategy.RevenueMetric)
	}
	return report, e.fillTransitions(ctx, &report, read, l, between, passes, r.Limit)
}

func (e *Engine) fillTransitions(ctx context.Context, report *TransitionsReport, read reading, l state.Lens, b query.Between, passes []state.Pass, limit int) error {
	profile, err := e.profile(ctx)
	if err != nil {
		return err
	}
	rows, err := e.query(ctx, query.Matrix(b, e.Strategy.Currency))
	if err != nil {
		return err
	}
	for _, row := range rows {
		report.Cells = append(report.Cells, Transition{
			From: placeOf(l, whole(row[0]), profile.Text), To: placeOf(l, whole(row[1]), profile.Text),
			Customers: whole(row[2]), RevenueMinor: whole(row[3]), Unpriced: whole(row[4]),
		})
	}
	report.Places = placesOf(l, report.Cells)
	versions := map[int64]int64{}
	for _, p := range passes {
		versions[p.Batch] = p.Version
	}
	name, _ := query.Find(read.columns, query.RoleName, "")
	counted, err := e.query(ctx, query.CountMoves(b))
	if err != nil {
		return err
	}
	report.Moves = whole(counted[0][0])
	movers, err := e.query(ctx, query.Movers(b, name.Name, name.Domain, limit))
	if err != nil {
		return err
	}
	for _, row := range movers {
		move := segmentation.Move{Cause: segmentation.Cause(whole(row[6])), Since: maybeDay(row[8])}
		m := Mover{
			Customer: fmt.Sprint(row[0]), On: period.Date(whole(row[2])), Run: whole(row[3]), Version: versions[whole(row[3])],
			From: placeOf(l, whole(row[4]), profile.Text), To: placeOf(l, whole(row[5]), profile.Text), Causes: move.Cause.Names(), Words: move.Words(),
		}
		if m.WaitedSince = move.Since; move.Since != nil {
			m.HeldUntil = &m.On
		}
		m.Name, _ = row[1].(string)
		if v, ok := row[7].(float64); ok {
			m.Revenue = &v
		}
		report.Movers = append(report.Movers, m)
	}
	return nil
}
