package suggest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/suggest"
)

const accountsFile = `account_id,name,industry,country,created_at,seats_wanted
A1,Acme,Software,DE,2024-01-05,5
A2,Bolt,Retail,FR,2024-02-06,7
A3,Cogs,Software,DE,2024-03-07,9
A4,Dune,Media,US,2024-04-08,11`

func propose(t *testing.T, answers map[string]string, tables ...suggest.Table) suggest.Proposal {
	t.Helper()
	kinds, err := spec.CatalogKinds()
	if err != nil {
		t.Fatal(err)
	}
	p, err := suggest.Propose(suggest.Request{Tables: tables, Kinds: kinds, Answers: answers})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// short writes what a source reads, one column a word: to<-from.
func short(s suggest.Source) string {
	parts := []string{s.Kind}
	if s.Ids != "" {
		parts = append(parts, "by "+s.Ids)
	}
	for _, n := range s.Columns {
		from := n.From
		switch {
		case n.Is != "":
			from = "(" + n.Is + ")"
		case from == "":
			from = "'" + n.Value + "'"
		}
		parts = append(parts, n.To+"<-"+from)
	}
	if s.Dates != "" {
		parts = append(parts, "dates "+s.Dates)
	}
	return strings.Join(parts, " ")
}

func TestProposeKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, text string
		want             string
	}{
		{
			"contracts with a year's amount", "billing.csv", `contract,customer,from,until,annual
K1,A1,1/31/2026,1/31/2027,120000
K2,A2,3/1/2026,3/1/2027,24000
K3,A3,4/13/2026,4/13/2027,24000`,
			"contract account<-customer id<-contract starts<-from ends<-until arr<-annual dates m/d/Y",
		},
		{
			"contracts with a month's amount", "subscriptions.csv", `subscription_id,account_id,start_date,mrr_eur,seats
S1,A1,2026-01-31,100.50,5
S2,A1,2026-02-28,50.25,5
S3,A3,2026-02-28,50.25,5`,
			"contract account<-account_id id<-subscription_id starts<-start_date seats<-seats arr<-(number(mrr_eur) * 12)",
		},
		{
			"contracts in German", "vertraege.csv", `Vertragsnummer,Kundennummer,Vertragsbeginn,Vertragsende,Jahreswert,Produkt
V1,A1,31.01.2026,31.01.2027,100,Basis
V2,A2,28.02.2026,28.02.2027,200,Basis
V3,A2,01.03.2026,01.03.2027,300,Plus`,
			"contract account<-Kundennummer id<-Vertragsnummer starts<-Vertragsbeginn ends<-Vertragsende product<-Produkt arr<-Jahreswert dates d.m.Y",
		},
		{
			"lines without a number", "contracts.csv", `customer,start_date,end_date,arr
A1,2026-01-31,2027-01-31,100
A1,2026-02-28,2027-02-28,200
A2,2026-01-31,2027-03-01,300`,
			"contract account<-customer starts<-start_date ends<-end_date arr<-arr id<-start_date",
		},
		{
			"usage", "events.csv", `event_id,account_id,user_id,event,timestamp
1,A1,u1,login,2026-01-31T10:00:00Z
2,A1,u2,run,2026-01-31T11:00:00Z
3,A2,u3,run,2026-01-31T12:00:00Z`,
			"event account<-account_id id<-event_id at<-timestamp contact<-user_id name<-event",
		},
		{
			"tickets", "support_cases.csv", `Case Number,Account ID,Priority,Status,Subject,Created Date,Closed Date
1,A1,High,Closed,x,2026-01-31 10:00:00,2026-02-01 10:00:00
2,A1,Low,Open,y,2026-01-31 11:00:00,
3,A3,Low,Open,z,2026-01-31 11:00:00,`,
			"ticket account<-Account ID id<-Case Number at<-Created Date severity<-Priority subject<-Subject closed_at<-Closed Date",
		},
		{
			"answers", "nps_2026.csv", `company,nps_score,comment,submitted_at
A1,9,good,2026-01-31
A2,3,bad,2026-02-28
A2,10,better,2026-03-31`,
			"response account<-company at<-submitted_at score<-nps_score text<-comment kind<-'nps'",
		},
		{
			"opportunities", "deals.csv", `Deal ID,Company ID,Deal Stage,Amount,Create Date,Close Date
D1,A1,Closed Won,100,2026-01-31,2026-03-01
D2,A2,Proposal,200,2026-01-31,2026-04-01
D3,A2,Closed Lost,300,2026-02-28,2026-02-28`,
			`opportunity account<-Company ID id<-Deal ID at<-Create Date stage<-Deal Stage amount<-Amount expected_on<-(date(col("Deal Stage") in ["Closed Lost", "Closed Won"] ? "" : col("Close Date"))) closed_on<-(date(col("Deal Stage") in ["Closed Lost", "Closed Won"] ? col("Close Date") : ""))`,
		},
		{
			"weekly readings", "weekly_usage.csv", `account_id,week_start,active_users
A1,2026-01-05,4
A1,2026-01-12,5
A2,2026-01-12,5`,
			"reading account<-account_id starts<-week_start ends<-(date(week_start) + 7d) value<-active_users name<-'active_seats'",
		},
		{
			"order lines", "orders.csv", `order_id,customer_id,order_date,product,quantity,amount
O1,A1,2026-01-05,p,1,10.5
O1,A1,2026-01-05,q,2,20.5
O2,A2,2026-01-12,p,3,30.5`,
			"order_line account<-customer_id at<-order_date invoice<-order_id product<-product quantity<-quantity amount<-amount",
		},
		{
			"people of the customers", "contacts.csv", `contact_id,account_id,full_name,email,job_title
p1,A1,Ann,ann@acme.example,CFO
p2,A1,Bob,bob@acme.example,CIO
p3,A2,Cid,cid@bolt.example,CIO`,
			"contact account<-account_id contact<-contact_id name<-full_name email<-email role<-job_title",
		},
		{
			"contracts that name the company", "contracts.csv", `contract,company,start_date,arr
K1,Acme,2026-01-31,100
K2,Bolt,2026-02-28,200
K3,Bolt,2026-02-28,200`,
			"contract by name account<-company id<-contract starts<-start_date arr<-arr",
		},
		{
			"an id whose name says nothing, found by its values", "usage_log.csv", `who,feature,when_used
A1,reports,2026-01-05
A2,reports,2026-01-12
A2,export,2026-01-12`,
			"event account<-who at<-when_used feature<-feature name<-'usage_log'",
		},
		{"a list of products", "products.csv", "product,series,price\np,x,1\nq,x,2\nr,y,3", ""},
		{"a dictionary", "dictionary.csv", "Table,Field,Description\na,b,c\nd,e,f", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf(tt.file, tt.text))
			got := ""
			for _, s := range p.Sources {
				if s.Table == tt.file {
					got = short(s)
				}
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("(-got +want):\n%s\n%+v", diff, p.Skipped)
			}
			if (len(p.Skipped) > 0) != (tt.want == "") {
				t.Errorf("skipped: got %+v", p.Skipped)
			}
		})
	}
}

