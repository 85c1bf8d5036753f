package sqltext_test

import (
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/sqltext"
)

type asked struct {
	plan    query.Plan
	options sqltext.Options
}

func col(table, name string) query.Col                { return query.Col{Table: table, Name: name} }
func lit(v any) query.Lit                             { return query.Lit{Value: v} }
func call(fn query.Fn, args ...query.Expr) query.Call { return query.Call{Fn: fn, Args: args} }
func as(name string, e query.Expr) query.Column       { return query.Column{As: name, Expr: e} }

func agg(fn query.AggFn, args ...query.Expr) query.Agg { return query.Agg{Fn: fn, Args: args} }

// one is a plan of one step.
func one(s query.Select) asked {
	if s.From.Table == "" {
		s.From = query.Source{Table: "fact_event", Alias: "f"}
	}
	return asked{plan: query.Plan{Steps: []query.Step{{Name: "result", Select: s}}}}
}

// value is a plan that reads one value.
func value(e query.Expr) asked { return one(query.Select{Columns: []query.Column{as("x", e)}}) }

func (a asked) with(o sqltext.Options) asked {
	a.options = o
	return a
}

// plans are the constructs of a plan that rules alone do not reach.
func plans() map[string]asked {
	key, at, quantity := col("f", "_key"), col("f", "_at"), col("f", "quantity")
	window := func(w query.Window) asked { return value(w) }
	join := func(kind query.JoinKind, on query.Expr) asked {
		return one(query.Select{Columns: []query.Column{{Star: "f"}}, Joins: []query.Join{
			{Kind: kind, Source: query.Source{Table: "account_key", Alias: "k"}, On: on},
		}})
	}
	same := call(query.Eq, col("k", "key"), key)
	return map[string]asked{
		"inner join": join(query.InnerJoin, same),
		"left join":  join(query.LeftJoin, same),
		"semi join":  join(query.SemiJoin, same),
		"anti join":  join(query.AntiJoin, same),
		"cross join": join(query.CrossJoin, nil),

		"group": one(query.Select{Columns: []query.Column{as("customer", key), as("n", agg(query.CountRows))}, GroupBy: []query.Expr{key}}),
		"group by two": one(query.Select{
			Columns: []query.Column{as("n", agg(query.CountRows))}, GroupBy: []query.Expr{key, at},
			Where: call(query.Ge, at, lit(int64(-1))),
		}),
		"distinct": one(query.Select{Distinct: true, Columns: []query.Column{as("customer", key), as("item", quantity)}}),
		"order": one(query.Select{
			Columns: []query.Column{{Star: "f"}}, Limit: 10, Offset: 20,
			OrderBy: []query.Order{{By: quantity, Desc: true}, {By: key}},
		}),
		"no alias": one(query.Select{Columns: []query.Column{{Star: "account"}}, From: query.Source{Table: "account"}}),

		"count":             value(agg(query.CountRows)),
		"count filtered":    value(query.Agg{Fn: query.CountRows, Filter: call(query.Gt, quantity, lit(int64(0)))}),
		"count distinct":    value(agg(query.CountDistinct, quantity)),
		"sum":               value(agg(query.SumInt, quantity)),
		"least":             value(agg(query.Min, quantity)),
		"greatest":          value(agg(query.Max, quantity)),
		"day mask":          value(agg(query.BitOrAll, call(query.ShiftLeft, call(query.IntDiv, at, lit(int64(86_400_000_000)))))),
		"any":               value(agg(query.AnyTrue, col("f", "paid"))),
		"last":              value(agg(query.ArgMax, quantity, call(query.OrderKey, at, col("f", "_hash")))),
		"first":             value(agg(query.ArgMin, quantity, call(query.OrderKey, at, col("f", "_hash")))),
		"percentile":        value(agg(query.QuantileDisc, quantity, lit(0.9))),
		"sum of doubles":    value(agg(query.SumInt, call(query.ToDouble, quantity))),
		"sum of a quotient": value(agg(query.SumInt, query.Case{Whens: []query.When{{If: lit(true), Then: lit(int64(0))}}, Else: call(query.Div, quantity, lit(2.0))})),

		"row number": window(query.Window{Fn: query.RowNumber, PartitionBy: []query.Expr{key}, OrderBy: []query.Order{{By: at, Desc: true}}}),
		"rank":       window(query.Window{Fn: query.PercentRank, OrderBy: []query.Order{{By: quantity}}}),
		"running sum": window(query.Window{
			Fn: query.RunningSum, Args: []query.Expr{quantity}, PartitionBy: []query.Expr{key, at},
			OrderBy: []query.Order{{By: quantity, Desc: true}},
		}),
		"sum over":               value(query.Window{Fn: query.SumOver, Args: []query.Expr{quantity}}),
		"sum of doubles over":    value(query.Window{Fn: query.SumOver, Args: []query.Expr{call(query.ToDouble, quantity)}}),
		"running sum of doubles": value(query.Window{Fn: query.RunningSum, Args: []query.Expr{lit(1.5)}}),

		"nothing":          value(lit(nil)),
		"truth":            value(lit(true)),
		"whole numbers":    value(call(query.In, quantity, lit(int64(0)), lit(int64(-7)), lit(int64(9223372036854775807)), lit(int64(-9223372036854775808)))),
		"numbers":          value(call(query.In, quantity, lit(0.0), lit(0.1), lit(-0.1), lit(1e308), lit(5e-324))),
		"texts":            value(call(query.In, quantity, lit("a"), lit("O'Neil"), lit(`" -- ;`))),
		"texts inline":     value(call(query.In, quantity, lit("a"), lit("O'Neil"), lit(`" -- ;`))).with(sqltext.Options{Inline: true}),
		"not a constant":   value(lit(float32(1))),
		"hostile names":    one(query.Select{Columns: []query.Column{as(`a" FROM x; --`, col(`"`, `b"c`))}, From: query.Source{Table: `t"`, Alias: `"`}}),
		"hostile comment":  steps("a\nb; DROP TABLE x\r\n-- */ \u2028 y\x00z", false),
		"steps":            steps("counts events", false),
		"a step kept":      steps("", true),
		"a table":          steps("", false).with(sqltext.Options{CreateTable: `result"1`}),
		"into a table":     steps("", false).with(sqltext.Options{InsertInto: `move"`}),
		"without comments": steps("counts events", false).with(sqltext.Options{}),
		"no steps":         {},

		"half even":      value(call(query.ToInt, call(query.RoundEven, call(query.ToDouble, quantity)))),
		"day":            value(call(query.FloorDiv, at, lit(int64(86_400_000_000)))),
		"time of day":    value(call(query.FloorMod, at, lit(int64(86_400_000_000)))),
		"bits":           value(call(query.BitCount, call(query.BitAnd, quantity, call(query.BitNot, call(query.BitOr, quantity, at))))),
		"time as text":   value(call(query.TimeText, at)),
		"number as text": value(call(query.ToText, call(query.ToBig, quantity))),
		"missing":        value(call(query.IsNull, quantity)),
	}
}

// steps is a plan of two steps.
func steps(comment string, once bool) asked {
	return asked{
		plan: query.Plan{Steps: []query.Step{
			{Name: "counted", Comment: comment, Once: once, Select: query.Select{
				Columns: []query.Column{as("n", agg(query.CountRows))}, From: query.Source{Table: "fact_event", Alias: "f"},
			}},
			{Name: "result", Comment: comment, Select: query.Select{Columns: []query.Column{{Star: "c"}}, From: query.Source{Table: "counted", Alias: "c"}}},
		}},
		options: sqltext.Options{Comments: true},
	}
}
