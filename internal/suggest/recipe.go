package suggest

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
)

// wholeUnits is the recipe for amounts that are not in cents.
const wholeUnits = "stripe_dashboard_subscriptions"

// decimals finds the decimals of an amount.
var decimals = regexp.MustCompile(`[.,]\d\d?$`)

// byRecipe leaves a file to a recipe of the catalogue, where it has what the
// recipe needs.
func (p *proposing) byRecipe(g *group, s *Source) bool {
	if g.export == nil || g.export.Recipe == "" {
		return false
	}
	amount, _ := g.Column(firstNamed(g.Table, []string{"unit_amount_decimal", "unit_amount", "plan_amount", "amount"}))
	interval, _ := g.Column(firstNamed(g.Table, []string{"interval", "recurring_interval", "plan_interval"}))
	isWhole := g.export.Recipe == wholeUnits
	switch {
	case amount.Filled == 0 || interval.Filled == 0:
		return false
	case !isWhole && (amount.Numbers.Fractions > 0 || slices.ContainsFunc(amount.Examples, decimals.MatchString)):
		g.notes = append(g.notes, fmt.Sprintf("%s: %q has decimals, so it is no amount in cents as the recipe %s takes it", g.Name, amount.Name, g.export.Recipe))
		p.out.Notes = append(p.out.Notes, g.notes...)
		return false
	}
	names, ok := recipeNames(g)
	if !ok {
		return false
	}
	unit := "in cents"
	if isWhole {
		unit = "in whole units"
		if coupon, _ := g.Column(firstNamed(g.Table, []string{"coupon", "coupon_id"})); coupon.Filled > 0 {
			g.notes = append(g.notes, fmt.Sprintf("%s: %s of %s subscriptions have a %s, and the file does not say what it takes off: their ARR is before discounts", g.Name, count(coupon.Filled), count(g.Rows), coupon.Name))
		}
	}
	s.Name, s.Title, s.Recipe, s.Ids, s.Names = p.name(g.name), titleOf(g), g.export.Recipe, g.space, names
	s.Columns = []Binding{
		{To: fact.ColAccount, From: g.bound[fact.ColAccount], Why: (&binding{proposing: p, g: g, s: s}).whose(fact.ColAccount, columnOf(g, fact.ColAccount))},
		{To: "arr", From: amount.Name, Why: fmt.Sprintf("%s, %s; %s says for how long", filled(amount), unit, interval.Name), Examples: amount.Examples},
	}
	p.out.Notes = append(p.out.Notes, g.notes...)
	p.out.Sources = append(p.out.Sources, *s)
	return true
}

// recipeNames returns the names of a recipe that stand for other columns of the
// file than the recipe would take; ok is false where the file lacks one that it
// needs.
func recipeNames(g *group) (names map[string]string, ok bool) {
	recipes, err := spec.Recipes()
	if err != nil {
		return nil, false
	}
	i := slices.IndexFunc(recipes, func(r spec.Recipe) bool { return r.Name == g.export.Recipe })
	if i < 0 {
		return nil, false
	}
	names = map[string]string{}
	for _, n := range recipes[i].Names {
		has, alike := "", ""
		for _, column := range n.Columns {
			for _, c := range g.Columns {
				switch {
				case has == "" && c.Name == column:
					has = column
				case alike == "" && c.plain == plain(column):
					alike = c.Name
				}
			}
		}
		account := slices.ContainsFunc(recipes[i].Columns, func(c spec.RecipeColumn) bool { return c.Name == fact.ColAccount && c.From == n.Name })
		switch {
		case account && g.bound[fact.ColAccount] != "":
			if g.bound[fact.ColAccount] != has {
				names[n.Name] = g.bound[fact.ColAccount]
			}
		case has != "":
		case alike != "":
			names[n.Name] = alike
		case !n.Optional:
			return nil, false
		}
	}
	return names, true
}
