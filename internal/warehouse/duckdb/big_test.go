package duckdb_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
	"github.com/segue-cs/segue/internal/warehouse/warehousetest"
)

func TestBigX(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "facts.duckdb")
	w, err := duckdb.Open(t.Context(), path, duckdb.Options{MemoryLimit: "512MB"})
	if err != nil {
		t.Fatal(err)
	}
	kinds := []fact.Kind{warehousetest.Account(), eventKind()}
	w.Prepare(t.Context(), kinds)
	begin := time.Now()
	for round := range 2 {
		ld, err := w.Load(t.Context(), warehouse.Loading{Kind: kinds[0], Source: "crm", Batch: int64(round + 1)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1_000_000 {
			r := warehousetest.Row(kinds[0], map[string]any{"account": fmt.Sprintf("C-%06d", i), "name": fmt.Sprintf("Customer %d", i), "country": fmt.Sprint(i % 50), "today": "2026-01-01", "seats": i % 100})
			if err := ld.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		got, err := ld.Finish(t.Context())
		fmt.Println(round, time.Since(begin), got, err)
		begin = time.Now()
	}
	w.Close()
	for range 2 {
		begin = time.Now()
		w, _ = duckdb.Open(t.Context(), path, duckdb.Options{MemoryLimit: "512MB"})
		fmt.Println("open", time.Since(begin))
		begin = time.Now()
		fmt.Println("prepare", w.Prepare(t.Context(), kinds), time.Since(begin))
		begin = time.Now()
		fmt.Println("sweep", w.Sweep(t.Context(), func(int64) bool { return true }, func(string) bool { return true }), time.Since(begin))
		begin = time.Now()
		p, err := w.Profile(t.Context())
		fmt.Println("profile", time.Since(begin), err)
		begin = time.Now()
		fmt.Println(p.Code("account.name", "Customer 777777"))
		fmt.Println("code", time.Since(begin))
		begin = time.Now()
		fmt.Println(p.Code("country", "7"))
		fmt.Println("code small", time.Since(begin))
		begin = time.Now()
		n, err := w.Export(t.Context(), warehouse.Statement{Text: "SELECT i AS n, 'text ' || i AS t, i / 7 AS d, i % 2 = 0 AS b FROM range(1000000) x(i)"}, filepath.Join(dir, "x.parquet"), "parquet")
		fmt.Println("export", n, err, time.Since(begin))
		begin = time.Now()
		r, err := w.OpenParquet(t.Context(), filepath.Join(dir, "x.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		c := 0
		for {
			if _, err := r.Next(); err != nil {
				break
			}
			c++
		}
		r.Close()
		fmt.Println("read", c, time.Since(begin))
		w.Close()
	}
}
