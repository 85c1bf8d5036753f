package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/state"
)

// ErrNoRun is returned when a result is asked for that no run has made.
var ErrNoRun = errors.New("nothing has been evaluated yet")

// reading is the result of one run at one grain.
type reading struct {
	engine  *Engine
	run     state.Run
	grain   customer.Grain
	table   string
	columns []query.ResultColumn
	asOf    period.Date
}

// result returns the result that a screen shows: of the present placement, or
// of the newest run as of a date. Where nothing has been placed yet, the newest
// view is shown.
func (e *Engine) result(ctx context.Context, asOf *period.Date, grain customer.Grain) (reading, error) {
	runs, err := e.State.Runs(ctx)
	if err != nil {
		return reading{}, err
	}
	for _, views := range []bool{false, true} {
		for _, run := range runs {
			if !e.isOfThen(run) {
				continue
			}
			if asOf == nil && run.View == views || asOf != nil && run.AsOf == *asOf {
				return e.resultOf(run, grain)
			}
		}
	}
	if asOf != nil {
		return reading{}, e.noRunAsOf(*asOf, runs)
	}
	return reading{}, ErrNoRun
}

// NoDayError is an ErrNoRun of a day, where runs of others are there.
type NoDayError struct {
	AsOf period.Date
	Days []period.Date // that can be asked for, in order
}

func (n NoDayError) Error() string {
	days := make([]string, len(n.Days))
	for i, d := range n.Days {
		days[i] = d.String()
	}
	return fmt.Sprintf("nothing has been evaluated as of %s, only as of %s", n.AsOf, strings.Join(days, ", "))
}

func (n NoDayError) Unwrap() error { return ErrNoRun }

func (e *Engine) noRunAsOf(asOf period.Date, runs []state.Run) error {
	if len(runs) == 0 {
		return fmt.Errorf("as of %s: %w", asOf, ErrNoRun)
	}
	var days []period.Date
	for _, run := range runs {
		if e.isOfThen(run) {
			days = append(days, run.AsOf)
		}
	}
	if len(days) == 0 {
		return fmt.Errorf("as of %s: %w", asOf, ErrNoRun)
	}
	slices.Sort(days)
	return NoDayError{AsOf: asOf, Days: slices.Compact(days)}
}

// Changed reports whether the strategy has changed since the run that a screen
// shows: until the next run, customers stand where the former one put them.
func (e *Engine) Changed(ctx context.Context, asOf *period.Date) bool {
	read, err := e.result(ctx, asOf, e.Strategy.Grain)
	return err == nil && read.run.Hash != e.Strategy.Hash()
}

func (e *Engine) resultOf(run state.Run, grain customer.Grain) (reading, error) {
	for _, r := range run.Results {
		if r.Grain != grain.String() {
			continue
		}
		read := reading{engine: e, run: run, grain: grain, table: r.Table, asOf: run.AsOf}
		if err := json.Unmarshal(r.Columns, &read.columns); err != nil {
			return reading{}, fmt.Errorf("read run %d: %w", run.Batch, err)
		}
		return read, nil
	}
	if grains := e.grains(); !slices.Contains(grains, grain) {
		return reading{}, fmt.Errorf("count customers by %s: the strategy does not; it counts them by %s", grain, grainNames(grains))
	}
	return reading{}, fmt.Errorf("count customers by %s: the run as of %s did not; run again", grain, run.AsOf)
}

func grainNames(grains []customer.Grain) string {
	names := make([]string, len(grains))
	for i, g := range grains {
		names[i] = g.String()
	}
	return strings.Join(names, ", ")
}

// revenue returns the column of the metric shown as ARR, or "".
func (r reading) revenue() string {
	c, ok := query.Find(r.columns, query.RoleMetric, r.engine.Strategy.RevenueMetric)
	if !ok || r.engine.Strategy.RevenueMetric == "" {
		return ""
	}
	return c.Name
}

func (r reading) count(ctx context.Context) (int64, error) {
	rows, err := r.engine.query(ctx, query.Counts(r.table, nil, "", "", "", r.engine.Strategy.Currency))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0][0].(int64), nil
}

// SegmentationCounts says how many customers stand where.
type SegmentationCounts struct {
	Segmentation string         `json:"segmentation"`
	Title        string         `json:"title,omitempty"`
	Grain        string         `json:"grain"`
	AsOf         period.Date    `json:"as_of"`
	Run          int64          `json:"run,omitempty"` // of what is known now
	Currency     money.Currency `json:"currency"`
	Revenue      string         `json:"revenue_metric,omitempty"`
	Customers    int64          `json:"customers"`
	RevenueMinor int64          `json:"revenue_minor"`
	Segments     []SegmentCount `json:"segments"`
	Lacking      []Lack         `json:"lacking,omitempty"`
}

