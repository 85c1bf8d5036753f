package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/query"
)

// ImportLine is one line of what became of the rows of a source's files, all
// imports together. Rows and Money are negative where they are taken away.
type ImportLine struct {
	Line  string    `json:"line"`
	Words string    `json:"words"`
	Rows  int64     `json:"rows"`
	Money []Written `json:"money"` // by currency, in its order
}

// Written is an amount as a source states it.
type Written struct {
	Currency money.Currency `json:"currency"`
	Minor    int64          `json:"minor"`
}

// String returns the amount with all decimals of its currency.
func (w Written) String() string {
	return money.Amount{Minor: w.Minor, Currency: w.Currency}.String()
}

// imported adds up the imports of one source.
type imported struct {
	n    int
	rows [importedPlaces]int64
	by   [importedPlaces]map[string]int64 // minor units, by currency
}

const (
	importRead = iota
	importUnchanged
	importRepeated
	importRejected
	importLeftOut
	importErased
	importedPlaces
)

var importedWords = [importedPlaces]struct{ line, words string }{
	{"read", "in its files, each time they were read"},
	{"unchanged", "known already"},
	{"repeated", "repeated within a file"},
	{"rejected", "rejected: wrong"},
	{"left_out", "left out by the source's condition"},
	{"erased", "about someone who was erased"},
}

func (i *imported) add(s SourceReport, column string) {
	i.n++
	for at, n := range []int64{s.Rows, s.Unchanged, s.Repeated, s.Rejected, s.LeftOut, s.Erased} {
		i.rows[at] += n
	}
	for _, m := range s.Money {
		if m.Column != column {
			continue
		}
		for at, minor := range []int64{m.Read, m.Unchanged, m.Repeated, m.Rejected, m.LeftOut, m.Erased} {
			if i.by[at] == nil {
				i.by[at] = map[string]int64{}
			}
			i.by[at][string(m.Currency)] += minor
		}
	}
}

// importsOf adds up the imports that a run has read, by source.
func (e *Engine) importsOf(ctx context.Context, b query.Bridge) (map[string]imported, error) {
	list, err := e.State.Imports(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]imported{}
	for _, x := range list {
		if x.Batch > b.Stored.KnownAt {
			continue
		}
		var s SourceReport
		if err := json.Unmarshal(x.Summary, &s); err != nil {
			return nil, fmt.Errorf("read what import %d did: %w", x.Batch, err)
		}
		if s.Kind == b.Metric.Kind {
			i := all[x.Source]
			i.add(s, b.Metric.Column)
			all[x.Source] = i
		}
	}
	return all, nil
}

// lines leads from the rows of a source's files to its live rows.
func (i imported) lines(totals []bridgeTotal, source string) []ImportLine {
	var list []ImportLine
	for at, w := range importedWords {
		rows, by := i.rows[at], i.by[at]
		if at > importRead {
			rows, by = -rows, negated(by)
		}
		if at == importRead || rows != 0 {
			list = append(list, ImportLine{Line: w.line, Words: w.words, Rows: rows, Money: amounts(by)})
		}
	}
	for _, place := range []int{query.BridgeCorrected, query.BridgeRetracted} {
		rows, by := storedAt(totals, source, func(p int) bool { return p == place })
		if rows != 0 {
			list = append(list, ImportLine{Line: places[place].line, Words: places[place].words, Rows: -rows, Money: amounts(negated(by))})
		}
	}
	rows, by := storedAt(totals, source, isLive)
	return append(list, ImportLine{Line: "live", Words: "are what it says now", Rows: rows, Money: amounts(by)})
}

// storedAt adds up the stored rows of a source at some places.
func storedAt(totals []bridgeTotal, source string, at func(place int) bool) (rows int64, by map[string]int64) {
	by = map[string]int64{}
	for _, t := range totals {
		if t.source == source && at(t.place) {
			rows += t.rows
			if t.currency != "" {
				by[t.currency] += t.amount
			}
		}
	}
	return rows, by
}

func negated(by map[string]int64) map[string]int64 {
	out := make(map[string]int64, len(by))
	for currency, minor := range by {
		out[currency] = -minor
	}
	return out
}

func amounts(by map[string]int64) []Written {
	list := []Written{}
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		if by[currency] != 0 {
			list = append(list, Written{Minor: by[currency], Currency: money.Currency(currency)})
		}
	}
	return list
}

// openImports says where the imports of a source do not come to its live rows.
func openImports(out Reconciliation) []string {
	var open []string
	for _, s := range out.Sources {
		var rows int64
		by := map[string]int64{}
		for _, l := range s.Imported[:len(s.Imported)-1] {
			rows += l.Rows
			for _, m := range l.Money {
				by[string(m.Currency)] += m.Minor
			}
		}
		live := s.Imported[len(s.Imported)-1]
		if rows != live.Rows || !slices.Equal(amounts(by), live.Money) {
			open = append(open, fmt.Sprintf("imports of %s come to %d rows and %v, it has %d and %v", s.Source, rows, amounts(by), live.Rows, live.Money))
		}
	}
	return open
}
