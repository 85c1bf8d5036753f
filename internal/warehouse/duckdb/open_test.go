package duckdb_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		file    func(t *testing.T, path string)
		foreign bool
		want    string // in the message
	}{
		{"a text file", write("id,name\n1,Acme and some more\n"), true, "not a store of facts"},
		{"a short file", write("DUCK"), true, "not a store of facts"},
		{"the tables of another program", engine(`CREATE TABLE notes (n INTEGER)`), true, "tables of another program"},
		{"a later format", engine(`CREATE TABLE about (format INTEGER); INSERT INTO about VALUES (1000)`), true, "use a newer program"},
		{"a torn file", torn, false, "open facts"},
		{"an empty file", write(""), false, ""},
		{"no file", func(*testing.T, string) {}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "facts.duckdb")
			tt.file(t, path)
			w, err := duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1})
			if err == nil {
				w.Close()
			}
			if got := errors.Is(err, warehouse.ErrForeign); got != tt.foreign {
				t.Errorf("got %v, want foreign %t", err, tt.foreign)
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func write(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// engine makes a file with the engine alone.
func engine(statements string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		db, err := sql.Open("duckdb", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), statements); err != nil {
			t.Fatal(err)
		}
	}
}

// torn is a store of facts with a hole in its headers.
func torn(t *testing.T, path string) {
	t.Helper()
	w, err := duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, 8192), 4096); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "facts.duckdb")
	w, err := duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, err = duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Profile(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if err := w.Prepare(t.Context(), []fact.Kind{eventKind()}); err == nil {
		t.Error("got no error for a table in a file that is only read")
	}
}

