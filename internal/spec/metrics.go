package spec

import (
	"cmp"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// metricDraft is a metric between the file and its definition.
type metricDraft struct {
	d     metric.Definition
	v     *value
	needs []string // metrics and dimensions
}

// declareMetric reads what does not depend on other definitions.
func (l *loader) declareMetric(e entry) {
	if !l.isUsable("metric", e) {
		l.broken[e.key] = true
		return
	}
	if _, ok := l.trait(e.key); ok {
		l.errorf(e.pos, "duplicate_name", "choose another name", "metric %q has the name of a trait", e.key)
		return
	}
	l.values[e.key] = rule.Variable{Name: e.key, Type: rule.TypeNumber}
	v := e.value
	if v.bad {
		l.broken[e.key] = true
		return
	}
	m := &metricDraft{v: v, d: metric.Definition{
		Name:    e.key,
		Title:   v.textOf("title"),
		Why:     v.textOf("why"),
		Cites:   v.textsOf("cites"),
		Unit:    rule.Unit(v.textOf("unit")),
		Treated: v.flagOf("treated"),
		Pos:     e.pos,
	}}
	if x, ok := v.numberOf("missing"); ok {
		m.d.Missing = &x
	}
	l.metrics[e.key] = m
	ok := true
	switch {
	case v.get("from") != nil:
		ok = l.readFromFacts(m)
	case v.get("is") != nil:
		m.d.Form = metric.Derived
		m.needs = l.knownOf(reads(v.get("is").source()))
		if when := v.get("when"); when != nil {
			m.needs = append(m.needs, l.knownOf(reads(when.source()))...)
		}
	case v.get("rank") != nil:
		m.d.Form = metric.Ranked
		m.d.Rank, m.d.Within = v.textOf("rank"), v.textsOf("within")
		m.d.Type = rule.TypeNumber
		m.needs = l.knownOf(append([]string{m.d.Rank}, m.d.Within...))
		ok = l.settleUnit(m, rule.UnitRatio)
	default:
		ok = false // the key that says how does not fit, and is reported
	}
	if !ok {
		l.broken[e.key] = true
	}
	l.declareVariable(m)
}

// knownOf returns those of the names that are metrics or dimensions.
func (l *loader) knownOf(names []string) []string {
	var known []string
	for _, name := range names {
		if slices.ContainsFunc(l.parts["metrics"], named(name)) || slices.ContainsFunc(l.parts["dimensions"], named(name)) {
			known = append(known, name)
		}
	}
	return known
}

func named(name string) func(entry) bool { return func(e entry) bool { return e.key == name } }

func (l *loader) declareVariable(m *metricDraft) {
	v := rule.Variable{Name: m.d.Name, Type: m.d.Type, Unit: m.d.Unit, Title: m.d.Title, Shiftable: m.d.Form != metric.Ranked}
	if m.d.Form == metric.FromFacts && m.d.Type == rule.TypeText {
		if kind := l.kind(m.d.Kind); kind != nil {
			c, _ := kind.Column(m.d.Column)
			v.Levels = c.Values
		}
	}
	if v.Type == rule.TypeNone {
		v.Type = rule.TypeNumber
	}
	if v.Type != rule.TypeNumber {
		v.Unit = rule.UnitNone
	}
	if before, ok := l.values[v.Name]; !ok || before.Type != v.Type || before.Unit != v.Unit {
		l.stale = true
	}
	l.values[m.d.Name] = v
}

// readFromFacts reads a metric that aggregates facts. It reports whether its
// type is known.
func (l *loader) readFromFacts(m *metricDraft) bool {
	v := m.v
	m.d.Kind = v.textOf("from")
	kind := l.kind(m.d.Kind)
	if kind == nil {
		if !l.broken["fact kind "+m.d.Kind] {
			l.errorf(v.posOf("from"), "unknown_fact", diag.DidYouMean(m.d.Kind, l.kindNames()), "unknown fact kind %q", m.d.Kind)
		}
		return false
	}
	if !kind.IsAboutAccounts() {
		l.errorf(v.posOf("from"), "wrong_kind", "", "facts of kind %q do not belong to accounts", kind.Name)
		return false
	}
	for _, a := range metric.Aggregates {
		if v.entry(string(a)) != nil {
			m.d.Aggregate = a
		}
	}
	l.readSpan(m)
	ok := l.readAggregate(m, *kind)
	if where := v.get("where"); where != nil {
		l.checkReferences(*kind, where)
		m.d.Where = l.compile(l.whereEnv(*kind), where, rule.TypeBool)
	}
	return ok
}

func (l *loader) readSpan(m *metricDraft) {
	v := m.v
	if over := v.get("over"); over != nil {
		m.d.Over = parseDays(over.text)
		if m.d.Over == 0 {
			l.errorf(over.pos, "empty_span", "leave over out to take all days", "metric %q looks at no day", m.d.Name)
		}
	}
	between := v.get("between")
	if between == nil {
		return
	}
	if m.d.Over > 0 {
		l.errorf(v.posOf("between"), "too_many_keys", "keep one", "metric %q has both \"over\" and \"between\"", m.d.Name)
	}
	texts := v.textsOf("between")
	if len(texts) != len(between.items) {
		return
	}
	if len(texts) != 2 {
		l.errorf(between.pos, "wrong_shape", "write [2026-01-01, 2027-01-01]", "\"between\" of metric %q needs two days", m.d.Name)
		return
	}
	from, _ := parseDay(texts[0])
	to, _ := parseDay(texts[1])
	if to <= from {
		l.errorf(between.pos, "empty_span", "the second day is the first that no longer counts", "\"between\" of metric %q has no days", m.d.Name)
	}
	m.d.Between = &period.Span{From: from, To: to}
}

// readAggregate settles column, type and unit.
func (l *loader) readAggregate(m *metricDraft, kind fact.Kind) bool {
	a := m.d.Aggregate
	given := m.v.get(string(a))
	switch {
	case given == nil:
		return false
	case a == metric.Count:
		m.d.Type = rule.TypeNumber
		return l.settleUnit(m, rule.UnitCount)
	case a == metric.ActiveDays || a == metric.Since:
		m.d.Type = rule.TypeNumber
		return l.settleUnit(m, rule.UnitDays)
	}
	c, ok := kind.Column(given.text)
	if !ok {
		hint := cmp.Or(diag.DidYouMean(given.text, listed(kind)), "it has "+strings.Join(listed(kind), ", "))
		if kind.Timing == fact.At && given.text == fact.ColAt {
			hint = "the time of a fact is none: since: true counts the days since the last"
		}
		l.errorf(given.pos, "unknown_column", hint, "fact kind %q has no column %q", kind.Name, given.text)
		return false
	}
	m.d.Column = c.Name
	if a == metric.CountDistinct {
		m.d.Type = rule.TypeNumber
		return l.settleUnit(m, rule.UnitCount)
	}
	if !aggregates(a, c.Type) {
		l.errorf(given.pos, "wrong_type", "", "there is no %s of %q, which is %s", a, c.Name, typeWords[c.Type])
		return false
	}
	v := columnVariable(c)
	m.d.Type = v.Type
	return l.settleUnit(m, v.Unit)
}

var typeWords = map[fact.Type]string{
	fact.Text: "text", fact.Number: "a number", fact.Money: "money", fact.Date: "a date", fact.Time: "a time",
	fact.Bool: "yes or no", fact.Account: "an account", fact.Contact: "a contact",
}

// aggregates reports whether values of the type can be aggregated so.
func aggregates(a metric.Aggregate, t fact.Type) bool {
	switch t {
	case fact.Number, fact.Money:
		return true
	case fact.Date, fact.Time:
		return a != metric.Sum && a != metric.Avg
	case fact.Text, fact.Bool:
		return a == metric.First || a == metric.Last
	}
	return false
}

func listed(k fact.Kind) []string {
	var names []string
	for _, c := range k.Columns {
		names = append(names, c.Name)
	}
	return names
}

// checkReferences reports accounts and contacts that are compared: rules do
// not see keys, only whether there is one.
func (l *loader) checkReferences(kind fact.Kind, where *value) {
	for _, w := range wordsOf(where.source()) {
		c, ok := kind.Column(w.text)
		if ok && (c.Type == fact.Account || c.Type == fact.Contact) && !strings.HasSuffix(w.before, "known(") {
			l.errorf(where.inside.Shift(w.from), "wrong_type", "write known("+c.Name+")", "%q is %s: a condition can only ask whether there is one", c.Name, typeWords[c.Type])
		}
	}
}

// settleUnit compares the unit that was written with the one that follows.
func (l *loader) settleUnit(m *metricDraft, follows rule.Unit) bool {
	written := m.d.Unit
	switch {
	case m.d.Type != rule.TypeNumber && written != rule.UnitNone:
		l.errorf(m.v.posOf("unit"), "unit_mismatch", "leave the unit out", "metric %q is %s and has no unit", m.d.Name, m.d.Type)
	case m.d.Type != rule.TypeNumber && m.d.Missing != nil:
		l.errorf(m.v.posOf("missing"), "wrong_type", "", "metric %q is %s, so a number cannot stand for a missing one", m.d.Name, m.d.Type)
	case written == rule.UnitNone:
		m.d.Unit = follows
	case follows == rule.UnitNone || written == follows:
	case follows == rule.UnitCount && !slices.Contains(builtInUnits, written): // counts of something
	default:
		m.d.Unit = follows
		l.errorf(m.v.posOf("unit"), "unit_mismatch", "leave the unit out", "metric %q is said to be in %s but comes out in %s", m.d.Name, written, follows)
	}
	return true
}

var builtInUnits = []rule.Unit{rule.UnitMoney, rule.UnitRatio, rule.UnitDays, rule.UnitCount}

// resolveMetric checks what depends on other definitions, which have been
// resolved before.
func (l *loader) resolveMetric(m *metricDraft, formulas *rule.Env) {
	switch m.d.Form {
	case metric.Derived:
		l.resolveFormula(m, formulas)
	case metric.Ranked:
		if !l.isNumber(m.d.Rank, m.v.posOf("rank"), false) {
			l.broken[m.d.Name] = true
		}
		l.checkGroups(m.d.Within, m.v.posOf("within"))
	}
}

func (l *loader) resolveFormula(m *metricDraft, formulas *rule.Env) {
	is := m.v.get("is")
	when := m.v.get("when")
	m.d.Is, m.d.When = l.compile(formulas, is, rule.TypeNone), l.compile(formulas, when, rule.TypeBool)
	if m.d.Is == nil || when != nil && m.d.When == nil {
		l.broken[m.d.Name] = true
		return
	}
	m.d.Type = m.d.Is.Type()
	if m.d.Type == rule.TypeDuration || m.d.Type == rule.TypeTextList {
		hint := ""
		if m.d.Type == rule.TypeDuration {
			hint = "count days with days_between(a, b)"
		}
		l.errorf(is.inside, "type_mismatch", hint, "metric %q must be a number, a text, a date or yes or no, not %s", m.d.Name, m.d.Type)
		l.broken[m.d.Name] = true
		return
	}
	unit := m.d.Is.Unit()
	if unit == rule.UnitCount && m.d.Unit == rule.UnitRatio {
		unit = rule.UnitNone // a literal count over another
	}
	l.settleUnit(m, unit)
	l.declareVariable(m)
}

// isNumber reports whether the name is a numeric metric, or trait where they
// are allowed, and reports it otherwise.
func (l *loader) isNumber(name string, at diag.Pos, traits bool) bool {
	v, ok := l.values[name]
	_, isTrait := l.trait(name)
	switch {
	case l.broken[name]:
		return false
	case !ok || isTrait && !traits:
		known := names(l.values, func(v rule.Variable) bool {
			_, isTrait := l.trait(v.Name)
			return v.Type == rule.TypeNumber && (traits || !isTrait)
		})
		l.errorf(at, "unknown_metric", diag.DidYouMean(name, known), "unknown metric %q", name)
		return false
	case v.Type != rule.TypeNumber:
		l.errorf(at, "type_mismatch", "", "%q is %s, not a number", name, v.Type)
		return false
	}
	return true
}

// checkGroups reports names that customers cannot be grouped by.
func (l *loader) checkGroups(within []string, at diag.Pos) {
	for _, name := range within {
		_, isLevel := l.levels[name]
		trait, isTrait := l.trait(name)
		switch {
		case isLevel || l.broken[name] || isTrait && (trait.Type == fact.Text || trait.Type == fact.Bool):
		case isTrait:
			l.errorf(at, "type_mismatch", "make a dimension of it", "customers cannot be grouped by %q, which is %s", name, typeWords[trait.Type])
		default:
			known := names(l.levels, func(rule.Variable) bool { return true })
			for _, c := range l.traits() {
				known = append(known, c.Name)
			}
			l.errorf(at, "unknown_name", diag.DidYouMean(name, known), "unknown trait or dimension %q", name)
		}
	}
}
