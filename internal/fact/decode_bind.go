package fact

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
)

// role is what a cell means beside filling a column of the kind.
type role uint8

const (
	roleNone role = iota
	roleAccount
	roleID
	roleAt
	roleStarts
	roleEnds
	roleValidFrom
	roleReceived
	roleUpdated
)

// roles lists the columns that every kind may have, with their types where
// the kind itself does not list them.
var roles = map[string]struct {
	role   role
	column Column
}{
	ColAccount:   {roleAccount, Column{Name: ColAccount, Type: Account}},
	ColID:        {roleID, Column{Name: ColID, Type: Text}},
	ColAt:        {roleAt, Column{Name: ColAt, Type: Time}},
	ColStarts:    {roleStarts, Column{Name: ColStarts, Type: Date}},
	ColEnds:      {roleEnds, Column{Name: ColEnds, Type: Date, Open: true}},
	ColValidFrom: {roleValidFrom, Column{Name: ColValidFrom, Type: Date}},
	ColReceived:  {roleReceived, Column{Name: ColReceived, Type: Time}},
	ColUpdated:   {roleUpdated, Column{Name: ColUpdated, Type: Time}},
}

// cell is one binding, resolved against a header.
type cell struct {
	to       int // in Kind.Columns; -1 is none
	role     role
	column   Column
	required bool

	formula *formula // nil is none
	marked  bool     // an id to which the name of the derived row is added

	name    string   // as in the file
	from    []int    // fields: one, or the factors of a product; nil is a constant
	factors []string // their names
	others  []int    // fields in place of the one where that is empty

	constant     Value
	constantText []byte

	numbers []*numberColumn // one for each of from
	date    *dateColumn
	values  map[string][]byte
	mangled *mangled // of texts; nil looks for none

	allowed map[string]struct{} // nil is open

	currency     currency
	currencyFrom int // field; -1 is none
	currencyName string
	minor        bool

	declaresCurrency bool
	otherSigns       map[string]int64 // amounts by the sign that is not that of their currency

	knownFrom int // field; -1 is none
	knownName string
	known     *dateColumn

	rounded int64
}

// decimals returns the number of decimals that a written amount may have.
func (c *cell) decimals(cur currency) int {
	if c.minor {
		return 0
	}
	return cur.exponent
}

// layout returns how the cell's dates are written; nil is ISO 8601.
func (c *cell) layout() *layout {
	if c.date == nil {
		return nil
	}
	return c.date.layout
}

// number returns how the numbers of one of the cell's columns are written; nil
// is as programs do.
func (c *cell) number(i int) *numberColumn {
	if i >= len(c.numbers) {
		return nil
	}
	return c.numbers[i]
}

// text returns what the row says in the cell's columns.
func (c *cell) text(fields [][]byte) []byte {
	if c.formula != nil {
		return c.formula.root.written(fields)
	}
	if len(c.from) == 0 {
		return c.constantText
	}
	parts := make([][]byte, len(c.from))
	for i, field := range c.from {
		parts[i] = trim(at(fields, field))
	}
	for i := 0; i < len(c.others) && len(parts[0]) == 0; i++ {
		parts[0] = trim(at(fields, c.others[i]))
	}
	return bytes.Join(parts, []byte(" x "))
}

// binder resolves a mapping against the header of a file.
type binder struct {
	d      *Decoder
	m      Mapping
	fields map[string]int
	header []string
	missed map[string]bool // names that have been reported
	list   diag.List
}

// NewDecoder returns a decoder of files with that header.
//
// zone is the reporting zone and currency the reporting currency. importedAt,
// in UTC microseconds, is when undated versions begin and when a value whose
// known_from is empty was known.
//
// It fails with a diag.Failure that lists everything in the mapping that does
// not fit: columns which the file or the kind does not have, columns that
// every row needs and nothing fills, layouts and constants that cannot be
// read.
func NewDecoder(kind Kind, m Mapping, header []string, zone period.Zone, reporting money.Currency, importedAt int64) (*Decoder, error) {
	d := &Decoder{
		kind:       kind,
		missing:    map[string]struct{}{},
		importedAt: importedAt,
		importDay:  zone.Date(importedAt),
		currency:   currency{code: string(reporting), exponent: reporting.Exponent()},
		currencies: map[string]currency{},
		at:         -1, starts: -1, ends: -1, validFrom: -1, received: -1, updated: -1,
		parent: slices.IndexFunc(kind.Columns, func(c Column) bool { return c.Name == "parent" && c.Type == Account }),
	}
	for _, text := range m.Missing {
		d.missing[strings.TrimSpace(text)] = struct{}{}
	}
	b := &binder{d: d, m: m, fields: map[string]int{}, header: header, missed: map[string]bool{}}
	for i, name := range header {
		if _, twice := b.fields[name]; !twice && name != "" {
			b.fields[name] = i
		}
	}
	if m.TimeZone != "" {
		named, err := period.LoadZone(m.TimeZone)
		if err != nil {
			b.list.Errorf(m.Pos, "unknown_time_zone", "", "%v", err)
		} else {
			zone = named
		}
	}
	d.clock = zone.Clock(period.Earliest-1, period.Latest+2)
	d.pivot = cmp.Or(m.YearsFrom, defaultPivot)
	b.bindRows()
	b.bindAll()
	if err := b.list.Err(); err != nil {
		return nil, err
	}
	return d, nil
}

