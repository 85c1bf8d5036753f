package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/state/sqlite"
)

func TestLock(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "project", ".segue")
	lock, err := sqlite.Lock(folder, "segue import", lockedAt())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("got a folder with permissions %o, want 700", got)
	}
	_, err = sqlite.Lock(folder, "segue run", lockedAt())
	wantInUse(t, err, folder, os.Getpid(), "segue import")

	for range 2 {
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
	}
	again, err := sqlite.Lock(folder, "segue run", lockedAt())
	if err != nil {
		t.Fatalf("lock after release: %v", err)
	}
	if err := lock.Release(); err != nil { // of the first one, which gives nothing back
		t.Error(err)
	}
	_, err = sqlite.Lock(folder, "segue show", lockedAt())
	wantInUse(t, err, folder, os.Getpid(), "segue run")
	if err := again.Release(); err != nil {
		t.Error(err)
	}
}

func TestLockLeftBehind(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text string }{
		{"a process that is gone", `{"pid": 4242, "command": "segue import", "since": "2026-11-22T14:03:00Z"}`},
		{"a process whose number is in use again", `{"pid": 1, "command": "segue import", "since": "2026-11-22T14:03:00Z"}`},
		{"a longer text than ours", `{"pid": 1, "command": "` + strings.Repeat("x", 5000) + `"}`},
		{"no JSON", "4242"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "lock"), []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			lock, err := sqlite.Lock(folder, "segue import", lockedAt())
			if err != nil {
				t.Fatal(err)
			}
			_, err = sqlite.Lock(folder, "segue run", lockedAt())
			wantInUse(t, err, folder, os.Getpid(), "segue import")
			if err := lock.Release(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLockWithoutName looks in the moment in which the holder has not yet
// written who it is.
func TestLockWithoutName(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	lock, err := sqlite.Lock(folder, "segue import", lockedAt())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(folder, "lock"), 0); err != nil {
		t.Fatal(err)
	}
	_, err = sqlite.Lock(folder, "segue run", lockedAt())
	if !errors.Is(err, state.ErrLocked) || !strings.Contains(err.Error(), "in use by another process; wait") {
		t.Errorf("got %v, want another process", err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

func TestLockOfNoFolder(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(name, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Lock(name, "segue run", lockedAt())
	if err == nil || errors.Is(err, state.ErrLocked) || strings.Count(err.Error(), name) != 1 {
		t.Errorf("got %v, want an error that names the file once and speaks of no holder", err)
	}
}
