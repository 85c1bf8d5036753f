package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/segue-cs/segue/internal/state"
)

// errHeld is what lockFile returns for a file that somebody has locked.
var errHeld = errors.New("held")

// FolderLock keeps a data folder to its holder.
type FolderLock struct {
	folder  string
	file    *os.File
	release func() error
}

// holder is what the file "lock" says about who holds the folder.
type holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// Lock takes a data folder, and makes the folder if there is none. Command, such
// as "segue import", and now are what others are told while it is held.
//
// It does not wait: while the folder is held, in this process or another one,
// it fails with an error that is state.ErrLocked and names the holder. A process
// that ends, in whatever way, holds it no longer.
func Lock(folder, command string, now time.Time) (*FolderLock, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder %q: %w", folder, mine(err))
	}
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder %q: %w", folder, mine(err))
	}
	err = lockFile(file)
	if errors.Is(err, errHeld) {
		return nil, errors.Join(inUse(folder, file), file.Close())
	}
	if err == nil {
		err = writeHolder(file, holder{PID: os.Getpid(), Command: command, Since: now})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder %q: %w", folder, plain(err)), file.Close())
	}
	l := &FolderLock{folder: folder, file: file}
	l.release = sync.OnceValue(l.drop)
	return l, nil
}

// mine says what to do where this user may not write to the folder.
func mine(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: let this user write to it, or name another folder with --data", plain(err))
	}
	return plain(err)
}

// Release gives the folder back. Releasing it again changes nothing.
func (l *FolderLock) Release() error { return l.release() }

// drop empties the file but lets it be: whoever opened it before it was removed
// would hold a lock that nobody else sees.
func (l *FolderLock) drop() error {
	if err := errors.Join(l.file.Truncate(0), l.file.Close()); err != nil {
		return fmt.Errorf("release data folder %q: %w", l.folder, err)
	}
	return nil
}

func writeHolder(file *os.File, h holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(append(text, '\n'), 0)
	return err
}

// inUse says who holds the folder, as far as the file tells.
func inUse(folder string, file *os.File) error {
	by := "another process"
	var h holder
	text, err := io.ReadAll(io.NewSectionReader(file, 0, 4096))
	if err == nil && json.Unmarshal(text, &h) == nil {
		by = fmt.Sprintf("process %d (%s, since %s)", h.PID, h.Command, h.Since.Format("15:04 on 2006-01-02"))
	}
	return inUseError(fmt.Sprintf("data folder %q is in use by %s; wait until it has ended", folder, by))
}

// inUseError is state.ErrLocked with a text of its own.
type inUseError string

func (e inUseError) Error() string { return string(e) }
func (e inUseError) Unwrap() error { return state.ErrLocked }
