package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/pipeline"
)

// lookAlike is what init says of records that look like one company and are
// counted apart.
type lookAlike struct {
	Twice     int    `json:"listed_twice"`  // accounts that look like another, for sure
	Unmatched int    `json:"unmatched_ids"` // ids of no account that look like one, for sure
	Others    int    `json:"less_sure"`     // of both
	Minor     int64  `json:"arr_minor"`     // of what is sure
	Rows      int64  `json:"rows"`
	Currency  string `json:"currency"`
}

// findAlike looks for accounts that several files list, and for ids of nobody
// that look like one of them.
func (n *initiating) findAlike(ctx context.Context, e *pipeline.Engine) error {
	unmatched := slices.ContainsFunc(n.done.Import.StillUnmatched, func(u pipeline.StillUnmatched) bool { return u.IDs > 0 })
	if n.done.Proposal.Proposal.AccountSources() < 2 && !unmatched {
		return nil
	}
	r, err := e.Match(ctx, pipeline.MatchRequest{Now: n.now()})
	if err != nil {
		return err
	}
	found := lookAlike{Currency: string(r.Currency)}
	for _, p := range r.Proposals {
		switch {
		case p.Strength != match.Sure:
			found.Others++
			continue
		case p.Kind == pipeline.TwiceProposal:
			found.Twice++
		default:
			found.Unmatched++
		}
		found.Rows += p.Rows
		if r.Priced {
			found.Minor += p.Minor
		}
	}
	if found.Twice+found.Unmatched+found.Others > 0 {
		n.done.Alike = &found
	}
	return nil
}

// showAlike says above the tiers that they count some companies twice.
func (n *initiating) showAlike() {
	a := n.done.Alike
	if a == nil {
		return
	}
	var parts []string
	if a.Twice > 0 {
		parts = append(parts, plural(a.Twice, "account")+looks(a.Twice)+" listed twice")
	}
	if a.Unmatched > 0 {
		parts = append(parts, plural(a.Unmatched, "id")+" of no account"+looks(a.Unmatched)+" like one that is listed")
	}
	if len(parts) == 0 {
		n.warn(fmt.Sprintf("%s may be one company, though nothing is sure: %s match shows who, before the tiers below are taken for true", plural(a.Others, "pair"), n.call()))
		return
	}
	worth := plural(int(a.Rows), "row")
	if a.Minor != 0 {
		worth = "worth " + amount(a.Minor, n.done.Distribution.Currency) + " ARR"
	}
	n.warn(fmt.Sprintf("%s (%s), and the figures below count them apart: %s match shows them, %s match confirm --all sure and then %s run count them as one",
		strings.Join(parts, ", "), worth, n.call(), n.call(), n.call()))
}

func looks(n int) string {
	if n == 1 {
		return " looks"
	}
	return " look"
}
