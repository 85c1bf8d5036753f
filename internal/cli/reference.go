package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/segue-cs/segue/examples"
	"github.com/segue-cs/segue/internal/reference"
)

// referenceCommand writes docs/reference. It is for those who change the
// program.
func (a *app) referenceCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "reference DIR",
		Short:  "Write the reference pages into a folder",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pages, err := reference.Pages(examples.Acme(), commands(cmd.Root()))
			if err != nil {
				return err
			}
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("write the reference: %w", err)
			}
			for name, text := range pages {
				if err := os.WriteFile(filepath.Join(args[0], name), []byte(text), 0o644); err != nil {
					return fmt.Errorf("write the reference: %w", err)
				}
			}
			return nil
		},
	}
}

// commands describes the verbs that people see, in the order of the help.
func commands(root *cobra.Command) reference.Commands {
	all := reference.Commands{Doc: root.Long, Common: options(root.PersistentFlags())}
	for _, c := range root.Commands() {
		if c.Hidden || !c.IsAvailableCommand() {
			continue
		}
		all.Verbs = append(all.Verbs, verb(c, ""))
		for _, below := range c.Commands() {
			all.Verbs = append(all.Verbs, verb(below, c.Name()+" "))
		}
	}
	return all
}

func verb(c *cobra.Command, above string) reference.Verb {
	return reference.Verb{Use: above + c.Use, Short: c.Short, Doc: c.Long, Flags: options(c.LocalNonPersistentFlags())}
}

// takesWords are what people read for the types of options.
var takesWords = map[string]string{"string": "TEXT", "strings": "LIST", "int": "N", "uint": "N", "float": "N"}

// options describes flags. What a flag is without being given is left out
// where it is nothing, or where its words say it.
func options(flags *pflag.FlagSet) []reference.Flag {
	var list []reference.Flag
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		takes, doc := pflag.UnquoteUsage(f)
		if word, ok := takesWords[takes]; ok {
			takes = word
		}
		preset := f.DefValue
		if slices.Contains([]string{"", "0", "false", "[]"}, preset) {
			preset = ""
		}
		list = append(list, reference.Flag{Name: f.Name, Short: f.Shorthand, Takes: takes, Doc: doc, Default: preset})
	})
	return list
}
