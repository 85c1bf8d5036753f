package query

import "slices"

// storedKeys is the table that says which account a source's key belongs to:
// one row for each key, and a further one for each time it moved.
const storedKeys = "account_key"

// storedJoins is the table that says whom an account, or a key of none, counts
// as by what people decided.
const storedJoins = "joined"

// accountKeys returns what to join to learn a key's account as of the day and
// as known: a table or step with one row for each key. Its columns are key and
// account; where accounts are joined also own, the account that the key belongs
// to by what sources say, NULL for none.
func (c *compiler) accountKeys() string {
	if !c.stored.MovedKeys && c.stored.KnownAt == 0 && !c.stored.Joined {
		return storedKeys
	}
	const name = "keys_of_the_day"
	if c.hasStep(name) {
		return name
	}
	first := Select{
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
		first.Joins = []Join{{Kind: LeftJoin, Source: from("moved_keys", "m"), On: call(Eq, col("m", "key"), col("k", "key"))}}
		first.Columns[1].Expr = call(Coalesce, col("m", "account"), col("k", "account"))
	}
	const words = "which account each id belonged to on the day"
	if !c.stored.Joined {
		return c.plan.add(name, words, first)
	}
	c.plan.add("stated_keys", "which account each id belonged to by what sources say", first)
	own := col("k", "account")
	return c.plan.add(name, words+", accounts that are one as one", Select{
		From: from("key", "x"),
		Joins: []Join{
			{Kind: LeftJoin, Source: from("stated_keys", "k"), On: call(Eq, col("k", "key"), col("x", "key"))},
			{Kind: LeftJoin, Source: from(c.joins(), "j"), On: call(Eq, col("j", "account"), call(Coalesce, own, col("x", "key")))},
		},
		Columns: []Column{as("key", col("x", "key")), as("account", call(Coalesce, col("j", "survivor"), own)), as("own", own)},
		Where:   call(And, call(Eq, col("x", "family"), lit("account")), call(IsNotNull, call(Coalesce, col("j", "survivor"), own))),
	})
}

// joins returns the step that says whom an account, or a key of none, counts as
// on the day. Its columns are account and survivor, NULL for itself.
func (c *compiler) joins() string {
	const name = "joined_by_then"
	if c.hasStep(name) {
		return name
	}
	begun := call(Le, col("j", "valid_from"), lit(int64(c.req.AsOf)))
	latest := call(OrderKey, call(ToBig, col("j", "batch")), call(ToBig, col("j", "valid_from")))
	return c.plan.add(name, "accounts that people had joined by then", Select{
		Columns: []Column{
			as("account", col("j", "account")),
			as("survivor", call(NullIfZero, Agg{Fn: ArgMax, Args: []Expr{col("j", "survivor"), latest}})),
		},
		From:    from(storedJoins, "j"),
		Where:   all(begun, c.knownLink("j")),
		GroupBy: []Expr{col("j", "account")},
	})
}

func (c *compiler) hasStep(name string) bool {
	return slices.ContainsFunc(c.plan.Steps, func(s Step) bool { return s.Name == name })
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
