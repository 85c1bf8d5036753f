package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// batchTables hold rows of batches beside the tables of facts.
var batchTables = []string{"key", "text", "account", "account_key", "account_said", "joined", "superseded", "loading", "loaded", "loaded_column", "loaded_text", "unmatched", "unmatched_total", "gap", "gap_end", "move"}

// Sweep implements warehouse.Warehouse.
func (w *Warehouse) Sweep(ctx context.Context, settled func(batch int64) bool, keep func(table string) bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loading {
		return errors.New("sweep: a load is under way")
	}
	err := w.inTransaction(ctx, func(tx *sql.Tx) error {
		if err := sweepBatches(ctx, tx, settled); err != nil {
			return err
		}
		return sweepTables(ctx, tx, keep)
	})
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	w.known, w.nextRow = nil, 0
	return nil
}

// LastBatch implements warehouse.Warehouse.
func (w *Warehouse) LastBatch(ctx context.Context) (int64, error) {
	var last int64
	err := w.db.QueryRowContext(ctx, `SELECT greatest((SELECT coalesce(max(batch), 0) FROM loading), (SELECT coalesce(max(batch), 0) FROM loaded))`).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("read the last batch: %w", err)
	}
	return last, nil
}

// sweepBatches removes the rows of unsettled batches.
func sweepBatches(ctx context.Context, tx *sql.Tx, settled func(int64) bool) error {
	type load struct {
		batch int64
		kind  string
	}
	loads, err := collect(ctx, tx, `SELECT DISTINCT batch, kind FROM loading ORDER BY ALL`, func(r *sql.Rows) (load, error) {
		var l load
		err := r.Scan(&l.batch, &l.kind)
		return l, err
	})
	if err != nil {
		return err
	}
	var gone []string
	for _, l := range loads {
		if settled(l.batch) {
			continue
		}
		batch := fmt.Sprint(l.batch)
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+quote(tableOf(l.kind))+" WHERE _batch = "+batch); err != nil {
			return fmt.Errorf("batch %d: %w", l.batch, err)
		}
		gone = append(gone, batch)
	}
	gone = slices.Compact(gone)
	if len(gone) > 0 {
		for _, table := range batchTables {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+quote(table)+" WHERE batch IN ("+strings.Join(gone, ", ")+")"); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
	}
	if len(loads) == 0 {
		return nil
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM loading`) // what is left is settled
	return err
}

// sweepTables drops the tables of results that are not kept.
func sweepTables(ctx context.Context, tx *sql.Tx, keep func(string) bool) error {
	tables, err := collect(ctx, tx, `SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1`, func(r *sql.Rows) (string, error) {
		var name string
		err := r.Scan(&name)
		return name, err
	})
	if err != nil {
		return err
	}
	for _, name := range tables {
		if isResult(name) && !keep(name) {
			if _, err := tx.ExecContext(ctx, "DROP TABLE "+quote(name)); err != nil {
				return fmt.Errorf("table %s: %w", name, err)
			}
		}
	}
	return nil
}

// isResult says whether a table holds results, as opposed to facts.
func isResult(table string) bool {
	if strings.HasPrefix(table, "fact_") {
		return false
	}
	for _, t := range systemTables {
		if t.name == table {
			return false
		}
	}
	return true
}

// collect reads all rows of a short answer.
func collect[T any](ctx context.Context, tx *sql.Tx, query string, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// Abort implements warehouse.Loader.
func (ld *loader) Abort(ctx context.Context) error {
	if ld.ended {
		return nil
	}
	ld.cancel()
	if ld.batches != nil {
		close(ld.batches)
		ld.batches = nil
	}
	<-ld.finished
	err := ld.undo(ctx)
	ld.w.mu.Lock()
	ld.w.known = nil
	ld.w.mu.Unlock()
	return errors.Join(err, ld.close())
}

// undo removes what the load has written, and leaves earlier loads of the same
// batch.
func (ld *loader) undo(ctx context.Context) error {
	return ld.w.inTransaction(ctx, func(tx *sql.Tx) error {
		accounts := &block{fields: []field{{name: "account", slim: ld.started.newAccounts}}, rows: len(ld.started.newAccounts)}
		links := &block{fields: []field{{name: "key", slim: ld.started.newLinks}}, rows: len(ld.started.newLinks)}
		accountsID, accountsDone := ld.w.blocks.offer(accounts)
		defer accountsDone()
		linksID, linksDone := ld.w.blocks.offer(links)
		defer linksDone()
		statements := []string{
			fmt.Sprintf("DELETE FROM %s WHERE _row >= %d", quote(tableOf(ld.loading.Kind.Name)), ld.firstRow),
			fmt.Sprintf("DELETE FROM superseded WHERE successor >= %d", ld.firstRow),
			fmt.Sprintf("DELETE FROM key WHERE key > %d", ld.started.lastKey),
			fmt.Sprintf("DELETE FROM account_key WHERE row >= %d", ld.firstRow),
			fmt.Sprintf("DELETE FROM account_said WHERE row >= %d", ld.firstRow),
			fmt.Sprintf("DELETE FROM gap WHERE gap >= %d", ld.firstRow),
			fmt.Sprintf("DELETE FROM gap_end WHERE row >= %d", ld.firstRow),
			fmt.Sprintf("DELETE FROM loading WHERE batch = %d AND first_row = %d AND source = %d", ld.loading.Batch, ld.firstRow, ld.source),
		}
		if accounts.rows > 0 {
			statements = append(statements, fmt.Sprintf("DELETE FROM account WHERE account IN (SELECT account FROM segue_block(%d))", accountsID))
		}
		if links.rows > 0 {
			statements = append(statements, fmt.Sprintf("DELETE FROM account_key WHERE key IN (SELECT key FROM segue_block(%d))", linksID))
		}
		for s, next := range ld.started.codes {
			statements = append(statements, fmt.Sprintf("DELETE FROM text WHERE domain = %s AND code >= %d", literal(s.name), next))
		}
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("undo the load: %w", err)
			}
		}
		return nil
	})
}
