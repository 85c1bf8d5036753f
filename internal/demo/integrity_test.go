package demo_test

import (
	"fmt"
	"math"
	"net/mail"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/demo"
)

// columns that each export has at least, by file; the first is its key where
// it has one.
var columns = map[string]string{
	"accounts":      "account_id,name,parent_id,entity,owner,industry,line_of_business,country,region,language,time_zone,employees,annual_revenue,founded,created_on,expected_end,internal,estimated_potential,estimated_months",
	"contacts":      "contact_id,account_id,name,email,role,decision_maker,champion,language",
	"contracts":     "contract_id,account_id,product,starts,ends,arr,currency,seats,quota,supersedes,signed_on",
	"fx_rates":      "currency,date,rate",
	"events":        "event_id,account_id,contact_id,name,product,feature,at,quantity",
	"responses":     "response_id,account_id,contact_id,kind,subject,score,text,at",
	"tickets":       "ticket_id,account_id,contact_id,severity,opened_at,closed_at,subject,category",
	"activities":    "activity_id,account_id,contact_id,kind,minutes,teammate,at",
	"milestones":    "account_id,name,planned_on,due_on,reached_on",
	"opportunities": "opportunity_id,account_id,product,stage,amount,currency,created_on,expected_on,closed_on",
	"advocacy":      "advocacy_id,account_id,kind,at",
	"teammates":     "teammate,email,role,capacity_hours,region,languages",
	"readings":      "account_id,name,starts,ends,value",
}

func TestExportsHang(t *testing.T) {
	t.Parallel()
	o := options(t, 300, asOf)
	write(t, o)
	files := map[string][]map[string]string{}
	keys := map[string]map[string]bool{}
	for name, header := range columns {
		files[name] = read(t, o.Dir, "exports/"+name+".csv")
		keys[name] = keysOf(t, name, strings.Split(header, ","), files[name])
	}
	references := map[string]string{
		"account_id": "accounts", "parent_id": "accounts", "contact_id": "contacts",
		"owner": "teammates", "teammate": "teammates", "supersedes": "contracts", "renews": "contracts",
	}
	optional := map[string]bool{
		"accounts.parent_id": true, "accounts.owner": true, "activities.contact_id": true,
		"events.contact_id": true, "contracts.supersedes": true, "contracts.renews": true,
	}
	for name, rows := range files {
		for column, other := range references {
			for _, row := range rows {
				value, ok := row[column]
				if !ok || value == "" && optional[name+"."+column] {
					continue
				}
				if !keys[other][value] {
					t.Fatalf("%s: %s %q is not in %s", name, column, value, other)
				}
			}
		}
	}
}

// keysOf returns the keys of a file and checks that each is there once.
func keysOf(t *testing.T, name string, header []string, rows []map[string]string) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, row := range rows {
		for _, column := range header {
			if _, ok := row[column]; !ok {
				t.Fatalf("%s has no column %s", name, column)
			}
		}
		key := row[header[0]]
		switch name {
		case "fx_rates":
			key += row["date"]
		case "milestones":
			key += row["name"]
		case "readings":
			key = row["reading_id"]
		}
		if key == "" || keys[key] {
			t.Fatalf("%s: key %q is empty or there twice", name, key)
		}
		keys[key] = true
	}
	return keys
}

func TestContactsAreOfTheirAccount(t *testing.T) {
	t.Parallel()
	o := options(t, 300, asOf)
	write(t, o)
	owners := map[string]string{}
	for _, c := range read(t, o.Dir, "exports/contacts.csv") {
		owners[c["contact_id"]] = c["account_id"]
		if at, err := mail.ParseAddress(c["email"]); err != nil || !strings.HasSuffix(at.Address, ".example") {
			t.Errorf("contact %s: address %q is not of a reserved domain", c["contact_id"], c["email"])
		}
	}
	for name := range columns {
		for _, row := range read(t, o.Dir, "exports/"+name+".csv") {
			if who := row["contact_id"]; who != "" && owners[who] != row["account_id"] {
				t.Fatalf("%s: contact %s is not of account %s", name, who, row["account_id"])
			}
		}
	}
}

