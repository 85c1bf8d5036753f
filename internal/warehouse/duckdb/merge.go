package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// match is the stored row that a row of a chunk is compared with.
type match struct{ row, content, at, updated int64 }

// mergeMain compares the rows met for the first time with what was stored
// before the load, and writes those that are new.
func (ld *loader) mergeMain(ctx context.Context) error {
	c := ld.main
	if c.rows == 0 {
		return nil
	}
	matches, err := ld.match(ctx, c, ld.firstRow)
	if err != nil {
		return fmt.Errorf("compare with stored rows: %w", err)
	}
	ended, err := ld.matchEnded(ctx, c)
	if err != nil {
		return fmt.Errorf("compare with rows that were taken back: %w", err)
	}
	pick := make([]int32, 0, c.rows)
	var gone replaced
	for i := range c.rows {
		var m match
		if matches != nil {
			m = matches[i]
		}
		if was, ok := ended[int32(i)]; ok && m.row == 0 {
			ld.comeBack(c, i, was, &pick, &gone)
			continue
		}
		switch f := ld.judge(c, i, m); f {
		case unchanged:
			ld.ledger.count(c, i, f)
		default:
			if f == corrected {
				gone.add(m.row, ld.nextRow)
			} else if m.row != 0 {
				ld.previous[ld.nextRow] = m.content
			}
			ld.ledger.count(c, i, f)
			ld.accept(c, i, &pick)
		}
	}
	if err := ld.write(ctx, c, pick, gone, "corrected"); err != nil {
		return err
	}
	c.reset()
	return nil
}

// judge says what becomes of row i, given the stored row of the same key.
func (ld *loader) judge(c *chunk, i int, m match) fate {
	f := c.fields
	switch {
	case m.row == 0:
		return added
	case m.content == f[atContent].wide[i]:
		return unchanged
	case c.older(i, m):
		return unchanged
	case ld.loading.Kind.Timing == fact.Version && m.at != f[atTime].wide[i]:
		// Nobody said since when, and something else was known before: it
		// holds from the day of import, which makes the day known.
		f[atFlags].slim[i] &^= flagAtAssumed
		return added
	}
	return corrected
}

// older says whether the source itself calls the row older than what is
// stored.
func (c *chunk) older(i int, m match) bool {
	updated := c.fields[atUpdated].wide[i]
	return updated != 0 && updated < m.updated
}

// accept gives the row its id and marks it to be written.
func (ld *loader) accept(c *chunk, i int, pick *[]int32) {
	c.fields[atRow].wide[i] = ld.nextRow
	ld.nextRow++
	*pick = append(*pick, int32(i))
	key := c.fields[atKey].slim[i]
	ld.ledger.store(c, i, key != 0 && (ld.w.known.account[key] != 0 || ld.w.known.joined[key]))
	if ld.encoder.replaces >= 0 && c.fields[ld.encoder.replaces].slim[i] != missing32 {
		ld.ledger.replaces = true
	}
}

// replaced lists superseded rows with what came in their place.
type replaced struct {
	rows, successors []int64
	days             []int32 // up to which the row held; missing for never
	updated          []int64 // by the clock of the source; 0 is not said
}

// add notes a row that never held.
func (r *replaced) add(row, successor int64) { r.end(row, successor, missing32, 0) }

// end notes a row that held up to a day.
func (r *replaced) end(row, successor int64, day int32, updated int64) {
	r.rows = append(r.rows, row)
	r.successors = append(r.successors, successor)
	r.days = append(r.days, day)
	r.updated = append(r.updated, updated)
}

func (r *replaced) block() *block {
	f := []field{{name: "row", wide: r.rows}, {name: "successor", wide: r.successors}, {name: "day", slim: r.days}, {name: "updated", wide: r.updated}}
	return &block{fields: f, rows: len(r.rows)}
}

// match returns for each row of the chunk the stored row of the same key with
// an id below the bound, or nil when there is none for any row.
//
// Events are compared within the same key and day, versions by the day since
// which they hold: a version without one is compared with the one in force.
func (ld *loader) match(ctx context.Context, c *chunk, below int64) ([]match, error) {
	own := below > ld.firstRow
	if !own && ld.stored.rows == 0 {
		return nil, nil
	}
	if from, to := c.days(); ld.isOfDays(c) && !own && (to < ld.stored.firstAt || from > ld.stored.lastAt) {
		return nil, nil
	}
	rows, done, err := ld.sameKey(ctx, c, below, "f._content, f._at, f._updated", false)
	if err != nil {
		return nil, err
	}
	defer done()
	return ld.bestMatches(rows, c)
}

