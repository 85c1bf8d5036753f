package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/state"
)

// matchWorld is what is known today of the records that may be joined: accounts
// as sources list them, and ids with rows that no account has.
type matchWorld struct {
	*Engine
	today  period.Date
	column string // of contract lines: what is shown as ARR; "" is none
	stored query.Stored

	accounts  map[int32]match.Record
	order     []int32 // the accounts, by number
	bareOrder []int32 // ids that no account has
	own       map[int32]match.ID
	byText    map[match.ID]int32
	carried   map[int32]carried
	nameless  []carriedRows // rows that name no account, source by source
	spaces    []string      // of accounts, as the strategy lists them

	decisions []state.Decision
	into      map[int32]int32 // whom records count as today
	rejected  map[[2]int32]state.Decision
	said      map[[2]int32][]customer.Link // of each pair, in order
}

// carried is what the rows of a record add up to.
type carried struct {
	rows         []carriedRows
	minor        int64
	begins, ends period.Date
}

type carriedRows struct {
	CarriedRows
	minor int64
}

func pairOf(a, b int32) [2]int32 { return [2]int32{min(a, b), max(a, b)} }

func (e *Engine) matchWorld(ctx context.Context, today period.Date) (*matchWorld, error) {
	w := &matchWorld{
		Engine: e, today: today,
		accounts: map[int32]match.Record{}, own: map[int32]match.ID{}, byText: map[match.ID]int32{}, carried: map[int32]carried{},
	}
	var err error
	if w.stored, _, err = e.stored(ctx, w.today); err != nil {
		return nil, err
	}
	if w.stored.Kinds[fact.AccountKind].Rows == 0 {
		return nil, ErrNothingImported
	}
	if revenue, ok := e.Strategy.Metric(e.Strategy.RevenueMetric); ok {
		w.column = revenue.Column
	}
	for _, m := range e.Strategy.Sources {
		space := m.Ids
		if space == "" {
			space = "main"
		}
		if m.Kind == fact.AccountKind && !slices.Contains(w.spaces, space) {
			w.spaces = append(w.spaces, space)
		}
	}
	for _, read := range []func(context.Context) error{w.readDecisions, w.readAccounts, w.readFamilies, w.readRows, w.readJoined} {
		if err := read(ctx); err != nil {
			return nil, fmt.Errorf("look for records of one company: %w", err)
		}
	}
	return w, nil
}

// readDecisions reads what was decided so far.
func (w *matchWorld) readDecisions(ctx context.Context) (err error) {
	if w.decisions, err = w.State.Decisions(ctx); err != nil {
		return err
	}
	w.into = intoOn(customer.Spans(links(w.decisions)), w.today)
	w.rejected, w.said = map[[2]int32]state.Decision{}, map[[2]int32][]customer.Link{}
	for _, d := range w.decisions {
		w.note(d)
	}
	return nil
}

// note takes account of a decision.
func (w *matchWorld) note(d state.Decision) {
	pair := pairOf(d.Record, d.Into)
	switch d.Verdict {
	case state.Rejects:
		w.rejected[pair] = d
	case state.Joins, state.Proposes:
		delete(w.rejected, pair)
	}
	if l, ok := linkOf(d); ok {
		w.said[pair] = append(w.said[pair], l)
	}
}

// links are the decisions that make records one, or not one any more.
func links(decisions []state.Decision) []customer.Link {
	var list []customer.Link
	for _, d := range decisions {
		if l, ok := linkOf(d); ok {
			list = append(list, l)
		}
	}
	return list
}

func linkOf(d state.Decision) (customer.Link, bool) {
	l := customer.Link{Record: d.Record, Into: d.Into, From: period.Earliest, Apart: d.Verdict == state.Parts}
	if d.Since != nil {
		l.From = *d.Since
	}
	return l, d.Verdict == state.Joins || d.Verdict == state.Parts
}

// intoOn returns whom records count as on a day.
func intoOn(spans []customer.Span, day period.Date) map[int32]int32 {
	into := map[int32]int32{}
	for _, s := range spans {
		switch {
		case s.From > day:
		case s.Into == 0:
			delete(into, s.Record)
		default:
			into[s.Record] = s.Into
		}
	}
	return into
}

