package warehousetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/warehouse"
)

// gapLoad is one load of a series, and the reasons of the gaps that are open
// after it, in the order of their words.
type gapLoad struct {
	kind   fact.Kind // contract if it has no name
	mode   fact.RowMode
	forget bool
	rows   []says
	want   string
	left   int64 // rows of this load that leave a gap
	closed int64
}

// openGaps lists the gaps that are none no more.
const openGaps = `SELECT reason FROM gap WHERE gap NOT IN (SELECT gap FROM gap_end) ORDER BY reason`

// exerciseGaps loads rows that are wrong, and what comes in their place.
func exerciseGaps(t *testing.T, open Open) {
	absurd := says{"wrong": "absurd", "unread": []string{"arr"}, "arr": nil}
	noDate := says{"wrong": "no date", "unread": []string{"at"}, "today": "2026-01-10"}
	bare := func(arr usd, more says) says { return with(says{"account": "a", "at": "2026-01-01", "arr": arr}, more) }
	event := func(more says) says { return with(says{"account": "a", "at": "2026-01-02", "name": "login"}, more) }
	tests := []struct {
		name  string
		loads []gapLoad
	}{
		{"a row that is mended", []gapLoad{
			{rows: []says{line("1", absurd), line("2", nil)}, want: "absurd", left: 1},
			{rows: []says{line("1", absurd), line("2", nil)}, want: "absurd", left: 1},
			{rows: []says{line("2", nil)}, want: "absurd"},
			{rows: []says{line("1", nil), line("2", nil)}, closed: 1},
			{rows: []says{line("1", nil)}},
		}},
		{"a row that is wrong in another way, and then no fact", []gapLoad{
			{rows: []says{line("1", absurd)}, want: "absurd", left: 1},
			{rows: []says{line("1", noDate)}, want: "no date", left: 1},
			{rows: []says{line("1", says{"left": fact.LeftOutUnknown})}, want: "no date"},
			{rows: []says{line("1", says{"left": fact.LeftOut})}, closed: 1},
		}},
		{"a row that is stored, and whose correction is wrong", []gapLoad{
			{rows: []says{line("1", nil)}},
			{rows: []says{line("1", absurd)}, want: "absurd", left: 1},
			{rows: []says{line("1", nil)}, closed: 1},
		}},
		{"the later row of a load counts", []gapLoad{
			{rows: []says{line("1", absurd), line("1", nil), line("2", nil), line("2", absurd)}, want: "absurd", left: 1},
		}},
		{"a wrong row that the source calls older", []gapLoad{
			{rows: []says{line("1", says{"updated": "2026-01-05"})}},
			{rows: []says{line("1", with(absurd, says{"updated": "2026-01-04"}))}},
			{rows: []says{line("1", with(absurd, says{"updated": "2026-01-06"}))}, want: "absurd", left: 1},
			{rows: []says{line("1", says{"updated": "2026-01-05"})}, want: "absurd"},
			{rows: []says{line("1", says{"updated": "2026-01-06"})}, closed: 1},
		}},
		{"a row without an id, told by what could be read", []gapLoad{
			{rows: []says{bare(100, nil), bare(200, noDate), bare(300, nil)}, want: "no date", left: 1},
			{rows: []says{bare(100, nil), bare(300, nil)}, want: "no date"},
			{rows: []says{bare(200, says{"account": "b"})}, want: "no date"},
			{rows: []says{bare(100, nil), bare(200, nil), bare(300, nil)}, closed: 1},
		}},
		{"rows without an id that say the same and are no longer rejected", []gapLoad{
			{rows: []says{bare(200, nil), bare(200, noDate)}, want: "no date", left: 1},
			{rows: []says{bare(200, noDate), bare(200, nil)}, want: "no date", left: 1},
		}},
		{"an instant without a time, of which others say the same", []gapLoad{
			{kind: Event(), rows: []says{event(nil), event(noDate)}, want: "no date", left: 1},
			{kind: Event(), rows: []says{event(says{"at": "2026-01-03"})}, want: "no date"},
			{kind: Event(), forget: true, rows: []says{event(nil)}, closed: 1},
		}},
		{"an instant that is known by its id, day and account", []gapLoad{
			{kind: Event(), rows: []says{event(says{"id": "e1", "wrong": "quantity", "unread": []string{"quantity"}})}, want: "quantity", left: 1},
			{kind: Event(), rows: []says{event(says{"id": "e1", "at": "2026-01-03"})}, want: "quantity"},
			{kind: Event(), rows: []says{event(says{"id": "e1"})}, closed: 1},
		}},
		{"rows of nobody", []gapLoad{
			{rows: []says{{"id": "9", "at": "2026-01-01", "wrong": "no account"}}},
		}},
		{"a snapshot says anew what is wrong, and lists it", []gapLoad{
			{mode: fact.Snapshot, rows: many(11, line("", nil))},
			{mode: fact.Snapshot, rows: append(many(10, line("", nil)), line("10", absurd)), want: "absurd", left: 1},
			{mode: fact.Snapshot, rows: append(many(10, line("", nil)), line("11", absurd), line("10", nil)), want: "absurd", left: 1, closed: 1},
			{mode: fact.Snapshot, rows: many(11, line("", nil)), closed: 1},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, open)
			for i, l := range tt.loads {
				kind := l.kind
				if kind.Name == "" {
					kind = Contract()
				}
				got := load(t, w, warehouse.Loading{Kind: kind, Batch: int64(i + 1), Mode: l.mode, ForgetGaps: l.forget, Now: micros("2026-01-10")}, l.rows...)
				if got.Gaps != l.left || got.GapsClosed != l.closed || got.Retracted != 0 {
					t.Errorf("load %d: got %d left, %d closed and %d retracted, want %d, %d and 0", i, got.Gaps, got.GapsClosed, got.Retracted, l.left, l.closed)
				}
				want := strings.ReplaceAll(l.want, ",", "\n")
				if diff := cmp.Diff(strings.TrimSpace(ask(t, w, openGaps)), want); diff != "" {
					t.Errorf("load %d: gaps differ (-got +want):\n%s", i, diff)
				}
				if got, want := profile(t, w).Gaps[kind.Name], want != ""; got != want {
					t.Errorf("load %d: profile: got gaps %t, want %t", i, got, want)
				}
			}
		})
	}
}

