package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// LeftOver is revenue of a source that runs on the day and belongs to no
// account, so that it counts for nobody.
type LeftOver struct {
	Source    string         `json:"source"`
	Kind      string         `json:"fact"`
	Title     string         `json:"title"` // of what is shown as revenue
	Rows      int64          `json:"rows"`
	WithoutID int64          `json:"rows_without_id,omitempty"` // of the rows
	Minor     int64          `json:"minor"`
	Currency  money.Currency `json:"currency"`
}

// NamelessWords says how rows that name no account can be given to one.
const NamelessWords = "name the column with the account's name in sources.yaml (account: {from: COLUMN, else: COLUMN}), then import"

// Words tells of it in one line: "$60,000 ARR in 1 row of billing is of no
// account and counts for nobody". whose is the command that proposes whose it
// is.
func (l LeftOver) Words(whose string) string {
	words := fmt.Sprintf("%s %s in %s of %s is of no account and counts for nobody", money.Amount{Minor: l.Minor, Currency: l.Currency}.Rounded(), l.Title, quantity(l.Rows, "row"), l.Source)
	if l.WithoutID < l.Rows {
		return words + "; whose it may be: " + whose
	}
	return words + "; " + NamelessWords
}

// stray is what lines that name no known account add up to, by source and id.
type stray struct {
	source, id string // "" is no id
	rows       int64  // that run on the day
	minor      int64
}

// strays reads the lines of revenue that run on a day and belong to no account,
// the largest first; without lines that run from day to day there are none.
func (e *Engine) strays(ctx context.Context, stored query.Stored, asOf period.Date) ([]stray, metricOf, error) {
	revenue, _ := e.Strategy.Metric(e.Strategy.RevenueMetric)
	of := metricOf{kind: revenue.Kind, title: revenue.Label()}
	k, ok := e.Strategy.Kind(revenue.Kind)
	if !ok || k.Timing != fact.Term {
		return nil, of, nil
	}
	if !stored.Kinds[k.Name].Unmatched {
		return nil, of, nil
	}
	var list []stray
	err := e.each(ctx, query.Strays(definitions(e.Strategy), stored, asOf, k.Name, revenue.Column), func(row []any) {
		if rows := whole(row[4]); rows > 0 {
			list = append(list, stray{source: text(row[0]), id: text(row[1]), rows: rows, minor: whole(row[3])})
		}
	})
	if err != nil {
		return nil, of, fmt.Errorf("look for revenue of no account: %w", err)
	}
	return list, of, nil
}

// metricOf says what is shown as revenue, and which facts it is of.
type metricOf struct{ kind, title string }

// leftOver adds up, source by source, what belongs to no account.
func (e *Engine) leftOver(ctx context.Context, stored query.Stored, asOf period.Date) ([]LeftOver, error) {
	strays, of, err := e.strays(ctx, stored, asOf)
	if err != nil {
		return nil, err
	}
	var list []LeftOver
	for _, m := range e.Strategy.Sources {
		l := LeftOver{Source: m.Name, Kind: of.kind, Title: of.title, Currency: e.Strategy.Currency}
		for _, s := range strays {
			if s.source != m.Name {
				continue
			}
			l.Rows, l.Minor = l.Rows+s.rows, l.Minor+s.minor
			if s.id == "" {
				l.WithoutID += s.rows
			}
		}
		if l.Minor != 0 {
			list = append(list, l)
		}
	}
	return list, nil
}

// inNameOf tells of revenue of no account that stands under the name of a
// customer, or under one that is written in another way. It counts for the
// customer only when somebody says that it is its own.
func (r reading) inNameOf(ctx context.Context, name string, stored query.Stored) (kind string, notes []string, err error) {
	own := match.NameOf(name).Key
	if own == "" {
		return "", nil, nil
	}
	strays, of, err := r.engine.strays(ctx, stored, r.asOf)
	if err != nil {
		return "", nil, err
	}
	strays = slices.DeleteFunc(strays, func(s stray) bool { return match.NameOf(s.id).Key != own })
	for _, s := range strays {
		notes = append(notes, fmt.Sprintf("%s more stands under %q in %s of %s that is of no account: segue match says whether it is this customer's",
			money.Amount{Minor: s.minor, Currency: r.engine.Strategy.Currency}.Rounded(), plainID(s.id), quantity(s.rows, "row"), s.source))
	}
	return of.kind, notes, nil
}
