package script_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// workbook writes an Excel workbook with a sheet for each CSV file, what is a
// number as one: workbook BOOK SHEET=FILE ...
func workbook(ts *testscript.TestScript, _ bool, args []string) {
	var sheets, relations strings.Builder
	parts := map[string]string{}
	for i, arg := range args[1:] {
		name, file, _ := strings.Cut(arg, "=")
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" id="r%d"/>`, name, i+1, i)
		fmt.Fprintf(&relations, `<Relationship Id="r%d" Target="worksheets/sheet%d.xml"/>`, i, i)
		rows, err := csv.NewReader(bytes.NewReader(read(ts, file))).ReadAll()
		ts.Check(err)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i)] = sheetOf(rows)
	}
	parts["xl/workbook.xml"] = "<workbook><sheets>" + sheets.String() + "</sheets></workbook>"
	parts["xl/_rels/workbook.xml.rels"] = "<Relationships>" + relations.String() + "</Relationships>"
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, text := range parts {
		w, err := z.Create(name)
		ts.Check(err)
		_, err = io.WriteString(w, text)
		ts.Check(err)
	}
	ts.Check(z.Close())
	write(ts, args[0], packed.Bytes())
}

func sheetOf(rows [][]string) string {
	var b strings.Builder
	b.WriteString("<worksheet><sheetData>")
	for i, row := range rows {
		fmt.Fprintf(&b, `<row r="%d">`, i+1)
		for c, text := range row {
			at := fmt.Sprintf("%c%d", 'A'+c, i+1)
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				fmt.Fprintf(&b, `<c r="%s"><v>%s</v></c>`, at, text)
				continue
			}
			fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t>`, at)
			_ = xml.EscapeText(&b, []byte(text)) // a Builder takes all
			b.WriteString("</t></is></c>")
		}
		b.WriteString("</row>")
	}
	b.WriteString("</sheetData></worksheet>")
	return b.String()
}
