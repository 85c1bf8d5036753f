package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// ErrOpenBridge is returned when the lines from what the sources say to a
// metric do not add up to it: figures that must not be relied on.
var ErrOpenBridge = errors.New("the bridge does not close")

// ReconcileRequest asks how what the sources say becomes a metric.
type ReconcileRequest struct {
	Metric string       `json:"metric,omitempty"` // a sum of amounts; "" is the one shown as ARR
	AsOf   *period.Date `json:"as_of,omitempty"`  // a day that has been run; nil is the present placement
}

// Reconciliation is a bridge, exact to the minor unit: for each source the rows
// of its files are Imported down to its live rows, and the Lines lead from the
// live rows of all to Minor, the metric's sum as every screen shows it.
type Reconciliation struct {
	AsOf     period.Date    `json:"as_of"`
	Metric   string         `json:"metric"`
	Title    string         `json:"title"`
	Kind     string         `json:"fact"`
	Column   string         `json:"column"`
	Where    string         `json:"where,omitempty"` // the metric's condition
	Grain    string         `json:"grain"`
	Currency money.Currency `json:"currency"`
	Grace    int            `json:"late_renewal_grace_days"`

	Sources []ReconciledSource `json:"sources"`
	Lines   []BridgeLine       `json:"lines"`

	Rows      int64 `json:"rows"`      // that count
	Customers int64 `json:"customers"` // that they are of
	Minor     int64 `json:"minor"`     // of all customers of the run
}

// ReconciledSource is what one source states, and what of it counts.
type ReconciledSource struct {
	Source   string       `json:"source"`
	Imports  int          `json:"imports"`
	Imported []ImportLine `json:"imported"`

	Rows      int64 `json:"rows"` // live
	Customers int64 `json:"customers"`

	CountedRows      int64 `json:"counted_rows"`
	CountedCustomers int64 `json:"counted_customers"`
	CountedMinor     int64 `json:"counted_minor"`
}

// BridgeLine is one line of a bridge: Minor is what it adds, negative where it
// takes away, in the reporting currency.
type BridgeLine struct {
	Line      string   `json:"line"`
	Source    string   `json:"source,omitempty"` // of lines that say what a source states
	Kind      string   `json:"kind,omitempty"`   // of lines that the metric's condition leaves out: their kind
	Words     string   `json:"words"`
	Rows      int64    `json:"rows"`
	Customers int64    `json:"customers"` // accounts of rows that are of no customer
	Minor     int64    `json:"minor"`
	Written   *Written `json:"written,omitempty"` // amounts in another currency, before they were converted
	Of        bool     `json:"of,omitempty"`      // part of the line before, and not added
}

// Names of lines beside those of places.
const (
	lineStated    = "stated"
	lineConverted = "converted"
	lineAssumed   = "assumed"
	lineLate      = "late"
	lineCancelled = "cancelled"
	lineCounted   = "counted"
)

// places says how the places of query.Bridge are called; short follows a
// number of rows.
var places = [query.BridgePlaces]struct{ line, words, short string }{
	query.BridgeCorrected: {"corrected", "corrected by a later row", "corrected"},
	query.BridgeRetracted: {"retracted", "taken back: no longer listed, or left out now", "taken back"},
	query.BridgeUnmatched: {"unmatched", "of no account that any source lists", "of no account"},
	query.BridgeUnlisted:  {"unlisted", "of accounts that are not on record on the day", "of accounts not on record"},
	query.BridgeInternal:  {"internal", "of internal accounts", "internal"},
	query.BridgeLater:     {"not_started", "begin later", "not started"},
	query.BridgeEarlier:   {"earlier", "before the days that count", "before the days that count"},
	query.BridgeReplaced:  {"replaced", "replaced by a line that has begun", "replaced"},
	query.BridgeEnded:     {"ended", "ended", "ended"},
	query.BridgeCondition: {"condition", "left out by its condition", "left out"},
	query.BridgeNoAmount:  {"no_amount", "without an amount", "without an amount"},
	query.BridgeNoRate:    {"no_rate", "in a currency without an exchange rate", "without an exchange rate"},
	query.BridgeOutside:   {"outside", "of accounts that are no customers", "of no customers"},
	query.BridgeUntold:    {"untold", "of customers whose sum can't be told", "of customers whose sum can't be told"},
	query.BridgeCounted:   {lineCounted, "count", "counted"},
}

