package suggest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/spec"
	"github.com/segue-cs/segue/internal/suggest"
)

// whoLooksAfter lists what is read of owners and CSMs, source by source.
func whoLooksAfter(p suggest.Proposal) string {
	var list []string
	for _, s := range p.Sources {
		for _, n := range s.Columns {
			if n.To == "owner" || n.To == "csm" || n.To == "account_owner" {
				list = append(list, s.Name+": "+n.To+"<-"+n.From)
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestProposeCSM(t *testing.T) {
	t.Parallel()
	const crm = "Account ID,Account Name,Industry,Account Owner\nA1,Acme,Software,Ann\nA2,Bolt,Retail,Bob\nA3,Cogs,Retail,Bob\n"
	for _, tt := range []struct {
		name  string
		files []string // name, text
		want  string
	}{
		{"two roles in one file", []string{
			"accounts.csv", "Account ID,Account Name,Industry,CSM,Account Owner\nA1,Acme,Software,Cid,Ann\nA2,Bolt,Retail,Dee,Bob\nA3,Cogs,Retail,Eve,Bob\n",
		}, "accounts: csm<-CSM, accounts: owner<-Account Owner"},
		{"two roles in two files", []string{
			"crm_accounts.csv", crm,
			"success_companies.csv", "Company ID,Company,Sector,Customer Success Manager\nA1,Acme,Software,Cid\nA2,Bolt,Retail,Dee\nA3,Cogs,Retail,Dee\n",
		}, "crm_accounts: owner<-Account Owner, success_companies: csm<-Customer Success Manager"},
		{"a CSM alone", []string{
			"accounts.csv", "Account ID,Account Name,Industry,CSM Name\nA1,Acme,Software,Cid\nA2,Bolt,Retail,Dee\n",
		}, "accounts: owner<-CSM Name"},
		{"an owner alone", []string{"accounts.csv", crm}, "accounts: owner<-Account Owner"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var tables []suggest.Table
			for i := 0; i < len(tt.files); i += 2 {
				tables = append(tables, tableOf(tt.files[i], tt.files[i+1]))
			}
			p := propose(t, nil, tables...)
			if got := whoLooksAfter(p); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProposeCSMBesideTheStrategy(t *testing.T) {
	t.Parallel()
	kinds, err := spec.CatalogKinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, owner, text string
		want              string
	}{
		{"a CSM beside an owner", "Account Owner", "Account ID,Account Name,CSM\nA1,Acme,Cid\nA2,Bolt,Dee\n", "accounts: csm<-CSM"},
		{"an owner beside a CSM", "CSM", "Account ID,Account Name,Account Owner\nA1,Acme,Ann\nA2,Bolt,Bob\n", "accounts: account_owner<-Account Owner"},
		{"a CSM beside a CSM", "CSM", "Account ID,Account Name,CSM,Account Owner\nA1,Acme,Cid,Ann\nA2,Bolt,Dee,Bob\n", "accounts: account_owner<-Account Owner, accounts: owner<-CSM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := suggest.Propose(suggest.Request{Tables: []suggest.Table{tableOf("accounts.csv", tt.text)}, Kinds: kinds, Owner: tt.owner})
			if err != nil {
				t.Fatal(err)
			}
			if got := whoLooksAfter(p); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
