package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// compare says what speaks for two records being one; ok is false where that is
// too little.
func compare(r, into *read) (p Pair, ok bool) {
	p = Pair{Record: r.Number, Into: into.Number}
	var has kinds
	add := func(k Kind, format string, args ...any) {
		has.add(k)
		p.Evidence = append(p.Evidence, Evidence{k, fmt.Sprintf(format, args...)})
	}
	p.compareKeys(r, into, add)
	for _, d := range r.domains {
		if !has.has(ByDomain) && slices.Contains(into.domains, d) {
			add(ByDomain, "same domain %s", d)
		}
	}
	p.compareNames(r, into, add)
	for _, id := range r.ids {
		if !has.has(ByID) && len(id.Text) >= minID && slices.ContainsFunc(into.ids, func(o ID) bool { return o.Text == id.Text && o.Space != id.Space }) {
			add(ByID, "the same id in %s and %s", id.Space, spaceWith(into.ids, id))
		}
	}
	p.compareDates(r, into, add)
	isElsewhere := r.country != "" && into.country != "" && r.country != into.country
	if r.country != "" && r.country == into.country {
		add(ByCountry, "same country")
	}
	if p.Strength, ok = strengthOf(has, r, into); !ok {
		return p, false
	}
	if isElsewhere {
		p.Against = append(p.Against, fmt.Sprintf("another country: %s, %s", strings.TrimSpace(r.Country), strings.TrimSpace(into.Country)))
	}
	return p, len(p.Against) == 0 || p.lower()
}

func spaceWith(ids []ID, id ID) string {
	i := slices.IndexFunc(ids, func(o ID) bool { return o.Text == id.Text && o.Space != id.Space })
	return ids[i].Space
}

// compareKeys adds a key that is the same, and those that are not. Of several of
// one kind, one that is the same will do.
func (p *Pair) compareKeys(r, into *read, add func(Kind, string, ...any)) {
	said := false
	say := func(format string, args ...any) {
		if !said {
			add(ByKey, format, args...)
		}
		said = true
	}
	for i, k := range r.keys {
		if slices.ContainsFunc(r.keys[:i], func(o key) bool { return o.kind == k.kind }) {
			continue
		}
		mine, theirs := keysOf(r.keys, k.kind), keysOf(into.keys, k.kind)
		at := slices.IndexFunc(mine, func(a key) bool { return slices.ContainsFunc(theirs, func(b key) bool { return a.text == b.text }) })
		if at >= 0 {
			say("same %s %s", k.kind, mine[at].written)
		} else if len(theirs) > 0 && !mayBeSame(mine, theirs) {
			p.Against = append(p.Against, fmt.Sprintf("another %s: %s, %s", k.kind, mine[0].written, theirs[0].written))
		}
	}
	for _, pair := range [][2]*read{{r, into}, {into, r}} {
		for _, k := range pair[0].keys {
			for _, id := range pair[1].ids {
				if k.text == id.Text && isTelling(id.Text) {
					say("%s %s is the id in %s", k.kind, k.written, id.Space)
				}
			}
		}
	}
}

// compareNames adds what two records' names have in common.
func (p *Pair) compareNames(r, into *read, add func(Kind, string, ...any)) {
	other := ""
	for i, a := range r.names {
		for _, b := range into.names {
			if a.Key != b.Key {
				continue
			}
			isID := i >= len(r.names)-r.fromID
			switch {
			case a.Form == b.Form && !isID:
				add(ByName, "same name")
			case isID:
				add(ByName, "its id reads as the name")
			case a.Form == "" || b.Form == "":
				add(ByName, "same name but for the legal form (%s)", cmp.Or(a.Form, b.Form))
			default:
				other = fmt.Sprintf("another legal form: %s, %s", a.Form, b.Form)
				continue
			}
			return
		}
	}
	if other != "" {
		add(ByName, "same name")
		p.Against = append(p.Against, other)
		return
	}
	for i := range r.spelled[:len(r.spelled)-r.fromID] {
		for j := range into.spelled {
			if near(&r.spelled[i], &into.spelled[j]) {
				add(ByNearName, "nearly the same name")
				return
			}
		}
	}
}

// maxGap is how many days may lie between the end of one contract and the
// beginning of the next that goes on with it.
const maxGap = 31

// compareDates adds that the contracts of one ended as those of the other began.
func (p *Pair) compareDates(r, into *read, add func(Kind, string, ...any)) {
	for _, pair := range [][2]*read{{r, into}, {into, r}} {
		old, young := pair[0], pair[1]
		if old.Ends == 0 || young.Begins == 0 || old.Begins >= young.Begins || young.Ends <= old.Ends {
			continue
		}
		switch gap := int(young.Begins - old.Ends); {
		case gap == 0 || gap == 1:
			add(BySuccession, "the old one ended the day the new one began (%s)", young.Begins)
		case gap > 1 && gap <= maxGap:
			add(BySuccession, "the new one began %d days after the old one ended (%s)", gap, young.Begins)
		default:
			continue
		}
		return
	}
}

// strengthOf says how much the evidence is worth; ok is false for too little.
func strengthOf(said kinds, r, into *read) (s Strength, ok bool) {
	has := said.has
	name, near := has(ByName), has(ByNearName)
	nameless := len(r.names) == 0 || len(into.names) == 0 || len(r.names) == r.fromID
	switch {
	case has(ByKey), has(ByDomain) && (name || near || nameless), name && has(BySuccession), has(ByID) && (name || near || has(ByDomain)):
		return Sure, true
	case has(ByDomain), name, near && has(BySuccession), has(ByID) && nameless:
		return Likely, true
	case near && (has(ByCountry) || r.country == "" || into.country == ""), has(ByID) && has(BySuccession):
		return Weak, true
	}
	return "", false
}

// lower takes one step off the strength, and reports whether anything is left.
func (p *Pair) lower() bool {
	next := p.Strength.steps() + 1
	if next >= len(Strengths) {
		return false
	}
	p.Strength = Strengths[next]
	return true
}
