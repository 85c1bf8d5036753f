package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/source/file"
)

// sampleRows is how many rows of a file are read before the import begins, to
// see whether its numbers and dates need the whole column to be understood.
const sampleRows = 500

// settled is what was found out about the columns of one file.
type settled struct {
	found    fact.Found
	readings []string
}

// unsettledError is returned while loading a file that turns out to write
// numbers or dates in a way that only the whole column tells.
type unsettledError struct{ file importFile }

func (e *unsettledError) Error() string {
	return e.file.name + ": how its numbers or dates are written is not settled"
}

// settle looks through a file whose first rows, or a row that was loaded, do
// not tell how its numbers and dates are written.
func (im *importing) settle(ctx context.Context, w *work, f importFile) error {
	decoder, err := im.lookThrough(ctx, *w, f)
	if err != nil {
		return err
	}
	found, readings, err := decoder.Settle()
	if err != nil && len(w.files) > 1 {
		var others []*fact.Decoder
		for _, other := range w.files {
			if other.path == f.path {
				continue
			}
			d, err := im.lookThrough(ctx, *w, other)
			if err != nil {
				return err
			}
			others = append(others, d)
		}
		found, readings, err = decoder.Settle(others...)
	}
	if err != nil {
		return fmt.Errorf("%s:\n%w", f.name, err)
	}
	if w.settled == nil {
		w.settled = map[string]settled{}
	}
	w.settled[f.path] = settled{found, readings}
	return nil
}

// isUnsettled reports whether the first rows of a file need the whole column.
func (im *importing) isUnsettled(ctx context.Context, w work, f importFile) (bool, error) {
	rows := 0
	unsettled := false
	var row fact.Row
	_, err := im.eachRow(ctx, w, f, func(d *fact.Decoder, line int, fields [][]byte) bool {
		d.Judge(line, fields)
		d.Decode(line, fields, &row)
		rows++
		unsettled = d.Unsettled()
		return !unsettled && rows < sampleRows
	})
	return unsettled, err
}

// lookThrough returns a decoder that has looked at all rows of the file.
func (im *importing) lookThrough(ctx context.Context, w work, f importFile) (*fact.Decoder, error) {
	return im.eachRow(ctx, w, f, func(d *fact.Decoder, line int, fields [][]byte) bool {
		d.Look(line, fields)
		return true
	})
}

// eachRow hands out the rows of a file that can be read, as long as take says
// so.
func (im *importing) eachRow(ctx context.Context, w work, f importFile, take func(d *fact.Decoder, line int, fields [][]byte) bool) (*fact.Decoder, error) {
	r, err := im.open(ctx, w.mapping, f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	decoder, err := im.decoder(w, r)
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", f.name, err)
	}
	fields, native := make([][]byte, len(r.Header())), nativeFields(r)
	decoder.Native(native)
	for n := 1; ; n++ {
		if n%progressRows == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		row, err := r.Next()
		switch {
		case err == io.EOF:
			return decoder, nil
		case isRowError(err):
			continue
		case err != nil:
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		for i, field := range row.Fields {
			fields[i] = field.Text
		}
		noteNative(native, row)
		goOn := true
		if decoder.Spreads() {
			err = decoder.Spread(fields, func(fields [][]byte) error {
				goOn = goOn && take(decoder, row.Line, fields)
				return nil
			})
		} else {
			goOn = take(decoder, row.Line, fields)
		}
		if err != nil || !goOn {
			return decoder, err
		}
	}
}

func isRowError(err error) bool {
	_, is := errors.AsType[*source.RowError](err)
	return is
}

// nativeFields returns room for which fields the source marks as numbers; nil
// for CSV, in which all is text.
func nativeFields(r source.Reader) []bool {
	if described, ok := r.(file.Described); ok && described.Layout().Format == file.CSV {
		return nil
	}
	return make([]bool, len(r.Header()))
}

func noteNative(native []bool, row source.Row) {
	for i := range native {
		native[i] = row.Fields[i].Number
	}
}

// drop removes the file of rejected rows.
func (r *rejectFile) drop() {
	if r.csv != nil {
		os.Remove(r.path()) // a file that stays tells of an import that did not happen, and harms nothing
	}
}