func TestSandbox(t *testing.T) {
	t.Parallel()
	w, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	out := filepath.Join(t.TempDir(), "out.csv")
	for _, text := range []string{
		`COPY (SELECT 1) TO '` + out + `'`,
		`ATTACH '` + out + `' AS other`,
		`SET enable_external_access = true`,
		`INSTALL httpfs`,
		`LOAD httpfs`,
		`SET temp_directory = '` + filepath.Dir(out) + `'`,
		`SET allowed_directories = ['` + filepath.Dir(out) + `']`,
		`SELECT * FROM read_csv('` + os.Args[0] + `')`,
	} {
		if err := w.Exec(t.Context(), warehouse.Statement{Text: text}); err == nil {
			t.Errorf("got no error for %s", text)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("got a file from inside the sandbox")
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	kind := fact.Kind{Name: "note", Timing: fact.At, Columns: []fact.Column{{Name: "text", Type: fact.Text}, {Name: "day", Type: fact.Date}, {Name: "n", Type: fact.Number}}}
	good := []fact.Value{{Text: []byte("x")}, {Int: 1}, {Int: 1}}
	tests := []struct {
		name   string
		values []fact.Value
		want   string
	}{
		{"a value too few", good[:2], "2 values for 3 columns"},
		{"a day beyond 32 bits", []fact.Value{good[0], {Int: 1 << 40}, good[2]}, "column day: 1099511627776 is out of range"},
		{"the number that stands for missing", []fact.Value{good[0], good[1], {Int: -1 << 63}}, "column n"},
		{"text that is not UTF-8", []fact.Value{{Text: []byte("\xff\xfe")}, good[1], good[2]}, "not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			loading := warehouse.Loading{Kind: kind, Source: "notes", Batch: 1}
			if _, err := w.Load(t.Context(), loading); err == nil {
				t.Error("got no error for a kind that is not prepared")
			}
			if err := w.Prepare(t.Context(), []fact.Kind{kind}); err != nil {
				t.Fatal(err)
			}
			ld, err := w.Load(t.Context(), loading)
			if err != nil {
				t.Fatal(err)
			}
			if err := ld.Add(warehouse.KeyedRow{Row: fact.Row{Line: 2, Values: good}}); err != nil {
				t.Fatal(err)
			}
			err = ld.Add(warehouse.KeyedRow{Row: fact.Row{Line: 3, Values: tt.values}})
			if err == nil {
				_, err = ld.Finish(t.Context())
			} else if aborted := ld.Abort(t.Context()); aborted != nil {
				t.Error(aborted)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			ld, err = w.Load(t.Context(), loading)
			if err != nil {
				t.Fatalf("load again: %v", err)
			}
			if err := ld.Add(warehouse.KeyedRow{Row: fact.Row{Line: 2, Values: good}}); err != nil {
				t.Fatal(err)
			}
			if got, err := ld.Finish(t.Context()); err != nil || got.Added != 1 {
				t.Errorf("load again: got %+v, %v", got, err)
			}
		})
	}
}

// TestLoadGivesMemoryBack limits the engine during a load only.
func TestLoadGivesMemoryBack(t *testing.T) {
	t.Parallel()
	kind := fact.Kind{Name: "note", Timing: fact.At, Columns: []fact.Column{{Name: "n", Type: fact.Number}}}
	w, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "facts.duckdb"), duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Prepare(t.Context(), []fact.Kind{kind}); err != nil {
		t.Fatal(err)
	}
	limit := func() float64 { // in MiB
		t.Helper()
		rows, err := w.Query(t.Context(), warehouse.Statement{Text: "SELECT current_setting('memory_limit')"})
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		text := rows.Values()[0].(string)
		var size float64
		var unit string
		if _, err := fmt.Sscanf(text, "%f %s", &size, &unit); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return size * map[string]float64{"MiB": 1, "GiB": 1 << 10, "TiB": 1 << 20}[unit]
	}
	before := limit()
	for batch, end := range []func(ld warehouse.Loader) error{
		func(ld warehouse.Loader) error { _, err := ld.Finish(t.Context()); return err },
		func(ld warehouse.Loader) error { return ld.Abort(t.Context()) },
	} {
		ld, err := w.Load(t.Context(), warehouse.Loading{Kind: kind, Source: "notes", Batch: int64(batch + 1)})
		if err != nil {
			t.Fatal(err)
		}
		if during := limit(); during > 200 {
			t.Errorf("got %v MiB during a load, want less", during)
		}
		if err := ld.Add(warehouse.KeyedRow{Row: fact.Row{Line: 2, Values: []fact.Value{{Int: 1}}}}); err != nil {
			t.Fatal(err)
		}
		if err := end(ld); err != nil {
			t.Fatal(err)
		}
		if after := limit(); after < 0.98*before { // the engine rounds what it says
			t.Errorf("got %v MiB after a load, want %v", after, before)
		}
	}
}

// TestLoadWide has room for a row group of a kind with many columns.
func TestLoadWide(t *testing.T) {
	t.Parallel()
	const columns, rows = 200, 60_000
	kind := fact.Kind{Name: "note", Timing: fact.At}
	for i := range columns {
		kind.Columns = append(kind.Columns, fact.Column{Name: fmt.Sprintf("n%d", i), Type: fact.Number})
	}
	w, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "facts.duckdb"), duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Prepare(t.Context(), []fact.Kind{kind}); err != nil {
		t.Fatal(err)
	}
	ld, err := w.Load(t.Context(), warehouse.Loading{Kind: kind, Source: "notes", Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	values, random := make([]fact.Value, columns), rand.New(rand.NewPCG(1, 2))
	for range rows {
		for i := range values {
			values[i].Int = random.Int64N(1e12)
		}
		if err := ld.Add(warehouse.KeyedRow{Row: fact.Row{Line: 2, Values: values}}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := ld.Finish(t.Context()); err != nil || got.Added != rows {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestOpenEarlierFormat opens a file of format 1: what it holds stays, and what
// it did not note is noted from then on.
func TestOpenEarlierFormat(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "facts.duckdb")
	first, err := duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Prepare(t.Context(), []fact.Kind{eventKind()}); err != nil {
		t.Fatal(err)
	}
	first.Close()
	engine(`ALTER TABLE superseded DROP COLUMN updated; DROP TABLE account_key; DROP TABLE account_said; DROP TABLE joined; DROP TABLE column_type; DROP TABLE gap; DROP TABLE gap_end; DROP TABLE move; UPDATE about SET format = 1;
		CREATE TABLE account_key (key INTEGER, account INTEGER, batch INTEGER, valid_from INTEGER, valid_to INTEGER);
		INSERT INTO account_key VALUES (7, 7, 1, -719162, 2932896);`)(t, path)

	if w, err := duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1, ReadOnly: true}); err == nil {
		w.Close()
		t.Error("got no error for an earlier format that is only read")
	}
	for range 2 {
		w, err := duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Profile(t.Context(), 0); err != nil {
			t.Error(err)
		}
		rows, err := w.Query(t.Context(), warehouse.Statement{Text: `SELECT key, row, source, updated FROM account_key`})
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() || fmt.Sprint(rows.Values()...) != "7 0 0 0" {
			t.Errorf("got link %v, want key 7 with row, source and updated 0", rows.Values())
		}
		rows.Close()
		if err := w.Prepare(t.Context(), []fact.Kind{eventKind()}); err != nil {
			t.Error(err)
		}
		w.Close()
	}
	w, err := duckdb.Open(t.Context(), path, duckdb.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	kind := eventKind()
	for i, c := range kind.Columns {
		if c.Name == "name" {
			kind.Columns[i].Type = fact.Date
		}
	}
	if err := w.Prepare(t.Context(), []fact.Kind{kind}); err == nil {
		t.Error("got no error for a text that becomes a date")
	}
}
