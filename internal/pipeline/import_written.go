package pipeline

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/source"
	"github.com/segue-cs/segue/internal/source/file"
)

// writing returns how the mapping says that its files are written.
func writing(m fact.Mapping) file.Options {
	o := file.Options{Format: m.Format, Encoding: m.Encoding, Sheet: m.Sheet, KeepFooter: m.KeepFooter, Header: file.Header(m.Header)}
	if m.Delimiter != "" {
		o.Delimiter, _ = utf8.DecodeRuneInString(m.Delimiter)
	}
	for _, b := range m.Columns {
		if b.From != "" && (b.To == fact.ColID || b.To == fact.ColAccount) {
			o.Keys = append(o.Keys, b.From)
		}
	}
	return o
}

// noteWriting reports how a file was found to be written, where that is not
// plain CSV in UTF-8 and the mapping does not say it.
func (ld *loading) noteWriting(f importFile, r source.Reader) {
	described, ok := r.(file.Described)
	if !ok {
		return
	}
	m, l := ld.mapping, described.Layout()
	say := func(format string, args ...any) {
		ld.report.Readings = append(ld.report.Readings, f.name+": "+fmt.Sprintf(format, args...))
	}
	if l.Inner != "" {
		say("%s is read from the archive", l.Inner)
	}
	if l.Sheet != "" && m.Sheet == "" && len(l.Sheets) > 1 {
		say("the sheet %q is read, of %s (sheet: names another)", l.Sheet, strings.Join(l.Sheets, ", "))
	}
	if m.Encoding == "" {
		switch {
		case l.Example.Text != "" && l.Sure:
			say("letters are read as %s: line %d has %q (encoding: says another)", l.Encoding, l.Example.Line, l.Example.Text)
		case l.Example.Text != "":
			say("letters are read as %s, which is not certain: if %q on line %d looks wrong, say under encoding: what it is", l.Encoding, l.Example.Text, l.Example.Line)
		case l.Encoding == file.UTF16LE || l.Encoding == file.UTF16BE:
			say("letters are read as %s", l.Encoding)
		}
	}
	if m.Delimiter == "" && l.Format == file.CSV && l.Delimiter != ',' && l.Delimiter != '\t' {
		say("fields are separated by %c", l.Delimiter)
	}
	if n := len(l.Title); n > 0 {
		say("the header is on line %d; before it %s left out (header: {row: N} says where it is):%s", l.HeaderLine, were(n, "line"), quotedLines(l.Title))
	}
	if n := len(l.Footer); n > 0 {
		say("at its end %s left out (footer: keep takes them as rows):%s", were(n, "line"), quotedLines(l.Footer))
	}
}

func were(n int, word string) string {
	if n == 1 {
		return "1 " + word + " was"
	}
	return quantity(int64(n), word) + " were"
}

// quotedLines returns the lines, each below the one before.
func quotedLines(list []file.LineText) string {
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "\n    %d: %s", l.Line, l.Text)
	}
	return b.String()
}
