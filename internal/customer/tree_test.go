package customer_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/customer"
)

func TestTree(t *testing.T) {
	t.Parallel()
	// 1 group, 2 and 3 companies of it, 4 a department of 2, 5 a site of 4;
	// 7 under 8; 6 alone. 4 has a second parent.
	tree, err := customer.NewTree([]customer.Edge{{Child: 4, Parent: 2}, {Child: 2, Parent: 1}, {Child: 3, Parent: 1}, {Child: 5, Parent: 4}, {Child: 7, Parent: 8}, {Child: 4, Parent: 3}, {Child: 2, Parent: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		account   int32
		root      int32
		ancestors []int32
	}{
		{"the top of a family", 1, 1, nil},
		{"a child", 3, 1, []int32{1}},
		{"a great-grandchild", 5, 1, []int32{4, 2, 1}},
		{"another family", 7, 8, []int32{8}},
		{"an account that stands alone", 6, 6, nil},
		{"an account beyond all edges", 1000, 1000, nil},
		{"no account", -1, -1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tree.Root(tt.account); got != tt.root {
				t.Errorf("root: got %d, want %d", got, tt.root)
			}
			if got := slices.Collect(tree.Ancestors(tt.account)); !slices.Equal(got, tt.ancestors) {
				t.Errorf("ancestors: got %v, want %v", got, tt.ancestors)
			}
		})
	}
	if diff := cmp.Diff(tree.Secondary(), []customer.Edge{{Child: 4, Parent: 3}}); diff != "" {
		t.Errorf("secondary edges differ (-got +want):\n%s", diff)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	tree, err := customer.NewTree([]customer.Edge{{Child: 4, Parent: 2}, {Child: 2, Parent: 1}, {Child: 5, Parent: 4}})
	if err != nil {
		t.Fatal(err)
	}
	company := func(id int32) bool { return id == 2 || id == 9 }
	for _, tt := range []struct {
		name    string
		account int32
		want    int32
		ok      bool
	}{
		{"the account itself", 2, 2, true},
		{"an ancestor two levels up", 5, 2, true},
		{"no such ancestor", 1, 0, false},
		{"an account without a family", 9, 9, true},
	} {
		if got, ok := tree.Nearest(tt.account, company); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %d %t, want %d %t", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestCycles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		edges []customer.Edge
		want  [][]int32
		text  string
	}{
		{"an account that is its own parent", []customer.Edge{{Child: 3, Parent: 3}}, [][]int32{{3}}, "accounts are their own ancestors: 3 -> 3"},
		{"two accounts", []customer.Edge{{Child: 9, Parent: 2}, {Child: 2, Parent: 9}}, [][]int32{{2, 9}}, "accounts are their own ancestors: 2 -> 9 -> 2"},
		{"a cycle with a tail", []customer.Edge{{Child: 0, Parent: 1}, {Child: 1, Parent: 4}, {Child: 4, Parent: 3}, {Child: 3, Parent: 1}}, [][]int32{{1, 4, 3}}, "accounts are their own ancestors: 1 -> 4 -> 3 -> 1"},
		{
			"several cycles beside a tree",
			[]customer.Edge{{Child: 1, Parent: 2}, {Child: 8, Parent: 7}, {Child: 7, Parent: 8}, {Child: 5, Parent: 6}, {Child: 6, Parent: 5}},
			[][]int32{{5, 6}, {7, 8}},
			"accounts are their own ancestors: 5 -> 6 -> 5; 7 -> 8 -> 7",
		},
		{
			"more than it names",
			[]customer.Edge{{Child: 1, Parent: 1}, {Child: 2, Parent: 2}, {Child: 3, Parent: 3}, {Child: 4, Parent: 4}, {Child: 5, Parent: 5}},
			[][]int32{{1}, {2}, {3}, {4}, {5}},
			"accounts are their own ancestors: 1 -> 1; 2 -> 2; 3 -> 3; and 2 more",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := customer.NewTree(tt.edges)
			var cycle *customer.Cycle
			if !errors.As(err, &cycle) {
				t.Fatalf("got %v, want a cycle", err)
			}
			if diff := cmp.Diff(cycle.Members, tt.want); diff != "" {
				t.Errorf("members differ (-got +want):\n%s", diff)
			}
			if cycle.Error() != tt.text {
				t.Errorf("got %q, want %q", cycle.Error(), tt.text)
			}
		})
	}
}

// The root is what one reaches by going up, and a cycle is found exactly when
// going up never ends.
func TestTreeLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parents := map[int32]int32{}
		var edges []customer.Edge
		for range rapid.IntRange(0, 40).Draw(t, "edges") {
			e := customer.Edge{Child: rapid.Int32Range(0, 30).Draw(t, "child"), Parent: rapid.Int32Range(0, 30).Draw(t, "parent")}
			if rapid.IntRange(0, 9).Draw(t, "downwards") > 0 && e.Parent >= e.Child {
				continue // mostly trees
			}
			edges = append(edges, e)
			if _, ok := parents[e.Child]; !ok {
				parents[e.Child] = e.Parent
			}
		}
		climb := func(account int32) (root int32, ends bool) {
			for range 40 {
				parent, ok := parents[account]
				if !ok {
					return account, true
				}
				account = parent
			}
			return 0, false
		}
		tree, err := customer.NewTree(edges)
		circular := 0
		for account := range int32(31) {
			root, ends := climb(account)
			if !ends {
				circular++
			} else if err == nil && tree.Root(account) != root {
				t.Errorf("root of %d: got %d, want %d", account, tree.Root(account), root)
			}
		}
		var cycle *customer.Cycle
		if errors.As(err, &cycle) != (circular > 0) {
			t.Fatalf("got error %v with %d accounts that go in circles", err, circular)
		}
		if cycle == nil {
			return
		}
		for _, members := range cycle.Members {
			for i, m := range members {
				if next := members[(i+1)%len(members)]; parents[m] != next {
					t.Errorf("cycle %v: the parent of %d is %d", members, m, parents[m])
				}
			}
		}
	})
}

func BenchmarkNewTree(b *testing.B) {
	edges := make([]customer.Edge, 0, 1_000_000)
	for i := int32(1); i < 1_000_000; i++ {
		edges = append(edges, customer.Edge{Child: i, Parent: int32(int64(i) * 7919 % int64(i))})
	}
	for b.Loop() {
		if _, err := customer.NewTree(edges); err != nil {
			b.Fatal(err)
		}
	}
}