func TestProposeAccounts(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", accountsFile))
	want := "account account<-account_id name<-name industry<-industry country<-country created_on<-created_at valid_from<-created_at seats_wanted<-seats_wanted"
	if got := short(p.Sources[0]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if diff := cmp.Diff(p.Traits, []suggest.Trait{{Name: "seats_wanted", Type: "number", Title: "Seats wanted"}}); diff != "" {
		t.Errorf("traits (-got +want):\n%s", diff)
	}
	if len(p.Questions) > 0 {
		t.Errorf("questions: got %+v, want none: there is no amount", p.Questions)
	}
}

// Where no file lists the accounts, the one that names the most is read for
// them too; what differs between rows of one account is none of its traits.
func TestProposeDerivesAccounts(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Order ID,Customer ID,Customer,Industry,Country,Order Date,Sales\n")
	for i := range 40 {
		fmt.Fprintf(&b, "O%d,%d,Name %d,I%d,C%d,2026-01-%02d,%d.5\n", i, i%5, i%5, i%5%2, i%7, i%28+1, i)
	}
	p := propose(t, nil, tableOf("sales.csv", b.String()))
	if len(p.Sources) != 2 {
		t.Fatalf("sources: got %+v", p.Sources)
	}
	if got, want := short(p.Sources[0]), "account account<-Customer ID name<-Customer industry<-Industry"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if diff := cmp.Diff(p.Sources[0].Left, []suggest.Left{{Column: "Country", Why: "it differs between rows of one account, so it is none of the account's"}}); diff != "" {
		t.Errorf("left out (-got +want):\n%s", diff)
	}
}

// Rows that name a subscription find their account through the subscriptions.
func TestProposeThrough(t *testing.T) {
	t.Parallel()
	var subscriptions, usage strings.Builder
	subscriptions.WriteString("subscription_id,account_id,start_date,arr\n")
	usage.WriteString("usage_id,subscription_id,usage_date,feature_name\n")
	for i := range 20 {
		fmt.Fprintf(&subscriptions, "S%d,A%d,2026-01-%02d,1%d\n", i, i%4+1, i+1, i)
		fmt.Fprintf(&usage, "U%d,S%d,2026-01-%02d,f\nV%d,S%d,2026-01-%02d,g\n", i, i, i+1, i, i, i+2)
	}
	p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("subscriptions.csv", subscriptions.String()), tableOf("usage.csv", usage.String()))
	found := false
	for _, s := range p.Sources {
		if s.Name == "accounts_by_subscription" {
			found = true
			if diff := cmp.Diff(s.Keys, map[string]string{"subscription": "subscription_id"}); diff != "" {
				t.Errorf("keys (-got +want):\n%s", diff)
			}
		}
		if s.Kind == "event" && (s.Ids != "subscription" || s.Columns[0].From != "subscription_id") {
			t.Errorf("usage: got ids %q and %s", s.Ids, short(s))
		}
	}
	if !found {
		t.Errorf("no source says whose a subscription is: %+v", p.Skipped)
	}
}

