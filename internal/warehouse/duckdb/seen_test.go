package duckdb_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// TestSeen compares the set with a map, on hashes that collide in every way.
func TestSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hash := rapid.OneOf(
			rapid.Uint64Range(0, 40),
			rapid.Map(rapid.Uint64Range(0, 40), func(v uint64) uint64 { return v << 56 }),
			rapid.Map(rapid.Uint64Range(0, 40), func(v uint64) uint64 { return v << 20 }),
			rapid.Uint64(),
		)
		var got duckdb.Seen
		want := map[uint64]bool{}
		for _, h := range rapid.SliceOfN(hash, 0, 2000).Draw(t, "added") {
			if got.Has(h) != want[h] {
				t.Fatalf("has %x: got %t", h, !want[h])
			}
			if got.Add(h) == want[h] {
				t.Fatalf("add %x: got new %t", h, want[h])
			}
			want[h] = true
		}
		for _, h := range rapid.SliceOfN(hash, 0, 200).Draw(t, "asked") {
			if got.Has(h) != want[h] {
				t.Fatalf("has %x: got %t", h, !want[h])
			}
		}
	})
}
