// Package spec reads a strategy: the folder of YAML files that says what the
// facts are, how they are measured, and how customers are segmented.
package spec

import (
	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/metric"
	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
	"github.com/segue-cs/segue/internal/segmentation"
)

// Strategy is a checked strategy: every name resolves, every expression has
// its type, and nothing depends on itself.
type Strategy struct {
	Name        string
	Title       string
	Currency    money.Currency
	Zone        period.Zone
	FiscalStart string // month-day, "02-01"
	Grain       customer.Grain
	BaseWhen    *rule.Expr // who is a customer on a date; nil is every account

	RevenueMetric    string       // the metric shown as ARR in lists: "arr" when there is one, else ""
	LateRenewalGrace int          // days that a lapsed line counts for placement
	Quiet            metric.Quiet // spans of every year in which use says little
	FxBasis          *period.Date // nil converts at the as-of date's rate
	Hierarchy        string       // "main"
	Match            Match        // what tells that two records are one company

	Kinds         []fact.Kind // the catalogue's, then the strategy's own; account with its traits
	Sources       []fact.Mapping
	Metrics       []metric.Definition // in the order written
	Dimensions    []dimension.Definition
	Segmentations []segmentation.Definition
	Audiences     []segmentation.Audience
	Tests         []Test

	order []string // metrics and dimensions so that each stands after what it needs
	hash  string
}

// Order returns the names of all metrics and dimensions, each after those that
// it needs.
func (s *Strategy) Order() []string { return s.order }

// Hash returns a digest of everything that can change a result: equal
// strategies have equal digests, whatever their layout.
func (s *Strategy) Hash() string { return s.hash }

// Kind returns a fact kind by name.
func (s *Strategy) Kind(name string) (fact.Kind, bool) {
	return find(s.Kinds, name, func(k fact.Kind) string { return k.Name })
}

// Metric returns a metric by name.
func (s *Strategy) Metric(name string) (metric.Definition, bool) {
	return find(s.Metrics, name, func(m metric.Definition) string { return m.Name })
}

// Dimension returns a dimension by name.
func (s *Strategy) Dimension(name string) (dimension.Definition, bool) {
	return find(s.Dimensions, name, func(d dimension.Definition) string { return d.Name })
}

// Segmentation returns a segmentation by name.
func (s *Strategy) Segmentation(name string) (segmentation.Definition, bool) {
	return find(s.Segmentations, name, func(d segmentation.Definition) string { return d.Name })
}

// Audience returns an audience by name.
func (s *Strategy) Audience(name string) (segmentation.Audience, bool) {
	return find(s.Audiences, name, func(a segmentation.Audience) string { return a.Name })
}

// ParentColumn returns the column of the kind account that makes families: of
// the hierarchy main it is parent, of another its name with _parent.
func (s *Strategy) ParentColumn() string {
	if s.Hierarchy == "" || s.Hierarchy == mainHierarchy {
		return "parent"
	}
	return s.Hierarchy + "_parent"
}

const mainHierarchy = "main"

// Traits returns the traits of accounts: the columns of the kind account that
// rules may use.
func (s *Strategy) Traits() []fact.Column {
	k, _ := s.Kind("account")
	return k.Columns
}

// ContactTraits returns what contacts themselves say, under the names that
// rules use where customers are counted by contact: contact.role.
func (s *Strategy) ContactTraits() []fact.Column {
	k, _ := s.Kind(fact.ContactKind)
	list := usable(k.Columns)
	for i := range list {
		list[i].Domain = k.TextDomain(list[i])
		list[i].Name = fact.ContactPrefix + list[i].Name
	}
	return list
}

// Trait returns a trait of accounts, or of contacts as contact.NAME.
func (s *Strategy) Trait(name string) (fact.Column, bool) {
	nameOf := func(c fact.Column) string { return c.Name }
	if c, ok := find(s.Traits(), name, nameOf); ok {
		return c, true
	}
	return find(s.ContactTraits(), name, nameOf)
}

func find[T any](list []T, name string, nameOf func(T) string) (T, bool) {
	for _, x := range list {
		if nameOf(x) == name {
			return x, true
		}
	}
	var none T
	return none, false
}
