package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/state"
)

// ErrCycle is returned for accounts that are their own ancestors.
var ErrCycle = errors.New("accounts are their own parents, or parents of their parents")

const (
	namedCycles  = 5  // in a message
	namedMembers = 10 // of each cycle
)

// family is the family tree on a day. Accounts that the base does not know as
// their own, such as internal ones, are part of it.
type family struct {
	tree     customer.Tree
	accounts []int32 // all of them
	entities map[int32]string
	internal map[int32]bool
	sources  map[customer.Edge]string // which source states a link, where several do
}

// family reads who stands under whom on a day. It fails with ErrCycle, naming
// the accounts, when some are their own ancestors.
func (e *Engine) family(ctx context.Context, stored query.Stored, asOf period.Date) (family, error) {
	f := family{entities: map[int32]string{}, internal: map[int32]bool{}}
	plan, err := query.Edges(definitions(e.Strategy), stored, asOf)
	if err != nil {
		return f, err
	}
	parents := map[int32]int32{}
	err = e.each(ctx, plan, func(row []any) {
		account := int32(whole(row[0]))
		f.accounts = append(f.accounts, account)
		if parent, ok := row[1].(int64); ok {
			parents[account] = int32(parent)
		}
		if entity, ok := row[2].(string); ok {
			f.entities[account] = entity
		}
		if is, _ := row[3].(bool); is {
			f.internal[account] = true
		}
	})
	if err != nil {
		return f, err
	}
	listed := make(map[int32]bool, len(f.accounts))
	for _, account := range f.accounts {
		listed[account] = true
	}
	var edges []customer.Edge
	for _, account := range f.accounts {
		if parent, ok := parents[account]; ok && listed[parent] { // a parent that nobody lists makes no family
			edges = append(edges, customer.Edge{Child: account, Parent: parent})
		}
	}
	if e.severalStateParents(stored) {
		f.sources = map[customer.Edge]string{}
		begun := map[int32]int64{} // the newest day that a statement names, by account
		err := e.each(ctx, query.StatedParents(definitions(e.Strategy), stored, asOf), func(row []any) {
			edge := customer.Edge{Child: int32(whole(row[0])), Parent: int32(whole(row[1]))}
			if since, ok := row[3].(int64); ok {
				if newest, ok := begun[edge.Child]; ok && since < newest {
					return // it held until the newer one began
				}
				begun[edge.Child] = since
			}
			if first, ok := parents[edge.Child]; ok && listed[first] && listed[edge.Parent] {
				edges = append(edges, edge)
				f.sources[edge] = cmp.Or(f.sources[edge], text(row[2]))
			}
		})
		if err != nil {
			return f, fmt.Errorf("look for second parents: %w", err)
		}
	}
	f.tree, err = customer.NewTree(edges)
	var cycle *customer.Cycle
	if errors.As(err, &cycle) {
		return f, e.nameCycles(ctx, cycle)
	}
	return f, err
}

// top returns the highest account above an account, or itself, that is not
// internal: internal accounts hold a family together and are none of it.
func (f family) top(account int32) int32 {
	top := account
	for above := range f.tree.Ancestors(account) {
		if !f.internal[above] {
			top = above
		}
	}
	return top
}

// customer returns the customer that an account belongs to at a grain above
// the account; ok is false for one of none.
func (f family) customer(account int32, grain customer.Grain) (top int32, ok bool) {
	if f.internal[account] {
		return 0, false
	}
	if grain.Level == customer.ByEntity {
		return f.tree.Nearest(account, func(id int32) bool { return f.entities[id] == grain.Entity && !f.internal[id] })
	}
	return f.top(account), true
}

// members makes the table of who belongs to whom at a grain above the account,
// and returns its name and the number of accounts.
func (e *Engine) members(ctx context.Context, run *state.Run, grain customer.Grain, f family) (string, int64, error) {
	table := tableName("members", run.Batch, grain)
	var pairs [][]int64
	for _, account := range f.accounts {
		if top, ok := f.customer(account, grain); ok {
			pairs = append(pairs, []int64{int64(top), int64(account)})
		}
	}
	run.Results = append(run.Results, state.Result{Grain: "members of " + grain.String(), Table: table})
	return table, int64(len(pairs)), e.Warehouse.Fill(ctx, table, []string{"customer", "account"}, slices.Values(pairs))
}

