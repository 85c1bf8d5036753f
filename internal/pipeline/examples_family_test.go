package pipeline_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
)

// newBanking imports the list of supervised groups and evaluates it as of the
// day that it tells of.
func newBanking(t *testing.T) *example {
	t.Helper()
	list := []string{shared(t, "hierarchy_ecb_gleif/ecb_significant_groups.csv")}
	changes, err := filepath.Abs("../../examples/banking_groups/changes.csv")
	if err != nil {
		t.Fatal(err)
	}
	checks := "metrics:\n  one_group: {from: listing, first: group}\n  other_group: {from: listing, last: group}\n"
	x := newExample(t, withChecks(t, "banking_groups", checks), map[string][]string{
		"groups": list, "entities": list, "listings": list, "changes": {changes},
	})
	x.runAsOf(t, "2025-11-01")
	return x
}

func TestBankingGroups(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "hierarchy")
	x := newBanking(t)
	entities := x.list(t, pipeline.CustomersRequest{Grain: "account", Where: "lines > 0", Columns: []string{"name", "groups", "lines", "one_group", "other_group"}})
	groups := x.list(t, pipeline.CustomersRequest{Columns: []string{"name", "country", "entities", "countries", "size"}})
	twice := kept(entities, func(c listed) bool { return c.number("groups") > 1 })

	t.Run("HI-01", func(t *testing.T) {
		want.is(t, "HI-01", []string{whole(len(groups)), figure(sum(entities, "lines")), whole(len(entities)), whole(len(twice))})
	})
	t.Run("HI-02", func(t *testing.T) {
		var rows [][]string
		for _, c := range twice {
			of := []string{c.text("one_group"), c.text("other_group")}
			slices.Sort(of)
			rows = append(rows, []string{c.id, c.text("name"), fmt.Sprintf("['%s', '%s']", of[0], of[1])})
		}
		want.is(t, "HI-02", rows...)
	})
	t.Run("HI-03", func(t *testing.T) {
		var counts [7]int
		for _, c := range groups {
			counts[min(int(c.number("countries")), 6)]++
		}
		var rows [][]string
		for n, groups := range counts[1:] {
			rows = append(rows, []string{whole(n + 1), whole(groups)})
		}
		want.is(t, "HI-03", rows...)
	})
	t.Run("HI-04", func(t *testing.T) {
		var rows [][]string
		for _, c := range x.list(t, pipeline.CustomersRequest{Columns: []string{"name", "country", "entities", "countries"}, Sort: []string{"-entities"}, Limit: 10}) {
			rows = append(rows, []string{strings.TrimPrefix(c.id, "group "), c.text("name"), c.text("country"), figure(c.number("entities")), figure(c.number("countries"))})
		}
		want.is(t, "HI-04", rows...)
	})
	t.Run("HI-05", func(t *testing.T) { want.is(t, "HI-05", bySize(groups, twice)...) })
	t.Run("a takeover moves a family on its day", func(t *testing.T) {
		x.Strategy = load(t, withChecks(t, "banking_groups", ""))
		for day, want := range map[string]map[string]float64{
			// Siena has three entities, and four of Mediobanca from 15 September on.
			"2025-09-14": {"group 69": 3, "group mediobanca": 4},
			"2025-09-15": {"group 69": 7},
		} {
			x.runAsOf(t, day)
			got := map[string]float64{}
			for _, c := range x.list(t, pipeline.CustomersRequest{Columns: []string{"entities"}}) {
				if c.id == "group 69" || c.id == "group mediobanca" {
					got[c.id] = c.number("entities")
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("on %s: got %v, want %v", day, got, want)
			}
		}
	})
}

// bySize adds up groups and entities by the size of their heads. An entity of
// two groups is in one family: the check has it in both.
func bySize(groups, twice []listed) [][]string {
	type total struct{ groups, entities int }
	totals := map[string]total{}
	for _, c := range groups {
		size := strings.Replace(c.text("size"), "not by size", "(not by size)", 1)
		at := totals[size]
		at.groups++
		at.entities += int(c.number("entities"))
		for _, second := range twice {
			// It stands under the group that was listed last, 61.
			if no := strings.TrimPrefix(c.id, "group "); no != "61" && (no == second.text("one_group") || no == second.text("other_group")) {
				at.entities++
			}
		}
		totals[size] = at
	}
	var rows [][]string
	for _, size := range slices.SortedFunc(maps.Keys(totals), func(a, b string) int {
		return cmp.Or(totals[b].entities-totals[a].entities, strings.Compare(a, b))
	}) {
		rows = append(rows, []string{size, whole(totals[size].groups), whole(totals[size].entities)})
	}
	return rows
}

// owned is the imported set of statements about owners.
type owned struct {
	*example
	entities map[string]listed
	families []listed
}

// newOwned imports the statements, without the list of shares.
func newOwned(t *testing.T) owned {
	t.Helper()
	statements := []string{shared(t, "hierarchy_ecb_gleif/gleif_relationships.csv")}
	checks := "metrics:\n  direct: {from: statement, last: above, where: 'kind == \"IS_DIRECTLY_CONSOLIDATED_BY\"'}\n"
	x := owned{entities: map[string]listed{}, example: newExample(t, withChecks(t, "who_owns_whom", checks), map[string][]string{
		"parents": statements, "entities": statements, "tree": statements, "statements": statements, "holdings": statements,
		"names": {shared(t, "hierarchy_ecb_gleif/lei_names.csv")},
	}, "parents", "entities", "tree", "names", "statements", "holdings")}
	x.runAsOf(t, "2026-01-23")
	for _, c := range x.list(t, pipeline.CustomersRequest{Grain: "account", Columns: []string{"direct", "ultimate", "held", "holds"}}) {
		x.entities[c.id] = c
	}
	x.families = x.list(t, pipeline.CustomersRequest{Columns: []string{"name", "held"}})
	return x
}

