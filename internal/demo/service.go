package demo

import (
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/period"
)

// ticketTopic is what tickets are about.
type ticketTopic struct {
	category string
	weight   float64
	subjects []string
}

var topics = []ticketTopic{
	{"how_to", 34, []string{"How do I share a record with another team?", "Where are archived records?", "Can a report be sent weekly?", "Adding a colleague, step by step?"}},
	{"bug", 26, []string{"Search finds nothing since the update", "Export stops at 10,000 rows", `Page shows "unexpected value"`, "Dates are a day off, in our zone"}},
	{"access", 16, []string{"Cannot sign in", "Single sign-on: certificate expired", "New colleague lacks rights"}},
	{"integration", 12, []string{"Connector fails, no message", "Webhook arrives twice", "API answers 429 too often"}},
	{"billing", 7, []string{"Invoice shows the old address", "Seats on invoice, but not in contract", "Change of payment terms"}},
	{"feature_request", 5, []string{"Please add bulk edit", "Dark mode, please", "Custom fields in reports"}},
}

var topicWeights = weigh(topics, func(t ticketTopic) float64 { return t.weight })

// ticketDays draws when the account asks for help: about every second contact
// does so once a year, more where more goes wrong, in the first months, and as
// trouble begins.
func (g *base) ticketDays(c *customer, s *stream) []period.Date {
	from, to := g.span(c, historyDays)
	if from >= to || c.internal {
		return nil
	}
	yearly := .55 * math.Pow(float64(c.people), .7) * c.pain
	var days []period.Date
	for range s.count(yearly * 1.8 * float64(to-from) / 365) {
		d := workday(s, from+period.Date(s.below(int(to-from)+1)))
		keep := .5
		if d < c.start+90 {
			keep = 1
		} else if d > c.shock-30 && c.health(max(d, c.shock+30)) < c.vigour-.05 {
			keep = .9
		}
		if s.chance(keep) && d >= from {
			days = append(days, d)
		}
	}
	slices.Sort(days)
	return days
}

func (g *base) writeTickets(c *customer) {
	s := newStream(g.seed, c.number, topicTicket)
	serial := 0
	for _, d := range g.ticketDays(c, &s) {
		who := g.anyone(c, &s, d, c.people)
		if who < 0 {
			continue
		}
		serial++
		topic := topics[s.pick(topicWeights)]
		severity := s.pick([]float64{30, 45, 19, 6})
		if topic.category == "how_to" || topic.category == "feature_request" {
			severity = s.below(2)
		}
		opened := g.at(c, &s, d)
		hours := math.Exp(math.Log([]float64{60, 30, 14, 6}[severity]) + .9*s.normal())
		if topic.category == "feature_request" {
			hours *= 12
		}
		closed := opened + int64(hours*3600)
		t := g.out.tickets.part('T', c.number, serial).id('A', c.number).part('C', c.number, who+1)
		t.raw([]string{"low", "normal", "high", "urgent"}[severity]).instant(opened)
		isClosed := closed < int64(g.asOf+1)*86400 && !s.chance(.01)
		if isClosed {
			t.instant(closed)
		} else {
			t.empty()
		}
		t.text(one(&s, topic.subjects)).raw(topic.category)
		product := products[core]
		if c.owned[insights] && topic.category == "bug" && s.chance(.5) {
			product = products[insights]
		} else if c.owned[automate] && topic.category == "integration" {
			product = products[automate]
		}
		t.raw(product).end()
		if isClosed && s.chance(.22) {
			g.answer(c, &s, who, closed, "csat", topic.category, c.csat(&s, hours), "")
		}
	}
}

// csat returns a mark from 1 to 5 for a ticket closed after that many hours.
func (c *customer) csat(s *stream, hours float64) float64 {
	return clamp(math.Round(5.3-.5*math.Log10(hours+1)-.45*c.pain+.5*c.vigour+.8*s.normal()), 1, 5)
}

