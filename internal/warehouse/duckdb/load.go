package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// chunkBytes is how much of a load is held in memory before it is compared
// with what is stored.
const chunkBytes = 32 << 20

// freshKeys is how many new keys and texts are held before they are stored.
const freshKeys = 1 << 16

// What the engine may use during a load, where nothing is said, in MB. It would
// keep what it has written, for nothing.
const (
	loadMemory   = 64
	threadMemory = 16 // for each thread beside
	fewColumns   = 16
	columnMemory = 5 // for each column beyond: 2.5 were needed to load 300,000 rows of 150
)

// loader is one load. Rows cross to a goroutine in batches; there they are
// encoded into chunks, and each chunk is merged in a transaction of its own.
type loader struct {
	w       *Warehouse
	loading warehouse.Loading
	encoder encoder
	ledger  ledger
	claims  claims

	source    int32
	chunkRows int
	firstRow  int64 // of this load
	nextRow   int64
	started   beginning
	stored    span // what was stored of the source before

	conn           *sql.Conn
	main, repeated *chunk
	stores         []int // fields of a chunk that are stored
	matches        []match
	previous       map[int64]int64  // of new versions without a date: the content before
	inherited      map[int64]undone // of rows that took the place of a correction: what that corrected
	hasEnded       bool             // some stored row of the source held up to a day
	revived        map[int64]undone // of rows of keys that had ended: the row that had
	left           leaving
	gaps           gaps

	filling  *handful
	batches  chan *handful
	empty    chan *handful
	finished chan struct{}
	cancel   context.CancelFunc

	mu    sync.Mutex
	err   error
	ended bool
}

// beginning is what Abort goes back to.
type beginning struct {
	lastKey     int32
	codes       map[space]int32
	newAccounts []int32
	newLinks    []int32
}

// span is how many rows there are and when they are from.
type span struct {
	rows            int64
	firstAt, lastAt int64
}

// Add implements warehouse.Loader.
func (ld *loader) Add(row warehouse.KeyedRow) error {
	if err := ld.encoder.check(&row); err != nil {
		return err
	}
	if ld.filling == nil {
		if err := ld.failure(); err != nil {
			return err
		}
		select {
		case ld.filling = <-ld.empty:
			ld.filling.reset()
		default:
			ld.filling = &handful{}
		}
	}
	ld.filling.add(row)
	if ld.filling.full() {
		return ld.send()
	}
	return nil
}

func (ld *loader) send() error {
	select {
	case ld.batches <- ld.filling:
		ld.filling = nil
		return nil
	case <-ld.finished:
		ld.filling = nil
		return errors.Join(ld.failure(), errors.New("the load has ended"))
	}
}

func (ld *loader) failure() error {
	ld.mu.Lock()
	defer ld.mu.Unlock()
	return ld.err
}

// run encodes and merges until the batches end or something fails.
func (ld *loader) run(ctx context.Context, batches <-chan *handful) {
	defer close(ld.finished)
	err := ld.consume(ctx, batches)
	ld.mu.Lock()
	defer ld.mu.Unlock()
	ld.err = understood(err)
}

func (ld *loader) consume(ctx context.Context, batches <-chan *handful) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b, ok := <-batches:
			if !ok {
				return ld.mergeRest(ctx)
			}
			for i := range b.rows {
				if err := ld.take(ctx, &b.rows[i]); err != nil {
					return fmt.Errorf("line %d: %w", b.rows[i].Line, err)
				}
			}
			select {
			case ld.empty <- b:
			default:
			}
		}
	}
}

func (ld *loader) take(ctx context.Context, row *warehouse.KeyedRow) error {
	switch row.Left {
	case fact.Wrong:
		return ld.reject(row)
	case fact.LeftOut:
		ld.gaps.close(ld, row)
		return ld.leave(ctx, row)
	case fact.LeftOutUnknown:
		return ld.leave(ctx, row)
	}
	ld.gaps.close(ld, row)
	ld.keep(row)
	if err := ld.encoder.add(row, ld.main, ld.repeated); err != nil {
		return err
	}
	if ld.loading.Kind.Name == fact.ColAccount && row.Account != nil {
		if err := ld.identify(row); err != nil {
			return err
		}
	}
	if len(ld.w.known.fresh) >= freshKeys {
		if err := ld.write(ctx, ld.main, nil, replaced{}, ""); err != nil {
			return err
		}
	}
	if ld.main.rows == ld.chunkRows/16 {
		ld.main.reserve(ld.chunkRows) // doubling it on the way there would take more
	}
	if ld.main.rows >= ld.chunkRows {
		return ld.mergeMain(ctx)
	}
	if ld.repeated.rows >= ld.chunkRows {
		if err := ld.mergeMain(ctx); err != nil {
			return err
		}
		return ld.mergeRepeated(ctx)
	}
	return nil
}

func (ld *loader) mergeRest(ctx context.Context) error {
	if err := ld.mergeMain(ctx); err != nil {
		return err
	}
	return ld.mergeRepeated(ctx)
}

// Finish implements warehouse.Loader.
func (ld *loader) Finish(ctx context.Context) (warehouse.Loaded, error) {
	if err := ld.drain(); err != nil {
		return warehouse.Loaded{}, errors.Join(fmt.Errorf("load %s: %w", ld.loading.Source, understood(err)), ld.Abort(context.WithoutCancel(ctx)))
	}
	loaded, err := ld.settle(ctx)
	if err != nil {
		return warehouse.Loaded{}, errors.Join(fmt.Errorf("load %s: %w", ld.loading.Source, understood(err)), ld.Abort(context.WithoutCancel(ctx)))
	}
	ld.w.mu.Lock()
	ld.w.nextRow = ld.nextRow
	ld.w.mu.Unlock()
	return loaded, ld.close()
}

// drain hands over what is left and waits for the goroutine.
func (ld *loader) drain() error {
	if ld.ended {
		return errors.New("the load has ended")
	}
	if ld.filling != nil {
		if err := ld.send(); err != nil {
			return err
		}
	}
	close(ld.batches)
	ld.batches = nil
	<-ld.finished
	return ld.failure()
}

// close gives the warehouse back for the next load.
func (ld *loader) close() error {
	ld.ended = true
	ld.cancel()
	err := errors.Join(ld.w.limitMemory(context.Background(), ld.conn, ld.w.memory), ld.conn.Close())
	ld.main, ld.repeated, ld.matches = nil, nil, nil
	ld.encoder.seen, ld.encoder.listed = seen{}, nil
	ld.claims, ld.left, ld.gaps = claims{}, leaving{}, gaps{}
	ld.w.mu.Lock()
	defer ld.w.mu.Unlock()
	ld.w.loading = false
	ld.w.profiles.pause(false)
	return err
}
