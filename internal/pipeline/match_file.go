package pipeline

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
)

// matchColumns are the columns of a file of proposals. Those that ReadMatches
// reads are proposal, decision, from and why.
var matchColumns = []string{
	"proposal", "decision", "from", "why", "strength", "id", "ids", "name", "rows", "arr",
	"same_as_id", "same_as_ids", "same_as_name", "evidence", "against", "or",
}

// WriteMatches writes proposals to a CSV file with empty columns for what is
// decided of them. Nothing in it is a formula to a spreadsheet.
func WriteMatches(path string, r MatchReport) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(matchColumns)
	for _, p := range r.Proposals {
		var evidence, or []string
		for _, e := range p.Evidence {
			evidence = append(evidence, e.Words)
		}
		for _, o := range p.Or {
			or = append(or, o.Ids+":"+o.ID)
		}
		arr := ""
		if r.Priced {
			arr = majorText(p.Minor, r.Currency)
		}
		row := []string{
			p.ID, "", "", "", string(p.Strength), p.Record.ID, p.Record.Ids, p.Record.Name, strconv.FormatInt(p.Rows, 10), arr,
			p.Into.ID, p.Into.Ids, p.Into.Name, strings.Join(evidence, "; "), strings.Join(p.Against, "; "), strings.Join(or, "; "),
		}
		for i, cell := range row {
			row[i] = defused(cell)
		}
		w.Write(row)
	}
	w.Flush()
	return errors.Join(w.Error(), os.WriteFile(path, b.Bytes(), 0o600))
}

// majorText writes an amount as a number: "1000.25".
func majorText(minor int64, c money.Currency) string {
	return strconv.FormatFloat(money.Amount{Minor: minor, Currency: c}.Major(), 'f', c.Exponent(), 64)
}

// verdicts are the words for a decision that people write.
var verdicts = map[string]state.Verdict{
	"confirm": state.Joins, "confirmed": state.Joins, "join": state.Joins, "yes": state.Joins, "y": state.Joins,
	"reject": state.Rejects, "rejected": state.Rejects, "no": state.Rejects, "n": state.Rejects,
}

// ReadMatches reads what was decided from a file that WriteMatches wrote, and
// that a spreadsheet may have written anew. It reports all rows that cannot be
// read.
func ReadMatches(path string) ([]Judged, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	head, _, _ := bytes.Cut(content, []byte("\n"))
	for _, delimiter := range ";\t" {
		if bytes.ContainsRune(head, delimiter) && !bytes.ContainsRune(head, ',') {
			r.Comma = delimiter
		}
	}
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s is empty: write it with segue match export", path)
	}
	at := map[string]int{}
	for _, name := range []string{"proposal", "decision", "from", "why"} {
		at[name] = slices.IndexFunc(rows[0], func(head string) bool { return strings.EqualFold(strings.TrimSpace(head), name) })
	}
	if at["proposal"] < 0 || at["decision"] < 0 {
		return nil, fmt.Errorf("%s has no column proposal, or none decision: write it with segue match export", path)
	}
	var list []Judged
	var problems []error
	for i, row := range rows[1:] {
		cell := func(name string) string {
			if n := at[name]; n >= 0 && n < len(row) {
				return strings.TrimSpace(row[n])
			}
			return ""
		}
		if cell("decision") == "" {
			continue
		}
		j := Judged{Line: i + 2, Proposal: cell("proposal"), Why: cell("why")}
		var ok bool
		if j.Verdict, ok = verdicts[strings.ToLower(cell("decision"))]; !ok {
			problems = append(problems, fmt.Errorf("%s:%d: decision %q: want confirm or reject, or nothing", path, j.Line, cell("decision")))
		}
		if from := cell("from"); from != "" {
			day, err := period.ParseDate(from)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: from: %w", path, j.Line, err))
			}
			j.From = &day
		}
		list = append(list, j)
	}
	return list, errors.Join(problems...)
}
