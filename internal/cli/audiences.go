package cli

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/pipeline"
)

// showAudiences shows audiences that count customers the same way, one a row.
func (a *app) showAudiences(c pipeline.AudienceCounts) {
	a.headline(fmt.Sprintf("Audiences, by %s, as of %s", c.Grain, c.AsOf))
	priced := c.Revenue != ""
	heads := []string{"Audience", "Customers", "Share", "Can't tell"}
	right := []int{1, 2, 3}
	if priced {
		heads = []string{"Audience", "Customers", "Share", "ARR", "Share", "Can't tell"}
		right = []int{1, 2, 3, 4, 5}
	}
	titled := slices.ContainsFunc(c.Audiences, func(x pipeline.AudienceCount) bool { return x.Title != "" })
	if titled {
		heads = append(heads, "Title")
	}
	t := newTable(heads...).numbers(right...)
	var unpriced int64
	for _, x := range c.Audiences {
		cells := []string{x.Name, count(x.Customers), percent(x.Share)}
		if priced {
			cells = append(cells, revenueCells(x.Customers, x.Unpriced, x.RevenueMinor, x.RevenueShare, c.Currency)...)
		}
		cells = append(cells, count(x.Undecided))
		if titled {
			cells = append(cells, x.Title)
		}
		t.add(cells...)
		unpriced = max(unpriced, x.Unpriced)
	}
	t.write(a.out, a.colored())
	if unpriced > 0 && priced {
		fmt.Fprintln(a.out, "Customers whose ARR can't be told are not in the sums.")
	}
}
