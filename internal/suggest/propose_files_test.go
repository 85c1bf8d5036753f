package suggest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/suggest"
)

// proposed returns what becomes of a file beside the accounts, source by source,
// then what is said of it.
func proposed(p suggest.Proposal, file string) string {
	var lines []string
	for _, s := range p.Sources {
		if s.Table != file {
			continue
		}
		line := short(s)
		if s.Mode != "" {
			line += " rows " + s.Mode
		}
		if len(s.Where) > 0 {
			line += " where " + strings.Join(s.Where, " && ")
		}
		if len(s.Missing) > 0 {
			line += " missing " + strings.Join(s.Missing, " ")
		}
		lines = append(lines, line)
	}
	for _, s := range p.Skipped {
		lines = append(lines, s.Why)
	}
	return strings.Join(append(lines, p.Notes...), "\n")
}

func TestProposeWhatFilesMean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, text string
		want             string
	}{
		{
			"the close date of deals of which only those have one that are over", "deals.csv", "deal_id,account_id,deal_stage,amount,created_at,close_date\nD1,A1,Won,100,2026-01-05,2026-02-01\nD2,A2,Open,200,2026-01-06,\nD3,A3,Lost,300,2026-01-07,2026-02-02",
			"opportunity account<-account_id id<-deal_id at<-created_at stage<-deal_stage amount<-amount closed_on<-close_date",
		},
		{
			"the close date of deals that all have one", "deals.csv", "deal_id,account_id,stage_name,amount,created_at,close_date\nD1,A1,Closed Won,100,2026-01-05,2/28/2026\nD2,A2,Open,200,2026-01-06,4/30/2026\nD3,A3,Closed Lost,300,2026-01-07,2/27/2026",
			`opportunity account<-account_id id<-deal_id at<-created_at stage<-stage_name amount<-amount expected_on<-(date(stage_name in ["Closed Lost", "Closed Won"] ? "" : close_date)) closed_on<-(date(stage_name in ["Closed Lost", "Closed Won"] ? close_date : ""))`,
		},
		{
			"the close date of deals that are all open", "deals.csv", "deal_id,account_id,stage,amount,created_at,close_date\nD1,A1,Demo,100,2026-01-05,2026-02-01\nD2,A2,Demo,200,2026-01-06,2026-02-03\nD3,A3,Call,300,2026-01-07,2026-02-02",
			"opportunity account<-account_id id<-deal_id at<-created_at stage<-stage amount<-amount expected_on<-close_date",
		},
		{
			"who left", "churn_events.csv", "id,account_id,churn_date,reason_code\nC1,A1,2026-01-05,price\nC2,A2,2026-01-06,price\nC3,A2,2026-01-07,support",
			"it tells who left, not what was used: give the contracts their ends (ends, canceled_on)",
		},
		{
			"amounts in thousands", "contracts.csv", "contract,account_id,start_date,ARR (k)\nK1,A1,2026-01-31,120\nK2,A2,2026-02-28,24.5\nK3,A2,2026-02-28,24.5",
			"contract account<-account_id id<-contract starts<-start_date arr<-(number(col(\"ARR (k)\")) * 1000)\n" + `contracts.csv: "ARR (k)" is taken to be in thousands, as its name says: 120 becomes 120,000`,
		},
		{
			"a month's amount in thousands", "contracts.csv", "contract,account_id,start_date,MRR ($k)\nK1,A1,2026-01-31,120\nK2,A2,2026-02-28,24.5\nK3,A2,2026-02-28,24.5",
			`contract account<-account_id id<-contract starts<-start_date arr<-(number(col("MRR ($k)")) * 12 * 1000)` + "\n" + `contracts.csv: "MRR ($k)" is taken to be in thousands, as its name says: 120 becomes 120,000`,
		},
		{
			"what stands for no value, and rows that will be rejected", "contracts.csv", strings.Join(append([]string{"contract,account_id,start_date,end_date,arr", "K0,A1,,2027-01-31,100", "K00,A1,2026-01-31,N/A,-", "K01,A1,2026-01-31,soon,100"},
				manyRows(97, "K%d,A2,2026-01-31,2027-01-31,100")...), "\n"),
			"contract account<-account_id id<-contract starts<-start_date ends<-end_date arr<-arr missing - N/A\n" +
				`contracts.csv: 1 of 100 rows have no date in "start_date", which every contract needs: the import will reject them` + "\n" +
				`contracts.csv: 1 of 100 rows have something else than a date in "end_date", such as "soon": the import will reject them`,
		},
		{
			"one broken amount and one broken date among few rows", "contracts.csv", strings.Join(append([]string{"contract,account_id,start_date,end_date,arr", "K0,A1,2026-01-31,soon,100", "K00,A1,2026-01-31,2027-01-31,9.00O"},
				manyRows(3, "K%d,A2,2026-01-31,2027-01-31,100")...), "\n"),
			"contract account<-account_id id<-contract starts<-start_date ends<-end_date arr<-arr\n" +
				`contracts.csv: 1 of 5 rows have something else than a date in "end_date", such as "soon": the import will reject them` + "\n" +
				`contracts.csv: 1 of 5 rows have something else than a number in "arr", such as "9.00O": the import will reject them`,
		},
		{
			"two of ten", "contracts.csv", strings.Join(append([]string{"contract,account_id,start_date,end_date,arr", "K0,A1,2026-01-31,2027-01-31,TBD", "K00,A1,2026-01-31,2027-01-31,TBD"},
				manyRows(8, "K%d,A2,2026-01-31,2027-01-31,100")...), "\n"),
			"contract account<-account_id id<-contract starts<-start_date ends<-end_date arr<-arr\n" +
				`contracts.csv: 2 of 10 rows have something else than a number in "arr", such as "TBD": the import will reject them`,
		},
		{
			"who stands under whom", "relationships.csv", "child_lei,parent_lei,relationship_type,relationship_status\nL1,P1,IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE\nL1,P2,IS_ULTIMATELY_CONSOLIDATED_BY,ACTIVE\nL2,P1,IS_DIRECTLY_CONSOLIDATED_BY,INACTIVE",
			`account account<-parent_lei rows patch where relationship_type == "IS_DIRECTLY_CONSOLIDATED_BY" && relationship_status == "ACTIVE"` + "\n" +
				`account account<-child_lei parent<-parent_lei rows patch where relationship_type == "IS_DIRECTLY_CONSOLIDATED_BY" && relationship_status == "ACTIVE"` + "\n" +
				"relationships.csv: customer: parent in strategy.yaml counts each family once; so far each account counts",
		},
		{
			"companies by an id that they have everywhere, some twice", "groups.csv", "group_no,lei,name,home_country\n1,549300DYPOFMXOR7XM56,Crelan,BE\n2,A5GWLFH3KM7YV2SFQL84,Belfius,BE\n3,A5GWLFH3KM7YV2SFQL84,Belfius Bank,FR",
			"account account<-lei name<-name country<-home_country rows patch",
		},
		{
			"listed companies", "constituents.csv", "Symbol,Security,GICS Sector,GICS Sub-Industry,CIK\nMMM,3M,Industrials,Conglomerates,66740\nAOS,A. O. Smith,Industrials,Building Products,91142\nABT,Abbott,Health Care,Equipment,1800",
			"account account<-Symbol name<-Security industry<-GICS Sector line_of_business<-GICS Sub-Industry",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf(tt.file, tt.text))
			got := proposed(p, tt.file)
			got, _, _ = strings.Cut(got, "\n"+tt.file+": hardly any")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// manyRows returns so many rows; the format has a %d for the number.
func manyRows(n int, format string) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(format, i+1))
	}
	return list
}

