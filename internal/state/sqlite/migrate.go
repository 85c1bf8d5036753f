package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// migrate applies the migrations that the file does not have yet, in order.
// They are the files migrations/NNNN_name.sql, numbered from 0001 without gaps;
// the file's user_version is the number of the last one applied.
func migrate(ctx context.Context, tx *sql.Tx, files fs.FS) error {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted by name
	if err != nil {
		return err
	}
	var have int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have > len(names) {
		return fmt.Errorf("a newer version of segue wrote it (schema %d, this one knows %d); use that version", have, len(names))
	}
	for i, name := range names {
		number := i + 1
		if base := path.Base(name); !strings.HasPrefix(base, fmt.Sprintf("%04d_", number)) {
			return fmt.Errorf("migration %q: it should have the number %04d", base, number)
		}
		if number <= have {
			continue
		}
		if err := apply(ctx, tx, files, name, number); err != nil {
			return fmt.Errorf("migration %q: %w", path.Base(name), err)
		}
	}
	return nil
}

func apply(ctx context.Context, tx *sql.Tx, files fs.FS, name string, number int) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, number))
	return err
}
