package duckdb

import (
	"context"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// settleGaps stores the gaps that this load leaves, and closes those of former
// ones: of a snapshot all that it does not leave again.
func (ld *loader) settleGaps(ctx context.Context) error {
	g := &ld.gaps
	if err := ld.dropOlder(ctx); err != nil {
		return fmt.Errorf("compare rows that are rejected: %w", err)
	}
	all := ld.encoder.listed != nil || ld.loading.ForgetGaps
	opened := newGapBlock()
	ended := &block{fields: []field{wideField("gap"), wideField("row")}}
	for i := range g.list {
		x := &g.list[i]
		if x.again && !x.ended {
			g.left++
		}
		switch {
		case x.number == 0 && !x.ended:
			opened.add(ld.nextRow, x)
			ld.nextRow++
		case x.number != 0 && (x.ended || all && !x.again):
			ended.fields[0].wide = append(ended.fields[0].wide, x.number)
			ended.fields[1].wide = append(ended.fields[1].wide, ld.nextRow)
			ended.rows++
			ld.nextRow++
			if i := g.find(x.ident, x.keyed); i == x || i.ended {
				g.closed++
			}
		}
	}
	if opened.rows == 0 && ended.rows == 0 {
		return nil
	}
	tx, err := ld.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to roll back
	if err := ld.writeKnown(ctx, tx); err != nil {
		return err
	}
	if opened.rows > 0 {
		if err := ld.insert(ctx, tx, &opened.block, fmt.Sprintf(insertGaps, ld.loading.Batch, literal(ld.loading.Kind.Name), ld.source, missing32, missing32, missing64, missing32, missing64)); err != nil {
			return fmt.Errorf("write rejected rows: %w", err)
		}
	}
	if ended.rows > 0 {
		if err := ld.insert(ctx, tx, ended, fmt.Sprintf("INSERT INTO gap_end (gap, batch, row)\nSELECT gap, %d, row FROM ", ld.loading.Batch)); err != nil {
			return fmt.Errorf("write rejected rows: %w", err)
		}
	}
	return tx.Commit()
}

const insertGaps = `INSERT INTO gap (gap, batch, kind, source, key, contact, product, moment, until, ident, keyed, unread, updated, told, minor, currency, file, line, reason)
SELECT gap, %d, %s, %d, key, nullif(contact, '%d'::INTEGER), nullif(product, '%d'::INTEGER), nullif(moment, '%d'::BIGINT), nullif(until, '%d'::INTEGER),
	ident, keyed <> 0, unread, updated, told, nullif(minor, '%d'::BIGINT), nullif(currency, ''), file, line, reason
FROM `

// gapBlock is gaps on their way into their table.
type gapBlock struct{ block }

func newGapBlock() *gapBlock {
	return &gapBlock{block{fields: []field{
		wideField("gap"), slimField("key"), slimField("contact"), slimField("product"), wideField("moment"), slimField("until"),
		wideField("ident"), slimField("keyed"), wideField("unread"), wideField("updated"), wideField("told"), wideField("minor"), textField("currency"),
		textField("file"), slimField("line"), textField("reason"),
	}}}
}

func (b *gapBlock) add(number int64, x *gap) {
	keyed := int32(0)
	if x.keyed {
		keyed = 1
	}
	t := x.text
	f := b.fields
	for i, v := range map[int]int64{0: number, 4: t.at, 6: int64(x.ident), 8: int64(x.columns), 9: x.updated, 10: int64(x.told), 11: t.minor} {
		f[i].wide = append(f[i].wide, v)
	}
	for i, v := range map[int]int32{1: x.key, 2: t.contact, 3: t.product, 5: t.until, 7: keyed, 14: int32(t.why.Line)} {
		f[i].slim = append(f[i].slim, v)
	}
	for i, v := range map[int]string{12: t.currency, 13: t.why.File, 15: reasonOf(t.why)} {
		f[i].text = append(f[i].text, v)
	}
	b.rows++
}

// reasonOf says what is wrong, with the column if it is one.
func reasonOf(why *fact.Rejection) string {
	if why.Column == "" {
		return why.Reason
	}
	return fmt.Sprintf("column %q: %s", why.Column, why.Reason)
}

// tellGap takes what is stored of a rejected row.
func (ld *loader) tellGap(natural uint64, row *warehouse.KeyedRow) (*told, error) {
	t := &told{natural: natural, contact: missing32, product: missing32, at: row.At, until: missing32, minor: missing64, assumed: row.AtAssumed, why: row.Wrong}
	if row.Unread.At {
		t.at = missing64
	}
	replaces := false
	for i := range ld.encoder.values {
		v, value := &ld.encoder.values[i], row.Values[i]
		isRead := !row.Unread.Column(i)
		switch {
		case v.Name == "contact" && v.Type == fact.Contact, v.Name == "product" && v.Type == fact.Text:
			part := unreadPart
			if isRead {
				part = missing32
			}
			if isRead && !value.Missing {
				n, err := ld.encoder.known.number(v.dictionary, value.Text)
				if err != nil {
					return nil, fmt.Errorf("column %s: %w", v.Name, err)
				}
				part = n
			}
			if v.Type == fact.Contact {
				t.contact = part
			} else {
				t.product = part
			}
		case v.Name == "supersedes":
			replaces = replaces || !isRead || !value.Missing
		case v.Name == fact.ColEnds && v.Open && isRead && !value.Missing:
			t.until = int32(value.Int)
		case v.Type == fact.Money && isRead && !value.Missing && t.currency == "":
			t.minor, t.currency = value.Int, value.Currency
		}
	}
	if replaces { // another line's place may be its own beyond its end
		t.until = missing32
	}
	return t, nil
}

// toldHash is the same where nothing else is to be told of a gap.
func toldHash(t *told) uint64 {
	return xxh3.HashString(fmt.Sprintf("%d %d %d %d %d %s %d %q %q", t.contact, t.product, t.at, t.until, t.minor, t.currency, t.why.Line, t.why.File, reasonOf(t.why)))
}

// dropOlder drops the gaps of this load that are older, by the source's clock,
// than what is stored of their key.
func (ld *loader) dropOlder(ctx context.Context) error {
	c := newChunk(nil)
	var order []*gap
	for i := range ld.gaps.list {
		x := &ld.gaps.list[i]
		if x.number != 0 || x.ended || !x.keyed || x.updated == 0 || x.text.at == missing64 {
			continue
		}
		f := c.fields
		f[atIndex].slim = append(f[atIndex].slim, int32(c.rows))
		f[atHash].wide = append(f[atHash].wide, int64(x.text.natural))
		f[atKey].slim = append(f[atKey].slim, x.key)
		f[atDay].slim = append(f[atDay].slim, dayOf(x.text.at, x.text.assumed))
		f[atTime].wide = append(f[atTime].wide, x.text.at)
		order = append(order, x)
		c.rows++
	}
	if c.rows == 0 {
		return nil
	}
	rows, done, err := ld.sameKey(ctx, c, ld.nextRow, "f._updated", false)
	if err != nil {
		return err
	}
	defer done()
	for rows.Next() {
		var i int32
		var row, updated int64
		if err := rows.Scan(&i, &row, &updated); err != nil {
			return err
		}
		order[i].ended = order[i].ended || updated > order[i].updated
	}
	return rows.Err()
}
