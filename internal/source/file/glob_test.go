package file_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/source/file"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	root := filepath.Join(parent, "project")
	for _, name := range []string{
		"b.csv", "a.csv", ".hidden.csv", "notes.txt", "report[1].csv", "x.csv/inner.txt",
		"data/2026/01/u.csv", "data/2026/02/u.csv.gz", "data/u.csv", "data/.trash/u.csv", "../elsewhere.csv",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(parent, filepath.Join(root, "data", "loop")); err != nil {
		t.Fatal(err)
	}
	const leaves = `find files "PATTERN": it leads out of the project; write an absolute path for files elsewhere`
	tests := []struct {
		name     string
		patterns string // separated by spaces
		want     string
		wantErr  string
	}{
		{"a name", "a.csv", "a.csv", ""},
		{"a pattern, in order", "*.csv", "a.csv b.csv report[1].csv", ""},
		{"overlapping patterns", "b* a.csv *.csv", "a.csv b.csv report[1].csv", ""},
		{"a name that looks like a pattern", "report[1].csv", "report[1].csv", ""},
		{"a class", "[ab].csv", "a.csv b.csv", ""},
		{"a hidden file by name", ".hid*", ".hidden.csv", ""},
		{"directories on the way", "data/*/*/u.*", "data/2026/01/u.csv data/2026/02/u.csv.gz", ""},
		{"any directories", "data/**/u.csv", "data/2026/01/u.csv data/u.csv", ""},
		{"any directories at the start", "**/u.csv.gz", "data/2026/02/u.csv.gz", ""},
		{"any directories at the end", "data/2026/**", "data/2026/01/u.csv data/2026/02/u.csv.gz", ""},
		{"a way through a directory and back", "data/../a.csv ./b.csv", "a.csv b.csv", ""},
		{"an absolute path", root + "/b.csv", "b.csv", ""},
		{"an absolute pattern", root + "/data/**/0*/u.csv", "data/2026/01/u.csv", ""},
		{"no match", "a.csv z*.csv none.csv", "", `find files "z*.csv": no file matches` + "\n" + `find files "none.csv": file does not exist`},
		{"a directory", "data", "", `find files "data": it is a directory; name the files in it, as in "data/*.csv"`},
		{"a way out", "../*.csv", "", strings.Replace(leaves, "PATTERN", "../*.csv", 1)},
		{"a way out later on", "data/../../elsewhere.csv", "", strings.Replace(leaves, "PATTERN", "data/../../elsewhere.csv", 1)},
		{"a way out behind a wildcard", "**/../elsewhere.csv", "", strings.Replace(leaves, "PATTERN", "**/../elsewhere.csv", 1)},
		{"an open bracket", "[a.csv", "", `find files "[a.csv": the pattern is not well formed: a bracket is not closed`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files, err := file.Glob(strings.Split(tt.patterns, " "), root)
			if got := errText(err); got != tt.wantErr {
				t.Errorf("got error %q, want %q", got, tt.wantErr)
			}
			var want []string
			for _, name := range strings.Fields(tt.want) {
				want = append(want, filepath.Join(root, name))
			}
			if diff := cmp.Diff(want, files); diff != "" {
				t.Errorf("files differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGlobBlank(t *testing.T) {
	t.Parallel()
	_, err := file.Glob([]string{" "}, "")
	if got, want := errText(err), `find files " ": the file name is blank`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err = file.Glob([]string{"no-such-file.csv"}, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want an error that is %v", err, fs.ErrNotExist)
	}
}

func TestGlobInWorkingDirectory(t *testing.T) {
	t.Parallel()
	got, err := file.Glob([]string{"glob_t*.go"}, "")
	if want := []string{"glob_test.go"}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
