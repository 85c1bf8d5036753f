package sqlite_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/state/sqlite"
)

// raw opens a file as SQLite does, whosever it is.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, path, statements string) {
	t.Helper()
	db := raw(t, path)
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// filled makes a state file of many pages, with nothing beside it.
func filled(t *testing.T, path string) {
	t.Helper()
	s := setup(t, path)
	for range 8 {
		if _, err := s.Begin(t.Context(), "import", strings.Repeat("accounts ", 1000), lockedAt()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, path string, from, to int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(to-from)), from); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"a text file", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 500)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "it is not a state file"},
		{"the database of another program", func(t *testing.T, path string) {
			execute(t, path, "CREATE TABLE batch (id INTEGER PRIMARY KEY)")
		}, "it is the database of another program"},
		{"the database of a program that says so", func(t *testing.T, path string) {
			execute(t, path, "PRAGMA application_id = 252006674")
		}, "it is the database of another program"},
		{"a newer schema", func(t *testing.T, path string) {
			filled(t, path)
			execute(t, path, "PRAGMA user_version = 99")
		}, "a newer version of segue wrote it (schema 99, this one knows 5); use that version"},
		{"a damaged beginning", func(t *testing.T, path string) {
			filled(t, path)
			overwrite(t, path, 0, 100)
		}, "its beginning is damaged"},
		{"a damaged schema", func(t *testing.T, path string) {
			filled(t, path)
			overwrite(t, path, 100, 4096)
		}, "the file is damaged"},
		{"damaged rows", func(t *testing.T, path string) {
			filled(t, path)
			overwrite(t, path, 4096, 8192)
		}, "the file is damaged"},
		{"damaged rows that opening does not read", func(t *testing.T, path string) {
			filled(t, path)
			overwrite(t, path, 7*4096, 8*4096)
		}, "the file is damaged"},
		{"a file that was cut off", func(t *testing.T, path string) {
			filled(t, path)
			if err := os.Truncate(path, 5*4096); err != nil {
				t.Fatal(err)
			}
		}, "the file is damaged"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "state.sqlite")
			tt.make(t, path)
			before, _ := os.ReadFile(path)
			s, err := sqlite.Open(t.Context(), path)
			if err == nil {
				t.Fatalf("got no error (close: %v), want %q", s.Close(), tt.want)
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || strings.Count(got, path) != 1 || strings.Contains(got, "\n") {
				t.Errorf("got %q, want %q and the path, on one line", got, tt.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpenWithoutFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none", "state.sqlite")
	_, err := sqlite.Open(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "no such file or directory") {
		t.Errorf("got %v, want that there is no such folder", err)
	}
}

func TestOpenPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain", "two words", "100%", "a?b=c&d", "#1", "größe", "file:x"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(t.TempDir(), name)
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, name)
			s := setup(t, path)
			if _, err := s.Begin(t.Context(), "import", "", lockedAt()); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(folder)
			if err != nil || len(entries) != 1 {
				t.Errorf("got files %v (%v), want the state alone", entries, err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() == 0 || info.Mode().Perm() != 0o600 {
				t.Errorf("got %d bytes with permissions %o, want some with 600", info.Size(), info.Mode().Perm())
			}
		})
	}
}

// TestOpenHeader reads what other programs tell a state file by.
func TestOpenHeader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.sqlite")
	filled(t, path)
	header, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(header[68:72]), "Segu"; got != want {
		t.Errorf("application id: got %q, want %q", got, want)
	}
	if got, want := header[18], byte(2); got != want {
		t.Errorf("format: got %d, want %d: write-ahead log", got, want)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	first := file("CREATE TABLE account (id INTEGER); INSERT INTO account VALUES (1);")
	tests := []struct {
		name    string
		files   fstest.MapFS
		want    string // the tables' columns
		wantErr string
	}{
		{"what is there already", fstest.MapFS{"migrations/0001_a.sql": file("this has run before")}, "id", ""},
		{"one more", fstest.MapFS{"migrations/0001_a.sql": first, "migrations/0002_b.sql": file("ALTER TABLE account ADD COLUMN name TEXT;")}, "id name", ""},
		{"some more, in order", fstest.MapFS{
			"migrations/0001_a.sql": first,
			"migrations/0003_a.sql": file("ALTER TABLE account RENAME COLUMN name TO title;"),
			"migrations/0002_b.sql": file("ALTER TABLE account ADD COLUMN name TEXT;"),
		}, "id title", ""},
		{"one that breaks", fstest.MapFS{
			"migrations/0001_a.sql": first,
			"migrations/0002_b.sql": file("ALTER TABLE account ADD COLUMN name TEXT;"),
			"migrations/0003_c.sql": file("ALTER TABLE nothing ADD COLUMN name TEXT;"),
		}, "id", `migration "0003_c.sql": `},
		{"a gap", fstest.MapFS{"migrations/0001_a.sql": first, "migrations/0003_c.sql": file("DROP TABLE account;")}, "id", "0002"},
		{"none", fstest.MapFS{}, "id", "newer version"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := raw(t, filepath.Join(t.TempDir(), "state.sqlite"))
			if err := migrate(t, db, fstest.MapFS{"migrations/0001_a.sql": first}); err != nil {
				t.Fatal(err)
			}
			err := migrate(t, db, tt.files)
			if (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("got error %v, want %q", err, tt.wantErr)
			}
			var got string
			row := db.QueryRow("SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info('account') ORDER BY cid)")
			if err := row.Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got columns %q, want %q", got, tt.want)
			}
		})
	}
}

// migrate applies migrations and keeps them, or nothing.
func migrate(t *testing.T, db *sql.DB, files fstest.MapFS) error {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Migrate(t.Context(), tx, files); err != nil {
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		return err
	}
	return tx.Commit()
}
