package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// settle retracts what a snapshot left out and notes what is known of the
// load.
func (ld *loader) settle(ctx context.Context) (warehouse.Loaded, error) {
	var reassigned int64
	if ld.encoder.listed != nil {
		var err error
		if reassigned, err = ld.retract(ctx); err != nil {
			return warehouse.Loaded{}, err
		}
	}
	if err := ld.takeBack(ctx); err != nil {
		return warehouse.Loaded{}, err
	}
	if err := ld.settleGaps(ctx); err != nil {
		return warehouse.Loaded{}, err
	}
	if err := ld.write(ctx, ld.main, nil, replaced{}, ""); err != nil {
		return warehouse.Loaded{}, err
	}
	adopted, err := ld.adopt(ctx)
	if err != nil {
		return warehouse.Loaded{}, fmt.Errorf("look for lines that named no account: %w", err)
	}
	reassigned += adopted
	moved, refused, err := ld.settleClaims(ctx)
	if err != nil {
		return warehouse.Loaded{}, err
	}
	elsewhere, err := ld.elsewhere(ctx)
	if err != nil {
		return warehouse.Loaded{}, err
	}
	currencies, err := ld.w.texts(ctx, "currency")
	if err != nil {
		return warehouse.Loaded{}, err
	}
	name := func(code int32) string { return currencies[code] }
	loaded := ld.ledger.loaded(name)
	loaded.Gaps, loaded.GapsClosed = ld.gaps.left, ld.gaps.closed
	loaded.Reassigned, loaded.Elsewhere, loaded.Moved, loaded.Refused = reassigned, elsewhere, moved, refused
	if loaded.ConflictExamples, err = ld.tellConflicts(ctx, name); err != nil {
		return warehouse.Loaded{}, err
	}
	return loaded, ld.note(ctx, name)
}

// retract supersedes the rows of the source that the snapshot does not list. It
// returns how many of them it lists under the same id for another account or
// day.
func (ld *loader) retract(ctx context.Context) (reassigned int64, err error) {
	gone, all, missing, err := ld.unlisted(ctx)
	if err != nil {
		return 0, fmt.Errorf("compare the snapshot: %w", err)
	}
	if missing*10 > all && !ld.loading.AllowRetract {
		return 0, fmt.Errorf("%w: %d of %d would go", warehouse.ErrRetraction, missing, all)
	}
	if reassigned, err = ld.reassign(ctx, gone); err != nil {
		return 0, fmt.Errorf("compare the ids of the snapshot: %w", err)
	}
	return reassigned, ld.end(ctx, gone, "retracted")
}

// end writes that rows no longer hold, and adds them up.
func (ld *loader) end(ctx context.Context, gone replaced, reason string) error {
	if len(gone.rows) == 0 {
		return nil
	}
	ld.ledger.counts[retracted] += int64(len(gone.rows))
	for i := range ld.ledger.money {
		if err := ld.retractMoney(ctx, &ld.ledger.money[i], gone); err != nil {
			return fmt.Errorf("add up the retracted: %w", err)
		}
	}
	return ld.write(ctx, ld.main, nil, gone, reason)
}

// today is the day of the import.
func (ld *loader) today() int32 { return int32(ld.loading.Zone.Date(ld.loading.Now)) }

// unlisted returns the stored rows that the snapshot left out, how many keys
// there were, and how many of them are missing.
func (ld *loader) unlisted(ctx context.Context) (gone replaced, all, missing int64, err error) {
	kind := ld.loading.Kind
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf(
		`SELECT f._row, f._hash, coalesce(f._key, 0), f._at, f._flags FROM %s f WHERE f._source = %d AND f._row < %d
		AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = %s AND s.row = f._row)`,
		quote(tableOf(kind.Name)), ld.source, ld.firstRow, literal(kind.Name)))
	if err != nil {
		return gone, 0, 0, err
	}
	defer rows.Close()
	var keys, missed seen
	for rows.Next() {
		var row, hash, at int64
		var key, flags int32
		if err := rows.Scan(&row, &hash, &key, &at, &flags); err != nil {
			return gone, 0, 0, err
		}
		listing := ld.encoder.listing(uint64(hash), key, at, flags&flagAtAssumed != 0)
		if keys.add(listing) {
			all++
		}
		if ld.encoder.listed.has(listing) {
			continue
		}
		if missed.add(listing) {
			missing++
		}
		gone.end(row, ld.nextRow, ld.today(), 0)
		ld.nextRow++
	}
	return gone, all, missing, rows.Err()
}

func (ld *loader) retractMoney(ctx context.Context, m *moneyColumn, gone replaced) error {
	id, done := ld.w.blocks.offer(gone.block())
	defer done()
	amount, code := quote(m.name), quote(m.name+"_cur")
	rows, err := ld.conn.QueryContext(ctx, fmt.Sprintf(
		`SELECT f.%s, sum(f.%s)::BIGINT FROM segue_block(%d) u JOIN %s f ON f._row = u.row
		WHERE f.%s IS NOT NULL GROUP BY 1`, code, amount, id, quote(tableOf(ld.loading.Kind.Name)), amount))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var code int32
		var sum int64
		if err := rows.Scan(&code, &sum); err != nil {
			return err
		}
		m.sums(code).by[retracted] += sum
	}
	return rows.Err()
}

