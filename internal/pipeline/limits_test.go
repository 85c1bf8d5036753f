package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// TestLargestStrategy runs a strategy with the most segments that one may
// have, and with far more levels, points, audiences and metrics than anyone
// reads: what passes the check must run.
func TestLargestStrategy(t *testing.T) {
	t.Parallel()
	const many = 120
	var metrics, levels, rules, points, segments, audiences strings.Builder
	for i := range many {
		fmt.Fprintf(&metrics, "  m%d: {is: 'employees + %d'}\n", i, i)
		fmt.Fprintf(&points, "      - {when: 'employees > %d', points: 1}\n", i)
		fmt.Fprintf(&audiences, "  a%d: 'm%d > 100'\n", i, i)
		fmt.Fprintf(&levels, "      l%d: %d\n", i, many-i)
		fmt.Fprintf(&rules, "      l%d: 'employees >= %d'\n", i, many-i)
	}
	for i := range segmentation.Most - 1 {
		fmt.Fprintf(&segments, "      s%d: 'employees == %d'\n", i, i)
	}
	text := "currency: EUR\nsources:\n  crm: {files: a.csv, fact: account, columns: {account: id, employees: n}}\n" +
		"metrics:\n" + metrics.String() +
		"dimensions:\n  cut:\n    of: employees\n    levels:\n" + levels.String() +
		"  chosen:\n    levels:\n" + rules.String() + "      rest: 'true'\n" +
		"  scored:\n    levels: {high: 100, low: 0}\n    points:\n" + points.String() +
		"audiences:\n" + audiences.String() +
		"segmentations:\n  cells:\n    on_unknown: hold\n    segments:\n" + segments.String() + "      rest: 'true'\n"
	s, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(text)}})
	if s == nil {
		t.Fatal(found.Err())
	}
	w, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.csv"), []byte("id,n\nA,60\nB,250\nC,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &pipeline.Engine{Warehouse: w, State: openState(t), Strategy: s}
	now := time.Date(2026, 4, 28, 12, 0, 0, 0, time.UTC)
	if _, err := e.Import(t.Context(), pipeline.ImportRequest{Root: root, Now: now}, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 { // held against nothing, then against the first
		if _, err := e.Run(t.Context(), pipeline.RunRequest{Now: now}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := e.Customers(t.Context(), pipeline.CustomersRequest{Columns: []string{"cells", "cells.undecided", "cut", "chosen", "scored", "a119"}, Sort: []string{"id"}})
	if err != nil {
		t.Fatal(err)
	}
	// A: 60 employees. The bound of l60 is 60; 60 of the points' conditions
	// hold. C is in one of 62 segments, nobody can tell which.
	want := "[A s60 false l60 l60 low true] [B rest false l0 l0 high true] [C rest true <nil> <nil> <nil> <nil>]"
	var got []string
	for _, row := range list.Rows {
		got = append(got, fmt.Sprint(row))
	}
	if strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}
