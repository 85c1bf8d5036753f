// Package cli is the command segue: it reads arguments, opens what the verbs
// work with, and shows their answers to people or as JSON.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
)

// Exit codes.
const (
	done    = 0
	failed  = 1
	misused = 2
	moves   = 3 // of a plan, where that was asked
)

// app is one call of the command.
type app struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time

	project string
	data    string
	json    bool
	color   string
	threads int
	memory  string
	program string // how the caller can call the command again
}

// Main runs the command and returns its exit code: 0 done, 1 failed, 2 misused,
// 3 for a plan that has moves where that was asked.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	return MainAt(time.Now, args, in, out, errOut)
}

// MainAt is Main by another clock, so that "today" can be any day.
func MainAt(now func() time.Time, args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	answers := &screen{Writer: out}
	a := &app{in: in, out: answers, err: errOut, now: now, program: program()}
	answers.colored = a.colored
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, errMoves) {
		err = cmp.Or(answers.err, err)
	}
	if err == nil {
		return done
	}
	if errors.Is(err, errMoves) {
		return moves
	}
	a.fail(ctx, err)
	var misuse misuseError
	if errors.As(err, &misuse) {
		return misused
	}
	return failed
}

// program returns how the command is called here: by its name where the shell
// finds it, else by its path.
func program() string {
	self, err := os.Executable()
	if err != nil || filepath.Base(self) != "segue" {
		return "segue"
	}
	if found, err := exec.LookPath("segue"); err == nil {
		if a, err := os.Stat(found); err == nil {
			if b, err := os.Stat(self); err == nil && os.SameFile(a, b) {
				return "segue"
			}
		}
	}
	return os.Args[0]
}

// call returns how the caller reaches this project with another verb.
func (a *app) call() string {
	if a.project == "." {
		return a.program
	}
	return a.program + " -C " + a.project
}

// misuseError is a call that the command does not understand.
type misuseError struct{ error }

func (a *app) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		fmt.Fprintln(a.err, "segue: interrupted; nothing half-done was kept")
		return
	}
	var failure diag.Failure
	if errors.As(err, &failure) {
		fmt.Fprintln(a.err, err)
		n := 0
		for _, d := range failure.List {
			if d.Severity == diag.Error {
				n++
			}
		}
		fmt.Fprintf(a.err, "segue: %s to mend\n", plural(n, "mistake"))
		return
	}
	fmt.Fprintln(a.err, "segue: "+err.Error())
	var misuse misuseError
	if errors.As(err, &misuse) {
		fmt.Fprintln(a.err, "try: segue --help")
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "segue",
		Short: "Customer segmentation that a Customer Success team runs on",
		Long: `Segue reads what you know of your customers, places each of them in segments by
rules that anyone can read, and says why each customer is where it is.

A project is a folder of YAML files (the strategy) with a data folder beside it.
Start with "segue demo", or read the guide in docs/guide.md.`,
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return misuseError{flagMisuse(c, err)} })
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.check() }
	flags := root.PersistentFlags()
	flags.StringVarP(&a.project, "project", "C", ".", "folder with the strategy")
	flags.StringVar(&a.data, "data", "", `folder with the data (default "<project>/.segue")`)
	flags.BoolVar(&a.json, "json", false, "print the answer as JSON")
	flags.StringVar(&a.color, "color", "auto", "colour: auto, always or never")
	flags.IntVar(&a.threads, "threads", 0, "processor cores to use (default all)")
	flags.StringVar(&a.memory, "memory", "", `memory for the engine, such as "512MB"`)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.initCommand())
	root.AddCommand(a.demoCommand(), a.importCommand(), a.runCommand(), a.segmentsCommand(), a.customersCommand(),
		a.explainCommand(), a.historyCommand(), a.transitionsCommand(), a.overrideCommand(), a.planCommand(), a.applyCommand(), a.versionsCommand(), a.diffCommand(), a.reconcileCommand(), a.doctorCommand(), a.cutsCommand(), a.matchCommand(), a.exportCommand(), a.eraseCommand(), a.testCommand(), a.lintCommand(), a.catalogCommand(), a.sqlCommand(), a.schemaCommand(), a.versionCommand(), a.referenceCommand())
	for _, c := range root.Commands() {
		if c.Args != nil {
			c.Args = misuseArgs(c.Args)
		}
	}
	return root
}

// Words that options take.
var (
	colors     = []string{"auto", "always", "never"}
	memorySize = regexp.MustCompile(`^[0-9]+(\.[0-9]+)? ?([KMGT]i?B)$`)
)

// mostThreads is more than any machine has use for; the engine starts as many as
// it is told, or ends the process.
const mostThreads = 256

// check refuses values of the common options that mean nothing.
func (a *app) check() error {
	switch {
	case !slices.Contains(colors, a.color):
		return misuseError{fmt.Errorf("--color %q: want %s", a.color, strings.Join(colors, ", "))}
	case a.threads < 0 || a.threads > mostThreads:
		return misuseError{fmt.Errorf("--threads %d: want 1 to %d, or 0 for all", a.threads, mostThreads)}
	case a.memory != "" && !memorySize.MatchString(a.memory):
		return misuseError{fmt.Errorf(`--memory %q: want a size such as "512MB" or "4GB"`, a.memory)}
	}
	return nil
}

// flagMisuse says what is wrong with an option, in words of ours.
func flagMisuse(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		name := "--" + unknown.GetSpecifiedName()
		if hint := diag.DidYouMean(name, names); hint != "" {
			return fmt.Errorf("unknown option %s (%s)", name, hint)
		}
		return fmt.Errorf("unknown option %s", name)
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s %q: want %s", invalid.GetFlag().Name, invalid.GetValue(), flagWords(invalid.GetFlag()))
	}
	return err
}

func flagWords(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int", "uint64":
		return "a whole number"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	}
	return "a " + f.Value.Type()
}

func misuseArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		usage := strings.TrimSuffix(cmd.UseLine(), " [flags]")
		if len(args) == 0 {
			return misuseError{fmt.Errorf("%s needs to know more: %s", cmd.Name(), usage)}
		}
		return misuseError{fmt.Errorf("%s cannot take %q: %s", cmd.Name(), strings.Join(args, " "), usage)}
	}
}

func unknownVerb(cmd *cobra.Command, name string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	if hint := diag.DidYouMean(name, names); hint != "" {
		return misuseError{fmt.Errorf("unknown command %q (%s)", name, hint)}
	}
	return misuseError{fmt.Errorf("unknown command %q; there are %s", name, strings.Join(names, ", "))}
}

// day reads a date given as an option; "" is none.
func day(text string) (*period.Date, error) {
	if text == "" {
		return nil, nil
	}
	d, err := period.ParseDate(text)
	if err != nil {
		return nil, misuseError{err}
	}
	if d > period.Latest {
		return nil, misuseError{fmt.Errorf("%s: days are known up to %s", text, period.Latest)}
	}
	return &d, nil
}

// isTerminal reports whether people watch what is written.
func isTerminal(w io.Writer) bool {
	f, ok := shownOn(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) colored() bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	return isTerminal(a.out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// width returns the columns that fit on a line.
func (a *app) width() int {
	if f, ok := shownOn(a.out).(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 120
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
