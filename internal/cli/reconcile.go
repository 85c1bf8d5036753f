package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/pipeline"
)

func (a *app) reconcileCommand() *cobra.Command {
	var m moment
	r := pipeline.ReconcileRowsRequest{}
	c := &cobra.Command{
		Use:   "reconcile [METRIC]",
		Short: "Lead from what the sources say to ARR, line by line and to the cent",
		Long: `Show for each source what was imported and what it says now, then every reason
for which a row does not count, down to the ARR that segue segments shows. With
--line NAME, list the rows behind one line. METRIC is another sum of amounts.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.read(cmd); err != nil {
				return err
			}
			if r.Limit < 0 || r.Offset < 0 {
				return misuseError{fmt.Errorf("--limit %d --offset %d: want 0 or more", r.Limit, r.Offset)}
			}
			for _, name := range []string{"source", "kind", "limit", "offset"} {
				if r.Line == "" && cmd.Flags().Changed(name) {
					return misuseError{fmt.Errorf("--%s goes with --line NAME", name)}
				}
			}
			if len(args) == 1 {
				r.Metric = args[0]
			}
			return a.withMoment(cmd.Context(), "reconcile", &m, func(e *pipeline.Engine) error {
				r.AsOf, r.RejectsDir = m.asOf, filepath.Join(a.dataFolder(), "rejects")
				if r.Line != "" {
					rows, err := e.ReconcileRows(cmd.Context(), r)
					if err != nil {
						return err
					}
					return a.answer(rows, func() { a.showReconcileRows(rows, r.Limit) })
				}
				report, err := e.Reconcile(cmd.Context(), r.ReconcileRequest)
				if err != nil && !errors.Is(err, pipeline.ErrOpenBridge) {
					return err
				}
				return errors.Join(err, a.answer(report, func() { a.showReconciliation(report) }))
			})
		},
	}
	m.flags(c, seenDay)
	c.Flags().StringVar(&r.Line, "line", "", "list the rows of the line `NAME`, such as ended or rejected")
	c.Flags().StringVar(&r.Source, "source", "", "with --line: rows of one `SOURCE`")
	c.Flags().StringVar(&r.Kind, "kind", "", "with --line: contract lines of one `KIND`, such as trial")
	c.Flags().IntVarP(&r.Limit, "limit", "n", 50, "with --line: rows to show, 0 for all")
	c.Flags().IntVar(&r.Offset, "offset", 0, "with --line: rows to skip")
	return c
}

func (a *app) showReconciliation(r pipeline.Reconciliation) {
	a.headline(fmt.Sprintf("%s (%s), by %s, as of %s: from what the sources say to what counts", r.Title, r.Metric, r.Grain, r.AsOf))
	a.lines(r.Sentence())
	fmt.Fprintln(a.out)
	imports := newTable("What was imported", "Rows", "Line", "Amount").numbers(1)
	imports.wide = true
	for _, s := range r.Sources {
		imports.add(s.Source, "", "", "")
		for _, l := range s.Imported {
			words := "  " + l.Words
			if l.Line == "read" && s.Imports > 1 {
				words = fmt.Sprintf("  in its files, over %d imports", s.Imports)
			}
			var sums []string
			for _, m := range l.Money {
				sums = append(sums, m.String())
			}
			imports.add(words, count(l.Rows), l.Line, strings.Join(sums, ", "))
		}
	}
	imports.write(a.out, a.colored())
	fmt.Fprintln(a.out)
	t := newTable("What counts", "Rows", "Customers", r.Title, "Line").numbers(1, 2, 3)
	for _, l := range r.Lines {
		words, rows := l.Words, l.Rows
		switch {
		case l.Of:
			words = "  " + words
		case l.Line == "counted":
			words = "= " + words
		case l.Source != "":
			words = "+ " + words
		default:
			words, rows = "- "+words, -rows
		}
		who := count(l.Customers)
		if l.Line == "converted" || l.Line == "unmatched" {
			who = "" // among those of the source; of nobody
		}
		t.add(words, count(rows), who, money.Amount{Minor: l.Minor, Currency: r.Currency}.String(), l.Line)
	}
	t.write(a.out, a.colored())
	if r.Where != "" {
		fmt.Fprintf(a.out, "%s sums %s of %s where %s\n", r.Title, r.Column, r.Kind, r.Where)
	}
	fmt.Fprintf(a.out, "The rows of a line: %s reconcile --line NAME\n", a.call())
}

func (a *app) showReconcileRows(r pipeline.ReconcileRows, limit int) {
	if r.Rejected != nil {
		a.showRejectedRows(r, limit)
		return
	}
	if len(r.Rows) == 0 {
		fmt.Fprintf(a.out, "No rows: %s, as of %s\n", r.Words, r.AsOf)
		return
	}
	t := newTable("Source", "Id", "Account", "Name", "Product", "Starts", "Ends", "Amount", "Why").numbers(7)
	t.wide = true
	for _, x := range r.Rows {
		ends, amount := "", ""
		if x.Ends != nil {
			ends = x.Ends.String()
		}
		if x.Written != nil {
			amount = x.Written.String()
		}
		t.add(x.Source, x.ID, x.Account, x.Name, x.Product, x.Starts.String(), ends, amount, x.Why)
	}
	t.write(a.out, a.colored())
	if limit > 0 && len(r.Rows) == limit {
		fmt.Fprintf(a.out, "The first %d; all of them: --limit 0\n", limit)
	}
}

func (a *app) showRejectedRows(r pipeline.ReconcileRows, limit int) {
	if len(r.Rejected) > 0 {
		t := newTable("Source", "Import", "File", "Line", "Column", "Value", "Why").numbers(3)
		t.wide = true
		for _, x := range r.Rejected {
			t.add(x.Source, fmt.Sprint(x.Import), x.File, count(int64(x.Line)), x.Column, x.Value, x.Why)
		}
		t.write(a.out, a.colored())
	} else if r.Gone == 0 {
		fmt.Fprintf(a.out, "No rows: %s, as of %s\n", r.Words, r.AsOf)
	}
	if limit > 0 && len(r.Rejected) == limit {
		fmt.Fprintf(a.out, "The first %d; all of them: --limit 0\n", limit)
	}
	if r.Gone > 0 {
		fmt.Fprintf(a.out, "%s of older imports: their files of rejected rows are no longer kept\n", plural(int(r.Gone), "row"))
	}
}
