package match_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/match"
	"github.com/segue-cs/segue/internal/period"
)

// shown writes pairs as "record into strength: kinds; against | rivals".
func shown(pairs []match.Pair) string {
	var lines []string
	for _, p := range pairs {
		var kinds []string
		for _, e := range p.Evidence {
			kinds = append(kinds, string(e.Kind))
		}
		line := fmt.Sprintf("%d %d %s: %s", p.Record, p.Into, p.Strength, strings.Join(kinds, " "))
		if p.Against != nil {
			line += "; " + strings.Join(p.Against, "; ")
		}
		if p.Rivals != nil {
			line += fmt.Sprint(" or ", p.Rivals)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestPropose(t *testing.T) {
	t.Parallel()
	account := func(number int32, name, domain, country string) match.Record {
		r := match.Record{Number: number, Country: country, IDs: []match.ID{{Space: "main", Text: fmt.Sprint("A-", number)}}}
		if name != "" {
			r.Names = []string{name}
		}
		if domain != "" {
			r.Domains = []string{domain}
		}
		return r
	}
	bare := func(number int32, id string) match.Record {
		return match.Record{Number: number, Bare: true, IDs: []match.ID{{Space: "billing", Text: id}}}
	}
	term := func(r match.Record, begins, ends period.Date) match.Record {
		r.Begins, r.Ends = begins, ends
		return r
	}
	keyed := func(r match.Record, kind, text string) match.Record {
		r.Keys = append(r.Keys, match.ID{Space: kind, Text: text})
		return r
	}
	ofFamily := func(r match.Record, top int32) match.Record { r.Family = top; return r }
	tests := []struct {
		name    string
		records []match.Record
		want    string
	}{
		{"nothing", nil, ""},
		{"strangers", []match.Record{account(1, "Acme", "acme.com", ""), account(2, "Globex", "globex.com", "")}, ""},
		{"same domain and name", []match.Record{account(1, "Acme", "acme.com", ""), account(2, "ACME Inc.", "www.acme.com", "")}, "2 1 sure: domain name"},
		{"same domain, other names", []match.Record{account(1, "Acme", "acme.com", ""), account(2, "Globex", "acme.com", "")}, "2 1 likely: domain"},
		{"mail for everybody", []match.Record{account(1, "Acme", "a@gmail.com", ""), account(2, "Globex", "b@gmail.com", "")}, ""},
		{"same name", []match.Record{account(1, "Acme", "", "DE"), account(2, "Acme Ltd", "", "Germany")}, "2 1 likely: name country"},
		{
			"same name in another country",
			[]match.Record{account(1, "Acme", "", "DE"), account(2, "Acme", "", "France")},
			"2 1 weak: name; another country: France, DE",
		},
		{
			"another legal form",
			[]match.Record{account(1, "Acme GmbH", "", ""), account(2, "Acme Inc", "", "")},
			"2 1 weak: name; another legal form: inc, gmbh",
		},
		{
			"the old one ended the day the new one began",
			[]match.Record{term(account(1, "Acme", "", ""), 100, 465), term(account(2, "Acme", "", ""), 465, 900)},
			"2 1 sure: name succession",
		},
		{
			"succession alone", []match.Record{term(account(1, "Acme", "", ""), 100, 465), term(account(2, "Globex", "", ""), 465, 900)}, "",
		},
		{"a slip", []match.Record{account(1, "Initech Software", "", ""), account(2, "Inittech Software", "", "")}, "2 1 weak: near_name"},
		{"letters swapped", []match.Record{account(1, "Initech", "", ""), account(2, "Intiech", "", "")}, "2 1 weak: near_name"},
		{"words in another order", []match.Record{account(1, "Bank of Acme", "", ""), account(2, "Acme, Bank of", "", "")}, "2 1 weak: near_name"},
		{"two slips", []match.Record{account(1, "Initech Software", "", ""), account(2, "Inittech Sofware", "", "")}, ""},
		{"short words are no slips", []match.Record{account(1, "TD Bank Europe", "", ""), account(2, "US Bank Europe", "", "")}, ""},
		{"a number is no slip", []match.Record{account(1, "Store number 12", "", ""), account(2, "Store number 13", "", "")}, ""},
		{"an id that is the domain", []match.Record{account(1, "Acme", "acme.com", ""), bare(9, "acme.com")}, "9 1 sure: domain"},
		{"an id that is the name", []match.Record{account(1, "Acme Foods", "", ""), bare(9, "acme-foods-inc")}, "9 1 likely: name"},
		{"an id that is nearly the name", []match.Record{account(1, "Acme Foods", "", ""), bare(9, "acme-fods")}, ""},
		{
			"an id of 18 and of 15 characters",
			[]match.Record{{Number: 1, IDs: []match.ID{{Space: "main", Text: "0015000000GoodAAB"[:15]}}}, bare(9, "0015000000GoodAAAB")},
			"9 1 likely: id",
		},
		{"short ids that are equal by chance", []match.Record{{Number: 1, IDs: []match.ID{{Space: "main", Text: "17"}}}, bare(9, "17")}, ""},
		{
			"an id that fits two accounts",
			[]match.Record{account(1, "Acme GmbH", "acme.com", "DE"), account(2, "Globex", "acme.com", "US"), bare(9, "acme.com")},
			"2 1 weak: domain; another country: US, DE\n9 1 likely: domain or [2]\n9 2 likely: domain or [1]",
		},
		{
			"an id that fits two accounts which are one",
			[]match.Record{account(1, "Acme", "acme.com", ""), account(2, "Acme", "acme.com", ""), bare(9, "acme.com")},
			"2 1 sure: domain name\n9 1 sure: domain",
		},
		{
			"three of one name take two pairs",
			[]match.Record{account(1, "Acme", "acme.com", ""), account(2, "Acme", "acme.com", ""), account(3, "Acme", "acme.com", "")},
			"2 1 sure: domain name\n3 1 sure: domain name",
		},
		{"a family", []match.Record{ofFamily(account(1, "Acme", "acme.com", ""), 1), ofFamily(account(2, "Acme", "acme.com", ""), 1)}, ""},
		{
			"same VAT number, however written",
			[]match.Record{keyed(account(1, "Acme", "", "DE"), "vat", "DE 123.456.789"), keyed(account(2, "Globex", "", ""), "vat", "de123456789")},
			"2 1 sure: external_id",
		},
		{
			"same VAT number in another country",
			[]match.Record{keyed(account(1, "Acme", "", "DE"), "vat", "123456789"), keyed(account(2, "Globex", "", "FR"), "vat", "123456789")},
			"2 1 likely: external_id; another country: FR, DE",
		},
		{
			"same VAT number, another DUNS",
			[]match.Record{
				keyed(keyed(account(1, "Acme", "", ""), "vat", "123456789"), "duns", "55501"),
				keyed(keyed(account(2, "Globex", "", ""), "vat", "123456789"), "duns", "55502"),
			},
			"2 1 likely: external_id; another duns: 55502, 55501",
		},
		{
			"another VAT number speaks against",
			[]match.Record{keyed(account(1, "Acme", "acme.com", ""), "vat", "123456789"), keyed(account(2, "Acme", "acme.com", ""), "vat", "987654321")},
			"2 1 likely: domain name; another vat: 987654321, 123456789",
		},
		{
			"a country in front of the number is no other number",
			[]match.Record{keyed(account(1, "Acme", "acme.com", ""), "vat", "DE123456789"), keyed(account(2, "Acme", "acme.com", ""), "vat", "123456789")},
			"2 1 sure: domain name",
		},
		{
			"the same number of two kinds",
			[]match.Record{keyed(account(1, "Acme", "", ""), "vat", "123456789"), keyed(account(2, "Globex", "", ""), "duns", "123456789")},
			"",
		},
		{
			"no VAT number",
			[]match.Record{
				keyed(account(1, "Acme", "", ""), "vat", "unknown"), keyed(account(2, "Globex", "", ""), "vat", "Unknown"),
				keyed(account(3, "Initech", "", ""), "vat", "000000000"), keyed(account(4, "Umbrella", "", ""), "vat", "000000000"),
			},
			"",
		},
		{
			"a key that is an id",
			[]match.Record{keyed(account(1, "Acme", "", ""), "billing_id", "C-17"), bare(9, "C-17"), bare(8, "c-18")},
			"9 1 sure: external_id",
		},
		{
			"a key that is an account's id elsewhere",
			[]match.Record{account(101, "Acme", "", ""), keyed(account(102, "Globex", "", ""), "crm_id", "a-101")},
			"102 101 sure: external_id",
		},
		{
			"a key that is a small number",
			[]match.Record{keyed(account(1, "Acme", "", ""), "billing_id", "17"), bare(9, "17")},
			"",
		},
		{"empty names", []match.Record{account(1, "", "", ""), account(2, "", "", ""), account(3, "n/a", "", ""), account(4, "N/A", "", "")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shown(match.Propose(tt.records, match.Rules{})); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestProposeSkips(t *testing.T) {
	t.Parallel()
	records := []match.Record{
		{Number: 1, Names: []string{"Acme"}, Domains: []string{"acme.com"}},
		{Number: 2, Names: []string{"Acme"}, Domains: []string{"acme.com"}},
		{Number: 3, Names: []string{"Acme"}, Domains: []string{"acme.com"}},
	}
	got := shown(match.Propose(records, match.Rules{Skip: func(a, b int32) bool { return min(a, b) == 1 && max(a, b) == 2 }}))
	want := "3 1 likely: domain name or [2]\n3 2 likely: domain name or [1]"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A name that many accounts share says nothing; ids that fit one account are
// all proposed, however many.
func TestProposeCrowds(t *testing.T) {
	t.Parallel()
	var records []match.Record
	for n := range int32(11) {
		records = append(records, match.Record{Number: 1 + n, Domains: []string{"reseller.com"}})
	}
	records = append(records, match.Record{Number: 50, Domains: []string{"acme.com"}})
	for n := range int32(40) {
		records = append(records, match.Record{Number: 100 + n, Bare: true, Domains: []string{"acme.com"}})
	}
	if got := len(match.Propose(records, match.Rules{})); got != 40 {
		t.Errorf("got %d pairs, want 40", got)
	}
}

func TestProposeShared(t *testing.T) {
	t.Parallel()
	records := []match.Record{
		{Number: 1, Domains: []string{"acme.reseller.com"}},
		{Number: 2, Domains: []string{"globex@reseller.com"}},
		{Number: 9, Bare: true, IDs: []match.ID{{Space: "product", Text: "reseller.com"}}},
	}
	if got, want := shown(match.Propose(records, match.Rules{})), "2 1 sure: domain\n9 1 sure: domain"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := shown(match.Propose(records, match.Rules{Shared: []string{"www.Reseller.com"}})); got != "" {
		t.Errorf("got\n%s\nwant nothing", got)
	}
}

// The order of the records changes nothing.
func TestProposeOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	words := []string{"Acme", "Globex", "Initech", "Umbrella", "Foods", "Bank"}
	var records []match.Record
	for n := range int32(200) {
		name := words[r.IntN(len(words))] + " " + words[r.IntN(len(words))] + " " + fmt.Sprint(r.IntN(9))
		records = append(records, match.Record{Number: n + 1, Bare: n%3 == 0, Names: []string{name}, Domains: []string{fmt.Sprintf("d%d.com", r.IntN(60))}})
	}
	want := shown(match.Propose(records, match.Rules{}))
	for range 5 {
		mixed := slices.Clone(records)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got := shown(match.Propose(mixed, match.Rules{})); got != want {
			t.Fatalf("in another order: got\n%s\nwant\n%s", got, want)
		}
	}
}

func BenchmarkPropose(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	word := func() string {
		s := make([]byte, 4+r.IntN(6))
		for i := range s {
			s[i] = byte('a' + r.IntN(26))
		}
		return string(s)
	}
	var records []match.Record
	for n := range int32(1_000_000) {
		name := word() + " " + word()
		records = append(records, match.Record{Number: n + 1, Names: []string{name + " Inc"}, Domains: []string{strings.ReplaceAll(name, " ", "") + ".com"}, IDs: []match.ID{{Space: "main", Text: fmt.Sprint("C-", n)}}})
		if n%10 == 0 {
			records = append(records, match.Record{Number: 2_000_000 + n, Bare: true, IDs: []match.ID{{Space: "billing", Text: strings.ReplaceAll(name, " ", "") + ".com"}}})
		}
	}
	for b.Loop() {
		if n := len(match.Propose(records, match.Rules{})); n < 100_000 {
			b.Fatal(n)
		}
	}
}
