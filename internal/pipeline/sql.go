package pipeline

import (
	"context"
	"fmt"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/sqltext"
)

// SQLRequest asks for the SQL behind a definition.
type SQLRequest struct {
	Name string // metric, dimension, segmentation or audience; "" is everything
	AsOf period.Date
}

// SQL returns the statement that computes a definition for every customer,
// with a comment for each step.
func (e *Engine) SQL(ctx context.Context, r SQLRequest) (string, error) {
	grain, only := e.Strategy.Grain, []string(nil)
	if r.Name != "" {
		only = []string{r.Name}
		s, isSegmentation := e.Strategy.Segmentation(r.Name)
		a, isAudience := e.Strategy.Audience(r.Name)
		_, isMetric := e.Strategy.Metric(r.Name)
		_, isDimension := e.Strategy.Dimension(r.Name)
		switch {
		case isSegmentation:
			grain = s.Grain
		case isAudience:
			grain = a.Grain
		case !isMetric && !isDimension:
			var names []string
			for _, m := range e.Strategy.Metrics {
				names = append(names, m.Name)
			}
			return "", fmt.Errorf("nothing is called %q%s", r.Name, hint(r.Name, append(names, e.lenses()...)))
		}
	}
	stored, _, err := e.stored(ctx, r.AsOf)
	if err != nil {
		return "", err
	}
	if _, err := e.settleLinks(ctx, &stored, r.AsOf, nil); err != nil {
		return "", err
	}
	request := query.Request{Grain: grain, AsOf: r.AsOf, Only: only}
	if grain.Level == customer.ByParent || grain.Level == customer.ByEntity {
		request.Members = tableName("members", 0, grain)
	}
	if grain.Level == customer.ByContact {
		read, err := e.result(ctx, nil, customer.Grain{})
		if err != nil {
			return "", fmt.Errorf("%q counts people, and reads what the last run has found of their accounts: %w", r.Name, err)
		}
		request.AccountResult, request.AccountColumns = read.table, read.columns
	}
	compiled, err := query.Compile(definitions(e.Strategy), request, stored)
	if err != nil {
		return "", err
	}
	text, err := sqltext.Write(compiled.Plan, sqltext.DuckDB(), sqltext.Options{Inline: true, Comments: true})
	return text.SQL + "\n", err
}
