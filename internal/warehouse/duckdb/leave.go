package duckdb

import (
	"context"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// A condition that takes back more than so many rows, and more than half of
// what its source had, is refused unless it is allowed.
const fewTakenBack = 20

// pruneAt is how many rows that are left out are held before those that take
// nothing back are forgotten.
const pruneAt = 1 << 18

// leaving is what a load leaves out: by what two rows of one key share, the
// last of them. It is no more than what can still take something back.
type leaving struct {
	rows   map[uint64]left
	kept   seen             // keys of rows that were kept: of versions, else of the file at hand if it is not the first
	newest map[uint64]int64 // of those of the file at hand that say when they were updated
	file   int
	prune  int // how many rows are too many
}

// left is a row of a key that the source leaves out.
type left struct {
	hash        uint64
	key         int32 // of the account; 0 is none that is known
	at, updated int64
	assumed     bool
}

// leave notes a row that the condition of the source leaves out, by its key.
func (ld *loader) leave(ctx context.Context, row *warehouse.KeyedRow) error {
	e := &ld.encoder
	if e.patch {
		return nil
	}
	natural, ok := e.naturalOf(row)
	if !ok {
		return nil
	}
	key, _ := e.accounts.table.find(xxh3.Hash128(row.Account))
	if row.Account == nil {
		key = 0
	}
	switch {
	case e.listed != nil:
		if row.Left == fact.LeftOutUnknown {
			e.listed.add(e.listing(natural, key, row.At, row.AtAssumed))
		}
		return nil
	case row.Left == fact.LeftOutUnknown:
		ld.stay(natural, row)
		return nil
	}
	if ld.left.rows == nil {
		ld.left.rows, ld.left.prune = map[uint64]left{}, pruneAt
	}
	shared := e.shared(natural, row)
	if before, ok := ld.left.rows[shared]; ok && row.Updated != 0 && row.Updated < before.updated {
		return nil
	}
	if ld.keptBeside(natural, key, shared, row) {
		return nil
	}
	ld.left.rows[shared] = left{natural, key, row.At, row.Updated, row.AtAssumed}
	if len(ld.left.rows) < ld.left.prune {
		return nil
	}
	return ld.pruneLeft(ctx)
}

// keep notes a row that is kept: it takes the place of one of its key that was
// left out before.
func (ld *loader) keep(row *warehouse.KeyedRow) {
	if !ld.loading.Conditional || ld.encoder.patch {
		return
	}
	natural, ok := ld.encoder.naturalOf(row)
	if !ok {
		return
	}
	ld.stay(natural, row)
	if ld.loading.Kind.Timing == fact.Version {
		ld.left.kept.add(natural)
		return
	}
	ld.turnTo(row.File)
	shared := ld.encoder.shared(natural, row)
	if row.File > 0 {
		ld.left.kept.add(shared)
	}
	if row.Updated != 0 {
		if ld.left.newest == nil {
			ld.left.newest = map[uint64]int64{}
		}
		ld.left.newest[shared] = max(ld.left.newest[shared], row.Updated)
	}
}

// keptBeside says whether a row of the same key and file was kept that is not
// older.
func (ld *loader) keptBeside(natural uint64, key int32, shared uint64, row *warehouse.KeyedRow) bool {
	if ld.loading.Kind.Timing == fact.Version {
		return false // all files of a load count
	}
	ld.turnTo(row.File)
	kept := ld.left.kept.has(shared)
	if row.File == 0 {
		kept = ld.encoder.seen.has(ld.encoder.mixed(natural, key, row))
	}
	newest := ld.left.newest[shared]
	return kept && (newest == 0 || row.Updated <= newest)
}

// turnTo forgets what was kept of the files before.
func (ld *loader) turnTo(file int) {
	if file != ld.left.file {
		ld.left.kept, ld.left.newest, ld.left.file = seen{}, nil, file
	}
}

// stay forgets a row that was left out, unless the source says that it is newer
// than the one at hand.
func (ld *loader) stay(natural uint64, row *warehouse.KeyedRow) {
	shared := ld.encoder.shared(natural, row)
	if before, ok := ld.left.rows[shared]; ok && (row.Updated == 0 || row.Updated >= before.updated) {
		delete(ld.left.rows, shared)
	}
}

// naturalOf returns what tells the row's key; ok is false for a row without.
func (e *encoder) naturalOf(row *warehouse.KeyedRow) (natural uint64, ok bool) {
	b, ok := e.appendKey(e.scratch[:0], row)
	e.scratch = b
	return xxh3.HashSeed(b, e.seed), ok
}

// shared is what a row that is left out and one that is kept have in common if
// they are of one key: as mixed, without a number for the account, which may
// not have one yet.
func (e *encoder) shared(natural uint64, row *warehouse.KeyedRow) uint64 {
	if e.kind.Timing != fact.At {
		return natural
	}
	return mix(mix(natural, xxh3.Hash(row.Account)), uint64(dayOf(row.At, row.AtAssumed)))
}

// pruneLeft forgets the rows that are left out of which nothing is stored and
// nothing was kept, unless one that is older may still come.
func (ld *loader) pruneLeft(ctx context.Context) error {
	if err := ld.mergeRest(ctx); err != nil {
		return err
	}
	found, err := ld.storedLeft(ctx)
	if err != nil {
		return fmt.Errorf("compare rows that are left out: %w", err)
	}
	takes := map[uint64]bool{}
	for _, f := range found {
		takes[f.shared] = true
	}
	for shared, l := range ld.left.rows {
		if !takes[shared] && l.updated == 0 {
			delete(ld.left.rows, shared)
		}
	}
	ld.left.prune = max(pruneAt, 2*len(ld.left.rows))
	return nil
}

// storedLeftRow is a row that counts, of a key that is left out.
type storedLeftRow struct {
	shared       uint64
	row, updated int64
}

// storedLeft returns the rows that count of the keys that are left out, those
// of this load with them.
func (ld *loader) storedLeft(ctx context.Context) ([]storedLeftRow, error) {
	c, order := ld.chunkOfLeft()
	if c.rows == 0 {
		return nil, nil
	}
	rows, done, err := ld.sameKey(ctx, c, ld.nextRow, "f._updated", false)
	if err != nil {
		return nil, err
	}
	defer done()
	var list []storedLeftRow
	for rows.Next() {
		var i int32
		var r storedLeftRow
		if err := rows.Scan(&i, &r.row, &r.updated); err != nil {
			return nil, err
		}
		r.shared = order[i]
		list = append(list, r)
	}
	return list, rows.Err()
}

// chunkOfLeft returns the rows that are left out as rows to compare with, and
// what tells each of them.
func (ld *loader) chunkOfLeft() (*chunk, []uint64) {
	c := newChunk(nil)
	var order []uint64
	for shared, l := range ld.left.rows {
		if ld.loading.Kind.Timing == fact.Version && ld.left.kept.has(l.hash) {
			continue
		}
		f := c.fields
		f[atIndex].slim = append(f[atIndex].slim, int32(c.rows))
		f[atHash].wide = append(f[atHash].wide, int64(l.hash))
		f[atKey].slim = append(f[atKey].slim, l.key)
		f[atDay].slim = append(f[atDay].slim, dayOf(l.at, l.assumed))
		f[atTime].wide = append(f[atTime].wide, l.at)
		c.assumed = c.assumed || l.assumed
		order = append(order, shared)
		c.rows++
	}
	return c, order
}

// takeBack ends what is stored of keys that the source leaves out now.
func (ld *loader) takeBack(ctx context.Context) error {
	found, err := ld.storedLeft(ctx)
	if err != nil {
		return fmt.Errorf("compare rows that are left out: %w", err)
	}
	var gone, never, back replaced
	for _, f := range found {
		l := ld.left.rows[f.shared]
		if l.updated != 0 && l.updated < f.updated {
			continue
		}
		if was, ok := ld.revived[f.row]; ok {
			never.add(f.row, ld.nextRow)
			back.add(was.row, was.by)
		} else {
			gone.end(f.row, ld.nextRow, ld.dayLeft(l), l.updated)
		}
		ld.nextRow++
	}
	if err := ld.checkTakenBack(ctx, len(gone.rows)); err != nil {
		return err
	}
	if err := ld.undoRevived(ctx, never, back); err != nil {
		return fmt.Errorf("undo what came back: %w", err)
	}
	return ld.end(ctx, gone, "left out")
}

// dayLeft is the day from which a row is out: the one on which the source
// changed it, else that of the import.
func (ld *loader) dayLeft(l left) int32 {
	today := ld.today()
	if l.updated == 0 {
		return today
	}
	return min(today, int32(ld.loading.Zone.Date(l.updated)))
}

func (ld *loader) checkTakenBack(ctx context.Context, n int) error {
	if n <= fewTakenBack || ld.loading.AllowRetract {
		return nil
	}
	var all int
	err := ld.conn.QueryRowContext(ctx, fmt.Sprintf(
		`SELECT count(*) FROM %s f WHERE f._source = %d AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = %s AND s.row = f._row)`,
		quote(tableOf(ld.loading.Kind.Name)), ld.source, literal(ld.loading.Kind.Name))).Scan(&all)
	if err != nil {
		return fmt.Errorf("count what is stored: %w", err)
	}
	if 2*n > all {
		return fmt.Errorf("%w: %d of %d rows", warehouse.ErrLeaving, n, all)
	}
	return nil
}

// undoRevived makes rows that this load had brought back what they were: what
// it says last of them is that they are left out.
func (ld *loader) undoRevived(ctx context.Context, never, back replaced) error {
	if len(never.rows) == 0 {
		return nil
	}
	asked := replaced{}
	for i, row := range never.rows {
		asked.add(row, int64(i))
	}
	rows, err := ld.readRows(ctx, asked)
	if err != nil {
		return err
	}
	for _, r := range rows {
		ld.ledger.unstore(r.chunk, r.row, false)
		ld.ledger.counts[added]--
		ld.ledger.countMoney(r.chunk, r.row, added, -1)
		ld.ledger.count(r.chunk, r.row, unchanged)
	}
	if err := ld.unsupersede(ctx, back); err != nil {
		return err
	}
	return ld.write(ctx, ld.main, nil, never, "corrected")
}

// endedRow is a stored row that held up to a day, and when the source says that
// it ended it.
type endedRow struct{ row, updated int64 }

func (ld *loader) anyEnded(ctx context.Context) (bool, error) {
	var any bool
	kind := ld.loading.Kind.Name
	err := ld.w.db.QueryRowContext(ctx, fmt.Sprintf(
		`SELECT EXISTS (SELECT 1 FROM superseded s JOIN %s f ON f._row = s.row WHERE s.kind = %s AND s.day IS NOT NULL AND f._source = %d)`,
		quote(tableOf(kind)), literal(kind), ld.source)).Scan(&any)
	if err != nil {
		return false, fmt.Errorf("look for rows that were taken back: %w", err)
	}
	return any, nil
}

// matchEnded returns the last stored row of each key that held up to a day, by
// the chunk's row.
func (ld *loader) matchEnded(ctx context.Context, c *chunk) (map[int32]endedRow, error) {
	if !ld.hasEnded {
		return nil, nil
	}
	rows, done, err := ld.sameKey(ctx, c, ld.firstRow, "coalesce(s.updated, 0)", true)
	if err != nil {
		return nil, err
	}
	defer done()
	found := map[int32]endedRow{}
	for rows.Next() {
		var i int32
		var r endedRow
		if err := rows.Scan(&i, &r.row, &r.updated); err != nil {
			return nil, err
		}
		if r.row > found[i].row {
			found[i] = r
		}
	}
	return found, rows.Err()
}

// comeBack stores a row of a key that had ended, unless the source says that it
// is older than that. What had ended then never held: the new row says all that
// is known of it. A version has a day of its own from which it holds.
func (ld *loader) comeBack(c *chunk, i int, was endedRow, pick *[]int32, gone *replaced) {
	if updated := c.fields[atUpdated].wide[i]; updated != 0 && updated < was.updated {
		ld.ledger.count(c, i, unchanged)
		return
	}
	if ld.loading.Kind.Timing == fact.Version {
		c.fields[atFlags].slim[i] &^= flagAtAssumed
	} else {
		gone.add(was.row, ld.nextRow)
		ld.revived[ld.nextRow] = undone{row: was.row, by: ld.nextRow}
	}
	ld.ledger.count(c, i, added)
	ld.accept(c, i, pick)
}
