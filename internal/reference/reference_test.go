package reference_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/catalog"
	"github.com/segue-cs/segue/internal/reference"
	"github.com/segue-cs/segue/internal/spec"
)

func pages(t *testing.T) map[string]string {
	t.Helper()
	pages, err := reference.Pages(examples.Acme(), reference.Commands{Doc: "x", Verbs: []reference.Verb{{Use: "run", Short: "Run"}}})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// TestEveryKeyHasAnExample holds the examples against the keys, and loads the
// strategy that brings those which Acme has no use for.
func TestEveryKeyHasAnExample(t *testing.T) {
	t.Parallel()
	if s, found := spec.Load(os.DirFS("more")); s == nil || len(found) > 0 {
		t.Errorf("more does not load:\n%v", found)
	}
	kinds, err := fs.Sub(catalog.Files, "facts")
	if err != nil {
		t.Fatal(err)
	}
	keys := 0
	for _, b := range spec.Blocks(examples.Acme(), os.DirFS("more"), kinds) {
		for _, k := range b.Keys {
			keys++
			if k.Example == "" && !strings.HasPrefix(k.Doc, "Kind account:") {
				t.Errorf("%s: key %q has no example", b.Paths[0], k.Name)
			}
			if k.Doc == "" || k.Takes == "" {
				t.Errorf("%s: key %q does not say what it is or takes", b.Paths[0], k.Name)
			}
		}
	}
	if keys < 120 {
		t.Errorf("got %d keys, want all", keys)
	}
}

// TestLinks follows the links between the pages, and to places within them.
func TestLinks(t *testing.T) {
	t.Parallel()
	all := pages(t)
	link := regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)
	links := 0
	for name, text := range all {
		if filepath.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			links++
			target := text
			if m[1] != "" {
				content, err := os.ReadFile(filepath.Join("../../docs/reference", m[1]))
				if info, statErr := os.Stat(filepath.Join("../../docs/reference", m[1])); statErr == nil && info.IsDir() {
					continue
				}
				if target = string(content); all[m[1]] != "" {
					target = all[m[1]]
				} else if err != nil {
					t.Errorf("%s links to %s, which is not there", name, m[1])
				}
			}
			if m[2] != "" && !strings.Contains(strings.ReplaceAll(strings.ToLower(target), " ", "-"), "\n#-"+m[2][1:]+"\n") &&
				!strings.Contains(strings.ReplaceAll(strings.ToLower(target), " ", "-"), "\n##-"+m[2][1:]+"\n") {
				t.Errorf("%s links to %s%s, which is not there", name, m[1], m[2])
			}
		}
	}
	if links < 25 {
		t.Errorf("got %d links, want more", links)
	}
}

// TestTables counts the cells of each row.
func TestTables(t *testing.T) {
	t.Parallel()
	for name, text := range pages(t) {
		want := 0
		for i, line := range strings.Split(text, "\n") {
			if !strings.HasPrefix(line, "|") {
				want = 0
				continue
			}
			got := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if want != 0 && got != want {
				t.Errorf("%s:%d: got %d bars, want %d: %s", name, i+1, got, want, line)
			}
			want = got
		}
	}
}
