package demo

import (
	"math"

	"github.com/segue-cs/segue/internal/period"
)

// Kinds of contract lines.
const (
	newLine     = "new"
	renewal     = "renewal"
	upgrade     = "upgrade"
	contraction = "contraction"
	pilot       = "pilot"
	credit      = "credit"
)

// line is one contract line. Days are never where there is none.
type line struct {
	product    int
	kind       string
	starts     period.Date
	ends       period.Date // first day after
	usd        float64     // recurring revenue a year
	amount     int64       // the same in minor units of the account's currency
	monthly    int64       // price of a seat, minor units
	seats      int         // 0: not sold by seats
	quota      int         // 0: not sold by quota
	supersedes int         // 1-based index of the line replaced, 0: none
	renews     int         // 1-based index of the line carried on, 0: none
	signed     period.Date
	canceled   period.Date // when notice was given, of lines without an end
}

// known reports whether the company knew of the line on the day.
func (l *line) known(d period.Date) bool { return l.signed <= d }

// history is all that an account ever signed, and a step beyond: the renewal
// that comes next is settled already.
type history struct {
	lines    []line
	currency int

	from  period.Date // first day of the present or last spell under contract
	to    period.Date // first day after it; never: goes on
	left  period.Date // when it last left; never: has not
	due   period.Date // next renewal, never: none
	stays bool        // whether it will renew; without a due day, stay a year
	paid  bool        // ever had a paid line
}

// deal carries the state of the account from term to term.
type deal struct {
	*profile
	history
	s       stream
	asOf    period.Date
	usd     [productCount]float64 // 0: does not own it
	current [productCount]int     // 1-based index of the line in force
	open    bool                  // terms have no end
}

// sign draws everything that the account ever signed.
func (g *base) sign(p *profile) history {
	d := deal{profile: p, s: newStream(g.seed, p.number, topicContract), asOf: g.asOf}
	d.left, d.due, d.to, d.from = never, never, never, p.start
	if c := countries[p.country].currency; c != usd && d.s.chance(.7) {
		d.currency = c
	}
	if p.internal || d.s.chance(.04) {
		length := period.Date(d.s.between(30, 90))
		starts := p.start - length
		d.lines = append(d.lines, line{
			product: core, kind: pilot, starts: starts, ends: p.start, seats: d.s.between(2, 8),
			signed: starts - period.Date(d.s.below(10)), canceled: never,
		})
		d.from = starts
		if p.internal {
			d.lines[0].ends, d.lines[0].starts, d.from = never, p.start, p.start
			return d.history
		}
		if d.s.chance(.2) || p.start > g.asOf && d.s.chance(.5) {
			d.to = p.start
			return d.history
		}
	}
	d.begin()
	d.run()
	return d.history
}

// begin splits the first year's revenue over the products bought. Growth
// since then leads to the target.
func (d *deal) begin() {
	years := math.Max(float64(d.asOf-d.start)/365, 0)
	total := d.target * math.Exp(-archetypes[d.archetype].growth*math.Min(years, 4))
	d.usd[core] = total
	second, third := .35, .2
	if total > 25_000 {
		second, third = .6, .4
	}
	if d.s.chance(second) {
		d.usd[insights] = total * d.s.within(.12, .3)
	}
	if d.s.chance(third) {
		d.usd[automate] = total * d.s.within(.1, .3)
	}
	d.usd[core] -= d.usd[insights] + d.usd[automate]
	d.open = total < 30_000 && d.s.chance(.07)
	d.paid = true
}

// run goes from term to term until the account leaves or a term begins after
// today.
func (d *deal) run() {
	start, kind := d.start, newLine
	signed := min(start-period.Date(d.s.between(2, 30)), d.asOf)
	for range 40 {
		end := start.AddMonths(d.term())
		d.lay(start, end, signed, kind)
		if start > d.asOf {
			break
		}
		d.midTerm(start, end)
		stays := !d.s.chance(d.hazard(end))
		if end > d.asOf {
			d.stays = stays
			if !d.open {
				d.due = end
			}
			if !stays {
				d.to = end
				d.giveNotice(end)
				break
			}
		}
		if !stays {
			start, signed = d.leave(end), never
			if start == never {
				break
			}
			kind, signed = newLine, start-period.Date(d.s.between(2, 20))
			if signed > d.asOf {
				break
			}
			d.from, d.to, d.left = start, never, never
			continue
		}
		d.reprice(end, start)
		start, signed, kind = d.renewOn(end)
		if end <= d.asOf && start > d.asOf { // lapsed, the renewal is late
			d.due, d.stays = end, true
		}
	}
}

// term draws the months of a term. Source of the shares: ours; a year is the
// rule, multi-year terms need care in every retention figure (DOMAIN.md 4.26).
func (d *deal) term() int {
	if d.open {
		return 12
	}
	return []int{12, 24, 36, 6}[d.s.pick([]float64{.82, .08, .06, .04})]
}

// hazard returns the chance that the account leaves at the end of a term. It
// falls with health and a little with size. Over the whole base it comes to
// about 10 % of accounts and 8 % of revenue a year, the medians of the
// KeyBanc survey (DOMAIN.md 2.1).
func (d *deal) hazard(end period.Date) float64 {
	if end >= d.profile.ends {
		return 1
	}
	size := math.Log10(math.Max(d.total(), 1_000) / 10_000)
	return logistic(-9 * (d.health(end-60) - .225 + .045*size))
}

func (d *deal) total() float64 { return d.usd[core] + d.usd[insights] + d.usd[automate] }

// leave ends the spell and returns the day of a later return, or never. One
// account in twelve comes back.
func (d *deal) leave(end period.Date) period.Date {
	d.to, d.left = end, end
	d.giveNotice(end)
	back := end + period.Date(d.s.between(200, 600))
	if !d.s.chance(.08) || back > d.asOf {
		return never
	}
	d.shock, d.current = d.shock+2000, [productCount]int{}
	d.vigour = math.Min(d.vigour+.15, .95)
	return back
}

// giveNotice ends the lines that had no end.
func (d *deal) giveNotice(end period.Date) {
	if !d.open {
		return
	}
	for _, at := range d.current {
		if at > 0 {
			d.lines[at-1].ends, d.lines[at-1].canceled = end, end-30
		}
	}
}

// renewOn returns when the next term begins, when it was signed, and as what.
// One in ten is late, one in twenty early (DOMAIN.md 2.2, 4.5).
func (d *deal) renewOn(end period.Date) (starts, signed period.Date, kind string) {
	switch u := d.s.unit(); {
	case d.open:
		return end, end - period.Date(d.s.between(1, 20)), renewal
	case u < .10:
		starts = end + 3 + period.Date(math.Min(d.s.wait(19), 75))
		return starts, starts - period.Date(d.s.below(3)), renewal
	case u < .15:
		starts = end - period.Date(d.s.between(10, 60))
		return starts, starts - period.Date(d.s.between(1, 12)), renewal
	}
	return end, end - period.Date(d.s.between(2, 55)), renewal
}
