// Package warehousetest says what every warehouse must do, as tests that each
// adapter runs.
package warehousetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Open opens the warehouse in a folder, which may hold one already. The caller
// closes it.
type Open func(t *testing.T, dir string) warehouse.Warehouse

// Exercise runs the whole suite.
func Exercise(t *testing.T, open Open) {
	t.Helper()
	for _, part := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"prepare", exercisePrepare},
		{"load", exerciseLoad},
		{"versions", exerciseVersions},
		{"accounts", exerciseAccounts},
		{"moved", exerciseMoved},
		{"moved back", exerciseMovedBack},
		{"moved and personal", exerciseMovedPersonal},
		{"joined", exerciseJoined},
		{"the ledger", exerciseLedger},
		{"snapshot", exerciseSnapshot},
		{"rows left out", exerciseLeft},
		{"rows that are wrong", exerciseGaps},
		{"rows that are wrong, undone", exerciseGapsUndone},
		{"rows that are wrong, erased", exerciseGapsErased},
		{"batches", exerciseBatches},
		{"profile", exerciseProfile},
		{"erase", exerciseErase},
		{"load after erase", exerciseLoadAfterErase},
		{"order after erase", exerciseOrderAfterErase},
		{"query", exerciseQuery},
		{"export", exerciseExport},
		{"parquet", exerciseParquet},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t, open)
		})
	}
}

// Account is a kind of versions, like the catalogue's account.
func Account() fact.Kind {
	return fact.Kind{Name: "account", Timing: fact.Version, Coverage: fact.State, Key: []string{"account"}, Columns: []fact.Column{
		{Name: "account", Type: fact.Account},
		{Name: "name", Type: fact.Text},
		{Name: "parent", Type: fact.Account},
		{Name: "country", Type: fact.Text, Domain: "country"},
		{Name: "seats", Type: fact.Number},
	}}
}

// Contract is a kind of terms, like the catalogue's contract.
func Contract() fact.Kind {
	return fact.Kind{Name: "contract", Timing: fact.Term, Coverage: fact.State, Columns: []fact.Column{
		{Name: "account", Type: fact.Account, Required: true},
		{Name: "id", Type: fact.Text},
		{Name: "product", Type: fact.Text},
		{Name: "ends", Type: fact.Date, Open: true},
		{Name: "arr", Type: fact.Money},
		{Name: "supersedes", Type: fact.Text},
	}}
}

// Event is a kind of instants, like the catalogue's event.
func Event() fact.Kind {
	return fact.Kind{Name: "event", Timing: fact.At, Coverage: fact.Flow, Columns: []fact.Column{
		{Name: "account", Type: fact.Account},
		{Name: "contact", Type: fact.Contact},
		{Name: "name", Type: fact.Text, Required: true},
		{Name: "country", Type: fact.Text, Domain: "country"},
		{Name: "quantity", Type: fact.Number},
		{Name: "seen", Type: fact.Time},
		{Name: "test", Type: fact.Bool},
	}}
}

// kinds are those that setup prepares.
func kinds() []fact.Kind { return []fact.Kind{Account(), Contract(), Event()} }

// setup opens an empty warehouse with the kinds above.
func setup(t *testing.T, open Open) warehouse.Warehouse {
	t.Helper()
	return setupIn(t, open, t.TempDir())
}

func setupIn(t *testing.T, open Open, dir string) warehouse.Warehouse {
	t.Helper()
	w := open(t, dir)
	t.Cleanup(func() { w.Close() })
	if err := w.Prepare(t.Context(), kinds()); err != nil {
		t.Fatal(err)
	}
	return w
}

