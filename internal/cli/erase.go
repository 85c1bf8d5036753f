package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/pipeline"
)

func (a *app) eraseCommand() *cobra.Command {
	var yes bool
	r := pipeline.EraseRequest{}
	c := &cobra.Command{
		Use:   "erase",
		Short: "Erase a person or an account: names, e-mails and free text",
		Long: `Take the ids and the personal texts of a person, or of an account and the people
known only there, out of everything that is stored. Facts stay without them, so
that no count changes, and imports leave out rows about them from then on.
It cannot be undone. Without --yes it only says what would go.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (r.Contact == "") == (r.Account == "") {
				return misuseError{errors.New("erase whom? name either --contact ID or --account ID")}
			}
			if yes && r.DryRun {
				return misuseError{errors.New("--yes and --dry-run: want one of them")}
			}
			asked := r.DryRun
			r.DryRun = !yes
			return a.withEngine(cmd.Context(), "erase", func(e *pipeline.Engine) error {
				r.Now = a.now()
				report, err := e.Erase(cmd.Context(), r)
				if err != nil {
					return err
				}
				err = a.answer(report, func() { a.showErasure(report) })
				if err == nil && !report.Done && !asked {
					err = misuseError{errors.New("nothing was erased, and it cannot be undone once it is: --yes does it")}
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&r.Contact, "contact", "", "the `ID` of a person, as sources write it")
	c.Flags().StringVar(&r.Account, "account", "", "the `ID` of an account, as sources write it")
	c.Flags().StringVar(&r.Ids, "ids", "", `the id space of the ID (default "main")`)
	c.Flags().BoolVar(&r.DryRun, "dry-run", false, "only say what would go")
	c.Flags().BoolVar(&yes, "yes", false, "erase")
	return c
}

func (a *app) showErasure(r pipeline.EraseReport) {
	who := "a person"
	if r.Subject == "account" {
		who = "an account"
	}
	if r.People > 0 {
		who += " and " + people(r.People) + " known only there"
	}
	head := "To be erased: %s, %s in %s. The facts stay; these texts go:\n"
	if r.Done {
		head = "Erased: %s, %s in %s. The facts stay; these texts are gone:\n"
	}
	fmt.Fprintf(a.out, head, who, counted(r.Ids, "id", "ids"), facts(r.Facts))
	for _, k := range r.Kinds {
		fmt.Fprintf(a.out, "  %s: %s\n", k.Title, facts(k.Facts))
		for _, t := range k.Texts {
			line := fmt.Sprintf("    %s: %s", t.Title, counted(t.Facts, "text", "texts"))
			if len(t.Examples) > 0 {
				line += ", such as " + quotedShort(t.Examples[0])
			}
			fmt.Fprintln(a.out, line)
		}
	}
	for _, other := range r.JoinedWith {
		fmt.Fprintf(a.out, "Not erased: %s %s, which people joined with it; for that one: %s erase --account %s --ids %s\n",
			strings.Map(visible, other.Ids), strings.Map(visible, other.ID), a.call(), strings.Map(visible, other.ID), strings.Map(visible, other.Ids))
	}
	for _, other := range r.AlsoAccounts {
		fmt.Fprintf(a.out, "Not erased: the same id where it says whose rows of %s are; for that one: %s erase --account %s --ids %s\n",
			strings.Map(visible, other.Ids), a.call(), strings.Map(visible, other.ID), strings.Map(visible, other.Ids))
	}
	if !r.Done {
		return
	}
	fmt.Fprintln(a.out, "Imports leave out rows about them from now on.")
	rejects := filepath.Join(a.dataFolder(), "rejects")
	if entries, err := os.ReadDir(rejects); err == nil && len(entries) > 0 {
		fmt.Fprintf(a.out, "Not touched: %s with rejected rows in %s, exports and copies made before, and the sources' own files.\n", plural(len(entries), "file"), rejects)
		return
	}
	fmt.Fprintln(a.out, "Not touched: exports and copies made before, and the sources' own files.")
}

func facts(n int64) string { return counted(n, "fact", "facts") }

func people(n int64) string { return counted(n, "person", "people") }

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// quotedShort quotes a text for one line.
func quotedShort(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
