package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state"
)

// inBase is the audience that stands for the base where given values decide
// who is in it. No name of a strategy has a space.
const inBase = "in base"

// placed is what a result says of a test's customers at one grain.
type placed struct {
	stored query.Stored
	read   reading
	peers  []*peer
	of     map[string]*peer  // by customer of the test
	reason map[string]string // by customer of the test that has no place
}

// peer is one customer of a result.
type peer struct {
	id       int64
	known    explain.Customer
	strategy *spec.Strategy        // with the given metrics as they are given
	given    map[string]rule.Value // over the facts
	answers  map[string]rule.Value // by metric, dimension and segmentation
}

// absent says why a customer has no place.
func (s *placed) absent(t *trial, name string) string {
	if why := s.reason[name]; why != "" {
		return why
	}
	if t.strategy.BaseWhen != nil {
		return fmt.Sprintf("on %s it is outside of the base: %s", t.test.AsOf, t.strategy.BaseWhen.Source())
	}
	return fmt.Sprintf("on %s it does not count: an internal account, or one that is not there yet", t.test.AsOf)
}

func (t *trial) grainOf(name string) customer.Grain {
	return t.strategy.GrainOf(name)
}

// place evaluates the test by every grain that an expectation needs.
func (t *trial) place(ctx context.Context) error {
	var grains []customer.Grain
	for _, golden := range t.test.Customers {
		for _, want := range golden.Expect {
			if g := t.grainOf(want.Name); !slices.Contains(grains, g) {
				grains = append(grains, g)
			}
		}
	}
	if t.isGiven && slices.ContainsFunc(grains, func(g customer.Grain) bool { return g.Level == customer.ByContact }) {
		grains = slices.DeleteFunc(grains, func(g customer.Grain) bool { return g == customer.Grain{} })
		grains = append([]customer.Grain{{}}, grains...)
	}
	isPlain := slices.ContainsFunc(t.test.Customers, func(c spec.TestCustomer) bool { return len(c.Given) == 0 })
	for _, grain := range grains {
		var err error
		if isPlain {
			if t.plain[grain], err = t.stand(ctx, t.strategy, grain); err != nil {
				return fmt.Errorf("evaluate by %s: %w", grain, err)
			}
		}
		if !t.isGiven {
			continue
		}
		if t.given[grain], err = t.stand(ctx, t.everybody(grain), grain); err != nil {
			return fmt.Errorf("evaluate by %s: %w", grain, err)
		}
		t.overlay(t.given[grain], grain)
	}
	return nil
}

// everybody is the strategy with the base as an audience.
func (t *trial) everybody(grain customer.Grain) *spec.Strategy {
	s := *t.strategy
	s.Audiences = slices.Clone(s.Audiences)
	if s.BaseWhen != nil && grain.Level != customer.ByContact {
		s.Audiences = append(s.Audiences, segmentation.Audience{Name: inBase, Grain: grain, When: s.BaseWhen})
	}
	s.BaseWhen = nil
	return &s
}

// stand evaluates by one grain, as a run does, and reads all of it.
func (t *trial) stand(ctx context.Context, s *spec.Strategy, grain customer.Grain) (*placed, error) {
	e := &Engine{Warehouse: t.house, Strategy: s}
	stored, _, err := e.stored(ctx, t.test.AsOf)
	if err != nil {
		return nil, err
	}
	if _, err := e.settleLinks(ctx, &stored, t.test.AsOf, nil); err != nil {
		return nil, err
	}
	t.runs++
	run := &state.Run{Batch: t.runs, AsOf: t.test.AsOf}
	w := placing{engine: e, run: run, stored: stored}
	if grain.Level == customer.ByContact {
		if _, err = w.grain(ctx, customer.Grain{}); err != nil {
			return nil, err
		}
	}
	if _, err := w.grain(ctx, grain); err != nil {
		return nil, err
	}
	read, err := e.resultOf(*run, grain)
	if err != nil {
		return nil, err
	}
	stand := &placed{read: read, stored: stored, of: map[string]*peer{}, reason: map[string]string{}}
	if stand.peers, err = read.everyone(ctx); err != nil {
		return nil, err
	}
	return stand, t.find(ctx, stand)
}

