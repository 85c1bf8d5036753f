package dimension_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/dimension"
	"github.com/segue-cs/segue/internal/period"
)

// Levels of the tests: the highest first.
const (
	high = iota
	medium
	low
	dark // can't tell
)

// walk steps through days that begin on 1 June 2026, and returns the level at
// each close, as a letter; a capital on the day of a move.
func walk(h dimension.Hold, days ...int) string {
	day := period.NewDate(2026, 6, 1)
	was := dimension.First(3, reach(days[0]), 0)
	text := letter(was.Level)
	for _, level := range days[1:] {
		day++
		now := h.Step(was, reach(level), day)
		if now.Moved == day {
			text += string(letter(now.Level)[0] - 'a' + 'A')
		} else {
			text += letter(now.Level)
		}
		was = now
	}
	return text
}

func letter(level int) string {
	if level == dimension.NoLevel {
		return "-"
	}
	return "hml"[level : level+1]
}

func reach(level int) dimension.Reach {
	if level == dark {
		return dimension.Reach{}
	}
	return dimension.Reach{Known: true, Raw: level, Up: level, Down: level}
}

func TestStep(t *testing.T) {
	t.Parallel()
	up := func(w dimension.Wait) dimension.Hold { return dimension.Hold{Up: w} }
	down := func(w dimension.Wait) dimension.Hold { return dimension.Hold{Down: w} }
	both := func(w dimension.Wait) dimension.Hold { return dimension.Hold{Up: w, Down: w} }
	for _, tt := range []struct {
		name string
		hold dimension.Hold
		days []int
		want string
	}{
		{"no wait", dimension.Hold{}, []int{low, high, medium}, "lHM"},
		{"the third close in a row", up(dimension.Wait{ConfirmDays: 3}), []int{low, high, high, high}, "lllH"},
		{"one close", up(dimension.Wait{ConfirmDays: 1}), []int{low, high}, "lH"},
		{"the other direction at once", up(dimension.Wait{ConfirmDays: 3}), []int{medium, low}, "mL"},
		{"a close within the bound, from which it counts anew", down(dimension.Wait{ConfirmDays: 2}), []int{medium, low, medium, low, low}, "mmmmL"},
		{"the nearest level that held throughout", up(dimension.Wait{ConfirmDays: 3}), []int{low, high, medium, high}, "lllM"},
		{"a further bound, which counts on over a move", up(dimension.Wait{ConfirmDays: 2}), []int{low, medium, high, high, high}, "llMHh"},
		{"a long wait, of which the last closes count", up(dimension.Wait{ConfirmDays: 2, DwellDays: 3}), []int{medium, low, medium, high, high}, "mLllH"},
		{"a day that cannot tell, which neither counts nor resets", down(dimension.Wait{ConfirmDays: 2}), []int{medium, low, dark, dark, low}, "mmmmL"},
		{"days that cannot tell, of which none moves", down(dimension.Wait{DwellDays: 2}), []int{high, medium, dark, dark}, "hMmm"},
		{"a first level that is known late, which is no move", both(dimension.Wait{ConfirmDays: 5}), []int{dark, dark, high}, "--h"},
		{"the first level, which is no move to stay since", both(dimension.Wait{DwellDays: 30}), []int{low, high}, "lH"},
		{"three days since the move", both(dimension.Wait{DwellDays: 3}), []int{low, high, low, low, low, low}, "lHhhLl"},
		{"a wait to stay, in which it has confirmed", both(dimension.Wait{ConfirmDays: 2, DwellDays: 3}), []int{low, high, high, low, low, low}, "llHhhL"},
		{"a change of direction", both(dimension.Wait{ConfirmDays: 2}), []int{medium, high, low, high, high}, "mmmmH"},
		{"a day of review, which looks at the day itself", dimension.Hold{Review: "monthly"}, append(append([]int{low}, slices.Repeat([]int{medium}, 29)...), high), strings.Repeat("l", 30) + "H"},
		{"a day of review: 1 July", dimension.Hold{Review: "monthly"}, append([]int{medium}, slices.Repeat([]int{high}, 30)...), strings.Repeat("m", 30) + "H"},
		{"a freeze: 2 to 4 June", dimension.Hold{FreezeFrom: "06-02", FreezeTo: "06-04"}, []int{low, high, high, high, high}, "llllH"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := walk(tt.hold, tt.days...); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestGrace: a customer that came on 1 June stays for ten days, those who were
// there before do not wait.
func TestGrace(t *testing.T) {
	t.Parallel()
	h := dimension.Hold{GraceDays: 10}
	came := period.NewDate(2026, 6, 1)
	for _, tt := range []struct {
		came period.Date
		day  period.Date
		want int
	}{{0, came + 1, high}, {came, came + 9, low}, {came, came + 10, high}} {
		was := dimension.First(3, reach(low), tt.came)
		if got := h.Step(was, reach(high), tt.day).Level; got != tt.want {
			t.Errorf("on %s: got level %d, want %d", tt.day, got, tt.want)
		}
	}
}

func TestMargin(t *testing.T) {
	t.Parallel()
	h := dimension.Hold{Up: dimension.Wait{Margin: 500}, Down: dimension.Wait{Margin: 0.1, MarginShare: true}}
	if got, want := h.Enter(20_000), 20_500.0; got != want {
		t.Errorf("enter: got %v, want %v", got, want)
	}
	if got, want := h.Leave(20_000), 18_000.0; got != want {
		t.Errorf("leave: got %v, want %v", got, want)
	}
	if got, want := h.Leave(-20), -22.0; got != want {
		t.Errorf("leave below zero: got %v, want %v", got, want)
	}
}

func TestIsOpen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		hold dimension.Hold
		day  string
		want bool
	}{
		{dimension.Hold{Review: "quarterly"}, "2026-07-01", true},
		{dimension.Hold{Review: "quarterly"}, "2026-06-01", false},
		{dimension.Hold{Review: "quarterly", YearStarts: "02-01"}, "2026-05-01", true},
		{dimension.Hold{Review: "yearly", YearStarts: "02-01"}, "2026-01-01", false},
		{dimension.Hold{Review: "monthly", YearStarts: "01-31"}, "2026-02-28", true},
		{dimension.Hold{Review: "monthly", YearStarts: "01-31"}, "2026-03-31", true},
		{dimension.Hold{Review: "monthly", FreezeFrom: "12-20", FreezeTo: "01-05"}, "2026-01-01", false},
		{dimension.Hold{}, "2026-02-28", true},
	} {
		day, err := period.ParseDate(tt.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := tt.hold.IsOpen(day); got != tt.want {
			t.Errorf("%+v on %s: got %v", tt.hold, tt.day, got)
		}
	}
}

func TestMovesOn(t *testing.T) {
	t.Parallel()
	day := period.NewDate(2026, 5, 12)
	h := dimension.Hold{Down: dimension.Wait{ConfirmDays: 30}}
	waits := dimension.Held{Level: high, Toward: medium, Closes: []int{10, 0}, Since: day - 9}
	frozen, dwells := h, h
	frozen.FreezeFrom, frozen.FreezeTo = "06-01", "06-14"
	dwells.Down.DwellDays = 60
	moved := waits
	moved.Moved = period.NewDate(2026, 4, 30)
	for _, tt := range []struct {
		name string
		hold dimension.Hold
		held dimension.Held
		want string
	}{
		{"20 closes to come", h, waits, "2026-06-01"},
		{"and a freeze", frozen, waits, "2026-06-15"},
		{"and the stay since 30 April", dwells, moved, "2026-06-29"},
	} {
		got, ok := tt.hold.MovesOn(tt.held, day)
		if !ok || got.String() != tt.want {
			t.Errorf("%s: got %v %v, want %s", tt.name, got, ok, tt.want)
		}
	}
	if _, ok := h.MovesOn(dimension.Held{Level: high, Toward: dimension.NoLevel}, day); ok {
		t.Error("a customer that waits for nothing moves")
	}
}

// TestCrossings reproduces DOMAIN.md 3.3: for a stationary Gaussian score with
// correlation rho from day to day, crossings of its mean in 365 days follow
// 364 * arccos(rho) / pi, and each control reduces them. The standard deviation
// is 5, "all three" is a band of 5 either way, 7 closes and 30 days.
func TestCrossings(t *testing.T) {
	t.Parallel()
	series, tolerance := 4_000, 0.05
	if os.Getenv("SEGUE_AGREE") != "" {
		series, tolerance = 40_000, 0.03
	}
	wait := func(w dimension.Wait) dimension.Hold { return dimension.Hold{Up: w, Down: w} }
	controls := []dimension.Hold{
		{},
		wait(dimension.Wait{Margin: 2.5}), wait(dimension.Wait{Margin: 5}), wait(dimension.Wait{ConfirmDays: 7}),
		wait(dimension.Wait{DwellDays: 30}), wait(dimension.Wait{Margin: 5, ConfirmDays: 7, DwellDays: 30}),
	}
	for _, tt := range []struct {
		rho  float64
		want [6]float64
	}{
		{.90, [6]float64{52.27, 17.89, 8.82, 9.30, 10.55, 2.04}},
		{.97, [6]float64{28.53, 6.44, 3.04, 6.08, 7.92, 1.44}},
		{.99, [6]float64{16.40, 2.31, 1.04, 3.66, 5.10, 0.67}},
	} {
		t.Run(fmt.Sprint(tt.rho), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(15, uint64(tt.rho*100)))
			var moves [6]int
			for range series {
				for i, n := range crossings(r, tt.rho, controls) {
					moves[i] += n
				}
			}
			for i, want := range tt.want {
				if got := float64(moves[i]) / float64(series); math.Abs(got/want-1) > tolerance {
					t.Errorf("control %d: got %.2f moves a year, want %.2f", i, got, want)
				}
			}
			theory := 364 * math.Acos(tt.rho) / math.Pi
			if got := float64(moves[0]) / float64(series); math.Abs(got/theory-1) > 0.03 {
				t.Errorf("without control: got %.2f, want %.2f by the law", got, theory)
			}
		})
	}
}

// crossings walks one series of 365 days under each control.
func crossings(r *rand.Rand, rho float64, controls []dimension.Hold) [6]int {
	const sd = 5
	var (
		moves [6]int
		held  [6]dimension.Held
	)
	at := func(x, bound float64) int {
		if x >= bound {
			return high
		}
		return medium
	}
	x := r.NormFloat64() * sd
	for day := period.Date(1); day <= 365; day++ {
		for i, h := range controls {
			reached := dimension.Reach{Known: true, Raw: at(x, 0), Up: at(x, h.Enter(0)), Down: at(x, h.Leave(0))}
			if day == 1 {
				held[i] = dimension.First(2, reached, 0)
				continue
			}
			held[i] = h.Step(held[i], reached, day)
			if held[i].Moved == day {
				moves[i]++
			}
		}
		x = rho*x + math.Sqrt(1-rho*rho)*sd*r.NormFloat64()
	}
	return moves
}
