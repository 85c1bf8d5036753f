package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// CutsRequest asks where customers could be cut by a number.
type CutsRequest struct {
	Of   string       `json:"of,omitempty"`    // a metric, or a dimension that is cut by one; "" is what is shown as ARR, else the first that is cut
	AsOf *period.Date `json:"as_of,omitempty"` // a day that has been run; nil is the present placement
}

// CutsReport says how a metric is spread, where it could be cut, and which
// dimension cuts it now.
type CutsReport struct {
	Distribution Distribution `json:"distribution"`
	Title        string       `json:"title"`
	IsMoney      bool         `json:"is_money"`
	Dimension    string       `json:"dimension,omitempty"` // "" is none so far
	At           diag.Pos     `json:"at,omitzero"`
}

// Cuts reads a run that is there.
func (e *Engine) Cuts(ctx context.Context, r CutsRequest) (CutsReport, error) {
	name, err := e.cuttable(r.Of)
	if err != nil {
		return CutsReport{}, err
	}
	m, _ := e.Strategy.Metric(name)
	report := CutsReport{Title: e.title(name), IsMoney: m.Unit == rule.UnitMoney}
	for _, d := range e.Strategy.Dimensions {
		if d.Form != dimension.ByBound || d.Of != name || report.Dimension != "" && d.Name != r.Of {
			continue
		}
		report.Dimension, report.At = d.Name, d.Pos
	}
	report.Distribution, err = e.Distribution(ctx, DistributionRequest{Metric: name, AsOf: r.AsOf})
	return report, err
}

// cuttable returns the metric that is meant.
func (e *Engine) cuttable(of string) (string, error) {
	if m, ok := e.Strategy.Metric(of); ok {
		if m.Type != rule.TypeNumber {
			return "", fmt.Errorf("metric %q is no number, and cannot be cut", of)
		}
		return of, nil
	}
	if d, ok := e.Strategy.Dimension(of); ok {
		if d.Form != dimension.ByBound {
			return "", fmt.Errorf("dimension %q is not cut by a number", of)
		}
		return d.Of, nil
	}
	if of != "" {
		return "", fmt.Errorf("no metric is called %q%s", of, hint(of, namesOf(e.Strategy.Metrics)))
	}
	if e.Strategy.RevenueMetric != "" {
		return e.Strategy.RevenueMetric, nil
	}
	for _, d := range e.Strategy.Dimensions {
		if d.Form == dimension.ByBound {
			return d.Of, nil
		}
	}
	if len(e.Strategy.Metrics) == 0 {
		return "", errors.New("the strategy has no metric by which customers could be cut")
	}
	return "", fmt.Errorf("say by which number customers are to be cut: %s", strings.Join(namesOf(e.Strategy.Metrics), ", "))
}

func namesOf(list []metric.Definition) []string {
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names
}
