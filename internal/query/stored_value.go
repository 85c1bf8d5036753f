package query

import (
	"math"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// storedName returns the column that holds a fact's column: whose fact it is
// stands in the key.
func storedName(name string) string {
	if name == fact.ColAccount {
		return "_key"
	}
	return name
}

// storedColumns returns the columns in which a fact's column is kept.
func storedColumns(k fact.Kind, name string) []string {
	column, _ := k.Column(name)
	if column.Type == fact.Money {
		return []string{name, name + "_cur"}
	}
	return []string{name}
}

// storedValue returns a stored column as rules see it.
func (c *compiler) storedValue(k fact.Kind, column fact.Column, alias string) value {
	e := col(alias, storedName(column.Name))
	switch column.Type {
	case fact.Text:
		return value{Expr: e, typ: rule.TypeText, domain: k.TextDomain(column)}
	case fact.Number:
		return value{Expr: call(Div, call(ToDouble, e), lit(1e6)), typ: rule.TypeNumber, size: storedMagnitude}
	case fact.Money:
		minor := c.converted(k, column, alias)
		return value{Expr: call(Div, call(ToDouble, minor), lit(c.minorUnits())), typ: rule.TypeNumber, size: storedMagnitude}
	case fact.Date:
		return value{Expr: call(Mul, call(ToBig, e), micros()), typ: rule.TypeTime}
	case fact.Time:
		return value{Expr: c.civil(e), typ: rule.TypeTime}
	case fact.Bool:
		return value{Expr: e, typ: rule.TypeBool}
	}
	return value{Expr: e, typ: rule.TypeNumber, size: anyMagnitude} // known(contact)
}

func (c *compiler) minorUnits() float64 { return math.Pow10(c.defs.Currency.Exponent()) }

// converted returns a money column in minor units of the reporting currency,
// each line rounded half-even; NULL where there is no rate.
func (c *compiler) converted(k fact.Kind, column fact.Column, alias string) Expr {
	amount := col(alias, column.Name)
	currencies := c.stored.Kinds[k.Name].Currencies[column.Name]
	if len(currencies) == 0 || len(currencies) == 1 && currencies[0] == string(c.defs.Currency) {
		return amount
	}
	rated := Case{}
	for _, currency := range currencies {
		code, ok := c.stored.Code("currency", currency)
		if !ok {
			continue
		}
		is := call(Eq, col(alias, column.Name+"_cur"), lit(code))
		if currency == string(c.defs.Currency) {
			rated.Whens = append(rated.Whens, When{is, call(ToBig, amount)})
			continue
		}
		if rate, ok := c.stored.Rates[currency]; ok {
			rated.Whens = append(rated.Whens, When{is, call(Scale, amount, lit(rate.Millionths), lit(rate.Divisor))})
		}
	}
	if len(rated.Whens) == 0 {
		return lit(nil)
	}
	return rated
}

// civil returns an instant in UTC microseconds as wall-clock time.
func (c *compiler) civil(instant Expr) Expr {
	first := c.zoneFrom()
	offsets := c.defs.Zone.Offsets(first, c.defs.Zone.Start(c.req.AsOf+366))
	if len(offsets) == 1 {
		if offsets[0].Micros == 0 {
			return instant
		}
		return call(Add, instant, lit(offsets[0].Micros))
	}
	shift := Case{Else: lit(offsets[0].Micros)}
	for _, o := range slices.Backward(offsets[1:]) {
		shift.Whens = append(shift.Whens, When{call(Ge, instant, lit(o.From)), lit(o.Micros)})
	}
	return call(Add, instant, shift)
}

// zoneFrom returns the first instant whose zone offset can matter.
func (c *compiler) zoneFrom() int64 {
	first := c.defs.Zone.Start(c.req.AsOf)
	for _, stats := range c.stored.Kinds {
		if stats.Rows > 0 {
			first = min(first, stats.First)
		}
	}
	return max(first, period.Earliest.Micros())
}
