package pipeline_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
)

// cdnow reads a log of purchases whose fields stand between blanks. What is a
// customer, and the columns, differ between its files.
const cdnow = `
name: cdnow
currency: USD
timezone: UTC
customer: account
facts:
  purchase:
    timing: at
    coverage: flow
    fresh_within: never
    columns: {account: account, bought: date, value: money}
sources:
  customers: {files: log.txt, delimiter: spaces, HEADER dates: Ymd, fact: account, columns: {account: CUSTOMER}}
  purchases:
    like: customers
    fact: purchase
    covers: {from: 1997-01-01}
    columns: {account: CUSTOMER, at: DATE, bought: DATE, value: {from: VALUE, currency: USD}}
metrics:
  lines: {from: purchase, count: true}
  free: {from: purchase, count: true, where: 'value == 0'}
  days: {from: purchase, active_days: true}
  value: {from: purchase, sum: value}
  days_then: {from: purchase, active_days: true, between: [1997-01-01, 1997-10-01]}
  first_then: {from: purchase, min: bought, between: [1997-01-01, 1997-10-01]}
  last_then: {from: purchase, max: bought, between: [1997-01-01, 1997-10-01]}
  repeats: {is: 'days_then - 1'}
  recency: {is: 'days_between(first_then, last_then) / 7'}
  age: {is: 'days_between(first_then, date("1997-09-30")) / 7'}
segmentations:
  all: {segments: {everyone: 'true'}}
`

// newCDNow imports a log and evaluates it as of its last day.
func newCDNow(t *testing.T, file string, names ...string) *example {
	t.Helper()
	path := []string{shared(t, "cdnow/"+file)}
	x := newExample(t, inline(strings.NewReplacer(names...).Replace(cdnow)), map[string][]string{"customers": path, "purchases": path})
	x.runAsOf(t, "1998-06-30")
	return x
}

func TestCDNowMaster(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "cdnow")
	columns := []string{"HEADER", "", "DATE", "date", "VALUE", "dollar_value"}
	x := newCDNow(t, "CDNOW_master.txt", append(columns, "CUSTOMER", "customer_id")...)
	all := x.list(t, pipeline.CustomersRequest{Columns: []string{"lines", "free", "days", "value"}})
	t.Run("CD-01", func(t *testing.T) {
		profile, err := x.Warehouse.Profile(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		span := profile.Kinds["purchase"]
		day := func(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.DateOnly) }
		// Each day of each customer is one customer here.
		days := newCDNow(t, "CDNOW_master.txt", append(columns, "CUSTOMER", `{is: 'customer_id + "/" + date'}`)...)
		split := days.list(t, pipeline.CustomersRequest{Where: "lines > 1", Columns: []string{"lines"}})
		want.is(t, "CD-01", []string{
			figure(sum(all, "lines")), whole(len(all)), day(span.FirstAt), day(span.LastAt), cents(sum(all, "value")), figure(sum(all, "free")),
			whole(len(split)),
		})
	})
	t.Run("CD-05", func(t *testing.T) {
		var rows [][]string
		for _, band := range []struct {
			name     string
			from, to float64
		}{{"01", 1, 1}, {"02", 2, 2}, {"03-05", 3, 5}, {"06-10", 6, 10}, {"11+", 11, math.Inf(1)}} {
			of := kept(all, func(c listed) bool { return c.number("days") >= band.from && c.number("days") <= band.to })
			rows = append(rows, []string{band.name, whole(len(of)), figure(100 * sum(of, "value") / sum(all, "value"))})
		}
		want.is(t, "CD-05", rows...)
	})
}

// cdnowSummary reads what was published of the customers of the sample.
const cdnowSummary = `
name: published
currency: USD
timezone: UTC
customer: account
traits: {frequency: number, recency: number, age: number}
sources:
  customers:
    files: summary.csv
    fact: account
    columns: {account: ID, valid_from: {value: "1997-01-01"}, frequency: frequency, recency: recency, age: T}
segmentations:
  all: {segments: {everyone: 'true'}}
`

func TestCDNowSample(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "cdnow")
	x := newCDNow(t, "CDNOW_sample.txt", "HEADER", "header: none,", "CUSTOMER", `"2"`, "DATE", `"3"`, "VALUE", `"5"`)
	all := x.list(t, pipeline.CustomersRequest{Columns: []string{"lines", "repeats", "recency", "age"}})
	t.Run("CD-02", func(t *testing.T) {
		again := positive(all, "repeats")
		want.is(t, "CD-02", []string{whole(len(all)), figure(sum(all, "lines")), whole(len(all) - again)})
	})
	t.Run("CD-03", func(t *testing.T) {
		y := newExample(t, inline(cdnowSummary), map[string][]string{"customers": {shared(t, "cdnow/cdnow_customers_summary.csv")}})
		y.runAsOf(t, "1997-09-30")
		published := y.list(t, pipeline.CustomersRequest{Columns: []string{"frequency", "recency", "age"}})
		mean := func(list []listed, name string) string {
			return strconv.FormatFloat(math.Round(sum(list, name)/float64(len(list))*1e4)/1e4, 'f', -1, 64)
		}
		want.is(t, "CD-03", []string{
			whole(len(all)), figure(sum(all, "repeats")), mean(all, "recency"), mean(all, "age"),
			figure(sum(published, "frequency")), mean(published, "recency"), mean(published, "age"),
		})
		if got := fmt.Sprint(len(published)); got != whole(len(all)) {
			t.Errorf("published customers: got %s, want %d", got, len(all))
		}
	})
}
