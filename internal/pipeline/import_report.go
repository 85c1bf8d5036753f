package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/warehouse"
)

// ImportReport says what an import did.
type ImportReport struct {
	Now     time.Time      `json:"now"`
	Sources []SourceReport `json:"sources"` // in the order in which they were loaded
	Took    time.Duration  `json:"took"`

	StillUnmatched []StillUnmatched `json:"still_unmatched,omitempty"` // after the import, whenever they were loaded
	NoRates        []NoRate         `json:"no_rates,omitempty"`        // amounts that no rate converts today, whenever they were loaded
}

// SourceReport is about one source. Rows is Loaded + Unchanged + Corrected +
// Repeated + Rejected + LeftOut + Erased, and so is each sum of money, as far as
// the amounts of rejected rows can be read.
type SourceReport struct {
	Source string       `json:"source"`
	Kind   string       `json:"fact"`
	Batch  int64        `json:"batch"`
	Files  []FileReport `json:"files"`

	Rows      int64 `json:"rows"`      // read
	Loaded    int64 `json:"loaded"`    // new
	Unchanged int64 `json:"unchanged"` // known already
	Corrected int64 `json:"corrected"` // known, with other content: a new version
	Repeated  int64 `json:"repeated"`  // the same key again in this import; the later row counts
	Rejected  int64 `json:"rejected"`  // wrong
	LeftOut   int64 `json:"left_out"`  // by the source's condition
	Erased    int64 `json:"erased"`    // about someone who was erased: left out

	LeftOutUnknown int64 `json:"left_out_unknown,omitempty"` // of those: because a column that the condition asks about is empty
	Spread         int64 `json:"spread,omitempty"`           // rows of the files, where one becomes several
	Empty          int64 `json:"empty,omitempty"`            // of those: that became none, since their cells are empty

	ErasedKeys int64 `json:"erased_ids,omitempty"` // further ids of erased accounts, left out of rows of others

	Conflicts int64 `json:"conflicts"` // of the repeated: with other content
	Unmatched int64 `json:"unmatched"` // of the loaded and corrected: of no account that is known
	Retracted int64 `json:"retracted"` // stored, and no longer listed by a snapshot or left out now

	Gaps       int64 `json:"gaps,omitempty"`        // of the rejected: of accounts that are known by their ids; what would count them can't be told
	GapsClosed int64 `json:"gaps_closed,omitempty"` // rejected before, and mended or gone

	Anybodys int64 `json:"rejected_of_anybody,omitempty"` // of the rejected: no account that is known can be read in them

	TakenBack int64 `json:"taken_back,omitempty"` // of the retracted: the condition leaves them out now

	Money []MoneySplit `json:"money,omitempty"` // by column and currency

	Before *Before `json:"before,omitempty"` // the last import of the source; nil is none

	Readings         []string         `json:"readings,omitempty"` // how its files were understood, where that was found out
	Warnings         []string         `json:"warnings,omitempty"`
	ConflictExamples []string         `json:"conflict_examples,omitempty"`
	Rejections       []fact.Rejection `json:"rejections,omitempty"`   // the first few
	RejectsFile      string           `json:"rejects_file,omitempty"` // where all of them are

	Took time.Duration `json:"took"`
}

// FileReport is about one file.
type FileReport struct {
	File     string `json:"file"`
	Rows     int64  `json:"rows"`
	Rejected int64  `json:"rejected"`
	LeftOut  int64  `json:"left_out"`
	Erased   int64  `json:"erased"`
}

// MoneySplit is the sum of a column's amounts in one currency, in minor units,
// split as the rows are.
type MoneySplit struct {
	Column   string         `json:"column"`
	Currency money.Currency `json:"currency"`

	Read      int64 `json:"read"`
	Loaded    int64 `json:"loaded"`
	Unchanged int64 `json:"unchanged"`
	Corrected int64 `json:"corrected"`
	Repeated  int64 `json:"repeated"`
	Rejected  int64 `json:"rejected"`
	LeftOut   int64 `json:"left_out"`
	Erased    int64 `json:"erased"`
	Unmatched int64 `json:"unmatched"`
	Retracted int64 `json:"retracted"`
}

// summarize takes over what the warehouse says became of the rows.
func (ld *loading) summarize(loaded warehouse.Loaded) {
	r := &ld.report
	r.Loaded, r.Unchanged, r.Corrected, r.Repeated = loaded.Added, loaded.Unchanged, loaded.Corrected, loaded.Repeated
	r.Conflicts, r.Retracted = loaded.Conflicts, loaded.Retracted
	if ld.takesBack && ld.mapping.Rows != fact.Snapshot {
		r.TakenBack = loaded.Retracted
	}
	_, ofAccounts := ld.kind.Column(fact.ColAccount)
	if ofAccounts {
		r.Unmatched = loaded.Unmatched
	}
	if ofAccounts {
		r.Gaps, r.GapsClosed = loaded.Gaps, loaded.GapsClosed
	}
	r.ConflictExamples = loaded.ConflictExamples
	ld.tellHandovers(loaded)
	r.Rejections = ld.rejects.examples
	if ld.rejects.csv != nil {
		r.RejectsFile = ld.rejects.path()
	}
	for name, totals := range loaded.Money {
		s, ok := ld.money[name]
		if !ok { // only retracted
			column, currency, _ := strings.Cut(name, " ")
			s = &moneyTotal{MoneySplit: MoneySplit{Column: column, Currency: money.Currency(currency)}}
			ld.money[name] = s
		}
		s.Loaded, s.Unchanged, s.Corrected, s.Repeated = totals.Added, totals.Unchanged, totals.Corrected, totals.Repeated
		s.Retracted = totals.Retracted
		if ofAccounts {
			s.Unmatched = totals.Unmatched
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ld.money)) {
		r.Money = append(r.Money, ld.money[name].MoneySplit)
	}
}

