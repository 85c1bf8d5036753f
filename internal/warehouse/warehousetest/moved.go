package warehousetest

import (
	"fmt"
	"testing"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// accountsOn is whose each id is on a day, as the first n batches have it: of
// the rows of an id up to the day the one with the latest day counts, of those
// the last one.
const accountsOn = `SELECT x.space, x.id, own.id FROM (
		SELECT key, arg_max(account, {'day': valid_from, 'row': row}) AS account FROM account_key
		WHERE valid_from <= %d AND batch <= %d GROUP BY key
	) k JOIN key x ON x.key = k.key JOIN key own ON own.key = k.account
	WHERE NOT (x.space = own.space AND x.id = own.id) ORDER BY ALL`

// export is one load of accounts: an account a line, with its further ids.
type export struct {
	source string
	ids    string // id space; "" is main
	spaces []string
	rows   []says
	moved  string // "C from a to b", one a line
	kept   string // refused: "C from a to b", a keeps it
}

func exerciseMoved(t *testing.T, open Open) {
	const first, second, third = "2026-01-01", "2026-02-01", "2026-03-01"
	row := func(account, day, id string) says {
		return says{"account": account, "today": day, "others": []string{id}}
	}
	since := func(account, day, id string) says { return says{"account": account, "at": day, "others": []string{id}} }
	tests := []struct {
		name    string
		exports []export
		want    map[string]string // by "day batch"
		moves   bool
	}{
		{
			name: "a newer export that gives an id to another account",
			exports: []export{
				{rows: []says{row("a", first, "C"), row("b", first, "D")}},
				{rows: []says{row("a", second, "E"), row("b", second, "C")}, moved: "C from a to b on 2026-02-01\n"},
				{rows: []says{row("b", third, "C"), row("a", third, "E")}},
			},
			want: map[string]string{
				"2025-01-01 9": "billing C a\nbilling D b\nbilling E a\n", "2026-01-31 9": "billing C a\nbilling D b\nbilling E a\n",
				"2026-02-01 9": "billing C b\nbilling D b\nbilling E a\n", "2026-06-01 1": "billing C a\nbilling D b\n",
			},
			moves: true,
		},
		{
			name: "a dated move, there and back, and one told late",
			exports: []export{
				{rows: []says{since("a", first, "C")}},
				{rows: []says{since("a", first, "C"), since("b", third, "C")}, moved: "C from a to b on 2026-03-01\n"},
				{rows: []says{since("b", third, "C"), since("c", second, "C"), since("a", first, "C")}, moved: "C from a to c on 2026-02-01\n"},
				{rows: []says{since("a", "2026-05-01", "C")}, moved: "C from b to a on 2026-05-01\n"},
			},
			want: map[string]string{
				"2026-01-15 9": "billing C a\n", "2026-02-15 9": "billing C c\n", "2026-02-15 2": "billing C a\n",
				"2026-03-01 9": "billing C b\n", "2026-05-01 9": "billing C a\n", "2026-05-01 3": "billing C b\n",
			},
			moves: true,
		},
		{
			name: "the whole history in one export, in whatever order",
			exports: []export{
				{rows: []says{since("b", second, "C"), since("a", third, "C"), since("a", first, "C")}, moved: "C from a to b on 2026-02-01\n"},
				{rows: []says{since("a", first, "C"), since("b", second, "C"), since("a", third, "C")}},
			},
			want: map[string]string{
				"2025-01-01 9": "billing C a\n", "2026-02-01 9": "billing C b\n", "2026-03-01 9": "billing C a\n",
			},
			moves: true,
		},
		{
			name: "two accounts that claim one id",
			exports: []export{
				{rows: []says{row("a", first, "C"), row("b", first, "C")}, kept: "C from a to b on 2026-01-01\n"},
				{rows: []says{row("b", second, "C"), row("a", second, "C")}, kept: "C from a to b on 2026-02-01\n"},
				{rows: []says{row("c", third, "C"), row("b", third, "C"), row("a", third, "D")}, moved: "C from a to c on 2026-03-01\n", kept: "C from c to b on 2026-03-01\n"},
			},
			want:  map[string]string{"2026-02-28 9": "billing C a\nbilling D a\n", "2026-03-01 9": "billing C c\nbilling D a\n"},
			moves: true,
		},
		{
			name: "an older export that comes late",
			exports: []export{
				{rows: []says{{"account": "a", "today": first, "others": []string{"C"}, "updated": second}}},
				{rows: []says{{"account": "b", "today": second, "others": []string{"C"}, "updated": first}}},
				{rows: []says{{"account": "b", "today": third, "others": []string{"C"}, "updated": third}}, moved: "C from a to b on 2026-03-01\n"},
			},
			want:  map[string]string{"2026-02-28 9": "billing C a\n", "2026-03-01 9": "billing C b\n"},
			moves: true,
		},
		{
			name: "two sources that differ, imported again and again",
			exports: []export{
				{rows: []says{row("a", first, "C")}},
				{source: "erp", ids: "erp", rows: []says{row("x", first, "C")}, moved: "C from a to x on 2026-01-01\n"},
				{rows: []says{row("a", second, "C")}},
				{source: "erp", ids: "erp", rows: []says{row("x", second, "C")}},
				{rows: []says{row("b", third, "C")}, moved: "C from x to b on 2026-03-01\n"},
				{source: "erp", ids: "erp", rows: []says{row("x", third, "C")}},
			},
			want:  map[string]string{"2026-02-28 9": "billing C x\n", "2026-03-01 9": "billing C b\n"},
			moves: true,
		},
		{
			name: "a duplicate account that is merged, and parted again",
			exports: []export{
				{rows: []says{row("a", first, "b")}, spaces: []string{"main"}, moved: ""},
				{rows: []says{row("c", first, "")}, spaces: []string{"main"}},
				{rows: []says{row("a", second, "c")}, spaces: []string{"main"}, moved: "c from c to a on 2026-02-01\n"},
				{rows: []says{row("a", third, ""), row("c", third, "")}, spaces: []string{"main"}, moved: "c from a to c on 2026-03-01\n"},
				{rows: []says{row("a", third, "c"), row("c", third, "")}, spaces: []string{"main"}, kept: "c from c to a on 2026-03-01\n"},
			},
			want:  map[string]string{"2026-01-31 9": "main b a\n", "2026-02-28 9": "main b a\nmain c a\n", "2026-03-01 9": "main b a\n"},
			moves: true,
		},
		{
			name: "an id that was an account of its own",
			exports: []export{
				{source: "billing", ids: "billing", rows: []says{{"account": "C", "today": first}}, spaces: []string{}},
				{rows: []says{row("a", second, "C")}, moved: "C from C to a on 2026-02-01\n"},
				{source: "billing", ids: "billing", rows: []says{{"account": "C", "today": third}}, spaces: []string{}},
				{rows: []says{row("a", third, "C")}},
			},
			want:  map[string]string{"2026-01-31 9": "", "2026-02-01 9": "billing C a\n", "2026-03-01 9": "billing C a\n"},
			moves: true,
		},
		{
			name: "sources that agreed before one of them gives the id away",
			exports: []export{
				{rows: []says{row("a", first, "C")}},
				{source: "erp", rows: []says{row("a", first, "C")}},
				{rows: []says{row("b", second, "C")}, moved: "C from a to b on 2026-02-01\n"},
				{source: "erp", rows: []says{row("a", second, "C")}},
				{source: "erp", rows: []says{row("a", third, "C")}},
				{source: "erp", rows: []says{row("c", third, "C")}, moved: "C from b to c on 2026-03-01\n"},
			},
			want: map[string]string{
				"2026-01-31 9": "billing C a\n", "2026-02-28 9": "billing C b\n", "2026-03-01 5": "billing C b\n", "2026-03-01 9": "billing C c\n",
			},
			moves: true,
		},
		{
			name: "a source that follows the other and then goes back",
			exports: []export{
				{rows: []says{row("a", first, "C")}},
				{source: "erp", rows: []says{row("a", first, "C")}},
				{rows: []says{row("b", first, "C")}, moved: "C from a to b on 2026-01-01\n"},
				{source: "erp", rows: []says{row("b", second, "C")}},
				{rows: []says{row("d", second, "C")}, moved: "C from b to d on 2026-02-01\n"},
				{source: "erp", rows: []says{row("b", second, "C")}},
				{source: "erp", rows: []says{row("a", third, "C")}, moved: "C from d to a on 2026-03-01\n"},
				{source: "erp", rows: []says{row("a", third, "C")}},
			},
			want: map[string]string{
				"2026-01-01 9": "billing C b\n", "2026-02-01 9": "billing C d\n", "2026-03-01 9": "billing C a\n",
			},
			moves: true,
		},
		{
			name: "a source that agreed and tells something earlier late",
			exports: []export{
				{rows: []says{since("a", first, "C")}},
				{source: "erp", rows: []says{since("a", third, "C")}},
				{source: "erp", rows: []says{since("b", second, "C"), since("a", third, "C")}, moved: "C from a to b on 2026-02-01\n"},
				{source: "erp", rows: []says{since("b", second, "C"), since("a", third, "C")}},
			},
			want: map[string]string{
				"2026-01-31 9": "billing C a\n", "2026-02-01 9": "billing C b\n", "2026-03-01 9": "billing C a\n",
			},
			moves: true,
		},
		{
			name: "an older export of a source that agreed",
			exports: []export{
				{rows: []says{row("a", first, "C")}},
				{source: "erp", rows: []says{{"account": "a", "today": first, "others": []string{"C"}, "updated": second}}},
				{rows: []says{row("b", second, "C")}, moved: "C from a to b on 2026-02-01\n"},
				{source: "erp", rows: []says{{"account": "c", "today": third, "others": []string{"C"}, "updated": first}}},
			},
			want:  map[string]string{"2026-01-31 9": "billing C a\n", "2026-03-01 9": "billing C b\n"},
			moves: true,
		},
		{
			name: "a duplicate that one source merges and another goes on listing",
			exports: []export{
				{rows: []says{row("a", first, ""), row("c", first, "")}, spaces: []string{"main"}},
				{source: "erp", rows: []says{row("a", first, ""), row("c", first, "")}, spaces: []string{}},
				{rows: []says{row("a", second, "c")}, spaces: []string{"main"}, moved: "c from c to a on 2026-02-01\n"},
				{source: "erp", rows: []says{row("a", second, ""), row("c", second, "")}, spaces: []string{}},
				{source: "late", rows: []says{row("c", third, "")}, spaces: []string{}, moved: "c from a to c on 2026-03-01\n"},
			},
			want:  map[string]string{"2026-01-31 9": "", "2026-02-28 9": "main c a\n", "2026-03-01 9": ""},
			moves: true,
		},
		{
			name: "nothing that moves",
			exports: []export{
				{rows: []says{row("a", first, "C"), row("b", first, "D")}},
				{rows: []says{row("b", second, "D"), row("a", second, "C")}},
			},
			want: map[string]string{"2026-02-01 9": "billing C a\nbilling D b\n"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, open)
			for i, x := range tt.exports {
				loaded := load(t, w, x.loading(int64(i+1)), x.known()...)
				if got := handovers(loaded.Moved); got != x.moved {
					t.Errorf("export %d: got moved %q, want %q", i+1, got, x.moved)
				}
				if got := handovers(loaded.Refused); got != x.kept {
					t.Errorf("export %d: got refused %q, want %q", i+1, got, x.kept)
				}
			}
			for when, want := range tt.want {
				var day string
				var batch int
				fmt.Sscan(when, &day, &batch)
				if got := ask(t, w, fmt.Sprintf(accountsOn, micros(day)/86_400_000_000, batch)); got != want {
					t.Errorf("on %s after batch %d: got\n%swant\n%s", day, batch, got, want)
				}
			}
			if got := profile(t, w).MovedKeys; got != tt.moves {
				t.Errorf("got moved keys %t, want %t", got, tt.moves)
			}
		})
	}
}

