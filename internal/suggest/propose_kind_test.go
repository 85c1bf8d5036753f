package suggest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/suggest"
)

const companiesFile = `Company ID,Company,Website,Industry,Owner
C1,Acme Inc,https://www.acme.example,Software,Ann
C2,Bolt Ltd,bolt.example,Retail,Bob
C3,Cogs GmbH,cogs.example,Retail,Bob
C4,Echo LLC,http://echo.example/,Media,Ann`

// Terms and an amount say more than a name and a web site do, which a list of
// accounts has as well.
func TestProposeTerms(t *testing.T) {
	t.Parallel()
	const rest = ` account<-Website id<-id starts<-Start ends<-(date(End) + 1d) arr<-Annual amount seats<-Seats canceled_on<-(date(Status.or("") in ["canceled"] ? End : ""))`
	for _, tt := range []struct {
		name, file, text string
		want             string
	}{
		{
			"web sites written otherwise", "billing_subscriptions.csv", `id,Website,Bill-to name,Start,End,Annual amount,Currency,Seats,Status
sub_1,acme.example,ACME Incorporated,2026-01-01,2026-12-31,120000,USD,50,active
sub_2,www.bolt.example,Bolt,2026-02-01,2027-01-31,24000,USD,10,active
sub_3,www.cogs.example,Cogs,2025-06-01,2026-05-31,9000,USD,5,canceled
sub_4,echo.example,Echo,2026-03-01,2027-02-28,60000,USD,25,active`,
			"contract by billing_subscriptions" + rest,
		},
		{
			"web sites as they are listed", "billing_subscriptions.csv", `id,Website,Bill-to name,Start,End,Annual amount,Currency,Seats,Status
sub_1,https://www.acme.example,ACME Incorporated,2026-01-01,2026-12-31,120000,USD,50,active
sub_2,bolt.example,Bolt,2026-02-01,2027-01-31,24000,USD,10,active
sub_3,bolt.example,Bolt,2025-06-01,2026-05-31,9000,USD,5,canceled
sub_4,http://echo.example/,Echo,2026-03-01,2027-02-28,60000,USD,25,active`,
			"contract by website" + rest,
		},
		{
			"one line for each account", "customers.csv", `Customer,Website,Start,End,Annual amount
ACME Incorporated,acme.example,2026-01-01,2026-12-31,120000
Bolt,www.bolt.example,2026-02-01,2027-01-31,24000
Cogs,www.cogs.example,2025-06-01,2026-05-31,9000`,
			"contract by customers account<-Customer starts<-Start ends<-(date(End) + 1d) arr<-Annual amount id<-Customer",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("companies.csv", companiesFile), tableOf(tt.file, tt.text))
			s, ok := p.Source("contract")
			if !ok {
				t.Fatalf("no contracts: %+v\n%+v", p.Sources, p.Skipped)
			}
			if got := short(s); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if s.Confidence == suggest.Guess {
				t.Errorf("confidence: got %s", s.Confidence)
			}
		})
	}
}

// What a file holds is asked where it is a guess, and no more once it is said.
func TestProposeAsksWhatAFileHolds(t *testing.T) {
	t.Parallel()
	tables := []suggest.Table{tableOf("accounts.csv", accountsFile), tableOf("things.csv", `company,feature,pieces,date,type
A1,a,3,2026-01-31,x
A2,b,4,2026-02-28,x
A2,b,5,2026-03-31,y`)}
	p := propose(t, nil, tables...)
	i := slices.IndexFunc(p.Questions, func(q suggest.Question) bool { return q.Key == "kind.things" })
	if i < 0 {
		t.Fatalf("nothing is asked: %+v", p.Sources)
	}
	q := p.Questions[i]
	if q.Preset == "" || !strings.Contains(q.Text, "is a guess") {
		t.Errorf("got %+v", q)
	}
	for _, kind := range []string{"contract", "response", "reading", "none"} {
		if !slices.ContainsFunc(q.Choices, func(c suggest.Choice) bool { return c.Answer == kind && c.Means != "" }) {
			t.Errorf("%s is no choice: %+v", kind, q.Choices)
		}
	}
	p = propose(t, map[string]string{"kind.things": q.Preset}, tables...)
	if slices.ContainsFunc(p.Questions, func(q suggest.Question) bool { return q.Key == "kind.things" }) {
		t.Errorf("asked again: %+v", p.Questions)
	}
}

