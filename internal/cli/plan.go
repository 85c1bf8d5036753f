package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

// errMoves ends a plan that has moves with an exit code of its own.
var errMoves = errors.New("the plan has moves")

// hintApplied says what to do where no version is applied yet.
func hintApplied(err error) error {
	if errors.Is(err, pipeline.ErrNothingApplied) {
		return fmt.Errorf("%w: segue run applies the first, and places everybody by it as of today; a plan compares with that", err)
	}
	return err
}

func (a *app) planCommand() *cobra.Command {
	var out, page string
	var code bool
	r := pipeline.PlanRequest{}
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show who would move if the strategy as it is written now were applied",
		Long: `Evaluate the strategy of the folder beside the version that is applied, both as of
today and on the same facts, and show what is different: definitions, customers and
ARR from -> to, who moves and why, whose contract ends soon, and the load of each
owner. It changes nothing; segue apply does. With --out, the plan is a file that
segue apply holds its moves against; with --html, a page for people.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if r.Limit < 0 {
				return misuseError{fmt.Errorf("--limit %d: want 0 or more", r.Limit)}
			}
			return a.withEngine(cmd.Context(), "plan", func(e *pipeline.Engine) error {
				r.Now = a.now()
				limit := r.Limit
				if out != "" || page != "" {
					r.Limit = 0
				}
				report, err := e.Plan(cmd.Context(), r)
				if err != nil {
					return hintApplied(err)
				}
				if out != "" {
					if err := writePlan(out, report); err != nil {
						return err
					}
				}
				if page != "" {
					if err := writePlanPage(page, report, r.Now); err != nil {
						return err
					}
				}
				err = a.answer(report, func() {
					a.showPlan(report, limit)
					if report.FromHash != report.ToHash {
						fmt.Fprintf(a.out, "\nNothing is changed yet: %s apply does it.\n", a.call())
					}
					if page != "" {
						fmt.Fprintf(a.out, "\nA page to send around: %s\n", page)
					}
					if out != "" && len(report.Changes) > 0 {
						fmt.Fprintf(a.out, "\nWritten to %s. To do just that: %s apply %s\n", out, a.call(), out)
					}
				})
				if err == nil && code && report.Moves() > 0 {
					return errMoves
				}
				return err
			})
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "write the plan, with all movers, to a `FILE` for segue apply")
	c.Flags().StringVar(&page, "html", "", "write the plan as a page to a `FILE` that needs no other, to send around")
	c.Flags().Int64Var(&r.Version, "version", 0, "plan to go back to an older `VERSION` of the strategy")
	c.Flags().BoolVar(&code, "exit-code", false, "exit with 3 when customers would move")
	c.Flags().IntVarP(&r.Limit, "limit", "n", 10, "movers to name in each segmentation, 0 for all")
	return c
}

func writePlan(name string, p pipeline.PlanReport) error {
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

func readPlan(name string) (*pipeline.PlanReport, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var p pipeline.PlanReport
	if err := json.Unmarshal(text, &p); err != nil || p.FromHash == "" {
		return nil, fmt.Errorf("%s is no plan: segue plan --out FILE writes one", name)
	}
	for _, l := range p.Lenses {
		if l.Kind == pipeline.LensSegmentation && int64(len(l.Movers)) < l.Moves() {
			return nil, fmt.Errorf("%s names only some of those who move: segue plan --out FILE writes all", name)
		}
	}
	return &p, nil
}

func (a *app) applyCommand() *cobra.Command {
	var yes bool
	var most float64
	r := pipeline.ApplyRequest{}
	c := &cobra.Command{
		Use:   "apply [PLAN]",
		Short: "Place customers by the strategy as it is written now",
		Long: `Bring the placement up to date by the version that is applied, then place
customers by the strategy of the folder, on the same facts. With a PLAN that segue
plan --out wrote, it does just what the plan says, or says who and what differs.
Without one it shows the plan and asks; where nobody can be asked, --yes goes on,
as long as no segmentation moves more than --most-moves percent of its customers.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if most < 0 || most > 100 {
				return misuseError{fmt.Errorf("--most-moves %g: want a share of 0 to 100 %%", most)}
			}
			if len(args) == 1 {
				var err error
				if r.Agreed, err = readPlan(args[0]); err != nil {
					return err
				}
				if r.Version == 0 {
					r.Version = r.Agreed.To
				}
			}
			return a.withEngine(cmd.Context(), "apply", func(e *pipeline.Engine) error {
				r.Now, r.MostMoves = a.now(), most/100
				if r.Agreed == nil && !yes {
					agreed, err := a.agree(cmd, e, r)
					if err != nil || agreed == nil {
						return err
					}
					r.Agreed = agreed
				}
				report, err := e.Apply(cmd.Context(), r)
				if err != nil {
					if len(report.Drift) > 0 {
						a.showDrift(report)
						return fmt.Errorf("%w: plan again, or go on with --accept-drift", err)
					}
					if errors.Is(err, pipeline.ErrManyMoves) {
						return fmt.Errorf("%w: look at segue plan, then go on with --most-moves", err)
					}
					if errors.Is(err, pipeline.ErrSuperseded) {
						return fmt.Errorf("%w: plan again", err)
					}
					return hintApplied(err)
				}
				return a.answer(report, func() { a.showApplied(e, report) })
			})
		},
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	c.Flags().Float64Var(&most, "most-moves", 20, "with --yes: the `PERCENT` of a segmentation's customers that may move")
	c.Flags().Int64Var(&r.Version, "version", 0, "go back to an older `VERSION` of the strategy")
	c.Flags().BoolVar(&r.AcceptDrift, "accept-drift", false, "go on although others move than the plan says")
	c.Flags().BoolVar(&r.AcceptLeavers, "accept-leavers", false, "go on although many customers would leave the base")
	return c
}

