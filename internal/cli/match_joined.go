package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/pipeline"
)

func (a *app) joined(ctx context.Context, r pipeline.JoinedRequest) error {
	return a.withEngine(ctx, "match", func(e *pipeline.Engine) error {
		report, err := e.Joined(ctx, r)
		if err != nil {
			return err
		}
		return a.answer(report, func() { a.showJoined(report) })
	})
}

func (a *app) showJoined(r pipeline.JoinedReport) {
	if r.ByKeys > 0 {
		fmt.Fprintf(a.out, "Sources themselves give several ids: %s\n", counted(int64(r.ByKeys), "account", "accounts"))
	}
	if r.Of == 0 {
		fmt.Fprintln(a.out, "Nobody was joined by decision.")
		return
	}
	a.headline("Who was joined with whom")
	none := pipeline.MatchReport{}
	for _, c := range r.Customers {
		fmt.Fprintln(a.out, a.partyWords(c.Account, none)+idWords(c.Ids))
		for _, j := range c.Records {
			line := "  " + a.partyWords(j.Record, none) + idWords(j.Ids)
			if j.Into != nil {
				line += ", as " + a.partyWords(*j.Into, none)
			}
			line += ": " + daysWords(j)
			line += ", " + pipeline.Decided("decided", strings.Map(visible, j.By), j.On)
			if why := pipeline.WhyJoined(j); why != "" {
				line += ": " + why
			}
			fmt.Fprintln(a.out, line)
		}
	}
	fmt.Fprintln(a.out)
	if len(r.Customers) < r.Of {
		fmt.Fprintf(a.out, "The first %d of %s; all of them: --limit 0\n", len(r.Customers), count(int64(r.Of)))
	}
	first := r.Customers[0].Records[0].Record
	fmt.Fprintf(a.out, "To take one back: %s match part %s\n", a.call(), strings.Map(visible, first.ID))
}

// idWords names the further ids that sources give.
func idWords(ids []pipeline.FurtherID) string {
	var out string
	for _, id := range ids {
		space := id.Ids + " "
		if id.Ids == "main" {
			space = ""
		}
		out += " = " + space + id.ID
	}
	return strings.Map(visible, out)
}

func daysWords(j pipeline.JoinedRecord) string {
	var parts []string
	if j.From != nil {
		parts = append(parts, fmt.Sprintf("from %s on", j.From))
	}
	if j.Until != nil {
		parts = append(parts, fmt.Sprintf("until %s", *j.Until-1))
	}
	if parts == nil {
		return "always"
	}
	return strings.Join(parts, ", ")
}
