package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/segue-cs/segue/internal/diag"
)

// What one file may hold. People's files stay far below; the limits keep a
// hostile one from using up memory.
const (
	maxFileBytes = 1 << 19
	maxDepth     = 40
	maxKeys      = 10_000  // the parser nests one call for each of a mapping
	maxNodes     = 100_000 // aliases count as often as they are used
)

type form uint8

const (
	nothing form = iota
	scalar
	list
	mapping
)

// value is one node of a file, its aliases resolved.
type value struct {
	form    form
	text    string // of a scalar, without its quotes
	lines   string // of a folded block: the text with its line breaks
	quoted  bool   // in quotes or a block: a text, whatever it looks like
	items   []*value
	entries []entry

	pos    diag.Pos // first character
	inside diag.Pos // of a scalar: first character of its text
	bad    bool     // does not fit its shape; decoders read it as absent
}

type entry struct {
	key   string
	pos   diag.Pos
	value *value
}

// parse reads one file. The value is nil when the file is empty, and when the
// findings hold an error.
func parse(name string, content []byte) (*value, diag.List) {
	t := tree{file: name}
	if len(content) > maxFileBytes {
		t.errorf(diag.Pos{File: name}, "file_too_large", "split it", "the file has %d bytes, more than %d", len(content), maxFileBytes)
		return nil, t.found
	}
	text := strings.TrimPrefix(string(content), "\ufeff")
	if at := invalidAt(text); at >= 0 {
		line := 1 + strings.Count(text[:at], "\n")
		t.errorf(diag.Pos{File: name, Line: line}, "not_utf8", "save it as UTF-8", "the file is not UTF-8 text")
		return nil, t.found
	}
	t.lines = strings.Split(text, "\n")
	body := t.read(text)
	if t.found.HasErrors() || body == nil {
		return nil, t.found
	}
	root := t.build(body, 0)
	if t.found.HasErrors() {
		return nil, t.found
	}
	return root, t.found
}

func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") || r == 0 {
			return i
		}
	}
	return -1
}

type tree struct {
	file    string
	lines   []string
	anchors map[string]ast.Node
	alias   *diag.Pos // the outermost alias that is being resolved
	nodes   int
	full    bool // a limit was passed and reported
	found   diag.List
}

func (t *tree) errorf(at diag.Pos, code, hint, format string, args ...any) {
	t.found.Errorf(at, code, hint, format, args...)
}

func (t *tree) posOf(tk *token.Token) diag.Pos {
	if tk == nil || tk.Position == nil {
		return diag.Pos{File: t.file}
	}
	return diag.Pos{File: t.file, Line: tk.Position.Line, Column: max(1, tk.Position.Column)}
}

// read returns the body of the only document.
func (t *tree) read(text string) (body ast.Node) {
	at := diag.Pos{File: t.file}
	defer func() {
		// The YAML library is fed what strangers wrote; its mistakes must not
		// take the program with them.
		if r := recover(); r != nil {
			t.errorf(at, "not_yaml", "", "the file cannot be read as YAML")
			body = nil
		}
	}()
	tokens := lexer.Tokenize(text)
	if !t.checkTokens(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		message := "it cannot be read"
		if e, ok := err.(yaml.Error); ok { // its Error prints the source, however long
			at, message = t.posOf(e.GetToken()), e.GetMessage()
		}
		if strings.Contains(message, "character '\t'") {
			t.errorf(at, "not_yaml", "indent with spaces", "a tab stands where spaces must")
			return nil
		}
		t.errorf(at, "not_yaml", "check the indentation, and that texts with : or # stand in quotes", "not YAML: %s", message)
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			t.errorf(t.posOf(doc.Start), "two_documents", "put it into a file of its own", "a second document begins here")
			return nil
		}
		body = doc.Body
	}
	return body
}

// checkTokens refuses what would make the parser recurse without bound.
func (t *tree) checkTokens(tokens token.Tokens) bool {
	brackets, onLine, line, keys := 0, 0, 0, 0
	for _, tk := range tokens {
		if tk.Position != nil && tk.Position.Line != line {
			line, onLine = tk.Position.Line, 0
		}
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType:
			if brackets == 0 || tk.Type == token.AnchorType {
				onLine++
			}
		case token.MappingValueType:
			keys++
		case token.TagType:
			t.errorf(t.posOf(tk), "tag", "put a condition that begins with ! in quotes", "tags such as %s are not read", tk.Value)
			return false
		case token.DirectiveType:
			t.errorf(t.posOf(tk), "directive", "", "directives such as %%YAML are not read")
			return false
		}
		if brackets > maxDepth || onLine > maxDepth || tk.Position != nil && tk.Position.IndentNum > 8*maxDepth {
			t.errorf(t.posOf(tk), "too_deep", "", "nested more than %d deep", maxDepth)
			return false
		}
		if keys > maxKeys {
			t.errorf(t.posOf(tk), "too_many_values", "split the file", "the file has more than %d keys", maxKeys)
			return false
		}
	}
	return true
}

