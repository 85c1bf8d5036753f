package suggest_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/suggest"
)

// monthsOf writes what a proposal makes of a table of months.
func monthsOf(p suggest.Proposal) string {
	for _, s := range p.Sources {
		if s.Unpivot != nil && s.Unpivot.Patterns != nil {
			return short(s) + " unpivot " + strings.Join(s.Unpivot.Patterns, ",") + " missing " + strings.Join(s.Missing, ",")
		}
	}
	return "none"
}

func TestProposeTableOfMonths(t *testing.T) {
	t.Parallel()
	const contract = "contract account<-account_id id<-account_id starts<-month ends<-(add_months(date(month), 1)) canceled_on<-stopped arr<-(number(amount) * 12)"
	const reading = "reading account<-account_id starts<-month ends<-(add_months(date(month), 1)) "
	for _, tt := range []struct {
		name, file, header string
		rows               string
		answers            map[string]string
		want               string
	}{
		{"money by its name", "mrr.csv", "account_id,Jan 2026,Feb 2026,Mar 2026", "5,6,7\n0,8,9", nil, contract + " dates M Y unpivot * 20?? missing 0"},
		{"money by its decimals", "months.csv", "account_id,2026-01,2026-02,2026-03", "5.50,6,7\n,8,9", nil, contract + " dates Y-m unpivot 20??-?? missing "},
		{"money by its signs", "by_month.csv", "account_id,01/2026,02/2026,03/2026", "$5,$6,$7\n$0,$8,$9", nil, contract + " dates m/Y unpivot ??/20?? missing $0"},
		{"years of two digits", "revenue.csv", "account_id,Nov-25,Dec-25,Jan-26", "5,6,7\n7,8,9", nil, contract + " dates M-y unpivot *-?? missing "},
		{"first days, as a spreadsheet writes them", "revenue.csv", "account_id,1/1/2026,2/1/2026,3/1/2026", "5,6,7\n7,8,9", nil, contract + " dates m/d/Y unpivot ?/?/20?? missing "},
		{"first days by ISO", "revenue.csv", "account_id,2026-01-01,2026-02-01,2026-03-01", "5,6,7\n7,8,9", nil, contract + " unpivot 20??-??-?? missing "},
		{"ARR by its name", "arr_by_month.csv", "account_id,Jan 2026,Feb 2026,Mar 2026", "50,60,70\n70,80,90", nil, strings.Replace(contract, "(number(amount) * 12)", "amount", 1) + " dates M Y unpivot * 20?? missing "},
		{"usage by its name", "usage.csv", "account_id,Jan 2026,Feb 2026,Mar 2026", "50,60,70\n70,0,90", nil, reading + "name<-'usage' value<-value dates M Y unpivot * 20?? missing "},
		{"seats by their name", "active_users_by_month.csv", "account_id,Jan 2026,Feb 2026,Mar 2026", "50,60,70\n70,0,90", nil, reading + "name<-'active_seats' value<-value dates M Y unpivot * 20?? missing "},
		{"what somebody says", "usage.csv", "account_id,Jan 2026,Feb 2026,Mar 2026", "50,60,70\n70,80,90", map[string]string{"months.usage": "mrr"}, contract + " dates M Y unpivot * 20?? missing "},
		{"the newest first", "mrr.csv", "account_id,Mar 2026,Feb 2026,Jan 2026", "5,6,7\n7,8,9", nil, strings.Replace(contract, " canceled_on<-stopped", "", 1) + " dates M Y unpivot * 20?? missing "},
		{"a note that a pattern would take", "mrr.csv", "account_id,Note 2026,Jan 2026,Feb 2026,Mar 2026", "x,5,6,7\ny,7,8,9", nil, contract + " dates M Y unpivot Jan 2026,Feb 2026,Mar 2026 missing "},
		{"two months, which are no table", "mrr.csv", "account_id,Jan 2026,Feb 2026", "5,6\n7,8", nil, "none"},
		{"texts", "mrr.csv", "account_id,Jan 2026,Feb 2026,Mar 2026", "a,b,c\nd,e,f", nil, "none"},
		{"days of a month", "usage.csv", "account_id,2026-01-01,2026-01-02,2026-01-03", "5,6,7\n7,8,9", nil, "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := tt.header
			for i, row := range strings.Split(tt.rows, "\n") {
				text += "\n" + [...]string{"A1,", "A2,"}[i] + row
			}
			p := propose(t, tt.answers, tableOf("accounts.csv", accountsFile), tableOf(tt.file, text))
			if got := monthsOf(p); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