// everyone reads all customers of a result.
func (r reading) everyone(ctx context.Context) ([]*peer, error) {
	var show []query.ResultColumn
	listing := query.Listing{Table: r.table, Columns: r.columns, Grain: r.grain, AsOf: r.asOf}
	for _, c := range r.columns {
		if c.Role != query.RoleCustomer {
			show, listing.Show = append(show, c), append(listing.Show, c.Name)
		}
	}
	plan, err := query.List(listing)
	if err != nil {
		return nil, err
	}
	rows, err := r.engine.query(ctx, plan)
	if err != nil {
		return nil, err
	}
	var list []*peer
	for _, row := range rows {
		p := &peer{id: whole(row[0]), strategy: r.engine.Strategy, answers: map[string]rule.Value{}, given: map[string]rule.Value{}}
		p.known = explain.Customer{
			Grain: r.grain, AsOf: r.asOf, Metrics: map[string]rule.Value{}, Traits: map[string]rule.Value{},
			Cuts: map[string][]float64{}, Evidence: map[string]explain.Evidence{}, Previous: map[string]string{}, Unsettled: map[string]bool{},
		}
		p.known.ID, _ = row[2].(string)
		values := map[string]any{}
		for i, c := range show {
			values[c.Name] = row[3+i]
		}
		r.fill(&p.known, values)
		p.known.Holds = nil // on the first day nothing waits
		for _, c := range show {
			switch c.Role {
			case query.RoleMetric:
				p.answers[c.Of] = p.known.Metrics[c.Of]
			case query.RoleLevel:
				p.answers[c.Of] = valueOf(c, values[c.Name], false)
			case query.RoleSegment:
				p.answers[c.Of] = placeValue(placeName(c, values[c.Name], nil), segmentation.Unknown)
			}
		}
		list = append(list, p)
	}
	return list, nil
}

// placeValue is a place as a value, unknown where it has the name of that.
func placeValue(name, unknown string) rule.Value {
	if name == unknown {
		return rule.Unknown()
	}
	return rule.Text(name)
}

// find settles which customer of the result each one of the test is: the
// account of its name, that account's family, or the contact of its name.
func (t *trial) find(ctx context.Context, s *placed) error {
	switch s.read.grain.Level {
	case customer.ByParent, customer.ByEntity:
		top, err := s.read.tops(ctx)
		if err != nil {
			return err
		}
		for _, golden := range t.test.Customers {
			id, ok := top[golden.Name]
			if !ok && s.read.grain.Level == customer.ByEntity {
				s.reason[golden.Name] = fmt.Sprintf("neither it nor an account above it is a %s", s.read.grain.Entity)
			}
			i := slices.IndexFunc(s.peers, func(p *peer) bool { return ok && p.id == id })
			if i >= 0 {
				s.of[golden.Name] = s.peers[i]
			}
		}
		return nil
	}
	for _, golden := range t.test.Customers {
		for _, p := range s.peers {
			ofProduct := s.read.grain.Level == customer.ByAccountProduct && strings.HasPrefix(p.known.ID, golden.Name+" x ")
			if p.known.ID != golden.Name && !ofProduct {
				continue
			}
			if s.of[golden.Name] != nil || s.reason[golden.Name] != "" {
				delete(s.of, golden.Name)
				s.reason[golden.Name] = "it has several products: give each customer of the test one"
				break
			}
			s.of[golden.Name] = p
		}
	}
	return nil
}

