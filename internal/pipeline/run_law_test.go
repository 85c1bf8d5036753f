package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/period"
	"github.com/segue-cs/segue/internal/pipeline"
)

const lawAccounts = 60

// Every customer stands in exactly one place of each segmentation, and the
// parts sum to the whole: segments, levels, the cells of each table of one
// against another, and ARR to the cent, which is what the contracts say.
func TestRunPartsSumToTheWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		b := randomBase(rand.New(rand.NewPCG(seed, 1)), lawAccounts)
		c := newCompany(t, b, 1)
		c.run(t)
		for _, asOf := range []string{"2026-05-15", "2026-03-01"} {
			day, err := period.ParseDate(asOf)
			if err != nil {
				t.Fatal(err)
			}
			if asOf != "2026-05-15" {
				if _, err := c.Run(t.Context(), pipeline.RunRequest{AsOf: &day, Now: lawDay}); err != nil {
					t.Fatal(err)
				}
			}
			checkSums(t, c, b, day)
		}
	}
}

func checkSums(t *testing.T, c company, b base, day period.Date) {
	t.Helper()
	lenses := []string{"holding", "honest", "blunt", "value", "top", "local", "pareto", "used", "health", "stage", "industry"}
	list, err := c.Customers(t.Context(), pipeline.CustomersRequest{AsOf: &day, Columns: append([]string{"arr"}, lenses...)})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Rows) != lawAccounts {
		t.Fatalf("as of %s: got %d customers, want %d", day, len(list.Rows), lawAccounts)
	}
	type sum struct{ customers, minor int64 }
	places := map[string]map[string]sum{}
	pairs := map[[2]string]sum{}
	var total sum
	for _, row := range list.Rows {
		id, minor := row[0].(string), b.arrOf(row[0].(string), day.String())
		if got := fmt.Sprintf("%.2f", row[2]); got != fmt.Sprintf("%d.%02d", minor/100, minor%100) {
			t.Errorf("as of %s: ARR of %s: got %s, want %d cents", day, id, got, minor)
		}
		total.customers, total.minor = total.customers+1, total.minor+minor
		for i, lens := range lenses {
			place, ok := row[3+i].(string)
			if !ok {
				place = "unknown"
			}
			if places[lens] == nil {
				places[lens] = map[string]sum{}
			}
			s := places[lens][place]
			places[lens][place] = sum{s.customers + 1, s.minor + minor}
		}
		at := [2]string{row[3].(string), fmt.Sprint(row[6])}
		pairs[at] = sum{pairs[at].customers + 1, pairs[at].minor + minor}
	}
	for _, lens := range lenses {
		report, err := c.Segments(t.Context(), pipeline.SegmentsRequest{Names: []string{lens}, AsOf: &day})
		if err != nil {
			t.Fatal(err)
		}
		var parts sum
		for _, s := range report.Counts[0].Segments {
			if got := (sum{s.Customers, s.RevenueMinor}); got != places[lens][s.Name] {
				t.Errorf("as of %s: %s %s: got %v, the list has %v", day, lens, s.Name, got, places[lens][s.Name])
			}
			parts = sum{parts.customers + s.Customers, parts.minor + s.RevenueMinor}
		}
		if whole := (sum{report.Counts[0].Customers, report.Counts[0].RevenueMinor}); parts != total || whole != total {
			t.Errorf("as of %s: %s: parts sum to %v, the whole is %v, want %v", day, lens, parts, whole, total)
		}
	}
	report, err := c.Segments(t.Context(), pipeline.SegmentsRequest{Names: []string{"holding", "value"}, AsOf: &day})
	if err != nil {
		t.Fatal(err)
	}
	var cells sum
	for i, row := range report.Cross.Customers {
		for j, n := range row {
			got := sum{n, report.Cross.RevenueMinor[i][j]}
			at := [2]string{report.Cross.RowPlaces[i], report.Cross.ColumnPlaces[j]}
			if got != pairs[at] {
				t.Errorf("as of %s: cell %v: got %v, the list has %v", day, at, got, pairs[at])
			}
			cells = sum{cells.customers + n, cells.minor + got.minor}
		}
	}
	if cells != total {
		t.Errorf("as of %s: the cells sum to %v, want %v", day, cells, total)
	}
}

