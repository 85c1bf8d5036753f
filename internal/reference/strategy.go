package reference

import (
	"io/fs"
	"strings"

	"github.com/segue-cs/segue/internal/catalog"
	"github.com/segue-cs/segue/internal/spec"
)

const strategyHead = `# What a strategy's files may say

A strategy is a folder of YAML files. Their names and number are yours to choose: what they say is put together, and each
name is defined once. Files that end in ` + "`.test.yaml`" + ` hold [golden customers](#tests). Everything else is an error with its
place: a key that is not here is never passed over.

NAME stands for a word of your own: small letters, figures and _. It is how rules and commands call the thing; ` + "`title`" + ` is how
screens call it. The examples are those of [examples/acme](../../examples/acme) where it has one.

See also [conditions](conditions.md), the [fact kinds](facts.md) and [the rules that decide](semantics.md). ` + "`strategy.schema.json`" + `
beside this page lets an editor complete and check as you type.

`

// strategyPage lists every key, block by block.
func strategyPage(example fs.FS) (string, error) {
	kinds, err := fs.Sub(catalog.Files, "facts")
	if err != nil {
		return "", err
	}
	rest, err := fs.Sub(more, "more")
	if err != nil {
		return "", err
	}
	p := &page{}
	p.printf("%s%s", generated, strategyHead)
	title := "The top of a file"
	for _, b := range spec.Blocks(example, rest, kinds) {
		path := b.Paths[0]
		switch {
		case path == "" && len(b.Keys) == 1:
			continue // tests: NAME, which its own section says
		case path == "":
			p.printf("## %s\n\n", title)
		case strings.Count(path, " / ") < 2 && !strings.HasPrefix(path, "customer"):
			section := strings.SplitN(path, " / ", 2)[0]
			p.printf("## %s\n\n%s\n\n", section, sentence(b.Doc))
			if sample := firstOf(section, example, rest); sample != "" {
				p.printf("```yaml\n%s```\n\n", sample)
			}
		default:
			p.printf("### %s\n\n%s\n\n", path, sentence(b.Doc))
		}
		writeBlock(p, b)
	}
	return p.String(), nil
}

func writeBlock(p *page, b spec.Block) {
	if len(b.Paths) > 1 || strings.Count(b.Paths[0], " / ") == 1 {
		p.printf("Where: %s.\n\n", codes(b.Paths))
	}
	if b.Short != "" {
		p.printf("In short, instead of the mapping: %s.\n\n", b.Short)
	}
	var rows [][]string
	for _, k := range b.Keys {
		needed := ""
		if k.Required {
			needed = "Required."
		}
		if k.Needs != "" {
			needed = words(needed, "Only with "+code(k.Needs)+".")
		}
		rows = append(rows, []string{code(k.Name), k.Takes, words(sentence(k.Doc), needed), code(k.Example)})
	}
	p.table([]string{"key", "takes", "says", "example"}, rows)
	for _, c := range b.Choices {
		if c.Given == "" {
			p.printf("Exactly one of %s.\n\n", codes(c.Keys))
			continue
		}
		p.printf("With %s, exactly one of %s.\n\n", code(c.Given), codes(c.Keys))
	}
}

// firstOf returns the lines of the first entry of a section in the first of
// the folders that has one.
func firstOf(section string, folders ...fs.FS) string {
	for _, folder := range folders {
		files, _ := fs.Glob(folder, "*.yaml")
		for _, file := range files {
			content, _ := fs.ReadFile(folder, file)
			_, after, found := strings.Cut("\n"+string(content), "\n"+section+":\n")
			if found {
				return section + ":\n" + firstEntry(after)
			}
		}
	}
	return ""
}

// firstEntry returns the lines up to the second that begins in the column of
// the first.
func firstEntry(text string) string {
	var b strings.Builder
	entries := 0
	for line := range strings.SplitSeq(text, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case strings.TrimSpace(line) == "":
			continue
		case indent < 2:
			return b.String()
		case indent == 2 && strings.HasPrefix(line, "  #"):
			continue
		case indent == 2:
			entries++
		}
		if entries > 1 {
			return b.String()
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
