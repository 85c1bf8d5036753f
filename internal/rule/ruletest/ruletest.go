// Package ruletest makes random conditions and values to test with.
package ruletest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/rule"
)

// Variables are declarations that let Generate use the whole language.
func Variables() []rule.Variable {
	levels := []string{"high", "medium", "low", ""}
	return []rule.Variable{
		{Name: "arr", Type: rule.TypeNumber, Unit: rule.UnitMoney, Shiftable: true, Title: "ARR"},
		{Name: "account.arr", Type: rule.TypeNumber, Unit: rule.UnitMoney},
		{Name: "seats", Type: rule.TypeNumber, Unit: "seats"},
		{Name: "events", Type: rule.TypeNumber, Unit: rule.UnitCount, Shiftable: true},
		{Name: "utilisation", Type: rule.TypeNumber, Unit: rule.UnitRatio},
		{Name: "tenure", Type: rule.TypeNumber, Unit: rule.UnitDays},
		{Name: "nps", Type: rule.TypeNumber},
		{Name: "quiet", Type: rule.TypeNumber},
		{Name: "onboarded", Type: rule.TypeBool, Shiftable: true},
		{Name: "in_trial", Type: rule.TypeBool},
		{Name: "value", Type: rule.TypeText, Levels: levels},
		{Name: "potential", Type: rule.TypeText, Levels: levels[:3]},
		{Name: "industry", Type: rule.TypeText, Shiftable: true},
		{Name: "country", Type: rule.TypeText},
		{Name: "signed", Type: rule.TypeTime},
		{Name: "as_of", Type: rule.TypeTime},
		{Name: "response_time", Type: rule.TypeDuration},
		{Name: "tags", Type: rule.TypeTextList},
		{Name: "products", Type: rule.TypeTextList, Levels: []string{"core", "add-on", "é"}},
	}
}

// Texts, numbers, dates and durations that have broken programs before.
var (
	texts = []string{
		"", "a", "A", "b", "ab", "aB c", "é", "É", "e\u0301", "ß", "İ", "日本語", "\U0001F642", "O'Neil", `say "x"`, `back\slash`, "100%", "a_b",
		"\n", " a ", "Z", "z", "{", "à la carte", "high", "core",
	}
	numbers = []float64{
		0, 1, 2, 3, 7, 10, 28, 100, 0.1, 0.2, 0.3, 0.30000000000000004, 0.5, 1.5, 2.5, 0.49999999999999994, 1e-9, 20000, 100000, 1e15,
		4503599627370497.5, 9007199254740993, 1e21, 1e200, 1e308,
	}
	dates = []string{
		"0001-01-01", "1582-10-15", "1900-02-28", "1969-12-31", "1970-01-01", "2000-02-29", "2023-12-31", "2024-02-29", "2026-01-31", "9999-12-31",
	}
	spans    = []string{"0d", "1d", "28d", "8w", "365d", "3652058d"}
	patterns = []string{"", "a", "^a", "a$", "^$", "(?i)É", ".", "^.{2}$", "[A-Z]+", "b|é", `\d`, `\s`, "^(ab)*$", "日"}
)

const (
	dayMicros = 86_400_000_000
	firstTime = -62_135_596_800_000_000
	lastTime  = 253_402_300_799_999_999
)

// Value returns a random value of the variable, one in five of them unknown.
// It is never an AtLeast bound. Texts of an open set are often those that
// Generate writes.
func Value(r *rand.Rand, v rule.Variable) rule.Value {
	if r.IntN(5) == 0 {
		return rule.Unknown(v.Name)
	}
	set := texts
	if v.Levels != nil {
		set = v.Levels
	}
	switch v.Type {
	case rule.TypeBool:
		return rule.Bool(r.IntN(2) == 0)
	case rule.TypeNumber:
		return rule.Number(number(r))
	case rule.TypeText:
		return rule.Text(pick(r, set))
	case rule.TypeTime:
		return rule.Time(instant(r))
	case rule.TypeDuration:
		to, from := instant(r), instant(r)
		return rule.Duration(to - from)
	default:
		items := make([]string, r.IntN(4))
		for i := range items {
			items[i] = pick(r, set)
		}
		return rule.List(items...)
	}
}

func number(r *rand.Rand) float64 {
	switch r.IntN(4) {
	case 0:
		return float64(r.IntN(21) - 10)
	case 1:
		return -pick(r, numbers)
	default:
		return pick(r, numbers)
	}
}

