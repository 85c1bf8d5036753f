package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/pipeline"
)

func (a *app) versionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "versions",
		Short: "List the versions of the strategy that customers were placed by",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withEngine(cmd.Context(), "versions", func(e *pipeline.Engine) error {
				list, err := e.Versions(cmd.Context())
				if err != nil {
					return err
				}
				return a.answer(list, func() {
					if len(list) == 0 {
						fmt.Fprintf(a.out, "No version is applied yet: %s run applies the first.\n", a.call())
						return
					}
					t := newTable("Version", "Applied", "Since the one before")
					t.wide = true
					for _, v := range list {
						words := make([]string, len(v.Changes))
						for i, c := range v.Changes {
							words[i] = changeWords(c)
						}
						text := strings.Join(words, ", ")
						switch {
						case v.Unread != "":
							text = v.Unread
						case v.Number == list[len(list)-1].Number:
							text = "the first"
						}
						if v.Same != 0 {
							text = fmt.Sprintf("version %d again: %s", v.Same, text)
						}
						t.add(fmt.Sprint(v.Number), v.Applied.Format("2006-01-02 15:04"), text)
					}
					t.write(a.out, a.colored())
				})
			})
		},
	}
}

func (a *app) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff [VERSION [VERSION]]",
		Short: "Show in what two versions of the strategy differ",
		Long: `Show in what a version of the strategy differs from an older one, in definitions
and line by line. Without a second VERSION, the folder is held against the first;
without any, against the version that is applied.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var numbers [2]int64
			for i, arg := range args {
				var err error
				if numbers[i], err = strconv.ParseInt(strings.TrimPrefix(strings.ToLower(arg), "v"), 10, 64); err != nil || numbers[i] < 1 {
					return misuseError{fmt.Errorf("version %q: want a number that segue versions lists", arg)}
				}
			}
			return a.withEngine(cmd.Context(), "diff", func(e *pipeline.Engine) error {
				if numbers[0] == 0 {
					list, err := e.Versions(cmd.Context())
					if err != nil {
						return err
					}
					if len(list) == 0 {
						return hintApplied(pipeline.ErrNothingApplied)
					}
					numbers[0] = list[0].Number
				}
				report, err := e.Diff(cmd.Context(), numbers[0], numbers[1])
				if err != nil {
					return err
				}
				return a.answer(report, func() { a.showDiff(report) })
			})
		},
	}
}

func (a *app) showDiff(r pipeline.DiffReport) {
	if len(r.Files) == 0 {
		fmt.Fprintln(a.out, "They are the same.")
		return
	}
	for _, c := range r.Changes {
		fmt.Fprintln(a.out, changeWords(c))
	}
	if len(r.Changes) == 0 {
		fmt.Fprintln(a.out, "Only titles, reasons or layout differ: nobody can move by that.")
	}
	called := func(version int64, name string) string {
		if version == 0 {
			return name + " (as it is written now)"
		}
		return fmt.Sprintf("%s (version %d)", name, version)
	}
	for _, f := range r.Files {
		fmt.Fprintf(a.out, "\n%s", diff.Diff(called(r.From, f.Name), []byte(f.Before), called(r.To, f.Name), []byte(f.After)))
	}
}
