package bench_test

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state/sqlite"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

const (
	importRows     = 10_000_000
	importAccounts = 100_000
	sheetRows      = 200_000
	ordersSize     = 84_000_000 // bytes
)

// importStrategy reads each of the files that the benchmark of imports writes.
const importStrategy = `
name: imports
currency: USD
timezone: UTC
traits:
  country: {type: text}
  seats: {type: number}
facts:
  order_line:
    timing: at
    coverage: flow
    columns:
      account: {type: account}
      invoice: {type: text, required: true}
      stock: {type: text}
      description: {type: text}
      quantity: {type: number, required: true}
      price: {type: number}
      country: {type: text}
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, name: name}}
  event: {files: event.csv, fact: event, columns: {account: customer, contact: person, name: what, feature: feature, quantity: n, at: at}}
  event_id: {files: event_id.csv, fact: event, columns: {id: id, account: customer, contact: person, name: what, feature: feature, quantity: n, at: at}}
  reading: {files: reading.csv, fact: reading, columns: {account: customer, name: what, starts: day, value: n}}
  orders:
    files: orders.csv
    fact: order_line
    columns: {account: CustomerID, invoice: InvoiceNo, stock: StockCode, description: Description, quantity: Quantity, price: UnitPrice, country: Country, at: InvoiceDate}
  sheet: {files: sheet.xlsx, fact: account, columns: {account: id, name: name, country: country, seats: seats}}
segmentations:
  all: {segments: {everybody: 'true'}}
`

