package spec

import (
	"io/fs"
	"slices"
	"strings"
)

// Block is one mapping that a strategy's files may hold, for the reference.
type Block struct {
	Paths   []string // where it stands: "metrics / NAME", "" is the top of a file
	Doc     string   // what the key that holds it says
	Short   string   // what may stand instead of the mapping; "" is nothing
	Keys    []Key    // in the order of the schema
	Choices []Choice
}

// Choice asks for exactly one of some keys.
type Choice struct {
	Given string // where this key stands; "" is always
	Keys  []string
}

// Key is one key of a Block.
type Key struct {
	Name     string
	Takes    string // "days or weeks such as 28d or 8w"
	Doc      string
	Required bool
	Needs    string // the key without which it means nothing
	Example  string // one line of YAML; "" is none
}

// Blocks returns everything that Load accepts, parents before what they hold
// and a block that stands in several places once. Each key has an example from
// the first folder that uses it.
func Blocks(examples ...fs.FS) []Block {
	w := &blockWriter{at: map[*shape]int{}}
	var heads, tests []*value
	for _, folder := range examples {
		files, _ := fs.Glob(folder, "*.yaml")
		for _, file := range files {
			content, _ := fs.ReadFile(folder, file)
			root, _ := parse(file, content)
			switch {
			case root == nil:
			case isTest(file):
				tests = append(tests, root)
			default:
				heads = append(heads, root)
			}
		}
	}
	w.visit(strategyShape, "", "", "", heads)
	w.visit(testShape, "", "", "", tests)
	return w.blocks
}

type blockWriter struct {
	blocks []Block
	at     map[*shape]int // records that have a block
}

// visit adds the blocks of a shape and of what it holds. The values are those
// of the examples at that place.
func (w *blockWriter) visit(s *shape, path, doc, short string, values []*value) {
	switch s.kind {
	case ofAny:
		instead, _, _ := strings.Cut(s.what, ", or a mapping")
		for _, a := range s.any {
			w.visit(a, path, doc, instead, values)
		}
	case ofList:
		w.visit(s.item, join(path, "each"), doc, short, below(values, func(v *value) []*value { return v.items }))
	case ofDict:
		name := "NAME"
		if s.keys.words != nil {
			name = strings.Join(s.keys.words, " or ")
		}
		w.visit(s.item, join(path, name), doc, short, below(values, func(v *value) []*value {
			var all []*value
			for _, e := range v.entries {
				all = append(all, e.value)
			}
			return all
		}))
	case ofRecord:
		w.record(s, path, doc, short, values)
	}
}

func join(path, part string) string {
	if path == "" {
		return part
	}
	return path + " / " + part
}

func below(values []*value, get func(*value) []*value) []*value {
	var all []*value
	for _, v := range values {
		all = append(all, get(v)...)
	}
	return all
}

func (w *blockWriter) record(s *shape, path, doc, short string, values []*value) {
	at, again := w.at[s]
	if !again {
		at = len(w.blocks)
		w.at[s] = at
		w.blocks = append(w.blocks, Block{Doc: doc, Short: short, Keys: make([]Key, len(s.fields))})
		for _, c := range s.choose {
			w.blocks[at].Choices = append(w.blocks[at].Choices, Choice{Given: c.given, Keys: c.keys})
		}
	}
	b := &w.blocks[at]
	if !slices.Contains(b.Paths, path) {
		b.Paths = append(b.Paths, path)
	}
	if !strings.Contains(b.Doc, doc) && !strings.HasPrefix(doc, strings.TrimSuffix(b.Doc, ".")) {
		b.Doc += " " + doc
	}
	for i, f := range s.fields {
		inside := below(values, func(v *value) []*value {
			if e := v.entry(f.key); e != nil {
				return []*value{e.value}
			}
			return nil
		})
		k := &w.blocks[at].Keys[i]
		k.Name, k.Takes, k.Doc, k.Required, k.Needs = f.key, f.shape.takes(), f.doc, f.required, f.needs
		if k.Example == "" {
			k.Example = example(f.key, inside)
		}
		w.visit(f.shape, join(path, f.key), f.doc, "", inside)
	}
}

// takes says what a key takes.
func (s *shape) takes() string {
	switch s.kind {
	case ofScalar:
		if s == aName {
			return "a name"
		}
	case ofList:
		if s.item.kind == ofRecord || s.item.kind == ofDict {
			return "a list of mappings"
		}
		return "a list, each " + s.item.takes()
	case ofDict:
		if s.item.kind == ofRecord || s.item.kind == ofAny && slices.ContainsFunc(s.item.any, func(a *shape) bool { return a.kind == ofRecord }) {
			return "a mapping: one entry for each " + s.entry
		}
		return "a mapping: " + s.item.takes() + " for each " + s.entry
	}
	return s.what
}

// exampleWidth is what fits into a table beside the rest.
const exampleWidth = 76

// example returns the first of the values that fits on a line, else the first
// cut short.
func example(key string, values []*value) string {
	for _, v := range values {
		if text := key + ": " + v.flow(exampleWidth-len(key)); !strings.Contains(text, "...") {
			return text
		}
	}
	for _, v := range values {
		return key + ": " + v.flow(exampleWidth-len(key))
	}
	return ""
}

// flow writes a value on one line. Of what is longer than the width, the
// first parts are there and "..." for the rest.
func (v *value) flow(width int) string {
	var parts []string
	switch v.form {
	case nothing:
		return "~"
	case scalar:
		if v.quoted {
			return "'" + strings.ReplaceAll(v.text, "'", "''") + "'"
		}
		return v.text
	case list:
		for _, item := range v.items {
			parts = append(parts, item.flow(width))
		}
		return "[" + atMostWide(parts, width) + "]"
	}
	for _, e := range v.entries {
		parts = append(parts, e.key+": "+e.value.flow(width))
	}
	return "{" + atMostWide(parts, width) + "}"
}

func atMostWide(parts []string, width int) string {
	text := ""
	for i, part := range parts {
		if i > 0 {
			text += ", "
		}
		if i > 0 && len(text)+len(part) > width {
			return text + "..."
		}
		text += part
	}
	return text
}
