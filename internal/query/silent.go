package query

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
)

// says keeps the versions whose source gives a column; nil keeps all. A source
// that lacks a column says nothing of it, whenever it was imported.
func (c *compiler) says(k fact.Kind, name string) Expr {
	var silent []Expr
	sources := c.stored.Coverage[k.Name]
	for _, s := range sources {
		if slices.Contains(s.Blank, name) {
			silent = append(silent, lit(int64(s.Number)))
		}
	}
	if len(silent) == 0 || len(silent) == len(sources) {
		return nil
	}
	return call(Not, call(In, append([]Expr{col("f", "_source")}, silent...)...))
}

// differ reports whether some sources of a kind lack a column that others give.
func (c *compiler) differ(k fact.Kind) bool {
	return slices.ContainsFunc(k.Columns, func(column fact.Column) bool { return c.says(k, column.Name) != nil })
}

// lastSaid is a value of the newest version whose source gives the column. A
// version that leaves it empty says that there is none.
func (c *compiler) lastSaid(k fact.Kind, name string, e Expr) Expr {
	return Agg{Fn: ArgLast, Args: []Expr{e, c.versionOrder(k.Name)}, Filter: c.says(k, name)}
}