func (x export) loading(batch int64) warehouse.Loading {
	l := warehouse.Loading{Kind: Account(), Source: x.source, Ids: x.ids, Batch: batch, KeySpaces: x.spaces}
	if l.KeySpaces == nil {
		l.KeySpaces = []string{"billing"}
	}
	return l
}

// known returns the rows without ids that are empty.
func (x export) known() []says {
	for _, r := range x.rows {
		if others, _ := r["others"].([]string); len(others) == 1 && others[0] == "" {
			delete(r, "others")
		}
	}
	return x.rows
}

func handovers(list []warehouse.Handovers) string {
	told := ""
	for _, h := range list {
		for _, x := range h.Examples {
			told += fmt.Sprintf("%s from %s to %s on %s\n", x.ID, x.From, x.To, x.Since)
		}
	}
	return told
}

// What moved comes back when the load that moved it is dropped, or swept.
func exerciseMovedBack(t *testing.T, open Open) {
	dir := t.TempDir()
	w := setupIn(t, open, dir)
	l := warehouse.Loading{Kind: Account(), Source: "accounts", Batch: 1, KeySpaces: []string{"billing"}}
	row := func(account, id string) says {
		return says{"account": account, "today": "2026-01-01", "others": []string{id}}
	}
	load(t, w, l, row("a", "C"), row("b", "D"))
	l.Batch = 2
	load(t, w, l, row("a", "X"), row("b", "C"))
	const links = `SELECT key, account, batch, valid_from, row > 0 FROM account_key
		UNION ALL SELECT key, account, batch, valid_from, NULL FROM account_said ORDER BY ALL`
	before := ask(t, w, links)

	swap := []says{row("a", "C"), row("b", "X"), row("c", "D"), row("d", "Y"), row("e", "Y")}
	l.Batch, l.Mode = 3, fact.Snapshot
	if _, err := tryLoad(t.Context(), w, l, swap[2:]...); err == nil {
		t.Fatal("got no error for a snapshot without most of its accounts")
	}
	if got := ask(t, w, links); got != before {
		t.Errorf("after a load that was refused got\n%swant\n%s", got, before)
	}
	l.Batch, l.Mode = 4, fact.Append
	want := handovers(load(t, w, l, swap...).Moved)
	erp := l
	erp.Source = "erp"
	load(t, w, erp, row("a", "C"))
	if got := ask(t, w, `SELECT count(*) FROM account_said`); got != "1\n" {
		t.Fatalf("got %s statements of a source that agrees, want 1", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = setupIn(t, open, dir)
	if err := w.Sweep(t.Context(), func(b int64) bool { return b <= 2 }, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, w, links); got != before {
		t.Errorf("after Sweep got\n%swant\n%s", got, before)
	}
	l.Batch = 5
	if got := handovers(load(t, w, l, swap...).Moved); got != want || got == "" {
		t.Errorf("got moved %q when a swept load is repeated, want %q", got, want)
	}
}

// An id that moved is personal to the account that has it now, and to no other.
func exerciseMovedPersonal(t *testing.T, open Open) {
	w := setup(t, open)
	l := warehouse.Loading{Kind: Account(), Source: "accounts", Batch: 1, KeySpaces: []string{"billing"}}
	row := func(account, id string) says {
		return says{"account": account, "today": "2026-01-01", "others": []string{id}}
	}
	load(t, w, l, row("a", "C"), row("b", "D"))
	l.Batch = 2
	load(t, w, l, row("a", "E"), row("b", "C"))
	for _, tt := range []struct {
		subject warehouse.Subject
		want    string
	}{
		{warehouse.Subject{Family: warehouse.Accounts, ID: "a"}, "a E "},
		{warehouse.Subject{Family: warehouse.Accounts, ID: "b"}, "b C D "},
		{warehouse.Subject{Family: warehouse.Accounts, Space: "billing", ID: "C"}, "b C D "},
	} {
		ids := map[string]bool{}
		for _, k := range personalOf(t, w, tt.subject).Keys {
			ids[k.ID] = true
		}
		got := ""
		for _, id := range []string{"a", "b", "C", "D", "E"} {
			if ids[id] {
				got += id + " "
			}
		}
		if got != tt.want {
			t.Errorf("%s %q: got ids %q, want %q", tt.subject.Space, tt.subject.ID, got, tt.want)
		}
	}
}
