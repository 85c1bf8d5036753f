package fact

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
