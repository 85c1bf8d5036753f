package spec

import (
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
)

// The methods below read values that have been checked against their shape.
// What is absent and what did not fit read alike, since the latter has been
// reported.

// get returns the value of a key, nil when there is none.
func (v *value) get(key string) *value {
	if v == nil || v.form != mapping {
		return nil
	}
	if e := v.entry(key); e != nil && !e.value.bad && e.value.form != nothing {
		return e.value
	}
	return nil
}

// posOf returns the place of a key's value, or that of v without the key.
func (v *value) posOf(key string) diag.Pos {
	if e := v.entry(key); e != nil {
		return e.value.pos
	}
	return v.pos
}

func (v *value) textOf(key string) string {
	if x := v.get(key); x != nil {
		return x.text
	}
	return ""
}

// textsOf reads a text or a list of texts.
func (v *value) textsOf(key string) []string {
	x := v.get(key)
	switch {
	case x == nil:
		return nil
	case x.form == scalar:
		return []string{x.text}
	}
	var texts []string
	for _, item := range x.items {
		if !item.bad {
			texts = append(texts, item.text)
		}
	}
	return texts
}

func (v *value) flagOf(key string) bool { return v.textOf(key) == "true" }

func (v *value) numberOf(key string) (float64, bool) {
	x := v.get(key)
	if x == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(x.text, 64)
	return n, err == nil
}

func (v *value) daysOf(key string) int { return parseDays(v.textOf(key)) }

func (v *value) entriesOf(key string) []entry {
	if x := v.get(key); x != nil {
		return x.fitting()
	}
	return nil
}

// fitting returns the entries whose values fit their shape.
func (v *value) fitting() []entry {
	var entries []entry
	for _, e := range v.entries {
		if !e.value.bad {
			entries = append(entries, e)
		}
	}
	return entries
}

// source returns a condition's text, with line breaks where the file has them,
// so that findings point at the right line.
func (v *value) source() string {
	if v.lines != "" {
		return v.lines
	}
	return strings.TrimRight(v.text, "\n")
}

// parseDays reads "28d" or "8w".
func parseDays(text string) int {
	n := atoi(strings.TrimRight(text, "dw"))
	if strings.HasSuffix(text, "w") {
		return 7 * n
	}
	return n
}

func parseDay(text string) (period.Date, bool) {
	d, err := period.ParseDate(text)
	return d, err == nil
}

// parseShare reads "80%" or "0.8".
func parseShare(text string) float64 {
	figure, isPercent := strings.CutSuffix(text, "%")
	x, _ := strconv.ParseFloat(figure, 64)
	if isPercent {
		return x / 100
	}
	return x
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
