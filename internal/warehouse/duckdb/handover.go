package duckdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// settleClaims gives the contested keys of the load to the accounts that they
// belong to now, tells of those that moved or were refused, and keeps where the
// source agrees with others.
func (ld *loader) settleClaims(ctx context.Context) (moved, refused []warehouse.Handovers, err error) {
	if err := ld.agree(ctx); err != nil {
		return nil, nil, fmt.Errorf("note whose account keys are: %w", err)
	}
	if len(ld.claims.contested) == 0 {
		return nil, nil, nil
	}
	claimed := ld.claims.of()
	stored, err := ld.readHistory(ctx, claimed)
	if err != nil {
		return nil, nil, fmt.Errorf("read account keys: %w", err)
	}
	ours := map[int32]bool{}
	for _, key := range ld.started.newLinks {
		if ld.claims.contested[key] {
			ours[key] = true
			delete(stored, key)
		}
	}
	nextRow := func() int64 { ld.nextRow++; return ld.nextRow - 1 }
	firstRow := ld.nextRow
	var made, kept []handover
	fresh, agreed := newLinks(), newLinks()
	for _, list := range claimed {
		key := list[0].key
		h := stored[key]
		m, r := h.replay(list, ld.source, nextRow)
		made, kept = append(made, m...), append(kept, r...)
		for _, l := range h.links {
			if ours[key] || l.row >= firstRow {
				fresh.addLink(key, l)
			}
		}
		for _, l := range h.agreed {
			if l.row >= firstRow {
				agreed.addLink(key, l)
			}
		}
		ld.w.known.setLinks(key, h.links)
	}
	if err := ld.writeLinks(ctx, ours, fresh, agreed); err != nil {
		return nil, nil, fmt.Errorf("write account keys: %w", err)
	}
	ld.ledger.shared = ld.ledger.shared || len(made) > 0
	if moved, err = ld.tellHandovers(ctx, made); err == nil {
		refused, err = ld.tellHandovers(ctx, kept)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("name accounts: %w", err)
	}
	return moved, refused, nil
}

// newLinks returns room for links.
func newLinks() *block {
	return &block{fields: []field{
		slimField("key"), slimField("account"), slimField("from_day"), wideField("row"), wideField("updated"),
	}}
}

func (b *block) addKey(key int32) {
	b.fields[0].slim = append(b.fields[0].slim, key)
	b.rows++
}

func (b *block) addLink(key int32, l link) {
	f := b.fields
	f[0].slim = append(f[0].slim, key)
	f[1].slim = append(f[1].slim, l.account)
	f[2].slim = append(f[2].slim, l.from)
	f[3].wide = append(f[3].wide, l.row)
	f[4].wide = append(f[4].wide, l.updated)
	b.rows++
}

// writeLinks stores new links, in place of those that this load had given its
// own new keys, and what the source agreed to.
func (ld *loader) writeLinks(ctx context.Context, ours map[int32]bool, fresh, agreed *block) error {
	if fresh.rows == 0 && agreed.rows == 0 {
		return nil
	}
	tx, err := ld.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to roll back
	if len(ours) > 0 {
		keys := &block{fields: []field{slimField("key")}}
		for key := range ours {
			keys.addKey(key)
		}
		id, done := ld.w.blocks.offer(keys)
		defer done()
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM account_key WHERE key IN (SELECT key FROM segue_block(%d))", id)); err != nil {
			return err
		}
	}
	for _, in := range []struct {
		block *block
		text  string
	}{
		{fresh, fmt.Sprintf("INSERT INTO account_key SELECT key, account, %d, from_day, %d, row, %d, updated FROM ", ld.loading.Batch, period.Open, ld.source)},
		{agreed, fmt.Sprintf("INSERT INTO account_said SELECT key, account, %d, from_day, row, %d, updated FROM ", ld.loading.Batch, ld.source)},
	} {
		if in.block.rows == 0 {
			continue
		}
		if err := ld.insert(ctx, tx, in.block, in.text); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// tellHandovers counts keys by id space, and names the first few of each.
func (ld *loader) tellHandovers(ctx context.Context, list []handover) ([]warehouse.Handovers, error) {
	var told []warehouse.Handovers
	seen, at := map[int32]bool{}, map[string]int{}
	spaces := map[int32]string{}
	if len(list) > 0 {
		var err error
		if spaces, err = ld.spacesOf(ctx, list); err != nil {
			return nil, err
		}
	}
	for _, h := range list {
		if seen[h.key] {
			continue
		}
		seen[h.key] = true
		space := spaces[h.key]
		i, ok := at[space]
		if !ok {
			i = len(told)
			at[space] = i
			told = append(told, warehouse.Handovers{Ids: space})
		}
		told[i].Count++
		if len(told[i].Examples) >= maxExamples {
			continue
		}
		x := warehouse.Handover{Since: period.Date(h.day)}
		for _, name := range []struct {
			key int32
			to  *string
		}{{h.key, &x.ID}, {h.from, &x.From}, {h.to, &x.To}} {
			if err := ld.conn.QueryRowContext(ctx, `SELECT id FROM key WHERE key = ?`, name.key).Scan(name.to); err != nil {
				return nil, err
			}
		}
		told[i].Examples = append(told[i].Examples, x)
	}
	return told, nil
}

// spacesOf returns the id space of each key that is handed over.
func (ld *loader) spacesOf(ctx context.Context, list []handover) (map[int32]string, error) {
	keys := &block{fields: []field{slimField("key")}}
	for _, h := range list {
		keys.addKey(h.key)
	}
	id, done := ld.w.blocks.offer(keys)
	defer done()
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf(`SELECT key, space FROM key WHERE key IN (SELECT key FROM segue_block(%d))`, id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	spaces := map[int32]string{}
	for rows.Next() {
		var key int32
		var space string
		if err := rows.Scan(&key, &space); err != nil {
			return nil, err
		}
		spaces[key] = space
	}
	return spaces, rows.Err()
}

// keysNow is which account each key belongs to in the end: one that moved is of
// the last it went to.
const keysNow = "(SELECT key, arg_max(account, row(valid_from, row)) AS account FROM account_key GROUP BY key)"

// accountAt returns the account that a key belongs to on a day.
func (k *known) accountAt(key, day int32) int32 {
	if l, ok := holder(k.moved[key], day); ok {
		return l.account
	}
	return k.account[key]
}

// founded says whether an account was made for the key.
func (k *known) founded(key int32) bool {
	if links := k.moved[key]; len(links) > 0 {
		return links[0].account == key
	}
	return k.account[key] == key
}

// setLinks notes all that is known of a key, oldest first.
func (k *known) setLinks(key int32, links []link) {
	k.account[key] = links[len(links)-1].account
	if len(links) > 1 {
		k.moved[key] = links
	}
}

// readMoved reads the keys that belong to several accounts, one after the
// other.
func (k *known) readMoved(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT key, account, valid_from, row, source, updated FROM account_key
		WHERE key IN (SELECT key FROM account_key WHERE row > 0) ORDER BY key, valid_from, row`)
	if err != nil {
		return err
	}
	defer rows.Close()
	k.moved = map[int32][]link{}
	for rows.Next() {
		var key int32
		var l link
		if err := rows.Scan(&key, &l.account, &l.from, &l.row, &l.source, &l.updated); err != nil {
			return err
		}
		k.moved[key] = append(k.moved[key], l)
		k.account[key] = l.account
	}
	return rows.Err()
}
