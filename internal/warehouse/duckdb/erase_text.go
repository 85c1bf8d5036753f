package duckdb

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// noise is a number that says nothing: what stands where a hash of something
// erased was.
const noise = "(hash(gen_random_uuid()) >> 1)::BIGINT"

// eraseTexts takes the texts about the subject from the dictionaries. A text
// that nobody else has goes; rows that share theirs with others get a code of
// their own, so that distinct texts stay as many as they were for the subject.
func (x *erasing) eraseTexts(r warehouse.Erasing, owners []int64) error {
	domains := map[string]bool{}
	for _, m := range x.mentions {
		for _, c := range m.personal() {
			domains[m.kind.TextDomain(c)] = true
		}
	}
	for _, domain := range slices.Sorted(maps.Keys(domains)) {
		if err := x.eraseDomain(domain, r, owners); err != nil {
			return fmt.Errorf("texts of %s: %w", domain, err)
		}
	}
	if err := x.eraseLines(); err != nil {
		return err
	}
	for _, result := range r.Results {
		if err := x.erasePlain(result, r.Keys, owners); err != nil {
			return fmt.Errorf("table %s: %w", result.Table, err)
		}
	}
	return nil
}

func (x *erasing) eraseDomain(domain string, r warehouse.Erasing, owners []int64) error {
	codes, err := x.codes(domain, true, nil)
	if err != nil || len(codes) == 0 {
		return err
	}
	shared, err := x.codes(domain, false, codes)
	if err != nil {
		return err
	}
	var alone []int64
	for _, code := range codes {
		if !slices.Contains(shared, code) {
			alone = append(alone, code)
		}
	}
	if len(alone) > 0 {
		_, err := x.tx.ExecContext(x.ctx, fmt.Sprintf("UPDATE text SET value = %s, hash = %s, hash_high = %s WHERE domain = %s AND code IN (%s)",
			literal(warehouse.Erased), noise, noise, literal(domain), list(alone)))
		if err != nil {
			return err
		}
	}
	if len(shared) == 0 {
		return nil
	}
	return x.recode(domain, shared, r, owners)
}

// eraseLines takes the ids of rows of the accounts, which often are made of the
// account's own: "A17-2026-1". An id that another account's rows have too, such
// as "1", says nothing and stays.
func (x *erasing) eraseLines() error {
	if len(x.accounts) == 0 {
		return nil
	}
	for _, k := range x.stored() {
		c, ok := k.Column(fact.ColID)
		if !ok || c.Type != fact.Text || !k.IsAboutAccounts() {
			continue
		}
		domain, mine := k.TextDomain(c), fmt.Sprintf("_key IN (%s)", list(x.accounts))
		var others []string
		for _, other := range x.stored() {
			for _, o := range other.Columns {
				if o.Type == fact.Text && other.TextDomain(o) == domain {
					about := "true"
					if other.IsAboutAccounts() {
						about = "(_key IS NULL OR NOT " + mine + ")"
					}
					others = append(others, fmt.Sprintf("SELECT %s FROM %s WHERE %s AND %s IS NOT NULL", quote(o.Name), quote(tableOf(other.Name)), about, quote(o.Name)))
				}
			}
		}
		_, err := x.tx.ExecContext(x.ctx, fmt.Sprintf("UPDATE text SET value = %s, hash = %s, hash_high = %s WHERE domain = %s AND code IN (SELECT %s FROM %s WHERE %s EXCEPT %s)",
			literal(warehouse.Erased), noise, noise, literal(domain), quote(c.Name), quote(tableOf(k.Name)), mine, strings.Join(others, " EXCEPT ")))
		if err != nil {
			return fmt.Errorf("ids of rows of %s: %w", k.Name, err)
		}
	}
	return nil
}

// codes returns the codes of a dictionary that rows about the subject have in
// personal columns; or, of those given, the ones that stand elsewhere too.
func (x *erasing) codes(domain string, mine bool, among []int64) ([]int64, error) {
	var parts []string
	for _, k := range x.stored() {
		about := "false"
		for _, m := range x.mentions {
			if m.kind.Name == k.Name {
				about = "(" + m.where + ")"
			}
		}
		for _, c := range k.Columns {
			if c.Type != fact.Text || k.TextDomain(c) != domain || mine && !c.Personal {
				continue
			}
			where := about
			switch {
			case !mine && c.Personal:
				where = fmt.Sprintf("NOT %s AND %s IN (%s)", about, quote(c.Name), list(among))
			case !mine:
				where = fmt.Sprintf("%s IN (%s)", quote(c.Name), list(among))
			}
			parts = append(parts, fmt.Sprintf("SELECT %s AS code FROM %s WHERE %s", quote(c.Name), quote(tableOf(k.Name)), where))
		}
	}
	return collect(x.ctx, x.tx, "SELECT DISTINCT code FROM ("+strings.Join(parts, " UNION ALL ")+") WHERE code IS NOT NULL ORDER BY code", scanNumber)
}

