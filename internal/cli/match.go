package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/state"
)

func (a *app) matchCommand() *cobra.Command {
	var strength string
	var evidence []string
	var joined bool
	r := pipeline.MatchRequest{}
	c := &cobra.Command{
		Use:   "match",
		Short: "Find ids and accounts that look like one company, and join them",
		Long: `List what looks like one company, the largest amount first: ids that no source
lists as accounts, with the rows and the money that they carry, and accounts that
are listed twice. Each proposal says what speaks for it and how strong that is.
Nothing is joined before somebody says so:

  segue match confirm ID ...     they are one customer
  segue match reject ID ...      they are not; not proposed again
  segue match join A B           A is B, proposed or not
  segue match part A             A stands for itself again

  segue match --joined           who was joined with whom, since when, by whom

Facts are never touched: what was joined can be parted, from a day on or as if
it had never been.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if r.Strength, r.Evidence, err = evidenceOf(strength, evidence); err != nil {
				return err
			}
			if r.Limit < 0 {
				return misuseError{fmt.Errorf("--limit %d: want 0 or more", r.Limit)}
			}
			r.Now = a.now()
			if joined {
				if strength != "" || evidence != nil || r.Rejected {
					return misuseError{errors.New("--joined lists what was decided: --strength, --evidence and --rejected are of proposals")}
				}
				return a.joined(cmd.Context(), pipeline.JoinedRequest{Limit: r.Limit, Now: r.Now})
			}
			return a.withEngine(cmd.Context(), "match", func(e *pipeline.Engine) error {
				report, err := e.Match(cmd.Context(), r)
				if err != nil {
					return err
				}
				return a.answer(report, func() { a.showMatches(report) })
			})
		},
	}
	c.Flags().StringVar(&strength, "strength", "", "only proposals that are `sure`, likely or weak")
	c.Flags().StringSliceVar(&evidence, "evidence", nil, "only proposals for which `domain` speaks, or external_id, name, id, succession, near_name, country")
	c.Flags().BoolVar(&r.Rejected, "rejected", false, "also those that were rejected")
	c.Flags().BoolVar(&joined, "joined", false, "instead, who was joined with whom")
	c.Flags().IntVarP(&r.Limit, "limit", "n", 20, "proposals, or customers, to show, 0 for all")
	c.AddCommand(
		a.decideCommand("confirm", "Say that proposals are right: from the next run on they are one customer", state.Joins),
		a.decideCommand("reject", "Say that proposals are wrong: they are not proposed again", state.Rejects),
		a.decideCommand("reopen", "Let rejected proposals be proposed again", state.Proposes),
		a.joinCommand(), a.partCommand(), a.matchExportCommand(), a.matchImportCommand())
	return c
}

// evidenceOf reads the options that pick proposals.
func evidenceOf(strength string, evidence []string) (match.Strength, []match.Kind, error) {
	s := match.Strength(strength)
	if s != "" && !slices.Contains(match.Strengths, s) {
		return "", nil, misuseError{fmt.Errorf("%q: want sure, likely or weak", strength)}
	}
	var kinds []match.Kind
	for _, e := range evidence {
		k := match.Kind(e)
		if !slices.Contains(match.Kinds, k) {
			return "", nil, misuseError{fmt.Errorf("--evidence %q: want external_id, domain, name, id, succession, near_name or country", e)}
		}
		kinds = append(kinds, k)
	}
	return s, kinds, nil
}

// judging are the options that every decision takes.
type judging struct {
	app  *app
	from string
	r    pipeline.DecideRequest
}

func (j *judging) flags(c *cobra.Command, dated bool) {
	if dated {
		c.Flags().StringVar(&j.from, "from", "", "the `DATE` from which it holds (default always)")
	}
	c.Flags().StringVar(&j.r.By, "by", "", "who says so (default the name of your login)")
	c.Flags().StringVar(&j.r.Why, "why", "", "the reason, which is kept with it")
}

func (j *judging) decide(cmd *cobra.Command) error {
	a := j.app
	date, err := day(j.from)
	if err != nil {
		return err
	}
	j.r.From, j.r.Now = date, a.now()
	j.r.By = somebody(j.r.By)
	return a.withEngine(cmd.Context(), "match", func(e *pipeline.Engine) error {
		report, err := e.Decide(cmd.Context(), j.r)
		if err != nil {
			return err
		}
		return a.answer(report, func() { a.showDecided(report) })
	})
}

func (a *app) decideCommand(verb, short string, verdict state.Verdict) *cobra.Command {
	j := judging{app: a, r: pipeline.DecideRequest{Verdict: verdict}}
	var all string
	var evidence []string
	c := &cobra.Command{
		Use:   verb + " [ID ...]",
		Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (all == "") {
				return misuseError{fmt.Errorf("%s what? name proposals by id, or all of a strength with --all sure", verb)}
			}
			if all != "" {
				strength, kinds, err := evidenceOf(all, evidence)
				if err != nil {
					return err
				}
				j.r.All = &pipeline.AllOf{Strength: strength, Evidence: kinds}
			} else if evidence != nil {
				return misuseError{errors.New("--evidence goes with --all")}
			}
			j.r.Proposals = args
			return j.decide(cmd)
		},
	}
	j.flags(c, verdict == state.Joins)
	if verdict != state.Proposes {
		c.Flags().StringVar(&all, "all", "", "all open proposals that are `sure`, or likely, or weak")
		c.Flags().StringSliceVar(&evidence, "evidence", nil, "with --all: only those for which `domain` speaks, or external_id, name, id, succession, near_name, country")
	}
	return c
}

func (a *app) joinCommand() *cobra.Command {
	j := judging{app: a, r: pipeline.DecideRequest{Verdict: state.Joins}}
	c := &cobra.Command{
		Use:   "join RECORD ACCOUNT",
		Short: "Say that an id or account is the same customer as an account, which goes on",
		Long: `Say that RECORD, an id with rows of its own or an account, is the same customer as
ACCOUNT. ACCOUNT goes on with its id and what is known of it; contracts, usage and
all else of RECORD count for it, from --from on or always. Ids are written as
sources do; where two systems use the same one, with the id space: billing:C-17.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.r.Pairs = []pipeline.PairOfIDs{{Record: args[0], Into: args[1]}}
			return j.decide(cmd)
		},
	}
	j.flags(c, true)
	return c
}

