package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/pipeline"
)

// catalogSections are the words that ask for one part of the catalogue.
var catalogSections = []string{"segmentations", "dimensions", "audiences", "metrics", "traits"}

func (a *app) catalogCommand() *cobra.Command {
	var ready bool
	var asOf string
	c := &cobra.Command{
		Use:   "catalog [SECTION | NAME]",
		Short: "Browse ready-made strategies, dimensions and metrics, and take them",
		Long: `List what comes ready made: all of it, one section (segmentations, dimensions,
audiences, metrics, traits), or one definition in full: what it is for, what data
it needs, what to do while that is thin, where it comes from, and its YAML.

With --ready, say of how many of your customers each of them can tell something
from the data that is there, and what is missing for the others. Nothing is kept.

segue catalog add NAME takes one into your own files.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			if ready {
				return a.showReady(cmd, name, asOf)
			}
			return a.browse(name)
		},
	}
	c.Flags().BoolVar(&ready, "ready", false, "say which of them your data can feed, and what the others lack")
	c.Flags().StringVar(&asOf, "as-of", "", "with --ready: the `DATE` to look at (default the last that all sources reach)")
	c.AddCommand(a.catalogAddCommand())
	return c
}

func (a *app) browse(name string) error {
	r := pipeline.CatalogRequest{Name: name}
	if slices.Contains(catalogSections, name) {
		r = pipeline.CatalogRequest{Section: name}
	}
	report, err := pipeline.Catalog(r)
	if err != nil {
		return err
	}
	return a.answer(report, func() {
		switch {
		case r.Name != "":
			a.showDefinition(report.Approaches[0], report.Approaches[0].Definitions[0])
		case r.Section != "":
			a.showSection(report, r.Section)
		default:
			a.showCatalog(report)
		}
	})
}

func (a *app) catalogAddCommand() *cobra.Command {
	r := pipeline.AdoptRequest{}
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Take a ready-made definition, and what it needs, into your own files",
		Long: `Write a definition of the catalogue, and all that it needs and is not there yet,
at the end of metrics.yaml, dimensions.yaml, segmentations.yaml and so on, or of
the files that hold your own. What is there stays as it is; a definition of yours
is used where it has the name of one that is needed. From then on the text is
yours to change.`,
		Args: misuseArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if info, err := os.Stat(a.project); err != nil || !info.IsDir() {
				return fmt.Errorf("open project %q: no such folder; name it with --project", a.project)
			}
			r.Root, r.Name = a.project, args[0]
			report, err := pipeline.Adopt(r)
			if err != nil {
				return err
			}
			return a.answer(report, func() { a.showAdopted(report) })
		},
	}
	c.Flags().StringVar(&r.As, "as", "", "the `NAME` that it gets in your files (default its own)")
	return c
}

func (a *app) showAdopted(r pipeline.AdoptReport) {
	if len(r.Added) == 0 {
		fmt.Fprintf(a.out, "%s is there already, in %s on line %d, and stays as it is. To have the catalogue's beside it: %s catalog add %s --as OTHER_NAME\n", r.Name, r.Kept[0].File, r.Kept[0].Line, a.call(), r.Name)
		return
	}
	width := 0
	for _, p := range r.Added {
		width = max(width, len(p.Name))
	}
	file := ""
	for _, p := range r.Added {
		if p.File != file {
			file = p.File
			fmt.Fprintf(a.out, "Written to %s:\n", filepath.Join(a.project, filepath.FromSlash(file)))
		}
		fmt.Fprintf(a.out, "  %-*s  %s\n", width, p.Name, p.Title)
	}
	if len(r.Kept) > 0 {
		var names []string
		for _, p := range r.Kept {
			names = append(names, fmt.Sprintf("%s (%s:%d)", p.Name, p.File, p.Line))
		}
		fmt.Fprintf(a.out, "Yours is used, as it is: %s.\n", strings.Join(names, ", "))
	}
	fmt.Fprintf(a.out, "The text is yours now: look for \"set to your own\". Then: %s run\n", a.call())
}
