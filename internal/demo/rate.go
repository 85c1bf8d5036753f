package demo

import (
	"math"

	"github.com/segue-cs/segue/internal/period"
)

// rates are the monthly exchange rates to USD: a random walk.
type rates struct {
	days   []period.Date // first day of each month
	values [][]float64   // by currency, then month; USD is missing
}

// rateYears is how far back the rates go, which is as far as contracts do.
const rateYears = 8

func newRates(seed uint64, asOf period.Date) rates {
	first, _ := monthOf(asOf)
	var r rates
	for m := -12 * rateYears; m <= 0; m++ {
		r.days = append(r.days, first.AddMonths(m))
	}
	r.values = make([][]float64, len(currencies))
	for i, c := range currencies {
		if i == usd {
			continue
		}
		s := newStream(seed, i, topicRate)
		walk := 0.0
		for range r.days {
			r.values[i] = append(r.values[i], c.rate*math.Exp(walk))
			walk = .985*walk + c.swing*s.normal() // drawn back to where it began
		}
	}
	return r
}

func (g *base) writeRates() {
	for m, d := range g.rates.days {
		for i, c := range currencies {
			if i == usd {
				continue
			}
			digits := 4
			if c.exponent == 0 {
				digits = 6
			}
			g.out.rates.raw(c.code).date(d).decimal(g.rates.values[i][m], digits).end()
		}
	}
}
