package script_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// realData is where the exports of the examples lie, beside the repository.
const realData = "../../../shared/data"

// TestReadmes runs the commands of each example's README, from top to bottom in
// a copy of the example, and compares what they show with what the page says:
// line by line but for how long something took. A "..." on a line of its own
// stands for lines that the page leaves out, and a command with nothing below it
// is there for its effect. The test skips an example whose data are not there;
// -update writes what is shown into the page.
func TestReadmes(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../examples/*/README.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("got the pages %v (%v), want ten or more", pages, err)
	}
	for _, page := range pages {
		example := filepath.Dir(page)
		t.Run(filepath.Base(example), func(t *testing.T) {
			if testing.Short() {
				t.Skip("imports large exports, and this is a short test")
			}
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			r := readme{t: t, folder: t.TempDir()}
			if err := os.CopyFS(r.folder, withoutData(example)); err != nil {
				t.Fatal(err)
			}
			got := r.run(string(text))
			if r.commands < 3 {
				t.Errorf("%s has %d commands that are run, want three or more", page, r.commands)
			}
			if *update && got != string(text) {
				if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// withoutData is an example as it is cloned: its own files, but not what trying
// it has left there.
func withoutData(example string) fs.FS {
	return noFolders{os.DirFS(example)}
}

// noFolders shows the files of a folder, and hides the folders in it.
type noFolders struct{ fs.FS }

func (f noFolders) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	var files []fs.DirEntry
	for _, d := range all {
		if d.Type().IsRegular() {
			files = append(files, d)
		}
	}
	return files, err
}

// readme is one page while its commands are run.
type readme struct {
	t        *testing.T
	folder   string
	commands int
}

// run runs the commands of a page and returns it with what they showed.
func (r *readme) run(page string) string {
	var out strings.Builder
	var block []string
	inside := false
	for line := range strings.Lines(page) {
		isMark := strings.HasPrefix(line, "```")
		switch {
		case isMark && inside && len(block) > 0 && strings.HasPrefix(block[0], "$ "):
			out.WriteString(r.block(strings.Join(block, "")))
		case isMark && inside:
			out.WriteString(strings.Join(block, ""))
		case inside && !isMark:
			block = append(block, line)
			continue
		}
		if isMark {
			inside, block = !inside, nil
		}
		out.WriteString(line)
	}
	return out.String()
}

func (r *readme) block(text string) string {
	var out strings.Builder
	for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		out.WriteString("$ " + command + "\n")
		out.WriteString(r.command(command, strings.TrimRight(want, "\n")))
	}
	return out.String()
}

// command runs one command, and returns what to write below it.
func (r *readme) command(command, want string) string {
	for _, outside := range []string{"make build", "export PATH=", "cd examples/"} {
		if strings.HasPrefix(command, outside) {
			return ""
		}
	}
	r.commands++
	c := exec.Command("sh", "-c", r.withData(command))
	c.Dir = r.folder
	c.Env = append(os.Environ(), todayVariable+"="+today)
	var shown bytes.Buffer
	c.Stdout, c.Stderr = &shown, &shown
	if err := c.Run(); err != nil {
		r.t.Fatalf("%s: %v\n%s", command, err, shown.String())
	}
	got := strings.TrimRight(shown.String(), "\n")
	switch {
	case want == "":
		return ""
	case holds(got, want):
		return want + "\n"
	case !*update || strings.Contains("\n"+want+"\n", "\n...\n"):
		r.t.Errorf("%s: got\n%s\nwant\n%s", command, got, want)
		return want + "\n"
	}
	return got + "\n"
}

// path matches what a page writes for the place of the exports.
var path = regexp.MustCompile(`/path/to/(\S+)`)

// withData puts the place of the exports into a command that copies them.
func (r *readme) withData(command string) string {
	return path.ReplaceAllStringFunc(command, func(named string) string {
		name := strings.TrimPrefix(named, "/path/to/")
		for _, place := range []string{name, "*/" + name} {
			if found, err := filepath.Glob(filepath.Join(realData, place)); err == nil && len(found) > 0 {
				var all []string
				for _, f := range found {
					f, err := filepath.Abs(f)
					if err != nil {
						r.t.Fatal(err)
					}
					all = append(all, f)
				}
				return strings.Join(all, " ")
			}
		}
		r.t.Skipf("needs %s of the shared data: put it into %s beside the repository", name, filepath.Clean(realData))
		return ""
	})
}

// took matches how long something took.
var took = regexp.MustCompile(`\bin [0-9.,]+ (ms|s|min)\b`)

// holds reports whether an output is what a page says of it.
func holds(got, want string) bool {
	got, want = took.ReplaceAllString(got, "in a moment"), took.ReplaceAllString(want, "in a moment")
	var pattern strings.Builder
	pattern.WriteString("^")
	for line := range strings.SplitSeq(want, "\n") {
		if line == "..." {
			pattern.WriteString(`(.*\n)*?`)
			continue
		}
		fmt.Fprintf(&pattern, "%s *\n", regexp.QuoteMeta(strings.TrimRight(line, " ")))
	}
	pattern.WriteString("$")
	return regexp.MustCompile(pattern.String()).MatchString(got + "\n")
}

func TestHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		got, want string
		holds     bool
	}{
		{"a\nb", "a\nb", true},
		{"a\nb", "a", false},
		{"a\nb", "b", false},
		{"a\nb\nc\nd", "a\n...\nd", true},
		{"a\nb\nc\nd", "a\n...", true},
		{"a\nb\nc\nd", "a\n...\nx", false},
		{"a  \nb", "a\nb", true},
		{"placed in 512 ms", "placed in 1.1 s", true},
		{"placed in 512 customers", "placed in 513 customers", false},
	} {
		if got := holds(c.got, c.want); got != c.holds {
			t.Errorf("%q shown for %q: got %t, want %t", c.got, c.want, got, c.holds)
		}
	}
}