// Lines returns the report as a table for people, with what they should look
// at beneath it.
func (r ImportReport) Lines() []string {
	table := [][]string{{"source", "rows", "new", "unchanged", "corrected", "repeated", "rejected", "left out", "erased", "unmatched", "retracted"}}
	for _, s := range r.Sources {
		table = append(table, counted(s.Source, s.Rows, s.Loaded, s.Unchanged, s.Corrected, s.Repeated, s.Rejected, s.LeftOut, s.Erased, s.Unmatched, s.Retracted))
		for _, m := range s.Money {
			row := []string{"  " + strings.ReplaceAll(m.Column, "_", " ") + " " + string(m.Currency)}
			for _, minor := range []int64{m.Read, m.Loaded, m.Unchanged, m.Corrected, m.Repeated, m.Rejected, m.LeftOut, m.Erased, m.Unmatched, m.Retracted} {
				row = append(row, amount(minor, m.Currency))
			}
			table = append(table, row)
		}
	}
	lines := aligned(dropEmpty(table, 4))
	for _, s := range r.Sources {
		lines = append(lines, s.notes(r.outside(s))...)
	}
	lines = append(lines, r.outsideElsewhere()...)
	for _, n := range r.NoRates {
		lines = append(lines, n.Words())
	}
	return append(lines, r.changes()...)
}

// notes returns what to look at in one source; outside is about its rows of no
// account.
func (s SourceReport) notes(outside []string) []string {
	var list []string
	note := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if s.Spread > 0 {
		none := ""
		if s.Empty > 0 {
			none = fmt.Sprintf("; %s of the files had nothing in those columns", quantity(s.Empty, "row"))
		}
		note("%s: %s of the files became %s%s", s.Source, quantity(s.Spread, "row"), quantity(s.Rows, "row"), none)
	}
	if s.LeftOut > 0 {
		empty := ""
		if s.LeftOutUnknown > 0 {
			empty = fmt.Sprintf(", %s of them because a column it asks about is empty", grouped(s.LeftOutUnknown))
		}
		note("%s: left out by where: %s%s", s.Source, quantity(s.LeftOut, "row"), empty)
	}
	if s.TakenBack > 0 {
		verb := "no longer match where: and were"
		if s.TakenBack == 1 {
			verb = "no longer matches where: and was"
		}
		note("%s: %s %s taken back", s.Source, quantity(s.TakenBack, "stored row"), verb)
	}
	if s.Rejected > 0 {
		where := ""
		if s.RejectsFile != "" {
			where = "; all are in " + s.RejectsFile
		}
		note("%s: %s rejected%s", s.Source, quantity(s.Rejected, "row"), where)
		for _, c := range s.Rejections {
			note("  %s", told(c))
		}
	}
	if s.Gaps > 0 && s.Kind != fact.AccountKind {
		note("  %s unknown for their customers until they are mended and imported", restingOn(s.Kind))
	}
	if s.Anybodys > 0 {
		note("  %s", anybodys(s.Anybodys, ""))
	}
	if s.GapsClosed > 0 {
		stand := "stand"
		if s.GapsClosed == 1 {
			stand = "stands"
		}
		note("%s: %s rejected before no longer %s in the way", s.Source, quantity(s.GapsClosed, "row"), stand)
	}
	if s.Conflicts > 0 {
		note("%s: %s repeated with other content; the later one counts", s.Source, quantity(s.Conflicts, "row"))
		for _, c := range s.ConflictExamples {
			note("  %s", c)
		}
	}
	if s.Erased > 0 {
		note("%s: %s about someone who was erased left out", s.Source, quantity(s.Erased, "row"))
	}
	if s.ErasedKeys > 0 {
		note("%s: %s of erased accounts left out of rows of others, which count without; who is the same by another id has to be erased by that too",
			s.Source, quantity(s.ErasedKeys, "id"))
	}
	list = append(list, outside...)
	for _, w := range s.Readings {
		for i, line := range strings.Split(w, "\n") {
			if i == 0 {
				line = s.Source + ": " + line
			}
			note("%s", line)
		}
	}
	for _, w := range s.Warnings {
		note("%s: %s", s.Source, w)
	}
	if len(list) > 0 {
		list = append([]string{""}, list...)
	}
	return list
}

func counted(name string, counts ...int64) []string {
	row := []string{name}
	for _, n := range counts {
		row = append(row, grouped(n))
	}
	return row
}

// amount returns an amount of money, and - for nothing.
func amount(minor int64, c money.Currency) string {
	if minor == 0 {
		return "-"
	}
	return money.Amount{Minor: minor, Currency: c}.String()
}

// quantity returns "1 row", "1,204 rows".
func quantity(n int64, word string) string {
	if n != 1 {
		word += "s"
	}
	return grouped(n) + " " + word
}

// grouped returns a whole number with its digits in groups of three.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// dropEmpty returns the table without the columns, from the given one on, in
// which every row has nothing.
func dropEmpty(table [][]string, from int) [][]string {
	for c := len(table[0]) - 1; c >= from; c-- {
		empty := true
		for _, row := range table[1:] {
			empty = empty && (row[c] == "0" || row[c] == "-")
		}
		if empty {
			for i := range table {
				table[i] = slices.Delete(table[i], c, c+1)
			}
		}
	}
	return table
}

// aligned returns the rows of a table as lines: the first column to the left,
// the others to the right.
func aligned(table [][]string) []string {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var lines []string
	for _, row := range table {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}
