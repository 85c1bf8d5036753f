package suggest

import "slices"

// How much is kept to find out what is the same in all rows of an account.
const (
	maxKeys     = 3      // columns of a file that may be the account
	maxAccounts = 50_000 // accounts; further ones are not looked at
)

// constancy finds out which columns of a file are the same in all rows that
// have the same key.
type constancy struct {
	key     int
	first   map[uint64][]uint64 // by key: the first values of its row
	rows    int64               // that were compared
	differs []int64             // rows that say something else, by column
}

// keep watches what is the same in the rows of one value of a column, as long as
// not too many columns are watched.
func (p *Profiler) keep(key, columns int) {
	if len(p.table.fixed) < maxKeys {
		p.table.fixed = append(p.table.fixed, constancy{key: key, first: map[uint64][]uint64{}, differs: make([]int64, columns)})
	}
}

func (c *constancy) add(hashes []uint64) {
	key := hashes[c.key]
	if key == 0 {
		return
	}
	first, ok := c.first[key]
	if !ok {
		if len(c.first) < maxAccounts {
			c.first[key] = slices.Clone(hashes)
		}
		return
	}
	c.rows++
	for i, h := range hashes {
		switch {
		case h == 0 || h == first[i]:
		case first[i] == 0:
			first[i] = h
		default:
			c.differs[i]++
		}
	}
}

// Constant reports whether a column is the same in nearly all rows that have
// the same key. It is false for keys whose names say nothing of accounts.
func (t Table) Constant(key, column string) bool {
	at := func(name string) int {
		return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	}
	k, i := at(key), at(column)
	for _, c := range t.fixed {
		if c.key == k && i >= 0 {
			return c.rows == 0 || c.differs[i]*100 <= c.rows
		}
	}
	return false
}

// tellsWhose reports whether a column's name says that it tells accounts apart
// where none holds their ids.
func tellsWhose(name string) bool {
	k, err := known()
	return err == nil && isNamed(name, k.Whose)
}

// isKeyName reports whether a column's name says that it names accounts.
func isKeyName(name string) bool {
	k, err := known()
	if err != nil {
		return false
	}
	for _, kind := range sortedKeys(k.Words) {
		if isNamed(name, k.Words[kind].Columns["account"]) {
			return true
		}
	}
	return false
}
