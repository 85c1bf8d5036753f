package pipeline_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
)

// Who is pinned stands there, whatever the rules say; what reads the lens sees
// that place; nobody else moves; explanations agree with the result; and with
// all of them lifted, everything is as it was.
func TestOverrides(t *testing.T) {
	t.Parallel()
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, 2))
	c := newCompany(t, randomBase(rng, lawAccounts), 1)
	c.run(t)
	before, was := c.whole(t), c.customers(t, absolute...)

	places := map[string][]string{
		"value": {"high", "medium", "low"}, "health": {"good", "fair", "poor"}, "stage": {"large", "quiet", "active"},
		"holding": {"strategic", "seated", "retail", "rest"}, "honest": {"strategic", "seated", "happy", "rest"},
	}
	var ids, lenses []string
	for id := range was {
		ids = append(ids, id)
	}
	for lens := range places {
		lenses = append(lenses, lens)
	}
	slices.Sort(ids)
	slices.Sort(lenses)
	pinned := map[string]map[string]string{}
	for range 40 {
		id, lens := ids[rng.IntN(len(ids))], lenses[rng.IntN(len(lenses))]
		place := places[lens][rng.IntN(len(places[lens]))]
		if _, err := c.SetOverride(t.Context(), pipeline.OverrideRequest{Customer: id, Lens: lens, Place: place, Reason: "a test", By: "Ann", Now: lawDay}); err != nil {
			t.Fatal(err)
		}
		if pinned[id] == nil {
			pinned[id] = map[string]string{}
		}
		pinned[id][lens] = place // the last of a day holds
	}
	c.run(t)
	now := c.customers(t, slices.Concat(absolute, []string{"value.by_rule", "health.by_rule", "holding.pinned", "holding.undecided", "holding.provisional"})...)
	for _, id := range ids {
		for _, lens := range lenses {
			if want, ok := pinned[id][lens]; ok && now[id][lens] != want {
				t.Errorf("%s, pinned to %s in %s: got %q", id, want, lens, now[id][lens])
			}
		}
		if pinned[id] == nil {
			for _, name := range absolute {
				if now[id][name] != was[id][name] {
					t.Errorf("%s of %s, whom nobody pinned: got %q, want %q", name, id, now[id][name], was[id][name])
				}
			}
		}
		for _, lens := range []string{"value", "health"} {
			if got, want := now[id][lens+".by_rule"], was[id][lens]; got != want {
				t.Errorf("%s of %s by the rules: got %q, want %q", lens, id, got, want)
			}
		}
		if _, ok := pinned[id]["holding"]; ok && (now[id]["holding.pinned"] != "true" || now[id]["holding.undecided"] != "false" || now[id]["holding.provisional"] != "false") {
			t.Errorf("%s is pinned in holding: got pinned %s, undecided %s, provisional %s", id, now[id]["holding.pinned"], now[id]["holding.undecided"], now[id]["holding.provisional"])
		}
		if pinned[id] != nil {
			checkExplained(t, c, id, now[id])
		}
	}

	report, err := c.Overrides(t.Context(), pipeline.OverridesRequest{Now: lawDay})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Overrides {
		wantStatus := pipeline.OverrideHolds
		switch o.ByRule {
		case o.Place:
			wantStatus = pipeline.OverrideAgrees
		case "unknown":
			wantStatus = pipeline.OverrideCantTell
		}
		if o.Place != pinned[o.Customer][o.Lens] || o.Status != wantStatus {
			t.Errorf("listed: got %s pinned to %s in %s, %s; want %s, %s", o.Customer, o.Place, o.Lens, o.Status, pinned[o.Customer][o.Lens], wantStatus)
		}
		if _, err := c.LiftOverride(t.Context(), pipeline.LiftRequest{Customer: o.Customer, Lens: o.Lens, By: "Bob", Now: lawDay}); err != nil {
			t.Fatal(err)
		}
	}
	c.run(t)
	if diff := cmp.Diff(before, c.whole(t)); diff != "" {
		t.Errorf("with all of them lifted (-before +now):\n%s", diff)
	}
}

