package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/state"
)

// Limits above which a run stops because too many customers would leave the
// base at once: a feed broke more often than they all left (SEMANTICS 6).
const (
	maxLeaverRevenue   = 0.02
	maxLeaverCustomers = 0.05
	minLeavers         = 5 // fewer than this never stop a run
)

// LeaversError says that too many customers would leave the base.
type LeaversError struct {
	Grain         string   `json:"grain"`
	Customers, Of int64    `json:"-"`
	Share         float64  `json:"share"`
	RevenueShare  float64  `json:"revenue_share"`
	Examples      []string `json:"examples"`
}

// Error names how many and, as examples, which.
func (e *LeaversError) Error() string {
	return fmt.Sprintf("%d of %d customers (%.1f %%, %.1f %% of ARR) would leave the base, among them %s: look for a broken feed, or accept with --accept-leavers",
		e.Customers, e.Of, 100*e.Share, 100*e.RevenueShare, strings.Join(e.Examples, ", "))
}

// guardLeavers stops a run in which too much of the base would leave.
func (e *Engine) guardLeavers(ctx context.Context, previous *state.Run, run *state.Run, stored query.Stored, r RunRequest) error {
	if previous == nil || r.AcceptLeavers || run.View {
		return nil
	}
	for _, grain := range e.grains() {
		before, err := e.resultOf(*previous, grain)
		if err != nil {
			continue // not counted that way before
		}
		now, err := e.resultOf(*run, grain)
		if err != nil {
			return err
		}
		leaving := query.Leaving{Before: before.table, Now: now.table, Revenue: before.revenue(), Grain: grain, Stored: stored, AsOf: run.AsOf}
		rows, err := e.query(ctx, query.Leavers(leaving, e.Strategy.Currency))
		if err != nil || len(rows) == 0 {
			return err
		}
		gone, all := whole(rows[0][0]), whole(rows[0][1])
		if gone < minLeavers || all == 0 {
			continue
		}
		over := LeaversError{Grain: grain.String(), Customers: gone, Of: all, Share: float64(gone) / float64(all)}
		if total := whole(rows[0][3]); total > 0 {
			over.RevenueShare = float64(whole(rows[0][2])) / float64(total)
		}
		if over.Share <= maxLeaverCustomers && over.RevenueShare <= maxLeaverRevenue {
			continue
		}
		name, ok := query.Find(before.columns, query.RoleName, "")
		if ok {
			list, err := e.query(ctx, query.LeaverNames(leaving, name.Domain, 5))
			if err != nil {
				return err
			}
			for _, row := range list {
				if s, ok := row[0].(string); ok {
					over.Examples = append(over.Examples, s)
				}
			}
		}
		return &over
	}
	return nil
}
