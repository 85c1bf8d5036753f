package duckdb

import (
	"database/sql"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	driver "github.com/duckdb/duckdb-go/v2"
)

// Values that stand for "missing" in a block: numbers are cheaper to hand over
// than a mask of validity. SQL turns them into NULL on the way in.
const (
	missing64 int64 = math.MinInt64
	missing32 int32 = math.MinInt32
)

// field is one column of a block: exactly one of the slices is in use.
type field struct {
	name string
	wide []int64
	slim []int32
	text []string
}

func wideField(name string) field { return field{name: name, wide: []int64{}} }
func slimField(name string) field { return field{name: name, slim: []int32{}} }
func textField(name string) field { return field{name: name, text: []string{}} }

// block is rows by column, handed to the engine as a table.
//
// The engine's own appender narrows numbers and drops texts without a word;
// a block knows three types and passes each on as it is.
type block struct {
	fields []field
	rows   int
	pick   []int32 // rows to hand over, nil is all
}

// reset empties the block and keeps its memory.
func (b *block) reset() {
	for i := range b.fields {
		f := &b.fields[i]
		switch {
		case f.wide != nil:
			f.wide = f.wide[:0]
		case f.slim != nil:
			f.slim = f.slim[:0]
		default:
			clear(f.text)
			f.text = f.text[:0]
		}
	}
	b.rows, b.pick = 0, nil
}

// reserve makes room for so many rows.
func (b *block) reserve(rows int) {
	for i := range b.fields {
		f := &b.fields[i]
		switch {
		case f.wide != nil:
			f.wide = slices.Grow(f.wide, max(rows-len(f.wide), 0))
		case f.slim != nil:
			f.slim = slices.Grow(f.slim, max(rows-len(f.slim), 0))
		default:
			f.text = slices.Grow(f.text, max(rows-len(f.text), 0))
		}
	}
}

func (b *block) count() int {
	if b.pick != nil {
		return len(b.pick)
	}
	return b.rows
}

// blocks hands blocks to SQL by number: "FROM segue_block(7)".
type blocks struct {
	mu      sync.Mutex
	last    int64
	open    map[int64]offered
	threads int
}

// offered is a block with those of its fields that a statement reads. Offering
// others costs time: the driver is slow to ignore a field.
type offered struct {
	block  *block
	fields []field
}

func newBlocks() *blocks { return &blocks{open: map[int64]offered{}} }

// offer makes fields of the block readable under the number returned until
// done; no fields means all.
func (bs *blocks) offer(b *block, fields ...int) (id int64, done func()) {
	o := offered{b, b.fields}
	if len(fields) > 0 {
		o.fields = make([]field, len(fields))
		for i, f := range fields {
			o.fields[i] = b.fields[f]
		}
	}
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.last++
	id = bs.last
	bs.open[id] = o
	return id, func() {
		bs.mu.Lock()
		defer bs.mu.Unlock()
		delete(bs.open, id)
	}
}

func (bs *blocks) register(conn *sql.Conn, threads int) error {
	bs.threads = threads
	bigint, err := driver.NewTypeInfo(driver.TYPE_BIGINT)
	if err != nil {
		return err
	}
	return driver.RegisterTableUDF(conn, "segue_block", driver.ParallelChunkTableFunction{
		Config:        driver.TableFunctionConfig{Arguments: []driver.TypeInfo{bigint}},
		BindArguments: bs.bind,
	})
}

func (bs *blocks) bind(_ map[string]any, args ...any) (driver.ParallelChunkTableSource, error) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	id, _ := args[0].(int64)
	o, ok := bs.open[id]
	if !ok {
		return nil, fmt.Errorf("no block %d is open", id)
	}
	return &blockScan{block: o.block, fields: o.fields, threads: bs.threads}, nil
}

// blockScan reads a block once, from several threads.
type blockScan struct {
	block   *block
	fields  []field
	threads int
	next    atomic.Int64
}

func (s *blockScan) ColumnInfos() []driver.ColumnInfo {
	infos := make([]driver.ColumnInfo, len(s.fields))
	for i, f := range s.fields {
		t := driver.TYPE_VARCHAR
		switch {
		case f.wide != nil:
			t = driver.TYPE_BIGINT
		case f.slim != nil:
			t = driver.TYPE_INTEGER
		}
		info, _ := driver.NewTypeInfo(t) // the three types are always there
		infos[i] = driver.ColumnInfo{Name: f.name, T: info}
	}
	return infos
}

func (s *blockScan) Cardinality() *driver.CardinalityInfo {
	return &driver.CardinalityInfo{Cardinality: uint(s.block.count()), Exact: true}
}

func (s *blockScan) Init() driver.ParallelTableSourceInfo {
	return driver.ParallelTableSourceInfo{MaxThreads: s.threads}
}

func (s *blockScan) NewLocalState() any { return s }

func (s *blockScan) FillChunk(_ any, chunk driver.DataChunk) error {
	size := int64(driver.GetDataChunkCapacity())
	from := s.next.Add(size) - size
	to := min(from+size, int64(s.block.count()))
	if from >= to {
		return chunk.SetSize(0)
	}
	for column := range s.fields {
		if err := s.fill(chunk, column, int(from), int(to)); err != nil {
			return err
		}
	}
	return chunk.SetSize(int(to - from))
}

func (s *blockScan) fill(chunk driver.DataChunk, column, from, to int) error {
	f := &s.fields[column]
	switch {
	case f.wide != nil:
		return fillColumn(chunk, column, f.wide, s.block.pick, from, to)
	case f.slim != nil:
		return fillColumn(chunk, column, f.slim, s.block.pick, from, to)
	}
	return fillColumn(chunk, column, f.text, s.block.pick, from, to)
}

func fillColumn[T any](chunk driver.DataChunk, column int, values []T, pick []int32, from, to int) error {
	if pick == nil {
		for i, v := range values[from:to] {
			if err := driver.SetChunkValue(chunk, column, i, v); err != nil {
				return err
			}
		}
		return nil
	}
	for i, at := range pick[from:to] {
		if err := driver.SetChunkValue(chunk, column, i, values[at]); err != nil {
			return err
		}
	}
	return nil
}
