package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/warehouse"
)

// ErrCycle is returned for accounts that are their own ancestors.
var ErrCycle = errors.New("accounts are their own parents, or parents of their parents")

const (
	namedCycles  = 5  // in a message
	namedMembers = 10 // of each cycle
	namedParents = 5
)

// unknownParents finds the parents that no source lists as accounts.
const unknownParents = `SELECT k.id, count(*)
FROM fact_account f
JOIN key k ON k.key = f.parent
WHERE NOT EXISTS (SELECT 1 FROM account_key a WHERE a.key = f.parent)
  AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.kind = 'account' AND s.row = f._row)
GROUP BY k.id
ORDER BY k.id`

// idsOfAccounts finds how accounts are called at their source.
const idsOfAccounts = `SELECT key, id FROM key WHERE family = 'account' AND key IN (%s)`

// checkFamily refuses a family tree that goes in circles as of the import, and
// warns of parents that are no accounts.
func (ld *loading) checkFamily(ctx context.Context) error {
	if !slices.ContainsFunc(ld.mapping.Columns, func(b fact.Binding) bool { return b.To == "parent" }) {
		return nil
	}
	edges, err := ld.engine.edges(ctx, ld.request)
	if err != nil {
		return fmt.Errorf("check the family tree: %w", err)
	}
	_, err = customer.NewTree(edges)
	var cycle *customer.Cycle
	switch {
	case errors.As(err, &cycle):
		return ld.nameCycles(ctx, cycle)
	case err != nil:
		return err
	}
	return ld.warnOfParents(ctx)
}

// edges reads who stands directly under whom on the day of the import.
func (e *Engine) edges(ctx context.Context, r ImportRequest) ([]customer.Edge, error) {
	asOf := e.day(nil, r.Now)
	stored, _, err := e.stored(ctx, asOf)
	if err != nil {
		return nil, err
	}
	plan, err := query.Edges(definitions(e.Strategy), stored, asOf)
	if err != nil {
		return nil, err
	}
	text, err := sqltext.Write(plan, sqltext.DuckDB(), sqltext.Options{})
	if err != nil {
		return nil, err
	}
	var edges []customer.Edge
	err = e.each(ctx, warehouse.Statement{Text: text.SQL, Args: text.Args}, func(row []any) {
		child, isChild := row[0].(int64)
		parent, isParent := row[1].(int64)
		if isChild && isParent {
			edges = append(edges, customer.Edge{Child: int32(child), Parent: int32(parent)})
		}
	})
	return edges, err
}

// each hands every row of an answer to a function.
func (e *Engine) each(ctx context.Context, s warehouse.Statement, take func(row []any)) error {
	rows, err := e.Warehouse.Query(ctx, s)
	if err != nil {
		return err
	}
	for rows.Next() {
		take(rows.Values())
	}
	return errors.Join(rows.Err(), rows.Close())
}

// nameCycles returns the error that names the accounts of the cycles.
func (ld *loading) nameCycles(ctx context.Context, cycle *customer.Cycle) error {
	var wanted []string
	for _, members := range cycle.Members[:min(len(cycle.Members), namedCycles)] {
		for _, m := range members[:min(len(members), namedMembers)] {
			wanted = append(wanted, fmt.Sprint(m))
		}
	}
	ids := map[int32]string{}
	find := warehouse.Statement{Text: fmt.Sprintf(idsOfAccounts, strings.Join(wanted, ", "))}
	err := ld.engine.each(ctx, find, func(row []any) {
		if key, ok := row[0].(int64); ok {
			ids[int32(key)], _ = row[1].(string)
		}
	})
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

// warnOfParents names the parents that are no accounts.
func (ld *loading) warnOfParents(ctx context.Context) error {
	var names []string
	parents, children := int64(0), int64(0)
	err := ld.engine.each(ctx, warehouse.Statement{Text: unknownParents}, func(row []any) {
		id, _ := row[0].(string)
		n, _ := row[1].(int64)
		parents++
		children += n
		if len(names) < namedParents {
			names = append(names, id)
		}
	})
	if err != nil {
		return fmt.Errorf("look for unknown parents: %w", err)
	}
	if parents == 0 {
		return nil
	}
	more := ""
	if parents > namedParents {
		more = " and more"
	}
	ld.warn("%s named as parent by %s, and no source lists them: %s%s; those accounts stand alone until they are listed",
		quantity(parents, "account"), quantity(children, "row"), strings.Join(names, ", "), more)
	return nil
}
