package demo

import "strings"

// blockSize is how many accounts in a row one team looks after. With some
// USD 9M of revenue in a block and six CSMs it comes near the guidepost of
// USD 2M for each.
//
// Source: DOMAIN.md 2.6.
const blockSize = 250

// teamRoles are the people of a block's team, with the region each works in.
var teamRoles = []struct {
	role, region string
	hours        int // a quarter, left for customers (DOMAIN.md 2.6: 331.5)
}{
	{"csm", americas, 331},
	{"csm", americas, 331},
	{"csm", emea, 331},
	{"csm", emea, 265},
	{"csm", apac, 331},
	{"strategic_csm", americas, 331},
	{"onboarding", emea, 310},
	{"support", americas, 390},
}

const (
	strategist = 5
	onboarder  = 6
)

// pools share the accounts that have no CSM of their own.
var pools = []struct{ name, region string }{
	{"Scaled Team Americas", americas}, {"Scaled Team EMEA", emea}, {"Scaled Team APAC", apac},
}

func (g *base) writeTeammates() {
	t := g.out.teammates
	for _, p := range pools {
		t.text(p.name).raw(strings.ToLower(strings.ReplaceAll(p.name, " ", "-")) + "@vendor.example").raw("pooled").whole(1300).raw(p.region)
		t.raw("en").end()
	}
	for block := 0; block*blockSize < g.accounts; block++ {
		for i, r := range teamRoles {
			name, email := g.teammate(block, i)
			s := newStream(g.seed, block*len(teamRoles)+i, topicTeammate)
			languages := "en"
			switch r.region {
			case emea:
				languages += one(&s, []string{" de", " fr", " de fr", " es it", " pl sv"})
			case apac:
				languages += one(&s, []string{" ja", "", " ja"})
			default:
				languages += one(&s, []string{"", " es", " pt es", " fr"})
			}
			t.text(name).raw(email).raw(r.role).whole(int64(r.hours)).raw(r.region).raw(languages).end()
		}
	}
}

// teammate returns the name and e-mail address of a member of a block's team.
// No two teammates share a name: it counts through given names, family names
// and middle initials.
func (g *base) teammate(block, i int) (string, string) {
	given := [2][]string{tongues[english].given, tongues[indian].given}
	family := [2][]string{tongues[english].family, tongues[indian].family}
	givens, families := len(given[0])+len(given[1]), len(family[0])+len(family[1])
	n := block*len(teamRoles) + i
	first := nth(given, n%givens)
	last := nth(family, (n/givens+n*7)%families)
	middle := ""
	for round := n / (givens * families); round > 0; round /= 26 {
		middle += string(rune('A'+round%26)) + ". "
	}
	name := first + " " + middle + last
	return name, strings.ToLower(fold(first)+"."+fold(middle)+fold(last)) + "@vendor.example"
}

// nth returns the nth element of two lists read one after the other.
func nth(lists [2][]string, n int) string {
	if n < len(lists[0]) {
		return lists[0][n]
	}
	return lists[1][n-len(lists[0])]
}

// ownerOf returns who looks after the account, or "" for the few that nobody
// does. Large accounts go to the strategist, small ones to a pool.
func (g *base) ownerOf(c *customer) string {
	if c.ownerless {
		return ""
	}
	region := countries[c.country].region
	s := newStream(g.seed, c.number, topicTeammate+1<<8)
	if c.arr < 15_000 && s.chance(.85) || c.internal {
		for _, p := range pools {
			if p.region == region {
				return p.name
			}
		}
	}
	block := (c.number - 1) / blockSize
	member := strategist
	if c.arr < 250_000 || region != americas {
		for member = s.below(strategist); teamRoles[member].region != region; {
			member = (member + 1) % strategist
		}
	}
	name, _ := g.teammate(block, member)
	return name
}
