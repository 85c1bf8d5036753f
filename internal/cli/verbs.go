package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/explain"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

// withEngine opens the project, runs a verb and closes it, whatever happens.
func (a *app) withEngine(ctx context.Context, verb string, work func(*pipeline.Engine) error) error {
	e, closeAll, err := a.open(ctx, verb)
	if err != nil {
		return err
	}
	return errors.Join(work(e), closeAll())
}

// withPlaced is withEngine for verbs that show where customers stand: by the
// version of the strategy that is applied, and a view by what the folder says.
func (a *app) withPlaced(ctx context.Context, verb string, asOf *period.Date, work func(*pipeline.Engine) error) error {
	return a.withEngine(ctx, verb, func(e *pipeline.Engine) error {
		placed, err := e.Applied(ctx)
		if err != nil {
			return err
		}
		switch {
		case asOf == nil && placed != e:
			if !a.json {
				fmt.Fprintf(a.err, "! the strategy was edited and is not applied yet: %s plan shows who would move\n", a.call())
			}
			return work(placed)
		case !a.json && e.Changed(ctx, asOf):
			fmt.Fprintf(a.err, "! the strategy has changed since this was evaluated: %s does it again\n", again(a, asOf))
		}
		return work(e)
	})
}

// again returns the call that evaluates what a screen shows.
func again(a *app, asOf *period.Date) string {
	if asOf == nil {
		return a.call() + " run"
	}
	return a.call() + " run --as-of " + asOf.String()
}

func (a *app) importCommand() *cobra.Command {
	r := pipeline.ImportRequest{}
	var (
		propose, copied bool
		answers         map[string]string
		watch           = watching{app: a}
	)
	c := &cobra.Command{
		Use:   "import [SOURCE ...]",
		Short: "Read exports as the strategy's sources describe them, or propose how to",
		Long: `Read the files of all sources, or of those named. A file that was read before
changes nothing; a corrected row becomes a new version; a wrong row goes to a
file with the reason, and the rest still loads.

With --suggest, look at FILES (or folders of them) instead and propose how they
become facts: sources.yaml is written, with a reason beside each line. What is
there already is never changed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if watch.folder != "" {
				if propose || len(args) > 0 || a.json {
					return misuseError{errors.New("import --watch takes a folder and nothing else: every source reads the files that its patterns name")}
				}
				r.Root, r.RejectsDir = a.project, filepath.Join(a.dataFolder(), "rejects")
				watch.request = r
				return watch.run(cmd.Context())
			}
			if propose {
				return a.suggest(cmd.Context(), args, answers, copied)
			}
			return a.withEngine(cmd.Context(), "import", func(e *pipeline.Engine) error {
				r.Root, r.Sources, r.Now = a.project, args, a.now()
				r.RejectsDir = filepath.Join(a.dataFolder(), "rejects")
				show, finish := a.progress()
				pipeline.Frugal()
				report, err := e.Import(cmd.Context(), r, show)
				finish()
				if err != nil && len(report.Sources) == 0 {
					return err
				}
				return errors.Join(err, a.answer(report, func() { a.lines(report.Lines()) }))
			})
		},
	}
	c.Flags().BoolVar(&propose, "suggest", false, "propose sources for the FILES or folders named, and import nothing")
	c.Flags().StringToStringVar(&answers, "answers", nil, "with --suggest: `KEY=VALUE` for what the files do not say")
	c.Flags().BoolVar(&copied, "copy", false, "with --suggest: copy files from elsewhere into the project's folder exports")
	c.Flags().StringVar(&watch.folder, "watch", "", "import files as they arrive in a `FOLDER`, until Ctrl+C")
	c.Flags().DurationVar(&watch.every, "every", 5*time.Second, "with --watch: how often to look")
	c.Flags().BoolVar(&r.AcceptRejects, "accept-rejects", false, "load a file although most of its rows are wrong")
	c.Flags().BoolVar(&r.ForgetRejects, "forget-rejects", false, "rows rejected before that are not rejected now are gone for good")
	c.Flags().BoolVar(&r.AllowRetract, "allow-retract", false, "let a snapshot retract more than a tenth of its rows, and a condition more than half")
	return c
}

func (a *app) lines(lines []string) {
	for _, l := range lines {
		fmt.Fprintln(a.out, l)
	}
}

func (a *app) runCommand() *cobra.Command {
	var m moment
	r := pipeline.RunRequest{}
	c := &cobra.Command{
		Use:   "run",
		Short: "Place every customer in its segments",
		Long: `Evaluate the whole base and keep the result, all or nothing. Without --as-of it
is today's placement; with a past date it is a view of that date. With --known-at
it is a view as we saw it then: without what was imported, joined, overridden or
applied since.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := m.read(cmd); err != nil {
				return err
			}
			return a.withEngine(cmd.Context(), "run", func(e *pipeline.Engine) error {
				if m.known != "" {
					then, err := m.then(cmd.Context(), e, a.now())
					if err != nil {
						return err
					}
					e = then
				}
				r.AsOf, r.Now = m.asOf, a.now()
				report, err := e.Run(cmd.Context(), r)
				if errors.Is(err, pipeline.ErrNothingImported) {
					return fmt.Errorf("%w: start with segue import", err)
				}
				if err != nil {
					return err
				}
				return a.answer(report, func() { a.showRun(e, report) })
			})
		},
	}
	m.flags(c, "the `DATE` to evaluate (default today)")
	c.Flags().BoolVar(&r.AcceptLeavers, "accept-leavers", false, "go on although many customers would leave the base")
	return c
}

