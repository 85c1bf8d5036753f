package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

func (a *app) showReady(cmd *cobra.Command, name, asOf string) error {
	date, err := day(asOf)
	if err != nil {
		return err
	}
	if _, isSection := sectionWords[name]; name != "" && !isSection {
		if _, err := pipeline.Catalog(pipeline.CatalogRequest{Name: name}); err != nil {
			return err
		}
	}
	return a.withEngine(cmd.Context(), "catalog", func(e *pipeline.Engine) error {
		report, err := e.Ready(cmd.Context(), pipeline.ReadyRequest{Root: a.project, Name: name, AsOf: date, Now: a.now()})
		if errors.Is(err, pipeline.ErrNothingImported) {
			return fmt.Errorf("%w: start with segue import", err)
		}
		if err != nil {
			return err
		}
		return a.answer(report, func() { a.printReady(report, name) })
	})
}

func (a *app) printReady(r pipeline.ReadyReport, name string) {
	fmt.Fprintf(a.out, "Of %s, by %s, as of %s: how many each could tell something of with your data as it is, what it can feed first.\n", customers(r.Customers), r.Grain, r.AsOf)
	fmt.Fprintln(a.out, "Those with a + are yours already: yours was looked at.")
	for _, section := range []string{"segmentations", "dimensions", "audiences", "metrics"} {
		t := newTable("", "Customers", "Share", "Their ARR", "What is missing").numbers(1, 2, 3)
		t.wide = true
		for _, fed := range []bool{true, false} {
			for _, d := range r.Definitions {
				if d.Section == section && d.Known > 0 == fed {
					t.add(readyCells(r, d)...)
				}
			}
		}
		if len(t.rows) > 0 && (section != "metrics" || name != "") {
			fmt.Fprintln(a.out)
			a.headline(sectionWords[section])
			t.write(a.out, a.colored())
		}
	}
	if name == "" {
		fmt.Fprintf(a.out, "\n  %[1]s catalog metrics --ready   the same of each number\n  %[1]s catalog NAME              what to do while the data is thin\n", a.call())
	}
}

func readyCells(r pipeline.ReadyReport, d pipeline.ReadyDefinition) []string {
	name, arr, share := "  "+d.Name, "", 0.0
	if d.Yours {
		name = "+ " + d.Name
	}
	if r.Priced && d.Known > 0 {
		arr = amount(d.RevenueMinor, r.Currency)
	}
	if r.Customers > 0 {
		share = float64(d.Known) / float64(r.Customers)
	}
	return []string{name, count(d.Known), percent(share), arr, lacksWords(d, r.Customers)}
}

// lacksWords says what a definition lacks.
func lacksWords(d pipeline.ReadyDefinition, all int64) string {
	if d.Misfit != "" {
		return "does not go with yours: " + d.Misfit
	}
	var parts, texts []string
	for _, q := range d.Lacks {
		parts = append(parts, lackWords(q))
	}
	if len(parts) > 0 {
		texts = append(texts, "no source gives "+strings.Join(parts, ", nor "))
	}
	if len(d.Empty) > 0 {
		texts = append(texts, "nothing has been imported of "+orWords(d.Empty))
	}
	switch {
	case texts != nil || d.Known > 0 || all == 0:
	case len(d.Nobodys) > 0:
		return fmt.Sprintf("no row of %s belongs to a customer: segue match says whose they may be", orWords(d.Nobodys))
	case len(d.Untold) > 0:
		return "of nobody is known: " + strings.Join(d.Untold, ", ")
	default:
		return "the data is there, and says nothing of them"
	}
	return strings.Join(texts, "; ")
}

// lackWords names what is missing of one fact kind.
func lackWords(q spec.Requirement) string {
	switch {
	case len(q.Columns) == 0:
		return q.Kind
	case q.Kind == fact.AccountKind && len(q.Columns) == 1:
		return "the trait " + q.Columns[0]
	case q.Kind == fact.AccountKind:
		return "the traits " + orWords(q.Columns)
	}
	return orWords(q.Columns) + " of " + q.Kind
}

func orWords(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
