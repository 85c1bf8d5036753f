package pipeline

import (
	"context"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/suggest"
)

// DistributionRequest asks how a metric is spread over the customers of a run.
type DistributionRequest struct {
	Metric string       `json:"metric"`
	AsOf   *period.Date `json:"as_of,omitempty"` // nil is the present placement
}

// Distribution says how a metric is spread over customers, and where they could
// be cut by it. Customers with a value above zero are in Histogram and in each
// of Cuts; Above, None, Below and Unknown are all customers.
type Distribution struct {
	Metric    string         `json:"metric"`
	AsOf      period.Date    `json:"as_of"`
	Currency  money.Currency `json:"currency"`
	Customers int64          `json:"customers"`
	Above     int64          `json:"above_zero"`
	None      int64          `json:"zero"`
	Below     int64          `json:"below_zero"`
	Unknown   int64          `json:"unknown"`
	Sum       float64        `json:"sum"`       // of all that are known
	SumAbove  float64        `json:"sum_above"` // of those above zero
	Histogram []suggest.Bin  `json:"histogram"`
	Cuts      []suggest.Cut  `json:"cuts"`

	Stated *Stated `json:"stated,omitempty"` // where the accounts say themselves what the metric is
}

// Distribution reads a run that is there.
func (e *Engine) Distribution(ctx context.Context, r DistributionRequest) (Distribution, error) {
	columns := []string{r.Metric}
	trait, isStated := statedTrait(e.Strategy)
	if isStated = isStated && r.Metric == "arr"; isStated {
		columns = append(columns, trait.Name)
	}
	list, err := e.Customers(ctx, CustomersRequest{Columns: columns, AsOf: r.AsOf})
	if err != nil {
		return Distribution{}, err
	}
	d := Distribution{Metric: r.Metric, AsOf: list.AsOf, Currency: list.Currency, Customers: int64(len(list.Rows))}
	if isStated {
		d.Stated = &Stated{Trait: trait.Name, Title: trait.Title}
	}
	var values []float64
	for _, row := range list.Rows {
		at := len(row) - len(columns)
		if isStated {
			d.Stated.add(row[at], row[at+1])
		}
		v, known := row[at].(float64)
		switch {
		case !known:
			d.Unknown++
			continue
		case v > 0:
			d.Above++
			d.SumAbove += v
		case v < 0:
			d.Below++
		default:
			d.None++
		}
		d.Sum += v
		values = append(values, v)
	}
	d.Histogram, d.Cuts = suggest.Histogram(values), suggest.Cuts(values)
	return d, nil
}

// LastFact returns the day of the last fact of a kind, nil where there is none.
func (e *Engine) LastFact(ctx context.Context, kind string) (*period.Date, error) {
	profile, err := e.profile(ctx)
	if err != nil {
		return nil, err
	}
	k, ok := profile.Kinds[kind]
	if !ok || k.Rows == 0 {
		return nil, nil
	}
	day := e.Strategy.Zone.Date(k.LastAt)
	return &day, nil
}
