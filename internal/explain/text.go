package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
)

// TextOptions say how an explanation is written.
type TextOptions struct {
	Color bool
	Width int // columns; 0 is 100
}

// Text writes the explanation for people.
func (e Explanation) Text(w io.Writer, o TextOptions) error {
	p := printer{color: o.Color, width: o.Width}
	if p.width <= 0 {
		p.width = 100
	}
	p.heading(e)
	p.because(e)
	p.missed(e)
	p.dimensions(e)
	p.values(e)
	p.changes(e)
	for i, joined := range e.Joined {
		if i == 0 {
			p.title("One customer")
		}
		p.line("  ", joined)
	}
	for _, erased := range e.Erased {
		p.b.WriteString("\n" + erased + "\n")
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// Colours of a terminal.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

type printer struct {
	b     strings.Builder
	color bool
	width int
}

func (p *printer) paint(code, s string) string {
	if !p.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *printer) mark(t Truth) string {
	switch t {
	case Yes:
		return p.paint(green, "✓")
	case No:
		return p.paint(red, "✗")
	default:
		return p.paint(yellow, "?")
	}
}

func (p *printer) title(s string) { p.b.WriteString("\n" + p.paint(bold, s) + "\n") }

// heading says where the customer is, and how firmly.
func (p *printer) heading(e Explanation) {
	who := e.CustomerName
	switch {
	case who == "":
		who = e.Customer
	case e.Grain == customer.Grain{Level: customer.ByAccountProduct}.String(): // the id names the product
		who += " (" + e.Customer + ")"
	}
	where := p.paint(bold, e.SegmentTitle) + fmt.Sprintf(" (%s), as of %s", within(e.SegmentationTitle), e.AsOf)
	var possible, missing []string
	for _, s := range e.Possible {
		possible = append(possible, s.Title)
	}
	for _, g := range e.Missing {
		if !slices.Contains(missing, g.Reason) {
			missing = append(missing, g.Reason)
		}
	}
	open := "possible: " + strings.Join(possible, ", ")
	if len(missing) > 0 {
		open += "; missing: " + strings.Join(missing, ", ")
	}
	switch e.Standing {
	case Held:
		p.line("", who+" stays in "+where)
		p.line("  ", "What is missing could move it, so it stays where it was; "+open)
	case Provisional:
		p.line("", who+" is in "+where+", for now")
		others := "Better"
		if len(e.Possible) > 0 && e.Possible[0].Name == e.Segment {
			others = "Other"
		}
		p.line("  ", others+" segments cannot be ruled out; "+open)
	case MissingAsNo:
		p.line("", who+" is in "+where)
		p.line("  ", "What is missing counts as no; "+open)
	case CantTell:
		p.line("", fmt.Sprintf("Can't tell where %s belongs (%s), as of %s", who, within(e.SegmentationTitle), e.AsOf))
		p.line("  ", capital(open))
	case NoSegment:
		p.line("", fmt.Sprintf("%s is in no segment (%s), as of %s: every rule says no", who, within(e.SegmentationTitle), e.AsOf))
	default:
		p.line("", who+" is in "+where)
	}
	if e.Wait != nil {
		p.line("  ", capital(e.Wait.Text))
	}
	if e.Pinned != nil {
		p.line("  ", capital(e.Pinned.Text))
	}
	if e.SegmentWhy != "" {
		p.line("  ", e.SegmentWhy)
	}
}

// because shows the rule of the segment as a tree.
func (p *printer) because(e Explanation) {
	if e.Because == nil {
		return
	}
	if e.Pinned != nil {
		p.title("By the rules: " + e.Pinned.ByRuleTitle + ", because")
	} else {
		p.title("Because")
	}
	p.tree(*e.Because, "  ")
}

func (p *printer) tree(c Condition, indent string) {
	rows := p.flatten(c, "")
	left := p.column(rows)
	for _, r := range rows {
		p.row(indent, len(indent), r[0], left, r[1])
	}
}

// joinWords head the parts of a whole.
var joinWords = map[string]string{"all": "all of", "any": "any of", "not": "not"}

// flatten returns the lines of a rule, each with what stands beside it.
func (p *printer) flatten(c Condition, indent string) [][2]string {
	head := indent + p.mark(c.Truth) + " "
	if len(c.Parts) == 0 {
		return [][2]string{{head + c.Words, c.Detail}}
	}
	rows := [][2]string{{head + joinWords[c.Join], ""}}
	for _, part := range c.Parts {
		rows = append(rows, p.flatten(part, indent+"  ")...)
	}
	return rows
}

// missed says why the segments before it were not taken.
func (p *printer) missed(e Explanation) {
	if len(e.Missed) == 0 {
		return
	}
	if settled := len(e.Possible) == 0 || e.Possible[len(e.Possible)-1].Name == e.Segment; e.Standing == Held || e.Standing == Provisional && !settled {
		p.title("The other segments")
	} else {
		p.title("Why not an earlier segment")
	}
	left := 0
	for _, m := range e.Missed {
		left = max(left, width(m.Title))
	}
	for _, m := range e.Missed {
		p.row("  "+p.mark(m.Truth)+" ", 4, m.Title, left, m.Text)
	}
}

func (p *printer) dimensions(e Explanation) {
	if len(e.Dimensions) == 0 {
		return
	}
	p.title("Levels")
	first, second := 0, 0
	for _, d := range e.Dimensions {
		first, second = max(first, width(d.Title)), max(second, width(d.LevelTitle))
	}
	for _, d := range e.Dimensions {
		p.row("  ", 2, pad(d.Title, first)+"  "+d.LevelTitle, first+2+second, d.Text)
		for _, part := range d.Parts {
			p.row("      "+p.mark(part.Truth)+" ", 8, part.Words, 0, part.Detail+pointsWords(part))
		}
	}
}

func pointsWords(part Part) string {
	weight := figure(part.Weight)
	if part.Scaled != nil {
		return ": " + figure(*part.Scaled*100) + " of 100, weight " + weight
	}
	switch part.Truth {
	case Yes:
		return ", " + plural(part.Weight, "point")
	case No:
		return ", 0 of " + plural(part.Weight, "point")
	}
	return ", weight " + weight
}

func (p *printer) values(e Explanation) {
	if len(e.Values) == 0 {
		return
	}
	p.title("Where the numbers come from")
	first, second := 0, 0
	for _, v := range e.Values {
		first, second = max(first, width(v.Title)), max(second, width(v.Shown))
	}
	first, second = min(first, p.width/3), min(second, p.width/4)
	for _, v := range e.Values {
		p.row("  ", 2, pad(v.Title, first)+"  "+v.Shown, first+2+second, v.Text)
	}
}

// changes says what would move the customer, and what to find out.
func (p *printer) changes(e Explanation) {
	const most = 6
	if len(e.Changes) > 0 {
		p.title("What would move it")
		for i, c := range e.Changes {
			if i == most {
				p.line("  ", fmt.Sprintf("... and %d more", len(e.Changes)-most))
				break
			}
			head := ""
			if i == 0 {
				head = "Smallest change: "
			}
			p.line("  ", head+c.Text+".")
		}
		if e.cutsMove() {
			p.line("  ", "Cuts by percentile or share of a total move with the customers: these changes take them as they stand.")
		}
	}
	if len(e.Questions) > 0 {
		p.title("What to find out")
		for _, q := range e.Questions {
			p.line("  ", capital(q.Text)+".")
		}
	}
}

// cutsMove reports whether a level that is asked about is cut among the customers.
func (e Explanation) cutsMove() bool {
	return slices.ContainsFunc(e.Dimensions, func(l Lens) bool {
		return slices.ContainsFunc(l.Bounds, func(b Bound) bool { return b.Cut != "" })
	})
}

// column returns the width of the left column of a table, so that the right
// one has room.
func (p *printer) column(table [][2]string) int {
	left := 0
	for _, row := range table {
		if row[1] != "" {
			left = max(left, width(row[0]))
		}
	}
	return min(left, p.width/2)
}

// row writes the left text padded to a column and the right one wrapped beside
// it, or below where the left is too long.
func (p *printer) row(head string, headWidth int, left string, column int, right string) {
	if right == "" {
		p.b.WriteString(head + left + "\n")
		return
	}
	at := headWidth + column + 2
	lines := wrap(right, max(p.width-at, 30))
	if width(left) > column && column > 0 {
		p.b.WriteString(head + left + "\n" + strings.Repeat(" ", at))
	} else {
		p.b.WriteString(head + pad(left, column) + "  ")
	}
	for i, l := range lines {
		if i > 0 {
			p.b.WriteString(strings.Repeat(" ", at))
		}
		p.b.WriteString(p.paint(dim, l) + "\n")
	}
}

// line writes wrapped text.
func (p *printer) line(indent, s string) {
	for i, l := range wrap(s, p.width-len(indent)) {
		if i > 0 {
			p.b.WriteString("  ")
		}
		p.b.WriteString(indent + l + "\n")
	}
}

// width counts the characters of a text that are seen.
func width(s string) int {
	n, hidden := 0, false
	for _, c := range s {
		switch {
		case c == '\x1b':
			hidden = true
		case hidden:
			hidden = c != 'm'
		default:
			n++
		}
	}
	return n
}

func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-width(s), 0))
}

// wrap breaks a text at spaces.
func wrap(s string, columns int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && width(line)+1+width(word) > columns {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
