package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/state"
	"github.com/segue-cs/segue/internal/warehouse"
)

// plannedGrain compares both placements at one grain.
type plannedGrain struct {
	*planning
	grain   customer.Grain
	pairs   []lensPair
	was     []query.ResultColumn // as it is
	columns []query.ResultColumn // as it would be
	planned query.Planned
	ends    *query.NextEnds
}

func (g *plannedGrain) compare(ctx context.Context) error {
	e := g.now
	if k := g.storedNow.Kinds["contract"]; k.Rows > 0 && g.grain.Level == customer.ByAccount {
		g.ends = &query.NextEnds{Definitions: definitions(e.Strategy), Stored: g.storedNow, AsOf: g.asOf, Days: renewsWithin}
	}
	moved := tableName("planned", planNow, g.grain)
	text, err := sqltext.Write(query.Moved(g.planned.Movement), sqltext.DuckDB(), sqltext.Options{CreateTable: moved})
	if err != nil {
		return err
	}
	if err := e.Warehouse.Exec(ctx, warehouse.Statement{Text: text.SQL, Args: text.Args}); err != nil {
		return err
	}
	defer e.dropTables(ctx, []state.Result{{Table: moved}})
	counts, err := e.query(ctx, query.MovesIn(moved, g.planned.NowLenses))
	if err != nil {
		return err
	}
	for i, p := range g.pairs {
		l := PlannedLens{
			Kind: p.is.kind, Name: p.is.name, Title: g.titles(p.is.name), Grain: g.grain.String(),
			Moved: whole(counts[0][3*i]), Came: whole(counts[0][3*i+1]), Left: whole(counts[0][3*i+2]),
		}
		if l.Kind == LensDimension && l.Moves() == 0 {
			continue
		}
		if err := g.matrix(ctx, &l, i); err != nil {
			return err
		}
		if err := g.undecided(ctx, &l); err != nil {
			return err
		}
		if l.Kind == LensSegmentation && l.Moves() > 0 {
			if err := g.movers(ctx, &l, i, moved); err != nil {
				return err
			}
		}
		g.report.Lenses = append(g.report.Lenses, l)
	}
	return g.load(ctx)
}

func (g *plannedGrain) place(lens int, code any) string {
	if code == nil {
		return segmentation.Unknown
	}
	return placeOf(g.pairs[lens].lens, whole(code), g.text)
}

// matrix counts customers from each place to each.
func (g *plannedGrain) matrix(ctx context.Context, l *PlannedLens, lens int) error {
	rows, err := g.now.query(ctx, query.PlannedMatrix(g.planned, lens))
	if err != nil {
		return err
	}
	for _, row := range rows {
		l.Cells = append(l.Cells, Transition{
			From: g.place(lens, row[0]), To: g.place(lens, row[1]), Customers: whole(row[2]), RevenueMinor: whole(row[3]), Unpriced: whole(row[4]),
		})
		if l.Cells[len(l.Cells)-1].To != segmentation.Absent {
			l.Customers += whole(row[2])
		}
	}
	l.Places = placesOf(g.pairs[lens].lens, l.Cells)
	if s, ok := g.now.Strategy.Segmentation(l.Name); ok && l.Kind == LensSegmentation {
		for _, x := range s.Segments {
			if x.Touch != "" {
				if l.Touch == nil {
					l.Touch = map[string]string{}
				}
				l.Touch[x.Name] = x.Touch
			}
		}
	}
	return nil
}

// undecided counts who could be elsewhere in a segmentation for want of data.
func (g *plannedGrain) undecided(ctx context.Context, l *PlannedLens) error {
	for _, side := range []struct {
		table   string
		columns []query.ResultColumn
		n       *int64
	}{{g.planned.Before, g.was, &l.Undecided}, {g.planned.Now, g.columns, &l.UndecidedThen}} {
		column, ok := query.Find(side.columns, query.RoleUndecided, l.Name+".undecided")
		if !ok {
			continue
		}
		rows, err := g.now.query(ctx, query.CountTrue(side.table, column.Name))
		if err != nil {
			return err
		}
		*side.n = whole(rows[0][0])
	}
	return nil
}

