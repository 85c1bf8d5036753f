package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each of these is refused with a message that says what to do, and leaves
// what was there before as it was.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	manyBad := func(good, bad int) string {
		var b strings.Builder
		b.WriteString("customer,at,what,n\n")
		for range good {
			b.WriteString("a1,2026-05-01T10:00:00Z,run,1\n")
		}
		for i := range bad {
			fmt.Fprintf(&b, "a1,May %02d,run,1\n", i%28+1)
		}
		return b.String()
	}
	for _, tt := range []struct {
		name    string
		files   map[string]string // "" takes the file away
		sources []string
		want    []string
	}{
		{
			"an empty file",
			map[string]string{"usage.csv": ""},
			nil,
			[]string{`source "usage": usage.csv: it is empty (export it again, or take it away)`, "Nothing was loaded."},
		},
		{
			"a file that is not there",
			map[string]string{"contracts.csv": "-"},
			nil,
			[]string{`source "contracts": find files "contracts*.csv": no file matches`, "name the sources that you have"},
		},
		{"columns that are not in the files, of all sources at once", map[string]string{
			"contracts.csv": strings.Replace(goodContracts, "customer,arr", "Customer,ARR", 1),
			"usage.csv":     strings.Replace(goodUsage, ",what,", ",event,", 1),
		}, nil, []string{
			`the file has no column "customer" (did you mean "Customer"?; its columns are line, Customer, ARR, currency`,
			`the file has no column "arr" (did you mean "ARR"?`,
			`source "usage": the file has no column "what" (did you mean "at"?; its columns are customer, at, event, n)`,
		}},
		{"a source that the strategy does not have", nil, []string{"acounts"}, []string{`unknown source "acounts" (did you mean "accounts"?)`}},
		{
			"a gzip file that is cut off",
			map[string]string{"usage.csv": "-", "usage.csv.gz": "CUT"},
			nil,
			[]string{"import usage: usage.csv.gz: ", "copy or export it again", "accounts, contracts had been loaded before it"},
		},
		{
			"a Parquet file that is cut off",
			map[string]string{"usage.csv": "-", "usage.parquet": "PAR1cut off in the middle"},
			nil,
			[]string{"usage.parquet: ", "not a readable Parquet file", "copy or export it again", "Nothing was loaded."},
		},
		{"a spreadsheet", map[string]string{"usage.csv": "-", "usage.xlsx": "PK"}, nil, []string{"it is no Excel workbook, whatever its name says"}},
		{
			"a mapping that is wrong for most rows",
			map[string]string{"usage.csv": manyBad(20, 21)},
			nil,
			[]string{"usage.csv: most of its rows are rejected: 21 of 41", "is the mapping right?", `usage.csv:22: column "at": "May 01" is not a date`},
		},
		{
			"accounts in a circle",
			map[string]string{"accounts.csv": "id,parent,name\na1,a3,Acme\na2,a1,Acme Labs\na3,a2,Umbra\na4,,Alone\n"},
			nil,
			[]string{"import accounts: accounts are their own parents", "correct the parents of\n  a1, under a3, under a2, under a1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			im := newImporter(t, importStrategy, goodFiles())
			im.load(t)
			before := visible(t, im)
			for name, text := range tt.files {
				switch text {
				case "-":
					os.Remove(filepath.Join(im.root, name))
				case "CUT":
					whole := gzipped(t, manyBad(5000, 0))
					im.write(t, name, whole[:len(whole)/2])
				default:
					im.write(t, name, text)
				}
			}
			_, err := im.Import(t.Context(), im.request(tt.sources...), nil)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got\n%v\nwant in it\n%s", err, want)
				}
			}
			if diff := cmp.Diff(visible(t, im), before); diff != "" {
				t.Errorf("what was stored has changed (-got +want):\n%s", diff)
			}
			for name := range tt.files {
				os.Remove(filepath.Join(im.root, name))
			}
			for name, text := range goodFiles() {
				im.write(t, name, text)
			}
			for _, s := range im.load(t).Sources {
				if s.Unchanged != s.Rows {
					t.Errorf("the good files again: got %s, want all unchanged", counts(s))
				}
			}
		})
	}
}

