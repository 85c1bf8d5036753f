package query

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
)

// ownTraits are what the account that goes on says alone, whatever those that
// were joined to it say: where it stands in its family, and whether it counts.
var ownTraits = map[string]bool{"entity": true, "internal": true}

// joinedAccounts reads each account, those that people had joined by the day as
// one. A trait is that of the account which goes on; where that says nothing of
// it, of one that was joined to it, the one that was known first.
func (c *compiler) joinedAccounts(k fact.Kind, wanted []string) Select {
	listed := wanted
	_, hasInternal := k.Column("internal")
	if hasInternal && !slices.Contains(wanted, "internal") {
		listed = append(slices.Clone(wanted), "internal")
	}
	c.plan.add("own_accounts", "each account as its sources list it", c.listedAccounts(k, listed))
	isOwn := call(IsNull, col("j", "survivor"))
	id := call(Coalesce, col("j", "survivor"), col("f", "customer"))
	s := Select{
		From:    from("own_accounts", "f"),
		Joins:   []Join{{Kind: LeftJoin, Source: from(c.joins(), "j"), On: call(Eq, col("j", "account"), col("f", "customer"))}},
		Columns: []Column{as("customer", id)},
		GroupBy: []Expr{id},
	}
	first := call(OrderKey, when(isOwn, lit(int64(1)), lit(int64(0))), call(Sub, lit(int64(0)), call(ToBig, col("f", "customer"))))
	for _, name := range listed {
		for _, stored := range storedColumns(k, name) {
			pick := Agg{Fn: ArgMax, Args: []Expr{col("f", stored), first}}
			if ownTraits[name] || name == c.parentColumn() {
				pick.Filter = isOwn
			}
			s.Columns = append(s.Columns, as(stored, pick))
		}
	}
	if !hasInternal || c.withInternal {
		return s
	}
	c.plan.add("joined_accounts", "accounts that people had joined by then as one", s)
	return Select{Columns: []Column{star("f")}, From: from("joined_accounts", "f"), Where: notInternal("f")}
}