// BenchmarkImport imports files from the disk into an empty store, and the same
// file again. Each import is a process of its own.
func BenchmarkImport(b *testing.B) {
	rows := importRows
	if n, err := strconv.Atoi(os.Getenv("SEGUE_BENCH_ROWS")); err == nil {
		rows = n
	}
	for _, x := range []struct {
		source string
		rows   int
		write  func(w *bufio.Writer, rows int) (int, error)
	}{
		{"event", rows, func(w *bufio.Writer, rows int) (int, error) { return writeEvents(w, rows, false) }},
		{"event_id", rows, func(w *bufio.Writer, rows int) (int, error) { return writeEvents(w, rows, true) }},
		{"reading", rows, writeReadings},
		{"orders", ordersSize, writeOrders},
		{"sheet", sheetRows, writeSheet},
	} {
		b.Run(x.source, func(b *testing.B) {
			dir := b.TempDir()
			if err := writeFile(filepath.Join(dir, "accounts.csv"), importAccounts, writeAccounts); err != nil {
				b.Fatal(err)
			}
			name, rows := x.source+".csv", 0
			if x.source == "sheet" {
				name = "sheet.xlsx"
			}
			err := writeFile(filepath.Join(dir, name), x.rows, func(w *bufio.Writer, n int) (err error) {
				rows, err = x.write(w, n)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			importOnce(b, dir, "accounts")
			for range b.N {
				for _, what := range []string{"new", "again"} {
					m := importOnce(b, dir, x.source)
					b.ReportMetric(float64(rows)/m.Wall, what+"-rows/s")
					b.ReportMetric(float64(rows)/m.CPU, what+"-rows/cpu-s")
					b.ReportMetric(m.Peak, what+"-MiB-peak")
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func importOnce(b *testing.B, dir, source string) measured {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), caseVariable+"=import "+source, "SEGUE_BENCH_DIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("import %s: %v", source, err)
	}
	var m measured
	if err := json.Unmarshal(out, &m); err != nil {
		b.Fatalf("import %s: %v: %s", source, err, out)
	}
	return m
}

// childImport imports one source of the folder.
func childImport(ctx context.Context, dir, source string) error {
	if err := os.WriteFile(filepath.Join(dir, "strategy.yaml"), []byte(importStrategy), 0o644); err != nil {
		return err
	}
	s, problems := spec.Load(os.DirFS(dir))
	if err := problems.Err(); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, filepath.Join(dir, "state.sqlite"))
	if err != nil {
		return err
	}
	house, err := duckdb.Open(ctx, filepath.Join(dir, "facts.duckdb"), duckdb.Options{})
	if err != nil {
		return err
	}
	e := &pipeline.Engine{Warehouse: house, State: store, Strategy: s}
	if err := e.Recover(ctx); err != nil {
		return err
	}
	pipeline.Frugal()
	begun, cpu := time.Now(), processorTime()
	report, err := e.Import(ctx, pipeline.ImportRequest{Root: dir, Sources: []string{source}, Now: asOf.Time().Add(36 * time.Hour)}, nil)
	if err != nil {
		return err
	}
	if r := report.Sources[0]; r.Rejected > 0 {
		return fmt.Errorf("%d rows of %s are rejected: %v", r.Rejected, source, r.Rejections)
	}
	if err := errors.Join(house.Close(), store.Close()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(measured{
		Wall: time.Since(begun).Seconds(), CPU: processorTime() - cpu, Peak: peak(), Note: strconv.FormatInt(report.Sources[0].Loaded, 10),
	})
}

func writeFile(path string, rows int, write func(w *bufio.Writer, rows int) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(write(w, rows), w.Flush(), f.Close())
}

func writeAccounts(w *bufio.Writer, rows int) error {
	w.WriteString("id,name\n")
	for i := range rows {
		fmt.Fprintf(w, "A%08d,Company %d\n", i, i)
	}
	return nil
}

// writeEvents writes events in the order of time, most of them of few accounts,
// each with 1 to 30 people.
func writeEvents(w *bufio.Writer, rows int, ids bool) (int, error) {
	r := rand.New(rand.NewPCG(4, 4))
	begin, step := (asOf - eventDays + 1).Time(), time.Duration(eventDays)*24*time.Hour/time.Duration(rows)
	if ids {
		w.WriteString("id,")
	}
	w.WriteString("customer,person,what,feature,n,at\n")
	for i := range rows {
		u := r.Float64()
		account := int(importAccounts * u * u * u * 0.999)
		if ids {
			fmt.Fprintf(w, "E%d,", i)
		}
		fmt.Fprintf(w, "A%08d,P%d-%d,do %d,f%d,%d,%s\n", account, account, r.IntN(1+(account*7919)%30), r.IntN(12), r.IntN(24), r.IntN(9),
			begin.Add(time.Duration(i)*step).Format("2006-01-02T15:04:05Z"))
	}
	return rows, nil
}

// writeReadings writes one value for each account and day.
func writeReadings(w *bufio.Writer, rows int) (int, error) {
	r := rand.New(rand.NewPCG(5, 5))
	w.WriteString("customer,what,day,n\n")
	for i := range rows {
		day := asOf - period.Date(rows/importAccounts) + period.Date(i/importAccounts)
		fmt.Fprintf(w, "A%08d,weekly seats,%s,%d\n", i%importAccounts, day, r.IntN(900))
	}
	return rows, nil
}

// writeOrders writes order lines of a shop until there are so many bytes.
func writeOrders(w *bufio.Writer, size int) (int, error) {
	r := rand.New(rand.NewPCG(6, 6))
	n, rows := 0, 0
	w.WriteString(`"InvoiceNo","StockCode","Description","Quantity","InvoiceDate","UnitPrice","CustomerID","Country"` + "\n")
	at := (asOf - 365).Time()
	for ; n < size; rows++ {
		stock := r.IntN(4000)
		at = at.Add(30 * time.Second)
		wrote, err := fmt.Fprintf(w, "\"%d\",\"%05d\",\"ARTICLE OF MANY WORDS %d\",%d,%q,%d.%02d,A%08d,\"United Kingdom\"\n", 500000+rows/20, stock, stock,
			1+r.IntN(40), at.Format("2006-01-02 15:04:05"), r.IntN(20), r.IntN(100), (rows/20*7919)%4300)
		if err != nil {
			return 0, err
		}
		n += wrote
	}
	return rows, nil
}

// writeSheet writes a workbook of accounts as a spreadsheet program does: texts
// are shared, and cells say where they stand.
func writeSheet(w *bufio.Writer, rows int) (int, error) {
	z := zip.NewWriter(w)
	part := func(name string, write func(w io.Writer)) error {
		f, err := z.Create(name)
		if err != nil {
			return err
		}
		buffered := bufio.NewWriterSize(f, 1<<16)
		buffered.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n")
		write(buffered)
		return buffered.Flush()
	}
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	err := errors.Join(
		part("xl/workbook.xml", func(w io.Writer) {
			fmt.Fprintf(w, `<workbook %s xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Accounts" sheetId="1" r:id="rId1"/></sheets></workbook>`, main)
		}),
		part("xl/_rels/workbook.xml.rels", func(w io.Writer) {
			fmt.Fprint(w, `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`)
		}),
		part("xl/sharedStrings.xml", func(w io.Writer) {
			fmt.Fprintf(w, `<sst %s>`, main)
			for _, s := range []string{"id", "name", "country", "seats"} {
				fmt.Fprintf(w, `<si><t>%s</t></si>`, s)
			}
			for i := range 40 {
				fmt.Fprintf(w, `<si><t>Country %d</t></si>`, i)
			}
			for i := range rows {
				fmt.Fprintf(w, `<si><t>A%08d</t></si><si><t>Company %d Limited</t></si>`, i, i)
			}
			fmt.Fprint(w, `</sst>`)
		}),
		part("xl/worksheets/sheet1.xml", func(w io.Writer) {
			fmt.Fprintf(w, `<worksheet %s><sheetData>`, main)
			fmt.Fprint(w, `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>`)
			for i := range rows {
				fmt.Fprintf(w, `<row r="%[1]d" spans="1:4"><c r="A%[1]d" t="s"><v>%d</v></c><c r="B%[1]d" t="s"><v>%d</v></c><c r="C%[1]d" t="s"><v>%d</v></c><c r="D%[1]d"><v>%d</v></c></row>`,
					i+2, 44+2*i, 45+2*i, 4+i%40, i%900)
			}
			fmt.Fprint(w, `</sheetData></worksheet>`)
		}),
	)
	return rows, errors.Join(err, z.Close())
}