// recode gives the subject's rows codes of their own for texts that others
// have too, in facts and in results.
func (x *erasing) recode(domain string, shared []int64, r warehouse.Erasing, owners []int64) error {
	var next int64
	if err := x.tx.QueryRowContext(x.ctx, `SELECT max(code) + 1 FROM text WHERE domain = ?`, domain).Scan(&next); err != nil {
		return err
	}
	var values, cases []string
	for i, code := range shared {
		values = append(values, fmt.Sprintf("(%s, %d, %s, %s, %s, %d)", literal(domain), next+int64(i), literal(warehouse.Erased), noise, noise, r.Batch))
		cases = append(cases, fmt.Sprintf("WHEN %d THEN %d", code, next+int64(i)))
	}
	if _, err := x.tx.ExecContext(x.ctx, "INSERT INTO text VALUES "+strings.Join(values, ", ")); err != nil {
		return err
	}
	if _, err := x.tx.ExecContext(x.ctx, `INSERT INTO loaded_text VALUES (?, ?, ?)`, r.Batch, domain, next+int64(len(shared))); err != nil {
		return err
	}
	change := func(table, column, where string) error {
		name := quote(column)
		_, err := x.tx.ExecContext(x.ctx, fmt.Sprintf("UPDATE %s SET %s = CASE %s %s END WHERE %s IN (%s) AND (%s)",
			quote(table), name, name, strings.Join(cases, " "), name, list(shared), where))
		return err
	}
	for _, m := range x.mentions {
		for _, c := range m.personal() {
			if m.kind.TextDomain(c) != domain {
				continue
			}
			if err := change(tableOf(m.kind.Name), c.Name, m.where); err != nil {
				return err
			}
		}
	}
	for _, result := range r.Results {
		for _, column := range slices.Sorted(maps.Keys(result.Coded)) {
			if result.Coded[column] != domain {
				continue
			}
			if err := change(result.Table, column, customersOf(result, r.Keys, owners)); err != nil {
				return err
			}
		}
	}
	return nil
}

// erasePlain takes texts from a table of results that holds them as they are.
func (x *erasing) erasePlain(result warehouse.ResultTexts, keys []warehouse.ErasedKey, owners []int64) error {
	for _, column := range result.Plain {
		_, err := x.tx.ExecContext(x.ctx, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s IS NOT NULL AND (%s)",
			quote(result.Table), quote(column), literal(warehouse.Erased), quote(column), customersOf(result, keys, owners)))
		if err != nil {
			return err
		}
	}
	return nil
}

// customersOf is the condition for the subject's rows of a table of results,
// and for those of the accounts whose facts mention it.
func customersOf(result warehouse.ResultTexts, keys []warehouse.ErasedKey, owners []int64) string {
	in := []string{"false"}
	add := func(family string, number int64) {
		if from, to, ok := result.Of(family, number); ok {
			in = append(in, fmt.Sprintf("customer BETWEEN %d AND %d", from, to))
		}
	}
	for _, k := range keys {
		if k.Family == familyContact {
			add(k.Family, k.Number)
		}
	}
	for _, account := range owners {
		add(familyAccount, account)
	}
	return strings.Join(in, " OR ")
}

// unmarked is a row whose marks are not about the subject any more.
type unmarked struct {
	row, hash, content, key, at int64
	mine                        bool
}

// eraseMarks takes the hashes by which the rows about the subject could be
// guessed. Where several facts of an account are of one moment, the order that
// breaks the tie stays.
func (x *erasing) eraseMarks() error {
	for _, m := range x.mentions {
		if err := x.eraseMarksOf(m); err != nil {
			return fmt.Errorf("hashes of %s: %w", m.kind.Name, err)
		}
	}
	return x.eraseReferences()
}

// eraseReferences takes the hashes of rows that name the accounts without
// being theirs: those of accounts beneath them.
func (x *erasing) eraseReferences() error {
	if len(x.accounts) == 0 {
		return nil
	}
	for _, k := range x.stored() {
		for _, c := range k.Columns {
			if c.Type != fact.Account || c.Name == fact.ColAccount {
				continue
			}
			_, err := x.tx.ExecContext(x.ctx, fmt.Sprintf("UPDATE %s SET _content = %s WHERE %s IN (%s)",
				quote(tableOf(k.Name)), noise, quote(c.Name), list(x.accounts)))
			if err != nil {
				return fmt.Errorf("hashes of %s: %w", k.Name, err)
			}
		}
	}
	return nil
}

func (x *erasing) eraseMarksOf(m mention) error {
	table := quote(tableOf(m.kind.Name))
	rows, err := collect(x.ctx, x.tx, fmt.Sprintf(
		`SELECT _row, _hash, _content, coalesce(_key, 0), _at, %s FROM %s
		WHERE (coalesce(_key, 0), _at) IN (SELECT (coalesce(_key, 0), _at) FROM %s WHERE %s) ORDER BY 4, 5, 2, 1`,
		m.where, table, table, m.where), func(r *sql.Rows) (unmarked, error) {
		var u unmarked
		err := r.Scan(&u.row, &u.hash, &u.content, &u.key, &u.at, &u.mine)
		return u, err
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	changed := x.remark(m, rows)
	id, done := x.w.blocks.offer(changed.block())
	defer done()
	_, err = x.tx.ExecContext(x.ctx, fmt.Sprintf("UPDATE %s SET _hash = u.successor FROM segue_block(%d) u WHERE _row = u.row", table, id))
	if err != nil {
		return err
	}
	_, err = x.tx.ExecContext(x.ctx, fmt.Sprintf("UPDATE %s SET _content = %s WHERE %s", table, noise, m.where))
	return err
}
