package query

import "github.com/segue-cs/segue/internal/money"

// Audiences counts the customers of a result and those of some audiences, by
// column. Rows: one: customers, revenue in minor units, customers without known
// revenue, then for each audience the customers in it, their revenue, those of
// them without known revenue, and customers of whom it can't be told. revenue
// may be empty.
func Audiences(table string, columns []string, revenue string, currency money.Currency) Plan {
	s := Select{From: from(table, "c")}
	add := func(name string, e Expr) { s.Columns = append(s.Columns, as(name, e)) }
	count := func(suffix string, in Expr) {
		add("n"+suffix, Agg{Fn: CountRows, Filter: in})
		if revenue == "" {
			add("revenue"+suffix, lit(nil))
			add("unpriced"+suffix, lit(int64(0)))
			return
		}
		add("revenue"+suffix, Agg{Fn: SumInt, Args: []Expr{minorOf(revenue, currency)}, Filter: in})
		add("unpriced"+suffix, Agg{Fn: CountRows, Filter: all(in, call(IsNull, col("c", revenue)))})
	}
	count("", nil)
	for _, name := range columns {
		count("_"+name, col("c", name))
		add("open_"+name, Agg{Fn: CountRows, Filter: call(IsNull, col("c", name))})
	}
	p := Plan{}
	p.add("audiences", "customers and revenue of each audience", s)
	return p
}
