package statetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/segue-cs/segue/internal/state"
)

// erasure returns an erasure with something in every field.
func erasure(batch int64) state.Erasure {
	return state.Erasure{Batch: batch, Subject: "account", Decided: noon(), Facts: 5_000_000_000, Keys: []state.ErasedKey{
		{Number: 3, Family: "account", Space: "crm", Salt: []byte{0, 1}, Digest: []byte{2, 0, 255}, Surrogate: "erased-1"},
		{Number: 7, Family: "contact", Space: "main", Salt: []byte{0, 1}, Digest: []byte{9}, Surrogate: "erased-2"},
	}}
}

func exerciseErasures(t *testing.T, open OpenFunc) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	returned := func(e state.Erasure) state.Erasure {
		e.Decided = kept(e.Decided)
		return e
	}
	first, second := erasure(begin(t, s, "erase")), state.Erasure{Batch: begin(t, s, "erase"), Subject: "contact", Decided: noon()}
	left := begin(t, s, "erase")
	check(t, s.SaveErasure(ctx, first))
	check(t, s.SaveErasure(ctx, second))
	if err := s.SaveErasure(ctx, first); err == nil {
		t.Error("an erasure saved twice: got no error")
	}
	check(t, s.FinishErasure(ctx, second.Batch, noon()))
	for _, batch := range []int64{left, second.Batch} { // never saved, and finished already
		if err := s.FinishErasure(ctx, batch, noon()); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("finish %d: got %v, want %v", batch, err, state.ErrNotFound)
		}
	}
	second.Finished = true
	want := []state.Erasure{returned(first), returned(second)}
	got, err := s.Erasures(ctx)
	check(t, err)
	same(t, "erasures", got, want)
	decided(t, s, []int64{first.Batch, second.Batch}, second.Batch)
	check(t, s.Close())

	s = open(t, folder)
	t.Cleanup(func() { check(t, s.Close()) })
	got, err = s.Erasures(ctx)
	check(t, err)
	same(t, "erasures after reopening", got, want)
}

// What a summary quoted of a row is in no file of the store once an erasure is
// finished.
func exerciseForgotten(t *testing.T, open OpenFunc) {
	folder := t.TempDir()
	s := open(t, folder)
	t.Cleanup(func() { check(t, s.Close()) })
	ctx := t.Context()
	const quoted = "jane.doe@acme.example"
	imported := begin(t, s, "import")
	check(t, s.Commit(ctx, imported, noon(), json.RawMessage(`{"rows": 1, "rejections": [{"value": "`+quoted+`"}], "conflict_examples": ["`+quoted+`: role"]}`)))
	if !inFolder(t, folder, quoted) {
		t.Fatal("the summary is not in the store's files: the test looks in the wrong place")
	}
	e := erasure(begin(t, s, "erase"))
	check(t, s.SaveErasure(ctx, e))
	check(t, s.FinishErasure(ctx, e.Batch, noon()))
	if inFolder(t, folder, quoted) {
		t.Errorf("%q is still in the store's files", quoted)
	}
}

// inFolder reports whether some file of a folder holds a text.
func inFolder(t *testing.T, folder, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	check(t, err)
	for _, path := range files {
		content, err := os.ReadFile(path)
		check(t, err)
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}
