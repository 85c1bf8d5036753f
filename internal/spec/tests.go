package spec

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// Test says where golden customers must land on a date.
type Test struct {
	Name      string
	Title     string
	AsOf      period.Date
	Customers []TestCustomer // in the order written
	Pos       diag.Pos
}

// TestCustomer is one golden customer: what is given, and what must come out.
type TestCustomer struct {
	Name   string
	Facts  []TestFact  // its rows, by fact kind in the order written
	Kinds  []string    // the fact kinds that it mentions, those without rows among them
	Given  []TestValue // values of metrics and traits, which stand over the facts
	Expect []TestValue // metric, dimension or segmentation -> what must come out
	Pos    diag.Pos
}

// TestFact is one row of a fact kind, as the text of an export.
type TestFact struct {
	Kind  string
	Cells []TestCell
	Pos   diag.Pos
}

// TestCell is one column of a row. Columns that are not written are missing.
type TestCell struct {
	Column  string
	Text    string
	Missing bool
	Pos     diag.Pos
}

// TestValue is the value of one name. Levels and segments are texts, the
// places "unknown" and "unassigned" among them; an unknown level, metric or
// trait is an unknown value.
type TestValue struct {
	Name  string
	Value rule.Value
	Pos   diag.Pos
}

// readTests reads the tests once all names are known.
func (l *loader) readTests() {
	seen := map[string]diag.Pos{}
	for _, e := range l.tests {
		if before, ok := seen[e.key]; ok {
			l.errorf(e.pos, "duplicate_name", "", "test %q is already defined in %s, on line %d", e.key, before.File, before.Line)
			continue
		}
		seen[e.key] = e.pos
		t := Test{Name: e.key, Title: e.value.textOf("title"), Pos: e.pos}
		t.AsOf, _ = parseDay(e.value.textOf("as_of"))
		if customers := e.value.get("customers"); customers != nil && len(customers.entries) == 0 {
			l.errorf(e.pos, "wrong_value", "name one under customers:, with what is expected of it", "test %q has no customers", e.key)
		}
		for _, c := range e.value.entriesOf("customers") {
			t.Customers = append(t.Customers, l.readTestCustomer(c))
		}
		l.s.Tests = append(l.s.Tests, t)
	}
}

func (l *loader) readTestCustomer(e entry) TestCustomer {
	c := TestCustomer{Name: e.key, Pos: e.pos}
	for _, kind := range e.value.entriesOf("facts") {
		k := l.kind(kind.key)
		if k == nil {
			l.errorf(kind.pos, "unknown_fact", diag.DidYouMean(kind.key, l.kindNames()), "unknown fact kind %q", kind.key)
			continue
		}
		c.Kinds = append(c.Kinds, k.Name)
		for _, row := range kind.value.items {
			if !row.bad {
				c.Facts = append(c.Facts, l.readTestFact(*k, row))
			}
		}
	}
	for _, given := range e.value.entriesOf("metrics") {
		c.Given = l.appendValue(c.Given, given, "metric", l.isMetric)
	}
	for _, given := range e.value.entriesOf("traits") {
		c.Given = l.appendValue(c.Given, given, "trait", func(name string) bool {
			_, ok := l.trait(name)
			return ok || slices.ContainsFunc(l.contactVars(), func(v rule.Variable) bool { return v.Name == name })
		})
	}
	for _, want := range e.value.entriesOf("expect") {
		c.Expect = l.appendExpected(c.Expect, want)
	}
	return c
}

func (l *loader) isMetric(name string) bool { return l.metrics[name] != nil }

func (l *loader) readTestFact(kind fact.Kind, row *value) TestFact {
	f := TestFact{Kind: kind.Name, Pos: row.pos}
	for _, cell := range row.entries {
		column, ok := kind.Bindable(cell.key)
		if !ok {
			l.errorf(cell.pos, "unknown_column", diag.DidYouMean(cell.key, columnNames(kind)), "fact kind %q has no column %q", kind.Name, cell.key)
			continue
		}
		if cell.value.form == scalar {
			l.checkMeant(column, cell.value)
		}
		f.Cells = append(f.Cells, TestCell{Column: cell.key, Text: cell.value.text, Missing: cell.value.form == nothing, Pos: cell.value.pos})
	}
	return f
}

