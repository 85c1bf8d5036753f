package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/state"
)

var errConnection = errors.New("the answer did not come")

// deafStore is a store whose commits succeed and whose answers are lost.
type deafStore struct{ state.Store }

func (s deafStore) Commit(ctx context.Context, batch int64, now time.Time, summary json.RawMessage) error {
	return errors.Join(s.Store.Commit(ctx, batch, now, summary), errConnection)
}

func (s deafStore) SaveRun(ctx context.Context, run state.Run) error {
	return errors.Join(s.Store.SaveRun(ctx, run), errConnection)
}

// What was committed is never undone, whatever the one who committed it heard.
func TestUndoAsksTheStateFirst(t *testing.T) {
	t.Parallel()
	im := newImporter(t, importStrategy, goodFiles())
	store := im.State
	im.State = deafStore{store}
	if _, err := im.Import(t.Context(), im.request("accounts"), nil); !errors.Is(err, errConnection) {
		t.Fatalf("import: got %v, want %v", err, errConnection)
	}
	if got := im.rows(t, "account"); got != 3 {
		t.Errorf("accounts of a committed import: got %d, want 3", got)
	}
	if _, err := im.Run(t.Context(), pipeline.RunRequest{Now: importedAt}); !errors.Is(err, errConnection) {
		t.Fatalf("run: got %v, want %v", err, errConnection)
	}
	im.State = store
	if err := im.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs, err := store.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 1 {
		t.Fatalf("got %d runs after the start, want the one that was committed", len(runs))
	}
	tables, err := im.Warehouse.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range runs[0].Results {
		found := false
		for _, table := range tables {
			found = found || table == result.Table
		}
		if !found {
			t.Errorf("the table %s of a committed run is gone", result.Table)
		}
	}
}
