package demo

import (
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/period"
)

// writeMilestones writes the steps of the journey with the day they are due
// and, once reached, the day that was.
func (g *base) writeMilestones(c *customer) {
	if !c.paid {
		return
	}
	s := newStream(g.seed, c.number, topicJourney)
	kickoff := c.start + period.Date(s.between(1, 12))
	connected := kickoff + period.Date(s.between(4, 25))
	steps := []struct {
		name    string
		due     int
		reached period.Date
	}{
		{"kickoff", 10, kickoff},
		{"data_connected", 30, connected},
		{"first_value", 45, max(c.firstValue, connected)},
		{"onboarded", 90, max(c.onboarded, connected)},
		{"success_plan", 120, never},
		{"first_review", 180, never},
	}
	if c.firstValue == never && s.chance(.25) {
		steps[1].reached = never
	}
	if c.onboarded != never && s.chance(clamp(.1+.1*math.Log10(c.arr+1), .05, .8)) {
		steps[4].reached = c.onboarded + period.Date(s.between(10, 70))
	}
	if c.arr > 15_000 && s.chance(.75) {
		steps[5].reached = c.start + period.Date(s.between(150, 260))
	}
	for i, step := range steps {
		if i >= 4 && c.arr < 8_000 {
			break // small accounts have neither
		}
		if step.reached > g.asOf || !c.active(step.reached) && c.left != never && step.reached >= c.left {
			step.reached = never
		}
		g.out.milestones.id('A', c.number).raw(step.name).date(min(c.start, g.asOf)).date(c.start + period.Date(step.due)).date(step.reached).end()
	}
}

// writeOpportunities writes chances to sell more: those won are the upgrades
// in the contracts, the others come from what the account could still spend.
func (g *base) writeOpportunities(c *customer) {
	if c.internal {
		return
	}
	s := newStream(g.seed, c.number, topicJourney+1<<8)
	serial := 0
	write := func(product int, stage string, dollars float64, created, expected, closed period.Date) {
		serial++
		currency := currencies[c.currency]
		g.out.opportunities.part('O', c.number, serial).id('A', c.number).raw(products[product]).raw(stage).
			minor(c.minor(dollars), currency.exponent).raw(currency.code).date(created).date(expected).date(closed).end()
	}
	for i := range c.lines {
		l := &c.lines[i]
		grown := l.usd
		if l.supersedes > 0 {
			grown -= c.lines[l.supersedes-1].usd
		}
		if (l.kind != upgrade && (l.kind != newLine || l.signed <= c.start)) || grown <= 0 || !l.known(g.asOf) {
			continue
		}
		created := l.signed - period.Date(s.between(20, 120))
		write(l.product, "won", grown, created, l.starts+period.Date(s.between(-20, 30)), l.signed)
	}
	g.lose(c, &s, write)
	g.hope(c, &s, write)
}

// lose writes the chances of the last two years that came to nothing.
func (g *base) lose(c *customer, s *stream, write func(int, string, float64, period.Date, period.Date, period.Date)) {
	from, to := g.span(c, 730)
	for range s.count(.25 * float64(max(to-from, 0)) / 365) {
		created := from + period.Date(s.below(int(to-from)))
		closed := created + period.Date(s.between(15, 200))
		if closed > to {
			continue
		}
		write(s.below(productCount), "lost", math.Max(c.arr, 4_000)*s.within(.08, .5), created, created+90, closed)
	}
}

// hope writes the open chances. Diamonds have hardly any: nobody has asked.
func (g *base) hope(c *customer, s *stream, write func(int, string, float64, period.Date, period.Date, period.Date)) {
	left := c.potential - c.arr
	if !c.active(g.asOf) || left < 2_000 || c.health(g.asOf) < .3 {
		return
	}
	likely := clamp(.06+.07*math.Log10(left/2_000), .03, .35)
	if c.archetype == diamond {
		likely = .06
	}
	for range s.count(likely) {
		product := core
		for _, other := range []int{insights, automate} {
			if !c.owned[other] && s.chance(.6) {
				product = other
				break
			}
		}
		created := max(g.asOf-period.Date(s.between(3, 150)), c.from)
		expected := g.asOf + period.Date(c.months*30*s.within(.2, 1.1)) - 30
		stage := one(s, []string{"discovery", "discovery", "qualified", "proposal", "negotiation"})
		write(product, stage, math.Min(left*s.within(.15, .7), math.Max(c.arr, 6_000)*3), created, max(expected, created+20), never)
	}
}

// writeAdvocacy writes what well-disposed accounts did for the vendor.
func (g *base) writeAdvocacy(c *customer) {
	if !c.paid || c.internal {
		return
	}
	s := newStream(g.seed, c.number, topicJourney+2<<8)
	from, to := g.span(c, advocacyDays)
	from = max(from, c.start+120)
	if from >= to {
		return
	}
	yearly := .55 * math.Pow(c.vigour, 4) * clamp(math.Log10(c.arr+10)-2.5, .2, 2.5)
	if c.sponsored {
		yearly *= 1.8
	}
	days := make([]period.Date, s.count(yearly*float64(to-from)/365))
	for i := range days {
		days[i] = from + period.Date(s.below(int(to-from)))
	}
	slices.Sort(days)
	serial := 0
	for _, d := range days {
		who := g.anyone(c, &s, d, 3)
		if c.health(d) < .45 || who < 0 {
			continue
		}
		kind := []string{"reference", "case_study", "advisory_board", "referral", "review"}[s.pick([]float64{35, 15, 8, 22, 20})]
		if kind == "advisory_board" && c.arr < 60_000 {
			kind = "reference"
		}
		serial++
		g.out.advocacy.part('V', c.number, serial).id('A', c.number).part('C', c.number, who+1).raw(kind)
		g.out.advocacy.instant(g.at(c, &s, d)).end()
	}
}

// at returns an instant of the day within the account's working hours, not
// after the last one that the exports know.
func (g *base) at(c *customer, s *stream, d period.Date) int64 {
	return min(g.clock.utc(c.zone, d, workSecond(s)), int64(g.asOf+1)*86400-1)
}

// workday moves a day off weekends, most of the time.
func workday(s *stream, d period.Date) period.Date {
	switch w := weekday(d); {
	case w == 6 && s.chance(.93):
		return d - 1
	case w == 0 && s.chance(.93):
		return d - 2
	}
	return d
}
