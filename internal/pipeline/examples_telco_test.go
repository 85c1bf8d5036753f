package pipeline_test

import (
	"slices"
	"testing"

	"github.com/segue-cs/segue/internal/pipeline"
)

func TestTelco(t *testing.T) {
	t.Parallel()
	file := []string{shared(t, "telco_ibm/Telco-Customer-Churn.csv")}
	want := readAnswers(t, "telco_ibm")
	x := newExample(t, withChecks(t, "telco_ibm", ""), map[string][]string{"households": file, "contracts": file, "services": file})
	x.runAsOf(t, "2019-01-01")
	all := x.list(t, pipeline.CustomersRequest{Columns: []string{"left", "monthly", "monthly_lost", "tenure", "commitment", "internet", "payment"}})
	of := func(column, value string) []listed {
		return kept(all, func(c listed) bool { return c.text(column) == value })
	}
	// churn returns the share of customers, and of monthly charges, that left.
	churn := func(list []listed) (logos, dollars string) {
		return figure(100 * sum(list, "left") / float64(len(list))), figure(100 * sum(list, "monthly_lost") / sum(list, "monthly"))
	}

	t.Run("TI-01", func(t *testing.T) {
		logos, dollars := churn(all)
		unbilled := x.list(t, pipeline.CustomersRequest{Where: "not_billed", Columns: []string{"tenure"}})
		longest := 0.0
		for _, c := range unbilled {
			longest = max(longest, c.number("tenure"))
		}
		want.is(t, "TI-01", []string{whole(len(all)), figure(sum(all, "left")), logos, dollars, whole(len(unbilled)), figure(longest)})
	})
	t.Run("TI-02", func(t *testing.T) {
		var rows [][]string
		for _, name := range []string{"Month-to-month", "One year", "Two year"} {
			list := of("commitment", name)
			logos, dollars := churn(list)
			rows = append(rows, []string{name, whole(len(list)), logos, dollars})
		}
		want.is(t, "TI-02", rows...)
	})
	t.Run("TI-03", func(t *testing.T) {
		groups := map[[2]string][]listed{}
		for _, c := range all {
			internet := c.text("internet")
			if internet == "None" {
				internet = "No" // as the file writes it
			}
			key := [2]string{internet, c.text("payment")}
			groups[key] = append(groups[key], c)
		}
		var rows [][]string
		for key, list := range groups {
			logos, _ := churn(list)
			rows = append(rows, []string{key[0], key[1], whole(len(list)), logos})
		}
		slices.SortFunc(rows, slices.Compare)
		want.is(t, "TI-03", rows...)
	})
}
