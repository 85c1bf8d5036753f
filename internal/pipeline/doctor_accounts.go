package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/segue-cs/segue/internal/fact"
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
			if !slices.ContainsFunc(s, func(o statement) bool { return folded(o.value) != folded(s[0].value) }) {
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

// listedTwice are accounts that look like one company, as a hint.
func (x *examination) listedTwice(ctx context.Context) ([]Finding, error) {
	tree, err := x.family(ctx, x.stored, x.read.asOf)
	if err != nil {
		return nil, nil //nolint:nilerr // a family that goes in circles is told of by the run
	}
	var list []FindingItem
	told := map[int64]bool{}
	hold := func(what string, key func(p person) string) {
		groups := map[string][]int64{}
		for _, account := range x.order {
			if k := key(x.people[account]); k != "" {
				groups[k] = append(groups[k], account)
			}
		}
		for _, group := range groups {
			tops := map[int32]bool{}
			for _, account := range group {
				tops[tree.top(int32(account))] = true
			}
			if len(tops) < 2 || len(group) > crowd { // one family, whose members share a name; or a name that says nothing
				continue
			}
			for _, account := range group {
				var others []string
				for _, o := range group {
					if o != account && len(others) < namedLargest {
						others = append(others, plainID(x.people[o].id))
					}
				}
				if i, ok := x.about(account, "the same %s as %s", what, strings.Join(others, ", ")); ok && !told[account] {
					told[account] = true
					list = append(list, i)
				}
			}
		}
	}
	hold("name", func(p person) string { return companyName(p.name) })
	for n, trait := range x.domains {
		hold(strings.ReplaceAll(trait, "_", " "), func(p person) string { return siteName(p.traits[n]) })
	}
	return x.finding(Finding{
		Name: "listed_twice", Title: "Accounts that may be one company: the same name or domain", Hint: true,
		Do: "where they are one, give both ids to one account, or name the parent",
	}, list), nil
}

// crowd is how many accounts with one name, or one domain, are no company: it
// stands for something else, such as a provider of mail.
const crowd = 10

// domainTraits are the traits that hold where a company lives on the web.
func (x *examination) domainTraits() []string {
	var names []string
	for _, c := range x.Strategy.Traits() {
		if c.Type == fact.Text && slices.Contains([]string{"domain", "website", "web_site", "url"}, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// legalForms are the words that are written out or not at the end of names.
var legalForms = map[string]string{"incorporated": "inc", "corporation": "corp", "company": "co", "limited": "ltd"}

// companyName is a name without case, punctuation and the way in which its
// legal form is written; "" where nothing is left. Two forms are two companies.
func companyName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '&' })
	if n := len(words); n > 0 {
		if short, ok := legalForms[words[n-1]]; ok {
			words[n-1] = short
		}
	}
	return strings.Join(words, " ")
}

// siteName is a web address as its host alone.
func siteName(address string) string {
	host := strings.ToLower(strings.TrimSpace(address))
	if _, after, ok := strings.Cut(host, "://"); ok {
		host = after
	}
	host, _, _ = strings.Cut(host, "/")
	return strings.TrimPrefix(host, "www.")
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
