package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// lineLinks are the columns by which a line names another.
var lineLinks = []string{"supersedes", "renews"}

// keyOfNamed returns the key of the line that a line names under a column, and
// joins what is needed to tell. It is the naming line's own key where that has
// such a line; else the one other key of the account on the day that has it,
// where it has it once. Where several lines fit, none is taken.
func (c *compiler) keyOfNamed(s *Select, k fact.Kind, alias, column string, day period.Date) Expr {
	own := col(alias, "_key")
	if !c.stored.severalKeys() {
		return own
	}
	other := "other_" + column
	s.Joins = append(s.Joins, Join{
		Kind: LeftJoin, Source: from(c.namedElsewhere(k, column, day), other),
		On: call(Eq, col(other, "row"), col(alias, "_row")),
	})
	return call(Coalesce, col(other, "key"), own)
}

// namedElsewhere makes the step of the lines that name exactly one line of
// another key of their account, and none of their own. Its columns are row, of
// the line that names, and key, of the one that is named.
func (c *compiler) namedElsewhere(k fact.Kind, column string, day period.Date) string {
	at := k.Name + "_" + strings.ReplaceAll(day.String(), "-", "_")
	name := fmt.Sprintf("%s_elsewhere_%s", column, at)
	if c.hasStep(name) {
		return name
	}
	lines := c.linesOfAccounts(k, at, day)
	c.plan.add(name+"_open", fmt.Sprintf("%s lines whose %s is no line of their own id", k.Name, column), Select{
		From: from(lines, "n"), Where: call(IsNotNull, col("n", column)),
		Joins: []Join{{Kind: AntiJoin, Source: from(lines, "own"), On: call(And,
			call(Eq, col("own", "key"), col("n", "key")), call(Eq, col("own", "id"), col("n", column)))}},
		Columns: []Column{as("row", col("n", "row")), as("account", col("n", "account")), as("names", col("n", column))},
	})
	c.plan.add(name+"_all", "the lines of other ids of the account that fit", Select{
		From: from(name+"_open", "n"), GroupBy: []Expr{col("n", "row")},
		Joins: []Join{{Kind: InnerJoin, Source: from(lines, "l"), On: call(And,
			call(Eq, col("l", "account"), col("n", "account")), call(Eq, col("l", "id"), col("n", "names")))}},
		Columns: []Column{as("row", col("n", "row")), as("key", Agg{Fn: Min, Args: []Expr{col("l", "key")}}), as("n", Agg{Fn: CountRows})},
	})
	return c.plan.add(name, "where exactly one does", Select{
		From: from(name+"_all", "n"), Where: call(Eq, col("n", "n"), lit(int64(1))),
		Columns: []Column{as("row", col("n", "row")), as("key", col("n", "key"))},
	})
}

// linesOfAccounts makes the step of a kind's lines as known on a day, with the
// account that each counts for.
func (c *compiler) linesOfAccounts(k fact.Kind, at string, day period.Date) string {
	name := "lines_of_accounts_" + at
	if c.hasStep(name) {
		return name
	}
	s := Select{From: from("fact_"+k.Name, "f")}
	s.Where = c.visibleOn(&s, k.Name, "f", day)
	account := c.accountOf(&s, "f")
	s.Columns = []Column{as("row", col("f", "_row")), as("key", col("f", "_key")), as("account", account), as("id", col("f", "id"))}
	for _, column := range lineLinks {
		if slices.ContainsFunc(k.Columns, func(x fact.Column) bool { return x.Name == column }) {
			s.Columns = append(s.Columns, as(column, col("f", column)))
		}
	}
	c.plan.add(name, k.Name+" lines and the accounts they count for", s)
	c.plan.Steps[len(c.plan.Steps)-1].Once = true
	return name
}
