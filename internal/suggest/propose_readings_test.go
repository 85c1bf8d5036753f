package suggest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/suggest"
)

// readingsOf writes what a source makes readings of.
func readingsOf(p suggest.Proposal) string {
	s, ok := p.Source("reading")
	if !ok {
		return "none"
	}
	text := short(s)
	if s.Unpivot != nil {
		n, _ := s.Binding("name")
		text += fmt.Sprintf(" unpivot %s %v", strings.Join(s.Unpivot.Columns, ","), n.Values)
	}
	return text
}

func TestProposeReadings(t *testing.T) {
	t.Parallel()
	const weeks = "A1,2026-11-02,5,10,1.5\nA1,2026-11-09,6,20,1.5\nA2,2026-11-02,7,30,2.5\nA2,2026-11-09,7,31,2.5"
	for _, tt := range []struct {
		name, file, text string
		want             string
	}{
		{
			"several numbers a week", "usage.csv", "account_id,week,active_users,logins,storage_gb\n" + weeks,
			"reading account<-account_id starts<-week ends<-(date(week) + 7d) name<-measure value<-value unpivot active_users,logins,storage_gb map[active_users:active_seats]",
		},
		{
			"numbers by no name that is known", "product_usage.csv", "account_id,date,Sessions,API calls,Storage (GB)\n" + weeks,
			"reading account<-account_id starts<-date name<-measure value<-value unpivot Sessions,API calls,Storage (GB) map[API calls:api_calls Sessions:sessions Storage (GB):storage_gb]",
		},
		{
			"one number a week", "usage.csv", "account_id,week,logins\nA1,2026-11-02,5\nA1,2026-11-09,6\nA2,2026-11-02,6",
			"reading account<-account_id starts<-week ends<-(date(week) + 7d) value<-logins name<-'logins'",
		},
		{
			"a column that says what", "usage.csv", "account_id,week,metric,value,rank\nA1,2026-11-02,logins,5,1\nA1,2026-11-09,logins,6,2\nA2,2026-11-02,logins,6,2",
			"reading account<-account_id starts<-week ends<-(date(week) + 7d) name<-metric value<-value",
		},
		{
			"amounts, ids and years, which are none", "usage.csv", "account_id,week,logins,mrr,workspace_no,year\nA1,2026-11-02,5,7,1,2026\nA1,2026-11-09,6,8,2,2026\nA2,2026-11-02,6,9,2,2026",
			"reading account<-account_id starts<-week ends<-(date(week) + 7d) value<-logins name<-'logins'",
		},
		{
			"events, which are none", "usage.csv", "event_id,account_id,user_id,event,timestamp,duration,size\n1,A1,u1,login,2026-01-31T10:00:00Z,5,6\n2,A2,u1,login,2026-01-31T11:00:00Z,6,7\n3,A2,u1,login,2026-01-31T11:00:00Z,6,7",
			"none",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("accounts.csv", accountsFile), tableOf(tt.file, tt.text))
			if got := readingsOf(p); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Of seats alone it is asked whether they are used or were bought.
func TestProposeSeats(t *testing.T) {
	t.Parallel()
	table := tableOf("usage.csv", "account_id,month,Seats,Logins\nA1,2026-10,5,10\nA2,2026-10,6,20\nA3,2026-10,6,20")
	for _, tt := range []struct {
		answers map[string]string
		want    string
	}{
		{nil, "map[Logins:logins Seats:active_seats]"},
		{map[string]string{"seats.usage": "bought"}, "map[Logins:logins Seats:seats]"},
	} {
		p := propose(t, tt.answers, tableOf("accounts.csv", accountsFile), table)
		if len(p.Questions) != 1 || p.Questions[0].Text != `usage.csv: are the "Seats" (5, 6) those in use, or those that were bought?` {
			t.Errorf("got asked %+v", p.Questions)
		}
		if got := readingsOf(p); !strings.HasSuffix(got, tt.want) {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// Each reading is a number of its own.
func TestReadingsBecomeMetrics(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", accountsFile),
		tableOf("usage.csv", "account_id,week,logins,active_users\nA1,2026-11-02,5,1\nA1,2026-11-09,6,2\nA2,2026-11-02,6,3"))
	want := `# Numbers for each customer, from what was imported.
metrics:
  latest_active_seats: {title: Seats in use, from: reading, last: value, where: 'name == "active_seats"', why: "The latest reading of active_seats."}
  latest_logins: {title: Logins, from: reading, last: value, where: 'name == "logins"', why: "The latest reading of logins."}
`
	if got := p.MetricsYAML(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What stands for no value in one of the columns rejects no reading.
func TestProposeReadingsWithGaps(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", accountsFile),
		tableOf("usage.csv", "account_id,week,logins,exports\nA1,2026-11-02,5,n/a\nA1,2026-11-09,6,7\nA2,2026-11-02,6,-\nA2,2026-11-09,,8"))
	s, _ := p.Source("reading")
	if got := strings.Join(s.Missing, " "); got != "- n/a" {
		t.Errorf("missing: got %q", got)
	}
	if len(p.Notes) > 0 {
		t.Errorf("got notes %q", p.Notes)
	}
}
