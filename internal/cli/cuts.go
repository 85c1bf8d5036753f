package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/suggest"
)

func (a *app) cutsCommand() *cobra.Command {
	var asOf string
	var csms int64
	r := pipeline.CutsRequest{}
	c := &cobra.Command{
		Use:   "cuts [METRIC | DIMENSION]",
		Short: "Show how a number is spread, and propose where to cut customers by it",
		Long: `Show how a number is spread over the customers of the last run, and three ways to
cut them into levels by it, with the customers and the money in each: as init
does, with the data of today. Nothing is written: take the line that fits. Without
a name it is what is shown as ARR, else the first number that a dimension cuts.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			date, err := day(asOf)
			if err != nil {
				return err
			}
			if csms < 0 {
				return misuseError{fmt.Errorf("--csms %d: want how many CSMs there are, such as 5", csms)}
			}
			r.AsOf = date
			if len(args) == 1 {
				r.Of = args[0]
			}
			return a.withPlaced(cmd.Context(), "cuts", date, func(e *pipeline.Engine) error {
				report, err := e.Cuts(cmd.Context(), r)
				if err != nil {
					return hintRun(err)
				}
				return a.answer(report, func() { a.showCutsReport(report, csms) })
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "a `DATE` that has been run (default the present placement)")
	c.Flags().Int64Var(&csms, "csms", 0, "how many CSMs there are: adds the customers for each")
	return c
}

func (a *app) showCutsReport(r pipeline.CutsReport, csms int64) {
	d := r.Distribution
	why := "no dimension cuts it so far"
	if r.Dimension != "" {
		why = fmt.Sprintf("the dimension %s cuts it now, in %s on line %d", r.Dimension, r.At.File, r.At.Line)
	}
	shown := initiating{app: a, csms: csms, moreCSMs: "--csms 5", value: suggest.Value{Metric: d.Metric, Title: r.Title, Why: why, IsMoney: r.IsMoney}}
	shown.done.Distribution = d
	shown.showDistribution()
	if len(d.Cuts) == 0 {
		return
	}
	if r.Dimension == "" {
		fmt.Fprintf(a.out, "To cut customers by it, put this into dimensions.yaml, with the levels that you take:\n  dimensions:\n    %s_level:\n      of: %s\n      levels: ...\n", d.Metric, d.Metric)
	} else {
		fmt.Fprintf(a.out, "To take one, put its line in the place of the levels of %s:\n", r.Dimension)
	}
	t := newTable("", "")
	for _, c := range d.Cuts {
		t.add("  "+c.Name, c.LevelsYAML())
	}
	t.plain(a.out)
	fmt.Fprintf(a.out, "Then: %s run\n", a.call())
}
