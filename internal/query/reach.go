package query

import (
	"github.com/segue-cs/segue/internal/period"
)

// Reach returns for each kind of facts the first day that a source must cover
// for everything of a grain to be told as of a day. What looks at all facts up
// to the day, or has a value where they are missing, needs no day.
func Reach(d Definitions, r Request) (map[string]period.Date, error) {
	c := &compiler{defs: d, req: r, columns: map[string]value{}, measures: map[string]*measure{}}
	if err := c.choose(); err != nil {
		return nil, err
	}
	if err := c.collect(); err != nil {
		return nil, err
	}
	first := map[string]period.Date{}
	for _, m := range c.measureOrder {
		span, bounded := c.span(m)
		if !m.def.Aggregate.CountsNothingAsZero() {
			bounded = false // it takes the facts there are
		}
		switch {
		case m.def.Missing != nil, !bounded && m.ago == 0:
			continue
		case !bounded:
			span.From = r.AsOf - period.Date(m.ago)
		}
		if day, ok := first[m.def.Kind]; !ok || span.From < day {
			first[m.def.Kind] = span.From
		}
	}
	return first, nil
}
