package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/cli"
)

// TestReferenceIsCurrent compares docs/reference with what the program writes.
func TestReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var errOut bytes.Buffer
	if code := cli.Main([]string{"reference", dir}, nil, &bytes.Buffer{}, &errOut); code != 0 {
		t.Fatalf("got exit code %d: %s", code, &errOut)
	}
	written, err := os.ReadDir(dir)
	if err != nil || len(written) != 8 {
		t.Fatalf("got %d pages, want 8 (%v)", len(written), err)
	}
	for _, page := range written {
		got, err := os.ReadFile(filepath.Join("../../docs/reference", page.Name()))
		if err != nil {
			t.Errorf("%v: run make generate", err)
			continue
		}
		want, err := os.ReadFile(filepath.Join(dir, page.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("docs/reference/%s is out of date, run make generate (-committed +current):\n%s", page.Name(), diff)
		}
	}
}
