package fact

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
)

// find returns the position of a file's column, or of the one that a name
// stands for, and how the file calls it. A column that the file may lack is
// at -1.
func (b *binder) find(at diag.Pos, name string) (int, string) {
	if written, ok := b.m.Names[name]; ok {
		for _, column := range written {
			if i, ok := b.column(at, column); ok {
				return i, b.called(i, column)
			}
		}
		if slices.Contains(b.m.Optional, name) {
			return -1, name
		}
		b.unnamed(name, written)
		return -1, name
	}
	if i, ok := b.column(at, name); ok {
		return i, b.called(i, name)
	}
	if slices.Contains(b.m.Optional, name) {
		return -1, name
	}
	hint := diag.DidYouMean(name, b.header)
	if hint != "" {
		hint += "; "
	}
	b.list.Errorf(at, "unknown_file_column", hint+"its columns are "+listed(b.header), "source %q: the file has no column %q", b.m.Name, name)
	return -1, name
}

// column returns the position of the column that is called so, or that a
// pattern with * fits. A pattern that fits several is reported, and is at -1.
func (b *binder) column(at diag.Pos, written string) (int, bool) {
	if i, ok := b.fields[written]; ok {
		return i, true
	}
	fits := fitting(written, b.header)
	switch len(fits) {
	case 0:
		return -1, false
	case 1:
		return b.fields[fits[0]], true
	}
	if !b.missed[written] {
		b.missed[written] = true
		b.list.Errorf(at, "unknown_file_column", "write more of the name; "+listed(fits), "source %q: %q fits %d columns of the file, not one", b.m.Name, written, len(fits))
	}
	return -1, true
}

// called returns how the file calls a column, or else what it was asked for.
func (b *binder) called(i int, written string) string {
	if i < 0 || i >= len(b.header) {
		return written
	}
	return b.header[i]
}

// fitting returns the columns that a name with * in it may stand for.
func fitting(written string, has []string) (fits []string) {
	if !strings.Contains(written, "*") {
		return nil
	}
	for _, column := range has {
		if column != "" && wildcard(written, column) {
			fits = append(fits, column)
		}
	}
	return fits
}

// unnamed reports, once, that the file has none of the columns that a name may
// stand for.
func (b *binder) unnamed(name string, written []string) {
	if b.missed[name] {
		return
	}
	b.missed[name] = true
	hint := ""
	for _, column := range append(written, name) {
		if hint = diag.DidYouMean(column, b.header); hint != "" {
			hint += "; "
			break
		}
	}
	if len(written) == 1 {
		b.list.Errorf(b.m.Pos, "unknown_file_column", hint+"its columns are "+listed(b.header),
			"source %q: the file has no column %q, which names: calls %s", b.m.Name, written[0], name)
		return
	}
	b.list.Errorf(b.m.Pos, "unknown_file_column", fmt.Sprintf("%ssay which it is under names:, as in names: {%s: COLUMN}; its columns are %s", hint, name, listed(b.header)),
		"source %q: the file has no column for %s: none of %s", b.m.Name, name, listed(written))
}
