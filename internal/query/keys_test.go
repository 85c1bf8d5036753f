package query_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/query"
	"github.com/segue-cs/segue/internal/sqltext"
	"github.com/segue-cs/segue/internal/warehouse"
	"github.com/segue-cs/segue/internal/warehouse/duckdb"
)

// said is one row of an export: the account has the id from the day on.
type said struct {
	account, id string
	day         period.Date
	undated     bool
}

// heard is what the oracle remembers of one id: who was given it, by which
// batch, from which day on.
type heard struct {
	account string
	day     period.Date
	batch   int64
}

// oracle is whose each id is, kept as a plain list of what was heard.
type oracle map[string][]heard

// holder says whose an id is: of what was heard up to the batch for days up to
// this one, the latest day counts, of one day the last word. What was heard
// first of an id holds for all days.
func (o oracle) holder(id string, day period.Date, batch int64) string {
	account, since := "", period.Earliest
	for i, h := range o[id] {
		from := h.day
		if i == 0 {
			from = period.Earliest
		}
		if h.batch <= batch && from <= day && from >= since {
			account, since = h.account, from
		}
	}
	return account
}

// hear takes in an export: day by day, an id goes to the first account that
// claims it, unless the one that has it claims it too.
func (o oracle) hear(rows []said, batch int64) {
	days := map[period.Date]bool{}
	for _, r := range rows {
		days[r.day] = true
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		settled := map[string]bool{}
		for _, r := range rows {
			if r.day != day || settled[r.id] {
				continue
			}
			settled[r.id] = true
			holder := o.holder(r.id, day, batch)
			claimed := slices.ContainsFunc(rows, func(x said) bool { return x.day == day && x.id == r.id && x.account == holder })
			if !claimed {
				o[r.id] = append(o[r.id], heard{r.account, day, batch})
			}
		}
	}
}

// accountKind is an account of which only its key matters.
func accountKind() fact.Kind {
	return fact.Kind{Name: "account", Timing: fact.Version, Coverage: fact.State, Key: []string{"account"}, Columns: []fact.Column{
		{Name: "account", Type: fact.Account}, {Name: "name", Type: fact.Text},
	}}
}

// loadSaid loads an export of accounts as one batch.
func loadSaid(ctx context.Context, w warehouse.Warehouse, rows []said, batch int64) (warehouse.Loaded, error) {
	ld, err := w.Load(ctx, warehouse.Loading{Kind: accountKind(), Source: "accounts", Batch: batch, KeySpaces: []string{"billing"}})
	if err != nil {
		return warehouse.Loaded{}, err
	}
	for i, r := range rows {
		row := warehouse.KeyedRow{Row: fact.Row{
			Line: i + 2, Account: []byte(r.account), At: r.day.Micros(), AtAssumed: r.undated, ReceivedAssumed: true,
			Values: []fact.Value{{Text: []byte(r.account)}, {Missing: true}},
		}, Others: [][]byte{[]byte(r.id)}}
		if err := ld.Add(row); err != nil {
			return warehouse.Loaded{}, err
		}
	}
	return ld.Finish(ctx)
}

// randomExport is an export of a few accounts and ids, undated or dated.
func randomExport(r *rand.Rand, today period.Date) []said {
	var rows []said
	dated := r.IntN(2) == 0
	for range 1 + r.IntN(8) {
		x := said{account: fmt.Sprint("a", r.IntN(4)), id: fmt.Sprint("C", r.IntN(4)), day: today, undated: true}
		if dated {
			x.day, x.undated = today-20+period.Date(r.IntN(25)), false
		}
		rows = append(rows, x)
	}
	return rows
}

// Whose an id is, on any day and as known after any batch, is what was said of
// it, whatever exports came: no id is of two accounts, none is lost, and the
// same export again changes nothing.
func TestKeysAreOfOneAccount(t *testing.T) {
	t.Parallel()
	const rounds, exports = 12, 8
	start := period.NewDate(2026, 1, 1)
	for round := range rounds {
		r := rand.New(rand.NewPCG(uint64(round), 5))
		w, err := duckdb.Open(t.Context(), "", duckdb.Options{Threads: 1, ChunkRows: 1 + round%4})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Prepare(t.Context(), []fact.Kind{accountKind()}); err != nil {
			t.Fatal(err)
		}
		known, batch := oracle{}, int64(0)
		var told []string
		for n := range exports {
			today := start + period.Date(n*3)
			rows := randomExport(r, today)
			batch++
			known.hear(rows, batch)
			told = append(told, fmt.Sprint(rows))
			if _, err := loadSaid(t.Context(), w, rows, batch); err != nil {
				t.Fatal(err)
			}
			batch++
			again, err := loadSaid(t.Context(), w, rows, batch)
			if err != nil {
				t.Fatal(err)
			}
			if len(again.Moved) > 0 {
				t.Errorf("round %d: the same export again moved %v", round, again.Moved)
			}
		}
		for range 40 {
			day, at := start-30+period.Date(r.IntN(60)), 1+r.Int64N(batch)
			got, want := keysOn(t, w, day, at), known.on(day, at)
			if !slices.Equal(got, want) {
				t.Fatalf("round %d, on %s after batch %d: got %v, want %v of\n%s", round, day, at, got, want, strings.Join(told, "\n"))
			}
		}
		w.Close()
	}
}

// on lists "id account" of the ids that have one.
func (o oracle) on(day period.Date, batch int64) []string {
	var list []string
	for id := range o {
		if account := o.holder(id, day, batch); account != "" {
			list = append(list, id+" "+account)
		}
	}
	slices.Sort(list)
	return list
}

// keysOn asks, for each account, which keys are its own.
func keysOn(t *testing.T, w warehouse.Warehouse, day period.Date, batch int64) []string {
	t.Helper()
	profile, err := w.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	stored := query.Stored{SharedKeys: true, MovedKeys: profile.MovedKeys, KnownAt: batch}
	names := map[int64]string{}
	for _, row := range rowsOf(t, w, warehouse.Statement{Text: `SELECT key, id FROM key`}) {
		names[row[0].(int64)] = row[1].(string)
	}
	var list []string
	for _, account := range rowsOf(t, w, warehouse.Statement{Text: `SELECT account FROM account`}) {
		id := account[0].(int64)
		text, err := sqltext.Write(query.Keys(query.Request{AsOf: day}, stored, id), sqltext.DuckDB(), sqltext.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range rowsOf(t, w, warehouse.Statement{Text: text.SQL, Args: text.Args}) {
			if name := names[key[0].(int64)]; strings.HasPrefix(name, "C") {
				list = append(list, name+" "+names[id])
			}
		}
	}
	slices.Sort(list)
	return list
}

func rowsOf(t *testing.T, w warehouse.Warehouse, s warehouse.Statement) [][]any {
	t.Helper()
	rows, err := w.Query(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list [][]any
	for rows.Next() {
		list = append(list, slices.Clone(rows.Values()))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
