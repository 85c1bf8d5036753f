package spec_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/spec"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the # want: lines of testdata")

// load reads one file as a strategy, with a currency unless it says one, and
// returns the findings of Load and Lint without the file's name.
func load(content string) []string {
	files := fstest.MapFS{"x.yaml": {Data: []byte(content)}}
	if strings.HasPrefix(content, "tests:") || strings.Contains(content, "\ntests:") {
		before, tests, _ := strings.Cut("\n"+content, "\ntests:")
		blank := strings.Repeat("\n", strings.Count(before, "\n")-1)
		files["x.yaml"].Data = []byte(strings.TrimPrefix(before, "\n"))
		files["x.test.yaml"] = &fstest.MapFile{Data: []byte(blank + "tests:" + tests)}
	}
	if !strings.Contains("\n"+content, "\ncurrency:") {
		files["currency.yaml"] = &fstest.MapFile{Data: []byte("currency: USD\n")}
	}
	s, found := spec.Load(files)
	if s != nil {
		found = append(found, spec.Lint(s)...)
	}
	var lines []string
	for _, d := range found {
		line := strings.TrimPrefix(strings.TrimPrefix(d.String(), "x.test.yaml:"), "x.yaml:")
		lines = append(lines, line)
	}
	return lines
}

// TestFiles checks that each *.bad.yaml gives exactly the findings of its
// `# want:` lines, and each *.good.yaml gives none but warnings of that kind.
func TestFiles(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(names) < 40 {
		t.Fatalf("got %d files in testdata, want at least 40 (%v)", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			t.Parallel()
			checkFile(t, name)
		})
	}
}

func checkFile(t *testing.T, name string) {
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var want, body []string
	for _, line := range strings.Split(string(content), "\n") {
		if text, ok := strings.CutPrefix(line, "# want: "); ok {
			want = append(want, text)
		} else {
			body = append(body, line)
		}
	}
	got := load(strings.Join(body, "\n"))
	if *rewrite {
		out := strings.TrimRight(strings.Join(body, "\n"), "\n") + "\n"
		for _, line := range got {
			out += "# want: " + line + "\n"
		}
		if err := os.WriteFile(name, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	mistakes := slices.ContainsFunc(want, func(line string) bool { return !strings.Contains(line, "warning: ") })
	if isBad := strings.HasSuffix(name, ".bad.yaml"); isBad && len(want) == 0 || !isBad && mistakes {
		t.Errorf("%s has %d # want: lines", name, len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if !slices.IsSorted(linesOf(got)) {
		t.Errorf("the findings are not in order of place")
	}
}

// linesOf returns the line numbers of the errors, padded so that they sort.
func linesOf(found []string) []string {
	var lines []string
	for _, f := range found {
		line, _, _ := strings.Cut(f, ":")
		if !strings.Contains(f, "warning: ") {
			lines = append(lines, strings.Repeat("0", max(0, 5-len(line)))+line)
		}
	}
	return lines
}