// The order of rows and files, and the number of threads, change not a byte.
func TestRunOrderAndThreadsChangeNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	b := randomBase(r, lawAccounts)
	first := newCompany(t, b, 1)
	first.run(t)
	want := first.whole(t)
	for round := range 3 {
		shuffled := b.clone()
		for _, table := range shuffled {
			r.Shuffle(len(table.rows), func(i, j int) { table.rows[i], table.rows[j] = table.rows[j], table.rows[i] })
		}
		c := newCompany(t, base{}, 1+round%2)
		for name, table := range shuffled {
			half := r.IntN(len(table.rows))
			c.write(t, name+"-2.csv", table.text(table.rows[:half]))
			c.write(t, name+"-1.csv", table.text(table.rows[half:]))
		}
		c.read(t)
		c.run(t)
		if diff := cmp.Diff(lines(c.whole(t)), lines(want)); diff != "" {
			t.Fatalf("round %d (-got +want):\n%s", round, diff)
		}
	}
}

func lines(text string) []string { return strings.Split(text, "\n") }

// Importing the same files again, and running again, change not a byte.
func TestRunTwiceIsTheSame(t *testing.T) {
	t.Parallel()
	b := randomBase(rand.New(rand.NewPCG(8, 8)), lawAccounts)
	c := newCompany(t, b, 2)
	c.run(t)
	want := c.whole(t)
	c.run(t)
	if diff := cmp.Diff(lines(c.whole(t)), lines(want)); diff != "" {
		t.Errorf("a second run (-got +want):\n%s", diff)
	}
	for _, s := range c.take(t, b).Sources {
		if s.Unchanged != s.Rows {
			t.Errorf("the same files again: got %s", counts(s))
		}
	}
	c.run(t)
	if diff := cmp.Diff(lines(c.whole(t)), lines(want)); diff != "" {
		t.Errorf("a run after the same files again (-got +want):\n%s", diff)
	}
}

// Customers of equal value, and of one group where there are groups, get equal
// levels and equal ranks; and never does less value get a better level.
func TestRunEqualValuesGetEqualLevels(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		c := newCompany(t, randomBase(rand.New(rand.NewPCG(seed, 9)), lawAccounts), 1)
		c.run(t)
		list := c.customers(t, slices.Concat(absolute, relative)...)
		for _, column := range []string{"value", "top", "pareto", "local", "standing"} {
			levels := map[string]string{}
			ties := 0
			for id, x := range list {
				key := x["arr"]
				if column == "local" || column == "standing" {
					key += " in " + x["industry"]
				}
				if was, ok := levels[key]; ok {
					ties++
					if was != x[column] {
						t.Errorf("seed %d: %s of %s: got %s, another with %s has %s", seed, column, id, x[column], key, was)
					}
				}
				levels[key] = x[column]
			}
			if ties == 0 {
				t.Errorf("seed %d: %s: no two customers are alike", seed, column)
			}
		}
		checkMonotone(t, list)
	}
}

func checkMonotone(t *testing.T, list map[string]map[string]string) {
	t.Helper()
	for column, order := range map[string][]string{
		"value": {"low", "medium", "high"}, "top": {"none", "rest", "middle", "top"}, "pareto": {"none", "many", "vital"},
	} {
		for a, x := range list {
			for b, y := range list {
				if parsed(t, x["arr"]) > parsed(t, y["arr"]) && slices.Index(order, x[column]) < slices.Index(order, y[column]) {
					t.Errorf("%s: %s with %s is %s, %s with %s is %s", column, a, x["arr"], x[column], b, y["arr"], y[column])
				}
			}
		}
	}
}

func parsed(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Another customer moves nobody, except by percentiles and ranks.
func TestRunUnrelatedCustomerMovesNobody(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 10))
	b := randomBase(r, lawAccounts)
	c := newCompany(t, b, 1)
	c.run(t)
	before := c.customers(t, absolute...)
	b["accounts"].rows = append(b["accounts"].rows, []string{"new", "", "New", "Retail", "700", "2025-01-01"})
	b["contracts"].rows = append(b["contracts"].rows, []string{"new", "new", "core", "5000", "50", "2026-01-01", ""})
	b["usage"].rows = append(b["usage"].rows, []string{"new", "new", "ann@new", "run", "3", "2026-05-10T10:00:00Z"})
	c.take(t, b)
	c.run(t)
	after := c.customers(t, absolute...)
	if after["new"] == nil || after["new"]["value"] != "high" {
		t.Errorf("the new customer: got %v", after["new"])
	}
	delete(after, "new")
	if diff := cmp.Diff(after, before); diff != "" {
		t.Errorf("the others (-got +want):\n%s", diff)
	}
}

