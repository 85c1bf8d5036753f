package suggest_test

import (
	"testing"
)

func TestProposeProspects(t *testing.T) {
	t.Parallel()
	const hubspot = "Record ID,Company name,Lifecycle Stage,Industry\n1,Acme,Customer,x\n2,Bolt,Lead,x\n3,Cogs,Marketing Qualified Lead,y\n4,Dune,,y\n5,Echo,Opportunity,y\n6,Fox,Evangelist,y\n"
	for _, tt := range []struct {
		name, text string
		answers    map[string]string
		asks       string
		base       string
	}{
		{
			"Salesforce's type", "Account ID,Account Name,Account Owner,Type\nA1,Acme,Ann,Customer - Direct\nA2,Bolt,Bob,Prospect\nA3,Cogs,Bob,Customer - Channel\n", nil,
			`accounts.csv: "Type" calls 1 of 3 accounts "Prospect". Are they customers?`, `!(type in ["Prospect"])`,
		},
		{
			"HubSpot's lifecycle stage", hubspot, nil,
			`accounts.csv: "Lifecycle Stage" calls 3 of 6 accounts "Lead" or "Marketing Qualified Lead" or "Opportunity". Are they customers?`,
			`!(lifecycle_stage in ["Lead", "Marketing Qualified Lead", "Opportunity"])`,
		},
		{
			"an answer", hubspot,
			map[string]string{"prospects.accounts": "in"},
			`accounts.csv: "Lifecycle Stage" calls 3 of 6 accounts "Lead" or "Marketing Qualified Lead" or "Opportunity". Are they customers?`, "",
		},
		{"prospects alone", "Account ID,Account Name,Account Owner,Type\nA1,Acme,Ann,Prospect\nA2,Bolt,Bob,Prospect\n", nil, "", ""},
		{"customers alone", "Account ID,Account Name,Account Owner,Type\nA1,Acme,Ann,Customer\nA2,Bolt,Bob,Partner\n", nil, "", ""},
		{"a column that says something else", "Account ID,Account Name,Account Owner,Source\nA1,Acme,Ann,Lead\nA2,Bolt,Bob,Partner\n", nil, "", ""},
		{
			"those who left as well", "Account ID,Account Name,Type,Churned\nA1,Acme,Customer,no\nA2,Bolt,Prospect,no\nA3,Cogs,Customer,yes\n",
			map[string]string{"gone.accounts": "out"},
			`accounts.csv: "Type" calls 1 of 3 accounts "Prospect". Are they customers?`, `!(type in ["Prospect"]) && !churned`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, tt.answers, tableOf("accounts.csv", tt.text))
			asked := ""
			for _, q := range p.Questions {
				if q.Key == "prospects.accounts" {
					asked = q.Text
				}
			}
			if asked != tt.asks {
				t.Errorf("got asked %q, want %q", asked, tt.asks)
			}
			if p.Base != tt.base {
				t.Errorf("got base %q, want %q", p.Base, tt.base)
			}
		})
	}
}
