package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/warehouse"
)

// CustomersRequest asks for a list of customers.
type CustomersRequest struct {
	Where   string       `json:"where,omitempty"`   // a condition over metrics, traits, levels, segments and audiences
	Columns []string     `json:"columns,omitempty"` // none: ARR, levels and segments
	Sort    []string     `json:"sort,omitempty"`    // names, "-" before a name for largest first
	Limit   int          `json:"limit,omitempty"`   // 0 is all
	Offset  int          `json:"offset,omitempty"`
	AsOf    *period.Date `json:"as_of,omitempty"`
	Grain   string       `json:"grain,omitempty"` // "" is the strategy's
}

// CustomersReport is the list. Rows: one per customer, cells in the order of
// Columns.
type CustomersReport struct {
	AsOf     period.Date    `json:"as_of"`
	Grain    string         `json:"grain"`
	Currency money.Currency `json:"currency"`
	Total    int64          `json:"total"` // customers, also those that the limit leaves out
	Columns  []ListColumn   `json:"columns"`
	Rows     [][]any        `json:"rows"`
	Erased   []Erasure      `json:"erased,omitempty"` // why some texts in it are gone
}

// ListColumn is one column of a list.
type ListColumn struct {
	Name  string    `json:"name"`
	Title string    `json:"title"`
	Type  rule.Type `json:"-"`
	Unit  rule.Unit `json:"unit,omitempty"`
	Kind  string    `json:"kind"` // id, name, metric, trait, level, segment, audience

	column query.ResultColumn
}

// Customers lists customers of the newest run, or of the run as of a date.
func (e *Engine) Customers(ctx context.Context, r CustomersRequest) (CustomersReport, error) {
	l, columns, read, err := e.listing(ctx, r)
	if err != nil {
		return CustomersReport{}, err
	}
	silent := silentColumns(&l, columns)
	plan, err := query.List(l)
	if err != nil {
		return CustomersReport{}, err
	}
	rows, err := e.query(ctx, plan)
	if err != nil {
		return CustomersReport{}, err
	}
	report := CustomersReport{AsOf: read.asOf, Grain: read.grain.String(), Currency: e.Strategy.Currency, Columns: columns}
	for _, row := range rows {
		cells := []any{row[2]}
		for i, c := range columns[1:] {
			v := cellOf(c.column, row[3+i])
			if days, ok := v.(float64); ok && c.Unit == rule.UnitDays && rule.NoDays(days) {
				v = period.Open.String()
			}
			if at, ok := silent[i]; ok && row[3+at] == true {
				v = MoreThan{c.column.Bound}
			}
			cells = append(cells, v)
		}
		report.Rows = append(report.Rows, cells)
	}
	report.Total = int64(r.Offset + len(rows))
	if r.Limit > 0 && len(rows) == r.Limit || r.Offset > 0 && len(rows) == 0 {
		if report.Total, err = e.countOf(ctx, l); err != nil {
			return CustomersReport{}, err
		}
	}
	report.Erased, err = e.erasedFrom(ctx, slices.Concat(report.Rows...)...)
	return report, err
}

func (e *Engine) countOf(ctx context.Context, l query.Listing) (int64, error) {
	plan, err := query.CountOf(l)
	if err != nil {
		return 0, err
	}
	rows, err := e.query(ctx, plan)
	if err != nil {
		return 0, err
	}
	return rows[0][0].(int64), nil
}

// MoreThan is a cell of which only a bound is known: the days since something
// that did not happen as far back as the source reaches.
type MoreThan struct {
	More float64 `json:"more_than"`
}

// silentColumns adds the columns that say "no fact at all" to a listing, and
// returns where they stand, by the column that they are about.
func silentColumns(l *query.Listing, columns []ListColumn) map[int]int {
	silent := map[int]int{}
	for i, c := range columns[1:] {
		if c.column.None != "" {
			silent[i] = len(l.Show)
			l.Show = append(l.Show, c.column.None)
		}
	}
	return silent
}

