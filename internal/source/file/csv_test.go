package file_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/segue-cs/segue/internal/source/file"
)

func TestCSV(t *testing.T) {
	t.Parallel()
	testRead(t, "x.csv", []readCase{
		{"LF", "a,b\n1,2\n3,4\n", file.Options{}, lines("a|b", "2: 1|2", "3: 3|4")},
		{"CRLF", "a,b\r\n1,2\r\n\"3\",\"4\"\r\n", file.Options{}, lines("a|b", "2: 1|2", "3: '3'|'4'")},
		{"CR alone", "a,b\r1,2\r\r\"3\",\"4\"\r", file.Options{}, lines("a|b", "2: 1|2", "4: '3'|'4'")},
		{"CR twice before LF", "a,b\r\r\n1,2\r\r\n\"3\",\"4\"\r\r\n", file.Options{}, lines("a|b", "2: 1|2", "3: '3'|'4'")},
		{"a CR inside a field", "a,b\n1\rx,2\n", file.Options{}, lines("a|b", "2: 1\rx|2")},
		{"no line end at the end", "a,b\n1,2", file.Options{}, lines("a|b", "2: 1|2")},
		{"a quote as the last character", "a,b\n1,\"2\"", file.Options{}, lines("a|b", "2: 1|'2'")},
		{"a CR as the last character", "a,b\n1,\"2\"\r", file.Options{}, lines("a|b", "2: 1|'2'")},
		{"a byte order mark", "\xef\xbb\xbf\"a\",b\n1,2\n", file.Options{}, lines("a|b", "2: 1|2")},
		{"a header alone", "a,b\n", file.Options{}, lines("a|b")},
		{"a header alone without line end", "a,b", file.Options{}, lines("a|b")},
		{"one column", "a\nx\n\ny\n", file.Options{}, lines("a", "2: x", "4: y")},
		{"names with spaces around", " a ,\"b \"\n 1 , 2\n", file.Options{}, lines("a|b", "2:  1 | 2")},
		{"quoted line ends", "a,b\n\"1\n2\r\n3\",4\n5,6\n", file.Options{}, lines("a|b", "2: '1\n2\r\n3'|4", "5: 5|6")},
		{"a quoted line end in the header", "\"a\nb\",c\n1,2\n", file.Options{}, lines("a b|c", "3: 1|2")},
		{"doubled quotes", "a,b\n\"\"\"x\"\" y\",\"\"\n\"\"\"\",2\n", file.Options{}, lines("a|b", "2: '\"x\" y'|''", "3: '\"'|2")},
		{"a bare quote", "a,b\n5\" pipe,2\n", file.Options{}, lines("a|b", "2: 5\" pipe|2")},
		{"empty fields", "a,b,c\n,,\n\"\",,x\n", file.Options{}, lines("a|b|c", "2: ||", "3: ''||x")},
		{"blank lines", "\n\na,b\n\n1,2\n  \n3,4\n\n", file.Options{}, lines("a|b", "5: 1|2", "7: 3|4")},
		{"blank lines among quotes", "a,b\n\n\"1\",2\n\n\"3\",4\n", file.Options{}, lines("a|b", "3: '1'|2", "5: '3'|4")},
		{"delimiters at the end of all rows", "a,b,,\n1,2,,\n3,4\n", file.Options{}, lines("a|b", "2: 1|2", "3: 3|4")},
		{"a delimiter at the end of a row", "a,b\n1,2,\n\"3\",4,,\n", file.Options{}, lines("a|b", "2: 1|2", "3: '3'|4")},
		{"text under columns without a name", ",a,\n0,1,x\n2,3,\n", file.Options{}, lines("|a", "2: 0|1", "3: 2|3")},
		{"other quotes", "a,b\n'1,2','it''s'\n", file.Options{Quote: '\''}, lines("a|b", "2: '1,2'|'it's'")},
		{"no quotes", "a,b\n\"1,2\n", file.Options{Quote: file.NoQuote}, lines("a|b", "2: \"1|2")},
		{"texts for null", "a,b,c\nNULL,\"NULL\",null\n\\N,,x\n", file.Options{NullTexts: []string{"NULL", `\N`}}, lines("a|b|c", "2: -|-|null", "3: -||x")},
		{"the empty text as null", "a,b\n,\"\"\n", file.Options{NullTexts: []string{""}}, lines("a|b", "2: -|-")},
		{"non-ASCII text", "näme,b\nZürich 東京,\"é\"\n", file.Options{}, lines("näme|b", "2: Zürich 東京|'é'")},
	})
}

