package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// DoctorRequest asks what of the data needs someone's eye.
type DoctorRequest struct {
	Finding string       `json:"finding,omitempty"` // its name: then all of its rows are listed
	AsOf    *period.Date `json:"as_of,omitempty"`   // a day that has been run; nil is the present placement
	Limit   int          `json:"limit,omitempty"`   // of the rows; 0 is all
}

// Checkup says how well the sources cover the customers, and what needs someone.
type Checkup struct {
	AsOf     period.Date    `json:"as_of"`
	Currency money.Currency `json:"currency"`
	Priced   bool           `json:"priced"` // there is a metric that is shown as ARR

	Customers int64          `json:"customers"` // of the base
	Minor     int64          `json:"arr_minor"` // what they pay
	Sources   []SourceHealth `json:"sources"`   // as the strategy lists them
	Findings  []Finding      `json:"findings"`  // the largest ARR first
}

// SourceHealth is how far one source reaches.
type SourceHealth struct {
	Source    string       `json:"source"`
	Kind      string       `json:"fact"`
	Rows      int64        `json:"rows"`
	Customers int64        `json:"customers"` // of the base, with a row
	Minor     int64        `json:"arr_minor"` // that they pay
	First     *period.Date `json:"first,omitempty"`
	Last      *period.Date `json:"last,omitempty"`     // newest row, up to the day
	Imported  *period.Date `json:"imported,omitempty"` // nil: never
	Stale     bool         `json:"stale"`
	Unmatched int64        `json:"unmatched"`
}

// Finding is one thing that needs someone. Minor is what the customers that it
// concerns pay; of rows that belong to nobody, what they would add.
type Finding struct {
	Name      string        `json:"name"`
	Title     string        `json:"title"` // a sentence
	Hint      bool          `json:"hint,omitempty"`
	Customers int64         `json:"customers"`
	Minor     int64         `json:"arr_minor"`
	Rows      int64         `json:"rows"` // of the list behind it
	Largest   []string      `json:"largest"`
	Do        string        `json:"do"`                // what to do about it
	Command   string        `json:"command,omitempty"` // of segue, which lists them; "" is doctor NAME
	List      []FindingItem `json:"list,omitempty"`    // when asked for: the largest ARR first
}

// FindingItem is one row of a finding.
type FindingItem struct {
	Account string `json:"account,omitempty"` // or the id that no source lists
	Name    string `json:"name,omitempty"`
	Minor   *int64 `json:"arr_minor"`
	What    string `json:"what"`

	customer int64 // whose ARR it is; 0 is nobody's
	other    bool  // Minor is what the row itself would add
}

// later puts first, of findings with the same ARR, what decides whose rows are
// whose: gaps may be gone after it; and last other hints.
func (f Finding) later() int {
	switch {
	case f.Name == oneCompanyFinding || strings.HasPrefix(f.Name, unmatchedFinding):
		return 0
	case f.Hint:
		return 2
	}
	return 1
}

// Findings that decide whose rows are whose.
const (
	oneCompanyFinding = "one_company"
	unmatchedFinding  = "unmatched."
)

// person is one account of the day.
type person struct {
	id, name string
	customer int64 // that it counts as
	inBase   bool
	minor    *int64 // that the customer pays
}

// examination is what the checks of one checkup share.
type examination struct {
	*Engine
	read    reading
	defs    query.Definitions
	stored  query.Stored
	people  map[int64]person
	order   []int64          // the accounts, by id
	byID    map[string]int64 // by id as screens show it
	circles []Circle
	facts   map[string]map[int64]int64 // by kind: rows of each account
	lost    map[string]map[int64]bool  // by kind: customers with a row that was rejected
	checkup *Checkup
}

// Doctor examines the data behind the present placement, or a past one.
func (e *Engine) Doctor(ctx context.Context, r DoctorRequest) (Checkup, error) {
	x, err := e.examine(ctx, r)
	if err != nil {
		return Checkup{}, err
	}
	for _, check := range []func(context.Context) ([]Finding, error){
		x.staleSources, x.withoutRate, x.rejectedRows, x.rejectedOfAnybody, x.conflicts, x.conflictingTables, x.leftAndPays, x.backAndForth, x.withoutContract, x.withoutUsage, x.doubled, x.parents,
		x.unmatchedRows, x.usedOutside, x.oneCompany, x.withoutMoney, x.unknowns, x.misspelt,
	} {
		found, err := check(ctx)
		if err != nil {
			return *x.checkup, fmt.Errorf("examine the data: %w", err)
		}
		x.checkup.Findings = append(x.checkup.Findings, found...)
	}
	list := x.checkup.Findings
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(a.later(), b.later()), cmp.Compare(b.Customers, a.Customers), cmp.Compare(b.Rows, a.Rows))
	})
	if r.Finding == "" {
		for i := range list {
			list[i].List = nil
		}
		return *x.checkup, nil
	}
	var names []string
	for _, f := range list {
		if f.Name == r.Finding {
			if r.Limit > 0 && len(f.List) > r.Limit {
				f.List = f.List[:r.Limit]
			}
			x.checkup.Findings = []Finding{f}
			return *x.checkup, nil
		}
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return *x.checkup, fmt.Errorf("nothing is called %q: there is nothing to see to", r.Finding)
	}
	return *x.checkup, fmt.Errorf("nothing found is called %q%s; there are %s", r.Finding, hint(r.Finding, names), strings.Join(names, ", "))
}

