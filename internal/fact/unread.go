package fact

import "slices"

// unreadColumns is how many columns of a kind Unread tells apart.
const unreadColumns = 60

// Unread says what of a row could not be read.
type Unread struct {
	Columns uint64 // bits of Kind.Columns, in order; of those beyond the sixtieth the last bit stands for any
	ID      bool   // the source's own id of the row
	At      bool   // when it was true, or since when
	Updated bool   // the source's time of the last change
}

// Column reports whether the column could not be read.
func (u Unread) Column(i int) bool { return u.Columns>>min(i, unreadColumns)&1 == 1 }

// Whole reports whether Column is sure of each of so many columns.
func (u Unread) Whole(columns int) bool {
	return columns <= unreadColumns || u.Columns>>unreadColumns == 0
}

// Unread returns what of the row last decoded could not be read: what was wrong
// by itself, and what contradicts something else.
func (d *Decoder) Unread() Unread {
	var u Unread
	for i, c := range d.cells {
		if !d.unread[i] {
			continue
		}
		if c.to >= 0 {
			u.Columns |= 1 << min(c.to, unreadColumns)
		}
		switch c.role {
		case roleID:
			u.ID = true
		case roleAt, roleStarts, roleValidFrom:
			u.At = true
		case roleUpdated:
			u.Updated = true
		}
	}
	u.At = u.At || d.kind.Timing == At && !d.has(d.at) || d.kind.Timing == Term && !d.has(d.starts)
	return u
}

// DecodeAccount reads of a row that has too few or too many fields whose it may
// be: the account that stands in its place, and the source's id of the row where
// that stands before it. All else counts as what could not be read. It reports
// whether anything stands in the account's place; whether the place is right
// the row cannot tell.
func (d *Decoder) DecodeAccount(line int, fields [][]byte, row *Row) bool {
	whose := roleAccount
	if !slices.ContainsFunc(d.cells, func(c cell) bool { return c.role == roleAccount }) {
		whose = roleID
	}
	i := slices.IndexFunc(d.cells, func(c cell) bool { return c.role == whose })
	if i < 0 || d.Spreads() || d.cells[i].formula != nil || len(d.cells[i].from) != 1 {
		return false
	}
	last := d.cells[i].from[0]
	only := make([][]byte, len(fields))
	copy(only, fields[:min(last+1, len(fields))])
	for _, other := range d.cells[i].others {
		if other < len(only) && other != last {
			only[other] = nil
		}
	}
	d.DecodeKey(line, only, row)
	clear(d.unread)
	for i := range d.cells {
		c := &d.cells[i]
		isConstant := c.formula == nil && c.from == nil && c.currencyFrom < 0
		isRead := c.formula == nil && len(c.from) == 1 && c.from[0] <= last && (c.role == roleAccount || c.role == roleID)
		if isConstant || isRead {
			continue
		}
		d.unread[i], d.scratch[i] = true, Value{Missing: true}
		switch {
		case c.role == roleID:
			row.ID = nil
		case c.to >= 0:
			row.Values[c.to] = Value{Missing: true}
		}
	}
	row.At, row.Updated, row.Received = 0, 0, 0
	return row.Account != nil
}
