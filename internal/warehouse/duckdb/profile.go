package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/segue-cs/segue/internal/warehouse"
)

// Profile implements warehouse.Warehouse. It reads what loads have noted, not
// the facts. Rows counts every stored row, superseded ones with them.
func (w *Warehouse) Profile(ctx context.Context) (warehouse.Profile, error) {
	p := warehouse.Profile{
		Kinds: map[string]warehouse.KindProfile{}, Sources: map[string]warehouse.SourceProfile{}, Texts: map[string]int64{},
	}
	for _, read := range []func(context.Context, *warehouse.Profile) error{
		w.profileLoads, w.profileKeys, w.profileGaps, w.profileUnmatched, w.profileColumns, w.profileTexts,
	} {
		if err := read(ctx, &p); err != nil {
			return warehouse.Profile{}, fmt.Errorf("profile: %w", understood(err))
		}
	}
	d := &decoder{ctx: context.WithoutCancel(ctx), w: w, sizes: p.Texts, domains: map[string]*domain{}}
	p.Code, p.Text = d.code, d.text
	return p, nil
}

// profileLoads adds up what loads have noted of kinds and sources.
func (w *Warehouse) profileLoads(ctx context.Context, p *warehouse.Profile) error {
	rows, err := w.db.QueryContext(ctx, `SELECT l.kind, l.rows, l.superseded, l.first_at, l.last_at, l.finished,
			l.versions, l.patched, l.replaces, l.late, l.shared, s.id, s.name, s.kind, s.ids
		FROM loaded l JOIN source s ON s.id = l.source ORDER BY l.batch, l.rowid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, source, sourceKind, ids string
		var number int32
		var loaded, superseded, firstAt, lastAt, finished int64
		var versions, patched, replaces, late, shared bool
		err := rows.Scan(&kind, &loaded, &superseded, &firstAt, &lastAt, &finished,
			&versions, &patched, &replaces, &late, &shared, &number, &source, &sourceKind, &ids)
		if err != nil {
			return err
		}
		k, ok := p.Kinds[kind]
		if !ok {
			k.Currencies, k.MaxAbs = map[string][]string{}, map[string]int64{}
		}
		k.Rows, k.FirstAt, k.LastAt = widen(k.Rows, k.FirstAt, k.LastAt, loaded, firstAt, lastAt)
		k.Superseded = k.Superseded || superseded > 0
		k.Versions = versions // as the last load left it
		k.Patched, k.Replaces, k.Late = k.Patched || patched, k.Replaces || replaces, k.Late || late
		p.Kinds[kind] = k
		p.SharedKeys = p.SharedKeys || shared

		s := p.Sources[source]
		s.Number, s.Kind, s.Ids = number, sourceKind, ids
		s.Rows, s.FirstAt, s.LastAt = widen(s.Rows, s.FirstAt, s.LastAt, loaded, firstAt, lastAt)
		s.LastImport = max(s.LastImport, finished)
		p.Sources[source] = s
	}
	return rows.Err()
}

// widen adds rows and when they are from to those known so far.
func widen(rows, firstAt, lastAt, more, from, to int64) (int64, int64, int64) {
	switch {
	case more == 0:
		return rows, firstAt, lastAt
	case rows == 0:
		return more, from, to
	}
	return rows + more, min(firstAt, from), max(lastAt, to)
}

// profileUnmatched reads how many rows of each source were unmatched when the
// keys of accounts, or the rows, last changed.
func (w *Warehouse) profileUnmatched(ctx context.Context, p *warehouse.Profile) error {
	rows, err := w.db.QueryContext(ctx, `SELECT s.name, u.rows FROM unmatched_total u JOIN source s ON s.id = u.source ORDER BY u.batch, u.rowid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var source string
		var unmatched int64
		if err := rows.Scan(&source, &unmatched); err != nil {
			return err
		}
		s := p.Sources[source]
		s.Unmatched = unmatched
		p.Sources[source] = s
	}
	return rows.Err()
}