// severalStateParents reports whether an account can have two parents on a day:
// each source has its own.
func (e *Engine) severalStateParents(s query.Stored) bool {
	n := 0
	for _, m := range e.Strategy.Sources {
		if m.Kind == fact.AccountKind && slices.ContainsFunc(m.Columns, func(b fact.Binding) bool { return b.To == e.Strategy.ParentColumn() }) {
			n++
		}
	}
	return n > 1 || n == 1 && (s.SharedKeys || s.Joined)
}

// SecondParent is a link of the family tree that does not count: on the day the
// account has another parent, which was stated later.
type SecondParent struct {
	Account string `json:"account"`
	Parent  string `json:"parent"` // the one that counts
	Source  string `json:"source"` // which states it
	Second  string `json:"second_parent"`
	From    string `json:"second_source"`
}

// secondParents names the links of a family that do not count.
func (e *Engine) secondParents(ctx context.Context, f family) ([]SecondParent, error) {
	links := f.tree.Secondary()
	if len(links) == 0 {
		return nil, nil
	}
	var accounts []int32
	for _, l := range links {
		first, _ := f.tree.Parent(l.Child)
		accounts = append(accounts, l.Child, l.Parent, first)
	}
	ids, err := e.accountIDs(ctx, accounts)
	if err != nil {
		return nil, fmt.Errorf("name second parents: %w", err)
	}
	var list []SecondParent
	for _, l := range links {
		first, _ := f.tree.Parent(l.Child)
		list = append(list, SecondParent{
			Account: ids[l.Child], Parent: ids[first], Source: f.sources[customer.Edge{Child: l.Child, Parent: first}],
			Second: ids[l.Parent], From: f.sources[l],
		})
	}
	slices.SortFunc(list, func(a, b SecondParent) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Second, b.Second))
	})
	return slices.Compact(list), nil
}

// namedSeconds is how many second parents a warning names.
const namedSeconds = 3

// SecondParentWords tells of some second parents, one or more.
func SecondParentWords(list []SecondParent) string {
	var parts []string
	for i, s := range list {
		if i == namedSeconds {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s is under %s (%s), not %s (%s)", s.Account, s.Parent, s.Source, s.Second, s.From))
	}
	return fmt.Sprintf("two parents on one day: %s; what was stated last counts, and the other link is never summed", strings.Join(parts, "; "))
}

// nameCycles returns the error that names the accounts of cycles.
func (e *Engine) nameCycles(ctx context.Context, cycle *customer.Cycle) error {
	var wanted []int32
	for _, members := range cycle.Members[:min(len(cycle.Members), namedCycles)] {
		wanted = append(wanted, members[:min(len(members), namedMembers)]...)
	}
	ids, err := e.accountIDs(ctx, wanted)
	if err != nil {
		return fmt.Errorf("name the accounts: %w", err)
	}
	var b strings.Builder
	for i, members := range cycle.Members {
		if i == namedCycles {
			fmt.Fprintf(&b, "\n  and %d more", len(cycle.Members)-i)
			break
		}
		b.WriteString("\n  ")
		for j, m := range members {
			if j == namedMembers {
				fmt.Fprintf(&b, "%d more, under ", len(members)-j)
				break
			}
			fmt.Fprintf(&b, "%s, under ", ids[m])
		}
		b.WriteString(ids[members[0]])
	}
	return fmt.Errorf("%w: correct the parents of%s", ErrCycle, b.String())
}

// accountIDs returns how accounts are called at their source.
func (e *Engine) accountIDs(ctx context.Context, accounts []int32) (map[int32]string, error) {
	list := make([]int64, len(accounts))
	for i, account := range accounts {
		list[i] = int64(account)
	}
	rows, err := e.query(ctx, query.AccountIDs(list))
	ids := make(map[int32]string, len(rows))
	for _, row := range rows {
		ids[int32(whole(row[0]))] = plainID(fmt.Sprint(row[1]))
	}
	return ids, err
}
