package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// mention is a kind of fact whose rows may be about a subject.
type mention struct {
	kind  fact.Kind
	where string // the condition for those that are; never NULL
}

// erasing is one erasure under way, in one transaction.
type erasing struct {
	ctx context.Context
	tx  *sql.Tx
	w   *Warehouse

	accounts []int64 // keys
	contacts []int64
	mentions []mention
}

// Personal implements warehouse.Warehouse.
func (w *Warehouse) Personal(ctx context.Context, s warehouse.Subject) (found warehouse.Personal, err error) {
	err = w.inTransaction(ctx, func(tx *sql.Tx) error {
		x := &erasing{ctx: ctx, tx: tx, w: w}
		found.Keys, err = x.keysOf(s)
		if err != nil || len(found.Keys) == 0 {
			return err
		}
		for _, k := range found.Keys {
			x.take(k.Family, k.Number)
		}
		if err := x.open(); err != nil {
			return err
		}
		if found.Kinds, err = x.count(); err != nil {
			return err
		}
		found.Accounts, err = x.owners()
		return err
	})
	if err != nil {
		return found, fmt.Errorf("look for what is stored of %s %q: %w", s.Family, s.ID, err)
	}
	return found, nil
}

func (x *erasing) take(family string, key int64) {
	if family == familyContact {
		x.contacts = append(x.contacts, key)
	} else {
		x.accounts = append(x.accounts, key)
	}
}

// keysOf returns the ids of a subject; of an account with those of its people.
func (x *erasing) keysOf(s warehouse.Subject) ([]warehouse.Key, error) {
	is := fmt.Sprintf("family = %s AND space = %s AND id = %s", literal(s.Family), literal(spaceName(s.Space)), literal(s.ID))
	if s.Family == familyAccount {
		accounts := fmt.Sprintf("(SELECT account FROM %s WHERE key IN (SELECT key FROM key WHERE %s))", keysNow, is)
		// With the ids that no account has and that people said are its own.
		is = fmt.Sprintf("(%s) OR key IN (SELECT key FROM %s WHERE account IN %s) OR key IN (SELECT account FROM %s WHERE survivor IN %s AND account NOT IN (SELECT key FROM account_key))",
			is, keysNow, accounts, joinedNow, accounts)
	}
	keys, err := x.keys(is)
	if err != nil || s.Family != familyAccount || len(keys) == 0 {
		return keys, err
	}
	x.accounts = nil
	for _, k := range keys {
		x.accounts = append(x.accounts, k.Number)
	}
	people, err := x.peopleOnlyHere()
	x.accounts = nil
	if err != nil || len(people) == 0 {
		return keys, err
	}
	more, err := x.keys("key IN (" + list(people) + ")")
	return append(keys, more...), err
}

func (x *erasing) keys(where string) ([]warehouse.Key, error) {
	return collect(x.ctx, x.tx, "SELECT key, family, space, id FROM key WHERE "+where+" ORDER BY key", func(r *sql.Rows) (warehouse.Key, error) {
		var k warehouse.Key
		err := r.Scan(&k.Number, &k.Family, &k.Space, &k.ID)
		return k, err
	})
}

// peopleOnlyHere returns the people whom facts of the accounts mention and no
// other facts do.
func (x *erasing) peopleOnlyHere() ([]int64, error) {
	here := "coalesce(_key IN (" + list(x.accounts) + "), false)"
	var parts []string
	for _, k := range x.stored() {
		for _, c := range k.Columns {
			if c.Type == fact.Contact {
				parts = append(parts, fmt.Sprintf("SELECT %s AS contact, %s AS here FROM %s WHERE %s IS NOT NULL", quote(c.Name), here, quote(tableOf(k.Name)), quote(c.Name)))
			}
		}
	}
	parts = append(parts, "SELECT contact, key IN ("+list(x.accounts)+") AS here FROM gap WHERE contact > 0")
	return collect(x.ctx, x.tx, "SELECT contact FROM ("+strings.Join(parts, " UNION ALL ")+") GROUP BY contact HAVING bool_and(here) ORDER BY contact", scanNumber)
}

