package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

// ExplainRequest asks why a customer is where it is.
type ExplainRequest struct {
	Customer     string       `json:"customer"`               // id, public id or name
	Segmentation string       `json:"segmentation,omitempty"` // "" is the one with touch models, else the first of the strategy's own way of counting
	AsOf         *period.Date `json:"as_of,omitempty"`
	Grain        string       `json:"grain,omitempty"`
}

// AmbiguousError says that several customers, or none, are meant.
type AmbiguousError struct {
	Text       string
	Candidates []string
	NoCustomer period.Date // it is an account, and none that counts on that day; 0 is no such
	Like       bool        // the candidates only hold the text in their name or id
}

// Error lists the candidates.
func (e *AmbiguousError) Error() string {
	switch {
	case e.NoCustomer != 0:
		return fmt.Sprintf("account %q counts as no customer as of %s: base: in strategy.yaml leaves it out, or nothing was known of it", e.Text, e.NoCustomer)
	case e.Like:
		return fmt.Sprintf("no customer has the id or name %q; name one by id, or its whole name, such as\n  %s", e.Text, strings.Join(e.Candidates, "\n  "))
	case len(e.Candidates) == 0:
		return fmt.Sprintf("no customer has the id or name %q; segue customers lists all", e.Text)
	}
	return fmt.Sprintf("several customers fit %q; name one by id:\n  %s", e.Text, strings.Join(e.Candidates, "\n  "))
}

// Explain says why a customer is in its segment and what would move it.
func (e *Engine) Explain(ctx context.Context, r ExplainRequest) (explain.Explanation, error) {
	segmentation, grain, err := e.explained(r)
	if err != nil {
		return explain.Explanation{}, err
	}
	read, err := e.result(ctx, r.AsOf, grain)
	if err != nil {
		return explain.Explanation{}, err
	}
	w, err := read.lookup(ctx, r.Customer, true)
	if err != nil {
		return explain.Explanation{}, err
	}
	c, err := read.customer(ctx, w, segmentation)
	if err != nil {
		return explain.Explanation{}, err
	}
	x, err := explain.Explain(e.Strategy, c, segmentation)
	if err != nil {
		return x, err
	}
	if x.Joined, err = read.joinedWith(ctx, w); err != nil {
		return x, err
	}
	shown := []any{c.ID, c.Name}
	for _, v := range x.Values {
		shown = append(shown, v.Value)
	}
	erasures, err := e.erasedFrom(ctx, shown...)
	for _, was := range erasures {
		x.Erased = append(x.Erased, was.String())
	}
	return x, err
}

// mainSegmentation is the one that is meant where none is named: the first that
// says how customers are looked after, else the first that counts them as the
// strategy does, else the first.
func mainSegmentation(s *spec.Strategy) string {
	hasTouch := func(d segmentation.Definition) bool {
		return slices.ContainsFunc(d.Segments, func(x segmentation.Segment) bool { return x.Touch != "" })
	}
	isUsual := func(d segmentation.Definition) bool { return d.Grain == s.Grain }
	for _, fits := range []func(segmentation.Definition) bool{hasTouch, isUsual} {
		if i := slices.IndexFunc(s.Segmentations, fits); i >= 0 {
			return s.Segmentations[i].Name
		}
	}
	return s.Segmentations[0].Name
}

// explained returns the segmentation that is asked about, and its grain.
func (e *Engine) explained(r ExplainRequest) (string, customer.Grain, error) {
	name := r.Segmentation
	if name == "" {
		if len(e.Strategy.Segmentations) == 0 {
			return "", customer.Grain{}, fmt.Errorf("explain %q: the strategy has no segmentation", r.Customer)
		}
		name = mainSegmentation(e.Strategy)
	}
	s, ok := e.Strategy.Segmentation(name)
	if !ok {
		var names []string
		for _, s := range e.Strategy.Segmentations {
			names = append(names, s.Name)
		}
		return "", customer.Grain{}, fmt.Errorf("no segmentation is called %q%s; there are %s", name, hint(name, names), strings.Join(names, ", "))
	}
	return name, s.Grain, nil
}

