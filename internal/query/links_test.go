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
		return query.LinkedLine{Row: row, Key: key, Line: line, Names: names}
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
		names := map[[2]int64]int64{}
		var lines []query.LinkedLine
		for key := range int64(2) {
			for line := range int64(8) {
				if !rapid.Bool().Draw(t, "names one") {
					continue
				}
				to := rapid.Int64Range(0, 7).Draw(t, "named")
				names[[2]int64{key, line}] = to
				lines = append(lines, query.LinkedLine{Row: int64(len(lines)), Key: key, Line: line, Names: to})
			}
		}
		var want, got []int64
		for _, l := range lines {
			at, ok := l.Line, true
			for range 8 {
				if at, ok = names[[2]int64{l.Key, at}]; !ok || at == l.Line {
					break
				}
			}
			if ok && at == l.Line {
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
