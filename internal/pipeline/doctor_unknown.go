package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/query"
)

// unknowns are the fields for want of which levels can't be told, each with the
// customers that it would settle.
func (x *examination) unknowns(ctx context.Context) ([]Finding, error) {
	type gap struct {
		field  string
		judged bool
		levels map[int64][]string // dimensions that can't be told, by customer
	}
	var gaps []*gap
	at := func(field string, judged bool) *gap {
		for _, g := range gaps {
			if g.field == field && g.judged == judged {
				return g
			}
		}
		gaps = append(gaps, &gap{field: field, judged: judged, levels: map[int64][]string{}})
		return gaps[len(gaps)-1]
	}
	for _, d := range x.Strategy.Dimensions {
		level, ok := query.Find(x.read.columns, query.RoleLevel, d.Name)
		if !ok {
			continue
		}
		columns := x.read.missable(d.Name)
		columns = columns[:min(len(columns), query.MaxMissing)]
		err := x.each(ctx, query.Unlevelled(x.read.table, level.Name, columns), func(row []any) {
			for i, c := range columns {
				if whole(row[1])>>i&1 == 1 {
					g := at(c.Of, c.Role == query.RoleJudged)
					g.levels[whole(row[0])] = append(g.levels[whole(row[0])], x.title(d.Name))
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	var found []Finding
	for _, g := range gaps {
		var list []FindingItem
		names := map[string]bool{}
		for _, account := range x.order {
			levels, ok := g.levels[account]
			if !ok || x.people[account].customer != account {
				continue
			}
			i, _ := x.about(account, "can't tell %s", strings.Join(levels, ", "))
			list = append(list, i)
			for _, l := range levels {
				names[l] = true
			}
		}
		f := Finding{Name: "unknown." + g.field, Title: fmt.Sprintf("%s can't be told for want of %s", joinNames(names), x.title(g.field)), Do: x.howToKnow(g.field)}
		if len(names) == 1 && names[x.title(g.field)] {
			f.Title = x.title(g.field) + " is not known"
		}
		if g.judged {
			f.Name = "not_judged." + g.field
			f.Title = fmt.Sprintf("%s can't be told, since %s is not judged", joinNames(names), x.title(g.field))
			f.Do = "wait until there is enough to judge by, or change its condition `when`"
		}
		found = append(found, x.finding(f, list)...)
	}
	return found, nil
}

func joinNames(set map[string]bool) string {
	var list []string
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// howToKnow says where a field comes from.
func (x *examination) howToKnow(field string) string {
	m, ok := x.Strategy.Metric(field)
	if ok && m.Form == metric.FromFacts {
		var sources []string
		for _, s := range x.Strategy.Sources {
			if s.Kind == m.Kind {
				sources = append(sources, s.Name)
			}
		}
		if len(sources) == 0 {
			return fmt.Sprintf("connect a source of fact %s; none is", m.Kind)
		}
		if m.Column != "" {
			return fmt.Sprintf("complete %s of fact %s in %s", m.Column, m.Kind, strings.Join(sources, ", "))
		}
		return fmt.Sprintf("complete fact %s in %s", m.Kind, strings.Join(sources, ", "))
	}
	if ok {
		return "complete what the metric is made of"
	}
	if base, days, ok := explain.CutEarlier(field); ok {
		return fmt.Sprintf("import what accounts were %d days earlier, with valid_from, or wait: %s is kept from the day of the first import on", days, base)
	}
	return fmt.Sprintf("complete %s of fact account in a source", field)
}

// missable returns what a definition rests on and may be missing.
func (r reading) missable(name string) []query.Missing {
	var columns []query.Missing
	then := r.statedThen()
	for _, leaf := range r.engine.Strategy.LeavesOf(name) {
		column, ok := r.valueColumn(leaf.Name)
		if leaf.JudgedOnly {
			column, ok = query.Find(r.columns, query.RoleJudged, leaf.Name)
		}
		if !ok {
			continue
		}
		m := query.Missing{ResultColumn: column}
		for _, name := range leaf.Through {
			if through, ok := r.valueColumn(name); ok {
				m.Through = append(m.Through, through)
			}
		}
		columns = append(columns, m)
		for _, earlier := range then[leaf.Name] {
			columns = append(columns, query.Missing{ResultColumn: earlier, Through: m.Through})
		}
	}
	return columns
}
