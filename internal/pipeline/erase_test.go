package pipeline_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

const eraseStrategy = `
name: test
currency: USD
timezone: UTC
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, name: name}}
  tickets:
    files: tickets.csv
    fact: ticket
    columns: {account: customer, contact: who, at: at, subject: subject}
segmentations:
  all: {segments: {everybody: 'true'}}
`

func eraseFiles() map[string]string {
	return map[string]string{
		"accounts.csv": "id,name\na,Acme\nb,Acme\n",
		"tickets.csv": "customer,who,at,subject\na,jane,2026-05-01T10:00:00Z,slow\na,joe,2026-05-02T10:00:00Z,slow\n" +
			"b,jim,2026-05-03T10:00:00Z,fast\n",
	}
}

// cutStore fails at one step of an erasure, as if the process ended there.
type cutStore struct {
	state.Store
	save, finish bool
}

func (s cutStore) SaveErasure(ctx context.Context, e state.Erasure) error {
	if s.save {
		return errConnection
	}
	return s.Store.SaveErasure(ctx, e)
}

func (s cutStore) FinishErasure(ctx context.Context, batch int64, now time.Time) error {
	if s.finish {
		return errConnection
	}
	return s.Store.FinishErasure(ctx, batch, now)
}

// cutWarehouse never comes to erase.
type cutWarehouse struct{ warehouse.Warehouse }

func (cutWarehouse) Erase(context.Context, warehouse.Erasing) error { return errConnection }

// An erasure that ends at any step has changed nothing, or is completed at the
// next start.
func TestEraseIsCut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		cut     func(*pipeline.Engine)
		decided bool
	}{
		{"before it is decided", func(e *pipeline.Engine) { e.State = cutStore{Store: e.State, save: true} }, false},
		{"before the warehouse", func(e *pipeline.Engine) { e.Warehouse = cutWarehouse{e.Warehouse} }, true},
		{"after the warehouse", func(e *pipeline.Engine) { e.State = cutStore{Store: e.State, finish: true} }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			im := newImporter(t, eraseStrategy, eraseFiles())
			im.load(t)
			whole := *im.Engine
			tt.cut(im.Engine)
			if _, err := im.Erase(t.Context(), pipeline.EraseRequest{Account: "a", Now: importedAt}); !errors.Is(err, errConnection) {
				t.Fatalf("got %v, want %v", err, errConnection)
			}
			*im.Engine = whole
			if err := im.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := im.Erase(t.Context(), pipeline.EraseRequest{Account: "a", DryRun: true, Now: importedAt})
			if tt.decided != (err != nil && strings.Contains(err.Error(), "it was erased on 2026-05-15")) {
				t.Errorf("asked again: got %v, want erased %t", err, tt.decided)
			}
			erasures, err := im.Erasures(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := len(erasures) == 1 && erasures[0].Facts == 3; got != tt.decided {
				t.Errorf("log: got %v, want 3 facts %t", erasures, tt.decided)
			}
			all, err := im.State.Erasures(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range all {
				if !x.Finished {
					t.Errorf("erasure %d is not finished", x.Batch)
				}
			}
		})
	}
}

