package demo

import (
	"context"
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/period"
)

// feature is one thing that contacts do in a product.
type feature struct{ name, event string }

// features are those of each product, the most used first.
var features = [productCount][8]feature{
	core: {
		{"login", "login"},
		{"records", "record.opened"},
		{"search", "search.run"},
		{"tasks", "task.completed"},
		{"comments", "comment.added"},
		{"sharing", "record.shared"},
		{"templates", "template.used"},
		{"approvals", "approval.given"},
	},
	insights: {
		{"dashboards", "dashboard.viewed"},
		{"reports", "report.viewed"},
		{"filters", "filter.applied"},
		{"exports", "report.exported"},
		{"schedules", "report.scheduled"},
		{"forecasts", "forecast.viewed"},
		{"benchmarks", "benchmark.viewed"},
		{"audit_trail", "audit_trail.viewed"},
	},
	automate: {
		{"runs", "automation.run"},
		{"builder", "automation.edited"},
		{"connectors", "connector.synced"},
		{"webhooks", "webhook.sent"},
		{"api", "api.called"},
		{"rules", "rule.changed"},
		{"bots", "bot.replied"},
		{"history", "history.viewed"},
	},
}

// usage is what is kept of an account to draw its events day by day.
type usage struct {
	rate       float32 // events on a plain weekday at full adoption
	runs       float32 // automation runs a week at full adoption
	depth      float32
	from, to   int32 // days under contract, half-open
	start      int32 // first day ever, from which adoption rises
	shock      int32
	notice     int32 // from here on it is on its way out
	champion   int32 // first day without the first contact
	ramp       uint16
	slide      uint16
	people     uint16
	serial     uint32 // events written
	zone       uint8
	season     season
	need       uint8
	breadth    uint8 // features used of each product
	owned      uint8 // bit for each product
	recovers   bool
	randomness stream
}

// Measured over a large base, so that EventsPerAccount comes out: the mean of
// what usageOf calls weight, and the reports of runs a week.
const (
	meanWeight    = 5.28
	reportsWeekly = .218
)

func (g *base) usageOf(c *customer) usage {
	s := newStream(g.seed, c.number, topicUsage)
	a := &archetypes[c.archetype]
	weight := math.Pow(float64(c.people), .95) * (.25 + 1.3*c.adoption) * a.intensity * math.Exp(.4*s.normal())
	u := usage{
		rate: float32(g.perDay * weight / meanWeight), depth: float32(c.depth),
		from: int32(c.from), to: int32(c.to), start: int32(c.start), shock: int32(c.shock), notice: int32(never),
		champion: int32(c.championLeft(g.asOf)),
		ramp:     uint16(s.between(20, 90)), slide: uint16(c.slide), people: uint16(c.people), zone: c.zone,
		season: c.season(), need: c.need, breadth: uint8(clamp(math.Round(1+7.5*c.adoption), 2, 8)), recovers: c.recovers,
	}
	for product, has := range c.owned {
		if has {
			u.owned |= 1 << product
		}
	}
	if u.owned == 0 {
		u.owned = 1
	}
	if c.to != never {
		u.notice = int32(c.to) - int32(s.between(60, 130))
	}
	if c.onPremise || c.internal && s.chance(.5) || s.chance(.012) || c.archetype == silent && s.chance(.45) {
		u.rate = 0 // heard of never
	}
	if c.quota > 0 && u.rate > 0 { // half of the quota is usual, a few go beyond it
		u.runs = float32(float64(c.quota) * clamp(math.Exp(math.Log(.5)+.55*s.normal()), .03, 1.3) / 4.35)
	}
	u.randomness = newStream(g.seed, c.number, topicUsage+1<<8)
	return u
}

// season returns the rhythm of the account's work.
func (c *customer) season() season {
	country := countries[c.country]
	switch {
	case c.industry == education && country.southern:
		return schoolSouth
	case c.industry == education:
		return schoolNorth
	case c.industry == retail || industries[c.industry].name == "Hospitality":
		return shop
	case country.gulf:
		return gulf
	case country.southern:
		return officeSouth
	}
	return officeNorth
}

// on returns the events that the account has on average on a day of the
// given level.
func (u *usage) on(d int32, level float64) float64 {
	if d < u.from || d >= u.to {
		return 0
	}
	mean := float64(u.rate) * level
	if since := d - u.start; since < 4*int32(u.ramp) { // adoption curve
		mean *= 1 - .95*math.Exp(-float64(max(since, 0))/float64(u.ramp))
	}
	if d > u.shock {
		mean *= 1 - float64(u.depth)*lost(int(d-u.shock), int(u.slide), u.recovers)
	}
	if d > u.notice { // leaves at the end, and uses it less and less
		mean *= 1 - .8*float64(d-u.notice)/float64(max(u.to-u.notice, 1))
	}
	return mean
}

// moment is an event that waits for its place in time.
type moment struct {
	account  int32
	second   int32  // of its UTC day
	contact  uint16 // counted from 1; 0: a machine
	product  uint8
	feature  uint8
	quantity int32
}

