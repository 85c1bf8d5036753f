package file_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/source/file"
)

// write puts the text into a fresh file of that name and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// show returns one line for the header, for each row and for each error:
//
//	a|b           the names
//	2: 1|'x'|-    line 2; quoted texts in ', missing fields as -
//	! line 3: ... a *source.RowError
//	stop: ...     any other error, without the path
func show(path string, o file.Options) string {
	var b strings.Builder
	stop := func(err error) string {
		text := strings.ReplaceAll(err.Error(), fmt.Sprintf("%q", path), "FILE")
		fmt.Fprintf(&b, "stop: %s\n", strings.ReplaceAll(text, path, "FILE"))
		return b.String()
	}
	r, err := file.Open(path, o)
	if err != nil {
		return stop(err)
	}
	defer r.Close()
	fmt.Fprintln(&b, strings.Join(r.Header(), "|"))
	for {
		row, err := r.Next()
		if bad, ok := errors.AsType[*source.RowError](err); ok {
			fmt.Fprintf(&b, "! %v\n", bad)
			continue
		}
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			return stop(err)
		}
		fmt.Fprintf(&b, "%d: ", row.Line)
		for i, f := range row.Fields {
			text := string(f.Text)
			switch {
			case f.Missing:
				text = "-" + text
			case f.Quoted:
				text = "'" + text + "'"
			}
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(text)
		}
		b.WriteByte('\n')
	}
}

func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type readCase struct {
	name    string
	text    string
	options file.Options
	want    string
}

func testRead(t *testing.T, fileName string, tests []readCase) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := show(write(t, fileName, tt.text), tt.options)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenByName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fileName string
		text     string
		options  file.Options
		want     string
	}{
		{"tabs by name", "x.TSV", "a,b\tc\n1\t2\n", file.Options{}, lines("a,b|c", "2: 1|2")},
		{"text with a semicolon", "x.txt", "a;b\n1;2\n", file.Options{}, lines("a|b", "2: 1|2")},
		{"JSON lines", "x.jsonl", `{"a":1}`, file.Options{}, lines("a", "1: 1")},
		{"gzip by name", "x.csv.gz", zipped(t, "a,b\n1,2\n"), file.Options{}, lines("a|b", "2: 1|2")},
		{"gzip by content", "x.csv", zipped(t, "a,b\n1,2\n"), file.Options{}, lines("a|b", "2: 1|2")},
		{"gzip in two members", "x.ndjson.gz", zipped(t, "{\"a\":1}\n") + zipped(t, `{"a":2}`), file.Options{}, lines("a", "1: 1", "2: 2")},
		{"a name that says gzip of a plain file", "x.csv.gz", "a,b\n1,2\n", file.Options{}, lines("a|b", "2: 1|2")},
		{"a format by option", "export", "a\tb\n1\t2\n", file.Options{Format: file.TSV}, lines("a|b", "2: 1|2")},
		{"an unknown format", "x.csv", "a\n", file.Options{Format: "xml"}, lines(`stop: read FILE: unknown format "xml" (known: csv, tsv, ndjson, xlsx)`)},
		{"an unknown ending", "x.dat", "a\n", file.Options{}, lines(`stop: read FILE: ".dat" is no known ending (.csv, .tsv, .txt, .ndjson, .jsonl, each also with .gz, .xlsx, .zip); set format`)},
		{"no ending", "x", "a\n", file.Options{}, lines(`stop: read FILE: its name does not say the format; set format to csv, tsv, ndjson or xlsx`)},
		{"a workbook that is none", "x.xlsx", "PK", file.Options{}, lines(`stop: read FILE: it is no Excel workbook, whatever its name says`)},
		{"an old workbook by name", "x.xls", "?", file.Options{}, lines(`stop: read FILE: it is a spreadsheet of another format; save it as .xlsx or as CSV (UTF-8)`)},
		{"an old workbook by content", "x.xlsx", "\xd0\xcf\x11\xe0", file.Options{}, lines(`stop: read FILE: it is a workbook of an old Excel, or one with a password; save it as .xlsx without a password, or as CSV (UTF-8)`)},
		{"a zip archive cut off", "x.csv", "PK\x03\x04....", file.Options{}, lines(`stop: read FILE: the archive is damaged or stops before its end: copy or export it again: zip: not a valid zip file`)},
		{"a JSON document", "x.json", "{}", file.Options{}, lines(`stop: read FILE: a .json file can be laid out in several ways; name it .ndjson if it has one object a line`)},
		{"a delimiter that is no ASCII", "x.csv", "a\n", file.Options{Delimiter: '·'}, lines(`stop: read FILE: delimiter and quote are one ASCII character each, not '·'`)},
		{"a delimiter that is the quote", "x.csv", "a\n", file.Options{Delimiter: '"'}, lines(`stop: read FILE: delimiter and quote are both '"'`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := show(write(t, tt.fileName, tt.text), tt.options)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct {
		name     string
		path     string
		wantText string
		wantIs   error
	}{
		{"a blank name", " ", `read " ": the file name is blank`, nil},
		{"a missing file", "none.csv", `read "none.csv": no such file or directory`, fs.ErrNotExist},
		{"a directory", dir + "/", "", nil},
		{"an empty file", write(t, "x.csv", ""), "it is empty", source.ErrEmpty},
		{"a file of line ends", write(t, "x.csv", "\xef\xbb\xbf\r\n \r\n\r\n"), "it is empty", source.ErrEmpty},
		{"an empty JSON file", write(t, "x.ndjson", ""), "it is empty", source.ErrEmpty},
		{"a JSON file of line ends", write(t, "x.ndjson", "\n \n"), "it is empty", source.ErrEmpty},
		{"an empty file, compressed", write(t, "x.csv.gz", zipped(t, "")), "it is empty", source.ErrEmpty},
		{"a Parquet file by name", write(t, "x.parquet", "PAR1"), "which the warehouse reads", source.ErrParquet},
		{"a Parquet file by content", write(t, "x.csv", "PAR1...."), "which the warehouse reads", source.ErrParquet},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := file.Open(tt.path, file.Options{Format: map[bool]string{true: file.CSV}[tt.path == dir+"/"]})
			if err == nil {
				r.Close()
				t.Fatal("got no error")
			}
			if got := err.Error(); !strings.Contains(got, tt.wantText) || !strings.HasPrefix(got, "read ") {
				t.Errorf("got %q, want %q in it", got, tt.wantText)
			}
			if tt.wantIs != nil && !errors.Is(err, tt.wantIs) {
				t.Errorf("got %v, want an error that is %v", err, tt.wantIs)
			}
		})
	}
}

