package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/money"
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
	profile, err := e.Warehouse.Profile(ctx)
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
			h.Stays = append(h.Stays, Stay{
				Place: s.Place, From: s.From, Until: s.To, Was: s.Began.From, Causes: s.Began.Cause.Names(), Words: s.Began.Cause.Words(),
				Run: s.Began.Run, Version: versions[s.Began.Run],
			})
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
		return len(names) == 0 && l.Kind != lensSegmentation || len(names) > 0 && !slices.Contains(names, l.Name)
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
			Cause: segmentation.Cause(whole(row[4])),
		})
	}
	if l.Closed != 0 && len(moves) > 0 {
		last := moves[len(moves)-1]
		moves = append(moves, segmentation.Move{Run: l.Closed, AsOf: l.ClosedOn, From: last.To, Cause: segmentation.ByDefinition})
	}
	return moves, nil
}

// lookupEver returns the customer that a text means, one that is gone too.
func (r reading) lookupEver(ctx context.Context, text string) (who, error) {
	w, err := r.lookup(ctx, text)
	var ambiguous *AmbiguousError
	if !errors.As(err, &ambiguous) || len(ambiguous.Candidates) > 0 {
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
	profile, err := r.engine.Warehouse.Profile(ctx)
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
	if read.revenue() != "" {
		report.Revenue, report.RevenueTitle = e.Strategy.RevenueMetric, e.title(e.Strategy.RevenueMetric)
	}
	return report, e.fillTransitions(ctx, &report, read, l, between, passes, r.Limit)
}

func (e *Engine) fillTransitions(ctx context.Context, report *TransitionsReport, read reading, l state.Lens, b query.Between, passes []state.Pass, limit int) error {
	profile, err := e.Warehouse.Profile(ctx)
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
	movers, err := e.query(ctx, query.Movers(b, name.Name, name.Domain, 0))
	if err != nil {
		return err
	}
	report.Moves = int64(len(movers))
	if limit > 0 {
		movers = movers[:min(limit, len(movers))]
	}
	for _, row := range movers {
		cause := segmentation.Cause(whole(row[6]))
		m := Mover{
			Customer: fmt.Sprint(row[0]), On: period.Date(whole(row[2])), Run: whole(row[3]), Version: versions[whole(row[3])],
			From: placeOf(l, whole(row[4]), profile.Text), To: placeOf(l, whole(row[5]), profile.Text), Causes: cause.Names(), Words: cause.Words(),
		}
		m.Name, _ = row[1].(string)
		if v, ok := row[7].(float64); ok {
			m.Revenue = &v
		}
		report.Movers = append(report.Movers, m)
	}
	return nil
}
