package spec

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/catalog"
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
)

// Catalog is what comes ready made beside the fact kinds.
type Catalog struct {
	Approaches []Approach
	Strategy   *Strategy // all definitions as one strategy, without sources
}

// Approach is one way to look at customers: a file of the catalogue.
type Approach struct {
	Group string // lenses, measures or strategies
	Name  string
	Title string
	Asks  string   // the question that it answers
	Why   string   // what it is for, in plain words
	Thin  string   // what to do while the data is thin
	Cites []string // where it comes from

	Entries []CatalogEntry // in the order written
}

// CatalogEntry is one definition of the catalogue.
type CatalogEntry struct {
	Section string // traits, metrics, dimensions, segmentations or audiences
	Name    string
	Title   string
	Why     string
	Cites   []string // its own; else see the approach
	Text    string   // as a strategy's file would hold it under its section, two spaces in
	Reads   []string // the catalogue's definitions that it names itself, sorted
}

// Sections of a strategy that the catalogue has definitions for, in the order
// in which one rests on the other.
var catalogSections = []string{"traits", "metrics", "dimensions", "segmentations", "audiences"}

// approachShape is what a file of the catalogue says about itself.
var approachShape = record(
	field{key: "title", shape: anyText, required: true, doc: "How screens call it."},
	field{key: "asks", shape: anyText, required: true, doc: "The question that it answers."},
	field{key: "why", shape: anyText, required: true, doc: "What it is for."},
	field{key: "thin", shape: anyText, required: true, doc: "What to do while the data is thin."},
	field{key: "cites", shape: textOrTexts, required: true, doc: "Where it comes from."},
)

// ReadCatalog reads and checks the catalogue.
func ReadCatalog() (*Catalog, error) {
	l := newLoader()
	l.loadCatalog()
	l.readText("strategy.yaml", "currency: USD")
	c := &Catalog{}
	for _, name := range catalog.Order {
		c.Approaches = append(c.Approaches, l.readApproach(name))
	}
	l.resolve()
	l.found.Sort()
	if err := l.found.Err(); err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	c.Strategy = l.s
	known := map[string]bool{}
	for _, a := range c.Approaches {
		for _, e := range a.Entries {
			d, isDimension := c.Strategy.Dimension(e.Name)
			known[e.Name] = !isDimension || d.Trait != d.Name // else the trait itself does
		}
	}
	for _, a := range c.Approaches {
		for i, e := range a.Entries {
			a.Entries[i].Reads = slices.DeleteFunc(e.Reads, func(name string) bool { return !known[name] || name == e.Name })
		}
	}
	return c, nil
}

// Find returns a definition by name, and the approach that it is part of.
func (c *Catalog) Find(name string) (CatalogEntry, Approach, bool) {
	for _, a := range c.Approaches {
		for _, e := range a.Entries {
			if e.Name == name {
				return e, a, true
			}
		}
	}
	return CatalogEntry{}, Approach{}, false
}

// Names returns the names of all definitions, in order.
func (c *Catalog) Names() []string {
	var names []string
	for _, a := range c.Approaches {
		for _, e := range a.Entries {
			names = append(names, e.Name)
		}
	}
	return names
}

// Closure returns the definitions that a definition needs, itself last, each
// after what it needs. Those for which has is true, and what they need, are
// left out; has is not asked about the definition itself.
func (c *Catalog) Closure(name string, has func(name string) bool) []CatalogEntry {
	var list []CatalogEntry
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		e, _, ok := c.Find(name)
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		for _, needed := range e.Reads {
			if !has(needed) {
				visit(needed)
			}
		}
		list = append(list, e)
	}
	visit(name)
	return list
}

func (l *loader) readApproach(name string) Approach {
	file := name + ".yaml"
	a := Approach{Group: path.Dir(name), Name: path.Base(name)}
	content, err := fs.ReadFile(catalog.Files, file)
	if err != nil {
		l.errorf(diag.Pos{File: file}, "unreadable", "", "read the file: %v", cause(err))
		return a
	}
	root, found := parse(file, content)
	l.found = append(l.found, found...)
	if root == nil {
		return a
	}
	about := root.get("approach")
	if about == nil {
		l.errorf(diag.Pos{File: file}, "missing_key", "", "the file has no \"approach\"")
		return a
	}
	approachShape.check(about, "the approach", "", &l.found)
	a.Title, a.Asks, a.Why, a.Thin, a.Cites = about.textOf("title"), about.textOf("asks"), about.textOf("why"), about.textOf("thin"), about.textsOf("cites")
	lines := strings.Split(string(content), "\n")
	for i, section := range root.entries {
		if section.key == "approach" {
			continue
		}
		end := len(lines)
		if i+1 < len(root.entries) {
			end = root.entries[i+1].pos.Line - 1
		}
		a.Entries = append(a.Entries, entriesOf(section, lines, end)...)
	}
	root.entries = slices.DeleteFunc(root.entries, func(e entry) bool { return e.key == "approach" })
	strategyShape.check(root, theStrategy, "", &l.found)
	l.merge(root)
	return a
}

