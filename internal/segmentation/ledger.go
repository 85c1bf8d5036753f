package segmentation

import (
	"strings"

	"github.com/segue-cs/segue/internal/period"
)

// Cause says why a customer moved. Several can hold at once.
type Cause uint16

// The causes, in the order in which the first that holds is shown
// (SEMANTICS 18): somebody pinned the customer; a definition changed; the family
// changed; facts of the past arrived late; time passed; new facts arrived. New
// and Gone are the first and the last place of a customer.
const (
	ByOverride Cause = 1 << iota
	ByDefinition
	ByHierarchy
	ByLateData
	ByTime
	ByData
	New
	Gone
	ByOverrideEnd // lifted, or its last day is over: the ledger keeps causes by number, so that it stands last
)

var causeNames = []string{"override", "definition", "hierarchy", "late_data", "time", "data", "new", "gone", "override_ended"}

// Names returns the causes by name, the one to show first.
func (c Cause) Names() []string {
	var names []string
	for i, name := range causeNames {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String returns the first cause by name, "" for none.
func (c Cause) String() string {
	if names := c.Names(); len(names) > 0 {
		return names[0]
	}
	return ""
}

// Words says it to people.
func (c Cause) Words() string {
	words := map[string]string{
		"override": "an override", "definition": "the rules changed", "hierarchy": "the family changed", "late_data": "late facts",
		"time": "time passed", "data": "new facts", "new": "new customer", "gone": "no longer a customer", "override_ended": "an override ended",
	}
	names := c.Names()
	for i, name := range names {
		names[i] = words[name]
	}
	return strings.Join(names, " or ")
}

// Absent is the place of who is not a customer.
const Absent = ""

// Move is that a customer went from one place of a lens to another.
type Move struct {
	Run      int64
	AsOf     period.Date
	From, To string // Absent, Unknown, Unassigned, or a segment or level
	Cause    Cause
	Since    *period.Date // when the wait before it began; nil: it did not wait
}

// Words says why the customer moved, and since when that had waited.
func (m Move) Words() string {
	words := m.Cause.Words()
	if m.Since != nil {
		words += ", on " + m.Since.String()
	}
	return words
}

// Span is a stay of a customer in one place: from From on, and before To where
// it has ended.
type Span struct {
	Place string
	From  period.Date
	To    *period.Date // nil: it lasts
	Began Move
}

// Spans returns the stays that moves make, which are in order: one of each move
// to a place, those left on the day that they began among them, of which From is
// To. Stays neither overlap nor leave a hole between the first move and the last.
func Spans(moves []Move) []Span {
	var spans []Span
	for i, m := range moves {
		if m.To == Absent {
			continue
		}
		s := Span{Place: m.To, From: m.AsOf, Began: m}
		if i+1 < len(moves) {
			end := moves[i+1].AsOf
			s.To = &end
		}
		spans = append(spans, s)
	}
	return spans
}
