package match

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// Strength says how much speaks for two records being one.
type Strength string

// Sure pairs have two things in common of which each is rare, weak ones may
// well be two companies.
const (
	Sure   Strength = "sure"
	Likely Strength = "likely"
	Weak   Strength = "weak"
)

// Strengths are all of them, the strongest first.
var Strengths = []Strength{Sure, Likely, Weak}

func (s Strength) steps() int { return slices.Index(Strengths, s) }

// Kind is what two records have in common.
type Kind string

// The kinds of evidence, the strongest first.
const (
	ByKey        Kind = "external_id"
	ByDomain     Kind = "domain"
	ByName       Kind = "name"
	ByID         Kind = "id"
	BySuccession Kind = "succession"
	ByNearName   Kind = "near_name"
	ByCountry    Kind = "country"
)

// Kinds are all of them.
var Kinds = []Kind{ByKey, ByDomain, ByName, ByID, BySuccession, ByNearName, ByCountry}

// kinds are some of the kinds of evidence.
type kinds uint8

func (k *kinds) add(one Kind) { *k |= 1 << slices.Index(Kinds, one) }

func (k kinds) has(one Kind) bool { return k>>slices.Index(Kinds, one)&1 == 1 }

// Evidence is one thing that speaks for a pair, in words.
type Evidence struct {
	Kind  Kind
	Words string
}

// Pair is two records that may be one company.
type Pair struct {
	Record, Into int32 // numbers; Into goes on, and is never a bare id
	Strength     Strength
	Evidence     []Evidence
	Against      []string // what speaks against it
	Rivals       []int32  // whom the record may be as well, with as much to speak for it
}

// crowd is how many accounts with one name, one domain or one id are no
// company: it stands for something else.
const crowd = 10

// nearCrowd bounds how many accounts with a word in common are compared with
// each other.
const nearCrowd = 50

// Rules say what to leave out of account.
type Rules struct {
	Shared []string              // domains that say nothing, beside those of providers of mail
	Skip   func(a, b int32) bool // pairs that are decided, by number; nil is none
}

// Propose finds the pairs that may be one company, of records of which each has
// its own number.
//
// Of accounts that hang together by pairs of one strength only as many pairs are
// returned as it takes to join them. A record that may be one of two accounts,
// which are not proposed as one themselves, is ambiguous: it has rivals, and its
// strength is one step less. Pairs: by Into and Record.
func Propose(records []Record, rules Rules) []Pair {
	shared := map[string]bool{}
	for _, s := range rules.Shared {
		shared[Domain(s)] = true
	}
	list := make([]read, len(records))
	for i := range records {
		list[i] = readOf(&records[i], shared)
	}
	slices.SortFunc(list, func(a, b read) int {
		if a.goesOnBefore(&b) {
			return -1
		}
		return 1
	})
	var pairs []Pair
	for _, c := range candidates(list) {
		a, b := &list[c>>32], &list[uint32(c)] // the first goes on before the second
		if a.Family != 0 && a.Family == b.Family || rules.Skip != nil && rules.Skip(a.Number, b.Number) {
			continue
		}
		if p, ok := compare(b, a); ok {
			pairs = append(pairs, p)
		}
	}
	pairs = told(fewest(pairs, list))
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.Into, b.Into), cmp.Compare(a.Record, b.Record)) })
	return pairs
}

// goesOnBefore says whether a of a and b is the one that goes on.
func (a *read) goesOnBefore(b *read) bool {
	if a.Bare != b.Bare {
		return b.Bare
	}
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Number, b.Number)) < 0
}

// candidates returns the pairs of records that have something in common, as two
// places in the list, each pair once. It does not look at all pairs: records are
// put in blocks by what could be equal.
func candidates(list []read) []uint64 {
	type entry struct {
		hash uint64
		at   uint32
		near bool
	}
	keyed := slices.ContainsFunc(list, func(r read) bool { return r.keys != nil })
	entries := make([]entry, 0, 10*len(list))
	for i, r := range list {
		put := func(block uint64, text string) {
			entries = append(entries, entry{xxh3.HashStringSeed(text, block), uint32(i), block >= nearFrom})
		}
		for _, d := range r.domains {
			put(domainBlock, d)
		}
		for n, name := range r.names {
			put(nameBlock, name.Key)
			if n < len(r.names)-r.fromID {
				nearBlocks(name.Key, put)
			}
		}
		for _, id := range r.ids {
			if len(id.Text) >= minID {
				put(idBlock, id.Text)
			}
			if keyed && isTelling(id.Text) {
				put(keyBlock, id.Text)
			}
		}
		for _, k := range r.keys {
			put(keyBlock, k.text)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.at, b.at))
	})
	pairs := make([]uint64, 0, len(entries))
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && entries[to].hash == entries[from].hash {
			to++
		}
		block := slices.CompactFunc(entries[from:to], func(a, b entry) bool { return a.at == b.at })
		most := crowd
		if block[0].near {
			most = nearCrowd
		}
		var accounts, bare []uint64
		for _, e := range block {
			if list[e.at].Bare {
				bare = append(bare, uint64(e.at))
			} else if accounts = append(accounts, uint64(e.at)); len(accounts) > most {
				break
			}
		}
		if len(accounts) <= most {
			for i, a := range accounts {
				for _, b := range append(accounts[i+1:len(accounts):len(accounts)], bare...) {
					pairs = append(pairs, min(a, b)<<32|max(a, b))
				}
			}
		}
		from = to
	}
	slices.Sort(pairs)
	return slices.Compact(pairs)
}

