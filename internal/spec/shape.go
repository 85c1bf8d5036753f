package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/period"
)

// How findings call the top of a file.
const (
	theStrategy = "the strategy"
	theTests    = "the test file"
)

// shape says what may stand at a place of a file. Files are checked against
// shapes before they are decoded, and the JSON Schema is written from them, so
// that the two cannot drift apart.
type shape struct {
	kind    shapeKind
	what    string // for messages: "a number"
	doc     string // for editors
	pattern *regexp.Regexp
	words   []string // closed set
	advice  func(text string) string

	entry  string   // noun for one entry of a dictionary: "metric"
	item   *shape   // of a list, or of the values of a dictionary
	keys   *shape   // of the keys of a dictionary
	fields []field  // of a record
	choose []choice // of a record
	any    []*shape // alternatives: at most one per form
}

type shapeKind uint8

const (
	ofScalar shapeKind = iota
	ofNumber
	ofBool
	ofList
	ofDict
	ofRecord
	ofAny
	ofNull
)

// field is one key of a record.
type field struct {
	key      string
	shape    *shape
	doc      string
	required bool
	needs    string // another key without which this one means nothing
}

// choice asks for exactly one of some keys, in records that have the key
// `given`, or in all when it is "".
type choice struct {
	given string
	keys  []string
}

func listOf(item *shape) *shape {
	return &shape{kind: ofList, what: "a list", item: item}
}

func dictOf(entry string, keys, item *shape) *shape {
	return &shape{kind: ofDict, what: "a mapping of names", entry: entry, keys: keys, item: item}
}

func record(fields ...field) *shape {
	return &shape{kind: ofRecord, what: "a mapping", fields: fields}
}

func either(what string, shapes ...*shape) *shape {
	return &shape{kind: ofAny, what: what, any: shapes}
}

func oneWord(words ...string) *shape {
	return &shape{what: "one of " + strings.Join(words, ", "), words: words}
}

func matching(what, pattern string) *shape {
	return &shape{what: what, pattern: regexp.MustCompile("^(" + pattern + ")$")}
}

// fits returns the alternative for the form of the value, nil when there is
// none.
func (s *shape) fits(v *value) *shape {
	switch s.kind {
	case ofAny:
		for _, alternative := range s.any {
			if alternative.fits(v) != nil {
				return alternative
			}
		}
		return nil
	case ofList:
		if v.form == list {
			return s
		}
	case ofDict, ofRecord:
		if v.form == mapping {
			return s
		}
	case ofNull:
		if v.form == nothing {
			return s
		}
	default:
		if v.form == scalar {
			return s
		}
	}
	return nil
}

// check reports where the value does not fit the shape and marks those parts
// bad. The noun says what is being read: `metric "arr"`.
func (s *shape) check(v *value, noun, key string, found *diag.List) {
	where := noun
	if key != "" {
		where = fmt.Sprintf("%q of %s", key, noun)
	}
	chosen := s.fits(v)
	if chosen == nil {
		v.bad = true
		found.Errorf(v.pos, "wrong_shape", "", "%s must be %s, not %s", where, s.what, v.is())
		return
	}
	switch chosen.kind {
	case ofList:
		for _, item := range v.items {
			chosen.item.check(item, noun, key, found)
		}
	case ofDict:
		chosen.checkDict(v, noun, where, found)
	case ofRecord:
		chosen.checkRecord(v, where, found)
	default:
		if problem := chosen.problem(v); problem != "" {
			v.bad = true
			found.Errorf(v.pos, "wrong_value", chosen.hint(v.text), "%s must be %s, not %s", where, chosen.what, problem)
		}
	}
}

// problem says what a scalar is instead, "" when it is right.
func (s *shape) problem(v *value) string {
	is := v.is()
	switch {
	case s.kind == ofBool && (v.quoted || v.text != "true" && v.text != "false"),
		s.kind == ofNumber && !isNumber(v),
		s.words != nil && !slices.Contains(s.words, v.text),
		s.pattern != nil && !s.pattern.MatchString(v.text),
		s == day && !isDay(v.text):
		return is
	}
	return ""
}

func (s *shape) hint(text string) string {
	if s.advice != nil {
		if advice := s.advice(text); advice != "" {
			return advice
		}
	}
	return diag.DidYouMean(text, s.words)
}