// build returns the value of a node with its aliases resolved.
func (t *tree) build(n ast.Node, depth int) *value {
	t.nodes++
	at := t.posOf(n.GetToken())
	if t.full || depth > maxDepth || t.nodes > maxNodes {
		t.reportLimit(at, depth)
		return &value{pos: at}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return t.buildMapping(n, depth)
	case *ast.SequenceNode:
		v := &value{form: list, pos: at}
		for _, item := range n.Values {
			v.items = append(v.items, t.build(item, depth+1))
		}
		return v
	case *ast.AnchorNode:
		v := t.build(n.Value, depth+1)
		if t.anchors == nil {
			t.anchors = map[string]ast.Node{}
		}
		t.anchors[n.Name.GetToken().Value] = n.Value
		return v
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, ok := t.anchors[name]
		if !ok {
			t.errorf(at, "unknown_anchor", "", "no value is marked &%s before this", name)
			return &value{pos: at}
		}
		if t.alias == nil {
			t.alias = &at
			defer func() { t.alias = nil }()
		}
		return t.build(target, depth+1)
	case *ast.NullNode:
		return &value{pos: at, inside: at}
	case *ast.LiteralNode:
		v := &value{form: scalar, text: n.Value.Value, quoted: true, pos: at, inside: t.firstLine(at)}
		if n.Start.Type == token.FoldedType {
			v.lines = t.block(v.inside)
		}
		return v
	default:
		return t.buildScalar(n, at)
	}
}

func (t *tree) reportLimit(at diag.Pos, depth int) {
	if t.full {
		return
	}
	t.full = true
	if t.alias != nil {
		at = *t.alias
	}
	if depth > maxDepth {
		t.errorf(at, "too_deep", "", "nested more than %d deep", maxDepth)
		return
	}
	t.errorf(at, "too_many_values", "", "the file stands for more than %d values", maxNodes)
}

func (t *tree) buildScalar(n ast.Node, at diag.Pos) *value {
	tk := n.GetToken()
	if _, ok := n.(ast.ScalarNode); !ok || tk == nil {
		t.errorf(at, "not_yaml", "", "this form of YAML is not read here")
		return &value{pos: at}
	}
	v := &value{form: scalar, text: tk.Value, pos: at, inside: at}
	if tk.Type == token.SingleQuoteType || tk.Type == token.DoubleQuoteType {
		v.quoted, v.inside = true, at.Shift(1)
	}
	return v
}

// firstLine returns where the text of a block that begins at a | or > starts.
func (t *tree) firstLine(at diag.Pos) diag.Pos {
	for i := at.Line; i < len(t.lines); i++ {
		if trimmed := strings.TrimLeft(t.lines[i], " "); strings.TrimSpace(trimmed) != "" {
			return diag.Pos{File: at.File, Line: i + 1, Column: len(t.lines[i]) - len(trimmed) + 1}
		}
	}
	return at
}

// block returns the lines that begin in the same column as the first or
// further right, without their indentation.
func (t *tree) block(first diag.Pos) string {
	var lines []string
	for i := first.Line - 1; i >= 0 && i < len(t.lines); i++ {
		line := strings.TrimRight(t.lines[i], " \r")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if line != "" && indent < first.Column-1 {
			break
		}
		lines = append(lines, line[min(len(line), first.Column-1):])
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func (t *tree) buildMapping(n *ast.MappingNode, depth int) *value {
	v := &value{form: mapping, pos: t.posOf(n.GetToken())}
	if len(n.Values) > 0 && !n.IsFlowStyle {
		v.pos = t.posOf(n.Values[0].Key.GetToken())
	}
	var merged []entry
	for _, pair := range n.Values {
		if pair.Key.IsMergeKey() {
			merged = append(merged, t.merge(pair, depth)...)
			continue
		}
		key := t.build(keyNode(pair.Key), depth+1)
		if key.form != scalar {
			if t.full {
				break
			}
			t.errorf(key.pos, "not_a_key", "", "a key must be a word")
			continue
		}
		v.entries = append(v.entries, entry{key: key.text, pos: key.pos, value: t.build(pair.Value, depth+1)})
	}
	for _, e := range merged {
		if v.entry(e.key) == nil {
			v.entries = append(v.entries, e)
		}
	}
	return v
}

func keyNode(key ast.MapKeyNode) ast.Node {
	if k, ok := key.(*ast.MappingKeyNode); ok && k.Value != nil {
		return k.Value
	}
	return key
}

// merge returns the entries that `<<: *anchor` brings.
func (t *tree) merge(pair *ast.MappingValueNode, depth int) []entry {
	from := t.build(pair.Value, depth+1)
	switch from.form {
	case mapping:
		return from.entries
	case list:
		var entries []entry
		for _, item := range from.items {
			entries = append(entries, item.entries...)
		}
		return entries
	}
	t.errorf(t.posOf(pair.Key.GetToken()), "not_yaml", "write <<: *name", "<< needs a mapping to include")
	return nil
}

// entry returns the first entry of that key, nil when there is none.
func (v *value) entry(key string) *entry {
	for i := range v.entries {
		if v.entries[i].key == key {
			return &v.entries[i]
		}
	}
	return nil
}

// is names the form for messages.
func (v *value) is() string {
	switch v.form {
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	case scalar:
		return fmt.Sprintf("%q", clip(v.text))
	}
	return "nothing"
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return s
}
