package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// elsewhereText finds the ids of the new rows among those on record, once each:
// where each stands, on record and now, how many there are, and how many of
// them stand in several places on record.
const elsewhereText = `WITH met AS (
	SELECT f._hash AS hash, count(*) AS times, arg_max(f._key, f._row) AS was_key, max(f._row) AS was_row, arg_max(f._at, f._row) AS was_at
	FROM {fact} f
	WHERE f._source = {source} AND f._row < {first} AND f._hash IN (SELECT _hash FROM {fact} WHERE _source = {source} AND _row >= {first})
		AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = {kind} AND s.row = f._row)
	GROUP BY 1
), pair AS (
	SELECT m.*, f._key AS now_key, f._at AS now_at, f._row AS now_row
	FROM {fact} f JOIN met m ON m.hash = f._hash
	WHERE f._source = {source} AND f._row >= {first}
		AND (f._key IS DISTINCT FROM m.was_key OR f._at // {day} <> m.was_at // {day})
		AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = {kind} AND s.row = f._row)
	QUALIFY row_number() OVER (PARTITION BY m.hash ORDER BY f._row) = 1
)
SELECT pair.hash, was.id, was_at, now.id, now_at, count(*) OVER (), count(*) FILTER (times > 1) OVER ()
FROM pair LEFT JOIN key was ON was.key = was_key LEFT JOIN key now ON now.key = now_key
ORDER BY now_row LIMIT {limit}`

// elsewhere finds the rows of this load whose id is on record for another
// account or day, where ids say which row it is. An id that stands in several
// places on record says nothing: its source counts anew for each of them.
func (ld *loader) elsewhere(ctx context.Context) (warehouse.Elsewhere, error) {
	var found warehouse.Elsewhere
	if ld.loading.Kind.Timing != fact.At || !ld.encoder.identified || ld.stored.rows == 0 || ld.ledger.counts[added] == 0 {
		return found, nil
	}
	text := strings.NewReplacer(
		"{fact}", quote(tableOf(ld.loading.Kind.Name)), "{kind}", literal(ld.loading.Kind.Name), "{source}", fmt.Sprint(ld.source),
		"{first}", fmt.Sprint(ld.firstRow), "{day}", fmt.Sprint(period.MicrosPerDay), "{limit}", fmt.Sprint(maxExamples),
	).Replace(elsewhereText)
	rows, err := ld.conn.QueryContext(ctx, text)
	if err != nil {
		return found, fmt.Errorf("compare the ids of rows: %w", err)
	}
	defer rows.Close()
	var reused int64
	for rows.Next() {
		var hash int64
		var was, now sql.NullString
		var x warehouse.Displaced
		if err := rows.Scan(&hash, &was, &x.Was.At, &now, &x.Now.At, &found.Count, &reused); err != nil {
			return found, fmt.Errorf("compare the ids of rows: %w", err)
		}
		x.IDHash, x.Was.Account, x.Now.Account = uint64(hash), was.String, now.String
		found.Examples = append(found.Examples, x)
	}
	if 2*reused > found.Count {
		return warehouse.Elsewhere{}, rows.Err()
	}
	return found, rows.Err()
}

// IDHash implements warehouse.Loader.
func (ld *loader) IDHash(id []byte) uint64 {
	return xxh3.HashSeed(appendText([]byte{'i'}, id), ld.encoder.seed)
}
