package query

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// Close is the placement of the close before, from which holds go on.
type Close struct {
	Table   string
	Columns []ResultColumn
	Cause   int64 // what can have moved customers since
}

// Parts of what a result keeps of a lens whose moves wait, beside the place
// held: a column of RoleHold is of "NAME.PART".
const (
	HoldRaw    = "raw"    // where the customer would stand without waits; NULL: can't tell
	HoldUp     = "up"     // where it would, with the margin of a move up
	HoldDown   = "down"   // where it would, with the margin of a move down
	HoldMoved  = "moved"  // day of the last move
	HoldCame   = "came"   // day on which a new customer came
	HoldToward = "toward" // the place that it waits for
	HoldSince  = "since"  // first close of that wait, or of the one that the day's move ended
	HoldCause  = "cause"  // what began that wait
	HoldCloses = "n_"     // by bound: closes beyond it
)

// holding is a lens whose moves wait: a dimension or a segmentation.
type holding struct {
	base    string // the column of the place held
	of      string
	hold    dimension.Hold
	labels  []string
	ordered bool
	margins bool // where a value leads up or down has columns of its own

	// Of a segmentation: where a new customer is placed, and the index after the
	// last, which stands for no segment at all.
	first  Expr
	beyond bool

	was  ResultColumn // at the close before
	same bool         // its definition was the same then
}

func (h holding) column(part string) string { return h.base + "__" + part }

// col is a column of the current step.
func (h holding) col(part string) Expr { return col("c", h.column(part)) }

func (h holding) closes(i int) string { return fmt.Sprint(HoldCloses, i) }

// places is how many places there are, of which the last index may stand for no
// segment.
func (h holding) places() int {
	if h.beyond {
		return len(h.labels) + 1
	}
	return len(h.labels)
}

func (h holding) bounds() int {
	if !h.ordered {
		return 0
	}
	return max(h.places()-1, 0)
}

// up and down are where today's value leads; a changed definition waits for no
// margin.
func (h holding) up() Expr {
	if h.margins && (h.same || h.was.Name == "") {
		return h.col(HoldUp)
	}
	return h.col(HoldRaw)
}

func (h holding) down() Expr {
	if h.margins && (h.same || h.was.Name == "") {
		return h.col(HoldDown)
	}
	return h.col(HoldRaw)
}

// need is how many closes a move takes.
func need(w dimension.Wait) int64 { return int64(max(w.ConfirmDays, 1)) }

func slim(e Expr) Expr { return call(ToSlim, e) }

// holds reports whether the moves of a dimension wait. The values of a trait are
// what they are.
func holds(d dimension.Definition) bool { return !d.Hold.IsZero() && d.Form != dimension.ByTrait }

// stand fills in what is known of a lens at the close before.
func (c *compiler) stand(h holding) holding {
	for _, column := range c.req.Close.Columns {
		if (column.Role == RoleLevel || column.Role == RoleSegment) && column.Of == h.of && column.Labels != nil {
			if byRule, pinned := byRuleColumn(c.req.Close.Columns, h.of); pinned {
				column.Name = byRule
			}
			h.was, h.same = column, column.Hash != "" && column.Hash == c.defs.Hashes[h.of]
		}
	}
	return h
}

// stood is where a customer stood at the close before, as an index of today's
// labels; NULL where nothing is known.
func (h holding) stood() Expr {
	was := col("was", h.was.Name)
	now := Case{}
	for i, name := range h.was.Labels {
		if at := slices.Index(h.labels, name); at >= 0 {
			now.Whens = append(now.Whens, When{call(Eq, was, lit(int64(i))), slim(lit(int64(at)))})
		}
	}
	if h.beyond && h.was.Name != "" {
		now.Whens = append(now.Whens, When{call(Eq, was, lit(int64(CodeUnassigned))), slim(lit(int64(len(h.labels))))})
	}
	if len(now.Whens) == 0 {
		return slim(lit(nil))
	}
	return now
}

// hold makes the steps that take today's places of some lenses to the places
// held (SEMANTICS 15). It gives the same answer as dimension.Hold.
func (c *compiler) hold(list []holding) {
	if len(list) == 0 {
		return
	}
	step := func(name, comment string, add func(l *layer, h holding)) {
		l := c.newLayer()
		if name == "before" && c.req.Close.Table != "" {
			l.sel.Joins = append(l.sel.Joins, Join{
				Kind: LeftJoin, Source: from(c.req.Close.Table, "was"), On: call(Eq, col("was", "customer"), c.customerID("c")),
			})
		}
		for _, h := range list {
			add(l, h)
		}
		c.finish(l, fmt.Sprintf("%s_%d", name, len(c.plan.Steps)), comment)
	}
	step("before", "where customers stood at the close before", c.recall)
	step("closes", "how many closes in a row were beyond each bound", c.count)
	step("nearest", "", func(l *layer, h holding) { l.add(h.column("near"), h.nearest()) })
	step("toward", "where those beyond a bound wait to go", func(l *layer, h holding) { l.add(h.column("to"), h.furthest()) })
	step("moves", "who has waited long enough", func(l *layer, h holding) { l.add(h.column("moves"), c.moves(h)) })
	step("held", "where customers stand", c.settle)
}

