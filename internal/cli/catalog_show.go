package cli

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

// sectionWords are the heads of the parts of the catalogue.
var sectionWords = map[string]string{
	"segmentations": "Strategies (segmentations): each puts every customer into one segment",
	"dimensions":    "Lenses (dimensions): each gives a customer one level",
	"audiences":     "Lists (audiences): customers for a purpose",
	"metrics":       "Numbers (metrics)",
	"traits":        "Traits: what people write down of an account",
}

// sectionNouns are what one of them is called.
var sectionNouns = map[string]string{
	"segmentations": "segmentation", "dimensions": "dimension", "audiences": "audience", "metrics": "metric", "traits": "trait",
}

func (a *app) showCatalog(r pipeline.CatalogReport) {
	for _, section := range []string{"segmentations", "dimensions", "audiences"} {
		a.showSection(r, section)
		fmt.Fprintln(a.out)
	}
	a.headline(sectionWords["metrics"])
	for _, p := range r.Approaches {
		var names []string
		for _, d := range p.Definitions {
			if d.Section == "metrics" {
				names = append(names, d.Name)
			}
		}
		if len(names) > 0 {
			a.paragraph("  "+p.Title+": ", "    ", strings.Join(names, ", "))
		}
	}
	fmt.Fprintf(a.out, `
  %[1]s catalog NAME       what it is for, what data it needs, its YAML
  %[1]s catalog metrics    what each number is
  %[1]s catalog --ready    which of them your data can feed, and what the others lack
  %[1]s catalog add NAME   take it, and what it needs, into your own files
`, a.call())
}

// showSection lists the definitions of one section with a line each.
func (a *app) showSection(r pipeline.CatalogReport, section string) {
	a.headline(sectionWords[section])
	width := 0
	each := func(do func(p pipeline.CatalogApproach, d pipeline.CatalogDefinition)) {
		for _, p := range r.Approaches {
			for _, d := range p.Definitions {
				if d.Section == section {
					do(p, d)
				}
			}
		}
	}
	each(func(_ pipeline.CatalogApproach, d pipeline.CatalogDefinition) { width = max(width, len(d.Name)) })
	each(func(p pipeline.CatalogApproach, d pipeline.CatalogDefinition) {
		text := firstSentence(d.Why)
		switch {
		case section == "segmentations":
			text = p.Asks
		case section == "metrics" || text == "":
			text = strings.TrimSuffix(d.Title+": "+text, ": ")
		}
		line := fmt.Sprintf("  %-*s  %s", width, d.Name, text)
		fmt.Fprintln(a.out, runewidth.Truncate(line, max(a.width(), 60), "…"))
	})
}

func firstSentence(text string) string {
	if at := strings.Index(text, ". "); at >= 0 {
		text = text[:at]
	}
	return strings.TrimSuffix(text, ".")
}

// paragraph writes a text in lines that fit, the first behind a head.
func (a *app) paragraph(head, indent, text string) {
	line := head
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case runewidth.StringWidth(line)+1+runewidth.StringWidth(word) > min(a.width(), 100):
			fmt.Fprintln(a.out, line)
			line = indent + word
		default:
			line += " " + word
		}
	}
	fmt.Fprintln(a.out, line)
}

func (a *app) showDefinition(p pipeline.CatalogApproach, d pipeline.CatalogDefinition) {
	a.headline(fmt.Sprintf("%s (%s), a %s", d.Title, d.Name, sectionNouns[d.Section]))
	if d.Why != "" {
		a.paragraph("", "", d.Why)
	}
	fmt.Fprintln(a.out)
	a.paragraph(p.Title+". ", "", p.Asks+" "+p.Why)
	a.part("What data it needs")
	if len(d.Data) == 0 {
		a.paragraph("  ", "  ", "Nothing but what people write down.")
	}
	for _, q := range d.Data {
		a.paragraph("  ", "    ", requirementWords(q))
	}
	a.part("While the data is thin")
	a.paragraph("  ", "  ", p.Thin)
	a.part("Where it comes from")
	for _, cite := range append(d.Cites[:len(d.Cites):len(d.Cites)], p.Cites...) {
		a.paragraph("  ", "    ", cite)
	}
	if len(d.Needs) > 0 {
		a.part("Comes with")
		a.paragraph("  ", "  ", strings.Join(d.Needs, ", "))
	}
	a.part("In your files")
	fmt.Fprintf(a.out, "%s:\n%s", d.Section, d.Text)
	fmt.Fprintf(a.out, "\nTake it: %s catalog add %s\n", a.call(), d.Name)
}

func (a *app) part(title string) {
	fmt.Fprintln(a.out)
	a.headline(title)
}

// requirementWords says what of a fact kind is needed.
func requirementWords(q spec.Requirement) string {
	switch {
	case q.Kind == "account" && len(q.Columns) == 1:
		return "of each account: " + q.Columns[0]
	case q.Kind == "account":
		return "of each account: " + strings.Join(q.Columns, ", ")
	case len(q.Columns) == 0:
		return q.Kind
	}
	return q.Kind + ": " + strings.Join(q.Columns, ", ")
}