func scanNumber(r *sql.Rows) (int64, error) {
	var n int64
	err := r.Scan(&n)
	return n, err
}

// stored returns the prepared kinds, by name.
func (x *erasing) stored() []fact.Kind {
	x.w.mu.Lock()
	defer x.w.mu.Unlock()
	var kinds []fact.Kind
	for _, k := range x.w.kinds {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b fact.Kind) int { return strings.Compare(a.Name, b.Name) })
	return kinds
}

// open settles which rows of each kind are about the subject.
func (x *erasing) open() error {
	for _, k := range x.stored() {
		var about []string
		if _, ok := k.Column(fact.ColAccount); ok && len(x.accounts) > 0 {
			about = append(about, "_key IN ("+list(x.accounts)+")")
		}
		for _, c := range k.Columns {
			if c.Type == fact.Contact && len(x.contacts) > 0 {
				about = append(about, quote(c.Name)+" IN ("+list(x.contacts)+")")
			}
		}
		if len(about) > 0 {
			x.mentions = append(x.mentions, mention{k, "coalesce(" + strings.Join(about, ", false) OR coalesce(") + ", false)"})
		}
	}
	return nil
}

// personal returns the columns whose texts go.
func (m mention) personal() []fact.Column {
	var columns []fact.Column
	for _, c := range m.kind.Columns {
		if c.Personal && c.Type == fact.Text {
			columns = append(columns, c)
		}
	}
	return columns
}

// personalExamples is how many texts of a column are shown.
const personalExamples = 3

// count counts the facts and the texts that would go.
func (x *erasing) count() ([]warehouse.PersonalKind, error) {
	var kinds []warehouse.PersonalKind
	for _, m := range x.mentions {
		found := warehouse.PersonalKind{Kind: m.kind.Name}
		table := quote(tableOf(m.kind.Name))
		if err := x.tx.QueryRowContext(x.ctx, "SELECT count(*) FROM "+table+" WHERE "+m.where).Scan(&found.Facts); err != nil {
			return nil, err
		}
		for _, c := range m.personal() {
			text := warehouse.PersonalText{Column: c}
			from := fmt.Sprintf(" FROM %s f JOIN text t ON t.domain = %s AND t.code = f.%s WHERE (%s) AND t.value <> %s",
				table, literal(m.kind.TextDomain(c)), quote(c.Name), m.where, literal(warehouse.Erased))
			if err := x.tx.QueryRowContext(x.ctx, "SELECT count(*)"+from).Scan(&text.Facts); err != nil {
				return nil, err
			}
			examples, err := collect(x.ctx, x.tx, "SELECT t.value"+from+" GROUP BY t.value ORDER BY min(f._row) LIMIT "+strconv.Itoa(personalExamples), func(r *sql.Rows) (string, error) {
				var s string
				err := r.Scan(&s)
				return s, err
			})
			if err != nil {
				return nil, err
			}
			if text.Examples = examples; text.Facts > 0 {
				found.Texts = append(found.Texts, text)
			}
		}
		if found.Facts > 0 {
			kinds = append(kinds, found)
		}
	}
	return kinds, nil
}

// owners returns the accounts of the subject and of the facts about it.
func (x *erasing) owners() ([]int64, error) {
	parts := []string{"SELECT account FROM " + keysNow + " WHERE key IN (" + list(append([]int64{0}, x.accounts...)) + ")"}
	for _, m := range x.mentions {
		if _, ok := m.kind.Column(fact.ColAccount); ok {
			parts = append(parts, "SELECT a.account FROM "+quote(tableOf(m.kind.Name))+" f JOIN account_key a ON a.key = f._key WHERE "+m.where)
		}
	}
	parts = append(parts, "SELECT a.account FROM gap g JOIN account_key a ON a.key = g.key WHERE g.contact IN ("+list(append([]int64{0}, x.contacts...))+")")
	return collect(x.ctx, x.tx, "SELECT DISTINCT account FROM ("+strings.Join(parts, " UNION ALL ")+") ORDER BY account", scanNumber)
}

