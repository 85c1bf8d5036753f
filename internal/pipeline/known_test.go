package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/state"
)

// What a view said when nothing else was known yet, it says for good: facts are
// corrected, retracted and added, ids move, accounts are joined and parted,
// customers pinned, the strategy changed, and each earlier view made anew is
// the same, byte for byte.
func TestThenIsAsItWas(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 21))
		b := randomBase(r, 40)
		c := newCompany(t, nil, 1)
		c.adopt(t, strings.Replace(lawStrategy, "fact: contract\n", "fact: contract\n    complete: true\n", 1))
		days := []period.Date{date(t, "2026-05-14"), date(t, "2026-03-01")}

		var was []string
		for round := range 5 {
			now := lawDay.Add(time.Duration(round) * time.Hour)
			if round > 0 {
				disturb(t, r, c, b, now)
			}
			for name, table := range b {
				c.write(t, name+".csv", table.text(table.rows))
			}
			if _, err := c.Import(t.Context(), pipeline.ImportRequest{Root: c.root, Now: now, AllowRetract: true}, nil); err != nil {
				t.Fatal(err)
			}
			if round == 3 {
				c.adopt(t, strings.Replace(c.Files["strategy.yaml"], "{high: 1000, medium: 300,", "{high: 900, medium: 200,", 1))
				if _, err := c.Apply(t.Context(), pipeline.ApplyRequest{Now: now, MostMoves: 1}); err != nil {
					t.Fatal(err)
				}
			} else if _, err := c.Run(t.Context(), pipeline.RunRequest{Now: now, AcceptLeavers: true}); err != nil {
				t.Fatal(err)
			}
			was = append(was, seen(t, c.Engine, days, now))
		}
		for round, want := range was {
			now := lawDay.Add(time.Duration(round) * time.Hour)
			then, err := c.Then(t.Context(), now.Add(30*time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(seen(t, then, days, lawDay.Add(24*time.Hour)), "\n")); diff != "" {
				t.Errorf("seed %d, as it was known in round %d (-then, +made anew):\n%s", seed, round, diff)
			}
		}
	}
}

// seen is all that views of the days say.
func seen(t *testing.T, e *pipeline.Engine, days []period.Date, now time.Time) string {
	t.Helper()
	var b strings.Builder
	for _, day := range days {
		if _, err := e.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: now}); err != nil {
			t.Fatal(err)
		}
		for _, grain := range []string{"", "parent"} {
			columns := slices.Concat(absolute, relative)
			if grain != "" {
				columns = []string{"arr", "family"}
			}
			path := filepath.Join(t.TempDir(), "seen.csv")
			_, err := e.Export(t.Context(), pipeline.ExportRequest{
				Path: path, Format: "csv", CustomersRequest: pipeline.CustomersRequest{Columns: columns, Grain: grain, AsOf: &day},
			})
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %q\n%s", day, grain, text)
		}
	}
	return b.String()
}

// disturb changes what is known in a few ways.
func disturb(t *testing.T, r *rand.Rand, c company, b base, now time.Time) {
	t.Helper()
	row := func(table string) []string { return b[table].rows[r.IntN(len(b[table].rows))] }
	for range 6 {
		row("contracts")[3] = fmt.Sprint(100 + r.IntN(2000))
		row("contracts")[6] = []string{"", "2026-05-01", "2026-05-20"}[r.IntN(3)]
		row("accounts")[3] = []string{"Retail", "Energy", ""}[r.IntN(3)]
		row("accounts")[2] = fmt.Sprint("Renamed ", r.IntN(100))
		row("usage")[4] = fmt.Sprint(r.IntN(5))
		row("marks")[3] = fmt.Sprint(r.IntN(11))
	}
	at := r.IntN(len(b["contracts"].rows))
	b["contracts"].rows = slices.Delete(b["contracts"].rows, at, at+1)
	id := row("accounts")[0]
	b["contracts"].rows = append(b["contracts"].rows, []string{fmt.Sprint("late", now.Hour(), at), id, "core", "700", "10", "2026-01-01", "2026-12-01"})
	b["usage"].rows = append(b["usage"].rows, []string{fmt.Sprint("late", now.Hour(), at), id, "p9", "open", "2", "2026-02-20T10:00:00Z"})

	who := row("accounts")[0]
	place := []string{"high", "medium", "low"}[r.IntN(3)]
	since := date(t, "2026-05-10")
	_, err := c.SetOverride(t.Context(), pipeline.OverrideRequest{Customer: who, Lens: "value", Place: place, From: &since, Reason: "a test", By: "Ann", Now: now})
	if err != nil && !strings.Contains(err.Error(), who) {
		t.Fatal(err)
	}
	// An account is joined to one above it in the list, which never closes a circle, or parted again.
	i := 1 + r.IntN(len(b["accounts"].rows)-1)
	verdict := []state.Verdict{state.Joins, state.Joins, state.Parts}[r.IntN(3)]
	pair := pipeline.PairOfIDs{Record: b["accounts"].rows[i][0], Into: b["accounts"].rows[r.IntN(i)][0]}
	if _, err := c.Decide(t.Context(), pipeline.DecideRequest{Verdict: verdict, Pairs: []pipeline.PairOfIDs{pair}, By: "Ann", Now: now}); err != nil {
		t.Logf("not decided: %v", err)
	}
}

// adopt makes a text the strategy.
func (c company) adopt(t *testing.T, strategy string) {
	t.Helper()
	c.write(t, "strategy.yaml", strategy)
	s, found := spec.Load(os.DirFS(c.root))
	if s == nil {
		t.Fatal(found.Err())
	}
	c.Strategy, c.Files = s, map[string]string{"strategy.yaml": strategy}
}

func date(t *testing.T, text string) period.Date {
	t.Helper()
	d, err := period.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
