package spec_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/demo"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
)

// TestAcmeHasNoFindings leaves out the holds and review days, which the sample
// shows before runs apply them.
func TestAcmeHasNoFindings(t *testing.T) {
	t.Parallel()
	s, found := spec.Load(examples.Acme())
	if s == nil {
		t.Fatal(found.Err())
	}
	waits := 0
	for _, d := range append(found, spec.Lint(s)...) {
		if d.Code == "hold_not_applied" {
			waits++
			continue
		}
		t.Error(d)
	}
	if waits != 1 {
		t.Errorf("got %d findings of holds and review days, want 1", waits)
	}
}

// TestAcmeReadsTheDemo checks that the sample's sources name the files and
// columns that the demo base has, and leave none of its columns out.
func TestAcmeReadsTheDemo(t *testing.T) {
	t.Parallel()
	s, found := spec.Load(examples.Acme())
	if s == nil {
		t.Fatal(found.Err())
	}
	dir := t.TempDir()
	asOf := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	if _, err := demo.Write(t.Context(), demo.Options{Dir: dir, Accounts: 3, Seed: 1, AsOf: asOf}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "exports", "*.csv"))
	if err != nil || len(files) < 10 {
		t.Fatalf("got files %v (%v)", files, err)
	}
	for _, file := range files {
		name := "exports/" + filepath.Base(file)
		i := slices.IndexFunc(s.Sources, func(m fact.Mapping) bool { return strings.TrimSuffix(m.Files[0], "*") == name })
		if i < 0 {
			t.Errorf("no source reads %s", name)
			continue
		}
		header := headerOf(t, file)
		used := map[string]bool{}
		for _, b := range s.Sources[i].Columns {
			for _, column := range []string{b.From, b.CurrencyFrom, b.KnownFrom} {
				used[column] = true
				if column != "" && !slices.Contains(header, column) {
					t.Errorf("%s: %s has no column %q", b.Pos, name, column)
				}
			}
		}
		for _, column := range header {
			if !used[column] {
				t.Errorf("no source reads column %q of %s", column, name)
			}
		}
	}
}

func headerOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	header, err := csv.NewReader(f).Read()
	if err != nil {
		t.Fatal(err)
	}
	return header
}

func TestCatalogKinds(t *testing.T) {
	t.Parallel()
	kinds, err := spec.CatalogKinds()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"account", "contact", "contract", "event", "response", "activity", "milestone", "ticket", "opportunity",
		"advocacy", "reading", "pulse", "goal", "teammate", "ownership", "fx_rate", "override", "exposure",
	}
	var got []string
	for _, k := range kinds {
		got = append(got, k.Name)
		if k.Title == "" || k.Why == "" {
			t.Errorf("%s has no title or no reason", k.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestCatalogFreshness is SEMANTICS 9: events are stale after 3 days, accounts
// and contracts after 35, sparse kinds never.
func TestCatalogFreshness(t *testing.T) {
	t.Parallel()
	kinds, err := spec.CatalogKinds()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"event": 3, "account": 35, "contract": 35, "reading": 14}
	flows := []string{"event", "reading"}
	for _, k := range kinds {
		if k.FreshWithin != want[k.Name] {
			t.Errorf("%s: got fresh within %d days, want %d", k.Name, k.FreshWithin, want[k.Name])
		}
		if (k.Coverage == fact.Flow) != slices.Contains(flows, k.Name) {
			t.Errorf("%s: got coverage %s", k.Name, k.Coverage)
		}
	}
}
