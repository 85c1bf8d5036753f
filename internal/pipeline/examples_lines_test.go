package pipeline_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/pipeline"
)

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
	all := x.list(t, pipeline.CustomersRequest{Columns: []string{
		"lines", "invoices", "cancelled", "taken_off", "given_away", "first_line", "last_line", "different",
	}})
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
