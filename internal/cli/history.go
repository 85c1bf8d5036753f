package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/segmentation"
)

// hintLedger says what to do where nobody has been placed.
func hintLedger(err error) error {
	if errors.Is(err, pipeline.ErrNoLedger) {
		return fmt.Errorf("%w: start with segue run", err)
	}
	return hintRun(err)
}

func (a *app) historyCommand() *cobra.Command {
	r := pipeline.HistoryRequest{}
	c := &cobra.Command{
		Use:   "history CUSTOMER [LENS ...]",
		Short: "Say where a customer has stood, since when, and why it moved",
		Long: `Say where a customer has stood by the ledger of moves: as runs placed it on their
days, whatever became known later. Without a LENS, a segmentation or a dimension,
every segmentation is shown.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Customer, r.Lenses = args[0], args[1:]
			return a.withPlaced(cmd.Context(), "history", nil, func(e *pipeline.Engine) error {
				report, err := e.History(cmd.Context(), r)
				if err != nil {
					return hintLedger(err)
				}
				return a.answer(report, func() { a.showHistory(report) })
			})
		},
	}
	c.Flags().StringVar(&r.Grain, "by", "", "as one of the segmentations counts customers: account, parent, \"entity: NAME\", contact or \"account x product\"")
	return c
}

func (a *app) transitionsCommand() *cobra.Command {
	var from, to string
	r := pipeline.TransitionsRequest{}
	c := &cobra.Command{
		Use:   "transitions [LENS]",
		Short: "Count who moved from where to where between two days, and name them",
		Long: `Count who moved from where to where, in customers and ARR, between the close of
one day and that of another, by the ledger of moves; without --from, since the
first run. Without a LENS, a
segmentation or a dimension, it is the segmentation that says how customers are
looked after.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if r.From, err = day(from); err != nil {
				return err
			}
			if r.To, err = day(to); err != nil {
				return err
			}
			if len(args) == 1 {
				r.Lens = args[0]
			}
			if r.Limit < 0 {
				return misuseError{fmt.Errorf("--limit %d: want 0 or more", r.Limit)}
			}
			return a.withPlaced(cmd.Context(), "transitions", nil, func(e *pipeline.Engine) error {
				report, err := e.Transitions(cmd.Context(), r)
				if err != nil {
					return hintLedger(err)
				}
				return a.answer(report, func() { a.showTransitions(report) })
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "the `DATE` at whose close it begins (default the first run)")
	c.Flags().StringVar(&to, "to", "", "the `DATE` at whose close it ends (default the last run)")
	c.Flags().StringVar(&r.Grain, "by", "", "as one of the segmentations counts customers: account, parent, \"entity: NAME\", contact or \"account x product\"")
	c.Flags().IntVarP(&r.Limit, "limit", "n", 20, "movers to name, 0 for all")
	return c
}

// movesText says how many customers moved, came and left.
func movesText(m pipeline.MoveCount) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		word string
	}{{m.Moved, "moved"}, {m.Came, "came"}, {m.Left, "left"}} {
		if p.n > 0 {
			parts = append(parts, count(p.n)+" "+p.word)
		}
	}
	return strings.Join(parts, ", ")
}

// ledgerWords is how screens call a place of the ledger.
func ledgerWords(place, absent string) string {
	if place == segmentation.Absent {
		return absent
	}
	return placeWords(place)
}

func (a *app) showHistory(r pipeline.HistoryReport) {
	who := r.Customer
	if r.Name != "" {
		who = r.Name + " (" + r.Customer + ")"
	}
	for i, l := range r.Lenses {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		a.headline(who + ", " + l.Title)
		if len(l.Stays) == 0 {
			fmt.Fprintln(a.out, "never placed")
			continue
		}
		t := newTable("From", "Until", "Place", "Before", "Why", "Strategy")
		for _, s := range l.Stays {
			until := ""
			if s.Until != nil {
				until = s.Until.String()
				if *s.Until == s.From {
					until = "same day"
				}
			}
			t.add(s.From.String(), until, placeWords(s.Place), ledgerWords(s.Was, ""), s.Words, fmt.Sprintf("version %d", s.Version))
		}
		t.write(a.out, a.colored())
	}
}

