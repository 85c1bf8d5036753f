package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/query"
)

// mendIt is what to do with rows that were rejected.
const mendIt = "mend it and import again"

// rejectedOf says, by metric, which rows of a customer were rejected and stand
// in the way.
func (e *Engine) rejectedOf(ctx context.Context, r query.Request, s query.Stored, id int64, keys []int64, names []string) (map[string]string, error) {
	plans, asked := query.Rejected(definitions(e.Strategy), r, s, id, keys, names)
	words := map[string]string{}
	for i, plan := range plans {
		first, counts := map[string]string{}, map[string]int64{}
		err := e.each(ctx, plan, func(row []any) {
			for j, name := range asked[i] {
				if might, _ := row[3+j].(bool); !might {
					continue
				}
				if counts[name]++; counts[name] == 1 {
					first[name] = toldRejected(text(row[0]), whole(row[1]), text(row[2]))
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("look for rejected rows: %w", err)
		}
		for name, n := range counts {
			m, _ := e.Strategy.Metric(name)
			words[name] = fmt.Sprintf("1 %s row was rejected: %s; %s", m.Kind, first[name], mendIt)
			if n > 1 {
				words[name] = fmt.Sprintf("%s were rejected, the first %s; %s", quantity(n, m.Kind+" row"), first[name], strings.Replace(mendIt, "it", "them", 1))
			}
		}
	}
	return words, nil
}

// noteRejected says of which of the missing the rows may have been rejected.
func (e *Engine) noteRejected(ctx context.Context, lacks []Lack) error {
	if len(lacks) == 0 {
		return nil
	}
	profile, err := e.profile(ctx)
	if err != nil {
		return fmt.Errorf("look for rejected rows: %w", err)
	}
	for i := range lacks {
		if m, ok := e.Strategy.Metric(lacks[i].Name); ok && profile.Gaps[m.Kind] {
			lacks[i].Rejected = m.Kind
		}
	}
	return nil
}

// toldRejected names a rejected row and says why; of one about someone who was
// erased nothing is kept.
func toldRejected(file string, line int64, reason string) string {
	switch {
	case file == "":
		return "about someone who was erased"
	case reason == "":
		return fmt.Sprintf("%s:%d", file, line)
	}
	return fmt.Sprintf("%s:%d: %s", file, line, reason)
}

// rejectedRows are rows that were rejected though it is known whose they are:
// what counts them can't be told. Those of nobody who can be named any more are
// left out.
func (x *examination) rejectedRows(ctx context.Context) ([]Finding, error) {
	by := map[string][]FindingItem{}
	for _, k := range x.Strategy.Kinds {
		if !x.stored.Gaps[k.Name] {
			continue
		}
		x.lost[k.Name] = map[int64]bool{}
		err := x.each(ctx, query.AllRejected(k.Name, x.stored, x.read.asOf), func(row []any) {
			if row[1] != nil {
				x.lost[k.Name][x.people[whole(row[1])].customer] = true
			}
			if text(row[3]) == "" {
				return
			}
			what := toldRejected(text(row[3]), whole(row[4]), text(row[5]))
			i, ok := x.about(whole(row[1]), "%s", what)
			if row[1] == nil || !ok {
				i = FindingItem{Account: text(row[2]), What: what}
			}
			if minor, ok := row[6].(int64); ok {
				currency := money.Currency(text(row[7]))
				i.What += " (" + amount(minor, currency) + ")"
				if i.Minor == nil && currency == x.Strategy.Currency {
					i.Minor, i.other = &minor, true
				}
			}
			by[text(row[0])] = append(by[text(row[0])], i)
		})
		if err != nil {
			return nil, fmt.Errorf("look for rejected rows: %w", err)
		}
	}
	var found []Finding
	for _, m := range x.Strategy.Sources {
		n := int64(len(by[m.Name]))
		were := "were"
		if n == 1 {
			were = "was"
		}
		found = append(found, x.finding(Finding{
			Name: "rejected." + m.Name, Title: fmt.Sprintf("%s of %s %s rejected: %s unknown for these customers", quantity(n, "row"), m.Name, were, restingOn(m.Kind)),
			Do: "mend the rows and import again, or leave them out with where:; if they are gone for good, import with --forget-rejects",
		}, by[m.Name])...)
	}
	return found, nil
}

// restingOn names the figures that are unknown where rows of a fact kind are
// missing, as the beginning of a sentence that ends with what they are.
func restingOn(kind string) string {
	if kind == fact.AccountKind {
		return "what the rows say is"
	}
	return fmt.Sprintf("sums and counts of %s rows are", strings.ReplaceAll(kind, "_", " "))
}
