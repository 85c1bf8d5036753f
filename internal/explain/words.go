package explain

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// words turns a name into words: "open_tickets" is "open tickets".
func words(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "_", " "), ".", " ")
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// within returns a label as it stands within a sentence: "Active users" is
// "active users", "ARR" stays.
func within(label string) string {
	r := []rune(label)
	if len(r) > 1 && r[0] >= 'A' && r[0] <= 'Z' && (r[1] < 'A' || r[1] > 'Z') {
		return strings.ToLower(string(r[:1])) + string(r[1:])
	}
	return label
}

// label returns how screens call a metric, trait or dimension, or a metric as
// of some days before.
func (m *model) label(name string) string {
	if base, ago, ok := CutEarlier(name); ok {
		return m.label(base) + " " + plural(float64(ago), "day") + " earlier"
	}
	if d, ok := m.dimensions[name]; ok {
		if d.Title != "" {
			return d.Title
		}
		return capital(words(name))
	}
	if d, ok := m.metrics[name]; ok {
		return d.Label()
	}
	if c, ok := m.traits[name]; ok && (c.Title != "" || strings.HasPrefix(name, fact.ContactPrefix)) {
		if c.Title == "" {
			return capital(words(strings.TrimPrefix(name, fact.ContactPrefix)))
		}
		return c.Title
	}
	if rest, ok := strings.CutPrefix(name, "account."); ok {
		return m.label(rest) + " of the account"
	}
	if name == asOf {
		return "the date"
	}
	for _, v := range m.s.Quiet.Variables() {
		if v.Name == name {
			return v.Title
		}
	}
	return capital(words(name))
}

func (m *model) inner(name string) string { return within(m.label(name)) }

// CutEarlier takes the key of an earlier value apart.
func CutEarlier(key string) (name string, ago int, ok bool) {
	name, rest, ok := strings.Cut(key, "__")
	if !ok || !strings.HasSuffix(rest, "d_ago") {
		return key, 0, false
	}
	ago, err := strconv.Atoi(strings.TrimSuffix(rest, "d_ago"))
	return name, ago, err == nil
}

// unit returns what a number counts.
func (m *model) unit(name string) rule.Unit {
	name, _, _ = CutEarlier(name)
	name = strings.TrimPrefix(name, "account.")
	if d, ok := m.metrics[name]; ok {
		return d.Unit
	}
	if m.isOfDay(name) && name == metric.DaysSinceQuiet {
		return rule.UnitDays
	}
	c, ok := m.traits[name]
	if ok && c.Type == fact.Money {
		return rule.UnitMoney
	}
	return rule.Unit(c.Unit)
}

// saidUnit returns the unit that is said beside a name: none where the name
// says it already, as in "Seats 300".
func (m *model) saidUnit(name string) rule.Unit {
	u := m.unit(name)
	base, _, _ := CutEarlier(name)
	if u != rule.UnitNone && strings.EqualFold(m.label(base), words(string(u))) {
		return rule.UnitCount
	}
	return u
}

// show returns a value as it looks beside a name.
func (m *model) show(name string, v rule.Value) string {
	switch v.Kind() {
	case rule.KindNumber:
		return m.quantity(v.Number(), m.saidUnit(name))
	case rule.KindAtLeast:
		return "more than " + m.quantity(v.Number(), m.saidUnit(name))
	case rule.KindText:
		if d, ok := m.dimensions[name]; ok && v.Text() != "" {
			return levelTitle(d, v.Text())
		}
	case rule.KindTime:
		return moment(v.Micros())
	}
	return rule.Plain(v)
}

func moment(us int64) string {
	if us == period.Open.Micros() {
		return noDay
	}
	t := time.UnixMicro(us).UTC()
	if us%period.MicrosPerDay == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}

// noDay is what stands for a day, or the days to one, that there is none.
const noDay = "none"

// quantity returns a number with its unit: $84,000, 42 %, 12 days, 300 seats.
func (m *model) quantity(x float64, u rule.Unit) string {
	switch u {
	case rule.UnitMoney:
		return m.amount(x)
	case rule.UnitRatio:
		return percent(x)
	case rule.UnitDays:
		if rule.NoDays(x) {
			return noDay
		}
		return plural(x, "day")
	case rule.UnitCount, rule.UnitNone:
		return figure(x)
	}
	if one, ok := strings.CutSuffix(words(string(u)), "s"); ok {
		return plural(x, one)
	}
	return figure(x) + " " + words(string(u))
}

