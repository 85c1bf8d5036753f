package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/query"
)

// conflictingTables are traits that contradict the contract lines in force: an
// export of accounts and one of contracts have a column of one name, and no
// running line says what the account says.
func (x *examination) conflictingTables(ctx context.Context) ([]Finding, error) {
	lines, _ := x.Strategy.Kind("contract")
	if x.facts["contract"] == nil {
		return nil, nil
	}
	var found []Finding
	for _, p := range x.sharedColumns(lines) {
		said := map[int64][]string{}
		err := x.each(ctx, query.RunningTexts(x.defs, x.stored, x.read.asOf, p.line), func(row []any) {
			said[whole(row[0])] = append(said[whole(row[0])], text(row[1]))
		})
		if err != nil {
			return nil, err
		}
		var list []FindingItem
		err = x.each(ctx, query.Roster(x.defs, x.stored, x.read.asOf, []string{p.trait.Name}), func(row []any) {
			account, value := whole(row[0]), text(row[3])
			running := said[account]
			agrees := func(s string) bool { return folded(s) == folded(value) }
			if value == "" || len(running) == 0 || slices.ContainsFunc(running, agrees) {
				return
			}
			if i, ok := x.about(account, "%s says %s, its contract lines of the day say %s", p.source, plainID(value), strings.Join(running, ", ")); ok {
				list = append(list, i)
			}
		})
		if err != nil {
			return nil, err
		}
		found = append(found, x.finding(Finding{
			Name: "contract." + p.trait.Name, Title: fmt.Sprintf("%s of the account is not what its contract lines say", x.title(p.trait.Name)),
			Do: "find out which of the two exports is kept up to date, and leave the column of the other out",
		}, list)...)
	}
	return found, nil
}

// shared is a column that exports of accounts and of contracts both have.
type shared struct {
	source      string
	trait, line fact.Column
}

func (x *examination) sharedColumns(lines fact.Kind) []shared {
	var list []shared
	for _, m := range x.Strategy.Sources {
		if m.Kind != fact.AccountKind {
			continue
		}
		for _, b := range m.Columns {
			trait, ok := x.Strategy.Trait(b.To)
			if !ok || trait.Type != fact.Text || b.From == "" {
				continue
			}
			for _, o := range x.Strategy.Sources {
				for _, c := range o.Columns {
					line, ok := lines.Column(c.To)
					if o.Kind == lines.Name && ok && query.IsOpenText(lines, line) && strings.EqualFold(c.From, b.From) {
						list = append(list, shared{m.Name, trait, line})
					}
				}
			}
		}
	}
	return list
}

// leaving are words by which exports say that a customer has left.
var leaving = []string{"churn", "cancelled", "canceled", "inactive", "closed_account", "former", "terminated"}

func saysLeft(name string) bool {
	return slices.ContainsFunc(leaving, func(w string) bool { return strings.Contains(strings.ToLower(name), w) })
}

// leftAndPays are customers of which an export says that they have left, and
// whose contract runs.
func (x *examination) leftAndPays(ctx context.Context) ([]Finding, error) {
	var found []Finding
	do := "find out which is right: end the contract in its export, or correct the mark"
	pays := func(account int64) bool { m := x.people[account].minor; return m != nil && *m > 0 }
	for _, c := range x.Strategy.Traits() {
		if c.Type != fact.Bool || !saysLeft(c.Name) {
			continue
		}
		var list []FindingItem
		err := x.each(ctx, query.Marked(x.defs, x.stored, x.read.asOf, c.Name), func(row []any) {
			if i, ok := x.about(whole(row[0]), "marked %s, and pays", c.Name); ok && pays(whole(row[0])) {
				list = append(list, i)
			}
		})
		if err != nil {
			return nil, err
		}
		found = append(found, x.finding(Finding{
			Name: "left_and_pays." + c.Name, Title: fmt.Sprintf("Marked %s, and their contracts run", x.title(c.Name)), Do: do,
		}, list)...)
	}
	for _, m := range x.Strategy.Sources {
		k, _ := x.Strategy.Kind(m.Kind)
		if k.Timing != fact.At || !saysLeft(m.Name) {
			continue
		}
		var list []FindingItem
		err := x.each(ctx, query.FactsOf(x.defs, x.stored, x.read.asOf, k.Name, nil), func(row []any) {
			if i, ok := x.about(whole(row[0]), "%s in %s, and pays", quantity(whole(row[2]), "row"), m.Name); ok && text(row[1]) == m.Name && pays(whole(row[0])) {
				list = append(list, i)
			}
		})
		if err != nil {
			return nil, err
		}
		found = append(found, x.finding(Finding{
			Name: "left_and_pays." + m.Name, Title: fmt.Sprintf("In %s, and their contracts run", m.Name), Hint: true, Do: do,
		}, list)...)
	}
	return found, nil
}
