package duckdb

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
)

// undone is a version that was superseded by a row of this load.
type undone struct{ row, content, by int64 }

// mergeRepeated settles rows whose key came before in the load. The later row
// counts, unless the source says that it is the older one; the summary reads as
// if only the row that counts had been in the file, and the others repeated it.
func (ld *loader) mergeRepeated(ctx context.Context) error {
	c := ld.repeated
	if c.rows == 0 {
		return nil
	}
	firsts, winners := ld.winners(c)
	matches, err := ld.match(ctx, c, math.MaxInt64)
	if err != nil {
		return fmt.Errorf("compare repeated rows: %w", err)
	}
	ended, err := ld.matchEnded(ctx, c)
	if err != nil {
		return fmt.Errorf("compare repeated rows: %w", err)
	}
	compared := slices.Concat(firsts, winners)
	slices.Sort(compared)
	earlier, err := ld.earlierRows(ctx, c, slices.Compact(compared), matches)
	if err != nil {
		return fmt.Errorf("read repeated rows: %w", err)
	}
	restore, err := ld.superseders(ctx)
	if err != nil {
		return fmt.Errorf("read repeated rows: %w", err)
	}
	for _, i := range firsts { // of the next ones winners has told
		if was, differs := earlier[i]; differs && matches[i].row != 0 {
			ld.conflict(c, int(i), was)
		}
	}
	var o outcome
	for _, i := range winners {
		if matches[i].row == 0 { // the earlier one was older than what ended the fact
			if was, ok := ended[i]; ok {
				ld.comeBack(c, int(i), was, &o.pick, &o.gone)
				continue
			}
		}
		was, differs := earlier[i]
		if !differs || c.older(int(i), matches[i]) {
			ld.ledger.count(c, int(i), repeated)
			continue
		}
		ld.replace(c, int(i), matches[i], was, restore, &o)
	}
	if err := ld.unsupersede(ctx, o.back); err != nil {
		return fmt.Errorf("restore corrected rows: %w", err)
	}
	if err := ld.write(ctx, c, o.pick, o.gone, "corrected"); err != nil {
		return err
	}
	c.reset()
	return nil
}

// outcome is what is to be written of repeated rows.
type outcome struct {
	pick       []int32
	gone, back replaced
}

// replace lets row i take the place of the stored row m, which an earlier row
// of its key left there.
func (ld *loader) replace(c *chunk, i int, m match, was earlierRow, restore map[int64]undone, o *outcome) {
	f, now := ld.fateOfEarlier(c, i, m)
	before, corrects := restore[m.row]
	if inherited, ok := ld.inherited[m.row]; ok {
		before, corrects = inherited, true
	}
	if corrects {
		f, now = corrected, corrected
	}
	last, dated := ld.previous[m.row]
	content := c.fields[atContent].wide[i]
	ld.ledger.unstore(was.chunk, was.row, f == unchanged)
	if corrects && before.content == content || dated && last == content {
		// The file ends where the store began: nothing has changed.
		now = unchanged
		o.gone.add(m.row, ld.nextRow)
		ld.nextRow++
		if corrects {
			o.back.add(before.row, before.by)
		}
		ld.ledger.swap(was, f, c, i, now)
		return
	}
	if f == now || now == corrected {
		o.gone.add(m.row, ld.nextRow)
	}
	switch {
	case corrects:
		ld.inherited[ld.nextRow] = before
	case dated:
		ld.previous[ld.nextRow] = last
	case now == corrected:
		ld.inherited[ld.nextRow] = undone{m.row, m.content, ld.nextRow}
	}
	if was, ok := ld.revived[m.row]; ok {
		ld.revived[ld.nextRow] = was
	}
	ld.accept(c, i, &o.pick)
	ld.ledger.swap(was, f, c, i, now)
}

// winners returns the first rows of the chunk with each key, and those that count
// among them, and notes the others as repeated.
func (ld *loader) winners(c *chunk) (firsts, winners []int32) {
	latest := make(map[uint64]int32, c.rows)
	for i := range c.rows {
		before, ok := latest[c.mixed[i]]
		if !ok {
			latest[c.mixed[i]] = int32(i)
			firsts = append(firsts, int32(i))
			continue
		}
		loser, winner := before, int32(i)
		updated := c.fields[atUpdated].wide
		if updated[i] != 0 && updated[i] < updated[before] {
			loser, winner = winner, loser
		}
		latest[c.mixed[i]] = winner
		ld.ledger.count(c, int(loser), repeated)
		if c.fields[atContent].wide[loser] != c.fields[atContent].wide[winner] {
			ld.conflict(c, i, earlierRow{c, int(before)})
		}
	}
	for i := range c.rows {
		if latest[c.mixed[i]] == int32(i) {
			winners = append(winners, int32(i))
		}
	}
	return firsts, winners
}

// earlierRow is a row that another of the load takes the place of.
type earlierRow struct {
	chunk *chunk
	row   int
}

// fateOfEarlier returns what was said of the earlier row of the same key, and
// what is to be said of row i in its place.
func (ld *loader) fateOfEarlier(c *chunk, i int, m match) (was, now fate) {
	switch {
	case m.row >= ld.firstRow:
		return added, added
	case ld.loading.Kind.Timing == fact.Version && m.at != c.fields[atTime].wide[i]:
		c.fields[atFlags].slim[i] &^= flagAtAssumed
		return unchanged, added
	}
	return unchanged, corrected
}

