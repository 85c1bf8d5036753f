package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// format is the version of the tables below. A file with a later one is
// refused, one with an earlier one brought up to it.
const format = 8

// systemTables are the tables beside those of facts and of results.
//
// Beside what its name says, `about` holds the version of the format, `loading`
// one row for each load that began, `column_type` what kinds had declared of
// their columns when they were made, and `loaded`, `loaded_column`,
// `loaded_text`, `unmatched` and `unmatched_total` what Profile answers from.
//
// A row that `superseded` names with a day held up to it: a snapshot no longer
// lists it, or its source leaves it out, by a row of the time `updated` (0 is
// not said). One that it names without a day never held. A row that comes back
// has both: what holds since then stands for all days.
//
// A row of `account_key` holds from its day on until the next of its key: of
// the rows up to a day, the one with the latest valid_from counts, and the
// greatest row among those. The first row of a key holds since ever and has
// row 0, later ones have ids above it. `account_said` holds, in the same terms,
// what a source said of a key without giving it to another account: that it is
// whose another source had said. No query of a run reads it.
//
// `joined` says whom a record counts as by what people decided; 0 is itself. A
// record is an account, or a key that no account has. Of the spans of a record
// those of its last batch count; they cover all days.
//
// `gap` holds rows of known keys that were rejected: what could be read of them,
// and why. `contact` and `product` are NULL for none and -1 where they could not
// be read; `moment` is NULL where it could not be read, and the row says nothing of
// days from `until` on, NULL for never. `gap_end` says which of them are no gaps
// any more.
//
// `move` is the ledger: that a customer went from a place of a lens to another.
// What the numbers of lenses and places stand for is kept in the state.
var systemTables = []struct{ name, columns string }{
	{"about", `format INTEGER`},
	{"source", `id INTEGER, name VARCHAR, kind VARCHAR, ids VARCHAR`},
	{"key", `key INTEGER, family VARCHAR, space VARCHAR, id VARCHAR, hash BIGINT, hash_high BIGINT, batch INTEGER`},
	{"text", `domain VARCHAR, code INTEGER, value VARCHAR, hash BIGINT, hash_high BIGINT, batch INTEGER`},
	{"account", `account INTEGER, public VARCHAR, key INTEGER, batch INTEGER`},
	{"account_key", `key INTEGER, account INTEGER, batch INTEGER, valid_from INTEGER, valid_to INTEGER, row BIGINT, source INTEGER, updated BIGINT`},
	{"account_said", saidColumns},
	{"joined", `account INTEGER, survivor INTEGER, valid_from INTEGER, batch INTEGER`},
	{"superseded", `row BIGINT, kind VARCHAR, batch INTEGER, reason VARCHAR, successor BIGINT, day INTEGER, updated BIGINT`},
	{"loading", `batch INTEGER, kind VARCHAR, source INTEGER, first_row BIGINT`},
	{"loaded", `batch INTEGER, kind VARCHAR, source INTEGER, file VARCHAR, rows BIGINT, superseded BIGINT,
		first_at BIGINT, last_at BIGINT, finished BIGINT,
		versions BOOLEAN, patched BOOLEAN, replaces BOOLEAN, late BOOLEAN, shared BOOLEAN`},
	{"loaded_column", `batch INTEGER, kind VARCHAR, name VARCHAR, currency VARCHAR, max_abs BIGINT`},
	{"loaded_text", `batch INTEGER, domain VARCHAR, codes BIGINT`},
	{"unmatched", `batch INTEGER, source INTEGER, key INTEGER, rows BIGINT`},
	{"unmatched_total", `batch INTEGER, source INTEGER, rows BIGINT`},
	{"move", moveColumns},
	{"column_type", `kind VARCHAR, name VARCHAR, type VARCHAR`},
	{"gap", gapColumns},
	{"gap_end", gapEndColumns},
}

const gapColumns = `gap BIGINT, batch INTEGER, kind VARCHAR, source INTEGER, key INTEGER, contact INTEGER, product INTEGER, moment BIGINT, until INTEGER,
	ident BIGINT, keyed BOOLEAN, unread BIGINT, updated BIGINT, told BIGINT, minor BIGINT, currency VARCHAR, file VARCHAR, line INTEGER, reason VARCHAR`

const gapEndColumns = `gap BIGINT, batch INTEGER, row BIGINT`

const saidColumns = `key INTEGER, account INTEGER, batch INTEGER, valid_from INTEGER, row BIGINT, source INTEGER, updated BIGINT`

const moveColumns = `batch INTEGER, lens INTEGER, customer BIGINT, origin INTEGER, place INTEGER, as_of INTEGER, cause INTEGER, since INTEGER`

