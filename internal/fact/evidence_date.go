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
type dateEvidence struct {
	iso      int64
	forms    map[string]*sighting // by layout
	dayFirst sighting             // of numbers of which only the first can be a day
	monFirst sighting             // only the second
	either   sighting             // both, and they differ
	points   int64                // of the latter, with points between
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
		switch {
		case f.first > 31 || f.second > 31 || f.first > 12 && f.second > 12:
			return
		case f.first > 12:
			e.dayFirst.add(line, text)
		case f.second > 12:
			e.monFirst.add(line, text)
		case f.first != f.second:
			e.either.add(line, text)
			if strings.Contains(f.layout, "1.2") {
				e.points++
			}
		}
	}
	if e.forms == nil {
		e.forms = map[string]*sighting{}
	}
	if e.forms[f.layout] == nil {
		e.forms[f.layout] = &sighting{}
	}
	e.forms[f.layout].add(line, text)
}

// isOrdered reports whether there are dates of which the order matters.
func (e *dateEvidence) isOrdered() bool {
	return e.dayFirst.count+e.monFirst.count+e.either.count > 0
}

// dayOrder is what decides between day and month.
type dayOrder struct {
	dayFirst bool
	because  string
}

// order returns which of day and month stands first; problem is set where that
// cannot be told.
func (e *dateEvidence) order() (o dayOrder, problem, code string) {
	where := func(s sighting) string { return fmt.Sprintf("%s on line %d", s.text, s.line) }
	switch {
	case e.dayFirst.count > 0 && e.monFirst.count > 0:
		return o, fmt.Sprintf("dates are written in two ways: %s has the day first, %s the month; say dates: d/m/Y or dates: m/d/Y, and the others are rejected",
			where(e.dayFirst), where(e.monFirst)), codeMixedDates
	case e.dayFirst.count > 0:
		return dayOrder{true, "because " + where(e.dayFirst) + " has the day first"}, "", ""
	case e.monFirst.count > 0:
		return dayOrder{false, "because " + where(e.monFirst) + " has the month first"}, "", ""
	case e.either.count > 0 && e.points == e.either.count:
		return dayOrder{true, "because points stand after the day"}, "", ""
	case e.either.count > 0:
		return o, "", codeAmbiguousDates
	}
	return dayOrder{dayFirst: true}, "", ""
}

const mostForms = 8 // layouts of one column

// layouts returns the layouts of the column, "" when it is all ISO 8601.
func (e *dateEvidence) layouts(dayFirst bool) string {
	if len(e.forms) == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(e.forms), func(a, b string) int {
		return cmp.Or(cmp.Compare(e.forms[b].count, e.forms[a].count), cmp.Compare(a, b))
	})
	var list []string
	for _, name := range names[:min(len(names), mostForms)] {
		list = append(list, e.resolved(name, dayFirst))
	}
	if e.iso > 0 {
		list = append([]string{isoDates}, list...)
	}
	return strings.Join(slices.Compact(list), " | ")
}

func (e *dateEvidence) resolved(form string, dayFirst bool) string {
	day, month := "1", "2"
	if !dayFirst {
		day, month = month, day
	}
	if strings.HasPrefix(form, excelDays) {
		return form
	}
	return strings.NewReplacer(day, "d", month, "m").Replace(form)
}

// sample returns a value and how often its form comes; that which decided the
// order comes first.
func (e *dateEvidence) sample() string {
	for _, s := range []sighting{e.dayFirst, e.monFirst, e.either} {
		if s.count > 0 {
			return s.text
		}
	}
	var most *sighting
	for _, name := range slices.Sorted(maps.Keys(e.forms)) {
		if s := e.forms[name]; most == nil || s.count > most.count {
			most = s
		}
	}
	if most == nil {
		return ""
	}
	return most.text
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