func (a *app) segmentsCommand() *cobra.Command {
	var m moment
	c := &cobra.Command{
		Use:   "segments [NAME [NAME]]",
		Short: "Count customers and ARR by segment, level or audience, or one lens against another",
		Args:  cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.read(cmd); err != nil {
				return err
			}
			return a.withMoment(cmd.Context(), "segments", &m, func(e *pipeline.Engine) error {
				report, err := e.Segments(cmd.Context(), pipeline.SegmentsRequest{Names: args, AsOf: m.asOf})
				if err != nil {
					return err
				}
				return a.answer(report, func() { a.showSegments(e, report) })
			})
		},
	}
	m.flags(c, seenDay)
	return c
}

// hintRun says what to do when nothing was evaluated.
func hintRun(err error) error {
	var day pipeline.NoDayError
	if errors.As(err, &day) {
		return fmt.Errorf("%w: segue run --as-of %s evaluates that day, and places nobody", err, day.AsOf)
	}
	if errors.Is(err, pipeline.ErrNoRun) {
		return fmt.Errorf("%w: start with segue run (segue run --as-of DATE for a past day)", err)
	}
	return err
}

// listFlags are the options of verbs that list customers.
func listFlags(c *cobra.Command, r *pipeline.CustomersRequest, m *moment) {
	c.Flags().StringVarP(&r.Where, "where", "w", "", `condition, such as 'coverage == "strategic" && arr < 50000'`)
	c.Flags().StringSliceVarP(&r.Columns, "columns", "c", nil, "what to show, such as arr,coverage,industry")
	c.Flags().StringSliceVarP(&r.Sort, "sort", "s", nil, `order, "-arr" for largest first`)
	c.Flags().StringVar(&r.Grain, "by", "", "as one of the segmentations counts customers: account, parent, \"entity: NAME\", contact or \"account x product\"")
	m.flags(c, seenDay)
	c.Flags().IntVar(&r.Offset, "offset", 0, "rows to skip")
}

// checkPage refuses a page that is none.
func checkPage(r pipeline.CustomersRequest) error {
	if r.Limit < 0 || r.Offset < 0 {
		return misuseError{fmt.Errorf("--limit %d --offset %d: want 0 or more", r.Limit, r.Offset)}
	}
	return nil
}

func (a *app) customersCommand() *cobra.Command {
	var m moment
	var overlaps bool
	r := pipeline.CustomersRequest{}
	c := &cobra.Command{
		Use:   "customers",
		Short: "List customers by any condition",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := m.read(cmd); err != nil {
				return err
			}
			if err := checkPage(r); err != nil {
				return err
			}
			return a.withMoment(cmd.Context(), "customers", &m, func(e *pipeline.Engine) error {
				if overlaps {
					report, err := e.Overlaps(cmd.Context(), pipeline.OverlapsRequest{AsOf: m.asOf})
					if err != nil {
						return err
					}
					return a.answer(report, func() { a.showOverlaps(report) })
				}
				r.AsOf = m.asOf
				report, err := e.Customers(cmd.Context(), r)
				if err != nil {
					return err
				}
				return a.answer(report, func() { a.showCustomers(report, r) })
			})
		},
	}
	listFlags(c, &r, &m)
	c.Flags().IntVarP(&r.Limit, "limit", "n", 50, "rows to show, 0 for all")
	c.Flags().BoolVar(&overlaps, "overlaps", false, "instead, contract lines of one product that overlap, and may be counted twice")
	for _, other := range []string{"where", "columns", "sort", "by", "offset", "limit"} {
		c.MarkFlagsMutuallyExclusive("overlaps", other)
	}
	return c
}