// SegmentCount is one place of a segmentation, or one level of a dimension.
type SegmentCount struct {
	Name         string  `json:"name"`
	Title        string  `json:"title,omitempty"`
	Touch        string  `json:"touch,omitempty"`
	Customers    int64   `json:"customers"`
	Provisional  int64   `json:"provisional,omitempty"`
	Undecided    int64   `json:"undecided,omitempty"` // another segment is still possible: provisional, held, or can't tell
	RevenueMinor int64   `json:"revenue_minor"`
	Unpriced     int64   `json:"revenue_unknown,omitempty"` // customers whose revenue is unknown
	Share        float64 `json:"share"`                     // of customers
	RevenueShare float64 `json:"revenue_share"`
}

// Lack is a piece of data that undecided customers lack.
type Lack struct {
	Name         string `json:"name"`
	Title        string `json:"title"`
	NotJudged    bool   `json:"not_judged,omitempty"` // a metric whose own condition does not hold
	Rejected     string `json:"rejected,omitempty"`   // the kind of facts that it is made of, where rows of known customers were rejected
	Customers    int64  `json:"customers"`
	RevenueMinor int64  `json:"revenue_minor"`
}

// number returns the number of the run; none for one of what was known at a
// time, which whoever asks again gets from another.
func (r reading) number() int64 {
	if r.run.Limited {
		return 0
	}
	return r.run.Batch
}

// segmentation counts the customers of each segment, all segments included.
func (r reading) segmentation(ctx context.Context, name string) (SegmentationCounts, error) {
	out := r.header(name)
	s, ok := r.engine.Strategy.Segmentation(name)
	column, found := query.Find(r.columns, query.RoleSegment, name)
	if !found {
		return out, fmt.Errorf("segmentation %q is not part of the run as of %s; run again", name, r.asOf)
	}
	if ok {
		out.Title = s.Title
	}
	provisional, _ := query.Find(r.columns, query.RoleProvisional, name+".provisional")
	undecided, _ := query.Find(r.columns, query.RoleUndecided, name+".undecided")
	open, _ := query.Find(r.columns, query.RoleOpen, name)
	var missable []query.Missing
	if open.Name != "" {
		missable = r.missable(name)
	}
	places, lacks := r.places(column, s), r.lacks(missable)
	for from := 0; from == 0 || from < len(missable); from += query.MaxMissing {
		part := missable[from:min(from+query.MaxMissing, len(missable))]
		rows, err := r.engine.query(ctx, query.Lacking(r.table, column.Name, provisional.Name, undecided.Name, open.Name, part, r.revenue(), r.engine.Strategy.Currency))
		if err != nil {
			return out, err
		}
		for _, row := range rows {
			code := row[0].(int64)
			i := slices.IndexFunc(places, func(p place) bool { return p.code == code })
			if i < 0 {
				return out, fmt.Errorf("segmentation %q: the result holds code %d, which stands for nothing", name, code)
			}
			if from == 0 {
				places[i].count(row[1:])
			}
			for n := range part {
				if whole(row[6])>>n&1 == 1 {
					lacks[from+n].Customers += whole(row[1])
					lacks[from+n].RevenueMinor += whole(row[3])
				}
			}
		}
	}
	for _, p := range places {
		if p.Customers > 0 || p.code >= 0 {
			out.add(p.SegmentCount)
		}
	}
	out.share()
	out.Lacking = mostWanted(lacks)
	return out, r.engine.noteRejected(ctx, out.Lacking)
}

func (r reading) header(name string) SegmentationCounts {
	counts := SegmentationCounts{
		Segmentation: name, Grain: r.grain.String(), AsOf: r.asOf, Run: r.number(),
		Currency: r.engine.Strategy.Currency,
	}
	if r.revenue() != "" {
		counts.Revenue = r.engine.Strategy.RevenueMetric
	}
	return counts
}

type place struct {
	SegmentCount
	code int64
}

func (p *place) count(row []any) {
	p.Customers += whole(row[0])
	p.Provisional += whole(row[1])
	p.RevenueMinor += whole(row[2])
	p.Unpriced += whole(row[3])
	p.Undecided += whole(row[4])
}

func whole(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	}
	return 0
}

