package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// flagAssumed marks facts whose time the source did not say.
const flagAssumed = 1

// traitDay is the day as of which traits are read.
func (c *compiler) traitDay() period.Date { return c.req.AsOf - period.Date(c.ago) }

// accounts makes the step with one row for each account as of the day.
func (c *compiler) accounts() {
	k, _ := c.kind("account")
	wanted := slices.Clone(c.traits)
	for _, name := range []string{"name", "owner"} {
		if _, ok := k.Column(name); ok && !slices.Contains(wanted, name) {
			wanted = append(wanted, name)
		}
	}
	c.read = wanted
	var s Select
	if c.stored.Joined {
		s = c.joinedAccounts(k, wanted)
	} else {
		s = c.listedAccounts(k, wanted)
	}
	comment := fmt.Sprintf("accounts as of %s, without internal ones", c.traitDay())
	if c.withInternal {
		comment = fmt.Sprintf("accounts as of %s", c.traitDay())
	}
	c.plan.add("accounts", comment, s)
	for _, name := range wanted {
		column, _ := k.Column(name)
		c.columns[name] = c.storedValue(k, column, "c")
	}
}

// listedAccounts reads each account as sources list it.
func (c *compiler) listedAccounts(k fact.Kind, wanted []string) Select {
	stats := c.stored.Kinds["account"]
	s := Select{From: from("fact_account", "f")}
	key := c.ownAccount(&s, "f")
	s.Where = all(c.visibleOn(&s, "account", "f", c.traitDay()), c.versionInForce("account"))
	internal := Expr(nil)
	if _, ok := k.Column("internal"); ok && !c.withInternal && !c.stored.Joined {
		internal = notInternal("f")
	}
	id := as("customer", key)
	switch {
	case stats.Patched || c.stored.SharedKeys:
		s.GroupBy = []Expr{key}
		s.Columns = []Column{id}
		for _, column := range c.accountColumns(k, wanted)[1:] {
			s.Columns = append(s.Columns, as(column.As, Agg{Fn: ArgMax, Args: []Expr{column.Expr, c.versionOrder("account")}}))
		}
		if internal != nil {
			s.Columns = append(s.Columns, as("internal", Agg{Fn: ArgMax, Args: []Expr{col("f", "internal"), c.versionOrder("account")}}))
			c.plan.add("account_versions", "each account as last stated, column by column", s)
			s = Select{Columns: []Column{star("f")}, From: from("account_versions", "f"), Where: internal}
		}
	case stats.Versions && c.differ(k):
		s.GroupBy = []Expr{key}
		s.Columns = []Column{id}
		for _, name := range wanted {
			column, _ := k.Column(name)
			for _, stored := range storedColumns(k, name) {
				s.Columns = append(s.Columns, as(stored, c.lastSaid(k, name, c.asStated(k, column, stored))))
			}
		}
		if internal != nil {
			s.Columns = append(s.Columns, as("internal", c.lastSaid(k, "internal", col("f", "internal"))))
			c.plan.add("account_versions", "each account as last stated by the sources that give the column", s)
			s = Select{Columns: []Column{star("f")}, From: from("account_versions", "f"), Where: internal}
		}
	case stats.Versions:
		s.Columns = []Column{id, star("f"), as("_nth", Window{Fn: RowNumber, PartitionBy: []Expr{key}, OrderBy: c.newestFirst("account", "_at", "_row")})}
		c.plan.add("account_versions", "the versions of each account up to the day, newest first", s)
		s = Select{
			Columns: c.accountColumns(k, wanted), From: from("account_versions", "f"),
			Where: all(call(Eq, col("f", "_nth"), lit(int64(1))), internal),
		}
	default:
		s.Columns = append([]Column{id}, c.accountColumns(k, wanted)[1:]...)
		s.Where = all(s.Where, internal)
	}
	return s
}

func notInternal(alias string) Expr {
	return call(Or, call(IsNull, col(alias, "internal")), call(Not, col(alias, "internal")))
}

func (c *compiler) accountColumns(k fact.Kind, wanted []string) []Column {
	columns := []Column{as("customer", col("f", "customer"))}
	for _, name := range wanted {
		column, _ := k.Column(name)
		for _, stored := range storedColumns(k, name) {
			columns = append(columns, as(stored, c.asStated(k, column, stored)))
		}
	}
	return columns
}

// asStated returns a stored column of a version: NULL before the day of import
// where the version is undated, unless it holds always.
func (c *compiler) asStated(k fact.Kind, column fact.Column, stored string) Expr {
	e := Expr(col("f", stored))
	if !c.mayBeLater(k.Name) || column.HoldsAlways() {
		return e
	}
	return when(c.begun(), e, nil)
}

// mayBeLater reports whether undated versions of a kind may have been imported
// only after the day.
func (c *compiler) mayBeLater(kind string) bool {
	return !c.tree && c.stored.Kinds[kind].Assumed && c.traitDay() < c.stored.ImportDays[kind]
}

// begun says that a version holds from the day or an earlier one; an undated
// one begins on the day of its import.
func (c *compiler) begun() Expr {
	return call(Lt, col("f", "_at"), lit((c.traitDay() + 1).Micros()))
}

// versionInForce keeps versions that hold on the day, and undated ones, since
// something in them may hold always.
func (c *compiler) versionInForce(kind string) Expr {
	begun := c.begun()
	if !c.stored.Kinds[kind].Assumed {
		return begun
	}
	undated := call(Ne, call(BitAnd, col("f", "_flags"), lit(int64(flagAssumed))), lit(int64(0)))
	return call(Or, begun, undated)
}

// laterVersion is less than the order of every version that has begun.
const laterVersion = int64(1) << 62

// versionOrder ranks versions: by time, then by row. Of undated ones that were
// imported after the day the first counts most, and less than any other.
func (c *compiler) versionOrder(kind string) Expr {
	order := Expr(call(Add, call(Mul, call(FloorDiv, col("f", "_at"), micros()), lit(int64(1)<<40)), col("f", "_row")))
	if !c.mayBeLater(kind) {
		return order
	}
	return when(c.begun(), order, call(Sub, call(Neg, order), lit(laterVersion)))
}

// newestFirst orders versions as versionOrder ranks them.
func (c *compiler) newestFirst(kind string, by ...string) []Order {
	var order []Order
	if c.mayBeLater(kind) {
		order = append(order, Order{By: c.begun(), Desc: true}, Order{By: when(call(Not, c.begun()), col("f", "_at"), nil)})
	}
	for _, name := range by {
		order = append(order, Order{By: col("f", name), Desc: true})
	}
	return order
}