func TestOpenWithoutPermission(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("needs a user for whom permissions count, not root")
	}
	path := write(t, "x.csv", "a\n")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := file.Open(path, file.Options{})
	if got, want := fmt.Sprint(err), fmt.Sprintf("read %q: permission denied", path); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOffset(t *testing.T) {
	t.Parallel()
	text := zipped(t, "a,b\n"+strings.Repeat("1,2\n", 100_000))
	r, err := file.Open(write(t, "x.csv.gz", text), file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for err == nil {
		_, err = r.Next()
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	read, total := r.Offset()
	if want := int64(len(text)); read != want || total != want {
		t.Errorf("got %d of %d, want all of %d", read, total, want)
	}
}

func TestDamagedGzip(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString("a,b\n")
	for i := range 200_000 {
		fmt.Fprintf(&rows, "%d,%d\n", i, i*7919%104729)
	}
	whole := zipped(t, rows.String())
	flipped := []byte(whole)
	flipped[len(flipped)-5] ^= 1 // in the checksum
	tests := []struct {
		name, text, want string
		leastRows        int
	}{
		{"half a file", whole[:len(whole)/2], "stops before its end", 50_000},
		{"a lost last byte", whole[:len(whole)-1], "stops before its end", 199_000},
		{"a wrong checksum", string(flipped), "is damaged", 199_000},
		{"only the start", whole[:7], "stops before its end", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			r, err := file.Open(write(t, "x.csv.gz", tt.text), file.Options{})
			if err == nil {
				defer r.Close()
				for n = 0; err == nil; n++ {
					_, err = r.Next()
				}
				_, again := r.Next()
				if got, want := fmt.Sprint(again), err.Error(); got != want {
					t.Errorf("got %q on the next call, want the same error %q", got, want)
				}
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || !strings.HasPrefix(got, "read ") {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
			if n < tt.leastRows {
				t.Errorf("got %d rows before the error, want at least %d", n, tt.leastRows)
			}
		})
	}
}

func rewrite(t interface{ Fatal(...any) }, path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
