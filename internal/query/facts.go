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
	return c.collectMetric(c.also.name, c.also.ago, seen)
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
		c.collectEarlier(m, ago)
		for _, x := range formulas(m) {
			for _, ref := range x.Refs() {
				if err := c.collectMetric(ref.Name, ref.AgoDays+ago, seen); err != nil {
					return err
				}
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

// scans makes the steps that read facts: one for each kind, of a kind with
// versions one for each day, and one more for each distinct count over many
// values.
func (c *compiler) scans() error {
	for _, k := range c.defs.Kinds {
		var plain [][]*measure
		var distinct []*measure
		for _, m := range c.measureOrder {
			if m.def.Kind != k.Name {
				continue
			}
			if c.needsOwnScan(k, m) {
				distinct = append(distinct, m)
				continue
			}
			plain = c.group(plain, k, m)
		}
		for _, measures := range plain {
			if err := c.scan(k, measures); err != nil {
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

// readAgo returns how many days before the one asked for the facts of a kind
// are read for a measure of some days before: no days where every row that
// counts on one of the two counts on the other.
func (c *compiler) readAgo(k fact.Kind, ago int) int {
	if !c.hasVersions(k) && c.stored.Kinds[k.Name].Retracted <= c.req.AsOf-period.Date(ago) {
		return 0
	}
	return ago
}

// group adds a measure to those that one scan can answer.
func (c *compiler) group(groups [][]*measure, k fact.Kind, m *measure) [][]*measure {
	ago := c.readAgo(k, m.ago)
	i := slices.IndexFunc(groups, func(g []*measure) bool { return c.readAgo(k, g[0].ago) == ago })
	if i < 0 {
		return append(groups, []*measure{m})
	}
	groups[i] = append(groups[i], m)
	return groups
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
	var s Select
	known := c.facts(&s, k, measures[0].ago, nil)
	owner := c.owner(&s)
	s.Columns = []Column{as(ownerColumn, owner)}
	s.GroupBy = []Expr{owner}
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, m := range measures {
		from, to := c.window(k, m)
		low, high = min(low, from), max(high, to)
	}
	s.Where = all(known, between(low, high))
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
	name := shifted("facts_"+k.Name, c.readAgo(k, measures[0].ago))
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
		m.step = name
	}
	c.plan.add(name, k.Name+" facts, read once: "+strings.Join(titles, ", "), s)
	return nil
}

// scanDistinct makes the two steps of one distinct count: the distinct values,
// then their number. Reading the span twice is cheaper than counting distinct
// values inside of the first scan.
func (c *compiler) scanDistinct(k fact.Kind, m *measure) error {
	s := Select{Distinct: true}
	known := c.facts(&s, k, m.ago, nil)
	owner := c.owner(&s)
	low, high := c.window(k, m)
	s.Where = all(known, between(low, high), c.holds(k, m))
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
