package duckdb

import (
	"fmt"
	"math"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Fields of a chunk. The first four are what stored rows are compared by.
const (
	atIndex = iota
	atHash
	atKey
	atDay
	atTime
	atReceived
	atUpdated
	atContent
	atFlags
	atRow
	systemFields
)

// dayAssumed marks a row whose day is no part of its key.
const dayAssumed = missing32

// chunk is a block of rows on their way into a table of facts.
type chunk struct {
	block
	assumed bool     // the day of some row is not known
	labels  []string // of repeated rows: whose they are, for messages
	mixed   []uint64 // of repeated rows: what they repeat
}

// valueField says where a value of a row goes.
type valueField struct {
	fact.Column
	field      int // in the chunk; -1 is not stored
	dictionary *dictionary
	name       uint64 // hash of the column's name
}

// encoder turns rows into rows of chunks: texts into numbers, keys and
// contents into hashes.
type encoder struct {
	kind   fact.Kind
	patch  bool
	known  *known
	values []valueField
	byName []int // of values

	accounts   *dictionary
	currencies *dictionary
	others     []*dictionary // one for each further id space
	claimsOwn  bool          // further ids may be those of other accounts of the source

	seed       uint64
	keyParts   []keyPart
	seen       seen
	listed     *seen // of a snapshot: the keys listed
	identified bool  // some row has its source's own id for a key
	replaces   int   // field of the line that a line supersedes, or -1
	file       int
	repeats    map[uint64]uint64 // of rows without a key: how often the content came again in the file

	currencyCodes map[string]int32
	scratch       []byte
}

func newChunk(values []valueField) *chunk {
	c := &chunk{}
	c.fields = []field{
		atIndex:    slimField("_i"),
		atHash:     wideField("_hash"),
		atKey:      slimField("_key"),
		atDay:      slimField("_day"),
		atTime:     wideField("_at"),
		atReceived: wideField("_received"),
		atUpdated:  wideField("_updated"),
		atContent:  wideField("_content"),
		atFlags:    slimField("_flags"),
		atRow:      wideField("_row"),
	}
	for _, v := range values {
		if v.field < 0 {
			continue
		}
		if engineTypes[v.Type] == "BIGINT" {
			c.fields = append(c.fields, wideField(v.Name))
		} else {
			c.fields = append(c.fields, slimField(v.Name))
		}
		if v.Type == fact.Money {
			c.fields = append(c.fields, slimField(v.Name+"_cur"))
		}
	}
	return c
}

func (c *chunk) reset() {
	c.block.reset()
	c.assumed = false
	c.labels, c.mixed = c.labels[:0], c.mixed[:0]
}

// add appends the row to main, or to repeated when the load has met its key
// before.
func (e *encoder) add(row *warehouse.KeyedRow, main, repeated *chunk) error {
	key, err := e.accountKey(row.Account)
	if err != nil {
		return err
	}
	h := e.hash(row)
	mixed := e.mixed(h.natural, key, row)
	fresh := false
	if h.keyed {
		fresh = e.seen.add(mixed)
	} else {
		h.natural, fresh = e.occurrence(h.content, row.File)
		mixed = h.natural
	}
	into := main
	if !fresh {
		into = repeated
	}
	if e.listed != nil {
		e.listed.add(e.listing(h.natural, key, row.At, row.AtAssumed))
	}
	if into == repeated {
		repeated.mixed = append(repeated.mixed, mixed)
		repeated.labels = append(repeated.labels, e.label(row))
	}
	e.system(into, row, key, h)
	return e.content(into, row)
}

func (e *encoder) accountKey(account []byte) (int32, error) {
	if account == nil {
		return 0, nil
	}
	key, err := e.known.number(e.accounts, account)
	if err != nil {
		return 0, fmt.Errorf("column %s: %w", fact.ColAccount, err)
	}
	return key, nil
}

func (e *encoder) label(row *warehouse.KeyedRow) string {
	if len(row.ID) > 0 && e.kind.Name != fact.ColAccount {
		return string(row.ID)
	}
	return string(row.Account)
}

func (e *encoder) system(c *chunk, row *warehouse.KeyedRow, key int32, h hashes) {
	f := c.fields
	day, flags := dayAssumed, int32(0)
	if e.kind.Timing == fact.At {
		day = dayOf(row.At, row.AtAssumed)
	}
	c.assumed = c.assumed || row.AtAssumed
	if row.AtAssumed {
		flags |= flagAtAssumed
	}
	if row.ReceivedAssumed {
		flags |= flagReceivedAssumed
	}
	if e.patch {
		flags |= flagPatch
	}
	f[atIndex].slim = append(f[atIndex].slim, int32(c.rows))
	f[atHash].wide = append(f[atHash].wide, int64(h.natural))
	f[atKey].slim = append(f[atKey].slim, key)
	f[atDay].slim = append(f[atDay].slim, day)
	f[atTime].wide = append(f[atTime].wide, row.At)
	f[atReceived].wide = append(f[atReceived].wide, row.Received)
	f[atUpdated].wide = append(f[atUpdated].wide, row.Updated)
	f[atContent].wide = append(f[atContent].wide, int64(h.content))
	f[atFlags].slim = append(f[atFlags].slim, flags)
	f[atRow].wide = append(f[atRow].wide, 0)
	c.rows++
}

// content appends the row's values.
func (e *encoder) content(c *chunk, row *warehouse.KeyedRow) error {
	for i := range e.values {
		v, value := &e.values[i], row.Values[i]
		if v.field < 0 {
			continue
		}
		f := &c.fields[v.field]
		if value.Missing && v.Open && !e.patch {
			value = fact.Value{Int: int64(period.Open)}
		}
		if value.Missing {
			f.appendMissing()
			if v.Type == fact.Money {
				c.fields[v.field+1].appendMissing()
			}
			continue
		}
		switch v.Type {
		case fact.Text, fact.Account, fact.Contact:
			n, err := e.known.number(v.dictionary, value.Text)
			if err != nil {
				return fmt.Errorf("column %s: %w", v.Name, err)
			}
			f.slim = append(f.slim, n)
		case fact.Number, fact.Time:
			f.wide = append(f.wide, value.Int)
		case fact.Money:
			code, err := e.currency(value.Currency)
			if err != nil {
				return fmt.Errorf("column %s: %w", v.Name, err)
			}
			f.wide = append(f.wide, value.Int)
			c.fields[v.field+1].slim = append(c.fields[v.field+1].slim, code)
		case fact.Date, fact.Bool:
			f.slim = append(f.slim, int32(value.Int))
		}
	}
	return nil
}

func (f *field) appendMissing() {
	if f.wide != nil {
		f.wide = append(f.wide, missing64)
		return
	}
	f.slim = append(f.slim, missing32)
}

func (e *encoder) currency(code string) (int32, error) {
	if n, ok := e.currencyCodes[code]; ok {
		return n, nil
	}
	n, err := e.known.number(e.currencies, []byte(code))
	if err == nil {
		e.currencyCodes[code] = n
	}
	return n, err
}

// check says what no decoder should hand over: values that storage has no
// room for.
func (e *encoder) check(row *warehouse.KeyedRow) error {
	if len(row.Values) != len(e.values) {
		return fmt.Errorf("line %d: %d values for %d columns", row.Line, len(row.Values), len(e.values))
	}
	for i := range e.values {
		v, value := &e.values[i], &row.Values[i]
		if value.Missing {
			continue
		}
		narrow := v.Type == fact.Date || v.Type == fact.Bool
		if value.Int == missing64 || narrow && (value.Int <= math.MinInt32 || value.Int > math.MaxInt32) {
			return fmt.Errorf("line %d: column %s: %d is out of range", row.Line, v.Name, value.Int)
		}
	}
	return nil
}