func TestCSVDelimiter(t *testing.T) {
	t.Parallel()
	testRead(t, "x.csv", []readCase{
		{"a semicolon", "a;b\n1,5;2\n", file.Options{}, lines("a|b", "2: 1,5|2")},
		{"a tab", "a\tb\n1\t2\n", file.Options{}, lines("a|b", "2: 1|2")},
		{"a bar", "a|b\n1|2\n", file.Options{}, lines("a|b", "2: 1|2")},
		{"quoted commas in the header", "\"a, x, y\";b\n1;2\n", file.Options{}, lines("a, x, y|b", "2: 1|2")},
		{"as many commas in a name", "Revenue, net;b\n12,50;2\n", file.Options{}, lines("Revenue, net|b", "2: 12,50|2")},
		{"a bar in names that rows lack", "a|x,b|y\n1,2\n", file.Options{}, lines("a|x|b|y", "2: 1|2")},
		{"the line of a spreadsheet", "sep=;\r\na,b;c\r\n1;2\r\n", file.Options{}, lines("a,b|c", "3: 1|2")},
		{"an option against the header", "a,b;c\n1;2\n", file.Options{Delimiter: ';'}, lines("a,b|c", "2: 1|2")},
		{"any other character", "a^b\n1^2\n", file.Options{Delimiter: '^'}, lines("a|b", "2: 1|2")},
	})
}

func TestCSVHeaderRefused(t *testing.T) {
	t.Parallel()
	testRead(t, "x.csv", []readCase{
		{"names that come twice", "a,b,a,c,b\n", file.Options{}, lines(`stop: read FILE: header: two columns with one name: "a" (columns 1 and 3), "b" (columns 2 and 5); rename one of each, or say header: {rows: 2} if the next row tells them apart`)},
		{"many names that come twice", "a,b,c,d,e,f,g,a,b,c,d,e,f,g\n", file.Options{}, lines(`stop: read FILE: header: two columns with one name: "a" (columns 1 and 8), "b" (columns 2 and 9), "c" (columns 3 and 10), "d" (columns 4 and 11), "e" (columns 5 and 12), and 2 more; rename one of each, or say header: {rows: 2} if the next row tells them apart`)},
		{"no names", ",,\n1,2,3\n", file.Options{}, lines("stop: read FILE: header: the first row names no column")},
		{"another encoding than is declared", "\nn\xe4me,b\n", file.Options{Encoding: file.UTF8}, lines("stop: read FILE: line 2: header: it is not UTF-8, and not throughout another encoding; say which with encoding:, or save the file as UTF-8")},
		{"zero bytes", "a\x00,b\n", file.Options{}, lines("stop: read FILE: line 1: header: it has NUL bytes; save the file as UTF-8")},
		{"an encoding nobody knows", "a\n", file.Options{Encoding: "ebcdic"}, lines(`stop: read FILE: unknown encoding "ebcdic" (known: utf-8, utf-16le, utf-16be, windows-1252, mac-roman, iso-8859-1, iso-8859-2, iso-8859-15, windows-1250, windows-1251, windows-1253, windows-1254, shift-jis, gb18030, big5, euc-kr)`)},
		{"a header beyond the end", "a,b\n1,2\n", file.Options{Header: file.Header{Row: 5}}, lines("stop: read FILE: header: it is to stand on line 5, and the file has 2 lines")},
		{"an open quote", "a,\"b\n1,2\n", file.Options{}, lines("stop: read FILE: line 1: header: a quote is opened and never closed")},
		{"text after a quote", "a,\"b\"c\n", file.Options{}, lines("stop: read FILE: line 1: header: there is text after a closing quote")},
		{"no line end for long", strings.Repeat("x", 2<<20), file.Options{}, lines("stop: read FILE: line 1: header: it is longer than 1 MiB; is this a text file?")},
	})
}