// who is one customer: its number in the result, and the source's own id.
type who struct {
	customer int64
	id       string
}

// leastLike is how many characters of a name tell whom somebody means.
const leastLike = 3

// lookup returns the customer that a text means: by id, else by name. Where like
// is true, a part of the name will do, if one customer alone has it.
func (r reading) lookup(ctx context.Context, text string, like bool) (who, error) {
	var candidates []string
	for _, byPublic := range []bool{false, true} {
		rows, err := r.engine.query(ctx, query.LookupID(r.table, text, r.grain, byPublic))
		if err != nil {
			return who{}, err
		}
		if len(rows) == 1 {
			return who{customer: whole(rows[0][0]), id: fmt.Sprint(rows[0][2])}, nil
		}
		for _, row := range rows {
			candidates = append(candidates, fmt.Sprint(row[2]))
		}
	}
	if len(candidates) == 0 {
		if w, ok, err := r.lookupJoined(ctx, text); ok || err != nil {
			return w, err
		}
		known, err := r.engine.query(ctx, query.LookupAccount(text))
		if err != nil {
			return who{}, err
		}
		if len(known) > 0 && r.grain.Level != customer.ByContact {
			return who{}, &AmbiguousError{Text: text, NoCustomer: r.asOf}
		}
	}
	if len(candidates) > 0 {
		return who{}, &AmbiguousError{Text: text, Candidates: candidates}
	}
	w, found, notID := r.lookupLike(ctx, query.LookupLikeID(r.table, text, r.grain, mostLike), text, false)
	if others := (*AmbiguousError)(nil); found || notID != nil && !(errors.As(notID, &others) && others.Like) {
		return w, notID
	}
	if name, ok := query.Find(r.columns, query.RoleName, ""); ok && name.Domain != "" {
		w, found, err := r.lookupLike(ctx, query.LookupName(r.table, name.Domain, text, r.grain, mostLike), text, like)
		if found || err != nil {
			return w, err
		}
	}
	return who{}, cmp.Or(notID, error(&AmbiguousError{Text: text}))
}

// mostLike is how many customers are named that a text may mean.
const mostLike = 8

// lookupLike returns the customer that a text means among those of a plan of
// query.LookupName; it has found none where there are none.
func (r reading) lookupLike(ctx context.Context, p query.Plan, text string, like bool) (w who, found bool, err error) {
	rows, err := r.engine.query(ctx, p)
	if err != nil || len(rows) == 0 {
		return who{}, false, err
	}
	exact := 0
	var candidates []string
	for _, row := range rows {
		if is, _ := row[3].(bool); is {
			exact++
		}
		candidate := fmt.Sprint(row[1])
		if row[2] != row[1] {
			candidate += fmt.Sprintf("  %s", row[2])
		}
		candidates = append(candidates, candidate)
	}
	isLike := exact == 0 && len(rows) == 1
	if isLike && (!like || utf8.RuneCountInString(text) < leastLike) {
		return who{}, false, &AmbiguousError{Text: text, Candidates: candidates, Like: true}
	}
	if exact == 1 || isLike {
		return who{customer: whole(rows[0][0]), id: fmt.Sprint(rows[0][1])}, true, nil
	}
	return who{}, false, &AmbiguousError{Text: text, Candidates: candidates, Like: exact == 0 && !like}
}

// lookupJoined returns the customer that an id counts for as one of several.
func (r reading) lookupJoined(ctx context.Context, text string) (w who, ok bool, err error) {
	if r.grain.Level == customer.ByContact || r.grain.Level == customer.ByAccountProduct {
		return who{}, false, nil
	}
	stored, _, err := r.engine.stored(ctx, r.asOf)
	if err != nil {
		return who{}, false, err
	}
	rows, err := r.engine.query(ctx, query.LookupJoined(r.table, text, stored, r.asOf))
	if err != nil || len(rows) != 1 {
		return who{}, false, err
	}
	return who{customer: whole(rows[0][0]), id: fmt.Sprint(rows[0][1])}, true, nil
}

