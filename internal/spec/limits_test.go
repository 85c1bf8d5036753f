package spec_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/segmentation"
	"github.com/segue-cs/segue/internal/spec"
)

func TestTooManySegments(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		segmentation.Most:     "",
		segmentation.Most + 1: `strategy.yaml:68:5: segmentation "cells" has 63 segments, more than 62 (use a dimension, or several segmentations) [too_many_segments]`,
	} {
		text := "currency: EUR\nsegmentations:\n cells:\n  customer: account\n  segments:\n"
		for i := range n - 1 {
			text += fmt.Sprintf("    s%d: 'employees > %d'\n", i, i)
		}
		text += "    rest: 'true'\n"
		_, found := spec.Load(fstest.MapFS{"strategy.yaml": {Data: []byte(text)}})
		got := ""
		if err := found.Err(); err != nil {
			got = strings.TrimSpace(err.Error())
		}
		if got != want {
			t.Errorf("%d segments: got %q, want %q", n, got, want)
		}
	}
}
