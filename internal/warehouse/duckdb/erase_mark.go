package duckdb

import (
	"crypto/rand"
	"encoding/binary"
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
)

// remark returns new hashes for the rows about the subject whose hash could be
// made again by who guesses them: all rows of an account that goes; of a
// person the rows that are known by the person, or by all that they say. Rows
// come ordered by key, time and hash, and keep that order.
func (x *erasing) remark(m mention, rows []unmarked) replaced {
	byPerson := keyedByPerson(m.kind)
	goes := func(u unmarked) bool {
		return u.mine && (byPerson || u.key != 0 && slices.Contains(x.accounts, u.key) || saysItself(u, len(rows)))
	}
	var changed replaced
	for from := 0; from < len(rows); {
		to := from + 1
		if !goes(rows[from]) {
			from = to
			continue
		}
		for to < len(rows) && goes(rows[to]) && rows[to].key == rows[from].key && rows[to].at == rows[from].at {
			to++
		}
		low, high := int64(math.MinInt64), int64(math.MaxInt64)
		if from > 0 && rows[from-1].key == rows[from].key && rows[from-1].at == rows[from].at {
			low = rows[from-1].hash
		}
		if to < len(rows) && rows[to].key == rows[from].key && rows[to].at == rows[from].at {
			high = rows[to].hash
		}
		hashes := make([]int64, to-from)
		for i := range hashes {
			hashes[i] = between(low, high)
		}
		slices.Sort(hashes)
		for i, u := range rows[from:to] {
			changed.add(u.row, hashes[i])
		}
		from = to
	}
	return changed
}

// keyedByPerson reports whether a person is part of what tells a row of the
// kind.
func keyedByPerson(k fact.Kind) bool {
	return slices.ContainsFunc(k.Key, func(name string) bool {
		c, ok := k.Column(name)
		return ok && c.Type == fact.Contact
	})
}

// saysItself reports whether a row without a key of its own is known by its
// content: the first of its kind, or a repeat.
func saysItself(u unmarked, repeats int) bool {
	if u.hash == u.content {
		return true
	}
	for n := range min(repeats, 1000) {
		if uint64(u.hash) == mix(uint64(u.content), uint64(n)+1) {
			return true
		}
	}
	return false
}

// between returns a number that is hard to guess, above low and below high
// where there is room.
func between(low, high int64) int64 {
	span := uint64(high) - uint64(low)
	if span < 2 {
		return low
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(uint64(low) + 1 + binary.LittleEndian.Uint64(b[:])%(span-1))
}
