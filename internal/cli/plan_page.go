package cli

import (
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

//go:embed plan.html
var planHTML string

var planTemplate = template.Must(template.New("plan").Parse(planHTML))

// pageMovers is how many movers of a segmentation a page names.
const pageMovers = 500

// planPage is a plan as a page shows it: everything in words, and drawn.
type planPage struct {
	Heading, To, Made, Hash string
	From                    int64
	AsOf                    string
	Revenue                 string // what ARR is called; "" where there is none
	Changes, Notes          []string
	Lenses                  []lensPage
	Load                    *tablePage
}

type lensPage struct {
	Title, Words string
	Flows        []flow
	Tables       []tablePage
	Notes        []string
	Movers       []moverPage
	More         string
}

type tablePage struct {
	Title string
	Heads []string
	Rows  [][]cellPage
}

type cellPage struct {
	Text  string
	Stays bool
}

type moverPage struct{ ID, Name, From, To, Revenue, Because, Renews string }

// writePlanPage writes a plan as one file that needs no other.
func writePlanPage(name string, p pipeline.PlanReport, made time.Time) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".plan-*.html")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := planTemplate.Execute(f, pageOf(p, made)); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func pageOf(p pipeline.PlanReport, made time.Time) planPage {
	out := planPage{From: p.From, To: "what is written now", AsOf: p.AsOf.String(), Revenue: p.RevenueTitle, Made: made.Format("2006-01-02 15:04 MST"), Hash: p.ToHash[:min(len(p.ToHash), 8)]}
	if p.Revenue == "" {
		out.Revenue = ""
	}
	if p.To > 0 {
		out.To = fmt.Sprintf("version %d", p.To)
	}
	out.Heading = "Nobody moves"
	if n := p.Moves(); n > 0 {
		out.Heading = counted(n, "move", "moves") + " planned"
	}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, changeWords(c))
	}
	out.Notes = planNotes(p)
	for _, l := range p.Lenses {
		if l.How != "" || l.Moves() > 0 {
			out.Lenses = append(out.Lenses, pageOfLens(p, l))
		}
	}
	if p.Load != nil && len(p.Load.Owners) > 0 {
		out.Load = pageOfLoad(*p.Load)
	}
	return out
}

func pageOfLens(p pipeline.PlanReport, l pipeline.PlannedLens) lensPage {
	out := lensPage{Title: l.Title}
	switch {
	case l.How == spec.Added:
		out.Words = "It is new: everybody gets a first place in it."
		return out
	case l.How != "":
		out.Words = "It ends: its history stays."
		return out
	}
	out.Words = fmt.Sprintf("%s of %s.", movesText(pipeline.MoveCount{Moved: l.Moved, Came: l.Came, Left: l.Left}), customers(l.Customers))
	if l.Kind != pipeline.LensSegmentation {
		return out
	}
	inCustomers := measure{"Customers", func(c pipeline.Transition) int64 { return c.Customers }, count}
	measures := []measure{inCustomers}
	if p.Revenue != "" {
		measures = append(measures, measure{p.RevenueTitle, func(c pipeline.Transition) int64 { return c.RevenueMinor }, func(n int64) string { return amount(n, p.Currency) }})
	}
	for _, m := range measures {
		out.Flows = append(out.Flows, flowOf(l, m))
		out.Tables = append(out.Tables, matrixOf(l, m))
	}
	if before, then := l.Dark(); before != then {
		out.Notes = append(out.Notes, fmt.Sprintf("Can't be told: %s now, %s then.", customers(before), count(then)))
	}
	if words := undecidedWords(l); words != "" {
		out.Notes = append(out.Notes, words)
	}
	if l.Renewing > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("Of those who move, %s have a contract that ends within %d days.", customers(l.Renewing), p.Renewing))
	}
	for i, m := range l.Movers {
		if i == pageMovers {
			out.More = fmt.Sprintf("... and %s more", count(l.Moves()-pageMovers))
			break
		}
		out.Movers = append(out.Movers, pageOfMover(p, m))
	}
	return out
}

func pageOfMover(p pipeline.PlanReport, m pipeline.PlannedMove) moverPage {
	out := moverPage{ID: m.Customer, Name: m.Name, From: ledgerWords(m.From, "new"), To: ledgerWords(m.To, "gone"), Revenue: "?", Because: strings.ReplaceAll(becauseWords(m), "->", "→")}
	if m.Name == "" {
		out.ID, out.Name = "", m.Customer
	}
	if m.Revenue != nil {
		out.Revenue = money.FromMajor(*m.Revenue, p.Currency).Rounded()
	}
	if m.Renews != nil {
		out.Renews = m.Renews.String()
	}
	return out
}

func pageOfLoad(l pipeline.PlannedLoad) *tablePage {
	t := tablePage{Heads: append([]string{"Owner"}, l.Touches...)}
	for _, o := range l.Owners {
		who := o.Owner
		if who == "" {
			who = "(nobody)"
		}
		row := []cellPage{{Text: who}}
		for i := range o.Before {
			text := count(o.Before[i])
			if o.Before[i] != o.Then[i] {
				text += " → " + count(o.Then[i])
			}
			row = append(row, cellPage{Text: text})
		}
		t.Rows = append(t.Rows, row)
	}
	return &t
}

// measure is what is counted of customers that go from one place to another.
type measure struct {
	title string
	of    func(pipeline.Transition) int64
	words func(int64) string
}

// sides are the places that customers leave, and those that they come to, in the
// order of the segments; who is no customer stands last.
func sides(l pipeline.PlannedLens) (from, to []string) {
	places := append(slices.Clone(l.Places), segmentation.Absent)
	for _, c := range l.Cells {
		for _, name := range []string{c.From, c.To} {
			if !slices.Contains(places, name) {
				places = slices.Insert(places, len(places)-1, name)
			}
		}
	}
	holds := func(end func(pipeline.Transition) string) []string {
		return slices.DeleteFunc(slices.Clone(places), func(name string) bool {
			return !slices.ContainsFunc(l.Cells, func(c pipeline.Transition) bool { return end(c) == name && c.Customers > 0 })
		})
	}
	return holds(func(c pipeline.Transition) string { return c.From }), holds(func(c pipeline.Transition) string { return c.To })
}

// matrixOf is the table of customers from each place to each.
func matrixOf(l pipeline.PlannedLens, m measure) tablePage {
	from, to := sides(l)
	t := tablePage{Title: m.title + " from each place to each", Heads: []string{"Now \\ then"}}
	for _, name := range to {
		t.Heads = append(t.Heads, ledgerWords(name, "gone"))
	}
	t.Heads = append(t.Heads, "Now")
	sums := make([]int64, len(to)+1)
	for _, name := range from {
		row, total := []cellPage{{Text: ledgerWords(name, "new")}}, int64(0)
		for i, target := range to {
			n := int64(0)
			for _, c := range l.Cells {
				if c.From == name && c.To == target {
					n += m.of(c)
				}
			}
			total, sums[i] = total+n, sums[i]+n
			text := ""
			if n != 0 {
				text = m.words(n)
			}
			row = append(row, cellPage{Text: text, Stays: name == target})
		}
		sums[len(to)] += total
		t.Rows = append(t.Rows, append(row, cellPage{Text: m.words(total)}))
	}
	last := []cellPage{{Text: "Then"}}
	for _, n := range sums {
		last = append(last, cellPage{Text: m.words(n)})
	}
	t.Rows = append(t.Rows, last)
	return t
}