// with is a row that says more.
func with(row, more says) says {
	all := says{}
	for _, r := range []says{row, more} {
		for k, v := range r {
			all[k] = v
		}
	}
	return all
}

// exerciseGapsUndone drops loads that leave and close gaps, by aborting them
// and by sweeping what they left behind.
func exerciseGapsUndone(t *testing.T, open Open) {
	absurd := says{"wrong": "absurd", "unread": []string{"arr"}}
	w := setup(t, open)
	load(t, w, warehouse.Loading{Kind: Contract(), Batch: 1}, line("1", absurd), line("2", nil))
	settled := func(batch int64) bool { return batch != 2 }
	for range 2 {
		load(t, w, warehouse.Loading{Kind: Contract(), Batch: 2}, line("1", nil), line("2", absurd))
		if err := w.Sweep(t.Context(), settled, func(string) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, w, `SELECT k.id, g.moment, g.until IS NULL, g.minor IS NULL, file, line FROM gap g JOIN key k USING (key) WHERE gap NOT IN (SELECT gap FROM gap_end)`); got != "a 1767225600000000 true true rows.csv 2\n" {
			t.Errorf("after a sweep: got %q, want the gap of the first batch", got)
		}
	}
	_, err := tryLoad(t.Context(), w, warehouse.Loading{Kind: Contract(), Batch: 3, Mode: fact.Snapshot}, line("1", nil))
	if !errors.Is(err, warehouse.ErrRetraction) {
		t.Errorf("got %v, want that the snapshot is refused", err)
	}
	if got := ask(t, w, openGaps); got != "absurd\n" {
		t.Errorf("after a load that was refused: got %q, want the gap of the first batch", got)
	}
}

// exerciseGapsErased erases whom rejected rows are about: that the rows are
// missing stays known, and nothing that they say.
func exerciseGapsErased(t *testing.T, open Open) {
	dir := t.TempDir()
	w := fillPersonal(t, open, dir)
	wrong := func(reason string, row says) says { return with(row, says{"wrong": reason, "at": "2026-01-01"}) }
	load(t, w, warehouse.Loading{Kind: note(), Batch: 4},
		wrong("what Jane wrote to Bolt", says{"account": "crm-b", "contact": "crm-p1"}),
		wrong("what Acme wrote", says{"account": "crm-a"}),
		wrong("what crm-p9 wrote", says{"account": "crm-a", "contact": "crm-p9"}))
	load(t, w, warehouse.Loading{Kind: note(), Source: "letters", Batch: 5}, wrong("what nobody wrote", says{"account": "crm-c"}))
	for _, x := range []struct {
		subject warehouse.Subject
		gone    []string
	}{
		{warehouse.Subject{Family: warehouse.Contacts, ID: "crm-p1"}, []string{"crm-p1", "what Jane wrote to Bolt"}},
		{warehouse.Subject{Family: warehouse.Accounts, ID: "crm-a"}, []string{"crm-a", "crm-p9", "what Acme wrote", "what crm-p9 wrote"}},
	} {
		for _, text := range x.gone {
			if !inFiles(t, dir, text) && x.subject.Family == warehouse.Contacts {
				t.Fatalf("%q is in no file before: the test looks in the wrong place", text)
			}
		}
		if err := w.Erase(t.Context(), erasingOf(personalOf(t, w, x.subject))); err != nil {
			t.Fatal(err)
		}
		checkGone(t, dir, append(x.gone, "what Jane wrote to Bolt"))
	}
	if got := ask(t, w, `SELECT count(*) FROM gap WHERE gap NOT IN (SELECT gap FROM gap_end)`); got != "4\n" {
		t.Errorf("got %s gaps, want all 4", got)
	}
	if !inFiles(t, dir, "what nobody wrote") {
		t.Error("the reason of somebody else's row is gone")
	}
}
