// Package diag holds findings about a project's files: where something is,
// what is wrong with it and what to do about it.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether a finding stops the work.
type Severity uint8

// A Warning is shown and the work goes on; an Error stops it.
const (
	Error Severity = iota
	Warning
)

// Pos is a place in a file. Line and Column count from 1, columns in
// characters; 0 means not known.
type Pos struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// Shift returns the place n characters further on the same line.
func (p Pos) Shift(n int) Pos {
	if p.Column > 0 {
		p.Column += n
	}
	return p
}

// String returns "file:line:column" without the parts that are not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// Diagnostic is one finding.
type Diagnostic struct {
	Pos
	Severity Severity `json:"-"`
	Code     string   `json:"code"`           // stable, lower_snake: unknown_metric
	Message  string   `json:"message"`        // what is wrong; lower case, no full stop
	Hint     string   `json:"hint,omitempty"` // what to do: did you mean "active_users"?
}

// String returns the finding on one line:
//
//	metrics.yaml:12:5: unknown metric "usr_active" (did you mean "active_users"?) [unknown_metric]
func (d Diagnostic) String() string {
	var b strings.Builder
	if at := d.Pos.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if d.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	if d.Code != "" {
		b.WriteString(" [" + d.Code + "]")
	}
	return b.String()
}

// List is all that was found. The zero value is an empty list.
type List []Diagnostic

// Errorf adds an error. The hint may be empty.
func (l *List) Errorf(at Pos, code, hint, format string, args ...any) {
	*l = append(*l, Diagnostic{Pos: at, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// Warnf adds a warning. The hint may be empty.
func (l *List) Warnf(at Pos, code, hint, format string, args ...any) {
	*l = append(*l, Diagnostic{Pos: at, Severity: Warning, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// HasErrors reports whether any finding stops the work.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sort orders the findings by file, line and column, and drops exact repeats.
func (l *List) Sort() {
	slices.SortStableFunc(*l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	*l = slices.Compact(*l)
}

// Err returns the list as an error, or nil when nothing in it stops the work.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return Failure{List: l}
}

// Failure is a list of findings, at least one of them an error.
type Failure struct{ List List }

// Error returns one line for each finding.
func (f Failure) Error() string {
	lines := make([]string, len(f.List))
	for i, d := range f.List {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// DidYouMean returns a hint naming the candidate nearest to the word that was
// written, or "" when none is near.
func DidYouMean(word string, candidates []string) string {
	best, bestDistance := "", len([]rune(word))/2+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		d := distance(strings.ToLower(word), strings.ToLower(c))
		if d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best == "" || best == word {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is the optimal string alignment distance: insertions, deletions,
// substitutions and swaps of neighbours each cost 1.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(y)]
}