// Erase implements warehouse.Warehouse.
func (w *Warehouse) Erase(ctx context.Context, r warehouse.Erasing) error {
	w.mu.Lock()
	busy := w.loading
	w.mu.Unlock()
	if busy {
		return errors.New("erase: a load is under way")
	}
	err := w.inTransaction(ctx, func(tx *sql.Tx) error {
		x := &erasing{ctx: ctx, tx: tx, w: w}
		for _, k := range r.Keys {
			x.take(k.Family, k.Number)
		}
		if err := x.open(); err != nil {
			return err
		}
		owners, err := x.owners()
		if err != nil {
			return err
		}
		if err := x.eraseTexts(r, owners); err != nil {
			return err
		}
		if err := x.eraseMarks(); err != nil {
			return err
		}
		if err := x.eraseGaps(owners); err != nil {
			return err
		}
		return x.eraseKeys(r.Keys)
	})
	if err != nil {
		return fmt.Errorf("erase: %w", understood(err))
	}
	w.mu.Lock()
	w.known = nil
	w.mu.Unlock()
	if err := w.rewrite(ctx); err != nil {
		return fmt.Errorf("erase: write the file anew: %w", understood(err))
	}
	return nil
}

// eraseGaps takes out what rejected rows say of the subject. That they are
// missing stays known, and so does every count.
func (x *erasing) eraseGaps(owners []int64) error {
	byPerson := []string{"false"}
	for _, k := range x.stored() {
		if keyedByPerson(k) {
			byPerson = append(byPerson, "kind = "+literal(k.Name))
		}
	}
	mine := "key IN (" + list(append([]int64{0}, x.accounts...)) + ")"
	named := "coalesce(contact IN (" + list(append([]int64{0}, x.contacts...)) + "), false)"
	guessed := fmt.Sprintf("%s OR %s AND (NOT keyed OR %s)", mine, named, strings.Join(byPerson, " OR "))
	around := "key IN (SELECT key FROM account_key WHERE account IN (" + list(append([]int64{0}, owners...)) + "))"
	for _, text := range []string{
		fmt.Sprintf("UPDATE gap SET reason = '', told = 0 WHERE %s OR %s OR %s", mine, named, around),
		fmt.Sprintf("UPDATE gap SET file = '', line = 0 WHERE %s OR %s", mine, named),
		fmt.Sprintf("UPDATE gap SET ident = %s WHERE %s", noise, guessed),
	} {
		if _, err := x.tx.ExecContext(x.ctx, text); err != nil {
			return fmt.Errorf("rejected rows: %w", err)
		}
	}
	return nil
}

// eraseKeys puts made-up ids in the place of those of the sources.
func (x *erasing) eraseKeys(keys []warehouse.ErasedKey) error {
	for _, k := range keys {
		h := xxh3.HashString128(k.Surrogate)
		_, err := x.tx.ExecContext(x.ctx, `UPDATE key SET id = ?, hash = ?, hash_high = ? WHERE key = ?`, k.Surrogate, int64(h.Lo), int64(h.Hi), k.Number)
		if err != nil {
			return fmt.Errorf("ids: %w", err)
		}
		if k.Family != familyAccount {
			continue
		}
		_, err = x.tx.ExecContext(x.ctx, `UPDATE account SET public = ? WHERE key = ?`, publicID(spaceName(k.Space), k.Surrogate), k.Number)
		if err != nil {
			return fmt.Errorf("public ids: %w", err)
		}
	}
	return nil
}

// list writes numbers for SQL.
func list(numbers []int64) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(texts, ", ")
}
