package query_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// contractKind is a line of an account, of a product.
func contractKind() fact.Kind {
	return fact.Kind{Name: "contract", Timing: fact.Term, Coverage: fact.State, Key: []string{"id"}, Columns: []fact.Column{
		{Name: "account", Type: fact.Account}, {Name: "id", Type: fact.Text}, {Name: "product", Type: fact.Text}, {Name: "starts", Type: fact.Date}, {Name: "ends", Type: fact.Date, Open: true},
	}}
}

// rejected is a row of a contract that is wrong, or, without a reason, one that
// is kept. Its columns are account, id, product and the day from which it runs;
// ? is one that cannot be read.
type rejected struct{ account, id, product, starts, wrong string }

func (r rejected) row(kind fact.Kind) warehouse.KeyedRow {
	row := warehouse.KeyedRow{Row: fact.Row{Line: 2, Account: []byte(r.account), ID: []byte(r.id), ReceivedAssumed: true}}
	for i, text := range []string{r.account, r.id, r.product, r.starts, ""} {
		v := fact.Value{Text: []byte(text)}
		switch {
		case text == "?" || text == "":
			v = fact.Value{Missing: true}
		case kind.Columns[i].Type == fact.Date:
			day, _ := period.ParseDate(text)
			v, row.At = fact.Value{Int: int64(day)}, day.Micros()
		}
		if text == "?" {
			row.Unread.Columns |= 1 << i
			row.Unread.At = row.Unread.At || kind.Columns[i].Name == fact.ColStarts
		}
		row.Values = append(row.Values, v)
	}
	if r.wrong != "" {
		row.Left, row.Wrong = fact.Wrong, &fact.Rejection{File: "contracts.csv", Line: 2, Reason: r.wrong}
	}
	return row
}

func loadContracts(t *testing.T, w warehouse.Warehouse, batch int64, rows ...rejected) {
	t.Helper()
	ld, err := w.Load(t.Context(), warehouse.Loading{Kind: contractKind(), Source: "contracts", Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := ld.Add(r.row(contractKind())); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ld.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// What a rejected row might change can't be told, of its customer alone: not
// before the day from which it runs, not in a span that it is outside of, and
// until a row takes its place.
func TestRejectedRowsMightCount(t *testing.T) {
	t.Parallel()
	w, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Prepare(t.Context(), []fact.Kind{accountKind(), contractKind()}); err != nil {
		t.Fatal(err)
	}
	if err := w.Fill(t.Context(), "families", []string{"customer", "account"}, slices.Values([][]int64{{1, 1}, {1, 3}, {5, 5}})); err != nil {
		t.Fatal(err)
	}
	// accounts a, b, c get the keys 1, 3, 5, and their ids of billing those between
	if _, err := loadSaid(t.Context(), w, []said{{"a", "A", period.Earliest, false}, {"b", "B", period.Earliest, false}, {"c", "C", period.Earliest, false}}, 1); err != nil {
		t.Fatal(err)
	}
	loadContracts(t, w, 2,
		rejected{"a", "1", "core", "2026-01-01", ""}, rejected{"b", "2", "core", "2026-01-01", ""}, rejected{"c", "3", "core", "2026-01-01", ""},
		rejected{"b", "4", "core", "2026-03-01", "wrong"}, rejected{"c", "5", "?", "?", "wrong"}, rejected{"a", "6", "more", "2026-02-01", ""})
	loadContracts(t, w, 3, rejected{"b", "4", "core", "2026-03-01", ""})
	const now, before = 0, 2 // batches
	for _, tt := range []struct {
		name  string
		by    customer.Level
		day   string
		known int64
		want  string // by customer: lines, lines that began within 30 days
	}{
		{"before the row runs", customer.ByAccount, "2026-02-28", before, "1: 2 1, 3: 1 0, 5: ? ?"},
		{"on its first day", customer.ByAccount, "2026-03-01", before, "1: 2 1, 3: ? ?, 5: ? ?"},
		{"after a span of 30 days", customer.ByAccount, "2026-03-31", before, "1: 2 0, 3: ? 0, 5: ? ?"},
		{"mended", customer.ByAccount, "2026-03-01", now, "1: 2 1, 3: 2 1, 5: ? ?"},
		{"as known since", customer.ByAccount, "2026-03-01", 3, "1: 2 1, 3: 2 1, 5: ? ?"},
		{"a family", customer.ByParent, "2026-03-01", before, "1: ? ?, 5: ? ?"},
		{"each product, of which one cannot be read", customer.ByAccountProduct, "2026-03-01", before, "a core: 1 0, a more: 1 1, b core: ? ?, c core: ? ?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			day, err := period.ParseDate(tt.day)
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(t, w, tt.by, day, tt.known); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// lines counts the lines of each customer.
func lines(t *testing.T, w warehouse.Warehouse, by customer.Level, day period.Date, known int64) string {
	t.Helper()
	profile, err := w.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := period.LoadZone("UTC")
	if err != nil {
		t.Fatal(err)
	}
	count := metric.Definition{Name: "lines", Form: metric.FromFacts, Kind: "contract", Aggregate: metric.Count, Type: rule.TypeNumber}
	recent := count
	recent.Name, recent.Over = "recent", 30
	defs := query.Definitions{Currency: "USD", Zone: zone, Kinds: []fact.Kind{accountKind(), contractKind()}, Metrics: []metric.Definition{count, recent}, Order: []string{"lines", "recent"}}
	stored := query.Stored{
		Kinds: map[string]query.KindStats{"account": {Rows: 3}, "contract": {Rows: 5}}, SharedKeys: true, KnownAt: known, Gaps: profile.Gaps,
		Coverage: map[string][]query.Coverage{"contract": {{Source: "contracts", Number: 2, Ids: "main", Always: true}}},
		Code:     profile.Code, Codes: func(domain string) int64 { return profile.Texts[domain] },
	}
	request := query.Request{Grain: customer.Grain{Level: by}, AsOf: day}
	if by == customer.ByParent {
		request.Members = "families"
	}
	compiled, err := query.Compile(defs, request, stored)
	if err != nil {
		t.Fatal(err)
	}
	text, err := sqltext.Write(compiled.Plan, sqltext.DuckDB(), sqltext.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, row := range rowsOf(t, w, warehouse.Statement{Text: text.SQL, Args: text.Args}) {
		values := map[string]string{}
		for i, c := range compiled.Columns {
			values[c.Name] = fmt.Sprint(row[i])
			if row[i] == nil {
				values[c.Name] = "?"
			}
		}
		who := values["customer"]
		if by == customer.ByAccountProduct {
			code, _ := row[0].(int64)
			product, _ := profile.Text("contract.product", code&(1<<20-1))
			who = map[int64]string{1: "a", 3: "b", 5: "c"}[query.AccountOfProduct(code)] + " " + product
		}
		list = append(list, fmt.Sprintf("%s: %s %s", who, values["m_lines"], values["m_recent"]))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
