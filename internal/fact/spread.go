package fact

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
)

// What the columns of an unpivot are called where nothing is said.
const (
	defaultName  = "name"
	defaultValue = "value"
)

// spread says how one row of the file becomes several.
type spread struct {
	columns []int    // unpivoted
	names   [][]byte // of those
	name    int      // where the name stands in a derived row; the value is next
	hasNext bool     // after the value stands the name of the next column, where that one is empty
	split   int      // the field with the list; -1 is none
	by      []byte

	header []string
	fields [][]byte
	mark   []byte // tells the derived row at hand from its siblings: "/q1"
	seen   map[string]struct{}
}

// NameColumn returns what the column with the names is called.
func (u Unpivot) NameColumn() string {
	if u.Name == "" {
		return defaultName
	}
	return u.Name
}

// ValueColumn returns what the column with the values is called.
func (u Unpivot) ValueColumn() string {
	if u.Value == "" {
		return defaultValue
	}
	return u.Value
}

// Takes reports whether the column of a file is made a row.
func (u Unpivot) Takes(column string) bool {
	fits := func(pattern string) bool { return pattern == column || wildcard(pattern, column) }
	return column != "" && slices.ContainsFunc(u.Columns, fits) && !slices.ContainsFunc(u.Except, fits)
}

// wildcard reports whether a pattern with * and ? fits all of a text.
func wildcard(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, mark, i := -1, 0, 0
	for j := 0; j < len(t); {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// FileColumns returns the columns of a file that the mapping reads, sorted.
// Where a name may stand for several, and where columns are unpivoted, those
// that the file is known to have decide.
func (m Mapping) FileColumns(has []string) []string {
	wanted := map[string]bool{}
	add := func(name string) {
		written, isName := m.Names[name]
		if !isName {
			written = []string{name}
		}
		for _, column := range written {
			fits := fitting(column, has)
			if slices.Contains(has, column) {
				fits = []string{column}
			}
			for _, column := range fits {
				wanted[column] = true
			}
			if len(fits) > 0 {
				return
			}
		}
		if len(written) > 0 {
			wanted[written[0]] = written[0] != ""
		}
	}
	formulas := []*rule.Expr{m.Where}
	for _, b := range m.Columns {
		for _, name := range append([]string{b.From, b.CurrencyFrom, b.KnownFrom}, slices.Concat(b.Product, b.Else)...) {
			add(name)
		}
		formulas = append(formulas, b.Is)
	}
	for _, x := range formulas {
		if x != nil {
			for _, name := range x.Names() {
				add(name)
			}
		}
	}
	for _, name := range m.Keys {
		add(name)
	}
	if m.Split != nil {
		add(m.Split.Column)
	}
	if u := m.Unpivot; u != nil {
		for _, column := range has {
			if u.Takes(column) {
				wanted[column] = true
			}
		}
		wanted[u.NameColumn()], wanted[u.ValueColumn()], wanted[u.Empty] = false, false, false
	}
	var list []string
	for name, is := range wanted {
		if is {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// MayLack reports whether a file may do without the column.
func (m Mapping) MayLack(column string) bool {
	return slices.ContainsFunc(m.Optional, func(name string) bool {
		return name == column || slices.Contains(m.Names[name], column)
	})
}

// bindRows resolves which rows count and what they become.
func (b *binder) bindRows() {
	s := &b.d.spread
	s.split, s.header = -1, b.header
	if b.m.Unpivot != nil {
		b.bindUnpivot(*b.m.Unpivot, s)
	}
	if split := b.m.Split; split != nil {
		s.by = []byte(split.By)
		s.split, _ = b.find(split.Pos, split.Column)
		s.seen = map[string]struct{}{}
	}
	if b.m.Where != nil {
		b.d.where = b.formulaOf(b.m.Where, Binding{}, Bool)
	}
}

func (b *binder) bindUnpivot(u Unpivot, s *spread) {
	for i, name := range b.header {
		if u.Takes(name) {
			s.columns = append(s.columns, i)
			s.names = append(s.names, []byte(name))
		}
	}
	for _, pattern := range u.Columns {
		if strings.ContainsAny(pattern, "*?") && len(s.columns) > 0 {
			continue
		}
		if !slices.ContainsFunc(b.header, func(name string) bool { return wildcard(pattern, name) }) {
			hint := diag.DidYouMean(pattern, b.header)
			if hint != "" {
				hint += "; "
			}
			b.list.Errorf(u.Pos, "unknown_file_column", hint+"its columns are "+listed(b.header), "source %q: the file has no column %q to make rows of", b.m.Name, pattern)
		}
	}
	s.name, s.hasNext = len(b.header), u.Empty != ""
	s.header = append(slices.Clone(b.header), u.NameColumn(), u.ValueColumn())
	if s.hasNext {
		s.header = append(s.header, u.Empty)
	}
	for i, name := range s.header[s.name:] {
		if _, taken := b.fields[name]; taken {
			key := [...]string{"name", "value", "next_empty"}[i]
			b.list.Errorf(u.Pos, "duplicate_name", fmt.Sprintf("say %s: under unpivot:, as in %s: of_%s", key, key, key),
				"source %q: the file has a column %q already, which unpivot would make", b.m.Name, name)
		}
		b.fields[name] = s.name + i
	}
}

// markIDs finds the ids that need the name of the derived row, since rows that
// come from one row of the file would share them.
func (b *binder) markIDs() {
	s := &b.d.spread
	if s.columns == nil && s.split < 0 || b.d.kind.Name == AccountKind {
		return
	}
	for i := range b.d.cells {
		c := &b.d.cells[i]
		if c.role != roleID {
			continue
		}
		reads := slices.Concat(c.from, c.others)
		if c.formula != nil {
			reads = c.formula.root.fields()
		}
		c.marked = !slices.ContainsFunc(reads, func(field int) bool { return field == s.split || s.columns != nil && field >= s.name })
	}
}

// fields returns the columns that a step reads.
func (s *step) fields() []int {
	if s.op == rule.OpVar {
		return []int{s.field}
	}
	var list []int
	for i := range s.args {
		list = append(list, s.args[i].fields()...)
	}
	return list
}

// written returns what the columns of a step say, for messages.
func (s *step) written(fields [][]byte) []byte {
	var parts [][]byte
	for _, field := range s.fields() {
		if text := trim(at(fields, field)); len(text) > 0 {
			parts = append(parts, text)
		}
	}
	return bytes.Join(parts, []byte(" | "))
}

// Header returns the names of the fields that Spread hands out: the header of
// the file, and what unpivot adds to it.
func (d *Decoder) Header() []string { return d.spread.header }

// Spreads reports whether a row of the file can become several, or none.
func (d *Decoder) Spreads() bool { return d.spread.columns != nil || d.spread.split >= 0 }

// Spread hands out the rows that one row of the file becomes, in the order of
// its columns and then of its list. Empty cells and items, and the repeats of
// an item, become no rows. Each is valid until the next.
func (d *Decoder) Spread(fields [][]byte, take func(fields [][]byte) error) error {
	s := &d.spread
	if s.columns == nil {
		return d.splitRow(fields, nil, take)
	}
	s.fields = append(append(s.fields[:0], fields...), nil, nil)
	if s.hasNext {
		s.fields = append(s.fields, nil)
	}
	for i, column := range s.columns {
		text := trim(at(fields, column))
		if d.isMissing(text) {
			continue
		}
		s.fields[s.name], s.fields[s.name+1] = s.names[i], text
		if s.hasNext {
			s.fields[s.name+2] = nil
			if i+1 < len(s.columns) && d.isMissing(trim(at(fields, s.columns[i+1]))) {
				s.fields[s.name+2] = s.names[i+1]
			}
		}
		if err := d.splitRow(s.fields, s.names[i], take); err != nil {
			return err
		}
	}
	return nil
}

func (d *Decoder) splitRow(fields [][]byte, name []byte, take func(fields [][]byte) error) error {
	s := &d.spread
	s.mark = s.mark[:0]
	if name != nil {
		s.mark = append(append(s.mark, '/'), name...)
	}
	if s.split < 0 {
		return take(fields)
	}
	whole, begun := at(fields, s.split), len(s.mark)
	if d.isMissing(trim(whole)) {
		return nil
	}
	if s.columns == nil {
		s.fields = append(s.fields[:0], fields...)
	}
	clear(s.seen)
	defer func() { s.fields[s.split] = whole }()
	for item := range bytes.SplitSeq(whole, s.by) {
		item = trim(item)
		if _, again := s.seen[string(item)]; again || d.isMissing(item) {
			continue
		}
		s.seen[string(item)] = struct{}{}
		s.fields[s.split] = item
		s.mark = append(append(s.mark[:begun], '/'), item...)
		if err := take(s.fields); err != nil {
			return err
		}
	}
	return nil
}
