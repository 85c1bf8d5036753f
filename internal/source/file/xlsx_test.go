package file_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/source/file"
)

// book is a workbook in the making: parts by name, with those that every
// workbook needs where nothing is said.
type book map[string]string

const sheetHead = `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`

// sheetOf is a sheet of rows, each a list of cells in XML; a row "" is left
// out, as Excel does.
func sheetOf(rows ...string) string {
	var b strings.Builder
	b.WriteString(sheetHead)
	for i, row := range rows {
		if row != "" {
			fmt.Fprintf(&b, `<row r="%d">%s</row>`, i+1, row)
		}
	}
	b.WriteString("</sheetData><mergeCells/></worksheet>")
	return b.String()
}

// texts is a row of inline texts in the columns from A on.
func texts(list ...string) string {
	var b strings.Builder
	for i, text := range list {
		if text != "" {
			fmt.Fprintf(&b, `<c r="%c1" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, text)
		}
	}
	return b.String()
}

func (b book) pack(t testing.TB) string {
	t.Helper()
	parts := book{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/><Relationship Id="rId3" Target="worksheets/sheet3.xml"/></Relationships>`,
		"xl/styles.xml":              `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy\ hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm"/><numFmt numFmtId="166" formatCode="#,##0.00 &quot;days&quot;"/><numFmt numFmtId="167" formatCode="[$-409]mmm\-yy;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="9"/><xf numFmtId="167"/></cellXfs></styleSheet>`,
	}
	for name, text := range b {
		parts[name] = text
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const threeSheets = `<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="Notes" r:id="rId3"/><sheet name="Data" r:id="rId1"/><sheet name="Old" state="hidden" r:id="rId2"/></sheets></workbook>`

// masks are formats of ids (1, 2), with a unit (3), with a sign of money (4), of
// thousands (5), of thousands in words (6) and of a share (7).
const masks = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="&quot;K-&quot;0000"/><numFmt numFmtId="165" formatCode="000-00\-00"/><numFmt numFmtId="166" formatCode="00&quot; kg&quot;"/><numFmt numFmtId="167" formatCode="&quot;$&quot;0000"/><numFmt numFmtId="168" formatCode="#,##0,"/><numFmt numFmtId="169" formatCode="0.0,&quot;K&quot;"/><numFmt numFmtId="170" formatCode="0.0%"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="168"/><xf numFmtId="169"/><xf numFmtId="170"/></cellXfs></styleSheet>`

func TestXLSX(t *testing.T) {
	t.Parallel()
	const one = "xl/worksheets/sheet1.xml"
	header := texts("a", "b")
	tests := []struct {
		name    string
		book    book
		options file.Options
		want    string
	}{
		{"texts and numbers", book{one: sheetOf(header, `<c r="A2" t="s"><v>1</v></c><c r="B2"><v>1234.5</v></c>`, `<c r="A3" t="str"><f>B2*2</f><v>y</v></c><c r="B3"><f>1/3</f><v>0.33333333333333331</v></c>`), "xl/sharedStrings.xml": `<sst><si><t>no</t></si><si><r><t>x </t></r><r><t>&amp; y</t></r><rPh><t>?</t></rPh></si></sst>`}, file.Options{}, lines("a|b", "2: x & y|1234.5", "3: y|0.333333333333333")},
		{"days and times", book{one: sheetOf(header, `<c r="A2" s="1"><v>45361</v></c><c r="B2" s="2"><v>45361.75</v></c>`, `<c r="A3" s="6"><v>18172</v></c><c r="B3" s="2"><v>45361.000011574</v></c>`, `<c r="A4" s="1"><v>59</v></c><c r="B4" s="1"><v>61</v></c>`)}, file.Options{}, lines("a|b", "2: 2024-03-10|2024-03-10T18:00:00", "3: 1949-10-01|2024-03-10T00:00:01", "4: 1900-02-28|1900-03-01")},
		{"days counted from 1904", book{"xl/workbook.xml": threeSheets, one: sheetOf(header, `<c r="A2" s="1"><v>43899</v></c>`), "xl/worksheets/sheet2.xml": sheetOf(header), "xl/worksheets/sheet3.xml": sheetOf()}, file.Options{}, lines("a|b", "2: 2024-03-10|")},
		{"formats that are no days", book{one: sheetOf(header, `<c r="A2" s="3"><v>1.5</v></c><c r="B2" s="4"><v>45361</v></c>`, `<c r="A3" s="5"><v>0.12</v></c><c r="B3" s="99"><v>7</v></c>`)}, file.Options{}, lines("a|b", "2: 1.5|45361", "3: 0.12|7")},
		{"numbers shown with zeros in front", book{"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="[$-409]000;-000"/><numFmt numFmtId="166" formatCode="00.00"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>`, one: sheetOf(header,
			`<c r="A2" s="1"><v>123</v></c><c r="B2" s="2"><v>7</v></c>`, `<c r="A3" s="1"><v>123456</v></c><c r="B3" s="2"><v>-7</v></c>`,
			`<c r="A4" s="1"><v>12.5</v></c><c r="B4" s="3"><v>5</v></c>`, `<c r="A5" s="1"><v>1.2E2</v></c><c r="B5" s="1"><v>0</v></c>`)}, file.Options{}, lines("a|b", "2: 00123|007", "3: 123456|-007", "4: 12.5|5", "5: 00120|00000")},
		{"ids in a mask, and amounts with their unit", book{"xl/styles.xml": masks, one: sheetOf(header,
			`<c r="A2" s="1"><v>12</v></c><c r="B2" s="2"><v>1234567</v></c>`, `<c r="A3" s="1"><v>-123456</v></c><c r="B3" s="3"><v>12</v></c>`,
			`<c r="A4" s="4"><v>12</v></c><c r="B4" s="5"><v>1200</v></c>`, `<c r="A5" s="6"><v>1200</v></c><c r="B5" s="7"><v>0.125</v></c>`)}, file.Options{}, lines("a|b", "2: K-0012|123-45-67", "3: -K-123456|12", "4: 12|1200", "5: 1200|0.125")},
		{"truths and errors", book{one: sheetOf(header, `<c r="A2" t="b"><v>1</v></c><c r="B2" t="e"><v>#REF!</v></c>`, `<c r="A3" t="b"><v>0</v></c>`)}, file.Options{}, lines("a|b", "2: true|#REF!", "3: false|")},
		{"gaps between rows and cells", book{one: sheetOf("", header+`<c r="D1" t="inlineStr"><is><t>d</t></is></c>`, "", `<c r="D4"><v>7</v></c><c r="Z4"><v>8</v></c>`)}, file.Options{}, lines("a|b||d", "4: |||7")},
		{"a title and a footer", book{one: sheetOf(texts("All accounts"), "", texts("id", "name", "arr"), texts("1", "A", "5"), texts("2", "B", "6"), texts("Total", "", "11"), "", texts("Confidential"))}, file.Options{}, lines("id|name|arr", "4: 1|A|5", "5: 2|B|6")},
		{"merged cells over two rows of a header", book{one: sheetOf(texts("id", "2025", "", "2026"), texts("", "arr", "seats", "arr"), texts("1", "2", "3", "4"))}, file.Options{Header: file.Header{Rows: 2}}, lines("id|2025 / arr|2025 / seats|2026 / arr", "3: 1|2|3|4")},
		{"line ends within cells", book{one: sheetOf(header, `<c r="A2" t="inlineStr"><is><t>x&#10;y_x000D_z</t></is></c>`)}, file.Options{}, lines("a|b", "2: x\ny\rz|")},
		{"a sheet by name", book{"xl/workbook.xml": threeSheets, one: sheetOf(header), "xl/worksheets/sheet2.xml": sheetOf(texts("c"), texts("1")), "xl/worksheets/sheet3.xml": sheetOf()}, file.Options{Sheet: "old"}, lines("c", "2: 1")},
		{"several sheets", book{"xl/workbook.xml": threeSheets, one: sheetOf(header), "xl/worksheets/sheet2.xml": sheetOf(header), "xl/worksheets/sheet3.xml": sheetOf(header)}, file.Options{}, lines("stop: read FILE: the workbook has several sheets; say sheet: and one of Notes, Data, Old")},
		{"a sheet that is not there", book{one: sheetOf(header)}, file.Options{Sheet: "Deals"}, lines(`stop: read FILE: the workbook has no sheet "Deals"; it has Data`)},
		{"no cells", book{one: sheetOf()}, file.Options{}, lines("stop: read FILE: it is empty")},
		{"a sheet that stops", book{one: strings.TrimSuffix(sheetOf(header, texts("1", "2")), "</row></sheetData><mergeCells/></worksheet>")}, file.Options{}, lines("stop: read FILE: the workbook is damaged or stops before its end: copy or save it again: the compressed file stops before its end, as after a download that broke off: unexpected EOF")},
		{"a text that is not there", book{one: sheetOf(header, `<c r="A2" t="s"><v>7</v></c>`)}, file.Options{}, lines(`stop: read FILE: the workbook is damaged or stops before its end: copy or save it again: a cell names text "7", which the workbook does not have`)},
		{"columns without end", book{one: sheetOf(header + `<c r="XFDXFD1"><v>1</v></c>`)}, file.Options{}, lines(`stop: read FILE: the workbook is damaged or stops before its end: copy or save it again: cell "XFDXFD1" stands out of order`)},
		{"a long cell", book{one: sheetOf(header, texts(strings.Repeat("x", 3<<20), "1"), texts("1", "2"))}, file.Options{}, lines("a|b", `! line 2: column "a": the cell is longer than 1 MiB: "`+strings.Repeat("x", 200)+`"`, "3: 1|2")},
		{"a cell without end", book{one: sheetOf(header, texts(strings.Repeat("x", 20<<20)))}, file.Options{}, lines("stop: read FILE: a cell is longer than 16 MiB")},
		{"no list of sheets", book{"xl/_rels/workbook.xml.rels": "<Relationships/>"}, file.Options{}, lines("stop: read FILE: read the list of sheets: it has none")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := show(write(t, "x.xlsx", tt.book.pack(t)), tt.options)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows differ (-want +got):\n%s", diff)
			}
		})
	}
}