// examine reads what the checks share.
func (e *Engine) examine(ctx context.Context, r DoctorRequest) (*examination, error) {
	read, err := e.result(ctx, r.AsOf, e.doctorGrain())
	if err != nil {
		return nil, err
	}
	x := &examination{Engine: e, read: read, defs: definitions(e.Strategy), people: map[int64]person{}, byID: map[string]int64{}, facts: map[string]map[int64]int64{}, lost: map[string]map[int64]bool{}}
	x.checkup = &Checkup{AsOf: read.asOf, Currency: e.Strategy.Currency, Priced: read.revenue() != "", Sources: []SourceHealth{}, Findings: []Finding{}}
	if x.stored, _, err = e.stored(ctx, read.asOf); err != nil {
		return nil, err
	}
	if x.circles, err = e.settleLinks(ctx, &x.stored, read.asOf, nil); err != nil {
		return nil, err
	}
	if err := x.meet(ctx); err != nil {
		return nil, fmt.Errorf("read the accounts: %w", err)
	}
	return x, x.reach(ctx)
}

// doctorGrain is how the checks count customers: as the strategy does, and by
// account where it counts people.
func (e *Engine) doctorGrain() customer.Grain {
	if e.Strategy.Grain.Level == customer.ByContact {
		return customer.Grain{}
	}
	return e.Strategy.Grain
}

// meet reads the accounts, and what the customers that they count as pay.
func (x *examination) meet(ctx context.Context) error {
	pays := map[int64]*int64{}
	err := x.each(ctx, query.Standings(x.read.table, x.read.revenue(), x.Strategy.Currency), func(row []any) {
		id := whole(row[0])
		if x.read.grain.Level == customer.ByAccountProduct {
			id = query.AccountOfProduct(id)
		}
		var minor *int64
		if n, ok := row[1].(int64); ok {
			x.checkup.Minor += n
			minor = &n
			if before := pays[id]; before != nil {
				sum := *before + n
				minor = &sum
			}
		}
		pays[id] = minor
	})
	if err != nil {
		return err
	}
	x.checkup.Customers = int64(len(pays))
	above := map[int64]int64{}
	if x.read.grain.Level == customer.ByParent || x.read.grain.Level == customer.ByEntity {
		err := x.each(ctx, query.Members(tableName("members", x.read.run.Batch, x.read.grain)), func(row []any) { above[whole(row[1])] = whole(row[0]) })
		if err != nil {
			return err
		}
	}
	return x.each(ctx, query.Roster(x.defs, x.stored, x.read.asOf, nil), func(row []any) {
		account := whole(row[0])
		p := person{id: text(row[1]), name: text(row[2]), customer: account}
		if top, ok := above[account]; ok {
			p.customer = top
		}
		p.minor, p.inBase = pays[p.customer], false
		if _, ok := pays[p.customer]; ok {
			p.inBase = true
		}
		x.people[account], x.byID[plainID(p.id)] = p, account
		x.order = append(x.order, account)
	})
}

// about is a row of a finding on one account; ok is false for accounts that
// are not on record.
func (x *examination) about(account int64, format string, args ...any) (FindingItem, bool) {
	p, ok := x.people[account]
	return FindingItem{Account: p.id, Name: p.name, Minor: p.minor, What: fmt.Sprintf(format, args...), customer: p.customer}, ok
}

// named is how many customers a finding names.
const namedLargest = 3

// finding completes a finding from its rows, which it sorts; none is no
// finding.
func (x *examination) finding(f Finding, list []FindingItem) []Finding {
	if len(list) == 0 {
		return nil
	}
	pays := func(i FindingItem) int64 {
		if i.Minor == nil {
			return 0
		}
		return *i.Minor
	}
	slices.SortStableFunc(list, func(a, b FindingItem) int {
		return cmp.Or(cmp.Compare(pays(b), pays(a)), strings.Compare(a.Account, b.Account))
	})
	counted, shown := map[int64]bool{}, map[string]bool{}
	f.Largest = []string{}
	for _, i := range list {
		if i.customer != 0 && !counted[i.customer] || i.other {
			f.Minor += pays(i)
		}
		if i.customer != 0 {
			counted[i.customer] = true
		}
		who := cmp.Or(i.Name, plainID(i.Account))
		if i.Account == noID {
			who = ""
		}
		if len(f.Largest) < namedLargest && who != "" && !shown[who] {
			shown[who] = true
			f.Largest = append(f.Largest, who)
		}
	}
	f.Customers, f.Rows, f.List = int64(len(counted)), int64(len(list)), list
	return []Finding{f}
}
