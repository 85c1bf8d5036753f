// Package metric says how a number (or a text, or a date) comes about for each
// customer and date, from facts or from other metrics.
package metric

import (
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// Aggregate turns many facts into one value.
type Aggregate string

// Since is the number of days since the last fact; ActiveDays the number of
// different days with one.
const (
	Count         Aggregate = "count"
	Sum           Aggregate = "sum"
	Avg           Aggregate = "avg"
	Min           Aggregate = "min"
	Max           Aggregate = "max"
	First         Aggregate = "first"
	Last          Aggregate = "last"
	CountDistinct Aggregate = "count_distinct"
	ActiveDays    Aggregate = "active_days"
	Since         Aggregate = "since"
)

// Aggregates lists all of them in the order of the reference.
var Aggregates = []Aggregate{Count, Sum, Avg, Min, Max, First, Last, CountDistinct, ActiveDays, Since}

// CountsNothingAsZero reports whether the aggregate of no facts is 0 where a
// source covers the span; the others are unknown without facts.
func (a Aggregate) CountsNothingAsZero() bool {
	return a == Count || a == Sum || a == CountDistinct || a == ActiveDays
}

// Form says which of its fields define a metric.
type Form uint8

// FromFacts aggregates facts, Derived computes from other metrics and traits,
// Ranked is the standing among peers, 0 (lowest) to 1 (highest).
const (
	FromFacts Form = iota
	Derived
	Ranked
)

// Definition is one metric.
type Definition struct {
	Name  string
	Title string
	Why   string
	Cites []string
	Unit  rule.Unit
	Type  rule.Type
	Form  Form

	// FromFacts.
	Kind      string
	Aggregate Aggregate
	Column    string     // "" for count, since and active_days of the facts themselves
	Where     *rule.Expr // over the kind's columns; nil takes all
	Over      int        // trailing days; 0 is everything up to the date
	Between   *period.Span

	// Derived.
	Is   *rule.Expr // over metrics and traits
	When *rule.Expr // where it is not true, the metric is not judged: unknown; nil judges always

	// Ranked.
	Rank   string   // metric
	Within []string // traits or dimensions

	Missing *float64 // the value where facts say nothing; nil is unknown
	Treated bool     // driven by our own work

	Pos diag.Pos
}

// Label returns the title, or the name as words.
func (d Definition) Label() string { return label(d.Title, d.Name) }
