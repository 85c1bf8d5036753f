package pipeline_test

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// lawStrategy has every kind of dimension, every answer to missing data, and
// two ways to count customers.
const lawStrategy = `
name: laws
currency: USD
timezone: Europe/Berlin
late_renewal_grace: 0d
sources:
  accounts:
    files: accounts*.csv
    fact: account
    columns: {account: id, parent: parent, name: name, industry: industry, employees: employees, valid_from: since}
  contracts:
    files: contracts*.csv
    fact: contract
    columns: {id: line, account: customer, product: product, arr: {from: arr, currency: USD}, seats: seats, starts: starts, ends: ends}
  usage:
    files: usage*.csv
    fact: event
    columns: {id: id, account: customer, contact: person, name: what, quantity: n, at: at}
  surveys:
    files: marks*.csv
    fact: response
    columns: {id: id, account: customer, kind: kind, score: score, at: at}
metrics:
  arr: {from: contract, sum: arr, where: in_force}
  seats: {from: contract, sum: seats, where: in_force}
  products: {from: contract, count_distinct: product, where: in_force}
  events: {from: event, count: true, over: 28d}
  quantity: {from: event, sum: quantity, over: 28d}
  users: {from: event, count_distinct: contact, over: 28d}
  quiet: {from: event, since: true}
  mark: {from: response, last: score, over: 210d}
  usage_share: {unit: ratio, is: 'users / seats'}
  standing: {rank: arr, within: [industry]}
dimensions:
  value: {of: arr, levels: {high: 1000, medium: 300, low: 0}}
  top: {of: arr, levels: {top: p80, middle: p50, rest: p0}}
  local: {of: arr, within: industry, levels: {top: p80, rest: p0}}
  pareto: {of: arr, levels: {vital: {cumulative: 80%}, many: {cumulative: 100%}}}
  used: {of: usage_share, levels: {much: 0.1, little: 0}}
  health:
    score:
      - {of: mark, from: 0, to: 10, weight: 2}
      - {of: events, from: 0, to: 20}
    min_evidence: 60%
    levels: {good: 0.6, fair: 0.3, poor: 0}
  stage:
    levels: {large: 'employees >= 500', quiet: 'quiet > 14', active: 'true'}
  industry: {trait: industry}
segmentations:
  holding:
    segments:
      strategic: 'value == "high" && stage == "large"'
      seated: 'seats >= 20 || used == "much"'
      retail: 'industry == "Retail" && value != "low"'
      rest: 'true'
  honest:
    on_unknown: unknown
    segments:
      strategic: 'value == "high" && stage == "large"'
      seated: 'seats >= 20'
      happy: 'health == "good"'
      rest: 'true'
  blunt:
    on_unknown: "no"
    segments: {strategic: 'employees >= 500', vital: 'pareto == "vital"', rest: 'true'}
  family:
    customer: parent
    segments: {high: 'arr >= 2000', rest: 'true'}
`

// relative are the columns that depend on how others stand.
var relative = []string{"standing", "top", "local", "pareto", "blunt"}

// absolute are the columns that depend on the customer alone.
var absolute = []string{
	"arr", "seats", "products", "events", "quantity", "users", "quiet", "mark", "usage_share",
	"value", "used", "health", "stage", "industry", "holding", "honest",
}

var lawDay = time.Date(2026, 5, 15, 8, 0, 0, 0, time.UTC)

// table is a file of an export: a header and rows.
type table struct {
	head string
	rows [][]string
}

// base is what a company knows of its customers, file by file.
type base map[string]*table

func (b base) clone() base {
	c := base{}
	for name, t := range b {
		rows := make([][]string, len(t.rows))
		for i, row := range t.rows {
			rows[i] = slices.Clone(row)
		}
		c[name] = &table{t.head, rows}
	}
	return c
}

