package pipeline_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

// saleLine is the condition of the checks: no cancellation, more than nothing,
// for more than nothing.
const saleLine = `'!invoice.startsWith("C") && quantity > 0 && price > 0'`

// retailMonths are the months of the set.
func retailMonths() []period.Span {
	var list []period.Span
	first := period.NewDate(2010, 12, 1)
	for m := range 13 {
		list = append(list, period.Span{From: first.AddMonths(m), To: first.AddMonths(m + 1)})
	}
	return list
}

// retailChecks defines what the checks ask for beside the example's own
// metrics.
func retailChecks(countries []string) string {
	var b strings.Builder
	b.WriteString("metrics:\n  countries: {from: order_line, count_distinct: country}\n")
	for i, m := range retailMonths() {
		fmt.Fprintf(&b, "  net_%d: {from: order_line, sum: amount, between: [%s, %s]}\n", i, m.From, m.To)
		fmt.Fprintf(&b, "  sold_%d: {from: order_line, count: true, where: %s, between: [%s, %s]}\n", i, saleLine, m.From, m.To)
	}
	for i, name := range countries {
		fmt.Fprintf(&b, "  net_in_%d: {from: order_line, sum: amount, where: 'country == %q'}\n", i, name)
		fmt.Fprintf(&b, "  invoices_in_%d: {from: order_line, count_distinct: invoice, where: 'country == %q'}\n", i, name)
	}
	return b.String()
}