// A workbook that was cut off while it was copied is refused.
func TestXLSXCutOff(t *testing.T) {
	t.Parallel()
	whole := book{"xl/worksheets/sheet1.xml": sheetOf(texts("a"), texts("1"))}.pack(t)
	for _, n := range []int{10, len(whole) / 2, len(whole) - 1} {
		got := show(write(t, "x.xlsx", whole[:n]), file.Options{})
		if !strings.HasPrefix(got, "stop: read FILE: ") || !strings.Contains(got, "again") {
			t.Errorf("%d of %d bytes: got %q", n, len(whole), got)
		}
	}
}

// A sheet that unpacks to far more than it should is given up early, and in little memory.
func TestXLSXBomb(t *testing.T) {
	row := fmt.Sprintf(`<row r="%%d">%s</row>`, strings.Repeat(`<c t="inlineStr"><is><t></t></is></c>`, 2000))
	var b strings.Builder
	b.WriteString(sheetHead + `<row r="1"><c t="inlineStr"><is><t>a</t></is></c></row>`)
	for i := range 700 { // 52 MB
		fmt.Fprintf(&b, row, i+2)
	}
	path := write(t, "x.xlsx", book{"xl/worksheets/sheet1.xml": b.String()}.pack(t))
	b.Reset()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := show(path, file.Options{})
	runtime.ReadMemStats(&after)
	if !strings.Contains(got, "unpacks to more than 300 times its size") {
		t.Errorf("got %q", got[:min(len(got), 300)])
	}
	if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
		t.Errorf("got %d MiB more memory", grown>>20)
	}
}

