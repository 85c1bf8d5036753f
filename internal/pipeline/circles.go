package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
)

// Circle is lines of one account that name each other in a circle, or one that
// names itself. None of them replaces another: all that are in force count.
type Circle struct {
	Kind    string   `json:"fact"`
	Link    string   `json:"link"` // supersedes or renews
	Account string   `json:"account"`
	Lines   []string `json:"lines"` // each names the next, and the last the first
}

// Words tells of the circle in one line: "lines c1, c2 name each other as
// replaced".
func (c Circle) Words() string {
	verb := map[string]string{"supersedes": "replaced", "renews": "renewed"}[c.Link]
	if len(c.Lines) == 1 {
		return fmt.Sprintf("line %s names itself as %s", plainID(c.Lines[0]), verb)
	}
	lines := make([]string, len(c.Lines))
	for i, line := range c.Lines {
		lines[i] = plainID(line)
	}
	return fmt.Sprintf("lines %s name each other as %s", strings.Join(lines, ", "), verb)
}

// settleLinks finds links between contract lines that go in circles, so that
// the compiler leaves them out, and returns them. keys, when not nil, are the
// accounts' keys that matter.
func (e *Engine) settleLinks(ctx context.Context, s *query.Stored, asOf period.Date, keys []int64) ([]Circle, error) {
	list := []Circle{}
	defs := definitions(e.Strategy)
	for _, link := range query.Links(defs, *s) {
		var lines []query.LinkedLine
		err := e.each(ctx, query.Linked(defs, *s, link, asOf, keys), func(row []any) {
			l := query.LinkedLine{Row: whole(row[0]), Key: whole(row[1]), Line: whole(row[2]), Of: whole(row[1]), Names: whole(row[3])}
			if len(row) > 4 {
				l.Of = whole(row[4])
			}
			lines = append(lines, l)
		})
		if err != nil {
			return nil, fmt.Errorf("look for lines that name each other: %w", err)
		}
		circles := query.Circles(lines)
		if len(circles) == 0 {
			continue
		}
		var rows []int64
		for _, circle := range circles {
			for _, l := range circle {
				rows = append(rows, l.Row)
			}
		}
		slices.Sort(rows)
		if s.Circular == nil {
			s.Circular = map[query.Link][]int64{}
		}
		s.Circular[link] = rows
		named, err := e.nameCircles(ctx, link, circles, rows)
		if err != nil {
			return nil, err
		}
		list = append(list, named...)
	}
	return list, nil
}

// namedCircles is how many circles a warning names.
const namedCircles = 3

// checkLinks warns of lines that name each other as of the day of the import.
func (ld *loading) checkLinks(ctx context.Context) error {
	binds := func(b fact.Binding) bool { return b.To == "supersedes" || b.To == "renews" }
	if ld.kind.Timing != fact.Term || !slices.ContainsFunc(ld.mapping.Columns, binds) {
		return nil
	}
	asOf := ld.engine.day(nil, ld.request.Now)
	stored, _, err := ld.engine.stored(ctx, asOf)
	if err != nil {
		return fmt.Errorf("look for lines that name each other: %w", err)
	}
	circles, err := ld.engine.settleLinks(ctx, &stored, asOf, nil)
	if err != nil {
		return err
	}
	circles = slices.DeleteFunc(circles, func(c Circle) bool { return c.Kind != ld.kind.Name })
	if len(circles) > 0 {
		ld.warn("%s", CircleWords(circles))
	}
	return nil
}

// CircleWords tells of some circles, one or more, and what is made of them.
func CircleWords(circles []Circle) string {
	var parts []string
	for i, c := range circles {
		if i == namedCircles {
			parts = append(parts, fmt.Sprintf("and %d more", len(circles)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %s", plainID(c.Account), c.Words()))
	}
	return strings.Join(parts, "; ") + ": none of them replaces another, and all that are in force are summed; correct the export"
}

func (e *Engine) nameCircles(ctx context.Context, link query.Link, circles [][]query.LinkedLine, rows []int64) ([]Circle, error) {
	type name struct{ account, line string }
	names := make(map[int64]name, len(rows))
	err := e.each(ctx, query.LineNames(definitions(e.Strategy), link.Kind, rows), func(row []any) {
		account, _ := row[1].(string)
		line, _ := row[2].(string)
		names[whole(row[0])] = name{account, line}
	})
	if err != nil {
		return nil, fmt.Errorf("name lines that name each other: %w", err)
	}
	var list []Circle
	for _, circle := range circles {
		c := Circle{Kind: link.Kind, Link: link.Column, Account: names[circle[0].Row].account}
		for _, l := range circle {
			if line := names[l.Row].line; !slices.Contains(c.Lines, line) {
				c.Lines = append(c.Lines, line)
			}
		}
		list = append(list, c)
	}
	return list, nil
}