// readAccounts reads the accounts as sources list them, without internal ones.
func (w *matchWorld) readAccounts(ctx context.Context) error {
	stored := w.stored
	stored.Joined = false
	by := w.Strategy.Match
	var country []string
	if by.Country != "" {
		country = []string{by.Country}
	}
	traits := slices.Concat(by.Names, by.Domains, by.IDs, country)
	slices.Sort(traits)
	traits = slices.DeleteFunc(slices.Compact(traits), func(name string) bool { return name == "name" })
	err := w.each(ctx, query.Roster(definitions(w.Strategy), stored, w.today, traits), func(row []any) {
		r := match.Record{Number: int32(whole(row[0]))}
		read := func(names []string, take func(name, value string)) {
			for _, name := range names {
				at, isTrait := slices.BinarySearch(traits, name)
				if isTrait && text(row[3+at]) != "" {
					take(name, text(row[3+at]))
				}
			}
		}
		if name := text(row[2]); name != "" {
			r.Names = append(r.Names, name)
		}
		read(by.Names, func(_, name string) { r.Names = append(r.Names, name) })
		read(by.Domains, func(_, domain string) { r.Domains = append(r.Domains, domain) })
		read(by.IDs, func(kind, id string) { r.Keys = append(r.Keys, match.ID{Space: kind, Text: id}) })
		read(country, func(_, country string) { r.Country = country })
		w.accounts[r.Number] = r
		w.order = append(w.order, r.Number)
	})
	if err != nil {
		return err
	}
	slices.Sort(w.order)
	return w.each(ctx, query.IDsOfAccounts(stored, w.today), func(row []any) {
		number, id := int32(whole(row[0])), match.ID{Space: text(row[1]), Text: text(row[2])}
		w.byText[id] = number
		if isOwn, _ := row[3].(bool); isOwn {
			w.own[number] = id
		}
		r, ok := w.accounts[number]
		if !ok {
			return
		}
		if isOwn, _ := row[3].(bool); isOwn {
			if r.Rank = slices.Index(w.spaces, id.Space); r.Rank < 0 {
				r.Rank = len(w.spaces)
			}
		}
		r.IDs = append(r.IDs, id)
		w.accounts[number] = r
	})
}

// readFamilies notes which accounts stand under one top.
func (w *matchWorld) readFamilies(ctx context.Context) error {
	stored := w.stored
	stored.Joined = false
	tree, err := w.family(ctx, stored, w.today)
	if err != nil {
		return nil //nolint:nilerr // a family that goes in circles is told of by the run
	}
	for _, number := range w.order {
		top := tree.top(number)
		for _, one := range []int32{number, top} {
			if r, ok := w.accounts[one]; ok && top != number {
				r.Family = top
				w.accounts[one] = r
			}
		}
	}
	return nil
}

