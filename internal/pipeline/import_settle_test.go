package pipeline_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The first value that needs the whole column comes long after the rows that
// are looked at before loading: the source is loaded anew, once.
func TestImportSettlesLate(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("line,customer,arr,currency,seats,starts,ends\nbad,a1,x,USD,1,2026-01-01,\n")
	for range 2000 {
		text.WriteString("l1,a1,900,USD,1,2026-01-01,\n")
	}
	text.WriteString("l2,a1,\"1.234,50\",USD,1,2026-01-01,\nl3,a1,1.234,USD,1,13/02/2026,\n")
	files := goodFiles()
	files["contracts.csv"] = text.String()
	im := newImporter(t, importStrategy, files)
	report := im.load(t, "contracts")
	s := report.Sources[0]
	// 2000 x 900 + 1234.50 + 1234
	if got, want := s.Money[0].Read, int64(180_000_000+123_450+123_400); got != want || s.Rows != 2003 || s.Rejected != 1 {
		t.Errorf("got %d in %d rows, %d rejected, want %d in 2003, 1 rejected", got, s.Rows, s.Rejected, want)
	}
	want := []string{
		`contracts.csv: column "arr": 1.234,50 is read as 1234.50, because 1.234,50 on line 2003 has a comma before its decimals`,
		`contracts.csv: column "starts": 13/02/2026 is read as 2026-02-13, because 13/02/2026 on line 2004 has the day first (dates: iso | d/m/Y)`,
	}
	if got := strings.Join(s.Readings, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	rejects, err := filepath.Glob(filepath.Join(im.root, "rejects", "*"))
	if err != nil || len(rejects) != 1 || rejects[0] != s.RejectsFile {
		t.Errorf("got rejects in %v (%v), want only %s", rejects, err, s.RejectsFile)
	}
}

// A workbook keeps the types of its cells: days, amounts and ranges that Excel
// took for days come out as they were meant.
func TestImportReadsAWorkbook(t *testing.T) {
	t.Parallel()
	const strategy = `
name: test
currency: USD
traits:
  size: {type: text, values: ["1-9", "10-49", "50-99"]}
  customer_since: date
sources:
  accounts:
    files: accounts.xlsx
    fact: account
    columns: {account: Id, name: Name, size: Size, employees: Staff, customer_since: Since}
`
	var book bytes.Buffer
	z := zip.NewWriter(&book)
	for name, text := range map[string]string{
		"xl/workbook.xml":            `<workbook><sheets><sheet name="Accounts" id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/styles.xml":              `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="mmm-yy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":       `<sst><si><t>Id</t></si><si><t>Name</t></si><si><t>Size</t></si><si><t>Staff</t></si><si><t>Since</t></si><si><t>50-99</t></si><si><t>Zürich</t></si></sst>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c></row>
<row r="2"><c r="A2"><v>7</v></c><c r="B2" t="s"><v>6</v></c><c r="C2" t="s"><v>5</v></c><c r="D2"><v>1.234</v></c><c r="E2" s="1"><v>45361</v></c></row>
<row r="3"><c r="A3"><v>8</v></c><c r="B3" t="s"><v>6</v></c><c r="C3" s="2"><v>18172</v></c><c r="D3"><v>12</v></c></row>
<row r="4"><c r="A4"><v>9</v></c><c r="B4" t="s"><v>6</v></c><c r="C4" t="s"><v>5</v></c><c r="D4" t="e"><v>#REF!</v></c></row>
</sheetData></worksheet>`,
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	im := newImporter(t, strategy, map[string]string{"accounts.xlsx": book.String()})
	s := im.load(t).Sources[0]
	if s.Rows != 3 || s.Loaded != 2 || s.Rejected != 1 || !strings.Contains(s.Rejections[0].Reason, `"#REF!" is an error of a spreadsheet`) {
		t.Errorf("got %s, rejected %+v", counts(s), s.Rejections)
	}
	want := `accounts.xlsx: column "Size": 1949-10-01 is read as 10-49, which a spreadsheet had taken for a date (1 such value)`
	if got := strings.Join(s.Readings, "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// One export in three date formats is the same facts.
func TestImportReadsThreeDateFormats(t *testing.T) {
	t.Parallel()
	dir := shared(t, "crm_opportunities")
	const strategy = `
name: test
currency: USD
sources:
  pipeline:
    files: pipeline.csv
    fact: opportunity
    missing: ["null"]
    columns: {id: opportunity_id, account: account, at: engage_date, closed_on: close_date, stage: deal_stage}
`
	var im *importer
	for i, tt := range []struct{ name, reading string }{
		{"sales_pipeline.csv", ""},
		{"sales_pipeline.us_dates.csv", `column "engage_date": 10/20/2016 is read as 2016-10-20, because 10/20/2016 on line 2 has the month first (dates: m/d/Y)`},
		{"sales_pipeline.dmy_dates.csv", `column "engage_date": 20-10-2016 is read as 2016-10-20, because 20-10-2016 on line 2 has the day first (dates: d-m-Y)`},
	} {
		text, err := os.ReadFile(filepath.Join(dir, tt.name))
		if err != nil {
			t.Fatal(err)
		}
		if im == nil {
			im = newImporter(t, strategy, map[string]string{"pipeline.csv": string(text)})
		} else {
			im.write(t, "pipeline.csv", string(text))
		}
		request := im.request()
		request.AcceptRejects = true
		report, err := im.Import(t.Context(), request, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := report.Sources[0]
		if got := strings.Join(s.Readings, "\n"); !strings.Contains(got, tt.reading) || (got == "") != (tt.reading == "") {
			t.Errorf("%s: got readings %q, want %q in it", tt.name, got, tt.reading)
		}
		if i > 0 && (s.Loaded > 0 || s.Corrected > 0 || s.Unchanged != s.Rows-s.Rejected) {
			t.Errorf("%s: got %+v, want all unchanged", tt.name, counts(s))
		}
	}
}