// agree shows the plan and asks; nil is no.
func (a *app) agree(cmd *cobra.Command, e *pipeline.Engine, r pipeline.ApplyRequest) (*pipeline.PlanReport, error) {
	if !isTerminal(a.out) || a.json {
		return nil, misuseError{errors.New("apply asks before it moves customers, and there is nobody to ask: name a plan that segue plan --out wrote, or say --yes (segue apply --help says more)")}
	}
	plan, err := e.Plan(cmd.Context(), pipeline.PlanRequest{Now: r.Now, Version: r.Version})
	if err != nil {
		return nil, hintApplied(err)
	}
	a.showPlan(plan, 10)
	if plan.FromHash == plan.ToHash {
		return nil, nil
	}
	fmt.Fprint(a.out, "\nApply this? [y/N] ")
	answer, _ := bufio.NewReader(a.in).ReadString('\n')
	if s := strings.ToLower(strings.TrimSpace(answer)); s != "y" && s != "yes" {
		fmt.Fprintln(a.out, "Nothing was changed.")
		return nil, nil
	}
	return &plan, nil
}

// changeWords says how a definition differs.
func changeWords(c spec.Change) string {
	what := c.Kind
	if c.Name != "" {
		what += " " + c.Name
	}
	switch c.How {
	case spec.Follows:
		return what + " follows what it is made of"
	case spec.Changed:
		return what + " is changed"
	}
	return what + " is " + c.How
}

func (a *app) showPlan(p pipeline.PlanReport, limit int) {
	if p.FromHash == p.ToHash {
		fmt.Fprintf(a.out, "Nothing to apply: the strategy is that of version %d, which is applied.\n", p.From)
		return
	}
	to := "the strategy as it is written now"
	if p.To > 0 {
		to = fmt.Sprintf("version %d again", p.To)
	}
	fmt.Fprintf(a.out, "From version %d to %s, both as of %s and on the same facts\n\n", p.From, to, p.AsOf)
	for _, c := range p.Changes {
		fmt.Fprintln(a.out, "  "+changeWords(c))
	}
	moves := false
	for _, l := range p.Lenses {
		moves = moves || l.Moves() > 0 || l.How != ""
		a.showPlannedLens(p, l, limit)
	}
	if !moves {
		fmt.Fprintln(a.out, "\nNobody moves.")
	}
	a.showLoad(p)
	for _, line := range planNotes(p) {
		fmt.Fprintln(a.out, "\n"+line)
	}
}

