package pipeline

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// Erasure is that facts were erased on a day.
type Erasure struct {
	On    period.Date `json:"on"`
	Facts int64       `json:"facts"`
}

// String is how screens say it.
func (x Erasure) String() string {
	return fmt.Sprintf("%s erased on %s", quantity(x.Facts, "fact"), x.On)
}

// Erasures returns what was erased, by day.
func (e *Engine) Erasures(ctx context.Context) ([]Erasure, error) {
	all, err := e.State.Erasures(ctx)
	if err != nil {
		return nil, err
	}
	var list []Erasure
	for _, x := range all {
		on := e.day(nil, x.Decided)
		if n := len(list); n > 0 && list[n-1].On == on {
			list[n-1].Facts += x.Facts
			continue
		}
		list = append(list, Erasure{On: on, Facts: x.Facts})
	}
	slices.SortStableFunc(list, func(a, b Erasure) int { return int(a.On - b.On) })
	return list, nil
}

// erasedFrom returns what was erased if some text of an answer is gone.
func (e *Engine) erasedFrom(ctx context.Context, cells ...any) ([]Erasure, error) {
	for _, v := range cells {
		text, _ := v.(string)
		if text == warehouse.Erased || strings.HasPrefix(text, surrogatePrefix) {
			return e.Erasures(ctx)
		}
	}
	return nil, nil
}

// erasedKey is what is known of an id that was erased.
type erasedKey struct {
	decided   time.Time
	surrogate []byte
}

// erased knows the ids that were erased when it meets them again.
type erased struct {
	salts      [][]byte
	digests    map[string]erasedKey
	surrogates map[string]bool
	latest     map[idOf]latestID
}

type idOf struct{ family, space string }

// latestID is the id last asked for: rows of one customer stand together.
type latestID struct {
	id    string
	found erasedKey
	ok    bool
}

// readErased returns the ids that were erased.
func (e *Engine) readErased(ctx context.Context) (*erased, error) {
	all, err := e.State.Erasures(ctx)
	if err != nil {
		return nil, err
	}
	known := &erased{digests: map[string]erasedKey{}, surrogates: map[string]bool{}, latest: map[idOf]latestID{}}
	salts := map[string]bool{}
	for _, x := range all {
		for _, k := range x.Keys {
			known.digests[string(k.Digest)] = erasedKey{x.Decided, []byte(k.Surrogate)}
			known.surrogates[k.Surrogate] = true
			if !salts[string(k.Salt)] {
				salts[string(k.Salt)] = true
				known.salts = append(known.salts, k.Salt)
			}
		}
	}
	return known, nil
}

// none reports whether nobody was erased.
func (x *erased) none() bool { return len(x.digests) == 0 }

// find returns what is known of an id if it was erased.
func (x *erased) find(family, space string, id []byte) (erasedKey, bool) {
	if x.none() || len(id) == 0 {
		return erasedKey{}, false
	}
	of := idOf{family, space}
	if last, ok := x.latest[of]; ok && last.id == string(id) {
		return last.found, last.ok
	}
	last := latestID{id: string(id)}
	for _, salt := range x.salts {
		if last.found, last.ok = x.digests[string(digestOf(salt, family, space, id))]; last.ok {
			break
		}
	}
	x.latest[of] = last
	return last.found, last.ok
}

// digestOf is what is remembered of an id.
func digestOf(salt []byte, family, space string, id []byte) []byte {
	if space == "" {
		space = "main"
	}
	h := hmac.New(sha256.New, salt)
	h.Write([]byte(family + "\x00" + space + "\x00"))
	h.Write(id)
	return h.Sum(nil)
}

// erasedness says what the row last decoded has to do with those who were
// erased.
type erasedness struct {
	about bool // it is about one of them
	keys  int  // it carries so many of their ids, and is of another account
	names bool // it names one of them elsewhere, as its parent
}

// ofErased returns what the row last decoded has to do with those who were
// erased. Where it is not about them, their ids are taken out of its further
// ids, and a reference to an account becomes the one that is stored.
func (ld *loading) ofErased() erasedness {
	var x erasedness
	known, m, row := ld.erased, ld.mapping, &ld.row
	if known.none() {
		return x
	}
	if _, ok := known.find("account", m.Ids, row.Account); ok {
		return erasedness{about: true}
	}
	for i, c := range ld.kind.Columns {
		v := &row.Values[i]
		if v.Missing {
			continue
		}
		switch c.Type {
		case fact.Contact:
			if _, ok := known.find("contact", m.ContactIds, v.Text); ok {
				return erasedness{about: true}
			}
		case fact.Account:
			if k, ok := known.find("account", m.Ids, v.Text); ok {
				v.Text, x.names = k.surrogate, true
			}
		}
	}
	for i, other := range row.Others {
		if _, ok := known.find("account", ld.spaces[i], other); ok {
			row.Others[i] = nil
			x.keys++
		}
	}
	return x
}