// upgrades[n] brings a file of format n to the next one.
var upgrades = map[int]string{
	1: `ALTER TABLE account_key ADD COLUMN row BIGINT DEFAULT 0;
		ALTER TABLE account_key ADD COLUMN source INTEGER DEFAULT 0;
		ALTER TABLE account_key ADD COLUMN updated BIGINT DEFAULT 0;
		CREATE TABLE column_type (kind VARCHAR, name VARCHAR, type VARCHAR);`,
	2: `CREATE TABLE account_said (` + saidColumns + `);`,
	3: `CREATE TABLE joined (account INTEGER, survivor INTEGER, valid_from INTEGER, batch INTEGER);`,
	4: `ALTER TABLE superseded ADD COLUMN updated BIGINT DEFAULT 0;`,
	5: `CREATE TABLE gap (` + gapColumns + `); CREATE TABLE gap_end (` + gapEndColumns + `);`,
	6: `CREATE TABLE move (batch INTEGER, lens INTEGER, customer BIGINT, origin INTEGER, place INTEGER, as_of INTEGER, cause INTEGER);`,
	7: `ALTER TABLE move ADD COLUMN since INTEGER;`,
}

// systemColumns come first in every table of facts. Their names begin with an
// underscore so that no column of a kind can collide with them.
var systemColumns = []column{
	{"_row", "BIGINT"},
	{"_batch", "INTEGER"},
	{"_source", "INTEGER"},
	{"_key", "INTEGER"},
	{"_at", "BIGINT"},
	{"_received", "BIGINT"},
	{"_updated", "BIGINT"},
	{"_hash", "BIGINT"},
	{"_content", "BIGINT"},
	{"_flags", "INTEGER"},
}

// Flags of a row.
const (
	flagAtAssumed       = 1
	flagReceivedAssumed = 2
	flagPatch           = 4
)

type column struct{ name, engineType string }

// tableOf returns the table of a kind's facts.
func tableOf(kind string) string { return "fact_" + kind }

// columnsOf returns the stored columns of a kind, after the system columns.
func columnsOf(kind fact.Kind) ([]column, error) {
	var columns []column
	for _, c := range kind.Columns {
		if c.Name == fact.ColAccount {
			continue // it is _key
		}
		t, ok := engineTypes[c.Type]
		if !ok {
			return nil, fmt.Errorf("column %s.%s: unknown type %q", kind.Name, c.Name, c.Type)
		}
		columns = append(columns, column{c.Name, t})
		if c.Type == fact.Money {
			columns = append(columns, column{c.Name + "_cur", "INTEGER"})
		}
	}
	return columns, nil
}

var engineTypes = map[fact.Type]string{
	fact.Text:    "INTEGER",
	fact.Number:  "BIGINT",
	fact.Money:   "BIGINT",
	fact.Date:    "INTEGER",
	fact.Time:    "BIGINT",
	fact.Bool:    "BOOLEAN",
	fact.Account: "INTEGER",
	fact.Contact: "INTEGER",
}

// prepareSystem makes the system tables of a new file and refuses a file of
// another program.
func (w *Warehouse) prepareSystem(ctx context.Context, conn *sql.Conn) error {
	var tables, ours int
	row := conn.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (table_name = 'about')
		FROM duckdb_tables() WHERE NOT internal`)
	if err := row.Scan(&tables, &ours); err != nil {
		return fmt.Errorf("read the list of tables: %w", err)
	}
	if ours > 0 {
		return w.checkFormat(ctx, conn)
	}
	if tables > 0 {
		return fmt.Errorf("the file is %w: it holds tables of another program", warehouse.ErrForeign)
	}
	if w.options.ReadOnly {
		return nil
	}
	var ddl strings.Builder
	ddl.WriteString("BEGIN;\n")
	for _, t := range systemTables {
		fmt.Fprintf(&ddl, "CREATE TABLE %s (%s);\n", quote(t.name), t.columns)
	}
	fmt.Fprintf(&ddl, "INSERT INTO about VALUES (%d);\nCOMMIT;", format)
	_, err := conn.ExecContext(ctx, ddl.String())
	return err
}

// checkFormat refuses a file of a later format and brings one of an earlier
// format up to date.
func (w *Warehouse) checkFormat(ctx context.Context, conn *sql.Conn) error {
	var got int
	if err := conn.QueryRowContext(ctx, `SELECT max(format) FROM about`).Scan(&got); err != nil {
		return fmt.Errorf("the file is %w: %w", warehouse.ErrForeign, err)
	}
	switch {
	case got > format:
		return fmt.Errorf("the file is %w: its format is %d, this program knows %d; use a newer program", warehouse.ErrForeign, got, format)
	case got < format && w.options.ReadOnly:
		return fmt.Errorf("its format is %d, this program writes %d: open it for writing once, which brings it up to date", got, format)
	}
	for ; got < format; got++ {
		_, err := conn.ExecContext(ctx, fmt.Sprintf("BEGIN; %s UPDATE about SET format = %d; COMMIT;", upgrades[got], got+1))
		if err != nil {
			return fmt.Errorf("bring the file from format %d to %d: %w", got, got+1, err)
		}
	}
	return nil
}
