package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing/fstest"
	"time"

	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state"
)

// VersionReport is one version of the strategy.
type VersionReport struct {
	Number  int64         `json:"number"`
	Hash    string        `json:"hash"`
	Applied time.Time     `json:"applied"`
	Now     bool          `json:"applied_now"`
	Same    int64         `json:"same_as,omitempty"` // the latest version before that said the same
	Changes []spec.Change `json:"changes"`           // since the one before
	Unread  string        `json:"unread,omitempty"`  // why this program cannot read it
}

// Versions lists the versions of the strategy, the newest first.
func (e *Engine) Versions(ctx context.Context) ([]VersionReport, error) {
	versions, err := e.State.Versions(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]VersionReport, 0, len(versions))
	read := make([]*Engine, len(versions))
	for i, v := range versions {
		r := VersionReport{Number: v.Number, Hash: v.Hash, Applied: v.Applied, Now: i == 0, Changes: []spec.Change{}}
		if read[i], err = e.version(v); err != nil {
			r.Unread = err.Error()
		}
		list = append(list, r)
	}
	for i, v := range list {
		for _, older := range list[i+1:] {
			if older.Hash == v.Hash {
				list[i].Same = older.Number
			}
		}
	}
	for i := range len(versions) - 1 {
		if read[i] != nil && read[i+1] != nil {
			list[i].Changes = spec.Compare(read[i+1].Strategy, read[i].Strategy)
		}
	}
	return list, nil
}

// DiffReport says in what two versions differ.
type DiffReport struct {
	From    int64         `json:"from"` // 0 is the folder
	To      int64         `json:"to"`
	Changes []spec.Change `json:"changes"`
	Files   []FileDiff    `json:"files"`
}

// FileDiff is a file that differs: its texts, "" where it is not there.
type FileDiff struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Diff says in what a version of the strategy differs from another, older one;
// 0 is what the folder says now.
func (e *Engine) Diff(ctx context.Context, from, to int64) (DiffReport, error) {
	report := DiffReport{From: from, To: to, Files: []FileDiff{}}
	versions, err := e.State.Versions(ctx)
	if err != nil {
		return report, err
	}
	both := make([]*Engine, 2)
	for i, number := range []int64{from, to} {
		if both[i] = e; number == 0 {
			continue
		}
		v, err := versionOf(versions, number)
		if err != nil {
			return report, err
		}
		if both[i], err = e.version(v); err != nil {
			return report, err
		}
	}
	report.Changes = spec.Compare(both[0].Strategy, both[1].Strategy)
	names := map[string]bool{}
	for _, x := range both {
		for name := range x.Files {
			names[name] = true
		}
	}
	for name := range names {
		if a, b := both[0].Files[name], both[1].Files[name]; a != b {
			report.Files = append(report.Files, FileDiff{Name: name, Before: a, After: b})
		}
	}
	slices.SortFunc(report.Files, func(a, b FileDiff) int { return cmp.Compare(a.Name, b.Name) })
	return report, nil
}

func versionOf(versions []state.Version, number int64) (state.Version, error) {
	i := slices.IndexFunc(versions, func(v state.Version) bool { return v.Number == number })
	if i < 0 {
		return state.Version{}, fmt.Errorf("version %d: %w; segue versions lists them", number, state.ErrNotFound)
	}
	return versions[i], nil
}

// version returns the engine with a version of the strategy.
func (e *Engine) version(v state.Version) (*Engine, error) {
	files := fstest.MapFS{}
	for name, text := range v.Files {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, problems := spec.LoadWithoutTests(files)
	if err := problems.Err(); err != nil {
		return nil, fmt.Errorf("version %d of the strategy, of %s, cannot be read any more: %w", v.Number, v.Applied.Format(time.DateOnly), err)
	}
	return &Engine{Warehouse: e.Warehouse, State: e.State, Strategy: s, Files: v.Files}, nil
}

// Applied returns the engine with the version of the strategy by which customers
// are placed: the engine itself where none is applied yet, or where the folder
// differs only in definitions that are new, and in what is imported.
// A version that was kept without its files gives way to the engine's own.
func (e *Engine) Applied(ctx context.Context) (*Engine, error) {
	versions, err := e.State.Versions(ctx)
	if err != nil || len(versions) == 0 || versions[0].Hash == e.Strategy.Hash() || len(versions[0].Files) == 0 {
		return e, err
	}
	applied, err := e.version(versions[0])
	if err != nil {
		return nil, err
	}
	moves := func(c spec.Change) bool { return c.Kind != "source" && c.Kind != "fact" && c.How != spec.Added }
	if !slices.ContainsFunc(spec.Compare(applied.Strategy, e.Strategy), moves) {
		return e, nil
	}
	return applied, nil
}

// versionFor gives a run the version of the strategy by which it places
// customers, to be kept with it: a placement applies it. A view by what is not
// applied has none, nor has a draft.
func (e *Engine) versionFor(ctx context.Context, run *state.Run, r RunRequest) error {
	if r.Draft || run.Limited {
		return nil
	}
	versions, err := e.State.Versions(ctx)
	if err != nil {
		return err
	}
	newest := state.Version{}
	if len(versions) > 0 {
		newest = versions[0]
	}
	switch {
	case newest.Hash == run.Hash && newest.Number > 0:
		run.Version = newest.Number
	case !run.View:
		run.Version = newest.Number + 1
		run.Applies = &state.Version{Hash: run.Hash, Applied: r.Now, Files: e.Files}
	}
	return nil
}
