package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
)

// OverrideDays is for how long an override lasts where nobody says until when
// (SEMANTICS 28).
const OverrideDays = 90

// byHand is the source of what people set here. Those of another id space than
// main have its name behind it.
const byHand = "by_hand"

// OverrideRequest sets where a customer stands, whatever the rules say.
type OverrideRequest struct {
	Customer   string       `json:"customer"` // id, public id or name
	Lens       string       `json:"lens"`     // dimension or segmentation
	Place      string       `json:"place"`    // level or segment
	From       *period.Date `json:"from,omitempty"`
	Until      *period.Date `json:"until,omitempty"` // the first day on which the rules count again; nil is OverrideDays after From
	Forever    bool         `json:"forever,omitempty"`
	Reason     string       `json:"reason"`
	By         string       `json:"by"`
	ApprovedBy string       `json:"approved_by,omitempty"`
	Now        time.Time    `json:"now"`
}

// LiftRequest ends what was set, so that the rules count from today on.
type LiftRequest struct {
	Customer string    `json:"customer"`
	Lens     string    `json:"lens"`
	Reason   string    `json:"reason,omitempty"`
	By       string    `json:"by"`
	Now      time.Time `json:"now"`
}

// Override is what somebody has set.
type Override struct {
	Customer   string       `json:"customer"` // the source's id
	Name       string       `json:"name,omitempty"`
	Lens       string       `json:"lens"`
	LensTitle  string       `json:"lens_title"`
	Place      string       `json:"place"`
	Since      period.Date  `json:"since"`
	Until      *period.Date `json:"until,omitempty"` // the first day on which the rules count again
	Reason     string       `json:"reason"`
	By         string       `json:"by,omitempty"`
	ApprovedBy string       `json:"approved_by,omitempty"`
	LiftedBy   string       `json:"lifted_by,omitempty"`
	LiftReason string       `json:"lift_reason,omitempty"`

	Status OverrideStatus `json:"status"`
	ByRule string         `json:"by_rule,omitempty"` // where the rules put the customer at the last run
	Minor  *int64         `json:"arr_minor"`         // at the last run; none is unknown

	account int64
}

// OverrideStatus says what an override does.
type OverrideStatus string

// An override holds, and the rules say otherwise; or they say the same now; or
// they cannot tell; or no run has read it yet; or it is still to begin; or it has
// ended, by its day or by hand; or it names a lens or place that the strategy
// does not have, or somebody who is no customer there.
const (
	OverrideHolds    OverrideStatus = "holds"
	OverrideAgrees   OverrideStatus = "agrees"
	OverrideCantTell OverrideStatus = "rules_cant_tell"
	OverrideNew      OverrideStatus = "not_run_yet"
	OverrideLater    OverrideStatus = "begins_later"
	OverrideEnded    OverrideStatus = "ended"
	OverrideLifted   OverrideStatus = "lifted"
	OverrideDead     OverrideStatus = "no_such_place"
	OverrideNobody   OverrideStatus = "no_customer"
)

// OverridesRequest asks for what people have set.
type OverridesRequest struct {
	AsOf *period.Date `json:"as_of,omitempty"` // nil is today
	All  bool         `json:"all,omitempty"`   // those that have ended too
	Now  time.Time    `json:"now"`
}

// OverridesReport lists it: what asks for a decision first, then the largest.
type OverridesReport struct {
	AsOf      period.Date    `json:"as_of"`
	Currency  money.Currency `json:"currency"`
	Overrides []Override     `json:"overrides"`
	Ended     int            `json:"ended"` // those that are left out
}

// Overrides lists what people have set, beside what the rules say.
func (e *Engine) Overrides(ctx context.Context, r OverridesRequest) (OverridesReport, error) {
	report := OverridesReport{AsOf: e.day(r.AsOf, r.Now), Currency: e.Strategy.Currency, Overrides: []Override{}}
	set, err := e.overridesOf(ctx, report.AsOf, nil, 0)
	if err != nil {
		return report, err
	}
	var held []*Override
	for i := range set {
		o := &set[i]
		switch {
		case o.Until != nil && *o.Until <= report.AsOf:
			o.Status = OverrideEnded
			if o.LiftedBy != "" {
				o.Status = OverrideLifted
			}
			if !r.All {
				report.Ended++
				continue
			}
		case e.canPin(o.Lens, o.Place) != nil:
			o.Status = OverrideDead
		case o.Since > report.AsOf:
			o.Status = OverrideLater
		default:
			o.Status = OverrideNew
		}
		held = append(held, o)
	}
	if err := e.besideRules(ctx, r.AsOf, held); err != nil {
		return report, err
	}
	for _, o := range held {
		report.Overrides = append(report.Overrides, *o)
	}
	rank := []OverrideStatus{OverrideDead, OverrideNobody, OverrideAgrees, OverrideHolds, OverrideCantTell, OverrideNew, OverrideLater, OverrideLifted, OverrideEnded}
	slices.SortStableFunc(report.Overrides, func(a, b Override) int {
		value := func(o Override) int64 {
			if o.Minor == nil {
				return -1
			}
			return *o.Minor
		}
		return cmp.Or(cmp.Compare(slices.Index(rank, a.Status), slices.Index(rank, b.Status)), cmp.Compare(value(b), value(a)), cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Lens, b.Lens))
	})
	return report, nil
}

