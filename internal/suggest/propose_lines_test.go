package suggest_test

import (
	"slices"
	"strings"
	"testing"
)

// Exports of an ERP: customers by "id and name", invoice lines that nobody
// numbers, and ends that are the last day.
func TestProposeInvoiceLines(t *testing.T) {
	t.Parallel()
	customers := `Internal ID,ID,Name,Parent,Sales Rep,Subsidiary
1000,CUST1,North Motors Inc.,,Ann,UK Ltd
1003,CUST2,Blue Foods LLC,CUST1 North Motors Inc.,Ben,US Inc
1006,CUST3,Red Bank,CUST1 North Motors Inc.,Ann,US Inc
1009,CUST4,Gray Labs,,Ben,UK Ltd
1012,CUST5,Pine Energy,,Ben,UK Ltd
1015,CUST6,Oak Health,,Ann,US Inc
1018,CUST7,Iron Media,,Ann,US Inc
1021,CUST8,Sun Retail,,Ben,UK Ltd
`
	lines := `Document Number,Customer:Project,Item,Rev. Rec. Start Date,Rev. Rec. End Date,Amount,Currency
INV1,CUST1 North Motors Inc.,Platform,1/15/2025,1/14/2026,5000.00,USD
INV1,CUST1 North Motors Inc.,Support,1/15/2025,1/14/2026,900.50,USD
INV2,CUST2 Blue Foods LLC,Platform,2/1/2025,1/31/2026,7000.00,USD
INV3,CUST3 Red Bank,Platform,3/1/2024,2/28/2025,9000.00,USD
INV4,CUST3 Red Bank,Platform,3/1/2025,2/28/2026,9500.00,USD
INV5,CUST4 Gray Labs,Platform,5/20/2025,5/19/2027,30000.00,USD
`
	p := propose(t, map[string]string{"amount.invoice_lines": "term"}, tableOf("CustomerSearch.csv", customers), tableOf("InvoiceLines.csv", lines))
	var got []string
	for _, s := range p.Sources {
		got = append(got, short(s))
	}
	want := []string{
		"account account<-Internal ID name<-Name owner<-Sales Rep subsidiary<-Subsidiary",
		`account by id account<-ID parent<-(Parent.part(" ", 1))`,
		`contract by id account<-(col("Customer:Project").part(" ", 1)) starts<-Rev. Rec. Start Date ` +
			`ends<-(date(col("Rev. Rec. End Date")) + 1d) product<-Item ` +
			`arr<-(number(Amount) * 12 / months_between(date(col("Rev. Rec. Start Date")), date(col("Rev. Rec. End Date")) + 1d)) ` +
			`id<-(col("Document Number").or("") + " " + Item.or("") + " " + col("Rev. Rec. Start Date").or("")) dates m/d/Y`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// Ends that are the first day after stay as they are; so do those that say
// nothing of whole months, though one of them is by chance a day before a whole year.
func TestProposeEndsAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, end, last string }{{"the first day after", "2026-01-15", "2025-01-15"}, {"any day", "2026-01-09", "2025-01-14"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, tableOf("contracts.csv", "contract_id,customer,start_date,end_date,arr\n"+
				"K1,a,2025-01-15,"+tt.end+",100\nK2,b,2025-01-15,"+tt.end+",100\nK3,b,2024-01-15,"+tt.last+",90\n"))
			s, _ := p.Source("contract")
			if !strings.Contains(short(s), " ends<-end_date ") {
				t.Errorf("got %q, want the ends as they are", short(s))
			}
		})
	}
}

// A column that begins with ids says whose rows are only where no other does.
func TestProposeFirstWordBesideIDs(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", "account_id,name,industry\nA1,Acme Inc,Retail\nA2,Bolt Inc,Retail\nA3,Cogs Inc,Media\nA4,Dune Inc,Media\n"),
		tableOf("tickets.csv", "ticket_id,account_id,subject,created_at\nT1,A1,A1 is down,2026-01-02\nT2,X7,A2 is slow,2026-01-03\nT3,X8,A3 is odd,2026-01-04\nT4,X9,A4 asks,2026-01-05\n"))
	s, _ := p.Source("ticket")
	if !strings.Contains(short(s), " account<-account_id ") {
		t.Errorf("got %q, want account_id to say whose they are", short(s))
	}
}
