package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"syscall"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Exec implements warehouse.Warehouse.
func (w *Warehouse) Exec(ctx context.Context, statements ...warehouse.Statement) error {
	return w.inTransaction(ctx, func(tx *sql.Tx) error {
		for i, s := range statements {
			if _, err := tx.ExecContext(ctx, s.Text, s.Args...); err != nil {
				return fmt.Errorf("statement %d of %d: %w", i+1, len(statements), understood(err))
			}
		}
		return nil
	})
}

// Enter implements warehouse.Warehouse.
func (w *Warehouse) Enter(ctx context.Context, batch int64, statements ...warehouse.Statement) error {
	// A batch that is never settled goes with what is noted as loading.
	noted := warehouse.Statement{Text: "INSERT INTO loading VALUES (?, ?, 0, 0)", Args: []any{batch, fact.AccountKind}}
	return w.Exec(ctx, append([]warehouse.Statement{noted}, statements...)...)
}

// Query implements warehouse.Warehouse. Dates become texts such as
// "2026-01-31", times "2026-01-31T12:00:00Z", decimals float64.
func (w *Warehouse) Query(ctx context.Context, s warehouse.Statement) (warehouse.Rows, error) {
	return query(ctx, w.db, s)
}

func query(ctx context.Context, db *sql.DB, s warehouse.Statement) (*answer, error) {
	rows, err := db.QueryContext(ctx, s.Text, s.Args...)
	if err != nil {
		return nil, understood(err)
	}
	columns, err := rows.Columns()
	if err != nil {
		rows.Close()
		return nil, err
	}
	a := &answer{rows: rows, columns: columns, values: make([]any, len(columns)), targets: make([]any, len(columns))}
	for i := range a.values {
		a.targets[i] = &a.values[i]
	}
	return a, nil
}

// noSpace is what the system says of a full disk, which the engine quotes.
var noSpace = "o space left on device"

// understood replaces what the engine says where the caller can do something
// about it.
func understood(err error) error {
	var e *driver.Error
	if errors.As(err, &e) && e.Type == driver.ErrorTypeOutOfMemory {
		return warehouse.ErrMemory
	}
	if err != nil && (errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), noSpace)) {
		return warehouse.ErrDiskFull
	}
	return err
}

// Tables implements warehouse.Warehouse.
func (w *Warehouse) Tables(ctx context.Context) ([]string, error) {
	a, err := query(ctx, w.db, warehouse.Statement{Text: "SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1"})
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer a.Close()
	var names []string
	for a.Next() {
		name, _ := a.Values()[0].(string)
		names = append(names, name)
	}
	return names, a.Err()
}

// answer reads the rows of a query as plain values.
type answer struct {
	rows    *sql.Rows
	columns []string
	values  []any
	targets []any
	err     error
}

func (a *answer) Columns() []string { return a.columns }

func (a *answer) Next() bool {
	if a.err != nil || !a.rows.Next() {
		return false
	}
	if a.err = a.rows.Scan(a.targets...); a.err != nil {
		return false
	}
	for i, v := range a.values {
		if a.values[i], a.err = plain(v); a.err != nil {
			a.err = fmt.Errorf("column %s: %w", a.columns[i], a.err)
			return false
		}
	}
	return true
}

func (a *answer) Values() []any { return a.values }

func (a *answer) Err() error {
	if a.err != nil {
		return a.err
	}
	return a.rows.Err()
}

func (a *answer) Close() error { return a.rows.Close() }

// plain turns the engine's value into nil, bool, int64, float64 or string.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int64, string:
		return v, nil
	case float64:
		return v + 0, nil // never -0
	case int8:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case uint8:
		return int64(v), nil
	case uint16:
		return int64(v), nil
	case uint32:
		return int64(v), nil
	case uint64:
		return plain(new(big.Int).SetUint64(v))
	case float32:
		return float64(v), nil
	case []byte:
		return string(v), nil
	case *big.Int:
		if !v.IsInt64() {
			return nil, fmt.Errorf("%s does not fit into 64 bits", v)
		}
		return v.Int64(), nil
	case driver.Decimal:
		return v.Float64(), nil
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly), nil
		}
		return v.UTC().Format("2006-01-02T15:04:05.999999Z"), nil
	}
	return nil, fmt.Errorf("a value of type %T is neither number, text nor truth", v)
}
