package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/query"
)

// SetOverride keeps what somebody sets: from the next run on, the customer
// stands there. Setting the same lens of a customer again replaces what was set
// on the same day, and otherwise holds instead of it.
func (e *Engine) SetOverride(ctx context.Context, r OverrideRequest) (Override, error) {
	var none Override
	if strings.TrimSpace(r.Reason) == "" {
		return none, errors.New("say why: an override without a reason is one that nobody dares to lift")
	}
	if err := e.canPin(r.Lens, r.Place); err != nil {
		return none, err
	}
	read, err := e.result(ctx, nil, e.Strategy.GrainOf(r.Lens))
	if err != nil {
		return none, err
	}
	w, err := read.lookup(ctx, r.Customer, false)
	if err != nil {
		return none, err
	}
	o := Override{
		Customer: w.id, Lens: r.Lens, LensTitle: e.title(r.Lens), Place: r.Place, Since: e.day(r.From, r.Now),
		Reason: r.Reason, By: r.By, ApprovedBy: r.ApprovedBy, Status: OverrideNew, account: w.customer,
	}
	if o.Name, err = read.nameOf(ctx, w); err != nil {
		return none, err
	}
	if !r.Forever {
		until := o.Since + OverrideDays
		if r.Until != nil {
			until = *r.Until
		}
		if until <= o.Since {
			return none, fmt.Errorf("from %s until %s: an override ends after it has begun", o.Since, until)
		}
		o.Until = &until
	}
	if o.Since > e.day(nil, r.Now) {
		o.Status = OverrideLater
	}
	return o, e.keepOverride(ctx, o, r.Now)
}

// LiftOverride ends what was set: from the next run on the rules count.
func (e *Engine) LiftOverride(ctx context.Context, r LiftRequest) (Override, error) {
	today := e.day(nil, r.Now)
	grain := e.Strategy.Grain
	if e.knowsLens(r.Lens) {
		grain = e.Strategy.GrainOf(r.Lens)
	}
	read, err := e.result(ctx, nil, grain)
	if err != nil {
		return Override{}, err
	}
	w, err := read.lookupEver(ctx, r.Customer)
	if err != nil {
		return Override{}, err
	}
	set, err := e.overridesOf(ctx, today, &w.customer, 0)
	if err != nil {
		return Override{}, err
	}
	open := slices.DeleteFunc(set, func(o Override) bool { return o.Lens != r.Lens || o.Until != nil && *o.Until <= today })
	if len(open) == 0 {
		return Override{}, fmt.Errorf("nobody has pinned %s in %s, or it has ended: segue override --all lists what was set", w.id, r.Lens)
	}
	var last Override
	for _, o := range open {
		until := max(today, o.Since)
		o.Until, o.LiftedBy, o.LiftReason, o.Status = &until, r.By, r.Reason, OverrideLifted
		if err := e.keepOverride(ctx, o, r.Now); err != nil {
			return Override{}, err
		}
		last = o
	}
	last.Name, err = read.nameOf(ctx, w)
	return last, err
}

// keepOverride stores it as a fact, as an import of one row would.
func (e *Engine) keepOverride(ctx context.Context, o Override, now time.Time) error {
	rows, err := e.query(ctx, query.OwnID(o.account))
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return fmt.Errorf("keep the override of %s: it has %d ids", o.Customer, len(rows))
	}
	space := text(rows[0][0])
	line := map[string]string{
		fact.ColAccount: text(rows[0][1]), fact.OverrideOf: o.Lens, fact.OverrideTo: o.Place, fact.ColStarts: o.Since.String(),
		"reason": o.Reason, "owner": o.By, "approved_by": o.ApprovedBy, "lifted_by": o.LiftedBy, "lift_reason": o.LiftReason,
	}
	if o.Until != nil {
		line[fact.ColEnds] = o.Until.String()
	}
	written, err := json.Marshal(line)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "segue-override-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	const name = "override.ndjson"
	if err := os.WriteFile(filepath.Join(folder, name), append(written, '\n'), 0o600); err != nil {
		return err
	}
	m := fact.Mapping{Name: byHand, Kind: fact.OverrideKind, Files: []string{name}, Rows: fact.Append, Format: "ndjson", Dates: "Y-m-d", Ids: space}
	if space != "main" {
		m.Name += "_" + space
	}
	for _, to := range []string{fact.ColAccount, fact.OverrideOf, fact.OverrideTo, fact.ColStarts, fact.ColEnds, "reason", "owner", "approved_by", "lifted_by", "lift_reason"} {
		m.Columns = append(m.Columns, fact.Binding{To: to, From: to})
		if line[to] == "" {
			m.Optional = append(m.Optional, to)
		}
	}
	by, strategy := *e, *e.Strategy
	strategy.Sources = []fact.Mapping{m}
	by.Strategy = &strategy
	report, err := by.Import(ctx, ImportRequest{Root: folder, Now: now}, nil)
	if err != nil {
		return fmt.Errorf("keep the override of %s: %w", o.Customer, err)
	}
	if s := report.Sources[0]; s.Rejected > 0 || s.Unmatched > 0 {
		return fmt.Errorf("keep the override of %s: it was not taken", o.Customer)
	}
	return nil
}
