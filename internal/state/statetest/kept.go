package statetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// run returns a run with something in every field.
func run(batch int64) state.Run {
	return state.Run{
		Batch:    batch,
		AsOf:     day(),
		KnownAt:  batch - 1,
		View:     batch%2 == 0,
		Limited:  batch%2 == 0,
		Version:  4,
		Hash:     "9f86d081",
		Started:  noon(),
		Finished: noon().Add(2 * time.Second),
		Steps: []state.Step{
			{Name: "read what is stored", Took: 1},
			{Name: "evaluate by account", Took: 1_999_999_998},
			{Name: "commit", Took: 0},
		},
		Results: []state.Result{
			{Grain: "contact", Table: "result_contact", Customers: 9_000_000_000, Columns: json.RawMessage(`[{"name": "näme"}]`)},
			{Grain: "account", Table: "result_account", Customers: 0},
		},
		Summary: json.RawMessage("{\n \"moves\": 3 }"),
	}
}

// keptRun returns a run as a store gives it back.
func keptRun(r state.Run) state.Run {
	r.Started, r.Finished = kept(r.Started), kept(r.Finished)
	return r
}

func exerciseRuns(t *testing.T, open OpenFunc) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	bare := begin(t, s, "run")
	full, between := run(begin(t, s, "run")), begin(t, s, "import")
	check(t, s.SaveRun(ctx, full))
	check(t, s.SaveRun(ctx, state.Run{Batch: bare})) // not even times
	want := []state.Run{keptRun(full), {Batch: bare}}

	runs, err := s.Runs(ctx)
	check(t, err)
	same(t, "runs", runs, want)
	decided(t, s, []int64{bare, full.Batch}, full.Batch)
	check(t, s.Abort(ctx, between, noon()))
	check(t, s.Close())

	s = open(t, folder)
	t.Cleanup(func() { check(t, s.Close()) })
	runs, err = s.Runs(ctx)
	check(t, err)
	same(t, "runs after reopening", runs, want)
}

func exerciseRefusedRuns(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	saved := run(begin(t, s, "run"))
	check(t, s.SaveRun(ctx, saved))
	twice := saved
	twice.Hash = "other"
	if err := s.SaveRun(ctx, twice); err == nil {
		t.Error("second run of a batch: got no error")
	}

	broken := run(begin(t, s, "run"))
	broken.Results[1].Columns = json.RawMessage(`[`) // found when all else is written
	if err := s.SaveRun(ctx, broken); err == nil {
		t.Error("columns that are no JSON: got no error")
	}
	runs, err := s.Runs(ctx)
	check(t, err)
	same(t, "runs", runs, []state.Run{keptRun(saved)})
	decided(t, s, []int64{saved.Batch}, saved.Batch)
	check(t, s.Abort(ctx, broken.Batch, noon()))
}

func exerciseDropped(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	old, recent := run(begin(t, s, "run")), run(begin(t, s, "run"))
	check(t, s.SaveRun(ctx, old))
	check(t, s.SaveRun(ctx, recent))
	check(t, s.DropRun(ctx, old.Batch))
	runs, err := s.Runs(ctx)
	check(t, err)
	same(t, "runs", runs, []state.Run{keptRun(recent)})
	decided(t, s, []int64{old.Batch, recent.Batch}, recent.Batch)
	if err := s.DropRun(ctx, old.Batch); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("second drop: got %v, want %v", err, state.ErrNotFound)
	}
}

func exerciseFiles(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	first, second, failed := begin(t, s, "import"), begin(t, s, "import"), begin(t, s, "import")
	file := func(batch int64, path string) state.File {
		return state.File{
			Batch: batch, Source: "billing", Path: path, Size: 5_000_000_000, Modified: noon(), Digest: "e3b0c442", Rows: 20_000_000,
		}
	}
	saved := []state.File{file(second, "b.csv"), file(first, "z.csv"), file(failed, "x.csv"), file(first, "a.csv"), file(first, "z.csv")}
	for _, f := range saved {
		check(t, s.SaveFile(ctx, f))
	}
	check(t, s.Commit(ctx, second, noon(), nil))
	files, err := s.Files(ctx)
	check(t, err)
	want := []state.File{saved[1], saved[3], saved[4], saved[0]}
	for i := range want {
		want[i].Modified = kept(want[i].Modified)
	}
	same(t, "files of the second batch", files, want[3:])

	check(t, s.Commit(ctx, first, noon(), nil))
	check(t, s.Abort(ctx, failed, noon()))
	files, err = s.Files(ctx)
	check(t, err)
	same(t, "files", files, want)
	if err := s.SaveFile(ctx, file(first, "late.csv")); err == nil {
		t.Error("file of a committed batch: got no error")
	}
}

func exerciseImports(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	list, err := s.Imports(ctx)
	check(t, err)
	same(t, "imports of an empty store", list, []state.Import{})
	first, failed, second := begin(t, s, "import"), begin(t, s, "import"), begin(t, s, "import")
	run, left := begin(t, s, "run"), begin(t, s, "import")
	check(t, s.Commit(ctx, second, noon(), nil))
	check(t, s.Commit(ctx, first, noon(), json.RawMessage(`{"rows":3}`)))
	check(t, s.Abort(ctx, failed, noon()))
	check(t, s.Commit(ctx, run, noon(), nil))
	list, err = s.Imports(ctx)
	check(t, err)
	if len(list) != 2 || list[0].Batch != first || list[1].Batch != second || left == 0 {
		t.Fatalf("got imports %v, want %d and %d", list, first, second)
	}
	same(t, "summary", string(list[0].Summary), `{"rows":3}`)
	same(t, "time of the commit", list[0].Ended, kept(noon()))
	same(t, "none", list[1].Summary == nil, true)
}

func exerciseVersions(t *testing.T, open OpenFunc) {
	s := opened(t, open)
	ctx := t.Context()
	texts := map[string]string{"segue.yaml": "segmentations: {}\n", "rules/größe.yaml": "", "quote.yaml": "it's \"so\"\x00\r\n"}
	saves := []struct {
		hash  string
		files map[string]string
		want  int64
	}{
		{"aa", texts, 1},
		{"aa", map[string]string{"other.yaml": ""}, 1},
		{"bb", nil, 2},
		{"aa", texts, 3}, // back to what it was
	}
	for _, save := range saves {
		batch, err := s.Begin(ctx, "run", "", noon())
		check(t, err)
		run := state.Run{Batch: batch, Version: save.want + 1, Applies: &state.Version{Number: 99, Hash: save.hash, Applied: noon(), Files: save.files}}
		if err := s.SaveRun(ctx, run); err == nil {
			t.Errorf("version with hash %q: saved as %d, want an error", save.hash, run.Version)
		}
		run.Version = save.want
		check(t, s.SaveRun(ctx, run))
	}
	versions, err := s.Versions(ctx)
	check(t, err)
	same(t, "versions", versions, []state.Version{
		{Number: 3, Hash: "aa", Applied: kept(noon()), Files: texts},
		{Number: 2, Hash: "bb", Applied: kept(noon())},
		{Number: 1, Hash: "aa", Applied: kept(noon()), Files: texts},
	})
}