// Reconcile leads from what the sources say to a metric of a run. It fails with
// ErrOpenBridge, beside the answer, when the lines do not add up.
func (e *Engine) Reconcile(ctx context.Context, r ReconcileRequest) (Reconciliation, error) {
	b, read, err := e.bridge(ctx, r)
	if err != nil {
		return Reconciliation{}, err
	}
	out := e.reconciliation(b, read)
	totals, err := e.bridgeTotals(ctx, b)
	if err != nil {
		return out, fmt.Errorf("reconcile %s: %w", out.Title, err)
	}
	if err := e.nameSources(ctx, &out, b, totals); err != nil {
		return out, fmt.Errorf("reconcile %s: %w", out.Title, err)
	}
	if err := e.addLines(ctx, &out, b, totals); err != nil {
		return out, fmt.Errorf("reconcile %s: %w", out.Title, err)
	}
	open, err := e.settleBridge(ctx, &out, b, read)
	if err != nil {
		return out, fmt.Errorf("reconcile %s: %w", out.Title, err)
	}
	open = append(openImports(out), open...)
	if len(open) == 0 {
		return out, nil
	}
	if read.run.Hash != e.Strategy.Hash() {
		return out, fmt.Errorf("%w, since the strategy has changed after the run as of %s: run again first", ErrOpenBridge, read.asOf)
	}
	return out, fmt.Errorf("%w: %s; do not rely on these figures: this is a mistake of the program", ErrOpenBridge, strings.Join(open, "; "))
}

// bridge prepares the bridge of a metric, on the facts that the run has read.
func (e *Engine) bridge(ctx context.Context, r ReconcileRequest) (query.Bridge, reading, error) {
	name := r.Metric
	if name == "" {
		name = e.Strategy.RevenueMetric
	}
	m, err := e.summed(name)
	if err != nil {
		return query.Bridge{}, reading{}, err
	}
	read, err := e.result(ctx, r.AsOf, e.Strategy.Grain)
	if err != nil {
		return query.Bridge{}, read, err
	}
	column, ok := query.Find(read.columns, query.RoleMetric, name)
	if !ok {
		return query.Bridge{}, read, fmt.Errorf("metric %q is not part of the run as of %s by %s; run again", name, read.asOf, read.grain)
	}
	stored, _, err := e.stored(ctx, read.asOf)
	if err != nil {
		return query.Bridge{}, read, err
	}
	stored.KnownAt = read.run.KnownAt
	if err := e.rates(ctx, &stored, read.asOf); err != nil {
		return query.Bridge{}, read, err
	}
	if _, err := e.settleLinks(ctx, &stored, read.asOf, nil); err != nil {
		return query.Bridge{}, read, err
	}
	request := query.Request{Grain: read.grain, AsOf: read.asOf}
	if read.grain.Level == customer.ByParent || read.grain.Level == customer.ByEntity {
		request.Members = tableName("members", read.run.Batch, read.grain)
	}
	return query.Bridge{
		Definitions: definitions(e.Strategy), Request: request, Stored: stored, Metric: m, Result: read.table, Column: column.Name,
	}, read, nil
}

// summed returns the metric of a name, which must be a sum of amounts.
func (e *Engine) summed(name string) (metric.Definition, error) {
	isSum := func(m metric.Definition) bool {
		k, _ := e.Strategy.Kind(m.Kind)
		c, ok := k.Column(m.Column)
		return ok && m.Form == metric.FromFacts && m.Aggregate == metric.Sum && c.Type == fact.Money
	}
	var sums []string
	for _, m := range e.Strategy.Metrics {
		if isSum(m) {
			sums = append(sums, m.Name)
		}
	}
	m, ok := e.Strategy.Metric(name)
	switch {
	case ok && isSum(m):
		return m, nil
	case len(sums) == 0:
		return m, fmt.Errorf("no metric is a sum of amounts, so there is nothing to reconcile: %s", e.howToSum())
	case name == "":
		return m, fmt.Errorf("the strategy has no metric that is shown as ARR; name one to reconcile: %s", strings.Join(sums, ", "))
	case !ok:
		return m, fmt.Errorf("no metric is called %q%s; sums of amounts are %s", name, hint(name, sums), strings.Join(sums, ", "))
	}
	return m, fmt.Errorf("metric %q is no sum of amounts, and cannot be traced to rows; these can: %s", name, strings.Join(sums, ", "))
}

