package pipeline

import (
	"fmt"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// SourceStart says that a source begins after the day asked for, or later than
// something looks back from it.
type SourceStart struct {
	Source string      `json:"source"`
	First  period.Date `json:"first"`
}

// begins finds the sources that begin too late for a day.
func (e *Engine) begins(stored query.Stored, asOf period.Date) ([]SourceStart, error) {
	needed := map[string]period.Date{}
	for _, grain := range e.grains() {
		reach, err := query.Reach(definitions(e.Strategy), query.Request{Grain: grain, AsOf: asOf})
		if err != nil {
			return nil, fmt.Errorf("evaluate by %s: %w", grain, err)
		}
		for kind, day := range reach {
			if known, ok := needed[kind]; !ok || day < known {
				needed[kind] = day
			}
		}
	}
	list := []SourceStart{}
	for _, m := range e.Strategy.Sources {
		for _, c := range stored.Coverage[m.Kind] {
			if c.Source != m.Name || c.Always {
				continue
			}
			day, ok := needed[m.Kind]
			if c.From > asOf || ok && c.From > day {
				list = append(list, SourceStart{Source: c.Source, First: c.From})
			}
		}
	}
	return list, nil
}
