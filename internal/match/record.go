package match

import (
	"slices"
	"strings"
	"unicode"

	"github.com/segue-cs/segue/internal/period"
)

// Record is what is known of an account, or of an id that no source lists as
// one.
type Record struct {
	Number int32
	Bare   bool // an id that no source lists
	Rank   int  // of two accounts the one with the smaller rank, then number, goes on

	IDs     []ID
	Keys    []ID // what no two companies share, by what it is: {"vat", "DE 123456789"}
	Names   []string
	Domains []string // web addresses, hosts, e-mail addresses
	Country string
	Family  int32 // the top of its family; 0 stands alone

	Begins, Ends period.Date // its contracts: from, and up to without; both 0 without any
}

// ID is how a source calls a record.
type ID struct{ Space, Text string }

// read is a record as it is compared.
type read struct {
	*Record
	names   []Name // of Names, by what is compared, each once
	spelled []spelling
	fromID  int // of names, how many at the end are the id itself
	domains []string
	ids     []ID // folded
	keys    []key
	country string
}

func readOf(r *Record, shared map[string]bool) read {
	out := read{Record: r, country: countryOf(r.Country), keys: readKeys(r.Keys)}
	add := func(text string) bool {
		n := NameOf(text)
		if n.Key == "" || slices.Contains(out.names, n) {
			return false
		}
		out.names, out.spelled = append(out.names, n), append(out.spelled, spellingOf(n.Key))
		return true
	}
	for _, text := range r.Names {
		add(text)
	}
	addDomain := func(text string) {
		if d := Domain(text); d != "" && !shared[d] && !slices.Contains(out.domains, d) {
			out.domains = append(out.domains, d)
		}
	}
	for _, text := range r.Domains {
		addDomain(text)
	}
	for _, id := range r.IDs {
		if folded := foldedID(id.Text); len(folded) >= minKey {
			out.ids = append(out.ids, ID{id.Space, folded})
		}
		if !r.Bare {
			continue
		}
		if strings.Contains(id.Text, ".") {
			addDomain(id.Text)
		}
		if strings.ContainsFunc(id.Text, unicode.IsLetter) && add(id.Text) {
			out.fromID++
		}
	}
	return out
}

// minID is how many characters an id must have before it says anything that
// another system has the same one.
const minID = 6

// foldedID is an id without what systems write in different ways: case, zeros
// in front, punctuation, and the three characters by which a CRM makes its ids
// of 15 characters proof against a change of case.
func foldedID(id string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, id)
	if len(s) == 18 && s == strings.ToLower(id) && !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) && strings.HasPrefix(s, "00") {
		s = s[:15]
	}
	return strings.TrimLeft(s, "0")
}

// countryOf folds how a country is written.
func countryOf(text string) string {
	s := strings.Join(wordsOf(plain(text)), " ")
	if short, ok := countries[s]; ok {
		return short
	}
	return s
}

// countries are other ways to write a country.
var countries = map[string]string{
	"united states": "us", "united states of america": "us", "usa": "us", "america": "us",
	"united kingdom": "gb", "great britain": "gb", "uk": "gb", "england": "gb", "scotland": "gb", "wales": "gb",
	"germany": "de", "deutschland": "de", "deu": "de", "austria": "at", "osterreich": "at", "aut": "at", "switzerland": "ch", "schweiz": "ch", "suisse": "ch", "che": "ch",
	"france": "fr", "fra": "fr", "spain": "es", "espana": "es", "esp": "es", "italy": "it", "italia": "it", "ita": "it", "portugal": "pt", "prt": "pt",
	"netherlands": "nl", "the netherlands": "nl", "nederland": "nl", "nld": "nl", "belgium": "be", "bel": "be", "luxembourg": "lu", "ireland": "ie", "irl": "ie",
	"sweden": "se", "sverige": "se", "swe": "se", "norway": "no", "norge": "no", "nor": "no", "denmark": "dk", "danmark": "dk", "dnk": "dk", "finland": "fi", "suomi": "fi", "fin": "fi",
	"poland": "pl", "polska": "pl", "pol": "pl", "czechia": "cz", "czech republic": "cz", "cze": "cz", "hungary": "hu", "romania": "ro", "greece": "gr",
	"canada": "ca", "can": "ca", "mexico": "mx", "mex": "mx", "brazil": "br", "brasil": "br", "bra": "br", "argentina": "ar", "chile": "cl", "colombia": "co",
	"japan": "jp", "jpn": "jp", "china": "cn", "chn": "cn", "india": "in", "ind": "in", "australia": "au", "aus": "au", "new zealand": "nz", "nzl": "nz",
	"singapore": "sg", "sgp": "sg", "south korea": "kr", "korea": "kr", "republic of korea": "kr", "kor": "kr", "israel": "il", "isr": "il", "turkey": "tr", "turkiye": "tr",
	"south africa": "za", "united arab emirates": "ae", "uae": "ae", "are": "ae", "gbr": "gb",
}