// instant returns a time, often a midnight near another one.
func instant(r *rand.Rand) int64 {
	switch r.IntN(6) {
	case 0:
		return firstTime + r.Int64N(lastTime-firstTime+1)
	case 1:
		return pick(r, []int64{firstTime, lastTime, -1, 0, 1, -dayMicros, dayMicros - 1})
	default:
		return (20_000 + r.Int64N(60)) * dayMicros
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// Generate returns the source of a random condition or formula of the type that
// compiles against the variables. The depth limits how deep operations nest, 0
// is a variable or a literal. Every operation of the language comes up, given
// variables of every type.
func Generate(r *rand.Rand, env []rule.Variable, want rule.Type, depth int) string {
	g := generator{r: r, env: env}
	return g.expr(want, depth)
}

type generator struct {
	r          *rand.Rand
	env        []rule.Variable
	item       string   // the item of the enclosing exists or all
	itemLevels []string // nil is open
}

func (g *generator) expr(t rule.Type, depth int) string {
	switch t {
	case rule.TypeBool:
		return g.bool(depth)
	case rule.TypeNumber:
		return g.number(g.unit(), depth)
	case rule.TypeText:
		return g.text(depth)
	case rule.TypeTime:
		return g.time(depth)
	case rule.TypeDuration:
		return g.duration(depth)
	default:
		return g.list(depth)
	}
}

// variable returns a reference to a random variable that passes, or "".
func (g *generator) variable(passes func(rule.Variable) bool) string {
	var fit []rule.Variable
	for _, v := range g.env {
		if passes(v) {
			fit = append(fit, v)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	v := pick(g.r, fit)
	if v.Shiftable && g.r.IntN(4) == 0 {
		return fmt.Sprintf("ago(%s, %s)", v.Name, pick(g.r, []string{"1d", "28d", "4w", "days(7)"}))
	}
	return v.Name
}

// leaf returns a variable of the type from an open set, or else the literal.
func (g *generator) leaf(t rule.Type, literal string) string {
	if t == rule.TypeText && g.item != "" && g.itemLevels == nil && g.r.IntN(2) == 0 {
		return g.item
	}
	if g.r.IntN(3) > 0 {
		if v := g.variable(func(v rule.Variable) bool { return v.Type == t && v.Levels == nil }); v != "" {
			return v
		}
	}
	return literal
}

// choice returns a ternary, an or(), or "" more often than not.
func (g *generator) choice(depth int, of func(depth int) string) string {
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("(%s ? %s : %s)", g.bool(depth-1), of(depth-1), of(depth-1))
	case 1:
		return fmt.Sprintf("(%s).or(%s)", of(depth-1), of(depth-1))
	default:
		return ""
	}
}

func (g *generator) unit() rule.Unit {
	units := []rule.Unit{rule.UnitNone, rule.UnitDays, rule.UnitCount, rule.UnitRatio}
	for _, v := range g.env {
		if v.Type == rule.TypeNumber {
			units = append(units, v.Unit)
		}
	}
	return pick(g.r, units)
}

func (g *generator) numberLiteral() string {
	s := strconv.FormatFloat(pick(g.r, numbers), 'g', -1, 64)
	if g.r.IntN(4) == 0 {
		return "-" + s
	}
	return s
}

func (g *generator) ofUnit(u rule.Unit) string {
	return g.variable(func(v rule.Variable) bool { return v.Type == rule.TypeNumber && v.Unit == u })
}

// number returns a number of the unit, or of none.
func (g *generator) number(u rule.Unit, depth int) string {
	if depth <= 0 || g.r.IntN(6) == 0 {
		if v := g.ofUnit(u); v != "" && g.r.IntN(3) > 0 {
			return v
		}
		return g.numberLiteral()
	}
	same := func(depth int) string { return g.number(u, depth) }
	if s := g.choice(depth, same); s != "" {
		return s
	}
	a := same(depth - 1)
	switch g.r.IntN(15) {
	case 0:
		return fmt.Sprintf("(%s + %s)", a, same(depth-1))
	case 1:
		return fmt.Sprintf("(%s - %s)", a, same(depth-1))
	case 2:
		return fmt.Sprintf("(%s %% %s)", a, same(depth-1))
	case 3:
		return fmt.Sprintf("(%s * %s)", a, g.numberLiteral())
	case 4:
		return fmt.Sprintf("(%s / %s)", a, g.numberLiteral())
	case 5:
		return fmt.Sprintf("-(%s)", a)
	case 6:
		return fmt.Sprintf("%s(%s)", pick(g.r, []string{"abs", "round"}), a)
	case 7, 8:
		return fmt.Sprintf("%s(%s, %s)", pick(g.r, []string{"min", "max"}), a, same(depth-1))
	default:
		return g.measured(u, a, depth)
	}
}

// measured returns what only some units come from, or else the fallback.
func (g *generator) measured(u rule.Unit, fallback string, depth int) string {
	switch u {
	case rule.UnitRatio:
		of := g.unit()
		if below := g.ofUnit(of); below != "" && of != rule.UnitNone {
			return fmt.Sprintf("(%s / %s)", g.number(of, depth-1), below)
		}
	case rule.UnitDays:
		return fmt.Sprintf("days_between(%s, %s)", g.time(depth-1), g.time(depth-1))
	case rule.UnitCount:
		if g.r.IntN(2) == 0 {
			return fmt.Sprintf("size(%s)", g.list(depth-1))
		}
		return fmt.Sprintf("size(%s)", g.anyText(depth-1))
	case rule.UnitNone:
		if g.r.IntN(2) == 0 {
			return fmt.Sprintf("%s(%s)", pick(g.r, []string{"year", "month", "day"}), g.time(depth-1))
		}
		if v := g.ofUnit(rule.UnitNone); v != "" {
			return fmt.Sprintf("(%s %s %s)", v, pick(g.r, []string{"*", "/"}), g.number(rule.UnitNone, depth-1))
		}
	}
	return fallback
}

// text returns a text from an open set.
func (g *generator) text(depth int) string {
	if depth <= 0 || g.r.IntN(4) == 0 {
		return g.leaf(rule.TypeText, strconv.Quote(pick(g.r, texts)))
	}
	if s := g.choice(depth, g.text); s != "" {
		return s
	}
	switch g.r.IntN(3) {
	case 0:
		return fmt.Sprintf("(%s + %s)", g.text(depth-1), g.anyText(depth-1))
	case 1:
		return fmt.Sprintf("(%s).lowerAscii()", g.anyText(depth-1))
	default:
		return fmt.Sprintf("(%s).upperAscii()", g.anyText(depth-1))
	}
}

// anyText returns a text, sometimes a level.
func (g *generator) anyText(depth int) string {
	if g.r.IntN(3) == 0 {
		if name, _ := g.level(); name != "" {
			return name
		}
	}
	return g.text(depth)
}

// level returns a name whose texts come from a closed set, and the set.
func (g *generator) level() (name string, levels []string) {
	if g.itemLevels != nil && g.r.IntN(2) == 0 {
		return g.item, g.itemLevels
	}
	name = g.variable(func(v rule.Variable) bool { return v.Type == rule.TypeText && v.Levels != nil && !v.Shiftable })
	i := slices.IndexFunc(g.env, func(v rule.Variable) bool { return v.Name == name })
	if i < 0 {
		return "", nil
	}
	return name, g.env[i].Levels
}

func (g *generator) time(depth int) string {
	if depth <= 0 || g.r.IntN(4) == 0 {
		return g.leaf(rule.TypeTime, fmt.Sprintf("date(%q)", pick(g.r, dates)))
	}
	if s := g.choice(depth, g.time); s != "" {
		return s
	}
	switch g.r.IntN(4) {
	case 0:
		return fmt.Sprintf("(%s + %s)", g.time(depth-1), g.duration(depth-1))
	case 1:
		return fmt.Sprintf("(%s + %s)", g.duration(depth-1), g.time(depth-1))
	case 2:
		return fmt.Sprintf("(%s - %s)", g.time(depth-1), g.duration(depth-1))
	default:
		return fmt.Sprintf("%s(%s, %s, %s)", pick(g.r, []string{"min", "max"}), g.time(depth-1), g.time(0), g.time(0))
	}
}

func (g *generator) duration(depth int) string {
	if depth <= 0 || g.r.IntN(4) == 0 {
		return g.leaf(rule.TypeDuration, pick(g.r, spans))
	}
	if s := g.choice(depth, g.duration); s != "" {
		return s
	}
	switch g.r.IntN(6) {
	case 0:
		return fmt.Sprintf("(%s + %s)", g.duration(depth-1), g.duration(depth-1))
	case 1:
		return fmt.Sprintf("(%s - %s)", g.duration(depth-1), g.duration(depth-1))
	case 2:
		return fmt.Sprintf("(%s - %s)", g.time(depth-1), g.time(depth-1))
	case 3:
		return fmt.Sprintf("-(%s)", g.duration(depth-1))
	case 4:
		return fmt.Sprintf("%s(%s, %s)", pick(g.r, []string{"min", "max"}), g.duration(depth-1), g.duration(depth-1))
	default:
		if v := g.ofUnit(pick(g.r, []rule.Unit{rule.UnitNone, rule.UnitDays})); v != "" {
			return fmt.Sprintf("days(%s)", v)
		}
		return "days(1.5)"
	}
}

// list returns a text list from an open set.
func (g *generator) list(depth int) string {
	if depth > 0 {
		if s := g.choice(depth, g.list); s != "" {
			return s
		}
	}
	return g.leaf(rule.TypeTextList, g.listLiteral(texts, 0))
}

func (g *generator) listLiteral(set []string, least int) string {
	items := make([]string, least+g.r.IntN(4))
	for i := range items {
		items[i] = strconv.Quote(pick(g.r, set))
	}
	return "[" + strings.Join(items, ", ") + "]"
}
