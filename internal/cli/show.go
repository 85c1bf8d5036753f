package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

func (a *app) showRun(e *pipeline.Engine, r pipeline.RunReport) {
	a.warnSources(r)
	a.warnContracts(r)
	if r.View {
		by := ""
		if r.Version > 0 {
			by = fmt.Sprintf(", strategy version %d", r.Version)
		}
		fmt.Fprintf(a.out, "Customers seen as of %s%s, in %s. A view: it places nobody.\n", r.AsOf, by, seconds(r.Took))
	} else {
		fmt.Fprintf(a.out, "Customers placed as of %s, strategy version %d, in %s\n", r.AsOf, r.Version, seconds(r.Took))
	}
	if r.Lapsed > 0 {
		fmt.Fprintf(a.out, "Contracts count for %d days after their end while their renewal is open (late_renewal_grace).\n", r.Lapsed)
	}
	if n := len(r.CaughtUp); n > 0 {
		fmt.Fprintln(a.out, caughtUpText(r.CaughtUp))
	}
	if r.Pending {
		fmt.Fprintf(a.err, "! the strategy was edited since version %d: it is not applied yet. %s plan shows who would move, %s apply does it\n", r.Version, a.call(), a.call())
	}
	if r.Unchanged {
		fmt.Fprintln(a.out, "Nothing is new since the last run: everybody stays.")
	}
	for _, m := range r.Moves {
		fmt.Fprintf(a.out, "Since the run before, by %s: %s. %s lists them.\n", m.Segmentation, movesText(m), a.call()+" transitions "+m.Segmentation)
	}
	for _, g := range r.Grains {
		if g.Accounts > 0 {
			fmt.Fprintf(a.out, "Counted by %s: %s accounts are %s\n", g.Grain, count(g.Accounts), customers(g.Customers))
		}
		for _, s := range g.Segmentations {
			fmt.Fprintln(a.out)
			a.showCounts(s)
		}
	}
}

// caughtUpText says which missed days were evaluated first, and what moved.
func caughtUpText(days []pipeline.CaughtUp) string {
	text := fmt.Sprintf("Caught up %d days, %s to %s", len(days), days[0].AsOf, days[len(days)-1].AsOf)
	if len(days) == 1 {
		text = fmt.Sprintf("Caught up 1 day, %s", days[0].AsOf)
	}
	moves := int64(0)
	for _, d := range days {
		for _, m := range d.Moves {
			moves += m.Moved + m.Came + m.Left
		}
	}
	switch moves {
	case 0:
		return text + ": nobody moved."
	case 1:
		return text + ": 1 move."
	}
	return fmt.Sprintf("%s: %s moves.", text, count(moves))
}

// warnSources says first which sources do not reach the day asked for.
func (a *app) warnSources(r pipeline.RunReport) {
	for _, s := range r.Ends {
		if s.Stale {
			a.warn(fmt.Sprintf("source %s ends on %s, too long before %s: figures that need it are unknown", s.Source, s.Last, r.AsOf))
		}
	}
	for _, s := range r.Begins {
		a.warn(fmt.Sprintf("source %s begins on %s: figures that look further back are unknown", s.Source, s.First))
	}
	if r.SuggestedAsOf != nil {
		a.warn(fmt.Sprintf("to see the last day that all sources reach: %s run --as-of %s", a.call(), r.SuggestedAsOf))
	}
}

// namedOverlaps is how many customers with contract lines that overlap a run
// names.
const namedOverlaps = 3

// warnContracts says which links of the family tree do not count, which
// contract lines may be counted twice, and when none of them runs.
func (a *app) warnContracts(r pipeline.RunReport) {
	if len(r.SecondParents) > 0 {
		a.warn(pipeline.SecondParentWords(r.SecondParents))
	}
	if len(r.Circles) > 0 {
		a.warn(pipeline.CircleWords(r.Circles))
	}
	for _, n := range r.NoRates {
		a.warn(n.Words())
	}
	for _, l := range r.LeftOver {
		a.warn(l.Words(a.call() + " match"))
	}
	for _, n := range r.Anybodys {
		a.warn(n.Words() + "; " + a.call() + " doctor says more")
	}
	if r.NothingRuns {
		a.warn(fmt.Sprintf("no contract runs on %s, so all ARR is 0: are the contracts up to date? %s reconcile says what has ended, and run --as-of DAY shows an earlier day", r.AsOf, a.call()))
	}
	o := r.Overlaps
	if o == nil {
		return
	}
	has, each := "have", ""
	if o.Customers == 1 {
		has = "has"
	}
	if o.OlderMinor > 0 {
		each = fmt.Sprintf("; %s too much if the newest of each stands alone", money.Amount{Minor: o.OlderMinor, Currency: o.Currency}.Rounded())
	}
	a.warn(fmt.Sprintf("%s %s contract lines of one product that overlap, %s ARR, all of it counted%s",
		customers(o.Customers), has, money.Amount{Minor: o.Minor, Currency: o.Currency}.Rounded(), each))
	for i, x := range o.List {
		if i == namedOverlaps {
			break
		}
		fmt.Fprintf(a.out, "    %s: %s\n", overlapName(x), x.Words(o.Currency))
	}
	fmt.Fprintf(a.out, "  Where a line replaces an older one, say so under supersedes or end the older. All of them: %s customers --overlaps\n", a.call())
}

