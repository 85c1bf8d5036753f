package duckdb

import "math/bits"

// seen is the set of 64-bit hashes that a load has met. It takes 10 to 13 bytes
// for each, grows in parts so that growing never needs twice the memory, and
// never forgets one.
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
	if isCrowded(p.count, len(p.slots)) {
		p.grow()
	}
	i := place(h, len(p.slots))
	for p.slots[i] != 0 {
		if p.slots[i] == h {
			return false
		}
		i = after(i, len(p.slots))
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
	for i := place(h, len(p.slots)); p.slots[i] != 0; i = after(i, len(p.slots)) {
		if p.slots[i] == h {
			return true
		}
	}
	return false
}

func (p *part) grow() {
	old := p.slots
	p.slots = make([]uint64, grown(len(old)))
	for _, h := range old {
		if h == 0 {
			continue
		}
		i := place(h, len(p.slots))
		for p.slots[i] != 0 {
			i = after(i, len(p.slots))
		}
		p.slots[i] = h
	}
}

// isCrowded says whether a table has to grow before more is put into it.
func isCrowded(count, slots int) bool { return count*5 >= slots*4 }

// grown is how many slots a table has after so many.
func grown(slots int) int { return max(16, slots+slots/4) }

// place is where a hash belongs in a table of so many slots. Its first eight
// bits do not count: they say which table.
func place(h uint64, slots int) int {
	at, _ := bits.Mul64(h<<8, uint64(slots))
	return int(at)
}

// after is the slot behind another.
func after(i, slots int) int {
	if i++; i == slots {
		return 0
	}
	return i
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