// sameKey reads columns of the stored rows of the keys of a chunk, after the
// index of the chunk's row and their own: of those that count, or of those that
// ended on a day, by a row s of superseded.
func (ld *loader) sameKey(ctx context.Context, c *chunk, below int64, columns string, ended bool) (*sql.Rows, func(), error) {
	kind := ld.loading.Kind
	where := []string{"f._source = " + strconv.Itoa(int(ld.source)), "f._row < " + strconv.FormatInt(below, 10)}
	join := ""
	if ended {
		join = "\nJOIN superseded s ON s.kind = " + literal(kind.Name) + " AND s.row = f._row AND s.day IS NOT NULL"
		where = append(where, "NOT EXISTS (SELECT 1 FROM superseded n WHERE n.kind = s.kind AND n.row = s.row AND n.day IS NULL)")
	} else {
		where = append(where, "NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = "+literal(kind.Name)+" AND s.row = f._row)")
	}
	on := []string{"f._hash = u._hash"}
	compared := []int{atIndex, atHash}
	if kind.Timing == fact.At {
		on = append(on, "coalesce(f._key, 0) = u._key")
		day := fmt.Sprintf("f._at // %d", period.MicrosPerDay)
		if c.assumed {
			on = append(on, fmt.Sprintf("(%s = u._day OR u._day = %d)", day, dayAssumed))
		} else {
			on = append(on, day+" = u._day")
		}
		compared = append(compared, atKey, atDay)
	}
	if ld.isOfDays(c) {
		from, to := c.days()
		where = append(where, fmt.Sprintf("f._at BETWEEN %d AND %d", from, to))
	}
	id, offered := ld.w.blocks.offer(&c.block, compared...)
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf(
		"SELECT u._i, f._row, %s\nFROM segue_block(%d) u\nJOIN %s f ON %s%s\nWHERE %s",
		columns, id, quote(tableOf(kind.Name)), strings.Join(on, " AND "), join, strings.Join(where, "\n  AND ")))
	if err != nil {
		offered()
		return nil, nil, err
	}
	return rows, func() { rows.Close(); offered() }, nil
}

// bestMatches chooses among several stored rows of one key.
func (ld *loader) bestMatches(rows *sql.Rows, c *chunk) ([]match, error) {
	if cap(ld.matches) < c.rows {
		ld.matches = make([]match, c.rows)
	}
	matches := ld.matches[:c.rows]
	clear(matches)
	version := ld.loading.Kind.Timing == fact.Version
	for rows.Next() {
		var i int32
		var m match
		if err := rows.Scan(&i, &m.row, &m.content, &m.at, &m.updated); err != nil {
			return nil, err
		}
		best := &matches[i]
		if version {
			at := c.fields[atTime].wide[i]
			assumed := c.fields[atFlags].slim[i]&flagAtAssumed != 0
			if m.at > at || m.at < at && !assumed {
				continue
			}
		}
		if best.row == 0 || m.at > best.at && version || m.at == best.at && m.row > best.row || !version && m.row > best.row {
			*best = m
		}
	}
	return matches, rows.Err()
}

// isOfDays reports whether rows of the keys of a chunk are of its days only, so
// that stored rows of others need not be read.
func (ld *loader) isOfDays(c *chunk) bool {
	kind := ld.loading.Kind
	switch {
	case c.assumed:
		return false
	case kind.Timing == fact.Term:
		return slices.Contains(kind.Key, fact.ColStarts) && !ld.encoder.identified
	}
	return kind.Timing == fact.At
}

// days returns the whole days that the chunk's rows are from.
func (c *chunk) days() (from, to int64) {
	at := c.fields[atTime].wide
	from, to = at[0], at[0]
	for _, t := range at {
		from, to = min(from, t), max(to, t)
	}
	return from - period.MicrosPerDay, to + period.MicrosPerDay
}

// byKey orders rows by whose they are. A chunk spans few days, so that windows
// of time still skip what lies before them; within it, the facts of one
// customer stand together, which is what counting them, and reading those of one
// customer, is fastest with.
func byKey(pick []int32, key []int32) {
	packed := make([]uint64, len(pick))
	for i, at := range pick {
		packed[i] = uint64(uint32(key[at]))<<32 | uint64(uint32(at))
	}
	slices.Sort(packed)
	for i, p := range packed {
		pick[i] = int32(uint32(p))
	}
}

// write stores the picked rows of a chunk with their new texts, keys and
// accounts, and notes what they supersede, in one transaction.
func (ld *loader) write(ctx context.Context, c *chunk, pick []int32, gone replaced, reason string) error {
	tx, err := ld.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to roll back
	if err := ld.writeKnown(ctx, tx); err != nil {
		return err
	}
	if len(pick) > 0 {
		if ld.loading.Kind.Timing == fact.At {
			byKey(pick, c.fields[atKey].slim)
		}
		c.pick = pick
		err := ld.insert(ctx, tx, &c.block, ld.insertText(), ld.stores...)
		c.pick = nil
		if err != nil {
			return fmt.Errorf("write %s: %w", tableOf(ld.loading.Kind.Name), err)
		}
	}
	if len(gone.rows) > 0 {
		ld.ledger.superseded += int64(len(gone.rows))
		err := ld.insert(ctx, tx, gone.block(), fmt.Sprintf(
			"INSERT INTO superseded (row, kind, batch, reason, successor, day, updated)\nSELECT row, %s, %d, %s, successor, nullif(day, '%d'::INTEGER), updated FROM ",
			literal(ld.loading.Kind.Name), ld.loading.Batch, literal(reason), missing32))
		if err != nil {
			return fmt.Errorf("write superseded: %w", err)
		}
	}
	return tx.Commit()
}

