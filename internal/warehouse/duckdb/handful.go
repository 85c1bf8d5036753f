package duckdb

import (
	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// handful carries rows from the goroutine that decodes to the one that
// encodes. It owns copies of their texts.
type handful struct {
	rows   []warehouse.KeyedRow
	values []fact.Value
	others [][]byte
	texts  []byte
}

const handfulRows = 1024

func (h *handful) reset() {
	h.rows, h.values, h.others, h.texts = h.rows[:0], h.values[:0], h.others[:0], h.texts[:0]
}

func (h *handful) full() bool { return len(h.rows) >= handfulRows || len(h.texts) > 1<<20 }

func (h *handful) add(row warehouse.KeyedRow) {
	row.Account = h.copy(row.Account)
	row.ID = h.copy(row.ID)
	from := len(h.values)
	for _, v := range row.Values {
		v.Text = h.copy(v.Text)
		h.values = append(h.values, v)
	}
	row.Values = h.values[from:len(h.values):len(h.values)]
	if len(row.Others) > 0 {
		from := len(h.others)
		for _, o := range row.Others {
			h.others = append(h.others, h.copy(o))
		}
		row.Others = h.others[from:len(h.others):len(h.others)]
	}
	h.rows = append(h.rows, row)
}

// copy keeps nil apart from empty.
func (h *handful) copy(text []byte) []byte {
	if text == nil {
		return nil
	}
	from := len(h.texts)
	h.texts = append(h.texts, text...)
	return h.texts[from:len(h.texts):len(h.texts)]
}

// seedOf keeps the keys of sources and kinds apart, the same on every store.
func seedOf(source, kind string) uint64 {
	return xxh3.HashString(kind + "\x00" + source)
}
