package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/query"
)

// conflicts are traits of which sources say different things.
func (x *examination) conflicts(ctx context.Context) ([]Finding, error) {
	k, _ := x.Strategy.Kind(fact.AccountKind)
	var found []Finding
	for _, c := range k.Columns {
		if c.Type != fact.Text && c.Type != fact.Number && c.Type != fact.Bool && c.Type != fact.Date || x.statedBy(c.Name) < 2 {
			continue
		}
		type statement struct{ source, value string }
		said := map[int64][]statement{}
		var order []int64
		err := x.each(ctx, query.Stated(x.defs, x.stored, x.read.asOf, c), func(row []any) {
			account := whole(row[0])
			if said[account] == nil {
				order = append(order, account)
			}
			said[account] = append(said[account], statement{text(row[1]), shownTrait(c, text(row[2]))})
		})
		if err != nil {
			return nil, err
		}
		var list []FindingItem
		for _, account := range order {
			s := said[account]
			if !slices.ContainsFunc(s, func(o statement) bool { return !says(c, o.value, s[0].value) }) {
				continue
			}
			var parts []string
			for _, o := range s {
				parts = append(parts, fmt.Sprintf("%s says %s", o.source, plainID(o.value)))
			}
			if i, ok := x.about(account, "%s", strings.Join(parts, ", ")); ok {
				list = append(list, i)
			}
		}
		found = append(found, x.finding(Finding{
			Name: "conflict." + c.Name, Title: fmt.Sprintf("Sources say different things of %s", x.title(c.Name)),
			Do: "correct one of them, or take " + c.Name + " from one source alone; until then what was stated last counts",
		}, list)...)
	}
	return found, nil
}

// says reports whether two values of a trait say the same: web sites by their
// domain, all else by letters and digits.
func says(c fact.Column, a, b string) bool {
	if folded(a) == folded(b) {
		return true
	}
	name := strings.ToLower(c.Name)
	if !strings.Contains(name, "web") && !strings.Contains(name, "domain") {
		return false
	}
	domain := match.Domain(a)
	return domain != "" && domain == match.Domain(b)
}

// statedBy is how many sources state a trait of accounts.
func (x *examination) statedBy(trait string) int {
	n := 0
	for _, m := range x.Strategy.Sources {
		if m.Kind == fact.AccountKind && slices.ContainsFunc(m.Columns, func(b fact.Binding) bool { return b.To == trait }) {
			n++
		}
	}
	return n
}

// shownTrait writes a value that the warehouse holds as a whole number.
func shownTrait(c fact.Column, value string) string {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && c.Type == fact.Number {
		return strconv.FormatFloat(float64(n)/1e6, 'f', -1, 64)
	}
	return value
}

// backAndForth are words that one source changes and changes back.
func (x *examination) backAndForth(ctx context.Context) ([]Finding, error) {
	if !x.stored.Kinds[fact.AccountKind].Versions {
		return nil, nil
	}
	k, _ := x.Strategy.Kind(fact.AccountKind)
	var found []Finding
	for _, c := range k.Columns {
		if !query.IsOpenText(k, c) || x.statedBy(c.Name) == 0 {
			continue
		}
		type version struct {
			account int64
			source  string
			values  []string
		}
		var last version
		var list []FindingItem
		settle := func() {
			for n := 2; n < len(last.values); n++ {
				if last.values[n] == last.values[n-2] {
					if i, ok := x.about(last.account, "%s: %s", last.source, strings.Join(last.values, ", then ")); ok {
						list = append(list, i)
					}
					return
				}
			}
		}
		err := x.each(ctx, query.Versions(x.defs, x.stored, x.read.asOf, c), func(row []any) {
			account, source, value := whole(row[0]), text(row[1]), text(row[3])
			if account != last.account || source != last.source {
				settle()
				last = version{account: account, source: source}
			}
			if n := len(last.values); n == 0 || last.values[n-1] != value {
				last.values = append(last.values, value)
			}
		})
		if err != nil {
			return nil, err
		}
		settle()
		found = append(found, x.finding(Finding{
			Name: "changed_back." + c.Name, Title: fmt.Sprintf("%s changes and changes back", x.title(c.Name)),
			Do: "find out who keeps it, and which of the two is right",
		}, list)...)
	}
	return found, nil
}

// oneCompany are ids and accounts that look like one company, by what speaks
// for it.
func (x *examination) oneCompany(ctx context.Context) ([]Finding, error) {
	w, err := x.matchWorld(ctx, x.read.asOf)
	if err != nil {
		return nil, err
	}
	var list []FindingItem
	for _, p := range w.proposals(false) {
		i, ok := x.about(int64(p.into), "")
		if !ok || p.Strength == match.Weak {
			continue
		}
		var words []string
		for _, e := range p.Evidence {
			words = append(words, e.Words)
		}
		i.What = fmt.Sprintf("%s: %s %s: %s", p.Strength, plainID(p.Record.Ids), plainID(p.Record.ID), strings.Join(words, ", "))
		list = append(list, i)
	}
	return x.finding(Finding{
		Name: oneCompanyFinding, Title: "Ids and accounts that look like one company", Hint: true,
		Do: "look at what speaks for it, then confirm or reject", Command: "match",
	}, list), nil
}

// folded is a text without what people write in different ways: case, spaces
// and punctuation.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
