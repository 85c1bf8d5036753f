package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// reach fills the table of sources, and what is recorded of each account.
func (x *examination) reach(ctx context.Context) error {
	profile, err := x.profile(ctx)
	if err != nil {
		return err
	}
	by := map[string]map[int64]bool{} // customers by source
	for _, k := range x.Strategy.Kinds {
		if profile.Kinds[k.Name].Rows == 0 || !k.IsAboutAccounts() && k.Name != fact.AccountKind {
			continue
		}
		x.facts[k.Name] = map[int64]int64{}
		err := x.each(ctx, query.FactsOf(x.defs, x.stored, x.read.asOf, k.Name, nil), func(row []any) {
			account, source := whole(row[0]), text(row[1])
			x.facts[k.Name][account] += whole(row[2])
			if by[source] == nil {
				by[source] = map[int64]bool{}
			}
			if p, ok := x.people[account]; ok && p.inBase {
				by[source][p.customer] = true
			}
		})
		if err != nil {
			return fmt.Errorf("count %s facts: %w", k.Name, err)
		}
	}
	pays := map[int64]int64{}
	for _, p := range x.people {
		if p.minor != nil {
			pays[p.customer] = *p.minor
		}
	}
	for _, m := range x.Strategy.Sources {
		s := SourceHealth{Source: m.Name, Kind: m.Kind}
		k, _ := x.Strategy.Kind(m.Kind)
		if in, ok := profile.Sources[m.Name]; ok {
			s.Rows, s.Unmatched = in.Rows, in.Unmatched
			day := x.Strategy.Zone.Date
			if k.Timing != fact.At {
				day = func(micros int64) period.Date { return period.Date(micros / period.MicrosPerDay) }
			}
			first, last, on := day(in.FirstAt), min(day(in.LastAt), x.read.asOf), x.Strategy.Zone.Date(in.LastImport)
			s.Imported = &on
			if in.Rows > 0 && k.Timing != fact.Version {
				s.First, s.Last = &first, &last
			}
			if !k.IsAboutAccounts() {
				s.Unmatched = 0
			}
		}
		for c := range by[m.Name] {
			s.Customers++
			s.Minor += pays[c]
		}
		s.Stale = slices.ContainsFunc(x.stored.Coverage[m.Kind], func(c query.Coverage) bool { return c.Source == m.Name && c.Stale })
		x.checkup.Sources = append(x.checkup.Sources, s)
	}
	return nil
}

// staleSources are those whose silence says nothing any more, and those that
// were never imported.
func (x *examination) staleSources(context.Context) ([]Finding, error) {
	var found []Finding
	for _, s := range x.checkup.Sources {
		switch {
		case s.Imported == nil:
			found = append(found, Finding{
				Name: "empty." + s.Source, Title: fmt.Sprintf("Source %s has never been imported", s.Source), Rows: 1, Largest: []string{},
				Do:   "put its file where the strategy looks for it and import it, or take the source out",
				List: []FindingItem{{What: "nothing is stored of it"}},
			})
		case s.Stale:
			last := *s.Imported
			if k, _ := x.Strategy.Kind(s.Kind); s.Last != nil && k.Coverage == fact.Flow {
				last = *s.Last
			}
			found = append(found, Finding{
				Name: "stale." + s.Source, Customers: s.Customers, Minor: s.Minor, Rows: 1, Largest: []string{},
				Title: fmt.Sprintf("Source %s ends on %s, too long before %s: figures that need it are unknown", s.Source, last, x.read.asOf),
				Do:    "import a newer export, or say fresh_within for the source if it comes less often",
				List:  []FindingItem{{What: fmt.Sprintf("%s rows up to %s", s.Kind, last)}},
			})
		}
	}
	return found, nil
}

// noID stands for the id of rows that name no account.
const noID = "(no id)"

// unmatchedRows are rows of ids that no source lists.
func (x *examination) unmatchedRows(ctx context.Context) ([]Finding, error) {
	profile, err := x.profile(ctx)
	if err != nil {
		return nil, err
	}
	revenue, _ := x.Strategy.Metric(x.Strategy.RevenueMetric)
	var found []Finding
	for _, k := range x.Strategy.Kinds {
		if !anyUnmatched(k, profile) {
			continue
		}
		column := ""
		if revenue.Kind == k.Name {
			column = revenue.Column
		}
		by := map[string][]FindingItem{}
		rows := map[string]int64{}
		err := x.each(ctx, query.Strays(x.defs, x.stored, x.read.asOf, k.Name, column), func(row []any) {
			source := text(row[0])
			i := FindingItem{Account: text(row[1]), other: true, What: fmt.Sprintf("%s of %s", quantity(whole(row[2]), "row"), k.Name)}
			if i.Account == "" {
				i.Account = noID
			}
			if minor, ok := row[3].(int64); ok {
				i.Minor = &minor
			}
			rows[source] += whole(row[2])
			by[source] = append(by[source], i)
		})
		if err != nil {
			return nil, err
		}
		for _, m := range x.Strategy.Sources {
			belong := "belong"
			if rows[m.Name] == 1 {
				belong = "belongs"
			}
			do := "list these accounts in a source, say under which ids a source knows them (keys, ids), or join them with the accounts that they are"
			title := fmt.Sprintf("%s of %s %s to no account that any source lists", quantity(rows[m.Name], "row"), m.Name, belong)
			if list := by[m.Name]; len(list) == 1 && list[0].Account == noID {
				verb := "name"
				if rows[m.Name] == 1 {
					verb = "names"
				}
				title, do = fmt.Sprintf("%s of %s %s no account", quantity(rows[m.Name], "row"), m.Name, verb), NamelessWords
			}
			found = append(found, x.finding(Finding{
				Name: unmatchedFinding + m.Name, Title: title, Do: do, Command: "match",
			}, by[m.Name])...)
		}
	}
	return found, nil
}

// parents are links of the family tree that do not count, and contract lines
// that name each other.
func (x *examination) parents(ctx context.Context) ([]Finding, error) {
	var found []Finding
	if x.severalStateParents(x.stored) {
		tree, err := x.family(ctx, x.stored, x.read.asOf)
		if err != nil {
			return nil, err
		}
		seconds, err := x.secondParents(ctx, tree)
		if err != nil {
			return nil, err
		}
		var list []FindingItem
		for _, s := range seconds {
			if i, ok := x.called(s.Account, "under %s (%s), and under %s (%s)", s.Parent, s.Source, s.Second, s.From); ok {
				list = append(list, i)
			}
		}
		found = x.finding(Finding{
			Name: "parents", Title: "Sources name different parents for one account",
			Do: "correct the source that is wrong; until then what was stated last counts",
		}, list)
	}
	var list []FindingItem
	for _, c := range x.circles {
		if i, ok := x.called(plainID(c.Account), "%s", c.Words()); ok {
			list = append(list, i)
		}
	}
	return append(found, x.finding(Finding{
		Name: "circles", Title: "Contract lines name each other as replaced or renewed",
		Do: "correct the export: none of them replaces another, and all that run are summed",
	}, list)...), nil
}

// called is a row of a finding on the account that is shown under an id.
func (x *examination) called(id, format string, args ...any) (FindingItem, bool) {
	account, ok := x.byID[plainID(id)]
	if !ok { // it was plain already
		account, ok = x.byID[id]
	}
	if !ok {
		return FindingItem{}, false
	}
	return x.about(account, format, args...)
}
