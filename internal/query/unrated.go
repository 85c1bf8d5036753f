package query

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// unrated returns the codes of the currencies of a money column that have no
// rate into the reporting currency.
func (c *compiler) unrated(k fact.Kind, column fact.Column) []Expr {
	var codes []Expr
	for _, currency := range c.stored.Kinds[k.Name].Currencies[column.Name] {
		if _, rated := c.stored.Rates[currency]; rated || currency == string(c.defs.Currency) {
			continue
		}
		if code, ok := c.stored.Code("currency", currency); ok {
			codes = append(codes, lit(code))
		}
	}
	return codes
}

// inUnrated says that an amount under the alias f has a currency without a
// rate; nil where none has.
func (c *compiler) inUnrated(k fact.Kind, column fact.Column) Expr {
	codes := c.unrated(k, column)
	if len(codes) == 0 {
		return nil
	}
	return call(In, append([]Expr{col("f", column.Name+"_cur")}, codes...)...)
}

// Unrated reads the amounts of a money column that no rate converts, of facts
// that have begun and not ended on the day; ok is false where every currency
// has one. Rows: currency, facts, sum in minor units; by currency.
func Unrated(d Definitions, s Stored, asOf period.Date, k fact.Kind, column fact.Column) (p Plan, ok bool) {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	unrated := c.inUnrated(k, column)
	if unrated == nil {
		return Plan{}, false
	}
	facts := Select{From: from("fact_"+k.Name, "f"), GroupBy: []Expr{col("f", column.Name+"_cur")}}
	facts.Where = all(c.visible(&facts, k.Name, "f"), call(Lt, col("f", "_at"), lit(c.firstAfter(k, asOf))), unrated, call(IsNotNull, col("f", column.Name)))
	if slices.ContainsFunc(k.Columns, func(x fact.Column) bool { return x.Name == fact.ColEnds }) {
		facts.Where = all(facts.Where, call(Gt, col("f", fact.ColEnds), lit(int64(asOf))))
	}
	facts.Columns = []Column{
		as("code", col("f", column.Name+"_cur")), as("facts", Agg{Fn: CountRows}), as("minor", Agg{Fn: SumInt, Args: []Expr{col("f", column.Name)}}),
	}
	c.plan.add("unrated", "amounts in currencies without a rate", facts)
	named := Select{From: from("unrated", "r"), OrderBy: []Order{{By: col("r", "code")}}}
	decode := decoder(&named)
	named.Columns = []Column{as("currency", decode("currency", col("r", "code"))), as("facts", col("r", "facts")), as("minor", col("r", "minor"))}
	c.plan.add("named", "", named)
	return c.plan, true
}
