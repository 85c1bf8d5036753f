package pipeline_test

import (
	"cmp"
	"fmt"
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

const versionStrategy = `
name: versions
currency: USD
timezone: UTC
facts:
  plan:
    timing: version
    coverage: state
    key: [account, name]
    columns: {account: {type: account, required: true}, name: {type: text, required: true}, seats: number, grade: text}
sources:
  accounts: {files: accounts.csv, fact: account, keys: {second: second}, columns: {account: id, parent: top, valid_from: since}}
  people: {files: people.csv, fact: contact, rows: %s, columns: {contact: who, account: account, role: role, champion: champion, valid_from: since}}
  plans: {files: plans.csv, fact: plan, ids: second, complete: true, columns: {account: account, name: name, seats: seats, grade: grade, valid_from: since}}
  more: {files: more.csv, fact: plan, complete: true, columns: {account: account, name: name, seats: seats, grade: grade, valid_from: since}}
metrics:
  people: {from: contact, count: true}
  persons: {from: contact, count_distinct: contact}
  roles: {from: contact, count_distinct: role}
  buyers: {from: contact, count: true, where: 'role == "buyer"'}
  recent: {from: contact, count: true, over: 60d}
  role_first: {from: contact, first: role, where: champion, over: 90d}
  role_last: {from: contact, last: role}
  seats: {from: plan, sum: seats, where: 'grade != "free"'}
  seats_max: {from: plan, max: seats}
  plan_days: {from: plan, active_days: true}
  plan_age: {from: plan, since: true}
  people_before: {is: 'ago(people, 45d)'}
  seats_before: {is: 'ago(seats, 45d)'}
segmentations:
  size: {segments: {peopled: 'people > 1 || plan_age > 5 || roles > 1 || seats > 1', rest: 'true'}}
  family: {customer: parent, segments: {peopled: 'people > 1', rest: 'true'}}
`

// stated is one version of something, as its export says it.
type stated struct {
	key, account string
	since        period.Date
	role         string // or grade
	champion     string
	seats        string
	row          int
}

// statements are the versions of contacts and plans of one vendor.
type statements struct {
	people, plans []stated
	patched       bool
	top           map[string]string
}

var statedFrom = period.NewDate(2026, 1, 1)

func drawStatements(r *rand.Rand, patched bool) statements {
	s := statements{patched: patched, top: map[string]string{}}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	account := func() string { return fmt.Sprintf("a%02d", r.IntN(40)) }
	for i := range 40 {
		id := fmt.Sprintf("a%02d", i)
		s.top[id] = id
		if i%3 > 0 {
			s.top[id] = fmt.Sprintf("a%02d", i-i%3)
		}
	}
	days := func() []period.Date {
		var list []period.Date
		for range 1 + r.IntN(4) {
			day := statedFrom + period.Date(r.IntN(20)*9)
			if !slices.Contains(list, day) {
				list = append(list, day)
			}
		}
		return list
	}
	for i := range 90 {
		at := account()
		for _, day := range days() {
			if r.IntN(2) == 0 {
				at = account()
			}
			s.people = append(s.people, stated{
				key: fmt.Sprintf("p%02d", i), account: at, since: day, role: pick("", "buyer", "user", "boss"), champion: pick("", "true", "true", "false"), row: len(s.people),
			})
		}
	}
	for i := range 60 {
		at := fmt.Sprintf("a%02d", i%40)
		name := pick("core", "plus")
		if slices.ContainsFunc(s.plans, func(p stated) bool { return p.key == at+" "+name }) {
			continue
		}
		for _, day := range days() {
			s.plans = append(s.plans, stated{
				key: at + " " + name, account: at, since: day, role: pick("", "free", "paid"), seats: pick("", "1", "5", "20"), row: len(s.plans),
			})
		}
	}
	return s
}

// files writes the exports; a plan stands now under the one and now under the
// other id of its account.
func (s statements) files() map[string]string {
	var accounts, people, plans, more strings.Builder
	accounts.WriteString("id,top,since,second\n")
	for i := range 40 {
		id := fmt.Sprintf("a%02d", i)
		top := s.top[id]
		if top == id {
			top = ""
		}
		fmt.Fprintf(&accounts, "%s,%s,2020-01-01,x%s\n", id, top, id)
	}
	people.WriteString("who,account,role,champion,since\n")
	for _, p := range s.people {
		fmt.Fprintf(&people, "%s,%s,%s,%s,%s\n", p.key, p.account, p.role, p.champion, p.since)
	}
	plans.WriteString("account,name,seats,grade,since\n")
	more.WriteString("account,name,seats,grade,since\n")
	for i, p := range s.plans {
		_, name, _ := strings.Cut(p.key, " ")
		if i%2 == 0 {
			fmt.Fprintf(&plans, "x%s,%s,%s,%s,%s\n", p.account, name, p.seats, p.role, p.since)
			continue
		}
		fmt.Fprintf(&more, "%s,%s,%s,%s,%s\n", p.account, name, p.seats, p.role, p.since)
	}
	return map[string]string{"accounts.csv": accounts.String(), "people.csv": people.String(), "plans.csv": plans.String(), "more.csv": more.String()}
}

// said returns all that had been said by a day, the oldest first, and of each
// key its last version.
func said(list []stated, day period.Date, patched bool) (all, inForce []stated) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b stated) int { return cmp.Compare(a.since, b.since) })
	last := map[string]stated{}
	for _, v := range list {
		if v.since > day {
			continue
		}
		if before, ok := last[v.key]; ok && patched {
			v.role, v.champion = cmp.Or(v.role, before.role), cmp.Or(v.champion, before.champion)
		}
		last[v.key] = v
		all = append(all, v)
	}
	for _, v := range all {
		if last[v.key].since == v.since {
			inForce = append(inForce, v)
		}
	}
	return all, inForce
}

