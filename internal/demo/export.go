package demo

import (
	"math"
	"strconv"

	"github.com/segue-cs/segue/internal/period"
)

// exports are the open files of a base.
type exports struct {
	accounts, contacts, contracts, rates, teammates, milestones, opportunities *table
	advocacy, tickets, activities, responses, readings, truth, events          *table
}

func (e *exports) layout() []struct {
	at           **table
	name, header string
} {
	type row = struct {
		at           **table
		name, header string
	}
	return []row{
		{&e.accounts, "exports/accounts.csv", "account_id,name,parent_id,entity,owner,industry,line_of_business,country,region,language,time_zone,employees,annual_revenue,founded,deployment,created_on,expected_end,internal,estimated_potential,estimated_months"},
		{&e.contacts, "exports/contacts.csv", "contact_id,account_id,name,email,role,decision_maker,champion,language,created_on,left_on"},
		{&e.contracts, "exports/contracts.csv", "contract_id,account_id,product,kind,starts,ends,arr,currency,seats,quota,supersedes,renews,signed_on,canceled_on"},
		{&e.rates, "exports/fx_rates.csv", "currency,date,rate"},
		{&e.events, "exports/events.csv", "event_id,account_id,contact_id,name,product,feature,at,quantity"},
		{&e.responses, "exports/responses.csv", "response_id,account_id,contact_id,kind,subject,score,validated,text,at"},
		{&e.tickets, "exports/tickets.csv", "ticket_id,account_id,contact_id,severity,opened_at,closed_at,subject,category,product"},
		{&e.activities, "exports/activities.csv", "activity_id,account_id,contact_id,kind,minutes,teammate,at"},
		{&e.milestones, "exports/milestones.csv", "account_id,name,planned_on,due_on,reached_on"},
		{&e.opportunities, "exports/opportunities.csv", "opportunity_id,account_id,product,stage,amount,currency,created_on,expected_on,closed_on"},
		{&e.advocacy, "exports/advocacy.csv", "advocacy_id,account_id,contact_id,kind,at"},
		{&e.teammates, "exports/teammates.csv", "teammate,email,role,capacity_hours,region,languages"},
		{&e.readings, "exports/readings.csv", "reading_id,account_id,name,starts,ends,value"},
		{&e.truth, "truth/accounts.csv", "account_id,archetype,potential_usd,arr_usd,whitespace_usd,months_to_realise,health,need,fit,adoption,customer,renewal_due,will_renew,churned_on,churn_reason,trouble_since,diamond"},
	}
}

func (e *exports) open(dir string, zipped bool) error {
	for _, f := range e.layout() {
		t, err := newTable(dir, f.name, f.header, zipped)
		if err != nil {
			e.abandon()
			return err
		}
		*f.at = t
	}
	return nil
}

func (e *exports) abandon() {
	for _, f := range e.layout() {
		if *f.at != nil {
			(*f.at).abandon()
		}
	}
}

func (e *exports) close() (Summary, error) {
	var s Summary
	var first error
	for _, f := range e.layout() {
		file, err := (*f.at).close()
		if err != nil && first == nil {
			first = err
		}
		s.Files = append(s.Files, file)
	}
	if first != nil {
		e.abandon()
		return Summary{}, first
	}
	return s, nil
}

// customer is an account with all that the exports of it share.
type customer struct {
	profile
	history
	created period.Date
	arr     float64 // in force today, USD
	seats   int     // in force today, or last
	quota   int     // a month, in force today
	owned   [productCount]bool
	people  int // contacts
	latin   string
	owner   string
	answers int // responses written so far

	interviewed bool
}

func (g *base) customer(number int) customer {
	c := customer{profile: g.profile(number)}
	c.history = g.sign(&c.profile)
	c.arr, c.seats, c.quota, c.owned = c.inForce(g.asOf)
	if c.seats == 0 {
		_, c.seats, _, _ = c.inForce(min(c.to-1, c.lines[len(c.lines)-1].ends-1))
	}
	s := newStream(g.seed, number, topicContact)
	c.created = min(c.lines[0].signed, g.asOf) - period.Date(s.between(3, 75))
	share := .25 + .6*c.adoption + .1*s.normal()
	c.people = int(clamp(math.Round(float64(c.seats)*share), 1, 600))
	if c.seats > 2 {
		c.people++ // who pays and does not use it much
	}
	c.owner = g.ownerOf(&c)
	return c
}

// active reports whether the account was under contract on the day, a late
// renewal's gap included.
func (c *customer) active(d period.Date) bool { return d >= c.from && d < c.to }

