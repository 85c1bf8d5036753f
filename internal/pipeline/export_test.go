package pipeline

import (
	"context"
	"fmt"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
)

// Placed is a customer as package explain takes it, and where the newest run
// placed it.
type Placed struct {
	explain.Customer
	Row map[string]any // what the result holds, by column
}

// Placed returns all customers of the newest run at a grain, and the columns of
// its result.
func (e *Engine) Placed(ctx context.Context, grain customer.Grain) ([]Placed, []query.ResultColumn, error) {
	r, err := e.result(ctx, nil, grain)
	if err != nil {
		return nil, nil, err
	}
	var show []string
	for _, column := range r.columns {
		if column.Role != query.RoleCustomer {
			show = append(show, column.Name)
		}
	}
	plan, err := query.List(query.Listing{Table: r.table, Columns: r.columns, Show: show, Grain: grain, AsOf: r.asOf, Raw: true})
	if err != nil {
		return nil, nil, err
	}
	rows, err := e.query(ctx, plan)
	if err != nil {
		return nil, nil, err
	}
	stored, _, err := e.stored(ctx, r.asOf)
	if err != nil {
		return nil, nil, err
	}
	var list []Placed
	for _, row := range rows {
		p := Placed{Row: map[string]any{}, Customer: explain.Customer{
			Grain: grain, AsOf: r.asOf,
			Metrics: map[string]rule.Value{}, Traits: map[string]rule.Value{}, Cuts: map[string][]float64{}, Previous: map[string]string{}, Unsettled: map[string]bool{},
		}}
		p.ID, _ = row[2].(string)
		for i, name := range show {
			p.Row[name] = row[3+i]
		}
		for _, column := range r.columns {
			if code, ok := p.Row[column.Name].(int64); ok && column.Domain != "" {
				p.Row[column.Name] = nil
				if text, ok := stored.Text(column.Domain, code); ok {
					p.Row[column.Name] = text
				}
			}
		}
		r.fill(&p.Customer, p.Row)
		list = append(list, p)
	}
	return list, r.columns, nil
}

// Coverage returns how far the one source of a kind can be trusted on a day.
func (e *Engine) Coverage(ctx context.Context, asOf period.Date, kind string) (query.Coverage, error) {
	stored, _, err := e.stored(ctx, asOf)
	if err != nil {
		return query.Coverage{}, err
	}
	if n := len(stored.Coverage[kind]); n != 1 {
		return query.Coverage{}, fmt.Errorf("%d sources of %s", n, kind)
	}
	return stored.Coverage[kind][0], nil
}
