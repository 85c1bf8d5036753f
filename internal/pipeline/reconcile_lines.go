package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/query"
)

// addLines makes the lines from what sources state to what counts.
func (e *Engine) addLines(ctx context.Context, out *Reconciliation, b query.Bridge, totals []bridgeTotal) error {
	for _, s := range out.Sources {
		out.Lines = append(out.Lines, stated(s, totals, out.Currency)...)
	}
	plan, err := b.Who(false)
	if err != nil {
		return err
	}
	type end struct {
		place int
		kind  string
		late  bool
	}
	who := map[end]int64{}
	err = e.each(ctx, plan, func(row []any) {
		late, _ := row[2].(bool)
		who[end{int(whole(row[0])), text(row[1]), late}] = whole(row[3])
	})
	if err != nil {
		return err
	}
	lines := map[end]*BridgeLine{}
	var order []end
	for _, t := range totals {
		if !isLive(t.place) {
			continue
		}
		at := end{t.place, t.kind, t.late && t.place == query.BridgeCounted}
		if lines[at] == nil {
			lines[at] = &BridgeLine{Line: places[t.place].line, Kind: t.kind, Words: placeLine(t.place, t.kind)}
			order = append(order, at)
		}
		lines[at].Rows += t.rows
		lines[at].Minor -= t.minor
	}
	slices.SortFunc(order, func(a, b end) int { return cmp.Or(cmp.Compare(a.place, b.place), strings.Compare(a.kind, b.kind)) })
	var late *BridgeLine
	for _, at := range order {
		l := lines[at]
		l.Customers = who[at]
		switch {
		case at.place != query.BridgeCounted:
			out.Lines = append(out.Lines, *l)
		case at.late:
			l.Line, l.Of, l.Minor = lineLate, true, -l.Minor
			l.Words = fmt.Sprintf("of them late, within %d days", out.Grace)
			late = l
			out.Rows += l.Rows
		default:
			out.Rows += l.Rows
		}
	}
	for _, s := range out.Sources {
		out.Minor += s.CountedMinor
	}
	out.Lines = append(out.Lines, BridgeLine{Line: lineCounted, Words: "count", Rows: out.Rows, Minor: out.Minor})
	if late != nil {
		out.Lines = append(out.Lines, *late)
	}
	return e.addCancelled(ctx, out, b)
}

// addCancelled adds the line of what counts until its end although it has been
// cancelled, where there is any.
func (e *Engine) addCancelled(ctx context.Context, out *Reconciliation, b query.Bridge) error {
	plan, err := b.Cancelled()
	if err != nil {
		return err
	}
	return e.each(ctx, plan, func(row []any) {
		if n := whole(row[0]); n > 0 {
			out.Lines = append(out.Lines, BridgeLine{
				Line: lineCancelled, Words: "of them cancelled, until they end", Rows: n, Customers: whole(row[1]), Minor: whole(row[2]), Of: true,
			})
		}
	})
}

func placeLine(place int, kind string) string {
	if kind != "" {
		return fmt.Sprintf("%s: %s", places[place].words, kind)
	}
	return places[place].words
}

// stated are the lines that say what one source states: in the reporting
// currency, and converted from each other one.
func stated(s ReconciledSource, totals []bridgeTotal, currency money.Currency) []BridgeLine {
	own := BridgeLine{Line: lineStated, Source: s.Source, Words: s.Source, Customers: s.Customers}
	foreign := map[string]*BridgeLine{}
	for _, t := range totals {
		if t.source != s.Source || !isLive(t.place) {
			continue
		}
		l := &own
		if t.currency != "" && t.currency != string(currency) {
			if l = foreign[t.currency]; l == nil {
				l = &BridgeLine{Line: lineConverted, Source: s.Source, Written: &Written{Currency: money.Currency(t.currency)}}
				foreign[t.currency] = l
			}
			l.Written.Minor += t.amount
			l.Words = fmt.Sprintf("%s, from %s", s.Source, *l.Written)
			if !t.converts {
				l.Words = fmt.Sprintf("%s, no rate for %s", s.Source, *l.Written)
			}
		}
		l.Rows += t.rows
		l.Minor += t.minor
	}
	list := []BridgeLine{own}
	for _, l := range foreign {
		list = append(list, *l)
	}
	slices.SortFunc(list[1:], func(a, b BridgeLine) int { return cmp.Compare(a.Written.Currency, b.Written.Currency) })
	return list
}

