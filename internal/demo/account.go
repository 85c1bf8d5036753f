package demo

import (
	"math"

	"github.com/segue-cs/segue/internal/period"
)

// Archetypes say why an account behaves as it does. They are the truth behind
// the exports and appear in none of them.
const (
	anchor  uint8 = iota // large, healthy, near what it can spend
	grower               // healthy and far from what it can spend
	diamond              // pays little, could pay far more, uses it well
	steady               // pays what it should, uses what it pays for
	starter              // became a customer less than nine months ago
	drifter              // was well, has lately begun to turn away
	silent               // pays and hardly uses it
	misfit               // bought the wrong thing
	archetypeCount
)

// archetype holds what is typical of each.
//
// The share of diamonds is between the 5 and 8 % that CS teams report to find
// when they look; the other shares are ours.
type archetype struct {
	name      string
	share     float64
	potential float64    // against the median account
	spread    float64    // standard deviation of potential, as logarithm
	captured  [2]float64 // share of potential paid today
	growth    float64    // of recurring revenue a year, as logarithm
	fit       float64    // mean; 0 is average, 1 one standard deviation better
	intensity float64    // of use, against what adoption says
}

var archetypes = [archetypeCount]archetype{
	anchor:  {"anchor", 7, 9, 1.45, [2]float64{.5, .9}, .10, .7, 1.15},
	grower:  {"grower", 14, 1.6, 1.5, [2]float64{.2, .5}, .30, .5, 1.2},
	diamond: {"diamond", 6.4, 16, .55, [2]float64{.012, .055}, .02, .8, 1.3},
	steady:  {"steady", 38, .9, 1.55, [2]float64{.5, .95}, .03, .15, 1},
	starter: {"starter", 11, .8, 1.5, [2]float64{.25, .7}, .15, .1, .9},
	drifter: {"drifter", 6, 2, 1.5, [2]float64{.4, .9}, .02, .2, 1},
	silent:  {"silent", 7, .8, 1.4, [2]float64{.4, .9}, 0, -.7, .08},
	misfit:  {"misfit", 10.6, .7, 1.4, [2]float64{.5, .95}, -.06, -1.1, .6},
}

// medianPotential is what the median account could spend a year, in USD.
const medianPotential = 17_000

// profile is one account as it really is.
type profile struct {
	number    int
	archetype uint8

	place
	business  uint8 // index of departments
	employees int
	revenue   float64 // a year, USD
	founded   int
	internal  bool
	onPremise bool // sends no usage events
	ends      period.Date

	need      uint8
	potential float64 // recurring revenue a year that it could spend, USD
	months    float64 // until it would spend it
	target    float64 // recurring revenue that today's contracts head for, USD
	fit       float64 // normal: how well the product suits it
	adoption  float64 // 0 to 1, at its best
	pain      float64 // how much goes wrong, 1 is average

	start      period.Date // of its first paid term
	firstValue period.Date // never: not yet
	onboarded  period.Date // never: not yet

	vigour    float64     // health while nothing is wrong, 0 to 1
	shock     period.Date // when things begin to go wrong
	depth     float64     // how much of health is then lost
	slide     int         // days that it takes
	recovers  bool
	reason    string // for which it would leave
	sponsored bool   // a champion speaks up for it
	ownerless bool
}

// place is where an account is and what it does.
type place struct {
	country, industry, zone uint8
}

// placeOf returns the place of a company by itself.
func placeOf(seed uint64, number int) place {
	s := newStream(seed, number, topicProfile+1<<8)
	var p place
	p.country = uint8(s.pick(countryWeights))
	p.industry = uint8(s.pick(industryWeights))
	p.zone = one(&s, countries[p.country].zones)
	return p
}

// Weights with which places and archetypes are drawn.
var (
	countryWeights   = weigh(countries, func(c country) float64 { return c.weight })
	industryWeights  = weigh(industries, func(i industry) float64 { return i.weight })
	archetypeWeights = weigh(archetypes[:], func(a archetype) float64 { return a.share })
)

// profile draws the account of that number and adds it to the families.
func (g *base) profile(number int) profile {
	g.families.add(number)
	s := newStream(g.seed, number, topicProfile)
	p := profile{number: number, ends: never}
	p.archetype = uint8(s.pick(archetypeWeights))
	if g.families.isHead(number) && s.chance(.6) {
		p.archetype = anchor
	}
	if number == investor {
		p.archetype = steady
	}
	p.internal = number == 13 || number > 13 && s.chance(.002)
	p.ownerless = s.chance(.012)
	g.settle(&p, &s)
	g.size(&p, &s)
	g.begin(&p, &s)
	g.fortune(&p, &s)
	return p
}

// settle decides where the account is.
func (g *base) settle(p *profile, s *stream) {
	p.place = placeOf(g.seed, p.number)
	if top := g.families.top(p.number); top != p.number {
		home := placeOf(g.seed, top)
		p.industry = home.industry
		if g.families.entity[p.number] == department || s.chance(.5) {
			p.country, p.zone = home.country, home.zone
		}
	}
	p.business = uint8(s.pick([]float64{2, 5, 3, 4, 4, 1, 3}))
	p.need = uint8((s.pick([]float64{3, 2, 2, 2, 1}) + int(p.industry)) % len(needs))
	p.onPremise = s.chance(.03)
}

