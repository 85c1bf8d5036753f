package pipeline_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
)

// awsSubregions are those of the set.
func awsSubregions() []string {
	return []string{"ANZ", "APAC", "EU", "EU-EAST", "EU-WEST", "IND", "JAPN", "LATAM", "MEA", "NAMER", "NOR", "UKIR"}
}

// awsYears are those of the set.
func awsYears() []int { return []int{2020, 2021, 2022, 2023} }

// awsChecks defines what the checks ask for beside the example's own metrics.
func awsChecks() string {
	var b strings.Builder
	b.WriteString("metrics:\n")
	for _, year := range awsYears() {
		fmt.Fprintf(&b, "  sales_in_%d: {from: order_line, sum: sales, between: [%d-01-01, %d-01-01]}\n", year, year, year+1)
	}
	for i, name := range awsSubregions() {
		for metric, of := range map[string]string{"sales": "sum: sales", "profit": "sum: profit"} {
			fmt.Fprintf(&b, "  %s_to_%d: {from: order_line, %s, where: 'subregion == %q'}\n", metric, i, of, name)
		}
		fmt.Fprintf(&b, "  lines_to_%d: {from: order_line, count: true, where: 'subregion == %q'}\n", i, name)
		fmt.Fprintf(&b, "  deep_to_%d: {from: order_line, count: true, where: 'subregion == %q && discount > 0.2'}\n", i, name)
	}
	return b.String()
}

// aws is the imported set, evaluated as of its last day.
type aws struct {
	*example
	customers []listed
}

func TestAWSSaasSales(t *testing.T) {
	t.Parallel()
	file := []string{shared(t, "aws_saas_sales/SaaS-Sales.csv")}
	want := readAnswers(t, "aws_saas_sales")
	x := aws{example: newExample(t, withChecks(t, "aws_saas_sales", awsChecks()), map[string][]string{"customers": file, "orders": file})}
	x.runAsOf(t, "2023-12-31")
	columns := []string{"name", "industry", "lines", "orders", "sales", "profit", "segments", "products", "white_space"}
	for _, year := range awsYears() {
		columns = append(columns, fmt.Sprintf("sales_in_%d", year))
	}
	for i := range awsSubregions() {
		for _, metric := range []string{"sales", "profit", "lines", "deep"} {
			columns = append(columns, fmt.Sprintf("%s_to_%d", metric, i))
		}
	}
	x.customers = x.list(t, pipeline.CustomersRequest{Columns: columns})
	for _, check := range []struct {
		id   string
		rows func(*testing.T) [][]string
	}{
		{"AS-01", x.totals},
		{"AS-02", x.segments},
		{"AS-03", x.byIndustry},
		{"AS-04", x.byYear},
		{"AS-05", x.whiteSpace},
		{"AS-06", x.bySubregion},
		{"AS-07", x.costly},
	} {
		t.Run(check.id, func(t *testing.T) { want.is(t, check.id, check.rows(t)...) })
	}
}

// totals counts the orders customer by customer: an order is one customer's.
func (x aws) totals(t *testing.T) [][]string {
	profile, err := x.Warehouse.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := profile.Kinds["order_line"]
	first, last := time.UnixMicro(lines.FirstAt).UTC().Format(time.DateOnly), time.UnixMicro(lines.LastAt).UTC().Format(time.DateOnly)
	return [][]string{{
		figure(sum(x.customers, "lines")), figure(sum(x.customers, "orders")), whole(len(x.customers)), first, last,
		cents(sum(x.customers, "sales")), cents(sum(x.customers, "profit")),
	}}
}

func (x aws) segments(*testing.T) (rows [][]string) {
	for n := 1; n <= 3; n++ {
		of := kept(x.customers, func(c listed) bool { return c.number("segments") == float64(n) })
		rows = append(rows, []string{whole(n), whole(len(of))})
	}
	return rows
}

func (x aws) byIndustry(*testing.T) (rows [][]string) {
	of := map[string][]listed{}
	for _, c := range x.customers {
		of[c.text("industry")] = append(of[c.text("industry")], c)
	}
	names := slices.SortedFunc(maps.Keys(of), func(a, b string) int { return cmp.Compare(sum(of[b], "sales"), sum(of[a], "sales")) })
	for _, name := range names {
		sales, profit := sum(of[name], "sales"), sum(of[name], "profit")
		rows = append(rows, []string{name, whole(len(of[name])), cents(sales), cents(profit), figure(100 * profit / sales)})
	}
	return rows
}

func (x aws) byYear(*testing.T) (rows [][]string) {
	for i, year := range awsYears() {
		now, before := fmt.Sprintf("sales_in_%d", year), fmt.Sprintf("sales_in_%d", year-1)
		row := []string{whole(year), cents(sum(x.customers, now)), whole(positive(x.customers, now)), "", ""}
		if i > 0 {
			base := kept(x.customers, func(c listed) bool { return c.number(before) > 0 })
			stayed := 0.0
			for _, c := range base {
				stayed += min(c.number(now), c.number(before))
			}
			row[3], row[4] = figure(100*sum(base, now)/sum(base, before)), figure(100*stayed/sum(base, before))
		}
		rows = append(rows, row)
	}
	return rows
}

func (x aws) whiteSpace(*testing.T) (rows [][]string) {
	list := slices.SortedFunc(slices.Values(x.customers), func(a, b listed) int {
		return cmp.Or(cmp.Compare(a.number("products"), b.number("products")), strings.Compare(a.text("name"), b.text("name")))
	})
	for _, c := range list[:5] {
		rows = append(rows, []string{c.text("name"), figure(c.number("products")), figure(c.number("white_space"))})
	}
	return rows
}

func (x aws) bySubregion(*testing.T) (rows [][]string) {
	of := func(metric string, i int) float64 { return sum(x.customers, fmt.Sprintf("%s_to_%d", metric, i)) }
	names := awsSubregions()
	order := slices.SortedFunc(slices.Values([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), func(a, b int) int {
		return cmp.Compare(of("sales", b), of("sales", a))
	})
	for _, i := range order {
		rows = append(rows, []string{names[i], cents(of("sales", i)), cents(of("profit", i)), figure(100 * of("deep", i) / of("lines", i))})
	}
	return rows
}

func (x aws) costly(t *testing.T) (rows [][]string) {
	for _, c := range x.list(t, pipeline.CustomersRequest{Where: "costly", Columns: []string{"name", "sales", "profit"}, Sort: []string{"-sales"}}) {
		rows = append(rows, []string{c.text("name"), cents(c.number("sales")), cents(c.number("profit"))})
	}
	return rows
}
