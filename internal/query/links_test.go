package query_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/query"
)

func TestCircles(t *testing.T) {
	t.Parallel()
	line := func(row, key, line, names int64) query.LinkedLine {
		return query.LinkedLine{Row: row, Key: key, Line: line, Of: key, Names: names}
	}
	for _, tt := range []struct {
		name  string
		lines []query.LinkedLine
		want  [][]int64 // rows
	}{
		{"none", nil, nil},
		{"a chain", []query.LinkedLine{line(1, 1, 11, 10), line(2, 1, 12, 11), line(3, 1, 13, 12)}, nil},
		{"a line that names itself", []query.LinkedLine{line(5, 1, 10, 10)}, [][]int64{{5}}},
		{"two that name each other", []query.LinkedLine{line(1, 1, 10, 11), line(2, 1, 11, 10)}, [][]int64{{1, 2}}},
		{"three, along the links", []query.LinkedLine{line(1, 1, 10, 12), line(2, 1, 11, 10), line(3, 1, 12, 11)}, [][]int64{{1, 3, 2}}},
		{"one that leads into a circle, and is in none", []query.LinkedLine{line(1, 1, 10, 11), line(2, 1, 11, 10), line(3, 1, 12, 10)}, [][]int64{{1, 2}}},
		{"the same lines of two accounts", []query.LinkedLine{line(1, 1, 10, 11), line(2, 2, 11, 10)}, nil},
		{"lines of two ids of an account", []query.LinkedLine{{Row: 1, Key: 1, Line: 10, Of: 2, Names: 11}, {Row: 2, Key: 2, Line: 11, Of: 1, Names: 10}}, [][]int64{{1, 2}}},
		{"a line of the same name under another id", []query.LinkedLine{{Row: 1, Key: 1, Line: 10, Of: 2, Names: 10}, line(2, 2, 10, 11)}, nil},
		{"a line stated twice", []query.LinkedLine{line(1, 1, 10, 11), line(2, 1, 11, 10), line(3, 1, 10, 11)}, [][]int64{{1, 2, 3}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got [][]int64
			for _, circle := range query.Circles(tt.lines) {
				var rows []int64
				for _, l := range circle {
					rows = append(rows, l.Row)
				}
				got = append(got, rows)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("circles (-got +want):\n%s", diff)
			}
		})
	}
}

// A line that names one other is in a circle exactly when following the names
// from it comes back to it.
func TestCirclesLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := map[[2]int64][2]int64{}
		var lines []query.LinkedLine
		for key := range int64(2) {
			for line := range int64(8) {
				if !rapid.Bool().Draw(t, "names one") {
					continue
				}
				of, to := rapid.Int64Range(0, 1).Draw(t, "of"), rapid.Int64Range(0, 7).Draw(t, "named")
				names[[2]int64{key, line}] = [2]int64{of, to}
				lines = append(lines, query.LinkedLine{Row: int64(len(lines)), Key: key, Line: line, Of: of, Names: to})
			}
		}
		var want, got []int64
		for _, l := range lines {
			start := [2]int64{l.Key, l.Line}
			at, ok := start, true
			for range 16 {
				if at, ok = names[at]; !ok || at == start {
					break
				}
			}
			if ok && at == start {
				want = append(want, l.Row)
			}
		}
		for _, circle := range query.Circles(lines) {
			for _, l := range circle {
				got = append(got, l.Row)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("got rows %v, want %v of %v", got, want, lines)
		}
	})
}