// customer reads all that is known of one customer.
func (r reading) customer(ctx context.Context, w who, segmentation string) (explain.Customer, error) {
	c := explain.Customer{
		ID: w.id, Grain: r.grain, AsOf: r.asOf, Metrics: map[string]rule.Value{}, Traits: map[string]rule.Value{},
		Cuts: map[string][]float64{}, Evidence: map[string]explain.Evidence{}, Previous: map[string]string{}, Unsettled: map[string]bool{},
	}
	var show []string
	for _, column := range r.columns {
		if column.Role != query.RoleCustomer {
			show = append(show, column.Name)
		}
	}
	rows, err := r.engine.query(ctx, query.Row(r.table, show, w.customer))
	if err != nil {
		return c, err
	}
	if len(rows) != 1 {
		return c, fmt.Errorf("read customer %s: %d rows", w.id, len(rows))
	}
	values := map[string]any{}
	for i, name := range show {
		values[name] = rows[0][i]
	}
	stored, _, err := r.engine.stored(ctx, r.asOf)
	if err != nil {
		return c, err
	}
	for _, column := range r.columns {
		if code, ok := values[column.Name].(int64); ok && column.Domain != "" {
			if text, ok := stored.Text(column.Domain, code); ok {
				values[column.Name] = text
			}
		}
	}
	r.fill(&c, values)
	if err := r.pins(ctx, &c, w.customer); err != nil {
		return c, err
	}
	return c, r.evidence(ctx, &c, stored, w.customer, segmentation)
}

// fill sorts a row's values by what they are.
func (r reading) fill(c *explain.Customer, values map[string]any) {
	for _, column := range r.columns {
		v := values[column.Name]
		switch column.Role {
		case query.RoleName:
			c.Name, _ = v.(string)
		case query.RoleMetric, query.RoleEarlier, query.RoleOfAccount:
			none, _ := values[column.None].(bool)
			c.Metrics[column.Of] = valueOf(column, v, none)
		case query.RoleLevel: // of a trait by its own name, which stands for both
			if d, ok := r.engine.Strategy.Dimension(column.Of); ok && d.Trait == column.Of {
				c.Traits[column.Of] = valueOf(column, v, false)
			}
		case query.RoleTrait, query.RoleStatedThen, query.RoleOfContact:
			c.Traits[column.Of] = valueOf(column, v, false)
		case query.RolePrevious:
			if code, ok := v.(int64); ok && code >= 0 && int(code) < len(column.Labels) {
				c.Previous[column.Of] = column.Labels[code]
			}
		case query.RoleUnsettled:
			c.Unsettled[column.Of], _ = v.(bool)
		case query.RoleHold:
			r.fillHold(c, column.Of, v)
		case query.RoleCut:
			c.Cuts[column.Of] = r.cuts(c.Cuts[column.Of], column, v)
		}
	}
	r.fillHeld(c, values)
}

// cuts puts the cut point of a level, whose number ends the column's name, in
// its place.
func (r reading) cuts(list []float64, column query.ResultColumn, v any) []float64 {
	at := 0
	fmt.Sscanf(strings.TrimPrefix(column.Name, "cut_"+column.Of+"_"), "%d", &at)
	d, _ := r.engine.Strategy.Dimension(column.Of)
	for len(list) < max(len(d.Levels), at+1) {
		list = append(list, math.NaN())
	}
	if x, ok := v.(float64); ok {
		list[at] = x
	}
	return list
}

