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

// A report of Salesforce has ids of 15 characters, and other tools those of 18.
func TestProposeLongIDs(t *testing.T) {
	t.Parallel()
	p := propose(t, nil,
		tableOf("accounts.csv", "Account ID,Account Name,Account Owner\n0019000000B98de,Acme,Jo\n0010i0000046cD3,Bolt,Jo\n0015000000Gv7qJ,Cogs,Al\n"),
		tableOf("events.csv", "event_id,timestamp,user_email,event_name,org_id\n1,2026-03-01T10:00:00Z,a@a.com,login,0019000000B98deAAB\n2,2026-03-01T11:00:00Z,b@b.com,login,0010i0000046cD3AAI\n3,2026-03-02T11:00:00Z,b@b.com,export,0010i0000046cD3AAI\n"))
	accounts, _ := p.Source("account")
	if b, _ := accounts.Binding("account"); b.Is != `sfid18(col("Account ID"))` {
		t.Errorf("accounts: got %+v, want ids of 18 characters", b)
	}
	events, _ := p.Source("event")
	if b, _ := events.Binding("account"); b.From != "org_id" || events.Ids != "" {
		t.Errorf("events: got %+v in ids %q, want org_id as it is", b, events.Ids)
	}
}

// A customised survey, and a report of opportunities without their first day,
// are read all the same.
func TestProposeThinFiles(t *testing.T) {
	t.Parallel()
	p := propose(t, nil,
		tableOf("companies.csv", "Account ID,Account Name,Account Owner,Annual Revenue,Employees\n1,Acme,Jo,$1200000.50,1200\n2,Bolt,Jo,$2300000.25,3500\n3,Cogs,Al,,\n"),
		tableOf("NPS 2026.csv", "Submitted At,Company,How likely are you to recommend us?,Why?\n25/03/2026,Acme,9,good\n26/03/2026,Bolt,3,\n"),
		tableOf("opportunities.csv", "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Close Date\nx1,Acme deal,Acme,Closed Won,5000.50,03/25/2026\nx2,Bolt deal,Bolt,Negotiation,6000.50,04/25/2026\n"))
	for _, tt := range []struct{ kind, to, want string }{
		{"response", "score", "How likely are you to recommend us?"},
		{"opportunity", "at", "Close Date"},
		{"account", "employees", "Employees"},
	} {
		s, _ := p.Source(tt.kind)
		if b, _ := s.Binding(tt.to); b.From != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.to, tt.kind, b.From, tt.want)
		}
	}
}
