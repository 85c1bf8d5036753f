package reference

import (
	"strings"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
)

const findingsHead = `# Findings

What is wrong with a strategy is found before anything runs, all of it at once. A finding is one line:

    metrics.yaml:12:5: unknown metric "usr_active" (did you mean "active_users"?) [unknown_metric]

file, line and character; what is wrong; what to do; and in square brackets its code, which never changes and is listed here.
An error stops the work. A *warning* is shown by ` + "`segue lint`" + ` and stops nothing. With ` + "`--json`" + ` each finding has ` + "`file`, `line`, `column`, `code`, `message` and `hint`" + `.

The examples stand beside this file, which they may use:

` + "```yaml\n" + exampleBase + "```\n\n"

// exampleBase is what the examples of findings rest on.
const exampleBase = `currency: USD
metrics:
  arr: {from: contract, sum: arr, where: in_force}
  seats: {from: contract, sum: seats, where: in_force}
dimensions:
  value: {of: arr, levels: {high: 100000, low: 0}}
`

// finding explains one code.
type finding struct {
	code   string
	means  string
	remedy string

	file   string // with the mistake; "" where there is no small one
	header string // of the export that its only source reads
	shows  string // what is printed where there is no file
}

// findingGroup is a part of the page.
type findingGroup struct {
	title, intro string
	findings     []finding
}

// findingsPage explains every code.
func findingsPage() string {
	p := &page{}
	p.printf("%s%s", generated, findingsHead)
	for _, g := range findingGroups {
		p.printf("## %s\n\n%s\n\n", g.title, g.intro)
		for _, f := range g.findings {
			p.printf("### %s\n\n%s\n\n*What to do:* %s\n\n", f.code, sentence(f.means), sentence(f.remedy))
			if f.file != "" {
				p.printf("```yaml\n%s\n```\n\n", strings.TrimSpace(f.file))
			}
			if f.header != "" {
				p.printf("with a file that begins `%s`\n\n", f.header)
			}
			p.printf("    %s\n\n", f.printed())
		}
	}
	return p.String()
}

// printed returns the line that the example's mistake gives.
func (f finding) printed() string {
	if f.file == "" {
		return f.shows
	}
	for _, d := range f.found() {
		if d.Code == f.code {
			return d.String()
		}
	}
	return ""
}

// found returns everything that is found in the example.
func (f finding) found() diag.List {
	name := "mistake.yaml"
	if strings.HasPrefix(f.file, "tests:") {
		name = "mistake.test.yaml"
	}
	files := fstest.MapFS{name: {Data: []byte(strings.TrimSpace(f.file) + "\n")}}
	if !strings.HasPrefix(f.file, "currency:") {
		files["strategy.yaml"] = &fstest.MapFile{Data: []byte(exampleBase)}
	}
	s, found := spec.Load(files)
	if s == nil {
		return found
	}
	found = append(found, spec.Lint(s)...)
	if f.header == "" {
		return found
	}
	for _, m := range s.Sources {
		kind, _ := s.Kind(m.Kind)
		_, err := fact.NewDecoder(kind, m, strings.Split(f.header, ","), s.Zone, s.Currency, 0)
		if failure, ok := err.(diag.Failure); ok {
			found = append(found, failure.List...)
		}
	}
	return found
}
