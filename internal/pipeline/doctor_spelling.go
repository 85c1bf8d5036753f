package pipeline

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/query"
)

const (
	maxSpellings = 500 // a column with more values holds no words to choose from
	rareShare    = 20  // how many times rarer a misspelling is than what is meant
	slipLength   = 6   // shorter words differ by a letter and mean something else
)

// spelling is a value of a column, and how often it is stated.
type spelling struct {
	value string
	rows  int64
}

// misspelt are values that look like another way to write a frequent one.
func (x *examination) misspelt(ctx context.Context) ([]Finding, error) {
	var found []Finding
	seen := map[string]bool{}
	for _, k := range x.Strategy.Kinds {
		if x.stored.Kinds[k.Name].Rows == 0 {
			continue
		}
		for _, c := range k.Columns {
			if !query.IsOpenText(k, c) || x.stored.Codes(k.TextDomain(c)) > maxSpellings {
				continue
			}
			list, err := x.misspeltIn(ctx, k, c, seen)
			if err != nil {
				return nil, err
			}
			found = append(found, x.finding(Finding{
				Name: "spelling." + k.Name + "." + c.Name, Title: fmt.Sprintf("%s of fact %s is written in two ways", titleOf(c), k.Name), Hint: true,
				Do: "correct the export, or say what is meant under values: of the source",
			}, list)...)
		}
	}
	return found, nil
}

func titleOf(c fact.Column) string {
	if c.Title != "" {
		return c.Title
	}
	return strings.ReplaceAll(c.Name, "_", " ")
}

// misspeltIn looks at one column; a pair of words of a dictionary is told of
// once.
func (x *examination) misspeltIn(ctx context.Context, k fact.Kind, c fact.Column, seen map[string]bool) ([]FindingItem, error) {
	var values []spelling
	err := x.each(ctx, query.Spellings(x.defs, x.stored, x.read.asOf, k.Name, c), func(row []any) {
		values = append(values, spelling{text(row[0]), whole(row[1])})
	})
	if err != nil {
		return nil, err
	}
	var list []FindingItem
	for _, p := range misspellings(values) {
		key := k.TextDomain(c) + "\x00" + p.rare.value + "\x00" + p.meant.value
		if seen[key] {
			continue
		}
		seen[key] = true
		what := fmt.Sprintf("%q (%s), perhaps %q (%s)", p.rare.value, quantity(p.rare.rows, "row"), p.meant.value, quantity(p.meant.rows, "row"))
		before := len(list)
		err := x.each(ctx, query.Spelled(x.defs, x.stored, x.read.asOf, k.Name, c, p.rare.value), func(row []any) {
			if i, ok := x.about(whole(row[0]), "%s", what); ok {
				list = append(list, i)
			}
		})
		if err != nil {
			return nil, err
		}
		if len(list) == before {
			list = append(list, FindingItem{What: what})
		}
	}
	return list, nil
}

type misspelling struct{ rare, meant spelling }

// misspellings pairs values that look like a slip with what is meant. Values
// are ordered by rows, the most first.
func misspellings(values []spelling) []misspelling {
	var pairs []misspelling
	for i, rare := range values {
		for _, meant := range values[:i] {
			same := folded(rare.value) != "" && folded(rare.value) == folded(meant.value)
			slip := rare.rows*rareShare <= meant.rows && isSlip(strings.ToLower(rare.value), strings.ToLower(meant.value))
			if same || slip {
				pairs = append(pairs, misspelling{rare, meant})
				break
			}
		}
	}
	return pairs
}

// isSlip reports whether two words are one letter apart: one left out, one too
// many, one in place of another, or two exchanged. Numbers are never a slip.
func isSlip(a, b string) bool {
	if min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) < slipLength {
		return false
	}
	s, t := []rune(a), []rune(b)
	for len(s) > 0 && len(t) > 0 && s[0] == t[0] {
		s, t = s[1:], t[1:]
	}
	for len(s) > 0 && len(t) > 0 && s[len(s)-1] == t[len(t)-1] {
		s, t = s[:len(s)-1], t[:len(t)-1]
	}
	for _, r := range append(append([]rune{}, s...), t...) {
		if !unicode.IsLetter(r) && r != ' ' && r != '-' {
			return false
		}
	}
	return len(s)+len(t) == 1 || len(s) == 1 && len(t) == 1 || len(s) == 2 && len(t) == 2 && s[0] == t[1] && s[1] == t[0]
}
