package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

func (a *app) testCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test [NAME ...]",
		Short: "Check that golden customers land where they must",
		Long: `Place the golden customers of the project's *.test.yaml files, all of them or
those of the tests named (NAME or NAME/CUSTOMER). It needs no data: each test
brings its facts, or the values of metrics and traits, and its date.

A test covers the fact kinds that it mentions without a gap, so that no row
means none; what rests on any other fact kind is unknown.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, _, err := a.testedStrategy()
			if err != nil {
				return err
			}
			report, err := pipeline.RunTests(cmd.Context(), s, pipeline.TestsRequest{Names: args}, a.inMemory)
			if err != nil {
				return err
			}
			if err := a.answer(report, func() { a.showTests(report) }); err != nil {
				return err
			}
			if len(report.Tests) == 0 {
				return errors.New("there is nothing to test")
			}
			if report.Failed > 0 {
				return fmt.Errorf("%s of %d not where expected", plural(report.Failed, "golden customer"), report.Passed+report.Failed)
			}
			return nil
		},
	}
}

// inMemory opens a warehouse for the few facts of a test, for which more than
// one thread costs more than it saves.
func (a *app) inMemory(ctx context.Context) (warehouse.Warehouse, error) {
	return duckdb.Open(ctx, "", duckdb.Options{Threads: max(a.threads, 1), MemoryLimit: a.memory})
}

const howToTest = `There are no tests in this project. Write one into a file such as coverage.test.yaml:

tests:
  a large customer:
    as_of: 2026-01-31
    customers:
      big_one:
        facts:
          contract: [{starts: 2025-06-01, arr: 150000}]
        expect: {arr: 150000}        # or a level or segment; ~ is unknown
`

func (a *app) showTests(r pipeline.TestsReport) {
	if len(r.Tests) == 0 {
		fmt.Fprint(a.out, howToTest)
		return
	}
	for _, t := range r.Tests {
		for _, c := range t.Customers {
			a.showTested(t, c)
		}
	}
	fmt.Fprintf(a.out, "%s, %s: %d passed, %d failed, in %s\n", plural(len(r.Tests), "test"),
		plural(r.Passed+r.Failed, "customer"), r.Passed, r.Failed, seconds(r.Took))
}

func (a *app) showTested(t pipeline.TestReport, c pipeline.TestedCustomer) {
	if len(c.Failures) == 0 {
		fmt.Fprintf(a.out, "ok    %s/%s\n", t.Name, c.Name)
		return
	}
	head := "FAIL  " + t.Name + "/" + c.Name
	if a.colored() {
		head = bold + head + reset
	}
	fmt.Fprintln(a.out, head)
	for _, f := range c.Failures {
		if f.Want == "" {
			fmt.Fprintf(a.out, "      %s: the %s row is no fact\n", f.At, f.Name)
		} else {
			fmt.Fprintf(a.out, "      %s: %s is %s, want %s\n", f.At, f.Name, f.Got, f.Want)
		}
		if f.Why != "" {
			fmt.Fprintf(a.out, "          %s\n", f.Why)
		}
	}
}