// A name that another account has too goes from the results of the one alone.
func TestEraseSharedName(t *testing.T) {
	t.Parallel()
	im := newImporter(t, eraseStrategy, eraseFiles())
	im.load(t)
	if _, err := im.Run(t.Context(), pipeline.RunRequest{Now: importedAt}); err != nil {
		t.Fatal(err)
	}
	if _, err := im.Erase(t.Context(), pipeline.EraseRequest{Account: "a", Now: importedAt}); err != nil {
		t.Fatal(err)
	}
	for _, moment := range []string{"the run before", "a run after"} {
		list, err := im.Customers(t.Context(), pipeline.CustomersRequest{Sort: []string{"id"}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[any]any{}
		for _, row := range list.Rows {
			id, _ := row[0].(string)
			if strings.HasPrefix(id, "erased-") {
				id = "erased"
			}
			got[id] = row[1]
		}
		if len(got) != 2 || got["b"] != "Acme" || got["erased"] != "(erased)" {
			t.Errorf("%s: got names %v", moment, got)
		}
		if len(list.Erased) != 1 || list.Erased[0].String() != "3 facts erased on 2026-05-15" {
			t.Errorf("%s: got the note %v", moment, list.Erased)
		}
		if _, err := im.Run(t.Context(), pipeline.RunRequest{Now: importedAt}); err != nil {
			t.Fatal(err)
		}
	}
}

// A wrong row about someone who was erased is not quoted, and who shares the
// account is loaded.
func TestImportAfterErase(t *testing.T) {
	t.Parallel()
	files := eraseFiles()
	im := newImporter(t, eraseStrategy, files)
	im.load(t)
	if _, err := im.Erase(t.Context(), pipeline.EraseRequest{Contact: "jane", Now: importedAt}); err != nil {
		t.Fatal(err)
	}
	im.write(t, "tickets.csv", files["tickets.csv"]+
		"a,jane,no time,jane's secret\na,joe,no time,joe's secret\na,jane,2026-05-04T10:00:00Z,again\na,joe,2026-05-04T10:00:00Z,again\n")
	report := im.load(t, "tickets")
	s := report.Sources[0]
	if s.Rows != 7 || s.Erased != 3 || s.Rejected != 1 || s.Loaded != 1 || s.Unchanged != 2 {
		t.Errorf("got %d rows, %d erased, %d rejected, %d loaded, %d unchanged; want 7, 3, 1, 1, 2", s.Rows, s.Erased, s.Rejected, s.Loaded, s.Unchanged)
	}
	rejects, err := os.ReadFile(filepath.Join(im.root, "rejects", filepath.Base(s.RejectsFile)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(rejects), "joe's secret") || strings.Contains(string(rejects), "jane") {
		t.Errorf("rejected rows: got\n%s", rejects)
	}
}

// The row of a living account that carries an erased id is loaded without that
// id; the row of a file of rejected rows does not show it.
func TestImportErasedKey(t *testing.T) {
	t.Parallel()
	const strategy = `
name: test
currency: USD
timezone: UTC
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, name: name, parent: parent, tier: tier}, keys: {billing: bill, erp: erp}}
  tickets: {files: tickets.csv, fact: ticket, ids: erp, columns: {account: customer, at: at, subject: subject}}
traits:
  tier: {type: number}
segmentations:
  all: {segments: {everybody: 'true'}}
`
	im := newImporter(t, strategy, map[string]string{
		"accounts.csv": "id,name,parent,tier,bill,erp\na,Acme,,1,B-1,E-1\nb,Bolt,,2,B-2,E-2\n",
		"tickets.csv":  "customer,at,subject\nE-2,2026-05-03T10:00:00Z,fast\n",
	})
	im.load(t)
	if _, err := im.Erase(t.Context(), pipeline.EraseRequest{Account: "a", Now: importedAt}); err != nil {
		t.Fatal(err)
	}
	im.write(t, "accounts.csv", "id,name,parent,tier,bill,erp\na,Acme,,1,B-1,E-1\nb,Bolt,,2,B-1,E-2\nc,Cord,,3,B-1,E-3\nd,Dorn,a,none,B-1,E-4\n")
	s := im.load(t, "accounts").Sources[0]
	if s.Rows != 4 || s.Erased != 1 || s.ErasedKeys != 2 || s.Unchanged != 1 || s.Loaded != 1 || s.Rejected != 1 {
		t.Errorf("got %d rows, %d erased, %d erased keys, %d unchanged, %d loaded, %d rejected; want 4, 1, 2, 1, 1, 1",
			s.Rows, s.Erased, s.ErasedKeys, s.Unchanged, s.Loaded, s.Rejected)
	}
	if slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "B-1") }) {
		t.Errorf("got warnings %q, want none that names the erased id", s.Warnings)
	}
	rejects, err := os.ReadFile(filepath.Join(im.root, "rejects", filepath.Base(s.RejectsFile)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(rejects), "none") || strings.Contains(string(rejects), "B-1") || strings.Contains(string(rejects), "parent=a") {
		t.Errorf("rejected rows: got\n%s", rejects)
	}
	im.write(t, "tickets.csv", "customer,at,subject\nE-2,2026-05-03T10:00:00Z,fast\nE-1,2026-05-04T10:00:00Z,slow\nE-3,2026-05-04T10:00:00Z,slow\n")
	s = im.load(t, "tickets").Sources[0]
	if s.Loaded != 1 || s.Unchanged != 1 || s.Erased != 1 || s.Unmatched != 0 {
		t.Errorf("tickets: got %d loaded, %d unchanged, %d erased, %d unmatched; want 1, 1, 1, 0", s.Loaded, s.Unchanged, s.Erased, s.Unmatched)
	}
}
