package pipeline_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

const earlierStrategy = `
name: earlier
currency: USD
timezone: UTC
traits:
  seats: number
  grade: text
  most: {type: number, roll: any}
  region: {type: text, fixed: true}
sources:
  accounts: {files: accounts.csv, fact: account, rows: %s%s, columns: {account: id, parent: top, seats: seats, grade: grade, most: seats, region: region%s}}
  people: {files: people.csv, fact: contact, columns: {contact: who, account: account, role: role, valid_from: since}}
metrics:
  seats_now: {is: 'seats'}
  seats_then: {is: 'ago(seats_now, 45d)'}
  grade_now: {is: 'grade'}
  grade_then: {is: 'ago(grade_now, 45d)'}
  most_then: {is: 'ago(most_of_all, 45d)'}
  most_of_all: {is: 'most'}
  region_now: {is: 'region'}
  region_then: {is: 'ago(region_now, 45d)'}
  more: {is: 'seats_now - ago(seats_now, 45d)'}
  long_before: {is: 'ago(seats_then, 10d)'}
  role_now: {is: 'contact.role'}
  role_then: {is: 'ago(role_now, 45d)'}
  account_seats_now: {is: 'account.seats'}
  account_seats_then: {is: 'ago(account_seats_now, 45d)'}
segmentations:
  size: {segments: {grown: 'more > 0', rest: 'true'}}
  family: {customer: parent, segments: {grown: 'more > 0 && most_then > 1 && known(grade_then)', rest: 'true'}}
  people: {customer: contact, segments: {moved: 'role_then != role_now || account_seats_then > 1', rest: 'true'}}
`

// version is what an account is stated to be from a day on; an undated one
// holds from the day of its import.
type version struct {
	account, seats, grade, region string
	since                         period.Date
}

type earlierWorld struct {
	merged   bool // what a version leaves blank is as it was
	dated    bool
	versions []version // in the order of their days
	people   []stated
	top      map[string]string
}

func drawEarlier(r *rand.Rand, merged, dated bool) earlierWorld {
	w := earlierWorld{merged: merged, dated: dated, top: map[string]string{}}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for i := range 40 {
		id := fmt.Sprintf("a%02d", i)
		w.top[id] = fmt.Sprintf("a%02d", i-i%3)
		region := pick("north", "south")
		days := []period.Date{statedFrom, statedFrom + 90}
		if dated {
			days = days[:0]
			if i%3 == 0 { // somebody's parent
				days = append(days, statedFrom)
			}
			for range 1 + r.IntN(4) {
				if day := statedFrom + period.Date(r.IntN(20)*9); !slices.Contains(days, day) {
					days = append(days, day)
				}
			}
		}
		for _, day := range days {
			w.versions = append(w.versions, version{id, pick("", "1", "5", "20"), pick("", "free", "paid"), region, day})
		}
		for n := range 2 {
			for range 1 + r.IntN(3) {
				w.people = append(w.people, stated{key: fmt.Sprintf("p%02d-%d", i, n), account: id, since: statedFrom + period.Date(len(w.people)%20*9), role: pick("buyer", "user", "boss")})
			}
		}
	}
	slices.SortStableFunc(w.versions, func(a, b version) int { return cmp.Compare(a.since, b.since) })
	return w
}

// files writes what is exported from one day up to another.
func (w earlierWorld) files(from, to period.Date) map[string]string {
	var accounts, people strings.Builder
	accounts.WriteString("id,top,second,seats,grade,region,since\n")
	for _, v := range w.versions {
		if v.since >= from && v.since <= to {
			top := w.top[v.account]
			if top == v.account {
				top = ""
			}
			fmt.Fprintf(&accounts, "%s,%s,x%s,%s,%s,%s,%s\n", v.account, top, v.account, v.seats, v.grade, v.region, v.since)
		}
	}
	people.WriteString("who,account,role,since\n")
	for _, p := range w.people {
		fmt.Fprintf(&people, "%s,%s,%s,%s\n", p.key, p.account, p.role, p.since)
	}
	return map[string]string{"accounts.csv": accounts.String(), "people.csv": people.String()}
}

// on returns what an account was stated to be on a day.
func (w earlierWorld) on(account string, day period.Date) version {
	var now version
	for _, v := range w.versions {
		if v.account != account || v.since > day {
			continue
		}
		if w.merged {
			v.seats, v.grade = cmp.Or(v.seats, now.seats), cmp.Or(v.grade, now.grade)
		}
		now = v
	}
	return now
}

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func numberOrNil(s string) any {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return x
}

func less(a, b any) any {
	x, known := a.(float64)
	y, ok := b.(float64)
	if !known || !ok {
		return nil
	}
	return x - y
}

