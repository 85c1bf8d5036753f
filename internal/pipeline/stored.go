package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/warehouse"
)

// definitions returns the part of a strategy that decides results.
func definitions(s *spec.Strategy) query.Definitions {
	return query.Definitions{
		Hashes:   holdHashes(s),
		Currency: s.Currency, Zone: s.Zone, BaseWhen: s.BaseWhen, Quiet: s.Quiet, LateRenewalGrace: s.LateRenewalGrace, Parent: s.ParentColumn(),
		Kinds: s.Kinds, Metrics: s.Metrics, Dimensions: s.Dimensions,
		Segmentations: s.Segmentations, Audiences: s.Audiences, Order: s.Order(),
	}
}

// SourceEnd says that a source ends before the day asked for.
type SourceEnd struct {
	Source string      `json:"source"`
	Last   period.Date `json:"last"`
	Stale  bool        `json:"stale"`
}

// stored says what the warehouse holds, as the compiler wants to know it.
func (e *Engine) stored(ctx context.Context, asOf period.Date) (query.Stored, []SourceEnd, error) {
	profile, err := e.profile(ctx)
	if err != nil {
		return query.Stored{}, nil, fmt.Errorf("read what is stored: %w", err)
	}
	s := query.Stored{
		Kinds: map[string]query.KindStats{}, Coverage: map[string][]query.Coverage{},
		KnownAt: e.knownAt(), SharedKeys: profile.SharedKeys, MovedKeys: profile.MovedKeys, Joined: profile.Joined, Gaps: profile.Gaps, Code: profile.Code, Text: profile.Text, ImportDays: map[string]period.Date{},
		Codes: func(domain string) int64 { return profile.Texts[domain] },
	}
	for name, k := range profile.Kinds {
		kind, _ := e.Strategy.Kind(name)
		s.Kinds[name] = query.KindStats{
			Rows: k.Rows, First: k.FirstAt, Superseded: k.Superseded, Retracted: k.Retracted, Versions: k.Versions, Patched: k.Patched,
			Replaces: k.Replaces, Assumed: k.Late, Unmatched: anyUnmatched(kind, profile), Currencies: k.Currencies, MaxAbs: k.MaxAbs,
		}
	}
	ends := e.coverage(&s, profile, asOf)
	if err := e.rates(ctx, &s, asOf); err != nil {
		return s, nil, err
	}
	return s, ends, nil
}

func (e *Engine) coverage(s *query.Stored, profile warehouse.Profile, asOf period.Date) []SourceEnd {
	ends := []SourceEnd{}
	zone := e.Strategy.Zone
	for _, m := range e.Strategy.Sources {
		in, ok := profile.Sources[m.Name]
		k, known := e.Strategy.Kind(m.Kind)
		if !ok || !known {
			continue
		}
		day := zone.Date
		if k.Timing != fact.At {
			day = func(micros int64) period.Date { return period.Date(micros / period.MicrosPerDay) }
		}
		imported := query.Imported{Rows: in.Rows, First: day(in.FirstAt), Last: day(in.LastAt), On: zone.Date(in.LastImport)}
		c, ok := query.CoverageOf(m, k, imported, asOf)
		if !ok {
			continue
		}
		c.Number = in.Number
		if k.Timing == fact.Version {
			s.ImportDays[m.Kind] = max(s.ImportDays[m.Kind], imported.On)
		}
		if m.Kind == fact.AccountKind || profile.Joined && k.IsAboutAccounts() { // ids that no account had may be an account's now
			if !slices.Contains(s.Spaces, c.Ids) {
				s.Spaces = append(s.Spaces, c.Ids)
			}
			for space := range m.Keys {
				if !slices.Contains(s.Spaces, space) {
					s.Spaces = append(s.Spaces, space)
				}
			}
		}
		s.Coverage[m.Kind] = append(s.Coverage[m.Kind], c)
		if c.To < asOf && k.Coverage == fact.Flow {
			ends = append(ends, SourceEnd{Source: m.Name, Last: c.To, Stale: c.Stale})
		}
	}
	slices.Sort(s.Spaces)
	return ends
}

// rates reads the exchange rates of the basis date, or of the day asked for.
func (e *Engine) rates(ctx context.Context, s *query.Stored, asOf period.Date) error {
	s.Rates = map[string]money.Rate{}
	plan, ok := query.Rates(definitions(e.Strategy), *s, e.rateDay(asOf))
	if !ok {
		return nil
	}
	rows, err := e.query(ctx, plan)
	if err != nil {
		return fmt.Errorf("read exchange rates: %w", err)
	}
	for _, row := range rows {
		currency, _ := row[0].(string)
		rate, ok := row[1].(int64)
		if !ok || currency == "" {
			continue
		}
		s.Rates[currency] = money.RateOf(money.Currency(currency), e.Strategy.Currency, rate)
	}
	return nil
}

// query runs a plan and returns all its rows; for answers of a screen's size.
func (e *Engine) query(ctx context.Context, p query.Plan) ([][]any, error) {
	var list [][]any
	err := e.each(ctx, p, func(row []any) { list = append(list, slices.Clone(row)) })
	return list, err
}

// each hands every row of a plan's answer to a function, which does not keep
// it.
func (e *Engine) each(ctx context.Context, p query.Plan, take func(row []any)) error {
	text, err := sqltext.Write(p, sqltext.DuckDB(), sqltext.Options{})
	if err != nil {
		return err
	}
	rows, err := e.Warehouse.Query(ctx, warehouse.Statement{Text: text.SQL, Args: text.Args})
	if err != nil {
		return err
	}
	for rows.Next() {
		take(rows.Values())
	}
	return errors.Join(rows.Err(), rows.Close())
}

// day returns the day asked for, or today in the reporting zone.
func (e *Engine) day(asOf *period.Date, now time.Time) period.Date {
	if asOf != nil {
		return *asOf
	}
	return e.Strategy.Zone.Date(now.UnixMicro())
}