func (w *Warehouse) profileKeys(ctx context.Context, p *warehouse.Profile) error {
	return w.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM account_key WHERE row > 0), EXISTS (SELECT 1 FROM `+joinedNow+` WHERE survivor <> 0)`).Scan(&p.MovedKeys, &p.Joined)
}

func (w *Warehouse) profileGaps(ctx context.Context, p *warehouse.Profile) error {
	rows, err := w.db.QueryContext(ctx, `SELECT kind, bool_or(gap NOT IN (SELECT gap FROM gap_end)) FROM gap GROUP BY kind`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var isOpen bool
		if err := rows.Scan(&kind, &isOpen); err != nil {
			return err
		}
		if p.Gaps == nil {
			p.Gaps = map[string]bool{}
		}
		p.Gaps[kind] = isOpen
	}
	return rows.Err()
}

func (w *Warehouse) profileColumns(ctx context.Context, p *warehouse.Profile) error {
	rows, err := w.db.QueryContext(ctx, `SELECT kind, name, currency, max(max_abs) FROM loaded_column GROUP BY ALL ORDER BY ALL`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, name string
		var currency sql.NullString
		var largest int64
		if err := rows.Scan(&kind, &name, &currency, &largest); err != nil {
			return err
		}
		k := p.Kinds[kind]
		if currency.Valid {
			k.Currencies[name] = append(k.Currencies[name], currency.String)
		}
		k.MaxAbs[name] = max(k.MaxAbs[name], largest)
	}
	return rows.Err()
}

func (w *Warehouse) profileTexts(ctx context.Context, p *warehouse.Profile) error {
	rows, err := w.db.QueryContext(ctx, `SELECT domain, max(codes) FROM loaded_text GROUP BY domain`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var domain string
		var n int64
		if err := rows.Scan(&domain, &n); err != nil {
			return err
		}
		p.Texts[domain] = n
	}
	return rows.Err()
}

// texts returns a whole dictionary by code.
func (w *Warehouse) texts(ctx context.Context, domain string) (map[int32]string, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT code, value FROM text WHERE domain = ?`, domain)
	if err != nil {
		return nil, fmt.Errorf("read dictionary %s: %w", domain, err)
	}
	defer rows.Close()
	found := map[int32]string{}
	for rows.Next() {
		var code int32
		var value string
		if err := rows.Scan(&code, &value); err != nil {
			return nil, fmt.Errorf("read dictionary %s: %w", domain, err)
		}
		found[code] = value
	}
	return found, rows.Err()
}

// smallDomain is how many codes a dictionary may have to be read as a whole at
// the first question.
const smallDomain = 20_000

// decoder answers between texts and codes, remembering what it read.
type decoder struct {
	ctx     context.Context
	w       *Warehouse
	sizes   map[string]int64
	mu      sync.Mutex
	domains map[string]*domain
}

type domain struct {
	whole bool
	codes map[string]int64
	texts map[int64]string
}

// open returns a domain, read as a whole when it is small. d.mu is held.
func (d *decoder) open(name string) *domain {
	if m, ok := d.domains[name]; ok {
		return m
	}
	m := &domain{codes: map[string]int64{}, texts: map[int64]string{}}
	d.domains[name] = m
	if d.sizes[name] > smallDomain {
		return m
	}
	texts, err := d.w.texts(d.ctx, name)
	if err != nil {
		return m
	}
	m.whole = true
	for code, text := range texts {
		m.codes[text], m.texts[int64(code)] = int64(code), text
	}
	return m
}

func (d *decoder) code(name, text string) (int64, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.open(name)
	if code, ok := m.codes[text]; ok || m.whole {
		return code, ok
	}
	var code int64
	err := d.w.db.QueryRowContext(d.ctx, `SELECT code FROM text WHERE domain = ? AND value = ?`, name, text).Scan(&code)
	if err != nil {
		return 0, false
	}
	m.codes[text] = code
	return code, true
}

func (d *decoder) text(name string, code int64) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.open(name)
	if text, ok := m.texts[code]; ok || m.whole {
		return text, ok
	}
	var text string
	err := d.w.db.QueryRowContext(d.ctx, `SELECT value FROM text WHERE domain = ? AND code = ?`, name, code).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) || err != nil {
		return "", false
	}
	m.texts[code] = text
	return text, true
}