// ofAccount works the metrics of an account out, or of a family of which it is
// the top.
func (w earlierWorld) ofAccount(id string, day period.Date, family bool) map[string]any {
	now, then := w.on(id, day), w.on(id, day-45)
	out := map[string]any{
		"seats_then": numberOrNil(then.seats), "grade_then": textOrNil(then.grade), "most_then": numberOrNil(then.seats),
		"region_then": textOrNil(now.region), "more": less(numberOrNil(now.seats), numberOrNil(then.seats)),
		"long_before": numberOrNil(w.on(id, day-55).seats),
	}
	if family {
		out["most_then"] = nil
		for member, top := range w.top {
			n, ok := numberOrNil(w.on(member, day-45).seats).(float64)
			isMember := top == id && w.on(member, day).account != ""
			if most, isKnown := out["most_then"].(float64); ok && isMember && (!isKnown || n > most) {
				out["most_then"] = n
			}
		}
	}
	return out
}

func (w earlierWorld) ofPerson(id string, day period.Date) map[string]any {
	role := func(day period.Date) any {
		_, inForce := said(of(w.people, func(p stated) bool { return p.key == id }), day, false)
		return end(inForce, true)
	}
	out := map[string]any{"role_then": role(day - 45), "account_seats_then": nil}
	if out["role_then"] != nil {
		i := slices.IndexFunc(w.people, func(p stated) bool { return p.key == id })
		out["account_seats_then"] = numberOrNil(w.on(w.people[i].account, day-45).seats)
	}
	return out
}

// TestEarlierTraits compares formulas over traits, as of earlier days, with
// what each account and contact was stated to be then.
func TestEarlierTraits(t *testing.T) {
	t.Parallel()
	for i, test := range []struct {
		rows, keys string
		dated      bool
	}{
		{"append", "", true},
		{"append", ", keys: {second: second}", true},
		{"patch", "", true},
		{"append", "", false},
		{"append", ", keys: {second: second}", false},
		{"patch", "", false},
	} {
		seed := uint64(i)
		if os.Getenv("SEGUE_AGREE") != "" {
			seed = rand.Uint64()
		}
		r := rand.New(rand.NewPCG(seed, 23))
		w := drawEarlier(r, test.rows == "patch" || test.keys != "", test.dated)
		since := ""
		if test.dated {
			since = ", valid_from: since"
		}
		im := newImporter(t, fmt.Sprintf(earlierStrategy, test.rows, test.keys, since), w.files(statedFrom, period.Latest))
		imports := []period.Date{statedFrom + 200}
		if !test.dated { // one export on each of the two days
			imports = []period.Date{statedFrom, statedFrom + 90}
		}
		from := statedFrom
		for _, day := range imports {
			for name, text := range w.files(from, day) {
				im.write(t, name, text)
			}
			from = day + 1
			if _, err := im.Import(t.Context(), pipeline.ImportRequest{Root: im.root, Now: noon(day)}, nil); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			day := statedFrom + period.Date(30+r.IntN(150))
			if _, err := im.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: noon(statedFrom + 201)}); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			name := fmt.Sprintf("seed %d, %s%s, dated %t, as of %s", seed, test.rows, test.keys, test.dated, day)
			compareEarlier(t, im, name, "account", day, func(id string) map[string]any { return w.ofAccount(id, day, false) })
			compareEarlier(t, im, name, "parent", day, func(id string) map[string]any { return w.ofAccount(id, day, true) })
			compareEarlier(t, im, name, "contact", day, func(id string) map[string]any { return w.ofPerson(id, day) })
		}
	}
}

func noon(day period.Date) time.Time { return time.UnixMicro(day.Micros()).UTC().Add(12 * time.Hour) }

func compareEarlier(t *testing.T, im *importer, name, grain string, day period.Date, want func(id string) map[string]any) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want("")))
	list, err := im.Customers(t.Context(), pipeline.CustomersRequest{AsOf: &day, Grain: grain, Columns: names})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Rows) < 10 {
		t.Fatalf("%s by %s: %d customers", name, grain, len(list.Rows))
	}
	known := 0
	for _, row := range list.Rows {
		id := row[0].(string)
		for i, got := range row[len(row)-len(names):] {
			if x := want(id)[names[i]]; got != x && x != "either" {
				t.Errorf("%s by %s: %s of %s: got %v, want %v", name, grain, names[i], id, got, x)
			}
			if got != nil {
				known++
			}
		}
	}
	if known < len(list.Rows)/4 {
		t.Errorf("%s by %s: only %d values are known", name, grain, known)
	}
}
