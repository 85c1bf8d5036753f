// Package explain says why a customer is where it is: it evaluates the whole
// strategy for one customer and puts the answer into the words of the team
// that looks after it.
package explain

import (
	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/rule"
)

// Customer is all that is known of one customer on a day. What is not in its
// maps is unknown.
type Customer struct {
	ID, Name string
	Grain    customer.Grain
	AsOf     period.Date

	// Metrics holds those made from facts and those ranked among peers, by
	// name. One of an earlier day stands under Earlier(name, days).
	Metrics map[string]rule.Value
	Traits  map[string]rule.Value // and those of an earlier day

	// Cuts holds, by dimension, the cut of each level among the customers that
	// this one is compared with, in the order of the levels; NaN where there
	// is none.
	Cuts map[string][]float64

	// Evidence says, by metric or trait, where a value comes from.
	Evidence map[string]Evidence

	// Previous holds, by segmentation, the segment before; "" is none.
	// Unsettled says where that place was provisional.
	Previous  map[string]string
	Unsettled map[string]bool

	// Holds says, by dimension and segmentation, where the customer stands at
	// the close of the day where moves wait; who is not in it stands where
	// its values put it.
	Holds map[string]dimension.Held

	// Pins holds, by dimension and segmentation, the place that somebody has
	// pinned the customer to.
	Pins map[string]Override
}

// Override is a place that somebody has set.
type Override struct {
	Place          string
	From           period.Date
	To             period.Date // the first day after; period.Open is none
	Reason         string
	By, ApprovedBy string // "" is not said
}

// Evidence says what one value rests on, or why there is none.
type Evidence struct {
	Facts   int64
	Newest  *int64      // civil microseconds of the newest fact; nil is none
	From    period.Date // first day looked at; without meaning when Whole
	To      period.Date // first day no longer looked at
	Whole   bool        // everything up to To
	Kind    string      // of the facts
	Sources []string

	Notes   []string   // what else to know of the facts: "2 lines of Pro overlap ..."
	Assumed bool       // some time was assumed, since the source did not say
	Reason  string     // why the value is unknown: "no seats on record"
	Last    rule.Value // the last value before the data ended, where that is why
}