// A corrected contract changes its customer, and no other.
func TestRunCorrectionChangesOneCustomer(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 11))
	b := randomBase(r, lawAccounts)
	c := newCompany(t, b, 1)
	c.run(t)
	for range 4 {
		before := c.customers(t, absolute...)
		inForce := func(row []string) bool { return row[5] <= "2026-05-15" && (row[6] == "" || row[6] > "2026-05-15") }
		row := b["contracts"].rows[r.IntN(len(b["contracts"].rows))]
		for !inForce(row) {
			row = b["contracts"].rows[r.IntN(len(b["contracts"].rows))]
		}
		row[3] = fmt.Sprintf("%d.37", 2000+r.IntN(100))
		report := c.take(t, b)
		for _, s := range report.Sources {
			if s.Source == "contracts" && s.Corrected != 1 {
				t.Errorf("got %s, want 1 corrected", counts(s))
			}
		}
		c.run(t)
		after := c.customers(t, absolute...)
		for id := range before {
			same := cmp.Equal(after[id], before[id])
			if same == (id == row[1]) {
				t.Errorf("line %s of %s was corrected; customer %s is the same: %v\n%s", row[0], row[1], id, same, cmp.Diff(after[id], before[id]))
			}
		}
		want := b.arrOf(row[1], "2026-05-15")
		if got := int64(parsed(t, after[row[1]]["arr"])*100 + 0.5); got != want {
			t.Errorf("ARR of %s: got %d cents, want %d", row[1], got, want)
		}
	}
}

// More ARR never lowers a level, a rank or a standing.
func TestRunMoreRevenueNeverLowers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(12, 12))
	b := randomBase(r, lawAccounts)
	c := newCompany(t, b, 1)
	c.run(t)
	columns := []string{"arr", "value", "top", "pareto", "standing"}
	for round := range 4 {
		before := c.customers(t, columns...)
		id := fmt.Sprintf("a%03d", r.IntN(lawAccounts))
		b["contracts"].rows = append(b["contracts"].rows, []string{
			fmt.Sprint("more", round), id, "core",
			[]string{"0.01", "250", "999.99"}[r.IntN(3)], "1", "2026-05-01", "",
		})
		c.take(t, b)
		c.run(t)
		was, is := before[id], c.customers(t, columns...)[id]
		if parsed(t, is["arr"]) <= parsed(t, was["arr"]) {
			t.Errorf("%s: got ARR %s after %s", id, is["arr"], was["arr"])
		}
		for column, order := range map[string][]string{
			"value": {"low", "medium", "high"}, "top": {"none", "rest", "middle", "top"}, "pareto": {"none", "many", "vital"},
		} {
			if slices.Index(order, is[column]) < slices.Index(order, was[column]) {
				t.Errorf("%s: %s fell from %s to %s as ARR rose from %s to %s", id, column, was[column], is[column], was["arr"], is["arr"])
			}
		}
		if was["standing"] != "" && parsed(t, is["standing"]) < parsed(t, was["standing"]) {
			t.Errorf("%s: its standing fell from %s to %s", id, was["standing"], is["standing"])
		}
	}
}

// Unknown never moves: a figure that gets lost leaves its customer where it
// was, or, where the segmentation asks for that, takes it to can't tell.
func TestRunUnknownNeverMoves(t *testing.T) {
	t.Parallel()
	cells := []struct {
		table  string
		column int
	}{{"accounts", 3}, {"accounts", 4}, {"contracts", 3}, {"contracts", 4}}
	told := 0
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 13))
		b := randomBase(r, lawAccounts)
		c := newCompany(t, b, 1)
		c.run(t)
		before := c.customers(t, absolute...)
		for range 3 {
			for range 6 {
				cell := cells[r.IntN(len(cells))]
				rows := b[cell.table].rows
				rows[r.IntN(len(rows))][cell.column] = ""
			}
			c.take(t, b)
			c.run(t)
			for id, is := range c.customers(t, absolute...) {
				if is["holding"] != before[id]["holding"] {
					t.Errorf("seed %d: %s moved from %s to %s\nwas %v\nis  %v", seed, id, before[id]["holding"], is["holding"], before[id], is)
				}
				if is["honest"] != before[id]["honest"] {
					told++
					if is["honest"] != "unknown" {
						t.Errorf("seed %d: %s moved from %s to %s\nwas %v\nis  %v", seed, id, before[id]["honest"], is["honest"], before[id], is)
					}
				}
			}
		}
	}
	if told == 0 {
		t.Error("nobody went to can't tell: too little was lost to show anything")
	}
}