func TestProposeAsks(t *testing.T) {
	t.Parallel()
	ambiguous := tableOf("contracts.csv", `customer,contract,start_date,arr
A1,K1,3/4/2026,100
A2,K2,5/6/2026,200
A3,K3,7/8/2026,300`)
	amounts := tableOf("billing.csv", `customer,contract,start_date,end_date,amount
A1,K1,2026-01-31,2027-01-31,100
A2,K2,2026-01-31,2028-01-31,200
A3,K3,2026-01-31,2028-01-31,300`)
	accounts := tableOf("accounts.csv", accountsFile)
	for _, tt := range []struct {
		name    string
		table   suggest.Table
		answers map[string]string
		open    []string
		want    string
	}{
		{"dates that can be read in two ways", ambiguous, nil, []string{"dates.contracts"}, ""},
		{
			"the same, answered", ambiguous,
			map[string]string{"dates.contracts": "d/m/Y"},
			nil,
			"contract account<-customer id<-contract starts<-start_date arr<-arr dates d/m/Y",
		},
		{"an amount of nobody knows what", amounts, nil, []string{"amount.billing"}, ""},
		{
			"a month's", amounts,
			map[string]string{"amount.billing": "month"},
			nil,
			"contract account<-customer id<-contract starts<-start_date ends<-end_date arr<-(number(amount) * 12)",
		},
		{
			"the whole term's", amounts,
			map[string]string{"amount.billing": "term"},
			nil,
			"contract account<-customer id<-contract starts<-start_date ends<-end_date arr<-(number(amount) * 12 / months_between(date(start_date), date(end_date)))",
		},
		{
			"another kind", amounts, map[string]string{"kind.billing": "opportunity", "currency": "EUR"}, nil, "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, tt.answers, accounts, tt.table)
			var open []string
			for _, q := range p.Open() {
				open = append(open, q.Key)
			}
			if diff := cmp.Diff(open, tt.open); diff != "" {
				t.Errorf("open questions (-got +want):\n%s", diff)
			}
			if s, ok := p.Source("contract"); tt.want != "" && (!ok || short(s) != tt.want) {
				t.Errorf("got  %s\nwant %s", short(s), tt.want)
			}
		})
	}
}