// entriesOf returns the definitions of a section that ends before line end,
// counted from 0, each with the comment right above it.
func entriesOf(section entry, lines []string, end int) []CatalogEntry {
	var list []CatalogEntry
	for i, e := range section.value.entries {
		until := end
		if i+1 < len(section.value.entries) {
			until = aboveComment(lines, section.value.entries[i+1].pos.Line-1)
		}
		text := strings.Join(lines[aboveComment(lines, e.pos.Line-1):until], "\n")
		list = append(list, CatalogEntry{
			Section: section.key, Name: e.key, Text: strings.TrimRight(text, "\n ") + "\n",
			Title: e.value.textOf("title"), Why: e.value.textOf("why"), Cites: e.value.textsOf("cites"),
			Reads: namesIn(section.key, e.value),
		})
	}
	return list
}

// aboveComment returns the first line of the comment that stands right above a
// line, or the line itself.
func aboveComment(lines []string, line int) int {
	for line > 0 && strings.HasPrefix(strings.TrimSpace(lines[line-1]), "#") {
		line--
	}
	return line
}

// namesIn returns the names that a definition may read, sorted.
func namesIn(section string, v *value) []string {
	var list []string
	rules := func(values ...*value) {
		for _, x := range values {
			if x != nil && x.form == scalar {
				list = append(list, reads(x.source())...)
			}
		}
	}
	parts := func(key string) {
		for _, e := range v.entriesOf(key) {
			rules(e.value, e.value.get("when"))
		}
	}
	switch section {
	case "metrics":
		rules(v.get("is"), v.get("when"))
		list = append(append(list, v.textOf("rank")), v.textsOf("within")...)
	case "dimensions":
		list = append(append(list, v.textOf("of"), v.textOf("trait")), v.textsOf("within")...)
		for _, key := range []string{"score", "points"} {
			if parts := v.get(key); parts != nil {
				for _, item := range parts.items {
					list = append(list, item.textOf("of"))
					rules(item.get("when"))
				}
			}
		}
		parts("levels")
	case "segmentations":
		parts("segments")
	case "audiences":
		rules(v, v.get("when"))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Requirement is data that a definition rests on: columns of a fact kind, or
// for kind account traits.
type Requirement struct {
	Kind    string   `json:"kind"`
	Columns []string `json:"columns"` // sorted; empty where any fact of the kind counts
}

// Requirements returns the data that a metric, dimension, segmentation or
// audience rests on in the end, in the order of the fact kinds.
func (s *Strategy) Requirements(name string) []Requirement {
	byKind := map[string][]string{}
	for _, leaf := range s.Leaves(name) {
		m, ok := s.Metric(leaf)
		if !ok {
			byKind["account"] = append(byKind["account"], leaf)
			continue
		}
		columns := []string{}
		if m.Column != "" {
			columns = append(columns, m.Column)
		}
		if m.Where != nil {
			columns = append(columns, m.Where.Names()...)
		}
		byKind[m.Kind] = append(byKind[m.Kind], columns...)
	}
	var list []Requirement
	for _, k := range s.Kinds {
		columns, ok := byKind[k.Name]
		if !ok {
			continue
		}
		if slices.Contains(columns, inForce) {
			columns = append(columns, fact.ColStarts, fact.ColEnds)
		}
		slices.Sort(columns)
		columns = slices.DeleteFunc(slices.Compact(columns), func(c string) bool { _, ok := k.Column(c); return !ok })
		list = append(list, Requirement{Kind: k.Name, Columns: columns})
	}
	return list
}

// fileTexts are the files of a strategy by name.
type fileTexts map[string]string

// Open is there for fs.FS; texts are read whole.
func (t fileTexts) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// ReadFile returns a file's content.
func (t fileTexts) ReadFile(name string) ([]byte, error) {
	text, ok := t[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

// textsOf reads the files of a strategy.
func textsOf(fsys fs.FS) (fileTexts, error) {
	names, err := strategyFiles(fsys)
	if err != nil {
		return nil, fmt.Errorf("read the strategy's folder: %w", err)
	}
	t := fileTexts{}
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		t[name] = string(content)
	}
	return t, nil
}

// load is Load for files that have been read.
func (t fileTexts) load() (*Strategy, diag.List) {
	l := newLoader()
	l.loadCatalog()
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	for _, name := range names {
		l.readFile(t, name)
	}
	if !l.unreadable {
		l.resolve()
	}
	l.found.Sort()
	if l.found.HasErrors() {
		return nil, atMost(l.found, maxFindings)
	}
	l.s.hash = digest(l.s)
	return l.s, l.found
}

func (l *loader) readText(name, text string) { l.readFile(fileTexts{name: text}, name) }