// touches are the kinds of activity with minutes and how many a year an
// account of that revenue gets: calls and visits go to the large, e-mail to
// all.
var touches = []struct {
	kind    string
	minutes [2]int
	yearly  func(arr float64) float64
}{
	{"email", [2]int{3, 20}, func(arr float64) float64 { return 2 + 2*math.Max(math.Log10(arr+1)-3, 0) }},
	{"call", [2]int{15, 60}, func(arr float64) float64 { return .2 + 5*math.Max(math.Log10(arr+1)-4, 0) }},
	{"qbr", [2]int{60, 120}, func(arr float64) float64 { return clamp(3*(math.Log10(arr+1)-4.3), 0, 4) }},
	{"visit", [2]int{90, 300}, func(arr float64) float64 { return clamp(2*(math.Log10(arr+1)-4.8), 0, 5) }},
	{"training", [2]int{45, 180}, func(arr float64) float64 { return .15 + .5*math.Max(math.Log10(arr+1)-3.7, 0) }},
}

// touch is an activity that waits for its place in time.
type touch struct {
	day  period.Date
	kind int
}

func (g *base) writeActivities(c *customer) {
	from, to := g.span(c, historyDays)
	if from >= to || c.internal {
		return
	}
	s := newStream(g.seed, c.number, topicActivity)
	if s.chance(.04) && c.arr < 60_000 {
		return // forgotten by everyone
	}
	attention := math.Exp(.5 * s.normal())
	var list []touch
	for kind, k := range touches {
		for range s.count(k.yearly(c.arr) * attention * float64(to-from) / 365) {
			list = append(list, touch{workday(&s, from+period.Date(s.below(int(to-from)+1))), kind})
		}
	}
	if c.start >= from { // bringing on takes more
		for range 2 + s.below(4) {
			list = append(list, touch{min(workday(&s, c.start+3+period.Date(s.below(60))), to), s.pick([]float64{1, 2, 0, 0, 2})})
		}
	}
	slices.SortStableFunc(list, func(a, b touch) int { return int(a.day - b.day) })
	for i, v := range list {
		g.writeActivity(c, &s, i+1, v)
	}
}

func (g *base) writeActivity(c *customer, s *stream, serial int, v touch) {
	k := touches[v.kind]
	t := g.out.activities.part('I', c.number, serial).id('A', c.number)
	if who := g.anyone(c, s, v.day, 5); who >= 0 && !s.chance(.08) {
		t.part('C', c.number, who+1)
	} else {
		t.empty() // nobody wrote down with whom
	}
	by := c.owner
	if k.kind == "training" || by == "" || v.day < c.start+90 && s.chance(.5) {
		by, _ = g.teammate((c.number-1)/blockSize, onboarder)
	}
	minutes := s.between(k.minutes[0], k.minutes[1])
	if k.minutes[0] >= 15 {
		minutes = (minutes + 7) / 15 * 15
	}
	t.raw(k.kind).whole(int64(minutes)).text(by).instant(g.at(c, s, v.day)).end()
}

// writeReadings writes the weekly number of seats used, counted by the
// licence server of accounts that run the product themselves: all that the
// vendor knows of their usage.
func (g *base) writeReadings(c *customer) {
	if !c.onPremise || !c.paid {
		return
	}
	s := newStream(g.seed, c.number, topicUsage+2<<8)
	from, to := g.span(c, 180)
	monday := from + period.Date((8-weekday(from))%7)
	serial := 0
	for ; monday+7 <= to+1; monday += 7 {
		work := 0.0
		for d := monday; d < monday+7; d++ {
			work += c.season().level(d)
		}
		share := (.2 + .7*c.adoption) * c.health(monday) / c.vigour * math.Sqrt(clamp(work/5.2, 0, 1.2))
		used := clamp(math.Round(float64(c.seats)*share+s.normal()), 0, float64(c.seats))
		serial++
		if s.chance(.04) {
			continue // did not report
		}
		g.out.readings.part('R', c.number, serial).id('A', c.number).raw("weekly_active_seats")
		g.out.readings.date(monday).date(monday + 7).whole(int64(used)).end()
	}
}
