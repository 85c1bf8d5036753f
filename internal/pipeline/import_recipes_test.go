package pipeline_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/segue-cs/segue/internal/money"
	"github.com/segue-cs/segue/internal/pipeline"
)

// TestRecipeWonOpportunities reads one pipeline in its three forms of dates
// and finds the won deals of check CR-01, to the cent.
func TestRecipeWonOpportunities(t *testing.T) {
	t.Parallel()
	won := []string{"Won"}
	for _, row := range readAnswers(t, "crm_opportunities")["CR-01"] {
		if row[0] == "Won" {
			won = row
		}
	}
	for file, dates := range map[string]string{"sales_pipeline": "Y-m-d", "sales_pipeline.us_dates": "m/d/Y", "sales_pipeline.dmy_dates": "d-m-Y"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			strategy := fstest.MapFS{"strategy.yaml": {Data: []byte(fmt.Sprintf(`
currency: USD
sources:
  accounts: {files: a.csv, fact: account, columns: {account: account}}
  deals: {recipe: won_opportunities, files: p.csv, dates: %s}
`, dates))}}
			x := newExample(t, strategy, map[string][]string{
				"accounts": {shared(t, "crm_opportunities/accounts.csv")}, "deals": {shared(t, "crm_opportunities/"+file+".csv")},
			})
			deals := x.report.Sources[1]
			if got := strconv.FormatInt(deals.Loaded, 10); got != won[1] || deals.Rejected > 0 || deals.Unmatched > 0 || deals.LeftOut != 8800-deals.Loaded {
				t.Errorf("got %s won deals of %d, %d rejected, %d unmatched, want %s", got, deals.Rows, deals.Rejected, deals.Unmatched, won[1])
			}
			if got := amountOf(deals.Money, "arr"); got != won[3] {
				t.Errorf("got won deals of %s, want %s", got, won[3])
			}
		})
	}
}

// amountOf returns what was loaded into a column of one currency: 1234.50.
func amountOf(splits []pipeline.MoneySplit, column string) string {
	for _, s := range splits {
		if s.Column == column && s.Currency == money.Currency("USD") {
			return fmt.Sprintf("%d.%02d", s.Loaded/100, s.Loaded%100)
		}
	}
	return ""
}

// TestRecipesOnShapes reads what connectors deliver by the recipes for it.
func TestRecipesOnShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		recipe, file, more        string
		loaded, leftOut, rejected int64
	}{
		{"salesforce_accounts", "salesforce/sf_account_data.csv", "", 1, 9, 0}, // nine are deleted
		{"salesforce_users", "salesforce/sf_user_data.csv", "", 10, 0, 0},
		{"salesforce_won_opportunities", "salesforce/sf_opportunity_data.csv", "", 0, 10, 0}, // all are deleted
		{"salesforce_won_opportunities", "salesforce/sf_opportunity_data.csv", `, where: 'won == "true"'`, 5, 5, 0},
		{"hubspot_companies", "hubspot/company_data.csv", "", 24, 0, 0},
		{"hubspot_owners", "hubspot/owner_data.csv", "", 100, 0, 0},
		{"zendesk_tickets", "zendesk/ticket_data.csv", "", 8, 2, 0}, // two are deleted
		{"pendo_events", "pendo/event.csv", "", 5, 0, 0},
	} {
		t.Run(tt.recipe+tt.more, func(t *testing.T) {
			t.Parallel()
			strategy := fstest.MapFS{"strategy.yaml": {Data: []byte("currency: USD\nsources:\n  it: {recipe: " + tt.recipe + ", files: it.csv" + tt.more + "}\n")}}
			x := newExample(t, strategy, map[string][]string{"it": {shared(t, "connector_shapes/"+tt.file)}})
			got := x.report.Sources[0]
			if got.Loaded != tt.loaded || got.LeftOut != tt.leftOut || got.Rejected != tt.rejected {
				t.Errorf("got %d loaded, %d left out, %d rejected (%v), want %d, %d, %d", got.Loaded, got.LeftOut, got.Rejected, got.Rejections, tt.loaded, tt.leftOut, tt.rejected)
			}
		})
	}
}

// TestRecipeStripeOnShapes joins subscriptions, their items and plans as an
// export for finance does. Each plan is 1,500.00 a month: one item of one and
// one of two make 18,000 and 36,000 a year.
func TestRecipeStripeOnShapes(t *testing.T) {
	t.Parallel()
	subscriptions := keyed(t, shared(t, "connector_shapes/stripe/subscription_data.csv"), "id")
	plans := keyed(t, shared(t, "connector_shapes/stripe/plan_data.csv"), "id")
	var joined strings.Builder
	joined.WriteString("item_id,customer_id,status,amount,currency,interval,interval_count,quantity,start_date\n")
	for _, item := range keyed(t, shared(t, "connector_shapes/stripe/subscription_item_data.csv"), "id") {
		s, p := subscriptions[item["subscription_id"]], plans[item["plan_id"]]
		fmt.Fprintf(&joined, "%s,%s,%s,%s,%s,%s,%s,%s,%s\n", item["id"], s["customer_id"], s["status"], p["amount"], p["currency"], p["interval"],
			p["interval_count"], item["quantity"], s["start_date"])
	}
	strategy := fstest.MapFS{"strategy.yaml": {Data: []byte("currency: USD\nsources:\n  it: {recipe: stripe_subscriptions, files: it.csv}\n")}}
	got := newExample(t, strategy, map[string][]string{"it": {smallFile(t, joined.String())}}).report.Sources[0]
	if arr := amountOf(got.Money, "arr"); got.Loaded != 2 || arr != "54000.00" {
		t.Errorf("got %d lines of %s (%v), want 2 of 54000.00", got.Loaded, arr, got.Rejections)
	}
}

// keyed reads a file: rows by a column, each by the columns of the header.
func keyed(t *testing.T, path, key string) map[string]map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, row := range rows[1:] {
		one := map[string]string{}
		for i, name := range rows[0] {
			one[name] = row[i]
		}
		all[one[key]] = one
	}
	return all
}
