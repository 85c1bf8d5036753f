// Package warehouse is where facts and results live: what the program asks of
// an analytics engine.
package warehouse

import (
	"context"
	"errors"
	"iter"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// ErrParquet is returned by Open-like calls that are handed a file which is
// not readable as Parquet.
var ErrParquet = errors.New("not a readable Parquet file")

// ErrForeign is returned when a file that should hold facts was written by
// another program, or by a later version of this one.
var ErrForeign = errors.New("not a store of facts that this version can read")

// ErrRetraction is returned by Loader.Finish for a snapshot that would retract
// more than a tenth of what its source listed before. Nothing was loaded.
var ErrRetraction = errors.New("the snapshot would retract more than a tenth of its source")

// ErrLeaving is returned by Loader.Finish where more than half of what its
// source had would be taken back, and more than a few rows. Nothing was loaded.
var ErrLeaving = errors.New("more than half of what the source had would be taken back")

// ErrMemory is returned where the engine may not use the memory it needs.
var ErrMemory = errors.New("the engine ran out of the memory that it may use: give it more with --memory, or none to let it take what it needs")

// ErrDiskFull is returned where the disk has no room for what is written.
var ErrDiskFull = errors.New("the disk is full: make room, then do the same again; nothing that was there is lost")

// ErrDamaged is returned for a file that the engine cannot read to its end.
var ErrDamaged = errors.New("the file is damaged or cut off: put back a copy of the data folder, or delete the folder and import again")

// Warehouse holds facts, append-only, and the results of runs.
//
// Facts become visible to readers only with their batch: the caller commits a
// batch elsewhere and tells the warehouse at the next Open which are settled.
type Warehouse interface {
	// Prepare makes sure that there is a table for each kind, with a column
	// for each of its columns. It never drops or changes a column; a column
	// whose type differs from the stored one is an error that says so.
	Prepare(ctx context.Context, kinds []fact.Kind) error

	// Sweep removes the rows of batches that are not settled and the result
	// tables that are not kept: what a killed import or run left behind.
	Sweep(ctx context.Context, settled func(batch int64) bool, keep func(table string) bool) error

	// LastBatch returns the highest batch of which facts are stored, settled or
	// not; 0 for none.
	LastBatch(ctx context.Context) (int64, error)

	// Tables names the tables of results.
	Tables(ctx context.Context) ([]string, error)

	// Load begins to load rows of one kind under one batch. One load at a time.
	Load(ctx context.Context, l Loading) (Loader, error)

	// Profile says what the compiler may rely on that reads up to a batch; 0
	// is all of them. It may say of bounds, and of what there is, what came later.
	Profile(ctx context.Context, knownAt int64) (Profile, error)

	// Personal says what is stored of someone; nothing of it changes. Without
	// keys nobody is known by that id.
	Personal(ctx context.Context, s Subject) (Personal, error)

	// Erase takes the ids of someone, and the texts of personal columns in the
	// facts about them, out of everything that is stored, all or nothing, and
	// leaves no trace of them in its files. The rows stay, and so does every
	// count. No other call may be under way.
	Erase(ctx context.Context, e Erasing) error

	// Exec runs statements in order, all or nothing.
	Exec(ctx context.Context, statements ...Statement) error

	// Enter runs statements in order, all or nothing, which add rows to the
	// ledger under a batch that is committed elsewhere.
	Enter(ctx context.Context, batch int64, statements ...Statement) error

	// Join stores whom records of accounts count as, under a batch that is
	// committed elsewhere. The spans replace all that earlier batches have said
	// of their records.
	Join(ctx context.Context, batch int64, spans []customer.Span) error

	// Fill makes a table of whole numbers, all rows or none.
	Fill(ctx context.Context, table string, columns []string, rows iter.Seq[[]int64]) error

	// Query runs one statement. Rows are read one by one.
	Query(ctx context.Context, s Statement) (Rows, error)

	// Export writes the rows of a query to a file: "csv", "parquet" or
	// "ndjson". The file appears whole or not at all.
	Export(ctx context.Context, s Statement, path, format string) (rows int64, err error)

	// OpenParquet reads a Parquet file as text fields, for the import.
	OpenParquet(ctx context.Context, path string) (ParquetReader, error)

	Close() error
}

// Statement is one SQL text with its arguments.
type Statement struct {
	Text string
	Args []any
}

// Rows is the answer to a query. Values are nil, bool, int64, float64 or
// string, whatever the engine's own types.
type Rows interface {
	Columns() []string
	Next() bool
	Values() []any // valid until the next call of Next
	Err() error
	Close() error
}

// ParquetReader reads records as texts; nil is missing.
type ParquetReader interface {
	Columns() []string
	Next() (fields [][]byte, err error) // io.EOF at the end
	Rows() int64                        // in the whole file
	Close() error
}

// Loading says what is loaded.
type Loading struct {
	Kind         fact.Kind
	Source       string // name of the source
	Batch        int64
	Mode         fact.RowMode
	Ids          string   // id space of account keys
	ContactIds   string   // id space of contact keys
	KeySpaces    []string // kind account: further id spaces, in the order of KeyedRow.Others
	File         string   // for the list of files
	Now          int64    // time of the import, UTC microseconds; 0 asks the clock
	Zone         period.Zone
	Conditional  bool // rows may come that are left out
	AllowRetract bool // a snapshot may retract more than a tenth, and a condition more than half
	ForgetGaps   bool // what was rejected before and is not rejected now is no fact
}

// KeyedRow is a row with the further ids of an account.
//
// A row that is left out is not stored and not counted. Where it is certain
// that it is no fact, what is stored of the same natural key no longer holds:
// from the day that the source changed it, else from that of the import. A row
// of the same file that is kept stands, unless it is the older one of the two.
// Where it cannot be told, a snapshot lists it all the same.
//
// A row that is wrong is neither stored nor counted, and what is stored of its
// natural key stays, in a snapshot too. Where its account can be read, and it is
// not an account itself, it leaves a gap: what counts such facts of the account
// can't be told. The gap is closed by a row of the same natural key that is kept
// or left out, unless the source calls it older; without a readable key by one
// that is kept and says the same in all that could be read (not of an instant
// without a time, which others may equal); by a snapshot, and by ForgetGaps, if
// the row is not wrong again.
type KeyedRow struct {
	fact.Row
	Left   fact.Fate // Kept, LeftOut, LeftOutUnknown or Wrong
	File   int       // which file of the load it is from, counted upwards
	Others [][]byte  // one for each of Loading.KeySpaces; nil is none

	Unread fact.Unread     // of a wrong row
	Wrong  *fact.Rejection // of a wrong row: why; it is not changed any more
}

// Loader takes the rows of one load.
type Loader interface {
	// Add stores a row for the load. The row's texts are copied.
	Add(row KeyedRow) error
	// Finish compares with what is stored and keeps what is new.
	Finish(ctx context.Context) (Loaded, error)
	// IDHash is the same number for the same id of a row of this load.
	IDHash(id []byte) uint64
	// Abort drops the load.
	Abort(ctx context.Context) error
}

// Loaded says what became of the rows of a load. Added + Unchanged +
// Corrected + Repeated is the number of rows that were added and not left out.
type Loaded struct {
	Added            int64
	Unchanged        int64                  // same key, same content as stored
	Corrected        int64                  // same key, other content: a new version
	Repeated         int64                  // same key again within the load; the later row counts
	Conflicts        int64                  // of those: with other content
	Retracted        int64                  // stored, and no longer listed by a snapshot, or left out now
	Unmatched        int64                  // of Added + Corrected: no account has the key (yet)
	Money            map[string]MoneyTotals // by column and currency "arr USD", minor units
	ConflictExamples []string               // a few, as text for the summary

	Gaps       int64 // wrong rows whose account can be read
	GapsClosed int64 // gaps of former loads that are none any more

	Reassigned int64 // of Retracted: rows whose id a snapshot lists for another account or day, or that named no account and now one; they no longer hold on any day

	Elsewhere Elsewhere // of Added: rows whose id is on record for another account or day

	Moved   []Handovers // kind account: ids that went to another account
	Refused []Handovers // kind account: ids that another account of the load claims too
}

// Elsewhere counts the ids of rows that were added beside one that is on record
// with the same id, for another account or day. Ids that a source uses again
// for each account or day are not counted.
type Elsewhere struct {
	Count    int64
	Examples []Displaced // the first few
}

// Displaced is one of them. IDHash is what Loader.IDHash makes of its id.
type Displaced struct {
	IDHash   uint64
	Was, Now Place
}

// Place is where a row stands: whose it is, by the source's own id or "" for
// nobody's, and when, in UTC microseconds.
type Place struct {
	Account string
	At      int64
}

// Handovers counts the ids of one id space that went, or were to go, from one
// account to another.
type Handovers struct {
	Ids      string
	Count    int64
	Examples []Handover // the first few
}

// Handover is one of them: accounts are named by their own ids.
type Handover struct {
	ID, From, To string
	Since        period.Date
}

// MoneyTotals splits an amount as the rows were split.
type MoneyTotals struct{ Added, Unchanged, Corrected, Repeated, Retracted, Unmatched int64 }

// Profile is what is known of the stored facts without reading them.
type Profile struct {
	Kinds   map[string]KindProfile
	Sources map[string]SourceProfile
	Texts   map[string]int64 // dictionary domain -> number of codes (dense, from 0)
	// Code returns the code of a text in a dictionary.
	Code func(domain, text string) (int64, bool) `json:"-"`
	// Text returns the text of a code.
	Text func(domain string, code int64) (string, bool) `json:"-"`
	// SharedKeys is true when some account has more than one key, so that
	// facts must be joined to accounts before they are counted.
	SharedKeys bool
	// MovedKeys is true when some key belonged to different accounts at
	// different times, so that which account has it depends on the day.
	MovedKeys bool
	// Joined is true when some record counts as another on some day.
	Joined bool
	// Gaps are the kinds of which rows of known ids were rejected: whether some
	// of them still are.
	Gaps map[string]bool
}

// KindProfile is about the rows of one kind.
type KindProfile struct {
	Rows       int64
	FirstAt    int64 // UTC microseconds; 0 without rows
	LastAt     int64
	Superseded bool                // some rows are superseded
	Retracted  period.Date         // the last day from which a row holds no longer that held before; 0 is none
	Versions   bool                // kind account: some account has several versions
	Patched    bool                // kind account: some rows touch only some columns
	Replaces   bool                // kind contract: some line supersedes another
	Late       bool                // some rows have valid_from or at assumed
	Currencies map[string][]string // money column -> currencies
	MaxAbs     map[string]int64    // number and money columns: largest absolute stored value
}

// SourceProfile is about the rows of one source.
type SourceProfile struct {
	Number     int32 // in the column _source of its facts
	Kind       string
	Ids        string
	Rows       int64
	FirstAt    int64
	LastAt     int64
	LastImport int64 // UTC microseconds of the last committed import
	Unmatched  int64
}
