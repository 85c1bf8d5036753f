package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/source"
)

// refuse notes a row that cannot be read. Where it only has too few or too many
// fields, and an account that is known stands where the account belongs, it is
// that one's: its facts are not whole.
func (ld *loading) refuse(ctx context.Context, bad *source.RowError, decoder *fact.Decoder, counts *FileReport) error {
	counts.Rows++
	why := fact.Rejection{Line: bad.Line, Column: bad.Column, Value: bad.Value, Reason: bad.Reason}
	isKnown, err := ld.misshapen(ctx, bad, decoder)
	if err != nil {
		return err
	}
	if isKnown && ld.ofErased().about {
		counts.Erased++
		return nil
	}
	counts.Rejected++
	if err := ld.rejects.add([]fact.Rejection{why}, nil); err != nil {
		return err
	}
	if isKnown {
		return ld.leaveGap(why, decoder.Unread(), false)
	}
	ld.countAnybodys()
	return nil
}

// countAnybodys counts a row that was rejected and may be any customer's: not a
// record of an account, which would be one of its own.
func (ld *loading) countAnybodys() {
	if ld.kind.IsAboutAccounts() && ld.kind.Name != fact.AccountKind {
		ld.report.Anybodys++
	}
}

// misshapen reads what can be read of a row with too few or too many fields,
// and reports whether the account in it is known.
func (ld *loading) misshapen(ctx context.Context, bad *source.RowError, decoder *fact.Decoder) (isKnown bool, err error) {
	if bad.Fields == nil {
		return false, nil
	}
	clear(ld.fields)
	for i, text := range bad.Fields[:min(len(bad.Fields), len(ld.fields))] {
		ld.fields[i] = []byte(text)
	}
	if !decoder.DecodeAccount(bad.Line, ld.fields, &ld.row.Row) {
		return false, nil
	}
	if _, ok := ld.erased.find("account", ld.mapping.Ids, ld.row.Account); ok {
		return true, nil
	}
	rows, err := ld.engine.query(ctx, query.HasAccount(ld.mapping.Ids, string(ld.row.Account)))
	if err != nil {
		return false, fmt.Errorf("look for the account of a row: %w", err)
	}
	return len(rows) > 0, nil
}

// Anybodys are rows of the newest import of a source that were rejected and
// name no account that is known.
type Anybodys struct {
	Source string `json:"source"`
	Rows   int64  `json:"rows"`
	File   string `json:"rejects_file,omitempty"` // where they are, among others
}

// Words says that they may count for any customer.
func (a Anybodys) Words() string { return anybodys(a.Rows, " of "+a.Source) }

// anybodys words rows that were rejected: of one source, or in a line about it.
func anybodys(rows int64, of string) string {
	word, names, it := "row", "names", "it"
	if of != "" {
		word = "rejected row"
	}
	if rows != 1 {
		names, it = "name", "they"
	}
	return fmt.Sprintf("%s%s %s no account that is known: %s may be anybody's", quantity(rows, word), of, names, it)
}

// anybodys lists them, as the strategy lists its sources.
func (e *Engine) anybodys(ctx context.Context) ([]Anybodys, error) {
	imports, err := e.State.Imports(ctx)
	if err != nil {
		return nil, err
	}
	var list []Anybodys
	for _, m := range e.Strategy.Sources {
		var report SourceReport
		for _, x := range slices.Backward(imports) {
			if x.Source != m.Name {
				continue
			}
			if len(x.Summary) == 0 { // from before summaries were kept
				break
			}
			if err := json.Unmarshal(x.Summary, &report); err != nil {
				return nil, fmt.Errorf("read what import %d did: %w", x.Batch, err)
			}
			break
		}
		if report.Anybodys > 0 {
			list = append(list, Anybodys{Source: m.Name, Rows: report.Anybodys, File: report.RejectsFile})
		}
	}
	return list, nil
}

// rejectedOfAnybody are rows that were rejected and name nobody who is known:
// whose numbers they would change can't be told.
func (x *examination) rejectedOfAnybody(ctx context.Context) ([]Finding, error) {
	list, err := x.anybodys(ctx)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, a := range list {
		where := "they are among the rejected rows of its last import"
		if a.File != "" {
			where = "see " + a.File
		}
		items := []FindingItem{{Account: noID, What: where}}
		f := x.finding(Finding{
			Name: "anybody." + a.Source, Title: a.Words(),
			Do: "mend the rows and import again: until then any customer may have more than is shown",
		}, items)
		f[0].Rows = a.Rows
		found = append(found, f...)
	}
	return found, nil
}
