package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
)

// watching is one call of import --watch.
type watching struct {
	*app
	folder  string
	every   time.Duration
	request pipeline.ImportRequest

	imported, failures int
}

// run imports files as they arrive, until the context ends, and says what it
// did. A file that cannot be imported is told, and tried again once it changes.
func (w *watching) run(ctx context.Context) error {
	if w.every < 10*time.Millisecond {
		return misuseError{fmt.Errorf("--every %s: want 10ms or more, such as 5s", w.every)}
	}
	watcher, err := pipeline.NewWatcher(w.folder)
	if err != nil {
		return err
	}
	if _, _, err := w.strategy(); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "Watching %s; files are imported once they stop growing. Ctrl+C ends it.\n", w.folder)
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		names, err := watcher.Look()
		if err != nil {
			return err
		}
		if len(names) > 0 {
			if err := w.take(ctx, names); err != nil && ctx.Err() == nil {
				w.failures++
				fmt.Fprintf(w.err, "segue: %v\nIt is tried again once the file changes.\n", err)
			}
		}
		select {
		case <-ctx.Done():
			fmt.Fprintf(w.out, "Watched %s: %s imported, %s\n", w.folder, plural(w.imported, "file"), plural(w.failures, "failure"))
			return nil
		case <-tick.C:
		}
	}
}

// take imports the files that have arrived.
func (w *watching) take(ctx context.Context, names []string) error {
	s, _, err := w.strategy()
	if err != nil {
		return err
	}
	arrived, err := pipeline.Arrived(s, w.folder, names)
	if err != nil {
		return err
	}
	for _, name := range arrived.Unclaimed {
		fmt.Fprintf(w.out, "%s: no source reads a file of that name; %s import --suggest %s proposes one\n", name, w.call(), filepath.Join(w.folder, name))
	}
	if len(arrived.Files) == 0 {
		return nil
	}
	var sources []string
	for _, m := range s.Sources {
		if _, ok := arrived.Files[m.Name]; ok {
			sources = append(sources, m.Name)
		}
	}
	return w.withEngine(ctx, "import --watch", func(e *pipeline.Engine) error {
		var failures []error
		for _, name := range sources {
			r := w.request
			r.Now, r.Sources, r.Files = w.now(), []string{name}, map[string][]string{name: arrived.Files[name]}
			pipeline.Frugal()
			report, err := e.Import(ctx, r, nil)
			if err != nil {
				failures = append(failures, err)
				continue
			}
			w.imported += len(arrived.Files[name])
			fmt.Fprintf(w.out, "%s  %s\n", w.now().Format(time.TimeOnly), strings.Join(bases(arrived.Files[name]), ", "))
			w.lines(report.Lines())
		}
		return errors.Join(failures...)
	})
}

func bases(paths []string) []string {
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	slices.Sort(names)
	return names
}
