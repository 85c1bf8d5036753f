package duckdb

import (
	"context"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// agree notes the keys that the source gives to the accounts which have them
// because another source said so, unless it has said something of them before.
// An account's own key is left out: that the source listed it is in its facts.
func (ld *loader) agree(ctx context.Context) error {
	var others bool
	err := ld.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM account_key WHERE source NOT IN (0, ?))`, ld.source).Scan(&others)
	if err != nil || !others {
		return err
	}
	claimed := &block{fields: []field{slimField("key"), slimField("account"), wideField("updated")}}
	for _, c := range ld.claims.all {
		if c.key == c.account || ld.claims.contested[c.key] {
			continue
		}
		f := claimed.fields
		f[0].slim = append(f[0].slim, c.key)
		f[1].slim = append(f[1].slim, c.account)
		f[2].wide = append(f[2].wide, c.updated)
		claimed.rows++
	}
	if claimed.rows == 0 {
		return nil
	}
	id, done := ld.w.blocks.offer(claimed)
	defer done()
	noted, err := ld.conn.ExecContext(ctx, fmt.Sprintf(`INSERT INTO account_said
		SELECT key, account, %d, %d, %d + row_number() OVER (), %d, updated
		FROM (SELECT key, account, max(updated) AS updated FROM segue_block(%d) GROUP BY key, account) u
		WHERE NOT EXISTS (SELECT 1 FROM account_key k WHERE k.key = u.key AND k.source IN (0, %[4]d))
			AND NOT EXISTS (SELECT 1 FROM account_said s WHERE s.key = u.key AND s.source = %[4]d)`,
		ld.loading.Batch, period.Earliest, ld.nextRow-1, ld.source, id))
	if err != nil {
		return err
	}
	rows, err := noted.RowsAffected()
	ld.nextRow += rows
	return err
}

// readHistory returns what is stored of the contested keys.
func (ld *loader) readHistory(ctx context.Context, claimed [][]claim) (map[int32]history, error) {
	keys, own := &block{fields: []field{slimField("key")}}, &block{fields: []field{slimField("key")}}
	for _, list := range claimed {
		key := list[0].key
		keys.addKey(key)
		if slices.ContainsFunc(list, func(c claim) bool { return c.account == key }) {
			own.addKey(key)
		}
	}
	found := map[int32]history{}
	err := ld.eachLink(ctx, keys, "account_key", func(key int32, l link) {
		h := found[key]
		h.links = append(h.links, l)
		found[key] = h
	})
	if err != nil {
		return nil, err
	}
	err = ld.eachLink(ctx, keys, "account_said", func(key int32, l link) {
		if l.source != ld.source {
			return
		}
		h := found[key]
		h.agreed = append(h.agreed, l)
		found[key] = h
	})
	if err != nil || own.rows == 0 {
		return found, err
	}
	return found, ld.readListed(ctx, own, found)
}

// eachLink hands out what a table holds of keys, oldest first.
func (ld *loader) eachLink(ctx context.Context, keys *block, table string, each func(key int32, l link)) error {
	id, done := ld.w.blocks.offer(keys)
	defer done()
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf(`SELECT a.key, a.account, a.valid_from, a.row, a.source, a.updated
		FROM %s a JOIN segue_block(%d) u ON u.key = a.key ORDER BY a.key, a.valid_from, a.row`, table, id))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key int32
		var l link
		if err := rows.Scan(&key, &l.account, &l.from, &l.row, &l.source, &l.updated); err != nil {
			return err
		}
		each(key, l)
	}
	return rows.Err()
}

// readListed adds that the source has listed keys as accounts of their own, to
// those of which it has said nothing else.
func (ld *loader) readListed(ctx context.Context, own *block, found map[int32]history) error {
	id, done := ld.w.blocks.offer(own)
	defer done()
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf(`SELECT DISTINCT f._key FROM %s f JOIN segue_block(%d) u ON u.key = f._key
		WHERE f._source = %d AND f._row < %d`, quote(tableOf(fact.ColAccount)), id, ld.source, ld.firstRow))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key int32
		if err := rows.Scan(&key); err != nil {
			return err
		}
		if h := found[key]; !h.hasSaid(ld.source) {
			h.agreed = []link{{account: key, from: int32(period.Earliest), source: ld.source}}
			found[key] = h
		}
	}
	return rows.Err()
}
