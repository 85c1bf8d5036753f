package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// format is the version of the tables below. A file with a later one is
// refused.
const format = 1

// systemTables are the tables beside those of facts and of results.
//
// Beside what its name says, `about` holds the version of the format, `loading`
// one row for each load that began, and `loaded`, `loaded_column`,
// `loaded_text`, `unmatched` and `unmatched_total` what Profile answers from.
var systemTables = []struct{ name, columns string }{
	{"about", `format INTEGER`},
	{"source", `id INTEGER, name VARCHAR, kind VARCHAR, ids VARCHAR`},
	{"key", `key INTEGER, family VARCHAR, space VARCHAR, id VARCHAR, hash BIGINT, hash_high BIGINT, batch INTEGER`},
	{"text", `domain VARCHAR, code INTEGER, value VARCHAR, hash BIGINT, hash_high BIGINT, batch INTEGER`},
	{"account", `account INTEGER, public VARCHAR, key INTEGER, batch INTEGER`},
	{"account_key", `key INTEGER, account INTEGER, batch INTEGER, valid_from INTEGER, valid_to INTEGER`},
	{"superseded", `row BIGINT, kind VARCHAR, batch INTEGER, reason VARCHAR, successor BIGINT, day INTEGER`},
	{"loading", `batch INTEGER, kind VARCHAR, source INTEGER, first_row BIGINT`},
	{"loaded", `batch INTEGER, kind VARCHAR, source INTEGER, file VARCHAR, rows BIGINT, superseded BIGINT,
		first_at BIGINT, last_at BIGINT, finished BIGINT,
		versions BOOLEAN, patched BOOLEAN, replaces BOOLEAN, late BOOLEAN, shared BOOLEAN`},
	{"loaded_column", `batch INTEGER, kind VARCHAR, name VARCHAR, currency VARCHAR, max_abs BIGINT`},
	{"loaded_text", `batch INTEGER, domain VARCHAR, codes BIGINT`},
	{"unmatched", `batch INTEGER, source INTEGER, key INTEGER, rows BIGINT`},
	{"unmatched_total", `batch INTEGER, source INTEGER, rows BIGINT`},
}

// systemColumns come first in every table of facts. Their names begin with an
// underscore so that no column of a kind can collide with them.
var systemColumns = []column{
	{"_row", "BIGINT"},
	{"_batch", "INTEGER"},
	{"_source", "INTEGER"},
	{"_key", "INTEGER"},
	{"_at", "BIGINT"},
	{"_received", "BIGINT"},
	{"_updated", "BIGINT"},
	{"_hash", "BIGINT"},
	{"_content", "BIGINT"},
	{"_flags", "INTEGER"},
}

// Flags of a row.
const (
	flagAtAssumed       = 1
	flagReceivedAssumed = 2
	flagPatch           = 4
)

type column struct{ name, engineType string }

// tableOf returns the table of a kind's facts.
func tableOf(kind string) string { return "fact_" + kind }

// columnsOf returns the stored columns of a kind, after the system columns.
func columnsOf(kind fact.Kind) ([]column, error) {
	var columns []column
	for _, c := range kind.Columns {
		if c.Name == fact.ColAccount {
			continue // it is _key
		}
		t, ok := engineTypes[c.Type]
		if !ok {
			return nil, fmt.Errorf("column %s.%s: unknown type %q", kind.Name, c.Name, c.Type)
		}
		columns = append(columns, column{c.Name, t})
		if c.Type == fact.Money {
			columns = append(columns, column{c.Name + "_cur", "INTEGER"})
		}
	}
	return columns, nil
}

var engineTypes = map[fact.Type]string{
	fact.Text:    "INTEGER",
	fact.Number:  "BIGINT",
	fact.Money:   "BIGINT",
	fact.Date:    "INTEGER",
	fact.Time:    "BIGINT",
	fact.Bool:    "BOOLEAN",
	fact.Account: "INTEGER",
	fact.Contact: "INTEGER",
}

