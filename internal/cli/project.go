package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state/sqlite"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// strategy reads and checks the project's files but for its tests. Warnings are
// shown with verbs that ask for them.
func (a *app) strategy() (*spec.Strategy, diag.List, error) {
	return a.strategyBy(spec.LoadWithoutTests)
}

// testedStrategy reads and checks the project's files, its tests among them.
func (a *app) testedStrategy() (*spec.Strategy, diag.List, error) {
	return a.strategyBy(spec.Load)
}

func (a *app) strategyBy(load func(fs.FS) (*spec.Strategy, diag.List)) (*spec.Strategy, diag.List, error) {
	info, err := os.Stat(a.project)
	if err != nil || !info.IsDir() {
		return nil, nil, fmt.Errorf("open project %q: no such folder; name it with --project", a.project)
	}
	s, problems := load(os.DirFS(a.project))
	problems.Sort()
	if err := problems.Err(); err != nil {
		return nil, problems, err
	}
	return s, problems, nil
}

func (a *app) dataFolder() string {
	if a.data != "" {
		return a.data
	}
	return filepath.Join(a.project, ".segue")
}

// open opens the project for a verb that reads or writes data; close ends it.
func (a *app) open(ctx context.Context, verb string) (*pipeline.Engine, func() error, error) {
	s, _, err := a.strategy()
	if err != nil {
		return nil, nil, err
	}
	folder := a.dataFolder()
	lock, err := sqlite.Lock(folder, "segue "+verb, a.now())
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlite.Open(ctx, filepath.Join(folder, "state.sqlite"))
	if err != nil {
		return nil, nil, errors.Join(err, lock.Release())
	}
	house, err := duckdb.Open(ctx, filepath.Join(folder, "facts.duckdb"), duckdb.Options{Threads: a.threads, MemoryLimit: a.memory})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close(), lock.Release())
	}
	closeAll := func() error { return errors.Join(house.Close(), store.Close(), lock.Release()) }
	files, err := strategyFiles(os.DirFS(a.project))
	e := &pipeline.Engine{Warehouse: house, State: store, Strategy: s, Files: files}
	if err == nil {
		err = e.Recover(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	return e, closeAll, nil
}

// strategyFiles reads the texts that a version of the strategy keeps.
func strategyFiles(project fs.FS) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(project, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || spec.IsProject(project, path)) {
			return fs.SkipDir
		}
		ext := filepath.Ext(path)
		if d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		text, err := fs.ReadFile(project, path)
		files[path] = string(text)
		return err
	})
	return files, err
}

// answer prints a verb's answer: as JSON when asked, else as show writes it.
func (a *app) answer(report any, show func()) error {
	if !a.json {
		show()
		return nil
	}
	encoder := json.NewEncoder(a.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(report)
}