func TestCSVRowRefused(t *testing.T) {
	t.Parallel()
	const tooLong = `the cell is longer than 10 bytes`
	short := file.Options{MaxCell: 10}
	testRead(t, "x.csv", []readCase{
		{"too few fields", "a,b,c\n1,2\n3,4,5\n", file.Options{}, lines("a|b|c", `! line 2: it has 2 fields where the header has 3: "1,2"`, "3: 3|4|5")},
		{"too many fields", "a,b\n1,2,3\n\"1\",2,,3\n4,5\n", file.Options{}, lines("a|b", `! line 2: it has 3 fields where the header has 2: "1,2,3"`, `! line 3: it has 4 fields where the header has 2: "\"1\",2,,3"`, "4: 4|5")},
		{"bytes that are not UTF-8", "a,b\nx,Z\xfcrich\n\"\xff\",2\n3,4\n", file.Options{Encoding: file.UTF8}, lines("a|b", `! line 2: column "b": it is not UTF-8; save the file as UTF-8: "Z`+"\uFFFD"+`rich"`, `! line 3: column "a": it is not UTF-8; save the file as UTF-8: "`+"\uFFFD"+`"`, "4: 3|4")},
		{"a long cell", "a,b\n12345678901,2\n1234567890,4\n", short, lines("a|b", `! line 2: column "a": `+tooLong+`: "12345678901"`, "3: 1234567890|4")},
		{"a long quoted cell", "a,b\n1,\"12345678901\"\n3,4\n", short, lines("a|b", `! line 2: column "b": `+tooLong+`: "\"12345678901\""`, "3: 3|4")},
		{"a long quoted cell of several lines", "a,b\n1,\"12345\n678901\n23\"\n3,4\n", short, lines("a|b", `! line 2: column "b": `+tooLong+` (lines 2 to 4): "\"12345"`, "5: 3|4")},
		{"a quote that is never closed", "a,b\n1,\"x\n3,4\n5,6\n", file.Options{}, lines("a|b", `! line 2: column "b": the quote that opens on line 2 is never closed: "\"x"`, "3: 3|4", "4: 5|6")},
		{"a quote never closed on the second line of a record", "a,b,c\n\"1\n1\",\"x,y\n3,4,5\n", file.Options{}, lines("a|b|c", `! line 2: column "b": the quote that opens on line 3 is never closed: "\"x,y"`, "4: 3|4|5")},
		{"a quote that closes much too late", "a,b\n1,\"x\n3,4\n5,6\n7,8\n9,\"z\n", short, lines("a|b", `! line 2: column "b": `+tooLong+`, or the quote that opens on line 2 is never closed: "\"x"`, "3: 3|4", "4: 5|6", "5: 7|8", `! line 6: column "b": the quote that opens on line 6 is never closed: "\"z"`)},
		{"a quote that the next quote closes", "a,b\n1,\"x\n3,4\n5,\"y\"\n7,8\n", file.Options{}, lines("a|b", `! line 2: column "b": there is text after the closing quote; a quote inside quotes is written twice: "\"x"`, "3: 3|4", "4: 5|'y'", "5: 7|8")},
		{"text after a quote", "a,b\n\"5\" pipe\",2\n3,4\n", file.Options{}, lines("a|b", `! line 2: column "a": there is text after the closing quote; a quote inside quotes is written twice: "\"5\" pipe\",2"`, "3: 3|4")},
		{"text after a quote on a later line", "a,b\n\"x\ny\"z,2\n3,4\n", file.Options{}, lines("a|b", `! line 2: column "a": there is text after the closing quote; a quote inside quotes is written twice: "\"x"`, "4: 3|4")},
		{"what is left of a record with bad quotes", "a,b\n\"he said \"hello\"\nfoo\",2\n3,4\n5\",6\n", file.Options{}, lines("a|b", `! line 2: column "a": there is text after the closing quote; a quote inside quotes is written twice: "\"he said \"hello\""`, `! line 3: it may be the rest of line 2, whose quotes do not match: "foo\",2"`, "4: 3|4", `5: 5"|6`)},
		{"a long value", "a,b\n" + strings.Repeat("é", 300) + "\n1,2\n", file.Options{}, lines("a|b", `! line 2: it has 1 field where the header has 2: "`+strings.Repeat("é", 200)+`"`, "3: 1|2")},
	})
}

