package reference

import (
	"strings"

	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/spec"
)

const recipesHead = `# Recipes and row formulas

A recipe is a ready-made mapping of a common export. A source takes one by its name and says which files it reads:

    sources:
      billing:
        recipe: stripe_subscriptions
        files: exports/subscriptions*.csv
        names: {customer: Client Reference}   # where the file calls a column otherwise

What the source says itself goes before the recipe: a name under ` + "`names:`" + `, a column under ` + "`columns:`, `where:`, `unpivot:`, `split:`" + `.
[The guide to recipes](../recipes.md) shows how to write mappings of your own.

`

const formulasHead = `## Row formulas

` + "`is:` of a column and `where:`" + ` of a source are formulas over one row of the file, in the notation of [conditions](conditions.md). Every
name is a column of the file, or a name under ` + "`names:`" + `, and a text. A column that is empty is unknown, and what is made of an unknown
is empty: ask ` + "`known(x)`, or write `x.or(y)`" + `. Numbers are exact; a result is rounded once, half to even, to six decimals or to the
currency's smallest unit. A text that is not the number or date which the formula asks for rejects the row; so does a division by zero.

Beside the operators and functions of conditions there are:

`

// recipesPage lists the recipes of the catalogue and what formulas over rows
// can do.
func recipesPage() (string, error) {
	recipes, err := spec.Recipes()
	if err != nil {
		return "", err
	}
	p := &page{}
	p.printf("%s%s", generated, recipesHead)
	for _, r := range recipes {
		writeRecipe(p, r)
	}
	p.printf("%s", formulasHead)
	var rows [][]string
	for _, f := range rule.RowFunctions() {
		rows = append(rows, []string{code(f.Form), sentence(strings.ToUpper(f.Doc[:1]) + f.Doc[1:])})
	}
	p.table([]string{"written", "what it is"}, rows)
	return p.String(), nil
}

func writeRecipe(p *page, r spec.Recipe) {
	p.printf("## %s\n\n**%s.** %s\n\n- Each row becomes a [%s](facts.md#%s).\n", r.Name, r.Title, sentence(r.Why), r.Fact, r.Fact)
	if r.Where != "" {
		p.printf("- Rows count where %s.\n", code(strings.Join(strings.Fields(r.Where), " ")))
	}
	for _, cite := range r.Cites {
		p.printf("- Source: %s.\n", strings.TrimSuffix(cite, "."))
	}
	p.printf("\n")
	var names [][]string
	for _, n := range r.Names {
		needed := ""
		if n.Optional {
			needed = "may lack"
		}
		names = append(names, []string{code(n.Name), codes(n.Columns), needed})
	}
	p.table([]string{"name", "column of the file: the first that it has", ""}, names)
	var columns [][]string
	for _, c := range r.Columns {
		columns = append(columns, []string{code(c.Name), code(c.From)})
	}
	p.table([]string{"column of " + r.Fact, "is filled by"}, columns)
}
