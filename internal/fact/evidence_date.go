package fact

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// dateColumn is a column of the file that holds dates or times.
type dateColumn struct {
	name    string
	layout  *layout // nil is ISO 8601
	settled bool    // declared, or decided on the whole column

	field int
	at    *Binding
	seen  dateEvidence
}

// dateEvidence is what the values of a column say about how they are written.
// Dates of numbers tell day from month for those with the same separator only:
// 31.12.2025 says nothing of 03/04/2025.
type dateEvidence struct {
	iso    int64
	forms  map[string]*sighting      // by layout
	orders map[string]*orderEvidence // by separator
}

// orderEvidence tells which of day and month stands first in dates of numbers.
type orderEvidence struct {
	dayFirst sighting // only the first number can be a day
	monFirst sighting // only the second
	either   sighting // both, and they differ
}

// look takes one value into account.
func (e *dateEvidence) look(line int, text []byte) {
	if _, p := parseISO(text); p == fine {
		e.iso++
		return
	}
	f, ok := formOf(string(text))
	if !ok {
		return
	}
	if f.first > 0 {
		if f.first > 31 || f.second > 31 || f.first > 12 && f.second > 12 {
			return
		}
		e.ordered(separatorOf(f.layout)).look(f, line, text)
	}
	if e.forms == nil {
		e.forms = map[string]*sighting{}
	}
	if e.forms[f.layout] == nil {
		e.forms[f.layout] = &sighting{}
	}
	e.forms[f.layout].add(line, text)
}

// separatorOf returns what stands between day and month in a form of numbers.
func separatorOf(form string) string {
	_, rest, _ := strings.Cut(form, "1")
	separator, _, _ := strings.Cut(rest, "2")
	return strings.TrimSpace(separator)
}

func (e *dateEvidence) ordered(separator string) *orderEvidence {
	if e.orders == nil {
		e.orders = map[string]*orderEvidence{}
	}
	if e.orders[separator] == nil {
		e.orders[separator] = &orderEvidence{}
	}
	return e.orders[separator]
}

func (o *orderEvidence) look(f dateForm, line int, text []byte) {
	switch {
	case f.first > 12:
		o.dayFirst.add(line, text)
	case f.second > 12:
		o.monFirst.add(line, text)
	case f.first != f.second:
		o.either.add(line, text)
	}
}

// first returns the value that tells most.
func (o *orderEvidence) first() sighting {
	for _, s := range []sighting{o.dayFirst, o.monFirst, o.either} {
		if s.count > 0 {
			return s
		}
	}
	return sighting{}
}

// dayOrder is what decides between day and month.
type dayOrder struct {
	dayFirst bool
	because  string // "13/04/2026 on line 3 has the day first"
	isUsual  bool   // no value tells; it is how such dates are written
}

// decide returns which of day and month stands first; problem is set where
// values contradict each other, and code also where none tells.
func (o *orderEvidence) decide(separator string) (order dayOrder, problem, code string) {
	where := func(s sighting) string { return fmt.Sprintf("%s on line %d", s.text, s.line) }
	switch {
	case o.dayFirst.count > 0 && o.monFirst.count > 0:
		return order, fmt.Sprintf("dates are written in two ways: %s has the day first, %s the month; say dates: d/m/Y or dates: m/d/Y, and the others are rejected",
			where(o.dayFirst), where(o.monFirst)), codeMixedDates
	case o.dayFirst.count > 0:
		return dayOrder{dayFirst: true, because: where(o.dayFirst) + " has the day first"}, "", ""
	case o.monFirst.count > 0:
		return dayOrder{because: where(o.monFirst) + " has the month first"}, "", ""
	case o.either.count > 0 && separator == ".":
		return dayOrder{dayFirst: true, because: "points stand after the day", isUsual: true}, "", ""
	case o.either.count > 0:
		return order, "", codeAmbiguousDates
	}
	return dayOrder{dayFirst: true, isUsual: true}, "", ""
}

// decide tells day from month for each separator, by the values that have it or
// else as it is elsewhere. Code is set where values contradict each other, which
// problem says then, or where nothing tells: open is such a value then, and
// orders hold what can be told.
func (e *dateEvidence) decide(elsewhere func(separator string) (dayOrder, bool)) (orders decided, open sighting, problem, code string) {
	orders = decided{}
	for _, separator := range e.separators() {
		o, problem, code := e.orders[separator].decide(separator)
		if code == codeAmbiguousDates {
			var ok bool
			if o, ok = elsewhere(separator); !ok {
				if open.count == 0 {
					open = e.orders[separator].either
				}
				continue
			}
		} else if code != "" {
			return nil, open, problem, code
		}
		orders[separator] = o
	}
	if open.count > 0 {
		code = codeAmbiguousDates
	}
	return orders, open, "", code
}

// separators returns those of the dates of numbers, the one that most values
// have first.
func (e *dateEvidence) separators() []string {
	count := func(separator string) int64 {
		o := e.orders[separator]
		return o.dayFirst.count + o.monFirst.count + o.either.count
	}
	return slices.SortedFunc(maps.Keys(e.orders), func(a, b string) int {
		return cmp.Or(cmp.Compare(count(b), count(a)), cmp.Compare(a, b))
	})
}

// decided is how the dates of numbers of a column are written, by separator.
type decided map[string]dayOrder

// because says what decided, in the order of the separators.
func (d decided) because(separators []string) string {
	var list []string
	for _, s := range separators {
		if why := d[s].because; why != "" {
			list = append(list, why)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "because " + strings.Join(list, " and ")
}

const mostForms = 8 // layouts of one column

// layouts returns the layouts of the column, "" when it is all ISO 8601. What
// the orders leave open has the day first where open says so.
func (e *dateEvidence) layouts(orders decided, open bool) string {
	if len(e.forms) == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(e.forms), func(a, b string) int {
		return cmp.Or(cmp.Compare(e.forms[b].count, e.forms[a].count), cmp.Compare(a, b))
	})
	var list []string
	for _, name := range names[:min(len(names), mostForms)] {
		dayFirst := open
		if o, ok := orders[separatorOf(name)]; ok {
			dayFirst = o.dayFirst
		}
		list = append(list, resolved(name, dayFirst))
	}
	if e.iso > 0 {
		list = append([]string{isoDates}, list...)
	}
	return strings.Join(slices.Compact(list), " | ")
}

func resolved(form string, dayFirst bool) string {
	day, month := "1", "2"
	if !dayFirst {
		day, month = month, day
	}
	if strings.HasPrefix(form, excelDays) {
		return form
	}
	return strings.NewReplacer(day, "d", month, "m").Replace(form)
}

// sample returns a value that shows how the column is written; one that tells
// day from month comes first.
func (e *dateEvidence) sample(isRead func(text string) bool) string {
	var texts []string
	for _, separator := range e.separators() {
		if s := e.orders[separator].first(); s.count > 0 {
			texts = append(texts, s.text)
		}
	}
	forms := slices.Sorted(maps.Keys(e.forms))
	slices.SortStableFunc(forms, func(a, b string) int { return cmp.Compare(e.forms[b].count, e.forms[a].count) })
	for _, name := range forms {
		texts = append(texts, e.forms[name].text)
	}
	if i := slices.IndexFunc(texts, isRead); i >= 0 {
		return texts[i]
	}
	return ""
}

// hasShortYears reports whether a year has two digits.
func (e *dateEvidence) hasShortYears() bool {
	for form := range e.forms {
		if strings.Contains(form, "y") {
			return true
		}
	}
	return false
}
