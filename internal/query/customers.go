package query

import (
	"fmt"
	"strings"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// productBits is the room for a product's code in the id of an
// account x product.
const productBits = 20

// customers makes the step that holds each customer of the grain once, with
// its traits.
func (c *compiler) customers() error {
	if err := c.counted(); err != nil {
		return err
	}
	return c.joinEarlier()
}

// counted is customers without what was said on earlier days.
func (c *compiler) counted() error {
	c.accounts()
	switch c.req.Grain.Level {
	case customer.ByAccount:
		c.current = "accounts"
	case customer.ByParent, customer.ByEntity:
		return c.families()
	case customer.ByContact:
		return c.contacts()
	case customer.ByAccountProduct:
		return c.accountProducts()
	}
	return nil
}

// accountOf returns the account that a fact's key belongs to, and joins what
// is needed to tell.
func (c *compiler) accountOf(s *Select, alias string) Expr {
	if !c.stored.severalKeys() {
		return col(alias, "_key")
	}
	s.Joins = append(s.Joins, c.keyJoin("k", col(alias, "_key")))
	return col("k", "account")
}

// ownAccount returns the account that a record of accounts is about, whomever
// that counts as.
func (c *compiler) ownAccount(s *Select, alias string) Expr {
	if !c.stored.SharedKeys {
		return col(alias, "_key")
	}
	s.Joins = append(s.Joins, c.keyJoin("k", col(alias, "_key")))
	if c.stored.Joined {
		return col("k", "own")
	}
	return col("k", "account")
}

// visible keeps rows that were known and have not been replaced.
func (c *compiler) visible(s *Select, kind, alias string) Expr {
	return c.visibleOn(s, kind, alias, c.req.AsOf)
}

// visibleOn is visible with what snapshots had retracted by a day.
func (c *compiler) visibleOn(s *Select, kind, alias string, day period.Date) Expr {
	var known Expr
	if c.stored.KnownAt > 0 {
		known = call(Le, col(alias, "_batch"), lit(c.stored.KnownAt))
	}
	if c.stored.Kinds[kind].Superseded {
		on := []Expr{call(Eq, col("gone", "row"), col(alias, "_row")), call(Eq, col("gone", "kind"), lit(kind))}
		if c.stored.KnownAt > 0 {
			on = append(on, call(Le, col("gone", "batch"), lit(c.stored.KnownAt)))
		}
		// What a snapshot no longer lists held until the day of that snapshot.
		on = append(on, call(Le, call(Coalesce, col("gone", "day"), lit(int64(day))), lit(int64(day))))
		s.Joins = append(s.Joins, Join{Kind: AntiJoin, Source: from("superseded", "gone"), On: call(And, on...)})
	}
	return known
}

// families counts each top account, or each account of an entity, once.
func (c *compiler) families() error {
	if c.req.Members == "" {
		return fmt.Errorf("count customers by %s: no table of members", c.req.Grain)
	}
	tops := Select{Distinct: true, Columns: []Column{as("customer", col("m", "customer"))}, From: from(c.req.Members, "m")}
	c.plan.add("tops", "who is one customer when counted by "+c.req.Grain.String(), tops)
	s := Select{
		From: from("tops", "t"), Columns: []Column{star("c")},
		Joins: []Join{{Kind: InnerJoin, Source: from("accounts", "c"), On: call(Eq, col("c", "customer"), col("t", "customer"))}},
	}
	if c.ago > 0 { // the family counts although its top was not there yet
		s.Joins[0].Kind, s.Columns = LeftJoin, append(c.statedColumns("c"), as("customer", col("t", "customer")))
	}
	if err := c.roll(&s); err != nil {
		return err
	}
	c.current = c.plan.add("customers", "customers with the traits of their top account", s)
	return nil
}

// roll replaces the top account's traits by those that the whole family
// decides.
func (c *compiler) roll(s *Select) error {
	k, _ := c.kind("account")
	family := Select{
		Columns: []Column{as("customer", col("m", "customer"))}, From: from(c.req.Members, "m"),
		Joins: []Join{
			{Kind: InnerJoin, Source: from("accounts", "a"), On: call(Eq, col("a", "customer"), col("m", "account"))},
			{Kind: InnerJoin, Source: from("key", "k"), On: call(Eq, col("k", "key"), col("m", "account"))},
		},
		GroupBy: []Expr{col("m", "customer")},
	}
	var names []string
	for _, name := range c.traits {
		column, _ := k.Column(name)
		e, err := c.rolled(&family, column)
		if err != nil {
			return fmt.Errorf("trait %q: %w", name, err)
		}
		if e == nil {
			continue
		}
		names = append(names, name)
		family.Columns = append(family.Columns, as("rolled_"+name, e))
	}
	if len(names) == 0 {
		return nil
	}
	c.plan.add("rolled", "traits that the whole family decides", family)
	s.Joins = append(s.Joins, Join{Kind: LeftJoin, Source: from("rolled", "r"), On: call(Eq, col("r", "customer"), col("t", "customer"))})
	for _, name := range names {
		trait, _ := k.Column(name)
		trait.Domain = k.TextDomain(trait)
		trait.Name = "rolled_" + name
		s.Columns = append(s.Columns, as(trait.Name, col("r", trait.Name)))
		c.columns[name] = c.storedValue(k, trait, "c")
	}
	return nil
}

// rolled returns how a family's values of a trait become one; nil is the top
// account's alone.
func (c *compiler) rolled(family *Select, column fact.Column) (Expr, error) {
	value := col("a", column.Name)
	if column.Type == fact.Money && column.Roll != "" && column.Roll != "top" {
		return nil, fmt.Errorf("money cannot be rolled up as %q: make it a number, or a metric", column.Roll)
	}
	switch {
	case column.Roll == "any" && column.Type == fact.Bool:
		return Agg{Fn: AnyTrue, Args: []Expr{value}}, nil
	case column.Roll == "any":
		return Agg{Fn: Max, Args: []Expr{value}}, nil
	case column.Roll == "worst":
		return Agg{Fn: Min, Args: []Expr{value}}, nil
	}
	by, ok := strings.CutPrefix(column.Roll, "largest by ")
	if !ok {
		return nil, nil
	}
	size, err := c.accountMetric(family, by)
	if err != nil {
		return nil, err
	}
	return Agg{Fn: ArgMax, Args: []Expr{value, call(OrderKey, size, col("k", "hash"))}, Filter: call(IsNotNull, size)}, nil
}

// accountMetric joins a metric of each member of a family, of the day as of
// which traits are read.
func (c *compiler) accountMetric(family *Select, name string) (Expr, error) {
	prefix := "each_" + name + "_"
	for _, j := range family.Joins {
		if j.Alias == prefix {
			return col(prefix, "m_"+shifted(name, c.ago)), nil
		}
	}
	defs := c.defs
	defs.BaseWhen = nil
	key := shifted(name, c.ago)
	sub := &compiler{defs: defs, req: Request{AsOf: c.req.AsOf, Only: []string{name}}, stored: c.stored, also: pendingName{name, c.ago}, measures: map[string]*measure{}, columns: map[string]value{}}
	for _, make := range []func() error{sub.choose, sub.collect, sub.customers, sub.scans, sub.layers} {
		if err := make(); err != nil {
			return nil, err
		}
	}
	if _, ok := sub.columns[key]; !ok {
		return nil, fmt.Errorf("largest by %q: no such metric", name)
	}
	c.plan.Steps = append(c.plan.Steps, prefixed(sub.plan, prefix)...)
	family.Joins = append(family.Joins, Join{Kind: LeftJoin, Source: from(prefix+sub.current, prefix), On: call(Eq, col(prefix, "customer"), col("m", "account"))})
	return col(prefix, "m_"+key), nil
}

func (c *compiler) contacts() error {
	k, ok := c.kind(fact.ContactKind)
	if !ok {
		return fmt.Errorf("count customers by contact: no fact kind contact")
	}
	c.people(k)
	c.renamedAccounts()
	joined := Select{Columns: []Column{star("p"), star("a")}, From: from("people", "p")}
	kind := InnerJoin
	if c.ago > 0 { // the person counts although the account was not there yet
		kind = LeftJoin
	}
	joined.Joins = []Join{{Kind: kind, Source: from("account_of_person", "a"), On: call(Eq, col("a", "_account"), col("p", "account"))}}
	c.current = c.plan.add("customers", "people with the traits of their account", joined)
	for _, name := range c.traits {
		c.columns["account."+name] = c.columns[name]
	}
	if v, ok := c.columns["contact.name"]; ok {
		c.columns["name"] = v
	}
	if c.req.AccountResult != "" {
		c.joinAccountResult()
	}
	return nil
}

// people makes the step with one row for each person as of the day: whose
// person it is, and what it says itself, under the prefix `contact.`.
func (c *compiler) people(k fact.Kind) {
	s := Select{From: from("fact_contact", "f")}
	s.Where = all(c.visibleOn(&s, k.Name, "f", c.traitDay()), c.versionInForce(k.Name))
	account := c.accountOf(&s, "f")
	byColumn := c.stored.Kinds[k.Name].Patched || c.differ(k)
	last := func(name string, e Expr) Expr {
		switch {
		case c.stored.Kinds[k.Name].Patched:
			return Agg{Fn: ArgMax, Args: []Expr{e, c.versionOrder(k.Name)}}
		case byColumn:
			return c.lastSaid(k, name, e)
		}
		return e
	}
	s.Columns = []Column{as("customer", col("f", "contact")), as("account", last(fact.ColAccount, account))}
	for _, column := range k.Columns {
		if column.Type == fact.Account || column.Type == fact.Contact {
			continue
		}
		for _, stored := range storedColumns(k, column.Name) {
			s.Columns = append(s.Columns, as("contact_"+stored, last(column.Name, c.asStated(k, column, stored))))
		}
		own := column
		own.Name = "contact_" + column.Name
		v := c.storedValue(k, own, "c")
		if column.Type == fact.Text {
			v.domain = k.TextDomain(column)
		}
		c.columns[fact.ContactPrefix+column.Name] = v
	}
	if byColumn {
		s.GroupBy = []Expr{col("f", "contact")}
		c.plan.add("contact_versions", "people as last stated, column by column", s)
	} else {
		s.Columns = append(s.Columns, as("_nth", Window{Fn: RowNumber, PartitionBy: []Expr{col("f", "contact")}, OrderBy: c.newestFirst(k.Name, "_at", "_updated", "_row")}))
		c.plan.add("contact_versions", "people, newest statement first", s)
	}
	people := Select{Columns: []Column{star("f")}, From: from("contact_versions", "f"), Where: call(IsNotNull, col("f", "customer"))}
	if !byColumn {
		people.Where = all(call(Eq, col("f", "_nth"), lit(int64(1))), people.Where)
	}
	c.plan.add("people", "each person once", people)
}

// joinAccountResult adds what is known of a person's account: its metrics and
// levels, under the prefix `account.`.
func (c *compiler) joinAccountResult() {
	known := Select{Columns: []Column{as("_of", col("r", "customer"))}, From: from(c.req.AccountResult, "r")}
	for _, column := range c.req.AccountColumns {
		if column.Role != RoleMetric && column.Role != RoleLevel {
			continue
		}
		name := "account_" + column.Name
		known.Columns = append(known.Columns, as(name, col("r", column.Name)))
		v := value{Expr: col("c", name), typ: column.Type, domain: column.Domain, labels: column.Labels, size: anyMagnitude, bound: column.Bound}
		if column.None != "" {
			known.Columns = append(known.Columns, as("account_"+column.None, col("r", column.None)))
			v.none = col("c", "account_"+column.None)
		}
		c.columns["account."+column.Of] = v
	}
	c.plan.add("account_result", "what is known of each account", known)
	c.current = c.plan.add("customers_and_account", "people, and what is known of their account", Select{
		Columns: []Column{star("c"), star("r")}, From: from(c.current, "c"),
		Joins: []Join{{Kind: LeftJoin, Source: from("account_result", "r"), On: call(Eq, col("r", "_of"), col("c", "account"))}},
	})
}

// renamedAccounts is the accounts step without a column called customer.
func (c *compiler) renamedAccounts() {
	columns := append([]Column{as("_account", col("a", "customer"))}, c.statedColumns("a")...)
	c.plan.add("account_of_person", "", Select{Columns: columns, From: from("accounts", "a")})
}

// statedColumns are those of the accounts step, but for whose they are.
func (c *compiler) statedColumns(alias string) []Column {
	var columns []Column
	k, _ := c.kind("account")
	for _, name := range c.read {
		for _, stored := range storedColumns(k, name) {
			columns = append(columns, as(stored, col(alias, stored)))
		}
	}
	return columns
}

func (c *compiler) accountProducts() error {
	k, ok := c.kind("contract")
	if _, has := k.Column("product"); !ok || !has {
		return fmt.Errorf("count customers by account x product: contracts have no product")
	}
	product, _ := k.Column("product")
	if c.stored.Codes != nil && c.stored.Codes(k.TextDomain(product)) > noProduct {
		return fmt.Errorf("count customers by account x product: contracts have more than %d products", noProduct)
	}
	s := Select{Distinct: true, From: from("fact_contract", "f")}
	s.Where = c.visible(&s, "contract", "f")
	account := c.accountOf(&s, "f")
	s.Columns = []Column{as("_account", account), as("product", col("f", "product"))}
	c.plan.add("owned", "which products each account has or had; none is one of them", s)
	joined := Select{
		From: from("owned", "o"), Columns: []Column{
			star("c"), as("product", col("o", "product")),
			as("_id", productID(col("o", "_account"), col("o", "product"))),
		},
		Joins: []Join{{Kind: InnerJoin, Source: from("accounts", "c"), On: call(Eq, col("c", "customer"), col("o", "_account"))}},
	}
	c.current = c.plan.add("customers", "each product of each account", joined)
	c.columns["product"] = value{Expr: col("c", "product"), typ: rule.TypeText, domain: k.TextDomain(product)}
	return nil
}

// noProduct stands for no product in the id of an account x product. Codes of
// texts begin at 0, and all of them are less.
const noProduct = 1<<productBits - 1

func productID(account, product Expr) Expr {
	return call(Add, call(Mul, account, lit(int64(1)<<productBits)), call(Coalesce, product, lit(int64(noProduct))))
}

// CustomersOf returns the first and the last number of the customers that a
// contact, or an account, stands for at a grain; none where that grain does
// not count them.
func CustomersOf(grain customer.Grain, contact bool, number int64) (from, to int64, ok bool) {
	switch {
	case contact != (grain.Level == customer.ByContact):
		return 0, 0, false
	case grain.Level == customer.ByAccountProduct:
		return number << productBits, (number+1)<<productBits - 1, true
	}
	return number, number, true
}