// tops returns, by account, the customer of a grain above the account.
func (r reading) tops(ctx context.Context) (map[string]int64, error) {
	same := func(a, b query.Col) query.Expr { return query.Call{Fn: query.Eq, Args: []query.Expr{a, b}} }
	account := query.Col{Table: "m", Name: "account"}
	p := query.Plan{Steps: []query.Step{{Name: "tops", Comment: "whose family each account is of", Select: query.Select{
		Columns: []query.Column{
			{As: "id", Expr: query.Col{Table: "k", Name: "id"}},
			{As: "customer", Expr: query.Col{Table: "m", Name: "customer"}},
		},
		From: query.Source{Table: r.members(), Alias: "m"},
		Joins: []query.Join{
			{Kind: query.InnerJoin, Source: query.Source{Table: "account", Alias: "a"}, On: same(query.Col{Table: "a", Name: "account"}, account)},
			{Kind: query.InnerJoin, Source: query.Source{Table: "key", Alias: "k"}, On: same(query.Col{Table: "k", Name: "key"}, query.Col{Table: "a", Name: "key"})},
		},
	}}}}
	rows, err := r.engine.query(ctx, p)
	if err != nil {
		return nil, err
	}
	top := map[string]int64{}
	for _, row := range rows {
		id, _ := row[0].(string)
		top[id] = whole(row[1])
	}
	return top, nil
}

// overlay puts the given values over the facts and places everybody anew.
// Where several customers of the test are one family, the top's values stand.
func (t *trial) overlay(s *placed, grain customer.Grain) {
	for _, top := range []bool{false, true} {
		for _, golden := range t.test.Customers {
			p := s.of[golden.Name]
			if p == nil || top != (p.known.ID == golden.Name) {
				continue
			}
			for _, v := range golden.Given {
				p.given[v.Name] = v.Value
			}
		}
	}
	if grain.Level == customer.ByContact {
		t.overlayAccounts(s)
	}
	open := t.everybody(grain)
	for _, p := range s.peers {
		p.strategy = withGiven(open, p)
	}
	t.settle(s.peers)
	base := func(p *peer) bool {
		in, ok := explain.Evaluate(p.strategy, p.known).Audiences[inBase]
		return !ok || !in.IsFalse()
	}
	s.peers = slices.DeleteFunc(s.peers, func(p *peer) bool { return !base(p) })
	t.settle(s.peers)
	maps.DeleteFunc(s.of, func(_ string, p *peer) bool { return !slices.Contains(s.peers, p) })
	for _, p := range s.peers {
		p.answers = t.interpret(p.strategy, p)
	}
}

// overlayAccounts gives contacts what their accounts come to with the given
// values.
func (t *trial) overlayAccounts(s *placed) {
	for name, account := range t.given[customer.Grain{}].of {
		p := s.of[name]
		if p == nil {
			continue
		}
		for key := range p.known.Metrics {
			if of, ok := strings.CutPrefix(key, "account."); ok {
				p.known.Metrics[key] = account.answers[of]
			}
		}
	}
}

// withGiven writes given values into a customer and returns the strategy under
// which they are not computed.
func withGiven(s *spec.Strategy, p *peer) *spec.Strategy {
	if len(p.given) == 0 {
		return s
	}
	own := *s
	own.Metrics = slices.Clone(s.Metrics)
	for i := range own.Metrics {
		m := &own.Metrics[i]
		v, ok := p.given[m.Name]
		if !ok {
			continue
		}
		m.Form, m.Is, m.When, m.Rank, m.Within = metric.FromFacts, nil, nil, "", nil
		p.known.Metrics[m.Name] = v
	}
	for _, c := range append(s.ContactTraits(), s.Traits()...) {
		if v, ok := p.given[c.Name]; ok {
			p.known.Traits[c.Name] = v
		}
	}
	return &own
}

// interpret places one customer without the engine.
func (t *trial) interpret(s *spec.Strategy, p *peer) map[string]rule.Value {
	at := explain.Evaluate(s, p.known)
	answers := maps.Clone(at.Metrics)
	for name, l := range at.Levels {
		answers[name] = placeValue(l.Name, "")
	}
	for name, s := range at.Segments {
		answers[name] = placeValue(s.Name, segmentation.Unknown)
	}
	return answers
}
