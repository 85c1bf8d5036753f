package pipeline_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/warehouse"
)

const guardStrategy = `
name: guard
currency: USD
base: {when: 'arr > 0'}
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, name: name}}
  contracts:
    files: contracts.csv
    fact: contract
    rows: snapshot
    columns: {id: line, account: customer, arr: {from: arr, currency: USD}, starts: starts}
metrics:
  arr: {from: contract, sum: arr, where: in_force}
segmentations:
  coverage: {segments: {high: 'arr >= 1000', rest: 'true'}}
`

// A run in which half of the customers would leave stops, names some of them
// and leaves what was shown as it was; it goes on when told to.
func TestRunGuardsTheBase(t *testing.T) {
	t.Parallel()
	export := func(n int) string {
		var b strings.Builder
		b.WriteString("line,customer,arr,starts\n")
		for i := range n {
			fmt.Fprintf(&b, "c%02d,a%02d,%d,2026-01-01\n", i, i, 100*(i+1))
		}
		return b.String()
	}
	accounts := "id,name\n"
	for i := range 20 {
		accounts += fmt.Sprintf("a%02d,Customer %02d\n", i, i)
	}
	im := newImporter(t, guardStrategy, map[string]string{"accounts.csv": accounts, "contracts.csv": export(20)})
	im.load(t)
	c := company{im}
	c.run(t)
	want := c.export(t, "", "arr", "coverage")
	tables := resultTables(t, im)

	im.write(t, "contracts.csv", export(10))
	request := im.request()
	request.AllowRetract = true
	if _, err := im.Import(t.Context(), request, nil); err != nil {
		t.Fatal(err)
	}
	_, err := im.Run(t.Context(), pipeline.RunRequest{Now: lawDay})
	var leavers *pipeline.LeaversError
	if !errors.As(err, &leavers) {
		t.Fatalf("got %v, want it to stop for the leavers", err)
	}
	if leavers.Customers != 10 || leavers.Of != 20 || !strings.Contains(err.Error(), "Customer 19") || !strings.Contains(err.Error(), "--accept-leavers") {
		t.Errorf("got %v", err)
	}
	if got := c.export(t, "", "arr", "coverage"); got != want {
		t.Errorf("what is shown has changed:\n%s", cmp.Diff(got, want))
	}
	if diff := cmp.Diff(resultTables(t, im), tables); diff != "" {
		t.Errorf("the run that stopped left something (-got +want):\n%s", diff)
	}
	report, err := im.Run(t.Context(), pipeline.RunRequest{Now: lawDay, AcceptLeavers: true})
	if err != nil || report.Grains[0].Customers != 10 {
		t.Errorf("told to go on: got %+v, %v", report.Grains, err)
	}
}

// resultTables are the tables that runs have made.
func resultTables(t testing.TB, im *importer) []string {
	t.Helper()
	rows, err := im.Warehouse.Query(t.Context(), warehouse.Statement{Text: `
		SELECT table_name FROM information_schema.tables
		WHERE table_name LIKE 'result_%' OR table_name LIKE 'members_%' ORDER BY table_name`})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		list = append(list, fmt.Sprint(rows.Values()...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
