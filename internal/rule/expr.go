package rule

import (
	"cmp"
	"slices"

	"github.com/segue-cs/segue/internal/diag"
)

// Expr is a checked condition or formula. It is immutable, and safe for
// concurrent use.
type Expr struct {
	source string
	root   *Node
	at     diag.Pos
}

// Source returns the text it was compiled from.
func (x *Expr) Source() string { return x.source }

// Root returns the tree. It must not be changed.
func (x *Expr) Root() *Node { return x.root }

// Type returns the type of the value.
func (x *Expr) Type() Type { return x.root.Type }

// Unit returns the unit of a number, empty when it is not known.
func (x *Expr) Unit() Unit { return x.root.Unit }

// Ref is a variable that an expression reads, at one distance in time.
type Ref struct {
	Name    string
	AgoDays int // 0 for the date asked for
}

// Refs returns the distinct variables and distances that the expression reads,
// ordered by both.
func (x *Expr) Refs() []Ref {
	var refs []Ref
	x.root.Walk(func(n *Node) bool {
		if n.Op == OpVar {
			refs = append(refs, Ref{Name: n.Name, AgoDays: n.AgoDays})
		}
		return true
	})
	slices.SortFunc(refs, func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.AgoDays, b.AgoDays))
	})
	return slices.Compact(refs)
}

// Names returns the distinct names of the variables that the expression reads,
// sorted.
func (x *Expr) Names() []string {
	var names []string
	for _, ref := range x.Refs() {
		names = append(names, ref.Name)
	}
	return slices.Compact(names)
}

// Boundary is a number that a variable is compared with.
type Boundary struct {
	Op    Op // OpEq to OpGe, the variable on the left
	Value float64
}

// Boundaries returns the literal numbers that the variable, as of the date
// asked for, is compared with directly, in the order of the source and without
// repeats: arr >= 100000 has the boundary {OpGe, 100000} for arr.
func (x *Expr) Boundaries(name string) []Boundary {
	var found []Boundary
	add := func(op Op, v, c *Node) {
		b := Boundary{Op: op, Value: c.Value.Number()}
		if v.Op == OpVar && v.Name == name && v.AgoDays == 0 && c.Op == OpConst && c.Type == TypeNumber && !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	x.root.Walk(func(n *Node) bool {
		if n.Op.IsComparison() {
			add(n.Op, n.Args[0], n.Args[1])
			add(n.Op.mirror(), n.Args[1], n.Args[0])
		}
		return true
	})
	return found
}
