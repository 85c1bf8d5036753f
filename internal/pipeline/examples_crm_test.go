package pipeline_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/pipeline"
)

// crmFiles maps the sources of the example to its files, with the pipeline in
// one of the three forms of its dates.
func crmFiles(t *testing.T, deals string) map[string][]string {
	t.Helper()
	pipeline := []string{shared(t, "crm_opportunities/"+deals)}
	return map[string][]string{
		"accounts": {shared(t, "crm_opportunities/accounts.csv")}, "closed_deals": pipeline, "open_deals": pipeline,
	}
}

// crm is the imported set, evaluated as of its last day.
type crm struct {
	*example
	accounts []listed
}

func TestCRMOpportunities(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "crm_opportunities")
	x := crm{example: newExample(t, withChecks(t, "crm_opportunities", ""), crmFiles(t, "sales_pipeline.csv"))}
	x.runAsOf(t, "2017-12-31")
	x.accounts = x.list(t, pipeline.CustomersRequest{Columns: []string{
		"industry", "won_value", "won", "lost", "open_deals", "open_value", "size",
	}})
	for _, check := range []struct {
		id   string
		rows func(*testing.T) [][]string
	}{
		{"CR-02", x.winRates},
		{"CR-03", x.potential},
		{"CR-05", x.families},
		{"CR-06", x.bySize},
		{"CR-07", x.diamonds},
	} {
		t.Run(check.id, func(t *testing.T) { want.is(t, check.id, check.rows(t)...) })
	}
	t.Run("a past date sees nothing of what came later", func(t *testing.T) {
		x.runAsOf(t, "2017-06-30")
		list := x.list(t, pipeline.CustomersRequest{Columns: []string{"won", "prospects"}})
		if got := positive(list, "prospects"); got != 0 {
			t.Errorf("%d companies have prospects before they were exported", got)
		}
		early, late := sum(list, "won"), sum(x.accounts, "won")
		if early <= 0 || early >= late {
			t.Errorf("deals won by June: got %v, want some of %v", early, late)
		}
	})
}

// bySector returns the sectors, the largest first.
func (x crm) bySector(row func(sector string, of []listed) []string, largest func([]listed) float64) (rows [][]string) {
	of := map[string][]listed{}
	for _, c := range x.accounts {
		// The example mends the spelling that the checks keep.
		sector := strings.Replace(c.text("industry"), "technology", "technolgy", 1)
		of[sector] = append(of[sector], c)
	}
	sectors := slices.Collect(maps.Keys(of))
	slices.SortFunc(sectors, func(a, b string) int { return cmp.Compare(largest(of[b]), largest(of[a])) })
	for _, s := range sectors {
		rows = append(rows, row(s, of[s]))
	}
	return rows
}

func (x crm) winRates(*testing.T) [][]string {
	return x.bySector(func(sector string, of []listed) []string {
		won, lost := sum(of, "won"), sum(of, "lost")
		return []string{sector, whole(len(of)), figure(won), figure(100 * won / (won + lost)), cents(sum(of, "won_value"))}
	}, func(of []listed) float64 { return sum(of, "won_value") })
}

// potential returns what is open by sector. What is open without an account is
// what the import keeps as unmatched.
func (x crm) potential(t *testing.T) [][]string {
	open := x.imported(t, "open_deals")
	nobody := []string{"(no account)", fmt.Sprint(open.Unmatched), figure(float64(open.Money[0].Unmatched) / 100)}
	return slices.Concat([][]string{nobody}, x.bySector(func(sector string, of []listed) []string {
		return []string{sector, figure(sum(of, "open_deals")), figure(sum(of, "open_value"))}
	}, func(of []listed) float64 { return sum(of, "open_value") }))
}

func (x crm) families(t *testing.T) (rows [][]string) {
	for _, c := range x.list(t, pipeline.CustomersRequest{
		Grain: "parent", Where: `families == "group"`, Columns: []string{"companies", "won_value"}, Sort: []string{"-won_value"},
	}) {
		rows = append(rows, []string{c.id, figure(c.number("companies")), cents(c.number("won_value"))})
	}
	return rows
}

func (x crm) bySize(*testing.T) (rows [][]string) {
	for fifth := 1; fifth <= 5; fifth++ {
		of := kept(x.accounts, func(c listed) bool { return c.text("size") == fmt.Sprintf("s%d", fifth) })
		rows = append(rows, []string{whole(fifth), whole(len(of)), figure(sum(of, "won_value") / float64(len(of)))})
	}
	return rows
}