// cellOf returns a stored value as people and programs read it; nil is
// unknown.
func cellOf(c query.ResultColumn, v any) any {
	n, isWhole := v.(int64)
	switch {
	case isWhole && slices.Contains(query.Places, c.Role):
		return placeName(c, v, nil)
	case isWhole && c.Type == rule.TypeText && c.Labels != nil:
		return placeName(c, v, nil)
	case isWhole && c.Type == rule.TypeTime:
		return civilText(n)
	}
	return v
}

// civilText writes a wall-clock time: a day, or a day and a time.
func civilText(micros int64) string {
	day := period.Date(micros / period.MicrosPerDay)
	if micros%period.MicrosPerDay < 0 {
		day--
	}
	if rest := micros - day.Micros(); rest != 0 && day != period.Open {
		seconds := rest / 1_000_000
		return fmt.Sprintf("%s %02d:%02d:%02d", day, seconds/3600, seconds/60%60, seconds%60)
	}
	return day.String()
}

// listing turns a request into a plan's description.
func (e *Engine) listing(ctx context.Context, r CustomersRequest) (query.Listing, []ListColumn, reading, error) {
	grain := e.Strategy.Grain
	if r.Grain != "" {
		var err error
		if grain, err = customer.ParseGrain(r.Grain); err != nil {
			return query.Listing{}, nil, reading{}, fmt.Errorf("count customers by %q: want account, parent, entity: NAME, contact or account x product", r.Grain)
		}
	}
	read, err := e.result(ctx, r.AsOf, grain)
	if err != nil {
		return query.Listing{}, nil, read, err
	}
	stored, _, err := e.stored(ctx, read.asOf)
	if err != nil {
		return query.Listing{}, nil, read, err
	}
	l := query.Listing{
		Table: read.table, Columns: read.columns, AsOf: read.asOf, Grain: grain, Code: stored.Code,
		Limit: r.Limit, Offset: r.Offset, Definitions: definitions(e.Strategy), Stored: stored,
	}
	if r.Where != "" {
		if l.Filter, err = e.filter(read, r.Where); err != nil {
			return l, nil, read, err
		}
		for _, name := range l.Filter.Names() {
			want(&l, e, read, name)
		}
	}
	columns, err := e.chosenColumns(&l, read, r)
	return l, columns, read, err
}

// listed are the roles of columns that a list can show, in the order in which
// they stand for a name.
var listed = slices.Concat([]query.Role{query.RoleSegment, query.RoleLevel, query.RoleMetric, query.RoleAudience}, query.OfLens, []query.Role{query.RoleOfContact, query.RoleOfAccount})

// want has a listing read a trait that the result does not hold.
func want(l *query.Listing, e *Engine, read reading, name string) {
	for _, role := range append(slices.Clone(listed), query.RoleTrait) {
		if _, ok := query.Find(read.columns, role, name); ok {
			return
		}
	}
	isTrait := slices.ContainsFunc(e.Strategy.Traits(), func(c fact.Column) bool { return c.Name == name })
	if isTrait && !slices.Contains(l.Traits, name) {
		l.Traits = append(l.Traits, name)
	}
}

// filter checks a condition over everything that a list can show.
func (e *Engine) filter(read reading, condition string) (*rule.Expr, error) {
	vars := append([]rule.Variable{{Name: "as_of", Type: rule.TypeTime}, {Name: query.IDName, Type: rule.TypeText, Title: "Id"}}, e.Strategy.Quiet.Variables()...)
	for _, c := range e.listable(read) {
		v := rule.Variable{Name: c.Name, Type: c.Type, Unit: c.Unit, Title: c.Title}
		if c.column.Labels != nil {
			v.Levels = c.column.Labels
			if slices.Contains(query.Places, c.column.Role) {
				v.Levels = append(slices.Clone(v.Levels), segmentation.Unknown, segmentation.Unassigned)
			}
		}
		if t, ok := e.Strategy.Trait(c.Name); ok && v.Levels == nil && v.Type == rule.TypeText {
			v.Levels = t.Values
		}
		vars = append(vars, v)
	}
	env, err := rule.NewEnv(vars)
	if err != nil {
		return nil, err
	}
	x, problems := env.Compile(condition, rule.TypeBool, diag.Pos{File: "condition", Line: 1, Column: 1})
	return x, problems.Err()
}