// visible counts what a reader sees.
func visible(t *testing.T, im *importer) map[string]int64 {
	t.Helper()
	profile, err := im.Warehouse.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int64{}
	for name, k := range profile.Kinds {
		all[name] = k.Rows
		if k.Superseded {
			all["superseded "+name]++
		}
	}
	for domain, n := range profile.Texts {
		all["texts of "+domain] = n
	}
	return all
}

// Each of these costs rows, is told, and lets the rest through.
func TestImportRejectsRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		usage  string
		want   string
		reason string
	}{
		{"a cell of ten megabytes", goodUsage + "a1,2026-05-03T10:00:00Z," + strings.Repeat("x", 10<<20) + ",1\n", "4 rows, 3 new", "what"},
		{"a row with too many cells", goodUsage + "a1,2026-05-03T10:00:00Z,run,1,2,3\n", "4 rows, 3 new", ""},
		{"a row with too few cells", goodUsage + "a1,2026-05-03T10:00:00Z\n", "4 rows, 3 new", ""},
		{"a quote that is not closed", goodUsage + "a1,2026-05-03T10:00:00Z,\"run,1\n", "4 rows, 3 new", ""},
		{"text that is not UTF-8", goodUsage + "a1,2026-05-03T10:00:00Z,caf\xe9 caf\u00e9 th\u00e9 na\u00efve cr\u00e8me \u00e0,1\n", "4 rows, 3 new", ""},
		{"an absurd date", goodUsage + "a1,0026-05-03T10:00:00Z,run,1\n", "4 rows, 3 new", `"0026-05-03T10:00:00Z" cannot be meant`},
		{"a number that is not finite", goodUsage + "a1,2026-05-03T10:00:00Z,run,Infinity\n", "4 rows, 3 new", `"Infinity" is not a number`},
		{"only a header", "customer,at,what,n\n", "0 rows, 0 new", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := goodFiles()
			files["usage.csv"] = tt.usage
			im := newImporter(t, importStrategy, files)
			s := im.load(t).Sources[2]
			if got := counts(s); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if s.Rejected > 0 && (len(s.Rejections) == 0 || !strings.Contains(fmt.Sprint(s.Rejections), tt.reason)) {
				t.Errorf("rejections: got %+v, want %q among them", s.Rejections, tt.reason)
			}
			if s.Rows == 0 && !cmp.Equal(s.Warnings, []string{"usage.csv: it has no rows, only a header"}) {
				t.Errorf("warnings: got %q", s.Warnings)
			}
		})
	}
}

func TestImportAcceptsRejects(t *testing.T) {
	t.Parallel()
	files := goodFiles()
	files["usage.csv"] = goodUsage + strings.Repeat("a1,yesterday,run,1\n", 30)
	im := newImporter(t, importStrategy, files)
	request := im.request("usage")
	request.AcceptRejects = true
	report, err := im.Import(t.Context(), request, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := counts(report.Sources[0]), "33 rows, 3 new"; !strings.Contains(got, want) || !strings.Contains(got, "30 rejected, 3 unmatched") {
		t.Errorf("got %s", got)
	}
	if got := len(report.Sources[0].Rejections); got == 0 || got > 5 {
		t.Errorf("examples: got %d", got)
	}
}

func TestImportWarnsOfUnknownParents(t *testing.T) {
	t.Parallel()
	files := goodFiles()
	files["accounts.csv"] = goodAccounts + "a4,a77,Lost\na5,a77,Lost too\n"
	im := newImporter(t, importStrategy, files)
	want := []string{"1 account named as parent by 2 rows, and no source lists them: a77; those accounts stand alone until they are listed"}
	if diff := cmp.Diff(im.load(t).Sources[0].Warnings, want); diff != "" {
		t.Errorf("warnings (-got +want):\n%s", diff)
	}
}

func TestImportDefusesFormulas(t *testing.T) {
	t.Parallel()
	files := goodFiles()
	files["usage.csv"] = goodUsage + "=cmd(),=1+1,run,-7\n"
	im := newImporter(t, importStrategy, files)
	s := im.load(t).Sources[2]
	text, err := os.ReadFile(s.RejectsFile)
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "\n")
	if !strings.HasPrefix(line, "usage.csv,5,at,'=1+1,") {
		t.Errorf("got %s", line)
	}
}