func (b *binder) bindAll() {
	d := b.d
	for _, binding := range b.m.Columns {
		if c, ok := b.bind(binding); ok {
			d.cells = append(d.cells, c)
		}
	}
	for _, space := range slices.Sorted(maps.Keys(b.m.Keys)) {
		d.spaces = append(d.spaces, space)
		d.keys = append(d.keys, b.field(b.m.Pos, b.m.Keys[space]))
	}
	d.others = make([][]byte, len(d.keys))
	d.scratch = make([]Value, len(d.cells))
	bound := map[string]bool{}
	for i, c := range d.cells {
		bound[c.column.Name] = true
		switch c.role {
		case roleAt:
			d.at = i
		case roleStarts:
			d.starts = i
		case roleEnds:
			d.ends = i
		case roleValidFrom:
			d.validFrom = i
		case roleReceived:
			d.received = i
		case roleUpdated:
			d.updated = i
		}
	}
	b.markIDs()
	b.fillOpen(bound)
	d.unread, d.current = make([]bool, len(d.cells)), -1
	if b.list.HasErrors() {
		return // a column that was misspelt is not also missing
	}
	b.requireAll(bound)
}

// fillOpen makes dates that nothing fills known to be none.
func (b *binder) fillOpen(bound map[string]bool) {
	if b.m.Rows == Patch {
		return
	}
	for i, column := range b.d.kind.Columns {
		if column.Open && !bound[column.Name] {
			open := Value{Int: int64(period.Open)}
			b.d.cells = append(b.d.cells, cell{to: i, column: column, constant: open, currencyFrom: -1, knownFrom: -1})
			b.d.scratch = append(b.d.scratch, open)
		}
	}
}

// requireAll reports the columns that every row needs and no binding fills.
func (b *binder) requireAll(bound map[string]bool) {
	var needed []string
	kind := b.d.kind
	if kind.Name == AccountKind && !bound[ColID] {
		needed = append(needed, ColAccount)
	}
	if kind.Timing == At {
		needed = append(needed, ColAt)
	}
	if kind.Timing == Term && b.m.Rows != Patch {
		needed = append(needed, ColStarts)
	}
	for _, c := range kind.Columns {
		if c.Required && b.m.Rows != Patch && !slices.Contains(needed, c.Name) {
			needed = append(needed, c.Name)
		}
	}
	for _, name := range needed {
		if !bound[name] && !(name == ColAccount && kind.Name == AccountKind && bound[ColID]) {
			b.list.Errorf(b.m.Pos, "column_not_filled", "add it under columns, with the file's column it comes from",
				"source %q fills no %q, which every %s needs", b.m.Name, name, kind.Name)
		}
	}
}

// bind resolves one binding.
func (b *binder) bind(binding Binding) (cell, bool) {
	kind := b.d.kind
	c := cell{to: -1, currencyFrom: -1, knownFrom: -1, minor: binding.Minor}
	known, isRole := roles[binding.To]
	c.role, c.column = known.role, known.column
	if i := slices.IndexFunc(kind.Columns, func(c Column) bool { return c.Name == binding.To }); i >= 0 {
		c.to, c.column = i, kind.Columns[i]
	} else if !isRole {
		b.list.Errorf(binding.Pos, "unknown_column", b.columnHint(binding.To), "%s has no column %q", kind.Name, binding.To)
		return c, false
	}
	// A row of no account is kept, unmatched: what it carries counts in the
	// totals of the import.
	unmatched := c.role == roleAccount && kind.Name != AccountKind
	c.required = c.column.Required && !unmatched || kind.Timing == At && c.role == roleAt || kind.Timing == Term && c.role == roleStarts ||
		kind.Name == AccountKind && c.role == roleAccount
	if len(binding.Values) > 0 {
		c.values = map[string][]byte{}
		for written, meant := range binding.Values {
			c.values[strings.TrimSpace(written)] = []byte(strings.TrimSpace(meant))
		}
	}
	if c.column.Values != nil {
		c.allowed = map[string]struct{}{}
		for _, v := range c.column.Values {
			c.allowed[v] = struct{}{}
		}
	}
	switch {
	case c.column.Type != Text:
	case c.values != nil:
		c.mangled = newMangled(slices.Sorted(maps.Keys(binding.Values)))
	default:
		c.mangled = newMangled(c.column.Values)
	}
	b.bindMoney(&c, binding)
	if binding.KnownFrom != "" {
		c.knownFrom, c.knownName = b.field(binding.Pos, binding.KnownFrom), binding.KnownFrom
		c.known = b.dates(Binding{Pos: binding.Pos}, binding.KnownFrom, c.knownFrom)
	}
	b.bindFrom(&c, binding)
	b.bindWriting(&c, binding)
	return c, true
}

