package suggest

import "slices"

// sketchSize is how many hashes a sketch keeps: up to so many different values
// its answers are exact, beyond that they are good to about 1 %.
const sketchSize = 8192

// sketch knows how many different values a column has, and how many of them
// another column has as well, from the smallest hashes of its values.
type sketch struct {
	hashes  map[uint64]struct{}
	limit   uint64 // hashes above it are not kept; 0 is none
	partial bool   // some were not
}

func newSketch() *sketch { return &sketch{hashes: map[uint64]struct{}{}} }

// add takes the hash of a value, and reports whether it may be new.
func (s *sketch) add(h uint64) bool {
	if s.partial && h > s.limit {
		return true
	}
	if _, known := s.hashes[h]; known {
		return false
	}
	s.hashes[h] = struct{}{}
	if len(s.hashes) > 2*sketchSize {
		s.trim()
	}
	return true
}

// trim keeps the smallest hashes.
func (s *sketch) trim() {
	all := make([]uint64, 0, len(s.hashes))
	for h := range s.hashes {
		all = append(all, h)
	}
	slices.Sort(all)
	for _, h := range all[sketchSize:] {
		delete(s.hashes, h)
	}
	s.limit, s.partial = all[sketchSize-1], true
}

// distinct returns the number of different values.
func (s *sketch) distinct() int64 {
	if !s.partial {
		return int64(len(s.hashes))
	}
	share := float64(s.limit) / float64(^uint64(0))
	return int64(float64(len(s.hashes)) / share)
}

// within returns the share of the column's different values that another
// column has as well, from 0 to 1; 0 for a column without values.
func (s *sketch) within(other *sketch) float64 {
	limit := ^uint64(0)
	if s.partial {
		limit = s.limit
	}
	if other.partial {
		limit = min(limit, other.limit)
	}
	all, found := 0, 0
	for h := range s.hashes {
		if h > limit {
			continue
		}
		all++
		if _, ok := other.hashes[h]; ok {
			found++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(found) / float64(all)
}
