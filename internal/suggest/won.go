package suggest

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
)

// wonRecipe makes contract lines of won opportunities.
const wonRecipe = "won_opportunities"

// wonColumns are names by which the recipe knows the columns that it needs.
var wonColumns = map[string][]string{
	"id":          {"opportunity_id", "deal_id", "record_id", "id"},
	"account":     {"account_id", "associated_company_ids", "company_id", "account", "account_name", "company"},
	"stage":       {"stage_name", "deal_stage", "stage"},
	"amount":      {"amount", "close_value", "deal_amount", "value", "property_amount"},
	"expected_on": {"close_date", "property_closedate"},
}

// wonContracts asks, where no file holds contracts, whether won opportunities
// are to be taken for some.
func (p *proposing) wonContracts() {
	if _, ok := p.out.Source("contract"); ok {
		return
	}
	for _, g := range p.groups {
		if g.kind != "opportunity" || !p.hasWon(g) {
			continue
		}
		amount := columnOf(g, "amount")
		answer := p.ask(Question{
			Key: "won." + g.name, Preset: "sum",
			Text: fmt.Sprintf("No file holds contracts. Is what was won in %s (%q) what a customer pays for a year from the day it was won?", g.Name, amount.Name),
			Choices: []Choice{
				{"sum", "no, or not always: it is summed as it is"},
				{"contracts", "yes: each won opportunity is a contract of twelve months, or of its term where the file says one"},
			},
		})
		if answer != "contracts" {
			return
		}
		s, _ := p.out.Source("opportunity")
		p.out.Sources = append(p.out.Sources, Source{
			Name: p.name(g.name + "_won"), Title: "Contracts, from " + plainWords(g.name), Files: s.Files, Table: g.Name, Rows: g.Rows,
			Kind: "contract", Confidence: Likely, Why: "you said that won opportunities are contracts", Recipe: wonRecipe, Dates: s.Dates, Ids: s.Ids,
			Columns: []Binding{
				{To: fact.ColAccount, From: g.bound["account"], Why: "as in the opportunities"},
				{To: fact.ColStarts, From: g.bound["expected_on"], Why: "the day on which it was won, unless the file has a first day"},
				{To: "arr", From: amount.Name, Why: "a year's share of the whole term", Examples: amount.Examples},
			},
		})
		return
	}
}

// hasWon reports whether a file has all that the recipe needs, by names that it
// knows, and some opportunities that were won.
func (p *proposing) hasWon(g *group) bool {
	for to, names := range wonColumns {
		c := columnOf(g, to)
		if c.Filled == 0 || !slices.Contains(names, c.plain) {
			return false
		}
	}
	return hasEnd(Binding{Values: ends(columnOf(g, "stage")), Examples: columnOf(g, "stage").Examples}, "won")
}
