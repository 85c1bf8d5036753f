package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// adoptedText finds the rows on record without an account whose id one new row
// has, and that one with an account.
const adoptedText = `SELECT f._row, f._hash, n.row
FROM {fact} f JOIN (
	SELECT id, max(_row) AS row FROM {fact} WHERE _source = {source} AND _row >= {first} AND _key IS NOT NULL GROUP BY id HAVING count(*) = 1
) n ON n.id = f.id
WHERE f._source = {source} AND f._row < {first} AND f._key IS NULL
	AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = {kind} AND s.row = f._row)
ORDER BY f._row`

// adopt takes lines back that named no account when they came, where the load
// has the line of that id for an account and does not list them again: they are
// one. It returns how many; what a snapshot no longer lists is none of them.
func (ld *loader) adopt(ctx context.Context) (int64, error) {
	if ld.sameID() != fact.ColID || ld.encoder.listed != nil || ld.encoder.patch || ld.stored.rows == 0 || ld.ledger.counts[added] == 0 {
		return 0, nil
	}
	text := strings.NewReplacer(
		"{fact}", quote(tableOf(ld.loading.Kind.Name)), "{kind}", literal(ld.loading.Kind.Name),
		"{source}", fmt.Sprint(ld.source), "{first}", fmt.Sprint(ld.firstRow),
	).Replace(adoptedText)
	rows, err := ld.conn.QueryContext(ctx, text)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var gone replaced
	for rows.Next() {
		var row, hash, by int64
		if err := rows.Scan(&row, &hash, &by); err != nil {
			return 0, err
		}
		if !ld.encoder.seen.has(uint64(hash)) {
			gone.add(row, by)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return int64(len(gone.rows)), ld.end(ctx, gone, "retracted")
}
