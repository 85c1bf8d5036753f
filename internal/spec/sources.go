package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/rule"
)

// readSources adds `sources:`.
func (l *loader) readSources() {
	for _, e := range l.parts["sources"] {
		if !e.value.bad {
			l.readSource(e)
		}
	}
	l.patchAccounts()
}

func (l *loader) readSource(e entry) {
	v := l.whole(e)
	m := fact.Mapping{
		Name:       e.key,
		Title:      v.textOf("title"),
		Kind:       v.textOf("fact"),
		Files:      v.textsOf("files"),
		Rows:       fact.RowMode(v.textOf("rows")),
		Format:     v.textOf("format"),
		Missing:    v.textsOf("missing"),
		TimeZone:   v.textOf("timezone"),
		Dates:      v.textOf("dates"),
		Ids:        v.textOf("ids"),
		ContactIds: v.textOf("contact_ids"),
		Complete:   v.flagOf("complete"),
		Pos:        e.pos,
	}
	if zone := v.get("timezone"); zone != nil {
		l.zone(zone)
	}
	l.readWriting(&m, v)
	if files := v.get("files"); files != nil && !slices.ContainsFunc(m.Files, func(file string) bool { return file != "" }) {
		l.errorf(files.pos, "wrong_value", "write files: contracts.csv, or leave the source out until there is one", "source %q names no files", e.key)
	}
	for _, file := range m.Files {
		if strings.HasPrefix(file, "/") || slices.Contains(strings.Split(file, "/"), "..") {
			l.errorf(v.posOf("files"), "bad_path", "write it relative to the strategy", "the files %q lie outside the strategy's folder", file)
		}
	}
	if fresh := v.get("fresh_within"); fresh != nil {
		days := 0
		if fresh.text != "never" {
			days = parseDays(fresh.text)
		}
		m.Fresh = &days
	}
	if covers := v.get("covers"); covers != nil {
		m.CoversFrom, m.CoversTo = covers.textOf("from"), covers.textOf("to")
		if m.CoversFrom != "" && m.CoversTo != "" && m.CoversTo < m.CoversFrom {
			l.errorf(covers.posOf("to"), "empty_span", "", "the last day covered lies before the first")
		}
	}
	if m.Files == nil && v.entry("files") == nil && e.value.get("like") == nil {
		l.errorf(e.value.pos, "missing_key", "Patterns of files, relative to the strategy.", "source %q has no \"files\"", e.key)
	}
	l.readRows(&m, v)
	l.bind(&m, v)
	l.s.Sources = append(l.s.Sources, m)
}

// bind reads the columns of a source and checks them against its fact kind.
func (l *loader) bind(m *fact.Mapping, v *value) {
	kind := l.kind(m.Kind)
	if kind == nil {
		if m.Kind != "" && !l.broken["fact kind "+m.Kind] {
			l.errorf(v.posOf("fact"), "unknown_fact", diag.DidYouMean(m.Kind, l.kindNames()), "unknown fact kind %q", m.Kind)
		}
		return
	}
	for _, e := range v.entriesOf("keys") {
		if m.Kind != "account" {
			l.errorf(e.pos, "wrong_kind", "further ids belong to the source of accounts", "only a source of accounts has keys")
			break
		}
		if m.Keys == nil {
			m.Keys = map[string]string{}
		}
		m.Keys[e.key] = e.value.text
	}
	columns := v.get("columns")
	if columns == nil {
		if v.entry("columns") == nil {
			l.errorf(v.pos, "missing_key", "Columns of the fact kind, and where they come from.", "source %q has no \"columns\"", m.Name)
		}
		return
	}
	for _, e := range columns.entries {
		column, ok := kind.Bindable(e.key)
		switch {
		case !ok && m.Kind == "account" && l.broken[e.key]: // a trait that has been reported
		case !ok:
			hint := diag.DidYouMean(e.key, columnNames(*kind))
			switch {
			case e.key == "currency" || e.key == "currency_from":
				hint = currencyHint(*kind, e.value)
			case hint == "" && m.Kind == "account":
				hint = "declare it under traits:"
			}
			l.errorf(e.pos, "unknown_column", hint, "fact kind %q has no column %q", kind.Name, e.key)
		case !e.value.bad:
			m.Columns = append(m.Columns, l.readBinding(column, e))
		}
	}
	for _, c := range append(slices.Clone(kind.Columns), kind.SystemColumns()...) {
		if c.Required && columns.entry(c.Name) == nil {
			l.errorf(columns.pos, "missing_column", "bind it: "+c.Name+": COLUMN OF THE FILE", "source %q does not fill %q, which every %s needs", m.Name, c.Name, kind.Name)
		}
	}
}

