package statetest

import (
	"testing"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/state"
)

func exerciseDecisions(t *testing.T, open OpenFunc) {
	folder := t.TempDir()
	s := open(t, folder)
	ctx := t.Context()
	since := period.Date(20_600)
	decision := func(batch int64, verdict state.Verdict) state.Decision {
		return state.Decision{
			Batch: batch, Verdict: verdict, Record: 7, Into: 3, Since: &since, Decided: kept(noon()),
			Author: "Änn", Why: "asked them", Strength: "sure", Evidence: []string{"domain", "name"},
		}
	}
	first, second := begin(t, s, "match"), begin(t, s, "match")
	want := []state.Decision{decision(first, state.Joins), decision(first, state.Rejects), decision(second, state.Parts)}
	want[2].Since, want[2].Evidence, want[2].Why, want[2].Record = nil, []string{}, "they differ", 9
	want[2].Into = 4
	check(t, s.SaveDecisions(ctx, first, noon(), want[:2]))
	if err := s.SaveDecisions(ctx, first, noon(), want[:2]); err == nil {
		t.Error("decisions saved twice under one batch: got no error")
	}
	check(t, s.SaveDecisions(ctx, second, noon(), want[2:]))
	got, err := s.Decisions(ctx)
	check(t, err)
	same(t, "decisions", got, want)
	decided(t, s, []int64{first, second}, second)

	// An erasure forgets why something was decided of its ids, not that it was.
	e := erasure(begin(t, s, "erase"))
	check(t, s.SaveErasure(ctx, e))
	want[0].Why, want[1].Why = "", ""
	check(t, s.Close())
	s = open(t, folder)
	t.Cleanup(func() { check(t, s.Close()) })
	got, err = s.Decisions(ctx)
	check(t, err)
	same(t, "decisions after an erasure", got, want)
}