// planNotes are what else to know before a plan is applied.
func planNotes(p pipeline.PlanReport) []string {
	var notes []string
	if p.News {
		notes = append(notes, fmt.Sprintf("Facts or overrides came since the last placement: apply first places by version %d on them, and those moves are not in this plan.", p.From))
	}
	if len(p.Void) == 0 {
		return notes
	}
	const most = 5
	var who []string
	for _, o := range p.Void[:min(len(p.Void), most)] {
		who = append(who, fmt.Sprintf("%s to %s in %s", strings.Map(visible, o.Customer), placeWords(o.Place), o.LensTitle))
	}
	if more := len(p.Void) - most; more > 0 {
		who = append(who, fmt.Sprintf("and %d more", more))
	}
	return append(notes, "Overrides that would do nothing any more: "+strings.Join(who, ", ")+".")
}

func (a *app) showPlannedLens(p pipeline.PlanReport, l pipeline.PlannedLens, limit int) {
	switch {
	case l.How == spec.Added && l.Kind == pipeline.LensSegmentation:
		fmt.Fprintf(a.out, "\n%s is new: everybody gets a first place in it.\n", l.Title)
		return
	case l.How == spec.Removed && l.Kind == pipeline.LensSegmentation:
		fmt.Fprintf(a.out, "\n%s ends: its history stays.\n", l.Title)
		return
	case l.How == "" && l.Moves() == 0 && l.Undecided != l.UndecidedThen:
		fmt.Fprintln(a.out)
		a.headline(l.Title + ": nobody moves")
		a.showUndecided(l)
		return
	case l.How != "" || l.Moves() == 0:
		return
	case l.Kind != pipeline.LensSegmentation:
		fmt.Fprintf(a.out, "\n%s: %s of %s\n", l.Title, movesText(pipeline.MoveCount{Moved: l.Moved, Came: l.Came, Left: l.Left}), customers(l.Customers))
		return
	}
	fmt.Fprintln(a.out)
	a.headline(fmt.Sprintf("%s: %s of %s", l.Title, movesText(pipeline.MoveCount{Moved: l.Moved, Came: l.Came, Left: l.Left}), customers(l.Customers)))
	shown := pipeline.TransitionsReport{Places: l.Places, Cells: l.Cells, Currency: p.Currency}
	a.showMatrix(shown, func(c pipeline.Transition) sum { return sum{c.Customers, 0} }, func(s sum) string { return count(s.n) })
	if p.Revenue != "" {
		fmt.Fprintln(a.out)
		a.headline(p.RevenueTitle)
		a.showMatrix(shown, func(c pipeline.Transition) sum { return sum{c.RevenueMinor, c.Unpriced} }, func(s sum) string {
			if s.n == 0 && s.untold > 0 {
				return pipeline.CantTell
			}
			return amount(s.n, p.Currency)
		})
	}
	if before, then := l.Dark(); before != then {
		fmt.Fprintf(a.out, "Can't be told: %s now, %s then.\n", customers(before), count(then))
	}
	a.showUndecided(l)
	if l.Renewing > 0 {
		worth := ""
		if p.Revenue != "" {
			worth = ", " + amount(l.RenewingM, p.Currency) + " of " + p.RevenueTitle
		}
		fmt.Fprintf(a.out, "Among them, with a contract that ends within %d days: %s%s.\n", p.Renewing, customers(l.Renewing), worth)
	}
	a.showPlannedMovers(p, l, limit)
}

// showUndecided says how many stand where they do for want of data, where a plan
// changes that.
func (a *app) showUndecided(l pipeline.PlannedLens) {
	if words := undecidedWords(l); words != "" {
		fmt.Fprintln(a.out, words)
	}
}

func undecidedWords(l pipeline.PlannedLens) string {
	if l.Undecided == l.UndecidedThen {
		return ""
	}
	return fmt.Sprintf("Undecided for want of data: %s now, %s then.", customers(l.Undecided), count(l.UndecidedThen))
}

