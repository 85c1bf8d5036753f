package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/state/sqlite"
)

// childFolder is the variable that makes the test binary a second process,
// which works in a data folder until it is killed.
const childFolder = "SEGUE_TEST_DATA_FOLDER"

func TestMain(m *testing.M) {
	folder := os.Getenv(childFolder)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := work(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const grains = 40 // enough for a run to take several pages

// work saves run after run, prints the batch of each one that is saved, and
// ends with the input. A batch and its file are left open.
func work(folder string) error {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if _, err := sqlite.Lock(folder, "segue import", lockedAt()); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(folder, "state.sqlite"))
	if err != nil {
		return err
	}
	left, err := s.Begin(ctx, "import", "accounts", lockedAt())
	if err != nil {
		return err
	}
	if err := s.SaveFile(ctx, state.File{Batch: left, Path: "lost.csv"}); err != nil {
		return err
	}
	for {
		run := state.Run{Results: make([]state.Result, grains), Steps: make([]state.Step, grains)}
		if run.Batch, err = s.Begin(ctx, "run", "", lockedAt()); err != nil {
			return err
		}
		for i := range grains {
			run.Results[i].Table = strings.Repeat("x", 500)
		}
		if err := s.SaveRun(ctx, run); err != nil {
			return err
		}
		fmt.Println(run.Batch)
	}
}

func lockedAt() time.Time {
	return time.Date(2026, 11, 22, 14, 3, 9, 0, time.FixedZone("", -5*3600))
}

// child is a second process at work.
type child struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func start(t *testing.T, folder string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+folder)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // ends with this process, and the child with it
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, out: bufio.NewScanner(out)}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			c.kill(t)
		}
	})
	return c
}

// next returns the batch of the next run that the child has saved.
func (c *child) next(t *testing.T) int64 {
	t.Helper()
	if !c.out.Scan() {
		t.Fatalf("the second process ended early: %v", c.out.Err())
	}
	batch, err := strconv.ParseInt(c.out.Text(), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// kill kills the child and returns the batches it had printed meanwhile.
func (c *child) kill(t *testing.T) []int64 {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var saved []int64
	for c.out.Scan() {
		if batch, err := strconv.ParseInt(c.out.Text(), 10, 64); err == nil {
			saved = append(saved, batch)
		}
	}
	if err := c.cmd.Wait(); err == nil {
		t.Error("the second process ended by itself")
	}
	return saved
}

// TestKill kills a process at work several times in one folder: what it said
// was saved is there and whole, and what it left open never counts.
func TestKill(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var saved []int64
	for round := range 4 {
		c := start(t, folder)
		for range 3 * (round + 1) {
			saved = append(saved, c.next(t))
		}
		saved = append(saved, c.kill(t)...)

		lock, err := sqlite.Lock(folder, "segue run", lockedAt())
		if err != nil {
			t.Fatal(err)
		}
		wantSaved(t, filepath.Join(folder, "state.sqlite"), saved)
		if err := lock.Release(); err != nil {
			t.Fatal(err)
		}
	}
}

func wantSaved(t *testing.T, path string, saved []int64) {
	t.Helper()
	s := setup(t, path)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	runs, err := s.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settled, err := s.Settled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var batches []int64
	for _, r := range slices.Backward(runs) {
		batches = append(batches, r.Batch)
		if len(r.Results) != grains || len(r.Steps) != grains {
			t.Errorf("run %d: got %d results and %d steps, want %d", r.Batch, len(r.Results), len(r.Steps), grains)
		}
	}
	if !slices.Equal(batches, settled) {
		t.Errorf("got runs %v, want those of the committed batches %v", batches, settled)
	}
	for _, batch := range saved {
		if !slices.Contains(batches, batch) {
			t.Errorf("run %d was saved and is not there", batch)
		}
	}
	files, err := s.Files(t.Context())
	if err != nil || len(files) != 0 {
		t.Errorf("got files %v (%v), want none", files, err)
	}
	watermark, err := s.Watermark(t.Context())
	if err != nil || watermark < settled[len(settled)-1] {
		t.Errorf("got watermark %d (%v), want it not to stop at what was left open", watermark, err)
	}
}

func TestLockOfAnotherProcess(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := start(t, folder)
	c.next(t)
	_, err := sqlite.Lock(folder, "segue run", lockedAt())
	wantInUse(t, err, folder, c.cmd.Process.Pid, "segue import")

	c.kill(t)
	lock, err := sqlite.Lock(folder, "segue run", lockedAt())
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

func wantInUse(t *testing.T, err error, folder string, pid int, command string) {
	t.Helper()
	want := fmt.Sprintf("data folder %q is in use by process %d (%s, since 14:03 on 2026-11-22); wait until it has ended", folder, pid, command)
	if !errors.Is(err, state.ErrLocked) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
