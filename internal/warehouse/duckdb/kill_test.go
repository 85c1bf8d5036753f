package duckdb_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SEGUE_TEST_LOAD"); dir != "" {
		batch, err := strconv.ParseInt(os.Getenv("SEGUE_TEST_BATCH"), 10, 64)
		if err == nil {
			err = loadUntilKilled(context.Background(), dir, batch)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	victimRows  = 20_000
	victimChunk = 2_000
)

// victimRow is row i of the load that is killed: most are new, some are
// corrections of the rows that were settled before, some repeat.
func victimRow(i int, name string) warehouse.KeyedRow {
	id := i
	if i%50 == 49 {
		id = i - 7
	}
	at := int64(1_767_268_800_000_000) + int64(id%5)*86_400_000_000
	values := make([]fact.Value, len(eventKind().Columns))
	for j := range values {
		values[j].Missing = true
	}
	account := fmt.Appendf(nil, "C-%d", id%997)
	values[0] = fact.Value{Text: account}
	values[2] = fact.Value{Text: []byte(name)}
	values[4] = fact.Value{Text: fmt.Appendf(nil, "f%d", i%300)}
	values[6] = fact.Value{Int: int64(i), Currency: "EUR"}
	return warehouse.KeyedRow{Row: fact.Row{Line: i + 2, Account: account, ID: fmt.Appendf(nil, "E-%d", id), At: at, Received: at, Values: values}}
}

func openVictim(ctx context.Context, dir string) (*duckdb.Warehouse, error) {
	w, err := duckdb.Open(ctx, filepath.Join(dir, "facts.duckdb"), duckdb.Options{Threads: 1, ChunkRows: victimChunk})
	if err != nil {
		return nil, err
	}
	if err := w.Prepare(ctx, []fact.Kind{eventKind()}); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	settled := func(batch int64) bool { return batch == 1 }
	if err := w.Sweep(ctx, settled, func(string) bool { return false }); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// loadUntilKilled loads the rows of a batch, saying how far it is.
func loadUntilKilled(ctx context.Context, dir string, batch int64) error {
	w, err := openVictim(ctx, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	loaded, err := loadVictim(ctx, w, batch, victimRows, "later", func(i int) { fmt.Println("row", i) })
	if err != nil {
		return err
	}
	fmt.Println("done", loaded.Added)
	bufio.NewReader(os.Stdin).ReadByte() //nolint:errcheck // waits to be killed
	return nil
}

func loadVictim(ctx context.Context, w *duckdb.Warehouse, batch int64, rows int, name string, tell func(int)) (warehouse.Loaded, error) {
	ld, err := w.Load(ctx, warehouse.Loading{Kind: eventKind(), Source: "usage", Batch: batch, Now: 1})
	if err != nil {
		return warehouse.Loaded{}, err
	}
	for i := range rows {
		if err := ld.Add(victimRow(i, name)); err != nil {
			return warehouse.Loaded{}, err
		}
		if i%500 == 499 {
			tell(i)
		}
	}
	return ld.Finish(ctx)
}

// TestKill kills a process in the middle of a load, again and again: each time
// the file opens, what was settled stands as it was, and in the end the same
// load gives what it would have given had nobody been killed.
func TestKill(t *testing.T) {
	t.Parallel()
	killed, spared := setupVictim(t), setupVictim(t)
	before := dumpVictim(t, killed)
	random := rand.New(rand.NewPCG(7, 7))
	for round := range 10 {
		killAt(t, killed, int64(round+2), random.IntN(victimRows+2_000))
		if got := dumpVictim(t, killed); got != before {
			t.Fatalf("round %d: got %d bytes of content, want the %d that were settled", round, len(got), len(before))
		}
	}
	var dumps []string
	for _, dir := range []string{killed, spared} {
		w, err := openVictim(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := loadVictim(t.Context(), w, 99, victimRows, "later", func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		if loaded.Corrected == 0 || loaded.Added == 0 || loaded.Repeated == 0 {
			t.Errorf("got %+v, want some of each", loaded)
		}
		dumps = append(dumps, fmt.Sprintf("%+v\n", loaded)+contentOf(t, w))
		w.Close()
	}
	if dumps[0] != dumps[1] {
		t.Errorf("got other content after kills (%d bytes) than without (%d bytes)", len(dumps[0]), len(dumps[1]))
	}
}

// setupVictim makes a folder with one settled batch.
func setupVictim(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	w, err := openVictim(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := loadVictim(t.Context(), w, 1, victimRows/4, "early", func(int) {}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// killAt runs the load in a process and kills it once it has reached a row.
func killAt(t *testing.T, dir string, batch int64, row int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), "SEGUE_TEST_LOAD="+dir, "SEGUE_TEST_BATCH="+strconv.FormatInt(batch, 10))
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	reached := false
	for lines.Scan() {
		word, n, _ := strings.Cut(lines.Text(), " ")
		at, _ := strconv.Atoi(n)
		if word == "done" || word == "row" && at >= row {
			reached = true
			break
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil || !reached {
		t.Fatalf("the process ended by itself: %v", err)
	}
}

func dumpVictim(t *testing.T, dir string) string {
	t.Helper()
	w, err := openVictim(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return contentOf(t, w)
}

// contentOf returns everything stored, told by texts and not by numbers, but
// for the numbers of keys and codes that must not differ either.
func contentOf(t *testing.T, w *duckdb.Warehouse) string {
	t.Helper()
	var b strings.Builder
	for _, text := range []string{
		`SELECT f._batch, k.id, f._at, f._hash, f._content, f._flags, n.value, p.value, f.value, c.value, s.reason
			FROM fact_event f JOIN key k ON k.key = f._key JOIN text n ON n.domain = 'event.name' AND n.code = f.name
			LEFT JOIN text p ON p.domain = 'event.feature' AND p.code = f.feature LEFT JOIN text c ON c.domain = 'currency' AND c.code = f.value_cur
			LEFT JOIN superseded s ON s.row = f._row ORDER BY ALL`,
		`SELECT key, family, space, id FROM key ORDER BY ALL`,
		`SELECT domain, code, value FROM text ORDER BY ALL`,
		`SELECT count(*), count(DISTINCT _row) FROM fact_event`,
		`SELECT kind, rows, superseded, first_at, last_at FROM loaded ORDER BY ALL`,
		`SELECT kind, name, currency, max_abs FROM loaded_column ORDER BY ALL`,
		`SELECT source, key, rows FROM unmatched ORDER BY ALL`,
	} {
		rows, err := w.Query(t.Context(), warehouse.Statement{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			fmt.Fprintln(&b, rows.Values()...)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