func (s *shape) checkDict(v *value, noun, where string, found *diag.List) {
	seen := map[string]diag.Pos{}
	for _, e := range v.entries {
		if before, ok := seen[e.key]; ok {
			e.value.bad = true
			found.Errorf(e.pos, "duplicate_key", "", "%q is already in %s, on line %d", e.key, where, before.Line)
			continue
		}
		seen[e.key] = e.pos
		if s.keys.pattern != nil && !s.keys.pattern.MatchString(e.key) {
			found.Errorf(e.pos, "wrong_name", s.keys.hint(e.key), "%q in %s must be %s", e.key, where, s.keys.what)
		} else if s.keys.words != nil && !slices.Contains(s.keys.words, e.key) {
			e.value.bad = true
			found.Errorf(e.pos, "unknown_key", s.keys.hint(e.key), "unknown key %q in %s", e.key, where)
			continue
		}
		one := fmt.Sprintf("%s %q", s.entry, e.key)
		if noun != theStrategy && noun != theTests {
			one += " of " + noun
		}
		s.item.check(e.value, one, "", found)
	}
}

func (s *shape) checkRecord(v *value, where string, found *diag.List) {
	seen := map[string]diag.Pos{}
	for _, e := range v.entries {
		f := s.field(e.key)
		switch before, again := seen[e.key]; {
		case again:
			e.value.bad = true
			found.Errorf(e.pos, "duplicate_key", "", "%q is already in %s, on line %d", e.key, where, before.Line)
			continue
		case f == nil:
			found.Errorf(e.pos, "unknown_key", s.keyHint(e.key), "unknown key %q in %s", e.key, where)
			continue
		}
		seen[e.key] = e.pos
		if e.value.form == nothing && f.shape.kind == ofDict && !f.required {
			continue // an empty section
		}
		f.shape.check(e.value, where, e.key, found)
		if f.needs != "" && v.entry(f.needs) == nil {
			found.Errorf(e.pos, "needs_key", "", "%q in %s only goes with %q", e.key, where, f.needs)
		}
	}
	for _, f := range s.fields {
		if _, ok := seen[f.key]; !f.required || ok {
			continue
		}
		v.bad = true
		if !s.isMisspelt(v, []string{f.key}) {
			found.Errorf(v.pos, "missing_key", f.doc, "%s has no %q", where, f.key)
		}
	}
	for _, c := range s.choose {
		if !s.checkChoice(c, v, where, found) {
			v.bad = true
			return
		}
	}
}

// checkChoice reports whether the record has exactly one of the keys.
func (s *shape) checkChoice(c choice, v *value, where string, found *diag.List) bool {
	if c.given != "" && v.entry(c.given) == nil {
		return true
	}
	var has []string
	for _, key := range c.keys {
		if v.entry(key) != nil {
			has = append(has, key)
		}
	}
	switch {
	case len(has) == 0 && s.isMisspelt(v, c.keys): // the unknown key has been reported
	case len(has) == 0:
		found.Errorf(v.pos, "missing_key", "", "%s needs one of %s", where, strings.Join(c.keys, ", "))
	case len(has) > 1:
		found.Errorf(v.entry(has[1]).pos, "too_many_keys", "keep one", "%s has both %q and %q", where, has[0], has[1])
	default:
		return true
	}
	return false
}

// isMisspelt reports whether an unknown key of the record, which has been
// reported, looks like one of those.
func (s *shape) isMisspelt(v *value, keys []string) bool {
	return slices.ContainsFunc(v.entries, func(e entry) bool {
		return s.field(e.key) == nil && diag.DidYouMean(e.key, keys) != ""
	})
}

func (s *shape) field(key string) *field {
	for i := range s.fields {
		if s.fields[i].key == key {
			return &s.fields[i]
		}
	}
	return nil
}

func (s *shape) keyHint(key string) string {
	var known []string
	for _, f := range s.fields {
		known = append(known, f.key)
	}
	if hint := diag.DidYouMean(key, known); hint != "" {
		return hint
	}
	switch {
	case strings.ContainsAny(key, "()<>=&|! "):
		return "put conditions in quotes"
	case len(known) > 12:
		return ""
	}
	return "known keys: " + strings.Join(known, ", ")
}

func isNumber(v *value) bool {
	_, err := strconv.ParseFloat(v.text, 64)
	return err == nil && !v.quoted && numberText.MatchString(v.text)
}

var (
	numberText     = regexp.MustCompile("^" + numberPattern + "$")
	percentileText = regexp.MustCompile("^" + percentilePattern + "$")
)

func isDay(text string) bool {
	d, err := period.ParseDate(text)
	return err == nil && d >= period.Earliest && d <= period.Latest
}
