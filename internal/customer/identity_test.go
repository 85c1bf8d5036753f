package customer_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/segue-cs/segue/internal/customer"
	"github.com/segue-cs/segue/internal/period"
)

// on returns whom the records count as on a day.
func on(spans []customer.Span, day period.Date) map[int32]int32 {
	held := map[int32]int32{}
	for _, s := range spans {
		if s.From > day {
			continue
		}
		if held[s.Record] = s.Into; s.Into == 0 {
			delete(held, s.Record)
		}
	}
	return held
}

func TestSpans(t *testing.T) {
	t.Parallel()
	always, may, august := period.Earliest, period.Date(20_000), period.Date(20_100)
	join := func(record, into int32, from period.Date) customer.Link {
		return customer.Link{Record: record, Into: into, From: from}
	}
	part := func(record, into int32, from period.Date) customer.Link {
		return customer.Link{Record: record, Into: into, From: from, Apart: true}
	}
	tests := []struct {
		name  string
		links []customer.Link
		want  map[period.Date]map[int32]int32
	}{
		{"nothing", nil, map[period.Date]map[int32]int32{may: {}}},
		{"always", []customer.Link{join(2, 1, always)}, map[period.Date]map[int32]int32{always: {2: 1}, august: {2: 1}}},
		{"from a day on", []customer.Link{join(2, 1, may)}, map[period.Date]map[int32]int32{may - 1: {}, may: {2: 1}}},
		{"the larger number goes on where it was said so", []customer.Link{join(1, 2, always)}, map[period.Date]map[int32]int32{may: {1: 2}}},
		{
			"parted from a day on",
			[]customer.Link{join(2, 1, always), part(2, 1, august)},
			map[period.Date]map[int32]int32{august - 1: {2: 1}, august: {}},
		},
		{"parted altogether", []customer.Link{join(2, 1, may), part(2, 1, always)}, map[period.Date]map[int32]int32{may: {}, august: {}}},
		{
			"said again from an earlier day",
			[]customer.Link{join(2, 1, august), join(2, 1, may)},
			map[period.Date]map[int32]int32{may - 1: {}, may: {2: 1}, august: {2: 1}},
		},
		{
			"joined, parted and joined again",
			[]customer.Link{join(2, 1, may), part(2, 1, always), join(2, 1, august)},
			map[period.Date]map[int32]int32{may: {}, august: {2: 1}},
		},
		{
			"one that others were joined into",
			[]customer.Link{join(3, 2, always), join(2, 1, may)},
			map[period.Date]map[int32]int32{may - 1: {3: 2}, may: {2: 1, 3: 1}},
		},
		{
			"one that is joined into two",
			[]customer.Link{join(3, 2, always), join(3, 1, always)},
			map[period.Date]map[int32]int32{may: {2: 1, 3: 1}},
		},
		{"a circle", []customer.Link{join(1, 2, always), join(2, 3, always), join(3, 1, always)}, map[period.Date]map[int32]int32{may: {2: 1, 3: 1}}},
		{
			"the middle of three is parted from both",
			[]customer.Link{join(2, 1, always), join(3, 2, always), part(2, 1, may), part(3, 2, may)},
			map[period.Date]map[int32]int32{may - 1: {2: 1, 3: 1}, may: {}},
		},
		{"two groups", []customer.Link{join(2, 1, always), join(9, 8, may)}, map[period.Date]map[int32]int32{always: {2: 1}, may: {2: 1, 9: 8}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spans := customer.Spans(tt.links)
			for day, want := range tt.want {
				if got := on(spans, day); !equal(got, want) {
					t.Errorf("on %s: got %v, want %v", day, got, want)
				}
			}
		})
	}
}

func equal(a, b map[int32]int32) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// The order in which pairs are decided changes nothing, no record counts as one
// that counts as another, and parting all of them leaves nothing joined.
func TestSpansLaws(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		pairs := map[[2]int32]bool{}
		var links []customer.Link
		for range 1 + r.IntN(12) {
			a, b := 1+r.Int32N(8), 1+r.Int32N(8)
			low, high := min(a, b), max(a, b)
			if a == b || pairs[[2]int32{low, high}] {
				continue
			}
			pairs[[2]int32{low, high}] = true
			links = append(links, customer.Link{Record: a, Into: b, From: period.Date(r.IntN(4) * 100)})
		}
		spans := customer.Spans(links)
		shuffled := slices.Clone(links)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := customer.Spans(shuffled); !slices.Equal(got, spans) {
			t.Fatalf("%v: in another order %v, want %v", links, got, spans)
		}
		for day := period.Date(0); day <= 300; day += 100 {
			held := on(spans, day)
			for record, into := range held {
				if _, ok := held[into]; ok {
					t.Fatalf("%v on %s: %d counts as %d, which counts as another", links, day, record, into)
				}
			}
		}
		for _, l := range links {
			l.Apart, l.From = true, period.Earliest
			links = append(links, l)
		}
		for _, s := range customer.Spans(links) {
			if s.Into != 0 {
				t.Fatalf("%v: %d still counts as %d", links, s.Record, s.Into)
			}
		}
	}
}
