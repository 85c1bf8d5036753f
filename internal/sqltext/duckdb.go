package sqltext

import (
	"math"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/query"
)

// Dialect is what truly differs between engines.
type Dialect struct {
	Name        string
	Placeholder string

	Quote  func(name string) string
	Int    func(int64) string
	Double func(float64) string
	Text   func(string) string

	Infix      map[query.Fn]string
	Calls      map[query.Fn]string // {0} is the first operand, {*} all, {1*} all but the first
	Aggregates map[query.AggFn]string
	Windows    map[query.WindowFn]string
	Lambda     [3]string // before the list, between list and item, after the body

	Materialized func(once bool) string // hint before a step's text; nil writes none
}

// DuckDB returns the dialect of DuckDB 1.5.
func DuckDB() Dialect {
	return Dialect{
		Name:        "DuckDB",
		Placeholder: "?",
		Quote:       func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` },
		Int:         duckInt,
		Double:      duckDouble,
		Text:        func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" },
		Infix: map[query.Fn]string{
			query.And: "AND", query.Or: "OR",
			query.Eq: "=", query.Ne: "<>", query.Lt: "<", query.Le: "<=", query.Gt: ">", query.Ge: ">=",
			query.Add: "+", query.Sub: "-", query.Mul: "*", query.Div: "/", query.Mod: "%",
			query.BitAnd: "&", query.BitOr: "|", query.Concat: "||",
		},
		Calls: map[query.Fn]string{
			query.Not: "(NOT {0})", query.In: "({0} IN ({1*}))",
			query.IsNull: "({0} IS NULL)", query.IsNotNull: "({0} IS NOT NULL)", query.Coalesce: "coalesce({*})",
			query.Neg: "(-{0})", query.Abs: "abs({0})", query.Round: "round({0})", query.RoundEven: "round_even({0}, 0)",
			query.Trunc: "trunc({0})", query.NullIfZero: "nullif({0}, 0)", query.IsFinite: "isfinite({0})",
			query.Least: "least({*})", query.Greatest: "greatest({*})",
			query.ToBig: "CAST({0} AS BIGINT)", query.ToSlim: "CAST({0} AS INTEGER)", query.ToTiny: "CAST({0} AS TINYINT)", query.ToDouble: "CAST({0} AS DOUBLE)", query.ToInt: "TRY_CAST({0} AS BIGINT)",
			// DuckDB divides whole numbers towards zero.
			query.FloorDiv: "(({0} - ((({0} % {1}) + {1}) % {1})) // {1})",
			query.FloorMod: "((({0} % {1}) + {1}) % {1})",
			query.IntDiv:   "({0} // {1})", query.OrderKey: "row({0}, {1})",
			query.ShiftLeft: "(CAST(1 AS BIGINT) << CAST({0} AS INTEGER))",
			query.Scale:     "CAST(((CAST({0} AS HUGEINT) * {1}) // {2}) + CASE WHEN abs((CAST({0} AS HUGEINT) * {1}) % {2}) * 2 > {2} OR (abs((CAST({0} AS HUGEINT) * {1}) % {2}) * 2 = {2} AND ((CAST({0} AS HUGEINT) * {1}) // {2}) % 2 <> 0) THEN sign({0}) * sign({1}) ELSE 0 END AS BIGINT)",
			query.ShiftSlim: "(CAST(1 AS INTEGER) << CAST({0} AS INTEGER))",
			query.BitNot:    "(~{0})", query.BitCount: "bit_count({0})",
			query.Contains: "contains({0}, {1})", query.HasPrefix: "starts_with({0}, {1})", query.HasSuffix: "suffix({0}, {1})",
			// The empty group keeps DuckDB from reading a pattern as LIKE, which
			// forgets anchors such as that in a$b.
			query.Matches:    "regexp_matches({0}, '()' || {1})",
			query.Length:     "CAST(length({0}) AS DOUBLE)",
			query.LowerASCII: "translate({0}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')",
			query.UpperASCII: "translate({0}, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')",
			query.ToText:     "CAST({0} AS VARCHAR)",
			query.YearOf:     "year(DATE '1970-01-01' + CAST({0} AS INTEGER))",
			query.MonthOf:    "month(DATE '1970-01-01' + CAST({0} AS INTEGER))",
			query.DayOf:      "day(DATE '1970-01-01' + CAST({0} AS INTEGER))",
			query.TimeText:   "CASE WHEN {0} >= 253402214400000000 THEN 'none' WHEN {0} % 86400000000 = 0 THEN strftime(make_timestamp({0}), '%Y-%m-%d') ELSE strftime(make_timestamp({0}), '%Y-%m-%d %H:%M:%S') END",
			query.ListHas:    "list_contains({0}, {1})", query.ListSize: "CAST(len({0}) AS DOUBLE)",
			query.TextList: "CAST([{*}] AS VARCHAR[])", query.ListOf: "[{*}]", query.ListFirst: "{0}[1]", query.ListItem: "{0}[{1}]",
			query.ListAnyTrue: "list_reduce({0}, lambda x, y: x OR y, FALSE)",
			query.ListAllTrue: "list_reduce({0}, lambda x, y: x AND y, TRUE)",
		},
		Aggregates: map[query.AggFn]string{
			query.CountRows: "count(*)", query.CountDistinct: "count(DISTINCT {0})", query.SumInt: "sum({0})",
			query.Min: "min({0})", query.Max: "max({0})", query.BitOrAll: "bit_or({0})", query.AnyTrue: "bool_or({0})",
			query.ArgLast: "arg_max_null({0}, {1})",
			query.ArgMax:  "arg_max({0}, {1})", query.ArgMin: "arg_min({0}, {1})",
			query.QuantileDisc: "quantile_disc({0}, {1})",
		},
		Windows: map[query.WindowFn]string{
			query.RowNumber: "row_number()", query.PercentRank: "percent_rank()",
			query.RunningSum: "sum({0})", query.CountOver: "count({0})", query.SumOver: "sum({0})",
			query.LastKnown: "last_value({0} IGNORE NULLS)", query.LastSaid: "arg_max_null({0}, {1})",
		},
		Lambda: [3]string{"list_transform(", ", lambda ", ")"},
		Materialized: func(once bool) string {
			if once {
				return "MATERIALIZED "
			}
			return ""
		},
	}
}

func duckInt(n int64) string {
	if n == math.MinInt64 {
		return "(-9223372036854775807 - 1)"
	}
	if n < 0 {
		return "(" + strconv.FormatInt(n, 10) + ")"
	}
	return strconv.FormatInt(n, 10)
}

// duckDouble writes an exponent, since DuckDB reads 0.1 as a decimal.
func duckDouble(x float64) string {
	text := strconv.FormatFloat(x, 'e', -1, 64)
	if x < 0 || math.Signbit(x) {
		return "CAST('" + text + "' AS DOUBLE)"
	}
	return "CAST(" + text + " AS DOUBLE)"
}
