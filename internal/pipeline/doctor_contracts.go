package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
)

// usageKinds are the kinds of fact that say how a product is used.
var usageKinds = []string{"event", "reading"}

// withoutContract are customers of which no source has a contract line, not even
// one that was rejected.
func (x *examination) withoutContract(context.Context) ([]Finding, error) {
	lines, ok := x.facts["contract"]
	if !ok {
		return nil, nil
	}
	has := map[int64]bool{}
	for account := range lines {
		has[x.people[account].customer] = true
	}
	var list []FindingItem
	for _, account := range x.order {
		if p := x.people[account]; p.inBase && p.customer == account && !has[account] && !x.lost["contract"][account] {
			i, _ := x.about(account, "no contract line in any source")
			list = append(list, i)
		}
	}
	return x.finding(Finding{
		Name: "no_contract", Title: "Customers without any contract line",
		Do: "add their contracts, or say in base: who is a customer",
	}, list), nil
}

// withoutUsage are paying customers of which nothing is recorded that they did.
func (x *examination) withoutUsage(context.Context) ([]Finding, error) {
	used, connected := map[int64]bool{}, false
	for _, kind := range usageKinds {
		if facts, ok := x.facts[kind]; ok {
			connected = true
			for account := range facts {
				used[x.people[account].customer] = true
			}
		}
	}
	if !connected {
		return nil, nil
	}
	var list []FindingItem
	for _, account := range x.order {
		p := x.people[account]
		if p.inBase && p.customer == account && !used[account] && p.minor != nil && *p.minor > 0 {
			i, _ := x.about(account, "pays, and nothing is recorded of its use")
			list = append(list, i)
		}
	}
	return x.finding(Finding{
		Name: "no_usage", Title: "Customers that pay and of which no usage is recorded",
		Do: "ask whether they use the product at all, or whether their usage comes under another id",
	}, list), nil
}

// doubled are contract lines that are summed although one may stand in for
// another, copies apart from the rest.
func (x *examination) doubled(ctx context.Context) ([]Finding, error) {
	overlaps, err := x.overlaps(ctx, x.stored, x.read.asOf, nil)
	if err != nil {
		return nil, err
	}
	var copies, rest []FindingItem
	tooMuch := int64(0)
	for _, o := range overlaps.List {
		if o.areCopies() {
			extra := *o.Lines[0].Minor * int64(len(o.Lines)-1)
			if i, ok := x.called(o.Account, "lines %s of %s: %d times %s from %s", o.lineIDs(), o.productWords(), len(o.Lines),
				money.Amount{Minor: *o.Lines[0].Minor, Currency: overlaps.Currency}, o.Lines[0].Starts); ok {
				copies = append(copies, i)
				tooMuch += extra
			}
			continue
		}
		if i, ok := x.called(o.Account, "%s", o.Words(overlaps.Currency)); ok {
			rest = append(rest, i)
		}
	}
	found := x.finding(Finding{
		Name: "duplicates", Title: fmt.Sprintf("Contract lines that are the same but for their id: %s counted twice", money.Amount{Minor: tooMuch, Currency: overlaps.Currency}),
		Do: "take the copies out of the export", Command: "customers --overlaps",
	}, copies)
	return append(found, x.finding(Finding{
		Name: "overlaps", Title: "Contract lines of one product overlap, and all of them are counted",
		Do: "where a line replaces an older one, say so under supersedes, or end the older", Command: "customers --overlaps",
	}, rest)...), nil
}

// areCopies reports whether all lines have the same days and amount.
func (o Overlap) areCopies() bool {
	first := o.Lines[0]
	for _, l := range o.Lines {
		sameEnd := l.Ends == nil && first.Ends == nil || l.Ends != nil && first.Ends != nil && *l.Ends == *first.Ends
		if l.Minor == nil || first.Minor == nil || *l.Minor != *first.Minor || l.Starts != first.Starts || !sameEnd {
			return false
		}
	}
	return true
}

func (o Overlap) lineIDs() string {
	var ids []string
	for _, l := range o.Lines {
		ids = append(ids, plainID(l.Line))
	}
	return strings.Join(ids, ", ")
}

func (o Overlap) productWords() string {
	if o.Product == "" {
		return "no product"
	}
	return o.Product
}

// Usage outside of contracts is told of from this share of an account's
// events, and this many of them: a few before the first day are a trial.
const (
	outsideShare = 0.2
	outsideLeast = 20
)

// usedOutside are accounts much of whose usage happened while no contract ran.
func (x *examination) usedOutside(ctx context.Context) ([]Finding, error) {
	if _, ok := x.facts["contract"]; !ok {
		return nil, nil
	}
	var list []FindingItem
	total := int64(0)
	for _, kind := range usageKinds {
		if _, ok := x.facts[kind]; !ok {
			continue
		}
		err := x.each(ctx, query.OutsideTerms(x.defs, x.stored, x.read.asOf, kind), func(row []any) {
			outside, all := whole(row[1]), whole(row[2])
			if outside < outsideLeast || float64(outside) < outsideShare*float64(all) {
				return
			}
			i, ok := x.about(whole(row[0]), "%s of %s %ss on days without a contract, last on %s", grouped(outside), grouped(all), kind, period.Date(whole(row[3])))
			if ok {
				total += outside
				list = append(list, i)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return x.finding(Finding{
		Name: "outside_contract", Title: fmt.Sprintf("Much of the usage falls on days without a contract: %s rows", grouped(total)),
		Do: "look for contracts that are missing or dated wrongly, and for use that nobody pays for",
	}, list), nil
}

// withoutMoney tells that nothing sets customers apart by what they pay,
// although a source says it: contracts that were connected later, say.
func (x *examination) withoutMoney(context.Context) ([]Finding, error) {
	source, kind, column := x.amounts()
	i := slices.IndexFunc(x.checkup.Sources, func(s SourceHealth) bool { return s.Source == source })
	if i < 0 || x.checkup.Sources[i].Customers == 0 {
		return nil, nil
	}
	var of []string
	for _, d := range x.Strategy.Dimensions {
		if d.Form != dimension.ByBound {
			continue
		}
		m, _ := x.Strategy.Metric(d.Of)
		t, _ := x.Strategy.Trait(d.Of)
		if m.Unit == rule.UnitMoney || t.Type == fact.Money {
			return nil, nil
		}
		of = append(of, fmt.Sprintf("%s stands on %s", x.title(d.Name), x.title(d.Of)))
	}
	if len(of) == 0 {
		return nil, nil
	}
	name := x.Strategy.RevenueMetric
	do := "segue cuts " + name + " proposes break-points"
	if name == "" {
		do = x.howToSum() + "; segue cuts proposes break-points then"
	}
	return []Finding{{
		Name: "no_money", Title: fmt.Sprintf("No level says what customers pay, though %s does (%s of %s): %s", source, column, kind, strings.Join(of, ", ")),
		Customers: x.checkup.Sources[i].Customers, Minor: x.checkup.Sources[i].Minor, Rows: 1, Largest: []string{}, Do: do,
		List: []FindingItem{{What: fmt.Sprintf("%s of %s in %s", column, kind, source)}},
	}}, nil
}
