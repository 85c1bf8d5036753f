package duckdb

import (
	"crypto/sha256"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/warehouse"
)

// identify makes an account for a key that no account has, and notes whose the
// row's further ids are said to be.
func (ld *loader) identify(row *warehouse.KeyedRow) error {
	k, e := ld.w.known, &ld.encoder
	key, err := k.number(e.accounts, row.Account)
	if err != nil {
		return err
	}
	c := claim{key: key, day: int32(row.At / period.MicrosPerDay), undated: row.AtAssumed, updated: row.Updated}
	if k.account[key] == 0 {
		k.newAccounts = append(k.newAccounts, newAccount{key, publicID(e.accounts.space.name, string(row.Account))})
		ld.started.newAccounts = append(ld.started.newAccounts, key)
		ld.link(key, key, row.Updated)
	}
	if k.founded(key) && (e.claimsOwn || k.moved[key] != nil) {
		c.account = key
		ld.claims.add(k, c)
	}
	c.account = k.accountAt(key, c.day)
	for i, other := range row.Others {
		if other == nil || i >= len(e.others) {
			continue
		}
		if c.key, err = k.number(e.others[i], other); err != nil {
			return err
		}
		if k.account[c.key] == 0 {
			ld.link(c.key, c.account, row.Updated)
			ld.ledger.shared = true
		}
		ld.claims.add(k, c)
	}
	return nil
}

// link gives a key that no account has to an account, for all days.
func (ld *loader) link(key, account int32, updated int64) {
	k := ld.w.known
	k.account[key] = account
	k.newLinks = append(k.newLinks, newLink{key, account, updated})
	ld.started.newLinks = append(ld.started.newLinks, key)
}

// publicID is the id of an account outside this store: 26 characters in the
// shape of a ULID, made of the account's own key alone.
func publicID(space, id string) string {
	sum := sha256.Sum256([]byte("account\x00" + space + "\x00" + id))
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var text [26]byte
	// 128 bits from the left, after two zero bits, five at a time.
	var carry, held uint
	held = 2
	at := 0
	for i := range text {
		for held < 5 {
			carry = carry<<8 | uint(sum[at])
			held += 8
			at++
		}
		held -= 5
		text[i] = digits[carry>>held&31]
	}
	return string(text[:])
}