// What records of one block have in common. Those from nearFrom on differ a
// little.
const (
	domainBlock uint64 = iota + 1
	nameBlock
	idBlock
	keyBlock   // a key, or an id that may be one
	wordsBlock // the same words
	joinedBlock
	firstBlock // the same first word
	headBlock
	tailBlock

	nearFrom = wordsBlock
)

// nearBlocks puts a name into the blocks of names that differ by little.
func nearBlocks(key string, put func(block uint64, text string)) {
	joined := key
	if first, rest, ok := strings.Cut(key, " "); ok {
		words := strings.Fields(rest)
		words = append(words, first)
		slices.Sort(words)
		put(wordsBlock, strings.Join(words, " "))
		joined = strings.ReplaceAll(key, " ", "")
		if len(first) >= 4 {
			put(firstBlock, first)
		}
	} else if len(key) >= 4 {
		put(firstBlock, key)
	}
	put(joinedBlock, joined)
	// A slip in one half leaves the other, whichever way the middle falls.
	if runes := []rune(joined); len(runes) >= 6 {
		n := len(runes)
		put(headBlock, string(runes[:n/2]))
		put(tailBlock, string(runes[n-n/2:]))
		put(headBlock, string(runes[:(n-1)/2]))
		put(tailBlock, string(runes[n-(n-1)/2:]))
	}
}

// fewest leaves out pairs of accounts that stronger pairs, or as strong ones,
// have joined already, and those of a bare id with accounts that go with one it
// has.
func fewest(pairs []Pair, list []read) []Pair {
	at := make(map[int32]int32, len(list))
	bare := make(map[int32]bool)
	for i, r := range list {
		at[r.Number] = int32(i)
		if r.Bare {
			bare[r.Number] = true
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.Strength.steps(), b.Strength.steps()), boolCompare(bare[a.Record], bare[b.Record]),
			cmp.Compare(at[a.Into], at[b.Into]), cmp.Compare(at[a.Record], at[b.Record]))
	})
	above := make([]int32, len(list))
	for i := range above {
		above[i] = int32(i)
	}
	find := func(i int32) int32 {
		for above[i] != i {
			above[i] = above[above[i]]
			i = above[i]
		}
		return i
	}
	var kept []Pair
	has := map[int32][]int32{} // of bare ids: with whom they are proposed
	for _, p := range pairs {
		a, b := find(at[p.Record]), find(at[p.Into])
		switch {
		case !bare[p.Record] && a == b:
			continue
		case !bare[p.Record]:
			above[max(a, b)] = min(a, b)
		case slices.ContainsFunc(has[p.Record], func(other int32) bool { return find(at[other]) == b }):
			continue
		default:
			has[p.Record] = append(has[p.Record], p.Into)
		}
		kept = append(kept, p)
	}
	return kept
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// told notes which records may be one of several accounts, and lowers those
// pairs by a step.
func told(pairs []Pair) []Pair {
	strengths := map[[2]int32]Strength{}
	byRecord := map[int32][]int{}
	for i, p := range pairs {
		strengths[[2]int32{min(p.Record, p.Into), max(p.Record, p.Into)}] = p.Strength
		byRecord[p.Record] = append(byRecord[p.Record], i)
	}
	rivals := make([][]int32, len(pairs))
	for _, places := range byRecord {
		for _, i := range places {
			for _, j := range places {
				a, b := pairs[i].Into, pairs[j].Into
				if i == j || pairs[j].Strength.steps() > pairs[i].Strength.steps() {
					continue
				}
				if s, ok := strengths[[2]int32{min(a, b), max(a, b)}]; !ok || s.steps() > pairs[i].Strength.steps() {
					rivals[i] = append(rivals[i], b)
				}
			}
		}
	}
	for i := range pairs {
		slices.Sort(rivals[i])
		if pairs[i].Rivals = rivals[i]; rivals[i] != nil {
			pairs[i].lower() // a weak one stays: it says that it may be another
		}
	}
	return pairs
}
