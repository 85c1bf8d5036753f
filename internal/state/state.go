// Package state is what the program keeps beside the facts and updates in
// place: batches, files, runs, strategy versions. A batch counts only once it
// is committed here.
package state

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/segue-cs/segue/internal/period"
)

// Sentinel errors that callers decide on.
var (
	// ErrNotFound is returned where nothing of that name, number or date is kept.
	ErrNotFound = errors.New("not found")
	// ErrLocked is returned for a data folder that another process works in.
	ErrLocked = errors.New("the data folder is in use")
)

// Store keeps the state. Its methods may be called from several goroutines.
//
// A batch is open until it is committed or aborted, and stays what it became:
// ending it another way is an error. What a process left open when it ended is
// aborted by the time that the store is open again. Methods that name a batch
// return ErrNotFound for one that was never begun.
//
// Times come back in UTC, cut to microseconds.
type Store interface {
	// Begin opens a batch: "import", "run" or "erase", and what it is about. Numbers
	// increase and are never used again.
	Begin(ctx context.Context, kind, about string, now time.Time) (batch int64, err error)
	// Commit makes a batch count, with a summary for people.
	Commit(ctx context.Context, batch int64, now time.Time, summary json.RawMessage) error
	// Abort ends a batch that never counts. Aborting it again changes nothing.
	Abort(ctx context.Context, batch int64, now time.Time) error
	// Settled returns the committed batches, in order.
	Settled(ctx context.Context) ([]int64, error)
	// Watermark returns the highest batch N with every batch up to N either
	// committed or aborted; 0 without batches.
	Watermark(ctx context.Context) (int64, error)
	// KnownBefore returns the last batch by which something was known just
	// before a time: a committed import, decision or erasure, of those up to
	// which all was decided then; 0 for none.
	KnownBefore(ctx context.Context, before time.Time) (int64, error)

	// Imports returns the committed batches of imports, in order.
	Imports(ctx context.Context) ([]Import, error)

	// SaveRun commits the run's batch and keeps the run with its entry in the
	// ledger, in one step.
	SaveRun(ctx context.Context, run Run) error
	// Runs returns the kept runs, newest first.
	Runs(ctx context.Context) ([]Run, error)
	// DropRun forgets a run whose tables are gone; its batch stays committed.
	// It returns ErrNotFound for a run that is not kept.
	DropRun(ctx context.Context, batch int64) error

	// Ledger returns what runs have entered in the ledger, whether or not they
	// are still kept: the lenses by id, the passes in order.
	Ledger(ctx context.Context) ([]Lens, []Pass, error)

	// SaveFile remembers a file that an open batch imports; Files lists those
	// of committed batches, by batch and then as they were saved.
	SaveFile(ctx context.Context, f File) error
	Files(ctx context.Context) ([]File, error)

	// Versions lists the versions of the strategy, newest first. A run keeps
	// its own.
	Versions(ctx context.Context) ([]Version, error)

	// SaveDecisions commits the batch of decisions and keeps them, in one step;
	// Decisions returns them in the order in which they were made.
	SaveDecisions(ctx context.Context, batch int64, now time.Time, list []Decision) error
	Decisions(ctx context.Context) ([]Decision, error)

	// SaveErasure commits the erasure's batch and keeps the erasure, in one
	// step; rows that summaries of imports quote are forgotten with it, and why
	// somebody decided something of its ids.
	SaveErasure(ctx context.Context, e Erasure) error
	// FinishErasure notes that the warehouse has done it, and leaves nothing
	// in the store's own files of what SaveErasure made it forget. It returns
	// ErrNotFound for an erasure that is not kept.
	FinishErasure(ctx context.Context, batch int64, now time.Time) error
	// Erasures returns the erasures in order, finished or not.
	Erasures(ctx context.Context) ([]Erasure, error)

	Close() error
}

// Import is one committed import of a source.
type Import struct {
	Batch   int64
	Source  string
	Ended   time.Time
	Summary json.RawMessage // as it was committed
}

// Run is one evaluation of the whole base.
type Run struct {
	Batch    int64
	AsOf     period.Date
	KnownAt  int64 // the last batch that it read
	View     bool  // asked for a past date: not the present placement
	Limited  bool  // a view of what was known at a time: it read no more than KnownAt, whatever there was
	Version  int64 // of the strategy
	Hash     string
	Started  time.Time
	Finished time.Time
	Steps    []Step
	Results  []Result
	Summary  json.RawMessage

	// To save; Runs returns neither. Applies is kept as the version numbered
	// Version, unless that is the newest already; it must be that or the next.
	Entry   *Entry
	Applies *Version
}

// Entry is what a run adds to the ledger. Lenses that are known by their id are
// updated: their name, their places and when they were closed.
type Entry struct {
	Lenses []Lens
	Moves  int64
}

// Lens is a segmentation or a dimension as the ledger of moves knows it. What
// its moves name is the number of a place, which stays whatever the place is
// called.
type Lens struct {
	ID     int64
	Kind   string // "segmentation" or "dimension"
	Name   string // now
	Grain  string
	Domain string   // places are the codes of this dictionary of the warehouse; "" where they are numbered
	Places []string // by number: what they are called now

	Opened   int64 // the run that it begins with
	OpenedOn period.Date
	Opening  string // the table of the warehouse that holds the first places
	Closed   int64  // the run since which no strategy has it; 0 is none
	ClosedOn period.Date
}

// Pass is a run that entered moves in the ledger.
type Pass struct {
	Batch   int64
	AsOf    period.Date
	KnownAt int64 // the last batch that it read
	Version int64 // of the strategy
	Moves   int64
}

// Step is how long one part of a run took.
type Step struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took"`
}

// Result is the table of one grain.
type Result struct {
	Grain     string          `json:"grain"`
	Table     string          `json:"table"`
	Customers int64           `json:"customers"`
	Columns   json.RawMessage `json:"columns"` // what the table's columns hold
}

// File is an imported file.
type File struct {
	Batch    int64
	Source   string
	Path     string
	Size     int64
	Modified time.Time
	Digest   string
	Rows     int64
}

// Erasure is that someone was erased: when, and how to know them again.
type Erasure struct {
	Batch    int64
	Subject  string // "account" or "contact"
	Decided  time.Time
	Facts    int64 // that mentioned them
	Finished bool
	Keys     []ErasedKey // by number
}

// ErasedKey is an id that was erased.
type ErasedKey struct {
	Number    int64 // in the warehouse
	Family    string
	Space     string
	Salt      []byte
	Digest    []byte // of the id, with the salt
	Surrogate string // what stands in its place
}

// Verdict is what was decided of two records.
type Verdict string

// They are one; they are one no longer; they are not, which was proposed; they
// may be proposed again.
const (
	Joins    Verdict = "join"
	Parts    Verdict = "part"
	Rejects  Verdict = "reject"
	Proposes Verdict = "reopen"
)

// Decision is what somebody decided of two records of accounts, by their
// numbers in the warehouse.
type Decision struct {
	Batch   int64
	Verdict Verdict
	Record  int32        // an account, or an id that no source lists
	Into    int32        // the account that goes on where they are one
	Since   *period.Date // nil: always
	Decided time.Time

	Author   string
	Why      string   // in the words of the author; "" is not said
	Strength string   // of the proposal that was decided; "" for none
	Evidence []string // what spoke for it, by name
}

// Version is a strategy as it was applied.
type Version struct {
	Number  int64
	Hash    string
	Applied time.Time
	Files   map[string]string // name -> text
}
