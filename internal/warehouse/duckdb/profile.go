package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Profile implements warehouse.Warehouse. It reads what loads have noted, not
// the facts. Rows counts every stored row, superseded ones with them.
func (w *Warehouse) Profile(ctx context.Context, knownAt int64) (warehouse.Profile, error) {
	if knownAt <= 0 {
		knownAt = math.MaxInt64
	}
	p, changes, ok := w.profiles.get(knownAt)
	if ok {
		return p, nil
	}
	p, err := w.profile(ctx, knownAt, manyLoads)
	if err == nil {
		w.profiles.keep(knownAt, changes, p)
	}
	return p, err
}

const manyLoads = 500

// profile leaves it to the engine to add up what more than so many loads have
// noted. Up to then, reading the notes takes less time than the engine needs to
// make room for groups.
func (w *Warehouse) profile(ctx context.Context, knownAt int64, most int) (warehouse.Profile, error) {
	p := warehouse.Profile{
		Kinds: map[string]warehouse.KindProfile{}, Sources: map[string]warehouse.SourceProfile{}, Texts: map[string]int64{},
	}
	loads, err := w.profileLoads(ctx, &p, knownAt)
	if err != nil {
		return warehouse.Profile{}, fmt.Errorf("profile: %w", understood(err))
	}
	for _, read := range []func(context.Context, *warehouse.Profile, int64, bool) error{
		w.profileRetracted, w.profileKeys, w.profileGaps, w.profileUnmatched, w.profileColumns, w.profileTexts,
	} {
		if err := read(ctx, &p, knownAt, loads > most); err != nil {
			return warehouse.Profile{}, fmt.Errorf("profile: %w", understood(err))
		}
	}
	d := &decoder{ctx: context.WithoutCancel(ctx), w: w, sizes: p.Texts, domains: map[string]*domain{}}
	p.Code, p.Text = d.code, d.text
	return p, nil
}

// load is what one load has noted.
type load struct {
	batch, row                                  int64
	kind                                        string
	source                                      int32
	rows, superseded, firstAt, lastAt, finished int64
	versions, patched, replaces, late, shared   bool
}

// profileLoads adds up what loads have noted of kinds and sources, and returns
// how many loads there were.
func (w *Warehouse) profileLoads(ctx context.Context, p *warehouse.Profile, knownAt int64) (int, error) {
	sources, err := w.sources(ctx)
	if err != nil {
		return 0, err
	}
	loads, err := w.loads(ctx)
	if err != nil {
		return 0, err
	}
	for _, l := range loads {
		of, ok := sources[l.source]
		if !ok || l.batch > knownAt {
			continue // it loads nothing from a source, or came later
		}
		k, ok := p.Kinds[l.kind]
		if !ok {
			k.Currencies, k.MaxAbs = map[string][]string{}, map[string]int64{}
		}
		k.Rows, k.FirstAt, k.LastAt = widen(k.Rows, k.FirstAt, k.LastAt, l.rows, l.firstAt, l.lastAt)
		k.Superseded = k.Superseded || l.superseded > 0
		k.Versions = l.versions // as the last load left it
		k.Patched, k.Replaces, k.Late = k.Patched || l.patched, k.Replaces || l.replaces, k.Late || l.late
		p.Kinds[l.kind] = k
		p.SharedKeys = p.SharedKeys || l.shared

		s := p.Sources[of.name]
		s.Number, s.Kind, s.Ids = l.source, of.kind, of.ids
		s.Rows, s.FirstAt, s.LastAt = widen(s.Rows, s.FirstAt, s.LastAt, l.rows, l.firstAt, l.lastAt)
		s.LastImport = max(s.LastImport, l.finished)
		p.Sources[of.name] = s
	}
	return len(loads), nil
}

type namedSource struct{ name, kind, ids string }

