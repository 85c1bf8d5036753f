package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
)

// nthVersion numbers the versions of one key, the one in force first. No
// column of a fact can have its name.
const nthVersion = "_nth"

// hasVersions reports whether a newer fact of the kind may end what an older
// one says.
func (c *compiler) hasVersions(k fact.Kind) bool {
	if k.Timing != fact.Version {
		return false
	}
	stats := c.stored.Kinds[k.Name]
	return k.Name != fact.AccountKind || stats.Versions || stats.Patched || c.stored.SharedKeys
}

// facts makes s read the facts of a kind, under the alias f, as they stood at
// the end of the day that lies that many days before the one asked for, and
// returns what to ask of them. mine, when not nil, says which facts of the
// stored table are wanted; others may be read with them.
func (c *compiler) facts(s *Select, k fact.Kind, ago int, mine Expr) Expr {
	if !c.hasVersions(k) {
		s.From = from("fact_"+k.Name, "f")
		return c.visibleOn(s, k.Name, "f", c.req.AsOf-period.Date(c.readAgo(k, ago)))
	}
	s.From = from(c.versions(k, ago, mine), "f")
	return nil
}

// holds keeps the versions that are in force at the end of the day of a
// measure; nil keeps all. The first or last of an explicit span asks what was
// said in it, whether or not something else has been said since.
func (c *compiler) holds(k fact.Kind, m *measure) Expr {
	_, bounded := c.span(m)
	isHistory := bounded && (m.def.Aggregate == metric.First || m.def.Aggregate == metric.Last)
	if isHistory || !c.hasVersions(k) {
		return nil
	}
	return call(Eq, col("f", nthVersion), lit(int64(1)))
}

// versions returns the step with the versions begun by a day. Its columns are
// those of the stored table, and nthVersion; where a source patches or lacks a
// column, a version says again what it does not touch.
func (c *compiler) versions(k fact.Kind, ago int, mine Expr) string {
	name := shifted("versions_"+k.Name, ago)
	if slices.ContainsFunc(c.plan.Steps, func(s Step) bool { return s.Name == name }) {
		return name
	}
	day := c.req.AsOf - period.Date(ago)
	s := Select{From: from("fact_"+k.Name, "f")}
	s.Where = all(c.visibleOn(&s, k.Name, "f", day), call(Lt, col("f", "_at"), lit(c.firstAfter(k, day))))
	s.Columns = []Column{star("f")}
	key := c.versionKey(&s, k)
	isBlank := func(name string) bool { column, ok := k.Column(name); return ok && !column.Required }
	if mine != nil && !slices.ContainsFunc(k.Key, isBlank) {
		c.ofSameKeys(&s, k, key, mine)
	}
	switch {
	case c.stored.Kinds[k.Name].Patched:
		s.Columns = patchedColumns(k, key)
	case c.differ(k):
		s.Columns = c.saidColumns(k, key)
	}
	s.Columns = append(s.Columns, as(nthVersion, Window{Fn: RowNumber, PartitionBy: key, OrderBy: versionsInOrder(true)}))
	return c.plan.add(name, fmt.Sprintf("the versions of each %s begun by %s, the one in force first", k.Name, day), s)
}

// versionKey returns what versions of one thing have in common. An account is
// the same under all of its ids.
func (c *compiler) versionKey(s *Select, k fact.Kind) []Expr {
	var key []Expr
	for _, name := range k.Key {
		column, listed := k.Column(name)
		switch {
		case !listed:
			return []Expr{col("f", "_source"), col("f", "_hash")}
		case column.Name == fact.ColAccount:
			if k.Name == fact.AccountKind {
				key = append(key, c.ownAccount(s, "f"))
				continue
			}
			key = append(key, c.accountOf(s, "f"))
		default:
			key = append(key, col("f", storedName(name)))
		}
	}
	if len(key) == 0 {
		return []Expr{col("f", "_source"), col("f", "_hash")}
	}
	return key
}

// ofSameKeys keeps the versions of what the wanted facts are versions of,
// whoever they belong to.
func (c *compiler) ofSameKeys(s *Select, k fact.Kind, key []Expr, mine Expr) {
	wanted := Select{Distinct: true, From: from("fact_"+k.Name, "f"), Where: mine}
	var same []Expr
	for i, part := range c.versionKey(&wanted, k) {
		name := fmt.Sprintf("key_%d", i)
		wanted.Columns = append(wanted.Columns, as(name, part))
		same = append(same, call(Eq, col("w", name), key[i]))
	}
	step := c.plan.add("keys_of_"+k.Name, "what the customer had some version of", wanted)
	s.Joins = append(s.Joins, Join{Kind: SemiJoin, Source: from(step, "w"), On: all(same...)})
}

// systemColumns are those of a version that are no columns of its kind.
var systemColumns = []string{"_row", "_batch", "_source", "_key", "_at", "_hash", "_flags"}

// patchedColumns returns the columns of a version with what the versions before
// it have said last.
func patchedColumns(k fact.Kind, key []Expr) []Column {
	var columns []Column
	for _, name := range systemColumns {
		columns = append(columns, as(name, col("f", name)))
	}
	for _, column := range k.Columns {
		if column.Name == fact.ColAccount {
			continue
		}
		for _, stored := range storedColumns(k, column.Name) {
			last := Window{Fn: LastKnown, Args: []Expr{col("f", stored)}, PartitionBy: key, OrderBy: versionsInOrder(false)}
			columns = append(columns, as(stored, last))
		}
	}
	return columns
}

// saidColumns returns the columns of a version; those that its source lacks are
// as the versions before it of other sources have said last.
func (c *compiler) saidColumns(k fact.Kind, key []Expr) []Column {
	var columns []Column
	for _, name := range systemColumns {
		columns = append(columns, as(name, col("f", name)))
	}
	for _, column := range k.Columns {
		if column.Name == fact.ColAccount {
			continue
		}
		says := c.says(k, column.Name)
		for _, stored := range storedColumns(k, column.Name) {
			e := Expr(col("f", stored))
			if says != nil {
				order := when(says, call(OrderKey, col("f", "_at"), col("f", "_row")), nil)
				e = Window{Fn: LastSaid, Args: []Expr{e, order}, PartitionBy: key, OrderBy: versionsInOrder(false)}
			}
			columns = append(columns, as(stored, e))
		}
	}
	return columns
}

// versionsInOrder orders the versions of a key: by the day on which they begin,
// then by the source's own time of the change, then as they were stored.
func versionsInOrder(newestFirst bool) []Order {
	var order []Order
	for _, name := range []string{"_at", "_updated", "_row"} {
		order = append(order, Order{By: col("f", name), Desc: newestFirst})
	}
	return order
}