// listable returns everything that a list of customers can show, by name.
func (e *Engine) listable(read reading) []ListColumn {
	var list []ListColumn
	seen := map[string]bool{}
	add := func(c ListColumn) {
		if !seen[c.Name] {
			seen[c.Name] = true
			list = append(list, c)
		}
	}
	for _, role := range listed {
		for _, c := range read.columns {
			if c.Role != role {
				continue
			}
			item := ListColumn{Name: c.Of, Title: e.title(c.Of), Type: c.Type, Kind: string(role), column: c}
			if m, ok := e.Strategy.Metric(c.Of); ok && role == query.RoleMetric {
				item.Unit = m.Unit
			}
			if m, ok := e.Strategy.Metric(strings.TrimPrefix(c.Of, "account.")); ok && role == query.RoleOfAccount {
				item.Unit = m.Unit
			}
			add(item)
		}
	}
	if read.grain.Level == customer.ByContact {
		return list
	}
	for _, c := range e.Strategy.Traits() {
		t, ok := typeOf(c.Type)
		if !ok {
			continue
		}
		column, held := query.Find(read.columns, query.RoleTrait, c.Name)
		if !held {
			column = query.ResultColumn{Name: query.TraitColumn(c.Name), Role: query.RoleTrait, Of: c.Name, Type: t}
		}
		item := ListColumn{Name: c.Name, Title: e.title(c.Name), Type: t, Unit: rule.Unit(c.Unit), Kind: "trait", column: column}
		if c.Type == fact.Money {
			item.Unit = rule.UnitMoney
		}
		add(item)
	}
	return list
}

func typeOf(t fact.Type) (rule.Type, bool) {
	switch t {
	case fact.Text:
		return rule.TypeText, true
	case fact.Number, fact.Money:
		return rule.TypeNumber, true
	case fact.Date, fact.Time:
		return rule.TypeTime, true
	case fact.Bool:
		return rule.TypeBool, true
	}
	return rule.TypeNone, false
}

// chosenColumns picks the columns of a list and puts them into the listing.
func (e *Engine) chosenColumns(l *query.Listing, read reading, r CustomersRequest) ([]ListColumn, error) {
	listable := e.listable(read)
	find := func(name string) (ListColumn, error) {
		i := slices.IndexFunc(listable, func(c ListColumn) bool { return c.Name == name })
		if i >= 0 {
			return listable[i], nil
		}
		names := make([]string, len(listable))
		for i, c := range listable {
			names[i] = c.Name
		}
		_, isMetric := e.Strategy.Metric(name)
		_, isAudience := e.Strategy.Audience(name)
		if isMetric || isAudience || e.isLens(name) {
			return ListColumn{}, fmt.Errorf("%q is not part of the run as of %s, counted by %s; run again if it is new", name, read.asOf, read.grain)
		}
		return ListColumn{}, fmt.Errorf("no column is called %q%s", name, hint(name, names))
	}
	names := r.Columns
	if len(names) == 0 {
		names = e.defaultColumns(read)
	}
	columns := []ListColumn{{Name: "id", Title: "Id", Kind: "id", Type: rule.TypeText}}
	if c, ok := query.Find(read.columns, query.RoleName, ""); ok && e.hasNames(read.grain) && !slices.Contains(names, "name") {
		columns = append(columns, ListColumn{Name: "name", Title: "Name", Kind: "name", Type: rule.TypeText, column: c})
		l.Show = append(l.Show, c.Name)
	}
	for _, name := range names {
		if name == "id" && !slices.ContainsFunc(listable, func(c ListColumn) bool { return c.Name == name }) {
			continue // it is the first one, asked for or not
		}
		c, err := find(name)
		if err != nil {
			return nil, err
		}
		l.Show = append(l.Show, c.column.Name)
		want(l, e, read, name)
		columns = append(columns, c)
	}
	order := r.Sort
	if len(order) == 0 && read.revenue() != "" {
		order = []string{"-" + e.Strategy.RevenueMetric}
	}
	for _, key := range order {
		name, desc := strings.CutPrefix(key, "-")
		if name == "id" {
			l.OrderBy = append(l.OrderBy, query.ByID(desc))
			continue
		}
		if name == "name" {
			if c, ok := query.Find(read.columns, query.RoleName, ""); ok {
				l.OrderBy = append(l.OrderBy, query.By(c.Name, desc))
				continue
			}
		}
		c, err := find(name)
		if err != nil {
			return nil, err
		}
		want(l, e, read, name)
		l.OrderBy = append(l.OrderBy, query.By(c.column.Name, desc))
	}
	return columns, nil
}

