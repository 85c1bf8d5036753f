package segmentation_test

import (
	"slices"
	"testing"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/segmentation"
)

func TestCause(t *testing.T) {
	t.Parallel()
	c := segmentation.ByData | segmentation.ByTime
	if got := c.String(); got != "time" {
		t.Errorf("got %q, want the first that holds: time", got)
	}
	if got, want := c.Names(), []string{"time", "data"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := segmentation.Cause(0).String(); got != "" {
		t.Errorf("got %q for no cause", got)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	day := func(n int) period.Date { return period.Date(n) }
	moves := []segmentation.Move{
		{AsOf: 10, From: "", To: "low"},
		{AsOf: 20, From: "low", To: "high"}, // and back within the day
		{AsOf: 20, From: "high", To: "medium"},
		{AsOf: 30, From: "medium", To: ""}, // gone
		{AsOf: 40, From: "", To: "low"},    // and back
	}
	var got []string
	for _, s := range segmentation.Spans(moves) {
		to := "…"
		if s.To != nil {
			to = s.To.String()
		}
		got = append(got, s.Place+" "+s.From.String()+" "+to)
	}
	want := []string{
		"low " + day(10).String() + " " + day(20).String(),
		"high " + day(20).String() + " " + day(20).String(),
		"medium " + day(20).String() + " " + day(30).String(),
		"low " + day(40).String() + " …",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	// A lens that ends on the day on which it begins has still had everybody.
	passing := segmentation.Spans([]segmentation.Move{{AsOf: 10, To: "low"}, {AsOf: 10, From: "low", To: "high"}, {AsOf: 10, From: "high"}})
	if len(passing) != 2 || passing[1].Place != "high" || passing[1].To == nil || *passing[1].To != 10 {
		t.Errorf("got %+v, want low and then high, on day 10 alone", passing)
	}
}
