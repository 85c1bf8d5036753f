package query

import (
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// inForce says whether a line counts on the day: begun, not ended (or ended
// within the grace and not renewed), and not replaced by a line that has
// begun.
func (f *factScope) inForce(name string) value {
	day := f.req.AsOf - period.Date(f.ago)
	on := lit(int64(day))
	starts, ends := col("f", fact.ColStarts), col("f", fact.ColEnds)
	begun := call(Le, starts, on)
	running := call(Gt, ends, on)
	lapsed := Expr(lit(false))
	if f.defs.LateRenewalGrace > 0 {
		lapsed = call(IsNotNull, f.mark("lapsed", day, f.lapsedLines))
	}
	if name == "lapsed" {
		return value{Expr: lapsed, typ: rule.TypeBool}
	}
	holds := call(And, begun, running)
	if f.defs.LateRenewalGrace > 0 {
		holds = call(Or, holds, lapsed)
	}
	if f.stored.Kinds[f.kind.Name].Replaces {
		holds = call(And, holds, call(IsNull, f.mark("replaced", day, f.replacedLines)))
	}
	return value{Expr: holds, typ: rule.TypeBool}
}

// mark joins a step of row numbers and returns the number, NULL where the row
// is not among them.
func (f *factScope) mark(name string, day period.Date, make func(step string, day period.Date)) Expr {
	step := fmt.Sprintf("%s_%s", name, strings.ReplaceAll(day.String(), "-", "_"))
	alias := "x_" + step
	for _, j := range f.sel.Joins {
		if j.Alias == alias {
			return col(alias, "row")
		}
	}
	exists := false
	for _, s := range f.plan.Steps {
		exists = exists || s.Name == step
	}
	if !exists {
		make(step, day)
	}
	f.sel.Joins = append(f.sel.Joins, Join{Kind: LeftJoin, Source: from(step, alias), On: call(Eq, col(alias, "row"), col("f", "_row"))})
	return col(alias, "row")
}

// replacedLines are lines that a line which has begun stands in for.
func (f *factScope) replacedLines(step string, day period.Date) {
	s := Select{Distinct: true, Columns: []Column{as("row", col("f", "_row"))}, From: from("fact_"+f.kind.Name, "n")}
	known := f.visibleOn(&s, f.kind.Name, "n", day)
	key := f.keyOfNamed(&s, f.kind, "n", "supersedes", day)
	s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from("fact_"+f.kind.Name, "f"), On: call(And,
		call(Eq, col("f", "id"), col("n", "supersedes")), call(Eq, col("f", "_key"), key))})
	s.Where = all(known, f.straight("supersedes"), call(Ne, col("n", "_row"), col("f", "_row")), call(IsNotNull, col("n", "supersedes")), call(Le, col("n", fact.ColStarts), lit(int64(day))))
	f.plan.add(step, fmt.Sprintf("%s lines replaced by a line that began by %s", f.kind.Name, day), s)
}

// lapsedLines are lines that ended within the grace, were not cancelled, and
// have not been renewed: their renewal is open.
func (f *factScope) lapsedLines(step string, day period.Date) {
	base := Select{From: from("fact_"+f.kind.Name, "f")}
	base.Where = all(f.visibleOn(&base, f.kind.Name, "f", day),
		call(Le, col("f", fact.ColEnds), lit(int64(day))),
		call(Gt, col("f", fact.ColEnds), lit(int64(day)-int64(f.defs.LateRenewalGrace))))
	if f.has("canceled_on") {
		cancelled := call(Le, col("f", "canceled_on"), lit(int64(day)))
		base.Where = all(base.Where, call(Not, call(Coalesce, cancelled, lit(false))))
	}
	base.Columns = []Column{
		as("row", col("f", "_row")), as("key", col("f", "_key")),
		as("starts", col("f", fact.ColStarts)), as("ends", col("f", fact.ColEnds)),
	}
	for _, name := range []string{"product", "id"} {
		if f.has(name) {
			base.Columns = append(base.Columns, as(name, call(Coalesce, col("f", name), lit(int64(-1)))))
		}
	}
	if f.stored.severalKeys() {
		base.Columns = append(base.Columns, as("account", f.accountOf(&base, "f")))
	}
	f.plan.add(step+"_ended", fmt.Sprintf("%s lines that ended within the %d days before %s", f.kind.Name, f.defs.LateRenewalGrace, day), base)
	renewed := Select{Distinct: true, Columns: []Column{as("row", col("l", "row"))}, From: from("fact_"+f.kind.Name, "n")}
	known := f.visibleOn(&renewed, f.kind.Name, "n", day)
	sameAccount := call(Eq, col("n", "_key"), col("l", "key"))
	if f.stored.severalKeys() {
		sameAccount = call(Eq, f.accountOf(&renewed, "n"), col("l", "account"))
	}
	var names []Expr
	for _, column := range []string{"renews", "supersedes"} {
		if f.has(column) && f.has("id") {
			names = append(names, f.names(&renewed, column, day))
		}
	}
	renewed.Joins = append(renewed.Joins, Join{Kind: InnerJoin, Source: from(step+"_ended", "l"), On: call(And,
		sameAccount, call(Ne, col("n", "_row"), col("l", "row")),
		call(Le, col("n", fact.ColStarts), lit(int64(day))), f.renews(names))})
	renewed.Where = known
	f.plan.add(step+"_renewed", "those followed by another line", renewed)
	open := Select{
		Columns: []Column{as("row", col("l", "row"))}, From: from(step+"_ended", "l"),
		Joins: []Join{{Kind: AntiJoin, Source: from(step+"_renewed", "r"), On: call(Eq, col("r", "row"), col("l", "row"))}},
	}
	f.plan.add(step, "those whose renewal is open", open)
}

// names says that line n names line l of the same account under a column.
func (f *factScope) names(s *Select, column string, day period.Date) Expr {
	same := all(call(Eq, col("n", column), col("l", "id")), f.straight(column))
	if f.stored.severalKeys() {
		same = call(And, call(Eq, f.keyOfNamed(s, f.kind, "n", column, day), col("l", "key")), same)
	}
	return same
}

// renews says that line n renews line l of the same account: it names it, or it
// is of the same product, runs on beyond its end, and begins at most the grace
// before that.
func (f *factScope) renews(names []Expr) Expr {
	follows := []Expr{
		call(Gt, col("n", fact.ColStarts), col("l", "starts")), call(Gt, col("n", fact.ColEnds), col("l", "ends")),
		call(Gt, col("n", fact.ColStarts), call(Sub, col("l", "ends"), lit(int64(f.defs.LateRenewalGrace)))),
	}
	if f.has("product") {
		follows = append(follows, call(Eq, call(Coalesce, col("n", "product"), lit(int64(-1))), col("l", "product")))
	}
	return call(Or, append([]Expr{call(And, follows...)}, names...)...)
}

// straight leaves out lines n whose link goes in a circle: none of them stands
// in for another, so that no revenue is lost with a mistake. nil keeps all.
func (f *factScope) straight(column string) Expr {
	rows := f.stored.Circular[Link{f.kind.Name, column}]
	if len(rows) == 0 {
		return nil
	}
	in := []Expr{col("n", "_row")}
	for _, row := range rows {
		in = append(in, lit(row))
	}
	return call(Not, call(In, in...))
}

func (f *factScope) has(column string) bool {
	_, ok := f.kind.Column(column)
	return ok
}