// swap counts row i in place of the earlier one, which becomes a repetition.
func (g *ledger) swap(earlier earlierRow, was fate, c *chunk, i int, now fate) {
	g.counts[was]--
	g.countMoney(earlier.chunk, earlier.row, was, -1)
	g.count(earlier.chunk, earlier.row, repeated)
	g.count(c, i, now)
}

// unstore takes back what store noted of an earlier row that is replaced,
// unless it was never stored by this load.
func (g *ledger) unstore(c *chunk, row int, never bool) {
	key := c.fields[atKey].slim[row]
	if never || g.unmatched[key] == 0 {
		return
	}
	g.unmatched[key]--
	for i := range g.money {
		m := &g.money[i]
		if v := c.fields[m.field].wide[row]; v != missing64 {
			m.sums(c.fields[m.field+1].slim[row]).unmatched -= v
		}
	}
}

// conflict notes that row i says something else than an earlier one.
func (ld *loader) conflict(c *chunk, i int, was earlierRow) {
	ld.ledger.conflicts++
	if len(ld.ledger.examples) >= maxExamples {
		return
	}
	for _, v := range ld.encoder.values {
		if v.field < 0 {
			continue
		}
		x := example{label: c.labels[i], field: v.field}
		x.was, x.now = was.chunk.fields[v.field].at(was.row), c.fields[v.field].at(i)
		if v.Type == fact.Money {
			x.wasCode, x.nowCode = was.chunk.fields[v.field+1].slim[was.row], c.fields[v.field+1].slim[i]
		}
		if x.was != x.now || x.wasCode != x.nowCode {
			ld.ledger.examples = append(ld.ledger.examples, x)
			return
		}
	}
}

// at returns a value whatever its width, missing64 for a missing one.
func (f *field) at(row int) int64 {
	if f.wide != nil {
		return f.wide[row]
	}
	if v := f.slim[row]; v != missing32 {
		return int64(v)
	}
	return missing64
}

// superseders returns the stored versions that rows of this load corrected, by
// the row that did.
func (ld *loader) superseders(ctx context.Context) (map[int64]undone, error) {
	if ld.ledger.counts[corrected] == 0 {
		return nil, nil
	}
	kind := ld.loading.Kind.Name
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf(
		`SELECT s.successor, s.row, f._content FROM superseded s JOIN %s f ON f._row = s.row
		WHERE s.kind = %s AND s.successor >= %d AND s.row < %d`, quote(tableOf(kind)), literal(kind), ld.firstRow, ld.firstRow))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64]undone{}
	for rows.Next() {
		var successor int64
		var u undone
		if err := rows.Scan(&successor, &u.row, &u.content); err != nil {
			return nil, err
		}
		u.by = successor
		found[successor] = u
	}
	return found, rows.Err()
}

// unsupersede makes versions count again that this load had superseded.
func (ld *loader) unsupersede(ctx context.Context, back replaced) error {
	if len(back.rows) == 0 {
		return nil
	}
	ld.ledger.superseded -= int64(len(back.rows))
	id, done := ld.w.blocks.offer(back.block())
	defer done()
	_, err := ld.conn.ExecContext(ctx, fmt.Sprintf(
		`DELETE FROM superseded WHERE kind = %s AND batch = %d AND (row, successor) IN (SELECT (row, successor) FROM segue_block(%d))`,
		literal(ld.loading.Kind.Name), ld.loading.Batch, id))
	return err
}

// earlierRows reads the stored rows that say something else than the winners
// of the same key.
func (ld *loader) earlierRows(ctx context.Context, c *chunk, winners []int32, matches []match) (map[int32]earlierRow, error) {
	wanted := replaced{}
	for _, i := range winners {
		if m := matches[i]; m.row != 0 && m.content != c.fields[atContent].wide[i] {
			wanted.add(m.row, int64(i))
		}
	}
	if len(wanted.rows) == 0 {
		return nil, nil
	}
	stored, err := ld.readRows(ctx, wanted)
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// readRows reads stored rows back into a chunk, by the row that asks.
func (ld *loader) readRows(ctx context.Context, wanted replaced) (map[int32]earlierRow, error) {
	c := newChunk(ld.encoder.values)
	text := "SELECT u.successor, coalesce(f._key, 0)"
	for _, f := range c.fields[systemFields:] {
		text += ", f." + quote(f.name) + "::BIGINT"
	}
	id, done := ld.w.blocks.offer(wanted.block())
	defer done()
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf("%s FROM segue_block(%d) u JOIN %s f ON f._row = u.row",
		text, id, quote(tableOf(ld.loading.Kind.Name))))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int32]earlierRow{}
	values := make([]*int64, len(c.fields)-systemFields)
	targets := make([]any, 2+len(values))
	for rows.Next() {
		var asks int64
		var key int32
		targets[0], targets[1] = &asks, &key
		for i := range values {
			targets[2+i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		for i, v := range values {
			f := &c.fields[systemFields+i]
			switch {
			case v == nil:
				f.appendMissing()
			case f.wide != nil:
				f.wide = append(f.wide, *v)
			default:
				f.slim = append(f.slim, int32(*v))
			}
		}
		c.fields[atKey].slim = append(c.fields[atKey].slim, key)
		found[int32(asks)] = earlierRow{c, c.rows}
		c.rows++
	}
	return found, rows.Err()
}
