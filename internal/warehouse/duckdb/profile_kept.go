package duckdb

import (
	"sync"

	"github.com/segue-cs/segue/internal/warehouse"
)

// keptProfiles keeps what Profile has read until something is written.
type keptProfiles struct {
	mu      sync.Mutex
	by      map[int64]warehouse.Profile // by the batch that is known
	changes int64
	loading bool // a load writes as it goes
}

// get returns the profile as of a batch, if it is kept, and what to hand to
// keep otherwise.
func (k *keptProfiles) get(knownAt int64) (p warehouse.Profile, changes int64, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok = k.by[knownAt]
	return p, k.changes, ok
}

// keep keeps a profile that was read after get said how many changes there were.
func (k *keptProfiles) keep(knownAt, changes int64, p warehouse.Profile) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.loading || k.changes != changes {
		return
	}
	if k.by == nil {
		k.by = map[int64]warehouse.Profile{}
	}
	k.by[knownAt] = p
}

// changed forgets them.
func (k *keptProfiles) changed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.by = nil
	k.changes++
}

// pause keeps none while a load is under way.
func (k *keptProfiles) pause(loading bool) {
	k.changed()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.loading = loading
}
