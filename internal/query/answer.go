package query

import (
	"fmt"

	"github.com/segue-cs/segue/internal/rule"
)

// AnswerColumn is a column of a plain table that rules may read as the variable
// Of, AgoDays days earlier.
type AnswerColumn struct {
	ResultColumn
	AgoDays int

	// Stored numbers are whole millionths that fit 64 bits, as metrics and
	// traits are that come straight from facts.
	Stored bool
}

// Answers evaluates rules over the rows of a plain table, each encoded as in a
// result. Rows: one per row of the table, in no order: row, then a_0, a_1 ...,
// the value of each rule, NULL where it is unknown; texts as texts.
func Answers(rules []*rule.Expr, table, row string, columns []AnswerColumn, code func(domain, text string) (int64, bool)) (Plan, error) {
	s := Select{Columns: []Column{as("row", col("c", row))}, From: from(table, "c")}
	names := scope{code: code, decode: decoder(&s), variable: func(name string, ago int) (value, error) {
		for _, c := range columns {
			if c.Of == name && c.AgoDays == ago {
				return c.value(), nil
			}
		}
		return value{}, fmt.Errorf("the table has no column for %q", shifted(name, ago))
	}}
	plain := lowering{scope: names}
	for i, x := range rules {
		v, err := lower(x, names)
		if err != nil {
			return Plan{}, err
		}
		s.Columns = append(s.Columns, as(fmt.Sprintf("a_%d", i), plain.plainText(v).Expr))
	}
	p := Plan{}
	p.add("answers", "the value of every rule for every row", s)
	return p, nil
}

func (c AnswerColumn) value() value {
	v := value{Expr: col("c", c.Name), typ: c.Type, domain: c.Domain, labels: c.Labels, size: anyMagnitude, bound: c.Bound}
	if c.Stored {
		v.size = storedMagnitude
	}
	if c.None != "" {
		v.none = col("c", c.None)
	}
	return v
}
