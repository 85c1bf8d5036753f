package reference

import "strings"

// Commands are the verbs of the program.
type Commands struct {
	Doc    string
	Common []Flag // of every verb
	Verbs  []Verb
}

// Verb is one command.
type Verb struct {
	Use   string // "explain CUSTOMER [SEGMENTATION]"
	Short string // one line
	Doc   string // more than the one line, or ""
	Flags []Flag
}

// Flag is one option.
type Flag struct {
	Name, Short string // "columns", "c"
	Takes       string // "text", or "" where it stands alone
	Doc         string
	Default     string // "" where Doc says it, or nothing
}

const commandsHead = `# Commands

`

const commandsFoot = `## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | failed: the message says why; nothing half-done was kept |
| 2 | the call was not understood |
`

// commandsPage lists the verbs with their options.
func commandsPage(c Commands) string {
	p := &page{}
	p.printf("%s%s%s\n\n", generated, commandsHead, strings.TrimSpace(c.Doc))
	var rows [][]string
	for _, v := range c.Verbs {
		name := nameOf(v)
		rows = append(rows, []string{"[`segue " + name + "`](#segue-" + strings.ReplaceAll(name, " ", "-") + ")", sentence(v.Short)})
	}
	p.table([]string{"command", "what it does"}, rows)
	p.printf("## Options of every command\n\n")
	writeFlags(p, c.Common)
	for _, v := range c.Verbs {
		name := nameOf(v)
		p.printf("## segue %s\n\n    segue %s\n\n%s\n\n", name, v.Use, sentence(v.Short))
		if v.Doc != "" {
			p.printf("%s\n\n", strings.TrimSpace(v.Doc))
		}
		writeFlags(p, v.Flags)
	}
	p.printf("%s", commandsFoot)
	return p.String()
}

// nameOf returns the words that call a verb, without what they take.
func nameOf(v Verb) string {
	var names []string
	for _, word := range strings.Fields(v.Use) {
		if word != strings.ToLower(word) || strings.HasPrefix(word, "[") {
			break
		}
		names = append(names, word)
	}
	return strings.Join(names, " ")
}

func writeFlags(p *page, flags []Flag) {
	if len(flags) == 0 {
		return
	}
	var rows [][]string
	for _, f := range flags {
		name := "--" + f.Name
		if f.Short != "" {
			name = "-" + f.Short + ", " + name
		}
		if f.Takes != "" {
			name += " " + f.Takes
		}
		doc := f.Doc
		if f.Default != "" {
			doc += " (default " + f.Default + ")"
		}
		rows = append(rows, []string{code(name), sentence(doc)})
	}
	p.table([]string{"option", "what it does"}, rows)
}