// movers names who would move in a segmentation, and why.
func (g *plannedGrain) movers(ctx context.Context, l *PlannedLens, lens int, moved string) error {
	if g.ends != nil {
		rows, err := g.now.query(ctx, query.Renewing(g.planned, moved, lens, *g.ends))
		if err != nil {
			return err
		}
		l.Renewing, l.RenewingM = whole(rows[0][0]), whole(rows[0][1])
	}
	name, _ := query.Find(g.columns, query.RoleName, "")
	rows, err := g.now.query(ctx, query.PlannedMovers(g.planned, moved, lens, name.Name, name.Domain, g.ends, g.limit))
	if err != nil {
		return err
	}
	read := g.readBy(l.Name)
	for _, row := range rows {
		m := PlannedMove{Customer: fmt.Sprint(row[0]), From: g.place(lens, row[4+2*lens]), To: g.place(lens, row[5+2*lens])}
		m.Name, _ = row[1].(string)
		if v, ok := row[2].(float64); ok {
			m.Revenue = &v
		}
		if row[3] != nil {
			day := period.Date(whole(row[3]))
			m.Renews = &day
		}
		for i, p := range g.pairs {
			from, to := g.place(i, row[4+2*i]), g.place(i, row[5+2*i])
			if p.is.kind == LensDimension && from != to && from != segmentation.Absent && to != segmentation.Absent && slices.Contains(read, p.is.name) {
				m.Steps = append(m.Steps, PlacedStep{Dimension: p.is.name, Title: g.titles(p.is.name), From: from, To: to})
			}
		}
		l.Movers = append(l.Movers, m)
	}
	return nil
}

// readBy returns the names that the rules of a segmentation read, of both
// strategies.
func (g *plannedGrain) readBy(name string) []string {
	var names []string
	for _, e := range []*Engine{g.before, g.now} {
		s, _ := e.Strategy.Segmentation(name)
		for _, x := range s.Segments {
			names = append(names, x.When.Names()...)
		}
	}
	return names
}

// PlannedLoad is how many customers each owner looks after, by touch.
type PlannedLoad struct {
	Segmentation string      `json:"segmentation"`
	Touches      []string    `json:"touches"` // in the order of the segments
	Owners       []OwnerLoad `json:"owners"`  // whose load changes, the largest change first
	Same         int         `json:"owners_unchanged"`
}

// OwnerLoad is the load of one owner, by the touches of PlannedLoad.
type OwnerLoad struct {
	Owner  string  `json:"owner"` // "" is nobody
	Before []int64 `json:"before"`
	Then   []int64 `json:"then"`
}

// change is how many customers come and go, in all touches.
func (o OwnerLoad) change() int64 {
	var n int64
	for i := range o.Before {
		n += max(o.Before[i]-o.Then[i], o.Then[i]-o.Before[i])
	}
	return n
}

// load counts the customers of each owner by touch, as they are and would be.
func (g *plannedGrain) load(ctx context.Context) error {
	owner, ok := query.Find(g.columns, query.RoleOwner, "")
	if !ok || len(g.now.Strategy.Segmentations) == 0 {
		return nil
	}
	name := mainSegmentation(g.now.Strategy)
	lens := slices.IndexFunc(g.pairs, func(p lensPair) bool { return p.is.kind == LensSegmentation && p.is.name == name })
	if lens < 0 {
		return nil
	}
	load := &PlannedLoad{Segmentation: name}
	touch := map[string]string{}
	for _, e := range []*Engine{g.before, g.now} { // as it would be decides where both name a segment
		s, _ := e.Strategy.Segmentation(name)
		for _, x := range s.Segments {
			touch[x.Name] = x.Touch
			if x.Touch != "" && !slices.Contains(load.Touches, x.Touch) {
				load.Touches = append(load.Touches, x.Touch)
			}
		}
	}
	if len(load.Touches) == 0 {
		return nil
	}
	rows, err := g.now.query(ctx, query.PlannedLoad(g.planned, lens, owner.Name, owner.Domain))
	if err != nil {
		return err
	}
	load.fill(rows, func(code any) int { return slices.Index(load.Touches, touch[g.place(lens, code)]) })
	if len(load.Owners) > 1 || len(load.Owners) == 1 && load.Owners[0].Owner != "" {
		g.report.Load = load
	}
	return nil
}

// fill adds up rows of (owner, place, place then, customers).
func (l *PlannedLoad) fill(rows [][]any, touchOf func(code any) int) {
	for _, row := range rows {
		who, _ := row[0].(string)
		if n := len(l.Owners); n == 0 || l.Owners[n-1].Owner != who {
			l.Owners = append(l.Owners, OwnerLoad{Owner: who, Before: make([]int64, len(l.Touches)), Then: make([]int64, len(l.Touches))})
		}
		o := &l.Owners[len(l.Owners)-1]
		if i := touchOf(row[1]); i >= 0 {
			o.Before[i] += whole(row[3])
		}
		if i := touchOf(row[2]); i >= 0 {
			o.Then[i] += whole(row[3])
		}
	}
	all := len(l.Owners)
	l.Owners = slices.DeleteFunc(l.Owners, func(o OwnerLoad) bool { return o.change() == 0 })
	l.Same = all - len(l.Owners)
	slices.SortStableFunc(l.Owners, func(a, b OwnerLoad) int { return cmp.Compare(b.change(), a.change()) })
}
