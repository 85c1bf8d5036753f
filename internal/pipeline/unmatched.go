package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/warehouse"
)

// StillUnmatched says which rows of a source belong to no account that is
// known. Examples are the ids with the most rows.
type StillUnmatched struct {
	Source    string        `json:"source"`
	Rows      int64         `json:"rows"`
	IDs       int64         `json:"ids"`
	WithoutID int64         `json:"rows_without_id,omitempty"`
	Examples  []UnmatchedID `json:"examples"`
}

// UnmatchedID is an id of accounts that no source lists.
type UnmatchedID struct {
	ID   string `json:"id"`
	Rows int64  `json:"rows"`
}

// unmatchedExamples is how many ids of a source are named.
const unmatchedExamples = 5

// stillUnmatched finds the rows that belong to no account, source by source as
// the strategy lists them.
func (e *Engine) stillUnmatched(ctx context.Context, today period.Date) ([]StillUnmatched, error) {
	profile, err := e.profile(ctx)
	if err != nil {
		return nil, err
	}
	list := []StillUnmatched{}
	for _, k := range e.Strategy.Kinds {
		if !anyUnmatched(k, profile) {
			continue
		}
		stored := query.Stored{
			Kinds:     map[string]query.KindStats{k.Name: {Superseded: profile.Kinds[k.Name].Superseded}},
			MovedKeys: profile.MovedKeys, Joined: profile.Joined,
		}
		rows, err := e.query(ctx, query.Unmatched(k.Name, stored, today, unmatchedExamples))
		if err != nil {
			return nil, fmt.Errorf("look for rows of no account: %w", err)
		}
		for _, row := range rows {
			source, _ := row[0].(string)
			if len(list) == 0 || list[len(list)-1].Source != source {
				list = append(list, StillUnmatched{Source: source, Rows: whole(row[3]), IDs: whole(row[4]), Examples: []UnmatchedID{}})
			}
			s := &list[len(list)-1]
			if id, ok := row[1].(string); ok {
				s.Examples = append(s.Examples, UnmatchedID{ID: id, Rows: whole(row[2])})
			} else {
				s.WithoutID = whole(row[2])
			}
		}
	}
	place := func(s StillUnmatched) int {
		return slices.IndexFunc(e.Strategy.Sources, func(m fact.Mapping) bool { return m.Name == s.Source })
	}
	slices.SortStableFunc(list, func(a, b StillUnmatched) int { return cmp.Compare(place(a), place(b)) })
	return list, nil
}

// anyUnmatched reports whether some rows of a kind were of no account when they
// were last looked at. Kinds whose rows are of nobody are left out.
func anyUnmatched(k fact.Kind, profile warehouse.Profile) bool {
	if _, ok := k.Column(fact.ColAccount); !ok || k.Name == fact.AccountKind {
		return false
	}
	for _, s := range profile.Sources {
		if s.Kind == k.Name && s.Unmatched > 0 {
			return true
		}
	}
	return false
}

// outside tells of the rows of a loaded source that belong to no account.
func (r ImportReport) outside(s SourceReport) []string {
	for _, u := range r.StillUnmatched {
		if u.Source == s.Source {
			return u.lines()
		}
	}
	if r.StillUnmatched == nil && s.Unmatched > 0 { // the import broke off before they were looked for
		return StillUnmatched{Source: s.Source, Rows: s.Unmatched}.lines()
	}
	return nil
}

// outsideElsewhere tells of rows of sources that were not part of the import.
func (r ImportReport) outsideElsewhere() []string {
	var lines []string
	for _, u := range r.StillUnmatched {
		if !slices.ContainsFunc(r.Sources, func(s SourceReport) bool { return s.Source == u.Source }) {
			lines = append(append(lines, ""), u.lines()...)
		}
	}
	if slices.ContainsFunc(r.StillUnmatched, func(u StillUnmatched) bool { return u.IDs > 0 }) {
		lines = append(lines, "", "Whose these may be: segue match")
	}
	return lines
}

func (u StillUnmatched) lines() []string {
	lines := []string{fmt.Sprintf("%s: %s of no account that any source lists; kept, and counted once the account is known", u.Source, quantity(u.Rows, "row"))}
	for _, x := range u.Examples {
		lines = append(lines, fmt.Sprintf("  %s: %s", plainID(x.ID), quantity(x.Rows, "row")))
	}
	if more := u.IDs - int64(len(u.Examples)); more > 0 && len(u.Examples) > 0 {
		lines = append(lines, "  and "+quantity(more, "more id"))
	}
	if u.WithoutID > 0 {
		lines = append(lines, fmt.Sprintf("  (no id): %s", quantity(u.WithoutID, "row")))
	}
	return lines
}

// maxShownID is how much of an id fits a line.
const maxShownID = 60

// plainID is an id as one line of text for a terminal: quoted where it holds
// what is not seen, cut where it is long.
func plainID(id string) string {
	if utf8.RuneCountInString(id) > maxShownID {
		id = string([]rune(id)[:maxShownID]) + "…"
	}
	odd := func(r rune) bool { return !strconv.IsPrint(r) }
	if strings.ContainsFunc(id, odd) || strings.TrimSpace(id) != id {
		return strconv.Quote(id)
	}
	return id
}