func TestImportReportLines(t *testing.T) {
	t.Parallel()
	files := goodFiles()
	files["contracts.csv"] = goodContracts + "l9,a9,1200,USD,x,2026-01-01,\nl10,a9,1200,USD,1,2026-01-01,\n"
	im := newImporter(t, importStrategy, files)
	report := im.load(t)
	want := `
source          rows        new  unchanged   rejected  unmatched
accounts           3          3          0          0          0
contracts          5          4          0          1          1
  arr EUR    €500.50    €500.50          -          -          -
  arr JPY        ¥70        ¥70          -          -          -
  arr USD  $3,400.00  $2,200.00          -  $1,200.00  $1,200.00
usage              3          3          0          0          0

contracts: 1 row rejected; all are in rejects/contracts-2.csv
  contracts.csv:5: column "seats": "x" is not a number: list it under missing: if it stands for none
  sums and counts of contract rows are unknown for their customers until they are mended and imported
contracts: 1 row of no account that any source lists; kept, and counted once the account is known
  a9: 1 row

Whose these may be: segue match`
	got := "\n" + strings.Join(report.Lines(), "\n")
	got = strings.ReplaceAll(got, im.root+string(filepath.Separator), "")
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("lines (-got +want):\n%s", diff)
	}
}

func TestImportOfOtherFiles(t *testing.T) {
	t.Parallel()
	im := newImporter(t, importStrategy, goodFiles())
	im.write(t, "late.ndjson", `{"customer":"a1","at":"2026-05-03T10:00:00Z","what":"run"}`+"\n")
	request := im.request("usage")
	request.Files = map[string][]string{"usage": {"late.ndjson"}}
	report, err := im.Import(t.Context(), request, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := report.Sources[0]
	if s.Rows != 1 || s.Loaded != 1 || s.Files[0].File != "late.ndjson" {
		t.Errorf("got %s from %+v", counts(s), s.Files)
	}
	if diff := cmp.Diff(s.Warnings, []string{`late.ndjson: none of its first records has "n"`}); diff != "" {
		t.Errorf("warnings (-got +want):\n%s", diff)
	}
}

// Files of rejected rows do not pile up: the newest of each source stay, and
// those of a source whose name begins alike are not touched.
func TestImportKeepsNewestRejects(t *testing.T) {
	t.Parallel()
	im := newImporter(t, eraseStrategy, eraseFiles())
	im.load(t)
	dir := filepath.Join(im.root, "rejects")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"tickets-eu-1.csv", "tickets-eu.csv", "tickets-01.csv", "note.txt"} {
		if err := os.WriteFile(filepath.Join(dir, other), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var files []string
	for n := range 8 {
		im.write(t, "tickets.csv", fmt.Sprintf("customer,who,at,subject\na,jane,2026-05-01T10:00:00Z,slow\na,jane,never,%d\n", n))
		files = append(files, filepath.Base(im.load(t, "tickets").Sources[0].RejectsFile))
	}
	want := append([]string{"note.txt", "tickets-01.csv", "tickets-eu-1.csv", "tickets-eu.csv"}, files[3:]...)
	slices.Sort(want)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("files of rejected rows (-got +want):\n%s", diff)
	}
}

// One damaged byte does not change how the other letters of a file are read;
// its row is rejected, with its line.
func TestImportDamagedByte(t *testing.T) {
	t.Parallel()
	files := eraseFiles()
	files["accounts.csv"] = "id,name\na,K\xf6ln AG\nb,Zürich\nc,Genève\n"
	im := newImporter(t, eraseStrategy, files)
	s := im.load(t, "accounts").Sources[0]
	if s.Loaded != 2 || s.Rejected != 1 || len(s.Readings) != 0 {
		t.Errorf("got %d loaded, %d rejected and the readings %q, want 2, 1 and none", s.Loaded, s.Rejected, s.Readings)
	}
	if len(s.Rejections) != 1 || s.Rejections[0].Line != 2 || s.Rejections[0].Column != "name" || !strings.Contains(s.Rejections[0].Reason, "not UTF-8") {
		t.Errorf("got rejections %v, want one of the name on line 2 that is not UTF-8", s.Rejections)
	}
}