// gap returns the difference of two numbers: of shares, in points.
func (m *model) gap(x float64, u rule.Unit) string {
	if u == rule.UnitRatio {
		return plural(math.Round(x*1e6)/1e4, "point")
	}
	return m.quantity(x, u)
}

func (m *model) amount(x float64) string {
	c := m.s.Currency
	if math.Abs(x) > 1e12 {
		return c.Symbol() + figure(x)
	}
	a := money.FromMajor(x, c)
	if a.Minor%int64(math.Pow10(c.Exponent())) == 0 {
		return a.Rounded()
	}
	return a.String()
}

func plural(x float64, one string) string {
	if x == 1 {
		return "1 " + one
	}
	return figure(x) + " " + one + "s"
}

// figure returns a number with groups of three, and as many decimals as tell
// something.
func figure(x float64) string {
	digits := 2
	switch a := math.Abs(x); {
	case a == math.Trunc(a):
		digits = 0
	case a < 1:
		digits = 1 - int(math.Floor(math.Log10(a))) + 1
	case a < 100:
		digits = 3
	}
	if digits > 15 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	text := strconv.FormatFloat(x, 'f', digits, 64)
	rounded, _ := strconv.ParseFloat(text, 64)
	return rule.Plain(rule.Number(rounded))
}

// percent returns a share as "42 %".
func percent(x float64) string {
	p := x * 100
	digits := 1
	if a := math.Abs(p); a > 0 && a < 1 {
		digits = min(1-int(math.Floor(math.Log10(a))), 12)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(p, 'f', digits, 64), 64)
	return rule.Plain(rule.Number(rounded)) + " %"
}

// shareWords returns a share of something else, for which less than a tenth of
// a percent is as good as nothing.
func shareWords(x float64) string {
	if x > 0 && x < 0.0005 {
		return "under 0.1 %"
	}
	return percent(math.Round(x*1000) / 1000)
}

// age returns how long before the end of the day a time lies.
func (e *evaluation) age(us int64) int {
	day := us / period.MicrosPerDay
	if us%period.MicrosPerDay < 0 {
		day--
	}
	return int(int64(e.c.AsOf) - day)
}

// reason returns why a metric, trait or dimension is unknown.
func (e *evaluation) reason(name string) string {
	if r := e.c.Evidence[name].Reason; r != "" {
		return r
	}
	if note, ok := e.notes[name]; ok {
		return e.noteWords(name, note)
	}
	if _, ok := e.m.dimensions[name]; ok {
		return "none of the rules of " + e.m.inner(name) + " holds"
	}
	if base, ago, ok := CutEarlier(name); ok {
		return "no " + e.m.inner(base) + " on record as of " + (e.c.AsOf - period.Date(ago)).String()
	}
	return "no " + e.m.inner(name) + " on record"
}

// noteWords says why arithmetic gave no number, naming what was zero.
func (e *evaluation) noteWords(name, note string) string {
	base, ago, _ := CutEarlier(name)
	d, ok := e.m.metrics[base]
	if !ok || d.Form != metric.Derived {
		return note
	}
	if note == notJudged {
		return note + ": " + e.refusals(d.When.Trace(e.earlier(ago)))
	}
	if zero := zeroDivisor(d.Is.Trace(e.earlier(ago))); zero != nil {
		return e.m.say(zero) + " is 0"
	}
	return e.m.inner(name) + " is " + note
}

// zeroDivisor returns what a division by zero divided by.
func zeroDivisor(t *rule.Trace) *rule.Node {
	for _, a := range t.Args {
		if n := zeroDivisor(a); n != nil {
			return n
		}
	}
	if (t.Node.Op == rule.OpDiv || t.Node.Op == rule.OpMod) && t.Args[1].Value.Kind() == rule.KindNumber && t.Args[1].Value.Number() == 0 {
		return t.Node.Args[1]
	}
	return nil
}

// say returns a condition or formula in words.
func (m *model) say(n *rule.Node) string { return n.Words(m.inner, m.show) }

// reasons joins why names are unknown.
func (e *evaluation) reasons(names []string) string {
	list := make([]string, 0, len(names))
	for _, name := range names {
		list = append(list, e.reason(name))
	}
	return strings.Join(list, ", ")
}
