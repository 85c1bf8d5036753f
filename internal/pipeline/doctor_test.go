package pipeline_test

import (
	"os"
	"testing"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

const ravenstackStrategy = `
name: ravenstack
currency: USD
late_renewal_grace: 0d
traits:
  plan_tier: {type: text}
  churn_flag: {type: bool}
sources:
  accounts: {files: accounts.csv, fact: account, columns: {account: account_id, name: account_name, plan_tier: plan_tier, churn_flag: churn_flag, valid_from: signup_date}}
  subscriptions:
    files: subscriptions.csv
    fact: contract
    where: 'is_trial != "True"'
    columns: {id: subscription_id, account: account_id, product: plan_tier, arr: {from: arr_amount, currency: USD}, starts: start_date, ends: end_date}
  churn_events: {files: churn_events.csv, fact: event, columns: {id: churn_event_id, account: account_id, at: churn_date, name: reason_code}}
metrics:
  arr: {title: ARR, from: contract, sum: arr, where: in_force}
segmentations:
  size: {segments: {paying: 'arr > 0', rest: 'true'}}
`

// TestDoctorRavenstack holds what the checkup says of exports that contradict
// one another against counts of the same files by a few lines of Python, as of
// 2024-12-31, of accounts with a subscription that runs and is no trial.
func TestDoctorRavenstack(t *testing.T) {
	t.Parallel()
	im := newImporter(t, ravenstackStrategy, nil)
	for _, name := range []string{"accounts", "subscriptions", "churn_events"} {
		text, err := os.ReadFile(shared(t, "ravenstack/ravenstack_"+name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		im.write(t, name+".csv", string(text))
	}
	im.load(t)
	day := period.NewDate(2024, 12, 31)
	if _, err := im.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: importedAt}); err != nil {
		t.Fatal(err)
	}
	report, err := im.Doctor(t.Context(), pipeline.DoctorRequest{AsOf: &day})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]int64{ // customers, ARR in dollars
		"contract.plan_tier":         {44, 6_675_120},
		"left_and_pays.churn_flag":   {110, 24_877_836},
		"left_and_pays.churn_events": {352, 85_678_416},
	}
	for _, f := range report.Findings {
		if w, ok := want[f.Name]; ok && (f.Customers != w[0] || f.Minor != 100*w[1]) {
			t.Errorf("%s: got %d customers with %d cents, want %d with $%d", f.Name, f.Customers, f.Minor, w[0], w[1])
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Errorf("got no %v", want)
	}
}
