package query

import (
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
)

// RunningTexts reads the texts of a column of the contract lines that run on a
// day. Rows: account, text, each once; by account and text.
func RunningTexts(d Definitions, s Stored, asOf period.Date, column fact.Column) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s}
	k, _ := c.kind("contract")
	on := lit(int64(asOf))
	sel := Select{Distinct: true, From: from("fact_contract", "f")}
	account := c.accountOf(&sel, "f")
	sel.Where = all(c.visible(&sel, k.Name, "f"), call(IsNotNull, col("f", column.Name)), call(Le, col("f", fact.ColStarts), on), call(Gt, col("f", fact.ColEnds), on))
	sel.Columns = []Column{as("account", account), as("code", col("f", column.Name))}
	c.plan.add("running", "what contract lines of the day say", sel)
	out := Select{From: from("running", "r")}
	value := decoder(&out)(k.TextDomain(column), col("r", "code"))
	out.Columns = []Column{as("account", col("r", "account")), as("value", value)}
	out.OrderBy = []Order{{By: col("r", "account")}, {By: value}}
	c.plan.add("running_texts", "", out)
	return c.plan
}

// Marked reads the accounts of which a yes-or-no trait is true. Rows: account.
func Marked(d Definitions, s Stored, asOf period.Date, trait string) Plan {
	c := &compiler{defs: d, req: Request{AsOf: asOf}, stored: s, columns: map[string]value{}, traits: []string{trait}}
	c.accounts()
	c.plan.add("marked", "accounts of which it is true", Select{
		From: from("accounts", "c"), Columns: []Column{as("account", col("c", "customer"))}, Where: col("c", trait), OrderBy: []Order{{By: col("c", "customer")}},
	})
	return c.plan
}

// AccountOfProduct returns the account of a customer at the grain of account x
// product.
func AccountOfProduct(id int64) int64 { return id >> productBits }

// Members reads a table of members. Rows: customer, account.
func Members(table string) Plan {
	p := Plan{}
	p.add("members", "who counts as whom", Select{From: from(table, "m"), Columns: []Column{as("customer", col("m", "customer")), as("account", col("m", "account"))}})
	return p
}
