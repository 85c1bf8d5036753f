package query

import (
	"math"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// Imported is what is stored of one source.
type Imported struct {
	Rows        int64
	First, Last period.Date // days of its first and last fact
	On          period.Date // day of the last import
}

// longAgo is before every fact.
const longAgo = period.Date(math.MinInt32 / 2)

// CoverageOf says how far the silence of a source can be trusted on a day
// (SEMANTICS 9). ok is false for a source of which nothing was imported.
func CoverageOf(m fact.Mapping, k fact.Kind, in Imported, asOf period.Date) (c Coverage, ok bool) {
	declaredFrom, declaredTo := declared(m.CoversFrom), declared(m.CoversTo)
	if in.Rows == 0 && declaredTo == nil {
		return Coverage{}, false
	}
	ids := m.Ids
	if ids == "" {
		ids = "main"
	}
	c = Coverage{Source: m.Name, Ids: ids, From: in.First, To: in.On, Complete: m.Complete, Blank: blanks(m, k), Fixed: fixed(m, k)}
	switch k.Coverage {
	case fact.State:
		c.From, c.Always = longAgo, true
	case fact.Flow:
		c.To = in.Last
	}
	if declaredFrom != nil {
		c.From, c.Always = *declaredFrom, false
	}
	if declaredTo != nil {
		c.To = *declaredTo
	}
	fresh := k.FreshWithin
	if m.Fresh != nil {
		fresh = *m.Fresh
	}
	c.Fresh = fresh
	c.Stale = fresh > 0 && c.isStale(asOf)
	return c, true
}

// isStale is whether the source ends too long before a day that is looked at.
func (c Coverage) isStale(day period.Date) bool { return day-c.To > period.Date(c.Fresh) }

func declared(day string) *period.Date {
	if day == "" {
		return nil
	}
	d, err := period.ParseDate(day)
	if err != nil {
		return nil
	}
	return &d
}
