package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/segue-cs/segue/internal/state"
)

// insertVersion keeps a version of the strategy under its number, unless that is
// the newest already.
func insertVersion(ctx context.Context, tx *sql.Tx, want int64, v state.Version) error {
	var (
		number int64
		hash   string
	)
	err := tx.QueryRowContext(ctx, versionNewestSQL).Scan(&number, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err != nil || hash != v.Hash {
		if err := tx.QueryRowContext(ctx, versionInsertSQL, v.Hash, v.Applied.UnixMicro()).Scan(&number); err != nil {
			return err
		}
		for name, text := range v.Files {
			if _, err := tx.ExecContext(ctx, versionFileInsertSQL, number, name, text); err != nil {
				return fmt.Errorf("file %q: %w", name, err)
			}
		}
	}
	if number != want {
		return fmt.Errorf("the strategy would be version %d, not %d", number, want)
	}
	return nil
}

// Versions returns the versions of the strategy, newest first; see state.Store.
func (s *Store) Versions(ctx context.Context) ([]state.Version, error) {
	var versions []state.Version
	err := s.read(ctx, func(tx *sql.Tx) error {
		texts, err := textsByVersion(ctx, tx)
		if err != nil {
			return err
		}
		return each(ctx, tx, versionListSQL, func(scan scanFunc) error {
			var (
				v       state.Version
				applied int64
			)
			err := scan(&v.Number, &v.Hash, &applied)
			v.Applied, v.Files = toTime(applied), texts[v.Number]
			versions = append(versions, v)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list versions of the strategy: %w", err)
	}
	return versions, nil
}

func textsByVersion(ctx context.Context, tx *sql.Tx) (map[int64]map[string]string, error) {
	texts := map[int64]map[string]string{}
	err := each(ctx, tx, versionFileListSQL, func(scan scanFunc) error {
		var (
			version    int64
			name, text string
		)
		err := scan(&version, &name, &text)
		if texts[version] == nil {
			texts[version] = map[string]string{}
		}
		texts[version][name] = text
		return err
	})
	return texts, err
}
