package file_test

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/source/file"
)

// lineBreaks are read as a space in names.
var lineBreaks = regexp.MustCompile(`\s*[\r\n]\s*`)

// record is a row that was read, or refused when it has no fields.
type record struct {
	Line   int
	Fields []string
}

// FuzzCSV compares with encoding/csv: what both accept has the same fields on
// the same lines, and of the rows that encoding/csv reads those are refused
// that have the wrong number of fields.
//
// On any input, lines grow from one row or refusal to the next.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a,b\r\n\"1\",\"2\"\r\n", "a,b\n\"x\ny\",\"\"\"\"\n\n3,4", "a\n\n\"\"\n", "a,b\n\"x\r\ny\",\n",
		"\"a\nb\",c\n1,2\n", "a,,b\n,,\n", "a,b\n1,\"x\n3,4\n", "a,b\n\"x\"y,2\n", "a,\n1,2\n3,4,5\n", "a,b\n \n1\n1,2,\n",
		"a,b\n\"\"x\n\"\"\"\n1,2\n", "a\r1\r2\r", "a\n\"\x00\n", "\xff\xfea\x00\n\x00", "sep=;\na;b\n1;2\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		header, got, err := readRecords(t, text)
		for i := 1; i < len(got); i++ {
			if got[i].Line <= got[i-1].Line {
				t.Fatalf("got line %d after line %d in %q", got[i].Line, got[i-1].Line, text)
			}
		}
		if !isPlain(text) {
			return
		}
		wantHeader, want, ok := readStrict(text)
		if !ok {
			return
		}
		if err != nil {
			for _, reason := range []string{"two columns with one name", "names no column"} {
				if strings.Contains(err.Error(), reason) {
					return
				}
			}
			t.Fatalf("got %v for %q", err, text)
		}
		for i, name := range header {
			header[i] = strings.ReplaceAll(name, "\r\n", "\n")
		}
		if diff := cmp.Diff(wantHeader, header); diff != "" {
			t.Errorf("header of %q differs (-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows of %q differ (-want +got):\n%s", text, diff)
		}
	})
}

// isPlain reports whether the text has nothing that encoding/csv takes for
// something else: CR alone, byte order marks, "sep=", NUL, other encodings.
func isPlain(text string) bool {
	for _, prefix := range []string{"\ufeff", "PAR1", "PK\x03\x04", "\x1f\x8b"} {
		if strings.HasPrefix(text, prefix) {
			return false
		}
	}
	return utf8.ValidString(text) && !strings.Contains(text, "\x00") &&
		!strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") &&
		!strings.Contains(strings.ToLower(text), "sep=")
}

func readRecords(t *testing.T, text string) (header []string, records []record, err error) {
	r, err := file.Open(write(t, "x.csv", text), file.Options{Delimiter: ','})
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if err == io.EOF {
			return r.Header(), records, nil
		}
		if bad, ok := errors.AsType[*source.RowError](err); ok {
			records = append(records, record{Line: bad.Line})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if len(row.Fields) != len(r.Header()) {
			t.Fatalf("got %d fields for %d names in %q", len(row.Fields), len(r.Header()), text)
		}
		fields := []string{}
		for _, f := range row.Fields {
			// encoding/csv makes LF of a quoted CRLF.
			fields = append(fields, strings.ReplaceAll(string(f.Text), "\r\n", "\n"))
		}
		records = append(records, record{row.Line, fields})
	}
}

// readStrict reads the text with encoding/csv and the rules of file.Open about
// blank lines and delimiters at the end. ok is false when the text is no CSV.
func readStrict(text string) (header []string, records []record, ok bool) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	width := 0
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return header, records, header != nil
		}
		if err != nil {
			return nil, nil, false
		}
		line, _ := r.FieldPos(0)
		if header == nil {
			if len(fields) == 1 && strings.TrimSpace(fields[0]) == "" {
				return nil, nil, false
			}
			for _, name := range fields {
				header = append(header, lineBreaks.ReplaceAllString(strings.TrimSpace(name), " "))
			}
			width = len(header)
			for len(header) > 0 && header[len(header)-1] == "" {
				header = header[:len(header)-1]
			}
			continue
		}
		if len(fields) == 1 && len(header) > 1 && fields[0] != "" && strings.Trim(fields[0], " \t") == "" {
			if r.InputOffset() < 2 || !strings.HasSuffix(strings.TrimRight(text[:r.InputOffset()], "\r\n"), `"`) {
				continue
			}
		}
		records = append(records, fit(record{line, fields}, len(header), width))
	}
}

// fit cuts a row to the columns with names, or takes the fields off one that
// has the wrong number of them.
func fit(r record, columns, width int) record {
	if len(r.Fields) < columns || len(r.Fields) > width && strings.Join(r.Fields[width:], "") != "" {
		return record{Line: r.Line}
	}
	return record{r.Line, r.Fields[:columns]}
}