// places lists where a customer can stand, in the strategy's order.
func (r reading) places(column query.ResultColumn, s segmentation.Definition) []place {
	var list []place
	for i, name := range column.Labels {
		p := place{SegmentCount: SegmentCount{Name: name}, code: int64(i)}
		for _, segment := range s.Segments {
			if segment.Name == name {
				p.Title, p.Touch = segment.Title, segment.Touch
			}
		}
		list = append(list, p)
	}
	return append(list,
		place{SegmentCount: SegmentCount{Name: segmentation.Unknown}, code: query.CodeUnknown},
		place{SegmentCount: SegmentCount{Name: segmentation.Unassigned}, code: query.CodeUnassigned})
}

func (c *SegmentationCounts) add(s SegmentCount) {
	c.Segments = append(c.Segments, s)
	c.Customers += s.Customers
	c.RevenueMinor += s.RevenueMinor
}

func (c *SegmentationCounts) share() {
	for i := range c.Segments {
		s := &c.Segments[i]
		if c.Customers > 0 {
			s.Share = float64(s.Customers) / float64(c.Customers)
		}
		if c.RevenueMinor != 0 {
			s.RevenueShare = float64(s.RevenueMinor) / float64(c.RevenueMinor)
		}
	}
}

// lacks names the data that may be missing, of nobody yet.
func (r reading) lacks(columns []query.Missing) []Lack {
	list := make([]Lack, len(columns))
	for i, c := range columns {
		list[i] = Lack{Name: c.Of, Title: r.engine.title(c.Of), NotJudged: c.Role == query.RoleJudged}
	}
	return list
}

// mostWanted keeps what somebody lacks, the most wanted first.
func mostWanted(list []Lack) []Lack {
	list = slices.DeleteFunc(list, func(l Lack) bool { return l.Customers == 0 })
	slices.SortStableFunc(list, func(a, b Lack) int { return int(b.Customers - a.Customers) })
	return list
}

// valueColumn returns the column of a metric or a trait.
func (r reading) valueColumn(name string) (query.ResultColumn, bool) {
	if c, ok := query.Find(r.columns, query.RoleMetric, name); ok {
		return c, true
	}
	for _, role := range []query.Role{query.RoleTrait, query.RoleOfContact, query.RoleOfAccount} {
		if c, ok := query.Find(r.columns, role, name); ok {
			return c, true
		}
	}
	return query.Find(r.columns, query.RoleLevel, name) // a trait that is a lens by its own name
}

// statedThen returns, by trait, the columns that hold it as of earlier days.
func (r reading) statedThen() map[string][]query.ResultColumn {
	then := map[string][]query.ResultColumn{}
	for _, c := range r.columns {
		if name, _, ok := explain.CutEarlier(c.Of); ok && c.Role == query.RoleStatedThen {
			then[name] = append(then[name], c)
		}
	}
	return then
}

// title returns how screens call a metric, trait, dimension or segmentation.
func (e *Engine) title(name string) string {
	if base, days, ok := explain.CutEarlier(name); ok {
		return fmt.Sprintf("%s %d days earlier", e.title(base), days)
	}
	if m, ok := e.Strategy.Metric(name); ok {
		return m.Label()
	}
	if c, ok := e.Strategy.Trait(name); ok && c.Title != "" {
		return c.Title
	}
	if d, ok := e.Strategy.Dimension(name); ok && d.Title != "" {
		return d.Title
	}
	if s, ok := e.Strategy.Segmentation(name); ok && s.Title != "" {
		return s.Title
	}
	if of, ok := strings.CutPrefix(name, "account."); ok {
		return e.title(of) + " of the account"
	}
	name = strings.ReplaceAll(strings.TrimPrefix(name, fact.ContactPrefix), "_", " ")
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// value turns a result's value into one of the language.
func valueOf(c query.ResultColumn, v any, none bool) rule.Value {
	if none && v == nil {
		return rule.AtLeast(c.Bound)
	}
	switch v := v.(type) {
	case nil:
		return rule.Unknown(c.Of)
	case bool:
		return rule.Bool(v)
	case float64:
		return rule.Number(v)
	case string:
		return rule.Text(v)
	case int64:
		switch c.Type {
		case rule.TypeTime:
			return rule.Time(v)
		case rule.TypeText:
			if v >= 0 && int(v) < len(c.Labels) {
				return rule.Text(c.Labels[v])
			}
		}
		return rule.Number(float64(v))
	}
	return rule.Unknown(c.Of)
}
