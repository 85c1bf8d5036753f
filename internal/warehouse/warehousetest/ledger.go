package warehousetest

import (
	"testing"

	"github.com/segue-cs/segue/internal/warehouse"
)

// exerciseLedger enters moves: all statements or none, and nothing of a batch
// that is never settled.
func exerciseLedger(t *testing.T, open Open) {
	w := setup(t, open)
	enter := func(batch int64, texts ...string) error {
		t.Helper()
		var statements []warehouse.Statement
		for _, text := range texts {
			statements = append(statements, warehouse.Statement{Text: text})
		}
		return w.Enter(t.Context(), batch, statements...)
	}
	check := func(when string, want int64) {
		t.Helper()
		rows, err := w.Query(t.Context(), warehouse.Statement{Text: "SELECT count(*) FROM move"})
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		if got := rows.Values()[0]; got != want {
			t.Errorf("%s: got %v moves, want %d", when, got, want)
		}
	}
	if err := enter(1, "INSERT INTO move VALUES (1, 1, 7, -3, 0, 20000, 64, NULL)", "INSERT INTO move VALUES (1, 2, 7, -3, 1, 20000, 64, NULL)"); err != nil {
		t.Fatal(err)
	}
	check("entered", 2)
	if err := enter(2, "INSERT INTO move VALUES (2, 1, 7, 0, 1, 20001, 32, 19999)", "INSERT INTO move VALUES (2)"); err == nil {
		t.Error("a row that lacks columns: got no error")
	}
	check("of two, one refused", 2)
	if err := enter(3, "INSERT INTO move VALUES (3, 1, 7, 0, 1, 20001, 32, 19999)"); err != nil {
		t.Fatal(err)
	}
	if err := w.Sweep(t.Context(), func(batch int64) bool { return batch == 1 }, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	check("never settled", 2)
}
