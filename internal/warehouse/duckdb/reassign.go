package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
)

// reassignedText finds, of the rows that a snapshot lists no longer, those whose
// id it lists for another account or day, unless more than a tenth of the ids
// stand in several places.
const reassignedText = `WITH went AS (
	SELECT f.{id} AS id, max(f._row) AS row, count(*) AS times
	FROM segue_block({block}) u JOIN {fact} f ON f._row = u.row
	WHERE f.{id} IS NOT NULL GROUP BY 1
), stays AS (
	SELECT f.{id} AS id, count(*) AS times, count(*) FILTER (f._row < {first}) AS before
	FROM {fact} f
	WHERE f._source = {source} AND f._row NOT IN (SELECT row FROM segue_block({block}))
		AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = {kind} AND s.row = f._row)
	GROUP BY 1
)
SELECT went.row FROM went JOIN stays ON stays.id = went.id
WHERE went.times = 1 AND stays.times = 1 AND stays.before = 0
	AND (SELECT 10 * count(*) FILTER (times > 1) <= count(*) FROM stays)`

// reassign makes rows that a snapshot lists no longer, since it lists their id
// for another account or day, rows that never held, and returns how many: the
// new row says all that is known of that id. Ids that a source uses again for
// each account or day say nothing.
func (ld *loader) reassign(ctx context.Context, gone replaced) (int64, error) {
	id := ld.sameID()
	if id == "" || len(gone.rows) == 0 || ld.ledger.counts[added] == 0 {
		return 0, nil
	}
	block, done := ld.w.blocks.offer(gone.block())
	defer done()
	text := strings.NewReplacer(
		"{id}", quote(id), "{fact}", quote(tableOf(ld.loading.Kind.Name)), "{kind}", literal(ld.loading.Kind.Name),
		"{source}", fmt.Sprint(ld.source), "{first}", fmt.Sprint(ld.firstRow), "{block}", fmt.Sprint(block),
	).Replace(reassignedText)
	rows, err := ld.conn.QueryContext(ctx, text)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	moved := map[int64]bool{}
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row); err != nil {
			return 0, err
		}
		moved[row] = true
	}
	for i, row := range gone.rows {
		if moved[row] {
			gone.days[i] = missing32
		}
	}
	return int64(len(moved)), rows.Err()
}

// sameID names the column by which two rows have the same id of their source,
// whoever and whenever they are of; empty where none does.
func (ld *loader) sameID() string {
	kind := ld.loading.Kind
	_, hasID := kind.Column(fact.ColID)
	switch {
	case kind.Timing == fact.At && ld.encoder.identified:
		return "_hash"
	case kind.Timing == fact.Term && hasID && slices.Contains(kind.Key, fact.ColID):
		return fact.ColID
	}
	return ""
}
