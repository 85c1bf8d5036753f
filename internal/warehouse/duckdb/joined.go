package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
)

// joinedNow holds the spans that count: of each record those of its last batch.
const joinedNow = "(SELECT account, survivor, valid_from FROM joined QUALIFY batch = max(batch) OVER (PARTITION BY account))"

// joinedAt is joinedNow as it was once a batch had come.
const joinedAt = "(SELECT account, survivor, valid_from FROM joined WHERE batch <= ? QUALIFY batch = max(batch) OVER (PARTITION BY account))"

// Join implements warehouse.Warehouse.
func (w *Warehouse) Join(ctx context.Context, batch int64, spans []customer.Span) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loading {
		return errors.New("join accounts: a load is under way")
	}
	b := &block{fields: []field{slimField("account"), slimField("survivor"), slimField("from_day")}, rows: len(spans)}
	for _, s := range spans {
		b.fields[0].slim = append(b.fields[0].slim, s.Record)
		b.fields[1].slim = append(b.fields[1].slim, s.Into)
		b.fields[2].slim = append(b.fields[2].slim, int32(s.From))
	}
	id, done := w.blocks.offer(b)
	defer done()
	err := w.inTransaction(ctx, func(tx *sql.Tx) error {
		// A batch that is never settled goes with what is noted as loading.
		for _, text := range []string{
			`INSERT INTO loading VALUES (?, ?, 0, 0)`,
			`INSERT INTO loaded VALUES (?, ?, 0, '', 0, 0, 0, 0, 0, false, false, false, false, false)`,
		} {
			if _, err := tx.ExecContext(ctx, text, batch, fact.AccountKind); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO joined SELECT account, survivor, from_day, %d FROM segue_block(%d)`, batch, id))
		if err != nil {
			return err
		}
		return totalUnmatched(ctx, tx, batch)
	})
	if err != nil {
		return fmt.Errorf("join accounts: %w", err)
	}
	w.known = nil
	return nil
}

// totalUnmatched notes how many rows of each source belong to no account now.
func totalUnmatched(ctx context.Context, tx *sql.Tx, batch int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO unmatched_total
		SELECT ?, source, coalesce(sum(rows) FILTER (key NOT IN (SELECT key FROM account_key)
			AND key NOT IN (SELECT account FROM `+joinedNow+` WHERE survivor <> 0)), 0)::BIGINT
		FROM unmatched GROUP BY source`, batch)
	return err
}

// readJoined reads which records count as another.
func (k *known) readJoined(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT DISTINCT account FROM `+joinedNow+` WHERE survivor <> 0`)
	if err != nil {
		return err
	}
	defer rows.Close()
	k.joined = map[int32]bool{}
	for rows.Next() {
		var account int32
		if err := rows.Scan(&account); err != nil {
			return err
		}
		k.joined[account] = true
	}
	return rows.Err()
}
