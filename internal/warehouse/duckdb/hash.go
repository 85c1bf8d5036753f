package duckdb

import (
	"encoding/binary"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// keyPart is one part of a kind's natural key.
type keyPart struct {
	name  string
	value int // index of the value, or -1
}

// keyPartsOf returns where the parts of a kind's natural key are found. The
// day since which a version holds is always part of it, and not listed.
func keyPartsOf(kind fact.Kind) []keyPart {
	var parts []keyPart
	for _, name := range kind.Key {
		if name == fact.ColValidFrom || kind.Timing == fact.Version && name == fact.ColAt {
			continue
		}
		i := slices.IndexFunc(kind.Columns, func(c fact.Column) bool { return c.Name == name })
		parts = append(parts, keyPart{name, i})
	}
	if len(parts) == 0 && kind.Name == fact.ColAccount {
		parts = append(parts, keyPart{fact.ColAccount, -1})
	}
	return parts
}

// hashes are a row's identity and content.
type hashes struct {
	natural uint64
	content uint64
	keyed   bool // natural comes from a key, not from the content
}

// hash returns the row's identity and content. The content is everything said
// of the fact, whatever further columns the kind has or gets; when it was
// received and last updated is not part of it.
func (e *encoder) hash(row *warehouse.KeyedRow) hashes {
	b := e.scratch[:0]
	b = appendText(b, row.Account)
	if e.kind.Timing != fact.Version && !row.AtAssumed {
		b = binary.LittleEndian.AppendUint64(b, uint64(row.At))
	} else {
		b = append(b, 0)
	}
	var touched uint64
	for _, i := range e.byName {
		v, value := &e.values[i], &row.Values[i]
		if v.field < 0 {
			continue
		}
		if !value.Missing {
			touched += v.name
		} else if !v.Open || e.patch {
			continue
		}
		b = binary.LittleEndian.AppendUint64(b, v.name)
		b = e.appendValue(b, v, value)
	}
	h := hashes{content: xxh3.HashSeed(b, e.seed)}
	b = b[:0]
	b, h.keyed = e.appendKey(b, row)
	e.scratch = b
	if h.keyed {
		h.natural = xxh3.HashSeed(b, e.seed)
		if e.patch {
			h.natural = mix(h.natural, touched)
		}
	}
	return h
}

func (e *encoder) appendValue(b []byte, v *valueField, value *fact.Value) []byte {
	switch {
	case value.Missing && v.Open && !e.patch:
		b = append(b, 1)
		return binary.LittleEndian.AppendUint64(b, uint64(period.Open))
	case value.Missing:
		return append(b, 0)
	}
	b = append(b, 1)
	switch v.Type {
	case fact.Text, fact.Account, fact.Contact:
		return appendText(b, value.Text)
	case fact.Money:
		b = append(b, value.Currency...)
	}
	return binary.LittleEndian.AppendUint64(b, uint64(value.Int))
}

func appendText(b, text []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	return append(b, text...)
}

// appendKey appends the natural key: the columns that the kind names, if the
// row has all of them, else the source's own id.
func (e *encoder) appendKey(b []byte, row *warehouse.KeyedRow) ([]byte, bool) {
	from := len(b)
	b = append(b, 'k')
	whole := len(e.keyParts) > 0
	for _, part := range e.keyParts {
		switch {
		case part.name == fact.ColAccount:
			whole = whole && row.Account != nil
			b = appendText(b, row.Account)
		case part.value >= 0:
			whole = whole && !row.Values[part.value].Missing
			b = e.appendValue(b, &e.values[part.value], &row.Values[part.value])
		case part.name == fact.ColID:
			whole = whole && len(row.ID) > 0
			b = appendText(b, row.ID)
		case part.name == fact.ColAt || part.name == fact.ColStarts:
			b = binary.LittleEndian.AppendUint64(b, uint64(row.At))
		default:
			whole = false
		}
	}
	if whole {
		return b, true
	}
	b = append(b[:from], 'i')
	identified := len(row.ID) > 0 && e.kind.Name != fact.ColAccount
	e.identified = e.identified || identified
	return appendText(b, row.ID), identified
}

// occurrence returns the hash of the n-th row with this content in its file,
// and whether it is new in the load: files may overlap, and rows that one file
// repeats are rows of their own.
func (e *encoder) occurrence(content uint64, file int) (natural uint64, fresh bool) {
	if file != e.file {
		clear(e.repeats)
		e.file = file
	}
	const inLoad = 1
	first := false
	if file == 0 {
		first = e.seen.add(mix(content, inLoad))
		fresh = first
	} else {
		first = e.seen.add(mix(content, inLoad+uint64(file)))
		if first {
			fresh = e.seen.add(mix(content, inLoad))
		}
	}
	if first {
		return content, fresh
	}
	e.repeats[content]++
	natural = mix(content, e.repeats[content])
	return natural, e.seen.add(mix(natural, inLoad))
}

// mixed is what two rows share if one repeats the other.
func (e *encoder) mixed(natural uint64, key int32, row *warehouse.KeyedRow) uint64 {
	switch {
	case e.kind.Timing == fact.Version:
		return mix(natural, uint64(row.At))
	case e.kind.Timing == fact.At:
		return mix(mix(natural, uint64(key)), uint64(dayOf(row.At, row.AtAssumed)))
	}
	return natural
}

// listing is what a snapshot's row and the stored row that it lists share.
func (e *encoder) listing(natural uint64, key int32, at int64, assumed bool) uint64 {
	if e.kind.Timing == fact.At {
		return mix(mix(natural, uint64(key)), uint64(dayOf(at, assumed)))
	}
	return natural
}

// dayOf returns the day as the engine's division has it: towards 1970.
func dayOf(at int64, assumed bool) int32 {
	if assumed {
		return dayAssumed
	}
	return int32(at / period.MicrosPerDay)
}