func TestCSVBigCells(t *testing.T) {
	t.Parallel()
	prose := strings.Repeat("some text in a cell, with a comma, and one more\n", 10<<20/48)
	testRead(t, "x.csv", []readCase{
		{
			"ten megabytes without quotes",
			"a,b\n1," + strings.Repeat("x", 10<<20) + "\n3,4\n",
			file.Options{},
			lines("a|b", `! line 2: column "b": the cell is longer than 1 MiB: "`+strings.Repeat("x", 200)+`"`, "3: 3|4"),
		},
		{
			"ten megabytes in quotes",
			"a,b\n1,\"" + strings.Repeat("x", 10<<20) + "\"\n3,4\n",
			file.Options{},
			lines("a|b", `! line 2: column "b": the cell is longer than 1 MiB: "\"`+strings.Repeat("x", 199)+`"`, "3: 3|4"),
		},
		{
			"ten megabytes of lines in quotes",
			"a,b\n1,\"" + prose + "\"\n3,4\n",
			file.Options{},
			lines("a|b", fmt.Sprintf(`! line 2: column "b": the cell is longer than 1 MiB (lines 2 to %d): "\"some text in a cell, with a comma, and one more"`, 2+strings.Count(prose, "\n")), fmt.Sprintf("%d: 3|4", 3+strings.Count(prose, "\n"))),
		},
		{
			"a row of many fields",
			"a,b\n" + strings.Repeat("x,", 3<<20) + "\n3,4\n",
			file.Options{},
			lines("a|b", `! line 2: the row is longer than 4 MiB: "`+strings.Repeat("x,", 100)+`"`, "3: 3|4"),
		},
	})
}

// The first quote comes long after anything that looks ahead has stopped.
func TestCSVLateQuote(t *testing.T) {
	t.Parallel()
	text := "a,b\n" + strings.Repeat("1,2\n", 40_000) + "\"x,y\",\"2\n3\"\n4,5\n"
	want := lines("40002: 'x,y'|'2", "3'", "40004: 4|5")
	got := show(write(t, "x.csv", text), file.Options{})
	if !strings.HasSuffix(got, want) {
		t.Errorf("got %q at the end, want %q", got[max(0, len(got)-len(want)-20):], want)
	}
}

// An open quote costs one row wherever it stands, in a file far longer than
// the longest cell.
func TestCSVOpenQuoteInLongFile(t *testing.T) {
	t.Parallel()
	const rows = 300_000
	text := "a,b\n" + strings.Repeat("12345,2\n", 1000) + "x,\"y\n" + strings.Repeat("12345,2\n", rows)
	got := show(write(t, "x.csv", text), file.Options{})
	if n := strings.Count(got, "12345|2\n"); n != rows+1000 {
		t.Errorf("got %d rows, want %d", n, rows+1000)
	}
	want := `! line 1002: column "b": the cell is longer than 1 MiB, or the quote that opens on line 1002 is never closed: "\"y"`
	if !strings.Contains(got, want+"\n") || strings.Count(got, "!") != 1 {
		t.Errorf("got no or several errors, want %q", want)
	}
}

func TestCSVInUTF16(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]unicode.Endianness{"little": unicode.LittleEndian, "big": unicode.BigEndian} {
		t.Run(name+" endian", func(t *testing.T) {
			t.Parallel()
			text, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String("näme\tb\r\n東京\t\"😀\n2\"\r\n")
			if err != nil {
				t.Fatal(err)
			}
			want := lines("näme|b", "2: 東京|'😀", "2'")
			if diff := cmp.Diff(want, show(write(t, "x.csv", text), file.Options{})); diff != "" {
				t.Errorf("rows differ (-want +got):\n%s", diff)
			}
		})
	}
}
