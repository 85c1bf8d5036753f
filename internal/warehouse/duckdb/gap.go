package duckdb

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Bits of what could not be read of a row, beside those of its columns.
const (
	unreadID = 1 << 61
	unreadAt = 1 << 62
)

// part says that a contact or product could not be read.
const unreadPart int32 = -1

// manyGaps is of how many rows it is kept why they are wrong.
const manyGaps = 1 << 17

// gaps are the rows that are rejected though their account is known: those of
// former loads of the source, and those of this one.
//
// One with a readable natural key is known by that. Any other is known by all
// that could be read of it, so that it is closed by a row which says the same,
// and something where this one could not be read.
type gaps struct {
	list  []gap
	keyed map[uint64]int32   // by identity: the last of list
	alike map[int32][]int32  // those without a key, by account
	same  map[uint64]int32   // those without a key, by identity
	reads map[int32][]uint64 // what could not be read of them: the different ones, by account

	left, closed int64
}

// gap is one of them.
type gap struct {
	number  int64 // 0 is one of this load
	ident   uint64
	columns uint64 // that could not be read
	keyed   bool
	key     int32
	updated int64 // by the source's clock; 0 is not known
	told    uint64
	ended   bool
	again   bool // it was rejected again
	text    *told
}

// told is what is stored of a gap beside what it is known by.
type told struct {
	natural          uint64
	contact, product int32
	at               int64
	until            int32
	minor            int64
	currency         string
	assumed          bool
	why              *fact.Rejection
}

