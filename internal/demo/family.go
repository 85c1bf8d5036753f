package demo

import "strings"

// maxDepth is the most levels a family has, its top included.
const maxDepth = 4

// investor is the number of the holding that owns shares in many accounts
// that have nothing else in common. Counting customers by their top parent
// joins them all. Source: SEMANTICS.md 4.
const investor = 7

// window is how many accounts in a row share one family head.
const window = 25

// What an account is in its family.
const (
	company uint8 = iota
	department
	site
)

var entities = []string{"company", "department", "site"}

// families is the tree of all accounts so far. Accounts are added in the
// order of their numbers, a parent is always an account added before.
type families struct {
	seed   uint64
	parent []int32 // 0: top
	depth  []uint8 // 1: top
	entity []uint8
	staff  []int32 // employees
}

func newFamilies(seed uint64, accounts int) *families {
	return &families{
		seed:   seed,
		parent: make([]int32, accounts+1),
		depth:  make([]uint8, accounts+1),
		entity: make([]uint8, accounts+1),
		staff:  make([]int32, accounts+1),
	}
}

// head returns the head of the nth window: a big company under which others
// of its window hang.
func (f *families) head(nth int) int {
	s := newStream(f.seed, nth, topicFamily)
	return nth*window + 1 + s.below(window)
}

// isHead reports whether the account heads its window.
func (f *families) isHead(number int) bool { return f.head((number-1)/window) == number }

// isGroup reports whether the account heads a far larger family: one window
// in twenty sends members of the next nineteen to it as well.
func (f *families) isGroup(number int) bool {
	return f.isHead(number) && (number-1)/window%20 == 0
}

// add places the next account: one in eight beneath another.
func (f *families) add(number int) {
	f.depth[number], f.entity[number] = 1, company
	if number == investor || number <= 3 || f.isHead(number) {
		return
	}
	s := newStream(f.seed, number, topicFamily+1<<8)
	switch u := s.unit(); {
	case u < .011 && number > investor:
		f.hang(number, investor, company)
	case u < .127:
		f.join(number, &s)
	}
}

// join hangs the account beneath a head or beneath one of its relatives.
func (f *families) join(number int, s *stream) {
	nth := (number - 1) / window
	if s.chance(.2) {
		nth -= nth % 20
	}
	head := f.head(nth)
	if head >= number {
		if nth == 0 {
			return
		}
		head = f.head(nth - 1)
	}
	parent := head
	if s.chance(.5) {
		for i := number - 1; i > max(head, number-window); i-- {
			if f.top(i) == f.top(head) && f.entity[i] != site && f.depth[i] < maxDepth {
				parent = i
				break
			}
		}
	}
	kind := one(s, []uint8{company, department, department, site})
	if f.entity[parent] == department {
		kind = one(s, []uint8{department, site})
	}
	f.hang(number, parent, kind)
}

func (f *families) hang(number, parent int, kind uint8) {
	f.parent[number] = int32(parent)
	f.depth[number] = f.depth[parent] + 1
	f.entity[number] = kind
}

// top returns the account at the top of the family, without the investor.
func (f *families) top(number int) int {
	for f.parent[number] != 0 && f.parent[number] != investor {
		number = int(f.parent[number])
	}
	return number
}

// name returns what the account is called, and the same in Latin letters
// without marks or spaces.
func (f *families) name(p *profile) (string, string) {
	switch {
	case p.number == investor:
		return "Northgate Growth Partners", "northgate"
	case p.internal:
		return "Test account " + string(appendID(nil, 'T', p.number)), "test"
	}
	top := f.top(p.number)
	if top == p.number {
		return f.firm(p.number, p.country, p.industry)
	}
	place := placeOf(f.seed, top)
	name, latin := f.firm(top, place.country, place.industry)
	s := newStream(f.seed, p.number, topicName)
	t := &tongues[countries[p.country].tongue]
	bare := name
	for _, legal := range tongues[countries[place.country].tongue].legal {
		bare = strings.TrimSuffix(bare, " "+legal)
	}
	switch f.entity[p.number] {
	case department:
		return bare + " – " + departments[p.business], latin
	case site:
		return bare + ", " + one(&s, t.cities), latin
	}
	return bare + " " + one(&s, t.cities) + " " + one(&s, t.legal), latin
}

// firm makes up the name of a company.
func (f *families) firm(number int, country, industry uint8) (string, string) {
	s := newStream(f.seed, number, topicName)
	t := &tongues[countries[country].tongue]
	first := one(&s, t.firm)
	if len(t.joined) > 0 {
		first += one(&s, t.joined)
	} else if s.chance(.3) {
		first = one(&s, t.family)
	}
	latin := fold(first)
	if latin == "" {
		latin = "kaisha"
	}
	trade := one(&s, strings.Split(t.trades[industry], "|"))
	legal := one(&s, t.legal)
	if countries[country].tongue == japanese {
		return first + trade + legal, latin
	}
	return first + " " + trade + " " + legal, latin
}
