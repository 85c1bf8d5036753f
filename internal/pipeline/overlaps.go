package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// Overlaps are contract lines that are summed although one may stand in for
// another (SEMANTICS 11).
type Overlaps struct {
	AsOf     period.Date    `json:"as_of"`
	Currency money.Currency `json:"currency"`

	Customers  int64     `json:"customers"` // accounts
	Minor      int64     `json:"arr_minor"`
	OlderMinor int64     `json:"older_arr_minor"` // what counts too much if the newest line of each stands alone
	List       []Overlap `json:"list"`            // largest ARR first
}

// Overlap is what one account has of one product in lines that overlap.
type Overlap struct {
	Account    string        `json:"account"`
	Name       string        `json:"name,omitempty"`
	Product    string        `json:"product,omitempty"`
	From       period.Date   `json:"from"`         // first day on which all lines are in force
	To         *period.Date  `json:"to,omitempty"` // first day on which one is not; none where no line ends
	Minor      int64         `json:"arr_minor"`
	OlderMinor int64         `json:"older_arr_minor"`
	Lines      []OverlapLine `json:"lines"` // the oldest first
}

// OverlapLine is one of the lines.
type OverlapLine struct {
	Line   string       `json:"line"`
	Starts period.Date  `json:"starts"`
	Ends   *period.Date `json:"ends,omitempty"`
	Minor  *int64       `json:"arr_minor"` // none where there is no exchange rate
}

// OverlapsRequest asks for the lines that overlap.
type OverlapsRequest struct {
	AsOf *period.Date `json:"as_of,omitempty"` // a day that has been run; nil is the present placement
}

// Overlaps lists contract lines that overlap on the day of a run.
func (e *Engine) Overlaps(ctx context.Context, r OverlapsRequest) (Overlaps, error) {
	read, err := e.result(ctx, r.AsOf, e.Strategy.Grain)
	if err != nil {
		return Overlaps{}, err
	}
	stored, _, err := e.stored(ctx, read.asOf)
	if err != nil {
		return Overlaps{}, err
	}
	if _, err := e.settleLinks(ctx, &stored, read.asOf, nil); err != nil {
		return Overlaps{}, err
	}
	return e.overlaps(ctx, stored, read.asOf, nil)
}

// fewSuspects is up to how many accounts are looked at by name.
const fewSuspects = 2000

// mayOverlap returns the accounts that have more than one line of a product.
func (e *Engine) mayOverlap(ctx context.Context, s query.Stored, asOf period.Date, keys []int64) ([]int64, error) {
	plan, ok := query.MayOverlap(definitions(e.Strategy), s, asOf, keys)
	if !ok {
		return nil, nil
	}
	var accounts []int64
	err := e.each(ctx, plan, func(row []any) { accounts = append(accounts, whole(row[0])) })
	if err != nil {
		return nil, fmt.Errorf("look for contract lines that overlap: %w", err)
	}
	return accounts, nil
}

// overlaps finds lines that overlap; keys, when not nil, are the accounts' keys
// that matter.
func (e *Engine) overlaps(ctx context.Context, s query.Stored, asOf period.Date, keys []int64) (Overlaps, error) {
	out := Overlaps{AsOf: asOf, Currency: e.Strategy.Currency, List: []Overlap{}}
	if !e.asksInForce() {
		return out, nil
	}
	suspects, err := e.mayOverlap(ctx, s, asOf, keys)
	if err != nil || len(suspects) == 0 {
		return out, err
	}
	if keys == nil && len(suspects) <= fewSuspects && !s.SharedKeys && !s.MovedKeys && !s.Joined {
		keys = suspects // an account's number is that of its key
	}
	plan, ok := query.Overlaps(definitions(e.Strategy), s, asOf, keys)
	if !ok {
		return out, nil
	}
	var last [3]int64
	err = e.each(ctx, plan, func(row []any) {
		o := Overlap{Account: text(row[3]), Name: text(row[4]), Product: text(row[5])}
		group := [3]int64{whole(row[0]), whole(row[1]), whole(row[2])}
		if n := len(out.List); n == 0 || group != last || out.List[n-1].Product != o.Product {
			out.List = append(out.List, o)
		}
		last = group
		line := OverlapLine{Line: text(row[6]), Starts: period.Date(whole(row[7]))}
		if ends := period.Date(whole(row[8])); ends != period.Open {
			line.Ends = &ends
		}
		if minor, ok := row[9].(int64); ok {
			line.Minor = &minor
		}
		at := &out.List[len(out.List)-1]
		at.Lines = append(at.Lines, line)
	})
	if err != nil {
		return out, fmt.Errorf("look for contract lines that overlap: %w", err)
	}
	accounts := map[string]bool{}
	for i := range out.List {
		o := &out.List[i]
		o.add()
		accounts[o.Account] = true
		out.Minor, out.OlderMinor = out.Minor+o.Minor, out.OlderMinor+o.OlderMinor
	}
	out.Customers = int64(len(accounts))
	slices.SortStableFunc(out.List, func(a, b Overlap) int { return cmp.Compare(b.Minor, a.Minor) })
	return out, nil
}

// add works out what the lines come to.
func (o *Overlap) add() {
	for i, line := range o.Lines {
		o.From = line.Starts
		if line.Ends != nil && (o.To == nil || *line.Ends < *o.To) {
			o.To = line.Ends
		}
		if line.Minor == nil {
			continue
		}
		o.Minor += *line.Minor
		if i < len(o.Lines)-1 {
			o.OlderMinor += *line.Minor
		}
	}
}

// Words tells of the overlap: "2 lines of Pro overlap from 2026-03-01 to
// 2026-05-31: $12,000 + $14,000".
func (o Overlap) Words(currency money.Currency) string {
	of, when := "", "since "+o.From.String()
	if o.Product != "" {
		of = " of " + o.Product
	}
	if o.To != nil {
		when = "from " + period.Span{From: o.From, To: *o.To}.String()
	}
	const most = 4
	var amounts []string
	for i, line := range o.Lines {
		switch {
		case i == most && len(o.Lines) > most+1:
			amounts = append(amounts, fmt.Sprintf("%d more", len(o.Lines)-most))
		case i > most && len(o.Lines) > most+1:
		case line.Minor == nil:
			amounts = append(amounts, "an amount without an exchange rate")
		default:
			amounts = append(amounts, money.Amount{Minor: *line.Minor, Currency: currency}.Rounded())
		}
	}
	return fmt.Sprintf("%d lines%s overlap %s: %s", len(o.Lines), of, when, strings.Join(amounts, " + "))
}

// text returns a cell that is a text; "" is none.
func text(v any) string {
	s, _ := v.(string)
	return s
}
