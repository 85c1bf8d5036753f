package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
)

// MatchRequest asks which records look like one company.
type MatchRequest struct {
	Strength match.Strength `json:"strength,omitempty"` // "" is all
	Evidence []match.Kind   `json:"evidence,omitempty"` // all of these speak for it
	Rejected bool           `json:"rejected,omitempty"` // those that were rejected, too
	Limit    int            `json:"limit,omitempty"`    // 0 is all
	Now      time.Time      `json:"now"`
}

// MatchReport lists proposals: the largest amount that they carry first, then
// the most rows.
type MatchReport struct {
	AsOf       period.Date            `json:"as_of"`
	Currency   money.Currency         `json:"currency"`
	Priced     bool                   `json:"priced"` // amounts are known
	Accounts   int                    `json:"accounts"`
	Proposals  []Proposal             `json:"proposals"`
	Of         int                    `json:"of"`          // proposals that fit, shown or not
	ByStrength map[match.Strength]int `json:"by_strength"` // of those, open ones
	Unmatched  []UnmatchedIDs         `json:"unmatched"`   // what belongs to no account, proposed or not
	Joined     int                    `json:"joined"`      // records that count as another today
	Rejected   int                    `json:"rejected"`    // pairs
}

// UnmatchedIDs is what rows of a source that belong to no account add up to.
type UnmatchedIDs struct {
	Source   string `json:"source"`
	Kind     string `json:"fact"`
	IDs      int    `json:"ids"`
	Proposed int    `json:"proposed"` // of the ids
	Rows     int64  `json:"rows"`
	Minor    int64  `json:"arr_minor"`

	WithoutID      int64 `json:"rows_without_id"` // beside Rows: they name nothing, and nothing can be proposed
	WithoutIDMinor int64 `json:"arr_minor_without_id"`
}

// Proposal is two records that may be one company.
type Proposal struct {
	ID       string           `json:"id"`   // the same at every call
	Kind     ProposalKind     `json:"kind"` // what confirming it does
	Strength match.Strength   `json:"strength"`
	Record   MatchParty       `json:"record"` // would count as Into
	Into     MatchParty       `json:"into"`
	Evidence []match.Evidence `json:"evidence"`
	Against  []string         `json:"against"`
	Or       []MatchParty     `json:"or"` // whom the record may be as well
	Minor    int64            `json:"arr_minor"`
	Rows     int64            `json:"rows"`
	Rejected *Judgement       `json:"rejected,omitempty"`

	record, into int32
}

// ProposalKind is what a proposal is about.
type ProposalKind string

// An id that no source lists, or two accounts.
const (
	UnmatchedProposal ProposalKind = "unmatched_id"
	TwiceProposal     ProposalKind = "listed_twice"
)

// MatchParty is one side of a proposal.
type MatchParty struct {
	ID     string        `json:"id"`
	Ids    string        `json:"ids"` // its id space
	Name   string        `json:"name,omitempty"`
	Listed bool          `json:"listed"` // a source lists it as an account
	Rows   []CarriedRows `json:"rows"`
	Minor  *int64        `json:"arr_minor"`
}

// CarriedRows are the rows of a source that are a record's.
type CarriedRows struct {
	Source string `json:"source,omitempty"`
	Kind   string `json:"fact"`
	Rows   int64  `json:"rows"`
}

// Judgement is who decided something, when and why.
type Judgement struct {
	By   string       `json:"by"`
	On   period.Date  `json:"on"`
	Why  string       `json:"why,omitempty"`
	From *period.Date `json:"from,omitempty"` // nil: always
}

// Match finds records that look like one company and says why. It changes
// nothing.
func (e *Engine) Match(ctx context.Context, r MatchRequest) (MatchReport, error) {
	w, err := e.matchWorld(ctx, e.day(nil, r.Now))
	if err != nil {
		return MatchReport{}, err
	}
	report := MatchReport{
		AsOf: w.today, Currency: e.Strategy.Currency, Priced: w.column != "", Accounts: len(w.accounts),
		Proposals: []Proposal{}, ByStrength: map[match.Strength]int{}, Joined: len(w.into), Rejected: len(w.rejected),
	}
	all := w.proposals(false)
	if r.Rejected {
		all = append(all, w.proposals(true)...)
	}
	report.Proposals = slices.Grow(report.Proposals, len(all))
	for _, p := range all {
		if p.Rejected == nil {
			report.ByStrength[p.Strength]++
		}
		if fits(p, r.Strength, r.Evidence) {
			report.Proposals = append(report.Proposals, p)
		}
	}
	report.Unmatched = w.unmatched(all)
	largestFirst(report.Proposals)
	report.Of = len(report.Proposals)
	if r.Limit > 0 {
		report.Proposals = report.Proposals[:min(r.Limit, report.Of)]
	}
	return report, nil
}

