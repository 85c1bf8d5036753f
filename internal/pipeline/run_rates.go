package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// NoRate is a currency without a rate into the reporting currency, so that
// amounts in it can't be told.
type NoRate struct {
	Kind     string         `json:"kind"`
	Column   string         `json:"column"`
	Currency money.Currency `json:"currency"`
	Into     money.Currency `json:"into"`
	On       period.Date    `json:"on"` // no rate is of this day or before
	Facts    int64          `json:"facts"`
	Minor    int64          `json:"minor"` // in Currency
}

// Words tells what lacks a rate and what to do.
func (n NoRate) Words() string {
	return n.what() + "; " + importRates
}

// importRates is what to do about it.
const importRates = "import rates with fact: fx_rate (currency, valid_from, rate)"

func (n NoRate) what() string {
	return fmt.Sprintf("%s: the %s of %s (%s) can't be told",
		noRateWords(string(n.Currency), n.Into, n.On), n.Column, quantity(n.Facts, n.Kind), money.Amount{Minor: n.Minor, Currency: n.Currency})
}

// withoutRate are amounts of the day that no rate converts.
func (x *examination) withoutRate(ctx context.Context) ([]Finding, error) {
	list, err := x.noRates(ctx, x.stored, x.read.asOf)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, n := range list {
		title := n.what()
		found = append(found, Finding{
			Name: "no_rate." + n.Column + "." + string(n.Currency), Title: strings.ToUpper(title[:1]) + title[1:], Rows: 1, Largest: []string{}, Do: importRates,
			List: []FindingItem{{What: title}},
		})
	}
	return found, nil
}

func noRateWords(currency string, into money.Currency, on period.Date) string {
	return fmt.Sprintf("no rate for %s into %s on or before %s", currency, into, on)
}

// rateDay is the day whose rates convert what is counted as of a day.
func (e *Engine) rateDay(asOf period.Date) period.Date {
	if e.Strategy.FxBasis != nil {
		return *e.Strategy.FxBasis
	}
	return asOf
}

// noRatesOn finds the amounts that metrics read on a day and no rate converts.
func (e *Engine) noRatesOn(ctx context.Context, asOf period.Date) ([]NoRate, error) {
	stored, _, err := e.stored(ctx, asOf)
	if err != nil {
		return nil, err
	}
	return e.noRates(ctx, stored, asOf)
}

// noRates finds the amounts that metrics read and no rate converts.
func (e *Engine) noRates(ctx context.Context, stored query.Stored, asOf period.Date) ([]NoRate, error) {
	var list []NoRate
	seen := map[string]bool{}
	for _, m := range e.Strategy.Metrics {
		k, _ := e.Strategy.Kind(m.Kind)
		column, ok := k.Column(m.Column)
		if !ok || column.Type != fact.Money || seen[k.Name+" "+column.Name] {
			continue
		}
		seen[k.Name+" "+column.Name] = true
		plan, ok := query.Unrated(definitions(e.Strategy), stored, asOf, k, column)
		if !ok {
			continue
		}
		rows, err := e.query(ctx, plan)
		if err != nil {
			return nil, fmt.Errorf("look for amounts without a rate: %w", err)
		}
		for _, row := range rows {
			list = append(list, NoRate{
				Kind: k.Name, Column: column.Name, Currency: money.Currency(text(row[0])), Into: e.Strategy.Currency,
				On: e.rateDay(asOf), Facts: whole(row[1]), Minor: whole(row[2]),
			})
		}
	}
	return list, nil
}
