package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/warehouse"
)

// tellElsewhere warns of rows that came beside one with the same id, of another
// account or day. It reads the files again, up to the rows that it names.
func (ld *loading) tellElsewhere(ctx context.Context, found warehouse.Elsewhere) error {
	if found.Count == 0 {
		return nil
	}
	names, err := ld.findIDs(ctx, found.Examples)
	if err != nil {
		return err
	}
	var list []string
	for _, x := range found.Examples {
		list = append(list, fmt.Sprintf("%s on record %s, now %s", plainID(names[x.IDHash]), ld.place(x.Was), ld.place(x.Now)))
	}
	if more := found.Count - int64(len(list)); more > 0 {
		list = append(list, "and "+grouped(more)+" more")
	}
	has := "has an id that is"
	if found.Count != 1 {
		has = "have ids that are"
	}
	ld.warn("%s %s on record for another account or day, and both count (%s): if they are corrections, or the source's timezone: was changed, "+
		"import the complete export with rows: snapshot, which takes back what it no longer lists",
		quantity(found.Count, "row"), has, strings.Join(list, "; "))
	return nil
}

// tellReassigned tells how many rows of a complete export are of another account
// or day than they were.
func (ld *loading) tellReassigned(count int64) {
	if count == 0 {
		return
	}
	ld.warn("%s with the id of a row on record for another account or day: the row before is taken back for all days, and the new one counts in its place", quantity(count, "row"))
}

// place tells whose a row is, and of which day.
func (ld *loading) place(p warehouse.Place) string {
	account := "no account"
	if p.Account != "" {
		account = plainID(p.Account)
	}
	return account + " on " + ld.engine.Strategy.Zone.Date(p.At).String()
}

// findIDs reads the files again for the ids of a few rows, by their hashes.
func (ld *loading) findIDs(ctx context.Context, wanted []warehouse.Displaced) (map[uint64]string, error) {
	open := map[uint64]bool{}
	for _, x := range wanted {
		open[x.IDHash] = true
	}
	names := map[uint64]string{}
	for _, f := range ld.files {
		if len(open) == 0 {
			break
		}
		if err := ld.findIDsIn(ctx, f, open, names); err != nil {
			return nil, fmt.Errorf("%s: read the ids of rows: %w", f.name, err)
		}
	}
	return names, nil
}

func (ld *loading) findIDsIn(ctx context.Context, f importFile, open map[uint64]bool, names map[uint64]string) error {
	r, err := ld.open(ctx, ld.mapping, f)
	if err != nil {
		return err
	}
	defer r.Close()
	decoder, err := ld.decoder(ld.work, r)
	if err != nil {
		return err
	}
	var row fact.Row
	take := func(fields [][]byte) error {
		if len(decoder.Decode(row.Line, fields, &row)) > 0 || len(row.ID) == 0 {
			return nil
		}
		if h := ld.loader.IDHash(row.ID); open[h] {
			names[h] = string(row.ID)
			delete(open, h)
		}
		return nil
	}
	if !decoder.Spreads() {
		return eachRow(ctx, r, open, take)
	}
	return eachRow(ctx, r, open, func(fields [][]byte) error { return decoder.Spread(fields, take) })
}

// eachRow hands out the rows of a file that can be read, until nothing is
// wanted any more.
func eachRow(ctx context.Context, r source.Reader, open map[uint64]bool, take func(fields [][]byte) error) error {
	fields := make([][]byte, len(r.Header()))
	for n := 0; len(open) > 0; n++ {
		if n%progressRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		read, err := r.Next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			continue
		case err != nil:
			return err
		}
		for i := range read.Fields {
			fields[i] = read.Fields[i].Text
		}
		if err := take(fields); err != nil {
			return err
		}
	}
	return nil
}
