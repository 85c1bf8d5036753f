package rule_test

import (
	"math"
	"testing"

	"github.com/segue-cs/segue/internal/rule"
)

func TestTidy(t *testing.T) {
	t.Parallel()
	seven, ten, eleven := 7.0, 10.0, 11.0
	for _, tt := range []struct{ x, want float64 }{
		{eleven/ten - 1, 0.1},
		{seven/ten - 1, -0.3},
		{0.7 + 0.1, 0.8},
		{(0.3 + 0.4 + 0.35) / 3.5, 0.3},
		{1.0 / 3, 0.333333333},
		{123456.5, 123456.5},
		{279042090.13, 279042090.13},
		{math.Inf(1), math.Inf(1)},
	} {
		if got := rule.Tidy(tt.x); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.x, got, tt.want)
		}
	}
}
