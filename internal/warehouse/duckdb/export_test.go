package duckdb

import (
	"context"
	"math"

	"github.com/segue-cs/segue/internal/warehouse"
)

// Seen is the set of hashes of a load.
type Seen struct{ seen }

// Add adds a hash and says whether it was new.
func (s *Seen) Add(h uint64) bool { return s.add(h) }

// Has says whether a hash was added.
func (s *Seen) Has(h uint64) bool { return s.has(h) }

// ProfileAddedUp is Profile as it is after many loads: the engine adds up what
// they have noted.
func (w *Warehouse) ProfileAddedUp(ctx context.Context) (warehouse.Profile, error) {
	return w.profile(ctx, math.MaxInt64, -1)
}