// span returns the days, both included, on which things happened that the
// exports tell: while under contract, within the last days, until today.
func (g *base) span(c *customer, days int) (from, to period.Date) {
	return max(c.from, g.asOf-period.Date(days)+1), min(c.to-1, g.asOf)
}

// minor returns an amount in USD as minor units of the account's currency, in
// steps of a hundred major units where it is large enough.
func (c *customer) minor(dollars float64) int64 {
	currency := currencies[c.currency]
	step := math.Pow(10, float64(currency.exponent+2))
	return int64(math.Max(math.Round(dollars/currency.rate*math.Pow(10, float64(currency.exponent))/step), 1) * step)
}

// writeRecord writes the account itself. As in any company some cells are
// empty: nobody looked up the size of the account, and what it could spend and
// when was estimated for one in three, more often for those who pay much.
func (g *base) writeRecord(c *customer) {
	s := newStream(g.seed, c.number, topicRecord)
	name, latin := g.families.name(&c.profile)
	c.latin = latin
	country := countries[c.country]
	t := g.out.accounts.id('A', c.number).text(name)
	if parent := g.families.parent[c.number]; parent > 0 {
		t.id('A', int(parent))
	} else {
		t.empty()
	}
	t.raw(entities[g.families.entity[c.number]]).text(c.owner).raw(unless(s.chance(.015), industries[c.industry].name)).raw(departments[c.business])
	t.raw(country.code).raw(country.region).raw(country.language).raw(zones[c.zone])
	t.raw(unless(s.chance(.03), strconv.Itoa(c.employees)))
	t.raw(unless(s.chance(.12), strconv.FormatInt(int64(c.revenue/1000)*1000, 10))).whole(int64(c.founded))
	if c.onPremise {
		t.raw("on_premise")
	} else {
		t.raw("cloud")
	}
	t.date(c.created).date(c.ends).flag(c.internal)
	if s.chance(clamp(.33+.16*(math.Log10(c.arr+10)-4), .1, .75)) && !c.internal {
		step := 1000.0
		if c.potential < 20_000 {
			step = 100
		}
		guess := math.Max(c.potential, c.arr) * math.Exp(.3*s.normal())
		t.decimal(math.Ceil(guess/step)*step, 0).decimal(math.Max(1, math.Round(c.months*math.Exp(.3*s.normal()))), 0)
	} else {
		t.empty().empty()
	}
	t.end()
}

// unless returns text, or nothing where it is missing.
func unless(missing bool, text string) string {
	if missing {
		return ""
	}
	return text
}

func (g *base) writeContracts(c *customer) {
	t := g.out.contracts
	exponent := currencies[c.currency].exponent
	for i := range c.lines {
		l := &c.lines[i]
		if !l.known(g.asOf) {
			continue
		}
		ends := l.ends
		if l.canceled != never && l.canceled > g.asOf {
			ends = never // nobody has said so yet
		}
		t.part('K', c.number, i+1).id('A', c.number).raw(products[l.product]).raw(l.kind).date(l.starts).date(ends)
		t.minor(l.amount, exponent).raw(currencies[c.currency].code).positive(l.seats).positive(l.quota)
		for _, other := range []int{l.supersedes, l.renews} {
			if other > 0 {
				t.part('K', c.number, other)
			} else {
				t.empty()
			}
		}
		t.date(l.signed)
		if l.canceled > g.asOf {
			t.empty()
		} else {
			t.date(l.canceled)
		}
		t.end()
	}
}

func (g *base) writeTruth(c *customer) {
	t := g.out.truth.id('A', c.number).raw(archetypes[c.archetype].name)
	potential := math.Max(c.potential, c.arr*1.02)
	customer := c.arr > 0 || c.to > g.asOf && c.from <= g.asOf && c.paid
	t.decimal(potential, 2).decimal(c.arr, 2).decimal(potential-c.arr, 2).decimal(c.months, 0)
	last := min(g.asOf, c.to) // of its health after it left there is no truth
	t.decimal(c.health(last), 4).raw(needs[c.need]).decimal(c.fit, 3).decimal(c.adoption, 4).flag(customer)
	if customer {
		t.date(c.due).flag(c.stays)
	} else {
		t.empty().empty()
	}
	t.date(c.left)
	if c.left != never || customer && !c.stays {
		t.raw(c.reason)
	} else {
		t.empty()
	}
	if c.shock <= last && c.health(last) < c.vigour-.02 {
		t.date(c.shock)
	} else {
		t.empty()
	}
	t.flag(c.archetype == diamond && customer).end()
}