// readRows reads what belongs to each record.
func (w *matchWorld) readRows(ctx context.Context) error {
	profile, err := w.profile(ctx)
	if err != nil {
		return err
	}
	revenue, _ := w.Strategy.Metric(w.Strategy.RevenueMetric)
	for _, k := range w.Strategy.Kinds {
		if _, ok := k.Column(fact.ColAccount); !ok || k.Name == fact.AccountKind || w.stored.Kinds[k.Name].Rows == 0 {
			continue
		}
		column := ""
		if revenue.Kind == k.Name {
			column = revenue.Column
		}
		if k.Timing == fact.Term {
			err := w.each(ctx, query.Carries(definitions(w.Strategy), w.stored, w.today, k.Name, column), func(row []any) {
				if number := int32(whole(row[0])); w.isAccount(number) {
					w.carry(number, "", k, row[1:])
				}
			})
			if err != nil {
				return err
			}
		}
		if !anyUnmatched(k, profile) {
			continue
		}
		err := w.each(ctx, query.Unclaimed(definitions(w.Strategy), w.stored, w.today, k.Name, column), func(row []any) {
			if row[0] == nil {
				minor, _ := row[5].(int64)
				w.nameless = append(w.nameless, carriedRows{CarriedRows{Source: text(row[3]), Kind: k.Name, Rows: whole(row[4])}, minor})
				return
			}
			number, id := int32(whole(row[0])), match.ID{Space: text(row[1]), Text: text(row[2])}
			if _, seen := w.own[number]; !seen {
				w.own[number], w.byText[id] = id, number
				w.bareOrder = append(w.bareOrder, number)
			}
			w.carry(number, text(row[3]), k, row[4:])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readJoined reads what those are called who were joined and that nothing else
// tells of.
func (w *matchWorld) readJoined(ctx context.Context) error {
	if len(w.decisions) == 0 {
		return nil
	}
	return w.each(ctx, query.IDsOfJoined(), func(row []any) {
		number, id := int32(whole(row[0])), match.ID{Space: text(row[1]), Text: text(row[2])}
		if _, seen := w.own[number]; !seen {
			w.own[number], w.byText[id] = id, number
		}
	})
}

func (w *matchWorld) isAccount(number int32) bool {
	_, ok := w.accounts[number]
	return ok
}

// carry adds rows, and what they add up to, to a record.
func (w *matchWorld) carry(number int32, source string, k fact.Kind, row []any) {
	c := w.carried[number]
	minor, _ := row[1].(int64)
	c.rows = append(c.rows, carriedRows{CarriedRows{Source: source, Kind: k.Name, Rows: whole(row[0])}, minor})
	c.minor += minor
	begins, begun := row[2].(int64)
	ends, ended := row[3].(int64)
	if begun && ended {
		if c.begins == 0 || period.Date(begins) < c.begins {
			c.begins = period.Date(begins)
		}
		c.ends = max(c.ends, period.Date(ends))
	}
	w.carried[number] = c
}

// records returns what is compared: customers with all that is known of those
// who count as them, and ids that belong to nobody.
func (w *matchWorld) records() []match.Record {
	list := make([]match.Record, 0, len(w.order)+len(w.bareOrder))
	at := make(map[int32]int, len(w.order))
	for _, number := range w.order {
		if _, counts := w.into[number]; counts {
			continue
		}
		r := w.accounts[number]
		w.date(&r, number)
		at[number] = len(list)
		list = append(list, r)
	}
	for _, record := range slices.Sorted(maps.Keys(w.into)) {
		i, ok := at[w.into[record]]
		if !ok {
			continue
		}
		if r, listed := w.accounts[record]; listed {
			list[i].Names = append(list[i].Names, r.Names...)
			list[i].Domains = append(list[i].Domains, r.Domains...)
			list[i].IDs = append(list[i].IDs, r.IDs...)
			list[i].Keys = append(list[i].Keys, r.Keys...)
		}
		w.date(&list[i], record)
	}
	for _, number := range w.bareOrder {
		r := match.Record{Number: number, Bare: true, IDs: []match.ID{w.own[number]}}
		w.date(&r, number)
		list = append(list, r)
	}
	return list
}

// date widens the days of a record by those of the contracts of another.
func (w *matchWorld) date(r *match.Record, number int32) {
	c := w.carried[number]
	if c.ends == 0 {
		return
	}
	if r.Ends == 0 || c.begins < r.Begins {
		r.Begins = c.begins
	}
	r.Ends = max(r.Ends, c.ends)
}

// party says who a record is.
func (w *matchWorld) party(number int32) MatchParty {
	id := w.own[number]
	p := MatchParty{ID: id.Text, Ids: id.Space, Rows: []CarriedRows{}}
	if r, ok := w.accounts[number]; ok {
		p.Listed, p.Name = true, strings.Join(r.Names[:min(len(r.Names), 1)], "")
	}
	c := w.carried[number]
	for _, rows := range c.rows {
		p.Rows = append(p.Rows, rows.CarriedRows)
	}
	if len(c.rows) > 0 && w.column != "" {
		p.Minor = &c.minor
	}
	return p
}
