package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/segue-cs/segue/internal/state"
)

// SaveFile remembers a file that an open batch imports; see state.Store.
func (s *Store) SaveFile(ctx context.Context, f state.File) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := wantOpen(ctx, tx, f.Batch); err != nil {
			return fmt.Errorf("batch %d: %w", f.Batch, err)
		}
		_, err := tx.ExecContext(ctx, fileInsertSQL, f.Batch, f.Source, f.Path, f.Size, f.Modified.UnixMicro(), f.Digest, f.Rows)
		return err
	})
	if err != nil {
		return fmt.Errorf("remember file %q: %w", f.Path, err)
	}
	return nil
}

// Files returns the files of committed batches; see state.Store.
func (s *Store) Files(ctx context.Context) ([]state.File, error) {
	var files []state.File
	err := each(ctx, s.reader, fileListSQL, func(scan scanFunc) error {
		var (
			f        state.File
			modified int64
		)
		err := scan(&f.Batch, &f.Source, &f.Path, &f.Size, &modified, &f.Digest, &f.Rows)
		f.Modified = toTime(modified)
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return files, nil
}
