package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
)

func plannedForPage() pipeline.PlanReport {
	revenue := 1500.0
	return pipeline.PlanReport{
		From: 1, FromHash: "aaaaaaaaaaaa", ToHash: "bbbbbbbbbbbb", Currency: "USD", Revenue: "arr", RevenueTitle: "ARR", Renewing: 90,
		Lenses: []pipeline.PlannedLens{{
			Kind: pipeline.LensSegmentation, Name: "tiers", Title: "Tiers <b>", Grain: "account", Customers: 10, Moved: 3, Left: 1, Came: 2, Places: []string{"key", "rest", "unknown"},
			Cells: []pipeline.Transition{
				{From: "key", To: "key", Customers: 2, RevenueMinor: 500000},
				{From: "key", To: "rest", Customers: 1, RevenueMinor: 150000},
				{From: "rest", To: "key", Customers: 2, RevenueMinor: 40000},
				{From: "rest", To: "rest", Customers: 4, RevenueMinor: 10000},
				{From: "rest", To: "", Customers: 1},
				{From: "", To: "key", Customers: 2, RevenueMinor: 7000},
			},
			Movers: []pipeline.PlannedMove{{Customer: "a1", Name: "<script>alert(1)</script>", From: "key", To: "rest", Revenue: &revenue}},
		}},
	}
}

// The bars of each side are as tall as all customers together, the bands that
// leave a bar and reach one as tall as the bar.
func TestFlowAddsUp(t *testing.T) {
	t.Parallel()
	l := plannedForPage().Lenses[0]
	f := flowOf(l, measure{"Customers", func(c pipeline.Transition) int64 { return c.Customers }, count})
	var left, right float64
	for _, b := range f.Bars {
		if b.Anchor == "end" {
			left += b.Height
		} else {
			right += b.Height
		}
	}
	if len(f.Bars) != 6 || len(f.Bands) != 6 {
		t.Errorf("got %d bars and %d bands, want 6 and 6", len(f.Bars), len(f.Bands))
	}
	for _, side := range []float64{left, right} {
		if side < flowTall-0.01 || side > flowTall+0.01 {
			t.Errorf("got a side of %.2f, want %.2f: all customers", side, flowTall)
		}
	}
	empty := flowOf(pipeline.PlannedLens{}, measure{"Customers", func(pipeline.Transition) int64 { return 0 }, count})
	if len(empty.Bars) != 0 || len(empty.Bands) != 0 {
		t.Errorf("of nobody: got %d bars and %d bands", len(empty.Bars), len(empty.Bands))
	}
}

// A page needs no other file, and runs nothing that stands in a name.
func TestPlanPage(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "plan.html")
	if err := writePlanPage(name, plannedForPage(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(written)
	for _, want := range []string{
		"6 moves planned", "Tiers &lt;b&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;", "$1,500",
		"<td class=\"\">Then</td><td class=\"n\">6</td><td class=\"n\">5</td><td class=\"n\">1</td><td class=\"n\">12</td>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script", "http://", "https://", "src=", "ZgotmplZ"} {
		if strings.Contains(text, not) {
			t.Errorf("the page has %q", not)
		}
	}
}
