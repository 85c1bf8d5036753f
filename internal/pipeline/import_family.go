package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/query"
)

// namedParents is how many unknown parents a warning names.
const namedParents = 5

// checkFamily refuses a family tree that goes in circles as of the import, and
// warns of parents that are no accounts.
func (ld *loading) checkFamily(ctx context.Context) error {
	e := ld.engine
	if !slices.ContainsFunc(ld.mapping.Columns, func(b fact.Binding) bool { return b.To == e.Strategy.ParentColumn() }) {
		return nil
	}
	asOf := e.day(nil, ld.request.Now)
	stored, _, err := e.stored(ctx, asOf)
	if err != nil {
		return fmt.Errorf("check the family tree: %w", err)
	}
	tree, err := e.family(ctx, stored, asOf)
	if err != nil {
		return err
	}
	seconds, err := e.secondParents(ctx, tree)
	if err != nil {
		return err
	}
	if len(seconds) > 0 {
		ld.warn("%s", SecondParentWords(seconds))
	}
	rows, err := e.query(ctx, query.UnknownParents(definitions(e.Strategy), stored, asOf))
	if err != nil {
		return fmt.Errorf("look for unknown parents: %w", err)
	}
	ld.warnOfParents(rows)
	return nil
}

// warnOfParents names the parents that are no accounts.
func (ld *loading) warnOfParents(rows [][]any) {
	if len(rows) == 0 {
		return
	}
	var names []string
	children := int64(0)
	for _, row := range rows {
		children += whole(row[1])
		if len(names) < namedParents {
			names = append(names, plainID(fmt.Sprint(row[0])))
		}
	}
	more := ""
	if len(rows) > namedParents {
		more = " and more"
	}
	ld.warn("%s named as parent by %s, and no source lists them: %s%s; those accounts stand alone until they are listed",
		quantity(int64(len(rows)), "account"), quantity(children, "row"), strings.Join(names, ", "), more)
}
