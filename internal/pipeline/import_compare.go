package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/state"
)

// Before is what the last import of the same source read.
type Before struct {
	At    time.Time     `json:"at"`
	Rows  int64         `json:"rows"`
	Facts int64         `json:"facts"` // different ones
	Gone  int64         `json:"gone"`  // that this import no longer lists, as far as counts tell
	Money []MoneyBefore `json:"money,omitempty"`
}

// MoneyBefore is the sum of a column's amounts in one currency, in minor units,
// without rows that were repeated or wrong.
type MoneyBefore struct {
	Column   string         `json:"column"`
	Currency money.Currency `json:"currency"`
	Then     int64          `json:"then"`
	Now      int64          `json:"now"`
}

// Fewer rows of a state are worth a warning from this share on, and from so
// many rows.
const (
	fewerShare = 0.1
	fewerRows  = 20
)

// compare holds what was read against what the last import of the source read.
func (ld *loading) compare(ctx context.Context) error {
	imports, err := ld.engine.State.Imports(ctx)
	if err != nil {
		return err
	}
	var last state.Import
	for _, i := range imports {
		if i.Source == ld.mapping.Name && i.Batch > last.Batch {
			last = i
		}
	}
	var then SourceReport
	if len(last.Summary) == 0 || json.Unmarshal(last.Summary, &then) != nil || then.Kind != ld.mapping.Kind {
		return nil
	}
	r := &ld.report
	b := Before{At: last.Ended, Rows: then.Rows, Facts: then.Loaded + then.Unchanged + then.Corrected}
	b.Gone = max(r.Retracted, b.Facts-r.Unchanged-r.Corrected-r.Erased, 0)
	now, before := sums(*r), sums(then)
	names := slices.Collect(func(yield func(string) bool) {
		for _, m := range append(slices.Clone(then.Money), r.Money...) {
			if !yield(m.Column + " " + string(m.Currency)) {
				return
			}
		}
	})
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		column, currency, _ := strings.Cut(name, " ")
		b.Money = append(b.Money, MoneyBefore{Column: column, Currency: money.Currency(currency), Then: before[name], Now: now[name]})
	}
	r.Before = &b
	ld.warnFewer(b)
	return nil
}

// sums returns the amounts that a report counts, by column and currency.
func sums(r SourceReport) map[string]int64 {
	list := map[string]int64{}
	for _, m := range r.Money {
		list[m.Column+" "+string(m.Currency)] = m.Loaded + m.Unchanged + m.Corrected
	}
	return list
}

// warnFewer warns where an export that lists what there is has lost rows.
// Snapshots are refused elsewhere, and exports of what happens may be of any
// length.
func (ld *loading) warnFewer(b Before) {
	lost := b.Rows - ld.report.Rows
	if ld.kind.Coverage != fact.State || ld.mapping.Rows == fact.Snapshot || b.Rows < fewerRows || float64(lost) < fewerShare*float64(b.Rows) {
		return
	}
	ld.warn("it has %s rows, %s (%.0f %%) fewer than on %s: is the export complete? What is no longer listed stays known; "+
		"if the files always list everything, say rows: snapshot", grouped(ld.report.Rows), grouped(lost), 100*float64(lost)/float64(b.Rows), b.At.Format(time.DateOnly))
}

// changes says in lines what is different from the last import; none where
// nothing is.
func (r ImportReport) changes() []string {
	var lines []string
	for _, s := range r.Sources {
		b := s.Before
		if b == nil || s.Loaded == 0 && s.Corrected == 0 && b.Gone == 0 && s.Rows == b.Rows {
			continue
		}
		parts := []string{fmt.Sprintf("%s new", grouped(s.Loaded)), fmt.Sprintf("%s changed", grouped(s.Corrected)), fmt.Sprintf("%s no longer listed", grouped(b.Gone))}
		lines = append(lines, fmt.Sprintf("%s, against %s: %s, before %s; %s", s.Source, b.At.Format(time.DateOnly), quantity(s.Rows, "row"), grouped(b.Rows), strings.Join(parts, ", ")))
		for _, m := range b.Money {
			if m.Then != m.Now {
				lines = append(lines, fmt.Sprintf("  %s %s: %s, before %s (%s)", strings.ReplaceAll(m.Column, "_", " "), m.Currency,
					money.Amount{Minor: m.Now, Currency: m.Currency}, money.Amount{Minor: m.Then, Currency: m.Currency}, signedAmount(m.Now-m.Then, m.Currency)))
			}
		}
	}
	if len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	return lines
}

func signedAmount(minor int64, c money.Currency) string {
	text := money.Amount{Minor: minor, Currency: c}.String()
	if minor > 0 {
		return "+" + text
	}
	return text
}

// warnTwice warns of a file whose very content was read before under another
// name.
func (ld *loading) warnTwice(ctx context.Context, f importFile, digest string) error {
	files, err := ld.engine.State.Files(ctx)
	if err != nil {
		return err
	}
	for _, known := range files {
		if known.Digest == digest && known.Source == ld.mapping.Name && known.Path != f.name {
			ld.warn("%s is the same file as %s, which was read before: its rows count once; where both are there, take one away", f.name, known.Path)
			return nil
		}
	}
	if other, ok := ld.digests[digest]; ok {
		ld.warn("%s is the same file as %s: its rows count once; take one away", f.name, other)
	}
	ld.digests[digest] = f.name
	return nil
}
