package file_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/source/file"
)

func TestCSVLineEnds(t *testing.T) {
	t.Parallel()
	testRead(t, "x.csv", []readCase{
		{"all four in turn", "a,b\n1,2\r\n3,4\r5,6\r\r\n7,8", file.Options{}, lines("a|b", "2: 1|2", "3: 3|4", "4: 5|6", "5: 7|8")},
		{"CR alone after rows with LF", "a,b\n1,2\n3,4\r5,6\r7,8\n", file.Options{}, lines("a|b", "2: 1|2", "3: 3|4", "4: 5|6", "5: 7|8")},
		{"LF after rows with CR alone", "a,b\r1,2\r3,4\r5,6\n7,8\r\n9,0\n", file.Options{}, lines("a|b", "2: 1|2", "3: 3|4", "4: 5|6", "5: 7|8", "6: 9|0")},
		{"each within quotes", "a,b\n\"1\r2\",\"3\r\n4\"\r\n\"5\n6\",\"7\r\r\n8\"\r9,0\n", file.Options{}, lines("a|b", "2: '1\r2'|'3\r\n4'", "5: '5\n6'|'7\r\r\n8'", "8: 9|0")},
		{"a quote opened after CR alone", "a,b\n1,2\r\"3\n\",4\n", file.Options{}, lines("a|b", "2: 1|2", "3: '3\n'|4")},
		{"CR in the text of one column", "a\n1\r2\n3\n", file.Options{}, lines("a", "2: 1", "3: 2", "4: 3")},
		{"CR in a word", "a,b\r\n1,no\rte\r\n2,x\r\n", file.Options{}, lines("a|b", "2: 1|no\rte", "3: 2|x")},
	})
}

// Line ends of each kind stand where the buffer ends.
func TestCSVLineEndsAtTheBuffersEdge(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\r", "\r\n", "\r\r\n"} {
		for shift := range 6 {
			head := "a,b\n" + strings.Repeat("x", 256<<10-12+shift) + ",1" + end
			want := lines("3: 2|3", "4: '4'|5")
			got := show(write(t, "x.csv", head+"2,3"+end+"\"4\",5"+end), file.Options{})
			if !strings.HasSuffix(got, want) || strings.Contains(got, "!") {
				t.Errorf("%q shifted by %d: got %q at the end, want %q", end, shift, got[max(0, len(got)-40):], want)
			}
		}
	}
}

func TestCSVHeaderRows(t *testing.T) {
	t.Parallel()
	testRead(t, "x.csv", []readCase{
		{"named by its line", "Report\n\na,b\n1,2\n", file.Options{Header: file.Header{Row: 3}}, lines("a|b", "4: 1|2")},
		{"two rows joined", "x,,y\na,b,c\n1,2,3\n", file.Options{Header: file.Header{Rows: 2}}, lines("x / a|x / b|y / c", "3: 1|2|3")},
		{"three rows, merged cells and CR CR LF", ",Q1,Q2,,\r\r\nid,Size?,Jobs?,,\r\r\n,Response,Dev,Ops,\r\r\n7,1-9,1,,\r\r\n", file.Options{Header: file.Header{Rows: 3}}, lines("id|Q1 / Size? / Response|Q2 / Jobs? / Dev|Q2 / Jobs? / Ops", "4: 7|1-9|1|")},
		{"three rows of which the second names", "x,,y\na,b,c\n-,-,-\n1,2,3\n", file.Options{Header: file.Header{Rows: 3, Names: 2}}, lines("a|b|c", "4: 1|2|3")},
		{"two rows that tell columns apart only in part", "Q1,,Q1,\nAnswer,Why?,Answer,\n1,2,3,4\n", file.Options{Header: file.Header{Rows: 2}}, lines("Q1 / Answer (1)|Q1 / Why?|Q1 / Answer (2)", "3: 1|2|3")},
		{"names that break over lines", "\"Amount\r\n in EUR\",b\n1,2\n", file.Options{}, lines("Amount in EUR|b", "3: 1|2")},
		{"none", "1,2\n3,4\n", file.Options{Header: file.Header{None: true}}, lines("1|2", "1: 1|2", "2: 3|4")},
		{"a title before it", "All accounts\nAs of,2026-01-31\n\nid,name,arr,since\n1,A,5,2020\n2,B,6,2021\n", file.Options{}, lines("id|name|arr|since", "5: 1|A|5|2020", "6: 2|B|6|2021")},
		{"a title padded with delimiters", "All accounts,,\n,,\nid,name,arr\n1,A,5\n2,B,6\n", file.Options{}, lines("id|name|arr", "4: 1|A|5", "5: 2|B|6")},
		{"a title before semicolons", "Accounts, as of today\nid;name;arr\n1;A;5,5\n2;B;6,5\n3;C;7\n", file.Options{}, lines("id|name|arr", "3: 1|A|5,5", "4: 2|B|6,5", "5: 3|C|7")},
		{"no title but one column that has a name", "id,,\n1,,\n2,,\n", file.Options{}, lines("id", "2: 1", "3: 2")},
		{"a title that may be a header", "id,name\n1,2,3\n4,5,6\n", file.Options{}, lines("id|name", `! line 2: it has 3 fields where the header has 2: "1,2,3"`, `! line 3: it has 3 fields where the header has 2: "4,5,6"`)},
		{"spaces between", " customer  date cds \r\n\r\n 00001 19970101  1\r\n\t00002\t19970112  \"a  b\"\r\n", file.Options{Delimiter: ' '}, lines("customer|date|cds", "3: 00001|19970101|1", "4: 00002|19970112|'a  b'")},
	})
}

func TestEncodingFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text   string
		want, header string
		wantSure     bool
		wantExample  string
		row          string
	}{
		{"ASCII", "a,b\n1,2\n", "utf-8", "a,b", true, "", "1,2"},
		{"UTF-8", "a,b\nZürich,東京\n", "utf-8", "a,b", true, "", "Zürich,東京"},
		{"UTF-8 with a byte damaged", "a,b\nZürich ä ö é è,x\n", "utf-8", "a,b", true, "", "Zürich ä ö é è,x"},
		{"UTF-8 of which the first letter is damaged", "a,b\nZ\xfcrich,é\nñ,x\n", "utf-8", "a,b", true, "", "ñ,x"},
		{"UTF-8 that begins long after a damaged letter", "a,b\nZ\xfcrich,e\n" + strings.Repeat("1,2\n", 1<<16) + strings.Repeat("ä,ö\n", 9), "utf-8", "a,b", true, "", "1,2"},
		{"Windows-1251", "a,b\n\xcf\xf0\xe8\xe2\xe5\xf2,\xec\xe8\xf0\n", "windows-1252", "a,b", false, "Ïðèâåò", "Ïðèâåò,ìèð"},
		{"ISO 8859-15", "a,b\nZ\xfcrich caf\xe9,c\xbdur\n", "windows-1252", "a,b", false, "c½ur", "Zürich café,c½ur"},
		{"a euro of ISO 8859-15", "a,b\nZ\xfcrich,5 \xa4\n", "windows-1252", "a,b", false, "5 ¤", "Zürich,5 ¤"},
		{"Windows-1250", "a,b\nz\xb3oty,\xb3\xf3d\x9f\n", "mac-roman", "a,b", false, "z≥oty", "z≥oty,≥Ûdü"},
		{"Windows-1254", "a,b\n\xddstanbul,da\xf0\n", "windows-1252", "a,b", false, "Ýstanbul", "Ýstanbul,dað"},
		{"French in Windows-1252", "a,b\nCr\xe9\xe9e \xe0 l\x92\xe9t\xe9,c\x9cur na\xefve \xe2g\xe9e d\xe9\xe7ue\n", "windows-1252", "a,b", true, "Créée à l’été", ""},
		{"Windows-1252", "a,b\nZ\xfcrich,Caf\xe9 \x96 \x80 5\n", "windows-1252", "a,b", true, "Zürich", "Zürich,Café – € 5"},
		{"quotes of Windows-1252", "a,b\nIt\x92s,\x93so\x94\n", "windows-1252", "a,b", true, "It’s", "It’s,“so”"},
		{"Mac Roman", "a,b\nZ\x9frich,Caf\x8e\n", "mac-roman", "a,b", true, "Zürich", "Zürich,Café"},
		{"UTF-16 without a mark", "a\x00,\x00b\x00\n\x00\xe9\x00,\x002\x00", "utf-16le", "a,b", true, "", "é,2"},
		{"UTF-16 without a mark, big end first", "\x00a\x00,\x00b\x00\n\x00\xe9\x00,\x002", "utf-16be", "a,b", true, "", "é,2"},
		{"a first letter after four megabytes", "a,b\n" + strings.Repeat("1,2\n", 1<<20) + "Z\xfcrich,2\n", "windows-1252", "a,b", true, "Zürich", ""},
		{"one letter that could be either", "a,b\n5 \xa9,2\n", "windows-1252", "a,b", false, "5 ©", "5 ©,2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := file.Sniff(write(t, "x.csv", tt.text), file.Options{}, 2<<20)
			if err != nil {
				t.Fatal(err)
			}
			if s.Encoding != tt.want || s.Sure != tt.wantSure || s.Example.Text != tt.wantExample {
				t.Errorf("got %s (sure: %v) by %q, want %s (sure: %v) by %q", s.Encoding, s.Sure, s.Example.Text, tt.want, tt.wantSure, tt.wantExample)
			}
			if got := strings.Join(s.Rows[0], ","); tt.row != "" && got != tt.row {
				t.Errorf("got row %q, want %q", got, tt.row)
			}
			if got := strings.Join(s.Header, ","); got != tt.header {
				t.Errorf("got header %q, want %q", got, tt.header)
			}
		})
	}
}