// evidence reads the facts behind the metrics of a segmentation.
func (r reading) evidence(ctx context.Context, c *explain.Customer, stored query.Stored, id int64, segmentation string) error {
	request := query.Request{Grain: r.grain, AsOf: r.asOf, Members: r.members()}
	var keys []int64
	var spaces []string
	if r.grain.Level != customer.ByContact {
		rows, err := r.engine.query(ctx, query.Keys(request, stored, id))
		if err != nil {
			return err
		}
		spaces = []string{}
		for _, row := range rows {
			keys, spaces = append(keys, whole(row[0])), append(spaces, text(row[1]))
		}
	}
	notes, err := r.contractNotes(ctx, &stored, keys)
	if err != nil {
		return err
	}
	if r.grain.Level == customer.ByAccount {
		kind, mine, err := r.inNameOf(ctx, c.Name, stored)
		if err != nil {
			return err
		}
		notes[kind] = append(notes[kind], mine...)
	}
	leaves := r.engine.Strategy.Leaves(segmentation)
	rejected, err := r.engine.rejectedOf(ctx, request, stored, id, keys, leaves)
	if err != nil {
		return err
	}
	plans, trails, err := query.Evidence(definitions(r.engine.Strategy), request, stored, id, keys, spaces, leaves)
	if err != nil {
		return err
	}
	for i, plan := range plans {
		rows, err := r.engine.query(ctx, plan)
		if err != nil {
			return err
		}
		for j, t := range trails[i] {
			evidence := explain.Evidence{From: t.From, To: t.To, Whole: t.Whole, Kind: t.Kind, Sources: t.Sources, Reason: cmp.Or(t.Reason, rejected[t.Metric])}
			if m, ok := r.engine.Strategy.Metric(t.Metric); ok && m.Where != nil && slices.Equal(m.Where.Names(), []string{"in_force"}) {
				evidence.Notes = notes[t.Kind]
			}
			if lacks := t.NoKey(); lacks != "" && len(t.Sources) > 0 {
				evidence.Notes = append(slices.Clone(evidence.Notes), lacks)
			}
			if len(rows) == 1 {
				evidence.Facts = whole(rows[0][3*j])
				if at, ok := rows[0][3*j+1].(int64); ok {
					civil := r.engine.civil(t.Kind, at)
					evidence.Newest = &civil
				}
				if code := rows[0][3*j+2]; code != nil && evidence.Reason == "" {
					currency, _ := stored.Text("currency", whole(code))
					evidence.Reason = noRateWords(currency, r.engine.Strategy.Currency, r.engine.rateDay(c.AsOf))
				}
			}
			c.Evidence[t.Metric] = evidence
		}
	}
	return nil
}

// contractNotes tells, by kind of facts, of lines of a customer that name each
// other or overlap.
func (r reading) contractNotes(ctx context.Context, stored *query.Stored, keys []int64) (map[string][]string, error) {
	if r.grain.Level == customer.ByContact {
		return nil, nil
	}
	keys = append([]int64{}, keys...)
	circles, err := r.engine.settleLinks(ctx, stored, r.asOf, keys)
	if err != nil {
		return nil, err
	}
	notes := map[string][]string{}
	for _, c := range circles {
		notes[c.Kind] = append(notes[c.Kind], c.Words()+", which counts for none of them")
	}
	if r.grain.Level == customer.ByAccountProduct {
		return notes, nil
	}
	overlaps, err := r.engine.overlaps(ctx, *stored, r.asOf, keys)
	for _, o := range overlaps.List {
		notes["contract"] = append(notes["contract"], o.Words(overlaps.Currency))
	}
	return notes, err
}

// members returns the table of who belongs to whom in the run.
func (r reading) members() string {
	for _, result := range r.run.Results {
		if result.Grain == "members of "+r.grain.String() {
			return result.Table
		}
	}
	return ""
}

// civil returns the wall-clock time of a stored time; terms and versions carry
// plain days.
func (e *Engine) civil(kind string, at int64) int64 {
	k, _ := e.Strategy.Kind(kind)
	if k.Timing != "at" {
		return at
	}
	return e.Strategy.Zone.Civil(at)
}
