package duckdb

import (
	"cmp"
	"slices"

	"github.com/segue-cs/segue/internal/period"
)

// claim is what a row of accounts says: the key is the account's, from the day
// on.
type claim struct {
	key, account, day int32
	undated           bool  // the day is that of the import
	updated           int64 // by the source's clock; 0 is not known
}

// claims are those of a load, in the order of its rows. A key of which all
// claims agree with what is known is never looked at again.
type claims struct {
	all       []claim
	contested map[int32]bool
}

func (cs *claims) add(k *known, c claim) {
	cs.all = append(cs.all, c)
	if k.account[c.key] == c.account && k.moved[c.key] == nil || cs.contested[c.key] {
		return
	}
	if cs.contested == nil {
		cs.contested = map[int32]bool{}
	}
	cs.contested[c.key] = true
}

// of returns the claims of the contested keys, by key, day by day, and in the
// order of the rows within a day.
func (cs *claims) of() [][]claim {
	var picked []claim
	for _, c := range cs.all {
		if cs.contested[c.key] {
			picked = append(picked, c)
		}
	}
	slices.SortStableFunc(picked, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.day, b.day))
	})
	return chunked(picked, func(c claim) int32 { return c.key })
}

// chunked cuts a sorted list where the value changes.
func chunked(list []claim, by func(claim) int32) [][]claim {
	var parts [][]claim
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && by(list[to]) == by(list[from]) {
			to++
		}
		parts = append(parts, list[from:to])
		from = to
	}
	return parts
}

// link says whose a key is from a day on, until the next link of the key.
type link struct {
	account, from int32
	row           int64 // 0 for the first of its key, which holds since ever
	source        int32 // which said so; 0 is not known
	updated       int64
}

// holder returns the link of a key's list that is in force on the day; ok is
// false for an empty list.
func holder(links []link, day int32) (l link, ok bool) {
	for _, l := range slices.Backward(links) {
		if l.from <= day || l.row == 0 {
			return l, true
		}
	}
	return link{}, false
}

// history is what is known of a key: whose it was, and what the source of the
// load said when another source had said the same. Both are oldest first.
type history struct{ links, agreed []link }

// said returns what the source last said up to the day. A link that it made
// stands, whatever it had agreed to before.
func (h history) said(source, day int32) (l link, ok bool) {
	held, ok := holder(h.links, day)
	if ok && (held.source == source || held.source == 0) {
		return held, true
	}
	ok = false
	for _, list := range [][]link{h.links, h.agreed} {
		for _, x := range list {
			if (x.from <= day || x.row == 0) && (x.source == source || x.source == 0) && (!ok || !x.before(l)) {
				l, ok = x, true
			}
		}
	}
	return l, ok
}

// before orders links by the day they hold from, and those of one day as they
// were said.
func (l link) before(other link) bool {
	return cmp.Or(cmp.Compare(l.from, other.from), cmp.Compare(l.row, other.row)) < 0
}

// handover is a key that went, or was to go, from one account to another.
type handover struct{ key, from, to, day int32 }

// replay adds to what is known of a key what the claims of a load change, and
// returns the handovers made and those refused.
//
// The claims are of one source. From its day on, a key goes to the account that
// claims it, unless the account which has it claims it on the same day: then,
// and where several new ones do, the first keeps it and the others are refused.
// A source that repeats what it said before, and a row which the source itself
// calls older than what it said, change nothing. That a source agrees with what
// others said is kept, so that it repeats itself when it says so again.
func (h *history) replay(claimed []claim, source int32, nextRow func() int64) (made, refused []handover) {
	for _, day := range chunked(claimed, func(c claim) int32 { return c.day }) {
		held, isHeld := holder(h.links, day[0].day)
		before, isSaid := h.said(source, day[0].day)
		day = slices.DeleteFunc(day, func(c claim) bool {
			return isHeld && c.account != held.account && (c.older(held, source) || isSaid && c.older(before, source))
		})
		if len(day) == 0 {
			continue
		}
		winner := winnerOf(day, held, before)
		for _, c := range day {
			if c.account != winner.account {
				refused = append(refused, handover{c.key, winner.account, c.account, c.day})
			}
		}
		l := link{account: winner.account, from: winner.day, source: source, updated: winner.updated}
		switch {
		case !isHeld:
			l.from = int32(period.Earliest)
			h.links = append(h.links, l)
		case isSaid && winner.account == before.account:
		case winner.account == held.account:
			if !h.hasSaid(source) {
				l.from = int32(period.Earliest)
			}
			l.row = nextRow()
			h.agreed = insert(h.agreed, l)
		default:
			l.row = nextRow()
			h.links = insert(h.links, l)
			made = append(made, handover{winner.key, held.account, winner.account, winner.day})
		}
	}
	return made, refused
}

// winnerOf returns the claim of a day that counts: the one of the account that
// has the key, else of the one that the source gave it to before, else the
// first.
func winnerOf(day []claim, held, before link) claim {
	for _, l := range []link{held, before} {
		if i := slices.IndexFunc(day, func(c claim) bool { return c.account == l.account }); i >= 0 {
			return day[i]
		}
	}
	return day[0]
}

// hasSaid says whether the source ever said something of the key.
func (h history) hasSaid(source int32) bool {
	_, ok := h.said(source, int32(period.Open))
	return ok
}

// older says whether the source calls the claim's row older than the one it had
// before.
func (c claim) older(held link, source int32) bool {
	sameClock := held.source == source || held.source == 0
	sameDay := c.undated || held.from == c.day || held.row == 0
	return sameClock && sameDay && c.updated != 0 && c.updated < held.updated
}

// insert puts a link behind those that begin no later.
func insert(links []link, l link) []link {
	at := len(links)
	for at > 0 && links[at-1].row != 0 && links[at-1].from > l.from {
		at--
	}
	return slices.Insert(slices.Clone(links), at, l)
}