// size draws what the account could spend and how many work there. Employees
// follow potential with an elasticity of 0.7, so that revenue and size go
// together without saying the same.
func (g *base) size(p *profile, s *stream) {
	a := &archetypes[p.archetype]
	p.potential = medianPotential * a.potential * math.Exp(a.spread*s.normal()) * industries[p.industry].purse
	if g.families.isHead(p.number) {
		p.potential *= 1.7
		if g.families.isGroup(p.number) {
			p.potential *= 2
		}
	}
	if p.potential > 3_000_000 { // even the largest spend within reason
		p.potential = 3_000_000 * math.Pow(p.potential/3_000_000, .5)
	}
	p.potential = math.Max(p.potential, 900)
	employees := 90 * math.Pow(p.potential/medianPotential/industries[p.industry].purse, .7) * math.Exp(.75*s.normal())
	if g.families.isHead(p.number) {
		employees = employees*2 + 400
	}
	if top := g.families.top(p.number); top != p.number {
		employees = math.Min(employees, float64(g.families.staff[top])*s.within(.03, .35))
	}
	p.employees = int(clamp(math.Round(employees), 2, 350_000))
	g.families.staff[p.number] = int32(p.employees)
	p.revenue = float64(p.employees) * industries[p.industry].sales * math.Exp(.4*s.normal())

	p.target = p.potential * s.within(a.captured[0], a.captured[1])
	if p.archetype == diamond {
		p.target = clamp(p.target, 1_800, 13_000) // low beside what it could be
		p.potential = math.Max(p.potential, 60_000)
	}
	p.months = clamp(math.Round(math.Exp(math.Log(14)+.6*s.normal())), 3, 48)
	if p.archetype == grower {
		p.months = math.Ceil(p.months / 2)
	}
}

// begin draws when the account became a customer: most in the last three
// years, as the vendor grew.
func (g *base) begin(p *profile, s *stream) {
	year, _, _ := civil(g.asOf)
	age := 30 + s.wait(900)
	switch p.archetype {
	case starter:
		age = s.within(-20, 260)
	case anchor:
		age += 300
	case grower, diamond:
		age += 120
	}
	if age > 2400 {
		age = s.within(300, 2400)
	}
	p.start = g.asOf - period.Date(age)
	if s.chance(.4) { // terms like to begin with a month
		first, _ := monthOf(p.start)
		p.start = first
	}
	p.founded = year - 3 - int(math.Min(s.wait(25), 160))
	if s.chance(.01) {
		p.ends = max(p.start, g.asOf-200).AddMonths(s.between(6, 18))
	}
}

// fortune draws how well the account does: what it gets out of the product,
// how it was brought on, and whether and when something goes wrong.
func (g *base) fortune(p *profile, s *stream) {
	a := &archetypes[p.archetype]
	p.fit = a.fit + .8*s.normal()
	wait := math.Exp(math.Log(32) - .35*p.fit + .55*s.normal())
	p.firstValue, p.onboarded = never, never
	started := s.chance(logistic(2.6 + 1.2*p.fit))
	finished := s.chance(logistic(1.9 + 1.3*p.fit))
	if started {
		p.firstValue = p.start + period.Date(wait)
		if finished {
			p.onboarded = p.firstValue + period.Date(15+s.wait(35))
		}
	}
	p.adoption = logistic(.1 + .85*p.fit + .5*s.normal())
	p.pain = math.Exp(-.35*p.fit + .5*s.normal())
	p.sponsored = s.chance(logistic(-.2 + .7*p.fit))

	x := -1.0 + 2.1*p.adoption - .28*p.pain + .35*s.normal()
	if finished {
		x += .45
	}
	if p.sponsored {
		x += .4
	}
	p.vigour = logistic(1.25 * x)

	p.shock = p.start + 60 + period.Date(math.Min(s.wait(365*9*math.Exp(.5*p.fit)), 20_000))
	p.depth, p.slide = s.within(.35, .85), s.between(60, 160)
	p.recovers = s.chance(.5)
	if p.archetype == drifter {
		p.shock, p.depth, p.recovers = g.asOf-period.Date(s.between(25, 200)), s.within(.5, .85), false
	}
	p.reason = p.whyLeave(s, finished)
}

// whyLeave draws the reason for which the account would leave, if it did.
func (p *profile) whyLeave(s *stream, finished bool) string {
	switch {
	case p.ends != never:
		return "project_ended"
	case p.archetype == misfit && s.chance(.6):
		return "product_gap"
	case !finished && s.chance(.6):
		return "never_onboarded"
	case p.archetype == silent && s.chance(.6):
		return "no_use"
	}
	return one(s, []string{
		"champion_left", "champion_left", "budget_cut", "budget_cut", "competitor", "competitor",
		"price", "acquired", "insolvent", "product_gap",
	})
}

// health returns the account's true health on a day, from 0 to 1.
func (p *profile) health(d period.Date) float64 {
	if d <= p.shock {
		return p.vigour
	}
	return p.vigour * (1 - p.depth*lost(int(d-p.shock), p.slide, p.recovers))
}

// lost returns how much of what can be lost is lost, from 0 to 1, so many days
// after trouble began. It takes slide days to come and, for those who recover,
// half a year to go.
func lost(since, slide int, recovers bool) float64 {
	gone := math.Min(float64(since)/float64(slide), 1)
	if recovers {
		gone = math.Min(gone, clamp(float64(2*slide+180-since)/180, 0, 1))
	}
	return gone
}

// monthOf returns the first day of the day's month and of the next.
func monthOf(d period.Date) (first, next period.Date) {
	_, _, day := civil(d)
	first = d - period.Date(day-1)
	return first, first.AddMonths(1)
}
