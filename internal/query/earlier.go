package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
)

// asRead returns the key of what a formula reads under a name when it is
// evaluated as of some days before: metrics as of then, and traits as they were
// stated then, but for those that hold always.
func (c *compiler) asRead(name string, agoDays, ago int) string {
	switch _, isMetric := c.metric(name); {
	case isMetric:
		return shifted(name, agoDays+ago)
	case c.changes(name):
		return shifted(name, ago)
	}
	return name
}

// changes reports whether what a name that is no metric stands for may have
// been another on another day.
func (c *compiler) changes(name string) bool {
	if _, ok := c.ofDay(name, 0); ok {
		return false
	}
	column, ok := c.traitOf(name)
	return !ok || !column.HoldsAlways()
}

// traitOf returns the column that a name reads: of the account, or of the
// contact itself.
func (c *compiler) traitOf(name string) (fact.Column, bool) {
	of, kind := strings.TrimPrefix(name, "account."), fact.AccountKind
	if own, isOwn := strings.CutPrefix(name, fact.ContactPrefix); isOwn {
		of, kind = own, fact.ContactKind
	}
	k, _ := c.kind(kind)
	return k.Column(of)
}

// collectEarlier notes the traits that a formula reads as of some days before.
func (c *compiler) collectEarlier(m metric.Definition, ago int) {
	if ago == 0 {
		return
	}
	for _, x := range formulas(m) {
		for _, name := range x.Names() {
			p := pendingName{name, ago}
			if _, isMetric := c.metric(name); !isMetric && c.changes(name) && !slices.Contains(c.earlier, p) {
				c.earlier = append(c.earlier, p)
			}
		}
	}
}

// joinEarlier adds to each customer the traits of earlier days, one step for
// each day. Who has no version of that day has none of its traits.
func (c *compiler) joinEarlier() error {
	var days []int
	for _, p := range c.earlier {
		if !slices.Contains(days, p.ago) {
			days = append(days, p.ago)
		}
	}
	for _, ago := range days {
		if err := c.joinTraitsOf(ago); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) joinTraitsOf(ago int) error {
	var names []string
	for _, p := range c.earlier {
		if p.ago == ago {
			names = append(names, p.name)
		}
	}
	then, err := c.traitsOn(names, ago)
	if err != nil {
		return err
	}
	s := Select{Columns: []Column{as("customer", col("c", "customer"))}, From: from(then.current, "c")}
	joined := Select{Columns: []Column{star("c")}, From: from(c.current, "c")}
	for _, name := range names {
		key := shifted(name, ago)
		v, ok := then.columns[name]
		if !ok { // what an account came to then is not computed for its contacts
			if v, ok = c.columns[name]; ok {
				v.Expr, v.none = lit(nil), nil
				c.columns[key] = v
			}
			continue
		}
		column := earlierColumn(key)
		s.Columns = append(s.Columns, as(column, v.Expr))
		joined.Columns = append(joined.Columns, as(column, col("t", column)))
		v.Expr = col("c", column)
		c.columns[key] = v
	}
	if len(s.Columns) == 1 {
		return nil
	}
	then.plan.add("traits", fmt.Sprintf("what was stated on %s, %d days earlier", then.traitDay(), ago), s)
	prefix := fmt.Sprintf("ago_%dd_", ago)
	c.plan.Steps = append(c.plan.Steps, prefixed(then.plan, prefix)...)
	joined.Joins = []Join{{Kind: LeftJoin, Source: from(prefix+"traits", "t"), On: call(Eq, col("t", "customer"), col("c", "customer"))}}
	c.current = c.plan.add(shifted("customers", ago), "customers with what was stated of them then", joined)
	return nil
}

// earlierColumn names the column of a trait as of an earlier day.
func earlierColumn(key string) string { return "t_" + strings.ReplaceAll(key, ".", "_") }

// traitsOn makes the steps that read traits as they were stated some days
// before, for the customers of today and with the families of today.
func (c *compiler) traitsOn(names []string, ago int) (*compiler, error) {
	request := c.req
	request.AccountResult, request.AccountColumns = "", nil
	if request.Grain.Level == customer.ByAccountProduct {
		request.Grain = customer.Grain{}
	}
	then := &compiler{
		defs: c.defs, req: request, stored: c.stored, ago: ago, withInternal: true,
		measures: map[string]*measure{}, columns: map[string]value{},
	}
	k, _ := c.kind(fact.AccountKind)
	for _, column := range k.Columns {
		if slices.Contains(names, column.Name) || slices.Contains(names, "account."+column.Name) {
			then.traits = append(then.traits, column.Name)
		}
	}
	return then, then.counted()
}
