package duckdb

import (
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// fate is what becomes of a row of a load.
type fate int8

const (
	added fate = iota
	unchanged
	corrected
	repeated
	retracted
	fates
)

// maxExamples is how many conflicts a summary tells.
const maxExamples = 5

// ledger counts what becomes of the rows of a load and what is to be known of
// them later.
type ledger struct {
	counts    [fates]int64
	conflicts int64
	unmatched map[int32]int64 // by key; 0 is no key

	money   []moneyColumn
	numbers []numberColumn

	stored          int64 // rows written
	superseded      int64
	firstAt, lastAt int64

	late, patched, replaces, shared bool

	examples []example
}

// moneyColumn adds up a money column by currency code.
type moneyColumn struct {
	name   string
	field  int
	totals []moneySums // by currency code
}

type moneySums struct {
	by        [fates]int64
	unmatched int64
	maxAbs    int64
	stored    bool
}

type numberColumn struct {
	name   string
	field  int
	maxAbs int64
	stored bool
}

// example is a conflict between two rows of one key, told once the load is
// done.
type example struct {
	label    string
	field    int // in the chunk
	was, now int64
	wasCode  int32 // currency of money
	nowCode  int32
}

func newLedger(values []valueField) ledger {
	g := ledger{unmatched: map[int32]int64{}}
	for _, v := range values {
		switch {
		case v.field < 0:
		case v.Type == fact.Money:
			g.money = append(g.money, moneyColumn{name: v.Name, field: v.field})
		case v.Type == fact.Number:
			g.numbers = append(g.numbers, numberColumn{name: v.Name, field: v.field})
		}
	}
	return g
}

// sums returns the sums of a currency.
func (m *moneyColumn) sums(code int32) *moneySums {
	for int(code) >= len(m.totals) {
		m.totals = append(m.totals, moneySums{})
	}
	return &m.totals[code]
}

// count notes the fate of a row of a chunk.
func (g *ledger) count(c *chunk, row int, f fate) {
	g.counts[f]++
	g.countMoney(c, row, f, 1)
}

// countMoney adds the row's amounts to a fate, or takes them away.
func (g *ledger) countMoney(c *chunk, row int, f fate, sign int64) {
	for i := range g.money {
		m := &g.money[i]
		if amount := c.fields[m.field].wide[row]; amount != missing64 {
			m.sums(c.fields[m.field+1].slim[row]).by[f] += sign * amount
		}
	}
}

// store notes a row that is written.
func (g *ledger) store(c *chunk, row int, matched bool) {
	at := c.fields[atTime].wide[row]
	if g.stored == 0 {
		g.firstAt, g.lastAt = at, at
	}
	g.firstAt, g.lastAt = min(g.firstAt, at), max(g.lastAt, at)
	g.stored++
	if !matched {
		g.unmatched[c.fields[atKey].slim[row]]++
	}
	for i := range g.numbers {
		n := &g.numbers[i]
		if v := c.fields[n.field].wide[row]; v != missing64 {
			n.maxAbs, n.stored = max(n.maxAbs, absolute(v)), true
		}
	}
	for i := range g.money {
		m := &g.money[i]
		v := c.fields[m.field].wide[row]
		if v == missing64 {
			continue
		}
		s := m.sums(c.fields[m.field+1].slim[row])
		s.maxAbs, s.stored = max(s.maxAbs, absolute(v)), true
		if !matched {
			s.unmatched += v
		}
	}
	flags := c.fields[atFlags].slim[row]
	g.late = g.late || flags&flagAtAssumed != 0
	g.patched = g.patched || flags&flagPatch != 0
}

func absolute(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// loaded returns the summary. Currencies are named by code.
func (g *ledger) loaded(currency func(code int32) string) warehouse.Loaded {
	l := warehouse.Loaded{
		Added: g.counts[added], Unchanged: g.counts[unchanged], Corrected: g.counts[corrected],
		Repeated: g.counts[repeated], Retracted: g.counts[retracted],
		Conflicts: g.conflicts,
	}
	for _, n := range g.unmatched {
		l.Unmatched += n
	}
	for _, m := range g.money {
		for code, s := range m.totals {
			t := warehouse.MoneyTotals{
				Added: s.by[added], Unchanged: s.by[unchanged], Corrected: s.by[corrected],
				Repeated: s.by[repeated], Retracted: s.by[retracted], Unmatched: s.unmatched,
			}
			if t == (warehouse.MoneyTotals{}) && !s.stored {
				continue
			}
			if l.Money == nil {
				l.Money = map[string]warehouse.MoneyTotals{}
			}
			l.Money[m.name+" "+currency(int32(code))] = t
		}
	}
	return l
}
