package spec

import (
	"io/fs"
	"slices"

	"github.com/segue-cs/segue/internal/catalog"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/rule"
)

// CatalogKinds returns the fact kinds that come with the program, in the order
// of the catalogue. They are read as a user's own kinds are.
func CatalogKinds() ([]fact.Kind, error) {
	l := newLoader()
	l.loadCatalog()
	l.found.Sort()
	return l.s.Kinds, l.found.Err()
}

// kindOrder is the order of DESIGN section 3: the kinds everyone has come
// first.
var kindOrder = []string{
	"account", "contact", "contract", "event", "response", "activity", "milestone", "ticket", "opportunity",
	"advocacy", "reading", "pulse", "goal", "teammate", "ownership", "fx_rate", "override", "exposure",
}

func (l *loader) loadCatalog() {
	files, err := fs.Glob(catalog.Files, "facts/*.yaml")
	if err != nil || len(files) == 0 {
		l.errorf(diag.Pos{}, "catalog", "", "the catalogue of fact kinds is empty")
	}
	for _, file := range files {
		l.readFile(catalog.Files, file)
	}
	slices.SortStableFunc(l.parts["facts"], func(a, b entry) int {
		return slices.Index(kindOrder, a.key) - slices.Index(kindOrder, b.key)
	})
	l.readKinds()
	l.parts, l.head = map[string][]entry{}, map[string]entry{}
	if account := l.kind("account"); account != nil {
		for _, c := range account.Columns {
			if slices.Contains(coreColumns, c.Name) {
				l.core = append(l.core, c.Name)
			}
		}
	}
}

// coreColumns are the columns of the kind account that the program itself
// reads.
var coreColumns = []string{"account", "parent", "entity", "name", "owner", "expected_end", "internal"}

// readKinds adds the fact kinds of `facts:`.
func (l *loader) readKinds() {
	for _, e := range l.parts["facts"] {
		if l.kind(e.key) != nil {
			l.errorf(e.pos, "duplicate_name", "choose another name; add traits under traits:", "fact kind %q is in the catalogue", e.key)
			continue
		}
		if e.value.bad {
			l.broken["fact kind "+e.key] = true
			continue
		}
		l.s.Kinds = append(l.s.Kinds, l.readKind(e))
	}
}

func (l *loader) readKind(e entry) fact.Kind {
	v := e.value
	k := fact.Kind{
		Name:     e.key,
		Title:    v.textOf("title"),
		Why:      v.textOf("why"),
		Timing:   fact.Timing(v.textOf("timing")),
		Coverage: fact.Coverage(v.textOf("coverage")),
		Key:      v.textsOf("key"),
		Pos:      e.pos,
	}
	if k.Coverage == "" {
		k.Coverage = fact.Sparse
	}
	if fresh := v.textOf("fresh_within"); fresh != "never" {
		k.FreshWithin = parseDays(fresh)
	}
	for _, c := range v.entriesOf("columns") {
		column := readColumn(c)
		if isSystemColumn(column.Name) {
			l.errorf(c.pos, "reserved_name", "leave it out", "every fact has a column %q already", column.Name)
			continue
		}
		l.checkColumn(k.Name, &column, c)
		k.Columns = append(k.Columns, column)
	}
	if k.Timing == fact.Term {
		addColumn(&k, fact.Column{Name: fact.ColStarts, Type: fact.Date, Required: true, Pos: e.pos})
		addColumn(&k, fact.Column{Name: fact.ColEnds, Type: fact.Date, Open: true, Pos: e.pos})
	}
	for _, key := range k.Key {
		if _, ok := k.Bindable(key); !ok {
			l.errorf(v.posOf("key"), "unknown_column", diag.DidYouMean(key, columnNames(k)), "fact kind %q has no column %q", k.Name, key)
		}
	}
	return k
}

func addColumn(k *fact.Kind, c fact.Column) {
	if _, ok := k.Column(c.Name); !ok {
		k.Columns = append(k.Columns, c)
	}
}

func isSystemColumn(name string) bool {
	switch name {
	case fact.ColAt, fact.ColValidFrom, fact.ColReceived, fact.ColUpdated:
		return true
	}
	return false
}

// readColumn reads one column or trait, written as a type or in full.
func readColumn(e entry) fact.Column {
	v := e.value
	c := fact.Column{Name: e.key, Pos: e.pos}
	if v.form == scalar {
		c.Type = fact.Type(v.text)
		return c
	}
	c.Type = fact.Type(v.textOf("type"))
	c.Title, c.Why = v.textOf("title"), v.textOf("why")
	c.Required = v.flagOf("required")
	c.Values = v.textsOf("values")
	c.Domain = v.textOf("domain")
	c.Open = v.flagOf("open")
	c.Personal = v.flagOf("personal")
	c.Unit = v.textOf("unit")
	c.Fixed = v.flagOf("fixed")
	c.Roll = v.textOf("roll")
	return c
}

