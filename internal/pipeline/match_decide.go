package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
)

// DecideRequest says which records are one customer, or are not. Either
// Proposals, or All, or Pairs, or Judged.
type DecideRequest struct {
	Verdict   state.Verdict `json:"verdict"`
	Proposals []string      `json:"proposals,omitempty"`
	All       *AllOf        `json:"all,omitempty"`
	Pairs     []PairOfIDs   `json:"pairs,omitempty"`
	Judged    []Judged      `json:"judged,omitempty"` // each with its own verdict, day and reason

	From *period.Date `json:"from,omitempty"` // since when; nil is always
	By   string       `json:"by"`
	Why  string       `json:"why,omitempty"`
	Now  time.Time    `json:"now"`
}

// AllOf takes every open proposal of a strength for which some evidence speaks.
type AllOf struct {
	Strength match.Strength `json:"strength"`
	Evidence []match.Kind   `json:"evidence,omitempty"`
}

// PairOfIDs names two records by their ids, "ID" or "SPACE:ID". An empty Into,
// to part, means all that Record is joined with.
type PairOfIDs struct{ Record, Into string }

// Judged is what was decided of one proposal.
type Judged struct {
	Line     int           `json:"line,omitempty"` // of the file
	Proposal string        `json:"proposal"`
	Verdict  state.Verdict `json:"verdict"`
	From     *period.Date  `json:"from,omitempty"`
	Why      string        `json:"why,omitempty"`
}

// DecideReport says what was decided.
type DecideReport struct {
	Done      []DecidedPair `json:"done"`
	Before    int           `json:"decided_before"` // of those asked for: nothing changed
	Customers int           `json:"joined"`         // records that count as another today, in all
	Minor     int64         `json:"arr_minor"`      // of ids that no account had: what now counts, or no longer does
}

// DecidedPair is one decision.
type DecidedPair struct {
	Proposal string        `json:"proposal"`
	Verdict  state.Verdict `json:"verdict"`
	From     *period.Date  `json:"from"` // nil: always
	Record   MatchParty    `json:"record"`
	Into     MatchParty    `json:"into"`
}

// Decide keeps what somebody decided: from the next run on, records that are one
// count as one customer, from the day on. Facts stay as they are, so that every
// decision can be taken back. Deciding the same again changes nothing.
func (e *Engine) Decide(ctx context.Context, r DecideRequest) (DecideReport, error) {
	report := DecideReport{Done: []DecidedPair{}}
	w, err := e.matchWorld(ctx, e.day(nil, r.Now))
	if err != nil {
		return report, err
	}
	wanted, err := w.wanted(r)
	if err != nil {
		return report, err
	}
	var fresh []state.Decision
	for _, d := range wanted {
		if w.isDecided(d) {
			report.Before++
			continue
		}
		fresh = append(fresh, d)
		w.note(d)
		p := DecidedPair{Verdict: d.Verdict, From: d.Since, Proposal: w.proposalID(d.Record, d.Into), Record: w.party(d.Record), Into: w.party(d.Into)}
		if !w.isAccount(d.Record) && (d.Verdict == state.Joins || d.Verdict == state.Parts) {
			report.Minor += w.carried[d.Record].minor
		}
		report.Done = append(report.Done, p)
	}
	report.Customers = len(w.into)
	if len(fresh) == 0 {
		return report, nil
	}
	report.Customers, err = w.keep(ctx, r, fresh)
	return report, err
}

// keep stores decisions.
func (w *matchWorld) keep(ctx context.Context, r DecideRequest, fresh []state.Decision) (joined int, err error) {
	before := customer.Spans(links(w.decisions))
	after := customer.Spans(links(slices.Concat(w.decisions, fresh)))
	if err := w.checkCircles(ctx, after); err != nil {
		return 0, err
	}
	batch, err := w.State.Begin(ctx, "match", cmp.Or(string(r.Verdict), "file"), r.Now)
	if err != nil {
		return 0, err
	}
	for i := range fresh {
		fresh[i].Batch = batch
	}
	if err = w.Warehouse.Join(ctx, batch, changed(before, after)); err == nil {
		err = w.State.SaveDecisions(ctx, batch, r.Now, fresh)
	}
	if err != nil {
		return 0, errors.Join(err, w.State.Abort(context.WithoutCancel(ctx), batch, r.Now))
	}
	return len(intoOn(after, w.today)), nil
}

// changed returns all spans of the records whose spans are not what they were.
func changed(before, after []customer.Span) []customer.Span {
	byRecord := func(spans []customer.Span) map[int32][]customer.Span {
		m := map[int32][]customer.Span{}
		for _, s := range spans {
			m[s.Record] = append(m[s.Record], s)
		}
		return m
	}
	was := byRecord(before)
	now := byRecord(after)
	return slices.DeleteFunc(slices.Clone(after), func(s customer.Span) bool {
		return slices.Equal(was[s.Record], now[s.Record])
	})
}

// checkCircles refuses decisions by which a family would go in circles.
func (w *matchWorld) checkCircles(ctx context.Context, spans []customer.Span) error {
	stored := w.stored
	stored.Joined = false
	tree, err := w.family(ctx, stored, w.today)
	if err != nil {
		return err
	}
	into := intoOn(spans, w.today)
	as := func(account int32) int32 {
		if other, ok := into[account]; ok {
			return other
		}
		return account
	}
	var edges []customer.Edge
	for _, account := range tree.accounts {
		// Of joined accounts only the one that goes on says where it stands.
		if parent, ok := tree.tree.Parent(account); ok && as(account) == account && as(parent) != account {
			edges = append(edges, customer.Edge{Child: account, Parent: as(parent)})
		}
	}
	_, err = customer.NewTree(edges)
	var cycle *customer.Cycle
	if errors.As(err, &cycle) {
		return fmt.Errorf("then a family would go in circles, as one stands above the other by way of a third: %w", w.nameCycles(ctx, cycle))
	}
	return err
}

