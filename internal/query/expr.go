// Package query turns definitions into a relational plan: which facts are
// read, how they become metrics, levels and segments for every customer at
// once. It knows no engine; package sqltext writes the plan as SQL.
package query

// Expr is a value in a plan. Missing is NULL, and NULL is unknown.
type Expr interface{ expr() }

// Col is a column of a source of the Select it stands in.
type Col struct{ Table, Name string }

// Lit is a constant: nil, bool, int64, float64 or string. A float64 is never
// NaN or infinite.
type Lit struct{ Value any }

// Call applies an operation. Its operands' types are settled by the Fn.
type Call struct {
	Fn   Fn
	Args []Expr
}

// Case is the value of the first true condition, else Else; nil is NULL.
type Case struct {
	Whens []When
	Else  Expr
}

// When is one branch of a Case.
type When struct{ If, Then Expr }

// Agg aggregates the rows of a group that pass Filter; nil passes all.
type Agg struct {
	Fn     AggFn
	Args   []Expr
	Filter Expr
}

// Window is an aggregate or rank over the rows of the same partition.
type Window struct {
	Fn          WindowFn
	Args        []Expr
	PartitionBy []Expr
	OrderBy     []Order
}

// Order is one key of an order; NULLs come last.
type Order struct {
	By   Expr
	Desc bool
}

func (Col) expr()    {}
func (Lit) expr()    {}
func (Call) expr()   {}
func (Case) expr()   {}
func (Agg) expr()    {}
func (Window) expr() {}

// Fn is an operation on single values. Unless it says otherwise it is NULL
// when any operand is.
type Fn uint8

// The operations. Numbers are doubles, times and durations are whole
// microseconds, days are whole numbers since 1970-01-01.
const (
	And Fn = iota // Kleene, one or more
	Or            // Kleene, one or more
	Not
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	In        // first equals one of the constants that follow
	IsNull    // never NULL
	IsNotNull // never NULL
	Coalesce  // first that is not NULL

	Add
	Sub
	Mul
	Div // second is never zero: wrap it in NullIfZero
	Mod // second is never zero
	Neg
	Abs
	Round     // to whole, halves away from zero
	RoundEven // to whole, halves to even
	Trunc
	NullIfZero
	IsFinite

	Least    // of those that are not NULL
	Greatest // of those that are not NULL

	ToBig  // a whole number of 64 bits
	ToTiny // one of 8 bits
	ToSlim // one of 32 bits
	ToDouble
	ToInt // of a double that is whole and in range
	FloorDiv
	IntDiv   // of whole numbers that are not negative
	Scale    // whole numbers a, b, c: a times b over c, exact, rounded half to even; c is positive
	OrderKey // two whole numbers as one key of an order
	FloorMod
	ShiftLeft // 1 << n: one operand
	ShiftSlim // 1 << n in 32 bits, n at most 30: one operand
	BitAnd
	BitOr
	BitNot
	BitCount

	Concat
	Contains
	HasPrefix
	HasSuffix
	Matches // RE2, anywhere in the text
	Length  // in code points
	LowerASCII
	UpperASCII
	ToText

	YearOf   // of days
	MonthOf  // of days
	DayOf    // of days
	TimeText // of microseconds: 2026-01-31, or 2026-01-31 08:00:00

	TextList    // a list of the operands, which are texts
	ListOf      // a list of the operands, one or more of one type
	ListFirst   // the first element
	ListItem    // an element, by its number from 1 on
	ListHas     // list, text
	ListSize    // list
	ListAnyTrue // list of bools: any true, else NULL if any is NULL, else false
	ListAllTrue // list of bools: false if any is false, else NULL if any is NULL, else true
	ListApply   // list, Lambda
)

// Lambda is the second operand of ListApply: Body with Item bound to each
// element.
type Lambda struct {
	Item string
	Body Expr
}

// Item is the element that the enclosing Lambda looks at.
type Item struct{ Name string }

func (Lambda) expr() {}
func (Item) expr()   {}

// AggFn is an aggregate. All but CountRows skip NULL operands, and all but the
// counts are NULL over no rows.
type AggFn uint8

// The aggregates.
const (
	CountRows     AggFn = iota
	CountDistinct       // exact
	SumInt              // exact, of whole numbers
	Min
	Max
	BitOrAll
	AnyTrue // true if any is true
	ArgMax  // first operand of the row with the greatest second, skipping NULL firsts
	ArgLast // the same, not skipping them
	ArgMin
	QuantileDisc // operand, then the share as a constant
)

// WindowFn is a function over a partition.
type WindowFn uint8

// The window functions.
const (
	RowNumber WindowFn = iota
	PercentRank
	RunningSum // of whole numbers, from the first row of the order to this one
	CountOver  // rows with a value
	SumOver    // of whole numbers, over the whole partition
	LastKnown  // of the rows up to this one, the last value that is not NULL
	LastSaid   // of the rows up to this one of which the second operand is not NULL, the first operand of that with the greatest second
)

// Convenience constructors.

func col(table, name string) Col          { return Col{Table: table, Name: name} }
func lit(v any) Lit                       { return Lit{Value: v} }
func call(fn Fn, args ...Expr) Call       { return Call{Fn: fn, Args: args} }
func when(cond, then Expr, els Expr) Case { return Case{Whens: []When{{cond, then}}, Else: els} }

// all joins conditions with And; none is nil.
func all(conditions ...Expr) Expr {
	var kept []Expr
	for _, c := range conditions {
		if c != nil {
			kept = append(kept, c)
		}
	}
	switch len(kept) {
	case 0:
		return nil
	case 1:
		return kept[0]
	}
	return Call{Fn: And, Args: kept}
}
