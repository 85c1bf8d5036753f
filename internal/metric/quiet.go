package metric

import (
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// Quiet are the spans of every year in which use says little, such as the days
// between the years.
type Quiet []QuietSpan

// QuietSpan is one of them.
type QuietSpan struct {
	period.Yearly
	Why string
}

// The names under which rules and formulas ask for quiet spans, where there
// are any.
const (
	IsQuiet        = "quiet"            // whether the day is in one
	DaysSinceQuiet = "days_since_quiet" // 0 on its days, 1 on the day after
)

// Variables declares the names to the rule language: none without spans.
func (q Quiet) Variables() []rule.Variable {
	if len(q) == 0 {
		return nil
	}
	return []rule.Variable{
		{Name: IsQuiet, Type: rule.TypeBool, Title: "Quiet period"},
		{Name: DaysSinceQuiet, Type: rule.TypeNumber, Unit: rule.UnitDays, Title: "Days since a quiet period"},
	}
}

// Value returns what a name stands for on a day; ok is false for other names.
func (q Quiet) Value(name string, day period.Date) (v rule.Value, ok bool) {
	if len(q) == 0 || name != IsQuiet && name != DaysSinceQuiet {
		return rule.Value{}, false
	}
	days := q[0].Since(day)
	for _, span := range q[1:] {
		days = min(days, span.Since(day))
	}
	if name == IsQuiet {
		return rule.Bool(days == 0), true
	}
	return rule.Number(float64(days)), true
}
