package fact

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/diag"
)

// find returns the position of a file's column, or of the one that a name
// stands for, and how the file calls it. A column that the file may lack is
// at -1.
func (b *binder) find(at diag.Pos, name string) (int, string) {
	if written, ok := b.m.Names[name]; ok {
		for _, column := range written {
			if i, ok := b.fields[column]; ok {
				return i, column
			}
		}
		if slices.Contains(b.m.Optional, name) {
			return -1, name
		}
		b.unnamed(name, written)
		return -1, name
	}
	if i, ok := b.fields[name]; ok {
		return i, name
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