// prepareSystem makes the system tables of a new file and refuses a file of
// another program.
func (w *Warehouse) prepareSystem(ctx context.Context, conn *sql.Conn) error {
	var tables, ours int
	row := conn.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (table_name = 'about')
		FROM duckdb_tables() WHERE NOT internal`)
	if err := row.Scan(&tables, &ours); err != nil {
		return fmt.Errorf("read the list of tables: %w", err)
	}
	if ours > 0 {
		return checkFormat(ctx, conn)
	}
	if tables > 0 {
		return fmt.Errorf("the file is %w: it holds tables of another program", warehouse.ErrForeign)
	}
	if w.options.ReadOnly {
		return nil
	}
	var ddl strings.Builder
	ddl.WriteString("BEGIN;\n")
	for _, t := range systemTables {
		fmt.Fprintf(&ddl, "CREATE TABLE %s (%s);\n", quote(t.name), t.columns)
	}
	fmt.Fprintf(&ddl, "INSERT INTO about VALUES (%d);\nCOMMIT;", format)
	_, err := conn.ExecContext(ctx, ddl.String())
	return err
}

func checkFormat(ctx context.Context, conn *sql.Conn) error {
	var got int
	if err := conn.QueryRowContext(ctx, `SELECT max(format) FROM about`).Scan(&got); err != nil {
		return fmt.Errorf("the file is %w: %w", warehouse.ErrForeign, err)
	}
	if got > format {
		return fmt.Errorf("the file is %w: its format is %d, this program knows %d; use a newer program", warehouse.ErrForeign, got, format)
	}
	return nil
}

// Prepare implements warehouse.Warehouse.
func (w *Warehouse) Prepare(ctx context.Context, kinds []fact.Kind) error {
	stored, err := w.storedColumns(ctx)
	if err != nil {
		return fmt.Errorf("prepare tables: %w", err)
	}
	var ddl []string
	for _, kind := range kinds {
		columns, err := columnsOf(kind)
		if err != nil {
			return fmt.Errorf("prepare tables: %w", err)
		}
		columns = append(systemColumns[:len(systemColumns):len(systemColumns)], columns...)
		more, err := reconcile(kind.Name, columns, stored[tableOf(kind.Name)])
		if err != nil {
			return fmt.Errorf("prepare tables: %w", err)
		}
		ddl = append(ddl, more...)
	}
	if len(ddl) > 0 {
		err = w.inTransaction(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, strings.Join(ddl, ";\n"))
			return err
		})
		if err != nil {
			return fmt.Errorf("prepare tables: %w", err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, kind := range kinds {
		w.kinds[kind.Name] = kind
	}
	return nil
}

// storedColumns returns the engine's type of every column of every table of
// facts.
func (w *Warehouse) storedColumns(ctx context.Context) (map[string]map[string]string, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT table_name, column_name, data_type
		FROM duckdb_columns() WHERE NOT internal AND starts_with(table_name, 'fact_')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stored := map[string]map[string]string{}
	for rows.Next() {
		var table, name, engineType string
		if err := rows.Scan(&table, &name, &engineType); err != nil {
			return nil, err
		}
		if stored[table] == nil {
			stored[table] = map[string]string{}
		}
		stored[table][name] = engineType
	}
	return stored, rows.Err()
}

// reconcile returns the statements that give a kind's table its columns.
func reconcile(kind string, columns []column, stored map[string]string) ([]string, error) {
	table := quote(tableOf(kind))
	if stored == nil {
		defs := make([]string, len(columns))
		for i, c := range columns {
			defs[i] = quote(c.name) + " " + c.engineType
		}
		return []string{"CREATE TABLE " + table + " (" + strings.Join(defs, ", ") + ")"}, nil
	}
	var ddl []string
	for _, c := range columns {
		switch got, ok := stored[c.name]; {
		case !ok:
			ddl = append(ddl, "ALTER TABLE "+table+" ADD COLUMN "+quote(c.name)+" "+c.engineType)
		case got != c.engineType:
			return nil, fmt.Errorf("%s.%s was imported with another type than the strategy gives it now: give the new one another name, or import into a new data folder",
				kind, c.name)
		}
	}
	return ddl, nil
}