// randomBase makes n accounts. Amounts, days and marks repeat often, so that
// bounds and ties are met.
func randomBase(r *rand.Rand, n int) base {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	day := func(from string, days int) string {
		d, _ := period.ParseDate(from)
		return (d + period.Date(r.IntN(days))).String()
	}
	b := base{
		"accounts":  {head: "id,parent,name,industry,employees,since"},
		"contracts": {head: "line,customer,product,arr,seats,starts,ends"},
		"usage":     {head: "id,customer,person,what,n,at"},
		"marks":     {head: "id,customer,kind,score,at"},
	}
	add := func(name string, cells ...string) { b[name].rows = append(b[name].rows, cells) }
	for i := range n {
		id, parent := fmt.Sprintf("a%03d", i), ""
		if i > 3 && r.IntN(4) == 0 {
			parent = fmt.Sprintf("a%03d", r.IntN(i))
		}
		add("accounts", id, parent, "Name "+id, pick("Retail", "Retail", "Energy", ""), pick("10", "499", "500", "9000", ""), "2025-01-01")
		for range r.IntN(4) {
			add("contracts", fmt.Sprintf("c%04d", len(b["contracts"].rows)), id, pick("core", "plus"),
				pick("0.10", "100", "300", "299.99", "1000", "700.30"), pick("1", "10", "20", ""), day("2025-06-01", 330), pick("", "2026-05-15", "2026-05-16", "2027-01-01"))
		}
		for range r.IntN(8) {
			add("usage", fmt.Sprintf("e%05d", len(b["usage"].rows)), id, fmt.Sprintf("p%d@%s", r.IntN(4), id), pick("open", "run"), pick("1", "0.1", "2.3"), day("2026-04-01", 44)+"T10:00:00Z")
		}
		for range r.IntN(3) {
			add("marks", fmt.Sprintf("m%05d", len(b["marks"].rows)), id, "nps", pick("0", "5", "6", "10"), day("2025-11-01", 190)+"T10:00:00Z")
		}
	}
	add("usage", "last", "a000", "", "open", "1", "2026-05-15T05:00:00Z") // usage is known up to the day
	return b
}

// text is the file as an export writes it.
func (t table) text(rows [][]string) string {
	var b strings.Builder
	b.WriteString(t.head + "\n")
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows)
	return b.String()
}

// company is a project folder with its store.
type company struct {
	*importer
}

func newCompany(t testing.TB, b base, threads int) company {
	t.Helper()
	im := &importer{root: t.TempDir()}
	im.write(t, "strategy.yaml", lawStrategy)
	s, found := spec.Load(os.DirFS(im.root))
	if s == nil {
		t.Fatal(found.Err())
	}
	w, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "facts.duckdb"), duckdb.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	im.Engine = &pipeline.Engine{Warehouse: w, State: openState(t), Strategy: s}
	c := company{im}
	if len(b) > 0 {
		c.take(t, b)
	}
	return c
}

// take imports a base, a file for each table.
func (c company) take(t testing.TB, b base) pipeline.ImportReport {
	t.Helper()
	for name, table := range b {
		c.write(t, name+".csv", table.text(table.rows))
	}
	return c.read(t)
}

func (c company) read(t testing.TB) pipeline.ImportReport {
	t.Helper()
	report, err := c.Import(t.Context(), pipeline.ImportRequest{Root: c.root, Now: lawDay}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (c company) run(t testing.TB) pipeline.RunReport {
	t.Helper()
	report, err := c.Run(t.Context(), pipeline.RunRequest{Now: lawDay})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// export is everything that is known of every customer, as a file.
func (c company) export(t testing.TB, grain string, columns ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.csv")
	_, err := c.Export(t.Context(), pipeline.ExportRequest{
		Path: path, Format: "csv",
		CustomersRequest: pipeline.CustomersRequest{Columns: columns, Grain: grain},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// whole is all that a run says, at both ways to count customers.
func (c company) whole(t testing.TB) string {
	t.Helper()
	return c.export(t, "", slices.Concat(absolute, relative)...) + c.export(t, "parent", "arr", "family")
}

// customers returns the named columns of every customer, by id.
func (c company) customers(t testing.TB, columns ...string) map[string]map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(c.export(t, "", columns...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]map[string]string{}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		if list[row[0]] != nil {
			t.Errorf("customer %s is there twice", row[0])
		}
		list[row[0]] = cells
	}
	return list
}

// arrOf is the ARR in force on a day, in cents, worked out from the export.
func (b base) arrOf(id, asOf string) int64 {
	var sum int64
	for _, row := range b["contracts"].rows {
		if row[1] == id && row[5] <= asOf && (row[6] == "" || row[6] > asOf) {
			x, _ := strconv.ParseFloat(row[3], 64)
			sum += int64(x*100 + 0.5)
		}
	}
	return sum
}
