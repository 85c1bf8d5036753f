package spec

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	sectionLine = regexp.MustCompile(`^([a-z_]+):[ \t]*(#.*)?$`)
	childLine   = regexp.MustCompile(`^( +)[^ #\r\n-]`)
)

// insert adds definitions, each as a catalogue entry has it, to the end of a
// section of a file; a section that is not there is added at the end. All that
// the file says stays as it is, comments included. It reports false where the
// section is not written one definition below the other.
func insert(file, section string, entries []string) (string, bool) {
	body, newline := file, "\n"
	if strings.Contains(file, "\r\n") {
		body, newline = strings.ReplaceAll(file, "\r\n", "\n"), "\r\n"
	}
	lines := strings.Split(strings.TrimRight(body, "\n"), "\n")
	head := headOf(lines, section)
	switch {
	case head < 0 && strings.Contains("\n"+body, "\n"+section+":"):
		return "", false // in brackets, an alias, or on one line
	case head < 0 && strings.TrimSpace(body) == "":
		lines, head = []string{section + ":"}, 0
	case head < 0:
		lines = append(lines, "", section+":")
		head = len(lines) - 1
	}
	end, indent := head+1, "  "
	for i := head + 1; i < len(lines) && (lines[i] == "" || strings.ContainsAny(lines[i][:1], " \t#")); i++ {
		if strings.TrimSpace(lines[i]) != "" && lines[i][0] != '#' {
			end = i + 1
		}
	}
	for _, line := range lines[head+1 : end] {
		if m := childLine.FindStringSubmatch(line); m != nil {
			indent = m[1]
			break
		}
	}
	var added []string
	for i, entry := range entries {
		block := strings.Split(strings.TrimRight(entry, "\n"), "\n")
		if long := len(block) > 1; long && (i > 0 || end > head+1) {
			added = append(added, "")
		}
		for _, line := range block {
			if rest, ok := strings.CutPrefix(line, "  "); ok {
				line = indent + rest
			}
			added = append(added, line)
		}
	}
	lines = append(lines[:end:end], append(added, lines[end:]...)...)
	return strings.Join(lines, newline) + newline, true
}

// headOf returns the line of a section's key, -1 when there is none that has
// its definitions below it.
func headOf(lines []string, section string) int {
	for i, line := range lines {
		if m := sectionLine.FindStringSubmatch(strings.TrimPrefix(line, "\ufeff")); m != nil && m[1] == section {
			return i
		}
	}
	return -1
}

// entryLine is the line of a definition's key.
var entryLine = regexp.MustCompile(`(?m)^  ([a-z][a-z0-9_]*):`)

// titleText is a title as the catalogue writes them.
var titleText = regexp.MustCompile(`title: [^,}\n"]+`)

// renamed returns a catalogue entry under another name, with the name as
// words for a title.
func renamed(e CatalogEntry, name string) string {
	if name == e.Name {
		return e.Text
	}
	first := true
	text := entryLine.ReplaceAllStringFunc(e.Text, func(key string) string {
		if !first {
			return key
		}
		first = false
		return fmt.Sprintf("  %s:", name)
	})
	words := strings.ReplaceAll(name, "_", " ")
	title := "title: " + strings.ToUpper(words[:1]) + words[1:]
	if at := titleText.FindStringIndex(text); at != nil {
		text = text[:at[0]] + title + text[at[1]:]
	}
	return text
}
