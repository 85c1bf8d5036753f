package duckdb_test

import (
	"path/filepath"
	"testing"

	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
	"github.com/segue-cs/segue/internal/warehouse/warehousetest"
)

func TestWarehouse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options duckdb.Options
	}{
		{"chunks by size", duckdb.Options{Threads: 1}},
		{"a chunk for every row", duckdb.Options{Threads: 2, ChunkRows: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			warehousetest.Exercise(t, func(t *testing.T, dir string) warehouse.Warehouse {
				t.Helper()
				w, err := duckdb.Open(t.Context(), filepath.Join(dir, "facts.duckdb"), tt.options)
				if err != nil {
					t.Fatal(err)
				}
				return w
			})
		})
	}
}