func TestOnlineRetail(t *testing.T) {
	t.Parallel()
	file := shared(t, "online_retail_2011/online_retail.csv.gz")
	want := readAnswers(t, "online_retail_2011")
	x := newExample(t, withChecks(t, "online_retail", ""), map[string][]string{"customers": {file}, "orders": {file}})
	countries := x.texts(t, "order_line.country")
	x.Strategy = load(t, withChecks(t, "online_retail", retailChecks(countries)))
	x.runAsOf(t, "2011-12-09") // the day of the last order
	everyone := x.list(t, pipeline.CustomersRequest{Columns: retailColumns(len(countries))})
	buyers := slices.DeleteFunc(slices.Clone(everyone), func(c listed) bool { return c.number("orders") == 0 })

	t.Run("OR-01", func(t *testing.T) {
		lines := x.imported(t, "orders")
		got := []string{fmt.Sprint(lines.Loaded), fmt.Sprint(x.imported(t, "customers").Loaded), fmt.Sprint(lines.Unmatched)}
		if wanted := []string{want["OR-01"][0][0], want["OR-01"][0][2], want["OR-01"][0][3]}; !slices.Equal(got, wanted) {
			t.Errorf("lines, customers and lines without a customer: got %v, want %v", got, wanted)
		}
	})
	t.Run("OR-02", func(t *testing.T) {
		read := x.imported(t, "orders").Money[0]
		want.is(t, "OR-02", []string{cents(float64(read.Read) / 100), cents(sum(everyone, "net")), cents(sum(everyone, "sales")), cents(sum(everyone, "returns"))})
		if got := cents(float64(read.Read-read.Unmatched) / 100); got != want["OR-02"][0][1] {
			t.Errorf("net of known customers by the import's report: got %s, want %s", got, want["OR-02"][0][1])
		}
	})
	t.Run("OR-03", func(t *testing.T) { want.is(t, "OR-03", retailCountries(everyone, countries)[:12]...) })
	t.Run("OR-04", func(t *testing.T) {
		var rows [][]string
		for i, m := range retailMonths() {
			rows = append(rows, []string{m.From.String()[:7], cents(sum(everyone, fmt.Sprintf("net_%d", i))), whole(positive(everyone, fmt.Sprintf("sold_%d", i)))})
		}
		want.is(t, "OR-04", rows...)
	})
	t.Run("OR-05", func(t *testing.T) {
		// The level below a cut goes up to the cut itself.
		want.is(t, "OR-05", []string{
			whole(len(buyers)), figure(sum(buyers, "orders")), cents(sum(buyers, "sales")),
			cuts(buyers, "recency", "recency_days", "r5", "r4", "r3", "r2"),
			cuts(buyers, "frequency", "orders", "f1", "f2", "f3", "f4"),
			cuts(buyers, "monetary", "sales", "m1", "m2", "m3", "m4"),
		})
	})
	t.Run("OR-06", func(t *testing.T) {
		var rows [][]string
		for score := 1; score <= 5; score++ {
			row := []string{whole(score)}
			for _, lens := range []string{"recency", "frequency", "monetary"} {
				n := 0
				for _, c := range buyers {
					if c.text(lens) == fmt.Sprintf("%c%d", lens[0], score) {
						n++
					}
				}
				row = append(row, whole(n))
			}
			rows = append(rows, row)
		}
		want.is(t, "OR-06", rows...)
	})
	t.Run("OR-07", func(t *testing.T) { want.is(t, "OR-07", retailCells(buyers)[:10]...) })
	t.Run("OR-08", func(t *testing.T) { want.is(t, "OR-08", concentration(buyers)...) })
	t.Run("OR-09", func(t *testing.T) {
		var names []string
		for _, m := range retailMonths() {
			names = append(names, m.From.String()[:7])
		}
		active := make([][]bool, len(buyers))
		for i, c := range buyers {
			for m := range names {
				active[i] = append(active[i], c.number(fmt.Sprintf("sold_%d", m)) > 0)
			}
		}
		want.is(t, "OR-09", retained(names, active)...)
	})
	base := slices.DeleteFunc(slices.Clone(everyone), func(c listed) bool { return c.number("first_half") <= 0 })
	t.Run("OR-10", func(t *testing.T) {
		row := retention(base)
		want.is(t, "OR-10", append([]string{row[0], row[1], cents(sum(base, "second_half"))}, row[2:]...))
	})
	t.Run("OR-11", func(t *testing.T) {
		var rows [][]string
		for _, level := range []string{"high", "low", "medium"} {
			of := slices.DeleteFunc(slices.Clone(base), func(c listed) bool { return c.text("value_then") != level })
			rows = append(rows, append([]string{level}, retention(of)...))
		}
		want.is(t, "OR-11", rows...)
	})
	t.Run("OR-12", func(t *testing.T) { want.is(t, "OR-12", x.transitions(t, everyone)...) })
	t.Run("OR-13", func(t *testing.T) {
		diamonds := x.list(t, pipeline.CustomersRequest{Where: "value_then == 'low' && value_now == 'high'", Sort: []string{"-second_half"}, Columns: []string{"first_half", "second_half"}})
		var rows [][]string
		for _, c := range diamonds[:5] {
			rows = append(rows, []string{whole(len(diamonds)), c.id, cents(c.number("first_half")), cents(c.number("second_half"))})
		}
		want.is(t, "OR-13", rows...)
	})
	t.Run("OR-14", func(t *testing.T) { x.conflicts(t, want, countries) })
	t.Run("OR-15", func(t *testing.T) {
		want.is(t, "OR-15", []string{whole(x.count(t, "orders == 0")), whole(x.count(t, "net < 0"))})
	})
	t.Run("a past date sees nothing of what came later", func(t *testing.T) {
		x.Strategy = load(t, withChecks(t, "online_retail", ""))
		x.runAsOf(t, "2011-05-31")
		past := map[string]listed{}
		for _, c := range x.list(t, pipeline.CustomersRequest{Columns: []string{"value_then", "first_half", "second_half", "net"}}) {
			past[c.id] = c
			if c.number("second_half") != 0 || math.Abs(c.number("net")-c.number("first_half")) > 1e-6 {
				t.Fatalf("%s: got %v", c.id, c.cells)
			}
		}
		for _, c := range base {
			if past[c.id].text("value_then") != c.text("value_then") {
				t.Errorf("%s: got %s as of then, %s later", c.id, past[c.id].text("value_then"), c.text("value_then"))
			}
		}
	})
}

// texts returns the texts that a column has.
func (x *example) texts(t testing.TB, domain string) []string {
	t.Helper()
	profile, err := x.Warehouse.Profile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for code := range profile.Texts[domain] + 1 {
		if s, ok := profile.Text(domain, code); ok {
			list = append(list, s)
		}
	}
	return list
}

func retailColumns(countries int) []string {
	list := []string{"net", "sales", "returns", "orders", "recency_days", "recency", "frequency", "monetary", "first_half", "second_half", "kept", "value_then", "value_now"}
	for i := range retailMonths() {
		list = append(list, fmt.Sprintf("net_%d", i), fmt.Sprintf("sold_%d", i))
	}
	for i := range countries {
		list = append(list, fmt.Sprintf("net_in_%d", i), fmt.Sprintf("invoices_in_%d", i))
	}
	return list
}

