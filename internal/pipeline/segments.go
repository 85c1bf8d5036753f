package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/segmentation"
)

// CantTell is how screens call the place of customers whose data is missing.
const CantTell = "can't tell"

// SegmentsRequest asks how many customers stand where.
type SegmentsRequest struct {
	Names []string     `json:"names,omitempty"` // none: every segmentation and audience; one: it; two: their cross-tab
	AsOf  *period.Date `json:"as_of,omitempty"` // nil is the newest run
}

// SegmentsReport answers it: counts, or one cross-tab.
type SegmentsReport struct {
	Counts    []SegmentationCounts `json:"segmentations,omitempty"`
	Audiences []AudienceCounts     `json:"audiences,omitempty"` // by the way of counting customers
	Cross     *CrossTab            `json:"cross_tab,omitempty"`
}

// CrossTab counts customers by two segmentations or dimensions.
type CrossTab struct {
	Rows, Columns string      `json:"-"`
	RowName       string      `json:"rows"`
	ColumnName    string      `json:"columns"`
	AsOf          period.Date `json:"as_of"`
	Grain         string      `json:"grain"`
	RowPlaces     []string    `json:"row_places"`
	ColumnPlaces  []string    `json:"column_places"`
	Customers     [][]int64   `json:"customers"`
	RevenueMinor  [][]int64   `json:"revenue_minor"`
}

// Segments counts the customers of segmentations, dimensions or audiences.
func (e *Engine) Segments(ctx context.Context, r SegmentsRequest) (SegmentsReport, error) {
	names := r.Names
	if len(names) == 1 {
		if a, ok := e.Strategy.Audience(names[0]); ok {
			list, err := e.audiences(ctx, r.AsOf, a)
			return SegmentsReport{Audiences: list}, err
		}
	}
	if len(names) == 0 {
		for _, s := range e.Strategy.Segmentations {
			names = append(names, s.Name)
		}
	}
	for _, name := range names {
		if !e.isLens(name) {
			return SegmentsReport{}, e.notCounted(name)
		}
	}
	if len(r.Names) == 2 {
		cross, err := e.crossTab(ctx, r.Names[0], r.Names[1], r.AsOf)
		return SegmentsReport{Cross: cross}, err
	}
	if len(r.Names) > 2 {
		return SegmentsReport{}, fmt.Errorf("compare %d lenses: name one, or two for a table of one against the other", len(r.Names))
	}
	var report SegmentsReport
	for _, name := range names {
		read, err := e.result(ctx, r.AsOf, e.Strategy.GrainOf(name))
		if err != nil {
			return report, err
		}
		count := read.segmentation
		if _, ok := e.Strategy.Dimension(name); ok {
			count = read.dimension
		}
		counts, err := count(ctx, name)
		if err != nil {
			return report, err
		}
		report.Counts = append(report.Counts, counts)
	}
	if len(r.Names) > 0 {
		return report, nil
	}
	var err error
	report.Audiences, err = e.audiences(ctx, r.AsOf, e.Strategy.Audiences...)
	return report, err
}

func (e *Engine) isLens(name string) bool {
	_, s := e.Strategy.Segmentation(name)
	_, d := e.Strategy.Dimension(name)
	return s || d
}

// lenses returns the names of all segmentations and dimensions.
func (e *Engine) lenses() []string {
	var names []string
	for _, s := range e.Strategy.Segmentations {
		names = append(names, s.Name)
	}
	for _, d := range e.Strategy.Dimensions {
		names = append(names, d.Name)
	}
	return names
}

// dimension counts the customers of each level.
func (r reading) dimension(ctx context.Context, name string) (SegmentationCounts, error) {
	out := r.header(name)
	d, _ := r.engine.Strategy.Dimension(name)
	out.Title = d.Title
	column, ok := query.Find(r.columns, query.RoleLevel, name)
	if !ok {
		return out, fmt.Errorf("dimension %q is not part of the run as of %s; run again", name, r.asOf)
	}
	groups, err := r.groups(ctx, []query.ResultColumn{column})
	if err != nil {
		return out, err
	}
	for _, level := range order(column, groups, 0) {
		total := SegmentCount{Name: level}
		for _, l := range d.Levels {
			if l.Name == level {
				total.Title = l.Title
			}
		}
		for _, g := range groups {
			if g.places[0] == level {
				total.Customers += g.customers
				total.RevenueMinor += g.revenue
				total.Unpriced += g.unpriced
			}
		}
		out.add(total)
	}
	out.share()
	return out, nil
}

// group is one combination of places.
type group struct {
	places                       []string
	customers, revenue, unpriced int64
}

