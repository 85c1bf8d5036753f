package file

import (
	"strconv"
	"strings"
)

// How many rows a header is taken to have at most, and how many are looked at.
const (
	mostHeaderRows = 3
	headerSample   = 8
)

// HeaderRows returns how many rows name the columns of a file: 1, or as many as
// survey tools write, who put a question over the columns of its options. names
// is which of them names the columns alone, 0 where all do. It fails as Open
// does.
func HeaderRows(path string, o Options) (rows, names int, err error) {
	o.Header = Header{None: true}
	s, err := Sniff(path, o, headerSample)
	if err != nil {
		return 0, 0, err
	}
	if s.Format == NDJSON {
		return 1, 0, nil
	}
	for _, row := range s.Rows {
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
	}
	rows, names = headerRows(s.Rows)
	return rows, names, nil
}

func headerRows(rows [][]string) (n, names int) {
	if len(rows) < 3 || titleRows(rows) > 0 {
		return 1, 0
	}
	if len(rows) > 3 && importIDs(rows[2]) { // Qualtrics: names, questions, ids
		return 3, 1
	}
	width := 0
	for _, row := range rows {
		width = max(width, usedWidth(row))
	}
	named := make([]bool, width)
	for i := range min(mostHeaderRows, len(rows)-1) {
		filled := 0
		for c, text := range rows[i] {
			if text == "" {
				continue
			}
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				return 1, 0 // a row of data
			}
			named[c] = true
		}
		for _, is := range named {
			if is {
				filled++
			}
		}
		switch {
		case i == 0 && filled*10 >= width*8 && !completes(rows[0], rows[1], width):
			return 1, 0 // one row names nearly all
		case i > 0 && filled*20 >= width*19:
			return i + 1, 0
		}
	}
	return 1, 0
}

// completes reports whether a row names the columns that the one above leaves
// blank, and few others.
func completes(above, row []string, width int) bool {
	at := func(row []string, c int) bool { return c < len(row) && row[c] != "" }
	gaps, filled, others := 0, 0, 0
	for c := range width {
		switch {
		case !at(above, c) && at(row, c):
			gaps, filled = gaps+1, filled+1
		case !at(above, c):
			gaps++
		case at(row, c):
			others++
		}
	}
	return gaps > 0 && filled == gaps && others*3 <= (width-gaps)*2
}

// importIDs reports whether a row has the ids that Qualtrics writes below the
// questions.
func importIDs(row []string) bool {
	ids := 0
	for _, text := range row {
		if strings.HasPrefix(text, `{"ImportId"`) {
			ids++
		}
	}
	return ids > 0 && ids*2 >= usedWidth(row)
}
