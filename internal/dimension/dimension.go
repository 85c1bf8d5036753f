// Package dimension says how each customer gets one level of one lens, such
// as value high, medium or low.
package dimension

import (
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/rule"
)

// Form says which of its fields define a dimension.
type Form uint8

// ByBound cuts a number at bounds; ByScore cuts a weighted score of numbers;
// ByPoints cuts a sum of points; ByRules takes the first level whose rule is
// true; ByTrait takes the trait's own value.
const (
	ByBound Form = iota
	ByScore
	ByPoints
	ByRules
	ByTrait
)

// CutKind says how a bound is written.
type CutKind uint8

// Absolute bounds are values; Percentile bounds are discrete quantiles of the
// positive values of the base; Cumulative bounds take the customers that hold
// the first share of a sum. The Lowest level has no bound.
const (
	Absolute CutKind = iota
	Percentile
	Cumulative
	Lowest
)

// Level is one value of a dimension. Levels stand highest first.
type Level struct {
	Name  string
	Title string
	Cut   CutKind
	Bound float64    // absolute value, or percentile / cumulative share from 0 to 1
	When  *rule.Expr // ByRules only
	Pos   diag.Pos
}

// Component is one part of a score: the number, scaled so that From is 0 and
// To is 1 and clipped to that, times Weight.
type Component struct {
	Of       string
	From, To float64
	Weight   float64
	Pos      diag.Pos
}

// Clip returns a number on the scale of the part: 0 at From, 1 at To.
func (c Component) Clip(x float64) float64 {
	return max(min((x-c.From)/(c.To-c.From), 1), 0)
}

// IsEndFrom reports whether all numbers from x on are at one end of the scale:
// what is more than x is told then, whatever it is.
func (c Component) IsEndFrom(x float64) bool { return x >= max(c.From, c.To) }

// Point gives points when its rule is true.
type Point struct {
	When   *rule.Expr
	Points float64
	Pos    diag.Pos
}

// Definition is one dimension.
type Definition struct {
	Name  string
	Title string
	Why   string
	Cites []string
	Form  Form

	Of     string // metric or numeric trait (ByBound)
	Above  bool   // bounds are strict: only values above are in
	Within []string
	Review string // quarterly, monthly, yearly, or "" for every run

	Score       []Component
	MinEvidence float64 // share of the weight that must be known; 0 means all of it

	Points []Point
	Trait  string

	Levels []Level // ByTrait: empty, the values of the trait are the levels
	Hold   Hold

	Pos diag.Pos
}

// None is the level of customers whose value is zero under percentile cuts.
const None = "none"

// LevelNames returns the names of the levels that a customer can get, highest
// first, nil for a trait's open set. Percentile and cumulative cuts add None.
func (d Definition) LevelNames() []string {
	var names []string
	for _, l := range d.Levels {
		names = append(names, l.Name)
	}
	if d.IsRelative() && len(names) > 0 && names[len(names)-1] != None {
		names = append(names, None)
	}
	return names
}

// IsRelative reports whether the levels are cut among the customers of a day,
// by percentile or cumulative share, so that others can move one.
func (d Definition) IsRelative() bool {
	for _, l := range d.Levels {
		if l.Cut == Percentile || l.Cut == Cumulative {
			return true
		}
	}
	return false
}

// HasDirections reports whether a move is up or down: levels with conditions
// stand highest first where their hold tells the directions apart.
func (d Definition) HasDirections() bool {
	return d.Ordered() || d.Form == ByRules && (d.Hold.Up != Wait{} || d.Hold.Down != Wait{})
}

// Ordered reports whether the levels have an order, highest first.
func (d Definition) Ordered() bool {
	return d.Form == ByBound || d.Form == ByScore || d.Form == ByPoints
}
