package duckdb

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"testing"
)

// The engine's allocator is reached by names that a new release could change without a word.
func TestEngineMemoryIsAdvised(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("this kernel has no huge pages of its own accord")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the engine is built with its own allocator on amd64")
	}
	if got := adviseHugePages(); got == 0 {
		t.Error("no memory was advised: the allocator of the engine is not the one that is known here")
	}
}
