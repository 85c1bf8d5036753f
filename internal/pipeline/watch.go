package pipeline

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
)

// Watcher notices files that arrive in a folder, or change there, once they
// have stopped growing. It looks only when it is told to.
type Watcher struct {
	folder string
	seen   map[string]watched
}

type watched struct {
	size     int64
	modified time.Time
	told     bool // as it now is
}

// NewWatcher returns a watcher of a folder.
func NewWatcher(folder string) (*Watcher, error) {
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return nil, fmt.Errorf("watch %q: there is no such folder", folder)
	}
	return &Watcher{folder: folder, seen: map[string]watched{}}, nil
}

// Look returns the files of the folder that are as they were at the look
// before, and that no look has returned as they are, by name. Files in folders
// of its own and those whose names begin with a dot are passed over.
func (w *Watcher) Look() ([]string, error) {
	entries, err := os.ReadDir(w.folder)
	if err != nil {
		return nil, fmt.Errorf("watch %q: %w", w.folder, err)
	}
	present := map[string]bool{}
	var ready []string
	for _, d := range entries {
		if d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			continue
		}
		info, err := d.Info()
		if err != nil {
			continue // it is gone again
		}
		name := d.Name()
		present[name] = true
		before, known := w.seen[name]
		now := watched{size: info.Size(), modified: info.ModTime()}
		if known && before.size == now.size && before.modified.Equal(now.modified) {
			if !before.told {
				ready = append(ready, name)
			}
			now.told = true
		}
		w.seen[name] = now
	}
	for name := range w.seen {
		if !present[name] {
			delete(w.seen, name)
		}
	}
	slices.Sort(ready)
	return ready, nil
}

// Arrival says which files of a folder each source reads.
type Arrival struct {
	Files     map[string][]string // by source, with their folder
	Unclaimed []string            // names that no source's pattern matches
}

// Arrived says which sources read the files that have arrived in a folder: those
// with a pattern whose last part matches the name. A source that takes its files
// as a whole (rows: snapshot) reads all of the folder that match.
func Arrived(s *spec.Strategy, folder string, names []string) (Arrival, error) {
	base, err := filepath.Abs(folder)
	if err != nil {
		return Arrival{}, err
	}
	a := Arrival{Files: map[string][]string{}}
	all, err := os.ReadDir(base)
	if err != nil {
		return Arrival{}, fmt.Errorf("watch %q: %w", folder, err)
	}
	for _, name := range names {
		claimed := false
		for _, m := range s.Sources {
			if !reads(m, name) {
				continue
			}
			claimed = true
			if m.Rows != fact.Snapshot {
				a.Files[m.Name] = append(a.Files[m.Name], filepath.Join(base, name))
				continue
			}
			a.Files[m.Name] = nil
			for _, d := range all {
				if !d.IsDir() && reads(m, d.Name()) {
					a.Files[m.Name] = append(a.Files[m.Name], filepath.Join(base, d.Name()))
				}
			}
		}
		if !claimed {
			a.Unclaimed = append(a.Unclaimed, name)
		}
	}
	return a, nil
}

func reads(m fact.Mapping, name string) bool {
	return slices.ContainsFunc(m.Files, func(pattern string) bool {
		ok, err := path.Match(path.Base(pattern), name)
		return ok && err == nil
	})
}
