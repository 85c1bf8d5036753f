//go:build unix

package pipeline_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe that matches the pattern of a source is refused without waiting for
// somebody to write to it.
func TestImportOfAPipe(t *testing.T) {
	t.Parallel()
	files := goodFiles()
	delete(files, "usage.csv")
	im := newImporter(t, importStrategy, files)
	if err := syscall.Mkfifo(filepath.Join(im.root, "usage.csv"), 0o600); err != nil {
		t.Skipf("needs named pipes: %v", err)
	}
	_, err := im.Import(t.Context(), im.request(), nil)
	if err == nil || !strings.Contains(err.Error(), `source "usage": usage.csv: `) || !strings.Contains(err.Error(), "it is no file but a pipe or a device") {
		t.Errorf("got %v", err)
	}
	if err == nil || !strings.Contains(err.Error(), "Nothing was loaded.") {
		t.Errorf("it does not say what was loaded: %v", err)
	}
}
