// Package segmentation says how each customer gets into exactly one segment:
// the first whose rule is true, and what happens where data is missing.
package segmentation

import (
	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
)

// OnUnknown says what happens to a customer when missing data could change its
// segment (SEMANTICS 14).
type OnUnknown string

// HoldPlace stays where the customer is if that is still possible; ToUnknown
// says "can't tell"; AsNo counts what is unknown as not true.
const (
	HoldPlace OnUnknown = "hold"
	ToUnknown OnUnknown = "unknown"
	AsNo      OnUnknown = "no"
)

// Most is how many segments one segmentation may have: the candidates of a
// customer are kept as the bits of one whole number.
const Most = 62

// Names of the places beside the segments.
const (
	Unknown    = "unknown"    // can't tell
	Unassigned = "unassigned" // every rule is false
)

// Segment is one place of a segmentation.
type Segment struct {
	Name  string
	Title string
	Why   string
	When  *rule.Expr
	Touch string // high, hybrid, tech or ""
	Was   string // the name before a rename
	Pos   diag.Pos
}

// Definition is one segmentation.
type Definition struct {
	Name      string
	Title     string
	Why       string
	Cites     []string
	Grain     customer.Grain
	OnUnknown OnUnknown
	Ordered   bool // segments stand best first, so that a move is up or down
	Segments  []Segment
	Hold      dimension.Hold
	Pos       diag.Pos
}

// Audience is an overlapping list of customers by one rule.
type Audience struct {
	Name  string
	Title string
	Why   string
	Grain customer.Grain
	When  *rule.Expr
	Pos   diag.Pos
}
