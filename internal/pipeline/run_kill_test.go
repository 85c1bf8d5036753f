package pipeline_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
)

// runFolder names the folder in which TestRunInFolder works when this binary
// runs as the process that is killed.
const runFolder = "SEGUE_TEST_RUN_FOLDER"

// TestRunInFolder is the process that TestRunIsKilled kills: it opens the
// folder, says so, runs and says so.
func TestRunInFolder(t *testing.T) {
	folder := os.Getenv(runFolder)
	if folder == "" {
		t.Skip("runs only as the process that another test kills")
	}
	im, closeAll, err := openFolder(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("step open")
	if _, err := im.Run(t.Context(), pipeline.RunRequest{Now: lawDay}); err != nil {
		t.Fatal(err)
	}
	fmt.Println("step done")
	if err := closeAll(); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed at any moment of a run leaves a folder that opens
// again and shows the old result or the new one, whole; nothing else stays
// behind, and the same run then completes.
func TestRunIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills a dozen processes")
	}
	folder := t.TempDir()
	im := &importer{root: folder}
	im.write(t, "strategy.yaml", lawStrategy)
	r := rand.New(rand.NewPCG(14, 14))
	b := randomBase(r, lawAccounts)
	// One more customer before each run tells its result from the last.
	grow := func(round int) {
		id := fmt.Sprintf("new%02d", round)
		b["accounts"].rows = append(b["accounts"].rows, []string{id, "", "New", "Retail", "700", "2025-01-01"})
		b["contracts"].rows = append(b["contracts"].rows, []string{id, id, "core", "5000", "50", "2026-01-01", ""})
	}
	var last shown
	inFolder(t, folder, func(c company) {
		c.take(t, b)
		c.run(t)
		last = c.shown(t)
		grow(0)
		c.take(t, b)
	})
	killed, old := 0, 0
	const rounds = 10
	for round := range rounds {
		// A run takes some tenths of a second; the last rounds let it end.
		if killRun(t, folder, time.Duration(5+r.IntN(15+round*40))*time.Millisecond) {
			killed++
		}
		inFolder(t, folder, func(c company) {
			before := c.shown(t)
			c.run(t)
			fresh := c.shown(t)
			isOld := slices.Equal(before.counts, last.counts)
			if isOld {
				old++
			}
			if !isOld && !slices.Equal(before.counts, fresh.counts) {
				t.Errorf("round %d: after the kill neither the old nor the new result is shown:\n%s", round, cmp.Diff(before.counts, fresh.counts))
			}
			for _, s := range []shown{before, fresh} {
				if diff := cmp.Diff(s.tables, s.kept); diff != "" {
					t.Errorf("round %d: tables that no result needs, or the reverse (-got +want):\n%s", round, diff)
				}
			}
			if !strings.Contains(fresh.counts[0], fmt.Sprintf(" %d customers", lawAccounts+round+1)) {
				t.Errorf("round %d: the run that was left alone: got %s", round, fresh.counts[0])
			}
			last = fresh
			grow(round + 1)
			c.take(t, b)
		})
	}
	if killed < 3 || old < 3 {
		t.Errorf("of %d runs %d were killed and %d left the old result: too few to show anything", rounds, killed, old)
	}
}

// shown is what a reader of a folder sees, with the tables behind it.
type shown struct {
	counts       []string
	tables, kept []string
}

func inFolder(t *testing.T, folder string, work func(c company)) {
	t.Helper()
	im, closeAll, err := openFolder(t.Context(), folder)
	if err != nil {
		t.Fatalf("the folder does not open: %v", err)
	}
	im.root = folder
	work(company{im})
	if err := closeAll(); err != nil {
		t.Fatal(err)
	}
}

func (c company) shown(t *testing.T) (s shown) {
	t.Helper()
	report, err := c.Segments(t.Context(), pipeline.SegmentsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, counts := range report.Counts {
		line := fmt.Sprintf("%s: %d customers, %d cents:", counts.Segmentation, counts.Customers, counts.RevenueMinor)
		for _, x := range counts.Segments {
			line += fmt.Sprintf(" %s %d %d", x.Name, x.Customers, x.RevenueMinor)
		}
		s.counts = append(s.counts, line)
	}
	runs, err := c.State.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		for _, result := range run.Results {
			s.kept = append(s.kept, result.Table)
		}
	}
	slices.Sort(s.kept)
	s.tables = resultTables(t, c.importer)
	return s
}

// killRun starts a run, kills it a while after it has opened the folder, and
// reports whether that came before its end.
func killRun(t *testing.T, folder string, after time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestRunInFolder$")
	child.Env = append(os.Environ(), runFolder+"="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said = append(said, lines.Text())
		if lines.Text() == "step open" {
			time.AfterFunc(after, cancel)
		}
	}
	err = child.Wait()
	if err != nil && !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the run failed by itself: %v\n%s", err, strings.Join(said, "\n"))
	}
	return err != nil
}