func (a *app) showTransitions(r pipeline.TransitionsReport) {
	since := "the close of " + r.From.String()
	if r.FromFirst {
		since = "the first run, " + r.From.String() + ","
	}
	a.headline(fmt.Sprintf("%s, customers by %s, from %s to the close of %s", r.Title, r.Grain, since, r.To))
	if r.From < r.Begins {
		fmt.Fprintf(a.out, "The ledger begins on %s: who stood where before is not in it.\n", r.Begins)
	}
	a.showMatrix(r, func(c pipeline.Transition) sum { return sum{n: c.Customers} }, func(s sum) string { return count(s.n) })
	if r.Revenue != "" {
		fmt.Fprintf(a.out, "\n%s of the last run, %s\n", r.RevenueTitle, r.Currency)
		untold := int64(0)
		a.showMatrix(r, func(c pipeline.Transition) sum { return sum{c.RevenueMinor, c.Unpriced} }, func(s sum) string {
			if s.n == 0 && s.untold > 0 {
				return pipeline.CantTell
			}
			return amount(s.n, r.Currency)
		})
		for _, c := range r.Cells {
			if c.To != segmentation.Absent { // who is gone is in no last run
				untold += c.Unpriced
			}
		}
		if untold > 0 {
			fmt.Fprintf(a.out, "%s of %s can't be told and is not in the sums.\n", r.RevenueTitle, customers(untold))
		}
	}
	if len(r.Movers) == 0 {
		fmt.Fprintln(a.out, "\nNobody moved.")
		return
	}
	fmt.Fprintln(a.out)
	heads := []string{"Id", "Name", "On", "From", "To"}
	if r.Revenue != "" {
		heads = append(heads, r.RevenueTitle)
	}
	t := newTable(append(heads, "Why")...)
	if r.Revenue != "" {
		t.numbers(5)
	}
	for _, m := range r.Movers {
		cells := []string{m.Customer, m.Name, m.On.String(), ledgerWords(m.From, "new"), ledgerWords(m.To, "gone")}
		if r.Revenue != "" {
			shown := "?"
			if m.Revenue != nil {
				shown = money.FromMajor(*m.Revenue, r.Currency).Rounded()
			}
			cells = append(cells, shown)
		}
		t.add(append(cells, m.Words)...)
	}
	t.write(a.out, a.colored())
	if n := r.Moves - int64(len(r.Movers)); n > 0 {
		fmt.Fprintf(a.out, "... and %s more; --limit 0 names all\n", count(n))
	}
}

// sum is a sum, and of how many customers what belongs to it can't be told.
type sum struct{ n, untold int64 }

func (s sum) add(t sum) sum { return sum{s.n + t.n, s.untold + t.untold} }

// showMatrix writes from -> to: a row for each place at the start, a column for
// each at the end, those who stayed among them.
func (a *app) showMatrix(r pipeline.TransitionsReport, of func(pipeline.Transition) sum, shown func(sum) string) {
	heads := []string{"From \\ to"}
	to := r.Places
	if !slices.ContainsFunc(r.Cells, func(c pipeline.Transition) bool { return c.To == segmentation.Absent }) {
		to = slices.DeleteFunc(slices.Clone(to), func(p string) bool { return p == segmentation.Absent })
	}
	for _, p := range to {
		heads = append(heads, ledgerWords(p, "gone"))
	}
	t := newTable(append(heads, "At start")...)
	for i := range len(to) + 1 {
		t.numbers(i + 1)
	}
	cell := func(s sum) string {
		if s == (sum{}) {
			return "."
		}
		return shown(s)
	}
	ends := make([]sum, len(to))
	for _, from := range r.Places {
		cells, start, any := []string{ledgerWords(from, "new")}, sum{}, false
		for j, place := range to {
			i := slices.IndexFunc(r.Cells, func(c pipeline.Transition) bool { return c.From == from && c.To == place })
			n := sum{}
			if i >= 0 {
				n, any = of(r.Cells[i]), true
			}
			start, ends[j] = start.add(n), ends[j].add(n)
			cells = append(cells, cell(n))
		}
		if from == segmentation.Absent {
			cells = append(cells, "")
		} else {
			cells = append(cells, shown(start))
		}
		if any || from != segmentation.Absent {
			t.add(cells...)
		}
	}
	cells, all := []string{"At end"}, sum{}
	for j, p := range to {
		if p == segmentation.Absent {
			cells = append(cells, "")
			continue
		}
		all = all.add(ends[j])
		cells = append(cells, shown(ends[j]))
	}
	t.add(append(cells, shown(all))...)
	t.write(a.out, a.colored())
}
