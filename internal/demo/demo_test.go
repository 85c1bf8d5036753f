package demo_test

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/demo"
)

const asOf = "2026-06-30"

// options returns those of a base as of the day, in a folder of its own.
func options(t testing.TB, accounts int, day string) demo.Options {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	return demo.Options{Dir: t.TempDir(), Accounts: accounts, Seed: 1, AsOf: at}
}

func write(t testing.TB, o demo.Options) demo.Summary {
	t.Helper()
	s, err := demo.Write(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read returns the rows of a file by column name.
func read(t testing.TB, dir, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	records, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	rows := make([]map[string]string, len(records)-1)
	for i, record := range records[1:] {
		rows[i] = make(map[string]string, len(record))
		for j, column := range records[0] {
			rows[i][column] = record[j]
		}
	}
	return rows
}

// sums returns the checksum of each file in a folder.
func sums(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	list := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		list[filepath.ToSlash(rel)] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWriteIsDeterministic(t *testing.T) {
	t.Parallel()
	for _, zipped := range []bool{false, true} {
		a, b, other := options(t, 120, asOf), options(t, 120, asOf), options(t, 120, asOf)
		a.Gzip, b.Gzip, other.Gzip = zipped, zipped, zipped
		other.Seed = 2
		write(t, a)
		write(t, b)
		write(t, other)
		got, want := sums(t, b.Dir), sums(t, a.Dir)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the same options gave other bytes (-first +second):\n%s", diff)
		}
		for name, sum := range sums(t, other.Dir) {
			if sum == want[name] {
				t.Errorf("%s is the same with another seed", name)
			}
		}
	}
}

func TestWriteTwiceReplaces(t *testing.T) {
	t.Parallel()
	o, fresh := options(t, 40, asOf), options(t, 40, asOf)
	o.Gzip = true
	write(t, o)
	o.Gzip = false
	write(t, o)
	write(t, fresh)
	if diff := cmp.Diff(sums(t, fresh.Dir), sums(t, o.Dir)); diff != "" {
		t.Errorf("a base written over another differs (-fresh +over):\n%s", diff)
	}
}

func TestWriteGzip(t *testing.T) {
	t.Parallel()
	plain, zipped := options(t, 60, asOf), options(t, 60, asOf)
	zipped.Gzip = true
	write(t, plain)
	for _, f := range write(t, zipped).Files {
		info, err := os.Stat(filepath.Join(zipped.Dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if f.Bytes != info.Size() {
			t.Errorf("%s: got %d bytes in the summary, want %d", f.Name, f.Bytes, info.Size())
		}
		got := read(t, zipped.Dir, f.Name)
		want := read(t, plain.Dir, strings.TrimSuffix(f.Name, ".gz"))
		if int64(len(got)) != f.Rows {
			t.Errorf("%s: got %d rows, want the %d of the summary", f.Name, len(got), f.Rows)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from the plain file", f.Name)
		}
	}
}

// Accounts do not depend on how many others there are.
func TestSmallBaseIsPartOfLarge(t *testing.T) {
	t.Parallel()
	small, large := options(t, 100, asOf), options(t, 600, asOf)
	for _, f := range write(t, small).Files {
		if f.Rows == 0 {
			t.Errorf("%s is empty", f.Name)
		}
	}
	write(t, large)
	for _, name := range []string{
		"accounts", "contacts", "contracts", "responses", "tickets", "activities", "milestones",
		"opportunities", "advocacy", "readings", "events",
	} {
		want := read(t, small.Dir, "exports/"+name+".csv")
		var got []map[string]string
		for _, row := range read(t, large.Dir, "exports/"+name+".csv") {
			if row["account_id"] <= "A000100" {
				got = append(got, row)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-small +large):\n%.2000s", name, diff)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	good := options(t, 10, asOf)
	for _, tt := range []struct {
		name   string
		change func(*demo.Options)
		want   string
	}{
		{"no accounts", func(o *demo.Options) { o.Accounts = 0 }, "accounts"},
		{"too many accounts", func(o *demo.Options) { o.Accounts = demo.MaxAccounts + 1 }, "accounts"},
		{"no date", func(o *demo.Options) { o.AsOf = time.Time{} }, "date"},
		{"fewer than no events", func(o *demo.Options) { o.EventsPerAccount = -1 }, "events"},
		{"too long ago", func(o *demo.Options) { o.EventDays = 9999 }, "events"},
		{"a folder that is a file", func(o *demo.Options) {
			o.Dir = filepath.Join(o.Dir, "file")
			if err := os.WriteFile(o.Dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "file"},
	} {
		o := good
		tt.change(&o)
		_, err := demo.Write(context.Background(), o)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error about %q", tt.name, err, tt.want)
		}
	}
}

func TestWriteStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := options(t, 2000, asOf)
	if _, err := demo.Write(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if left := sums(t, o.Dir); len(left) > 0 {
		t.Errorf("%d files stayed behind", len(left))
	}
}

func BenchmarkWriteEvents(b *testing.B) {
	o := options(b, 2000, asOf)
	o.EventsPerAccount = 400
	var rows int64
	for b.Loop() {
		rows += write(b, o).Rows("events")
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkWriteAccounts(b *testing.B) {
	o := options(b, 10_000, asOf)
	o.EventsPerAccount = .001
	var rows int64
	for b.Loop() {
		rows += write(b, o).Rows("accounts")
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "accounts/s")
}
