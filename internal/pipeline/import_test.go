package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

const importStrategy = `
name: test
currency: USD
timezone: Europe/Berlin
sources:
  contracts:
    files: contracts*.csv
    fact: contract
    missing: [N/A]
    columns:
      id: line
      account: customer
      arr: {from: arr, currency_from: currency}
      seats: seats
      starts: starts
      ends: ends
  usage:
    files: usage.*
    fact: event
    columns: {account: customer, at: at, name: what, quantity: n}
  accounts:
    files: accounts.csv
    fact: account
    columns: {account: id, parent: parent, name: name}
`

var importedAt = time.Date(2026, 5, 15, 8, 0, 0, 0, time.UTC)

// importer is a project folder with an empty store.
type importer struct {
	*pipeline.Engine
	root string
}

func newImporter(t testing.TB, strategy string, files map[string]string) *importer {
	t.Helper()
	im := &importer{root: t.TempDir()}
	im.write(t, "strategy.yaml", strategy)
	for name, text := range files {
		im.write(t, name, text)
	}
	s, found := spec.Load(os.DirFS(im.root))
	if s == nil {
		t.Fatal(found.Err())
	}
	w, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "facts.duckdb"), duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	im.Engine = &pipeline.Engine{Warehouse: w, State: openState(t), Strategy: s}
	return im
}

