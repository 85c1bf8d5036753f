package explain

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// root is a metric from facts, a rank or a trait: what can differ by itself.
//
// Numbers and dates are tried in steps that one would say: whole seats, cents,
// days, tenths of a percent. Step n stands for n / perUnit.
type root struct {
	key     string
	typ     rule.Type
	unit    rule.Unit
	values  []string // closed set of texts; nil is open
	perUnit float64
	low     int64 // steps
	high    int64
	earlier bool // as of some days before: nothing can change it now
}

// most bounds the numbers that are tried.
const most = 1e11

// root returns how to try other values than v. Finest is how many decimals the
// rules speak in.
func (m *model) root(key string, v rule.Value, finest int) root {
	name, ago, earlier := CutEarlier(key)
	r := root{key: key, unit: m.unit(key), earlier: earlier && ago > 0, low: math.MinInt64, high: math.MaxInt64, perUnit: 1}
	d, isMetric := m.metrics[name]
	c := m.traits[strings.TrimPrefix(name, "account.")]
	switch {
	case isMetric:
		r.typ = d.Type
		if k, ok := m.s.Kind(d.Kind); ok && d.Type == rule.TypeText {
			column, _ := k.Column(d.Column)
			r.values = column.Values
		}
	default:
		r.typ, r.values = traitType(c.Type), c.Values
	}
	if r.typ == rule.TypeNone {
		r.typ = v.Type()
	}
	switch r.typ {
	case rule.TypeTime:
		r.low, r.high = int64(period.Earliest), int64(period.Latest)
	case rule.TypeNumber:
		r.steps(d, isMetric, m.s.Currency.Exponent(), v, finest)
	}
	return r
}

func traitType(t fact.Type) rule.Type {
	switch t {
	case fact.Number, fact.Money:
		return rule.TypeNumber
	case fact.Date, fact.Time:
		return rule.TypeTime
	case fact.Bool:
		return rule.TypeBool
	case fact.Text:
		return rule.TypeText
	}
	return rule.TypeNone
}

// steps settles how finely a number is tried, and how far.
func (r *root) steps(d metric.Definition, isMetric bool, exponent int, v rule.Value, finest int) {
	x := v.Number()
	isAverage := isMetric && d.Form == metric.FromFacts && d.Aggregate == metric.Avg
	isCount := isMetric && d.Form == metric.FromFacts && (d.Aggregate.CountsNothingAsZero() && d.Aggregate != metric.Sum || d.Aggregate == metric.Since)
	switch {
	case isCount:
	case isMetric && d.Form == metric.Ranked || r.unit == rule.UnitRatio:
		r.perUnit = 1000
	case r.unit == rule.UnitMoney:
		r.perUnit = math.Pow10(exponent)
	case isAverage:
		r.perUnit = 100
	case r.unit == rule.UnitNone:
		digits := decimals(x)
		if finest > 0 { // one more than the rules, to get past them
			digits = max(digits, min(finest+1, 4))
		}
		r.perUnit = math.Pow10(digits)
	}
	r.low, r.high = int64(-most*r.perUnit), int64(most*r.perUnit)
	if x >= 0 && (isCount || r.unit != rule.UnitNone && r.unit != rule.UnitRatio) {
		r.low = 0
	}
	if isMetric && d.Form == metric.Ranked {
		r.low, r.high = 0, int64(r.perUnit)
	}
	if isMetric && d.Aggregate == metric.ActiveDays && d.Over > 0 {
		r.high = int64(d.Over)
	}
}

// decimals returns how many decimals a number is written with, at most 4.
func decimals(x float64) int {
	_, after, ok := strings.Cut(strconv.FormatFloat(x, 'f', -1, 64), ".")
	if !ok {
		return 0
	}
	return min(len(after), 4)
}

// isStepped reports whether the root goes up and down.
func (r root) isStepped() bool { return r.typ == rule.TypeNumber || r.typ == rule.TypeTime }

// at returns the number, or the day, of a step.
func (r root) at(n int64) float64 { return float64(n) / r.perUnit }

func (r root) value(n int64) rule.Value {
	if r.typ == rule.TypeTime {
		return rule.Time(n * period.MicrosPerDay)
	}
	return rule.Number(r.at(n))
}

// around returns where a value lies between steps: the last step at or below
// it, and the first at or above it.
func (r root) around(v rule.Value) (below, above int64) {
	if r.typ == rule.TypeTime {
		day := v.Micros() / period.MicrosPerDay
		if v.Micros()%period.MicrosPerDay < 0 {
			day--
		}
		if v.Micros() == day*period.MicrosPerDay {
			return day, day
		}
		return day, day + 1
	}
	x := math.Max(math.Min(v.Number(), most), -most)
	n := int64(math.Round(x * r.perUnit))
	switch {
	case r.at(n) == x:
		return n, n
	case r.at(n) < x:
		return n, n + 1
	default:
		return n - 1, n
	}
}

// turns returns the steps beyond a start, in one direction, at which the
// answer of the probe becomes another, nearest first. It finds every turn of
// an answer that goes one way, but for what zero does where it divides.
func (r root) turns(start, direction int64, answer func(n int64) int) []int64 {
	limit := r.high - start
	if direction < 0 {
		limit = start - r.low
	}
	zero := -start * direction // how far zero lies ahead
	ask := func(k int64) int { return answer(start + direction*k) }
	var found []int64
	near, nearAnswer := int64(0), ask(0)
	for stride := int64(1); near < limit; {
		far := min(near+stride, limit)
		stride *= 4
		for _, stop := range []int64{zero - 1, zero, zero + 1} {
			if near < stop && stop < far {
				far, stride = stop, max(stride/4, 1)
				break
			}
		}
		for farAnswer := ask(far); farAnswer != nearAnswer; {
			turn, turned := firstTurn(near, far, nearAnswer, ask)
			found = append(found, start+direction*turn)
			near, nearAnswer = turn, turned
		}
		near = far
	}
	return found
}

// firstTurn returns the first step after near, up to far, with another answer
// than near's.
func firstTurn(near, far int64, nearAnswer int, ask func(int64) int) (turn int64, answer int) {
	low, high := near, far
	for high-low > 1 {
		middle := low + (high-low)/2
		if ask(middle) == nearAnswer {
			low = middle
			continue
		}
		high = middle
	}
	return high, ask(high)
}

// turnsOf returns the steps in both directions at which any probe's answer
// becomes another, in rising order without repeats.
func (p *search) turnsOf(r root, below, above int64) []int64 {
	var all []int64
	for _, q := range p.probes {
		if !q.roots[r.key] {
			continue
		}
		answer := func(n int64) int {
			p.e.assume(r.key, r.value(n))
			return q.answer(p.e)
		}
		if above < r.high {
			all = append(all, r.turns(max(above, r.low), 1, answer)...)
		}
		if below > r.low {
			all = append(all, r.turns(min(below, r.high), -1, answer)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