func overlapName(x pipeline.Overlap) string {
	if x.Name == "" {
		return x.Account
	}
	return x.Name
}

func (a *app) showOverlaps(o pipeline.Overlaps) {
	if len(o.List) == 0 {
		fmt.Fprintf(a.out, "No contract lines of one product overlap as of %s\n", o.AsOf)
		return
	}
	t := newTable("Id", "Name", "Product", "Line", "Starts", "Ends", "ARR").numbers(6)
	for _, x := range o.List {
		for _, l := range x.Lines {
			ends, arr := "open", "?"
			if l.Ends != nil {
				ends = l.Ends.String()
			}
			if l.Minor != nil {
				arr = money.Amount{Minor: *l.Minor, Currency: o.Currency}.Rounded()
			}
			t.add(x.Account, x.Name, x.Product, l.Line, l.Starts.String(), ends, arr)
		}
	}
	t.write(a.out, a.colored())
	fmt.Fprintf(a.out, "%s as of %s, %s ARR in lines that overlap; %s of it is older than the newest line of each\n", customers(o.Customers), o.AsOf,
		money.Amount{Minor: o.Minor, Currency: o.Currency}.Rounded(), money.Amount{Minor: o.OlderMinor, Currency: o.Currency}.Rounded())
}

func (a *app) warn(text string) {
	if a.colored() {
		text = yellow + text + reset
	}
	fmt.Fprintln(a.out, "! "+text)
}

func (a *app) showSegments(_ *pipeline.Engine, r pipeline.SegmentsReport) {
	if r.Cross != nil {
		a.showCross(*r.Cross)
		return
	}
	for i, c := range r.Counts {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		a.showCounts(c)
	}
	for i, c := range r.Audiences {
		if i > 0 || len(r.Counts) > 0 {
			fmt.Fprintln(a.out)
		}
		a.showAudiences(c)
	}
}

func (a *app) showCounts(c pipeline.SegmentationCounts) {
	title := c.Segmentation
	if c.Title != "" {
		title = c.Title + " (" + c.Segmentation + ")"
	}
	a.headline(fmt.Sprintf("%s, by %s, as of %s", title, c.Grain, c.AsOf))
	total := pipeline.SegmentCount{Customers: c.Customers, RevenueMinor: c.RevenueMinor}
	if c.Customers > 0 {
		total.Share = 1
	}
	if c.RevenueMinor != 0 {
		total.RevenueShare = 1
	}
	for _, s := range c.Segments {
		total.Provisional += s.Provisional
		total.Undecided += s.Undecided
		total.Unpriced += s.Unpriced
	}
	heads, right := []string{"Segment", "Customers", "Share"}, []int{1, 2}
	if c.Revenue != "" {
		heads, right = append(heads, "ARR", "Share"), append(right, 3, 4)
	}
	if total.Undecided > 0 {
		heads, right = append(heads, "Undecided"), append(right, len(heads))
	}
	t := newTable(append(heads, "Touch")...).numbers(right...)
	row := func(name string, s pipeline.SegmentCount, touch string) {
		cells := []string{name, count(s.Customers), percent(s.Share)}
		if c.Revenue != "" {
			cells = append(cells, revenueCells(s.Customers, s.Unpriced, s.RevenueMinor, s.RevenueShare, c.Currency)...)
		}
		if total.Undecided > 0 {
			cells = append(cells, count(s.Undecided))
		}
		t.add(append(cells, touch)...)
	}
	for _, s := range c.Segments {
		row(placeWords(s.Name), s, s.Touch)
	}
	row("Total", total, "")
	t.write(a.out, a.colored())
	a.showGaps(c, total)
}

// revenueCells are the revenue of some customers and its share; where none of
// them has one that is known, there is no amount to show.
func revenueCells(customers, unpriced, minor int64, share float64, c money.Currency) []string {
	if customers > 0 && unpriced == customers {
		return []string{"can't tell", ""}
	}
	return []string{amount(minor, c), percent(share)}
}