func of(list []stated, keep func(stated) bool) []stated {
	return slices.DeleteFunc(slices.Clone(list), func(v stated) bool { return !keep(v) })
}

func distinct(list []stated, value func(stated) string) float64 {
	seen := map[string]bool{}
	for _, v := range list {
		if x := value(v); x != "" {
			seen[x] = true
		}
	}
	return float64(len(seen))
}

// want works out the metrics of the strategy for the accounts of a customer;
// nil is unknown, and "either" what two versions of one day both may be.
func (s statements) want(is func(account string) bool, day period.Date) map[string]any {
	mine := func(v stated) bool { return is(v.account) }
	all, now := said(s.people, day, s.patched)
	all, now = of(all, mine), of(now, mine)
	_, plans := said(s.plans, day, false)
	plans = of(plans, mine)
	_, before := said(s.people, day-45, s.patched)
	_, plansBefore := said(s.plans, day-45, false)
	out := map[string]any{
		"people": float64(len(now)), "persons": distinct(now, func(v stated) string { return v.key }), "roles": distinct(now, func(v stated) string { return v.role }),
		"buyers":        float64(len(of(now, func(v stated) bool { return v.role == "buyer" }))),
		"recent":        float64(len(of(now, func(v stated) bool { return v.since > day-60 }))),
		"role_last":     end(now, true),
		"role_first":    end(of(all, func(v stated) bool { return v.since > day-90 && v.champion == "true" }), false),
		"seats":         seats(plans),
		"seats_before":  seats(of(plansBefore, mine)),
		"people_before": float64(len(of(before, mine))),
		"plan_days":     distinct(plans, func(v stated) string { return v.since.String() }),
		"seats_max":     nil, "plan_age": nil,
	}
	for _, p := range plans {
		age := float64(day - p.since)
		if x, ok := out["plan_age"].(float64); !ok || age < x {
			out["plan_age"] = age
		}
		n, err := strconv.ParseFloat(p.seats, 64)
		if x, ok := out["seats_max"].(float64); err == nil && (!ok || n > x) {
			out["seats_max"] = n
		}
	}
	return out
}

