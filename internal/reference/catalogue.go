package reference

import (
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/spec"
)

const catalogueHead = `# The catalogue: strategies, dimensions and metrics that come ready made

Everything here is YAML like your own. ` + "`segue catalog add NAME`" + ` writes a definition, and what it needs and is not there yet, into
your files; from then on the text is yours to change. ` + "`segue catalog --ready`" + ` says of how many of your customers each of them
can tell something, and what is missing for the others. [Choose your dimensions](../guide/choose-your-dimensions.md) says
which of them answers which question.

Where a bound is marked "set to your own", the figure is an example. Percentiles and shares are cut among your customers and
need no setting. *Needs* names the [fact kinds](facts.md) and their columns; what is not known stays unknown.

`

// groupWords are the heads of the parts of the page.
var groupWords = []struct{ group, title, says string }{
	{"strategies", "Strategies", "Each puts every customer into one segment."},
	{"lenses", "Lenses", "Twelve dimensions by which companies segment their customers, and what goes beside them. Each gives a customer one level."},
	{"measures", "Measures", "The standard numbers, with overlays to look through. Overlays change weekly: they are no segments."},
}

// cataloguePage describes every approach of the catalogue.
func cataloguePage() (string, error) {
	c, err := spec.ReadCatalog()
	if err != nil {
		return "", err
	}
	p := &page{}
	p.printf("%s%s", generated, catalogueHead)
	for _, g := range groupWords {
		p.printf("## %s\n\n%s\n\n", g.title, g.says)
		for _, a := range c.Approaches {
			if a.Group == g.group {
				writeApproach(p, c, a)
			}
		}
	}
	return p.String(), nil
}

func writeApproach(p *page, c *spec.Catalog, a spec.Approach) {
	p.printf("### %s\n\n**%s** %s\n\n", a.Title, a.Asks, sentence(a.Why))
	p.printf("*While the data is thin:* %s\n\n", sentence(a.Thin))
	var rows [][]string
	for _, e := range a.Entries {
		var needs []string
		for _, q := range c.Strategy.Requirements(e.Name) {
			needs = append(needs, needWords(q))
		}
		rows = append(rows, []string{code(e.Name), nouns[e.Section], words(sentence(e.Title), sentence(e.Why)), strings.Join(needs, "; ")})
	}
	p.table([]string{"name", "is a", "what it says", "needs"}, rows)
	for _, section := range []string{"dimensions", "segmentations"} {
		writeTexts(p, a, section)
	}
	p.printf("Source: %s.\n\n", strings.Join(a.Cites, "; "))
}

var nouns = map[string]string{
	"traits": "trait", "metrics": "metric", "dimensions": "dimension", "segmentations": "segmentation", "audiences": "audience",
}

// needWords names the data of one fact kind.
func needWords(q spec.Requirement) string {
	if len(q.Columns) == 0 {
		return code(q.Kind)
	}
	return fmt.Sprintf("%s: %s", code(q.Kind), strings.Join(q.Columns, ", "))
}

// writeTexts shows the YAML of a section.
func writeTexts(p *page, a spec.Approach, section string) {
	var texts []string
	for _, e := range a.Entries {
		if e.Section == section {
			texts = append(texts, e.Text)
		}
	}
	if len(texts) > 0 {
		p.printf("```yaml\n%s:\n%s```\n\n", section, strings.Join(texts, ""))
	}
}
