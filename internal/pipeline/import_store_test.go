package pipeline_test

import (
	"path/filepath"
	"testing"

	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/state/sqlite"
)

func openState(t testing.TB) state.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
