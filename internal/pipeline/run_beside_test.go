package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/warehouse"
)

// noOverlaps cannot answer which contract lines overlap.
type noOverlaps struct{ warehouse.Warehouse }

func (w noOverlaps) Query(ctx context.Context, s warehouse.Statement) (warehouse.Rows, error) {
	if strings.Contains(s.Text, `"lines_of_key"`) {
		return nil, errConnection
	}
	return w.Warehouse.Query(ctx, s)
}

// A run that cannot tell which contract lines overlap, which it looks for while
// it evaluates, leaves what was shown as it was.
func TestRunWithoutOverlaps(t *testing.T) {
	t.Parallel()
	im := newImporter(t, guardStrategy, map[string]string{
		"accounts.csv":  "id,name\na,Acme\n",
		"contracts.csv": "line,customer,arr,starts\nc1,a,1000,2026-01-01\nc2,a,1000,2026-02-01\n",
	})
	im.load(t)
	c := company{im}
	c.run(t)
	want, tables := c.export(t, "", "arr", "coverage"), resultTables(t, im)

	im.write(t, "contracts.csv", "line,customer,arr,starts\nc1,a,1000,2026-01-01\nc2,a,1000,2026-02-01\nc3,a,500,2026-03-01\n")
	im.load(t) // else the run has nothing to evaluate
	whole := im.Warehouse
	im.Warehouse = noOverlaps{whole}
	if _, err := im.Run(t.Context(), pipeline.RunRequest{Now: lawDay}); !errors.Is(err, errConnection) {
		t.Fatalf("got %v, want %v", err, errConnection)
	}
	im.Warehouse = whole
	if got := c.export(t, "", "arr", "coverage"); got != want {
		t.Errorf("what is shown has changed:\n%s", cmp.Diff(got, want))
	}
	if diff := cmp.Diff(resultTables(t, im), tables); diff != "" {
		t.Errorf("the run left something (-got +want):\n%s", diff)
	}
	report, err := im.Run(t.Context(), pipeline.RunRequest{Now: lawDay})
	if err != nil {
		t.Fatal(err)
	}
	if report.Unchanged || report.Overlaps == nil || len(report.Overlaps.List) == 0 {
		t.Errorf("got %+v, want the lines of Acme that overlap, from a run that evaluates", report.Overlaps)
	}
}
