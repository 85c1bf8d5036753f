package pipeline_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

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

// retail is the imported set, evaluated as of its last day.
type retail struct {
	*example
	want      answers
	countries []string
	everyone  []listed
	buyers    []listed // with a sale
	base      []listed // with value in the first half-year
}

func TestOnlineRetail(t *testing.T) {
	t.Parallel()
	file := []string{shared(t, "online_retail_2011/online_retail.csv.gz")}
	x := retail{want: readAnswers(t, "online_retail_2011")}
	x.example = newExample(t, withChecks(t, "online_retail", ""), map[string][]string{"customers": file, "orders": file})
	x.countries = x.texts(t, "order_line.country")
	x.Strategy = load(t, withChecks(t, "online_retail", retailChecks(x.countries)))
	x.runAsOf(t, "2011-12-09")
	x.everyone = x.list(t, pipeline.CustomersRequest{Columns: retailColumns(len(x.countries))})
	x.buyers = kept(x.everyone, func(c listed) bool { return c.number("orders") > 0 })
	x.base = kept(x.everyone, func(c listed) bool { return c.number("first_half") > 0 })
	for _, check := range []struct {
		id   string
		rows func(*testing.T) [][]string
	}{
		{"OR-02", x.totals},
		{"OR-03", func(*testing.T) [][]string { return retailCountries(x.everyone, x.countries)[:12] }},
		{"OR-04", x.months},
		{"OR-05", x.scores},
		{"OR-06", x.scored},
		{"OR-07", func(*testing.T) [][]string { return retailCells(x.buyers)[:10] }},
		{"OR-08", func(*testing.T) [][]string { return concentration(x.buyers) }},
		{"OR-09", x.cohorts},
		{"OR-10", func(*testing.T) [][]string {
			row := retention(x.base)
			return [][]string{append([]string{row[0], row[1], cents(sum(x.base, "second_half"))}, row[2:]...)}
		}},
		{"OR-11", x.retentionByValue},
		{"OR-12", x.transitions},
		{"OR-13", x.diamonds},
		{"OR-14", x.conflicts},
		{"OR-15", func(t *testing.T) [][]string {
			return [][]string{{whole(x.count(t, "orders == 0")), whole(x.count(t, "net < 0"))}}
		}},
	} {
		t.Run(check.id, func(t *testing.T) { x.want.is(t, check.id, check.rows(t)...) })
	}
	t.Run("the import counts what it reads", x.counted)
	t.Run("a past date sees nothing of what came later", x.past)
}

// counted compares the import's report with OR-01 and OR-02.
func (x retail) counted(t *testing.T) {
	lines := x.imported(t, "orders")
	got := []string{fmt.Sprint(lines.Loaded), fmt.Sprint(x.imported(t, "customers").Loaded), fmt.Sprint(lines.Unmatched)}
	want := x.want["OR-01"][0]
	if want := []string{want[0], want[2], want[3]}; !slices.Equal(got, want) {
		t.Errorf("lines, customers and lines without a customer: got %v, want %v", got, want)
	}
	known := lines.Money[0].Read - lines.Money[0].Unmatched
	if got, want := cents(float64(known)/100), x.want["OR-02"][0][1]; got != want {
		t.Errorf("net value of known customers: got %s, want %s", got, want)
	}
}

// totals returns the net value of all lines, and of known customers net value,
// sales and cancellations.
func (x retail) totals(t *testing.T) [][]string {
	all := float64(x.imported(t, "orders").Money[0].Read) / 100
	return [][]string{{cents(all), cents(sum(x.everyone, "net")), cents(sum(x.everyone, "sales")), cents(sum(x.everyone, "returns"))}}
}

func (x retail) months(*testing.T) (rows [][]string) {
	for i, m := range retailMonths() {
		net, active := sum(x.everyone, fmt.Sprintf("net_%d", i)), positive(x.everyone, fmt.Sprintf("sold_%d", i))
		rows = append(rows, []string{m.From.String()[:7], cents(net), whole(active)})
	}
	return rows
}

// scores returns totals and cut points. The level below a cut goes up to the
// cut itself.
func (x retail) scores(*testing.T) [][]string {
	return [][]string{{
		whole(len(x.buyers)), figure(sum(x.buyers, "orders")), cents(sum(x.buyers, "sales")),
		cuts(x.buyers, "recency", "recency_days", "r5", "r4", "r3", "r2"),
		cuts(x.buyers, "frequency", "orders", "f1", "f2", "f3", "f4"),
		cuts(x.buyers, "monetary", "sales", "m1", "m2", "m3", "m4"),
	}}
}

func (x retail) scored(*testing.T) (rows [][]string) {
	for score := 1; score <= 5; score++ {
		row := []string{whole(score)}
		for _, lens := range []string{"recency", "frequency", "monetary"} {
			level := fmt.Sprintf("%c%d", lens[0], score)
			row = append(row, whole(len(kept(x.buyers, func(c listed) bool { return c.text(lens) == level }))))
		}
		rows = append(rows, row)
	}
	return rows
}

