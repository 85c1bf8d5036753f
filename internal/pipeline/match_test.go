package pipeline_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/state"
)

const matchStrategy = `
name: match
currency: USD
traits:
  website: {type: text}
sources:
  crm: {files: crm.csv, fact: account, columns: {account: id, name: name, website: site, country: country, valid_from: since}}
  billing: {files: billing.csv, fact: account, ids: billing, columns: {account: id, name: name, website: site, country: country, valid_from: since}}
  contracts: {files: contracts.csv, fact: contract, ids: billing, columns: {id: line, account: customer, product: product, arr: {from: arr, currency: USD}, starts: starts}}
metrics:
  arr: {title: ARR, from: contract, sum: arr, where: in_force}
segmentations:
  size: {on_unknown: unknown, segments: {big: 'arr >= 1000', small: 'true'}}
`

// matchProject is 40 companies of which the CRM and billing have different ids,
// and billing bills some of them under an id that it does not list.
func matchProject(t *testing.T) *importer {
	t.Helper()
	im := newImporter(t, matchStrategy, nil)
	crm, billing, contracts := "id,name,site,country,since\n", "id,name,site,country,since\n", "line,customer,product,arr,starts\n"
	for n := range 40 {
		name := fmt.Sprintf("Company %c%c", 'A'+n/10, 'a'+n%10)
		crm += fmt.Sprintf("A-%d,%s,c%d.example,,2026-01-01\n", n, name, n)
		billing += fmt.Sprintf("B-%d,%s Inc,www.c%d.example,US,2026-02-01\n", n, name, n)
		contracts += fmt.Sprintf("l%d,B-%d,core,%d.25,2026-01-01\nm%d,c%d.example,core,10.10,2026-01-01\n", n, n, 100*n, n, n)
	}
	im.write(t, "crm.csv", crm)
	im.write(t, "billing.csv", billing)
	im.write(t, "contracts.csv", contracts)
	im.load(t)
	return im
}

// answers are all customers as of a day, with all that is shown of them.
func (im *importer) answers(t *testing.T, day period.Date) string {
	t.Helper()
	if _, err := im.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: importedAt}); err != nil {
		t.Fatal(err)
	}
	list, err := im.Customers(t.Context(), pipeline.CustomersRequest{AsOf: &day, Sort: []string{"id"}, Columns: []string{"arr", "size", "country", "website"}})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(list.Rows)
}

func (im *importer) decide(t *testing.T, r pipeline.DecideRequest) pipeline.DecideReport {
	t.Helper()
	r.Now, r.By = importedAt, "Ann"
	report, err := im.Decide(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// Confirmed in whatever order, all at once or one by one, the answers are the
// same; and those before once all of it is taken back.
func TestMatchLaws(t *testing.T) {
	t.Parallel()
	day := period.NewDate(2026, 3, 1)
	var joined string
	for _, order := range []string{"all at once", "as listed", "backwards"} {
		im := matchProject(t)
		before := im.answers(t, day)
		report, err := im.Match(t.Context(), pipeline.MatchRequest{Now: importedAt})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Proposals) != 80 || report.ByStrength[match.Sure] != 80 {
			t.Fatalf("got %d proposals, %v, want 80 that are sure", len(report.Proposals), report.ByStrength)
		}
		var ids []string
		for _, p := range report.Proposals {
			ids = append(ids, p.ID)
		}
		switch order {
		case "all at once":
			im.decide(t, pipeline.DecideRequest{Verdict: state.Joins, All: &pipeline.AllOf{Strength: match.Sure}})
		case "backwards":
			slices.Reverse(ids)
			fallthrough
		default:
			im.decide(t, pipeline.DecideRequest{Verdict: state.Joins, Proposals: ids[:30]})
			im.decide(t, pipeline.DecideRequest{Verdict: state.Joins, Proposals: ids[30:]})
		}
		got := im.answers(t, day)
		if joined == "" {
			joined = got
		}
		if got != joined || got == before {
			t.Errorf("%s: got\n%s\nwant\n%s", order, got, joined)
		}
		if again := im.decide(t, pipeline.DecideRequest{Verdict: state.Joins, Proposals: ids}); len(again.Done) != 0 || again.Before != 80 {
			t.Errorf("%s: confirmed again: got %d done, %d before, want 0, 80", order, len(again.Done), again.Before)
		}
		im.decide(t, pipeline.DecideRequest{Verdict: state.Parts, Proposals: ids})
		if got := im.answers(t, day); got != before {
			t.Errorf("%s: taken back: got\n%s\nwant\n%s", order, got, before)
		}
	}
}