// climb returns the top above an entity, and how many steps it takes.
func (x owned) climb(id string) (top string, depth int) {
	for {
		parent, ok := x.entities[id].cells["direct"].(string)
		if !ok || depth > 20 {
			return id, depth
		}
		id = parent
		depth++
	}
}

func TestWhoOwnsWhom(t *testing.T) {
	t.Parallel()
	want := readAnswers(t, "hierarchy")
	x := newOwned(t)
	deepest, under, depths := map[string]int{}, map[string]int{}, map[int]int{}
	for id := range x.entities {
		if top, depth := x.climb(id); depth > 0 {
			depths[depth]++
			under[top]++
			deepest[top] = max(deepest[top], depth)
		}
	}
	t.Run("families are what climbing finds", func(t *testing.T) {
		for _, c := range x.families {
			if got, want := int(c.number("held")), under[c.id]; got != want {
				t.Errorf("under %s: got %d, want %d", c.id, got, want)
			}
		}
	})
	t.Run("HI-07", func(t *testing.T) {
		var parts []string
		for _, depth := range slices.Sorted(maps.Keys(depths)) {
			parts = append(parts, fmt.Sprintf("%d:%d", depth, depths[depth]))
		}
		want.is(t, "HI-07", []string{figure(sum(x.families, "held")), whole(len(x.entities)), whole(len(x.families)), strings.Join(parts, " ")})
	})
	t.Run("HI-08", func(t *testing.T) { want.is(t, "HI-08", x.agreement(t)) })
	t.Run("HI-09", func(t *testing.T) {
		slices.SortFunc(x.families, func(a, b listed) int {
			return cmp.Or(cmp.Compare(b.number("held"), a.number("held")), strings.Compare(a.id, b.id))
		})
		var rows [][]string
		for _, c := range x.families[:10] {
			name, _ := c.cells["name"].(string)
			rows = append(rows, []string{c.id, name, figure(c.number("held")), whole(deepest[c.id])})
		}
		want.is(t, "HI-09", rows...)
	})
	t.Run("HI-06", func(t *testing.T) { x.byKind(t, want["HI-06"]) })
	t.Run("HI-10", func(t *testing.T) { x.written(t, want) })
}

// everyone evaluates all entities, those outside the base too, with further
// metrics.
func (x owned) everyone(t *testing.T, metrics string, columns ...string) []listed {
	strategy := fstest.MapFS{}
	for name, file := range withChecks(t, "who_owns_whom", "metrics:\n"+metrics).(fstest.MapFS) {
		text := string(file.Data)
		if i := strings.Index(text, "\nbase:"); i >= 0 {
			text = text[:i+1] + text[i+1+strings.Index(text[i+1:], "\n"):]
		}
		strategy[name] = &fstest.MapFile{Data: []byte(text)}
	}
	x.Strategy = load(t, fs.FS(strategy))
	x.runAsOf(t, "2026-01-23")
	return x.list(t, pipeline.CustomersRequest{Grain: "account", Columns: columns})
}

// agreement compares the ultimate parents that entities state with those that
// climbing finds.
func (x owned) agreement(t *testing.T) []string {
	both, agree, onlyUltimate, onlyDirect := 0, 0, 0, 0
	for _, c := range x.everyone(t, "  direct: {from: statement, last: above, where: 'kind == \"IS_DIRECTLY_CONSOLIDATED_BY\"'}\n", "direct", "ultimate") {
		x.entities[c.id] = c
	}
	for id, c := range x.entities {
		stated, states := c.cells["ultimate"].(string)
		top, depth := x.climb(id)
		switch {
		case states && depth > 0:
			both++
			if top == stated {
				agree++
			}
		case states:
			onlyUltimate++
		case depth > 0:
			onlyDirect++
		}
	}
	return []string{whole(both), whole(agree), whole(both - agree), whole(onlyUltimate), whole(onlyDirect)}
}

// byKind counts statements by kind and registration.
func (x owned) byKind(t *testing.T, want [][]string) {
	var metrics strings.Builder
	var columns []string
	for i, row := range want {
		columns = append(columns, fmt.Sprintf("n%d", i))
		fmt.Fprintf(&metrics, "  n%d: {from: statement, count: true, where: 'kind == %q && status == %q'}\n", i, row[0], row[1])
	}
	all := x.everyone(t, metrics.String(), append(columns, "statements")...)
	var rows [][]string
	total := 0.0
	for i, row := range want {
		total += sum(all, columns[i])
		rows = append(rows, []string{row[0], row[1], figure(sum(all, columns[i]))})
	}
	answers{"HI-06": want}.is(t, "HI-06", rows...)
	if got := sum(all, "statements"); got != total {
		t.Errorf("statements of any kind: got %v, want %v", got, total)
	}
}

// written counts how time stamps were written, and finds the first and last.
func (x owned) written(t *testing.T, want answers) {
	var metrics strings.Builder
	zones := []string{"Z", "+00:00", "other"}
	for i, zone := range zones {
		fmt.Fprintf(&metrics, "  z%d: {from: statement, count: true, where: 'zone == %q'}\n", i, zone)
	}
	all := x.everyone(t, metrics.String(), "z0", "z1", "z2")
	profile, err := x.Warehouse.Profile(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	const layout = "2006-01-02 15:04:05.999+00"
	statements := profile.Kinds["statement"]
	first, last := time.UnixMicro(statements.FirstAt).UTC(), time.UnixMicro(statements.LastAt).UTC()
	want.is(t, "HI-10", []string{figure(sum(all, "z0")), figure(sum(all, "z1")), figure(sum(all, "z2")), first.Format(layout), last.Format(layout)})
}