func (im *importer) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(im.root, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (im *importer) request(sources ...string) pipeline.ImportRequest {
	return pipeline.ImportRequest{Root: im.root, Sources: sources, Now: importedAt, RejectsDir: filepath.Join(im.root, "rejects")}
}

func (im *importer) load(t testing.TB, sources ...string) pipeline.ImportReport {
	t.Helper()
	report, err := im.Import(t.Context(), im.request(sources...), nil)
	if err != nil {
		t.Fatal(err)
	}
	reconcile(t, report)
	return report
}

// rows returns how many rows of a kind a reader would see.
func (im *importer) rows(t testing.TB, kind string) int64 {
	t.Helper()
	profile, err := im.Warehouse.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return profile.Kinds[kind].Rows
}

// reconcile holds every row and every amount that was read against what became
// of it.
func reconcile(t testing.TB, report pipeline.ImportReport) {
	t.Helper()
	for _, s := range report.Sources {
		if got := s.Loaded + s.Unchanged + s.Corrected + s.Repeated + s.Rejected + s.LeftOut + s.Erased; got != s.Rows {
			t.Errorf("%s: rows add up to %d, %d were read", s.Source, got, s.Rows)
		}
		for _, m := range s.Money {
			if got := m.Loaded + m.Unchanged + m.Corrected + m.Repeated + m.Rejected + m.LeftOut + m.Erased; got != m.Read {
				t.Errorf("%s: %s %s adds up to %d, %d was read", s.Source, m.Column, m.Currency, got, m.Read)
			}
		}
		var read, rejected int64
		for _, f := range s.Files {
			read, rejected = read+f.Rows, rejected+f.Rejected
		}
		if read != s.Rows || rejected != s.Rejected {
			t.Errorf("%s: files have %d rows and %d rejected, the source has %d and %d", s.Source, read, rejected, s.Rows, s.Rejected)
		}
	}
}

const (
	goodAccounts  = "id,parent,name\na1,,Acme\na2,a1,Acme Labs\na3,,Umbra\n"
	goodContracts = "line,customer,arr,currency,seats,starts,ends\n" +
		"l1,a1,1000.00,USD,10,2026-01-01,2027-01-01\nl2,a2,500.50,EUR,5,2026-02-01,\nl3,a3,70,JPY,N/A,2025-02-01,2026-02-01\n"
	goodUsage = "customer,at,what,n\na1,2026-05-01T10:00:00Z,run,1\na1,2026-05-01T10:00:00Z,run,1\na2,2026-05-02T10:00:00Z,login,\n"
)

func goodFiles() map[string]string {
	return map[string]string{"accounts.csv": goodAccounts, "contracts.csv": goodContracts, "usage.csv": goodUsage}
}

// counts is the part of a source's report that a table test can state.
func counts(s pipeline.SourceReport) string {
	return fmt.Sprintf("%s: %d rows, %d new, %d unchanged, %d corrected, %d repeated (%d conflicts), %d rejected, %d unmatched, %d retracted",
		s.Source, s.Rows, s.Loaded, s.Unchanged, s.Corrected, s.Repeated, s.Conflicts, s.Rejected, s.Unmatched, s.Retracted)
}

func allCounts(r pipeline.ImportReport) (list []string) {
	for _, s := range r.Sources {
		list = append(list, counts(s))
	}
	return list
}

func TestImport(t *testing.T) {
	t.Parallel()
	im := newImporter(t, importStrategy, goodFiles())
	// Accounts come first, so that nothing is unmatched; the same event twice
	// in one file is two events.
	want := []string{
		"accounts: 3 rows, 3 new, 0 unchanged, 0 corrected, 0 repeated (0 conflicts), 0 rejected, 0 unmatched, 0 retracted",
		"contracts: 3 rows, 3 new, 0 unchanged, 0 corrected, 0 repeated (0 conflicts), 0 rejected, 0 unmatched, 0 retracted",
		"usage: 3 rows, 3 new, 0 unchanged, 0 corrected, 0 repeated (0 conflicts), 0 rejected, 0 unmatched, 0 retracted",
	}
	if diff := cmp.Diff(allCounts(im.load(t)), want); diff != "" {
		t.Errorf("first import (-got +want):\n%s", diff)
	}
	again := im.load(t)
	for i := range want {
		want[i] = strings.Replace(want[i], "3 new, 0 unchanged", "0 new, 3 unchanged", 1)
	}
	if diff := cmp.Diff(allCounts(again), want); diff != "" {
		t.Errorf("the same import again (-got +want):\n%s", diff)
	}
	if got := im.rows(t, "event"); got != 3 {
		t.Errorf("stored events: got %d, want 3", got)
	}
	files, err := im.State.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 6 || files[0].Path != "accounts.csv" || files[0].Rows != 3 || !strings.HasPrefix(files[0].Digest, "xxh3:") {
		t.Errorf("remembered files: got %+v", files)
	}
}

func TestImportSplitsRowsAndMoney(t *testing.T) {
	t.Parallel()
	im := newImporter(t, importStrategy, goodFiles())
	im.load(t)
	im.write(t, "contracts.csv", "line,customer,arr,currency,seats,starts,ends\n"+
		"l1,a1,1000.00,USD,10,2026-01-01,2027-01-01\n"+ // unchanged
		"l2,a2,600.50,EUR,5,2026-02-01,\n"+ // corrected
		"l4,a9,20.00,USD,1,2026-01-01,\n"+ // of an unknown account
		"l5,a1,30.00,USD,1,2026-01-01,\n"+ // repeated, and then otherwise
		"l5,a1,30.00,USD,1,2026-01-01,\n"+
		"l6,a1,\"12,50\",USD,1,2026-01-01,\n"+ // not a number
		"l7,a1,40.00,USD,1,2026-01-01,2025-01-01\n"+ // ends before it starts
		"l8,,5.00,USD,1,2026-01-01,\n") // nobody's
	report := im.load(t, "contracts")
	want := []string{"contracts: 8 rows, 3 new, 1 unchanged, 1 corrected, 1 repeated (0 conflicts), 2 rejected, 2 unmatched, 0 retracted"}
	if diff := cmp.Diff(allCounts(report), want); diff != "" {
		t.Errorf("rows (-got +want):\n%s", diff)
	}
	money := []pipeline.MoneySplit{
		{Column: "arr", Currency: "EUR", Read: 60050, Corrected: 60050},
		// 1000.00 + 20.00 + 30.00 + 30.00 + 40.00 + 5.00; 12,50 cannot be read
		{Column: "arr", Currency: "USD", Read: 112500, Loaded: 5500, Unchanged: 100000, Repeated: 3000, Rejected: 4000, Unmatched: 2500},
	}
	if diff := cmp.Diff(report.Sources[0].Money, money); diff != "" {
		t.Errorf("money (-got +want):\n%s", diff)
	}
	rejects, err := os.ReadFile(report.Sources[0].RejectsFile)
	if err != nil {
		t.Fatal(err)
	}
	wantRejects := `file,line,column,value,reason,row
contracts.csv,7,arr,"12,50","""12,50"" is not a number: use a point for decimals","line=l6 | customer=a1 | arr=12,50 | currency=USD | seats=1 | starts=2026-01-01"
contracts.csv,8,ends,2025-01-01,"ends on 2025-01-01, before it starts on 2026-01-01",line=l7 | customer=a1 | arr=40.00 | currency=USD | seats=1 | starts=2026-01-01 | ends=2025-01-01
`
	if diff := cmp.Diff(string(rejects), wantRejects); diff != "" {
		t.Errorf("rejects file (-got +want):\n%s", diff)
	}
}

func TestImportTellsOfConflicts(t *testing.T) {
	t.Parallel()
	im := newImporter(t, importStrategy, goodFiles())
	im.write(t, "contracts.csv", goodContracts+"l1,a1,1000.00,USD,11,2026-01-01,2027-01-01\n")
	report := im.load(t)
	s := report.Sources[1]
	if s.Repeated != 1 || s.Conflicts != 1 || len(s.ConflictExamples) != 1 {
		t.Errorf("got %s, examples %q", counts(s), s.ConflictExamples)
	}
}

func TestImportReadsEveryFormat(t *testing.T) {
	t.Parallel()
	csv := newImporter(t, importStrategy, goodFiles())
	want := allCounts(csv.load(t))
	for _, tt := range []struct {
		name  string
		usage func(t *testing.T, im *importer)
	}{
		{"NDJSON", func(t *testing.T, im *importer) {
			im.write(t, "usage.ndjson", `{"customer":"a1","at":"2026-05-01T10:00:00Z","what":"run","n":1}
{"customer":"a1","at":"2026-05-01T10:00:00Z","what":"run","n":1}
{"customer":"a2","at":"2026-05-02T10:00:00Z","what":"login"}
`)
		}},
		{"gzip", func(t *testing.T, im *importer) {
			im.write(t, "usage.csv.gz", gzipped(t, goodUsage))
		}},
		{"Parquet", func(t *testing.T, im *importer) {
			writeParquet(t, im, "usage.parquet", `SELECT * FROM (VALUES
				('a1', TIMESTAMPTZ '2026-05-01 12:00:00+02', 'run', 1.0::DOUBLE),
				('a1', TIMESTAMPTZ '2026-05-01 12:00:00+02', 'run', 1.0::DOUBLE),
				('a2', TIMESTAMPTZ '2026-05-02 12:00:00+02', 'login', NULL)) t(customer, "at", what, n)`)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := goodFiles()
			delete(files, "usage.csv")
			im := newImporter(t, importStrategy, files)
			tt.usage(t, im)
			if diff := cmp.Diff(allCounts(im.load(t)), want); diff != "" {
				t.Errorf("counts differ from CSV (-got +want):\n%s", diff)
			}
			for _, name := range []string{"usage.ndjson", "usage.csv.gz", "usage.parquet"} {
				os.Remove(filepath.Join(im.root, name))
			}
			im.write(t, "usage.csv", goodUsage)
			again := im.load(t, "usage").Sources[0]
			if again.Unchanged != 3 {
				t.Errorf("the same rows as CSV: got %s, want all unchanged", counts(again))
			}
		})
	}
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func writeParquet(t testing.TB, im *importer, name, query string) {
	t.Helper()
	if _, err := im.Warehouse.Export(t.Context(), warehouse.Statement{Text: query}, filepath.Join(im.root, name), "parquet"); err != nil {
		t.Fatal(err)
	}
}

func TestImportSnapshot(t *testing.T) {
	t.Parallel()
	strategy := strings.Replace(importStrategy, "missing: [N/A]", "missing: [N/A]\n    rows: snapshot", 1)
	files := goodFiles()
	var lines strings.Builder
	for i := range 20 {
		fmt.Fprintf(&lines, "l%d,a1,10,USD,1,2026-01-01,\n", i)
	}
	header, _, _ := strings.Cut(goodContracts, "\n")
	all := strings.SplitAfter(lines.String(), "\n")
	files["contracts.csv"] = header + "\n" + lines.String()
	im := newImporter(t, strategy, files)
	im.load(t)

	im.write(t, "contracts.csv", header+"\n"+strings.Join(all[1:], ""))
	if got := counts(im.load(t, "contracts").Sources[0]); !strings.Contains(got, "19 unchanged") || !strings.Contains(got, "1 retracted") {
		t.Errorf("one line of twenty gone: got %s", got)
	}
	im.write(t, "contracts.csv", header+"\n"+strings.Join(all[11:], ""))
	_, err := im.Import(t.Context(), im.request("contracts"), nil)
	if !errors.Is(err, warehouse.ErrRetraction) {
		t.Fatalf("half of the lines gone: got %v, want ErrRetraction", err)
	}
	request := im.request("contracts")
	request.AllowRetract = true
	report, err := im.Import(t.Context(), request, nil)
	if err != nil || report.Sources[0].Retracted != 10 {
		t.Errorf("the same, allowed: got %v, %v", allCounts(report), err)
	}
}

func TestImportIsCancelled(t *testing.T) {
	t.Parallel()
	im := newImporter(t, importStrategy, goodFiles())
	var b strings.Builder
	b.WriteString("customer,at,what,n\n")
	for i := range 50_000 {
		fmt.Fprintf(&b, "a%d,2026-05-01T10:00:00Z,run,%d\n", i%7, i)
	}
	im.write(t, "usage.csv", b.String())
	ctx, cancel := context.WithCancel(t.Context())
	report, err := im.Import(ctx, im.request(), func(p pipeline.ImportProgress) {
		if p.Source == "usage" && p.Rows > 20_000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if len(report.Sources) != 2 {
		t.Errorf("sources loaded before: got %v", allCounts(report))
	}
	if got := im.rows(t, "event"); got != 0 {
		t.Errorf("events of the cancelled source: got %d, want 0", got)
	}
	done := im.load(t)
	if got := done.Sources[2].Loaded; got != 50_000 {
		t.Errorf("the same import again: got %s", counts(done.Sources[2]))
	}
	if got := done.Sources[1].Unchanged; got != 3 {
		t.Errorf("what had been loaded: got %s", counts(done.Sources[1]))
	}
}

func TestImportTellsProgress(t *testing.T) {
	t.Parallel()
	im := newImporter(t, importStrategy, goodFiles())
	total := int64(len(goodAccounts) + len(goodContracts) + len(goodUsage))
	var last pipeline.ImportProgress
	_, err := im.Import(t.Context(), im.request(), func(p pipeline.ImportProgress) {
		if p.Read < last.Read || p.Total != total {
			t.Errorf("progress went from %+v to %+v", last, p)
		}
		last = p
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(last, pipeline.ImportProgress{Source: "usage", File: "usage.csv", Rows: 3, Read: total, Total: total}); diff != "" {
		t.Errorf("at the end (-got +want):\n%s", diff)
	}
}