// howToSum says which metric would sum amounts that sources give, and how to
// have it.
func (e *Engine) howToSum() string {
	source, kind, column := e.amounts()
	where := ""
	switch {
	case source == "":
		return "import contracts, orders or opportunities, for no source gives amounts (segue import --suggest FILES proposes how)"
	case kind == "contract":
		where = ", where: in_force"
	}
	name, title := column, metric.Definition{Name: column}.Label()
	switch column {
	case "arr":
		title = "ARR"
	case "amount":
		name, title = "revenue", "Revenue"
	}
	return fmt.Sprintf("put `%s: {title: %s, from: %s, sum: %s%s}` under metrics: in metrics.yaml, for source %s gives it, then segue run",
		name, title, kind, column, where, source)
}

// amounts returns the source of the first amounts that customers pay, "" where
// none gives any.
func (e *Engine) amounts() (source, kind, column string) {
	for _, m := range e.Strategy.Sources {
		k, _ := e.Strategy.Kind(m.Kind)
		if !k.IsAboutAccounts() || m.Kind == fact.AccountKind {
			continue
		}
		for _, b := range m.Columns {
			if c, ok := k.Column(b.To); ok && c.Type == fact.Money && (kind == "" || m.Kind == "contract" && kind != "contract") {
				source, kind, column = m.Name, m.Kind, b.To
			}
		}
	}
	return source, kind, column
}

func (e *Engine) reconciliation(b query.Bridge, read reading) Reconciliation {
	out := Reconciliation{
		AsOf: read.asOf, Metric: b.Metric.Name, Title: b.Metric.Label(), Kind: b.Metric.Kind, Column: b.Metric.Column,
		Grain: read.grain.String(), Currency: e.Strategy.Currency, Sources: []ReconciledSource{}, Lines: []BridgeLine{},
	}
	if b.Metric.Where != nil {
		out.Where = b.Metric.Where.Source()
		if slices.Contains(b.Metric.Where.Names(), "in_force") {
			out.Grace = e.Strategy.LateRenewalGrace
		}
	}
	return out
}

// bridgeTotal is what ends at one place, of one source and currency.
type bridgeTotal struct {
	source         string
	place          int
	kind, currency string
	late           bool
	rows           int64
	minor, amount  int64
	converts       bool // there is a rate
}

func (e *Engine) bridgeTotals(ctx context.Context, b query.Bridge) ([]bridgeTotal, error) {
	plan, err := b.Totals()
	if err != nil {
		return nil, err
	}
	var list []bridgeTotal
	err = e.each(ctx, plan, func(row []any) {
		late, _ := row[3].(bool)
		_, converts := row[6].(int64)
		list = append(list, bridgeTotal{
			source: text(row[0]), place: int(whole(row[1])), kind: text(row[2]), late: late, currency: text(row[4]),
			rows: whole(row[5]), minor: whole(row[6]), amount: whole(row[7]), converts: converts,
		})
	})
	return list, err
}

// isLive reports whether rows at a place are what their source says now.
func isLive(place int) bool { return place > query.BridgeRetracted }

// nameSources adds the sources, as the strategy lists them.
func (e *Engine) nameSources(ctx context.Context, out *Reconciliation, b query.Bridge, totals []bridgeTotal) error {
	imports, err := e.importsOf(ctx, b)
	if err != nil {
		return err
	}
	at := func(name string) *ReconciledSource {
		i := slices.IndexFunc(out.Sources, func(s ReconciledSource) bool { return s.Source == name })
		if i < 0 {
			out.Sources = append(out.Sources, ReconciledSource{Source: name, Imported: []ImportLine{}})
			i = len(out.Sources) - 1
		}
		return &out.Sources[i]
	}
	for _, m := range e.Strategy.Sources {
		if m.Kind == b.Metric.Kind && (imports[m.Name].n > 0 || slices.ContainsFunc(totals, func(t bridgeTotal) bool { return t.source == m.Name })) {
			at(m.Name)
		}
	}
	for _, t := range totals {
		s := at(t.source)
		if isLive(t.place) {
			s.Rows += t.rows
		}
		if t.place == query.BridgeCounted {
			s.CountedRows, s.CountedMinor = s.CountedRows+t.rows, s.CountedMinor+t.minor
		}
	}
	for i := range out.Sources {
		s := &out.Sources[i]
		s.Imports, s.Imported = imports[s.Source].n, imports[s.Source].lines(totals, s.Source)
	}
	who, err := b.Who(true)
	if err != nil {
		return err
	}
	return e.each(ctx, who, func(row []any) {
		s := at(text(row[0]))
		s.CountedCustomers, s.Customers = whole(row[1]), whole(row[2])
	})
}
