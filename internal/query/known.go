package query

import "github.com/segue-cs/segue/internal/money"

// Known counts of how many customers of a result something is known, by
// column; of a lens or segmentation its level or segment counts as known where
// no other is possible. Rows: one: customers, their revenue in minor units,
// then for each column the customers and their revenue. revenue may be empty.
func Known(table string, columns []ResultColumn, revenue string, currency money.Currency) Plan {
	s := Select{From: from(table, "c")}
	add := func(suffix string, in Expr) {
		s.Columns = append(s.Columns, as("n"+suffix, Agg{Fn: CountRows, Filter: in}))
		if revenue == "" {
			s.Columns = append(s.Columns, as("revenue"+suffix, lit(nil)))
			return
		}
		s.Columns = append(s.Columns, as("revenue"+suffix, Agg{Fn: SumInt, Args: []Expr{minorOf(revenue, currency)}, Filter: in}))
	}
	add("", nil)
	for _, c := range columns {
		add("_"+c.Name, isKnown(c))
	}
	p := Plan{}
	p.add("known", "customers of whom each is known", s)
	return p
}

// isKnown reports whether a column says something of a customer.
func isKnown(c ResultColumn) Expr {
	switch {
	case c.Role == RoleUndecided:
		return call(Not, col("c", c.Name))
	case c.None != "": // known to be longer ago than the data reaches
		return call(Or, call(IsNotNull, col("c", c.Name)), col("c", c.None))
	}
	return call(IsNotNull, col("c", c.Name))
}
