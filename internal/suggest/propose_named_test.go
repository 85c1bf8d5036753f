package suggest_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/suggest"
)

// whoseOf writes how each source finds its accounts: kind, column, id space.
func whoseOf(p suggest.Proposal) string {
	var list []string
	for _, s := range p.Sources {
		n, _ := s.Binding("account")
		keys := ""
		for space, from := range s.Keys {
			keys += " " + space + "=" + from
		}
		list = append(list, s.Kind+"<-"+n.From+" "+s.Ids+keys)
	}
	return strings.Join(list, "; ")
}

// Without a list of accounts, tickets that name companies find them through the
// subscriptions, which have ids and names; two files do so by one source.
func TestProposeThroughNames(t *testing.T) {
	t.Parallel()
	p := propose(t, nil,
		tableOf("subscriptions.csv", "customer_id,customer.company,started,ends,mrr\nc1,Acme,2026-01-01,2027-01-01,5.50\nc2,Bolt,2026-01-01,2027-01-01,7\nc3,Cogs,2026-01-01,2027-01-01,8"),
		tableOf("tickets.csv", "Ticket ID,Company Name,Subject,Created at\n1,Acme,x,2026-02-01\n2,Bolt,y,2026-02-02\n3,Acme,y,2026-02-03\n4,Cogs,y,2026-02-04\n5,Cogs,y,2026-02-04"),
		tableOf("events.csv", "insert_id,user_id,event_type,event_time,company\n1,u1,login,2026-02-01 10:00:00,Acme\n2,u2,login,2026-02-01 10:00:00,Bolt\n3,u1,export,2026-02-01 10:00:00,Acme\n4,u1,export,2026-02-01 10:00:00,Cogs\n5,u9,export,2026-02-01 10:00:00,Cogs"))
	const want = "account<-customer_id  customer_company=customer.company; account<-customer_id ; contract<-customer_id ; event<-company customer_company; ticket<-Company Name customer_company"
	if got := whoseOf(p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A list of companies of a tool for customer success has the ids of the CRM, and
// a survey that asks for the company's name is about it.
func TestProposeListOfCustomerSuccess(t *testing.T) {
	t.Parallel()
	p := propose(t, nil,
		tableOf("gainsight_company.csv", "GSID,Name,SFDC Account ID,Status,ARR,CSM\n1P01,Acme,001A,Active,120000,Ivy\n1P02,Bolt,001B,Active,6000,Max\n1P03,Cogs,001C,Churned,0,Max"),
		tableOf("survey.csv", "What's your company's name?,What is your work email?,How likely are you to recommend us to a colleague?,Submit Date (UTC)\nAcme,a@x.io,9,2026-02-01\nBolt,b@y.io,3,2026-02-02\nAcme,c@x.io,10,2026-02-03"))
	const want = "account<-SFDC Account ID  name=Name; response<-What's your company's name? name"
	if got := whoseOf(p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s, _ := p.Source("account")
	if _, ok := s.Binding("account_arr"); !ok {
		t.Errorf("what the list says of ARR is no trait account_arr: %s", p.YAML())
	}
}

// A formula reads a column by its whole name: "a" is no part of "add_months".
func TestAsks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		formula, column string
		want            bool
	}{
		{"number(mrr) * 12", "mrr", true},
		{"add_months(date(starts), 1)", "a", false},
		{"number(mrr_total) * mrr", "mrr", true},
		{"number(mrr_total) * 12", "mrr", false},
		{`number(col("Annual Fee"))`, "Annual Fee", true},
		{"", "mrr", false},
	} {
		if got := suggest.Asks(tt.formula, tt.column); got != tt.want {
			t.Errorf("%q in %q: got %v", tt.column, tt.formula, got)
		}
	}
}
