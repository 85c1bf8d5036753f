package cli

import (
	"fmt"
	"slices"

	"github.com/segue-cs/segue/internal/pipeline"
)

// flow is a drawing of how much goes from each place to each: a bar for each
// place, now and then, and a band between two of them as thick as what goes
// there. Lengths are in the units of its view box.
type flow struct {
	Title         string
	Width, Height float64
	Bars          []flowBar
	Bands         []flowBand
}

type flowBar struct {
	X, Y, Height, TextX, TextY float64
	Fill, Anchor, Name, Count  string
}

type flowBand struct{ Path, Fill, Opacity, Words string }

const (
	flowWidth = 520.0
	flowLeft  = 150.0 // of the bars on the left, beside their names
	flowThick = 10.0
	flowTall  = 260.0 // of all customers
	flowGap   = 22.0  // between two bars, so that their names fit
)

// flowColours are those of the page, one for each place on the left.
const flowColours = 6

// flowOf draws a lens.
func flowOf(l pipeline.PlannedLens, m measure) flow {
	from, to := sides(l)
	total := int64(0)
	for _, c := range l.Cells {
		total += max(m.of(c), 0)
	}
	out := flow{Title: m.title, Width: flowWidth}
	if total == 0 {
		total = 1
	}
	tall := func(n int64) float64 { return flowTall * float64(max(n, 0)) / float64(total) }
	sum := func(name string, end func(pipeline.Transition) string) (n int64) {
		for _, c := range l.Cells {
			if end(c) == name {
				n += m.of(c)
			}
		}
		return n
	}
	origin, target := func(c pipeline.Transition) string { return c.From }, func(c pipeline.Transition) string { return c.To }
	left, right := map[string]float64{}, map[string]float64{} // where the next band begins
	bars := func(names []string, end func(pipeline.Transition) string, x float64, absent string, at map[string]float64) (bottom float64) {
		y := 8.0
		for _, name := range names {
			n := sum(name, end)
			b := flowBar{X: x, Y: y, Height: max(tall(n), 1), TextX: x - 6, Anchor: "end", Fill: fillOf(l, name), Name: ledgerWords(name, absent), Count: m.words(n)}
			if x > flowWidth/2 {
				b.TextX, b.Anchor = x+flowThick+6, "start"
			}
			b.TextY = y + b.Height/2 + 4
			out.Bars = append(out.Bars, b)
			at[name] = y
			y += max(b.Height, 1) + flowGap
		}
		return y
	}
	end := flowWidth - flowLeft - flowThick
	out.Height = max(bars(from, origin, flowLeft, "new", left), bars(to, target, end, "gone", right)) - flowGap + 12
	for _, name := range from {
		for _, goal := range to {
			i := slices.IndexFunc(l.Cells, func(c pipeline.Transition) bool { return c.From == name && c.To == goal })
			if i < 0 || m.of(l.Cells[i]) <= 0 {
				continue
			}
			n := m.of(l.Cells[i])
			h := tall(n)
			band := flowBand{
				Path: bandPath(flowLeft+flowThick, left[name], end, right[goal], max(h, 0.75)), Fill: "var(--stay)", Opacity: "0.55",
				Words: fmt.Sprintf("%s: %s -> %s", m.words(n), ledgerWords(name, "new"), ledgerWords(goal, "gone")),
			}
			if name != goal {
				band.Fill, band.Opacity = fillOf(l, name), "0.75"
			}
			left[name], right[goal] = left[name]+h, right[goal]+h
			out.Bands = append(out.Bands, band)
		}
	}
	return out
}

// fillOf is the colour of a place; beyond the sixth, and of places beside the
// segments, that of what stays.
func fillOf(l pipeline.PlannedLens, name string) string {
	if i := slices.Index(l.Places, name); i >= 0 && i < flowColours && name != "" {
		return fmt.Sprintf("var(--c%d)", i)
	}
	return "var(--stay)"
}

// bandPath is a band from the right edge of one bar to the left one of another.
func bandPath(x1, y1, x2, y2, h float64) string {
	mid := (x1 + x2) / 2
	return fmt.Sprintf("M%.1f %.2fC%.1f %.2f %.1f %.2f %.1f %.2fV%.2fC%.1f %.2f %.1f %.2f %.1f %.2fZ",
		x1, y1, mid, y1, mid, y2, x2, y2, y2+h, mid, y2+h, mid, y1+h, x1, y1+h)
}
