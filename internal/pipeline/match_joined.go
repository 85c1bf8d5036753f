package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// JoinedRequest asks who was joined with whom.
type JoinedRequest struct {
	Limit int       `json:"limit,omitempty"` // 0 is all
	Now   time.Time `json:"now"`
}

// JoinedReport lists the customers that people joined of several records, by id.
type JoinedReport struct {
	AsOf      period.Date      `json:"as_of"`
	Customers []JoinedCustomer `json:"customers"`
	Of        int              `json:"of"`         // shown or not
	ByKeys    int              `json:"by_sources"` // accounts of which sources themselves give several ids
}

// JoinedCustomer is an account that goes on, and who counts as it.
type JoinedCustomer struct {
	Account MatchParty     `json:"account"`
	Ids     []FurtherID    `json:"further_ids"` // further ones that sources give
	Records []JoinedRecord `json:"records"`
}

// JoinedRecord is a record that counts as another, and who said so.
type JoinedRecord struct {
	Record   MatchParty   `json:"record"`
	Ids      []FurtherID  `json:"further_ids"`     // further ones that sources give
	Into     *MatchParty  `json:"into,omitempty"`  // where that is not the account itself
	Until    *period.Date `json:"until,omitempty"` // the day from which it stands for itself again
	Evidence []match.Kind `json:"evidence"`
	Judgement

	into int32
}

// FurtherID is an id of an account beside its own, and its id space.
type FurtherID struct {
	ID  string `json:"id"`
	Ids string `json:"ids"`
}

// Joined lists who counts as whom, today or from a later day on, by what people
// decided.
func (e *Engine) Joined(ctx context.Context, r JoinedRequest) (JoinedReport, error) {
	w, err := e.matchWorld(ctx, e.day(nil, r.Now))
	if err != nil {
		return JoinedReport{}, err
	}
	report := JoinedReport{AsOf: w.today, Customers: []JoinedCustomer{}}
	for _, account := range w.accounts {
		if len(account.IDs) > 1 {
			report.ByKeys++
		}
	}
	byAccount := map[int32]*JoinedCustomer{}
	said := map[[2]int32][]state.Decision{}
	var order [][2]int32
	for _, d := range w.decisions {
		if _, ok := linkOf(d); !ok {
			continue
		}
		pair := pairOf(d.Record, d.Into)
		if said[pair] == nil {
			order = append(order, pair)
		}
		said[pair] = append(said[pair], d)
	}
	for _, pair := range order {
		record, joined := w.joinedRecord(said[pair])
		if !joined {
			continue
		}
		account := record.into
		if other, counts := w.into[account]; counts {
			account = other
		}
		if account != record.into {
			into := w.party(record.into)
			record.Into = &into
		}
		c := byAccount[account]
		if c == nil {
			c = &JoinedCustomer{Account: w.party(account), Ids: w.furtherIDs(account)}
			byAccount[account] = c
		}
		c.Records = append(c.Records, record)
	}
	for _, c := range byAccount {
		report.Customers = append(report.Customers, *c)
	}
	slices.SortFunc(report.Customers, func(a, b JoinedCustomer) int {
		return cmp.Or(strings.Compare(a.Account.ID, b.Account.ID), strings.Compare(a.Account.Ids, b.Account.Ids))
	})
	report.Of = len(report.Customers)
	if r.Limit > 0 {
		report.Customers = report.Customers[:min(r.Limit, report.Of)]
	}
	return report, nil
}

// joinedRecord tells of a pair, by all that was decided of it, that is joined
// today, or else from a later day on; joined is false where it is not.
func (w *matchWorld) joinedRecord(list []state.Decision) (r JoinedRecord, joined bool) {
	days := []period.Date{w.today}
	for _, d := range list {
		if l, _ := linkOf(d); l.From > w.today {
			days = append(days, l.From)
		}
	}
	slices.Sort(days)
	var holds *state.Decision
	for _, day := range days {
		now := saidOn(list, day)
		switch {
		case now == nil:
		case now.Verdict == state.Joins && holds == nil:
			holds = now
		case now.Verdict == state.Parts && holds != nil && r.Until == nil:
			r.Until = &day
		}
	}
	if holds == nil {
		return r, false
	}
	r.Record, r.Ids, r.into = w.party(holds.Record), w.furtherIDs(holds.Record), holds.Into
	r.Judgement, r.Evidence = w.judgement(*holds), []match.Kind{}
	for _, kind := range holds.Evidence {
		r.Evidence = append(r.Evidence, match.Kind(kind))
	}
	return r, true
}

// saidOn returns what of the decisions about a pair is said of a day: the last
// one that reaches it.
func saidOn(list []state.Decision, day period.Date) *state.Decision {
	for i := len(list) - 1; i >= 0; i-- {
		if l, _ := linkOf(list[i]); l.From <= day {
			return &list[i]
		}
	}
	return nil
}

// furtherIDs are the ids by which sources know an account, beside its own.
func (w *matchWorld) furtherIDs(account int32) []FurtherID {
	list := []FurtherID{}
	for _, id := range w.accounts[account].IDs {
		if id != w.own[account] {
			list = append(list, FurtherID{id.Text, id.Space})
		}
	}
	return list
}

// joinedBeside are the accounts that count as one customer with some of the
// keys on the day, and are none of them, without those that were erased.
func (e *Engine) joinedBeside(ctx context.Context, keys []warehouse.Key, gone *erased, day period.Date) ([]FurtherID, error) {
	decisions, err := e.State.Decisions(ctx)
	if err != nil || len(decisions) == 0 {
		return nil, err
	}
	into := intoOn(customer.Spans(links(decisions)), day)
	of := func(record int32) int32 {
		if other, counts := into[record]; counts {
			return other
		}
		return record
	}
	isKey, customers := map[int32]bool{}, map[int32]bool{}
	for _, k := range keys {
		isKey[int32(k.Number)] = true
		customers[of(int32(k.Number))] = true
	}
	var beside []int64
	for _, d := range decisions {
		for _, record := range []int32{d.Record, d.Into} {
			if customers[of(record)] && !isKey[record] && !slices.Contains(beside, int64(record)) {
				beside = append(beside, int64(record))
			}
		}
	}
	if beside == nil {
		return nil, nil
	}
	names, err := e.query(ctx, query.NamesOfRecords(beside))
	if err != nil {
		return nil, fmt.Errorf("name joined records: %w", err)
	}
	var list []FurtherID
	for _, row := range names {
		if id := (FurtherID{ID: text(row[2]), Ids: text(row[1])}); !gone.surrogates[id.ID] {
			list = append(list, id)
		}
	}
	slices.SortFunc(list, func(a, b FurtherID) int { return cmp.Or(strings.Compare(a.Ids, b.Ids), strings.Compare(a.ID, b.ID)) })
	return list, nil
}
