package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/demo"
	"github.com/segue-cs/segue/internal/pipeline"
)

func (a *app) demoCommand() *cobra.Command {
	var (
		dir      = "segue-demo"
		accounts = 500
		seed     = uint64(1)
		asOf     string
		events   float64
		replace  bool
	)
	c := &cobra.Command{
		Use:   "demo",
		Short: "Make a believable customer base, segment it and show the result",
		Long: `Write the exports of an imaginary software company into a folder, with a strategy
beside them, import them and place every customer. Nothing outside the folder is
touched. The same seed and date give the same base.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			date, err := day(asOf)
			if err != nil {
				return err
			}
			today := a.now().UTC()
			if date != nil {
				if date.Time().After(today) {
					return misuseError{fmt.Errorf("make the demo base: %s is still to come", date)}
				}
				today = date.Time()
			}
			if err := a.demoFolder(dir, replace); err != nil {
				return err
			}
			begun := time.Now()
			_, err = demo.Write(cmd.Context(), demo.Options{Dir: dir, Accounts: accounts, Seed: seed, AsOf: today, EventsPerAccount: events})
			if err != nil {
				return fmt.Errorf("make the demo base: %w", err)
			}
			if err := copyFiles(examples.Acme(), dir); err != nil {
				return err
			}
			a.project = dir
			if !a.json {
				fmt.Fprintf(a.out, "A base of %s accounts was written to %s in %s.\n\n", count(int64(accounts)), dir, seconds(time.Since(begun)))
			}
			return a.withEngine(cmd.Context(), "demo", func(e *pipeline.Engine) error {
				return a.runDemo(cmd, e, accounts, date != nil, today)
			})
		},
	}
	c.Flags().StringVar(&dir, "dir", dir, "folder to write")
	c.Flags().IntVar(&accounts, "accounts", accounts, "accounts, 100 to 1,000,000")
	c.Flags().Uint64Var(&seed, "seed", seed, "another seed, another base")
	c.Flags().StringVar(&asOf, "as-of", "", "the last day of the base (default today)")
	c.Flags().Float64Var(&events, "events", 0, "events per account within half a year (default 80)")
	c.Flags().BoolVar(&replace, "replace", false, "replace an earlier demo in the folder")
	return c
}

// demoMark is in folders that a demo made, and that it may empty again.
const demoMark = ".segue-demo"

// demoFolder makes the folder ready; one that is not a demo is never touched.
func (a *app) demoFolder(dir string, replace bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("make the demo base: %w", err)
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(dir, demoMark)); err != nil {
			return fmt.Errorf("make the demo base: folder %q is not empty and not a demo; choose another with --dir", dir)
		}
		if !replace {
			return fmt.Errorf("make the demo base: folder %q holds a demo already; --replace makes it anew", dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("make the demo base: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the demo base: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, demoMark), nil, 0o644)
}

func (a *app) runDemo(cmd *cobra.Command, e *pipeline.Engine, accounts int, dated bool, today time.Time) error {
	show, finish := a.progress()
	imported, err := e.Import(cmd.Context(), pipeline.ImportRequest{Root: a.project, Now: a.now(), RejectsDir: filepath.Join(a.dataFolder(), "rejects")}, show)
	finish()
	if err != nil {
		return err
	}
	if !a.json {
		a.lines(imported.Lines())
		fmt.Fprintln(a.out)
	}
	request := pipeline.RunRequest{Now: a.now()}
	if dated {
		d := e.Strategy.Zone.Date(today.Add(12 * time.Hour).UnixMicro())
		request.AsOf = &d
	}
	report, err := e.Run(cmd.Context(), request)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]any{"import": imported, "run": report}, nil)
	}
	a.showRun(e, report)
	for _, g := range report.Grains {
		if others := int64(accounts) - g.Customers; g.Grain == "account" && others > 0 {
			fmt.Fprintf(a.out, "\nOf the %s accounts, %s count as customers now; base: in strategy.yaml leaves out the other %s.\n",
				count(int64(accounts)), count(g.Customers), count(others))
		}
	}
	return a.nextSteps(cmd, e)
}

// nextSteps shows commands that work on this very base.
func (a *app) nextSteps(cmd *cobra.Command, e *pipeline.Engine) error {
	list, err := e.Customers(cmd.Context(), pipeline.CustomersRequest{Where: `coverage == "diamond"`, Limit: 1})
	if err != nil {
		return err
	}
	if len(list.Rows) == 0 {
		if list, err = e.Customers(cmd.Context(), pipeline.CustomersRequest{Limit: 1}); err != nil {
			return err
		}
	}
	who := "CUSTOMER"
	if len(list.Rows) == 1 {
		who, _ = list.Rows[0][0].(string)
	}
	fmt.Fprintf(a.out, `
What to try next:
  %[3]s -C %[1]s explain %[2]s               why this customer is where it is
  %[3]s -C %[1]s segments coverage industry    one lens against another
  %[3]s -C %[1]s customers -w 'coverage == "diamond"' -c arr,whitespace,usage
  %[3]s -C %[1]s customers -w coverage.undecided -c arr,coverage
  %[3]s -C %[1]s reconcile                     from the contracts imported to the ARR shown
  %[3]s -C %[1]s lint                          what may not be meant
  edit %[1]s/dimensions.yaml (value: high: 100000), then: %[3]s -C %[1]s plan, and apply
`, a.project, who, a.program)
	return nil
}

func copyFiles(from fs.FS, dir string) error {
	return fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, filepath.FromSlash(path)), text, 0o644)
	})
}
