package file

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// lineBreaks are breaks of lines with the white space around them.
var lineBreaks = regexp.MustCompile(`\s*[\r\n]\s*`)

// titleSample is how many rows tell a title from a header.
const titleSample = 40

// titleRows returns how many of a file's first rows stand before its header.
//
// That is more than none only where it is clear: the rows before have nothing
// beyond their second cell, and the header after them fills, with different
// words, all the columns that the rows after it use.
func titleRows(rows [][]string) int {
	if len(rows) < 3 {
		return 0
	}
	used := 0
	for _, row := range rows[1:] {
		used = max(used, usedWidth(row))
	}
	if usedWidth(rows[0]) >= used {
		return 0
	}
	for h, row := range rows[1:] {
		h++
		if !isTitle(rows[h-1], used) {
			return 0
		}
		if isHeader(row, used) && h+1 < len(rows) && usedWidth(rows[h+1])*2 > used {
			return h
		}
	}
	return 0
}

func usedWidth(row []string) int {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	return len(row)
}

// isTitle reports whether a row of a table that wide has a word or two at its
// beginning.
func isTitle(row []string, width int) bool {
	n := usedWidth(row)
	return n <= 1 || n == 2 && width >= 4
}

func isHeader(row []string, width int) bool {
	if usedWidth(row) != width {
		return false
	}
	seen := map[string]bool{}
	for _, name := range row[:width] {
		_, err := strconv.ParseFloat(name, 64)
		if name == "" || seen[name] || err == nil {
			return false
		}
		seen[name] = true
	}
	return true
}

// numbered returns the names of columns that have none.
func numbered(columns int) []string {
	names := make([]string, columns)
	for i := range names {
		names[i] = strconv.Itoa(i + 1)
	}
	return names
}

// joinNames makes the names of the columns from the rows of a header: those of
// the one row that names them, else all that stands over a column, from above.
// A cell over several columns, as spreadsheets merge them, counts for each.
func joinNames(rows [][]string, naming int) []string {
	width := 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	if naming > 0 && naming <= len(rows) {
		return append(slices.Clone(rows[naming-1]), make([]string, width-len(rows[naming-1]))...)
	}
	names := make([]string, width)
	over := make([]string, len(rows)) // what counts for the column, by row
	for c := range names {
		if !slices.ContainsFunc(rows, func(row []string) bool { return c < len(row) && row[c] != "" }) {
			continue
		}
		var parts []string
		for i, row := range rows {
			text := ""
			if c < len(row) {
				text = row[c]
			}
			if text != "" {
				over[i] = text
				for below := i + 1; below < len(rows); below++ {
					over[below] = ""
				}
			}
			if i < len(rows)-1 && text == "" {
				text = over[i]
			}
			if text != "" && !slices.Contains(parts, text) {
				parts = append(parts, text)
			}
		}
		names[c] = strings.Join(parts, " / ")
	}
	return names
}

// oneLine writes a name that breaks over several lines into one.
func oneLine(name string) string {
	if !strings.ContainsAny(name, "\r\n") {
		return name
	}
	return lineBreaks.ReplaceAllString(name, " ")
}

// numberTwice tells columns of one name apart by a number: "a (1)", "a (2)".
func numberTwice(names []string) {
	count, seen := map[string]int{}, map[string]int{}
	for _, name := range names {
		count[name]++
	}
	for i, name := range names {
		if name != "" && count[name] > 1 {
			seen[name]++
			names[i] = name + " (" + strconv.Itoa(seen[name]) + ")"
		}
	}
}
