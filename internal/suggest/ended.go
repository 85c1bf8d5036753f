package suggest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// overWords are what a status says of contracts that are over.
var overWords = []string{"canceled", "cancelled", "terminated", "churned", "expired", "ended", "gekündigt", "beendet", "abgelaufen", "storniert", "résilié", "résiliée", "expiré", "terminé", "annulé", "échu"}

// pastWords are those of them that are said only once the end has come.
var pastWords = []string{"expired", "ended", "beendet", "abgelaufen", "expiré", "terminé", "échu"}

// statusNames are what the column is called that says so.
var statusNames = []string{"status", "state", "subscription_status", "contract_status", "statut", "statut_du_contrat", "etat", "vertragsstatus", "zustand"}

// standing is what a status says of the rows of a table, and which of their
// other columns are filled where it says that they are over.
type standing struct {
	column int
	words  []string         // as the rows write them, in the order in which they came
	rows   map[string]int64 // by which columns are filled: a byte for each
}

// mostPatterns bounds in how many ways rows may be filled that are counted.
const mostPatterns = 4096

func (s *standing) add(fields [][]byte, hashes []uint64) {
	if s.column >= len(fields) {
		return
	}
	text := string(bytes.TrimSpace(fields[s.column]))
	if !slices.Contains(overWords, strings.ToLower(text)) {
		return
	}
	pattern := make([]byte, len(hashes))
	for i, h := range hashes {
		if h != 0 {
			pattern[i] = 1
		}
	}
	if _, ok := s.rows[string(pattern)]; !ok && len(s.rows) >= mostPatterns {
		return
	}
	s.rows[string(pattern)]++
	if !slices.Contains(s.words, text) {
		s.words = append(s.words, text)
	}
}

// over returns the rows that the status calls over and that have none of some
// columns, "" being no column.
func (t Table) over(without ...string) (rows int64) {
	for pattern, n := range t.status.rows {
		has := slices.ContainsFunc(without, func(name string) bool {
			i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name && name != "" })
			return i >= 0 && pattern[i] == 1
		})
		if !has {
			rows += n
		}
	}
	return rows
}

// ended gives contracts that a status calls over their end, or leaves them out
// where the file has no day for it. What has been cancelled ends on that day
// where no other is given; what has ended was cancelled by then, and is no late
// renewal.
func (b *binding) ended() {
	t, canceled, ends := b.g.Table, b.g.bound["canceled_on"], b.g.bound[fact.ColEnds]
	rows := t.over()
	if rows == 0 {
		return
	}
	status := t.Columns[t.status.column]
	var words []string
	for _, text := range slices.Sorted(slices.Values(t.status.words)) {
		words = append(words, strconv.Quote(text))
	}
	b.used[status.Name] = true
	over := fmt.Sprintf(`%s.or("") in [%s]`, rowName(status.Name), strings.Join(words, ", "))
	said := fmt.Sprintf("%q is %s in %s of %s rows", status.Name, strings.Join(words, " or "), count(rows), count(t.Rows))
	switch {
	case canceled != "" && rows > t.over(canceled) && t.over(ends) > 0:
		b.endsWhenCancelled(over, said, ends, canceled)
	case canceled == "" && ends != "" && rows > t.over(ends):
		b.cancelledWhenEnded(over, said, ends)
	}
	left := t.over(ends, canceled)
	if left == 0 {
		return
	}
	where := "!(" + over + ")"
	for _, name := range []string{ends, canceled} {
		if name != "" && rows > t.over(name) {
			where += fmt.Sprintf(" || known(%s)", rowName(name))
		}
	}
	if strings.Contains(where, "||") {
		where = "(" + where + ")"
	}
	b.s.Where = append(b.s.Where, where)
	b.s.WhereWhy = append(b.s.WhereWhy, fmt.Sprintf("%s of %s rows are over, and no column says since when", count(left), count(t.Rows)))
	b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %s, and no column says since when for %s: these are left out, today and on past days (the import says how much money they carry). To see them in the past, export the day on which they ended",
		b.g.Name, said, rowsOf(left, rows)))
}

func rowsOf(n, all int64) string {
	if n == all {
		return "any"
	}
	return count(n)
}

// endsWhenCancelled ends contracts on the day of their cancellation where no
// other end is given.
func (b *binding) endsWhenCancelled(over, said, ends, canceled string) {
	day := columnOf(b.g, "canceled_on")
	n := Binding{To: fact.ColEnds, From: canceled}
	b.day(&n, day)
	n.From, n.KnownFrom, n.Examples = "", canceled, day.Examples
	n.Is = fmt.Sprintf(`date(%s ? %s : "")`, over, rowName(canceled))
	n.Why = said + "; no other column says when these end"
	i := slices.IndexFunc(b.s.Columns, func(n Binding) bool { return n.To == fact.ColEnds })
	if i < 0 {
		b.s.Columns = append(b.s.Columns, n)
		return
	}
	n.Is = fmt.Sprintf(`date(%s.or(%s ? %s : ""))`, rowName(ends), over, rowName(canceled))
	n.Why = fmt.Sprintf("%s; %s, and some of these end when they were cancelled", b.s.Columns[i].Why, said)
	n.Dates = b.s.Columns[i].Dates
	b.s.Columns[i] = n
}

// cancelledWhenEnded takes contracts that are over for cancelled on the day on
// which they end: they were by then, and wait for no renewal.
func (b *binding) cancelledWhenEnded(over, said, ends string) {
	n := Binding{To: "canceled_on", From: ends, Examples: columnOf(b.g, fact.ColEnds).Examples}
	b.day(&n, columnOf(b.g, fact.ColEnds))
	n.From, n.Is = "", fmt.Sprintf(`date(%s ? %s : "")`, over, rowName(ends))
	n.Why = said + ": by the day on which they end, and are no late renewals then"
	b.s.Columns = append(b.s.Columns, n)
	if !slices.ContainsFunc(b.g.Table.status.words, func(w string) bool { return !slices.Contains(pastWords, strings.ToLower(w)) }) {
		return
	}
	b.g.notes = append(b.g.notes, fmt.Sprintf("%s: %s; these count until the day on which they end, in %q. If they should not, write under the source: where: %s",
		b.g.Name, said, ends, "'"+strings.ReplaceAll("!("+over+")", "'", "''")+"'"))
}
