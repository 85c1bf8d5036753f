package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// Prepare implements warehouse.Warehouse.
func (w *Warehouse) Prepare(ctx context.Context, kinds []fact.Kind) error {
	stored, err := w.storedColumns(ctx)
	if err != nil {
		return fmt.Errorf("prepare tables: %w", err)
	}
	declared, err := w.declaredTypes(ctx)
	if err != nil {
		return fmt.Errorf("prepare tables: %w", err)
	}
	var ddl []string
	for _, kind := range kinds {
		noted, err := noteTypes(kind, declared[kind.Name])
		if err != nil {
			return fmt.Errorf("prepare tables: %w", err)
		}
		columns, err := columnsOf(kind)
		if err != nil {
			return fmt.Errorf("prepare tables: %w", err)
		}
		columns = append(systemColumns[:len(systemColumns):len(systemColumns)], columns...)
		more, err := reconcile(kind.Name, columns, stored[tableOf(kind.Name)])
		if err != nil {
			return fmt.Errorf("prepare tables: %w", err)
		}
		ddl = append(append(ddl, more...), noted...)
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
			return nil, otherType(kind, c.name)
		}
	}
	return ddl, nil
}

// declaredTypes returns what is noted of the columns of every kind: several
// types are stored alike.
func (w *Warehouse) declaredTypes(ctx context.Context) (map[string]map[string]string, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT kind, name, type FROM column_type`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	declared := map[string]map[string]string{}
	for rows.Next() {
		var kind, name, declaredType string
		if err := rows.Scan(&kind, &name, &declaredType); err != nil {
			return nil, err
		}
		if declared[kind] == nil {
			declared[kind] = map[string]string{}
		}
		declared[kind][name] = declaredType
	}
	return declared, rows.Err()
}

// noteTypes returns the statement that notes the types of a kind's columns, or
// an error where another type is noted. A column of which nothing is noted was
// made before types were.
func noteTypes(kind fact.Kind, declared map[string]string) ([]string, error) {
	var values []string
	for _, c := range kind.Columns {
		if c.Name == fact.ColAccount {
			continue
		}
		now := string(c.Type)
		if c.Type == fact.Text {
			now += " " + kind.TextDomain(c) // whose codes it holds
		}
		switch was, ok := declared[c.Name]; {
		case !ok:
			values = append(values, fmt.Sprintf("(%s, %s, %s)", literal(kind.Name), literal(c.Name), literal(now)))
		case was != now:
			return nil, otherType(kind.Name, c.Name)
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	return []string{"INSERT INTO column_type VALUES " + strings.Join(values, ", ")}, nil
}

func otherType(kind, column string) error {
	return fmt.Errorf("%s.%s was imported with another type than the strategy gives it now: give the new one another name, or import into a new data folder",
		kind, column)
}