func fits(p Proposal, strength match.Strength, evidence []match.Kind) bool {
	for _, want := range evidence {
		if !slices.ContainsFunc(p.Evidence, func(x match.Evidence) bool { return x.Kind == want }) {
			return false
		}
	}
	return strength == "" || p.Strength == strength
}

func largestFirst(list []Proposal) {
	slices.SortStableFunc(list, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(b.Rows, a.Rows),
			cmp.Compare(slices.Index(match.Strengths, a.Strength), slices.Index(match.Strengths, b.Strength)), strings.Compare(a.ID, b.ID))
	})
}

// proposals puts the pairs into words; rejected asks for those that were
// rejected instead of the open ones.
func (w *matchWorld) proposals(rejected bool) []Proposal {
	rules := match.Rules{Shared: w.Strategy.Match.Shared, Skip: func(a, b int32) bool {
		_, is := w.rejected[pairOf(a, b)]
		return is != rejected
	}}
	pairs := match.Propose(w.records(), rules)
	list := make([]Proposal, 0, len(pairs))
	for _, p := range pairs {
		x := Proposal{
			ID: w.proposalID(p.Record, p.Into), Kind: TwiceProposal, Strength: p.Strength, Record: w.party(p.Record), Into: w.party(p.Into),
			Evidence: p.Evidence, Against: append([]string{}, p.Against...), Or: []MatchParty{},
			record: p.Record, into: p.Into,
		}
		for _, other := range p.Rivals {
			x.Or = append(x.Or, w.party(other))
		}
		weigh := []int32{p.Record}
		if w.isAccount(p.Record) {
			weigh = append(weigh, p.Into)
		} else {
			x.Kind = UnmatchedProposal
		}
		for _, record := range weigh {
			c := w.carried[record]
			x.Minor += c.minor
			for _, rows := range c.rows {
				x.Rows += rows.Rows
			}
		}
		if d, ok := w.rejected[pairOf(p.Record, p.Into)]; ok {
			judged := w.judgement(d)
			x.Rejected = &judged
		}
		list = append(list, x)
	}
	return list
}

func (w *matchWorld) judgement(d state.Decision) Judgement {
	return Judgement{By: d.Author, On: w.Strategy.Zone.Date(d.Decided.UnixMicro()), Why: d.Why, From: d.Since}
}

// unmatched adds up what belongs to no account, source by source.
func (w *matchWorld) unmatched(all []Proposal) []UnmatchedIDs {
	proposed := map[int32]bool{}
	for _, p := range all {
		if p.Rejected == nil {
			proposed[p.record] = true
		}
	}
	list := []UnmatchedIDs{}
	of := func(rows carriedRows) *UnmatchedIDs {
		at := slices.IndexFunc(list, func(u UnmatchedIDs) bool { return u.Source == rows.Source })
		if at < 0 {
			at = len(list)
			list = append(list, UnmatchedIDs{Source: rows.Source, Kind: rows.Kind})
		}
		return &list[at]
	}
	for _, rows := range w.nameless {
		u := of(rows)
		u.WithoutID, u.WithoutIDMinor = rows.Rows, rows.minor
	}
	for _, record := range w.bareOrder {
		for _, rows := range w.carried[record].rows {
			u := of(rows)
			u.IDs++
			u.Rows += rows.Rows
			u.Minor += rows.minor
			if proposed[record] {
				u.Proposed++
			}
		}
	}
	slices.SortStableFunc(list, func(a, b UnmatchedIDs) int {
		return cmp.Or(cmp.Compare(b.Minor+b.WithoutIDMinor, a.Minor+a.WithoutIDMinor), cmp.Compare(b.Rows+b.WithoutID, a.Rows+a.WithoutID), strings.Compare(a.Source, b.Source))
	})
	return list
}

// proposalID is the same for the same two ids at every call.
func (w *matchWorld) proposalID(a, b int32) string {
	first, second := w.own[a], w.own[b]
	if cmp.Or(strings.Compare(first.Space, second.Space), strings.Compare(first.Text, second.Text)) > 0 {
		first, second = second, first
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", first.Space, first.Text, second.Space, second.Text))
	return "m-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}
