package suggest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// closeNames are what tools call the one date that says when an open deal is
// expected to close, and when a closed one did.
var closeNames = []string{"close_date", "closedate", "closing_date", "abschlussdatum", "date_cloture"}

// closing tells the day on which a deal closed from the one on which it is
// expected to, where one column says both.
func (b *binding) closing() {
	i := slices.IndexFunc(b.s.Columns, func(n Binding) bool { return n.To == "expected_on" })
	if i < 0 || b.g.bound["closed_on"] != "" || !isNamed(b.g.bound["expected_on"], closeNames) {
		return
	}
	day := columnOf(b.g, "expected_on")
	over, rows := b.over()
	if rows == 0 {
		return
	}
	n := &b.s.Columns[i]
	if day.Filled == rows {
		n.To, n.KnownFrom = "closed_on", n.From
		n.Why += "; only deals that are won or lost have it"
		return
	}
	closed := *n
	stage := fmt.Sprintf("%s in [%s]", rowName(b.g.bound["stage"]), strings.Join(over, ", "))
	closed.To, closed.From, closed.KnownFrom = "closed_on", "", n.From
	closed.Is = fmt.Sprintf(`date(%s ? %s : "")`, stage, rowName(n.From))
	closed.Why = fmt.Sprintf("the day of the %s deals that are won or lost is that on which they closed", count(rows))
	n.Is, n.From = fmt.Sprintf(`date(%s ? "" : %s)`, stage, rowName(n.From)), ""
	n.Why += "; of deals that are still open"
	b.s.Columns = slices.Insert(b.s.Columns, i+1, closed)
}

// over returns the stages of deals that are won or lost, in quotes, and how many
// rows they are.
func (b *binding) over() (stages []string, rows int64) {
	c := columnOf(b.g, "stage")
	means := ends(c)
	for _, text := range sortedKeys(c.Values) {
		if meant := means[text]; meant != "" || text == "won" || text == "lost" {
			stages = append(stages, strconv.Quote(text))
			rows += c.Values[text]
		}
	}
	return stages, rows
}