// A file that says nothing can be told apart by an answer, which is spelled out.
func TestProposeHintsAtKinds(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf("dictionary.csv", "Table,Field,Description\na,b,c\nd,e,f"))
	lines := p.NotRead()
	if len(lines) != 2 || !strings.Contains(lines[1], "--answers kind.dictionary=KIND, where KIND is account, contact, contract, event, response") {
		t.Errorf("got %q", lines)
	}
}

func TestScaleOfNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Revenue ($M)": "1000000 USD Revenue", "ARR (k)": "1000  ARR", "Revenue (in millions)": "1000000  Revenue", "Budget [T€]": "1000 EUR Budget",
		"Revenue (in thousands of USD)": "1000 USD Revenue", "revenue_in_millions": "1000000  revenue", "Umsatz (Mio. EUR)": "1000000 EUR Umsatz",
		"ARR (USD)": "", "Tenure (m)": "", "Seats (b)": "", "Name": "", "Weight (t)": "",
	} {
		if got := suggest.ScaleOf(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestProposeSurveys(t *testing.T) {
	t.Parallel()
	const form = "Timestamp,Email,Company,How likely are you to recommend us?,How satisfied are you with support?,How satisfied are you with the product?,What should we do better?,Which parts do you use?\n" +
		"1/31/2026 10:00:00,a@x.io,Acme,9,8,7,Answer tickets of the weekend a little faster,Mail|Chat\n" +
		"1/31/2026 11:00:00,b@x.io,Bolt,3,5,6,Nothing comes to my mind that would be missing,Chat\n" +
		"2/1/2026 09:00:00,c@x.io,Acme,10,10,9,More examples of reports in the documentation,Mail|Phone"
	const voices = "wave,respondent,projects,recommend,docs,security\n2026H1,1,Helm|Envoy,9,8,7\n2026H1,2,Envoy,3,2,8\n2026H1,3,Helm,10,9,6"
	for _, tt := range []struct {
		name, file, text string
		answers          map[string]string
		want             string
	}{
		{
			"a form", "customer_survey.csv", form, nil,
			"account account<-Company\n" +
				"response account<-Company at<-Timestamp contact<-Email kind<-'nps' score<-How likely are you to recommend us? dates m/d/Y H:i:s\n" +
				"response account<-Company at<-Timestamp contact<-Email kind<-'csat' subject<-question score<-answer dates m/d/Y H:i:s unpivot How satisfied are you with support?, How satisfied are you with the product?\n" +
				"response account<-Company at<-Timestamp contact<-Email kind<-'interview' subject<-question text<-answer dates m/d/Y H:i:s unpivot What should we do better?\n" +
				"response account<-Company at<-Timestamp contact<-Email kind<-'need' subject<-Which parts do you use? dates m/d/Y H:i:s split Which parts do you use? by |",
		},
		{
			"a survey without a day", "voices.csv", voices, nil,
			"it is a survey, and no column says on which day it was answered",
		},
		{
			"a survey of which somebody says the day, by people who speak for several", "voices.csv", voices,
			map[string]string{"asked.voices": "2026-06-30"},
			"account account<-projects split projects by |\n" +
				"response account<-projects at<-'2026-06-30' contact<-respondent kind<-'nps' score<-recommend split projects by |\n" +
				"response account<-projects at<-'2026-06-30' contact<-respondent kind<-'other' subject<-question score<-answer unpivot docs, security split projects by |",
		},
		{
			"a list of orders is no survey", "orders.csv", "order_id,company,date,amount,quantity\n1,Acme,2026-01-31,5,2\n2,Bolt,2026-01-31,7,3\n3,Acme,2026-02-01,6,2", nil,
			"account account<-company\norder_line account<-company at<-date invoice<-order_id quantity<-quantity amount<-amount",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, tt.answers, tableOf(tt.file, tt.text))
			var lines []string
			for _, s := range p.Sources {
				line := short(s)
				if s.Unpivot != nil {
					line += " unpivot " + strings.Join(s.Unpivot.Columns, ", ")
				}
				if s.Split != nil {
					line += " split " + s.Split.Column + " by " + s.Split.By
				}
				lines = append(lines, line)
			}
			for _, s := range p.Skipped {
				lines = append(lines, s.Why)
			}
			if diff := cmp.Diff(tt.want, strings.Join(lines, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
