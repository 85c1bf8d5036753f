// Package reference writes the pages of docs/reference from what the program
// itself reads, checks and prints, so that they cannot fall behind it.
package reference

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/segue-cs/segue/internal/spec"
)

// more is a strategy with every key that the example does not use.
//
//go:embed more/*.yaml
var more embed.FS

// Pages returns the generated files of docs/reference by name. The example is
// the strategy from which most of what is shown is taken.
func Pages(example fs.FS, commands Commands) (map[string]string, error) {
	facts, err := factsPage()
	if err != nil {
		return nil, fmt.Errorf("write facts.md: %w", err)
	}
	strategy, err := strategyPage(example)
	if err != nil {
		return nil, fmt.Errorf("write strategy.md: %w", err)
	}
	recipes, err := recipesPage()
	if err != nil {
		return nil, fmt.Errorf("write recipes.md: %w", err)
	}
	catalogue, err := cataloguePage()
	if err != nil {
		return nil, fmt.Errorf("write catalogue.md: %w", err)
	}
	return map[string]string{
		"catalogue.md":         catalogue,
		"strategy.md":          strategy,
		"facts.md":             facts,
		"recipes.md":           recipes,
		"conditions.md":        conditionsPage(),
		"commands.md":          commandsPage(commands),
		"findings.md":          findingsPage(),
		"strategy.schema.json": string(spec.Schema()),
	}, nil
}

const generated = "<!-- Written by `make generate`: change the program, not this page. -->\n\n"

// page collects the text of one page.
type page struct{ strings.Builder }

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.Builder, format, args...) }

// table writes a table of Markdown.
func (p *page) table(head []string, rows [][]string) {
	p.printf("| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.ReplaceAll(strings.ReplaceAll(cell, "|", `\|`), "\n", " ")
		}
		p.printf("| %s |\n", strings.Join(cells, " | "))
	}
	p.printf("\n")
}

// code marks a text as such; "" stays empty.
func code(text string) string {
	if text == "" {
		return ""
	}
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// codes marks each text as code.
func codes(texts []string) string {
	marked := make([]string, len(texts))
	for i, text := range texts {
		marked[i] = code(text)
	}
	return strings.Join(marked, ", ")
}

// sentence ends a text with a full stop, "" aside.
func sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".?!") {
		return text
	}
	return text + "."
}

// words joins sentences that are there.
func words(parts ...string) string {
	var list []string
	for _, p := range parts {
		if p != "" {
			list = append(list, p)
		}
	}
	return strings.Join(list, " ")
}