// checkColumn reports what does not go together, and drops it.
func (l *loader) checkColumn(kind string, c *fact.Column, e entry) {
	switch {
	case c.Values != nil && c.Type != fact.Text:
		l.errorf(e.value.posOf("values"), "wrong_type", "", "%q has values, but only texts have", c.Name)
	case c.Unit != "" && c.Type != fact.Number:
		l.errorf(e.value.posOf("unit"), "wrong_type", "", "%q has a unit, but only numbers have", c.Name)
	case c.Open && c.Type != fact.Date:
		l.errorf(e.value.posOf("open"), "wrong_type", "", "%q is open, but only dates are", c.Name)
	case c.Personal && (c.Type != fact.Text || c.Values != nil):
		l.errorf(e.value.posOf("personal"), "wrong_type", "", "%q is personal, but only texts without a list of values are", c.Name)
	case (c.Name == fact.ColAccount) != (c.Type == fact.Account) && c.Name == fact.ColAccount:
		l.errorf(e.pos, "wrong_type", "write account: {type: account}", "the column %q of fact kind %q refers to accounts", c.Name, kind)
	case (c.Name == fact.ColStarts || c.Name == fact.ColEnds) && c.Type != fact.Date:
		l.errorf(e.pos, "wrong_type", "", "the column %q of fact kind %q is a date", c.Name, kind)
	}
	if duplicate := firstRepeat(c.Values); duplicate != "" {
		l.errorf(e.value.posOf("values"), "duplicate_value", "", "%q lists %q twice", c.Name, duplicate)
	}
	if c.Type != fact.Text {
		c.Values = nil
	}
	if c.Type != fact.Number {
		c.Unit = ""
	}
}

func firstRepeat(texts []string) string {
	seen := map[string]bool{}
	for _, t := range texts {
		if seen[t] {
			return t
		}
		seen[t] = true
	}
	return ""
}

// readTraits adds `traits:` to the kind account.
func (l *loader) readTraits() {
	account := l.kind("account")
	if account == nil {
		return
	}
	for _, e := range l.parts["traits"] {
		switch {
		case slices.Contains(l.core, e.key) || isSystemColumn(e.key) || e.key == fact.ColID:
			l.errorf(e.pos, "reserved_name", "leave it out", "every account has %q already", e.key)
			continue
		case e.key == "customer" || e.key == "product":
			l.errorf(e.pos, "reserved_name", "choose another name", "%q has a meaning of its own", e.key)
			continue
		case e.value.bad:
			l.broken[e.key] = true
			continue
		}
		c := readColumn(e)
		l.checkColumn("account", &c, e)
		if i := slices.IndexFunc(account.Columns, func(b fact.Column) bool { return b.Name == c.Name }); i >= 0 {
			account.Columns[i] = c
			continue
		}
		account.Columns = append(account.Columns, c)
	}
}

// columnNames returns what a mapping can bind.
func columnNames(k fact.Kind) []string {
	var names []string
	for _, c := range append(slices.Clone(k.Columns), k.SystemColumns()...) {
		names = append(names, c.Name)
	}
	return names
}

// whereEnv returns what the `where` of a metric over the kind can name.
func (l *loader) whereEnv(k fact.Kind) *rule.Env {
	if env, ok := l.where[k.Name]; ok {
		return env
	}
	vars := []rule.Variable{{Name: asOf, Type: rule.TypeTime, Title: "the date"}}
	for _, c := range k.Columns {
		vars = append(vars, columnVariable(c))
	}
	switch k.Timing {
	case fact.Term:
		vars = append(vars, rule.Variable{Name: inForce, Type: rule.TypeBool, Title: "in force"})
	case fact.Version:
		vars = append(vars, rule.Variable{Name: fact.ColValidFrom, Type: rule.TypeTime})
	default:
		vars = append(vars, rule.Variable{Name: fact.ColAt, Type: rule.TypeTime})
	}
	l.where[k.Name] = l.env(vars)
	return l.where[k.Name]
}

const (
	asOf    = "as_of"
	inForce = "in_force"
)

// columnVariable declares a column or a trait to the rule language.
func columnVariable(c fact.Column) rule.Variable {
	v := rule.Variable{Name: c.Name, Title: c.Title, Type: columnType(c.Type), Unit: rule.Unit(c.Unit), Levels: c.Values}
	if c.Type == fact.Money {
		v.Unit = rule.UnitMoney
	}
	return v
}

// columnType returns the type that rules see. References to accounts and
// contacts are texts that only known() may ask about.
func columnType(t fact.Type) rule.Type {
	switch t {
	case fact.Number, fact.Money:
		return rule.TypeNumber
	case fact.Date, fact.Time:
		return rule.TypeTime
	case fact.Bool:
		return rule.TypeBool
	}
	return rule.TypeText
}