// bindFrom resolves where the cell's value comes from.
func (b *binder) bindFrom(c *cell, binding Binding) {
	switch {
	case binding.Is != nil:
		c.name = binding.To
		c.formula = b.formulaOf(binding.Is, binding, c.column.Type)
		b.list = append(b.list, misfits(binding.Is, c.column)...)
	case binding.Constant != nil:
		c.name = binding.To
		c.constantText = []byte(strings.TrimSpace(*binding.Constant))
		b.bindConstant(c, binding)
	case len(binding.Product) > 0:
		c.name, c.factors = strings.Join(binding.Product, " x "), binding.Product
		if c.column.Type != Number && c.column.Type != Money {
			b.list.Errorf(binding.Pos, "product_of_text", "", "%q is a %s, so it cannot be a product", binding.To, c.column.Type)
		}
		for _, name := range binding.Product {
			c.from = append(c.from, b.field(binding.Pos, name))
		}
	default:
		c.name = binding.From
		c.from = []int{b.field(binding.Pos, binding.From)}
		for _, name := range binding.Else {
			c.others = append(c.others, b.field(binding.Pos, name))
		}
	}
}

func (b *binder) bindConstant(c *cell, binding Binding) {
	if c.column.Type == Date || c.column.Type == Time {
		c.date = &dateColumn{layout: b.layout(binding), settled: true}
	}
	if len(c.constantText) == 0 {
		c.constant = Value{Missing: !c.column.Open, Int: 0}
		if c.column.Open {
			c.constant.Int = int64(period.Open)
		}
		return
	}
	if c.column.Type == Money && c.currencyFrom >= 0 {
		return // read with the currency of each row
	}
	v, p := b.d.convert(c, nil, c.constantText)
	if p != fine {
		b.list.Errorf(binding.Pos, "bad_constant", "", "constant of %q: %s", binding.To, b.d.explain(p, c.layout(), c, c.constantText))
		return
	}
	c.constant, c.rounded = v, 0
}

func (b *binder) bindMoney(c *cell, binding Binding) {
	if c.column.Type != Money {
		return
	}
	if binding.CurrencyFrom == "" {
		c.currency = b.d.currency
	} else {
		c.currencyFrom, c.currencyName = b.field(binding.Pos, binding.CurrencyFrom), binding.CurrencyFrom
		if c.currencyFrom < 0 { // the file may lack it
			c.currency = b.d.currency
		}
	}
	if binding.Currency == "" {
		return
	}
	c.declaresCurrency = true
	code, err := money.ParseCurrency(binding.Currency)
	if err != nil {
		b.list.Errorf(binding.Pos, "bad_currency", "", "%v", err)
		return
	}
	c.currency = currency{code: string(code), exponent: code.Exponent()}
}

func (b *binder) layout(binding Binding) *layout {
	text := binding.Layout
	if text == "" {
		text = b.m.Dates
	}
	if text == "" {
		return nil
	}
	l, err := parseLayout(text, b.m.YearsFrom)
	if err != nil {
		at := binding.Pos
		if binding.Layout == "" {
			at = b.m.Pos
		}
		b.list.Errorf(at, "bad_layout", "", "%v", err)
		return nil
	}
	return l
}

// field returns the position of a file's column, or reports that there is
// none.
func (b *binder) field(at diag.Pos, name string) int {
	field, _ := b.find(at, name)
	return field
}

func (b *binder) columnHint(word string) string {
	var names []string
	for _, c := range b.d.kind.Columns {
		names = append(names, c.Name)
	}
	return diag.DidYouMean(word, append(names, slices.Sorted(maps.Keys(roles))...))
}

const listedNames = 40

// listed returns the names for a message, the first forty at most.
func listed(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i == listedNames {
			b.WriteString(" and more")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(excerpt([]byte(name), reasonRunes))
	}
	return b.String()
}
