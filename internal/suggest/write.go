package suggest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// YAML writes the proposal as a file of a strategy that a person can read: each
// line with its reason beside it.
func (p Proposal) YAML() string {
	var b strings.Builder
	b.WriteString("# How exports become facts, as proposed by segue. Beside each line stands why.\n")
	b.WriteString("# Change what is wrong; `segue lint` checks it, `segue import` reads the files.\n")
	for _, q := range p.Questions {
		said := "answered: " + q.Answer
		switch {
		case q.Answer == "" && q.Preset != "":
			said = "assumed: " + q.Preset
		case q.Answer == "":
			said = "not answered yet"
		}
		fmt.Fprintf(&b, "#\n# %s\n#   %s\n", oneLine(q.Text), said)
	}
	if slices.Contains(p.Kinds, OrderLine) {
		b.WriteString("\n" + orderLinesYAML)
	}
	if len(p.Traits) > 0 {
		b.WriteString("\n# What is known of an account beside the usual.\ntraits:\n")
		for _, t := range p.Traits {
			personal := ""
			if t.Personal {
				personal = ", personal: true"
			}
			fmt.Fprintf(&b, "  %s: {type: %s, title: %s%s}\n", t.Name, t.Type, Scalar(t.Title), personal)
		}
	}
	b.WriteString("\nsources:\n")
	for i, s := range p.Sources {
		if i > 0 {
			b.WriteString("\n")
		}
		s.write(&b)
	}
	if len(p.Skipped) > 0 {
		b.WriteString("\n# Not read:\n")
		for _, line := range p.NotRead() {
			b.WriteString("#   " + oneLine(line) + "\n")
		}
	}
	return b.String()
}

// NotRead says which files are not read and why, those of one reason on one
// line.
func (p Proposal) NotRead() []string {
	var files grouped
	for _, s := range p.Skipped {
		files.add(s.Why, s.Table)
	}
	lines := files.lines(func(why, names string) string { return names + ": " + why })
	if hint := p.kindHint(); hint != "" {
		lines = append(lines, hint)
	}
	return lines
}

// kindHint says how to have a file read that says nothing by itself, with the
// first such file as the example; "" where all say something.
func (p Proposal) kindHint() string {
	for _, s := range p.Skipped {
		if s.Name != "" {
			return fmt.Sprintf("If one of them is about customers after all, say what it holds: --answers kind.%s=KIND, where KIND is %s", s.Name, strings.Join(p.readable, ", "))
		}
	}
	return ""
}

// grouped holds names by reason, reasons in the order in which they came.
type grouped struct {
	reasons []string
	names   map[string][]string
}

func (g *grouped) add(reason, name string) {
	if g.names == nil {
		g.names = map[string][]string{}
	}
	if g.names[reason] == nil {
		g.reasons = append(g.reasons, reason)
	}
	g.names[reason] = append(g.names[reason], name)
}

// lines writes a line for each reason.
func (g *grouped) lines(line func(reason, names string) string) []string {
	var list []string
	for _, reason := range g.reasons {
		list = append(list, line(reason, few(g.names[reason])))
	}
	return list
}

