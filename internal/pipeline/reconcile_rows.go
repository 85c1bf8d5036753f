package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// ReconcileRowsRequest asks for the rows of one line of a bridge.
type ReconcileRowsRequest struct {
	ReconcileRequest
	Line   string `json:"line"`
	Source string `json:"source,omitempty"` // "" is all
	Kind   string `json:"kind,omitempty"`   // of contract lines; "" is all
	Limit  int    `json:"limit,omitempty"`  // 0 is all
	Offset int    `json:"offset,omitempty"`

	RejectsDir string `json:"-"` // where imports keep what they reject
}

// ReconcileRows are the stored rows of a line, the largest amount first.
type ReconcileRows struct {
	AsOf     period.Date    `json:"as_of"`
	Line     string         `json:"line"`
	Words    string         `json:"words"`
	Kind     string         `json:"fact"`
	Currency money.Currency `json:"currency"`
	Rows     []ReconcileRow `json:"rows"`

	Rejected []RejectedRow `json:"rejected,omitempty"` // of the line rejected: no rows are stored
	Gone     int64         `json:"gone,omitempty"`     // rows of that line whose file is no longer kept
}

// ReconcileRow is one row of a source.
type ReconcileRow struct {
	Source  string       `json:"source"`
	ID      string       `json:"id,omitempty"`
	Account string       `json:"account,omitempty"` // as the source writes it
	Name    string       `json:"name,omitempty"`
	Product string       `json:"product,omitempty"`
	Starts  period.Date  `json:"starts"` // or the day on which it happened
	Ends    *period.Date `json:"ends,omitempty"`
	Written *Written     `json:"written,omitempty"`
	Minor   *int64       `json:"minor,omitempty"` // in the reporting currency
	Line    string       `json:"line"`            // where it ends
	Why     string       `json:"why"`
}

// lineRows says which rows a line is made of.
func lineRows(line string) (at query.BridgeRows, ok bool) {
	switch line {
	case lineLate, lineCancelled:
		return query.BridgeRows{Places: []int{query.BridgeCounted}, Late: line == lineLate, Cancelled: line == lineCancelled}, true
	case lineStated, "live", lineConverted:
		for place := range query.BridgePlaces {
			if isLive(place) {
				at.Places = append(at.Places, place)
			}
		}
		return at, true
	}
	for place, p := range places {
		if p.line == line {
			return query.BridgeRows{Places: []int{place}}, true
		}
	}
	return at, false
}

// lineNames are the lines whose rows can be listed.
func lineNames() []string {
	list := []string{lineStated}
	for _, p := range places {
		list = append(list, p.line)
	}
	return append(list, lineLate, lineCancelled, importedWords[importRejected].line)
}

// ReconcileRows lists the rows of a line of a bridge.
func (e *Engine) ReconcileRows(ctx context.Context, r ReconcileRowsRequest) (ReconcileRows, error) {
	at, ok := lineRows(r.Line)
	isRejected := r.Line == importedWords[importRejected].line
	if !ok && !isRejected {
		if slices.ContainsFunc(importedWords[:], func(w struct{ line, words string }) bool { return w.line == r.Line }) {
			return ReconcileRows{}, fmt.Errorf("rows that are %s are not stored: they are in the source's own files", strings.ReplaceAll(r.Line, "_", " "))
		}
		return ReconcileRows{}, fmt.Errorf("no line is called %q%s; there are %s", r.Line, hint(r.Line, lineNames()), strings.Join(lineNames(), ", "))
	}
	b, read, err := e.bridge(ctx, r.ReconcileRequest)
	if err != nil {
		return ReconcileRows{}, err
	}
	if isRejected {
		out := ReconcileRows{AsOf: read.asOf, Line: r.Line, Words: importedWords[importRejected].words, Kind: b.Metric.Kind, Currency: e.Strategy.Currency, Rows: []ReconcileRow{}}
		return out, e.rejectedRows(ctx, b, r, &out)
	}
	plan, err := b.Rows(at, r.Source, r.Kind, r.Limit, r.Offset)
	if err != nil {
		return ReconcileRows{}, err
	}
	out := ReconcileRows{AsOf: read.asOf, Line: r.Line, Words: r.Line, Kind: b.Metric.Kind, Currency: e.Strategy.Currency, Rows: []ReconcileRow{}}
	if len(at.Places) == 1 && !at.Late && !at.Cancelled {
		out.Words = places[at.Places[0]].words
	}
	term := e.isTerm(b.Metric.Kind)
	err = e.each(ctx, plan, func(row []any) {
		x := ReconcileRow{
			Source: text(row[0]), ID: text(row[1]), Account: text(row[2]), Name: text(row[3]), Product: text(row[4]),
			Starts: period.Date(whole(row[5]) / period.MicrosPerDay),
		}
		if !term {
			x.Starts = e.Strategy.Zone.Date(whole(row[5]))
		}
		if ends, ok := row[6].(int64); ok && period.Date(ends) != period.Open {
			day := period.Date(ends)
			x.Ends = &day
		}
		if amount, ok := row[8].(int64); ok {
			x.Written = &Written{Minor: amount, Currency: money.Currency(text(row[7]))}
		}
		if minor, ok := row[9].(int64); ok {
			x.Minor = &minor
		}
		place := int(whole(row[11]))
		x.Line, x.Why = places[place].line, e.whyThere(place, x, text(row[10]), out)
		out.Rows = append(out.Rows, x)
	})
	return out, err
}

func (e *Engine) isTerm(kind string) bool {
	k, _ := e.Strategy.Kind(kind)
	return k.Timing == "term"
}

// whyThere says in words why a row ends where it does.
func (e *Engine) whyThere(place int, x ReconcileRow, instead string, out ReconcileRows) string {
	switch place {
	case query.BridgeLater:
		return "begins on " + x.Starts.String()
	case query.BridgeEnded:
		if x.Ends != nil {
			return "ended before " + x.Ends.String()
		}
	case query.BridgeReplaced:
		if instead != "" {
			return "replaced by " + plainID(instead)
		}
	case query.BridgeUnmatched:
		if x.Account == "" {
			return "names no account"
		}
		return fmt.Sprintf("no source lists account %s", plainID(x.Account))
	case query.BridgeNoRate:
		return fmt.Sprintf("no exchange rate from %s to %s", x.Written.Currency, out.Currency)
	case query.BridgeUntold:
		return "another row of the customer has no amount or no rate, or its source is out of date"
	case query.BridgeCounted:
		if x.Ends != nil && *x.Ends <= out.AsOf {
			return "counts: ended before " + x.Ends.String() + ", renewal open"
		}
		return "counts"
	}
	return places[place].words
}