// appendValue adds the value of a metric or a trait.
func (l *loader) appendValue(list []TestValue, e entry, noun string, has func(string) bool) []TestValue {
	if l.broken[e.key] {
		return list
	}
	declared := maps.Clone(l.values)
	for _, v := range l.contactVars() {
		declared[v.Name] = v
	}
	if !has(e.key) {
		l.errorf(e.pos, "unknown_name", diag.DidYouMean(e.key, names(declared, func(v rule.Variable) bool { return has(v.Name) })), "unknown %s %q", noun, e.key)
		return list
	}
	variable := declared[e.key]
	value, ok := l.testValue(variable, e.value)
	if !ok {
		l.errorf(e.value.pos, "type_mismatch", "", "%q is %s, not %s", e.key, variable.Type, e.value.is())
		return list
	}
	return append(list, TestValue{Name: e.key, Value: value, Pos: e.value.pos})
}

func (l *loader) testValue(variable rule.Variable, v *value) (rule.Value, bool) {
	if v.form == nothing || v.text == segmentation.Unknown && variable.Type != rule.TypeText {
		return rule.Unknown(variable.Name), true
	}
	switch variable.Type {
	case rule.TypeNumber:
		x, err := strconv.ParseFloat(v.text, 64)
		return rule.Number(x), err == nil && isNumber(v)
	case rule.TypeBool:
		return rule.Bool(v.text == "true"), v.text == "true" || v.text == "false"
	case rule.TypeTime:
		if v.text == period.Open.String() {
			return rule.Time(period.Open.Micros()), true
		}
		d, ok := parseDay(v.text)
		return rule.Time(d.Micros()), ok
	}
	if variable.Levels != nil && !slices.Contains(variable.Levels, v.text) {
		l.errorf(v.pos, "unknown_level", diag.DidYouMean(v.text, variable.Levels), "%q cannot be %q", variable.Name, v.text)
	}
	return rule.Text(v.text), true
}

// appendExpected adds what must come out: the level of a dimension, the
// segment of a segmentation, or the value of a metric.
func (l *loader) appendExpected(list []TestValue, e entry) []TestValue {
	if l.broken[e.key] {
		return list
	}
	places, isLens := l.places(e.key)
	switch {
	case l.isMetric(e.key):
		return l.appendValue(list, e, "metric", l.isMetric)
	case !isLens:
		l.errorf(e.pos, "unknown_name", diag.DidYouMean(e.key, l.expectable()), "nothing called %q comes out of a run", e.key)
		return list
	case e.value.form == nothing || e.value.text == segmentation.Unknown:
		return append(list, TestValue{Name: e.key, Value: rule.Unknown(e.key), Pos: e.value.pos})
	case places != nil && !slices.Contains(places, e.value.text):
		hint := diag.DidYouMean(e.value.text, places)
		if hint == "" {
			hint = "it can be " + strings.Join(places, ", ")
		}
		l.errorf(e.value.pos, "unknown_level", hint, "%q has no %q", e.key, e.value.text)
		return list
	}
	return append(list, TestValue{Name: e.key, Value: rule.Text(e.value.text), Pos: e.value.pos})
}

// places returns the levels or segments of a dimension or segmentation, nil
// for an open set.
func (l *loader) places(name string) ([]string, bool) {
	if v, ok := l.levels[name]; ok {
		return v.Levels, true
	}
	d, ok := l.s.Segmentation(name)
	if !ok {
		return nil, false
	}
	list := []string{segmentation.Unassigned}
	for _, s := range d.Segments {
		list = append(list, s.Name)
	}
	return list, true
}

func (l *loader) expectable() []string {
	list := append(names(l.levels, func(rule.Variable) bool { return true }), names(l.values, func(v rule.Variable) bool { return l.isMetric(v.Name) })...)
	for _, d := range l.s.Segmentations {
		list = append(list, d.Name)
	}
	return list
}
