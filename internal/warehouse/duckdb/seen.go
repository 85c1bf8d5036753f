package duckdb

// seen is the set of 64-bit hashes that a load has met. It takes 11 to 22
// bytes for each, grows in parts so that growing never needs twice the memory,
// and never forgets one.
type seen struct {
	parts [256]part
	zero  bool
}

type part struct {
	slots []uint64
	count int
}

// add adds the hash and says whether it was new.
func (s *seen) add(h uint64) bool {
	if h == 0 {
		was := s.zero
		s.zero = true
		return !was
	}
	p := &s.parts[h>>56]
	if p.count*4 >= len(p.slots)*3 {
		p.grow()
	}
	mask := uint64(len(p.slots) - 1)
	i := h & mask
	for p.slots[i] != 0 {
		if p.slots[i] == h {
			return false
		}
		i = (i + 1) & mask
	}
	p.slots[i] = h
	p.count++
	return true
}

// has says whether the hash was added.
func (s *seen) has(h uint64) bool {
	if h == 0 {
		return s.zero
	}
	p := &s.parts[h>>56]
	if len(p.slots) == 0 {
		return false
	}
	mask := uint64(len(p.slots) - 1)
	for i := h & mask; p.slots[i] != 0; i = (i + 1) & mask {
		if p.slots[i] == h {
			return true
		}
	}
	return false
}

func (p *part) grow() {
	old := p.slots
	p.slots = make([]uint64, max(16, 2*len(old)))
	mask := uint64(len(p.slots) - 1)
	for _, h := range old {
		if h == 0 {
			continue
		}
		i := h & mask
		for p.slots[i] != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = h
	}
}

// mix spreads the bits of a number so that combined hashes stay independent.
func mix(h, with uint64) uint64 {
	h ^= with + 0x9e3779b97f4a7c15 + h<<6 + h>>2
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}