// few names at most eight things.
func few(names []string) string {
	if more := len(names) - 8; more > 1 {
		names = append(slices.Clone(names[:8]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

func (s Source) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s:\n    # %s: %s (%s).\n", s.Name, plainWords(s.Kind), oneLine(s.Why), s.Confidence)
	fmt.Fprintf(b, "    title: %s\n    files: %s\n", Scalar(s.Title), list(s.Files))
	if s.Sheet != "" {
		fmt.Fprintf(b, "    sheet: %s\n", Scalar(s.Sheet))
	}
	if s.Recipe != "" {
		fmt.Fprintf(b, "    recipe: %s  # which column means what, and how ARR comes about: docs/reference/recipes.md\n", s.Recipe)
	} else {
		fmt.Fprintf(b, "    fact: %s\n", s.Kind)
	}
	switch {
	case s.Header[1] > 0:
		fmt.Fprintf(b, "    header: {rows: %d, names: %d}\n", s.Header[0], s.Header[1])
	case s.Header[0] > 1:
		fmt.Fprintf(b, "    header: {rows: %d}  # what stands over a column, from above, is its name\n", s.Header[0])
	}
	if s.Mode != "" {
		fmt.Fprintf(b, "    rows: %s\n", s.Mode)
	}
	if s.Dates != "" {
		fmt.Fprintf(b, "    dates: %s\n", Scalar(s.Dates))
	}
	if len(s.Missing) > 0 {
		fmt.Fprintf(b, "    missing: %s\n", list(s.Missing))
	}
	if s.Fresh != "" {
		fmt.Fprintf(b, "    fresh_within: %s  # from the first day of the last month: the next one is complete, and exported, by then\n", s.Fresh)
	}
	if s.Ids != "" {
		fmt.Fprintf(b, "    ids: %s\n", s.Ids)
	}
	if len(s.Keys) > 0 {
		var parts []string
		for _, space := range sortedKeys(s.Keys) {
			parts = append(parts, space+": "+Scalar(s.Keys[space]))
		}
		fmt.Fprintf(b, "    keys: {%s}\n", strings.Join(parts, ", "))
	}
	if len(s.Where) > 0 {
		fmt.Fprintf(b, "    where: '%s'  # %s\n", strings.Join(s.Where, " && "), oneLine(strings.Join(s.WhereWhy, "; ")))
	}
	if len(s.Names) > 0 {
		var parts []string
		for _, name := range sortedKeys(s.Names) {
			parts = append(parts, name+": "+Scalar(s.Names[name]))
		}
		fmt.Fprintf(b, "    names: {%s}\n", strings.Join(parts, ", "))
	}
	if s.Recipe != "" {
		return
	}
	if u := s.Unpivot; u != nil {
		columns, next := u.Columns, ""
		if u.Patterns != nil {
			columns = u.Patterns
		}
		if u.Empty != "" {
			next = ", next_empty: " + u.Empty
		}
		fmt.Fprintf(b, "    unpivot: {columns: %s, name: %s, value: %s%s}  # a row for each %s\n", list(columns), u.Name, u.Value, next, s.rowOf())
	}
	if s.Split != nil {
		fmt.Fprintf(b, "    split: {column: %s, by: %q}  # a row for each item\n", Scalar(s.Split.Column), s.Split.By)
	}
	b.WriteString("    columns:\n")
	width := 0
	for _, n := range s.Columns {
		width = max(width, min(len(n.text()), 40))
	}
	for _, n := range s.Columns {
		line := fmt.Sprintf("      %-*s  # %s", width, n.text(), oneLine(n.Why))
		if len(n.Examples) > 0 && !n.personal {
			line += ": " + oneLine(strings.Join(n.Examples, ", "))
		}
		b.WriteString(line + "\n")
	}
	if len(s.Left) > 0 {
		for _, line := range s.leftOut() {
			b.WriteString("    # " + oneLine(line) + "\n")
		}
	}
}

// rowOf is what each row is that is made of a column.
func (s Source) rowOf() string {
	switch {
	case s.Unpivot.Patterns != nil:
		return "month"
	case s.Kind == readingKind:
		return "number"
	}
	return "answer"
}

// leftOut says which columns are not read, those of one reason on one line.
func (s Source) leftOut() []string {
	var columns grouped
	for _, l := range s.Left {
		columns.add(l.Why, l.Column)
	}
	return columns.lines(func(why, names string) string { return fmt.Sprintf("Left out: %s (%s)", names, why) })
}

// text is the binding as YAML.
func (n Binding) text() string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+": "+Scalar(value))
		}
	}
	add("from", n.From)
	if len(n.Else) > 0 {
		parts = append(parts, "else: "+list(n.Else))
	}
	add("value", n.Value)
	add("is", n.Is)
	add("dates", n.Dates)
	add("numbers", n.Numbers)
	add("currency", n.Currency)
	add("currency_from", n.CurrencyFrom)
	if n.Minor {
		parts = append(parts, "minor: true")
	}
	add("known_from", n.KnownFrom)
	if len(n.Values) > 0 {
		var values []string
		for _, from := range sortedKeys(n.Values) {
			values = append(values, Scalar(from)+": "+Scalar(n.Values[from]))
		}
		parts = append(parts, "values: {"+strings.Join(values, ", ")+"}")
	}
	if len(parts) == 1 && n.From != "" {
		return n.To + ": " + Scalar(n.From)
	}
	return n.To + ": {" + strings.Join(parts, ", ") + "}"
}

func list(texts []string) string {
	if len(texts) == 1 {
		return Scalar(texts[0])
	}
	var quoted []string
	for _, t := range texts {
		quoted = append(quoted, Scalar(t))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

var (
	simple   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./%-]*( [A-Za-z0-9_./%-]+)*$`)
	reading  = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|null|y|n|~)$`)
	dateLike = regexp.MustCompile(`^[A-Za-z]*[0-9-]*$`)
)

// Scalar writes a text as YAML writes it: in quotes where it could be read as
// something else.
func Scalar(text string) string {
	if simple.MatchString(text) && !reading.MatchString(text) {
		return text
	}
	if dateLike.MatchString(text) && text != "" && !reading.MatchString(text) && strings.ContainsAny(text[:1], "YmdMU") {
		return text
	}
	if strings.Contains(text, `"`) && !strings.ContainsAny(text, "'\\\n") {
		return "'" + text + "'"
	}
	return strconv.QuoteToGraphic(text)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// figure writes a number with at most two decimals.
func figure(x float64) string {
	text := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(x, 'f', 2, 64), "0"), ".")
	whole, part, hasPart := strings.Cut(text, ".")
	sign := ""
	if rest, ok := strings.CutPrefix(whole, "-"); ok {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasPart {
		return sign + whole + "." + part
	}
	return sign + whole
}