// Without contracts, won opportunities may be taken for some: nobody but the
// user knows.
func TestProposeWon(t *testing.T) {
	t.Parallel()
	accounts := tableOf("accounts.csv", accountsFile)
	deals := tableOf("deals.csv", `Opportunity ID,Account ID,Stage,Amount,Created Date,Close Date
D1,A1,Closed Won,100,1/31/2026,3/21/2026
D2,A2,Proposal,200,1/31/2026,4/21/2026
D3,A2,Closed Lost,300,2/28/2026,2/28/2026`)
	p := propose(t, nil, accounts, deals)
	if _, ok := p.Source("contract"); ok {
		t.Error("contracts were made without being asked for")
	}
	if v, ok := p.Value(); !ok || v.Metric != "won" || v.IsARR {
		t.Errorf("value: got %+v, want what was won", v)
	}
	p = propose(t, map[string]string{"won.deals": "contracts"}, accounts, deals)
	s, _ := p.Source("contract")
	if s.Recipe != "won_opportunities" || s.Dates != "m/d/Y" {
		t.Errorf("contracts: got %+v", s)
	}
	if v, ok := p.Value(); !ok || !v.IsARR {
		t.Errorf("value: got %+v, want ARR", v)
	}
}

func TestProposeRefusesAnswers(t *testing.T) {
	t.Parallel()
	kinds, err := spec.CatalogKinds()
	if err != nil {
		t.Fatal(err)
	}
	tables := []suggest.Table{tableOf("accounts.csv", accountsFile), tableOf("contracts.csv", "customer,start_date,arr\nA1,3/4/2026,5\nA2,5/6/2026,6")}
	for _, tt := range []struct{ key, value, want string }{
		{"date.contracts", "d/m/Y", `the answer "date.contracts" answers no question (did you mean "dates.contracts"?)`},
		{"kind.contracts", "contrat", `the answer kind.contracts=contrat is none of account, contact, contract, event, response, activity, ticket, opportunity, reading, teammate, fx_rate, order_line, none (did you mean "contract"?)`},
		{"dates.contracts", "dmy", "the answer dates.contracts=dmy is none of d/m/Y, m/d/Y"},
	} {
		_, err := suggest.Propose(suggest.Request{Tables: tables, Kinds: kinds, Answers: map[string]string{tt.key: tt.value}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s=%s: got %v, want %s", tt.key, tt.value, err, tt.want)
		}
	}
}

// One export in three date formats is one source; monthly exports of one layout
// are one source as well.
func TestProposeGroups(t *testing.T) {
	t.Parallel()
	rows := func(layout string) string {
		var b strings.Builder
		b.WriteString("deal_id,account_id,stage,amount,create_date\n")
		for i := range 20 {
			date := map[string]string{"iso": "2026-01-%02d", "us": "1/%d/2026", "de": "%02d.01.2026"}[layout]
			fmt.Fprintf(&b, "D%d,A1,Won,5,"+date+"\n", i, i+1)
		}
		return b.String()
	}
	p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("deals.csv", rows("iso")),
		tableOf("deals.us.csv", rows("us")), tableOf("deals.de.csv", rows("de")))
	if s, _ := p.Source("opportunity"); len(p.Skipped) != 2 || !cmp.Equal(s.Files, []string{"deals.csv"}) {
		t.Errorf("copies: got %v, skipped %+v", s.Files, p.Skipped)
	}
	p = propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("deals-2026-01-31.csv", rows("iso")), tableOf("deals-2026-02-28.csv", rows("iso")))
	if s, _ := p.Source("opportunity"); len(p.Skipped) != 0 || !cmp.Equal(s.Files, []string{"deals-*.csv"}) {
		t.Errorf("monthly: got %v, skipped %+v", s.Files, p.Skipped)
	}
}

