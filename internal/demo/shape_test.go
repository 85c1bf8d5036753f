package demo_test

import (
	"math"
	"slices"
	"testing"
	"time"
)

// Bounds in this file are wide enough for any seed to pass and narrow enough
// to fail when a rhythm, a share or a dependence is lost.

func TestMoneyHasAHeavyTail(t *testing.T) {
	t.Parallel()
	o := options(t, 4000, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	arr := revenue(t, o.Dir, asOf)
	var sorted []float64
	total := 0.0
	for _, x := range arr {
		if x > 0 {
			sorted = append(sorted, x)
			total += x
		}
	}
	slices.Sort(sorted)
	top := 0.0
	for _, x := range sorted[len(sorted)*95/100:] {
		top += x
	}
	within(t, "share of revenue with the top 5 %", top/total, .5, .72)
	within(t, "median revenue", sorted[len(sorted)/2], 7_000, 18_000)

	var logRevenue, logEmployees []float64
	for _, r := range read(t, o.Dir, "exports/accounts.csv") {
		if x := arr[r["account_id"]]; x > 0 && r["employees"] != "" {
			logRevenue = append(logRevenue, math.Log(x))
			logEmployees = append(logEmployees, math.Log(number(t, r["employees"])))
		}
	}
	within(t, "correlation of revenue and employees", correlation(logRevenue, logEmployees), .5, .9)

	before := revenue(t, o.Dir, "2025-06-30")
	opened, left, kept, opening := 0, 0, 0.0, 0.0
	for id, x := range before {
		if x <= 0 {
			continue
		}
		opened++
		opening += x
		kept += min(x, max(arr[id], 0))
		if arr[id] <= 0 {
			left++
		}
	}
	within(t, "logo churn in a year", float64(left)/float64(opened), .05, .15)
	within(t, "gross retention in a year", kept/opening, .86, .98)
}

func TestDiamondsAreThere(t *testing.T) {
	t.Parallel()
	o := options(t, 4000, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	customers, diamonds := 0, 0
	for _, r := range read(t, o.Dir, "truth/accounts.csv") {
		if r["customer"] != "true" {
			continue
		}
		customers++
		if r["diamond"] != "true" {
			continue
		}
		diamonds++
		if number(t, r["arr_usd"]) >= 20_000 || number(t, r["whitespace_usd"]) < 40_000 {
			t.Errorf("%s pays %s and could pay %s more", r["account_id"], r["arr_usd"], r["whitespace_usd"])
		}
	}
	within(t, "share of diamonds", float64(diamonds)/float64(customers), .05, .08)
}

func TestHealthDecidesWhoRenews(t *testing.T) {
	t.Parallel()
	o := options(t, 4000, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	var poor, poorLeave, well, wellLeave float64
	for _, r := range read(t, o.Dir, "truth/accounts.csv") {
		if r["will_renew"] == "" {
			continue
		}
		health, leave := number(t, r["health"]), 0.0
		if r["will_renew"] == "false" {
			leave = 1
		}
		switch {
		case health < .4:
			poor++
			poorLeave += leave
		case health > .7:
			well++
			wellLeave += leave
		}
		if (leave == 1) == (r["churn_reason"] == "") {
			t.Errorf("%s: will renew %s, reason %q", r["account_id"], r["will_renew"], r["churn_reason"])
		}
	}
	within(t, "share of the unwell that will leave", poorLeave/poor, .25, .65)
	within(t, "share of the well that will leave", wellLeave/well, .002, .08)
}

func TestHealthShowsInAnswers(t *testing.T) {
	t.Parallel()
	o := options(t, 3000, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	health := map[string]float64{}
	for _, r := range read(t, o.Dir, "truth/accounts.csv") {
		if r["customer"] == "true" {
			health[r["account_id"]] = number(t, r["health"])
		}
	}
	marks := map[string][]float64{}
	answered := map[string]bool{}
	for _, r := range read(t, o.Dir, "exports/responses.csv") {
		if r["kind"] == "nps" {
			marks[r["account_id"]] = append(marks[r["account_id"]], number(t, r["score"]))
			answered[r["contact_id"]] = true
		}
	}
	var x, y []float64
	for id, list := range marks {
		if h, ok := health[id]; ok {
			sum := 0.0
			for _, m := range list {
				sum += m
			}
			x, y = append(x, h), append(y, sum/float64(len(list)))
		}
	}
	within(t, "correlation of health and NPS", correlation(x, y), .4, .85)
	contacts := read(t, o.Dir, "exports/contacts.csv")
	within(t, "share of contacts that ever answered", float64(len(answered))/float64(len(contacts)), .04, .25)
}

// Who is about to leave uses it less: the last 28 days against the 28 that
// ended 112 days ago.
func TestUseFallsBeforeLeaving(t *testing.T) {
	t.Parallel()
	o := options(t, 3000, asOf)
	write(t, o)
	group := map[string]int{} // 1: about to leave
	for _, r := range read(t, o.Dir, "truth/accounts.csv") {
		if r["will_renew"] == "" {
			continue
		}
		group[r["account_id"]] = 0
		if r["will_renew"] == "false" && r["renewal_due"] != "" && r["renewal_due"] <= "2026-08-15" {
			group[r["account_id"]] = 1
		}
	}
	var now, then [2]float64
	for _, e := range read(t, o.Dir, "exports/events.csv") {
		at, ok := group[e["account_id"]]
		switch day := e["at"][:10]; {
		case !ok:
		case day >= "2026-06-03":
			now[at]++
		case day >= "2026-02-11" && day < "2026-03-11":
			then[at]++
		}
	}
	within(t, "change of use, leavers against others", now[1]/then[1]/(now[0]/then[0]), .15, .75)
}

func TestUsageHasRhythm(t *testing.T) {
	t.Parallel()
	o := options(t, 1500, "2025-12-31")
	o.EventDays = 240
	o.EventsPerAccount = 120
	s := write(t, o)
	within(t, "events of the mean account", float64(s.Rows("events"))/1500, 85, 160)

	industry, left := map[string]string{}, map[string]string{}
	for _, r := range read(t, o.Dir, "exports/accounts.csv") {
		industry[r["account_id"]] = r["industry"]
	}
	for _, r := range read(t, o.Dir, "exports/contacts.csv") {
		left[r["contact_id"]] = r["left_on"]
	}
	type key struct {
		school bool
		month  time.Month
	}
	daily := map[key]float64{}
	var weekday, weekend, working float64
	features, last := map[string]int{}, ""
	for _, e := range read(t, o.Dir, "exports/events.csv") {
		at, err := time.Parse(time.RFC3339, e["at"])
		if err != nil {
			t.Fatal(err)
		}
		if e["at"] < last {
			t.Fatalf("%s comes after %s", e["at"], last)
		}
		last = e["at"]
		features[e["feature"]]++
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			weekend += 1. / 2
		} else {
			weekday += 1. / 5
		}
		if gone := left[e["contact_id"]]; gone != "" && e["at"][:10] > gone {
			t.Errorf("%s: %s left on %s", e["event_id"], e["contact_id"], gone)
		}
		if h := at.Hour(); h >= 7 && h < 22 {
			working++
		}
		daily[key{industry[e["account_id"]] == "Education", at.Month()}]++
	}
	within(t, "a weekday against a day of the weekend", weekday/weekend, 4, 14)
	within(t, "share between 7 and 22 UTC", working/float64(s.Rows("events")), .6, .95)
	within(t, "August against June", daily[key{false, 8}]/daily[key{false, 6}], .55, .9)
	within(t, "December against November", daily[key{false, 12}]/daily[key{false, 11}], .5, .92)
	within(t, "August against June at schools", daily[key{true, 8}]/daily[key{true, 6}], .02, .6)
	if len(features) != 24 {
		t.Errorf("got %d features, want 24", len(features))
	}
}

// What the account teams guess leans on the truth, and is there for some only.
func TestEstimatesAreRough(t *testing.T) {
	t.Parallel()
	o := options(t, 3000, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	potential := map[string]float64{}
	for _, r := range read(t, o.Dir, "truth/accounts.csv") {
		potential[r["account_id"]] = number(t, r["potential_usd"])
	}
	var x, y []float64
	empty := map[string]float64{}
	for _, r := range read(t, o.Dir, "exports/accounts.csv") {
		for column, value := range r {
			if value == "" {
				empty[column] += 1. / 3000
			}
		}
		if r["estimated_potential"] != "" {
			x = append(x, math.Log(potential[r["account_id"]]))
			y = append(y, math.Log(number(t, r["estimated_potential"])))
		}
	}
	within(t, "correlation of potential and its estimate", correlation(x, y), .9, .99)
	within(t, "share without an estimate", empty["estimated_potential"], .5, .8)
	within(t, "share without employees", empty["employees"], .015, .05)
	within(t, "share without an owner", empty["owner"], .004, .03)
	within(t, "share without an industry", empty["industry"], .005, .03)
	within(t, "share without a name", empty["name"], 0, 0)
}

func TestSomeAreSilent(t *testing.T) {
	t.Parallel()
	o := options(t, 2000, asOf)
	write(t, o)
	heard := map[string]bool{}
	for _, e := range read(t, o.Dir, "exports/events.csv") {
		heard[e["account_id"]] = true
	}
	customer := map[string]bool{}
	for _, r := range read(t, o.Dir, "truth/accounts.csv") {
		customer[r["account_id"]] = r["customer"] == "true"
	}
	var all, silent float64
	for _, r := range read(t, o.Dir, "exports/accounts.csv") {
		if r["deployment"] == "on_premise" {
			if heard[r["account_id"]] {
				t.Errorf("%s runs the product itself and sends events", r["account_id"])
			}
			continue
		}
		if customer[r["account_id"]] {
			all++
			if !heard[r["account_id"]] {
				silent++
			}
		}
	}
	within(t, "share of silent customers", silent/all, .02, .12)
}

// correlation is Pearson's.
func correlation(x, y []float64) float64 {
	var mx, my float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(y))
	}
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}