func (x crm) diamonds(t *testing.T) (rows [][]string) {
	for _, c := range x.list(t, pipeline.CustomersRequest{
		Where: `plan == "diamond"`, Columns: []string{"won_value", "open_value"}, Sort: []string{"-open_value"},
	}) {
		rows = append(rows, []string{c.id, cents(c.number("won_value")), figure(c.number("open_value"))})
	}
	return rows
}

// eachDeal reads every deal as a customer of its own, those without an account
// included.
const eachDeal = `
name: each_deal
currency: USD
timezone: UTC
customer: account
traits:
  written: text
  bought: text
  buyer: text
  stage: text
  engaged: date
  closed: date
  value: money
sources:
  deals:
    files: deals.csv
    fact: account
    columns:
      account: opportunity_id
      valid_from: {value: "2016-01-01"}
      written: product
      bought: {from: product, values: {GTXPro: GTX Pro}}
      buyer: account
      stage: deal_stage
      engaged: engage_date
      closed: close_date
      value: {from: close_value, currency: USD}
metrics:
  days_to_close: {is: 'days_between(engaged, closed)'}
  no_account: {is: 'known(buyer) ? 0 : 1'}
  unknown_product: {is: 'written in ["GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Pro", "GTX Plus Basic", "GTK 500"] ? 0 : 1'}
segmentations:
  all: {segments: {every_deal: 'true'}}
`

// newDeals imports the pipeline, in one of its forms, each deal as a customer.
func newDeals(t *testing.T, file string) *example {
	t.Helper()
	x := newExample(t, fstest.MapFS{"strategy.yaml": {Data: []byte(eachDeal)}}, map[string][]string{
		"deals": {shared(t, "crm_opportunities/"+file)},
	})
	x.runAsOf(t, "2017-12-31")
	return x
}

func TestCRMEachDeal(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "crm_opportunities")
	x := newDeals(t, "sales_pipeline.csv")
	deals := x.list(t, pipeline.CustomersRequest{Columns: []string{"stage", "bought", "value", "days_to_close", "no_account", "unknown_product"}})
	of := func(column, value string) []listed {
		return kept(deals, func(c listed) bool { return c.text(column) == value })
	}
	t.Run("CR-01", func(t *testing.T) {
		var rows [][]string
		for _, stage := range []string{"Engaging", "Lost", "Prospecting", "Won"} {
			list, value := of("stage", stage), ""
			if stage == "Won" || stage == "Lost" {
				value = cents(sum(list, "value"))
			}
			rows = append(rows, []string{stage, whole(len(list)), figure(sum(list, "no_account")), value, figure(sum(list, "unknown_product"))})
		}
		want.is(t, "CR-01", rows...)
	})
	t.Run("CR-04", func(t *testing.T) {
		var rows [][]string
		for _, row := range want["CR-04"] {
			var days []float64
			for _, c := range of("bought", row[0]) {
				if c.text("stage") == "Won" {
					days = append(days, c.number("days_to_close"))
				}
			}
			rows = append(rows, []string{row[0], whole(len(days)), figure(median(days))})
		}
		want.is(t, "CR-04", rows...)
	})
}

// TestCRMDates reads the one export with dates in three forms, of which none is
// declared: each column decides for itself, as a whole.
func TestCRMDates(t *testing.T) {
	t.Parallel()
	forms := []string{"sales_pipeline.csv", "sales_pipeline.us_dates.csv", "sales_pipeline.dmy_dates.csv"}
	var want map[string]string
	for _, file := range forms {
		got := map[string]string{}
		for _, c := range newDeals(t, file).list(t, pipeline.CustomersRequest{Columns: []string{"engaged", "closed"}}) {
			got[c.id] = c.text("engaged") + " " + c.text("closed")
		}
		if want == nil {
			want = got
		}
		if len(got) != 8800 || !maps.Equal(got, want) {
			t.Errorf("%s: %d deals with other days than in %s", file, len(got), forms[0])
		}
	}
	if got := want["1C1I7A6R"]; got != "2016-10-20 2017-03-01" {
		t.Errorf("the first deal: got %s, want 2016-10-20 2017-03-01", got)
	}
}

// median returns the middle value, of an even number the mean of the two.
func median(list []float64) float64 {
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
