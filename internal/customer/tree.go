package customer

import (
	"fmt"
	"slices"
	"strings"
)

// Edge says that an account stands directly beneath another.
type Edge struct{ Child, Parent int32 }

// Tree is a family tree of accounts. An account that no edge names stands
// alone. The zero value is a tree without edges.
type Tree struct {
	parents   []int32 // by account; none where it has no parent
	roots     []int32
	secondary []Edge
}

// none is no account.
const none int32 = -1

// Cycle says that accounts are, along their parents, their own ancestors.
type Cycle struct {
	// Members holds each cycle once: every account is followed by its parent,
	// and the last by the first. A cycle starts with its smallest account, and
	// the cycles are sorted by it.
	Members [][]int32
}

// Error names up to ten accounts of the first three cycles.
func (c *Cycle) Error() string {
	const cycles, members = 3, 10
	var b strings.Builder
	b.WriteString("accounts are their own ancestors")
	for i, list := range c.Members {
		if i == cycles {
			fmt.Fprintf(&b, "; and %d more", len(c.Members)-i)
			break
		}
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		for j, m := range list {
			if j == members {
				b.WriteString("... -> ")
				break
			}
			fmt.Fprintf(&b, "%d -> ", m)
		}
		fmt.Fprint(&b, list[0])
	}
	return b.String()
}

// NewTree returns the tree of the edges.
//
// Accounts are numbered from 0, closely: the tree takes 8 bytes for each
// number up to the largest. Of several parents of an account the first counts,
// and the others are Secondary.
//
// It fails with *Cycle when accounts are their own ancestors.
func NewTree(edges []Edge) (Tree, error) {
	largest := none
	for _, e := range edges {
		largest = max(largest, e.Child, e.Parent)
	}
	t := Tree{parents: make([]int32, largest+1), roots: make([]int32, largest+1)}
	for i := range t.parents {
		t.parents[i], t.roots[i] = none, none
	}
	for _, e := range edges {
		switch t.parents[e.Child] {
		case none:
			t.parents[e.Child] = e.Parent
		case e.Parent:
		default:
			t.secondary = append(t.secondary, e)
		}
	}
	if cycle := t.settle(); cycle != nil {
		return Tree{}, cycle
	}
	return t, nil
}

// settle fills roots, or returns the cycles that keep it from doing so.
func (t *Tree) settle() *Cycle {
	const visiting int32 = -2
	var cycles [][]int32
	var path []int32
	for i := range t.parents {
		path = path[:0]
		at := int32(i)
		for t.roots[at] == none && t.parents[at] != none {
			t.roots[at] = visiting
			path = append(path, at)
			at = t.parents[at]
		}
		root := t.roots[at]
		switch root {
		case none: // a top account
			root = at
			t.roots[at] = at
		case visiting:
			cycles = append(cycles, fromSmallest(path[slices.Index(path, at):]))
			root = at
		}
		for _, member := range path {
			t.roots[member] = root
		}
	}
	if cycles == nil {
		return nil
	}
	slices.SortFunc(cycles, func(a, b []int32) int { return int(a[0]) - int(b[0]) })
	return &Cycle{Members: cycles}
}

// fromSmallest returns a cycle so that it starts with its smallest account.
func fromSmallest(cycle []int32) []int32 {
	i := slices.Index(cycle, slices.Min(cycle))
	return append(slices.Clone(cycle[i:]), cycle[:i]...)
}

// Parent returns the account that stands directly above; ok is false for one
// at the top.
func (t Tree) Parent(account int32) (parent int32, ok bool) {
	if account < 0 || int(account) >= len(t.parents) || t.parents[account] == none {
		return 0, false
	}
	return t.parents[account], true
}

// Root returns the account at the top of the family, which is the account
// itself when it has no parent.
func (t Tree) Root(account int32) int32 {
	if account < 0 || int(account) >= len(t.roots) {
		return account
	}
	return t.roots[account]
}

// Ancestors yields the accounts above, the nearest first and the root last.
func (t Tree) Ancestors(account int32) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		for at, ok := t.Parent(account); ok && yield(at); {
			at, ok = t.Parent(at)
		}
	}
}

// Nearest returns the first account that satisfies the predicate, going up
// from the account itself; ok is false when none does.
func (t Tree) Nearest(account int32, is func(int32) bool) (found int32, ok bool) {
	if is(account) {
		return account, true
	}
	for at := range t.Ancestors(account) {
		if is(at) {
			return at, true
		}
	}
	return 0, false
}

// Secondary returns the edges that do not count because their child has an
// earlier parent, in the order given.
func (t Tree) Secondary() []Edge { return t.secondary }
