package query

// Plan is a sequence of steps; each reads stored tables and steps before it.
// The last is the result.
type Plan struct {
	Steps []Step
}

// Step is a named Select.
type Step struct {
	Name    string
	Comment string // what it is for, in the words of the strategy
	Select  Select
	Once    bool // read by several steps: computed once and kept
}

// Select is one relational operation: join, filter, group, project.
type Select struct {
	Distinct bool
	Columns  []Column
	From     Source
	Joins    []Join
	Where    Expr // nil takes all
	GroupBy  []Expr
	OrderBy  []Order
	Limit    int // 0 is none
	Offset   int
}

// Source is a stored table or a step before, under the name Alias.
type Source struct{ Table, Alias string }

// Join adds the columns of a source.
type Join struct {
	Kind JoinKind
	Source
	On Expr // nil for CrossJoin
}

// JoinKind says which rows a join keeps.
type JoinKind uint8

// LeftJoin keeps rows without a partner, FullJoin those of both sides; AntiJoin
// keeps only those.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	SemiJoin
	AntiJoin
	CrossJoin
	FullJoin
)

// Column is one column of a Select. A nil Expr stands for all columns of the
// source named Star.
type Column struct {
	As   string
	Expr Expr
	Star string
}

func (p *Plan) add(name, comment string, s Select) string {
	p.Steps = append(p.Steps, Step{Name: name, Comment: comment, Select: s})
	return name
}

func as(name string, e Expr) Column { return Column{As: name, Expr: e} }
func star(source string) Column     { return Column{Star: source} }
func from(table, alias string) Source {
	return Source{Table: table, Alias: alias}
}
