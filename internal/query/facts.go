package query

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// measure is one aggregate over the facts of one kind and span. Metrics that
// ask for the same share one.
type measure struct {
	name  string // of its column
	def   metric.Definition
	ago   int
	step  string // where its column is computed
	parts int    // masks that active days are spread over
	bits  bool   // distinct codes counted in a mask
}

// maskDays is how many days, or codes, one mask holds.
const maskDays = 62

// slimDays is how many a mask of 32 bits holds, which is cheaper to group.
const slimDays = 30

// maxMasks bounds the masks of one measure; longer spans count distinct days.
const maxMasks = 6

// collect finds the measures behind all chosen definitions.
func (c *compiler) collect() error {
	seen := map[string]bool{}
	for _, name := range c.order {
		if err := c.collectMetric(name, 0, seen); err != nil {
			return err
		}
	}
	for _, x := range c.allRules() {
		for _, ref := range x.Refs() {
			if err := c.collectMetric(ref.Name, ref.AgoDays, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// allRules returns the rules of everything chosen but metrics.
func (c *compiler) allRules() []*rule.Expr {
	var list []*rule.Expr
	add := func(x *rule.Expr) {
		if x != nil {
			list = append(list, x)
		}
	}
	for _, name := range c.order {
		d, ok := c.dimension(name)
		if !ok {
			continue
		}
		for _, l := range d.Levels {
			add(l.When)
		}
		for _, p := range d.Points {
			add(p.When)
		}
	}
	for _, s := range c.segmentations {
		for _, segment := range s.Segments {
			add(segment.When)
		}
	}
	for _, a := range c.audiences {
		add(a.When)
	}
	if c.hasBase() {
		add(c.defs.BaseWhen)
	}
	return list
}

func (c *compiler) collectMetric(name string, ago int, seen map[string]bool) error {
	key := shifted(name, ago)
	m, ok := c.metric(name)
	if !ok || seen[key] {
		return nil
	}
	seen[key] = true
	switch m.Form {
	case metric.FromFacts:
		if _, ok := c.kind(m.Kind); !ok {
			return fmt.Errorf("metric %q: no fact kind %q", name, m.Kind)
		}
		c.measureOrder = append(c.measureOrder, c.measureOf(m, ago))
	case metric.Derived:
		for _, ref := range m.Is.Refs() {
			if err := c.collectMetric(ref.Name, ref.AgoDays+ago, seen); err != nil {
				return err
			}
		}
	case metric.Ranked:
		if ago > 0 {
			return fmt.Errorf("metric %q: a rank cannot be asked for an earlier date", name)
		}
	}
	return nil
}

func (c *compiler) measureOf(m metric.Definition, ago int) *measure {
	x := &measure{name: shifted(m.Name, ago), def: m, ago: ago}
	c.measures[x.name] = x
	return x
}

// span returns the days that a measure looks at; ok is false when it looks at
// everything up to the day.
func (c *compiler) span(m *measure) (period.Span, bool) {
	switch {
	case m.def.Between != nil:
		return *m.def.Between, true
	case m.def.Over > 0:
		return period.Trailing(c.req.AsOf-period.Date(m.ago), m.def.Over), true
	}
	return period.Span{To: c.req.AsOf - period.Date(m.ago) + 1}, false
}

// firstAfter returns the first time after the day, as facts of the kind carry
// it: terms and versions have plain days.
func (c *compiler) firstAfter(k fact.Kind, day period.Date) int64 {
	if k.Timing != fact.At {
		return (day + 1).Micros()
	}
	return c.defs.Zone.Start(day + 1)
}

// window returns the first instant of a measure's span and the first after it,
// or after the day where the span reaches beyond it; the first is the least
// integer for everything up to the day.
func (c *compiler) window(k fact.Kind, m *measure) (from, to int64) {
	start := c.defs.Zone.Start
	if k.Timing != fact.At {
		start = period.Date.Micros
	}
	span, bounded := c.span(m)
	if !bounded {
		return math.MinInt64, start(span.To)
	}
	return start(span.From), start(min(span.To, c.req.AsOf-period.Date(m.ago)+1))
}

// scans makes the steps that read facts: one for each kind, and one more for
// each distinct count over many values.
func (c *compiler) scans() error {
	for _, k := range c.defs.Kinds {
		var plain, distinct []*measure
		for _, m := range c.measureOrder {
			if m.def.Kind != k.Name {
				continue
			}
			if c.needsOwnScan(k, m) {
				distinct = append(distinct, m)
				continue
			}
			plain = append(plain, m)
		}
		if len(plain) > 0 {
			if err := c.scan(k, plain); err != nil {
				return err
			}
		}
		for _, m := range distinct {
			if err := c.scanDistinct(k, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *compiler) needsOwnScan(k fact.Kind, m *measure) bool {
	if m.def.Aggregate != metric.CountDistinct {
		return false
	}
	column, ok := k.Column(m.def.Column)
	if ok && column.Type == fact.Text && c.stored.Codes != nil {
		if n := c.stored.Codes(k.TextDomain(column)); n <= maskDays {
			m.bits = true
			return false
		}
	}
	return true
}

// owner returns what a fact is grouped by: the id of the customer it is of.
func (c *compiler) owner(s *Select) Expr {
	switch c.req.Grain.Level {
	case customer.ByContact:
		return col("f", "contact")
	case customer.ByAccountProduct:
		return productID(c.accountOf(s, "f"), col("f", "product"))
	case customer.ByParent, customer.ByEntity:
		account := c.accountOf(s, "f")
		s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from(c.req.Members, "m"), On: call(Eq, col("m", "account"), account)})
		return col("m", "customer")
	}
	return c.accountOf(s, "f")
}

// ownerColumn says, in a step that has read facts, whose they are. No metric
// can have its name.
const ownerColumn = "_customer"

// scan makes the step that reads one kind once.
func (c *compiler) scan(k fact.Kind, measures []*measure) error {
	s := Select{From: from("fact_"+k.Name, "f")}
	owner := c.owner(&s)
	s.Columns = []Column{as(ownerColumn, owner)}
	s.GroupBy = []Expr{owner}
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, m := range measures {
		from, to := c.window(k, m)
		low, high = min(low, from), max(high, to)
	}
	s.Where = all(c.visible(&s, k.Name, "f"), between(low, high))
	f := &factScope{compiler: c, kind: k, sel: &s}
	f.decode = decoder(&s)
	conditions := make([]Expr, len(measures))
	for i, m := range measures {
		var err error
		if conditions[i], err = f.condition(m, low, high); err != nil {
			return fmt.Errorf("metric %q: %w", m.def.Name, err)
		}
	}
	if shared := conditions[0]; shared != nil && !slices.ContainsFunc(conditions, func(e Expr) bool { return !reflect.DeepEqual(e, shared) }) {
		s.Where = all(s.Where, shared)
		clear(conditions)
	}
	titles := make([]string, len(measures))
	for i, m := range measures {
		titles[i] = m.def.Label()
		if m.ago > 0 {
			titles[i] += fmt.Sprintf(" %d days earlier", m.ago)
		}
		columns, err := f.aggregate(m, conditions[i])
		if err != nil {
			return fmt.Errorf("metric %q: %w", m.def.Name, err)
		}
		s.Columns = append(s.Columns, columns...)
		m.step = "facts_" + k.Name
	}
	c.plan.add("facts_"+k.Name, k.Name+" facts, read once: "+strings.Join(titles, ", "), s)
	return nil
}

// scanDistinct makes the two steps of one distinct count: the distinct values,
// then their number. Reading the span twice is cheaper than counting distinct
// values inside of the first scan.
func (c *compiler) scanDistinct(k fact.Kind, m *measure) error {
	s := Select{Distinct: true, From: from("fact_"+k.Name, "f")}
	owner := c.owner(&s)
	low, high := c.window(k, m)
	s.Where = all(c.visible(&s, k.Name, "f"), between(low, high))
	f := &factScope{compiler: c, kind: k, sel: &s, ago: m.ago}
	f.decode = decoder(&s)
	where, err := f.where(m)
	if err != nil {
		return fmt.Errorf("metric %q: %w", m.def.Name, err)
	}
	s.Where = all(s.Where, where, call(IsNotNull, col("f", storedName(m.def.Column))))
	s.Columns = []Column{as(ownerColumn, owner), as("item", col("f", storedName(m.def.Column)))}
	c.plan.add("items_"+m.name, fmt.Sprintf("%s: each %s once", m.def.Label(), m.def.Column), s)
	m.step = "count_" + m.name
	c.plan.add(m.step, m.def.Label()+": how many", Select{
		Columns: []Column{as(ownerColumn, col("i", ownerColumn)), as(m.name, Agg{Fn: CountRows})},
		From:    from("items_"+m.name, "i"),
		GroupBy: []Expr{col("i", ownerColumn)},
	})
	return nil
}

// between keeps facts within [from, to).
func between(from, to int64) Expr {
	upper := call(Lt, col("f", "_at"), lit(to))
	if from == math.MinInt64 {
		return upper
	}
	return call(And, call(Ge, col("f", "_at"), lit(from)), upper)
}

// factScope resolves the names of a metric's `where` against a fact.
type factScope struct {
	*compiler
	kind   fact.Kind
	sel    *Select
	ago    int
	decode func(string, Expr) Expr
}

func (f *factScope) scope() scope {
	return scope{variable: f.variable, code: f.stored.Code, decode: f.decode}
}

func (f *factScope) variable(name string, _ int) (value, error) {
	if name == "as_of" {
		return value{Expr: lit((f.req.AsOf - period.Date(f.ago)).Micros()), typ: rule.TypeTime}, nil
	}
	if column, ok := f.kind.Column(name); ok {
		return f.storedValue(f.kind, column, "f"), nil
	}
	switch name {
	case fact.ColAt, fact.ColValidFrom:
		if f.kind.Timing == fact.At {
			return value{Expr: f.civil(col("f", "_at")), typ: rule.TypeTime}, nil
		}
		return value{Expr: col("f", "_at"), typ: rule.TypeTime}, nil
	case "in_force", "lapsed":
		return f.inForce(name), nil
	}
	return value{}, fmt.Errorf("%q is no column of %s", name, f.kind.Name)
}

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
	known := f.visible(&s, f.kind.Name, "n")
	s.Joins = append(s.Joins, Join{Kind: InnerJoin, Source: from("fact_"+f.kind.Name, "f"), On: call(And,
		call(Eq, col("f", "id"), col("n", "supersedes")), call(Eq, col("f", "_key"), col("n", "_key")))})
	s.Where = all(known, call(Ne, col("n", "_row"), col("f", "_row")), call(IsNotNull, col("n", "supersedes")), call(Le, col("n", fact.ColStarts), lit(int64(day))))
	f.plan.add(step, fmt.Sprintf("%s lines replaced by a line that began by %s", f.kind.Name, day), s)
}

// lapsedLines are lines that ended within the grace, were not cancelled, and
// have not been renewed: their renewal is open.
func (f *factScope) lapsedLines(step string, day period.Date) {
	base := Select{From: from("fact_"+f.kind.Name, "f")}
	base.Where = all(f.visible(&base, f.kind.Name, "f"),
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
	f.plan.add(step+"_ended", fmt.Sprintf("%s lines that ended within the %d days before %s", f.kind.Name, f.defs.LateRenewalGrace, day), base)
	renewed := Select{Distinct: true, Columns: []Column{as("row", col("l", "row"))}, From: from("fact_"+f.kind.Name, "n")}
	known := f.visible(&renewed, f.kind.Name, "n")
	renewed.Joins = append(renewed.Joins, Join{Kind: InnerJoin, Source: from(step+"_ended", "l"), On: call(And,
		call(Eq, col("n", "_key"), col("l", "key")), call(Ne, col("n", "_row"), col("l", "row")),
		call(Le, col("n", fact.ColStarts), lit(int64(day))), f.renews())})
	renewed.Where = known
	f.plan.add(step+"_renewed", "those followed by another line", renewed)
	open := Select{
		Columns: []Column{as("row", col("l", "row"))}, From: from(step+"_ended", "l"),
		Joins: []Join{{Kind: AntiJoin, Source: from(step+"_renewed", "r"), On: call(Eq, col("r", "row"), col("l", "row"))}},
	}
	f.plan.add(step, "those whose renewal is open", open)
}

// renews says that line n renews line l: it names it, or it is of the same
// product, runs on beyond its end, and begins at most the grace before that.
func (f *factScope) renews() Expr {
	follows := []Expr{
		call(Gt, col("n", fact.ColStarts), col("l", "starts")), call(Gt, col("n", fact.ColEnds), col("l", "ends")),
		call(Gt, col("n", fact.ColStarts), call(Sub, col("l", "ends"), lit(int64(f.defs.LateRenewalGrace)))),
	}
	if f.has("product") {
		follows = append(follows, call(Eq, call(Coalesce, col("n", "product"), lit(int64(-1))), col("l", "product")))
	}
	ways := []Expr{call(And, follows...)}
	for _, name := range []string{"renews", "supersedes"} {
		if f.has(name) && f.has("id") {
			ways = append(ways, call(Eq, col("n", name), col("l", "id")))
		}
	}
	return call(Or, ways...)
}

func (f *factScope) has(column string) bool {
	_, ok := f.kind.Column(column)
	return ok
}