// retailCountries returns net value, customers and invoices by country, the
// largest first.
func retailCountries(list []listed, countries []string) [][]string {
	type total struct {
		row []string
		net float64
	}
	var totals []total
	for i, name := range countries {
		net, invoices := sum(list, fmt.Sprintf("net_in_%d", i)), fmt.Sprintf("invoices_in_%d", i)
		totals = append(totals, total{[]string{name, cents(net), whole(positive(list, invoices)), figure(sum(list, invoices))}, net})
	}
	slices.SortFunc(totals, func(a, b total) int { return cmp.Compare(b.net, a.net) })
	var rows [][]string
	for _, t := range totals {
		rows = append(rows, t.row)
	}
	return rows
}

// cuts returns the largest value of each level, as the checks write lists.
func cuts(list []listed, lens, of string, levels ...string) string {
	var parts []string
	for _, level := range levels {
		largest := math.Inf(-1)
		for _, c := range list {
			if c.text(lens) == level {
				largest = max(largest, c.number(of))
			}
		}
		parts = append(parts, figure(largest))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// retailCells returns the cells of recency, frequency and money, with their
// customers and sales, the most customers first.
func retailCells(list []listed) [][]string {
	count, sales := map[string]int{}, map[string]float64{}
	for _, c := range list {
		cell := c.text("recency")[1:] + c.text("frequency")[1:] + c.text("monetary")[1:]
		count[cell]++
		sales[cell] += c.number("sales")
	}
	var rows [][]string
	for cell, n := range count {
		rows = append(rows, []string{cell, whole(n), cents(sales[cell])})
	}
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Or(count[b[0]]-count[a[0]], strings.Compare(a[0], b[0])) })
	return rows
}

// concentration returns the share of sales that the largest customers hold.
func concentration(list []listed) [][]string {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b listed) int {
		return cmp.Or(cmp.Compare(b.number("sales"), a.number("sales")), strings.Compare(a.id, b.id))
	})
	total := sum(list, "sales")
	var rows [][]string
	for _, percent := range []int{1, 5, 10, 20, 50} {
		n := (len(list)*percent + 99) / 100
		rows = append(rows, []string{whole(percent), figure(100 * sum(list[:n], "sales") / total)})
	}
	return rows
}

// retention returns customers and revenue of the first half-year, and what the
// second kept of them: net, gross and logos, in percent.
func retention(base []listed) []string {
	revenue := sum(base, "first_half")
	return []string{
		whole(len(base)), cents(revenue), figure(100 * sum(base, "second_half") / revenue), figure(100 * sum(base, "kept") / revenue),
		figure(100 * float64(positive(base, "second_half")) / float64(len(base))),
	}
}

// transitions counts customers by their levels of both half-years.
//
// Two customers stand on the cut between medium and low of the second. Equal
// values have equal levels, so both are medium; the checks number customers by
// value and id and put the second of the two into low, and so does this.
func (x *example) transitions(t *testing.T, list []listed) [][]string {
	t.Helper()
	tab, err := x.Segments(t.Context(), pipeline.SegmentsRequest{Names: []string{"value_then", "value_now"}})
	if err != nil {
		t.Fatal(err)
	}
	cut := math.Inf(1)
	for _, c := range list {
		if c.text("value_now") == "medium" {
			cut = min(cut, c.number("second_half"))
		}
	}
	onCut := slices.DeleteFunc(slices.Clone(list), func(c listed) bool { return c.number("second_half") != cut })
	slices.SortFunc(onCut, func(a, b listed) int { return strings.Compare(a.id, b.id) })
	if len(onCut) != 2 || onCut[0].text("value_now") != onCut[1].text("value_now") {
		t.Fatalf("on the cut %v: got %v, want two of one level", cut, onCut)
	}
	count := func(from, to string) int64 {
		return tab.Cross.Customers[slices.Index(tab.Cross.RowPlaces, from)][slices.Index(tab.Cross.ColumnPlaces, to)]
	}
	var rows [][]string
	for _, from := range []string{"high", "low", "medium", "none"} {
		medium, low, lost := count(from, "medium"), count(from, "low"), count(from, "none")
		if onCut[1].text("value_then") == from {
			medium, low = medium-1, low+1
		}
		if from == "none" {
			lost = 0 // the check leaves out who has nothing in both
		}
		rows = append(rows, []string{from, fmt.Sprint(count(from, "high")), fmt.Sprint(medium), fmt.Sprint(low), fmt.Sprint(lost)})
	}
	return rows
}

