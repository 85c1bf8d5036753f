package warehousetest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/warehouse"
)

func exerciseQuery(t *testing.T, open Open) {
	w := setup(t, open)
	ctx := t.Context()
	rows, err := w.Query(ctx, warehouse.Statement{Text: `SELECT NULL AS n, true AS b, 7::INTEGER AS i, sum(8::BIGINT) AS s, 0.1::DOUBLE AS d, ? AS t`, Args: []any{"ß"}})
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal("got no row")
	}
	if got, want := fmt.Sprintf("%T %T %T %T %T %T", rows.Values()...), "<nil> bool int64 int64 float64 string"; got != want {
		t.Errorf("got types %s, want %s", got, want)
	}
	if got, want := strings.Join(rows.Columns(), " "), "n b i s d t"; got != want {
		t.Errorf("got columns %s, want %s", got, want)
	}
	if rows.Next() {
		t.Error("got a second row")
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Error(err)
	}
	// Texts are ordered by their bytes, NULL last.
	got := ask(t, w, `SELECT v FROM (VALUES ('b'), ('B'), (NULL), ('ä'), ('a'), ('')) x(v) ORDER BY v`)
	if want := "\nB\na\nb\nä\n<nil>\n"; got != want {
		t.Errorf("got order %q, want %q", got, want)
	}
	if got := ask(t, w, `SELECT max(9223372036854775807::BIGINT), min((-9223372036854775807)::BIGINT)`); got != "9223372036854775807 -9223372036854775807\n" {
		t.Errorf("got %q at the limits of 64 bits", got)
	}

	err = w.Exec(ctx, warehouse.Statement{Text: `CREATE TABLE run_1 (n BIGINT)`}, warehouse.Statement{Text: `INSERT INTO run_1 VALUES (?)`, Args: []any{int64(1)}},
		warehouse.Statement{Text: `INSERT INTO run_1 VALUES ('x')`})
	if err == nil {
		t.Error("got no error for a text in a number")
	}
	if _, err := w.Query(ctx, warehouse.Statement{Text: `SELECT * FROM run_1`}); err == nil {
		t.Error("got a table of statements that failed")
	}
	pairs := [][]int64{{1, -9223372036854775808}, {3, 4}}
	if err := w.Fill(ctx, "run_2", []string{"customer", "account"}, slices.Values(pairs)); err != nil {
		t.Fatal(err)
	}
	if got, want := ask(t, w, `SELECT customer, account FROM run_2 ORDER BY 1`), "1 -9223372036854775808\n3 4\n"; got != want {
		t.Errorf("got %q in a filled table, want %q", got, want)
	}
	if err := w.Fill(ctx, "run_3", []string{"customer", "account"}, slices.Values([][]int64{{1, 2}, {3}})); err == nil {
		t.Error("got no error for a row with a value too few")
	}
	if _, err := w.Query(ctx, warehouse.Statement{Text: `SELECT * FROM run_3`}); err == nil {
		t.Error("got a table that was not filled")
	}

	outside := filepath.Join(t.TempDir(), "outside.csv")
	if err := os.WriteFile(outside, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Query(ctx, warehouse.Statement{Text: `SELECT * FROM read_csv('` + outside + `', quote = '"', escape = '"')`}); err == nil {
		t.Error("got rows of a file outside the warehouse")
	}
}

func exerciseExport(t *testing.T, open Open) {
	w := setup(t, open)
	const text = `SELECT * FROM (VALUES
		(1::BIGINT, 'plain', 0.5::DOUBLE, true), (2, '=1+2', NULL, false), (3, '-4.5', 1e3, NULL), (4, '@x, "y"', -2, NULL), (5, NULL, 0, NULL)
	) x(n, t, d, b) ORDER BY n`
	tests := []struct{ format, want string }{
		{"csv", "n,t,d,b\n1,plain,0.5,true\n2,'=1+2,,false\n3,-4.5,1000,\n4,\"'@x, \"\"y\"\"\",-2,\n5,,0,\n"},
		{"ndjson", `{"n":1,"t":"plain","d":0.5,"b":true}
{"n":2,"t":"=1+2","d":null,"b":false}
{"n":3,"t":"-4.5","d":1000,"b":null}
{"n":4,"t":"@x, \"y\"","d":-2,"b":null}
{"n":5,"t":null,"d":0,"b":null}
`},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "out."+tt.format)
		rows, err := w.Export(t.Context(), warehouse.Statement{Text: text}, path, tt.format)
		if err != nil || rows != 5 {
			t.Errorf("%s: got %d rows, %v", tt.format, rows, err)
		}
		if got, _ := os.ReadFile(path); string(got) != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.format, got, tt.want)
		}
	}
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept.csv")
	if err := os.WriteFile(kept, []byte("as it was"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Export(t.Context(), warehouse.Statement{Text: `SELECT 170141183460469231731687303715884105727::HUGEINT AS n`}, kept, "csv"); err == nil {
		t.Error("got no error for a number beyond 64 bits")
	}
	if got, _ := os.ReadFile(kept); string(got) != "as it was" {
		t.Errorf("got %q after an export that stopped, want the file as it was", got)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("got %d files after an export that stopped, want 1", len(files))
	}
	if _, err := w.Export(t.Context(), warehouse.Statement{Text: `SELECT 1`}, kept, "xlsx"); err == nil {
		t.Error("got no error for an unknown format")
	}
}

func exerciseParquet(t *testing.T, open Open) {
	w := setup(t, open)
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "out [1]*.parquet")
	const text = `SELECT i AS n, CASE WHEN i % 2 = 0 THEN 't' || i END AS t, i / 4 AS d, i > 2 AS b, sum(i) OVER () AS s FROM range(250000) x(i) ORDER BY i`
	written, err := w.Export(ctx, warehouse.Statement{Text: text}, path, "parquet")
	if err != nil || written != 250_000 {
		t.Fatalf("got %d rows, %v", written, err)
	}
	p, err := w.OpenParquet(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Rows() != 250_000 || strings.Join(p.Columns(), " ") != "n t d b s" {
		t.Errorf("got %d rows of %v", p.Rows(), p.Columns())
	}
	for i := range 250_000 {
		fields, err := p.Next()
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		want := fmt.Sprintf("%d - %g %t 31249875000", i, float64(i)/4, i > 2)
		if i%2 == 0 {
			want = fmt.Sprintf("%d t%d %g %t 31249875000", i, i, float64(i)/4, i > 2)
		}
		got := make([]string, len(fields))
		for j, f := range fields {
			got[j] = string(f)
			if f == nil {
				got[j] = "-"
			}
		}
		got[2] = strings.TrimSuffix(got[2], ".0")
		if s := strings.Join(got, " "); s != want {
			t.Fatalf("row %d: got %q, want %q", i, s, want)
		}
	}
	if _, err := p.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v at the end, want %v", err, io.EOF)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range [][]byte{nil, []byte("a,b\n1,2\n and more"), whole[:len(whole)/2], whole[len(whole)/2:]} {
		bad := filepath.Join(t.TempDir(), "broken.parquet")
		if err := os.WriteFile(bad, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.OpenParquet(ctx, bad); !errors.Is(err, warehouse.ErrParquet) {
			t.Errorf("%d bytes: got %v, want %v", len(broken), err, warehouse.ErrParquet)
		}
	}
}