// What is written is a strategy that can be loaded, whatever the names in it.
func TestYAMLLoads(t *testing.T) {
	t.Parallel()
	hostile := tableOf("accounts: #1.csv", "Account ID,Name,\"yes\": {x},#,null,Type\nA1,Acme,1,2,x,a\nA2,Bolt,2,3,y,b\nA3,Cogs,4,4,x,a")
	deals := tableOf("deals.csv", "Deal ID,Account ID,Stage,Amount,Create Date\nD1,A1,\"Won\": x,100,2026-01-31\nD2,A2,Closed Won,200,2026-01-31\nD3,A2,yes,1,2026-01-31")
	p := propose(t, nil, hostile, deals)
	folder := t.TempDir()
	for name, text := range map[string]string{"strategy.yaml": p.StrategyYAML("yes", "UTC"), "sources.yaml": p.YAML()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, found := spec.Load(os.DirFS(folder))
	if s == nil {
		t.Fatalf("%v\n%s", found.Err(), p.YAML())
	}
	if len(s.Sources) != 2 || s.Sources[0].Files[0] != "accounts: #1.csv" {
		t.Errorf("sources: got %+v", s.Sources)
	}
}

func TestProposeGivesStrangersTheirOwnIDs(t *testing.T) {
	t.Parallel()
	billing := `subscription,customer,customer_name,email,start,end,annual_amount
s1,cus_1,Acme Inc.,billing@acme.example,2026-01-01,2027-01-01,120000
s2,cus_2,Bolt LLC,office@bolt.example,2026-02-01,2027-02-01,30000`
	tickets := `ticket_id,customer,created_at,priority,status
t1,cus_2,2026-03-01,high,open
t2,cus_1,2026-03-02,low,closed
t3,cus_2,2026-03-03,low,open`
	p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("billing.csv", billing), tableOf("tickets.csv", tickets))
	var got []string
	for _, s := range p.Sources {
		got = append(got, s.Name+": "+s.Kind+" by "+s.Ids)
	}
	want := []string{"accounts: account by ", "billing_accounts: account by billing", "billing: contract by billing", "tickets: ticket by billing"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("sources: got -, want +\n%s", diff)
	}

	same := strings.NewReplacer("cus_1", "A1", "cus_2", "A3").Replace(billing)
	p = propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("billing.csv", same))
	if n := p.AccountSources(); n != 1 {
		t.Errorf("rows that name listed accounts: got %d sources of accounts, want 1", n)
	}
}

func TestProposeElse(t *testing.T) {
	t.Parallel()
	crm := "Account ID,Account Name,Industry,Website\nA1,Acme,Media,acme.example\nA2,Bolt,Retail,bolt.example\nA3,Cogs,Media,cogs.example"
	for _, tt := range []struct {
		name, site, yaml string
	}{
		{"a row without the place on the web", "", `account: {from: Website, else: Bill-to name}`},
		{"rows with one each", "cogs.example", `account: Website `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			billing := "Subscription,Bill-to name,Website,ARR,Start,End\ns1,Acme Inc,acme.example,120,2026-01-01,2027-01-01\n" +
				"s2,Bolt Ltd,bolt.example,80,2026-01-01,2027-01-01\ns3,Cogs," + tt.site + ",60,2026-01-01,2027-01-01"
			got := propose(t, map[string]string{"currency": "USD"}, tableOf("crm.csv", crm), tableOf("billing.csv", billing)).YAML()
			if !strings.Contains(got, tt.yaml) {
				t.Errorf("got, want %q in it:\n%s", tt.yaml, got)
			}
			if left := strings.Contains(got, "Left out: Bill-to name"); left != (tt.site != "") {
				t.Errorf("left out: got %v:\n%s", left, got)
			}
		})
	}
}