// writeEvents draws the events of all accounts day by day and writes them in
// order of time. A local day falls on up to three days in UTC, so that three
// days are held at once.
func (g *base) writeEvents(ctx context.Context) error {
	var days [3][]moment // the UTC days before, of and after the local day
	order := new(sequence)
	first := g.asOf - period.Date(g.eventDays) + 1
	for d := first - 1; d <= g.asOf+1; d++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var levels [seasons]float64
		for s := range seasons {
			levels[s] = s.level(d)
		}
		for number := 1; number <= g.accounts; number++ {
			u := &g.usage[number]
			if u.rate == 0 {
				continue
			}
			g.report(u, int32(number), d, &days)
			g.draw(u, int32(number), d, &levels, &days)
		}
		if d > first {
			g.emit(d-1, days[0], order.of(days[0]))
		}
		days[0], days[1], days[2] = days[1], days[2], days[0][:0]
	}
	return nil
}

// report adds the week's automation runs, which the product itself reports
// in the night after a weekday of the account's own.
func (g *base) report(u *usage, number int32, d period.Date, days *[3][]moment) {
	if u.runs == 0 || weekday(d) != 2+int(number)%4 {
		return
	}
	share := u.on(int32(d), 1) / float64(u.rate)
	quantity := int32(math.Round(float64(u.runs) * share * (.85 + .3*u.randomness.unit())))
	if quantity <= 0 {
		return
	}
	at := g.clock.utc(u.zone, d, 2*3600+u.randomness.below(3600)) - int64(d-1)*86400
	days[at/86400] = append(days[at/86400], moment{account: number, second: int32(at % 86400), product: automate, quantity: quantity})
}

// draw adds what the account does on one local day.
func (g *base) draw(u *usage, number int32, d period.Date, levels *[seasons]float64, days *[3][]moment) {
	mean := u.on(int32(d), levels[u.season])
	if mean == 0 {
		return
	}
	s := &u.randomness
	for range s.count(mean) {
		contact, ok := g.whose(u, int(number), d)
		at := g.clock.utc(u.zone, d, workSecond(s)) - int64(d-1)*86400
		product, nth := u.what(s)
		if !ok {
			continue
		}
		day := at / 86400
		days[day] = append(days[day], moment{
			account: number, second: int32(at % 86400), contact: uint16(contact) + 1, product: product, feature: nth, quantity: 1,
		})
	}
}

// whose draws the contact of an event. A few do most of the work.
func (g *base) whose(u *usage, number int, d period.Date) (int, bool) {
	for range 3 {
		x := u.randomness.unit()
		nth := int(x * x * float64(u.people))
		joined, left := tenure(g.seed, number, nth, period.Date(u.start), g.asOf)
		if nth == 0 {
			left = period.Date(u.champion)
		}
		if joined <= d && d < left {
			return nth, true
		}
	}
	return 0, false
}

// automateShare is the share of events in Automate where it is owned.
const automateShare = .22

// what draws product and feature. The need of an account moves features up
// its list, its adoption says how far down the list it goes.
func (u *usage) what(s *stream) (product, nth uint8) {
	x, y := s.unit(), s.unit()
	switch {
	case u.owned&(1<<automate) != 0 && x < automateShare:
		product = automate
	case u.owned&(1<<insights) != 0 && x > .7:
		product = insights
	case u.owned&(1<<core) == 0:
		product = automate
	}
	nth = uint8(y * y * float64(u.breadth))
	if nth > 0 {
		nth = 1 + (nth-1+u.need)%7
	}
	return product, nth
}

// sequence is the order of a day's events by second; those of one second stay
// as they are. It is made once, as it holds a count for each second.
type sequence struct {
	counts [86401]int32
	order  []int32
}

// of returns the indexes of list in order. They hold until the next call.
func (q *sequence) of(list []moment) []int32 {
	if len(list) == 0 {
		return nil
	}
	clear(q.counts[:])
	for i := range list {
		q.counts[list[i].second+1]++
	}
	for i := 1; i < len(q.counts); i++ {
		q.counts[i] += q.counts[i-1]
	}
	q.order = slices.Grow(q.order[:0], len(list))[:len(list)]
	for i := range list {
		second := list[i].second
		q.order[q.counts[second]] = int32(i)
		q.counts[second]++
	}
	return q.order
}

// emit writes one UTC day in the order given.
func (g *base) emit(d period.Date, list []moment, order []int32) {
	day := string(appendDate(nil, d))
	t := g.out.events
	for _, i := range order {
		m := &list[i]
		u := &g.usage[m.account]
		u.serial++
		f := &features[m.product][m.feature]
		t.part('E', int(m.account), int(u.serial)).id('A', int(m.account))
		if m.contact > 0 {
			t.part('C', int(m.account), int(m.contact))
		} else {
			t.empty()
		}
		t.raw(f.event).raw(products[m.product]).raw(f.name)
		t.cells = append(appendClock(append(t.cells, day...), int(m.second)), ',')
		t.whole(int64(m.quantity)).end()
	}
}