func (a *app) partCommand() *cobra.Command {
	j := judging{app: a, r: pipeline.DecideRequest{Verdict: state.Parts}}
	c := &cobra.Command{
		Use:   "part RECORD [ACCOUNT]",
		Short: "Take back that an id or account is the same customer as another",
		Long: `Take back that RECORD is the same customer as ACCOUNT, or as whatever it is joined
with: from --from on, or as if it had never been said. What was known before, and
what was counted then, stays.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := pipeline.PairOfIDs{Record: args[0]}
			if len(args) == 2 {
				p.Into = args[1]
			}
			j.r.Pairs = []pipeline.PairOfIDs{p}
			return j.decide(cmd)
		},
	}
	j.flags(c, true)
	return c
}

func (a *app) showMatches(r pipeline.MatchReport) {
	for _, u := range r.Unmatched {
		a.showNameless(u, r)
		if u.IDs == 0 {
			continue
		}
		line := fmt.Sprintf("%s: %s of no account, in %s", u.Source, counted(u.Rows, "row", "rows"), counted(int64(u.IDs), "id", "ids"))
		if r.Priced && u.Minor != 0 {
			line += ", " + amount(u.Minor, r.Currency) + " ARR"
		}
		fmt.Fprintf(a.out, "%s; an account is proposed for %s\n", line, count(int64(u.Proposed)))
	}
	if len(r.Unmatched) > 0 {
		fmt.Fprintln(a.out)
	}
	if r.Of == 0 {
		fmt.Fprintln(a.out, "Nothing to propose.")
		return
	}
	a.headline("What looks like one company, the largest amount first")
	for _, p := range r.Proposals {
		a.showProposal(p, r)
	}
	fmt.Fprintln(a.out)
	if len(r.Proposals) < r.Of {
		fmt.Fprintf(a.out, "The first %d of %s; all of them: --limit 0\n", len(r.Proposals), count(int64(r.Of)))
	}
	var parts []string
	for _, s := range match.Strengths {
		if n := r.ByStrength[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", count(int64(n)), s))
		}
	}
	fmt.Fprintf(a.out, "%s. Look at them, then: %s match confirm %s (or reject; or all of one strength: --all sure)\n", strings.Join(parts, ", "), a.call(), r.Proposals[0].ID)
}

// showNameless tells of rows that name no account at all.
func (a *app) showNameless(u pipeline.UnmatchedIDs, r pipeline.MatchReport) {
	if u.WithoutID == 0 {
		return
	}
	line := fmt.Sprintf("%s: %s without an id", u.Source, counted(u.WithoutID, "row", "rows"))
	if r.Priced && u.WithoutIDMinor != 0 {
		line += ", " + amount(u.WithoutIDMinor, r.Currency) + " ARR"
	}
	fmt.Fprintln(a.out, line+"; "+pipeline.NamelessWords)
}

func (a *app) showProposal(p pipeline.Proposal, r pipeline.MatchReport) {
	verb := "is"
	if p.Kind == pipeline.TwiceProposal {
		verb = "and"
	}
	fmt.Fprintf(a.out, "%s  %s: %s %s %s\n", p.ID, p.Strength, a.partyWords(p.Record, r), verb, a.partyWords(p.Into, r))
	var words []string
	for _, e := range p.Evidence {
		words = append(words, e.Words)
	}
	line := strings.Join(words, "; ")
	if len(p.Against) > 0 {
		line += "; but " + strings.Join(p.Against, "; ")
	}
	fmt.Fprintln(a.out, "    "+strings.Map(visible, line))
	for _, o := range p.Or {
		fmt.Fprintf(a.out, "    it may be %s as well: confirm one of them\n", a.partyWords(o, r))
	}
	if p.Rejected != nil {
		fmt.Fprintln(a.out, "    "+pipeline.Decided("rejected", strings.Map(visible, p.Rejected.By), p.Rejected.On))
	}
}

// partyWords says who a record is and what it carries.
func (a *app) partyWords(p pipeline.MatchParty, r pipeline.MatchReport) string {
	who := p.ID
	if p.Ids != "main" {
		who = p.Ids + " " + who
	}
	if p.Name != "" {
		who = p.Name + " (" + who + ")"
	}
	var carries []string
	if p.Minor != nil && *p.Minor != 0 && r.Priced {
		carries = append(carries, amount(*p.Minor, r.Currency)+" ARR")
	}
	if !p.Listed {
		for _, rows := range p.Rows {
			carries = append(carries, counted(rows.Rows, "row", "rows")+" of "+rows.Source)
		}
	}
	out := strings.Map(visible, who)
	if len(carries) > 0 {
		out += ", " + strings.Join(carries, ", ") + ","
	}
	return strings.TrimSuffix(out, ",")
}

func (a *app) showDecided(r pipeline.DecideReport) {
	const most = 20
	runs := false
	for i, d := range r.Done {
		runs = runs || d.Verdict == state.Joins || d.Verdict == state.Parts
		if i > most {
			continue
		}
		if i == most {
			fmt.Fprintf(a.out, "and %s more\n", count(int64(len(r.Done)-most)))
			continue
		}
		words := map[state.Verdict][2]string{
			state.Joins: {"Joined", "counts as"}, state.Parts: {"Parted", "from"}, state.Rejects: {"Rejected", "and"}, state.Proposes: {"Open again", "and"},
		}[d.Verdict]
		from := ""
		if d.From != nil {
			from = fmt.Sprintf(", from %s on", d.From)
		}
		none := pipeline.MatchReport{}
		fmt.Fprintf(a.out, "%s: %s %s %s%s\n", words[0], a.partyWords(d.Record, none), words[1], a.partyWords(d.Into, none), from)
	}
	switch {
	case r.Before == 1:
		fmt.Fprintln(a.out, "1 was decided before: nothing changed")
	case r.Before > 1:
		fmt.Fprintf(a.out, "%s were decided before: nothing changed\n", count(int64(r.Before)))
	case len(r.Done) == 0:
		fmt.Fprintln(a.out, "No open proposal fits: nothing changed")
	}
	if runs {
		fmt.Fprintf(a.out, "From the next run on they are counted so: %s run\n", a.call())
	}
}

func (a *app) matchExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export FILE",
		Short: "Write open proposals to a CSV file, to decide them in a spreadsheet",
		Long: `Write all open proposals to FILE. Fill in the column decision with confirm or
reject, and from and why where there is something to say; rows without a decision
stay open. Then: segue match import FILE`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEngine(cmd.Context(), "match", func(e *pipeline.Engine) error {
				report, err := e.Match(cmd.Context(), pipeline.MatchRequest{Now: a.now()})
				if err != nil {
					return err
				}
				if err := pipeline.WriteMatches(args[0], report); err != nil {
					return err
				}
				return a.answer(map[string]any{"path": args[0], "rows": report.Of}, func() {
					fmt.Fprintf(a.out, "%s written to %s; fill in the column decision with confirm or reject, then: %s match import %s\n",
						counted(int64(report.Of), "proposal", "proposals"), args[0], a.call(), args[0])
				})
			})
		},
	}
}

func (a *app) matchImportCommand() *cobra.Command {
	j := judging{app: a}
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Read decisions from a CSV file that match export wrote",
		Long: `Read the columns proposal, decision (confirm or reject), from and why of FILE. All
of it is kept or, with a row that cannot be read, nothing. The same file again
changes nothing.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if j.r.Judged, err = pipeline.ReadMatches(args[0]); err != nil {
				return err
			}
			return j.decide(cmd)
		},
	}
	j.flags(c, false)
	return c
}