// note writes what Profile answers from.
func (ld *loader) note(ctx context.Context, currency func(int32) string) error {
	tx, err := ld.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to roll back
	g, l := &ld.ledger, ld.loading
	versions, err := ld.hasVersions(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO loaded VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.Batch, l.Kind.Name, ld.source, l.File, g.stored, g.superseded, g.firstAt, g.lastAt, l.Now,
		versions, g.patched, g.replaces, g.late, g.shared)
	if err != nil {
		return fmt.Errorf("note the load: %w", err)
	}
	for _, n := range g.numbers {
		if !n.stored {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO loaded_column VALUES (?, ?, ?, NULL, ?)`, l.Batch, l.Kind.Name, n.name, n.maxAbs); err != nil {
			return fmt.Errorf("note the load: %w", err)
		}
	}
	for _, m := range g.money {
		for code, s := range m.totals {
			if !s.stored {
				continue
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO loaded_column VALUES (?, ?, ?, ?, ?)`,
				l.Batch, l.Kind.Name, m.name, currency(int32(code)), s.maxAbs); err != nil {
				return fmt.Errorf("note the load: %w", err)
			}
		}
	}
	for s, before := range ld.started.codes {
		if now := ld.w.known.spaces[s].next; now > before {
			if _, err := tx.ExecContext(ctx, `INSERT INTO loaded_text VALUES (?, ?, ?)`, l.Batch, s.name, now); err != nil {
				return fmt.Errorf("note the load: %w", err)
			}
		}
	}
	if err := ld.noteUnmatched(ctx, tx); err != nil {
		return fmt.Errorf("note unmatched keys: %w", err)
	}
	return tx.Commit()
}

// hasVersions says whether some account has several rows that count.
func (ld *loader) hasVersions(ctx context.Context, tx *sql.Tx) (bool, error) {
	if ld.loading.Kind.Name != fact.ColAccount {
		return false, nil
	}
	var several bool
	err := tx.QueryRowContext(ctx, `SELECT count(*) > count(DISTINCT coalesce(k.account, -f._key))
		FROM fact_account f LEFT JOIN account_key k ON k.key = f._key
		WHERE NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = 'account' AND s.row = f._row)`).Scan(&several)
	if err != nil {
		return false, fmt.Errorf("look for versions of accounts: %w", err)
	}
	return several, nil
}

// noteUnmatched stores the keys without an account, and the number of such
// rows for each source as it is now.
func (ld *loader) noteUnmatched(ctx context.Context, tx *sql.Tx) error {
	b := &block{fields: []field{slimField("key"), wideField("rows")}}
	for key, n := range ld.ledger.unmatched {
		if n == 0 {
			continue
		}
		b.fields[0].slim = append(b.fields[0].slim, key)
		b.fields[1].wide = append(b.fields[1].wide, n)
		b.rows++
	}
	if b.rows > 0 {
		err := ld.insert(ctx, tx, b, fmt.Sprintf("INSERT INTO unmatched SELECT %d, %d, key, rows FROM ", ld.loading.Batch, ld.source))
		if err != nil {
			return err
		}
	}
	if b.rows == 0 && len(ld.started.newLinks) == 0 {
		return nil
	}
	return totalUnmatched(ctx, tx, ld.loading.Batch)
}

// tellConflicts puts the conflicts met into words.
func (ld *loader) tellConflicts(ctx context.Context, currency func(int32) string) ([]string, error) {
	var told []string
	for _, x := range ld.ledger.examples {
		if len(told) >= maxExamples {
			break
		}
		for _, v := range ld.encoder.values {
			if v.field != x.field {
				continue
			}
			was, err := ld.tell(ctx, v, x.was, x.wasCode, currency)
			if err != nil {
				return nil, err
			}
			now, err := ld.tell(ctx, v, x.now, x.nowCode, currency)
			if err != nil {
				return nil, err
			}
			told = append(told, fmt.Sprintf("%s: %s %s, then %s", x.label, v.Name, was, now))
		}
	}
	return told, nil
}

// tell puts a stored value into words.
func (ld *loader) tell(ctx context.Context, v valueField, value int64, code int32, currency func(int32) string) (string, error) {
	if value == missing64 {
		return "nothing", nil
	}
	switch v.Type {
	case fact.Number:
		return millionths(value), nil
	case fact.Money:
		return money.Amount{Minor: value, Currency: money.Currency(currency(code))}.String(), nil
	case fact.Date:
		return period.Date(value).String(), nil
	case fact.Time:
		return time.UnixMicro(value).UTC().Format("2006-01-02 15:04:05"), nil
	case fact.Bool:
		return strconv.FormatBool(value != 0), nil
	}
	query, args := `SELECT id FROM key WHERE key = ?`, []any{value}
	if v.Type == fact.Text {
		query, args = `SELECT value FROM text WHERE domain = ? AND code = ?`, []any{v.dictionary.space.name, value}
	}
	var text string
	err := ld.conn.QueryRowContext(ctx, query, args...).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("column %s: code %d has no text", v.Name, value)
	}
	return text, err
}

// millionths writes a scaled number as people do.
func millionths(v int64) string {
	sign := ""
	if v < 0 {
		sign = "-"
	}
	u := uint64(v)
	if v < 0 && v != math.MinInt64 {
		u = uint64(-v)
	}
	whole, part := u/1_000_000, u%1_000_000
	if part == 0 {
		return sign + strconv.FormatUint(whole, 10)
	}
	return sign + strconv.FormatUint(whole, 10) + "." + strings.TrimRight(fmt.Sprintf("%06d", part), "0")
}
