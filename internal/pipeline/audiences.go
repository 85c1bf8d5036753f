package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
)

// AudienceCounts says how many customers are in audiences that count customers
// the same way. Customers and RevenueMinor are of the whole base.
type AudienceCounts struct {
	Grain        string          `json:"grain"`
	AsOf         period.Date     `json:"as_of"`
	Run          int64           `json:"run,omitempty"` // of what is known now
	Currency     money.Currency  `json:"currency"`
	Revenue      string          `json:"revenue_metric,omitempty"`
	Customers    int64           `json:"customers"`
	RevenueMinor int64           `json:"revenue_minor"`
	Audiences    []AudienceCount `json:"audiences"`
}

// AudienceCount is one audience. A customer may be in several.
type AudienceCount struct {
	Name         string  `json:"name"`
	Title        string  `json:"title,omitempty"`
	Customers    int64   `json:"customers"`
	Undecided    int64   `json:"undecided,omitempty"` // it can't be told whether they are in it
	RevenueMinor int64   `json:"revenue_minor"`
	Unpriced     int64   `json:"revenue_unknown,omitempty"` // customers in it whose revenue is unknown
	Share        float64 `json:"share"`                     // of customers
	RevenueShare float64 `json:"revenue_share"`
}

// audiences counts the customers of some audiences, those of each grain at
// once.
func (e *Engine) audiences(ctx context.Context, asOf *period.Date, chosen ...segmentation.Audience) ([]AudienceCounts, error) {
	var list []AudienceCounts
	for _, grain := range e.grains() {
		var same []segmentation.Audience
		for _, a := range chosen {
			if a.Grain == grain {
				same = append(same, a)
			}
		}
		if len(same) == 0 {
			continue
		}
		counts, err := e.audiencesBy(ctx, asOf, grain, same)
		if err != nil {
			return nil, err
		}
		list = append(list, counts)
	}
	return list, nil
}

func (e *Engine) audiencesBy(ctx context.Context, asOf *period.Date, grain customer.Grain, chosen []segmentation.Audience) (AudienceCounts, error) {
	read, err := e.result(ctx, asOf, grain)
	if err != nil {
		return AudienceCounts{}, err
	}
	h := read.header("")
	out := AudienceCounts{Grain: h.Grain, AsOf: h.AsOf, Run: h.Run, Currency: h.Currency, Revenue: h.Revenue}
	columns := make([]string, len(chosen))
	for i, a := range chosen {
		column, ok := query.Find(read.columns, query.RoleAudience, a.Name)
		if !ok {
			return out, fmt.Errorf("audience %q is not part of the run as of %s; run again", a.Name, read.asOf)
		}
		columns[i] = column.Name
	}
	rows, err := e.query(ctx, query.Audiences(read.table, columns, read.revenue(), out.Currency))
	if err != nil {
		return out, err
	}
	if len(rows) != 1 {
		return out, fmt.Errorf("count audiences by %s: got %d rows, want 1", grain, len(rows))
	}
	row := rows[0]
	out.Customers, out.RevenueMinor = whole(row[0]), whole(row[1])
	for i, a := range chosen {
		part := row[3+4*i:]
		c := AudienceCount{
			Name: a.Name, Title: a.Title,
			Customers: whole(part[0]), RevenueMinor: whole(part[1]), Unpriced: whole(part[2]), Undecided: whole(part[3]),
		}
		if out.Customers > 0 {
			c.Share = float64(c.Customers) / float64(out.Customers)
		}
		if out.RevenueMinor != 0 {
			c.RevenueShare = float64(c.RevenueMinor) / float64(out.RevenueMinor)
		}
		out.Audiences = append(out.Audiences, c)
	}
	return out, nil
}

// notCounted says that a name is nothing whose customers can be counted.
func (e *Engine) notCounted(name string) error {
	if _, ok := e.Strategy.Audience(name); ok {
		return fmt.Errorf("%q is an audience, which stands in no table with another: name it alone, or list its customers with -w %s", name, name)
	}
	names := e.lenses()
	for _, a := range e.Strategy.Audiences {
		names = append(names, a.Name)
	}
	if hint := diag.DidYouMean(name, names); hint != "" {
		return fmt.Errorf("no segmentation, dimension or audience is called %q (%s)", name, hint)
	}
	return fmt.Errorf("no segmentation, dimension or audience is called %q; there are %s", name, strings.Join(names, ", "))
}
