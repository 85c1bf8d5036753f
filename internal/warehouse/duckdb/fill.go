package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"
)

// Fill makes a table of whole numbers, all rows or none. Each row has a value
// for each column.
func (w *Warehouse) Fill(ctx context.Context, table string, columns []string, rows iter.Seq[[]int64]) error {
	b := &block{}
	defs := make([]string, len(columns))
	for i, c := range columns {
		defs[i] = quote(c) + " BIGINT"
		b.fields = append(b.fields, wideField(c))
	}
	for row := range rows {
		if len(row) != len(columns) {
			return fmt.Errorf("fill table %q: row %d: %d values for %d columns", table, b.rows+1, len(row), len(columns))
		}
		for i, v := range row {
			b.fields[i].wide = append(b.fields[i].wide, v)
		}
		b.rows++
	}
	id, done := w.blocks.offer(b)
	defer done()
	err := w.inTransaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE "+quote(table)+" ("+strings.Join(defs, ", ")+")"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s SELECT * FROM segue_block(%d)", quote(table), id))
		return err
	})
	if err != nil {
		return fmt.Errorf("fill table %q: %w", table, err)
	}
	return nil
}