// Row makes a row of a kind from texts, numbers and so on by column name, and
// of "id", "at", "received" and "updated" beside its columns.
func Row(kind fact.Kind, says map[string]any) warehouse.KeyedRow {
	row := warehouse.KeyedRow{Row: fact.Row{Line: 2, AtAssumed: true, ReceivedAssumed: true}}
	for _, c := range kind.Columns {
		row.Values = append(row.Values, value(c, says[c.Name]))
	}
	if v, ok := says["account"].(string); ok {
		row.Account = []byte(v)
	}
	if v, ok := says["id"].(string); ok {
		row.ID = []byte(v)
	}
	row.File, _ = says["file"].(int)
	row.Left, _ = says["left"].(fact.Fate)
	if v, ok := says["at"]; ok {
		row.At, row.AtAssumed = micros(v), false
	}
	if v, ok := says["today"]; ok {
		row.At = micros(v)
	}
	row.Received = row.At
	if v, ok := says["received"]; ok {
		row.Received, row.ReceivedAssumed = micros(v), false
	}
	if v, ok := says["updated"]; ok {
		row.Updated = micros(v)
	}
	if reason, ok := says["wrong"].(string); ok {
		row.Left, row.Unread = fact.Wrong, unread(kind, says["unread"])
		row.Wrong = &fact.Rejection{File: "rows.csv", Line: row.Line, Reason: reason}
	}
	if v, ok := says["others"].([]string); ok {
		for _, id := range v {
			row.Others = append(row.Others, []byte(id))
		}
	}
	return row
}

// unread names what of a row of a kind cannot be read: columns, "id" and "at".
func unread(kind fact.Kind, names any) fact.Unread {
	var u fact.Unread
	list, _ := names.([]string)
	for _, name := range list {
		u.ID, u.At = u.ID || name == "id", u.At || name == "at"
		for i, c := range kind.Columns {
			if c.Name == name {
				u.Columns |= 1 << i
			}
		}
	}
	return u
}

// usd is an amount of money in cents.
type usd int64

func value(c fact.Column, v any) fact.Value {
	switch v := v.(type) {
	case nil:
		return fact.Value{Missing: true}
	case int:
		return fact.Value{Int: int64(v) * 1_000_000}
	case usd:
		return fact.Value{Int: int64(v), Currency: "USD"}
	case bool:
		if v {
			return fact.Value{Int: 1}
		}
		return fact.Value{}
	case string:
		switch c.Type {
		case fact.Date:
			return fact.Value{Int: micros(v) / period.MicrosPerDay}
		case fact.Time:
			return fact.Value{Int: micros(v)}
		}
		return fact.Value{Text: []byte(v)}
	}
	panic(fmt.Sprintf("column %s: %T", c.Name, v))
}

// micros reads a day, or takes a number of microseconds.
func micros(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		d, err := period.ParseDate(v)
		if err != nil {
			panic(err)
		}
		return d.Micros()
	}
	panic(fmt.Sprintf("%T is no time", v))
}

type says = map[string]any

// load loads rows of a kind as one batch and returns what became of them.
func load(t *testing.T, w warehouse.Warehouse, l warehouse.Loading, rows ...says) warehouse.Loaded {
	t.Helper()
	loaded, err := tryLoad(t.Context(), w, l, rows...)
	if err != nil {
		t.Fatal(err)
	}
	sum := loaded.Added + loaded.Unchanged + loaded.Corrected + loaded.Repeated
	kept := slices.DeleteFunc(slices.Clone(rows), func(r says) bool { return r["left"] != nil || r["wrong"] != nil })
	if sum != int64(len(kept)) {
		t.Errorf("got %d rows accounted for, want %d: %+v", sum, len(kept), loaded)
	}
	return loaded
}

func tryLoad(ctx context.Context, w warehouse.Warehouse, l warehouse.Loading, rows ...says) (warehouse.Loaded, error) {
	if l.Source == "" {
		l.Source = l.Kind.Name + "s"
	}
	ld, err := w.Load(ctx, l)
	if err != nil {
		return warehouse.Loaded{}, err
	}
	for _, r := range rows {
		if err := ld.Add(Row(l.Kind, r)); err != nil {
			return warehouse.Loaded{}, fmt.Errorf("%w (abort: %v)", err, ld.Abort(ctx))
		}
	}
	return ld.Finish(ctx)
}

// ask returns the rows of a query as text, one a line, values separated by a
// blank.
func ask(t *testing.T, w warehouse.Warehouse, text string, args ...any) string {
	t.Helper()
	rows, err := w.Query(t.Context(), warehouse.Statement{Text: text, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out string
	for rows.Next() {
		line := ""
		for i, v := range rows.Values() {
			if i > 0 {
				line += " "
			}
			line += fmt.Sprint(v)
		}
		out += line + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// current is the condition for rows that are not superseded.
func current(kind string) string {
	return "NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = '" + kind + "' AND s.row = f._row)"
}
