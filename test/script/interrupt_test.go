package script_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const interruptedStrategy = `
name: interrupted
currency: USD
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, name: id}}
  usage: {files: usage.csv, fact: event, columns: {account: customer, at: at, name: what}}
metrics:
  events: {from: event, count: true, over: 28d}
  days: {from: event, active_days: true, over: 28d}
segmentations:
  use: {segments: {used: 'events > 0 && days > 1', idle: 'true'}}
`

const (
	interruptedEvents   = 300_000
	interruptedAccounts = 5_000
)

// project is a folder with a strategy and exports that take a moment.
func project(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	var accounts, usage strings.Builder
	accounts.WriteString("id\n")
	for i := range interruptedAccounts {
		fmt.Fprintf(&accounts, "a%d\n", i)
	}
	usage.WriteString("customer,at,what\n")
	for i := range interruptedEvents {
		fmt.Fprintf(&usage, "a%d,2026-06-%02dT10:00:00Z,run %d\n", i%interruptedAccounts, i%29+1, i%50)
	}
	for name, text := range map[string]string{"strategy.yaml": interruptedStrategy, "accounts.csv": accounts.String(), "usage.csv": usage.String()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// call is the command in a folder.
func call(folder string, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	var out, errOut bytes.Buffer
	c := exec.Command("segue", args...)
	c.Dir, c.Stdout, c.Stderr = folder, &out, &errOut
	c.Env = append(os.Environ(), todayVariable+"="+today)
	return c, &out, &errOut
}

// interrupted calls the command, interrupts it a while after it has taken the
// data folder, and reports whether that came before its end.
func interrupted(t *testing.T, folder string, after time.Duration, verb string) bool {
	t.Helper()
	c, _, errOut := call(folder, verb)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(folder, ".segue", "lock")
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if info, err := os.Stat(lock); err == nil && info.Size() > 0 {
			break
		}
	}
	time.Sleep(after)
	if err := c.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	err := c.Wait()
	if err == nil {
		return false
	}
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signaled() || status.ExitStatus() != 1 {
		t.Errorf("%s interrupted after %v: got %v, want exit code 1\n%s", verb, after, err, errOut)
	}
	if got := strings.TrimSpace(errOut.String()); got != "segue: interrupted; nothing half-done was kept" {
		t.Errorf("%s interrupted after %v: got on the screen\n%s", verb, after, got)
	}
	return true
}

// must calls the command, which has to succeed, and returns what it prints.
func must(t *testing.T, folder string, args ...string) string {
	t.Helper()
	c, out, errOut := call(folder, args...)
	if err := c.Run(); err != nil {
		t.Fatalf("segue %v: %v\n%s", args, err, errOut)
	}
	return out.String()
}

// Ctrl-C ends an import or a run with one clear line; what was there before is
// there, and the same command then completes.
func TestInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 300,000 rows and more than once")
	}
	t.Parallel()
	folder := project(t)
	n := 0
	for _, after := range []time.Duration{150, 350, 600} {
		if interrupted(t, folder, after*time.Millisecond, "import") {
			n++
		}
	}
	if n == 0 {
		t.Error("no import was interrupted before its end")
	}
	again := must(t, folder, "import")
	if !strings.Contains(again, "usage     300,000") {
		t.Errorf("the import that was left alone:\n%s", again)
	}
	must(t, folder, "run")
	want := must(t, folder, "segments")
	n = 0
	for _, after := range []time.Duration{40, 80, 120, 160, 200} {
		if interrupted(t, folder, after*time.Millisecond, "run") {
			n++
		}
		if got := must(t, folder, "segments"); got != want {
			t.Errorf("after an interrupted run:\n%s\nwant\n%s", got, want)
		}
	}
	if n == 0 {
		t.Error("no run was interrupted before its end")
	}
}
