package cli

import (
	"cmp"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/pipeline"
)

func (a *app) overrideCommand() *cobra.Command {
	var asOf string
	r := pipeline.OverridesRequest{}
	c := &cobra.Command{
		Use:   "override",
		Short: "Pin a customer to a level or segment, with a reason and an end, and list who is",
		Long: `List whom people have pinned to a level or segment, beside where the rules put
them: first those that no longer do anything, then those with which the rules
agree, which can be lifted, then the largest.

  segue override set CUSTOMER LENS PLACE --reason TEXT
  segue override lift CUSTOMER LENS

A pinned level is the level that segments see too. What is set can be imported as
well: the fact kind override.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if r.AsOf, err = day(asOf); err != nil {
				return err
			}
			r.Now = a.now()
			return a.withPlaced(cmd.Context(), "override", r.AsOf, func(e *pipeline.Engine) error {
				report, err := e.Overrides(cmd.Context(), r)
				if err != nil {
					return hintRun(err)
				}
				return a.answer(report, func() { a.showOverrides(report) })
			})
		},
	}
	c.Flags().BoolVar(&r.All, "all", false, "also those that have ended")
	c.Flags().StringVar(&asOf, "as-of", "", "as of a past `DATE` that has been run")
	c.AddCommand(a.overrideSetCommand(), a.overrideLiftCommand())
	return c
}

// somebody is who says so where an option does not: the name of the login.
func somebody(said string) string {
	if said = cmp.Or(said, os.Getenv("USER"), os.Getenv("USERNAME")); said != "" {
		return said
	}
	if login, err := user.Current(); err == nil && login.Username != "" {
		return login.Username
	}
	return pipeline.Unnamed
}

func (a *app) overrideSetCommand() *cobra.Command {
	var from, until string
	r := pipeline.OverrideRequest{}
	c := &cobra.Command{
		Use:   "set CUSTOMER LENS PLACE",
		Short: "Pin a customer to a level of a dimension or a segment of a segmentation",
		Long: `Pin a customer to a level of a dimension or a segment of a segmentation, from the
next run on, until a day: 90 days after it begins if no other is given.`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Customer, r.Lens, r.Place = args[0], args[1], args[2]
			var err error
			if r.From, err = day(from); err != nil {
				return err
			}
			if r.Forever = until == "never"; !r.Forever {
				if r.Until, err = day(until); err != nil {
					return err
				}
			}
			r.By, r.Now = somebody(r.By), a.now()
			return a.withPlaced(cmd.Context(), "override", nil, func(e *pipeline.Engine) error {
				o, err := e.SetOverride(cmd.Context(), r)
				if err != nil {
					return hintRun(err)
				}
				return a.answer(o, func() { a.showSet(o) })
			})
		},
	}
	c.Flags().StringVar(&r.Reason, "reason", "", "why, in `WORDS` that whoever lifts it one day understands")
	c.Flags().StringVar(&from, "from", "", "the `DATE` on which it begins (default today)")
	c.Flags().StringVar(&until, "until", "", "the first `DATE` on which the rules count again, or never (default 90 days after it begins)")
	c.Flags().StringVar(&r.By, "by", "", "who asks for it (default the name of your login)")
	c.Flags().StringVar(&r.ApprovedBy, "approved-by", "", "who approved it")
	return c
}

func (a *app) overrideLiftCommand() *cobra.Command {
	r := pipeline.LiftRequest{}
	c := &cobra.Command{
		Use:   "lift CUSTOMER LENS",
		Short: "Let the rules say again where a customer stands",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Customer, r.Lens = args[0], args[1]
			r.By, r.Now = somebody(r.By), a.now()
			return a.withPlaced(cmd.Context(), "override", nil, func(e *pipeline.Engine) error {
				o, err := e.LiftOverride(cmd.Context(), r)
				if err != nil {
					return hintRun(err)
				}
				return a.answer(o, func() {
					fmt.Fprintf(a.out, "%s is pinned in %s no longer, from today on. %s run places by the rules again.\n", named(o), o.LensTitle, a.call())
				})
			})
		},
	}
	c.Flags().StringVar(&r.Reason, "reason", "", "why, which is kept with it")
	c.Flags().StringVar(&r.By, "by", "", "who says so (default the name of your login)")
	return c
}

func named(o pipeline.Override) string {
	if o.Name == "" {
		return strings.Map(visible, o.Customer)
	}
	return strings.Map(visible, o.Name+" ("+o.Customer+")")
}

func (a *app) showSet(o pipeline.Override) {
	until := "until somebody lifts it"
	if o.Until != nil {
		until = "until " + o.Until.String()
	}
	fmt.Fprintf(a.out, "%s is pinned to %s in %s from %s, %s. %s run places it there.\n", named(o), placeWords(o.Place), o.LensTitle, o.Since, until, a.call())
}

// overrideWords say what an override does.
var overrideWords = map[pipeline.OverrideStatus]string{
	pipeline.OverrideHolds: "holds", pipeline.OverrideAgrees: "the rules say the same: lift it", pipeline.OverrideCantTell: "holds; the rules can't tell",
	pipeline.OverrideNew: "from the next run on", pipeline.OverrideLater: "begins later", pipeline.OverrideEnded: "ended", pipeline.OverrideLifted: "lifted",
	pipeline.OverrideDead: "does nothing: no such level or segment", pipeline.OverrideNobody: "does nothing: no customer there",
}

func (a *app) showOverrides(r pipeline.OverridesReport) {
	left := ""
	if r.Ended > 0 {
		left = fmt.Sprintf(" %s ended; --all lists them.", counted(int64(r.Ended), "has", "have"))
	}
	if len(r.Overrides) == 0 {
		fmt.Fprintf(a.out, "Nobody is pinned.%s\n", left)
		return
	}
	a.headline(fmt.Sprintf("Whom people have pinned, as of %s", r.AsOf))
	t := newTable("Customer", "ARR", "In", "Pinned to", "By the rules", "Since", "Until", "By", "Why", "State")
	for _, o := range r.Overrides {
		arr, byRule, until := "", "", "never"
		if o.Minor != nil {
			arr = amount(*o.Minor, r.Currency)
		}
		if o.ByRule != "" {
			byRule = placeWords(o.ByRule)
		}
		if o.Until != nil {
			until = o.Until.String()
		}
		by := o.By
		if o.ApprovedBy != "" {
			by += ", approved by " + o.ApprovedBy
		}
		state := overrideWords[o.Status]
		if o.Status == pipeline.OverrideLifted {
			if o.LiftedBy != pipeline.Unnamed {
				state += " by " + o.LiftedBy
			}
			if o.LiftReason != "" {
				state += ": " + o.LiftReason
			}
		}
		t.add(named(o), arr, o.LensTitle, placeWords(o.Place), byRule, o.Since.String(), until, strings.Map(visible, by), strings.Map(visible, o.Reason), strings.Map(visible, state))
	}
	t.write(a.out, a.colored())
	if left != "" {
		fmt.Fprintln(a.out, strings.TrimSpace(left))
	}
}
