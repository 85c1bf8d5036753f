package pipeline

import (
	"slices"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/spec"
)

// statedNames are traits of accounts that say what ARR is, as CRMs keep it.
var statedNames = []string{"account_arr", "annual_recurring_revenue", "current_arr", "total_arr"}

// Stated compares a metric with what the accounts themselves say of it: with the
// field of the CRM, kept by hand. Sums are over the customers of which both are
// known, and one is not 0.
type Stated struct {
	Trait     string  `json:"trait"`
	Title     string  `json:"title"`
	Customers int64   `json:"customers"`
	Sum       float64 `json:"sum"`   // of the metric
	Says      float64 `json:"says"`  // of the trait
	Apart     int64   `json:"apart"` // customers of which the two differ by more than one in a hundred
}

// statedTrait returns the trait that says what ARR is; ok is false where there is
// none.
func statedTrait(s *spec.Strategy) (trait fact.Column, ok bool) {
	for _, name := range statedNames {
		i := slices.IndexFunc(s.Traits(), func(c fact.Column) bool { return c.Name == name && c.Type == fact.Money })
		if i >= 0 {
			return s.Traits()[i], true
		}
	}
	return fact.Column{}, false
}

// add compares the two of one customer.
func (s *Stated) add(metric, trait any) {
	of, isKnown := metric.(float64)
	says, isSaid := trait.(float64)
	if !isKnown || !isSaid || of == 0 && says == 0 {
		return
	}
	s.Customers++
	s.Sum += of
	s.Says += says
	if diff := of - says; diff*diff*10_000 > max(of*of, says*says) {
		s.Apart++
	}
}
