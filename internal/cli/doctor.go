package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

func (a *app) doctorCommand() *cobra.Command {
	var asOf string
	r := pipeline.DoctorRequest{}
	c := &cobra.Command{
		Use:   "doctor [FINDING]",
		Short: "Say what of the data needs you, the largest ARR first",
		Long: `Show how far each source reaches, then what needs someone: sources that say
different things, customers without contract or usage, contract lines counted
twice, rows of nobody, fields for want of which levels can't be told. Each says
whom it concerns and what to do; FINDING lists all of its rows.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			date, err := day(asOf)
			if err != nil {
				return err
			}
			if r.Limit < 0 {
				return misuseError{fmt.Errorf("--limit %d: want 0 or more", r.Limit)}
			}
			r.AsOf = date
			if len(args) == 1 {
				r.Finding = args[0]
			}
			return a.withPlaced(cmd.Context(), "doctor", date, func(e *pipeline.Engine) error {
				report, err := e.Doctor(cmd.Context(), r)
				if err != nil {
					return hintRun(err)
				}
				return a.answer(report, func() {
					if r.Finding != "" {
						a.showFinding(report, r.Limit)
						return
					}
					a.showCheckup(report)
				})
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "a `DATE` that has been run (default the present placement)")
	c.Flags().IntVarP(&r.Limit, "limit", "n", 50, "with FINDING: rows to show, 0 for all")
	return c
}

func (a *app) showCheckup(r pipeline.Checkup) {
	t := newTable("Source", "Fact", "Rows", "Customers", "ARR", "First", "Last", "Imported", "").numbers(2, 3, 4)
	date := func(d *period.Date) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	share := func(part, all int64) string {
		if all == 0 {
			return ""
		}
		return percent(float64(part) / float64(all))
	}
	for _, s := range r.Sources {
		state := ""
		switch {
		case s.Imported == nil:
			state = "never imported"
		case s.Stale:
			state = "out of date"
		}
		if s.Customers == 0 {
			t.add(s.Source, s.Kind, count(s.Rows), "", "", date(s.First), date(s.Last), date(s.Imported), state)
			continue
		}
		t.add(s.Source, s.Kind, count(s.Rows), share(s.Customers, r.Customers), share(s.Minor, r.Minor), date(s.First), date(s.Last), date(s.Imported), state)
	}
	paid := ""
	if r.Priced {
		paid = ", " + amount(r.Minor, r.Currency) + " ARR"
	}
	a.headline(fmt.Sprintf("How far the sources reach: %s%s, as of %s", customers(r.Customers), paid, r.AsOf))
	t.write(a.out, a.colored())
	fmt.Fprintln(a.out)
	if len(r.Findings) == 0 {
		fmt.Fprintln(a.out, "Nothing needs you.")
		return
	}
	a.headline("Needs you, the largest ARR first")
	for _, f := range r.Findings {
		fmt.Fprintln(a.out, f.Title)
		if who := a.concerns(f, r); who != "" {
			fmt.Fprintln(a.out, "  "+who)
		}
		fmt.Fprintf(a.out, "  To do: %s\n", f.Do)
		command := "doctor " + f.Name
		if f.Command != "" {
			command += ", or " + a.call() + " " + f.Command
		}
		fmt.Fprintf(a.out, "  All of them: %s %s\n", a.call(), command)
	}
}

// concerns says whom a finding is about.
func (a *app) concerns(f pipeline.Finding, r pipeline.Checkup) string {
	var parts []string
	if f.Customers > 0 {
		parts = append(parts, customers(f.Customers))
	}
	if r.Priced && (f.Customers > 0 || f.Minor != 0) {
		parts = append(parts, amount(f.Minor, r.Currency)+" ARR")
	}
	if f.Hint {
		parts = append(parts, "a hint")
	}
	out := strings.Join(parts, ", ")
	if len(f.Largest) > 0 {
		names := make([]string, len(f.Largest))
		for i, name := range f.Largest {
			names[i] = strings.Map(visible, name)
		}
		if out != "" {
			out += ": "
		}
		out += strings.Join(names, ", ")
		if int(f.Rows) > len(names) {
			out += " ..."
		}
	}
	return out
}

func (a *app) showFinding(r pipeline.Checkup, limit int) {
	f := r.Findings[0]
	a.headline(f.Title)
	t := newTable("Id", "Name", "ARR", "What").numbers(2)
	t.wide = true
	for _, i := range f.List {
		arr := ""
		if i.Minor != nil && r.Priced {
			arr = amount(*i.Minor, r.Currency)
		}
		t.add(i.Account, i.Name, arr, i.What)
	}
	t.write(a.out, a.colored())
	if who := a.concerns(f, r); who != "" {
		fmt.Fprintln(a.out, who)
	}
	fmt.Fprintf(a.out, "As of %s. To do: %s\n", r.AsOf, f.Do)
	if limit > 0 && int64(len(f.List)) < f.Rows {
		fmt.Fprintf(a.out, "The first %d of %s; all of them: --limit 0\n", len(f.List), count(f.Rows))
	}
}