// conflicts finds the customers with two countries, as the import did.
func (x *example) conflicts(t *testing.T, want answers, countries []string) {
	t.Helper()
	var rows [][]string
	columns := retailColumns(len(countries))
	for _, c := range x.list(t, pipeline.CustomersRequest{Where: "countries > 1", Columns: columns}) {
		var names []string
		for i, name := range countries {
			if c.number(fmt.Sprintf("invoices_in_%d", i)) > 0 {
				names = append(names, "'"+name+"'")
			}
		}
		slices.Sort(names)
		rows = append(rows, []string{c.id, "[" + strings.Join(names, ", ") + "]"})
	}
	slices.SortFunc(rows, slices.Compare)
	want.is(t, "OR-14", rows...)

	report := x.imported(t, "customers")
	for _, told := range report.ConflictExamples {
		id, _, _ := strings.Cut(told, ":")
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[0] == id }) {
			t.Errorf("the import tells of %q, who has one country", told)
		}
	}
	// Each change from one line to the next is a conflict: more than eight.
	if report.Conflicts < 8 || len(report.ConflictExamples) == 0 {
		t.Errorf("the import tells of %d conflicts, with %q", report.Conflicts, report.ConflictExamples)
	}
}

// allLines reads every line, also those without a customer, and counts them
// all as one customer.
const allLines = `
name: all_lines
currency: GBP
timezone: Europe/London
customer: parent
facts:
  line:
    timing: at
    columns: &columns
      account: account
      invoice: text
      stock: text
      description: text
      quantity: number
      price: number
      country: text
      taken: time
  different_line:
    timing: at
    key: [account, invoice, stock, description, quantity, price, country, taken]
    columns: *columns
sources:
  top: {files: top.csv, fact: account, columns: {account: account}}
  customers:
    files: lines.csv
    fact: account
    columns: {account: &of {from: CustomerID, values: {"": nobody}}, parent: {value: everyone}}
  lines:
    files: lines.csv
    fact: line
    columns: &mapped
      account: *of
      at: InvoiceDate
      taken: InvoiceDate
      invoice: InvoiceNo
      stock: StockCode
      description: Description
      quantity: Quantity
      price: UnitPrice
      country: Country
  different: {files: lines.csv, fact: different_line, columns: *mapped}
metrics:
  lines: {from: line, count: true}
  invoices: {from: line, count_distinct: invoice}
  cancelled: {from: line, count: true, where: 'invoice.startsWith("C")'}
  taken_off: {from: line, count: true, where: 'quantity < 0 && !invoice.startsWith("C")'}
  given_away: {from: line, count: true, where: 'price <= 0'}
  first_line: {from: line, min: taken}
  last_line: {from: line, max: taken}
  different: {from: different_line, count: true}
segmentations:
  all: {segments: {everyone: 'true'}}
  each: {customer: account, segments: {everyone: 'true'}}
`

func TestOnlineRetailAllLines(t *testing.T) {
	t.Parallel()
	file := []string{shared(t, "online_retail_2011/online_retail.csv.gz")}
	want := readAnswers(t, "online_retail_2011")
	x := newExample(t, fstest.MapFS{"strategy.yaml": {Data: []byte(allLines)}}, map[string][]string{
		"top": {smallFile(t, "account\neveryone\n")}, "customers": file, "lines": file, "different": file,
	})
	x.runAsOf(t, "2011-12-09")
	all := x.list(t, pipeline.CustomersRequest{Columns: []string{"lines", "invoices", "cancelled", "taken_off", "given_away", "first_line", "last_line", "different"}})
	if len(all) != 1 {
		t.Fatalf("got %d customers, want everyone as one", len(all))
	}
	c := all[0]
	number := func(name string) string { return figure(c.number(name)) }
	nobody := 0.0 // stands for the lines without a customer
	for _, c := range x.list(t, pipeline.CustomersRequest{Grain: "account", Columns: []string{"lines"}}) {
		if c.id == "nobody" {
			nobody = c.number("lines")
		}
	}
	customers := x.imported(t, "customers").Loaded - 1
	t.Run("OR-01", func(t *testing.T) {
		want.is(t, "OR-01", []string{
			number("lines"), number("invoices"), fmt.Sprint(customers), figure(nobody), number("cancelled"), number("taken_off"),
			number("given_away"), fmt.Sprint(x.imported(t, "different").Repeated), c.text("first_line"), c.text("last_line"),
		})
		if got := c.number("lines") - c.number("different"); figure(got) != want["OR-01"][0][7] {
			t.Errorf("lines less different lines: got %v, want %s", got, want["OR-01"][0][7])
		}
	})
}