// insert runs "INSERT ... FROM " with the block behind it.
func (ld *loader) insert(ctx context.Context, tx *sql.Tx, b *block, text string, fields ...int) error {
	id, done := ld.w.blocks.offer(b, fields...)
	defer done()
	_, err := tx.ExecContext(ctx, fmt.Sprintf("%ssegue_block(%d)", text, id))
	return err
}

// insertText returns the statement that moves a chunk into its table.
func (ld *loader) insertText() string {
	into := []string{"_row", "_batch", "_source", "_key", "_at", "_received", "_updated", "_hash", "_content", "_flags"}
	from := []string{
		"_row", strconv.FormatInt(ld.loading.Batch, 10), strconv.Itoa(int(ld.source)), "nullif(_key, 0)",
		"_at", "_received", "_updated", "_hash", "_content", "_flags",
	}
	for _, v := range ld.encoder.values {
		if v.field < 0 {
			continue
		}
		name := quote(v.Name)
		into = append(into, name)
		switch {
		case v.Type == fact.Bool:
			from = append(from, fmt.Sprintf("CASE %s WHEN 0 THEN false WHEN %d THEN NULL ELSE true END", name, missing32))
		case engineTypes[v.Type] == "BIGINT":
			from = append(from, fmt.Sprintf("nullif(%s, '%d'::BIGINT)", name, missing64))
		default:
			from = append(from, fmt.Sprintf("nullif(%s, '%d'::INTEGER)", name, missing32))
		}
		if v.Type == fact.Money {
			code := quote(v.Name + "_cur")
			into = append(into, code)
			from = append(from, fmt.Sprintf("nullif(%s, '%d'::INTEGER)", code, missing32))
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s\nFROM ",
		quote(tableOf(ld.loading.Kind.Name)), strings.Join(into, ", "), strings.Join(from, ", "))
}

// writeKnown stores new keys, texts, accounts and their keys.
func (ld *loader) writeKnown(ctx context.Context, tx *sql.Tx) error {
	k := ld.w.known
	batch := ld.loading.Batch
	keys := &block{fields: []field{slimField("number"), textField("family"), textField("space"), textField("id"), wideField("hash"), wideField("high")}}
	texts := &block{fields: []field{slimField("number"), textField("family"), textField("space"), textField("id"), wideField("hash"), wideField("high")}}
	keys.reserve(len(k.fresh))
	for _, e := range k.fresh {
		b := keys
		if e.space.family == familyText {
			b = texts
		}
		f := b.fields
		f[0].slim = append(f[0].slim, e.number)
		f[1].text = append(f[1].text, e.space.family)
		f[2].text = append(f[2].text, e.space.name)
		f[3].text = append(f[3].text, e.text)
		f[4].wide = append(f[4].wide, int64(e.hash.Lo))
		f[5].wide = append(f[5].wide, int64(e.hash.Hi))
		b.rows++
	}
	accounts := &block{fields: []field{slimField("account"), textField("public")}}
	for _, a := range k.newAccounts {
		accounts.fields[0].slim = append(accounts.fields[0].slim, a.account)
		accounts.fields[1].text = append(accounts.fields[1].text, a.public)
		accounts.rows++
	}
	links := &block{fields: []field{slimField("key"), slimField("account"), wideField("updated")}}
	for _, l := range k.newLinks {
		links.fields[0].slim = append(links.fields[0].slim, l.key)
		links.fields[1].slim = append(links.fields[1].slim, l.account)
		links.fields[2].wide = append(links.fields[2].wide, l.updated)
		links.rows++
	}
	for _, in := range []struct {
		block *block
		text  string
	}{
		{keys, fmt.Sprintf("INSERT INTO key SELECT number, family, space, id, hash, high, %d FROM ", batch)},
		{texts, fmt.Sprintf("INSERT INTO text SELECT space, number, id, hash, high, %d FROM ", batch)},
		{accounts, fmt.Sprintf("INSERT INTO account SELECT account, public, account, %d FROM ", batch)},
		{links, fmt.Sprintf("INSERT INTO account_key SELECT key, account, %d, %d, %d, 0, %d, updated FROM ", batch, period.Earliest, period.Open, ld.source)},
	} {
		if in.block.rows == 0 {
			continue
		}
		if err := ld.insert(ctx, tx, in.block, in.text); err != nil {
			return fmt.Errorf("write keys: %w", err)
		}
	}
	clear(k.fresh) // of its texts
	clear(k.newAccounts)
	k.fresh, k.newAccounts, k.newLinks = k.fresh[:0], k.newAccounts[:0], k.newLinks[:0]
	return nil
}
