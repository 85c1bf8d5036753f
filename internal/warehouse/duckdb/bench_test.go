package duckdb_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// eventKind is a kind like the catalogue's event: nine values.
func eventKind() fact.Kind {
	return fact.Kind{Name: "event", Timing: fact.At, Coverage: fact.Flow, Columns: []fact.Column{
		{Name: "account", Type: fact.Account},
		{Name: "contact", Type: fact.Contact},
		{Name: "name", Type: fact.Text},
		{Name: "product", Type: fact.Text, Domain: "product"},
		{Name: "feature", Type: fact.Text},
		{Name: "quantity", Type: fact.Number},
		{Name: "value", Type: fact.Money},
		{Name: "session", Type: fact.Number},
		{Name: "test", Type: fact.Bool},
		{Name: "channel", Type: fact.Text},
	}}
}

// BenchmarkLoad reports rows a second of a first import of events into a file,
// and of the same import again.
func BenchmarkLoad(b *testing.B) {
	const rows = 2_000_000
	for _, again := range []bool{false, true} {
		b.Run(fmt.Sprintf("again=%t", again), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				w, err := duckdb.Open(b.Context(), filepath.Join(b.TempDir(), "facts.duckdb"), duckdb.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if err := w.Prepare(b.Context(), []fact.Kind{eventKind()}); err != nil {
					b.Fatal(err)
				}
				if again {
					loadEvents(b, w, 1, rows)
				}
				b.StartTimer()
				got := loadEvents(b, w, 2, rows)
				b.StopTimer()
				if got.Added+got.Unchanged != rows || again != (got.Unchanged == rows) {
					b.Fatalf("got %+v", got)
				}
				w.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func loadEvents(b *testing.B, w *duckdb.Warehouse, batch int64, rows int) warehouse.Loaded {
	b.Helper()
	ld, err := w.Load(b.Context(), warehouse.Loading{Kind: eventKind(), Source: "usage", Batch: batch})
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]fact.Value, 10)
	names := [][]byte{[]byte("login"), []byte("report"), []byte("export"), []byte("share"), []byte("invite")}
	var account, contact []byte
	for i := range rows {
		n := random.IntN(20_000)
		account = fmt.Appendf(account[:0], "C-%06d", n)
		contact = fmt.Appendf(contact[:0], "u%d@example.com", n*5+random.IntN(5))
		values[0] = fact.Value{Text: account}
		values[1] = fact.Value{Text: contact}
		values[2] = fact.Value{Text: names[random.IntN(5)]}
		values[3] = fact.Value{Text: names[random.IntN(3)]}
		values[4] = fact.Value{Text: names[random.IntN(4)]}
		values[5] = fact.Value{Int: int64(random.IntN(100)) * 1_000_000}
		values[6] = fact.Value{Missing: i%3 == 0, Int: int64(random.IntN(100_000)), Currency: "USD"}
		values[7] = fact.Value{Int: random.Int64N(1 << 40)}
		values[8] = fact.Value{Int: int64(i & 1)}
		values[9] = fact.Value{Missing: i%2 == 0, Text: names[1]}
		at := int64(1_700_000_000_000_000) + int64(i)*5_000_000
		row := warehouse.KeyedRow{Row: fact.Row{Line: i + 2, Account: account, At: at, Received: at, ReceivedAssumed: true, Values: values}}
		if err := ld.Add(row); err != nil {
			b.Fatal(err)
		}
	}
	loaded, err := ld.Finish(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return loaded
}
