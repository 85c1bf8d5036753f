package pipeline

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// ReadyRequest asks what of the catalogue the data can feed.
type ReadyRequest struct {
	Root string       `json:"root"`            // folder of the strategy
	Name string       `json:"name,omitempty"`  // one definition, or a section; "" is all
	AsOf *period.Date `json:"as_of,omitempty"` // nil is the last day that all sources reach
	Now  time.Time    `json:"now"`
}

// ReadyReport says of how many customers each definition can tell something.
type ReadyReport struct {
	AsOf         period.Date       `json:"as_of"`
	Grain        string            `json:"grain"`
	Customers    int64             `json:"customers"`
	RevenueMinor int64             `json:"revenue_minor"`
	Currency     money.Currency    `json:"currency"`
	Priced       bool              `json:"priced"` // the ARR of some is known
	Definitions  []ReadyDefinition `json:"definitions"`
}

// ReadyDefinition is a definition of the catalogue beside the data.
type ReadyDefinition struct {
	Section      string             `json:"section"`
	Name         string             `json:"name"`
	Title        string             `json:"title"`
	Yours        bool               `json:"yours"`         // the strategy has one of the name, which is what was looked at
	Misfit       string             `json:"misfit"`        // why it does not go with the strategy; "" is that it does
	Known        int64              `json:"known"`         // customers of whom it can tell
	RevenueMinor int64              `json:"revenue_minor"` // theirs
	Lacks        []spec.Requirement `json:"lacks"`         // no source gives these
	Empty        []string           `json:"empty"`         // fact kinds that a source gives, of which nothing was imported
	Nobodys      []string           `json:"nobodys"`       // fact kinds of which every row names an id that is no customer's
	Untold       []string           `json:"untold"`        // titles of what it rests on and no customer has
}

// Ready says of how many customers each definition of the catalogue can tell
// something from what is stored, as if it had been adopted. Definitions that
// the strategy has by name are its own. Nothing is kept.
func (e *Engine) Ready(ctx context.Context, r ReadyRequest) (ReadyReport, error) {
	report := ReadyReport{Definitions: []ReadyDefinition{}, Currency: e.Strategy.Currency, Grain: e.Strategy.Grain.String()}
	c, err := spec.ReadCatalog()
	if err != nil {
		return report, err
	}
	all, misfits, err := spec.WithCatalog(os.DirFS(r.Root), c)
	if err != nil {
		return report, err
	}
	trial := *e
	trial.Strategy = withoutOthers(all, c)
	report.AsOf = e.day(r.AsOf, r.Now)
	stored, ends, err := trial.stored(ctx, report.AsOf)
	if err == nil && r.AsOf == nil {
		if last := suggestion(ends, report.AsOf); last != nil {
			report.AsOf = *last
			stored, _, err = trial.stored(ctx, report.AsOf)
		}
	}
	if err != nil {
		return report, err
	}
	if stored.Kinds[fact.AccountKind].Rows == 0 {
		return report, ErrNothingImported
	}
	for _, a := range c.Approaches {
		for _, entry := range a.Entries {
			if entry.Section == "traits" || r.Name != "" && entry.Name != r.Name && entry.Section != r.Name {
				continue
			}
			d := ReadyDefinition{Section: entry.Section, Name: entry.Name, Title: entry.Title, Misfit: misfits[entry.Name]}
			section := e.sectionOf(entry.Name)
			if d.Yours = section == entry.Section; section != "" && !d.Yours {
				d.Misfit = "the name is taken, in " + section
			}
			if d.Misfit == "" {
				d.Lacks, d.Empty = trial.lacks(c, e.Strategy, entry.Name, stored)
			}
			report.Definitions = append(report.Definitions, d)
		}
	}
	return report, trial.countKnown(ctx, &report, stored, r.Now)
}

// withoutOthers leaves out what places customers and is not the catalogue's.
func withoutOthers(s *spec.Strategy, c *spec.Catalog) *spec.Strategy {
	short := *s
	short.Segmentations, short.Audiences = nil, nil
	for _, d := range s.Segmentations {
		if _, _, ok := c.Find(d.Name); ok && d.Grain == s.Grain {
			short.Segmentations = append(short.Segmentations, d)
		}
	}
	for _, a := range s.Audiences {
		if _, _, ok := c.Find(a.Name); ok && a.Grain == s.Grain {
			short.Audiences = append(short.Audiences, a)
		}
	}
	return &short
}

// sectionOf returns the section in which the strategy defines a name, "" where
// it does not.
func (e *Engine) sectionOf(name string) string {
	if _, ok := e.Strategy.Metric(name); ok {
		return "metrics"
	}
	if _, ok := e.Strategy.Dimension(name); ok {
		return "dimensions"
	}
	if _, ok := e.Strategy.Segmentation(name); ok {
		return "segmentations"
	}
	if _, ok := e.Strategy.Audience(name); ok {
		return "audiences"
	}
	return ""
}

// lacks returns the columns that a definition rests on and no source gives,
// and the fact kinds of which nothing has come.
func (e *Engine) lacks(c *spec.Catalog, own *spec.Strategy, name string, stored query.Stored) (lacks []spec.Requirement, empty []string) {
	for _, q := range requirements(c, e.Strategy, own, name) {
		sources, missing := 0, []string{}
		for _, m := range e.Strategy.Sources {
			if m.Kind == q.Kind {
				sources++
			}
		}
		for _, column := range q.Columns {
			if !e.gives(q.Kind, column) && !e.mayBeNone(q.Kind, column) {
				missing = append(missing, column)
			}
		}
		switch {
		case sources == 0:
			lacks = append(lacks, spec.Requirement{Kind: q.Kind})
		case len(missing) > 0:
			lacks = append(lacks, spec.Requirement{Kind: q.Kind, Columns: missing})
		case stored.Kinds[q.Kind].Rows == 0:
			empty = append(empty, q.Kind)
		}
	}
	return lacks, empty
}

