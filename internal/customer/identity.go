package customer

import (
	"cmp"
	"slices"

	"github.com/segue-cs/segue/internal/period"
)

// Link is what somebody decided of two records of accounts: that from a day on
// they are one customer, or that from then on they are not.
//
// Into is the account that goes on where they are one; Record is an account, or
// an id that no source lists as one.
type Link struct {
	Record, Into int32
	From         period.Date // period.Earliest is always
	Apart        bool
}

// Span says whom a record counts as from a day on, up to its next span.
type Span struct {
	Record int32
	Into   int32 // 0: it stands for itself
	From   period.Date
}

// Spans returns whom every record counts as, of those that some link names, as
// all links together have it. They are in the order in which they were decided:
// of one pair of records the last that holds on a day counts for that day.
//
// Records that links join, one by one or along others, are one. The account that
// goes on is the one that no link joins into another; of several, or where links
// go in a circle, the one with the smallest number. So the order in which
// different pairs were decided makes no difference.
//
// Spans: by record and day; each record's first begins at period.Earliest.
func Spans(links []Link) []Span {
	groups := newSets()
	for _, l := range links {
		groups.join(l.Record, l.Into)
	}
	byGroup := map[int32][]Link{}
	var order []int32
	for _, l := range links {
		root := groups.find(l.Record)
		if byGroup[root] == nil {
			order = append(order, root)
		}
		byGroup[root] = append(byGroup[root], l)
	}
	var spans []Span
	for _, root := range order {
		spans = append(spans, spansOf(byGroup[root])...)
	}
	slices.SortFunc(spans, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.From, b.From))
	})
	return spans
}

// spansOf is Spans of links that hang together.
func spansOf(links []Link) []Span {
	days := []period.Date{period.Earliest}
	for _, l := range links {
		days = append(days, l.From)
	}
	slices.Sort(days)
	records := recordsOf(links)
	last := map[int32]int32{}
	var spans []Span
	for n, day := range slices.Compact(days) {
		on := holding(links, day)
		for _, record := range records {
			into := on[record]
			if n == 0 || into != last[record] {
				spans = append(spans, Span{record, into, day})
			}
			last[record] = into
		}
	}
	return spans
}

func recordsOf(links []Link) []int32 {
	var records []int32
	for _, l := range links {
		records = append(records, l.Record, l.Into)
	}
	slices.Sort(records)
	return slices.Compact(records)
}

// holding returns whom the records that are joined on a day count as.
func holding(links []Link, day period.Date) map[int32]int32 {
	type pair struct{ low, high int32 }
	last := map[pair]Link{}
	for _, l := range links {
		if l.From <= day {
			last[pair{min(l.Record, l.Into), max(l.Record, l.Into)}] = l
		}
	}
	one := newSets()
	heads, tails := map[int32]bool{}, map[int32]bool{}
	for _, l := range last {
		if !l.Apart {
			one.join(l.Record, l.Into)
			heads[l.Into], tails[l.Record] = true, true
		}
	}
	// A head that is no tail stands before one that is, then the smaller number.
	goesOn := map[int32]int32{}
	for head := range heads {
		root := one.find(head)
		best, ok := goesOn[root]
		if !ok || tails[best] && !tails[head] || tails[best] == tails[head] && head < best {
			goesOn[root] = head
		}
	}
	into := map[int32]int32{}
	for record := range one {
		if best := goesOn[one.find(record)]; best != record {
			into[record] = best
		}
	}
	return into
}

// sets are groups of records that have something in common.
type sets map[int32]int32

func newSets() sets { return sets{} }

// find returns the record that stands for the group of a record.
func (s sets) find(record int32) int32 {
	root := record
	for {
		above, ok := s[root]
		if !ok || above == root {
			break
		}
		root = above
	}
	for record != root {
		s[record], record = root, s[record]
	}
	s[root] = root
	return root
}

func (s sets) join(a, b int32) {
	rootA, rootB := s.find(a), s.find(b)
	s[max(rootA, rootB)] = min(rootA, rootB)
}
