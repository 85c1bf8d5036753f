package demo

import (
	"math"

	"github.com/segue-cs/segue/internal/period"
)

// lay adds one term of lines, one for each product owned.
func (d *deal) lay(starts, ends, signed period.Date, kind string) {
	if d.open {
		ends = never
	}
	for product := range productCount {
		if d.usd[product] <= 0 {
			continue
		}
		before := d.current[product]
		l := line{product: product, kind: kind, starts: starts, ends: ends, signed: signed, canceled: never}
		if kind != newLine && before == 0 {
			l.kind = newLine
		}
		if before > 0 && kind == renewal {
			old := &d.lines[before-1]
			if d.open && math.Abs(d.usd[product]/old.usd-1) < .05 {
				continue // goes on as it is
			}
			l.renews = before
			if old.ends > starts {
				l.supersedes = before
			}
		}
		var old *line
		if l.renews > 0 {
			old = &d.lines[before-1]
		}
		d.price(&l, d.usd[product], old)
		if old != nil && l.usd < old.usd*.97 {
			l.kind = contraction
		}
		d.add(l)
	}
	if d.s.chance(.012) && d.usd[core] > 3_000 {
		c := line{product: core, kind: credit, starts: starts, ends: starts.AddMonths(d.s.between(2, 6)), signed: signed, canceled: never}
		d.price(&c, -d.usd[core]*d.s.within(.05, .15), nil)
		c.seats, c.quota = 0, 0
		d.lines = append(d.lines, c)
	}
}

func (d *deal) add(l line) {
	d.lines = append(d.lines, l)
	d.current[l.product] = len(d.lines)
}

// price turns revenue in USD a year into an amount in the account's currency,
// with seats or a quota. The price of a seat rises with the size of the first
// deal, as larger accounts buy larger editions; a line that follows an old one
// keeps the old price and changes the seats.
func (d *deal) price(l *line, target float64, old *line) {
	rate := currencies[d.currency].rate
	scale := math.Pow(10, float64(currencies[d.currency].exponent))
	switch {
	case l.product == automate:
		l.quota = int(math.Max(math.Round(math.Abs(target)*.6/100), 5)) * 100
		l.amount = int64(math.Round(target/rate/12*scale) * 12)
	case old != nil:
		l.seats, l.monthly = old.seats, old.monthly
		switch step := target / old.usd; {
		case step < .94 || step > 1.06:
			l.seats = max(int(math.Round(float64(old.seats)*step)), 1)
		case step > 1: // price list
			l.monthly = int64(float64(old.monthly) * step)
		}
		l.amount = l.monthly * 12 * int64(l.seats)
	default:
		seat := 2100 * math.Pow(math.Max(math.Abs(target), 900)/9_000, .42)
		if l.product == insights {
			seat *= 1.2
		}
		l.seats = int(math.Max(math.Round(math.Abs(target)/seat), 1))
		l.monthly = int64(math.Round(target / float64(l.seats) / rate / 12 * scale))
		l.amount = l.monthly * 12 * int64(l.seats)
	}
	l.usd = float64(l.amount) / scale * rate
}

// midTerm may add seats or a product in the middle of a term. The new line
// ends with the term; added seats replace the line, a product joins it.
func (d *deal) midTerm(starts, ends period.Date) {
	days := float64(ends - starts)
	at := starts + period.Date(days*d.s.within(.15, .6)) // before an early renewal
	if d.archetype == diamond {
		return // nobody has asked them yet
	}
	likely := .08 + .4*math.Max(archetypes[d.archetype].growth, 0)*days/365
	if !d.s.chance(likely) || d.health(at) < .45 {
		return
	}
	signed := at - period.Date(d.s.between(1, 12))
	if d.open {
		ends = never
	}
	l := line{product: core, kind: upgrade, starts: at, ends: ends, signed: signed, canceled: never}
	if d.s.chance(.3) {
		for _, product := range []int{insights, automate} {
			if d.usd[product] == 0 {
				l.product, l.kind = product, newLine
				d.usd[product] = d.usd[core] * d.s.within(.1, .3)
				break
			}
		}
	}
	if l.kind == newLine {
		d.price(&l, d.usd[l.product], nil)
		d.add(l)
		return
	}
	l.supersedes = d.current[core]
	old := &d.lines[l.supersedes-1]
	l.seats = max(int(float64(old.seats)*d.s.within(1.12, 1.5)), old.seats+1)
	l.monthly = old.monthly
	l.amount = l.monthly * 12 * int64(l.seats)
	l.usd = old.usd / float64(old.seats) * float64(l.seats)
	d.usd[core] = math.Max(d.usd[core], l.usd)
	d.add(l)
}

// reprice moves the revenue of each product to what the next term will hold:
// along the growth of the archetype, down where health is poor.
func (d *deal) reprice(end, start period.Date) {
	years := float64(end-start) / 365
	health := d.health(end - 45)
	step := archetypes[d.archetype].growth*years + .06*d.s.normal()
	if health < .42 {
		step -= d.s.within(.05, .45) * (.62 - health) / .3
	}
	switch {
	case step < -.07: // fewer seats
		step = math.Max(step, -.7)
	case step < .06 && d.s.chance(.4): // price list
		step = .03
	case step < .06:
		step = 0
	default:
		step = math.Min(step, .6)
	}
	for product := range d.usd {
		d.usd[product] *= math.Exp(step)
	}
	if step < -.25 && d.usd[insights] > 0 && d.s.chance(.4) { // drops a product
		d.usd[insights], d.current[insights] = 0, 0
	}
	if d.archetype == diamond {
		if total := d.total(); total > 15_000 {
			for product := range d.usd {
				d.usd[product] *= 15_000 / total
			}
		}
	}
}

// inForce returns the sums of the lines in force on a day: signed, begun, not
// ended and not replaced by a line that has begun.
//
// Source: SEMANTICS.md 11.
func (h *history) inForce(on period.Date) (usd float64, seats, quota int, owned [productCount]bool) {
	for i := range h.lines {
		l := &h.lines[i]
		if !l.known(on) || l.starts > on || on >= l.ends || h.replaced(i+1, on) {
			continue
		}
		usd += l.usd
		seats += l.seats
		quota += l.quota
		owned[l.product] = true
	}
	return usd, seats, quota, owned
}

// replaced reports whether a line that has begun on the day supersedes the
// nth.
func (h *history) replaced(nth int, on period.Date) bool {
	for i := nth; i < len(h.lines); i++ {
		if l := &h.lines[i]; l.supersedes == nth && l.known(on) && l.starts <= on {
			return true
		}
	}
	return false
}