func TestEncodingDeclared(t *testing.T) {
	t.Parallel()
	testRead(t, "x.csv", []readCase{
		{"Latin with other letters", "a,b\nz\xb3oty,1\n", file.Options{Encoding: "iso-8859-2"}, lines("a|b", "2: złoty|1")},
		{"Cyrillic", "a,b\n\xec\xe8\xf0,1\n", file.Options{Encoding: "windows-1251"}, lines("a|b", "2: мир|1")},
		{"Mac Roman by name", "a,b\n\xa9,1\n", file.Options{Encoding: "mac-roman"}, lines("a|b", "2: ©|1")},
		{"a mark that says otherwise", "\xef\xbb\xbfa,b\né,1\n", file.Options{Encoding: "windows-1252"}, lines("a|b", "2: é|1")},
		{"half a character of UTF-16", "\xff\xfea\x00\n\x00\x3d\xd8\n\x00b\x00\n\x00", file.Options{}, lines("a", `! line 2: column "a": it holds half a character: the file was damaged on its way: "`+"\uFFFD"+`"`, "3: b")},
	})
}

func TestZipArchive(t *testing.T) {
	t.Parallel()
	archive := func(files ...string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := 0; i < len(files); i += 2 {
			w, err := z.Create(files[i])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(w, files[i+1])
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	testRead(t, "x.zip", []readCase{
		{"one table", archive("report/x.csv", "a;b\n1;2\n"), file.Options{}, lines("a|b", "2: 1|2")},
		{"one table among other files", archive("__MACOSX/._x.csv", "?", "x.tsv", "a\tb\n1\t2\n", "readme.pdf", "?"), file.Options{}, lines("a|b", "2: 1|2")},
		{"records", archive("x.ndjson", `{"a":1}`), file.Options{}, lines("a", "1: 1")},
		{"two tables", archive("x.csv", "a\n", "y.csv", "a\n"), file.Options{}, lines("stop: read FILE: it is a zip archive with 2 files; unpack it")},
		{"nothing", archive("x/", ""), file.Options{}, lines("stop: read FILE: it is a zip archive with 0 files; unpack it")},
		{"an OpenDocument", archive("content.xml", "?"), file.Options{}, lines("stop: read FILE: it is an OpenDocument spreadsheet; save it as .xlsx or as CSV (UTF-8)")},
		{"half of it", archive("x.csv", "a;b\n1;2\n")[:60], file.Options{}, lines("stop: read FILE: the archive is damaged or stops before its end: copy or export it again: zip: not a valid zip file")},
	})
}

// Any table reads back the same, whatever its delimiter, encoding, line ends
// and quoting.
func TestAnyWritingReadsBack(t *testing.T) {
	t.Parallel()
	encoders := map[string]func(string) (string, error){
		"UTF-8":              func(s string) (string, error) { return s, nil },
		"UTF-8 with a mark":  func(s string) (string, error) { return "\ufeff" + s, nil },
		"UTF-16LE":           unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String,
		"UTF-16BE":           unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String,
		file.Windows1252:     charmap.Windows1252.NewEncoder().String,
		file.MacRoman:        charmap.Macintosh.NewEncoder().String,
		"UTF-8, then zipped": func(s string) (string, error) { return zipped(t, s), nil },
	}
	names := slices.Sorted(maps.Keys(encoders))
	path := write(t, "x.csv", "")
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(
			rapid.StringOfN(rapid.RuneFrom([]rune("ab é ü,;|\t\"\r\n ß'x")), 0, 8, -1),
			rapid.SampledFrom([]string{"", "12", "Café", "-1,5", "a\r\nb", "x\"\"y"}),
		)
		columns := rapid.IntRange(2, 5).Draw(t, "columns")
		delimiter := rapid.SampledFrom([]string{",", ";", "|", "\t"}).Draw(t, "delimiter")
		endings := rapid.SampledFrom([][]string{{"\n"}, {"\r\n"}, {"\r"}, {"\r\r\n"}, {"\n", "\r\n"}, {"\n", "\r\n", "\r\r\n"}}).Draw(t, "line ends")
		quoteAll := rapid.Bool().Draw(t, "quotes everywhere")
		encoding := rapid.SampledFrom(names).Draw(t, "encoding")
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, columns, columns), 1, 12).Draw(t, "rows")
		header := []string{"a", "b", "c", "d", "e"}[:columns]
		want := [][]string{header}
		var text strings.Builder
		for i, row := range append([][]string{header}, rows...) {
			for c, cell := range row {
				if c > 0 {
					text.WriteString(delimiter)
				}
				if quoteAll || strings.ContainsAny(cell, ",;|\t\"\r\n") || strings.Join(row, "") == "" {
					cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
				}
				text.WriteString(cell)
			}
			text.WriteString(endings[i%len(endings)])
			if i > 0 && (quoteAll || strings.TrimLeft(strings.Join(row, delimiter), " ") != "") {
				want = append(want, row)
			}
		}
		stored, err := encoders[encoding](text.String())
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, path, stored)
		o := file.Options{Delimiter: rune(delimiter[0]), KeepFooter: true}
		if encoding == file.Windows1252 || encoding == file.MacRoman {
			o.Encoding = encoding
		}
		s, err := file.Sniff(path, o, 100)
		if err != nil {
			t.Fatalf("%v for %q", err, text.String())
		}
		if diff := cmp.Diff(want, append([][]string{s.Header}, s.Rows...)); diff != "" {
			t.Fatalf("%q differs (-want +got):\n%s", text.String(), diff)
		}
	})
}