// recall takes over what is known of the close before.
func (c *compiler) recall(l *layer, h holding) {
	l.add(h.column("was"), h.stood())
	for _, part := range []string{HoldMoved, HoldCame, HoldToward, HoldSince, HoldCause} {
		before := Expr(slim(lit(nil)))
		kept := slices.ContainsFunc(c.req.Close.Columns, func(x ResultColumn) bool { return x.Name == h.column(part) })
		if kept && (h.same || part == HoldCame) {
			before = col("was", h.column(part))
		}
		if part == HoldCame && c.req.Close.Table != "" {
			before = when(call(IsNull, col("was", "customer")), slim(lit(int64(c.req.AsOf))), before)
		}
		l.add(h.column("was_"+part), before)
	}
	for i := range h.bounds() {
		before := Expr(lit(int64(0)))
		if h.same {
			before = call(Coalesce, col("was", h.column(h.closes(i))), lit(int64(0)))
		}
		l.add(h.column("was_"+h.closes(i)), before)
	}
}

// count counts today's close.
func (c *compiler) count(l *layer, h holding) {
	for i := range h.bounds() {
		bound, before := lit(int64(i)), h.col("was_"+h.closes(i))
		more := func(w dimension.Wait) Expr { return call(Least, call(Add, before, lit(int64(1))), lit(need(w))) }
		l.add(h.column("now_"+h.closes(i)), Case{Whens: []When{
			{call(IsNull, h.col(HoldRaw)), before},
			{call(And, call(Gt, h.col("was"), bound), call(Le, h.up(), bound)), more(h.hold.Up)},
			{call(And, call(Le, h.col("was"), bound), call(Gt, h.down(), bound)), more(h.hold.Down)},
		}, Else: lit(int64(0))})
	}
}

// leads tells of a customer to which side today's value leads it.
func (h holding) leads() (up, down Expr) {
	return call(Lt, h.up(), h.col("was")), call(Gt, h.down(), h.col("was"))
}

// nearest is how many closes were beyond the next bound; NULL where none is
// passed. Without order it is 1 where the customer would stand elsewhere.
func (h holding) nearest() Expr {
	up, down := h.leads()
	if !h.ordered {
		return when(call(Or, up, down), lit(int64(1)), nil)
	}
	var above, below Case
	for i := range h.bounds() {
		above.Whens = append(above.Whens, When{call(Eq, h.col("was"), lit(int64(i+1))), h.col("now_" + h.closes(i))})
		below.Whens = append(below.Whens, When{call(Eq, h.col("was"), lit(int64(i))), h.col("now_" + h.closes(i))})
	}
	if h.bounds() == 0 {
		return slim(lit(nil))
	}
	return Case{Whens: []When{{up, above}, {down, below}}}
}

// furthest is the place behind the last bound that has as many closes.
func (h holding) furthest() Expr {
	up, down := h.leads()
	if !h.ordered {
		return when(call(Or, up, down), h.col(HoldRaw), nil)
	}
	var above, below Case
	for i := range h.bounds() {
		above.Whens = append(above.Whens, When{call(Ge, h.col("now_"+h.closes(i)), h.col("near")), lit(int64(i))})
	}
	for i := h.bounds() - 1; i >= 0; i-- {
		below.Whens = append(below.Whens, When{call(Ge, h.col("now_"+h.closes(i)), h.col("near")), lit(int64(i + 1))})
	}
	if h.bounds() == 0 {
		return slim(lit(nil))
	}
	return Case{Whens: []When{{up, above}, {down, below}}}
}