func (x retail) cohorts(*testing.T) [][]string {
	var names []string
	active := make([][]bool, len(x.buyers))
	for m, month := range retailMonths() {
		names = append(names, month.From.String()[:7])
		for i, c := range x.buyers {
			active[i] = append(active[i], c.number(fmt.Sprintf("sold_%d", m)) > 0)
		}
	}
	return retained(names, active)
}

func (x retail) retentionByValue(*testing.T) (rows [][]string) {
	for _, level := range []string{"high", "low", "medium"} {
		of := kept(x.base, func(c listed) bool { return c.text("value_then") == level })
		rows = append(rows, append([]string{level}, retention(of)...))
	}
	return rows
}

func (x retail) diamonds(t *testing.T) (rows [][]string) {
	list := x.list(t, pipeline.CustomersRequest{
		Where: "value_then == 'low' && value_now == 'high'", Sort: []string{"-second_half"}, Columns: []string{"first_half", "second_half"},
	})
	for _, c := range list[:5] {
		rows = append(rows, []string{whole(len(list)), c.id, cents(c.number("first_half")), cents(c.number("second_half"))})
	}
	return rows
}

// past evaluates the last day of the first half-year, for which nothing may be
// otherwise than it is later.
func (x retail) past(t *testing.T) {
	x.Strategy = load(t, withChecks(t, "online_retail", ""))
	x.runAsOf(t, "2011-05-31")
	past := map[string]listed{}
	for _, c := range x.list(t, pipeline.CustomersRequest{Columns: []string{"value_then", "first_half", "second_half", "net"}}) {
		past[c.id] = c
		if c.number("second_half") != 0 || math.Abs(c.number("net")-c.number("first_half")) > 1e-6 {
			t.Fatalf("%s: got %v", c.id, c.cells)
		}
	}
	for _, c := range x.base {
		if got, want := past[c.id].text("value_then"), c.text("value_then"); got != want {
			t.Errorf("%s: got %s as of then, %s later", c.id, got, want)
		}
	}
}

// texts returns the texts that a column has.
func (x *example) texts(t testing.TB, domain string) []string {
	t.Helper()
	profile, err := x.Warehouse.Profile(t.Context(), 0)
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
	list := []string{
		"net", "sales", "returns", "orders", "recency_days", "recency", "frequency", "monetary",
		"first_half", "second_half", "kept", "value_then", "value_now",
	}
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
func (x retail) transitions(t *testing.T) (rows [][]string) {
	t.Helper()
	tab, err := x.Segments(t.Context(), pipeline.SegmentsRequest{Names: []string{"value_then", "value_now"}})
	if err != nil {
		t.Fatal(err)
	}
	cut := math.Inf(1)
	for _, c := range x.everyone {
		if c.text("value_now") == "medium" {
			cut = min(cut, c.number("second_half"))
		}
	}
	onCut := kept(x.everyone, func(c listed) bool { return c.number("second_half") == cut })
	slices.SortFunc(onCut, func(a, b listed) int { return strings.Compare(a.id, b.id) })
	if len(onCut) != 2 || onCut[0].text("value_now") != onCut[1].text("value_now") {
		t.Fatalf("on the cut %v: got %v, want two of one level", cut, onCut)
	}
	count := func(from, to string) int64 {
		return tab.Cross.Customers[slices.Index(tab.Cross.RowPlaces, from)][slices.Index(tab.Cross.ColumnPlaces, to)]
	}
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

// conflicts returns the customers with two countries, and holds what the import
// tells against them.
func (x retail) conflicts(t *testing.T) (rows [][]string) {
	for _, c := range x.list(t, pipeline.CustomersRequest{Where: "countries > 1", Columns: retailColumns(len(x.countries))}) {
		var names []string
		for i, name := range x.countries {
			if c.number(fmt.Sprintf("invoices_in_%d", i)) > 0 {
				names = append(names, "'"+name+"'")
			}
		}
		slices.Sort(names)
		rows = append(rows, []string{c.id, "[" + strings.Join(names, ", ") + "]"})
	}
	slices.SortFunc(rows, slices.Compare)
	report := x.imported(t, "customers")
	for _, told := range report.ConflictExamples {
		id, _, _ := strings.Cut(told, ":")
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[0] == id }) {
			t.Errorf("the import tells of %q, who has one country", told)
		}
	}
	// Each change from one line to the next is a conflict.
	if report.Conflicts < int64(len(rows)) || len(report.ConflictExamples) == 0 {
		t.Errorf("the import tells of %d conflicts, with %q", report.Conflicts, report.ConflictExamples)
	}
	return rows
}
