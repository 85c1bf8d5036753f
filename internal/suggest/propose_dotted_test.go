package suggest_test

import (
	"fmt"
	"strings"
	"testing"
)

// Exports of billing tools put the table before each column: those of the file
// itself, and of whom each row is.
func TestProposeColumnsOfTables(t *testing.T) {
	t.Parallel()
	const text = "subscriptions.id,customers.id,customers.company,subscriptions.status,subscriptions.currency_code,subscriptions.mrr,subscriptions.started_at,subscriptions.current_term_end\n" +
		"s1,c1,Acme,active,USD,100.50,2026-01-01,2027-01-01\ns2,c2,Bolt,active,EUR,200.00,2026-02-01,2027-02-01\ns3,c3,Cogs,active,USD,300.00,2026-03-01,2027-03-01\n"
	p := propose(t, nil, tableOf("billing.csv", text))
	s, ok := p.Source("contract")
	if !ok {
		t.Fatalf("got %v, want contracts", p.Sources)
	}
	const want = "contract account<-customers.id id<-subscriptions.id starts<-subscriptions.started_at arr<-(number(col(\"subscriptions.mrr\")) * 12)"
	if got := short(s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Counts are small numbers, and so among the running numbers of any other file;
// they name nobody.
func TestProposeCountsAreNoIDs(t *testing.T) {
	t.Parallel()
	survey, usage := "Response ID,Email,Score,Submitted\n", "week_start,account_domain,weekly_active_users\n"
	for i := range 40 {
		survey += fmt.Sprintf("%d,p%d@c%d.com,%d,2026-03-%02d\n", i+1, i, i, i%11, 1+i%28)
		usage += fmt.Sprintf("2026-03-02,c%d.com,%d\n2026-03-09,c%d.com,%d\n", i, 1+i%30, i, 1+i%20)
	}
	p := propose(t, nil, tableOf("companies.csv", "Record ID,Company name,Website\n1001,Acme,c1.com\n1002,Bolt,c2.com\n1003,Cogs,\n"),
		tableOf("nps_survey.csv", survey), tableOf("product_usage.csv", usage))
	s, ok := p.Source("reading")
	if !ok {
		t.Fatalf("got %v, want readings", p.Sources)
	}
	if b, _ := s.Binding("account"); b.From != "account_domain" {
		t.Errorf("whose: got %q, want account_domain", b.From)
	}
	for _, other := range p.Sources {
		if other.Kind == "account" && strings.Contains(strings.Join(other.Files, ""), "survey") {
			t.Errorf("got %s, want no accounts of a survey", other.Name)
		}
	}
}
