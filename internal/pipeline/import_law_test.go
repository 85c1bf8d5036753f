package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/warehouse"
)

// randomContracts returns lines of which some repeat, some contradict each
// other and some are wrong.
func randomContracts(r *rand.Rand, n int) []string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var lines []string
	for range n {
		lines = append(lines, fmt.Sprintf("l%d,a%d,%s,%s,%s,%s,%s", r.IntN(n), r.IntN(5),
			pick("", "12.5", "1000.005", "-3", "1e3", "12,5x", "7"), pick("USD", "EUR", "JPY", "usd", "USD", "US", "USD"),
			pick("5", "5", "N/A", "", "five"), pick("2026-01-01", "2026-01-01", "2025-02-30", "2024-06-01"), pick("", "", "2027-01-01", "2024-12-31")))
	}
	return lines
}

// Whatever an export holds, every row and every amount in it is accounted for,
// at the first import and at any later one; and importing it again changes
// nothing.
func TestImportReconciles(t *testing.T) {
	t.Parallel()
	header, _, _ := strings.Cut(goodContracts, "\n")
	im := newImporter(t, importStrategy, goodFiles())
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 12 {
		lines := randomContracts(r, 60)
		half := r.IntN(len(lines))
		im.write(t, "contracts.csv", header+"\n"+strings.Join(lines[:half], "\n")+"\n")
		im.write(t, "contracts-2.csv", header+"\n"+strings.Join(lines[half:], "\n")+"\n")
		request := im.request("contracts")
		request.AcceptRejects = true
		first, err := im.Import(t.Context(), request, nil)
		if err != nil {
			t.Fatal(err)
		}
		reconcile(t, first)
		again, err := im.Import(t.Context(), request, nil)
		if err != nil {
			t.Fatal(err)
		}
		reconcile(t, again)
		if s := again.Sources[0]; s.Loaded != 0 || s.Corrected != 0 {
			t.Errorf("round %d: the same files again: got %s, want nothing new", round, counts(s))
		}
		if t.Failed() {
			t.Fatalf("round %d:\n%s", round, strings.Join(lines, "\n"))
		}
	}
}

// facts are the stored facts of a kind that count, without what depends on
// the order in which they came.
func facts(t *testing.T, im *importer) []string {
	t.Helper()
	rows, err := im.Warehouse.Query(t.Context(), warehouse.Statement{Text: `
		SELECT k.id, f._at, f._received, f.arr, c.value, f.seats, f.starts, f.ends
		FROM fact_contract f
		JOIN key k ON k.key = f._key
		LEFT JOIN text c ON c.domain = 'currency' AND c.code = f.arr_cur
		WHERE f._row NOT IN (SELECT row FROM superseded WHERE kind = 'contract')
		ORDER BY ALL`})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for rows.Next() {
		list = append(list, fmt.Sprint(rows.Values()...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	rows.Close()
	return list
}

// The order of rows and files changes nothing as long as no key repeats.
func TestImportOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	header, _, _ := strings.Cut(goodContracts, "\n")
	var lines []string
	for i := range 200 {
		lines = append(lines, fmt.Sprintf("l%d,a%d,%d.%02d,%s,%d,2026-01-%02d,", i, i%4, i*7, i%100, []string{"USD", "EUR"}[i%2], i, i%28+1))
	}
	var want []string
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 4 {
		files := goodFiles()
		half := 1 + r.IntN(len(lines)-1)
		files["contracts.csv"] = header + "\n" + strings.Join(lines[:half], "\n") + "\n"
		files["contracts-2.csv"] = header + "\n" + strings.Join(lines[half:], "\n") + "\n"
		im := newImporter(t, importStrategy, files)
		im.load(t)
		got := facts(t, im)
		if round == 0 {
			want = got
		}
		if diff := cmp.Diff(got, want); diff != "" || len(got) != 200 {
			t.Fatalf("round %d: %d facts differ (-got +want):\n%s", round, len(got), diff)
		}
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	}
}