func (a *app) showPlannedMovers(p pipeline.PlanReport, l pipeline.PlannedLens, limit int) {
	fmt.Fprintln(a.out)
	heads := []string{"Id", "Name", "From", "To"}
	if p.Revenue != "" {
		heads = append(heads, p.RevenueTitle)
	}
	t := newTable(append(heads, "Because", "Renews")...)
	if p.Revenue != "" {
		t.numbers(4)
	}
	movers := l.Movers
	if limit > 0 && len(movers) > limit {
		movers = movers[:limit]
	}
	for _, m := range movers {
		cells := []string{m.Customer, m.Name, ledgerWords(m.From, "new"), ledgerWords(m.To, "gone")}
		if p.Revenue != "" {
			revenue := "?"
			if m.Revenue != nil {
				revenue = money.FromMajor(*m.Revenue, p.Currency).Rounded()
			}
			cells = append(cells, revenue)
		}
		renews := ""
		if m.Renews != nil {
			renews = m.Renews.String()
		}
		t.add(append(cells, becauseWords(m), renews)...)
	}
	t.write(a.out, a.colored())
	if n := l.Moves() - int64(len(movers)); n > 0 {
		fmt.Fprintf(a.out, "... and %s more; --limit 0 names all\n", count(n))
	}
}

// becauseWords says what moves a customer.
func becauseWords(m pipeline.PlannedMove) string {
	if len(m.Steps) == 0 {
		if m.From == segmentation.Absent || m.To == segmentation.Absent {
			return "who is a customer"
		}
		return "its rules"
	}
	steps := make([]string, len(m.Steps))
	for i, s := range m.Steps {
		steps[i] = fmt.Sprintf("%s %s -> %s", s.Title, placeWords(s.From), placeWords(s.To))
	}
	return strings.Join(steps, ", ")
}

func (a *app) showLoad(p pipeline.PlanReport) {
	if p.Load == nil || len(p.Load.Owners) == 0 {
		return
	}
	fmt.Fprintln(a.out)
	a.headline("Customers of each owner, now -> then")
	t := newTable(append([]string{"Owner"}, p.Load.Touches...)...)
	for i := range p.Load.Touches {
		t.numbers(i + 1)
	}
	const most = 12
	for i, o := range p.Load.Owners {
		if i == most {
			break
		}
		who := o.Owner
		if who == "" {
			who = "(nobody)"
		}
		cells := []string{who}
		for i := range o.Before {
			cell := count(o.Before[i])
			if o.Before[i] != o.Then[i] {
				cell += " -> " + count(o.Then[i])
			}
			cells = append(cells, cell)
		}
		t.add(cells...)
	}
	t.write(a.out, a.colored())
	if n := len(p.Load.Owners) - most; n > 0 {
		fmt.Fprintf(a.out, "... and %d more owners\n", n)
	}
	switch n := p.Load.Same; {
	case n == 1:
		fmt.Fprintln(a.out, "The load of one other owner stays.")
	case n > 1:
		fmt.Fprintf(a.out, "The load of %s other owners stays.\n", count(int64(n)))
	}
}

func (a *app) showApplied(e *pipeline.Engine, r pipeline.ApplyReport) {
	if r.Run.Run == 0 {
		a.showPlan(r.Plan, 0)
		return
	}
	for _, m := range r.Updated.Moves {
		fmt.Fprintf(a.out, "First, by version %d on the facts of now, by %s: %s.\n", r.Updated.Version, m.Segmentation, movesText(m))
	}
	if len(r.Drift) > 0 {
		a.showDrift(r)
	}
	a.showRun(e, r.Run)
}

func (a *app) showDrift(r pipeline.ApplyReport) {
	fmt.Fprintln(a.out, "Not as planned:")
	t := newTable("In", "Id", "Name", "Planned", "Now")
	say := func(m *pipeline.PlannedMove) string {
		if m == nil {
			return "stays"
		}
		return ledgerWords(m.From, "new") + " -> " + ledgerWords(m.To, "gone")
	}
	for _, d := range r.Drift {
		if d.Counts != nil {
			t.add(d.Dimension, "", "", counted(d.Counts[0], "move", "moves"), counted(d.Counts[1], "move", "moves"))
			continue
		}
		t.add(d.Segmentation, d.Customer, d.Name, say(d.Agreed), say(d.Now))
	}
	t.write(a.out, a.colored())
	for _, s := range r.Since {
		fmt.Fprintf(a.out, "Imported since the plan: %s, at %s\n", s.Source, s.On.Format("2006-01-02 15:04"))
	}
	if len(r.Since) == 0 {
		fmt.Fprintln(a.out, "Nothing was imported since the plan: it is the day that has changed, or what was decided of accounts.")
	}
}
