package rule

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind says which kind of value a Value holds.
type Kind uint8

// The kinds of values. AtLeast stands in for a number.
const (
	KindUnknown Kind = iota
	KindBool
	KindNumber
	KindText
	KindTime
	KindDuration
	KindList
	KindAtLeast
)

// Times from minTime to maxTime are the years 1 to 9999, in microseconds
// since 1970-01-01; no duration is longer than maxDuration either way.
const (
	dayMicros   = 86_400_000_000
	minTime     = -62_135_596_800_000_000
	maxTime     = 253_402_300_799_999_999
	maxDuration = maxTime - minTime
)

// Value is one value, or the statement that it is unknown. The zero Value is
// unknown without saying why. Values are immutable and cheap to copy; compare
// them with Equal.
type Value struct {
	kind Kind
	bits uint64    // bool, number, time, duration, bound
	text string    // text; of an unknown, its note
	list *[]string // items; of an unknown, the sorted names of what is missing
}

// True and False are the two truth values.
var (
	True  = Value{kind: KindBool, bits: 1}
	False = Value{kind: KindBool}
)

// Bool returns a truth value.
func Bool(b bool) Value {
	if b {
		return True
	}
	return False
}

// Number returns a number. NaN and infinities are unknown, with a note.
func Number(x float64) Value {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return noted(noteNotFinite)
	}
	return Value{kind: KindNumber, bits: math.Float64bits(x)}
}

// Text returns a text.
func Text(s string) Value { return Value{kind: KindText, text: s} }

// Time returns the time that many microseconds of wall-clock time after
// 1970-01-01. Outside of the years 1 to 9999 it is unknown, with a note.
func Time(us int64) Value {
	if us < minTime || us > maxTime {
		return noted(noteTimeRange)
	}
	return Value{kind: KindTime, bits: uint64(us)}
}

// Duration returns a length of time in microseconds. One longer than the years
// 1 to 9999 is unknown, with a note.
func Duration(us int64) Value {
	if us < -maxDuration || us > maxDuration {
		return noted(noteTimeRange)
	}
	return Value{kind: KindDuration, bits: uint64(us)}
}

// List returns a list of texts. The items must not be changed afterwards.
func List(items ...string) Value { return Value{kind: KindList, list: &items} }

// Unknown returns the unknown value that lacks the named variables.
func Unknown(names ...string) Value {
	if len(names) == 0 {
		return Value{}
	}
	if !slices.IsSorted(names) || len(names) > 1 {
		names = slices.Compact(slices.Sorted(slices.Values(names)))
	}
	return Value{list: &names}
}

// AtLeast returns a number that is only known to be more than the bound, such
// as the days since a contact when none is found in the days covered.
func AtLeast(bound float64) Value {
	if math.IsNaN(bound) || math.IsInf(bound, 0) {
		return noted(noteNotFinite)
	}
	return Value{kind: KindAtLeast, bits: math.Float64bits(bound)}
}

// Notes say why a value is unknown although nothing was missing.
const (
	noteDivision  = "division by zero"
	noteNotFinite = "not a finite number"
	noteTimeRange = "outside of the years 1 to 9999"
	noteType      = "stored as another type"
)

func noted(note string) Value { return Value{text: note} }

// Kind returns which kind of value it is.
func (v Value) Kind() Kind { return v.kind }

// IsUnknown reports whether nothing is known of the value.
func (v Value) IsUnknown() bool { return v.kind == KindUnknown }

// IsTrue reports whether the value is known to be true.
func (v Value) IsTrue() bool { return v.kind == KindBool && v.bits == 1 }

// IsFalse reports whether the value is known to be false.
func (v Value) IsFalse() bool { return v.kind == KindBool && v.bits == 0 }

// Number returns the number, or the bound of an AtLeast; 0 for other kinds.
func (v Value) Number() float64 {
	if v.kind != KindNumber && v.kind != KindAtLeast {
		return 0
	}
	return math.Float64frombits(v.bits)
}

// Text returns the text; "" for other kinds.
func (v Value) Text() string {
	if v.kind != KindText {
		return ""
	}
	return v.text
}

// Micros returns the microseconds of a time or duration; 0 for other kinds.
func (v Value) Micros() int64 {
	if v.kind != KindTime && v.kind != KindDuration {
		return 0
	}
	return int64(v.bits)
}

// List returns the items of a list; nil for other kinds. They must not be
// changed.
func (v Value) List() []string {
	if v.kind != KindList {
		return nil
	}
	return *v.list
}

// Missing returns the sorted names of the variables whose values an unknown
// lacks; nil for other kinds, and where a note says more. They must not be
// changed.
func (v Value) Missing() []string {
	if v.kind != KindUnknown || v.list == nil {
		return nil
	}
	return *v.list
}

// Note says in words why a value is unknown although nothing was missing, such
// as "division by zero"; else it is empty.
func (v Value) Note() string {
	if v.kind != KindUnknown {
		return ""
	}
	return v.text
}

// Type returns the type of expressions that have such a value, and TypeNone for
// an unknown.
func (v Value) Type() Type {
	return [...]Type{TypeNone, TypeBool, TypeNumber, TypeText, TypeTime, TypeDuration, TypeTextList, TypeNumber}[v.kind]
}

// Equal reports whether two values are the same, kind included. Unknowns are
// the same when they lack the same names for the same reason.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.text != w.text {
		return false
	}
	switch v.kind {
	case KindNumber, KindAtLeast:
		return v.Number() == w.Number()
	case KindUnknown:
		return slices.Equal(v.Missing(), w.Missing())
	case KindList:
		return slices.Equal(v.List(), w.List())
	default:
		return v.bits == w.bits
	}
}

// String returns the value in the notation of tests and traces: 12.5, "text",
// 2026-01-31, 28d, ["a", "b"], unknown(arr), at least 90.
func (v Value) String() string {
	switch v.kind {
	case KindBool:
		return strconv.FormatBool(v.IsTrue())
	case KindNumber:
		return formatNumber(v.Number())
	case KindText:
		return strconv.Quote(v.text)
	case KindTime:
		return formatTime(v.Micros())
	case KindDuration:
		return formatDuration(v.Micros())
	case KindList:
		items := make([]string, len(v.List()))
		for i, s := range v.List() {
			items[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case KindAtLeast:
		return "at least " + formatNumber(v.Number())
	default:
		why := slices.Clone(v.Missing())
		if v.text != "" {
			why = append(why, v.text)
		}
		if len(why) == 0 {
			return "unknown"
		}
		return "unknown(" + strings.Join(why, ", ") + ")"
	}
}

func formatNumber(x float64) string {
	if a := math.Abs(x); a >= 1e15 || a != 0 && a < 1e-6 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func formatTime(us int64) string {
	t := time.UnixMicro(us).UTC()
	if us%dayMicros == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05.999999")
}

func formatDuration(us int64) string {
	if us%dayMicros == 0 {
		return fmt.Sprintf("%dd", us/dayMicros)
	}
	return (time.Duration(us/1_000_000) * time.Second).String()
}
