package pipeline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

// A file is told once it is as it was at the look before, and again when it has
// changed.
func TestWatcher(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w, err := pipeline.NewWatcher(folder)
	if err != nil {
		t.Fatal(err)
	}
	look := func(step string, want ...string) {
		t.Helper()
		got, err := w.Look()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", step, diff)
		}
	}
	write("a.csv", "one")
	write(".part", "one")
	look("just there")
	write("b.csv", "one")
	look("a as before, b new", "a.csv")
	write("b.csv", "one and two")
	look("b grows")
	look("b as before", "b.csv")
	look("nothing new")
	write("a.csv", "another")
	look("a has changed")
	look("and stays so", "a.csv")
	if err := os.Remove(filepath.Join(folder, "a.csv")); err != nil {
		t.Fatal(err)
	}
	look("a is gone")
	write("a.csv", "another")
	look("a is back")
	look("as it was", "a.csv")
}

// Sources read what their patterns name; one that takes its files as a whole
// reads all of them again.
func TestArrived(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"crm-1.csv", "crm-2.csv", "bills.csv", "photo.png"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := &spec.Strategy{Sources: []fact.Mapping{
		{Name: "accounts", Files: []string{"exports/crm-*.csv"}, Rows: fact.Snapshot},
		{Name: "owners", Files: []string{"exports/crm-*.csv"}},
		{Name: "billing", Files: []string{"bills.csv"}},
	}}
	got, err := pipeline.Arrived(s, folder, []string{"crm-2.csv", "photo.png"})
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(folder, name) }
	want := pipeline.Arrival{
		Files: map[string][]string{
			"accounts": {in("crm-1.csv"), in("crm-2.csv")},
			"owners":   {in("crm-2.csv")},
		},
		Unclaimed: []string{"photo.png"},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
