package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// space is a dictionary's name: ("account", "main") for keys, ("text", domain)
// for texts.
type space struct{ family, name string }

const (
	familyAccount = "account"
	familyContact = "contact"
	familyText    = "text"
)

// dictionary gives each text of a space a number. Texts are told apart by 102
// bits of hash, so that the texts themselves need not be kept in memory.
type dictionary struct {
	space space
	table numbers
	next  int32 // of keys: unused, keys of all spaces share one sequence
}

// entry is a new text that is not stored yet.
type entry struct {
	space  space
	number int32
	text   string
	hash   xxh3.Uint128
}

// known is what a load needs in memory of what is stored: dictionaries, and
// which account a key belongs to.
type known struct {
	spaces  map[space]*dictionary
	lastKey int32
	account []int32          // by key: the account, the last one of a key that moved; 0 is none
	moved   map[int32][]link // keys that moved, oldest first
	joined  map[int32]bool   // records that count as another on some day
	sources map[string]int32

	// New, to be stored with the next chunk.
	fresh       []entry
	newAccounts []newAccount
	newLinks    []newLink
}

type newAccount struct {
	account int32 // which is the account's first key, too
	public  string
}

type newLink struct {
	key, account int32
	updated      int64 // by the source's clock; 0 is not known
}

// number returns the number of a text, and makes one for a new text.
func (k *known) number(d *dictionary, text []byte) (int32, error) {
	h := xxh3.Hash128(text)
	if n, ok := d.table.find(h); ok {
		return n, nil
	}
	if !utf8.Valid(text) {
		return 0, fmt.Errorf("text %q is not UTF-8", shorten(text))
	}
	var n int32
	if d.space.family == familyText {
		n = d.next
		d.next++
	} else {
		k.lastKey++
		n = k.lastKey
		k.account = append(k.account, 0)
	}
	d.table.put(h, n)
	k.fresh = append(k.fresh, entry{d.space, n, string(text), h})
	return n, nil
}

func shorten(text []byte) []byte {
	if len(text) > 40 {
		return text[:40]
	}
	return text
}

// numbers is a hash table from 128-bit hashes to numbers; it only grows, in
// parts, as seen does.
type numbers struct {
	parts [64]numbersPart
}

type numbersPart struct {
	slots []slot
	count int
}

// slot holds 96 bits of a hash; which part it stands in says six more.
type slot struct {
	low    uint64
	high   uint32
	number int32 // plus one; 0 is free
}

// part returns where a hash belongs: the part, and what says where in it.
func (t *numbers) part(h xxh3.Uint128) (*numbersPart, uint64) { return &t.parts[h.Hi>>58], h.Lo }

func (t *numbers) find(h xxh3.Uint128) (int32, bool) {
	p, low := t.part(h)
	if len(p.slots) == 0 {
		return 0, false
	}
	for i := place(low, len(p.slots)); ; i = after(i, len(p.slots)) {
		s := &p.slots[i]
		if s.number == 0 {
			return 0, false
		}
		if s.low == h.Lo && s.high == uint32(h.Hi) {
			return s.number - 1, true
		}
	}
}

// put adds a hash that is not there.
func (t *numbers) put(h xxh3.Uint128, number int32) {
	p, _ := t.part(h)
	if isCrowded(p.count, len(p.slots)) {
		old := p.slots
		p.slots = make([]slot, grown(len(old)))
		for _, s := range old {
			if s.number != 0 {
				p.place(s)
			}
		}
	}
	p.place(slot{h.Lo, uint32(h.Hi), number + 1})
	p.count++
}

func (p *numbersPart) place(s slot) {
	i := place(s.low, len(p.slots))
	for p.slots[i].number != 0 {
		i = after(i, len(p.slots))
	}
	p.slots[i] = s
}

// loadKnown reads keys, accounts and sources; texts are read by openText.
func loadKnown(ctx context.Context, db *sql.DB) (*known, error) {
	k := &known{spaces: map[space]*dictionary{}, account: []int32{0}, sources: map[string]int32{}}
	var last sql.NullInt64
	if err := db.QueryRowContext(ctx, `SELECT max(key) FROM key`).Scan(&last); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	k.lastKey = int32(last.Int64)
	k.account = make([]int32, k.lastKey+1)
	if err := k.readSources(ctx, db); err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	if err := k.readAccounts(ctx, db); err != nil {
		return nil, fmt.Errorf("read account keys: %w", err)
	}
	if err := k.readMoved(ctx, db); err != nil {
		return nil, fmt.Errorf("read account keys: %w", err)
	}
	if err := k.readJoined(ctx, db); err != nil {
		return nil, fmt.Errorf("read which accounts are one: %w", err)
	}
	return k, nil
}

func (k *known) readAccounts(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT key, account FROM account_key WHERE row = 0`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key, account int32
		if err := rows.Scan(&key, &account); err != nil {
			return err
		}
		k.account[key] = account
	}
	return rows.Err()
}

func (k *known) readSources(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT id, name FROM source`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int32
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		k.sources[name] = id
	}
	return rows.Err()
}

// open returns the dictionary of a space, reading it when it was not read yet.
func (k *known) open(ctx context.Context, db *sql.DB, s space) (*dictionary, error) {
	if d, ok := k.spaces[s]; ok {
		return d, nil
	}
	d := &dictionary{space: s}
	query, args := `SELECT code, hash, hash_high FROM text WHERE domain = ?`, []any{s.name}
	if s.family != familyText {
		query, args = `SELECT key, hash, hash_high FROM key WHERE family = ? AND space = ?`, []any{s.family, s.name}
	}
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read dictionary %s: %w", s.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var number int32
		var low, high int64
		if err := rows.Scan(&number, &low, &high); err != nil {
			return nil, fmt.Errorf("read dictionary %s: %w", s.name, err)
		}
		d.table.put(xxh3.Uint128{Lo: uint64(low), Hi: uint64(high)}, number)
		d.next = max(d.next, number+1)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read dictionary %s: %w", s.name, err)
	}
	k.spaces[s] = d
	return d, nil
}