// moves is whether the customer moves today.
func (c *compiler) moves(h holding) Expr {
	if !h.hold.IsOpen(c.req.AsOf) {
		return lit(false)
	}
	to, was, day := h.col("to"), h.col("was"), lit(int64(c.req.AsOf))
	may := []Expr{call(IsNotNull, to)}
	if !h.same {
		return may[0] // nothing but the day delays what a changed definition moves
	}
	ways := []struct {
		wait dimension.Wait
		way  Expr
	}{{h.hold.Up, call(Lt, to, was)}, {h.hold.Down, call(Gt, to, was)}}
	for _, w := range ways {
		var waited []Expr
		if w.wait.ConfirmDays > 1 {
			waited = append(waited, call(Ge, h.col("near"), lit(need(w.wait))))
		}
		if w.wait.DwellDays > 0 {
			last := h.col("was_" + HoldMoved)
			waited = append(waited, call(Or, call(IsNull, last), call(Ge, call(Sub, day, last), lit(int64(w.wait.DwellDays)))))
		}
		if len(waited) > 0 {
			may = append(may, call(Or, call(Not, w.way), all(waited...)))
		}
	}
	if h.hold.GraceDays > 0 {
		came := h.col("was_" + HoldCame)
		may = append(may, call(Or, call(IsNull, came), call(Ge, call(Sub, day, came), lit(int64(h.hold.GraceDays)))))
	}
	return call(Coalesce, all(may...), lit(false))
}

// settle adds the place held and what the next close must know of it.
func (c *compiler) settle(l *layer, h holding) {
	to, was, moves, day := h.col("to"), h.col("was"), h.col("moves"), lit(int64(c.req.AsOf))
	before := func(part string) Expr { return h.col("was_" + part) }
	dark, goesOn := call(IsNull, h.col(HoldRaw)), call(IsNotNull, before(HoldToward))
	if h.ordered {
		goesOn = call(And, goesOn, call(Eq, call(Lt, before(HoldToward), was), call(Lt, to, was)))
	}
	began := call(Sub, day, call(Sub, h.col("near"), lit(int64(1))))
	wait := func(start, old Expr) Expr {
		return slim(Case{Whens: []When{{dark, old}, {call(IsNull, to), lit(nil)}, {goesOn, old}}, Else: start})
	}
	first := h.first
	if first == nil {
		first = h.col(HoldRaw)
	}
	held := Expr(Case{Whens: []When{{call(IsNull, was), first}, {moves, to}}, Else: was})
	if h.beyond {
		held = Case{Whens: []When{{call(IsNull, was), first}, {call(Eq, when(moves, to, was), lit(int64(len(h.labels)))), lit(int64(CodeUnassigned))}, {moves, to}}, Else: was}
	}
	l.add(h.base, held)
	l.add(h.column(HoldMoved), slim(when(moves, day, before(HoldMoved))))
	l.add(h.column(HoldCame), slim(before(HoldCame)))
	l.add(h.column(HoldToward), slim(Case{Whens: []When{{dark, before(HoldToward)}, {moves, lit(nil)}}, Else: to}))
	l.add(h.column(HoldSince), wait(began, before(HoldSince)))
	l.add(h.column(HoldCause), wait(lit(c.req.Close.Cause), before(HoldCause)))
	for i := range h.bounds() {
		bound := lit(int64(i))
		crossed := call(And, moves, call(Le, call(Least, was, to), bound), call(Gt, call(Greatest, was, to), bound))
		l.add(h.column(h.closes(i)), slim(when(crossed, lit(int64(0)), h.col("now_"+h.closes(i)))))
	}
}

// held is the index of the place held.
func (h holding) held() Expr {
	if !h.beyond {
		return col("c", h.base)
	}
	return when(call(Eq, col("c", h.base), lit(int64(CodeUnassigned))), lit(int64(len(h.labels))), col("c", h.base))
}

// emitHold adds what a result keeps of a lens whose moves wait.
func (c *compiler) emitHold(h holding) {
	today := slices.Clone(h.labels)
	if h.beyond {
		today = append(today, segmentation.Unassigned)
	}
	c.emit(ResultColumn{Name: h.column(HoldRaw), Role: RoleToday, Of: h.of + ".today", Type: rule.TypeText, Labels: today}, h.col(HoldRaw))
	c.emit(ResultColumn{Name: h.column("waits"), Role: RoleWaits, Of: h.of + ".waits", Type: rule.TypeBool}, c.unlessPinned(h.of, call(Coalesce, call(Ne, h.col(HoldRaw), h.held()), lit(false))))
	parts := []string{HoldMoved, HoldToward, HoldSince, HoldCause}
	if h.hold.GraceDays > 0 {
		parts = append(parts, HoldCame)
	}
	for i := range h.bounds() {
		parts = append(parts, h.closes(i))
	}
	for _, part := range parts {
		c.emit(ResultColumn{Name: h.column(part), Role: RoleHold, Of: h.of + "." + part, Type: rule.TypeNumber}, slim(h.col(part)))
	}
}
