package cli

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/suggest"
)

// barWidth is the longest bar of a histogram, in characters.
const barWidth = 30

// showDistribution shows what the import comes to: the totals, how the value is
// spread, and where it could be cut.
func (n *initiating) showDistribution() {
	d := n.done.Distribution
	fmt.Fprintln(n.out)
	n.showAlike()
	n.headline(fmt.Sprintf("%s of %s, as of %s", n.value.Title, customers(d.Customers), d.AsOf))
	fmt.Fprintf(n.out, "%s%s.\n", strings.ToUpper(n.value.Why[:1]), n.value.Why[1:])
	t := newTable("", "Customers", n.value.Title).numbers(1, 2)
	t.add("above zero", count(d.Above), n.amount(d.SumAbove))
	if d.Below > 0 {
		t.add("below zero", count(d.Below), n.amount(d.Sum-d.SumAbove))
	}
	t.add("zero", count(d.None), n.amount(0))
	if d.Unknown > 0 {
		t.add("can't tell", count(d.Unknown), "?")
	}
	t.add("all", count(d.Customers), n.amount(d.Sum))
	t.write(n.out, n.colored())
	n.showStated(d.Stated)
	if len(d.Histogram) == 0 {
		n.warn(fmt.Sprintf("no customer has any %s: look at the rows above, and at %s", n.value.Title, filepath.Join(n.project, "sources.yaml")))
		return
	}
	fmt.Fprintln(n.out)
	n.showHistogram(d.Histogram)
	fmt.Fprintln(n.out)
	if len(d.Cuts) == 0 {
		fmt.Fprintf(n.out, "%s differs too little to cut customers by it: all are in one segment.\n\n", n.value.Title)
		return
	}
	n.showCuts(d.Cuts)
}

func (n *initiating) showHistogram(bins []suggest.Bin) {
	most, sum := int64(1), 0.0
	for _, b := range bins {
		most, sum = max(most, b.Customers), sum+b.Sum
	}
	t := newTable(n.value.Title, "Customers", "", "Share of "+n.value.Title).numbers(1, 3)
	for _, b := range bins {
		long := int(math.Round(float64(b.Customers) * barWidth / float64(most)))
		if b.Customers > 0 {
			long = max(long, 1)
		}
		t.add(fmt.Sprintf("%s to %s", n.amount(b.From), n.amount(b.To)), count(b.Customers), strings.Repeat("█", long), percent(b.Sum/sum))
	}
	t.write(n.out, n.colored())
}

func (n *initiating) showCuts(cuts []suggest.Cut) {
	fmt.Fprintln(n.out, "Where customers could be cut into three:")
	heads := []string{"Break-points", "Level", "From", "Customers", n.value.Title, "Share"}
	if n.csms > 0 {
		heads = append(heads, fmt.Sprintf("Customers per CSM (%d)", n.csms))
	}
	t := newTable(heads...).numbers(3, 4, 5)
	if n.csms > 0 {
		t.numbers(6)
	}
	for _, c := range cuts {
		sum, customers := 0.0, int64(0)
		for _, tier := range c.Tiers {
			sum += tier.Sum
		}
		for i, tier := range c.Tiers {
			customers += tier.Customers
			row := []string{"", tier.Level, n.amount([]float64{c.High, c.Medium, 0}[i]), count(tier.Customers), n.amount(tier.Sum), percent(tier.Sum / sum)}
			if i == 0 {
				row[0] = c.Name
			}
			if n.csms > 0 {
				row = append(row, number(math.Round(10*float64(customers)/float64(n.csms))/10))
			}
			t.add(row...)
		}
	}
	t.write(n.out, n.colored())
	for _, c := range cuts {
		fmt.Fprintf(n.out, "%s: %s.\n", c.Name, c.Why)
	}
	if n.csms > 0 {
		fmt.Fprintln(n.out, "Customers per CSM: if the CSMs look after that level and those above it.")
	} else {
		fmt.Fprintln(n.out, n.moreCSMs+" adds the customers for each of so many CSMs.")
	}
	fmt.Fprintln(n.out)
}

// shellWord is a text as one word of a command line.
func shellWord(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// amount writes a value in its unit.
func (n *initiating) amount(x float64) string {
	if n.value.IsMoney {
		return money.FromMajor(x, n.done.Distribution.Currency).Rounded()
	}
	return number(x)
}

// next says what to try on what was made.
func (n *initiating) next() {
	call := n.call()
	fmt.Fprintf(n.out, "\nWritten to %s: %s. They are yours to read and change.\n", filepath.Clean(n.project), strings.Join(n.done.Written, ", "))
	fmt.Fprintln(n.out, "What to try next:")
	when, edited := "", " plan, and apply"
	if n.asOf != nil { // a view: nobody is placed whom a plan could move
		when = " --as-of " + n.asOf.String()
		edited = " run" + when
	}
	t := newTable("", "")
	if n.done.Proposal.Proposal.AccountSources() > 1 {
		t.add("  "+call+" match", "who is who: accounts that several files list may be one")
	}
	t.rows = append(t.rows, []string{"  " + call + " customers" + when + " -c " + n.value.Metric + ",tiers -s -" + n.value.Metric, "who they are, largest first"})
	if n.done.Cut != nil {
		t.add("  edit "+filepath.Join(n.project, "dimensions.yaml")+", then: "+call+edited, "other break-points")
		t.add("  "+call+" cuts"+when, "the break-points proposed anew, once there is other data")
	}
	t.add("  "+call+" explain "+shellWord(n.largest)+when, "why the largest is where it is")
	t.add("  "+call+" catalog --ready", "what your data can tell beyond this one number")
	t.add("  "+call+" import", "the same files again, or newer ones in their place")
	t.plain(n.out)
}

// showStated holds the value against what the accounts say themselves: amounts
// in cents, and contracts that are missing, show there first.
func (n *initiating) showStated(s *pipeline.Stated) {
	if s == nil || s.Customers == 0 {
		return
	}
	of := fmt.Sprintf("%q of the accounts (%s) comes to %s for the %s that have either, %s here to %s", s.Title, s.Trait, n.amount(s.Says), customers(s.Customers), n.value.Title, n.amount(s.Sum))
	ratio := math.Inf(1)
	if s.Says != 0 {
		ratio = s.Sum / s.Says
	}
	switch {
	case s.Apart == 0:
		fmt.Fprintf(n.out, "%s: the same.\n", of)
	case ratio > 90 && ratio < 110:
		n.warn(of + ", 100 times as much: are the amounts of the contracts in cents? Then say minor: true beside arr in " + filepath.Join(n.project, "sources.yaml"))
	case ratio > 11.5 && ratio < 12.5:
		n.warn(of + ", 12 times as much: are the amounts of the contracts a year's already, and not a month's?")
	case ratio > 0.08 && ratio < 0.087:
		n.warn(of + ", a twelfth: are the amounts of the contracts a month's, and not a year's?")
	default:
		n.warn(fmt.Sprintf("%s; they differ in %s", of, customers(s.Apart)))
	}
}