// besideRules fills in what the last run knows of those whom people have pinned.
func (e *Engine) besideRules(ctx context.Context, asOf *period.Date, list []*Override) error {
	for _, grain := range e.grains() {
		if !query.CanPin(grain) {
			continue
		}
		read, err := e.result(ctx, asOf, grain)
		if errors.Is(err, ErrNoRun) {
			return nil
		}
		if err != nil {
			return err
		}
		revenue := read.revenue()
		for _, o := range list {
			if e.knowsLens(o.Lens) && e.Strategy.GrainOf(o.Lens) != grain {
				continue
			}
			if err := read.besideRule(ctx, o, revenue); err != nil {
				return err
			}
		}
	}
	return nil
}

// besideRule fills in what a run knows of one.
func (r reading) besideRule(ctx context.Context, o *Override, revenue string) error {
	show := []string{"customer"}
	byRule, hasRule := query.Find(r.columns, query.RoleByRule, o.Lens+query.ByRule)
	pin, _ := query.Find(r.columns, query.RolePin, o.Lens)
	if hasRule {
		show = append(show, byRule.Name, pin.Name)
	}
	if revenue != "" {
		show = append(show, revenue)
	}
	rows, err := r.engine.query(ctx, query.Row(r.table, show, o.account))
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		if o.Status == OverrideNew {
			o.Status = OverrideNobody
		}
		return nil
	}
	if revenue != "" {
		if x, ok := rows[0][len(show)-1].(float64); ok {
			minor := r.engine.Strategy.Currency.Minor(x)
			o.Minor = &minor
		}
	}
	if o.Name, err = r.nameOf(ctx, who{customer: o.account, id: o.Customer}); err != nil || !hasRule || o.Status != OverrideNew {
		return err
	}
	if code, ok := rows[0][2].(int64); !ok || pin.Labels[code] != o.Place {
		return nil // the run has not read it, or another one holds
	}
	o.ByRule = placeName(byRule, rows[0][1], nil)
	switch o.ByRule {
	case segmentation.Unknown:
		o.Status = OverrideCantTell
	case o.Place:
		o.Status = OverrideAgrees
	default:
		o.Status = OverrideHolds
	}
	return nil
}

// overridesOf reads what people have set, of one account or of all, up to a batch;
// 0 is all that is known.
func (e *Engine) overridesOf(ctx context.Context, asOf period.Date, account *int64, knownAt int64) ([]Override, error) {
	stored, _, err := e.stored(ctx, asOf)
	if err != nil {
		return nil, err
	}
	if knownAt > 0 && (stored.KnownAt == 0 || knownAt < stored.KnownAt) {
		stored.KnownAt = knownAt
	}
	plan, ok := query.Overrides(definitions(e.Strategy), stored, asOf, account)
	if !ok {
		return nil, nil
	}
	var list []Override
	err = e.each(ctx, plan, func(row []any) {
		o := Override{
			account: whole(row[0]), Customer: text(row[1]), Lens: text(row[2]), Place: text(row[3]), Since: period.Date(whole(row[4])),
			Reason: text(row[6]), By: text(row[7]), ApprovedBy: text(row[8]), LiftedBy: text(row[9]), LiftReason: text(row[10]),
		}
		o.LensTitle = e.title(o.Lens)
		if until := period.Date(whole(row[5])); until != period.Open {
			o.Until = &until
		}
		list = append(list, o)
	})
	return list, err
}

// pins fills in where people have pinned one customer on the day.
func (r reading) pins(ctx context.Context, c *explain.Customer, id int64) error {
	if !slices.ContainsFunc(r.columns, func(c query.ResultColumn) bool { return c.Role == query.RolePin }) {
		return nil
	}
	set, err := r.engine.overridesOf(ctx, r.asOf, &id, r.run.KnownAt)
	if err != nil {
		return err
	}
	c.Pins = map[string]explain.Override{}
	for _, o := range set {
		if r.engine.canPin(o.Lens, o.Place) != nil || o.Since > r.asOf || o.Until != nil && *o.Until <= r.asOf {
			continue
		}
		to := period.Open
		if o.Until != nil {
			to = *o.Until
		}
		pin := explain.Override{Place: o.Place, From: o.Since, To: to, Reason: o.Reason, By: o.By, ApprovedBy: o.ApprovedBy}
		if pin.By == Unnamed {
			pin.By = ""
		}
		c.Pins[o.Lens] = pin
	}
	return nil
}

func (e *Engine) knowsLens(name string) bool {
	_, isSegmentation := e.Strategy.Segmentation(name)
	_, isDimension := e.Strategy.Dimension(name)
	return isSegmentation || isDimension
}

// canPin returns why nobody can be pinned to a place, nil where they can.
func (e *Engine) canPin(lens, place string) error {
	var places, lenses []string
	if s, ok := e.Strategy.Segmentation(lens); ok {
		if !query.CanPin(s.Grain) {
			return fmt.Errorf("%s counts customers by %s: only accounts, and families of them, can be pinned", lens, s.Grain)
		}
		for _, x := range s.Segments {
			places = append(places, x.Name)
			if x.Was != "" && x.Was == place {
				return nil
			}
		}
	} else if d, ok := e.Strategy.Dimension(lens); ok {
		if d.Form == dimension.ByTrait {
			return fmt.Errorf("%s shows %s as it is: correct it in the source", lens, d.Trait)
		}
		places = d.LevelNames()
	} else {
		for _, s := range e.Strategy.Segmentations {
			lenses = append(lenses, s.Name)
		}
		for _, d := range e.Strategy.Dimensions {
			lenses = append(lenses, d.Name)
		}
		return fmt.Errorf("no segmentation or dimension is called %q%s; there are %s", lens, hint(lens, lenses), strings.Join(lenses, ", "))
	}
	if !slices.Contains(places, place) {
		return fmt.Errorf("%s has no %q%s; it has %s", lens, place, hint(place, places), strings.Join(places, ", "))
	}
	return nil
}