// Who answered with an e-mail address alone belongs to the account of its
// domain, which is for segue match to find: nobody is listed as an account.
func TestProposeAnswersByEmail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"with a capital", `Submitted,E-mail,score,Comment
2026-10-01,ann@acme.example,9,good
2026-10-02,bob@bolt.example,3,bad
2026-10-03,x@gmail.com,10,nice`, "response by nps account<-E-mail at<-Submitted contact<-E-mail score<-score text<-Comment kind<-'nps'"},
		{"of respondents", `date,email,rating
2026-10-01,ann@acme.example,5
2026-10-02,bob@bolt.example,3
2026-10-03,bob@bolt.example,1`, "response by nps account<-email at<-date contact<-email score<-rating kind<-'nps'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("companies.csv", companiesFile), tableOf("nps.csv", tt.text))
			if len(p.Sources) != 2 {
				t.Fatalf("sources: got %+v\n%+v", p.Sources, p.Skipped)
			}
			if got := short(p.Sources[1]); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A month is read from its first day to that of the next, however it is written.
func TestProposeMonths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ months, want string }{
		{"2026-05 2026-06", "Y-m"},
		{"05/2026 06/2026", "m/Y"},
		{"May 2026,Jun 2026", "M Y"},
		{"202605 202606", "Ym"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			separator := " "
			if strings.Contains(tt.months, ",") {
				separator = ","
			}
			first, second, _ := strings.Cut(tt.months, separator)
			p := propose(t, nil, tableOf("companies.csv", companiesFile),
				tableOf("usage.csv", "Account ID,Month,Active Users,Logins\nC1,"+first+",40,400\nC1,"+second+",42,420\nC2,"+first+",4,30\nC2,"+second+",5,33"))
			s, ok := p.Source("reading")
			if !ok {
				t.Fatalf("no readings: %+v", p.Skipped)
			}
			want := "reading account<-Account ID starts<-Month ends<-(add_months(date(Month), 1)) name<-measure value<-value dates " + tt.want
			if got := short(s); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// Why a file is not read is true of that file.
func TestProposeWhyNot(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, file, text, want string }{
		{"nothing", "dictionary.csv", "Table,Field,Description\na,b,c\nd,e,f", "no column says of which customer, when or how much"},
		{
			"contracts without their begin", "renewals.csv", "Contract,Company,End date,ARR\nK1,Acme Inc,2026-01-31,100\nK2,Acme Inc,2026-02-28,200",
			`it looks like contract lines (it has Company and ARR), but no column says "first day": add one, or rename the one that does`,
		},
		{
			"readings without their span", "usage_summary.csv", "Company,Active users\nAcme Inc,10\nAcme Inc,20",
			`it looks like readings (it has Active users and Company), but no column says "first day": add one, or rename the one that does`,
		},
		{
			"all three, of nobody knows what", "things.csv", "who,lasted,size\nAcme Inc,2026-01-31,3\nBolt Ltd,2026-02-28,5",
			"it says of which customer (who), when (lasted) and how much (size), but not what that is",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("companies.csv", companiesFile), tableOf(tt.file, tt.text))
			if len(p.Skipped) != 1 || p.Skipped[0].Why != tt.want {
				t.Errorf("got  %+v\nwant %s", p.Skipped, tt.want)
			}
		})
	}
}

// What exports write for no number is declared as missing, for a person to see.
func TestProposeMissingTexts(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("companies.csv", "Company ID,Company,Employees\nC1,Acme,120\nC2,Bolt,unknown\nC3,Cogs,#N/A\nC4,Dune,7"))
	if diff := cmp.Diff(p.Sources[0].Missing, []string{"#N/A", "unknown"}); diff != "" {
		t.Errorf("missing (-got +want):\n%s", diff)
	}
	if len(p.Notes) > 0 {
		t.Errorf("notes: got %q, want none: no row is rejected", p.Notes)
	}
}

// Employees and revenue are the catalogue's, whatever stands beside their names.
func TestProposeEmployeesAndRevenue(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("companies.csv", "Company ID,Company,# Employees,Annual Revenue (USD)\nC1,Acme,120,1200000\nC2,Bolt,30,300000\nC3,Cogs,7,90000"))
	if got, want := short(p.Sources[0]), "account account<-Company ID name<-Company employees<-# Employees annual_revenue<-Annual Revenue (USD)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