// currencyHint says where the currency of a kind's amounts is named.
func currencyHint(k fact.Kind, v *value) string {
	i := slices.IndexFunc(k.Columns, func(c fact.Column) bool { return c.Type == fact.Money })
	if i < 0 {
		return "it has no amounts"
	}
	from := "COLUMN OF THE FILE"
	if v.form == scalar && v.text != "" {
		from = v.text
	}
	return fmt.Sprintf("a currency belongs to its amount: %s: {from: ..., currency_from: %s}, or currency: EUR where all are the same", k.Columns[i].Name, from)
}

func (l *loader) readBinding(column fact.Column, e entry) fact.Binding {
	v := e.value
	b := fact.Binding{To: e.key, Pos: e.pos}
	if v.form == scalar {
		b.From = v.text
	} else {
		l.readFullBinding(&b, column, v)
	}
	return b
}

func (l *loader) readFullBinding(b *fact.Binding, column fact.Column, v *value) {
	b.From = v.textOf("from")
	b.Else = v.textsOf("else")
	b.Product = v.textsOf("product")
	b.Is = l.formula(v.get("is"), rule.TypeNone)
	b.Layout = v.textOf("dates")
	b.Numbers = v.textOf("numbers")
	b.CurrencyFrom = v.textOf("currency_from")
	b.Minor = v.flagOf("minor")
	b.KnownFrom = v.textOf("known_from")
	if c := v.get("value"); c != nil {
		b.Constant = &c.text
	}
	given := 0
	for _, is := range []bool{b.From != "", b.Constant != nil, b.Product != nil, v.entry("is") != nil} {
		if is {
			given++
		}
	}
	switch {
	case given == 0:
		b.From = b.To
	case given > 1:
		l.errorf(v.pos, "too_many_keys", "keep one", "%q has more than one of from, value, product and is", b.To)
	}
	if b.Is != nil {
		l.found = append(l.found, fact.CheckFormula(b.Is, column)...)
	}
	isMoney, isNumber := column.Type == fact.Money, column.Type == fact.Number
	isText := column.Type == fact.Text || column.Type == fact.Account || column.Type == fact.Contact
	switch {
	case b.Product != nil && !isMoney && !isNumber:
		l.errorf(v.posOf("product"), "wrong_type", "", "%q is %s, which is no product", b.To, typeWords[column.Type])
	case !isMoney && (v.get("currency") != nil || b.CurrencyFrom != "" || b.Minor):
		l.errorf(v.pos, "wrong_type", "", "%q is %s, and only money has a currency", b.To, typeWords[column.Type])
	case b.Else != nil && !isText:
		l.errorf(v.posOf("else"), "wrong_type", "", "%q is %s, and only a text can stand in another column", b.To, typeWords[column.Type])
	case b.Layout != "" && column.Type != fact.Date && column.Type != fact.Time:
		l.errorf(v.posOf("dates"), "wrong_type", "", "%q is %s, not a date", b.To, typeWords[column.Type])
	case b.Numbers != "" && !isMoney && !isNumber:
		l.errorf(v.posOf("numbers"), "wrong_type", "", "%q is %s, not a number", b.To, typeWords[column.Type])
	case v.get("currency") != nil && b.CurrencyFrom != "":
		l.errorf(v.posOf("currency_from"), "too_many_keys", "keep one", "%q has both currency and currency_from", b.To)
	}
	if c := v.get("currency"); c != nil {
		code, err := money.ParseCurrency(c.text)
		if err != nil {
			l.errorf(c.pos, "bad_currency", "name a column with currency_from", "%q is not a currency", c.text)
		}
		b.Currency = string(code)
	}
	for _, e := range v.entriesOf("values") {
		if b.Values == nil {
			b.Values = map[string]string{}
		}
		b.Values[e.key] = e.value.text
		l.checkMeant(column, e.value)
	}
	if b.Constant != nil && b.Values == nil {
		l.checkMeant(column, v.get("value"))
	}
}

// checkMeant reports a text that a closed column cannot have.
func (l *loader) checkMeant(column fact.Column, v *value) {
	if column.Values != nil && !slices.Contains(column.Values, v.text) {
		hint := cmp.Or(diag.DidYouMean(v.text, column.Values), "it can be "+strings.Join(column.Values, ", "))
		l.errorf(v.pos, "unknown_value", hint, "%q cannot be %q", column.Name, v.text)
	}
}

// patchAccounts settles how rows are read where nothing is said: where several
// sources fill the accounts, each touches its own columns only.
func (l *loader) patchAccounts() {
	accounts := 0
	for _, m := range l.s.Sources {
		if m.Kind == "account" {
			accounts++
		}
	}
	for i := range l.s.Sources {
		m := &l.s.Sources[i]
		if m.Rows != "" {
			continue
		}
		m.Rows = fact.Append
		if m.Kind == "account" && accounts > 1 {
			m.Rows = fact.Patch
		}
	}
}
