package query

import (
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// value is an Expr and what the compiler knows of it.
type value struct {
	Expr
	typ rule.Type

	// Texts are plain, or codes of a dictionary, or indexes into labels.
	domain string
	labels []string

	repeats string // of a metric: the column that its own says again

	size magnitude // of numbers
	open bool      // a number that may not be finite where it should be NULL

	// of "days since" metrics: whether there was no fact, never NULL, and the
	// days that the absence covers
	none  Expr
	bound float64
}

// encoded reports whether a text stands as a code.
func (v value) encoded() bool { return v.domain != "" || v.labels != nil }

func (v value) sameCode(w value) bool {
	return v.encoded() && v.domain == w.domain && slices.Equal(v.labels, w.labels)
}

// magnitude bounds a number: |x| <= most, and |x| >= least unless it is zero.
// It tells where a result may fail to be finite.
type magnitude struct{ least, most float64 }

var (
	anyMagnitude = magnitude{least: math.SmallestNonzeroFloat64, most: math.MaxFloat64}
	// whole numbers of millionths that fit 64 bits, and sums of them
	storedMagnitude = magnitude{least: 1e-9, most: 1e25}
	// averages of such
	averageMagnitude = magnitude{least: 1e-19, most: 1e25}
	ratioMagnitude   = magnitude{least: 1e-9, most: 1}
)

func constMagnitude(x float64) magnitude {
	if x == 0 {
		return magnitude{least: math.MaxFloat64, most: 0}
	}
	return magnitude{least: math.Abs(x), most: math.Abs(x)}
}

func (m magnitude) plus(n magnitude) magnitude {
	return magnitude{least: math.SmallestNonzeroFloat64, most: m.most + n.most}
}

func (m magnitude) times(n magnitude) magnitude {
	return magnitude{least: m.least * n.least, most: m.most * n.most}
}

func (m magnitude) over(n magnitude) magnitude {
	return magnitude{least: m.least / n.most, most: m.most / n.least}
}

func (m magnitude) mod(magnitude) magnitude {
	return magnitude{least: math.SmallestNonzeroFloat64, most: m.most}
}

func (m magnitude) round() magnitude { return magnitude{least: 1, most: m.most + 1} }

func (m magnitude) union(n magnitude) magnitude {
	return magnitude{least: min(m.least, n.least), most: max(m.most, n.most)}
}

// safe reports whether every such number is finite, with room for rounding.
func (m magnitude) safe() bool { return m.most < 1e300 }

// Ranges of the language, as rule states them.
const (
	minTime     = -62_135_596_800_000_000
	maxTime     = 253_402_300_799_999_999
	maxDuration = maxTime - minTime
)

func micros() Expr { return lit(period.MicrosPerDay) }

// plainText returns a text as text, whatever its encoding.
func (l *lowering) plainText(v value) value {
	switch {
	case v.domain != "":
		return value{Expr: l.scope.decode(v.domain, v.Expr), typ: rule.TypeText}
	case v.labels != nil:
		return value{Expr: l.once(v.Expr, func(code Expr) Expr { return named(code, v.labels) }), typ: rule.TypeText}
	}
	return v
}

// codeOf returns the code that a constant text has in v's encoding. A text
// without a code gets one that no value has.
func (l *lowering) codeOf(v value, text string) Expr {
	if v.domain != "" {
		if code, ok := l.scope.code(v.domain, text); ok {
			return lit(code)
		}
		return lit(int64(-1))
	}
	return lit(int64(slices.Index(v.labels, text)))
}

// whereKnown is a result, NULL where any of the operands is.
func whereKnown(operands []Expr, result Expr) Expr {
	var known []Expr
	for _, e := range operands {
		if _, constant := e.(Lit); !constant {
			known = append(known, call(IsNotNull, e))
		}
	}
	if len(known) == 0 {
		return result
	}
	return when(all(known...), result, nil)
}
