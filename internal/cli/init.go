package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/suggest"
)

func (a *app) initCommand() *cobra.Command {
	n := &initiating{app: a, moreCSMs: "--answers csms=5"}
	c := &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Make a strategy from a folder of exports, and show the first tiers",
		Long: `Look at all exports of a folder, propose how they become facts, ask only what
they do not say, import them, propose where to cut customers into tiers, and
place every customer. What is written are files that you read and change.

On a terminal it asks; elsewhere, or with --yes, it takes what --answers says
and otherwise what it would have proposed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.project = args[0]
			}
			return n.run(cmd.Context())
		},
	}
	c.Flags().StringSliceVar(&n.files, "files", nil, "the `FOLDER` with the exports, or single files")
	c.Flags().BoolVarP(&n.yes, "yes", "y", false, "ask nothing")
	c.Flags().StringToStringVar(&n.answers, "answers", nil, "`KEY=VALUE` for what the files do not say, such as currency=EUR,csms=5,breaks=natural")
	return c
}

// initiating is one call of init.
type initiating struct {
	*app
	files   []string
	yes     bool
	answers map[string]string

	work  *suggesting
	value suggest.Value
	asOf  *period.Date // of the view that is shown; nil is today's placement
	csms  int64

	moreCSMs string // how to say how many CSMs there are

	largest string // the customer with the largest value
	done    initAnswer
}

// initAnswer is what init says as JSON.
type initAnswer struct {
	Proposal     pipeline.SuggestReport `json:"proposal"`
	Copied       []string               `json:"copied,omitempty"`
	Written      []string               `json:"written"`
	Import       pipeline.ImportReport  `json:"import"`
	Value        suggest.Value          `json:"value"`
	Alike        *lookAlike             `json:"alike,omitempty"` // companies that are counted apart
	Distribution pipeline.Distribution  `json:"distribution"`
	Cut          *suggest.Cut           `json:"cut,omitempty"` // the one that was taken
	CSMs         int64                  `json:"csms,omitempty"`
	Run          pipeline.RunReport     `json:"run"`
}

func (n *initiating) run(ctx context.Context) error {
	if pipeline.HasStrategy(n.project) {
		return fmt.Errorf("there is a strategy in %s already, and it stays as it is: %s import --suggest FILES adds sources to it", filepath.Clean(n.project), n.call())
	}
	for _, step := range []func(context.Context) error{n.propose, n.write, n.load, n.cut, n.place} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if n.json {
		return n.answer(n.done, nil)
	}
	n.next()
	return nil
}

// propose looks at the files and settles how they become facts.
func (n *initiating) propose(ctx context.Context) error {
	ask := n.asks() && !n.yes
	if len(n.files) == 0 {
		if err := n.whichFiles(ask); err != nil {
			return err
		}
	}
	work, err := n.profile(ctx, n.files, n.answers)
	if err != nil {
		return err
	}
	if !ask {
		work.ask = false
	}
	n.work = work
	if err := n.settle(work); err != nil {
		return err
	}
	n.done.Proposal = work.report
	if !n.json {
		n.showSuggested()
	}
	if len(work.report.Open()) > 0 {
		return fmt.Errorf("%w; nothing was written", pipeline.ErrOpenQuestions)
	}
	if len(work.report.Sources) == 0 {
		return errors.New("no file says anything of customers: give exports that name a customer in each row, with a date or an amount")
	}
	var ok bool
	if n.value, ok = work.report.Value(); !ok {
		return errors.New("no file holds a number by which customers can be told apart: add contracts, orders, opportunities or usage")
	}
	n.done.Value = n.value
	return nil
}

// whichFiles asks for the folder of exports, or takes the project's own.
func (n *initiating) whichFiles(ask bool) error {
	if _, err := pipeline.Exports(n.project); err == nil {
		n.files = []string{n.project}
		return nil
	}
	if !ask {
		return misuseError{fmt.Errorf("init needs to know where the exports are: segue init %s --files FOLDER", filepath.Clean(n.project))}
	}
	in := n.in.(*os.File)
	fmt.Fprint(n.out, "Which folder holds your exports (CSV files from CRM, billing, product ...)? > ")
	var folder string
	if _, err := fmt.Fscanln(in, &folder); err != nil {
		return fmt.Errorf("ask for the folder of exports: %w", err)
	}
	n.files = []string{folder}
	return nil
}

// showSuggested says in short what becomes of the files.
func (n *initiating) showSuggested() {
	r := n.work.report
	fmt.Fprintln(n.out, "How the files become facts:")
	t := newTable("  File", "Fact kind", "", "Rows", "Whose", "When", "How much").numbers(3)
	for _, s := range r.Sources {
		t.add("  "+s.Reads(), strings.ReplaceAll(s.Kind, "_", " "), string(s.Confidence), count(s.Rows+s.Refused),
			comes(s, "account"), comes(s, "at", "starts", "valid_from"), comes(s, "arr", "amount", "score", "value", "quantity"))
	}
	t.write(n.out, n.colored())
	fmt.Fprintln(n.out, "  Each column with its reason stands in sources.yaml.")
	for _, line := range r.NotRead() {
		fmt.Fprintln(n.out, "  not read: "+line)
	}
	for _, u := range r.Unreadable {
		fmt.Fprintf(n.out, "  cannot be read: %s: %s\n", u.Table, u.Why)
	}
	for _, note := range r.Notes {
		n.warn(note)
	}
	n.showQuestions(r.Questions, "segue init")
	fmt.Fprintln(n.out)
}

// comes returns the column of the file that fills the first of some columns.
func comes(s suggest.Source, columns ...string) string {
	for _, to := range columns {
		if b, ok := s.Binding(to); ok {
			if s.Unpivot != nil && b.From == s.Unpivot.Value {
				return fmt.Sprintf("%d columns", len(s.Unpivot.Columns))
			}
			return cmp.Or(b.From, b.Is)
		}
	}
	return ""
}

// write writes the strategy as far as it is known, and copies the files into
// the project where they lie elsewhere.
func (n *initiating) write(context.Context) error {
	r := n.work.report
	copied, err := pipeline.CopyExports(n.project, n.read(), n.work.request.Names, false)
	if err != nil {
		return err
	}
	n.done.Copied = copied
	zone := cmp.Or(n.answers["timezone"], "UTC")
	if _, err := period.LoadZone(zone); err != nil {
		return misuseError{fmt.Errorf("--answers timezone=%s: %w", zone, err)}
	}
	name := cmp.Or(n.answers["name"], pipeline.ProjectName(n.project))
	for _, file := range [][2]string{
		{"strategy.yaml", r.StrategyYAML(name, zone)},
		{"sources.yaml", r.YAML()},
		{"metrics.yaml", r.MetricsYAML()},
	} {
		if err := n.put(file[0], file[1]); err != nil {
			return err
		}
	}
	if len(copied) > 0 && !n.json {
		fmt.Fprintf(n.out, "Copied into %s: %s\n\n", filepath.Join(n.project, "exports"), plural(len(copied), "file"))
	}
	return nil
}

// read returns the files from elsewhere that sources read.
func (n *initiating) read() []string {
	skipped, used := map[string]bool{}, map[string]bool{} // files; of some sheets are read, others are not
	for _, t := range n.work.tables {
		isSkipped := slices.ContainsFunc(n.work.report.Skipped, func(s suggest.Skipped) bool { return s.Table == t.Name })
		isRead := slices.ContainsFunc(n.work.report.Sources, func(s suggest.Source) bool { return s.Table == t.Name })
		skipped[t.File()] = skipped[t.File()] || isSkipped
		used[t.File()] = used[t.File()] || isRead || !isSkipped
	}
	return slices.DeleteFunc(slices.Clone(n.work.outside), func(f string) bool {
		name := n.work.request.Names[f]
		return skipped[name] && !used[name]
	})
}

func (n *initiating) put(name, text string) error {
	if text == "" {
		return nil
	}
	if err := pipeline.WriteNew(n.project, name, text); err != nil {
		return err
	}
	n.done.Written = append(n.done.Written, name)
	return nil
}

// load imports the files, and looks how the value is spread.
func (n *initiating) load(ctx context.Context) error {
	return n.withEngine(ctx, "init", func(e *pipeline.Engine) error {
		show, finish := n.progress()
		pipeline.Frugal()
		report, err := e.Import(ctx, pipeline.ImportRequest{Root: n.project, Now: n.now(), RejectsDir: filepath.Join(n.dataFolder(), "rejects")}, show)
		finish()
		if err != nil {
			return fmt.Errorf("%w\nThe strategy is written: correct %s, then %s import and %s run", err, filepath.Join(n.project, "sources.yaml"), n.call(), n.call())
		}
		n.done.Import = report
		if !n.json {
			n.lines(report.Lines())
		}
		if err := n.findAlike(ctx, e); err != nil {
			return err
		}
		today := e.Strategy.Zone.Date(n.now().UnixMicro())
		first, err := e.Run(ctx, pipeline.RunRequest{AsOf: &today, Now: n.now(), Draft: true})
		if err != nil {
			return err
		}
		asOf := today
		if day := n.lastDay(e, first); day != nil {
			asOf, n.asOf = *day, day
			if _, err := e.Run(ctx, pipeline.RunRequest{AsOf: day, Now: n.now(), Draft: true}); err != nil {
				return err
			}
		}
		n.done.Distribution, err = e.Distribution(ctx, pipeline.DistributionRequest{Metric: n.value.Metric, AsOf: &asOf})
		if err != nil || n.done.Distribution.Above > 0 || n.asOf != nil {
			return err
		}
		return n.lookBack(ctx, e, today)
	})
}

// lookBack shows an earlier day where nothing is left today: an export of years
// ago, say, whose contracts have all ended.
func (n *initiating) lookBack(ctx context.Context, e *pipeline.Engine, today period.Date) error {
	day, err := e.LastFact(ctx, n.value.Kind)
	if err != nil || day == nil || *day >= today {
		return err
	}
	if _, err := e.Run(ctx, pipeline.RunRequest{AsOf: day, Now: n.now(), Draft: true}); err != nil {
		return err
	}
	d, err := e.Distribution(ctx, pipeline.DistributionRequest{Metric: n.value.Metric, AsOf: day})
	if err == nil && d.Above > 0 {
		n.done.Distribution, n.asOf = d, day
	}
	return err
}

// lastDay returns the day up to which what the value rests on is known, where
// that is too long ago to say anything of today.
func (n *initiating) lastDay(e *pipeline.Engine, r pipeline.RunReport) *period.Date {
	var last *period.Date
	for _, end := range r.Ends {
		for _, m := range e.Strategy.Sources {
			if m.Name == end.Source && m.Kind == n.value.Kind && end.Stale && (last == nil || end.Last > *last) {
				last = &end.Last
			}
		}
	}
	return last
}

// cut settles where customers are cut, and writes it.
func (n *initiating) cut(context.Context) error {
	d := n.done.Distribution
	if err := n.howManyCSMs(); err != nil {
		return err
	}
	if !n.json {
		n.showDistribution()
	}
	var cut *suggest.Cut
	if len(d.Cuts) > 0 {
		name, err := n.whichCut(d.Cuts)
		if err != nil {
			return err
		}
		cut = &d.Cuts[slices.IndexFunc(d.Cuts, func(c suggest.Cut) bool { return c.Name == name })]
	}
	n.done.Cut, n.done.CSMs = cut, n.csms
	dimensions, segmentations := suggest.TiersYAML(n.value, cut, d.None+d.Below > 0)
	if err := n.put("dimensions.yaml", dimensions); err != nil {
		return err
	}
	return n.put("segmentations.yaml", segmentations)
}

func (n *initiating) howManyCSMs() error {
	text := n.answers["csms"]
	if text == "" && n.work.ask {
		preset := "-"
		if owners := n.work.report.Owners(); owners > 0 {
			preset = strconv.FormatInt(owners, 10)
		}
		var err error
		if text, err = n.question(n.work.input, suggest.Question{Key: "csms", Text: "How many CSMs look after your customers?", Preset: preset}); err != nil {
			return err
		}
	}
	if text == "" || text == "-" {
		return nil
	}
	csms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || csms < 1 {
		return misuseError{fmt.Errorf("--answers csms=%s: want how many CSMs there are, such as 5", text)}
	}
	n.csms = csms
	return nil
}

func (n *initiating) whichCut(cuts []suggest.Cut) (string, error) {
	q := suggest.Question{Key: "breaks", Text: "Which of them?", Preset: cuts[0].Name}
	for _, c := range cuts {
		q.Choices = append(q.Choices, suggest.Choice{Answer: c.Name, Means: c.Why})
	}
	names := make([]string, len(cuts))
	for i, c := range cuts {
		names[i] = c.Name
	}
	if answer := n.answers["breaks"]; answer != "" {
		if !slices.Contains(names, answer) {
			return "", misuseError{fmt.Errorf("--answers breaks=%s: want %s", answer, strings.Join(names, ", "))}
		}
		return answer, nil
	}
	if n.work.ask {
		return n.question(n.work.input, q)
	}
	return q.Preset, nil
}

// place runs the strategy as it now stands.
func (n *initiating) place(ctx context.Context) error {
	return n.withEngine(ctx, "init", func(e *pipeline.Engine) error {
		report, err := e.Run(ctx, pipeline.RunRequest{AsOf: n.asOf, Now: n.now()})
		if err != nil {
			return err
		}
		n.done.Run = report
		list, err := e.Customers(ctx, pipeline.CustomersRequest{Sort: []string{"-" + n.value.Metric}, Limit: 1, AsOf: n.asOf})
		if err != nil {
			return err
		}
		if len(list.Rows) > 0 {
			n.largest, _ = list.Rows[0][0].(string)
		}
		if n.json {
			return nil
		}
		if n.asOf == nil {
			n.showRun(e, report)
			return nil
		}
		fmt.Fprintf(n.out, "Your data end on %s, so this is how customers stood on that day.\n", n.asOf)
		for _, g := range report.Grains {
			for _, s := range g.Segmentations {
				n.showCounts(s)
			}
		}
		return nil
	})
}