// A workbook as a regulator publishes it.
func TestXLSXOfTheECB(t *testing.T) {
	t.Parallel()
	const shared = "../../../../shared/data"
	path := filepath.Join(shared, "hierarchy_ecb_gleif", "ssm.listofsupervisedentities202512.en.xlsx")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs hierarchy_ecb_gleif of the shared data: put it into %s beside the repository", filepath.Clean(shared))
	}
	got := show(path, file.Options{})
	if !strings.Contains(got, "say sheet: and one of") {
		t.Errorf("got %q", got[:min(len(got), 300)])
	}
}

// FuzzXLSX: no sheet makes the reader panic or return rows out of order.
func FuzzXLSX(f *testing.F) {
	for _, seed := range []string{
		sheetOf(texts("a", "b"), texts("1", "2")), sheetOf(`<c r="A1" t="s"><v>0</v></c>`), sheetHead, "<sheetData><row r='2'/><row r='1'/></sheetData>",
		sheetOf(texts("a"), `<c r="A2" s="1"><v>1e300</v></c>`, `<c r="A3" s="2"><v>-5</v></c>`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		r, err := file.Open(write(t, "x.xlsx", book{"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": "<sst><si><t>x</t></si></sst>"}.pack(t)), file.Options{})
		if err != nil {
			return
		}
		defer r.Close()
		line := 0
		for {
			row, err := r.Next()
			if err != nil && !strings.Contains(err.Error(), "longer than") {
				return
			}
			if err == nil && row.Line <= line {
				t.Fatalf("got row %d after row %d", row.Line, line)
			}
			line = max(line, row.Line)
		}
	})
}