// isDecided reports whether a decision says what holds already.
func (w *matchWorld) isDecided(d state.Decision) bool {
	switch d.Verdict {
	case state.Rejects:
		_, is := w.rejected[pairOf(d.Record, d.Into)]
		return is
	case state.Proposes:
		_, is := w.rejected[pairOf(d.Record, d.Into)]
		return !is
	}
	l, _ := linkOf(d)
	said := w.said[pairOf(d.Record, d.Into)]
	holds := func(day period.Date) bool {
		last := customer.Link{Apart: true}
		for _, o := range said {
			if o.From <= day {
				last = o
			}
		}
		return last.Apart == l.Apart && (l.Apart || last.Into == l.Into)
	}
	for _, o := range said {
		if o.From > l.From && !holds(o.From) {
			return false
		}
	}
	return holds(l.From)
}

// wanted returns the decisions that a request asks for.
func (w *matchWorld) wanted(r DecideRequest) ([]state.Decision, error) {
	make := func(record, into int32, p *Proposal) state.Decision {
		d := state.Decision{Verdict: r.Verdict, Record: record, Into: into, Since: r.From, Decided: r.Now, Author: r.By, Why: r.Why}
		if p != nil {
			d.Strength = string(p.Strength)
			for _, x := range p.Evidence {
				d.Evidence = append(d.Evidence, string(x.Kind))
			}
		}
		return d
	}
	var list []state.Decision
	if r.Pairs != nil {
		pairs, err := w.namedPairs(r)
		for _, p := range pairs {
			list = append(list, make(p[0], p[1], nil))
		}
		return list, err
	}
	open := w.proposals(false)
	if r.All != nil {
		largestFirst(open)
		for _, p := range open {
			if fits(p, r.All.Strength, r.All.Evidence) {
				list = append(list, make(p.record, p.into, &p))
			}
		}
		return list, nil
	}
	known := w.proposalsByID(open)
	var problems []error
	for _, id := range r.Proposals {
		p, ok := known[id]
		if !ok {
			problems = append(problems, fmt.Errorf("no proposal is called %q", id))
			continue
		}
		list = append(list, make(p.record, p.into, &p))
	}
	for _, j := range r.Judged {
		p, ok := known[j.Proposal]
		if !ok {
			problems = append(problems, fmt.Errorf("line %d: no proposal is called %q", j.Line, j.Proposal))
			continue
		}
		d := make(p.record, p.into, &p)
		d.Verdict, d.Since, d.Why = j.Verdict, j.From, cmp.Or(j.Why, r.Why)
		list = append(list, d)
	}
	return list, errors.Join(problems...)
}

// proposalsByID returns the open proposals, and those that were decided before.
func (w *matchWorld) proposalsByID(open []Proposal) map[string]Proposal {
	known := map[string]Proposal{}
	for _, d := range w.decisions {
		id := w.proposalID(d.Record, d.Into)
		known[id] = Proposal{ID: id, Strength: match.Strength(d.Strength), record: d.Record, into: d.Into}
	}
	for _, p := range append(w.proposals(true), open...) {
		known[p.ID] = p
	}
	return known
}

// namedPairs finds the records that are named by id.
func (w *matchWorld) namedPairs(r DecideRequest) ([][2]int32, error) {
	var pairs [][2]int32
	for _, p := range r.Pairs {
		record, err := w.recordOf(p.Record)
		if err != nil {
			return nil, err
		}
		if p.Into == "" {
			for _, d := range w.decisions {
				pair := [2]int32{d.Record, d.Into}
				if (d.Record == record || d.Into == record) && d.Verdict == state.Joins && !slices.Contains(pairs, pair) {
					pairs = append(pairs, pair)
				}
			}
			if pairs == nil {
				return nil, fmt.Errorf("%s is joined with nothing", p.Record)
			}
			continue
		}
		into, err := w.recordOf(p.Into)
		if err != nil {
			return nil, err
		}
		if err := w.checkPair(r.Verdict, p, record, into); err != nil {
			return nil, err
		}
		pairs = append(pairs, [2]int32{record, into})
	}
	return pairs, nil
}

// checkPair refuses to join what cannot be.
func (w *matchWorld) checkPair(verdict state.Verdict, p PairOfIDs, record, into int32) error {
	if record == into {
		return fmt.Errorf("%s and %s are one account already: they are ids of the same", p.Record, p.Into)
	}
	if verdict != state.Joins {
		return nil
	}
	if !w.isAccount(into) {
		return fmt.Errorf("%s is no account that a source lists, or an internal one: name one that is", p.Into)
	}
	if w.into[into] == record {
		return fmt.Errorf("%s is joined into %s already, which goes on: part them first", p.Into, p.Record)
	}
	return nil
}

// recordOf finds the record of an id: an account, or an id that no source lists.
func (w *matchWorld) recordOf(text string) (int32, error) {
	var found []int32
	var ways []string
	for id, number := range w.byText {
		if (id.Text == text || id.Space+":"+id.Text == text) && !slices.Contains(found, number) {
			found, ways = append(found, number), append(ways, id.Space+":"+id.Text)
		}
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("no account, and no row without one, has the id %q", text)
	case 1:
		return found[0], nil
	}
	slices.Sort(ways)
	return 0, fmt.Errorf("several have the id %q; say which: %s", text, strings.Join(ways, ", "))
}
