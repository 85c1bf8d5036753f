package demo

import (
	"strconv"
	"strings"

	"github.com/segue-cs/segue/internal/period"
)

// tenure returns the first day of the nth contact, counted from 0, and the
// first day on which it has left, or never.
//
// It is drawn anew wherever it is needed: a million accounts have far too
// many contacts to keep.
func tenure(seed uint64, number, nth int, start, asOf period.Date) (joined, left period.Date) {
	s := newStream(seed, number, topicContact+topic(nth+1)<<8)
	u := s.unit()
	spread := float64(min(max(asOf-start, 0), 600))
	switch {
	case nth == 0:
		joined = min(start, asOf) - 2
	case nth < 3:
		joined = min(start, asOf) + period.Date(u*min(spread, 25))
	default:
		joined = min(start, asOf) + period.Date(u*u*spread)
	}
	left = joined + 45 + period.Date(min(s.wait(2200), 100_000))
	if left > asOf {
		left = never
	}
	return joined, left
}

// contact returns the days of the customer's nth contact. A champion whose
// leaving is the trouble leaves when it begins.
func (g *base) contact(c *customer, nth int) (joined, left period.Date) {
	joined, left = tenure(g.seed, c.number, nth, c.start, g.asOf)
	if nth == 0 {
		left = c.championLeft(g.asOf)
	}
	return joined, left
}

// championLeft returns when the first contact left, or never.
func (c *customer) championLeft(asOf period.Date) period.Date {
	if c.reason == "champion_left" && c.shock <= asOf && c.shock > c.start {
		return c.shock
	}
	return never
}

// anyone draws a contact who is there on the day, most often one of the
// first; -1 when nobody is found.
func (g *base) anyone(c *customer, s *stream, d period.Date, among int) int {
	among = min(among, c.people)
	for range 4 {
		u := s.unit()
		nth := int(u * u * float64(among))
		if joined, left := g.contact(c, nth); joined <= d && d < left {
			return nth
		}
	}
	return -1
}

var roles = []string{"Analyst", "Manager", "Specialist", "Team lead", "Engineer", "Coordinator", "Consultant", "Assistant"}

func (g *base) writeContacts(c *customer) {
	country := countries[c.country]
	t := g.out.contacts
	for nth := range c.people {
		joined, left := g.contact(c, nth)
		s := newStream(g.seed, c.number, topicName+topic(nth+1)<<8)
		name, address := personOf(&s, country.tongue)
		role, decides := roleOf(&s, nth, c)
		if nth > 0 {
			address += strconv.Itoa(nth + 1)
		}
		t.part('C', c.number, nth+1).id('A', c.number).text(name)
		t.raw(address + "@" + c.latin + strconv.Itoa(c.number) + ".example").text(role)
		t.flag(decides).flag(c.sponsored && nth == 0).raw(country.language)
		t.date(max(joined, c.created))
		if s.chance(.6) {
			t.date(left)
		} else {
			t.empty() // nobody has told the vendor
		}
		t.end()
	}
}

// personOf makes up a name and the Latin letters of it for an address.
func personOf(s *stream, tongue int) (string, string) {
	t := &tongues[tongue]
	i, j := s.below(len(t.given)), s.below(len(t.family))
	if tongue == japanese {
		return t.family[j] + " " + t.given[i], t.ascii[0][i] + "." + t.ascii[1][j]
	}
	return t.given[i] + " " + t.family[j], fold(t.given[i]) + "." + fold(t.family[j])
}

// roleOf returns what the nth contact does, and whether it decides on money.
func roleOf(s *stream, nth int, c *customer) (string, bool) {
	field := departments[c.business]
	switch {
	case nth == 0 && c.employees < 30:
		return "Owner", true
	case nth == 0:
		return "Head of " + field, true
	case nth == 1:
		return "Administrator", false
	case nth == 2 && c.arr > 40_000:
		return one(s, []string{"Chief Financial Officer", "Vice President, " + field, "Procurement"}), true
	}
	return strings.TrimSpace(field + " " + strings.ToLower(one(s, roles))), s.chance(.03)
}