// open reads the gaps that former loads of the source left.
func (g *gaps) open(ctx context.Context, ld *loader) error {
	*g = gaps{keyed: map[uint64]int32{}, alike: map[int32][]int32{}, same: map[uint64]int32{}, reads: map[int32][]uint64{}}
	rows, err := ld.w.db.QueryContext(ctx, `SELECT gap, ident, unread, keyed, key, updated, told FROM gap
		WHERE source = ? AND gap NOT IN (SELECT gap FROM gap_end) ORDER BY gap`, ld.source)
	if err != nil {
		return fmt.Errorf("read rows that were rejected: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x gap
		var ident, columns, told int64
		if err := rows.Scan(&x.number, &ident, &columns, &x.keyed, &x.key, &x.updated, &told); err != nil {
			return fmt.Errorf("read rows that were rejected: %w", err)
		}
		x.ident, x.columns, x.told = uint64(ident), uint64(columns), uint64(told)
		g.add(x, ld)
	}
	return rows.Err()
}

// add makes a gap known.
func (g *gaps) add(x gap, ld *loader) {
	i := int32(len(g.list))
	g.list = append(g.list, x)
	if x.keyed {
		g.keyed[x.ident] = i
		return
	}
	g.same[x.ident] = i
	isFlow := ld.loading.Kind.Coverage == fact.Flow
	u := fact.Unread{Columns: x.columns}
	if isFlow && x.columns&unreadAt != 0 || !u.Whole(len(ld.encoder.values)) {
		return // too many rows may say the same
	}
	g.alike[x.key] = append(g.alike[x.key], i)
	for _, columns := range g.reads[x.key] {
		if columns == x.columns {
			return
		}
	}
	g.reads[x.key] = append(g.reads[x.key], x.columns)
}

// find returns the gap of an identity, or nil.
func (g *gaps) find(ident uint64, keyed bool) *gap {
	by := g.same
	if keyed {
		by = g.keyed
	}
	i, ok := by[ident]
	if !ok {
		return nil
	}
	return &g.list[i]
}

// reject notes a row that is wrong. A snapshot lists it all the same.
func (ld *loader) reject(row *warehouse.KeyedRow) error {
	e := &ld.encoder
	natural, keyed := e.naturalOf(row)
	keyed = keyed && !e.patch && e.readsKey(row)
	if row.Account == nil && !keyed {
		return nil
	}
	isPlaced := e.kind.Timing != fact.At || !row.Unread.At && row.Account != nil
	if keyed && isPlaced && ld.loading.Conditional {
		ld.stay(natural, row)
	}
	if row.Account == nil || e.kind.Name == fact.ColAccount { // of an account, what was last stated holds
		if keyed && isPlaced && e.listed != nil {
			e.listed.add(natural)
		}
		return nil
	}
	key, err := e.accountKey(row.Account)
	if err != nil {
		return err
	}
	if keyed && isPlaced && e.listed != nil {
		e.listed.add(e.listing(natural, key, row.At, row.AtAssumed))
	}
	x := gap{columns: bitsOf(row.Unread), keyed: keyed, key: key, again: true}
	if !row.Unread.Updated {
		x.updated = row.Updated
	}
	x.ident = e.identity(natural, keyed, row, x.columns)
	if x.text, err = ld.tellGap(natural, row); err != nil {
		return err
	}
	if len(ld.gaps.list) >= manyGaps {
		x.text.why = &fact.Rejection{File: row.Wrong.File, Line: row.Wrong.Line}
	}
	x.told = toldHash(x.text)
	was := ld.gaps.find(x.ident, keyed)
	switch {
	case was == nil:
		ld.gaps.add(x, ld)
	case was.number == 0:
		*was = x
	case was.told == x.told:
		was.ended, was.again, was.text = false, true, x.text
	default:
		was.ended = true
		ld.gaps.add(x, ld)
	}
	return nil
}

func bitsOf(u fact.Unread) uint64 {
	columns := u.Columns
	if u.ID {
		columns |= unreadID
	}
	if u.At {
		columns |= unreadAt
	}
	return columns
}

// readsKey reports whether all could be read that tells the row's key.
func (e *encoder) readsKey(row *warehouse.KeyedRow) bool {
	u := row.Unread
	if u.ID {
		return false
	}
	for _, part := range e.keyParts {
		if part.value >= 0 && u.Column(part.value) || (part.name == fact.ColAt || part.name == fact.ColStarts) && u.At {
			return false
		}
	}
	return true
}

// identity is what a rejected row and one that takes its place share.
func (e *encoder) identity(natural uint64, keyed bool, row *warehouse.KeyedRow, columns uint64) uint64 {
	switch {
	case !keyed:
		return e.readable(row, columns)
	case e.kind.Timing == fact.At && columns&unreadAt != 0:
		return e.undated(natural, row)
	}
	return e.shared(natural, row)
}

// undated is what rows of one key and account share on all days.
func (e *encoder) undated(natural uint64, row *warehouse.KeyedRow) uint64 {
	const anyDay = math.MaxUint64
	return mix(mix(natural, xxh3.Hash(row.Account)), anyDay)
}

// readable is the hash of what a row says, without the columns that could not
// be read of another one.
func (e *encoder) readable(row *warehouse.KeyedRow, columns uint64) uint64 {
	b := appendText(e.scratch[:0], row.Account)
	b = binary.LittleEndian.AppendUint64(b, columns)
	if columns&unreadID == 0 {
		b = appendText(b, row.ID)
	}
	if columns&unreadAt == 0 && !row.AtAssumed {
		b = binary.LittleEndian.AppendUint64(b, uint64(row.At))
	}
	u := fact.Unread{Columns: columns}
	for _, i := range e.byName {
		v, value := &e.values[i], &row.Values[i]
		if v.field < 0 || u.Column(i) {
			continue
		}
		b = binary.LittleEndian.AppendUint64(b, v.name)
		b = e.appendValue(b, v, value)
	}
	e.scratch = b
	return xxh3.HashSeed(b, e.seed)
}

// close closes the gaps that a row fills which is kept, or left out: by a row
// of the same key, unless the source calls it older, or one that says the same
// in all that could be read.
func (g *gaps) close(ld *loader, row *warehouse.KeyedRow) {
	if len(g.list) == 0 {
		return
	}
	e := &ld.encoder
	fill := func(x *gap) {
		if x != nil && !(row.Updated != 0 && row.Updated < x.updated) {
			x.ended = true
		}
	}
	if natural, ok := e.naturalOf(row); ok && !e.patch && len(g.keyed) > 0 {
		fill(g.find(e.shared(natural, row), true))
		if e.kind.Timing == fact.At {
			fill(g.find(e.undated(natural, row), true))
		}
	}
	if len(g.alike) == 0 || row.Account == nil {
		return
	}
	key, ok := e.accounts.table.find(xxh3.Hash128(row.Account))
	if !ok {
		return
	}
	for _, columns := range g.reads[key] {
		if x := g.find(e.readable(row, columns), false); x != nil && !x.again {
			fill(x)
		}
	}
}
