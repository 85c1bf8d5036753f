package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"
)

// Fill makes a table of whole numbers, all rows or none. Each row has a value
// for each column.
func (w *Warehouse) Fill(ctx context.Context, table string, columns []string, rows iter.Seq[[]int64]) error {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c) + " BIGINT"
	}
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("fill table %q: %w", table, err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "CREATE TABLE "+quote(table)+" ("+strings.Join(quoted, ", ")+")"); err != nil {
		return fmt.Errorf("fill table %q: %w", table, err)
	}
	err = conn.Raw(func(c any) error {
		appender, err := duck.NewAppenderFromConn(c.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		values := make([]driver.Value, len(columns))
		for row := range rows {
			for i, v := range row {
				values[i] = v
			}
			if err := appender.AppendRow(values...); err != nil {
				return errors.Join(err, appender.Close())
			}
		}
		return appender.Close()
	})
	if err != nil {
		_, dropErr := conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+quote(table))
		return errors.Join(fmt.Errorf("fill table %q: %w", table, err), dropErr)
	}
	return nil
}