// seats sums those of plans that are not free; a plan of unknown grade is left
// out, and one of unknown size makes the sum unknown.
func seats(plans []stated) any {
	sum := 0.0
	for _, p := range plans {
		if p.role != "paid" {
			continue
		}
		n, err := strconv.ParseFloat(p.seats, 64)
		if err != nil {
			return nil
		}
		sum += n
	}
	return sum
}

// end returns the role said first or last.
func end(list []stated, last bool) any {
	list = of(list, func(v stated) bool { return v.role != "" })
	if len(list) == 0 {
		return nil
	}
	chosen := list[0].since
	if last {
		chosen = list[len(list)-1].since
	}
	same := of(list, func(v stated) bool { return v.since == chosen })
	if distinct(same, func(v stated) string { return v.role }) > 1 {
		return "either"
	}
	return same[0].role
}

// TestVersions compares metrics over random versions, which move between
// accounts, with what each account had on the day, and the facts that
// explanations count with them.
func TestVersions(t *testing.T) {
	t.Parallel()
	for i, rows := range []string{"append", "patch"} {
		seed := uint64(i)
		if os.Getenv("SEGUE_AGREE") != "" {
			seed = rand.Uint64()
			t.Logf("%s: seed %d", rows, seed)
		}
		r := rand.New(rand.NewPCG(seed, 17))
		s := drawStatements(r, rows == "patch")
		im := newImporter(t, fmt.Sprintf(versionStrategy, rows), s.files())
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		if _, err := im.Import(t.Context(), pipeline.ImportRequest{Root: im.root, Now: now}, nil); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			day := statedFrom + period.Date(30+r.IntN(150))
			if _, err := im.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: now}); err != nil {
				t.Fatal(err)
			}
			compareVersions(t, im, s, day)
		}
	}
}

func compareVersions(t *testing.T, im *importer, s statements, day period.Date) {
	t.Helper()
	names := []string{"people", "persons", "roles", "buyers", "recent", "role_first", "role_last", "seats", "seats_max", "plan_days", "plan_age", "people_before", "seats_before"}
	for _, grain := range []string{"account", "parent"} {
		list, err := im.Customers(t.Context(), pipeline.CustomersRequest{AsOf: &day, Grain: grain, Columns: names})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Rows) < 14 {
			t.Fatalf("by %s: %d customers", grain, len(list.Rows))
		}
		for i, row := range list.Rows {
			id := row[0].(string)
			want := s.want(func(account string) bool { return account == id || grain == "parent" && s.top[account] == id }, day)
			got := row[len(row)-len(names):]
			for n, name := range names {
				x := got[n]
				if name == "plan_age" && want[name] == nil {
					continue // longer than the source reaches back
				}
				if x != want[name] && want[name] != "either" {
					t.Errorf("as of %s by %s: %s of %s: got %v, want %v", day, grain, name, id, x, want[name])
				}
			}
			if grain == "account" && i%10 == 0 {
				checkVersionFacts(t, im, id, day, want)
			}
		}
	}
}

// checkVersionFacts holds the facts behind two metrics against their values.
func checkVersionFacts(t *testing.T, im *importer, id string, day period.Date, want map[string]any) {
	t.Helper()
	e, err := im.Explain(t.Context(), pipeline.ExplainRequest{Customer: id, Segmentation: "size", AsOf: &day})
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, v := range e.Values {
		if v.Name != "people" || v.Facts == nil {
			continue
		}
		seen = true
		if got := float64(*v.Facts); got != want["people"] {
			t.Errorf("as of %s: %s is explained by %v contacts, want %v", day, id, got, want["people"])
		}
	}
	if !seen {
		t.Errorf("the explanation of %s says nothing of people", id)
	}
}