// hasNames reports whether a source says how customers are called.
func (e *Engine) hasNames(g customer.Grain) bool {
	kind := fact.AccountKind
	if g.Level == customer.ByContact {
		kind = "contact"
	}
	return slices.ContainsFunc(e.Strategy.Sources, func(m fact.Mapping) bool {
		return m.Kind == kind && slices.ContainsFunc(m.Columns, func(b fact.Binding) bool { return b.To == "name" })
	})
}

func hint(name string, names []string) string {
	if h := diag.DidYouMean(name, names); h != "" {
		return " (" + h + ")"
	}
	return ""
}

// defaultColumns are the revenue, then every segmentation and its dimensions.
func (e *Engine) defaultColumns(read reading) []string {
	var names []string
	if read.revenue() != "" {
		names = append(names, e.Strategy.RevenueMetric)
	}
	for _, role := range []query.Role{query.RoleSegment, query.RoleLevel} {
		for _, c := range read.columns {
			if c.Role == role && !slices.Contains(names, c.Of) {
				names = append(names, c.Of)
			}
		}
	}
	return names
}

// ExportRequest asks for a file with customers.
type ExportRequest struct {
	CustomersRequest
	Path   string `json:"path"`
	Format string `json:"format"` // csv, parquet or ndjson
}

// ExportReport says what was written.
type ExportReport struct {
	Path string      `json:"path"`
	Rows int64       `json:"rows"`
	AsOf period.Date `json:"as_of"`
}

// Export writes customers to a file, sorted by the source's id unless asked
// otherwise, so that equal results are equal files.
func (e *Engine) Export(ctx context.Context, r ExportRequest) (ExportReport, error) {
	if len(r.Sort) == 0 {
		r.Sort = []string{}
	}
	l, columns, read, err := e.listing(ctx, r.CustomersRequest)
	if err != nil {
		return ExportReport{}, err
	}
	if len(r.Sort) == 0 {
		l.OrderBy = []query.Order{query.ByID(false)}
	}
	plan, err := query.ExportOf(l, exportColumns(columns))
	if err != nil {
		return ExportReport{}, err
	}
	text, err := sqltext.Write(plan, sqltext.DuckDB(), sqltext.Options{})
	if err != nil {
		return ExportReport{}, err
	}
	n, err := e.Warehouse.Export(ctx, warehouse.Statement{Text: text.SQL, Args: text.Args}, r.Path, r.Format)
	return ExportReport{Path: r.Path, Rows: n, AsOf: read.asOf}, err
}

func exportColumns(columns []ListColumn) []query.ExportColumn {
	var list []query.ExportColumn
	for _, c := range columns[1:] {
		list = append(list, query.ExportColumn{As: c.Name, Column: c.column, Days: c.Unit == rule.UnitDays})
	}
	return list
}