func (a *app) exportCommand() *cobra.Command {
	var m moment
	r := pipeline.ExportRequest{}
	c := &cobra.Command{
		Use:   "export FILE",
		Short: "Write customers with their segments to a CSV, Parquet or NDJSON file",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.read(cmd); err != nil {
				return err
			}
			r.Path = args[0]
			if err := checkPage(r.CustomersRequest); err != nil {
				return err
			}
			if r.Format == "" {
				r.Format = strings.TrimPrefix(filepath.Ext(r.Path), ".")
			}
			if r.Format == "jsonl" {
				r.Format = "ndjson"
			}
			if r.Format != "csv" && r.Format != "parquet" && r.Format != "ndjson" {
				return misuseError{fmt.Errorf("write %q: name the file .csv, .parquet or .ndjson, or give --format", r.Path)}
			}
			if info, err := os.Stat(filepath.Dir(r.Path)); err != nil || !info.IsDir() {
				return fmt.Errorf("write %q: there is no folder %q", r.Path, filepath.Dir(r.Path))
			}
			return a.withMoment(cmd.Context(), "export", &m, func(e *pipeline.Engine) error {
				r.AsOf = m.asOf
				report, err := e.Export(cmd.Context(), r)
				if err != nil {
					return err
				}
				return a.answer(report, func() {
					fmt.Fprintf(a.out, "%s as of %s written to %s\n", customers(report.Rows), report.AsOf, report.Path)
				})
			})
		},
	}
	listFlags(c, &r.CustomersRequest, &m)
	c.Flags().IntVarP(&r.Limit, "limit", "n", 0, "rows to write, 0 for all")
	c.Flags().StringVar(&r.Format, "format", "", "csv, parquet or ndjson (default by the file's name)")
	return c
}

func (a *app) explainCommand() *cobra.Command {
	var m moment
	r := pipeline.ExplainRequest{}
	c := &cobra.Command{
		Use:   "explain CUSTOMER [SEGMENTATION]",
		Short: "Say why a customer is where it is, and what would move it",
		Long: "Say why a customer is where it is, and what would move it. Without a segmentation it is the one that says how customers are\n" +
			"looked after (touch), else the first that counts customers as the strategy does; the first line names it.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.read(cmd); err != nil {
				return err
			}
			r.Customer = args[0]
			if len(args) > 1 {
				r.Segmentation = args[1]
			}
			return a.withMoment(cmd.Context(), "explain", &m, func(e *pipeline.Engine) error {
				r.AsOf = m.asOf
				report, err := e.Explain(cmd.Context(), r)
				if err != nil {
					return err
				}
				return a.answer(report, func() {
					report.Text(a.out, explain.TextOptions{Color: a.colored(), Width: min(a.width(), 100)})
				})
			})
		},
	}
	m.flags(c, seenDay)
	return c
}

func (a *app) sqlCommand() *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use:   "sql [NAME]",
		Short: "Print the SQL of a metric, dimension or segmentation",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			date, err := day(asOf)
			if err != nil {
				return err
			}
			return a.withEngine(cmd.Context(), "sql", func(e *pipeline.Engine) error {
				r := pipeline.SQLRequest{AsOf: e.Strategy.Zone.Date(a.now().UnixMicro())}
				if date != nil {
					r.AsOf = *date
				}
				if len(args) == 1 {
					r.Name = args[0]
				}
				text, err := e.SQL(cmd.Context(), r)
				if err != nil {
					return hintRun(err)
				}
				return a.answer(map[string]string{"sql": text}, func() { fmt.Fprint(a.out, text) })
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the `DATE` to evaluate (default today)")
	return c
}

func (a *app) lintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint",
		Short: "Check the strategy: mistakes, and what may not be meant",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, problems, err := a.testedStrategy()
			if err != nil {
				return err
			}
			problems = append(problems, spec.Lint(s)...)
			problems.Sort()
			report := map[string]any{"findings": problems}
			if problems == nil {
				report["findings"] = diag.List{}
			}
			return a.answer(report, func() { a.showLint(s, problems) })
		},
	}
}

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of strategy files, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.out.Write(spec.Schema())
			return err
		},
	}
}

// version is set at build time.
var version = "0.1.0-dev"

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.answer(map[string]string{"version": version}, func() { fmt.Fprintln(a.out, "segue "+version) })
		},
	}
}