// groups counts customers by the places of some columns.
func (r reading) groups(ctx context.Context, columns []query.ResultColumn) ([]group, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	rows, err := r.engine.query(ctx, query.Counts(r.table, names, "", "", r.revenue(), r.engine.Strategy.Currency))
	if err != nil {
		return nil, err
	}
	profile, err := r.engine.profile(ctx)
	if err != nil {
		return nil, err
	}
	var list []group
	for _, row := range rows {
		g := group{}
		for i, c := range columns {
			g.places = append(g.places, placeName(c, row[i], profile.Text))
		}
		rest := row[len(columns):]
		g.customers, g.revenue, g.unpriced = whole(rest[0]), whole(rest[2]), whole(rest[3])
		list = append(list, g)
	}
	return list, nil
}

// placeName returns the level or segment that a stored value stands for;
// segmentation.Unknown where that can't be told.
func placeName(c query.ResultColumn, v any, text func(string, int64) (string, bool)) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		switch {
		case c.Domain != "":
			if s, ok := text(c.Domain, v); ok {
				return s
			}
		case v >= 0 && int(v) < len(c.Labels):
			return c.Labels[v]
		case slices.Contains(query.Places, c.Role) && v == query.CodeUnassigned:
			return segmentation.Unassigned
		}
	}
	return segmentation.Unknown
}

// order lists the places of a column: as defined, else by customers; those that
// cannot be told last.
func order(c query.ResultColumn, groups []group, at int) []string {
	list := slices.Clone(c.Labels)
	count := map[string]int64{}
	for _, g := range groups {
		count[g.places[at]] += g.customers
	}
	if c.Labels == nil {
		for name := range count {
			if name != segmentation.Unknown {
				list = append(list, name)
			}
		}
		slices.SortFunc(list, func(a, b string) int {
			if count[a] != count[b] {
				return int(count[b] - count[a])
			}
			return slices.Compare([]byte(a), []byte(b))
		})
	}
	for _, extra := range []string{segmentation.Unassigned, segmentation.Unknown} {
		if count[extra] > 0 && !slices.Contains(list, extra) {
			list = append(list, extra)
		}
	}
	return list
}

// crossTab counts customers by two lenses of one grain.
func (e *Engine) crossTab(ctx context.Context, rows, columns string, asOf *period.Date) (*CrossTab, error) {
	grain := e.Strategy.GrainOf(rows)
	if _, ok := e.Strategy.Segmentation(rows); !ok && e.Strategy.GrainOf(columns) != e.Strategy.Grain {
		grain = e.Strategy.GrainOf(columns)
	}
	if _, ok := e.Strategy.Segmentation(columns); ok {
		if _, alsoRows := e.Strategy.Segmentation(rows); alsoRows && e.Strategy.GrainOf(columns) != grain {
			return nil, fmt.Errorf("compare %q with %q: one counts customers by %s, the other by %s", rows, columns, grain, e.Strategy.GrainOf(columns))
		}
		grain = e.Strategy.GrainOf(columns)
	}
	read, err := e.result(ctx, asOf, grain)
	if err != nil {
		return nil, err
	}
	a, okA := read.lens(rows)
	b, okB := read.lens(columns)
	if !okA || !okB {
		return nil, fmt.Errorf("compare %q with %q: not part of the run as of %s; run again", rows, columns, read.asOf)
	}
	groups, err := read.groups(ctx, []query.ResultColumn{a, b})
	if err != nil {
		return nil, err
	}
	tab := &CrossTab{
		RowName: rows, ColumnName: columns, Rows: e.title(rows), Columns: e.title(columns), AsOf: read.asOf, Grain: grain.String(),
		RowPlaces: order(a, groups, 0), ColumnPlaces: order(b, groups, 1),
	}
	for range tab.RowPlaces {
		tab.Customers = append(tab.Customers, make([]int64, len(tab.ColumnPlaces)))
		tab.RevenueMinor = append(tab.RevenueMinor, make([]int64, len(tab.ColumnPlaces)))
	}
	for _, g := range groups {
		i, j := slices.Index(tab.RowPlaces, g.places[0]), slices.Index(tab.ColumnPlaces, g.places[1])
		tab.Customers[i][j] += g.customers
		tab.RevenueMinor[i][j] += g.revenue
	}
	return tab, nil
}

func (r reading) lens(name string) (query.ResultColumn, bool) {
	if c, ok := query.Find(r.columns, query.RoleSegment, name); ok {
		return c, true
	}
	return query.Find(r.columns, query.RoleLevel, name)
}
