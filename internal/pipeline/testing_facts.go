package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse"
)

// currencyOf is the column beside an amount that says its currency. No column
// of a fact kind has a space.
func currencyOf(column string) string { return column + " currency" }

// testRow is one row of a test, with what it leaves out.
type testRow struct {
	customer string
	at       diag.Pos
	cells    map[string]spec.TestCell
}

// text returns a cell; "" is missing.
func (r testRow) text(column string) string {
	c := r.cells[column]
	if c.Missing {
		return ""
	}
	return strings.TrimSpace(c.Text)
}

// fill writes a cell that the test leaves out.
func (r testRow) fill(column, text string) {
	if _, ok := r.cells[column]; !ok {
		r.cells[column] = spec.TestCell{Column: column, Text: text, Pos: r.at}
	}
}

// load stores the test's facts, and makes them the sources of its strategy.
func (t *trial) load(ctx context.Context, s *spec.Strategy) error {
	own := *s
	own.Sources = nil
	t.strategy = &own
	if err := t.house.Prepare(ctx, s.Kinds); err != nil {
		return err
	}
	accounts := map[string]bool{}
	for i, k := range t.kinds() {
		rows := t.rows(k)
		if k.Name == fact.AccountKind {
			for _, r := range rows {
				accounts[r.text(fact.ColAccount)] = true
			}
		}
		mapping, header := t.mapping(k, rows)
		own.Sources = append(own.Sources, mapping)
		if err := t.loadRows(ctx, k, int64(i+1), mapping, header, t.known(k, rows, accounts)); err != nil {
			return fmt.Errorf("load %s: %w", k.Name, err)
		}
	}
	return nil
}

// kinds returns the fact kinds that the test mentions, accounts first.
func (t *trial) kinds() []fact.Kind {
	mentioned := map[string]bool{fact.AccountKind: true}
	for _, golden := range t.test.Customers {
		for _, name := range golden.Kinds {
			mentioned[name] = true
		}
	}
	var list []fact.Kind
	for _, k := range t.strategy.Kinds {
		if mentioned[k.Name] {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b fact.Kind) int {
		return turn(fact.Mapping{Kind: a.Name}) - turn(fact.Mapping{Kind: b.Name})
	})
	return list
}

// rows returns the rows of a kind, in the order of the customers.
func (t *trial) rows(k fact.Kind) []testRow {
	var list []testRow
	for _, golden := range t.test.Customers {
		n, own := 0, false
		for _, f := range golden.Facts {
			if f.Kind != k.Name {
				continue
			}
			n++
			r := testRow{customer: golden.Name, at: f.Pos, cells: map[string]spec.TestCell{}}
			for _, c := range f.Cells {
				r.cells[c.Column] = c
			}
			t.complete(k, r, n)
			own = own || r.text(fact.ColAccount) == golden.Name
			list = append(list, r)
		}
		if k.Name == fact.AccountKind && !own {
			r := testRow{customer: golden.Name, at: golden.Pos, cells: map[string]spec.TestCell{}}
			t.complete(k, r, 0)
			list = append(list, r)
		}
	}
	return list
}

// complete fills in what a row may leave out.
func (t *trial) complete(k fact.Kind, r testRow, nth int) {
	if k.IsAboutAccounts() {
		r.fill(fact.ColAccount, r.customer)
	}
	if c, ok := k.Column(fact.ColID); ok && c.Required {
		r.fill(fact.ColID, fmt.Sprintf("%s/%d", r.customer, nth))
	}
	if k.Timing == fact.Version {
		r.fill(fact.ColValidFrom, period.Earliest.String())
	}
	if k.Name == fact.AccountKind {
		if _, ok := k.Column("name"); ok {
			r.fill("name", r.text(fact.ColAccount))
		}
	}
	c, ok := k.Column("contact")
	byContact := t.strategy.Grain.Level == customer.ByContact
	switch {
	case ok && (byContact || c.Required && nth <= 1):
		r.fill("contact", r.customer)
	case ok && c.Required:
		r.fill("contact", fmt.Sprintf("%s/%d", r.customer, nth))
	}
}