// sources returns the sources by number.
func (w *Warehouse) sources(ctx context.Context) (map[int32]namedSource, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT id, name, kind, ids FROM source`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int32]namedSource{}
	for rows.Next() {
		var number int32
		var s namedSource
		if err := rows.Scan(&number, &s.name, &s.kind, &s.ids); err != nil {
			return nil, err
		}
		found[number] = s
	}
	return found, rows.Err()
}

// loads returns what loads have noted, in their order.
func (w *Warehouse) loads(ctx context.Context) ([]load, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT batch, rowid, kind, source, rows, superseded, first_at, last_at, finished,
			versions, patched, replaces, late, shared FROM loaded`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []load
	for rows.Next() {
		var l load
		err := rows.Scan(&l.batch, &l.row, &l.kind, &l.source, &l.rows, &l.superseded, &l.firstAt, &l.lastAt, &l.finished,
			&l.versions, &l.patched, &l.replaces, &l.late, &l.shared)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b load) int { return cmp.Or(cmp.Compare(a.batch, b.batch), cmp.Compare(a.row, b.row)) })
	return list, rows.Err()
}

// profileRetracted reads until when rows held that hold no longer.
func (w *Warehouse) profileRetracted(ctx context.Context, p *warehouse.Profile, knownAt int64, _ bool) error {
	rows, err := w.db.QueryContext(ctx, `SELECT kind, max(day) FROM superseded WHERE day IS NOT NULL AND batch <= ? GROUP BY kind`, knownAt)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var day int32
		if err := rows.Scan(&kind, &day); err != nil {
			return err
		}
		if k, ok := p.Kinds[kind]; ok {
			k.Retracted = period.Date(day)
			p.Kinds[kind] = k
		}
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
func (w *Warehouse) profileUnmatched(ctx context.Context, p *warehouse.Profile, knownAt int64, _ bool) error {
	rows, err := w.db.QueryContext(ctx, `SELECT s.name, u.rows FROM unmatched_total u JOIN source s ON s.id = u.source WHERE u.batch <= ? ORDER BY u.batch, u.rowid`, knownAt)
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
		if s, ok := p.Sources[source]; ok {
			s.Unmatched = unmatched
			p.Sources[source] = s
		}
	}
	return rows.Err()
}

func (w *Warehouse) profileKeys(ctx context.Context, p *warehouse.Profile, knownAt int64, _ bool) error {
	return w.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM account_key WHERE row > 0), EXISTS (SELECT 1 FROM `+joinedAt+` WHERE survivor <> 0)`, knownAt).Scan(&p.MovedKeys, &p.Joined)
}

func (w *Warehouse) profileGaps(ctx context.Context, p *warehouse.Profile, _ int64, _ bool) error {
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

func (w *Warehouse) profileColumns(ctx context.Context, p *warehouse.Profile, knownAt int64, many bool) error {
	text := `SELECT kind, name, currency, max_abs FROM loaded_column WHERE batch <= ?`
	if many {
		text = `SELECT kind, name, currency, max(max_abs) FROM loaded_column WHERE batch <= ? GROUP BY ALL`
	}
	rows, err := w.db.QueryContext(ctx, text, knownAt)
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
		k, ok := p.Kinds[kind]
		if !ok {
			continue
		}
		if currency.Valid {
			list := k.Currencies[name]
			if at, ok := slices.BinarySearch(list, currency.String); !ok {
				k.Currencies[name] = slices.Insert(list, at, currency.String)
			}
		}
		k.MaxAbs[name] = max(k.MaxAbs[name], largest)
	}
	return rows.Err()
}

func (w *Warehouse) profileTexts(ctx context.Context, p *warehouse.Profile, _ int64, many bool) error {
	text := `SELECT domain, codes FROM loaded_text`
	if many {
		text = `SELECT domain, max(codes) FROM loaded_text GROUP BY domain`
	}
	rows, err := w.db.QueryContext(ctx, text)
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
		p.Texts[domain] = max(p.Texts[domain], n)
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