func (a *app) showGaps(c pipeline.SegmentationCounts, total pipeline.SegmentCount) {
	if total.Undecided > 0 {
		fmt.Fprintf(a.out, "Undecided for want of data: %s. List them: %s customers -w %s.undecided\n",
			customers(total.Undecided), a.call(), c.Segmentation)
	}
	if total.Unpriced > 0 && c.Revenue != "" {
		fmt.Fprintf(a.out, "ARR of %s can't be told and is not in the sums.\n", customers(total.Unpriced))
	}
	if len(c.Lacking) == 0 {
		return
	}
	var parts, rejected []string
	for i, l := range c.Lacking {
		if l.Rejected != "" && !slices.Contains(rejected, l.Rejected) {
			rejected = append(rejected, l.Rejected)
		}
		if i == 4 {
			parts = append(parts, fmt.Sprintf("and %d more", len(c.Lacking)-i))
			break
		}
		title := l.Title
		if l.NotJudged {
			title += ", not judged"
		}
		part := fmt.Sprintf("%s (%s", title, customers(l.Customers))
		if c.Revenue != "" && l.Name != c.Revenue {
			part += ", " + amount(l.RevenueMinor, c.Currency) + " ARR"
		}
		parts = append(parts, part+")")
	}
	fmt.Fprintf(a.out, "What is missing: %s.\n", strings.Join(parts, ", "))
	if len(rejected) > 0 {
		fmt.Fprintf(a.out, "Rejected %s rows may be why: %s doctor\n", strings.Join(rejected, " and "), a.call())
	}
}

func customers(n int64) string {
	if n == 1 {
		return "1 customer"
	}
	return count(n) + " customers"
}

func (a *app) headline(text string) {
	if a.colored() {
		text = bold + text + reset
	}
	fmt.Fprintln(a.out, text)
}

// placeWords is a segment or level as screens call it.
func placeWords(name string) string {
	if name == segmentation.Unknown {
		return pipeline.CantTell
	}
	return name
}

func (a *app) showCross(c pipeline.CrossTab) {
	a.headline(fmt.Sprintf("%s by %s, customers, by %s, as of %s", c.Rows, c.Columns, c.Grain, c.AsOf))
	heads := []string{""}
	for _, place := range c.ColumnPlaces {
		heads = append(heads, placeWords(place))
	}
	t := newTable(append(heads, "Total")...)
	for i := range len(c.ColumnPlaces) + 1 {
		t.numbers(i + 1)
	}
	totals := make([]int64, len(c.ColumnPlaces)+1)
	for i, place := range c.RowPlaces {
		cells, sum := []string{placeWords(place)}, int64(0)
		for j, n := range c.Customers[i] {
			cells = append(cells, count(n))
			sum += n
			totals[j] += n
		}
		totals[len(totals)-1] += sum
		t.add(append(cells, count(sum))...)
	}
	cells := []string{"Total"}
	for _, n := range totals {
		cells = append(cells, count(n))
	}
	t.add(cells...)
	t.write(a.out, a.colored())
}

func (a *app) showCustomers(r pipeline.CustomersReport, asked pipeline.CustomersRequest) {
	heads := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		heads[i] = c.Title
	}
	t := newTable(heads...)
	for i, c := range r.Columns {
		if c.Type == rule.TypeNumber {
			t.numbers(i)
		}
	}
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = cell(r.Columns[i], v, r.Currency)
		}
		t.add(cells...)
	}
	t.write(a.out, a.colored())
	for _, x := range r.Erased {
		fmt.Fprintln(a.out, x)
	}
	if shown := int64(len(r.Rows)); asked.Offset > 0 {
		fmt.Fprintf(a.out, "%s of %s as of %s, after the first %s\n", count(shown), customers(r.Total), r.AsOf, count(int64(asked.Offset)))
		return
	} else if shown < r.Total {
		fmt.Fprintf(a.out, "The first %s of %s as of %s; --limit 0 shows all.\n", count(shown), customers(r.Total), r.AsOf)
		return
	}
	fmt.Fprintf(a.out, "%s as of %s\n", customers(int64(len(r.Rows))), r.AsOf)
}

func cell(c pipeline.ListColumn, v any, currency money.Currency) string {
	switch v := v.(type) {
	case nil:
		if c.Kind == "level" || c.Kind == "segment" {
			return pipeline.CantTell
		}
		return "?"
	case pipeline.MoreThan:
		return "> " + number(v.More)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		switch c.Unit {
		case rule.UnitMoney:
			return money.FromMajor(v, currency).Rounded()
		case rule.UnitRatio:
			return percent(v)
		}
		return number(v)
	case int64:
		return count(v)
	case string:
		return placeWords(v)
	}
	return fmt.Sprint(v)
}

func (a *app) showLint(s *spec.Strategy, problems diag.List) {
	for _, p := range problems {
		fmt.Fprintln(a.out, p)
	}
	if len(problems) > 0 {
		fmt.Fprintln(a.out)
	}
	fmt.Fprintf(a.out, "Strategy %s holds: %s, %s, %s, %s; %s\n", s.Name,
		plural(len(s.Metrics), "metric"), plural(len(s.Dimensions), "dimension"),
		plural(len(s.Segmentations), "segmentation"), plural(len(s.Audiences), "audience"),
		plural(len(problems), "warning"))
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