// checkExplained holds an explanation against the row of the result.
func checkExplained(t *testing.T, c company, id string, row map[string]string) {
	t.Helper()
	for _, segmentation := range []string{"holding", "honest"} {
		x, err := c.Explain(t.Context(), pipeline.ExplainRequest{Customer: id, Segmentation: segmentation})
		if err != nil {
			t.Fatal(err)
		}
		if x.Segment != row[segmentation] {
			t.Errorf("%s in %s: explained as %q, placed in %q", id, segmentation, x.Segment, row[segmentation])
		}
		for _, d := range x.Dimensions {
			if want, shown := row[d.Name]; shown && d.Level != want {
				t.Errorf("%s of %s: explained as %q, placed at %q", d.Name, id, d.Level, want)
			}
		}
	}
}

// A family is pinned by its top account.
func TestOverrideOfFamily(t *testing.T) {
	t.Parallel()
	im := newImporter(t, `
name: families
currency: USD
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: id, parent: parent}}
  contracts: {files: contracts.csv, fact: contract, columns: {id: line, account: customer, arr: {from: arr, currency: USD}, starts: starts}}
metrics:
  arr: {from: contract, sum: arr, where: in_force}
segmentations:
  family: {customer: parent, segments: {high: 'arr >= 2000', rest: 'true'}}
`, map[string]string{
		"accounts.csv":  "id,parent\ntop,\ndepartment,top\nother,\n",
		"contracts.csv": "line,customer,arr,starts\n1,top,1000,2026-01-01\n2,department,1500,2026-01-01\n3,other,10,2026-01-01\n",
	})
	im.load(t)
	c := company{im}
	c.run(t)
	set := pipeline.OverrideRequest{Customer: "department", Lens: "family", Place: "rest", Reason: "a test", Now: lawDay}
	if _, err := c.SetOverride(t.Context(), set); err == nil {
		t.Error("a department was pinned where families are customers")
	}
	set.Customer = "top"
	if _, err := c.SetOverride(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	c.run(t)
	x, err := c.Explain(t.Context(), pipeline.ExplainRequest{Customer: "top", Segmentation: "family"})
	if err != nil {
		t.Fatal(err)
	}
	if x.Segment != "rest" || x.Pinned == nil || x.Pinned.ByRule != "high" {
		t.Errorf("got %s, pinned %+v; want rest, by the rules high", x.Segment, x.Pinned)
	}
}

// What is missing when an override ends leaves the customer where the rules had
// put it, not where it was pinned to.
func TestOverrideEndsWithoutData(t *testing.T) {
	t.Parallel()
	im := newImporter(t, `
name: ends
currency: USD
traits: {mark: {type: number}}
sources:
  accounts: {files: accounts.csv, fact: account, rows: snapshot, columns: {account: id, mark: mark}}
segmentations:
  care: {segments: {much: 'mark >= 8', some: 'mark >= 5', little: 'true'}}
`, map[string]string{"accounts.csv": "id,mark\na,6\nb,9\n"})
	im.load(t)
	c := company{im}
	c.run(t)
	if _, err := c.SetOverride(t.Context(), pipeline.OverrideRequest{Customer: "a", Lens: "care", Place: "much", Reason: "a test", Now: lawDay}); err != nil {
		t.Fatal(err)
	}
	im.write(t, "accounts.csv", "id,mark\na,\nb,9\n")
	c.read(t)
	c.run(t)
	if got := c.customers(t, "care")["a"]["care"]; got != "much" {
		t.Errorf("pinned: got %q, want much", got)
	}
	if _, err := c.LiftOverride(t.Context(), pipeline.LiftRequest{Customer: "a", Lens: "care", Now: lawDay}); err != nil {
		t.Fatal(err)
	}
	c.run(t)
	if got := c.customers(t, "care")["a"]["care"]; got != "some" {
		t.Errorf("lifted, without data: got %q, want some, where it stood before", got)
	}
}