// known returns the rows whose accounts the test has, and notes the others.
func (t *trial) known(k fact.Kind, rows []testRow, accounts map[string]bool) []testRow {
	var kept []testRow
	for _, r := range rows {
		ok := true
		for _, c := range k.Columns {
			if name := r.text(c.Name); c.Type == fact.Account && name != "" && !accounts[name] {
				ok = false
				t.fail(r, k, r.cells[c.Name].Pos, fmt.Sprintf("%s: the test has no account %q", c.Name, name))
			}
		}
		if ok {
			kept = append(kept, r)
		}
	}
	return kept
}

func (t *trial) fail(r testRow, k fact.Kind, at diag.Pos, why string) {
	t.failures[r.customer] = append(t.failures[r.customer], TestFailure{At: at, Name: k.Name, Why: why})
}

// mapping returns the source of a kind's rows: it gives every column, each by
// its own name, and everything up to the test's date is covered.
func (t *trial) mapping(k fact.Kind, rows []testRow) (m fact.Mapping, header []string) {
	fresh := 0
	m = fact.Mapping{
		Name: k.Name, Kind: k.Name, Rows: fact.Append, Complete: true, Fresh: &fresh, Pos: t.test.Pos,
		CoversFrom: period.Earliest.String(), CoversTo: t.test.AsOf.String(),
	}
	for i, c := range slices.Concat(k.Columns, k.SystemColumns()) {
		isUsed := slices.ContainsFunc(rows, func(r testRow) bool { _, ok := r.cells[c.Name]; return ok })
		if i >= len(k.Columns) && !isUsed && !c.Required {
			continue
		}
		b := fact.Binding{To: c.Name, From: c.Name, Pos: t.test.Pos}
		header = append(header, c.Name)
		if c.Type == fact.Money {
			b.Currency, b.CurrencyFrom = string(t.strategy.Currency), currencyOf(c.Name)
			header = append(header, currencyOf(c.Name))
		}
		m.Columns = append(m.Columns, b)
	}
	return m, header
}

func (t *trial) loadRows(ctx context.Context, k fact.Kind, batch int64, m fact.Mapping, header []string, rows []testRow) error {
	now := t.strategy.Zone.Start(t.test.AsOf)
	decoder, err := fact.NewDecoder(k, m, header, t.strategy.Zone, t.strategy.Currency, now)
	if err != nil {
		return err
	}
	loader, err := t.house.Load(ctx, warehouse.Loading{Kind: k, Source: m.Name, Batch: batch, Mode: m.Rows, Now: now})
	if err != nil {
		return err
	}
	var keyed warehouse.KeyedRow
	for i, r := range rows {
		rejections := decoder.Decode(i+1, r.fields(k, header), &keyed.Row)
		for _, rejection := range rejections {
			at := r.at
			if c, ok := r.cells[rejection.Column]; ok {
				at = c.Pos
			}
			t.fail(r, k, at, rejectionText(rejection))
		}
		if len(rejections) > 0 {
			continue
		}
		if err := loader.Add(keyed); err != nil {
			return err
		}
	}
	_, err = loader.Finish(ctx)
	return err
}

// rejectionText says what is wrong with a row, without the advice that is for
// the mapping of an export.
func rejectionText(r fact.Rejection) string {
	reason, _, _ := strings.Cut(r.Reason, "list it under missing")
	return r.Column + ": " + strings.TrimRight(reason, ":; ")
}

// fields returns the cells in the order of the header. An amount may be written
// with its currency: 15000 EUR.
func (r testRow) fields(k fact.Kind, header []string) [][]byte {
	fields := make([][]byte, len(header))
	for i, name := range header {
		text := r.text(name)
		c, _ := k.Column(name)
		if amount, currency, ok := strings.Cut(text, " "); ok && c.Type == fact.Money {
			if code, err := money.ParseCurrency(strings.TrimSpace(currency)); err == nil {
				text, fields[i+1] = amount, []byte(code)
			}
		}
		if fields[i] == nil {
			fields[i] = []byte(text)
		}
	}
	return fields
}