// requirements are those of the strategy, whose own definitions come first,
// and the traits of the catalogue that it does not have.
func requirements(c *spec.Catalog, s, own *spec.Strategy, name string) []spec.Requirement {
	list := s.Requirements(name)
	var traits []string
	for _, n := range c.Closure(name, func(n string) bool { _, ok := own.Metric(n); return ok }) {
		if n.Section == "traits" && !slices.ContainsFunc(own.Traits(), func(t fact.Column) bool { return t.Name == n.Name }) {
			traits = append(traits, n.Name)
		}
	}
	if len(traits) == 0 {
		return list
	}
	if len(list) > 0 && list[0].Kind == fact.AccountKind {
		list[0].Columns = append(list[0].Columns, traits...)
		return list
	}
	return append([]spec.Requirement{{Kind: fact.AccountKind, Columns: traits}}, list...)
}

// gives reports whether some source fills a column.
func (e *Engine) gives(kind, column string) bool {
	return slices.ContainsFunc(e.Strategy.Sources, func(m fact.Mapping) bool {
		return m.Kind == kind && slices.ContainsFunc(m.Columns, func(b fact.Binding) bool { return b.To == column })
	})
}

// mayBeNone reports whether a column that nothing fills is known to be none.
func (e *Engine) mayBeNone(kind, column string) bool {
	k, _ := e.Strategy.Kind(kind)
	c, _ := k.Column(column)
	return c.Open
}

// countKnown evaluates everybody, counts and leaves nothing behind.
func (e *Engine) countKnown(ctx context.Context, report *ReadyReport, stored query.Stored, now time.Time) (err error) {
	batch, err := e.State.Begin(ctx, "catalog", report.AsOf.String(), now)
	if err != nil {
		return err
	}
	run := state.Run{Batch: batch, AsOf: report.AsOf, View: true, Hash: e.Strategy.Hash(), Started: now}
	defer func() {
		e.dropTables(ctx, run.Results)
		err = errors.Join(err, e.State.Abort(context.WithoutCancel(ctx), batch, now))
	}()
	w := placing{engine: e, run: &run, stored: stored}
	if e.Strategy.Grain.Level == customer.ByContact {
		if _, err = w.grain(ctx, customer.Grain{}); err != nil {
			return err
		}
	}
	if _, err = w.grain(ctx, e.Strategy.Grain); err != nil {
		return err
	}
	read, err := e.resultOf(run, e.Strategy.Grain)
	if err != nil {
		return err
	}
	var columns []query.ResultColumn
	var counted []int
	for i, d := range report.Definitions {
		if c, ok := knownColumn(read, d); ok && d.Misfit == "" {
			columns, counted = append(columns, c), append(counted, i)
		}
	}
	rows, err := e.query(ctx, query.Known(read.table, columns, read.revenue(), e.Strategy.Currency))
	if err != nil || len(rows) == 0 {
		return err
	}
	report.Customers, report.RevenueMinor, report.Priced = whole(rows[0][0]), whole(rows[0][1]), rows[0][1] != nil
	for n, i := range counted {
		report.Definitions[i].Known, report.Definitions[i].RevenueMinor = whole(rows[0][2+2*n]), whole(rows[0][3+2*n])
	}
	return e.saySilence(ctx, report, read)
}

// saySilence says of definitions whose data is there and that can tell nothing
// of anybody what they rest on that is known of nobody.
func (e *Engine) saySilence(ctx context.Context, report *ReadyReport, read reading) error {
	if report.Customers == 0 {
		return nil
	}
	profile, err := e.profile(ctx)
	if err != nil {
		return err
	}
	for i := range report.Definitions {
		d := &report.Definitions[i]
		if d.Known > 0 || d.Misfit != "" || len(d.Lacks) > 0 || len(d.Empty) > 0 {
			continue
		}
		for _, q := range e.Strategy.Requirements(d.Name) {
			if k, ok := e.Strategy.Kind(q.Kind); ok && allUnmatched(k, profile) {
				d.Nobodys = append(d.Nobodys, q.Kind)
			}
		}
		var columns []query.ResultColumn
		for _, m := range read.missable(d.Name) {
			columns = append(columns, m.ResultColumn)
		}
		if len(columns) == 0 || len(d.Nobodys) > 0 {
			continue
		}
		rows, err := e.query(ctx, query.Known(read.table, columns, "", e.Strategy.Currency))
		if err != nil {
			return err
		}
		for n, c := range columns {
			if whole(rows[0][2+2*n]) == 0 {
				d.Untold = append(d.Untold, e.title(c.Of))
			}
		}
	}
	return nil
}

// allUnmatched reports whether rows of a kind were imported and none of them
// belongs to an account.
func allUnmatched(k fact.Kind, profile warehouse.Profile) bool {
	rows, unmatched := int64(0), int64(0)
	for _, s := range profile.Sources {
		if s.Kind == k.Name {
			rows, unmatched = rows+s.Rows, unmatched+s.Unmatched
		}
	}
	return anyUnmatched(k, profile) && rows == unmatched
}

// knownColumn returns the column that says whether a definition can tell.
func knownColumn(read reading, d ReadyDefinition) (query.ResultColumn, bool) {
	switch d.Section {
	case "segmentations":
		return query.Find(read.columns, query.RoleUndecided, d.Name+".undecided")
	case "audiences":
		return query.Find(read.columns, query.RoleAudience, d.Name)
	}
	return read.valueColumn(d.Name)
}