// settleBridge holds the lines against the run, customer by customer and in
// sum, and returns where they differ. Sums that can't be told and that the
// metric says what to take for become a line.
func (e *Engine) settleBridge(ctx context.Context, out *Reconciliation, b query.Bridge, read reading) ([]string, error) {
	counted := slices.IndexFunc(out.Lines, func(l BridgeLine) bool { return l.Line == lineCounted })
	plan, err := b.Differences()
	if err != nil {
		return nil, err
	}
	var open []string
	assumed := BridgeLine{Line: lineAssumed, Words: "of customers whose sum can't be told: what the metric takes instead"}
	err = e.each(ctx, plan, func(row []any) {
		sum, value := whole(row[1]), whole(row[2])
		if m := b.Metric.Missing; m != nil && value == money.FromMajor(*m, out.Currency).Minor {
			assumed.Customers++
			assumed.Minor += value - sum
			return
		}
		if len(open) < namedDifferences {
			open = append(open, fmt.Sprintf("rows of customer number %d come to %s, the run says %s", whole(row[0]),
				money.Amount{Minor: sum, Currency: out.Currency}, money.Amount{Minor: value, Currency: out.Currency}))
		}
	})
	if err != nil {
		return nil, err
	}
	if assumed.Customers > 0 {
		out.Lines = slices.Insert(out.Lines, counted, assumed)
		counted++
		out.Lines[counted].Minor += assumed.Minor
		out.Minor += assumed.Minor
	}
	rows, err := e.query(ctx, query.Counts(read.table, nil, "", "", b.Column, out.Currency))
	if err != nil || len(rows) == 0 {
		return open, err
	}
	if total := whole(rows[0][2]); total != out.Minor {
		open = append(open, fmt.Sprintf("the lines come to %s, the run says %s",
			money.Amount{Minor: out.Minor, Currency: out.Currency}, money.Amount{Minor: total, Currency: out.Currency}))
		out.Minor = total
	}
	sum := int64(0)
	for _, l := range out.Lines[:counted] {
		sum += l.Minor
	}
	if sum != out.Lines[counted].Minor {
		open = append(open, fmt.Sprintf("what sources state less what does not count is %s, what counts is %s",
			money.Amount{Minor: sum, Currency: out.Currency}, money.Amount{Minor: out.Lines[counted].Minor, Currency: out.Currency}))
	}
	who, err := e.countedCustomers(ctx, b)
	out.Customers, out.Lines[counted].Customers = who, who
	return open, err
}

// namedDifferences is how many customers an open bridge names.
const namedDifferences = 3

// countedCustomers is how many customers the rows that count are of.
func (e *Engine) countedCustomers(ctx context.Context, b query.Bridge) (int64, error) {
	plan, err := b.CountedCustomers()
	if err != nil {
		return 0, err
	}
	rows, err := e.query(ctx, plan)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return whole(rows[0][0]), nil
}

// Sentence tells of the bridge in words: what of each source counts, what it
// comes to, and how many rows do not count.
func (r Reconciliation) Sentence() []string {
	exact := func(minor int64) string { return money.Amount{Minor: minor, Currency: r.Currency}.String() }
	var parts, not []string
	for _, s := range r.Sources {
		parts = append(parts, s.Source+" "+exact(s.CountedMinor))
	}
	for _, l := range r.Lines {
		i := slices.IndexFunc(places[:], func(p struct{ line, words, short string }) bool { return p.line == l.Line })
		switch {
		case l.Line == lineAssumed:
			parts = append(parts, "taken where it can't be told "+exact(l.Minor))
		case l.Line == lineCounted || i < 0:
		case l.Kind != "":
			not = append(not, fmt.Sprintf("%s %s", grouped(l.Rows), l.Kind))
		case l.Line == places[query.BridgeUnmatched].line && l.Minor != 0:
			not = append(not, fmt.Sprintf("%s %s (%s)", grouped(l.Rows), places[i].short, exact(-l.Minor)))
		default:
			not = append(not, fmt.Sprintf("%s %s", grouped(l.Rows), places[i].short))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing"}
	}
	first := fmt.Sprintf("%s = %s in %s", strings.Join(parts, " + "), exact(r.Minor), quantity(r.Customers, "customer"))
	if len(not) == 0 {
		return []string{first}
	}
	return []string{first, "not counted: " + strings.Join(not, ", ")}
}
