package suggest_test

import (
	"strings"
	"testing"
)

// What stands for no value in columns of text is told once, with how many cells
// say it.
func TestProposeTextsOfNoValue(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, tableOf("accounts.csv", `account_id,name,industry,region,country
A1,Acme,Software,NA,DE
A2,Bolt,N/A,EMEA,-
A3,Cogs,n/a,EMEA,FR
A4,Dune,none,NA,FR`))
	s, _ := p.Source("account")
	if got, want := strings.Join(s.Missing, " "), "- N/A n/a none"; got != want {
		t.Errorf("missing: got %q, want %q", got, want)
	}
	want := `accounts.csv: 4 cells say "-" or "N/A" or "n/a" or "none" and are taken for empty (industry 3, country 1); take the text out of missing: where it says something`
	if got := strings.Join(p.Notes, "\n"); got != want {
		t.Errorf("notes: got  %s\nwant %s", got, want)
	}
}
