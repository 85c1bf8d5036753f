package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/state/sqlite"
	"github.com/segue-cs/segue/internal/state/statetest"
)

func TestStore(t *testing.T) {
	statetest.Exercise(t, func(t *testing.T, folder string) state.Store {
		t.Helper()
		return setup(t, filepath.Join(folder, "state.sqlite"))
	})
}

func setup(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDropRunLeavesNothing looks where no method does: parts of a dropped run
// would be there for good.
func TestDropRunLeavesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.sqlite")
	s := setup(t, path)
	batch, err := s.Begin(t.Context(), "run", "", lockedAt())
	if err != nil {
		t.Fatal(err)
	}
	run := state.Run{Batch: batch, Steps: []state.Step{{Name: "commit", Took: time.Second}}, Results: []state.Result{{Grain: "account"}}}
	if err := s.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if err := s.DropRun(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var got int
	row := raw(t, path).QueryRow("SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM run_step) + (SELECT count(*) FROM run_result)")
	if err := row.Scan(&got); err != nil {
		t.Fatal(err)
	}
	if got != 0 {
		t.Errorf("got %d rows, want 0", got)
	}
}
