package pipeline_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state/sqlite"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// importFolder names the folder in which TestImportInFolder works when this
// binary runs as the process that is killed.
const importFolder = "SEGUE_TEST_IMPORT_FOLDER"

const killedEvents = 60_000

// openFolder opens the store in a folder as the program does at its start.
func openFolder(ctx context.Context, folder string) (*importer, func() error, error) {
	s, found := spec.Load(os.DirFS(folder))
	if s == nil {
		return nil, nil, found.Err()
	}
	store, err := sqlite.Open(ctx, filepath.Join(folder, "state.sqlite"))
	if err != nil {
		return nil, nil, err
	}
	w, err := duckdb.Open(ctx, filepath.Join(folder, "facts.duckdb"), duckdb.Options{Threads: 1})
	if err != nil {
		return nil, nil, err
	}
	im := &importer{root: folder, Engine: &pipeline.Engine{Warehouse: w, State: store, Strategy: s}}
	closeAll := func() error {
		if err := w.Close(); err != nil {
			return err
		}
		return store.Close()
	}
	return im, closeAll, im.Recover(ctx)
}

// TestImportInFolder is the process that TestImportIsKilled kills: it imports
// and tells each step on its standard output.
func TestImportInFolder(t *testing.T) {
	folder := os.Getenv(importFolder)
	if folder == "" {
		t.Skip("runs only as the process that another test kills")
	}
	im, closeAll, err := openFolder(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("step open")
	_, err = im.Import(t.Context(), im.request(), func(p pipeline.ImportProgress) { fmt.Println("step", p.Source, p.Rows) })
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("step done")
	if err := closeAll(); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed at any moment of an import leaves a folder that
// opens again, in which each source is there whole or not at all, and in which
// the same import then completes.
func TestImportIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills a dozen processes")
	}
	folder := t.TempDir()
	writeKilled(t, folder)
	killed := 0
	for round := range 10 {
		if killImport(t, folder, 1+round*2, time.Duration(round%4)*15*time.Millisecond) {
			killed++
		}
		checkWhole(t, folder)
	}
	if killed < 5 {
		t.Errorf("only %d of 10 imports were killed before they were done", killed)
	}
	im, closeAll, err := openFolder(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range im.load(t).Sources {
		if s.Loaded+s.Unchanged != s.Rows {
			t.Errorf("the import that is left alone: got %s", counts(s))
		}
	}
	if got := im.rows(t, "event"); got != killedEvents {
		t.Errorf("events: got %d, want %d", got, killedEvents)
	}
	if err := closeAll(); err != nil {
		t.Fatal(err)
	}
}

func writeKilled(t *testing.T, folder string) {
	t.Helper()
	im := &importer{root: folder}
	im.write(t, "strategy.yaml", importStrategy)
	var events strings.Builder
	events.WriteString("customer,at,what,n\n")
	for i := range killedEvents {
		fmt.Fprintf(&events, "a%d,2026-05-%02dT10:00:00Z,run %d,%d\n", i%5, i%28+1, i%100, i)
	}
	files := goodFiles()
	files["usage.csv"] = events.String()
	for name, text := range files {
		im.write(t, name, text)
	}
}

// killImport starts an import, kills it a while after the given step, and
// reports whether that came before its end.
func killImport(t *testing.T, folder string, step int, after time.Duration) bool {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestImportInFolder$")
	child.Env = append(os.Environ(), importFolder+"="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	steps, said := 0, []string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said = append(said, lines.Text())
		if !strings.HasPrefix(lines.Text(), "step") {
			continue
		}
		if steps++; steps == step {
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
	}
	err = child.Wait()
	if err != nil && !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the import failed by itself: %v\n%s", err, strings.Join(said, "\n"))
	}
	return err != nil
}

// checkWhole opens the folder and looks at what a reader sees.
func checkWhole(t *testing.T, folder string) {
	t.Helper()
	im, closeAll, err := openFolder(t.Context(), folder)
	if err != nil {
		t.Fatalf("the folder does not open again: %v", err)
	}
	for kind, whole := range map[string]int64{"account": 3, "contract": 3, "event": killedEvents} {
		if got := im.rows(t, kind); got != 0 && got != whole {
			t.Errorf("%s: got %d rows, want none or %d", kind, got, whole)
		}
	}
	if err := closeAll(); err != nil {
		t.Fatal(err)
	}
}