// What becomes known later is not in the exports.
func TestNothingFromTheFuture(t *testing.T) {
	t.Parallel()
	o := options(t, 300, asOf)
	write(t, o)
	planned := map[string]bool{"starts": true, "ends": true, "due_on": true, "expected_on": true, "expected_end": true}
	for name := range columns {
		for _, row := range read(t, o.Dir, "exports/"+name+".csv") {
			for column, value := range row {
				isDay := strings.HasSuffix(column, "_on") || column == "date" || column == "starts" || column == "ends" || column == "expected_end"
				isTime := column == "at" || strings.HasSuffix(column, "_at")
				if value == "" || !isDay && !isTime {
					continue
				}
				layout := time.DateOnly
				if isTime {
					layout = time.RFC3339
				}
				at, err := time.Parse(layout, value)
				if err != nil {
					t.Fatalf("%s.%s: %v", name, column, err)
				}
				if !planned[column] && !at.Before(o.AsOf.AddDate(0, 0, 1)) {
					t.Fatalf("%s.%s is %s, after %s", name, column, value, asOf)
				}
			}
		}
	}
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	o := options(t, 3000, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	parent, entity, children := map[string]string{}, map[string]string{}, map[string]int{}
	rows := read(t, o.Dir, "exports/accounts.csv")
	nonASCII := 0
	for _, r := range rows {
		parent[r["account_id"]], entity[r["account_id"]] = r["parent_id"], r["entity"]
		if r["parent_id"] != "" {
			children[r["parent_id"]]++
		}
		if strings.IndexFunc(r["name"], func(c rune) bool { return c > 127 && c != '–' }) >= 0 {
			nonASCII++
		}
	}
	deepest, beneath := 0, 0
	for id := range parent {
		depth := 1
		for at := id; parent[at] != ""; at = parent[at] {
			if depth++; depth > len(rows) {
				t.Fatalf("%s is beneath itself", id)
			}
		}
		deepest = max(deepest, depth)
		if depth > 1 {
			beneath++
		} else if entity[id] != "company" {
			t.Errorf("%s is at the top and a %s", id, entity[id])
		}
		if entity[id] == "company" && entity[parent[id]] == "department" {
			t.Errorf("%s is a company beneath a department", id)
		}
	}
	if deepest != 4 {
		t.Errorf("got families of at most %d levels, want 4", deepest)
	}
	within(t, "share beneath a parent", float64(beneath)/float64(len(rows)), .09, .14)
	within(t, "share of names beyond ASCII", float64(nonASCII)/float64(len(rows)), .1, .4)
	for id, n := range children {
		if id != "A000007" && n >= children["A000007"] {
			t.Errorf("%s has %d children, the investor %d", id, n, children["A000007"])
		}
	}
}

func TestContractsMakeSense(t *testing.T) {
	t.Parallel()
	o := options(t, 1500, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	lines := read(t, o.Dir, "exports/contracts.csv")
	byID := map[string]map[string]string{}
	for _, l := range lines {
		byID[l["contract_id"]] = l
	}
	seen := map[string]int{}
	for _, l := range lines {
		checkLine(t, l)
		seen[l["kind"]]++
		seen[l["currency"]]++
		if l["ends"] == "" {
			seen["open-ended"]++
		}
		if l["starts"] > asOf {
			seen["starts later"]++
		}
		for _, column := range []string{"supersedes", "renews"} {
			if l[column] != "" {
				seen[checkLink(t, column, l, byID[l[column]])]++
			}
		}
	}
	for _, what := range []string{
		"open-ended", "starts later", "new", "renewal", "upgrade", "contraction", "pilot", "credit",
		"supersedes", "late", "USD", "EUR", "GBP", "JPY",
	} {
		if seen[what] < 3 {
			t.Errorf("got %d lines that are %q, want some", seen[what], what)
		}
	}
}

// checkLine checks what one contract line says by itself.
func checkLine(t *testing.T, l map[string]string) {
	t.Helper()
	id := l["contract_id"]
	if l["ends"] != "" && l["ends"] <= l["starts"] {
		t.Errorf("%s runs from %s to %s", id, l["starts"], l["ends"])
	}
	if l["canceled_on"] != "" && l["ends"] == "" {
		t.Errorf("%s is cancelled and has no end", id)
	}
	amount := number(t, l["arr"])
	switch kind := l["kind"]; {
	case kind == "pilot" && amount != 0, kind == "credit" && amount >= 0, kind != "pilot" && kind != "credit" && amount <= 0:
		t.Errorf("%s: a %s of %s", id, kind, l["arr"])
	}
	if l["currency"] == "JPY" && strings.Contains(l["arr"], ".") {
		t.Errorf("%s: %s JPY", id, l["arr"])
	}
	if l["kind"] != "credit" && (l["seats"] == "") == (l["quota"] == "") {
		t.Errorf("%s: got %q seats and quota %q, want one of them", id, l["seats"], l["quota"])
	}
}

// checkLink checks a line against the old one that it names in the column, and
// says what the link is: "supersedes", "renews", or "late" after a gap.
func checkLink(t *testing.T, column string, l, old map[string]string) string {
	t.Helper()
	if old == nil || l["contract_id"] == old["contract_id"] || old["account_id"] != l["account_id"] ||
		old["product"] != l["product"] || old["starts"] >= l["starts"] || old["signed_on"] > l["signed_on"] {
		t.Errorf("%s %s %s: not an earlier line of the same account and product", l["contract_id"], column, l[column])
	}
	if column == "supersedes" && old["ends"] != "" && old["ends"] <= l["starts"] {
		t.Errorf("%s supersedes %s, which had ended", l["contract_id"], l[column])
	}
	if column == "renews" && old["ends"] != "" && old["ends"] < l["starts"] {
		return "late"
	}
	return column
}

// Recurring revenue computed from the exports alone is what the truth says.
func TestRevenueAgrees(t *testing.T) {
	t.Parallel()
	o := options(t, 1500, asOf)
	o.EventsPerAccount = .1
	write(t, o)
	got := revenue(t, o.Dir, asOf)
	for _, r := range read(t, o.Dir, "truth/accounts.csv") {
		if want := number(t, r["arr_usd"]); math.Abs(got[r["account_id"]]-want) > .006 {
			t.Errorf("%s: got %.2f, want %.2f", r["account_id"], got[r["account_id"]], want)
		}
	}
}

// revenue returns the recurring revenue in force on a day in USD, at the rates
// of the first month.
func revenue(t testing.TB, dir, day string) map[string]float64 {
	t.Helper()
	rate := map[string]float64{"USD": 1}
	for _, r := range read(t, dir, "exports/fx_rates.csv") {
		if _, ok := rate[r["currency"]]; !ok {
			rate[r["currency"]] = number(t, r["rate"])
		}
	}
	lines := read(t, dir, "exports/contracts.csv")
	replaced := map[string]bool{}
	for _, l := range lines {
		if l["starts"] <= day && l["signed_on"] <= day {
			replaced[l["supersedes"]] = true
		}
	}
	sum := map[string]float64{}
	for _, l := range lines {
		if l["signed_on"] <= day && l["starts"] <= day && (l["ends"] == "" || day < l["ends"]) && !replaced[l["contract_id"]] {
			sum[l["account_id"]] += number(t, l["arr"]) * rate[l["currency"]]
		}
	}
	return sum
}

func TestTeammatesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	names, addresses := map[string]bool{}, map[string]bool{}
	for block := range demo.MaxAccounts / 250 {
		for member := range demo.TeamSize {
			name, address := demo.TeammateOf(block, member)
			if names[name] || addresses[address] {
				t.Fatalf("there are two of %s (%s)", name, address)
			}
			names[name], addresses[address] = true, true
		}
	}
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if !(got >= low && got <= high) {
		t.Errorf("%s: got %s, want %s to %s", what, short(got), short(low), short(high))
	}
}

func short(x float64) string { return fmt.Sprintf("%.4g", x) }
