package query

import "slices"

// storedKeys is the table that says which account a source's key belongs to:
// one row for each key, and a further one for each time it moved.
const storedKeys = "account_key"

// accountKeys returns what to join to learn a key's account as of the day and
// as known: a table or step with one row for each key. Its columns are key and
// account.
func (c *compiler) accountKeys() string {
	if !c.stored.MovedKeys && c.stored.KnownAt == 0 {
		return storedKeys
	}
	const name = "keys_of_the_day"
	if slices.ContainsFunc(c.plan.Steps, func(s Step) bool { return s.Name == name }) {
		return name
	}
	sel := Select{
		Columns: []Column{as("key", col("k", "key")), as("account", col("k", "account"))},
		From:    from(storedKeys, "k"),
		Where:   all(call(Eq, col("k", "row"), lit(int64(0))), c.knownLink("k")),
	}
	if c.stored.MovedKeys {
		begun := call(Le, col("k", "valid_from"), lit(int64(c.req.AsOf)))
		latest := call(OrderKey, call(ToBig, col("k", "valid_from")), col("k", "row"))
		c.plan.add("moved_keys", "ids that had moved to another account by then", Select{
			Columns: []Column{as("key", col("k", "key")), as("account", Agg{Fn: ArgMax, Args: []Expr{col("k", "account"), latest}})},
			From:    from(storedKeys, "k"),
			Where:   all(call(Gt, col("k", "row"), lit(int64(0))), begun, c.knownLink("k")),
			GroupBy: []Expr{col("k", "key")},
		})
		sel.Joins = []Join{{Kind: LeftJoin, Source: from("moved_keys", "m"), On: call(Eq, col("m", "key"), col("k", "key"))}}
		sel.Columns[1].Expr = call(Coalesce, col("m", "account"), col("k", "account"))
	}
	return c.plan.add(name, "which account each id belonged to on the day", sel)
}

// keyJoin joins the account of a key, as of the day, under an alias.
func (c *compiler) keyJoin(alias string, key Expr) Join {
	j := Join{Kind: InnerJoin, Source: from(c.accountKeys(), alias), On: call(Eq, col(alias, "key"), key)}
	if j.Table == storedKeys {
		j.On = call(And, j.On,
			call(Le, col(alias, "valid_from"), lit(int64(c.req.AsOf))),
			call(Gt, col(alias, "valid_to"), lit(int64(c.req.AsOf))))
	}
	return j
}

// knownLink keeps what was known of keys.
func (c *compiler) knownLink(alias string) Expr {
	if c.stored.KnownAt == 0 {
		return nil
	}
	return call(Le, col(alias, "batch"), lit(c.stored.KnownAt))
}
